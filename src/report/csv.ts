import { stringify } from "csv-stringify/sync";
import type { Report } from "../resources/generated.ts";
import { prose } from "./text.ts";

const columns = [
  "outcome",
  "severity",
  "policy",
  "title",
  "environments",
  "kind",
  "resource",
  "name",
  "key",
  "message",
  "owner",
  "remedy",
  "command",
  "SOC 2",
  "baseline",
  "first seen",
  "waived until",
  "approved by",
  "file",
  "line",
  "count",
  "finding",
  "as of",
  "run",
] as const;

type Line = Partial<Record<(typeof columns)[number], string | number | null>>;

/**
 * A table for a spreadsheet, one line each: findings, worst first as the report has them, waived ones too; then what is
 * unknown, by policy and cause, with how many results; then the reads that were refused. A cell that a spreadsheet would
 * take for a formula begins with an apostrophe, and a line break inside a cell is a space.
 */
export function renderCsv(report: Report): string {
  const policies = new Map(report.policies.map((each) => [each.id, each]));
  const controls = (policy: string): string => policies.get(policy)?.controls.soc2.join(" ") ?? "";
  const lines: Line[] = [
    ...report.findings.map(
      (each): Line => ({
        outcome: each.outcome,
        severity: each.severity,
        policy: each.policy,
        title: policies.get(each.policy)?.title ?? null,
        environments: each.resource.environments?.join(" ") ?? "not known",
        kind: each.resource.kind,
        resource: each.resource.id,
        name: each.resource.name,
        key: each.key,
        message: each.message,
        owner: each.owner ?? null,
        remedy: each.remediation?.text ?? null,
        command: each.remediation?.command ?? null,
        "SOC 2": controls(each.policy),
        baseline: each.baseline,
        "first seen": each.firstSeen,
        "waived until": each.waiver?.expires ?? null,
        "approved by": each.waiver?.approvedBy ?? null,
        file: each.location?.file ?? null,
        line: each.location?.line ?? null,
        count: 1,
        finding: each.id,
      }),
    ),
    ...report.unknown.map(
      ({ policy, cause, count, examples, waived }): Line => ({
        outcome: waived === true ? "unknown, accepted" : "unknown",
        severity: policies.get(policy)?.severity ?? null,
        policy,
        title: policies.get(policy)?.title ?? null,
        kind: policies.get(policy)?.target ?? null,
        resource: examples.join(" "),
        message: cause,
        "SOC 2": controls(policy),
        count,
      }),
    ),
    ...report.unread.map(
      (each): Line => ({
        outcome: each.waived ? "unread, accepted" : "unread",
        policy: each.policies.join(" "),
        environments: each.environments.join(" "),
        resource: each.scope,
        name: each.read,
        message: each.cause,
        remedy: each.permission,
        count: 1,
      }),
    ),
  ];
  const run = { "as of": report.run.now, run: report.run.id };
  return stringify(
    lines.map((line) =>
      Object.fromEntries(Object.entries({ ...line, ...run }).map(([name, cell]) => [name, inCell(cell)])),
    ),
    {
      columns: [...columns],
      header: true,
      // Without it a spreadsheet takes the bytes for another alphabet's.
      bom: true,
      escape_formulas: true,
      record_delimiter: "windows",
    },
  );
}

function inCell(cell: string | number | null): string | number {
  return typeof cell === "string" ? prose(cell) : (cell ?? "");
}
