import { appendFileSync } from "node:fs";
import { failingOf, isOpen, leavesOpen, type Threshold, uncoveredOf } from "../report/summary.ts";
import { cut, prose } from "../report/text.ts";
import type { Finding, Report } from "../resources/generated.ts";
import { writingTo } from "../resources/problem.ts";

/** GitHub shows ten errors of a step at its lines and drops the rest (docs.github.com, workflow commands: limits of annotations). */
const mostErrors = 10;
/** The longest message of an annotation, in UTF-16 code units. */
const longest = 1_000;

/** What a step of a job on GitHub Actions wrote. */
export interface GitHubStep extends Threshold {
  /** The paths of the files; null where there is none. */
  report: string | null;
  sarif: string | null;
}

/**
 * Tells a job on GitHub Actions of a run: the Markdown summary on the job's page, outputs for the steps that follow, and
 * an annotation for each finding that fails the run, at its line.
 * @param summary gives the summary for the job's page
 * @param environment where the runner names the files that it reads
 * @returns what the runner reads from the step's output
 * @throws OutputError where a file of the runner cannot be written
 */
export function tellGitHub(
  report: Report,
  step: GitHubStep,
  summary: () => string,
  environment: NodeJS.ProcessEnv,
): string {
  append(environment.GITHUB_STEP_SUMMARY, summary);
  append(environment.GITHUB_OUTPUT, () => `${outputsOf(report, step).join("\n")}\n`);
  const failing = failingOf(report, step);
  const shown = failing.slice(0, mostErrors).map(annotation);
  const left = failing.length - shown.length;
  if (left > 0) shown.push(`::notice title=leastwise::${left} more findings fail the run: see the job's summary`);
  for (const file of uncoveredOf(report).slice(0, mostErrors - shown.length)) {
    const message = "This file decides what is found, and CODEOWNERS names nobody to review it";
    shown.push(`::error file=${property(file)},line=1,title=leastwise::${message}`);
  }
  if (leavesOpen(report)) shown.push("::warning title=leastwise::Not everything was decided: see the job's summary");
  return shown.map((line) => `${line}\n`).join("");
}

function append(file: string | undefined, text: () => string): void {
  if (file !== undefined && file !== "") writingTo(file, () => appendFileSync(file, text()));
}

function outputsOf(report: Report, { report: json, sarif }: GitHubStep): string[] {
  const open = report.findings.filter(isOpen);
  const values = {
    complete: report.complete,
    findings: open.length,
    new: open.filter((each) => each.baseline !== "still").length,
    fixed: report.fixed.length,
    report: json ?? "",
    sarif: sarif ?? "",
  };
  // A line break in a path would begin another output.
  return Object.entries(values).map(([name, value]) => `${name}=${prose(String(value))}`);
}

function annotation({ policy, message, location }: Finding): string {
  const place = location === null ? [] : [`file=${property(location.file)}`, `line=${location.line}`];
  const properties = [...place, `title=${property(policy)}`].join(",");
  return `::error ${properties}::${data(cut(prose(message), longest))}`;
}

/** As the runner reads it back (actions/toolkit, packages/core, command.ts). */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(prose(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
