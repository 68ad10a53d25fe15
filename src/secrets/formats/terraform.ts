import { readBlocks } from "./blocks.ts";
import { backslashes, type Clock, meaningOf, type Structure } from "./format.ts";
import { type Language, tokensOf } from "./tokens.ts";

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
  return readBlocks(tokensOf(text, language, clock));
}
