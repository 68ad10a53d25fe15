import { readFileSync } from "node:fs";
import type { Report } from "../resources/generated.ts";
import { InputError } from "../resources/problem.ts";
import { violations } from "../resources/validate.ts";

/** Reads a report.json. @throws InputError where it is missing or is no report */
export function readReport(file: string): Report {
  const refused = (message: string, hint: string | null = null): InputError =>
    new InputError([{ code: "report/invalid", file, line: 1, column: 1, message, hint }]);
  let report: unknown;
  try {
    const text = readFileSync(file, "utf8");
    // The parser takes a hundred bytes of memory for each bracket that is open.
    if (/(?:[[{]\s*){100}/.test(text)) throw refused("the report nests too deep");
    report = JSON.parse(text);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof SyntaxError) throw refused("the report is not JSON");
    throw refused("there is no report here that can be read", "name the report.json that `leastwise scan` wrote");
  }
  const [wrong] = violations("report", report);
  if (wrong !== undefined) throw refused(wrong.message, wrong.hint);
  return report as Report;
}
