import type { Row } from "../../resources/kinds.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { joined } from "../http/service.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";
import { customRolesRead } from "./customRoles.ts";
import { inheritedGrantsRead } from "./inheritedGrants.ts";

/** A type of resource that Azure Resource Graph counts, and the kind that its list makes. */
interface Counted {
  readonly kind: string;
  /** What it is called in a sentence. */
  readonly name: string;
  /** As in microsoft.synapse/workspaces. */
  readonly type: string;
}

/** What is counted in one query: kinds whose rows have the ids that Azure Resource Manager gives them. */
interface Query {
  readonly read: ReadDefinition;
  readonly table: "authorizationresources" | "resources";
  readonly counted: readonly [Counted, ...Counted[]];
}

/** The read of counts that a kind's line in the ledger stands for; Resource Graph asks for no right of its own. */
function countRead(kind: string, permission: string): ReadDefinition {
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

/** The most rows that an answer holds; further pages of a summary cannot be asked for. */
const rowsAtOnce = 1000;

/** What is counted, whatever number of subscriptions there are. Firewall rules and what is inside a vault are not in Resource Graph. */
const queries: readonly Query[] = [
  {
    read: countRead("azure.roleAssignment", "Microsoft.Authorization/roleAssignments/read"),
    table: "authorizationresources",
    counted: [
      {
        kind: "azure.roleAssignment",
        name: "role assignments",
        type: "microsoft.authorization/roleassignments",
      },
    ],
  },
  {
    // The types together, so that a tenant of thousands of subscriptions takes few queries: a line for all of them.
    read: countRead("azure.subscription", "*/read"),
    table: "resources",
    counted: [
      { kind: "synapse.workspace", name: "Synapse workspaces", type: "microsoft.synapse/workspaces" },
      { kind: "synapse.sqlPool", name: "SQL pools", type: "microsoft.synapse/workspaces/sqlpools" },
      { kind: "synapse.sparkPool", name: "Spark pools", type: "microsoft.synapse/workspaces/bigdatapools" },
      { kind: "azure.keyVault", name: "key vaults", type: "microsoft.keyvault/vaults" },
      { kind: "azure.storageAccount", name: "storage accounts", type: "microsoft.storage/storageaccounts" },
      { kind: "azure.logWorkspace", name: "log workspaces", type: "microsoft.operationalinsights/workspaces" },
      {
        kind: "azure.managedIdentity",
        name: "managed identities",
        type: "microsoft.managedidentity/userassignedidentities",
      },
    ],
  },
];

/** The reads of counts: a line of the ledger for each, however many subscriptions there are. */
export const countReads: readonly ReadDefinition[] = [
  ...queries.map(({ read }) => read),
  customRolesRead,
  inheritedGrantsRead,
];

/** How many resources of a kind Resource Graph sees in each subscription, by the subscription's id in lower case. */
export type Counts = ReadonlyMap<string, ReadonlyMap<string, number>>;

interface CountRow {
  subscriptionId?: unknown;
  type?: unknown;
  count_?: unknown;
}

/**
 * Counts the resources of every kind that Resource Graph can count, in all the subscriptions named. A kind that could not
 * be counted is missing, and so is a subscription of which nothing came.
 * @param subscriptions ids as in /subscriptions/<guid>
 */
export async function readCounts(run: AzureRun, subscriptions: readonly string[]): Promise<Counts> {
  const found = new Map<string, Map<string, number>>();
  if (subscriptions.length === 0) return found;
  await Promise.all(queries.map((query) => countInto(found, run, query, subscriptions)));
  return found;
}

async function countInto(
  found: Map<string, Map<string, number>>,
  { ledger, azure }: AzureRun,
  { read, table, counted }: Query,
  subscriptions: readonly string[],
): Promise<void> {
  const kinds = new Map(counted.map(({ type, kind }) => [type, kind]));
  const [only, ...others] = kinds.keys();
  const types = [...kinds.keys()].map((type) => `'${type}'`).join(", ");
  const query =
    others.length === 0
      ? `${table} | where type =~ '${only}' | summarize count() by subscriptionId`
      : `${table} | where type in~ (${types}) | summarize count() by type, subscriptionId`;
  const atOnce = Math.min(subscriptionsAtOnce, Math.floor(rowsAtOnce / counted.length));
  await ledger.read<CountRow>(
    { read, scope: "tenant", service: azure.resourceManager },
    listUnder("data"),
    async ({ call, items, incomplete }) => {
      for (let from = 0; from < subscriptions.length; from += atOnce) {
        const group = subscriptions.slice(from, from + atOnce);
        const { body } = await call({
          method: "POST",
          path: joined(read, "tenant"),
          body: {
            subscriptions: group.map((id) => id.split("/")[2]),
            query,
            options: { resultFormat: "objectArray", $top: rowsAtOnce },
          },
        });
        const page = body as { data: CountRow[]; resultTruncated?: unknown };
        if (page.resultTruncated === "true") incomplete("the answer is cut off");
        // A subscription without any such resource has no row.
        for (const kind of kinds.values()) for (const id of group) countsOf(found, kind).set(id, 0);
        for (const row of page.data) {
          const type = others.length === 0 ? only : String(row?.type).toLowerCase();
          const kind = kinds.get(type ?? "");
          if (kind === undefined || typeof row?.subscriptionId !== "string" || !Number.isInteger(row.count_)) {
            incomplete("a row of the answer holds no count");
            continue;
          }
          items.push(row);
          countsOf(found, kind).set(`/subscriptions/${row.subscriptionId.toLowerCase()}`, Number(row.count_));
        }
      }
    },
  );
}

function countsOf(found: Map<string, Map<string, number>>, kind: string): Map<string, number> {
  const counts = found.get(kind) ?? new Map<string, number>();
  found.set(kind, counts);
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
 * only show that a list is short, never that it is whole. It is minutes late, so of what was just deleted it still counts
 * some: that list is in doubt in this run, and in the next one it is not.
 * @param rowsOf the rows of a kind, of all subscriptions together, by their ids
 */
export function shortfalls(
  counts: Counts,
  rowsOf: (kind: string) => ReadonlyMap<string, Row> | undefined,
): Shortfall[] {
  return queries.flatMap(({ counted }) =>
    counted.flatMap(({ kind, name, type }) => {
      const counted = counts.get(kind);
      if (counted === undefined) return [];
      // What is inherited from above has an id that begins there; and a kind can hold what is of another type.
      const [namespace, ...types] = type.split("/");
      const isOfType = new RegExp(`/providers/${namespace}/${types.join("/[^/]+/")}/[^/]+$`);
      const listed = new Map<string, number>();
      for (const id of rowsOf(kind)?.keys() ?? []) {
        const subscription = /^\/subscriptions\/[^/]+(?=\/)/.exec(id)?.[0];
        if (subscription !== undefined && isOfType.test(id))
          listed.set(subscription, (listed.get(subscription) ?? 0) + 1);
      }
      return [...counted].flatMap(([subscription, count]) => {
        const here = listed.get(subscription) ?? 0;
        if (count <= here) return [];
        const cause = `the list has ${here} ${name} at or below the subscription, and Resource Graph counts ${count}`;
        return [{ kind, subscription, cause }];
      });
    }),
  );
}
