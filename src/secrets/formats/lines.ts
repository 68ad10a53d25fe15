/** The lines of a text as pairs of start and end, without their breaks. */
export function* linesOf(text: string): Generator<{ start: number; end: number }> {
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf("\n", start);
    const stop = next < 0 ? text.length : next;
    yield { start, end: text.charCodeAt(stop - 1) === 13 && stop > start ? stop - 1 : stop };
    start = stop + 1;
  }
}

/** The first place from `from` on, before `end`, that is no blank. */
export function skipBlanks(text: string, from: number, end = text.length): number {
  let at = from;
  while (at < end && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at++;
  return at;
}

/** Where what ends at `end` ends without the blanks after it. */
export function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) <= 32) at--;
  return at;
}
