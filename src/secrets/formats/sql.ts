import { type Clock, emptyStructure, type Structure } from "./format.ts";
import { type Language, type Token, tokensOf } from "./tokens.ts";

const quoted = (open: string, close: string) =>
  ({
    open,
    close,
    escape: "",
    doubled: true,
    escapes: close === "'" ? /''/g : /""/g,
    meaning: () => close,
    lines: true,
    inserts: "",
  }) as const;

const language: Language = {
  comments: [
    ["--", "\n"],
    ["/*", "*/"],
  ],
  strings: [quoted("N'", "'"), quoted("n'", "'"), quoted("'", "'"), quoted('"', '"')],
  word: /[@#$A-Za-z_][\w@#$.-]*/y,
};

/** SQL scripts: strings under the option, variable or column before them, and those alone. */
export function readSql(text: string, clock: Clock): Structure {
  const { tokens, comments, sound } = tokensOf(text, language, clock);
  const structure = { ...emptyStructure(), comments, sound };
  tokens.forEach(({ value }, index) => {
    if (value === null) return;
    const key = keyBefore(tokens, index);
    structure.leaves.push({ path: () => key, key, value });
  });
  return structure;
}

/** `PASSWORD = '…'`, `PASSWORD '…'`, `'password' = '…'`, `[password] = '…'`, `@pwd nvarchar(50) = '…'`. */
function keyBefore(tokens: readonly Token[], index: number): string {
  let at = index - 1;
  const hasSign = tokens[at]?.text === "=" || tokens[at]?.text === "=>" || tokens[at]?.text === ":";
  if (hasSign) at--;
  if (tokens[at]?.text === ")" && hasSign) {
    while (at > 0 && index - at < 8 && tokens[at]?.text !== "(") at--;
    at--;
  }
  if (tokens[at]?.text === "]") at--;
  const before = tokens[at];
  const declared = tokens[at - 1];
  if (hasSign && before?.kind === "word" && declared?.kind === "word" && declared.text.startsWith("@"))
    return declared.text.slice(1);
  if (before?.kind === "string") return (before.value?.text ?? "").slice(0, 200);
  return before?.kind === "word"
    ? (before.text
        .replace(/^[@#$]{1,4}/, "")
        .split(".")
        .at(-1) ?? "")
    : "";
}
