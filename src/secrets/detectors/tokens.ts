import type { Match, Tier } from "../detector.ts";

/** A shape of token: a pattern with bounded quantifiers, and what a hit is. */
interface Shape {
  pattern: RegExp;
  type: string;
  /** From the whole token; `format` unless it says more. */
  tier?: (token: string) => Tier;
}

/** Every hit of the shapes in a text. */
export function tokensOf(text: string, shapes: readonly Shape[]): Match[] {
  const matches: Match[] = [];
  for (const { pattern, type, tier } of shapes) {
    for (const found of text.matchAll(pattern)) {
      const [value] = found;
      if (isMade(value)) continue;
      matches.push({
        start: found.index,
        end: found.index + value.length,
        type,
        tier: tier?.(value) ?? "format",
        value,
      });
    }
  }
  return matches;
}

/** A token of documentation: one character repeated, as in `ghp_xxxxxxxx`. */
function isMade(token: string): boolean {
  return (
    /([A-Za-z0-9*])\1{11}/.test(token) ||
    /(?:EXAMPLE|example|placeholder|1234567890abcdef1234567890abcdef$)/.test(token)
  );
}
