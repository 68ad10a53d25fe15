import type { Match } from "./detector.ts";

/** What stands where a secret stood; always the same, so that it tells nothing of the length. */
export const mask = "••••••••";

/** The text with every stretch replaced by the mask; stretches that touch or overlap become one. */
export function maskAll(text: string, matches: readonly Match[]): string {
  const spans = matches.filter((match) => match.end > match.start).sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: string[] = [];
  let from = 0;
  let until = -1;
  for (const { start, end } of spans) {
    if (start > until) {
      if (until >= 0) parts.push(mask);
      parts.push(text.slice(from, start));
    }
    until = Math.max(until, end);
    from = until;
  }
  if (until >= 0) parts.push(mask);
  parts.push(text.slice(from));
  return parts.join("");
}
