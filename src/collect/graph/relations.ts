import type { ReadDefinition } from "../definition.ts";
import { ReadFailure } from "../http/guard.ts";
import type { Call } from "../http/service.ts";
import { listUnder, type Shape } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";
import { readBatches } from "./batch.ts";
import { counting, type GraphPage } from "./pages.ts";

/** A list that belongs to one object of the directory, as far as it was read. */
export interface Relation<Item> {
  items: readonly Item[];
  /** Whether these are all. */
  complete: boolean;
}

/**
 * Reads the same list of many objects of the directory: one line in the ledger, twenty lists a request, further pages one
 * by one. A list that could not be read is left out of what is returned.
 * @param read its endpoint has `{id}` in the place of the object's id, below /v1.0
 * @param query without its question mark; with `$count=true` a list that falls short of its count is not complete
 */
export async function readRelations<Item>(
  { ledger, azure }: AzureRun,
  { read, scope, ids, query }: { read: ReadDefinition; scope: string; ids: readonly string[]; query: string },
): Promise<ReadonlyMap<string, Relation<Item>>> {
  const found = new Map<string, Relation<Item>>();
  if (ids.length === 0) return found;
  const pathOf = (id: string): string => pathIn(read, id, query);
  const plan = { read, scope, service: azure.graph };
  await ledger.read<Relation<Item>>(plan, listUnder("value"), async ({ call, pause, items, incomplete }) => {
    const parts = await readBatches({ call, pause }, ids.map(pathOf), listUnder("value"), counting);
    let first: ReadFailure | null = null;
    for (const id of ids) {
      const part = parts.get(pathOf(id));
      if (part === undefined || "failure" in part) {
        first ??= part?.failure ?? null;
        continue;
      }
      const list = await wholeList<Item>(part.body as GraphPage<Item>, call);
      first ??= list.failure;
      if (list.short !== null) incomplete(list.short);
      const relation = { items: list.items, complete: list.failure === null && list.short === null };
      items.push(relation);
      found.set(id, relation);
    }
    if (first !== null) throw first;
  });
  return found;
}

/** The path of one request of a batch. */
function pathIn({ endpoint }: ReadDefinition, id: string, query: string): string {
  return `${endpoint.slice("GET /v1.0".length).replace("{id}", encodeURIComponent(id))}?${query}`;
}

const object: Shape = (body) => (typeof (body as { id?: unknown }).id === "string" ? null : "the answer has no id");

/**
 * Reads many single objects of the directory: one line in the ledger, twenty objects a request. An object that could not
 * be read is left out of what is returned.
 * @param read its endpoint has `{id}` in the place of the object's id, below /v1.0
 * @param absent the code by which Graph says that there is no such object, where that is an answer and no failure: null
 */
export async function readObjects<Item>(
  { ledger, azure }: AzureRun,
  {
    read,
    scope,
    ids,
    query,
    absent,
  }: { read: ReadDefinition; scope: string; ids: readonly string[]; query: string; absent?: string },
): Promise<ReadonlyMap<string, Item | null>> {
  const found = new Map<string, Item | null>();
  if (ids.length === 0) return found;
  await ledger.read<Item | null>({ read, scope, service: azure.graph }, object, async ({ call, pause, items }) => {
    const parts = await readBatches(
      { call, pause },
      ids.map((id) => pathIn(read, id, query)),
      object,
    );
    let first: ReadFailure | null = null;
    for (const id of ids) {
      const part = parts.get(pathIn(read, id, query));
      if (part === undefined) continue;
      if ("body" in part) found.set(id, part.body as Item);
      else if (absent !== undefined && part.failure.status === 404 && part.failure.code === absent) found.set(id, null);
      else first ??= part.failure;
    }
    items.push(...found.values());
    if (first !== null) throw first;
  });
  return found;
}

/** The rest of a list whose first page is there. A page that fails ends the list, and not the read. */
async function wholeList<Item>(
  firstPage: GraphPage<Item>,
  call: (request: Call) => Promise<{ body: unknown }>,
): Promise<{ items: Item[]; failure: ReadFailure | null; short: string | null }> {
  const items = [...firstPage.value];
  try {
    for (let next = firstPage["@odata.nextLink"]; next !== undefined; ) {
      const page = (await call({ method: "GET", path: next, headers: counting })).body as GraphPage<Item>;
      items.push(...page.value);
      next = page["@odata.nextLink"];
    }
  } catch (error) {
    // Without any answer the next page of the next list would wait just as long.
    if (!(error instanceof ReadFailure) || error.status === null) throw error;
    return { items, failure: error, short: null };
  }
  const counted = firstPage["@odata.count"];
  const short =
    counted !== undefined && counted > items.length
      ? `one of the lists has ${items.length} items, and the service counts ${counted}`
      : null;
  return { items, failure: null, short };
}
