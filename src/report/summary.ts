import type { Change, Finding, Report } from "../resources/generated.ts";
import { type Severity, severities, severityRank } from "../resources/severity.ts";

/** What the terminal and the Markdown summary both say of a report. */

/** A failure that no waiver covers. */
export function isOpen(finding: Finding): boolean {
  return finding.outcome === "fail";
}

/** A number with its noun. */
export function count(many: number, one: string, more = `${one}s`): string {
  return `${many} ${many === 1 ? one : more}`;
}

export function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** How many of each severity, worst first, as in `2 high, 1 low`. */
export function bySeverity(found: readonly { severity: Severity }[]): string {
  return listSeverities(
    Object.fromEntries([...Map.groupBy(found, (each) => each.severity)].map(([s, all]) => [s, all.length])),
  );
}

/** As `bySeverity`, for what is counted already. */
export function listSeverities(counts: Readonly<Partial<Record<Severity, number>>>): string {
  return severities
    .flatMap((severity) => ((counts[severity] ?? 0) > 0 ? [`${counts[severity]} ${severity}`] : []))
    .join(", ");
}

/** How a run went: in one word, how bad the findings are, and which of them fail it. */
export interface Verdict {
  state: "FAILED" | "NOT FAILED" | "PASSED" | "NOT COMPLETE";
  /** What was found, and how much of it fails the run. */
  text: string;
  /** The finding to look at first; null where there is none. */
  worst: Finding | null;
}

/** Which findings fail a run. */
export interface Threshold {
  /** The severity from which a finding does; `none` for never. */
  failOn: string;
  /** With a baseline: after so many days a finding that it has fails the run too; never where it is absent. */
  overdue?: number | undefined;
}

export function verdictOf(report: Report, threshold: Threshold): Verdict {
  const { failOn, overdue } = threshold;
  const open = report.findings.filter(isOpen);
  const failing = failingOf(report, threshold);
  const uncovered = uncoveredOf(report).length;
  const which = overdue === undefined ? " new" : ` new, or older than ${count(overdue, "day")},`;
  const found = open.length === 0 ? "nothing found" : bySeverity(open);
  const what =
    failOn === "none"
      ? "no finding fails the run (--fail-on none)"
      : `${failing.length}${open.some((each) => each.baseline !== null) ? which : ""} at or above ${failOn}`;
  // Where no finding could fail the run, that none did says nothing good of what was found.
  const passed = failOn === "none" && open.length > 0 ? "NOT FAILED" : "PASSED";
  return {
    state: failing.length > 0 || uncovered > 0 ? "FAILED" : leavesOpen(report) ? "NOT COMPLETE" : passed,
    text: `${found}; ${what}${uncovered > 0 ? `; ${count(uncovered, "changed file")} that nobody has to review` : ""}`,
    worst: failing[0] ?? open[0] ?? null,
  };
}

/** Whether something that counts could not be decided; of the gate only what the change leaves open counts. */
export function leavesOpen({ gate, complete }: Report): boolean {
  return gate?.counts === "new" ? gate.unknown.length > 0 || gate.unread.length > 0 : !complete;
}

/** The files that decide what is found, that a change touches and that nobody has to review: they fail the gate. */
export function uncoveredOf({ gate }: Report): readonly string[] {
  return gate?.review?.uncovered ?? [];
}

const day = 24 * 60 * 60 * 1000;

/** The findings that fail the run: no waiver covers them, they are bad enough, and new or overdue; with gate --all old ones too. */
export function failingOf(report: Report, { failOn, overdue }: Threshold): Finding[] {
  if (failOn === "none") return [];
  const least = severities.map(String).indexOf(failOn);
  const latest = overdue === undefined ? Number.NEGATIVE_INFINITY : Date.parse(report.run.now) - overdue * day;
  return report.findings
    .filter(isOpen)
    .filter((each) => severityRank(each.severity) <= (least === -1 ? severities.length : least))
    .filter(
      ({ baseline, firstSeen }) =>
        baseline !== "still" || report.gate?.counts === "all" || Date.parse(firstSeen) <= latest,
    );
}

/** What became of the findings since the baseline; empty without one. */
export function sinceBaseline(report: Report): string {
  const open = report.findings.filter(isOpen);
  const known = open.filter((each) => each.baseline === "still").length;
  const parts: string[] = [];
  if (open.some((each) => each.baseline !== null)) parts.push(`${open.length - known} new, ${known} known before`);
  if (report.fixed.length > 0) parts.push(`${report.fixed.length} of the baseline fixed`);
  if (report.unverified.length > 0) parts.push(`${report.unverified.length} of the baseline could not be verified`);
  return parts.join(", ");
}

/** In which order places are counted, and what each is called. */
const places = [
  ["file", "in the file they are about"],
  ["plan", "in the plan that changes them"],
  ["id", "declared by id"],
  ["name", "declared by name"],
  ["reference", "declared by reference"],
  ["owner", "where their owner is declared"],
  ["environment", "at their environment in the configuration"],
  ["configuration", "on the first line of the configuration"],
  ["policy", "at their policy"],
] as const;

/** How many findings stand where, and so how many have no line that declares them; empty where there are none. */
export function placesOf(report: Report): string {
  const open = report.findings.filter(isOpen);
  const parts = places.flatMap(([by, words]) => {
    const many = open.filter(({ location }) => location?.by === by).length;
    return many === 0 ? [] : [`${many} ${words}`];
  });
  return parts.join(", ");
}

/** A waiver that somebody should look at. */
export interface NotedWaiver {
  state: "expired" | "expiring" | "unmatched" | "requested";
  expires: string;
  /** The policy, or the kinds that need not be read. */
  what: string;
  /** The resource or scope. */
  place: string;
  /** Who approved it; null while nobody has. */
  approvedBy: string | null;
  requestedBy: string;
}

/** The waivers that have expired, soon end, match nothing or are not approved; those for reads after those for findings. */
export function notedWaivers({ waivers }: Report): NotedWaiver[] {
  const states = ["expired", "expiring", "unmatched"] as const;
  const approved = states.flatMap((state) => [
    ...waivers[state].map(({ expires, policy, resource, approvedBy, requestedBy }) => ({
      state,
      expires,
      what: policy,
      place: resource,
      approvedBy,
      requestedBy,
    })),
    ...(waivers.reads?.[state] ?? []).map(({ expires, kinds, read, approvedBy, requestedBy }) => ({
      state,
      expires,
      what: `reads of ${kinds.join(", ")}`,
      place: read,
      approvedBy,
      requestedBy,
    })),
  ]);
  const requested = (waivers.requested ?? []).map(({ expires, policy, kinds, place, requestedBy }) => ({
    state: "requested" as const,
    expires,
    what: policy ?? `reads of ${(kinds ?? []).join(", ")}`,
    place,
    approvedBy: null,
    requestedBy,
  }));
  return [...approved, ...requested];
}

/** Whether everything was decided, and if not, what was not. */
export function completeness(report: Report): string {
  if (report.complete) return "Complete: every policy in force was decided.";
  const missing: string[] = [];
  const accepted = report.unread.filter((each) => each.waived).length;
  if (report.unread.length > 0) {
    missing.push(`${count(report.unread.length, "scope")} not read${accepted > 0 ? ` (${accepted} accepted)` : ""}`);
  }
  const unknown = total(report.unknown.map((each) => each.count));
  const waived = total(report.unknown.filter((each) => each.waived === true).map((each) => each.count));
  if (unknown > 0) missing.push(`${count(unknown, "result")} unknown${waived > 0 ? ` (${waived} accepted)` : ""}`);
  const undecided = report.policies.filter((each) => !each.decided).length;
  if (undecided > 0) missing.push(`${count(undecided, "policy", "policies")} undecided`);
  return `Not complete, so this is no proof: ${missing.join(", ") || "see above"}.`;
}

/** The numbers of one criterion. */
export interface CriterionRow {
  id: string;
  gist: string | null;
  policies: readonly string[];
  inScope: number;
  failing: number;
  waived: number;
  unknown: number;
  decided: boolean;
  leftOut: readonly string[];
}

/** The criteria that policies support, those with most failures first. */
export function criteriaRows(report: Report): CriterionRow[] {
  const undecided = new Set(report.policies.filter((each) => !each.decided).map((each) => each.id));
  return report.controls
    .map(({ population, ...control }) => ({
      id: control.id,
      gist: control.gist ?? null,
      policies: control.policies,
      inScope: population.inScope,
      failing: control.failing ?? population.fail,
      waived: control.waived ?? population.waived,
      unknown: control.unknown ?? population.unknown,
      decided: control.decided ?? !control.policies.some((each) => undecided.has(each)),
      leftOut: control.leftOut ?? [],
    }))
    .sort((a, b) => b.failing - a.failing);
}

/** The least part of the findings that the changes which are named first have to close together. */
const most = 80;

/** How much the first changes close, as in `12 of 31 changes close 87 % of the findings`. */
export function closing(changes: readonly Change[]): string {
  const all = total(changes.map((each) => each.findings.length));
  let closed = 0;
  let first = 0;
  for (const change of changes) {
    if (closed * 100 >= all * most) break;
    closed += change.findings.length;
    first++;
  }
  const share = Math.floor((closed * 100) / all);
  const verb = first === 1 ? "closes" : "close";
  if (first === changes.length) return `${count(first, "change")} ${verb} all ${count(all, "finding")}`;
  return `${count(first, "change")} ${verb} ${share} % of the ${count(all, "finding")}, and ${changes.length} close all`;
}
