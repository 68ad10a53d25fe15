import { isDeepStrictEqual } from "node:util";
import type {
  Finding,
  GateAt,
  GateFailure,
  GateSummary,
  GateUndecided,
  GateUnknown,
  UnreadScope,
} from "../resources/generated.ts";
import { keyFields, kinds, type Row, valueAt } from "../resources/kinds.ts";
import { plannedRead } from "../resources/planned.ts";
import type { Snapshot } from "../snapshot/read.ts";
import { accessOf } from "./access.ts";
import { type ChangedRow, causeOf, type Overlaid } from "./overlay.ts";
import type { Plan, Undecided } from "./plan.ts";

/** What the evaluation before and after says, as far as the summary tells it. */
interface Compared {
  failures: readonly { finding: Finding; before: GateFailure["before"] }[];
  unknown: readonly { policy: string; resource: string; causes: readonly string[] }[];
  stillUnknown: readonly unknown[];
  unread: readonly UnreadScope[];
}

const mostResources = 100;

/**
 * What the plans would do to the live state, for the report.
 * @param folder the snapshot as it was named; null where it was read on the spot
 */
export function summaryOf(
  plans: readonly Plan[],
  live: Snapshot,
  overlaid: Overlaid,
  compared: Compared,
  { counts, folder }: { counts: GateSummary["counts"]; folder: string | null },
): GateSummary {
  const { changed, undecided, beyond } = overlaid;
  const because = new Because(changed);
  return {
    counts,
    live: { collectedAt: live.manifest.collectedAt, folder },
    plans: plans.map(({ file, format, changes, undecided: open, ignored }) => ({
      file,
      format,
      changes: changes.length,
      undecided: open.length,
      ignored: Object.fromEntries([...ignored].sort(([a], [b]) => (a < b ? -1 : 1))),
    })),
    changes: changed.map((change) => ({
      action: change.action,
      kind: change.kind,
      id: change.id,
      name: nameOf(change),
      fields: differing(change),
      unknown: notKnown(change),
      at: { ...change.at },
    })),
    access: accessOf(changed, live, overlaid.snapshot),
    failures: compared.failures.map(({ finding, before }) => ({
      finding: finding.id,
      policy: finding.policy,
      resource: finding.resource.id,
      before,
      at: because.of(finding.resource.kind, finding.resource.id),
    })),
    unknown: grouped(compared.unknown),
    stillUnknown: compared.stillUnknown.length,
    undecided: undecided.map((each) => told(each, compared.unread)),
    unread: compared.unread.map(({ read }) => read),
    beyond: [...beyond].map(([kind, count]) => ({ kind, count })).sort((a, b) => (a.kind < b.kind ? -1 : 1)),
  };
}

function nameOf({ before, after }: ChangedRow): string | null {
  const row = after ?? before;
  for (const field of ["displayName", "name"]) if (typeof row?.[field] === "string") return row[field];
  return null;
}

/** The fields that a change sets to something else or to something unknown. */
function differing({ before, after }: ChangedRow): string[] {
  if (before === null || after === null) return [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).sort();
}

/** The stored fields of a row that nobody knows before the change is made; those that were not known before either are not told. */
function notKnown({ kind, action, before, after }: ChangedRow): string[] {
  if (after === null) return [];
  const isThere = (name: string): boolean => after[name] !== undefined;
  if (action === "update")
    return Object.keys(before ?? {})
      .filter((name) => !isThere(name))
      .sort();
  return [...(kinds.get(kind)?.fields.values() ?? [])]
    .filter(({ name, source }) => source === "stored" && !isThere(name))
    .map(({ name }) => name)
    .sort();
}

function grouped(unknown: Compared["unknown"]): GateUnknown[] {
  const found = new Map<string, GateUnknown>();
  for (const { policy, resource, causes } of unknown) {
    for (const cause of causes) {
      const key = `${policy}\0${cause}`;
      const group = found.get(key) ?? { policy, cause, count: 0, resources: [] };
      found.set(key, group);
      group.count++;
      if (group.resources.length < mostResources) group.resources.push(resource);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function told(undecided: Undecided, unread: readonly UnreadScope[]): GateUndecided {
  const { kind, scope, cause, at } = undecided;
  const { id } = plannedRead(kind, scope, causeOf(undecided));
  return { kind, scope, cause, policies: unread.find(({ read }) => read === id)?.policies ?? [], at: { ...at } };
}

/** Which changes a verdict on a resource comes from, as far as rows tell: its own, else those that name it or that it names. */
class Because {
  readonly #own = new Map<string, ChangedRow>();
  readonly #naming = new Map<string, ChangedRow[]>();

  constructor(changed: readonly ChangedRow[]) {
    for (const change of changed) {
      this.#own.set(`${change.kind}\0${change.id}`, change);
      const named = new Set(
        [change.before, change.after].flatMap((row) => (row === null ? [] : namedBy(change.kind, row))),
      );
      for (const id of named) this.#naming.set(id, [...(this.#naming.get(id) ?? []), change]);
    }
  }

  of(kind: string, id: string): GateAt[] {
    const own = this.#own.get(`${kind}\0${id}`);
    const changes = own === undefined ? (this.#naming.get(id) ?? []) : [own];
    return changes.slice(0, mostResources).map(({ at }) => ({ ...at }));
  }
}

/** The ids of other resources that a row holds. */
function namedBy(kind: string, row: Row): string[] {
  return [...(keyFields.get(kind) ?? [])]
    .filter((field) => field !== "id")
    .flatMap((field) => valueAt(row, field))
    .filter((value): value is string => typeof value === "string");
}
