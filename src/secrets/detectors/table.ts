import type { Detector, Match } from "../detector.ts";
import { signalsIn } from "../signals.ts";
import { looksSecret, strengthOf } from "./contextual.ts";
import { isLiteral } from "./not-a-secret.ts";
import { canBePassword } from "./password-look.ts";

const named = /pass|pwd|pw\b|secret|token|key|kennw|geheim|mdp|cred/i;
const separators = ["|", "\t", ";", ","] as const;
/** A line of PostgreSQL's file of passwords: `host:port:database:user:password`. */
const passFile = /^[\w.*-]{1,253}:\d{4,5}:[\w*.-]{1,64}:[\w.*@-]{1,64}:(\S{4,256})$/m;
const portOfPassFile = /:\d{4,5}:/;
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
  find: (text, { telling } = signalsIn(text)) => {
    const matches: Match[] = [];
    let header: { names: readonly Cell[]; separator: string } | null = null;
    let rows = 0;
    const endOf = lineEnds(text);
    const isEachLooked = portOfPassFile.test(text);
    let word = 0;
    for (let next = 0; next >= 0; ) {
      let start = next;
      if (header === null && !isEachLooked) {
        // A line without a telling word opens no table.
        while ((telling[word] ?? Number.POSITIVE_INFINITY) <= next) word++;
        const at = telling[word];
        if (at === undefined) break;
        start = lineStart(text, at, next);
      }
      const { end, after } = endOf(start);
      next = after;
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

/**
 * Where the line of a text ends that starts at a place, and the next one starts, -1 after the last. Breaks may be escaped,
 * as in a string of JSON. Asked in the order of the text, it looks for each break once.
 */
function lineEnds(text: string): (start: number) => { end: number; after: number } {
  let broken = -1;
  let escaped = -1;
  const found = (mark: string, from: number) => {
    const at = text.indexOf(mark, from);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  };
  return (start) => {
    if (broken < start) broken = found("\n", start);
    if (escaped < start) escaped = found("\\n", start);
    if (broken < escaped) return { end: broken, after: broken + 1 };
    if (escaped === Number.POSITIVE_INFINITY) return { end: text.length, after: -1 };
    const isReturn = escaped - start >= 2 && text.startsWith("\\r", escaped - 2);
    return { end: isReturn ? escaped - 2 : escaped, after: escaped + 2 };
  };
}

/** Where the line starts that a place stands in: not before the start of a line given, nor further off than a line is long. */
function lineStart(text: string, at: number, first: number): number {
  const stop = Math.max(first, at - longestLine - 1);
  let start = at;
  while (start > stop) {
    const before = text.charCodeAt(start - 1);
    if (before === 0x0a || (before === 0x6e && start - 2 >= stop && text.charCodeAt(start - 2) === 0x5c)) break;
    start--;
  }
  return start;
}

/** A line of short names apart from each other, one of which is of a secret. */
function headerIn(line: string, start: number): { names: readonly Cell[]; separator: string } | null {
  // Confluence sets the cells of a header apart with two bars.
  if (line.startsWith("||")) return headerIn(line.replaceAll("||", "|"), start);
  if (line.length > 600 || /[={}()<>[\]]/.test(line) || !named.test(line)) return null;
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
