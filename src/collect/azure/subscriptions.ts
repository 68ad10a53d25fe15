import type { AzureSubscription } from "../../resources/generated.ts";
import { managementGroupId, normaliseId } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { joined } from "../http/service.ts";
import { anything, type Ledger, listUnder, type ReadResult } from "../ledger.ts";
import type { AzureServices } from "./services.ts";

/** Azure Resource Manager's answer for a subscription, api-version 2022-12-01. */
interface SubscriptionAnswer {
  id?: string;
  subscriptionId?: string;
  displayName?: string;
  state?: string;
  tenantId?: string;
  /** Left out where there are none (official examples of api-version 2022-12-01). */
  tags?: Record<string, string>;
}

const list: ReadDefinition = {
  kind: "azure.subscription",
  service: "Azure Resource Manager",
  per: "tenant",
  endpoint: "GET /subscriptions",
  apiVersion: "2022-12-01",
  right: reader("Microsoft.Resources/subscriptions/read"),
  pageSize: 1000,
};

const ancestry: ReadDefinition = {
  kind: "azure.subscription",
  fields: ["managementGroups"],
  service: "Azure Resource Manager",
  per: "tenant",
  endpoint: "GET {scope}",
  apiVersion: "2020-05-01",
  right: {
    plane: "azure",
    permission: "Microsoft.Management/managementGroups/read",
    role: "Management Group Reader on the root management group",
  },
  pageSize: null,
};

/** The reads of subscriptions. */
export const subscriptionReads: readonly ReadDefinition[] = [list, ancestry];

/** Every subscription that the credential sees, with the management groups above it where those can be read. */
export async function readSubscriptions(
  ledger: Ledger,
  azure: AzureServices,
): Promise<ReadResult<AzureSubscription & { id: string }>> {
  const listed = await ledger.read<SubscriptionAnswer>(
    { read: list, scope: "tenant", service: azure.resourceManager },
    listUnder("value"),
    async ({ call, items, expect }) => {
      let counted: number | null = null;
      for (let path: string | null = joined(list, "tenant"); path !== null; ) {
        const { body } = await call({ method: "GET", path });
        const page = body as { value: SubscriptionAnswer[]; nextLink?: string | null; count?: { value?: number } };
        items.push(...page.value);
        if (typeof page.count?.value === "number") counted = Math.max(counted ?? 0, page.count.value);
        path = page.nextLink ? page.nextLink : null;
      }
      if (counted !== null) expect(counted);
    },
  );
  const found = listed.items.length === 0 ? null : await readAncestry(ledger, azure, listed.items);
  const rows = ledger.rowsOf({ kind: "azure.subscription", scope: "tenant" }, listed.items, (each) => {
    if (typeof each.id !== "string") return null;
    const row: AzureSubscription & { id: string } = {
      id: normaliseId(each.id),
      tenantId: each.tenantId?.toLowerCase() ?? null,
      tags: each.tags ?? {},
    };
    if (each.subscriptionId !== undefined) row.subscriptionId = each.subscriptionId.toLowerCase();
    if (each.displayName !== undefined) row.displayName = each.displayName;
    if (each.state !== undefined) row.state = each.state;
    const above = found?.get(row.id);
    if (above !== undefined) row.managementGroups = above;
    return row;
  });
  return { ...listed, items: rows, complete: listed.complete && rows.length === listed.items.length };
}

interface GroupAnswer {
  id?: string;
  name?: string;
  type?: string;
  properties?: { children?: GroupAnswer[] | null } | null;
  children?: GroupAnswer[] | null;
}

/** The management groups above each subscription, nearest first, from the tree below the tenant's root group. */
async function readAncestry(
  ledger: Ledger,
  azure: AzureServices,
  subscriptions: readonly SubscriptionAnswer[],
): Promise<ReadonlyMap<string, string[]> | null> {
  const tenants = [
    ...new Set(subscriptions.flatMap((each) => (typeof each?.tenantId === "string" ? [each.tenantId] : []))),
  ];
  const found = new Map<string, string[]>();
  for (const tenant of tenants.sort()) {
    const scope = managementGroupId(tenant);
    const { items, complete } = await ledger.read<GroupAnswer>(
      { read: ancestry, scope, service: azure.resourceManager },
      anything,
      async ({ call, items, incomplete }) => {
        const { body } = await call({ method: "GET", path: joined(ancestry, scope, "$expand=children&$recurse=true") });
        const group = body as GroupAnswer;
        if (typeof group.name !== "string" || group.properties === undefined)
          incomplete("the answer is no management group");
        else items.push(group);
      },
    );
    if (!complete) return null;
    const walk = (group: GroupAnswer, above: string[]): void => {
      for (const child of group.properties?.children ?? group.children ?? []) {
        if (typeof child.name !== "string") continue;
        if (child.type?.toLowerCase().endsWith("/subscriptions") === true) {
          found.set(`/subscriptions/${child.name.toLowerCase()}`, above);
        } else walk(child, [managementGroupId(child.name), ...above]);
      }
    };
    for (const root of items) walk(root, [managementGroupId(root.name ?? tenant)]);
  }
  return found;
}
