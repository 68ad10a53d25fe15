/**
 * Text that comes from Azure or Prefect is shown to people, and some of it is hostile: escapes that drive a terminal,
 * marks that turn the reading order, characters that cannot be seen. Nothing of a report is printed but through here.
 */

/**
 * What a terminal acts on or what hides: controls, lone surrogates, line separators, bidirectional marks, characters
 * that take no room. The joiners and variation selectors that emoji and some scripts need are left.
 */
const hidden =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u{fff9}-\u{fffb}[\p{Default_Ignorable_Code_Point}--[\u{200c}\u{200d}\u{fe00}-\u{fe0f}]]]/gv;

/** Marks that stack on one letter; more than these climb over the lines above. */
const stacked = /(?<kept>\p{M}{8})(?<rest>\p{M}+)/gv;

/** The text in one line, with everything that hides or acts written out, as `<U+202E>`. */
export function visible(text: string): string {
  return text
    .replace(stacked, (_, kept: string, rest: string) => `${kept}<and ${[...rest].length} more marks>`)
    .replace(hidden, (character) => codePoint(character));
}

/** As `visible`, for sentences: line breaks and tabs are only room between words there. */
export function prose(text: string): string {
  return visible(text.replace(/[\t\n\r]+/g, " ").trim());
}

function codePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

/** At most `length` UTF-16 code units of the text, never half a character, ending in `…` where something was cut. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = Math.max(length - 1, 0);
  if (isHighSurrogate(text.charCodeAt(end - 1))) end--;
  return `${text.slice(0, end)}…`;
}

/** As `cut`, but what is cut is the middle: ids differ at both ends. */
export function ends(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = Math.floor(length / 2);
  const start = text.length - half + (isHighSurrogate(text.charCodeAt(text.length - half - 1)) ? 1 : 0);
  return cut(text, half) + text.slice(start);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/**
 * JSON with two spaces of indent that every parser reads and that is safe to print: a lone surrogate, which JSON may
 * not hold, becomes U+FFFD; characters that a terminal or a script tag acts on are written as escapes, which reads back
 * as the same text.
 */
export function safeJson(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? wellFormed(part) : part), 2);
  return `${text.replace(acting, escaped)}\n`;
}

const acting = /[\p{Bidi_Control}\u{7f}-\u{9f}\u{2028}\u{2029}\u{feff}]/gv;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The text with each lone surrogate replaced by U+FFFD. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** In the order of their UTF-16 code units: the same on every machine. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text as one word of a POSIX shell, whatever stands in it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
