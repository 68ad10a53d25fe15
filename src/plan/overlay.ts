import type { Read } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { plannedRead } from "../resources/planned.ts";
import type { Snapshot } from "../snapshot/read.ts";
import type { PlannedAt, RowChange, Undecided } from "./plan.ts";
import { bothPut } from "./rows/changes.ts";

/** What a row was and what it becomes. */
export interface ChangedRow {
  action: "create" | "update" | "replace" | "delete";
  kind: string;
  id: string;
  /** null where it is made. */
  before: Row | null;
  /** null where it is taken out. */
  after: Row | null;
  at: PlannedAt;
}

/** A snapshot as it would be once the changes are made. */
export interface Overlaid {
  snapshot: Snapshot;
  /** Each row that differs, by kind and id; those too that go with what they stand in. */
  changed: readonly ChangedRow[];
  /** What cannot be said row by row, by the plans and by what they make anew. */
  undecided: readonly Undecided[];
  /** Kinds that the snapshot holds nothing of, because they were not read, with how many changes are of each. */
  beyond: ReadonlyMap<string, number>;
}

/**
 * Puts changes over a snapshot: rows stream from it as before, with those that change put in place, taken out or added in
 * order of id. What is deleted takes along what stands in it. What is undecided is a read that is not complete.
 * Of several changes of one row the later goes before; what one plan takes out and another puts is there, made anew.
 */
export function overlay(
  snapshot: Snapshot,
  changes: readonly RowChange[],
  undecided: readonly Undecided[] = [],
): Overlaid {
  const { files } = snapshot.manifest;
  const isThere = (kind: string): boolean => files[`${kind}.ndjson`] !== undefined;
  const beyond = new Map<string, number>();
  const byKind = new Map<string, Map<string, RowChange>>();
  for (const change of changes) {
    const { kind } = change;
    if (!isThere(kind)) {
      beyond.set(kind, (beyond.get(kind) ?? 0) + 1);
      continue;
    }
    const ofKind = byKind.get(kind) ?? new Map<string, RowChange>();
    byKind.set(kind, ofKind);
    const id = idOf(change);
    const earlier = ofKind.get(id);
    ofKind.set(id, earlier === undefined ? change : joined(earlier, change));
  }
  const gone = new Map<string, RowChange>();
  for (const ofKind of byKind.values())
    for (const [id, change] of ofKind) if (change.action === "delete" || change.fresh) gone.set(id, change);
  const kindNames = Object.keys(files)
    .filter((name) => name.endsWith(".ndjson") && !name.includes("/") && name !== "reads.ndjson")
    .map((name) => name.slice(0, -".ndjson".length))
    .filter((kind) => kind.includes("."));
  const changed = new Map<string, Map<string, ChangedRow>>();
  const unsaid: Undecided[] = [];
  for (const kind of kindNames) {
    const found = changedRows(snapshot, kind, byKind.get(kind) ?? new Map(), gone, unsaid);
    if (found.size > 0) changed.set(kind, found);
  }
  const open = [...undecided, ...unsaid];
  const decidable = open.filter(({ kind }) => isThere(kind));
  for (const { kind } of open) if (!isThere(kind)) beyond.set(kind, (beyond.get(kind) ?? 0) + 1);
  const counted = (kind: string): number =>
    [...(changed.get(kind)?.values() ?? [])].reduce(
      (sum, { before, after }) => sum + (before === null ? 1 : 0) - (after === null ? 1 : 0),
      snapshot.count(kind),
    );
  return {
    snapshot: {
      ...snapshot,
      reads: [...snapshot.reads, ...decidable.map(readOf)],
      count: counted,
      read: (kind) => snapshot.count(kind),
      rows: (kind) => rowsOver(snapshot.rows(kind), changed.get(kind)),
    },
    changed: [...changed.values()].flatMap((each) => [...each.values()]),
    undecided: open,
    beyond,
  };
}

/** The kinds of which rows change, or may change. */
export function touchedBy({ changed, undecided }: Overlaid): Set<string> {
  return new Set([...changed, ...undecided].map(({ kind }) => kind));
}

function idOf(change: RowChange): string {
  return change.action === "delete" ? change.id : change.row.id;
}

/** Two changes of one row. What is taken out by one and put by the other is there: a plan that moves a thing says both. */
function joined(earlier: RowChange, later: RowChange): RowChange {
  if (earlier.action === "delete") return later.action === "delete" ? later : { ...later, fresh: true };
  if (later.action === "delete") return { ...earlier, fresh: true };
  if (later.fresh) return later;
  return bothPut(earlier, later);
}

/** The changes of one kind's rows, each with what was there. */
function changedRows(
  snapshot: Snapshot,
  kind: string,
  changes: ReadonlyMap<string, RowChange>,
  gone: ReadonlyMap<string, RowChange>,
  unsaid: Undecided[],
): Map<string, ChangedRow> {
  const found = new Map<string, ChangedRow>();
  if (changes.size === 0 && gone.size === 0) return found;
  const said = new Set<RowChange>();
  for (const row of snapshot.rows(kind)) {
    const change = changes.get(row.id);
    if (change?.action === "upsert") {
      const action = change.fresh ? "replace" : "update";
      const after = change.fresh ? change.row : merged(row, change.row, change.unread);
      found.set(row.id, { action, kind, id: row.id, before: row, after, at: change.at });
      continue;
    }
    const cause = change ?? (gone.size === 0 ? undefined : around(kind, row, gone));
    if (cause === undefined) continue;
    found.set(row.id, { action: "delete", kind, id: row.id, before: row, after: null, at: cause.at });
    if (cause.action === "delete" || said.has(cause)) continue;
    said.add(cause);
    unsaid.push({
      kind,
      scope: cause.row.id,
      cause: "what it stands in is made anew, and the plan does not say that this is",
      at: cause.at,
    });
  }
  for (const [id, change] of changes) {
    if (found.has(id) || change.action === "delete") continue;
    found.set(id, { action: "create", kind, id, before: null, after: change.row, at: change.at });
  }
  return found;
}

/** Fields by which a row says what it is a part of, where its id does not. */
const owners: Readonly<Record<string, string>> = {
  "azure.credential": "ownerId",
  "azure.federatedCredential": "ownerId",
  "prefect.workQueue": "workPoolId",
};

/** What a row stands in of all that is deleted or made anew. */
function around(kind: string, row: Row, gone: ReadonlyMap<string, RowChange>): RowChange | undefined {
  const owner = row[owners[kind] ?? ""];
  if (typeof owner === "string" && gone.has(owner)) return gone.get(owner);
  if (!row.id.startsWith("/")) return undefined;
  for (let end = row.id.lastIndexOf("/"); end > 0; end = row.id.lastIndexOf("/", end - 1)) {
    const found = gone.get(row.id.slice(0, end));
    if (found !== undefined) return found;
  }
  return undefined;
}

function without(row: Row, fields: readonly string[]): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name === "id" || !fields.includes(name))) as Row;
}

/** A live row with what the plan says of it put over it. A list that the plan gives whole is whole again. */
function merged(live: Row, planned: Row, unread: readonly string[]): Row {
  const short = Array.isArray(live.incomplete) ? (live.incomplete as string[]) : [];
  const still = short.filter((field) => !(field in planned) && !unread.includes(field));
  const told = Array.isArray(planned.incomplete) ? (planned.incomplete as string[]) : [];
  const incomplete = [...new Set([...still, ...told])];
  const row: Row = { ...without(live, unread), ...planned };
  return short.length === 0 && told.length === 0 ? row : { ...row, incomplete };
}

/** The rows of a kind in order of id, with the changes in it. */
function* rowsOver(live: Generator<Row>, changed: ReadonlyMap<string, ChangedRow> | undefined): Generator<Row> {
  if (changed === undefined) {
    yield* live;
    return;
  }
  const made = [...changed.values()]
    .filter(({ before }) => before === null)
    .flatMap(({ after }) => (after === null ? [] : [after]))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  let next = 0;
  for (const row of live) {
    for (let first = made[next]; first !== undefined && first.id < row.id; first = made[next]) {
      yield first;
      next++;
    }
    const change = changed.get(row.id);
    if (change === undefined) yield row;
    else if (change.after !== null) yield change.after;
  }
  yield* made.slice(next);
}

function readOf(undecided: Undecided): Read {
  return plannedRead(undecided.kind, undecided.scope, causeOf(undecided));
}

/** What in a plan is not known, and why, in words. */
export function causeOf({ cause, at }: Undecided): string {
  return `${at.address ?? `${at.file}:${at.line}`}: ${cause}`;
}
