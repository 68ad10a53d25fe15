import type { Row } from "../../resources/kinds.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { joined } from "../http/service.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";

/** A type of resource that Azure Resource Graph counts, and the kind that its list makes. */
interface Counted {
  readonly kind: string;
  /** What it is called in a sentence. */
  readonly name: string;
  readonly table: "authorizationresources" | "resources";
  /** As in microsoft.synapse/workspaces. */
  readonly type: string;
  /** Whoever may read the resources sees them counted; Resource Graph asks for no right of its own. */
  readonly permission: string;
}

/** What is counted: kinds whose rows have the ids that Azure Resource Manager gives them. */
const counted: readonly Counted[] = [
  {
    kind: "azure.roleAssignment",
    name: "role assignments",
    table: "authorizationresources",
    type: "microsoft.authorization/roleassignments",
    permission: "Microsoft.Authorization/roleAssignments/read",
  },
];

function readOf({ kind, permission }: Counted): ReadDefinition {
  return {
    kind,
    fields: ["count"],
    service: "Azure Resource Manager",
    per: "tenant",
    endpoint: "POST /providers/Microsoft.ResourceGraph/resources",
    apiVersion: "2022-10-01",
    right: reader(permission),
    pageSize: subscriptionsAtOnce,
  };
}

/** The documentation of Resource Graph recommends groups of fewer than 300 subscriptions, in place of a query for each. */
const subscriptionsAtOnce = 250;

/** The reads of counts: a line of the ledger for each kind, however many subscriptions there are. */
export const countReads: readonly ReadDefinition[] = counted.map(readOf);

/** How many resources of a kind Resource Graph sees in each subscription, by the subscription's id in lower case. */
export type Counts = ReadonlyMap<string, ReadonlyMap<string, number>>;

interface CountRow {
  subscriptionId?: unknown;
  count_?: unknown;
}

/**
 * Counts the resources of every kind that Resource Graph can count, in all the subscriptions named, a query for each
 * kind and each 250 of them. A kind that could not be counted is missing, and so is a subscription of which nothing came.
 * @param subscriptions ids as in /subscriptions/<guid>
 */
export async function readCounts(run: AzureRun, subscriptions: readonly string[]): Promise<Counts> {
  const found = new Map<string, Map<string, number>>();
  if (subscriptions.length === 0) return found;
  await Promise.all(
    counted.map(async (each) => {
      const counts = await countsOf(run, each, subscriptions);
      if (counts.size > 0) found.set(each.kind, counts);
    }),
  );
  return found;
}

async function countsOf(
  { ledger, azure }: AzureRun,
  each: Counted,
  subscriptions: readonly string[],
): Promise<Map<string, number>> {
  const read = readOf(each);
  const counts = new Map<string, number>();
  await ledger.read<CountRow>(
    { read, scope: "tenant", service: azure.resourceManager },
    listUnder("data"),
    async ({ call, items, incomplete }) => {
      for (let from = 0; from < subscriptions.length; from += subscriptionsAtOnce) {
        const group = subscriptions.slice(from, from + subscriptionsAtOnce);
        const { body } = await call({
          method: "POST",
          path: joined(read, "tenant"),
          body: {
            subscriptions: group.map((id) => id.split("/")[2]),
            query: `${each.table} | where type =~ '${each.type}' | summarize count() by subscriptionId`,
            options: { resultFormat: "objectArray", $top: 1000 },
          },
        });
        const page = body as { data: CountRow[]; resultTruncated?: unknown };
        if (page.resultTruncated === "true") incomplete("the answer is cut off");
        // A subscription without any such resource has no row.
        for (const id of group) counts.set(id, 0);
        for (const row of page.data) {
          if (typeof row?.subscriptionId !== "string" || !Number.isInteger(row.count_)) {
            incomplete("a row of the answer holds no count");
            continue;
          }
          items.push(row);
          counts.set(`/subscriptions/${row.subscriptionId.toLowerCase()}`, Number(row.count_));
        }
      }
    },
  );
  return counts;
}

/** A list that holds less than is counted, and how much less. */
export interface Shortfall {
  kind: string;
  subscription: string;
  /** For the ledger. */
  cause: string;
}

/**
 * The lists that fall short of their count. Resource Graph leaves out silently what the reader may not see, so it can
 * only show that a list is short, never that it is whole.
 * @param rowsOf the rows of a kind, of all subscriptions together, by their ids
 */
export function shortfalls(
  counts: Counts,
  rowsOf: (kind: string) => ReadonlyMap<string, Row> | undefined,
): Shortfall[] {
  return counted.flatMap(({ kind, name }) => {
    const listed = new Map<string, number>();
    for (const id of rowsOf(kind)?.keys() ?? []) {
      // What is inherited from above has an id that begins there.
      const subscription = /^\/subscriptions\/[^/]+(?=\/)/.exec(id)?.[0];
      if (subscription !== undefined) listed.set(subscription, (listed.get(subscription) ?? 0) + 1);
    }
    return [...(counts.get(kind) ?? [])].flatMap(([subscription, count]) => {
      const here = listed.get(subscription) ?? 0;
      if (count <= here) return [];
      const cause = `the list has ${here} ${name} at or below the subscription, and Resource Graph counts ${count}`;
      return [{ kind, subscription, cause }];
    });
  });
}
