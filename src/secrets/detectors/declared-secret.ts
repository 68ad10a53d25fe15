import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";

/** A literal where a template declares that a value is secret, whatever its name: Bicep's `@secure()`, ARM's `securestring`. */
const declared: readonly RegExp[] = [
  /@(?:sys\.)?secure\(\)\s{1,8}(?:@[^\n]{1,200}\n\s{0,8}){0,4}param\s{1,8}\w{1,80}\s{1,8}\w{1,40}\s{0,8}=\s{0,8}'([^'\n]{1,512})'/g,
  /"type"\s{0,8}:\s{0,8}"secure(?:string|object)"[^{}]{0,200}?"(?:defaultValue|value)"\s{0,8}:\s{0,8}"([^"\n]{1,512})"/gi,
  /"(?:defaultValue|value)"\s{0,8}:\s{0,8}"([^"\n]{1,512})"\s{0,8},\s{0,8}"type"\s{0,8}:\s{0,8}"secure(?:string|object)"/gi,
];

/** Literals that a template itself calls secret, in text whose structure is not read. */
export const declaredSecret: Detector = {
  name: "declared-secret",
  mayFind: () => true,
  find: (text) =>
    declared.flatMap((pattern) => {
      const matches: Match[] = [];
      for (const found of text.matchAll(pattern)) {
        const value = found[1] ?? "";
        const start = found.index + found[0].indexOf(value, found[0].search(/=|alue"/));
        if (/[A-Za-z\d]/.test(value) && isLiteral(value))
          matches.push({ start, end: start + value.length, type: "secret_in_the_clear", tier: "format", value });
      }
      return matches;
    }),
};
