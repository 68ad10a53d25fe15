import { readFileSync, statSync } from "node:fs";
import { checkSarif, type SarifConsequence, type SarifProblem } from "../report/sarif-check.ts";
import { visible } from "../report/text.ts";
import { InputError } from "../resources/problem.ts";
import { ExitStatus } from "./exit.ts";

/** The largest file that is looked into, in bytes: 25,000 results, the most that GitHub takes of a run, need a tenth of it. */
const mostBytes = 256 * 1024 * 1024;

/** How many places are told of each rule. */
const examples = 5;

/** What each consequence means for whoever uploads the file, worst first. */
const meanings: Readonly<Record<SarifConsequence, string>> = {
  refuses: "GitHub refuses the whole upload",
  misreads: "GitHub takes it for something else",
  cuts: "GitHub keeps only a part",
};

/**
 * `leastwise sarif check`: what GitHub code scanning would do with a SARIF file of whatever tool. Exit status 1 where it
 * would refuse or misread it.
 */
export function sarifCheck(file: string, { quiet }: { quiet?: boolean }): void {
  const problems = checkSarif(parsed(file));
  for (const consequence of Object.keys(meanings) as SarifConsequence[]) {
    const found = problems.filter(({ github }) => github === consequence);
    if (found.length === 0) continue;
    process.stdout.write(`${meanings[consequence]}:\n`);
    for (const [code, each] of Map.groupBy(found, (problem) => problem.code)) tellRule(code, each);
  }
  if (problems.some(({ github }) => github !== "cuts")) process.exitCode = ExitStatus.findings;
  else if (quiet !== true)
    process.stdout.write(
      problems.length === 0 ? `${visible(file)}: nothing is wrong\n` : `${visible(file)}: GitHub takes it\n`,
    );
}

function tellRule(code: string, problems: readonly SarifProblem[]): void {
  for (const { path, message } of problems.slice(0, examples))
    process.stdout.write(`  ${visible(path === "" ? "the file" : path)}: ${visible(message)} (${code})\n`);
  if (problems.length > examples) process.stdout.write(`  and ${problems.length - examples} more (${code})\n`);
}

/** @throws InputError where there is no such file, or it is no JSON */
function parsed(file: string): unknown {
  const wrong = (code: string, message: string, hint: string | null, at = { line: 1, column: 1 }): InputError =>
    new InputError([{ code, file, ...at, message, hint }]);
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > mostBytes)
      throw wrong(
        "file/too-large",
        `the file has ${size} bytes; at most ${mostBytes} are read`,
        "GitHub takes 10 MB compressed",
      );
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    if (code === "ENOENT") throw wrong("file/missing", "there is no such file", null);
    throw wrong("file/unreadable", `the file cannot be read (${code})`, null);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const [, line = "1", column = "1"] = /line (\d+) column (\d+)/.exec((error as Error).message) ?? [];
    const at = { line: Number(line), column: Number(column) };
    throw wrong(
      "sarif/syntax",
      "the file is no JSON",
      "a file that was cut off while it was written ends like this",
      at,
    );
  }
}
