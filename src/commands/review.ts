import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import {
  type Decision,
  type Decisions,
  notReviewed,
  type Review,
  type ReviewRow,
  reviewOf,
} from "../evaluate/review.ts";
import { inert } from "../report/markup.ts";
import { digestOf } from "../resources/digest.ts";
import { readText } from "../resources/document.ts";
import { InputError, type Problem } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { ExitStatus } from "./exit.ts";
import { prepareOut, writeWhole } from "./output.ts";
import { openWorld } from "./world.ts";

/** The columns of the file, in order, with their headings; the last ones are for the reviewer. */
const columns: readonly (readonly [
  key: keyof ReviewRow | "decision" | "decidedBy" | "decidedOn" | "comment",
  heading: string,
])[] = [
  ["environments", "environments"],
  ["principal", "principal"],
  ["type", "type"],
  ["state", "state"],
  ["owner", "owner"],
  ["lastSignIn", "last sign-in"],
  ["grant", "right"],
  ["through", "through group"],
  ["when", "when"],
  ["since", "since"],
  ["reaches", "what it opens"],
  ["decision", "decision"],
  ["decidedBy", "decided by"],
  ["decidedOn", "decided on"],
  ["comment", "comment"],
  ["principalId", "principal id"],
  ["assignmentId", "assignment id"],
  ["id", "row"],
];

/** `leastwise access --review`: who can reach what, a row a right, with a column for the decision. */
export function writeReview({ snapshot, out }: { snapshot: string; out: string }): void {
  const review = reviewOf(openWorld(snapshot));
  const csv = join(out, "access-review.csv");
  if (existsSync(csv))
    throw new UsageError(
      `${csv} is there already, and may hold decisions: move it away, or name another folder with --out`,
    );
  prepareOut(out);
  writeWhole(csv, renderCsv(review.rows));
  writeWhole(join(out, "access-review.md"), renderMarkdown(review));
  process.stdout.write(
    `${review.rows.length} rights to decide on: ${csv}\n` +
      "Write keep or remove into the column decision, with who decided and the day as 2026-11-20; then: leastwise scan --review <file>\n" +
      `It does not hold ${notReviewed.join("; ")}.\n`,
  );
  for (const each of review.missing) process.stderr.write(`not in it: ${each}\n`);
  process.exitCode = review.missing.length === 0 ? ExitStatus.clean : ExitStatus.unknown;
}

function renderCsv(rows: readonly ReviewRow[]): string {
  return stringify([...rows], {
    header: true,
    bom: true,
    columns: columns.map(([key, header]) => ({ key, header })),
    // What a spreadsheet would take for a formula is marked as text.
    escape_formulas: true,
    record_delimiter: "windows",
  });
}

function renderMarkdown({ rows, missing }: Review): string {
  const lines = [
    "# Access review",
    "",
    `${rows.length} rights of people and identities. For each: keep it, or remove it.`,
  ];
  const shown = columns.filter(
    ([key]) =>
      !["environments", "principalId", "assignmentId", "comment", "decidedBy", "decidedOn", "state"].includes(key),
  );
  for (const [environments, each] of Map.groupBy(rows, (row) => row.environments)) {
    lines.push("", `## ${inert(environments === "none" ? "in no environment" : environments)}`, "");
    lines.push(`| ${shown.map(([, heading]) => heading).join(" | ")} |`, `|${shown.map(() => "---").join("|")}|`);
    for (const row of each)
      lines.push(
        `| ${shown.map(([key]) => (key === "decision" ? " " : inert(String(row[key as keyof ReviewRow])))).join(" | ")} |`,
      );
  }
  lines.push(
    "",
    "A review never holds, because nothing is read of it:",
    "",
    ...notReviewed.map((each) => `- ${inert(each)}`),
  );
  if (missing.length > 0)
    lines.push("", "Not in it, because it was not read:", "", ...missing.map((each) => `- ${inert(each)}`));
  return `${lines.join("\n")}\n`;
}

/**
 * The decisions of a filled file.
 * @throws InputError for a file that is no such table, or that holds another word than keep or remove
 */
export function readReview(file: string): Decisions {
  const text = readText(file, file);
  const problems: Problem[] = [];
  const tell = (line: number, message: string, hint: string | null = null): void => {
    problems.push({ code: "review/invalid", file, line, column: 1, message, hint });
  };
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    records = parse(text, {
      bom: true,
      columns: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: false,
      // Spreadsheets of many languages write semicolons.
      delimiter: text.split("\n", 1)[0]?.includes(";") === true ? ";" : ",",
    }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === "number" ? error.lines : 1;
    throw new InputError([
      {
        code: "review/invalid",
        file,
        line,
        column: 1,
        message: "this is no table of comma-separated values",
        hint: "save it as CSV, with every column that was there",
      },
    ]);
  }
  const decisions: Decision[] = [];
  const seen = new Set<string>();
  for (const { record, info } of records) {
    const { row = "", decision = "" } = record;
    const word = decision.toLowerCase();
    if (!/^[0-9a-f]{16}$/.test(row)) {
      tell(info.lines, "the column row names no row of a review", "keep it as it was written");
      break;
    }
    if (seen.has(row)) tell(info.lines, `the row ${row} stands twice`, "leave one of them");
    seen.add(row);
    if (word === "") continue;
    if (word !== "keep" && word !== "remove") {
      tell(info.lines, `the decision is neither keep nor remove`, "or leave it empty");
      continue;
    }
    const by = record["decided by"] ?? "";
    const on = record["decided on"] ?? "";
    if (by === "") tell(info.lines, "a decision without who decided", "fill the column decided by");
    if (!/^\d{4}-\d{2}-\d{2}$/.test(on) || Number.isNaN(Date.parse(on)))
      tell(info.lines, "decided on is no day", "write it as 2026-11-20");
    decisions.push({
      id: row,
      decision: word,
      decidedBy: by,
      decidedOn: on,
      principal: record.principal ?? "",
      principalId: record["principal id"] ?? "",
      grant: record.right ?? "",
      assignmentId: record["assignment id"] ?? "",
    });
  }
  if (problems.length > 0) throw new InputError(problems.slice(0, 20));
  // As it is on disk, byte for byte: a spreadsheet's mark of UTF-8 belongs to it.
  const whole = readFileSync(file, "utf8");
  return { decisions, digest: digestOf(whole), text: whole };
}
