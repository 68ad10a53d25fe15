import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import { isIn, nameChars } from "../chars.ts";
import { joined, sliceOf, type View } from "../views.ts";
import { type Clock, emptyStructure, type Structure, unescaped } from "./format.ts";

/** Python: every string literal, with the name that it is bound to. Code between literals holds no secret. */
export function readPython(text: string, clock: Clock): Structure {
  const structure = emptyStructure();
  const parse = parser.startParse(text);
  let tree = parse.advance();
  for (let steps = 0; tree === null; tree = parse.advance()) if ((++steps & 0xff) === 0) clock();
  let count = 0;
  tree.iterate({
    enter: (at) => {
      if ((++count & 0xff) === 0) clock();
      if (at.type.isError) structure.sound = false;
      if (at.name === "Comment") structure.comments.push(at.from, at.to);
      if (at.name !== "String" && at.name !== "FormatString" && at.name !== "ContinuedString") return true;
      const node = at.node;
      const value = literal(node, text);
      // What is filled in at run time is a template: only what stands in it as text is judged.
      const key = node.getChild("FormatReplacement") === null ? bindingOf(node, text) : "";
      structure.leaves.push({ path: () => key, key, value });
      // What is put into an f-string may hold literals of its own.
      return at.name === "FormatString";
    },
  });
  return structure;
}

/** What a string literal says, its escapes undone and the pieces of a concatenation as one. */
export function literalOf(node: SyntaxNode, text: string): string {
  return literal(node, text).text;
}

/** What a literal says; the pieces of a concatenation as one, what an f-string is filled with as it is written. */
export function literal(node: SyntaxNode, text: string): View {
  if (node.name !== "ContinuedString") return oneLiteral(node.from, node.to, text);
  const parts: View[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name === "String" || child.name === "FormatString") parts.push(oneLiteral(child.from, child.to, text));
  return joined(parts);
}

const escapes = /\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{1,3}|\r?\n|.)/gs;
const short: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  a: "\x07",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

function oneLiteral(from: number, to: number, text: string): View {
  let start = from;
  while (start < to && isIn(nameChars, text, start)) start++;
  const prefix = text.slice(from, start).toLowerCase();
  const quote = text.charAt(start);
  const marks = text.startsWith(quote.repeat(3), start) && to - start >= 6 ? 3 : 1;
  const end = text.charAt(to - 1) === quote && to - start >= 2 * marks ? to - marks : to;
  if (prefix.includes("r")) return sliceOf(text, start + marks, end);
  return unescaped(text, start + marks, end, escapes, (found) => {
    const char = found.charAt(1);
    if (/[uUx]/.test(char)) return found.length > 2 ? character(Number.parseInt(found.slice(2), 16)) : null;
    if (/[0-7]/.test(char)) return character(Number.parseInt(found.slice(1), 8));
    if (char === "\n" || char === "\r") return "";
    return short[char] ?? null;
  });
}

const character = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd");

const none = "";

/** How far up a literal's name is looked for: no sensible one is deeper. */
const highest = 24;

/** The name that a literal is bound to: by assignment, as an argument, in a dictionary, as a default. */
function bindingOf(literal: SyntaxNode, text: string): string {
  let child = literal;
  for (let depth = 0; depth < highest; depth++) {
    const parent = child.parent;
    if (parent === null) return none;
    switch (parent.name) {
      case "ParenthesizedExpression":
      case "ArrayExpression":
      case "TupleExpression":
      case "SetExpression":
      case "AwaitExpression":
        break;
      case "ConditionalExpression":
        if (parent.firstChild !== null && child.prevSibling?.name === "if") return none;
        break;
      case "BinaryExpression":
        if (parent.getChild("CompareOp") !== null || parent.getChild("in") !== null) return none;
        break;
      case "AssignStatement":
      case "NamedExpression":
        return targetOf(parent, child, text);
      case "UpdateStatement":
        return child.from === parent.from ? none : nameOf(parent.firstChild, text);
      case "ParamList":
        return parameterOf(child, text);
      case "DictionaryExpression":
        return child.prevSibling?.name === ":" ? nameOf(child.prevSibling.prevSibling, text) : none;
      case "MemberExpression":
        // A method of a literal, `"…".encode()`, is still the literal; an index into something is not.
        if (child.prevSibling !== null) return none;
        break;
      case "CallExpression":
        if (child.name !== "MemberExpression") return none;
        break;
      case "ArgList": {
        const argument = argumentOf(parent, child, text);
        if (argument !== null) return argument;
        break;
      }
      default:
        return none;
    }
    child = parent.name === "ArgList" && parent.parent !== null ? parent.parent : parent;
  }
  return none;
}

/** In `a = b = "…"` and `a, b = "…", "…"`: the target in the literal's own place. */
function targetOf(statement: SyntaxNode, child: SyntaxNode, text: string): string {
  if (child.name === "TypeDef") return "";
  let place = 0;
  let at = child.prevSibling;
  for (; at !== null && at.name !== "AssignOp"; at = at.prevSibling) if (at.name === ",") place++;
  if (at === null) return "";
  const targets: SyntaxNode[] = [];
  for (let target = at.prevSibling; target !== null && target.name !== "AssignOp"; target = target.prevSibling)
    if (target.name !== "," && target.name !== "TypeDef") targets.unshift(target);
  return nameOf((targets.length > 1 ? targets[place] : targets[0]) ?? statement.firstChild, text);
}

function parameterOf(child: SyntaxNode, text: string): string {
  let at = child.prevSibling;
  if (at?.name !== "AssignOp") return "";
  at = at.prevSibling;
  return nameOf(at?.name === "TypeDef" ? at.prevSibling : at, text);
}

/** Calls whose one argument is the value itself. */
const wrappers =
  /^(?:Secret|SecretStr|SecretBytes|SecretString|str|bytes|quote|quote_plus|b64encode|b64decode|encode|lit|Field|Param|Variable|Option)$/;
/** Calls that take a name and then its value or default. */
const setters =
  /^(?:getenv|get|setdefault|set|setenv|putenv|setProperty|option|config|setConf|set_env|set_password|add_config|pop|setitem|set_secret|put|getConf|environ)$/;

/** The name for an argument of a call; null where the call only wraps the literal and its own name counts. */
function argumentOf(list: SyntaxNode, child: SyntaxNode, text: string): string | null {
  const callee = lastNameOf(list.parent?.firstChild ?? null, text);
  if (child.prevSibling?.name === "AssignOp") {
    const name = nameOf(child.prevSibling.prevSibling, text);
    if (/^(?:value|default|secret_value)$/.test(name)) {
      if (/^Secret(?:Str|Bytes|String)?$/.test(callee)) return callee;
      return name === "default" ? defaultOf(list, text) : wrappers.test(callee) ? null : pairedOrOwn(list, name, text);
    }
    return name;
  }
  const before = positionalBefore(child);
  if (before.length === 0) return wrappers.test(callee) ? null : none;
  const first = before[0];
  if (before.length === 1 && first?.name === "String" && (setters.test(callee) || isEnvironment(callee)))
    return nameOf(first, text);
  return none;
}

const isEnvironment = (callee: string) => /env|secret|config|setting|param/i.test(callee);

/** `name="X", value="…"`: the name beside the value. */
function pairedOrOwn(list: SyntaxNode, own: string, text: string): string {
  for (let at = list.firstChild; at !== null; at = at.nextSibling) {
    if (at.name !== "AssignOp") continue;
    const name = nameOf(at.prevSibling, text);
    if ((name === "name" || name === "key") && at.nextSibling?.name === "String") return nameOf(at.nextSibling, text);
  }
  return own;
}

/** `add_argument("--password", default="…")`, or `password: str = Field(default="…")`. */
function defaultOf(list: SyntaxNode, text: string): string | null {
  const first = list.firstChild?.nextSibling ?? null;
  return first?.name === "String" ? nameOf(first, text).replace(/^-{1,2}/, "") : null;
}

function positionalBefore(child: SyntaxNode): SyntaxNode[] {
  const nodes: SyntaxNode[] = [];
  for (let at = child.prevSibling; at !== null; at = at.prevSibling) {
    if (at.name === "AssignOp" || nodes.length > 3) return [];
    if (at.name !== "," && at.name !== "(" && at.name !== "Comment") nodes.unshift(at);
  }
  return nodes;
}

/** The name that stands for a place: the variable, the attribute, the key of a subscript. */
function nameOf(node: SyntaxNode | null, text: string): string {
  if (node === null) return "";
  if (node.name === "String" || node.name === "FormatString")
    return oneLiteral(node.from, node.to, text).text.slice(0, 200);
  if (node.name === "VariableName" || node.name === "PropertyName") return text.slice(node.from, node.to);
  if (node.name !== "MemberExpression") return "";
  const last = node.lastChild;
  if (last?.name === "PropertyName") return text.slice(last.from, last.to);
  return last?.prevSibling === null || last === null ? "" : nameOf(last.prevSibling, text);
}

function lastNameOf(node: SyntaxNode | null, text: string): string {
  return node === null || node.name === "CallExpression" ? "" : nameOf(node, text);
}
