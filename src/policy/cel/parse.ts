import { type ASTNode, ParseError, parse as parseCel } from "@marcbachmann/cel-js";

/** A node of the syntax tree: offsets are UTF-16 code units into the text of the expression. */
export type Node = ASTNode;

/** Something wrong in an expression, with offsets into its text. */
export interface Fault {
  code: string;
  start: number;
  end: number;
  message: string;
  hint: string | null;
}

/** The most nodes that one expression may have. */
const maxNodes = 1_000;
/** The longest text of one expression. */
const maxLength = 20_000;

/** Reads the text of an expression: its tree, or what is wrong with it. */
export function parse(source: string): Node | Fault {
  if (source.trim() === "") {
    return {
      code: "policy/empty-expression",
      start: 0,
      end: source.length,
      message: "the expression is empty",
      hint: null,
    };
  }
  if (source.length > maxLength) {
    return tooLarge(source, `the expression has ${source.length} characters; at most ${maxLength} are allowed`);
  }
  let node: Node;
  try {
    node = parseCel(source).ast;
  } catch (error) {
    if (error instanceof ParseError) return syntaxFault(source, error);
    if (error instanceof RangeError) return tooLarge(source, "the expression nests too deep");
    throw error;
  }
  const nodes = count(node);
  return nodes > maxNodes
    ? tooLarge(source, `the expression has ${nodes} parts; at most ${maxNodes} are allowed`)
    : node;
}

function tooLarge(source: string, message: string): Fault {
  const hint = "give the policy a list parameter, or make two policies of it";
  return { code: "policy/too-large", start: 0, end: source.length, message, hint };
}

/** How many nodes the tree has; without recursion, because it may be too deep for that. */
function count(root: Node): number {
  let nodes = 0;
  const waiting: unknown[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (Array.isArray(next)) {
      for (const each of next) if (typeof each === "object" && each !== null) waiting.push(each);
    } else if (typeof next === "object" && next !== null && "op" in next && "args" in next) {
      nodes++;
      waiting.push(next.args);
    }
  }
  return nodes;
}

function syntaxFault(source: string, error: ParseError): Fault {
  const start = Math.min(error.range?.start ?? 0, source.length);
  const end = Math.max(start + 1, error.range?.end ?? start);
  const raw = (error.message.split("\n")[0] ?? "").trim();
  const found = source.slice(start, end);
  let message: string;
  if (start >= source.trimEnd().length) {
    return { code: "policy/syntax", start, end, message: "the expression ends too early", hint: null };
  }
  if (/limit|exceed/i.test(raw)) return tooLarge(source, "the expression is too large");
  else if (/unterminated/i.test(raw)) message = "the text is not closed with a quote";
  else if (/escape/i.test(raw)) message = `${raw.charAt(0).toLowerCase()}${raw.slice(1)}`;
  else message = `${JSON.stringify(found)} is not expected here`;
  return { code: "policy/syntax", start, end, message, hint: syntaxHint(source, start, end) };
}

function syntaxHint(source: string, start: number, end: number): string | null {
  const around = source.slice(Math.max(0, start - 1), end + 1);
  if (/(^|[^=!<>])=($|[^=])/.test(around)) return "equality is written ==";
  const words =
    /\b(not)\s+$/i.exec(source.slice(0, start)) ?? /^\s*(and|or|not)\b/i.exec(source.slice(wordStart(source, start)));
  const word = words?.[1]?.toLowerCase();
  if (word !== undefined) return `"${word}" is written ${word === "and" ? "&&" : word === "or" ? "||" : "!"}`;
  if (/(^|[^&])&($|[^&])/.test(around)) return "and is written &&";
  if (/(^|[^|])\|($|[^|])/.test(around)) return "or is written ||";
  return null;
}

/** Where the word begins that an offset stands in. */
function wordStart(source: string, at: number): number {
  let start = at;
  while (start > 0 && /\w/.test(source[start - 1] ?? "")) start--;
  return start;
}

/** The part of a source between two offsets, with the brackets that belong to it. */
export function textOf(source: string, start: number, end: number): string {
  let from = start;
  let to = end;
  let [open, close] = unmatched(source.slice(from, to));
  while (close > 0 && from > 0) {
    from--;
    if (source[from] === "(") close--;
  }
  while (open > 0 && to < source.length) {
    if (source[to] === ")") open--;
    to++;
  }
  return source.slice(from, to).trim().replace(/\s+/g, " ");
}

/** How many round brackets stay open and how many close what was not opened; those inside quotes do not count. */
function unmatched(text: string): [open: number, close: number] {
  let open = 0;
  let close = 0;
  for (const [part] of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()]/g)) {
    if (part === "(") open++;
    else if (part === ")" && open > 0) open--;
    else if (part === ")") close++;
  }
  return [open, close];
}
