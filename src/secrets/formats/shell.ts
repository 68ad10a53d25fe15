import { type Piece, replaced, sliceOf, type View } from "../views.ts";
import { type Clock, emptyStructure, type Structure } from "./format.ts";

/** Shell scripts and commands: `NAME=value`, `--name value`, `--name=value`, with quotes joined as a shell joins them. */
export function readShell(text: string, clock: Clock): Structure {
  const structure = emptyStructure();
  // What stands in a here-document or an argument may be written in any way: all of it counts as text.
  structure.comments.push(0, text.length);
  let option = "";
  for (const word of wordsOf(text, 0, text.length, clock)) {
    const said = word.view.text;
    const isOption = /^--?[A-Za-z]/.test(said);
    const equals = word.equals;
    if (equals > 0) {
      const key = said.slice(0, equals).replace(/^--?/, "");
      structure.leaves.push({ path: () => key, key, value: rest(word.view, equals + 1) });
    } else if (option !== "" && !isOption) {
      const key = option;
      structure.leaves.push({ path: () => key, key, value: word.view });
    } else if (word.quoted) structure.leaves.push({ path: () => "", key: "", value: word.view });
    option = isOption && equals < 0 && !word.ends ? said.replace(/^--?/, "") : "";
  }
  return structure;
}

const rest = (view: View, from: number): View => ({
  text: view.text.slice(from),
  locate: (start, end) => view.locate(start + from, end + from),
});

export interface Word {
  /** What it says, without quotes. */
  view: View;
  /** Where in it the `=` of `NAME=value` stands; -1 where it is none. */
  equals: number;
  quoted: boolean;
  /** A command ends with it. */
  ends: boolean;
}

const longest = 16_384;

/** The words of a stretch of shell text. */
export function* wordsOf(text: string, from: number, to: number, clock: Clock): Generator<Word> {
  let steps = 0;
  const unclosed = new Map<string, number>();
  for (let at = from; at < to; ) {
    if ((++steps & 0xff) === 0) clock();
    const char = text.charAt(at);
    if (char === "#") {
      const line = text.indexOf("\n", at);
      at = line < 0 ? to : line;
      continue;
    }
    if (isBetween(char)) {
      at++;
      continue;
    }
    if (char === "\\" && /[\r\n]/.test(text.charAt(at + 1))) {
      at += 2;
      continue;
    }
    const start = at;
    const pieces: Piece[] = [];
    let quoted = false;
    let equals = -1;
    let dropped = 0;
    while (at < to && !isBetween(text.charAt(at))) {
      const here = text.charAt(at);
      if (here === "'" || here === '"') {
        const close = closing(text, at + 1, Math.min(to, at + longest), here, unclosed);
        if (close < 0) {
          at++;
          continue;
        }
        quoted = true;
        pieces.push(
          { start: at - start, end: at + 1 - start, text: "" },
          { start: close - start, end: close + 1 - start, text: "" },
        );
        dropped += 2;
        at = close + 1;
      } else if (here === "$" && (text.charAt(at + 1) === "(" || text.charAt(at + 1) === "{")) {
        at = endOfInsert(text, at + 2, to, text.charAt(at + 1) === "(" ? ")" : "}");
      } else if (here === "\\") {
        if (/[\r\n]/.test(text.charAt(at + 1))) break;
        pieces.push({ start: at - start, end: at + 1 - start, text: "" });
        dropped++;
        at += 2;
      } else {
        if (here === "=" && equals < 0 && !quoted && at > start) equals = at - start - dropped;
        at++;
      }
    }
    if (equals >= 0 && !/^(?:--?)?[A-Za-z_][\w.-]{0,200}$/.test(text.slice(start, start + equals))) equals = -1;
    const base = sliceOf(text, start, at);
    yield { view: replaced(base, pieces) ?? base, equals, quoted, ends: /[;|&\n]/.test(text.charAt(at)) };
    at = Math.max(at, start + 1);
  }
}

const isBetween = (char: string) =>
  char <= " " ||
  char === ";" ||
  char === "|" ||
  char === "&" ||
  char === "(" ||
  char === ")" ||
  char === "<" ||
  char === ">";

function closing(text: string, from: number, stop: number, quote: string, unclosed: Map<string, number>): number {
  for (let at = Math.max(from, unclosed.get(quote) ?? 0); at < stop; at++) {
    const char = text.charAt(at);
    if (char === "\\" && quote === '"') at++;
    else if (char === quote) return at;
  }
  unclosed.set(quote, stop);
  return -1;
}

function endOfInsert(text: string, from: number, to: number, close: string): number {
  const open = close === ")" ? "(" : "{";
  const stop = Math.min(to, from + 4096);
  let depth = 1;
  for (let at = from; at < stop; at++) {
    const char = text.charAt(at);
    if (char === open) depth++;
    else if (char === close && --depth === 0) return at + 1;
  }
  return stop;
}
