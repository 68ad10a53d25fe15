import { readFileSync, statSync } from "node:fs";
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument as parseYaml, visit, type YAMLMap } from "yaml";
import { InputError, type Problem } from "./problem.ts";

/** The largest YAML file that is read, in bytes: far above any policy or configuration a person writes. */
const maxBytes = 1024 * 1024;
/** The deepest nesting that is accepted. */
const maxDepth = 64;

/** How many problems of one file are told; one slip can make a million of them. */
const maxProblems = 100;

/** The first problems of a file, and how many more there are. */
export function firstOf(problems: readonly Problem[]): Problem[] {
  const next = problems[maxProblems];
  if (next === undefined) return [...problems];
  const message = `there are ${problems.length - maxProblems} more problems from here on`;
  return [...problems.slice(0, maxProblems), { ...next, code: "file/more-problems", message, hint: null }];
}

/** Where a node stands, both counted from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A YAML (or JSON) file with the position of everything in it. */
export interface Document {
  /** The file as it is shown to people. */
  file: string;
  text: string;
  value: unknown;
  /** The syntax node at a path; undefined where there is none. */
  node(path: readonly (string | number)[]): Node | undefined;
  /** Where the value (or the key) at a path stands; the nearest parent that exists where the path does not. */
  position(path: readonly (string | number)[], what?: "key" | "value"): Position;
  /** The position of an offset into `text`. */
  at(offset: number): Position;
}

function problem(code: string, file: string, at: Position, message: string, hint: string | null = null): InputError {
  return new InputError([{ code, file, ...at, message, hint }]);
}

const start: Position = { line: 1, column: 1 };

/**
 * Reads a file that a person wrote.
 * @param shownAs how errors name the file; the path where it is absent
 * @throws InputError where it is missing, a directory, larger than 1 MiB, not UTF-8, or not one sound YAML document
 */
export function readDocument(path: string, shownAs: string = path): Document {
  return parseDocument(shownAs, readText(path, shownAs));
}

/** Reads a text file that a person wrote. @throws InputError as readDocument does */
export function readText(path: string, shownAs: string = path): string {
  let bytes: Buffer;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw problem("file/directory", shownAs, start, "this is a directory, a file is expected");
    if (stat.size > maxBytes) {
      throw problem("file/too-large", shownAs, start, `the file has ${stat.size} bytes; at most ${maxBytes} are read`);
    }
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw problem("file/missing", shownAs, start, "there is no such file");
    throw problem("file/unreadable", shownAs, start, `the file cannot be read (${code ?? "unknown error"})`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw problem("file/encoding", shownAs, start, "the file is not UTF-8", "save it as UTF-8");
  }
}

/** How many times the aliases of a file may be written out. */
const maxAliases = 1000;

/**
 * Parses one YAML document. YAML swallows what people mean, so every warning is an error here, and so are tags,
 * several documents, doubled keys and aliases (which can grow a small file without bound).
 * @param options.asPython reads it as PyYAML does, for files of programs that use it: YAML 1.1, with merge keys and with
 * aliases up to a bound
 * @throws InputError with every problem found
 */
export function parseDocument(file: string, text: string, { asPython = false } = {}): Document {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  refuseDepth(file, text);
  // The parser compares each key with every other one, which takes minutes for a large map; that is done below.
  const version = asPython ? "1.1" : "1.2";
  const parsed = parseYaml(text, { lineCounter: lines, uniqueKeys: false, version, prettyErrors: false });
  const problems: Problem[] = [...parsed.errors, ...parsed.warnings].map((each) => ({
    code: `yaml/${each.code.toLowerCase().replaceAll("_", "-")}`,
    file,
    ...at(each.pos[0]),
    message: withoutText(each.message),
    hint: yamlHint(each.code),
  }));
  if (problems.length === 0) {
    visit(parsed, {
      Alias(_, node) {
        if (asPython) return;
        problems.push({
          code: "yaml/alias",
          file,
          ...at(node.range?.[0] ?? 0),
          message: "an alias (*) is not allowed here",
          hint: "write the value out",
        });
      },
      Map(_, { items }) {
        const seen = new Set<string>();
        for (const { key } of items) {
          const position = at((key as Node | null)?.range?.[0] ?? 0);
          if (!isScalar(key)) {
            const message = "a list or a map is no name of a field";
            problems.push({ code: "yaml/key", file, ...position, message, hint: "put it in quotes" });
          } else if (seen.has(String(key.value))) {
            const message = "this name stands here a second time";
            problems.push({ code: "yaml/duplicate-key", file, ...position, message, hint: "keep one of the two" });
          } else seen.add(String(key.value));
        }
      },
      Node(_, node) {
        if (node.tag !== undefined && !node.tag.startsWith("tag:yaml.org,2002:")) {
          problems.push({
            code: "yaml/tag",
            file,
            ...at(node.range?.[0] ?? 0),
            message: `${node.tag} is read as a YAML tag`,
            hint: "put the expression in quotes",
          });
        }
      },
    });
  }
  if (
    problems.length === 0 &&
    (parsed.contents === null || (isScalar(parsed.contents) && parsed.contents.value === null))
  ) {
    problems.push({ code: "file/empty", file, ...start, message: "the file is empty", hint: null });
  }
  if (problems.length > 0) throw new InputError(firstOf(problems));
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: asPython ? maxAliases : 0 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw problem("yaml/aliases", file, start, "its aliases (*) lead nowhere, or to too much", "write the values out");
  }

  // The parser's own way to a key looks at each key before it, which takes minutes for the errors of a large map.
  const entries = new WeakMap<YAMLMap, Map<string, { key: Node; value: Node | null }>>();
  const entry = (map: YAMLMap, key: string | number): { key: Node; value: Node | null } | undefined => {
    let known = entries.get(map);
    if (known === undefined) {
      known = new Map(map.items.map((each) => [String(each.key), each as { key: Node; value: Node | null }]));
      entries.set(map, known);
    }
    return known.get(String(key));
  };
  const node = (path: readonly (string | number)[]): Node | undefined => {
    let found: Node | null | undefined = parsed.contents;
    for (const part of path) {
      if (isMap(found)) found = entry(found, part)?.value;
      else found = isSeq(found) ? (found.items[Number(part)] as Node | undefined) : undefined;
    }
    return found ?? undefined;
  };
  const keyOffset = (path: readonly (string | number)[]): number | undefined => {
    const parent = node(path.slice(0, -1));
    const last = path.at(-1);
    if (isMap(parent)) {
      return entry(parent, last ?? "")?.key.range?.[0];
    }
    return isSeq(parent) ? node(path)?.range?.[0] : undefined;
  };
  return {
    file,
    text,
    value,
    node,
    at,
    position(path, what = "value") {
      for (let length = path.length; length >= 0; length--) {
        const part = path.slice(0, length);
        const offset = what === "key" && length > 0 ? keyOffset(part) : node(part)?.range?.[0];
        if (offset !== undefined) return at(offset);
      }
      return start;
    },
  };
}

/** The parser recurses, so text that nests too deep is refused before it: brackets by a count, blocks by indentation. */
function refuseDepth(file: string, text: string): void {
  let open = 0;
  let line = 1;
  let lineStart = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === 10) {
      line++;
      lineStart = index + 1;
    } else if (character === 91 || character === 123) {
      open++;
      if (open > maxDepth * 8) break;
    } else if ((character === 93 || character === 125) && open > 0) open--;
    else if (character === 45 && index - lineStart > maxDepth * 8 && text.slice(lineStart, index).trim() === "") {
      open = maxDepth * 8 + 1;
      break;
    }
  }
  const dashes = /(?:^|\n)(?:[ \t]*[-?] ){65}/.exec(text);
  if (open > maxDepth * 8 || dashes !== null) {
    throw problem("yaml/too-deep", file, { line, column: 1 }, `the file nests deeper than ${maxDepth} levels`);
  }
}

/** The parser's message without the text that it repeats: that may be a credential. */
function withoutText(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/:? ?".*/, "");
}

function yamlHint(code: string): string | null {
  switch (code) {
    case "TAG_RESOLVE_FAILED":
    case "UNRESOLVED_TAG":
      return "put the expression in quotes: YAML reads ! as the start of a tag";
    case "TAB_AS_INDENT":
      return "indent with spaces";
    case "MULTIPLE_DOCS":
      return "put each document into a file of its own";
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
    case "MISSING_CHAR":
      return "put the value in quotes, or write it as a block with |";
    default:
      return null;
  }
}
