import { type Piece, replaced, sliceOf, type View } from "../views.ts";
import type { Clock } from "./format.ts";

/** How a language writes a string. */
export interface StringKind {
  open: string;
  close: string;
  /** The sign that takes its meaning from the next; empty where there is none. */
  escape: "\\" | "`" | "";
  /** Whether the closing mark is meant as itself where it stands twice. */
  doubled: boolean;
  /** The escapes in it and what they mean; null where it has none. */
  escapes: RegExp | null;
  meaning: (found: string) => string | null;
  /** May go over lines. */
  lines: boolean;
  /** What opens an expression inside it, such as `${`. */
  inserts: string;
}

export interface Language {
  /** Openings of remarks with what closes them; a line break closes a line's. */
  comments: readonly (readonly [open: string, close: string])[];
  /** Longer openings before their beginnings. */
  strings: readonly StringKind[];
  word: RegExp;
  /** Where a string that begins here by a word of its own ends: `<<EOF`. */
  heredoc?: RegExp;
}

export interface Token {
  kind: "word" | "string" | "sign";
  start: number;
  end: number;
  text: string;
  /** What a string says. */
  value: View | null;
  /** It is the first of its line. */
  opensLine: boolean;
}

export interface Tokens {
  tokens: Token[];
  comments: number[];
  /** Whether every string and remark was closed. */
  sound: boolean;
}

/** The words, strings and signs of a text, in time linear in its length. */
export function tokensOf(text: string, language: Language, clock: Clock): Tokens {
  const tokens: Token[] = [];
  const comments: number[] = [];
  let sound = true;
  let opensLine = true;
  let steps = 0;
  /** Here-documents that nothing ended; after a few of them the text is not what it seems. */
  let unended = 0;
  const openings = new Set(
    [...language.comments, ...language.strings.map(({ open }) => [open])].map(([open = ""]) => open.charAt(0)),
  );
  const put = (kind: Token["kind"], start: number, end: number, value: View | null = null) => {
    tokens.push({ kind, start, end, text: kind === "string" ? "" : text.slice(start, end), value, opensLine });
    opensLine = false;
  };
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; ) {
    if ((++steps & 0x3ff) === 0) clock();
    const char = text.charAt(at);
    if (char === "\n") opensLine = true;
    if (char <= " " || char === "\u00a0") {
      at++;
      continue;
    }
    if (openings.has(char)) {
      const comment = language.comments.find(([open]) => text.startsWith(open, at));
      if (comment !== undefined) {
        const close = text.indexOf(comment[1], at + comment[0].length);
        if (close < 0 && comment[1] !== "\n") sound = false;
        const end = close < 0 ? text.length : comment[1] === "\n" ? close : close + comment[1].length;
        comments.push(at, end);
        at = end;
        continue;
      }
      const kind = language.strings.find(({ open }) => text.startsWith(open, at));
      if (kind !== undefined) {
        const start = at + kind.open.length;
        const close = closing(text, start, kind);
        if (!close.found) sound = false;
        put("string", at, close.end + (close.found ? kind.close.length : 0), stringView(text, start, close.end, kind));
        at = close.end + (close.found ? kind.close.length : 0);
        continue;
      }
    }
    if (language.heredoc !== undefined && char === "<" && unended < 8) {
      const end = heredoc(text, at, language.heredoc);
      if (end === null) unended++;
      else if (end !== "none") {
        put("string", at, end.after, sliceOf(text, end.start, end.end));
        at = end.after;
        continue;
      }
    }
    language.word.lastIndex = at;
    const word = language.word.exec(text);
    const end = word === null ? at + signLength(text, at) : at + word[0].length;
    put(word === null ? "sign" : "word", at, end);
    at = end;
  }
  return { tokens, comments, sound };
}

function signLength(text: string, at: number): number {
  const second = text.charAt(at + 1);
  if (second === "=" && "=!<>+:~-".includes(text.charAt(at))) return 2;
  return text.charAt(at) === "=" && (second === ">" || second === "~") ? 2 : 1;
}

/** How far what is put into a string may reach; one that nothing closes within it counts as closed there. */
const longestInsert = 4096;

function closing(text: string, from: number, kind: StringKind): { end: number; found: boolean } {
  const { close, inserts, lines } = kind;
  const first = close.charAt(0);
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\n" && !lines) return { end: at, found: false };
    if (char === kind.escape) {
      at++;
      continue;
    }
    if (inserts !== "" && char === "$" && text.startsWith(inserts, at)) {
      at = endOfInsert(text, at + inserts.length, inserts.endsWith("(") ? ")" : "}") - 1;
      continue;
    }
    if (char !== first || !text.startsWith(close, at)) continue;
    if (kind.doubled && text.charAt(at + 1) === close) {
      at++;
      continue;
    }
    return { end: at, found: true };
  }
  return { end: text.length, found: false };
}

function endOfInsert(text: string, from: number, close: string): number {
  const open = close === ")" ? "(" : "{";
  const stop = Math.min(text.length, from + longestInsert);
  let depth = 1;
  for (let at = from; at < stop; at++) {
    const char = text.charAt(at);
    if (char === "\n") return at;
    if (char === open) depth++;
    else if (char === close && --depth === 0) return at + 1;
  }
  return stop;
}

function stringView(text: string, start: number, end: number, { escapes, meaning }: StringKind): View {
  const base = sliceOf(text, start, end);
  if (escapes === null) return base;
  const pieces: Piece[] = [];
  for (const found of base.text.matchAll(escapes)) {
    const meant = meaning(found[0]);
    if (meant !== null) pieces.push({ start: found.index, end: found.index + found[0].length, text: meant });
  }
  return replaced(base, pieces) ?? base;
}

function heredoc(
  text: string,
  at: number,
  opening: RegExp,
): { start: number; end: number; after: number } | "none" | null {
  opening.lastIndex = at;
  const found = opening.exec(text);
  const mark = found?.[1];
  if (found === null || mark === undefined) return "none";
  const start = at + found[0].length;
  for (let line = start; line <= text.length; ) {
    const next = text.indexOf("\n", line);
    const end = next < 0 ? text.length : next;
    if (end - line < 400 && text.slice(line, end).trim() === mark) return { start, end: line, after: end };
    if (next < 0) break;
    line = next + 1;
  }
  return null;
}
