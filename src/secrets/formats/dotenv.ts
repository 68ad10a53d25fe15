import { sliceOf, type View } from "../views.ts";
import { backslashes, type Clock, emptyStructure, meaningOf, type Structure, unescaped } from "./format.ts";
import { skipBlanks, trimEnd } from "./lines.ts";

const name = /(?:export[ \t]{1,8})?([A-Za-z_][\w.-]{0,200})[ \t]{0,8}[=:]/y;

/** Files of environment variables: `NAME=value`, in quotes over several lines if need be, and remarks. */
export function readDotenv(text: string, clock: Clock): Structure {
  const structure = emptyStructure();
  let steps = 0;
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; ) {
    if ((++steps & 0xff) === 0) clock();
    at = skipBlanks(text, at);
    const line = text.indexOf("\n", at);
    const end = line < 0 ? text.length : line;
    if (text.charAt(at) === "#") structure.comments.push(at, end);
    name.lastIndex = at;
    const found = name.exec(text);
    if (found === null) {
      if (text.charAt(at) !== "#" && trimEnd(text, at, end) > at) structure.sound = false;
      at = end + 1;
      continue;
    }
    const key = found[1] ?? "";
    const { value, after } = valueAt(text, skipBlanks(text, at + found[0].length), end, structure);
    structure.leaves.push({ path: () => key, key, value });
    const next = text.indexOf("\n", after);
    at = next < 0 ? text.length : next + 1;
  }
  return structure;
}

function valueAt(text: string, start: number, lineEnd: number, structure: Structure): { value: View; after: number } {
  const quote = text.charAt(start);
  if (quote === '"' || quote === "'" || quote === "`") {
    const close = closing(text, start + 1, quote);
    if (close >= 0) {
      const value =
        quote === '"' ? unescaped(text, start + 1, close, backslashes, meaningOf) : sliceOf(text, start + 1, close);
      return { value, after: close + 1 };
    }
  }
  const remark = text.slice(start, lineEnd).search(/[ \t]#/);
  const stop = remark < 0 ? lineEnd : start + remark;
  if (remark >= 0) structure.comments.push(stop + 1, lineEnd);
  return { value: sliceOf(text, start, Math.max(start, trimEnd(text, start, stop))), after: lineEnd };
}

/** How long a quoted value may be: one that nothing closes is no reason to look to the end of the file for each line. */
const longest = 16_384;

function closing(text: string, from: number, quote: string): number {
  const stop = Math.min(text.length, from + longest);
  for (let at = from; at < stop; at++) {
    const char = text.charAt(at);
    if (char === "\\" && quote === '"') at++;
    else if (char === quote) return at;
  }
  return -1;
}
