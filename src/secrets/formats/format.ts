import { type Piece, replaced, sliceOf, type View } from "../views.ts";

/** A literal in a file: its name, and its value with the escapes undone and the way back to where it stands. */
export interface FileLeaf {
  /** From the file: `properties.typeProperties.password`, `os.environ["KEY"]`; made only for what is reported. */
  path: () => string;
  /** The name that the value is bound to; empty where there is none. */
  key: string;
  value: View;
  /** Its structure says that it is secret. */
  secretField?: boolean;
}

/** A text in another language inside a file: a notebook's cell, a script in a pipeline. */
export interface Embedded {
  format: FormatName;
  view: View;
  path: () => string;
}

/** A file as its structure shows it. */
export interface Structure {
  leaves: FileLeaf[];
  /** Remarks, as pairs of start and end: judged as text though they are no literals. */
  comments: number[];
  embedded: Embedded[];
  /** Whether all of it could be read; where not, what lies between the leaves counts as text. */
  sound: boolean;
}

export type FormatName =
  | "json"
  | "jsonl"
  | "yaml"
  | "toml"
  | "dotenv"
  | "python"
  | "notebook"
  | "sql"
  | "bicep"
  | "terraform"
  | "shell"
  | "powershell"
  | "properties"
  | "xml"
  | "dockerfile"
  | "text";

/** Reads the structure of a text. Calls `clock` now and then, which throws when the time is over. */
export type Reader = (text: string, clock: Clock) => Structure;

/** Throws `OutOfTime` once the time for a file is over. */
export type Clock = () => void;

/** The time for a file is over. */
export class OutOfTime extends Error {}

export function emptyStructure(): Structure {
  return { leaves: [], comments: [], embedded: [], sound: true };
}

/** A stretch of a text with what a pattern finds in it replaced by what it means; null leaves it as it is. */
export function unescaped(
  text: string,
  start: number,
  end: number,
  pattern: RegExp,
  meaning: (found: string) => string | null,
): View {
  const base = sliceOf(text, start, end);
  const pieces: Piece[] = [];
  for (const found of base.text.matchAll(pattern)) {
    const meant = meaning(found[0]);
    if (meant !== null) pieces.push({ start: found.index, end: found.index + found[0].length, text: meant });
  }
  return replaced(base, pieces) ?? base;
}

const short: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  0: "\0",
  a: "\x07",
  v: "\v",
  e: "\x1b",
};

/** A backslash escape of the C family: JSON, YAML, TOML, Python, HCL. */
export const backslashes =
  /\\(?:u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|\r?\n[ \t]*|.)/gs;

/** What a backslash escape means; one that no language knows means the character after it. */
export function meaningOf(found: string): string {
  const char = found.charAt(1);
  if ((char === "u" || char === "U" || char === "x") && found.length > 2) {
    const code = Number.parseInt(found.slice(2).replace(/[{}]/g, ""), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  }
  if (char === "\r" || char === "\n") return "";
  return short[char] ?? char;
}

/** A step of a path: `.name`, `["a name"]`. */
export function step(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}
