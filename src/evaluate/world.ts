import { Access, type Rows } from "../access/access.ts";
import type { Configuration } from "../config/config.ts";
import { IncompleteList, Unread, type World } from "../policy/value.ts";
import type { Read } from "../resources/generated.ts";
import { type Hierarchy, within } from "../resources/hierarchy.ts";
import { kinds, type Relation, type Row, valueAt } from "../resources/kinds.ts";
import type { Asked } from "../resources/permits.ts";
import { isPlanned } from "../resources/planned.ts";
import { below, subscriptionOf } from "../resources/scope.ts";
import type { Verdict } from "../resources/verdict.ts";
import type { Snapshot } from "../snapshot/read.ts";
import { computed } from "./computed/computed.ts";
import { Declarations } from "./declared.ts";
import { EnvironmentMap } from "./environments.ts";
import { isRead, readsOfRows } from "./reads.ts";

/** An index of a kind by one of its fields: the rows that have each value of it. */
type Index = ReadonlyMap<unknown, readonly Row[]>;

/** Gives the value of a relation or computed field. */
type Accessor = (row: Row) => unknown;

/** Everything around a resource: the other rows of the snapshot and the configuration. Indexes are made when first asked for. */
export class SnapshotWorld implements World {
  readonly now: number;
  /** The moment of collection. */
  readonly collectedAt: string;
  readonly configuration: Configuration;
  readonly environments: EnvironmentMap;
  /** What principals may do, by what was read. */
  readonly access: Access;
  /** The lines of the repository that declare what was read. */
  readonly declarations: Declarations;
  /** The subscriptions that were chosen to be read; null where none was left out by choice. */
  readonly read: ReadonlySet<string> | null;
  readonly snapshot: Snapshot;
  readonly #hierarchy: Map<string, readonly string[] | null>;
  readonly #indexes = new Map<string, Index>();
  /** The indexes that do not hold every row, because the field was not read in one. */
  readonly #lacking = new Set<string>();
  readonly #unread = new Map<string, string | null>();
  readonly #readsByKind = new Map<string, readonly Read[]>();
  readonly #accessors = new Map<string, Map<string, Accessor>>();

  constructor(snapshot: Snapshot, configuration: Configuration, now: number) {
    this.snapshot = snapshot;
    this.configuration = configuration;
    this.now = now;
    this.collectedAt = snapshot.manifest.collectedAt;
    this.#hierarchy = readHierarchy(snapshot);
    this.environments = new EnvironmentMap(configuration, this.#hierarchy);
    this.declarations = new Declarations(this);
    this.access = new Access(this.#rows(), this.#hierarchy);
    const { selection } = snapshot.manifest;
    this.read = selection === undefined ? null : new Set(selection.read);
  }

  /** The ids of the subscriptions that were listed. */
  subscriptions(): readonly string[] {
    return [...this.#hierarchy.keys()];
  }

  field(kind: string, name: string, row: Row): unknown {
    const get = this.#accessors.get(kind)?.get(name) ?? this.#newAccessor(kind, name);
    return get(row);
  }

  /** The rows for questions about access, which may be asked of what is not configured too: that is unread. */
  #rows(): Rows {
    const isThere = (kind: string): boolean => this.snapshot.manifest.files[`${kind}.ndjson`] !== undefined;
    return {
      index: (kind, field) => (isThere(kind) ? this.index(kind, field) : new Map()),
      missing: (kind, ...fields) =>
        isThere(kind) ? this.missing(kind, ...fields) : `${kind} was not read, because its system is not configured`,
    };
  }

  can(principal: Row, asked: Asked): Verdict {
    return this.access.permits(principal.id, asked);
  }

  within(inner: string, outer: string): boolean | Unread {
    return (
      within(this.#hierarchy, inner.toLowerCase(), outer.toLowerCase()) ??
      new Unread("the management groups above a subscription were not read")
    );
  }

  /**
   * Why rows of a kind may be missing among those that are found by one of these fields; null where all were read. A row
   * in which the field was not read may have any value of it.
   */
  missing(kind: string, ...fields: readonly string[]): string | null {
    return this.#unreadCause(kind, fields) ?? this.leftOut(kind);
  }

  /**
   * Why rows of a kind are missing by choice: it is read by subscription, and some were left out. null where none were, and
   * for a kind that is read for the whole tenant or from a server.
   */
  leftOut(kind: string): string | null {
    if (this.read === null) return null;
    if (ofTenant.has(kind) || kind.startsWith("prefect.") || kind.startsWith("source.")) return null;
    return `${kind} was read in ${this.read.size} of ${this.#hierarchy.size} subscriptions; the others were left out by choice`;
  }

  /** Why rows with these keys may be missing by choice: what stands in a chosen subscription is all there. */
  #leftOutFor({ kind, to }: Relation, keys: readonly unknown[]): string | null {
    const leftOut = this.leftOut(kind);
    if (leftOut === null || !standsIn(kind, to)) return leftOut;
    const isInside = (key: unknown): boolean => {
      if (typeof key !== "string") return false;
      const subscription = subscriptionOf(key) ?? `/subscriptions/${key}`;
      return this.read?.has(subscription) === true;
    };
    return keys.every(isInside) ? null : leftOut;
  }

  #unreadCause(kind: string, fields: readonly string[] = []): string | null {
    const rows = this.#unreadRows(kind);
    if (rows !== null) return rows;
    for (const field of fields) this.index(kind, field);
    const field = fields.find((each) => this.#lacking.has(`${kind}.${each}`));
    return field === undefined ? null : `${kind}.${field} was not read in every row`;
  }

  #unreadRows(kind: string): string | null {
    let cause = this.#unread.get(kind);
    if (cause === undefined) {
      const open = this.snapshot.reads.filter((read) => readsOfRows(read) && read.kind === kind && !isRead(read));
      const planned = open.filter(({ id }) => isPlanned(id)).map((read) => read.cause);
      const bad = open.filter(({ id }) => !isPlanned(id)).map((read) => read.scope);
      if (bad.length > 0) cause = `${kind} was not read everywhere (${bad.join(", ")})`;
      else cause = planned.length > 0 ? `${kind} is not known after the change (${planned.join("; ")})` : null;
      this.#unread.set(kind, cause);
    }
    return cause;
  }

  /** The read that brought a row: the one whose scope the row lies in, else the first of its kind; null where there is none. */
  readOf(kind: string, row: Row): string | null {
    let reads = this.#readsByKind.get(kind);
    if (reads === undefined) {
      reads = this.snapshot.reads.filter((read) => read.kind === kind && readsOfRows(read) && !isPlanned(read.id));
      this.#readsByKind.set(kind, reads);
    }
    const scope = String(valueAt(row, "scope.id") ?? row.id);
    const around = reads.filter(
      (read) => below(scope, read.scope) || below(row.id, read.scope) || row.id.startsWith(`${read.scope}/`),
    );
    // Where a kind is read for a subscription and for resources in it, the innermost scope is the row's own.
    const found = around.reduce<Read | undefined>(
      (best, read) => (best === undefined || read.scope.length > best.scope.length ? read : best),
      undefined,
    );
    return (found ?? reads[0])?.id ?? null;
  }

  /** The rows of a kind by the value of a field; kept, so the kind's rows stay in memory. */
  index(kind: string, field: string): Index {
    const key = `${kind}.${field}`;
    let index = this.#indexes.get(key);
    if (index === undefined) {
      const made = new Map<unknown, Row[]>();
      const rows = field === "id" ? this.snapshot.rows(kind) : this.#all(kind);
      for (const row of rows) {
        const value = valueAt(row, field);
        if (value === undefined) this.#lacking.add(key);
        if (value === undefined || value === null) continue;
        const held = made.get(value);
        if (held === undefined) made.set(value, [row]);
        else held.push(row);
      }
      index = made;
      this.#indexes.set(key, index);
    }
    return index;
  }

  *#all(kind: string): Generator<Row> {
    for (const [row] of this.index(kind, "id").values()) if (row !== undefined) yield row;
  }

  #newAccessor(kind: string, name: string): Accessor {
    const made = remembering(this.#accessor(kind, name));
    const ofKind = this.#accessors.get(kind) ?? new Map<string, Accessor>();
    this.#accessors.set(kind, ofKind.set(name, made));
    return made;
  }

  #accessor(kind: string, name: string): Accessor {
    const relation = kinds.get(kind)?.relations.get(name);
    if (relation !== undefined) return relation.list ? this.#listOf(kind, relation) : this.#oneOf(kind, relation);
    const field = computed[`${kind}.${name}`];
    if (field === undefined) throw new Error(`${kind}.${name} is neither a relation nor derived`);
    return (row) => field.derive(row, this);
  }

  #oneOf(kind: string, relation: Relation): Accessor {
    const rows = new Map<unknown, Row>();
    for (const [key, [row]] of this.index(relation.kind, relation.to)) if (row !== undefined) rows.set(key, row);
    const unread = new Unread(`${kind}.${relation.from} was not read`);
    const missing = this.#unreadCause(relation.kind, [relation.to]);
    const absent = new Unread(missing ?? `${relation.kind} has no row for ${kind}.${relation.from}`);
    const none = relation.nullable && missing === null ? null : absent;
    const { from, nullable } = relation;
    const plain = !from.includes(".");
    return (row) => {
      const key = plain ? row[from] : valueAt(row, from);
      if (key === undefined) return unread;
      if (key === null) return nullable ? null : absent;
      const found = rows.get(key);
      if (found !== undefined) return found;
      const beyond = missing === null ? this.#leftOutFor(relation, [key]) : null;
      return beyond === null ? none : new Unread(beyond);
    };
  }

  #listOf(kind: string, relation: Relation): Accessor {
    const index = this.index(relation.kind, relation.to);
    const unread = this.#unreadCause(relation.kind, [relation.to]);
    return (row) => {
      const key = valueAt(row, relation.from);
      if (key === undefined) return new Unread(`${kind}.${relation.from} was not read`);
      const keys = Array.isArray(key) ? key : [key];
      const found = keys.length === 1 ? (index.get(keys[0]) ?? []) : keys.flatMap((each) => index.get(each) ?? []);
      const open = Array.isArray(row.incomplete) && row.incomplete.includes(relation.from);
      // A whole list of ids whose rows are all there is whole, whatever else of their kind was not read.
      const all = Array.isArray(key) && keys.every((each) => index.has(each));
      const cause = open
        ? `${kind}.${relation.from} was not read to its end`
        : all
          ? null
          : (unread ?? this.#leftOutFor(relation, keys));
      return cause === null ? found : new IncompleteList(found, cause);
    };
  }
}

/**
 * The kinds of Azure that are read for the whole tenant, whichever subscriptions were chosen. Of principals, those that hold
 * nothing in these are not all there; nobody who holds something is missing.
 */
export const ofTenant: ReadonlySet<string> = new Set([
  "azure.credential",
  "azure.managementGroup",
  "azure.principal",
  "azure.subscription",
]);

/** Fields that tell where a row itself stands, so that its key and the row lie in the same subscription. */
const places: ReadonlySet<string> = new Set([
  "accountId",
  "id",
  "ownerId",
  "resourceId",
  "scope.id",
  "scope.subscriptionId",
  "subscriptionId",
  "vaultId",
]);

/** Whether the field of a kind tells where its rows stand, and not what else they refer to. */
function standsIn(kind: string, field: string): boolean {
  return places.has(field) || (field === "workspaceId" && kind.startsWith("synapse."));
}

/** An accessor that keeps its last answer: the policies of a kind ask the same of one row before they see the next. */
function remembering(get: Accessor): Accessor {
  let last: Row | null = null;
  let value: unknown;
  return (row) => {
    if (row !== last) {
      value = get(row);
      last = row;
    }
    return value;
  };
}

function readHierarchy(snapshot: Snapshot): Map<string, readonly string[] | null> & Hierarchy {
  const hierarchy = new Map<string, readonly string[] | null>();
  if (snapshot.count("azure.subscription") === 0) return hierarchy;
  for (const row of snapshot.rows("azure.subscription")) {
    hierarchy.set(row.id, Array.isArray(row.managementGroups) ? (row.managementGroups as string[]) : null);
  }
  return hierarchy;
}
