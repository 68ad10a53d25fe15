import { readBlocks } from "./blocks.ts";
import { backslashes, type Clock, meaningOf, type Structure } from "./format.ts";
import { type Language, type Tokens, tokensOf } from "./tokens.ts";

const language: Language = {
  comments: [
    ["//", "\n"],
    ["/*", "*/"],
  ],
  strings: [
    {
      open: "'''",
      close: "'''",
      escape: "",
      doubled: false,
      escapes: null,
      meaning: meaningOf,
      lines: true,
      inserts: "",
    },
    {
      open: "'",
      close: "'",
      escape: "\\",
      doubled: false,
      escapes: backslashes,
      meaning: meaningOf,
      lines: false,
      inserts: "${",
    },
  ],
  word: /[A-Za-z_][\w.]*/y,
};

/** Bicep and its parameter files: strings under their property or parameter; a default of an `@secure()` one is secret. */
export function readBicep(text: string, clock: Clock): Structure {
  return readBlocks(bicepTokens(text, clock));
}

/** The words, strings and signs of Bicep, which are those of expressions in ARM templates too. */
export function bicepTokens(text: string, clock: Clock): Tokens {
  return tokensOf(text, language, clock);
}
