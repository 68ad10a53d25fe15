import type { Detector, Match } from "../detector.ts";
import { looksSecret, strengthOf } from "./contextual.ts";
import { isLiteral } from "./not-a-secret.ts";
import { canBePassword } from "./password-look.ts";

const named = /pass|pwd|pw\b|secret|token|key|kennw|geheim|mdp|cred/i;
const separators = ["|", "\t", ";", ","] as const;
/** A line of PostgreSQL's file of passwords: `host:port:database:user:password`. */
const passFile = /^[\w.*-]{1,253}:\d{4,5}:[\w*.-]{1,64}:[\w.*@-]{1,64}:(\S{4,256})$/m;
const longestLine = 4096;
const mostRows = 2000;

/** A cell without blanks, quotes and emphasis, and where it stands. */
interface Cell {
  text: string;
  start: number;
  end: number;
}

/** Secrets in the cells of tables, under their column or beside their name: CSV, and Markdown. */
export const table: Detector = {
  name: "table",
  mayFind: (text) => (named.test(text) && /[|;,\t]/.test(text)) || passFile.test(text),
  find: (text) => {
    const matches: Match[] = [];
    let header: { names: readonly Cell[]; separator: string } | null = null;
    let rows = 0;
    for (const { start, end } of linesOf(text)) {
      const line = end - start > longestLine ? "" : text.slice(start, end);
      if (header !== null) {
        const cells = cellsOf(line, start, header.separator);
        if (cells.length === header.names.length && ++rows <= mostRows)
          matches.push(...underColumns(header.names, cells));
        else header = null;
      }
      if (header === null) {
        const opened = headerIn(line, start);
        header = opened;
        rows = 0;
        const kept = opened === null ? passFile.exec(line) : null;
        if (kept !== null) {
          const value = kept[1] ?? "";
          if (isLiteral(value)) matches.push(matchOf({ text: value, start: end - value.length, end }));
        }
        if (opened === null && line.startsWith("|")) matches.push(...besideName(line, start));
      }
    }
    return matches;
  },
};

/** The lines of a text, whose breaks may be escaped, as in a string of JSON. */
function* linesOf(text: string): Generator<{ start: number; end: number }> {
  let start = 0;
  for (const { index, 0: border } of text.matchAll(/\n|(?:\\r)?\\n/g)) {
    yield { start, end: index };
    start = index + border.length;
  }
  yield { start, end: text.length };
}

/** A line of short names apart from each other, one of which is of a secret. */
function headerIn(line: string, start: number): { names: readonly Cell[]; separator: string } | null {
  // Confluence sets the cells of a header apart with two bars.
  if (line.startsWith("||")) return headerIn(line.replaceAll("||", "|"), start);
  if (line.length > 600 || !named.test(line) || /[={}()<>[\]]/.test(line)) return null;
  for (const separator of separators) {
    if (!line.includes(separator)) continue;
    const names = cellsOf(line, start, separator);
    if (names.length < 2 || !names.every(({ text }) => /^[\p{L}\d][\p{L}\d _./()#-]{0,40}$/u.test(text))) continue;
    if (names.some(({ text }) => strengthOf(text) !== null)) return { names, separator };
  }
  return null;
}

function underColumns(names: readonly Cell[], cells: readonly Cell[]): Match[] {
  return cells.flatMap((cell, index) => {
    const strength = strengthOf(names[index]?.text ?? "");
    return looksSecret(cell.text, strength, true) && (strength === "weak" || canBePassword(cell.text))
      ? [matchOf(cell)]
      : [];
  });
}

/** `| Password | … |`. */
function besideName(line: string, start: number): Match[] {
  if (!named.test(line)) return [];
  const [name, cell] = cellsOf(line, start, "|");
  if (name === undefined || cell === undefined || strengthOf(name.text) !== "strong") return [];
  return canBePassword(cell.text) ? [matchOf(cell)] : [];
}

function matchOf({ text, start, end }: Cell): Match {
  return { start, end, type: "secret_in_the_clear", tier: "contextual", value: text };
}

function cellsOf(line: string, start: number, separator: string): Cell[] {
  const cells: Cell[] = [];
  let from = 0;
  let to = line.endsWith("\r") ? line.length - 1 : line.length;
  if (separator === "|") {
    from = /^\s{0,40}\|?/.exec(line)?.[0].length ?? 0;
    to = line.slice(from, to).trimEnd().length + from;
    if (line.charAt(to - 1) === "|") to--;
  }
  for (let at = from; at <= to && cells.length < 200; ) {
    let end = line.indexOf(separator, at);
    const first = line.charAt(at);
    if (separator !== "|" && first === '"') {
      const close = line.indexOf('"', at + 1);
      if (close > 0) end = line.indexOf(separator, close);
    }
    if (end < 0 || end > to) end = to;
    const raw = line.slice(at, end);
    const opening = /^[\s"'`*]{0,12}/.exec(raw)?.[0].length ?? 0;
    const text = raw.slice(opening).replace(/[\s"'`*]{1,40}$/, "");
    cells.push({ text, start: start + at + opening, end: start + at + opening + text.length });
    at = end + 1;
  }
  return cells;
}
