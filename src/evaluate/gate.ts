import type { Finding, Report, UnreadScope, UnverifiedFinding } from "../resources/generated.ts";
import { kinds, type Row, valueAt } from "../resources/kinds.ts";
import type { Snapshot } from "../snapshot/read.ts";
import { type EvaluateOptions, evaluate, type Judged } from "./evaluate.ts";
import { needs } from "./reads.ts";

/** What a policy said of a resource before a change; absent: there was no such resource. */
export type Before = Judged["outcome"] | "absent";

/** A failure that a change brings. */
export interface NewFailure {
  finding: Finding;
  before: Before;
}

/** A result that could not be decided once the change is made. */
export interface NewUnknown {
  policy: string;
  kind: string;
  resource: string;
  causes: readonly string[];
  before: Before;
}

/** What a change does to the verdicts of policies. */
export interface Comparison {
  /** The report on the state after the change; its findings are marked as new or still there. */
  report: Report;
  /** After a failure, and none before: each counts for exit 1 by its severity. */
  failures: NewFailure[];
  /** After unknown, and before pass, not applicable or absent: each counts for exit 3. */
  unknown: NewUnknown[];
  /** Unknown before and after, or a failure that is no longer decided: listed only. */
  stillUnknown: NewUnknown[];
  /** What was read before and is not known after, with the policies that it leaves undecided: counts for exit 3. */
  unread: UnreadScope[];
}

/** One policy's verdict on one resource, as far as it is kept. */
interface Kept {
  policy: string;
  kind: string;
  row: Row;
  outcome: Judged["outcome"];
  causes: readonly string[];
}

/** What tells where everything stands: a change of it may change any verdict. */
const hierarchy = ["azure.managementGroup", "azure.subscription"];

/**
 * Evaluates the state before and after a change with the same policies, waivers and moment, and compares. A resource
 * that is made anew as the same one (by its kind's identity) is the same.
 * @param options as for `evaluate`, with the snapshot of the state before; `judged` is told of the verdicts after
 * @param touched the kinds of which rows change or may change: policies that need none of them say the same before
 */
export function judgeChange(
  options: EvaluateOptions,
  changed: Snapshot,
  touched: ReadonlySet<string> = new Set(kinds.keys()),
): Comparison {
  const all = options.onlyEnvironments !== undefined || hierarchy.some((kind) => touched.has(kind));
  const affected = options.policies.filter((policy) => all || [...needs(policy)].some((kind) => touched.has(kind)));
  const isAffected = new Set(affected.map(({ id }) => id));
  /** What is not decided, or fails, after the change, by policy and id. */
  const open = new Map<string, Kept>();
  /** The verdicts before that are asked for, by policy: by identity and by id. */
  const wanted = new Map<string, Map<string, Judged["outcome"] | null>>();
  const after = evaluate({
    ...options,
    snapshot: changed,
    judged: (verdict) => {
      options.judged?.(verdict);
      const { policy, kind, row, outcome, causes } = verdict;
      if (outcome === "pass" || outcome === "notApplicable") return;
      open.set(byId(policy, row.id), { policy, kind, row, outcome, causes });
      if (!isAffected.has(policy)) return;
      const ofPolicy = wanted.get(policy) ?? new Map<string, Judged["outcome"] | null>();
      wanted.set(policy, ofPolicy);
      for (const key of keysOf(kind, row)) ofPolicy.set(key, null);
    },
  });
  let last: Row | null = null;
  let keys: readonly string[] = [];
  const before = evaluate({
    ...options,
    policies: affected,
    judged: ({ policy, kind, row, outcome }) => {
      const ofPolicy = wanted.get(policy);
      if (ofPolicy === undefined) return;
      // All policies of a kind judge one row before they see the next.
      if (row !== last) keys = keysOf(kind, row);
      last = row;
      for (const key of keys) {
        const held = ofPolicy.get(key);
        if (held !== undefined) ofPolicy.set(key, held === null ? outcome : worse(held, outcome));
      }
    },
  });
  const beforeOf = ({ policy, kind, row, outcome }: Kept): Before => {
    if (!isAffected.has(policy)) return outcome;
    return keysOf(kind, row)
      .map((key) => wanted.get(policy)?.get(key) ?? null)
      .filter((each) => each !== null)
      .reduce<Before>((held, each) => (held === "absent" ? each : worse(held, each)), "absent");
  };
  const same = after.findings.filter(({ policy }) => !isAffected.has(policy));
  const known = new Map([...before.findings, ...same].map((finding) => [finding.id, finding]));
  const findings = after.findings.map((finding): Finding => {
    const earlier = known.get(finding.id);
    const still = earlier !== undefined && (earlier.outcome === "fail" || finding.outcome === "waived");
    return { ...finding, baseline: still ? "still" : "new" };
  });
  const failures = findings
    .filter(({ outcome, baseline }) => outcome === "fail" && baseline === "new")
    .map((finding): NewFailure => {
      const kept = open.get(byId(finding.policy, finding.resource.id));
      return { finding, before: kept === undefined ? "absent" : beforeOf(kept) };
    });
  const undecided = [...open.values()]
    .filter(({ causes }) => causes.length > 0)
    .map((kept) => ({
      policy: kept.policy,
      kind: kept.kind,
      resource: kept.row.id,
      causes: kept.causes,
      before: beforeOf(kept),
    }))
    .sort((a, b) => compare(a.policy, b.policy) || compare(a.resource, b.resource));
  const isNew = ({ before: was }: NewUnknown): boolean => was === "pass" || was === "notApplicable" || was === "absent";
  const wasUnread = new Set(before.unread.map(({ read }) => read));
  const unread = after.unread.filter(({ read, policies }) => !wasUnread.has(read) && policies.length > 0);
  const { fixed, unverified } = gone(before.run.now, after, unread, known, open);
  return {
    report: { ...after, findings, fixed, unverified },
    failures,
    unknown: undecided.filter((each) => isNew(each)),
    stillUnknown: undecided.filter((each) => !isNew(each)),
    unread,
  };
}

/** What is no failure any more: fixed where that is known, unverified where it is not. */
function gone(
  since: string,
  after: Report,
  unread: readonly UnreadScope[],
  known: ReadonlyMap<string, Finding>,
  open: ReadonlyMap<string, Kept>,
): Pick<Report, "fixed" | "unverified"> {
  const there = new Set(after.findings.map(({ id }) => id));
  /** Policies of which a resource may be there that nobody sees, because of the change. */
  const unseen = new Set(unread.flatMap(({ policies }) => policies));
  const all = [...known.values()]
    .filter(({ id, outcome }) => outcome === "fail" && !there.has(id))
    .sort((a, b) => compare(a.id, b.id));
  const isOpen = ({ policy, resource }: Finding): boolean =>
    unseen.has(policy) || (open.get(byId(policy, resource.id))?.causes.length ?? 0) > 0;
  return {
    fixed: all
      .filter((finding) => !isOpen(finding))
      .map(({ id, policy, resource }) => ({ id, policy, resource: resource.id })),
    unverified: all.filter(isOpen).map(
      (finding): UnverifiedFinding => ({
        id: finding.id,
        policy: finding.policy,
        resource: finding.resource.id,
        since,
        finding,
      }),
    ),
  };
}

/** Of two verdicts on the same resource, the one that lets less count as new. */
function worse(one: Judged["outcome"], other: Judged["outcome"]): Judged["outcome"] {
  const order = ["fail", "waived", "unknown", "pass", "notApplicable"] as const;
  return order.find((each) => each === one || each === other) ?? other;
}

function byId(policy: string, id: string): string {
  return `${policy}\0${id}`;
}

/** By what a resource is the same one before and after: its id, and its kind's identity where all of that is known. */
function keysOf(kind: string, row: Row): string[] {
  const fields = kinds.get(kind)?.identity ?? ["id"];
  if (fields.length === 1 && fields[0] === "id") return [row.id];
  const identity = fields.map((field) => valueAt(row, field));
  return identity.includes(undefined) ? [row.id] : [row.id, identity.map(String).join("\0")];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
