import { maskText } from "../../collect/text.ts";
import type { Row } from "../../resources/kinds.ts";
import { violations } from "../../resources/validate.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import type { PlannedAt, RowChange, Undecided } from "../plan.ts";

/** What is live, as far as a plan is told against it. */
export interface Around {
  /** The snapshot's row of that id; undefined where there is none. */
  row(kind: string, id: string): Row | undefined;
  /** All rows of a kind. */
  rows(kind: string): Iterable<Row>;
  /** The moment of the gate: when what is planned is taken to be made. */
  now: Date;
  /** Absent without the organisation's key. */
  fingerprint: Fingerprinter | undefined;
}

/** How a row is put. */
interface Put {
  at: PlannedAt;
  /** Whether it is made anew. */
  fresh?: boolean;
  /** Fields that become unknown. */
  unread?: readonly string[];
  /** List fields of the row that lack elements. */
  incomplete?: readonly string[];
}

type Change = RowChange & { kind: string };

/** The changes that a plan makes so far, over what is live: each row once. */
export class Changes {
  readonly around: Around;
  readonly #changes = new Map<string, Map<string, Change>>();
  /** The live rows of a kind by the values of a field. */
  readonly #indexes = new Map<string, Map<unknown, Row[]>>();
  readonly undecided: Undecided[] = [];
  readonly ignored = new Map<string, number>();

  constructor(around: Around) {
    this.around = around;
  }

  /** A row as it will be; undefined where there will be none. */
  row(kind: string, id: string): Row | undefined {
    const live = this.around.row(kind, id);
    const change = this.#changes.get(kind)?.get(id);
    return change === undefined ? live : after(live, change);
  }

  /** All rows of a kind as they will be. */
  *rows(kind: string): Iterable<Row> {
    const changes = this.#changes.get(kind);
    for (const live of this.around.rows(kind)) if (changes?.has(live.id) !== true) yield live;
    for (const id of changes?.keys() ?? []) {
      const row = this.row(kind, id);
      if (row !== undefined) yield row;
    }
  }

  /** The rows of a kind, as they will be, in which a field has a value. */
  *found(kind: string, field: string, value: string): Iterable<Row> {
    const key = `${kind} ${field}`;
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = Map.groupBy(this.around.rows(kind), (row) => row[field]);
      this.#indexes.set(key, index);
    }
    const changes = this.#changes.get(kind);
    for (const live of index.get(value) ?? []) if (changes?.has(live.id) !== true) yield live;
    for (const id of changes?.keys() ?? []) {
      const row = this.row(kind, id);
      if (row?.[field] === value) yield row;
    }
  }

  /** Whether a list field of a row lacks elements. */
  isShort(kind: string, id: string, field: string): boolean {
    const incomplete = this.row(kind, id)?.incomplete;
    return Array.isArray(incomplete) && incomplete.includes(field);
  }

  /** Puts a row, or fields of one. What would break the kind's schema is left out and unknown, as where it is collected. */
  put(kind: string, written: Row, { at, fresh = false, unread = [], incomplete = [] }: Put): void {
    const wrong = new Set(violations(kind, written).map(({ path }) => String(path[0])));
    const open = new Set([...unread, ...wrong].filter((field) => field !== "id"));
    const sound = maskText(
      Object.fromEntries(Object.entries(written).filter(([name]) => name === "id" || !open.has(name))) as Row,
    );
    const kept = fresh ? undefined : this.row(kind, sound.id);
    const before = Array.isArray(kept?.incomplete) ? (kept.incomplete as string[]) : [];
    const short = [...new Set([...before.filter((field) => !(field in sound)), ...incomplete])].filter(
      (field) => field in sound || before.includes(field),
    );
    const row: Row = short.length > 0 || before.length > 0 ? { ...sound, incomplete: short } : sound;
    const change: Change = { action: "upsert", kind, row, unread: [...open], fresh, at };
    const earlier = this.#changes.get(kind)?.get(row.id);
    this.#set(kind, row.id, earlier === undefined ? change : joined(earlier, change));
  }

  /** Takes a row out; one that is not there stays out. */
  remove(kind: string, id: string, at: PlannedAt): void {
    const isLive = this.around.row(kind, id) !== undefined;
    if (isLive) this.#set(kind, id, { action: "delete", kind, id, at });
    else this.#changes.get(kind)?.delete(id);
  }

  all(): RowChange[] {
    return [...this.#changes.values()].flatMap((each) => [...each.values()]);
  }

  #set(kind: string, id: string, change: Change): void {
    const held = this.#changes.get(kind) ?? new Map<string, Change>();
    this.#changes.set(kind, held);
    held.set(id, change);
  }
}

/** A row after a change of it. */
function after(live: Row | undefined, change: RowChange): Row | undefined {
  if (change.action === "delete") return undefined;
  if (change.fresh || live === undefined) return change.row;
  const kept = Object.entries(live).filter(([name]) => !change.unread.includes(name));
  return { ...Object.fromEntries(kept), ...change.row };
}

/** Two changes of one row, the later of which goes before. */
function joined(earlier: Change, later: Change): Change {
  if (later.action === "delete" || later.fresh) return later;
  // What was taken out and is put again is made anew.
  if (earlier.action === "delete") return { ...later, fresh: true };
  return { ...bothPut(earlier, later), at: earlier.at };
}

/** One change in the place of two that put the same row, the later of which goes before. */
export function bothPut<Put extends Extract<RowChange, { action: "upsert" }>>(earlier: Put, later: Put): Put {
  return {
    ...later,
    row: {
      ...Object.fromEntries(Object.entries(earlier.row).filter(([name]) => !later.unread.includes(name))),
      ...later.row,
    },
    unread: [...new Set([...earlier.unread.filter((field) => !(field in later.row)), ...later.unread])],
    fresh: earlier.fresh,
  };
}
