import { type Clock, emptyStructure, type Structure } from "./format.ts";
import { type Language, type StringKind, type Token, tokensOf } from "./tokens.ts";

const short: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "0": "\0" };
const meaning = (found: string) =>
  found.startsWith("`") ? (short[found.charAt(1)] ?? found.charAt(1)) : found.charAt(0);
const common = { meaning, escape: "", doubled: false, escapes: null, inserts: "" } as const;
const strings: readonly StringKind[] = [
  { ...common, open: '@"', close: '\n"@', lines: true },
  { ...common, open: "@'", close: "\n'@", lines: true },
  { ...common, open: '"', close: '"', lines: true, escape: "`", doubled: true, escapes: /`[\s\S]|""/g, inserts: "$(" },
  { ...common, open: "'", close: "'", lines: true, doubled: true, escapes: /''/g },
];

const language: Language = {
  comments: [
    ["<#", "#>"],
    ["#", "\n"],
  ],
  strings,
  word: /\$\{[^}\n]{1,100}\}|[$A-Za-z_-][\w:.-]*/y,
};

/** PowerShell: strings under their variable, property, hash key or parameter. */
export function readPowershell(text: string, clock: Clock): Structure {
  const { tokens, comments, sound } = tokensOf(text, language, clock);
  const structure = { ...emptyStructure(), comments, sound };
  tokens.forEach(({ value }, index) => {
    if (value === null) return;
    const key = keyBefore(tokens, index);
    structure.leaves.push({ path: () => key, key, value });
  });
  return structure;
}

function keyBefore(tokens: readonly Token[], index: number): string {
  const sign = tokens[index - 1];
  const before = tokens[index - 2];
  if (sign?.kind === "word" && /^-[A-Za-z]/.test(sign.text)) return sign.text.replace(/^-|:$/g, "");
  if (sign?.text === "," && before?.kind === "string" && tokens[index - 3]?.text === "(")
    return before.value?.text.slice(0, 200) ?? "";
  if (sign?.text !== "=" && sign?.text !== "+=") return "";
  if (before?.kind === "string") return before.value?.text.slice(0, 200) ?? "";
  if (before?.text === "]") return tokens[index - 3]?.value?.text.slice(0, 200) ?? "";
  return before?.kind === "word" ? (before.text.replace(/[${}]/g, "").split(/[.:]/).at(-1) ?? "") : "";
}
