import type { Position } from "../../resources/document.ts";

/** What stands wrong in a text that is to be JSON (RFC 8259). */
export interface JsonFault {
  offset: number;
  /** Without anything of the text: it may hold a credential. */
  message: string;
}

interface JsonScan {
  /** The first thing that is wrong; null where the text is sound JSON. */
  fault: JsonFault | null;
  /** Where the elements of the looked for list begin, in its order. */
  elements: readonly number[];
  /** Where the values of the outermost object begin. */
  values: ReadonlyMap<string, number>;
}

/** The deepest nesting that is accepted: what goes through the values afterwards recurses. */
const maxDepth = 400;

const word = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)/y;
const space = /[ \t\n\r]*/y;

/**
 * Goes through a JSON text without recursion, as strictly as JSON.parse, which tells no place where it fails and repeats
 * the text that it did not like.
 * @param list the name of a list in the outermost object whose elements' places are wanted
 */
export function scanJson(text: string, list: string): JsonScan {
  const elements: number[] = [];
  const values = new Map<string, number>();
  const open: ("{" | "[")[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let top = "";
  const fail = (message: string): JsonScan => ({ fault: { offset: at, message }, elements, values });
  const skip = (): void => {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
  };
  const isWord = (): boolean => {
    word.lastIndex = at;
    if (!word.test(text)) return false;
    at = word.lastIndex;
    return true;
  };
  /** A key with its colon; the message where there is none. */
  const key = (): string | null => {
    const start = at;
    if (text[at] !== '"') return at >= text.length ? ended : "a name in double quotes is expected";
    const end = endOfText(text, at);
    if (end === null) return cutOff;
    at = end;
    skip();
    if (text[at] !== ":") {
      return at >= text.length ? ended : "a colon is expected";
    }
    at++;
    if (open.length === 1) top = unquoted(text.slice(start + 1, end - 1));
    return null;
  };
  for (;;) {
    // A value is expected here.
    skip();
    if (open.length === 1 && open[0] === "{") values.set(top, at);
    if (open.length === 2 && open[0] === "{" && open[1] === "[" && top === list && text[at] !== "]") elements.push(at);
    const character = text[at];
    let isOpened = false;
    if (character === "{" || character === "[") {
      if (open.length >= maxDepth) return fail(`this nests deeper than ${maxDepth} levels`);
      open.push(character);
      at++;
      skip();
      if (text[at] === (character === "{" ? "}" : "]")) {
        open.pop();
        at++;
      } else isOpened = true;
    } else if (character === '"') {
      const end = endOfText(text, at);
      if (end === null) return fail(cutOff);
      at = end;
    } else if (!isWord()) {
      return fail(at >= text.length ? ended : "a value is expected");
    }
    if (isOpened) {
      if (open.at(-1) === "{") {
        const wrong = key();
        if (wrong !== null) return fail(wrong);
      }
      continue;
    }
    // After a value: the ends of what holds it, then the next one.
    for (;;) {
      skip();
      const holder = open.at(-1);
      if (holder === undefined) {
        if (at < text.length) return fail("nothing is expected after the end of the JSON document");
        return { fault: null, elements, values };
      }
      if (text[at] === (holder === "{" ? "}" : "]")) {
        open.pop();
        at++;
        continue;
      }
      if (text[at] !== ",")
        return fail(at >= text.length ? ended : "a comma or the end of the list or map is expected");
      at++;
      if (holder === "{") {
        skip();
        const wrong = key();
        if (wrong !== null) return fail(wrong);
      }
      break;
    }
  }
}

const cutOff = "this text in quotes is cut off or holds what JSON does not allow";
const ended = "the file ends in the middle of the JSON document";

/** Where a text in quotes ends, past its last quote; null where it does not, or holds what has to be escaped. */
function endOfText(text: string, start: number): number | null {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return null;
    if (code !== 0x5c) continue;
    at++;
    if (text[at] === "u") {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5))) return null;
      at += 4;
    } else if (!'"\\/bfnrt'.includes(text[at] ?? "x")) return null;
  }
  return null;
}

function unquoted(raw: string): string {
  return raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
}

/** The lines of a text, to place many offsets: all of `terraform show -json` is one line. */
export class Lines {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** Both counted from 1; columns in UTF-16 code units. */
  at(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
