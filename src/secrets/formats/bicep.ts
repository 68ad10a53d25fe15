import { readBlocks } from "./blocks.ts";
import { backslashes, type Clock, meaningOf, type Structure } from "./format.ts";
import { type Language, tokensOf } from "./tokens.ts";

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
  return readBlocks(tokensOf(text, language, clock));
}
