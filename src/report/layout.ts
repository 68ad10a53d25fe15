import stringWidth from "string-width";

/** Text laid out in columns of a terminal: what a person sees, wide characters and emoji counted as two. */

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What a word too wide for a line is broken into: an id falls into its parts. */
const pieces = /[^/.:_-]*[/.:_-]|[^/.:_-]+/g;

/** How many columns the text takes. */
export function columns(text: string): number {
  return stringWidth(text);
}

/**
 * The text in lines of at most `width` columns, broken between words, and inside a word only where it is wider than a
 * line, there after a slash or the like. With `most`, no more lines than that: the last ends in `…` where something was cut.
 */
export function wrap(text: string, width: number, most: number = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  const end = () => {
    lines.push(line);
    line = "";
    used = 0;
  };
  for (const word of text.split(" ").filter((each) => each !== "")) {
    if (lines.length > most) break;
    const wide = columns(word);
    if (used > 0 && used + 1 + wide <= width) {
      line += ` ${word}`;
      used += 1 + wide;
      continue;
    }
    if (used > 0) end();
    if (wide <= width) {
      line = word;
      used = wide;
      continue;
    }
    for (const piece of word.match(pieces) ?? []) {
      const room = columns(piece);
      if (used + room <= width) {
        line += piece;
        used += room;
        continue;
      }
      if (room <= width) {
        end();
        line = piece;
        used = room;
        continue;
      }
      for (const { segment } of graphemes.segment(piece)) {
        const each = columns(segment);
        if (used + each > width) end();
        if (lines.length > most) break;
        line += segment;
        used += each;
      }
    }
  }
  if (line !== "") end();
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most);
  const last = kept.pop();
  if (last !== undefined) kept.push(`${words(last, width - 2)} …`);
  return kept;
}

/** As many whole words of the line as fit; a part of one only where not even the first does. */
function words(line: string, width: number): string {
  if (columns(line) <= width) return line;
  const fits = head(line, width + 1);
  const end = fits.lastIndexOf(" ");
  return end > 0 ? fits.slice(0, end) : head(line, width);
}

/** The text in at most `width` columns: where it is wider, its middle gives way to `…`, because ids differ at both ends. */
export function middle(text: string, width: number): string {
  if (columns(text) <= width) return text;
  if (width <= 1) return "…".slice(0, Math.max(width, 0));
  const left = Math.floor((width - 1) / 3);
  return `${head(text, left)}…${tail(text, width - 1 - left)}`;
}

/** As much of the beginning of the text as fits. */
function head(text: string, width: number): string {
  let result = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += columns(segment);
    if (used > width) break;
    result += segment;
  }
  return result;
}

/** As much of the end of the text as fits. */
function tail(text: string, width: number): string {
  const parts: string[] = [];
  let used = 0;
  for (const { segment } of [...graphemes.segment(text)].reverse()) {
    used += columns(segment);
    if (used > width) break;
    parts.push(segment);
  }
  return parts.reverse().join("");
}

/** The text with room after it, so that it takes exactly `width` columns where it is not wider. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columns(text)));
}

/** The text with room before it, so that it takes exactly `width` columns where it is not wider. */
export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - columns(text))) + text;
}
