import type { Finding, Report, ReportPolicy } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { below } from "../resources/scope.ts";
import { runOf } from "./baseline.ts";
import type { SnapshotWorld } from "./world.ts";

/** One of two things that are compared. */
export interface Side {
  report: Report;
  /** What it was evaluated over; null where only the report is there. */
  world: SnapshotWorld | null;
}

/** Why a finding is new, gone or changed. */
export interface Cause {
  /**
   * `world`: what was read is different. `policy`, `parameter`, `configuration`, `waiver`: what it is judged by. `tool`:
   * another version of leastwise. `read`: it could not be seen before, or cannot now.
   */
  cause: "world" | "policy" | "parameter" | "configuration" | "waiver" | "tool" | "read";
  /** In words. */
  what: string;
  /** Who did it, and when, where what was read says so. */
  by: string | null;
  on: string | null;
}

/** A finding that is in one of two reports alone, or could not be decided in the second. */
export interface Differing {
  finding: Finding;
  /** All that may have brought it about; where there is one, it is the only one. */
  causes: Cause[];
}

/** A finding that is in both and not the same. */
export interface Changed extends Differing {
  changes: { field: string; before: string; after: string }[];
}

/** What differs between two reports. */
export interface Diff {
  new: Differing[];
  fixed: Differing[];
  changed: Changed[];
  /** Findings of the first that the second could not decide or did not look for: they may still be there. */
  unverified: Differing[];
  same: number;
}

/** What differs between two reports: both findings that no waiver covers and waived ones are compared, by their ids. */
export function diffOf(before: Side, after: Side): Diff {
  const earlier = new Map(before.report.findings.map((each) => [each.id, each]));
  const later = new Map(after.report.findings.map((each) => [each.id, each]));
  const made: Diff = { new: [], fixed: [], changed: [], unverified: [], same: 0 };
  for (const finding of later.values()) {
    const old = earlier.get(finding.id);
    if (old === undefined) {
      made.new.push({ finding, causes: causesOf(finding, before, after, openIn(before.report, finding, "before")) });
      continue;
    }
    const changes = changesBetween(old, finding);
    if (changes.length === 0) made.same++;
    else {
      const open = openIn(before.report, old, "before") ?? openIn(after.report, finding, "now");
      made.changed.push({ finding, changes, causes: causesOf(finding, before, after, open, old) });
    }
  }
  for (const finding of earlier.values()) {
    if (later.has(finding.id)) continue;
    const open = notLookedAt(after.report, finding);
    if (open === null) made.fixed.push({ finding, causes: causesOf(finding, before, after, null) });
    else made.unverified.push({ finding, causes: [open] });
  }
  return made;
}

/** As `undecided`, with the side that it is said of. */
function openIn(report: Report, finding: Finding, side: "before" | "now"): string | null {
  const open = undecided(report, finding);
  return open === null ? null : `${side}, ${open}`;
}

/** Why a finding that a report does not have may be there all the same; null where it is gone. */
function notLookedAt(report: Report, finding: Finding): Cause | null {
  if (finding.resource.kind === "waiver") return null;
  if (!report.policies.some((each) => each.id === finding.policy))
    return causeOf("policy", `now, ${notInForce(finding.policy, report)}`);
  const { id } = finding.resource;
  const left = report.leftOutScopes?.find(({ scope }) => below(id, scope));
  if (left !== undefined) return causeOf("read", `now, ${left.scope} is left out (${left.because})`);
  const open = openIn(report, finding, "now");
  return open === null ? null : causeOf("read", open);
}

/** Why a report could not decide a finding's policy where its resource is; null where it could, or did not ask. */
function undecided(report: Report, finding: Finding): string | null {
  const place = runOf(finding);
  const policy = report.policies.find((each) => each.id === finding.policy);
  if (policy?.undecidedIn.includes(place) !== true) return null;
  const unread = report.unread.find((each) => each.policies.includes(policy.id) && each.environments.includes(place));
  const unknown = report.unknown.find((each) => each.policy === policy.id);
  const why = unread === undefined ? unknown?.cause : `${unread.read} was not read (${unread.cause})`;
  return `${policy.id} is not decided in ${place}${why === undefined ? "" : `: ${why}`}`;
}

function causeOf(cause: Cause["cause"], what: string, by: string | null = null, on: string | null = null): Cause {
  return { cause, what, by, on };
}

/** @param open why one of them could not decide it, in words; null where it could */
function causesOf(finding: Finding, before: Side, after: Side, open: string | null, old: Finding = finding): Cause[] {
  const one = before.report.policies.find((each) => each.id === finding.policy);
  const two = after.report.policies.find((each) => each.id === finding.policy);
  if (finding.resource.kind === "waiver") return [causeOf("waiver", "the waivers, or the day, are other ones")];
  if (one === undefined || two === undefined)
    return [causeOf("policy", `before, ${notInForce(finding.policy, before.report)}`)];
  const found: Cause[] = [];
  if (open !== null) found.push(causeOf("read", open));
  if (old.outcome !== finding.outcome || old.waiver?.expires !== finding.waiver?.expires)
    found.push(ofWaiver(old, finding));
  found.push(...ofPolicy(one, two));
  const versions = [before, after].map(({ report }) => report.run.tool.version);
  if (versions[0] !== versions[1]) found.push(causeOf("tool", `leastwise ${versions[0]} then, ${versions[1]} now`));
  const world = ofWorld(finding, old, before.world, after.world);
  if (world !== null) found.push(world);
  else if (before.report.inputs.configuration !== after.report.inputs.configuration)
    found.push(causeOf("configuration", "leastwise.yaml is another one"));
  if (found.length > 0) return found;
  const seen = before.world !== null && after.world !== null;
  return [
    causeOf(
      "world",
      seen
        ? "the resource itself is as it was: something that it rests on changed, or time passed"
        : "nothing that it is judged by changed: what was read of it did, or time passed",
    ),
  ];
}

function notInForce(policy: string, report: Report): string {
  const because = report.leftOut.find((each) => each.policy === policy)?.because;
  return `${policy} is ${because === undefined ? "not there" : `left out (${because})`}`;
}

function ofWaiver(old: Finding, now: Finding): Cause {
  const { waiver } = now;
  if (waiver !== null)
    return causeOf("waiver", `waived until ${waiver.expires}: ${waiver.reason}`, waiver.approvedBy, waiver.approvedAt);
  return causeOf("waiver", `its waiver, until ${old.waiver?.expires ?? "a day that is not told"}, covers it no longer`);
}

function ofPolicy(one: ReportPolicy, two: ReportPolicy): Cause[] {
  const found: Cause[] = [];
  if (one.digest !== two.digest) found.push(causeOf("policy", `the text of ${two.id} is another one`));
  const names = [...new Set([...Object.keys(one.params), ...Object.keys(two.params)])].sort();
  for (const name of names) {
    const [then, now] = [one.params, two.params].map((params) => text((params as Record<string, unknown>)[name]));
    if (then !== now) found.push(causeOf("parameter", `${name} was ${then}, and is ${now}`));
  }
  return found;
}

function text(value: unknown): string {
  return value === undefined ? "not there" : typeof value === "string" ? value : JSON.stringify(value);
}

/** What changed of the resource itself; null where that is not known, or nothing did. */
function ofWorld(
  finding: Finding,
  old: Finding,
  before: SnapshotWorld | null,
  after: SnapshotWorld | null,
): Cause | null {
  if (before === null || after === null) return null;
  const { kind } = finding.resource;
  const then = rowOf(before, kind, old.resource.id);
  const now = rowOf(after, kind, finding.resource.id);
  if (then === null && now === null) return null;
  if (now === null) return causeOf("world", "it is gone");
  if (then === null) return causeOf("world", "it is new", personOf(now, after), momentOf(now, "created"));
  const fields = [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter((field) => field !== "id" && JSON.stringify(then[field]) !== JSON.stringify(now[field]))
    .sort();
  if (old.resource.id !== finding.resource.id)
    return causeOf("world", "it was made anew", personOf(now, after), momentOf(now, "created"));
  if (fields.length === 0) return null;
  return causeOf("world", `it changed: ${fields.join(", ")}`, null, momentOf(now, "updated"));
}

function rowOf(world: SnapshotWorld, kind: string, id: string): Row | null {
  if (world.snapshot.manifest.files[`${kind}.ndjson`] === undefined) return null;
  return world.index(kind, "id").get(id)?.[0] ?? null;
}

/** Who made something, by name where the directory knows one. */
function personOf({ createdBy }: Row, world: SnapshotWorld): string | null {
  if (typeof createdBy !== "string") return null;
  const name = rowOf(world, "azure.principal", createdBy)?.displayName;
  return typeof name === "string" ? name : createdBy;
}

function momentOf(row: Row, what: "created" | "updated"): string | null {
  const value = row[`${what}On`] ?? row[what];
  return typeof value === "string" ? value : null;
}

function changesBetween(old: Finding, now: Finding): Changed["changes"] {
  const values = (each: Finding): Record<string, string> => ({
    outcome: each.outcome,
    severity: each.severity,
    resource: each.resource.id,
    environments: each.resource.environments?.join(", ") ?? "not known",
    message: each.message,
    waiver: each.waiver === null ? "none" : `until ${each.waiver.expires}, approved by ${each.waiver.approvedBy}`,
    trace: each.trace.map(({ expression, value }) => `${expression} = ${value}`).join("; "),
  });
  const [before, after] = [values(old), values(now)];
  return Object.keys(after).flatMap((field) => {
    const pair = { field, before: before[field] ?? "", after: after[field] ?? "" };
    return pair.before === pair.after ? [] : [pair];
  });
}
