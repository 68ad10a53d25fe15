import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { answer, isSubject } from "../access/answer.ts";
import { renderAccess } from "../report/access.ts";
import { wrap } from "../report/layout.ts";
import { visible } from "../report/text.ts";
import type { Finding, Location, Report } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { nearest } from "../resources/problem.ts";
import { placedIn } from "./access.ts";
import { UsageError } from "./errors.ts";
import { readReport } from "./report.ts";
import { openWorld } from "./world.ts";

/** The shortest beginning of an id that stands for it. */
const shortest = 4;

/** `leastwise explain`: why a finding is one, by which fields, read where, and how to mend it. */
export function explain(id: string, { report: file }: { report: string }): void {
  const report = readReport(file);
  const finding = findingIn(report, id, file);
  const policy = report.policies.find((each) => each.id === finding.policy);
  const width = Math.min(process.stdout.columns ?? 100, 120);
  const lines: string[] = [];
  const part = (title: string, text: string | null): void => {
    if (text === null || text === "") return;
    lines.push("", title);
    for (const each of text.split("\n")) for (const line of wrap(visible(each), width - 2)) lines.push(`  ${line}`);
  };
  lines.push(`${finding.severity} ${finding.outcome} ${finding.id}`, visible(finding.policy));
  part("What", finding.message);
  part(
    "Where",
    [
      finding.resource.id,
      finding.key === null ? null : `at ${finding.key}`,
      environmentsOf(finding.resource.environments),
    ]
      .filter((each) => each !== null)
      .join("\n"),
  );
  part("Line", lineOf(finding));
  part("Owner", finding.owner ?? null);
  part("Why it matters", finding.rationale);
  part("By which values", finding.trace.map(({ expression, value }) => `${expression} = ${value}`).join("\n"));
  part("Read by", finding.read === null ? null : `${finding.read}, collected ${report.run.collectedAt}`);
  part("How to mend it", finding.remediation?.text ?? null);
  // Broken over lines, a command would be another one.
  const commands = finding.remediation?.command?.trimEnd() ?? "";
  if (commands !== "") lines.push("", "Commands", ...commands.split("\n").map((line) => `  ${visible(line)}`));
  const code = policy?.help.remediation?.code?.trimEnd() ?? "";
  if (code !== "") lines.push("", "As code", ...code.split("\n").map((line) => `  ${visible(line)}`));
  const paths = pathsOf(finding, file, width);
  if (paths !== null) lines.push("", "Paths", ...paths);
  part(
    "Waived",
    finding.waiver === null
      ? null
      : `${finding.waiver.reason} (asked by ${finding.waiver.requestedBy}, approved by ${finding.waiver.approvedBy}, until ${finding.waiver.expires})${approvalOf(finding)}`,
  );
  part(
    "Nearly waived",
    (finding.nearlyWaived ?? []).map(({ line, missing }) => `by the entry at line ${line}, but ${missing}`).join("\n"),
  );
  part(
    "Supports",
    policy === undefined
      ? null
      : policy.controls.soc2.map((each) => `${each} ${policy.reasons[each] ?? ""}`).join("\n"),
  );
  part("Read more", policy?.help.references.join("\n") ?? null);
  process.stdout.write(`${lines.join("\n")}\n`);
}

/**
 * The finding of a report that an id, or the beginning of one, names.
 * @param file the report as people know it
 * @throws UsageError where none or several have it
 */
export function findingIn(report: Report, id: string, file: string): Finding {
  const begun = id.length < shortest ? [] : report.findings.filter((each) => each.id.startsWith(id));
  const finding = report.findings.find((each) => each.id === id) ?? (begun.length > 1 ? undefined : begun[0]);
  if (begun.length > 1 && finding === undefined) {
    const shown = begun.slice(0, 10).map((each) => `  ${each.id} ${visible(each.message)}`);
    throw new UsageError(`${id} begins the ids of ${begun.length} findings; write more of it:\n${shown.join("\n")}`);
  }
  if (finding === undefined) {
    if (id.length < shortest && report.findings.some((each) => each.id.startsWith(id)))
      throw new UsageError(`Write at least ${shortest} characters of a finding's id`);
    const meant = nearest(
      id,
      report.findings.map((each) => each.id),
    );
    throw new UsageError(`${file} has no finding ${id}${meant === null ? "" : `; did you mean ${meant}?`}`);
  }
  return finding;
}

/** How far it is known who approved a waiver. */
function approvalOf({ approval, waiver }: Finding): string {
  const { proof } = waiver ?? {};
  const at = proof?.commit == null ? "" : ` (commit ${proof.commit})`;
  const review =
    proof?.review == null ? "" : ` (pull request ${proof.review.pullRequest}, reviewed by ${proof.review.reviewer})`;
  return `\napproval ${approval ?? "asserted"}${proof === undefined ? "" : `: ${proof.because}${at}${review}`}`;
}

/** The kinds of findings that are about somebody, and the relation that tells whom. */
const about: Readonly<Record<string, string>> = {
  "azure.roleAssignment": "principal",
  "azure.credential": "principal",
  "synapse.roleAssignment": "principal",
};

/** The paths of a finding's principal or Prefect object, where the snapshot stands beside the report; null where there are none. */
function pathsOf(finding: Finding, file: string, width: number): string[] | null {
  const snapshot = join(dirname(file), "snapshot");
  if (!existsSync(snapshot)) return null;
  const world = openWorld(snapshot);
  const { kind, id } = finding.resource;
  const row = world.access.rows.index(kind, "id").get(id)?.[0];
  if (row === undefined) return null;
  const relation = about[kind];
  const related = relation === undefined ? null : world.field(kind, relation, row);
  const subject =
    related !== null && typeof related === "object" && "id" in related
      ? { kind: "azure.principal", row: related as Row }
      : isSubject(kind)
        ? { kind, row }
        : null;
  if (subject === null) return null;
  return renderAccess(answer(world.access, subject), placedIn(world), width - 2)
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? "" : `  ${line}`));
}

/** How a line was found, in words. */
const found: Readonly<Record<Location["by"], string>> = {
  file: "what it is about",
  id: "declares it, by its id",
  name: "declares it, by its name",
  reference: "declares it, by what it refers to",
  owner: "declares what it belongs to",
  environment: "its environment in the configuration: no line is known that declares it",
  configuration: "the configuration: no line is known that declares it",
  policy: "its policy",
  plan: "the plan that changes it",
};

function lineOf({ location, alert }: Finding): string | null {
  if (location === null) return null;
  const now = `${location.file}:${location.line} (${found[location.by]})`;
  return alert === undefined ? now : `${now}\nits alert was opened at ${alert.file}:${alert.line} and stays there`;
}

function environmentsOf(environments: readonly string[] | null): string | null {
  if (environments === null) return "in environments that could not all be derived";
  return environments.length === 0 ? "in no environment" : `in ${environments.join(", ")}`;
}
