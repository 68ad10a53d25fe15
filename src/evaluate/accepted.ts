import type { Configuration } from "../config/config.ts";
import { type Approved, inForce, names, type Waivers } from "../config/waivers.ts";
import type { Policy } from "../policy/policy.ts";
import type { Read, ReadWaiver } from "../resources/generated.ts";
import { kinds, type Row, valueAt } from "../resources/kinds.ts";
import { isPlanned } from "../resources/planned.ts";
import { below } from "../resources/scope.ts";
import type { Snapshot } from "../snapshot/read.ts";
import { isRead, readsOfRows } from "./reads.ts";
import { SnapshotWorld } from "./world.ts";

/** Causes that name no field, and the kind and field that they are about. */
const plain: readonly (readonly [cause: RegExp, kind: string, field: string])[] = [
  [/^the management groups above .* were not read$/, "azure.subscription", "managementGroups"],
  [/^the groups of a principal were not read$/, "azure.principal", "memberOf"],
  [/^the members of (?:a group were not|\S+ were not all) read$/, "azure.principal", "members"],
  [/^the access control list of (?:a file system|\S+) was not read$/, "azure.storageContainer", "accessControl"],
  [/^what an identity is attached to was not read$/, "azure.managedIdentity", "attachedTo"],
];

/** Lists that are worked out from another one, which is the one that reads bring. */
const behind: Readonly<Record<string, string>> = { "azure.principal.memberOf": "members" };

/**
 * What waivers for reads accept. A result that is unknown is accepted where it would be decided if the waived reads had
 * brought nothing more, or where each value that it lacks is one that a waived read would have brought. It stays unknown.
 */
export class AcceptedReads {
  readonly #snapshot: Snapshot;
  readonly #configuration: Configuration;
  readonly #now: number;
  readonly #waivers: readonly Approved<ReadWaiver>[];
  readonly #missing: readonly Read[];
  readonly #followed = new Map<string, Approved<ReadWaiver> | null>();
  readonly #fields = new Map<string, boolean>();
  #world: SnapshotWorld | undefined;

  /** @param now in ms since the epoch */
  constructor(snapshot: Snapshot, configuration: Configuration, waivers: Waivers, now: number) {
    this.#snapshot = snapshot;
    this.#configuration = configuration;
    this.#now = now;
    this.#waivers = waivers.reads.filter((each) => inForce(each, now));
    this.#missing = snapshot.reads.filter((read) => !isRead(read));
  }

  /** The waiver in force for what a read of a kind in a scope would bring; null where there is none. */
  waiverFor(kind: string, scope: string): Approved<ReadWaiver> | null {
    return this.#waivers.find((each) => names(each.read, scope) && each.kinds.includes(kind)) ?? null;
  }

  /**
   * The waiver in force for a read that is not complete; null where there is none. A read that nobody tried because it
   * follows from waived ones is accepted with them. Who accepts that a scope cannot be read has not accepted what a
   * change does to it.
   */
  waiverOf(read: Read): Approved<ReadWaiver> | null {
    if (isPlanned(read.id)) return null;
    const own = this.waiverFor(read.kind, read.scope);
    if (own !== null || this.#waivers.length === 0) return own;
    let followed = this.#followed.get(read.id);
    if (followed === undefined) {
      // No read follows from itself, whatever a ledger says.
      this.#followed.set(read.id, null);
      const before = / was not read whole$/.test(read.cause ?? "")
        ? read.cause?.slice(0, -" was not read whole".length)
        : "";
      const origins = this.#missing.filter(
        ({ id, kind, scope }) => id === before || (kind === before && scope === read.scope),
      );
      const waivers = origins.map((each) => this.waiverOf(each));
      followed = waivers.includes(null) ? null : (waivers[0] ?? null);
      this.#followed.set(read.id, followed);
    }
    return followed;
  }

  /** Whether a policy's result on a resource, which is unknown, lacks nothing but what waived reads would have brought. */
  accepts(policy: Policy, kind: string, row: Row): boolean {
    if (!this.#missing.some((read) => this.waiverOf(read) !== null)) return false;
    this.#world ??= new SnapshotWorld(this.#asIfWhole(), this.#configuration, this.#now);
    const { causes } = policy.evaluate(this.#cleared(kind, row), this.#world);
    return causes.every((cause) => this.#isOfWaivedField(cause));
  }

  /** The snapshot as if the waived reads were complete, and had brought nothing but what they did bring. */
  #asIfWhole(): Snapshot {
    const snapshot = this.#snapshot;
    const cleared = (kind: string, row: Row): Row => this.#cleared(kind, row);
    return {
      ...snapshot,
      reads: snapshot.reads.map(
        (read): Read => (!isRead(read) && this.waiverOf(read) !== null ? { ...read, outcome: "complete" } : read),
      ),
      *rows(kind) {
        for (const row of snapshot.rows(kind)) yield cleared(kind, row);
      },
    };
  }

  /** A row whose lists count as whole where only waived reads keep them open. */
  #cleared(kind: string, row: Row): Row {
    if (!Array.isArray(row.incomplete)) return row;
    const { incomplete, ...rest } = row;
    const open = (incomplete as string[]).filter((field) => !this.#isWaivedIn(kind, field, row));
    return open.length === 0 ? rest : { ...rest, incomplete: open };
  }

  /** Whether all reads that are not complete and would have brought a field of a row are waived, and there is one. */
  #isWaivedIn(kind: string, field: string, row: Row): boolean {
    const brought = [field, behind[`${kind}.${field}`]];
    const reads = this.#missing.filter(
      (read) =>
        read.kind === kind &&
        (readsOfRows(read) || read.fields.some((each) => brought.includes(each))) &&
        holds(read.scope, row),
    );
    return reads.length > 0 && reads.every((read) => this.waiverOf(read) !== null);
  }

  /** Whether a cause is that a field was not read, and each row that lacks it does so for waived reads alone. */
  #isOfWaivedField(cause: string): boolean {
    const told = /^([a-z]+\.[A-Za-z]+)\.([A-Za-z.]+)(?: of .+)? was not read(?: in every row| to its end)?$/.exec(
      cause,
    );
    const [, kind, path] = told ?? plain.find(([form]) => form.test(cause)) ?? [];
    if (kind === undefined || path === undefined || !kinds.has(kind)) return false;
    const key = `${kind}.${path}`;
    let decided = this.#fields.get(key);
    if (decided === undefined) {
      decided = this.#lacksOnlyWaived(kind, path);
      this.#fields.set(key, decided);
    }
    return decided;
  }

  #lacksOnlyWaived(kind: string, path: string): boolean {
    if (this.#snapshot.manifest.files[`${kind}.ndjson`] === undefined) return false;
    const [field = ""] = path.split(".");
    let lacking = 0;
    for (const row of this.#snapshot.rows(kind)) {
      const isOpen = Array.isArray(row.incomplete) && row.incomplete.includes(field);
      if (valueAt(row, path) !== undefined && !isOpen) continue;
      if (!this.#isWaivedIn(kind, field, row)) return false;
      lacking++;
    }
    return lacking > 0;
  }
}

/** Whether a read of a scope may bring something of a row. What stands in no scope, as a principal, any read may bring. */
function holds(scope: string, row: Row): boolean {
  const place = String(valueAt(row, "scope.id") ?? row.id);
  const isPlaced = place.startsWith("/") || place.includes(":");
  return scope === "tenant" || !isPlaced || below(place, scope) || below(row.id, scope);
}
