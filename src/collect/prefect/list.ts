import { joined } from "../http/service.ts";
import { bareList, type Reading, type ReadResult, wholeNumber } from "../ledger.ts";
import { planAware } from "./account.ts";
import { type PrefectObject, type PrefectRead, type PrefectRun, prefectScope, readAt } from "./server.ts";

/** The most that a server answers at once. */
const pageSize = 200;

/** How often a list is read before it counts as one that cannot be read whole. */
const passes = 3;

/** How a list is asked for. */
export interface ListOptions {
  /** Absent where the server offers none. An order that no edit changes, such as CREATED_DESC, where there is one. */
  sort?: string;
  filter?: Readonly<Record<string, unknown>>;
  /** Whether the server counts the list too, under `/count`; the list is compared with it. */
  counted?: boolean;
  /** Asks for what lies in a window of time alone. */
  window?: WindowOptions;
  /** As in users, where several reads bring rows of one kind. */
  part?: string;
}

/** A window of time that bounds a list on purpose. */
export interface WindowOptions {
  days: number;
  /** The most items; where there are more, the window is halved until they fit. */
  most: number;
  filter(since: string, until: string): Readonly<Record<string, unknown>>;
}

/** Reads a whole list. What is bounded on purpose stands in the read's `window`. */
export async function readList<Item extends PrefectObject>(
  run: PrefectRun,
  read: PrefectRead,
  { sort, filter, counted = true, window, part }: ListOptions = {},
): Promise<ReadResult<Item>> {
  const { ledger, prefect, asOf } = run;
  const path = joined(read, "");
  const countPath = path.replace(/filter$/, "count");
  return ledger.read<Item>(
    { read: readAt(read, prefect), scope: prefectScope(prefect.name, part), service: prefect.service },
    bareList,
    await planAware(run, read, async (reading) => {
      const countOf = async (asked: Readonly<Record<string, unknown>> = {}): Promise<number> =>
        (await reading.call({ method: "POST", path: countPath, body: asked }, wholeNumber)).body as number;
      const asked = window === undefined ? filter : await narrowed(reading, asOf, window, countOf);
      await readPages(reading, {
        page: async (offset) => {
          const body = { ...asked, ...(sort && { sort }), offset, limit: pageSize };
          return (await reading.call({ method: "POST", path, body })).body as Item[];
        },
        ...(counted && { count: () => countOf(asked) }),
      });
    }),
  );
}

/** The filter of the widest window, of the days asked for or a half, a quarter … of them, that holds no more than asked for. */
async function narrowed(
  reading: Pick<Reading<unknown>, "within">,
  asOf: number,
  { days, most, filter }: WindowOptions,
  countOf: (asked: Readonly<Record<string, unknown>>) => Promise<number>,
): Promise<Readonly<Record<string, unknown>>> {
  const until = new Date(asOf).toISOString();
  let all: number | null = null;
  for (let length = days * 24 * 60 * 60 * 1000; ; length /= 2) {
    const since = new Date(asOf - length).toISOString();
    const asked = filter(since, until);
    const count = await countOf(asked);
    all ??= count;
    // Below a minute the list is read as it is: the bounds of a run hold it.
    if (count > most && length > 60_000) continue;
    reading.within({ since, until, days, left: all - count });
    return asked;
  }
}

/** How the pages of one list are asked for. */
interface Pages<Item> {
  page(offset: number): Promise<readonly Item[]>;
  /** The service's own count of the list; absent where it gives none. */
  count?(): Promise<number>;
}

/**
 * Reads a list by offsets, though it may be edited meanwhile. Each page begins with the last item of the one before: where
 * it is not there, something before it is gone and what moved up would be missed. A list that was torn so, or that
 * disagrees with the service's count, is read again, and after the last time it is partial. A list of several pages without
 * a count is read until it comes out the same twice.
 */
async function readPages<Item extends PrefectObject>(
  { items, expect, incomplete }: Reading<Item>,
  { page, count }: Pages<Item>,
): Promise<void> {
  const at = new Map<string, number>();
  let before: ReadonlySet<string> | null = null;
  for (let pass = 1; ; pass++) {
    const seen = new Set<string>();
    let torn = false;
    let whole = true;
    let last: string | null = null;
    let pages = 1;
    for (let offset = 0; ; offset += pageSize - 1, pages++) {
      const got = await page(offset);
      const known = seen.size;
      let follows = last === null;
      for (const each of got) {
        if (typeof each?.id !== "string") {
          incomplete("an object came without an id");
          whole = false;
          continue;
        }
        follows ||= each.id === last;
        seen.add(each.id);
        const place = at.get(each.id);
        if (place !== undefined) items[place] = each;
        else at.set(each.id, items.push(each) - 1);
      }
      torn ||= !follows;
      last = got.at(-1)?.id ?? null;
      if (got.length < pageSize) break;
      if (seen.size === known) {
        incomplete("the server gave a page again");
        whole = false;
        break;
      }
    }
    const counted = count === undefined ? null : await count();
    const settled = counted === null ? pages === 1 || same(before, seen) : counted === seen.size;
    if (whole && !torn && settled) {
      // What an earlier pass saw and this one did not is gone.
      if (items.length > seen.size) items.splice(0, items.length, ...items.filter(({ id }) => seen.has(id)));
      if (counted !== null) expect(counted);
      return;
    }
    if (pass < passes && whole) {
      before = seen;
      continue;
    }
    if (counted !== null) expect(counted);
    // More than the count are things that went while the list was read, and nothing that is there was missed.
    if (torn || (counted === null && !settled)) incomplete(`the list changed while it was read, ${pass} times`);
    else if (counted !== null && counted > seen.size)
      incomplete(`the list has ${seen.size} items, and the service counts ${counted}`);
    return;
  }
}

function same(before: ReadonlySet<string> | null, now: ReadonlySet<string>): boolean {
  return before !== null && before.size === now.size && [...now].every((id) => before.has(id));
}
