import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Position } from "../../resources/document.ts";
import { InputError } from "../../resources/problem.ts";

/** A text and how people call the file that it stands in. */
export interface ArmText {
  file: string;
  text: string;
}

export type Json = string | number | boolean | null | Json[] | JsonMap;
export interface JsonMap {
  [name: string]: Json;
}
export type Path = readonly (string | number)[];

/** A JSON file, with the place of everything in it. Templates may have comments. */
export interface JsonFile {
  file: string;
  value: JsonMap;
  position(path: Path): Position;
}

/** The deepest nesting that is accepted: what goes through the values afterwards recurses. */
const maxDepth = 200;

/** @throws InputError where the text is no JSON with a map at its top, with the place of the first thing that is wrong */
export function parseJson({ file, text }: ArmText): JsonFile {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const placed = (offset: number): Position => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
  refuseDepth(file, text, placed);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined || tree === undefined) {
    const said =
      error === undefined
        ? "nothing"
        : printParseErrorCode(error.error)
            .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
            .toLowerCase();
    const isCut = error !== undefined && error.offset + error.length >= text.trimEnd().length;
    throw new InputError([
      {
        code: "plan/json",
        file,
        ...placed(error?.offset ?? 0),
        message: isCut ? "the file ends in the middle of the JSON document" : `this is no JSON: ${said}`,
        hint: isCut ? "write it again: it was cut off" : null,
      },
    ]);
  }
  if (tree.type !== "object") throw wrong(file, placed(tree.offset), "format", "a map is expected here", null);
  return {
    file,
    value: getNodeValue(tree) as JsonMap,
    position: (path) => {
      let at: Node = tree;
      for (let length = 1; length <= path.length; length++)
        at = findNodeAtLocation(tree, path.slice(0, length) as (string | number)[]) ?? at;
      return placed(at.offset);
    },
  };
}

function refuseDepth(file: string, text: string, placed: (offset: number) => Position): void {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (isText) {
      if (sign === 0x5c) at++;
      else if (sign === 0x22) isText = false;
    } else if (sign === 0x22) isText = true;
    else if (sign === 0x7b || sign === 0x5b) {
      if (++depth > maxDepth) throw wrong(file, placed(at), "json", `this nests deeper than ${maxDepth} levels`, null);
    } else if (sign === 0x7d || sign === 0x5d) depth--;
  }
}

/** An error about one place of a plan. */
export function wrong(file: string, at: Position, code: string, message: string, hint: string | null): InputError {
  return new InputError([{ code: `plan/${code}`, file, line: at.line, column: at.column, message, hint }]);
}

export function mapIn(value: Json | undefined): JsonMap | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}

export function textIn(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** A value by its name in any case, as ARM reads names. */
export function named(map: JsonMap | null, name: string): Json | undefined {
  if (map === null) return undefined;
  const key = Object.hasOwn(map, name)
    ? name
    : Object.keys(map).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : map[key];
}
