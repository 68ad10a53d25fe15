import { chars, isIn, nameChars, runEnd, runStart } from "./chars.ts";
import { looksSecret, type Strength, strengthOf } from "./detectors/contextual.ts";
import type { Signals } from "./signals.ts";

const quotes = chars("\"'`");
/** What may close a name before the sign behind it. */
const closings = chars("\"'`])\\ \t");
/** How long a value is at least that a name promises to be secret. */
const shortest = { strong: 6, weak: 16 } as const;

/** How far after a name a literal is looked for that the structure of its file could bind to it. */
const reach = 480;

/** What these find does not depend on undoing escapes, or is looked for here. */
const readAnyway: ReadonlySet<string> = new Set([
  "contextual",
  "connection-string",
  "url-credentials",
  "account-key",
  "prose",
  "table",
]);

/**
 * Whether a file's structure could bind a value worth judging to one of its secret-like names. Cheap and careful: false
 * only where reading the structure would bring nothing, because no literal near a name looks like a secret.
 */
export function mayBind(text: string, { detectors, telling }: Signals, clock: () => void): boolean {
  for (const detector of detectors) if (!readAnyway.has(detector)) return true;
  let until = 0;
  let steps = 0;
  for (const at of telling) {
    if (at < until) continue;
    if ((++steps & 0xff) === 0) clock();
    const start = runStart(nameChars, text, at, 80);
    const end = runEnd(nameChars, text, at, 80);
    until = end;
    const strength = strengthOf(nameAt(text, start, end));
    if (strength !== null && isNear(text, start, end, strength)) return true;
  }
  return false;
}

/** The name with the word before it, as in `"Api Key"`. */
function nameAt(text: string, start: number, end: number): string {
  if (text.charAt(start - 1) !== " ") return text.slice(start, end);
  return text.slice(runStart(nameChars, text, start - 1, 24), end);
}

function isNear(text: string, start: number, end: number, strength: NonNullable<Strength>): boolean {
  let at = end;
  while (at - end < 8 && isIn(closings, text, at)) at++;
  const closed = text.slice(end, at);
  const sign = text.charAt(at);
  const could = (value: string | undefined) => value !== undefined && couldBe(value, strength);
  if ((sign === "=" || sign === ":") && text.charAt(at + 1) !== "=") {
    // In a string that opened before the name, what is between quotes and what is not are the other way round.
    let isInside: boolean | null = null;
    return partsOf(text, at + 1, endOfStatement(text, at + 1, true, 1)).some((part, index) => {
      if (part.length < shortest[strength]) return false;
      isInside ??= isInString(text, start);
      return (isInside ? !/^[)\].,;+]|\(\)/.test(part) : index % 2 === 1) && could(part);
    });
  }
  if (text.startsWith("Secret", start) && text.charAt(end) === "(") return true;
  if (closed.startsWith(" ")) {
    // An option, an argument in SQL, a parameter with its type: the literal follows within a word.
    const literal =
      /^ {1,4}(?:\\\r?\n\s{1,40})?\(?[\w-]{0,40}(?:\(\w{1,6}\))?\s{0,4}=?\s{0,4}\(?N?\\{0,3}["']([^"'\\\n]{1,200})/.exec(
        text.slice(end, end + 320),
      );
    return could(literal?.[1]);
  }
  if (sign === "{" || (sign === "," && /["']/.test(closed)) || isValueOfName(text, start)) {
    const stop = endOfStatement(text, at, false, 4);
    if (partsOf(text, at, stop).some((part, index) => index % 2 === 1 && could(part))) return true;
    const rest = text.slice(at, stop);
    for (const [, bare] of rest.matchAll(/^[ \t-]{0,40}\w{1,40}[ \t]{0,8}:[ \t]{1,8}([^\n]{1,200})$/gm))
      if (could(bare)) return true;
  }
  return false;
}

/** What stands before, between and after the quotes of a stretch, which may be escaped; every other part is quoted. */
function partsOf(text: string, from: number, to: number): string[] {
  const parts: string[] = [];
  let start = from;
  for (let at = from; at < to; at++) {
    if (!isIn(quotes, text, at)) continue;
    parts.push(text.slice(start, at > start && text.charCodeAt(at - 1) === 0x5c ? at - 1 : at));
    start = at + 1;
  }
  parts.push(text.slice(start, to));
  return parts;
}

/** `name: X`, `"key": "X"`: the name is itself a value, and its own value stands beside it. */
function isValueOfName(text: string, start: number): boolean {
  return /(?:^|\W)(?:name|key|variable)["']?\s{0,8}[:=]\s{0,8}["']?$/i.test(text.slice(Math.max(0, start - 32), start));
}

/** A value is at most a few lines long; one that stands beside its name ends with its line or, outside brackets, at a comma. */
function endOfStatement(text: string, from: number, isDirect: boolean, most: number): number {
  const stop = Math.min(text.length, from + reach);
  let depth = 0;
  let lines = 0;
  let commas = 0;
  let isEmpty = true;
  for (let at = from; at < stop; at++) {
    const char = text.charAt(at);
    if (char === "\n") {
      lines++;
      if (depth <= 0 && (isDirect ? !isEmpty || lines > 1 : lines > most)) return at;
    } else if (char === "(" || char === "[" || char === "{") depth++;
    else if (char === ")" || char === "]" || char === "}") {
      if (--depth < 0 && isDirect) return at;
    } else if (char === "," && depth <= 0 && (isDirect || ++commas > 3)) return at;
    if (char > " " && char !== "|" && char !== ">" && char !== "-" && char !== "\\") isEmpty = false;
  }
  return stop;
}

function isInString(text: string, before: number): boolean {
  let double = 0;
  let single = 0;
  for (let at = before - 1; at >= 0 && before - at < 400 && text.charAt(at) !== "\n"; at--) {
    if (text.charAt(at) === '"') double++;
    else if (text.charAt(at) === "'") single++;
  }
  // A name in quotes is no string that goes on.
  const own = text.charAt(before - 1);
  return (double - (own === '"' ? 1 : 0)) % 2 === 1 || (single - (own === "'" ? 1 : 0)) % 2 === 1;
}

/** Short values, code that goes on behind a bracket, and signs alone are passed over before anything costly. */
function couldBe(value: string, strength: NonNullable<Strength>): boolean {
  const text = value.trim();
  if (text.length < shortest[strength] || text.endsWith("(") || text.endsWith("[")) return false;
  return !/^[,:=+()[\]{}\s]{0,40}$/.test(text) && looksSecret(text, strength, true);
}
