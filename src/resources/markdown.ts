/** A sentence as Markdown shows it unchanged, in one line, in a cell of a table too. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>()#+!|~&]|^[-=]/g, (character) => `\\${character}`)
    .replace(/^(\d+)\./, (_, number: string) => `${number}\\.`);
}

/** A block of code, fenced by more ticks than any run of them inside. */
export function fenced(language: string, code: string): string {
  const ticks = "`".repeat(Math.max(2, ...[...code.matchAll(/`+/g)].map((run) => run[0].length)) + 1);
  return `${ticks}${language}\n${code}\n${ticks}`;
}

/**
 * Code inside a line. Ticks are enough for most; what they or a table's cell would take for something else is written in
 * HTML, with every sign that means something in either by its number.
 */
export function inlineCode(text: string): string {
  if (/^[^`|\\\s](?:[^`|\\\n]*[^`|\\\s])?$/.test(text)) return `\`${text}\``;
  const plain = text.replace(/[^\p{L}\p{N} .,:;/=-]/gu, (sign) => `&#${sign.codePointAt(0)};`);
  return `<code>${plain}</code>`;
}

/** A table; its cells are Markdown already. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
