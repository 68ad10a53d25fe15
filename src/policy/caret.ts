/** The line of a text with carets under the part that is meant. */
export function caretFrame(text: string, line: number, column: number, length: number): string {
  const shown = (text.split("\n")[line - 1] ?? "").replace(/\r$/, "");
  const most = 160;
  const from = column - 1 > most - 20 ? column - 1 - 60 : 0;
  const part = shown.slice(from, from + most).replaceAll("\t", " ");
  const carets = Math.max(1, Math.min(length, part.length - (column - 1 - from)));
  const number = String(line);
  return [`${number} | ${part}`, `${" ".repeat(number.length)} | ${" ".repeat(column - 1 - from)}${"^".repeat(carets)}`]
    .map((each) => `  ${each}`)
    .join("\n");
}
