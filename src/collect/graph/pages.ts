import type { Call } from "../http/service.ts";
import type { Reading } from "../ledger.ts";

/** The header with which Graph counts a list beside it: `$count=true` alone is ignored (its page on advanced queries). */
export const counting: Readonly<Record<string, string>> = { ConsistencyLevel: "eventual" };

/** A page of a list as Graph answers it; the count is in the first page alone, and only where it was asked for. */
export interface GraphPage<Item> {
  value: Item[];
  "@odata.nextLink"?: string;
  "@odata.count"?: number;
}

/** Follows the pages of a Graph list, with the first request's headers, and notes the count where the service gives one. */
export async function followPages<Item>(
  { call, items, expect }: Pick<Reading<Item>, "call" | "items" | "expect">,
  first: Call,
): Promise<void> {
  for (let next: Call | null = first; next !== null; ) {
    const page = (await call(next)).body as GraphPage<Item>;
    items.push(...page.value);
    if (typeof page["@odata.count"] === "number") expect(page["@odata.count"]);
    const link = page["@odata.nextLink"];
    const { headers = {} } = first;
    next = link === undefined ? null : { method: "GET", path: link, headers };
  }
}
