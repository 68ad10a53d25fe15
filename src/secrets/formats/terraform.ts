import { readBlocks } from "./blocks.ts";
import { backslashes, type Clock, meaningOf, type Structure } from "./format.ts";
import { type Language, type Tokens, tokensOf } from "./tokens.ts";

const language: Language = {
  comments: [
    ["#", "\n"],
    ["//", "\n"],
    ["/*", "*/"],
  ],
  strings: [
    {
      open: '"',
      close: '"',
      escape: "\\",
      doubled: false,
      escapes: backslashes,
      meaning: meaningOf,
      lines: false,
      inserts: "${",
    },
  ],
  word: /[A-Za-z_][\w.-]*/y,
  heredoc: /<<-?([A-Za-z_]\w{0,60})[ \t]{0,40}\r?\n/y,
};

/** Terraform and its variable files: strings under their attribute, a variable's default under the variable's name. */
export function readTerraform(text: string, clock: Clock): Structure {
  return readBlocks(terraformTokens(text, clock));
}

/** The words, strings and signs of Terraform. */
export function terraformTokens(text: string, clock: Clock): Tokens {
  return tokensOf(text, language, clock);
}
