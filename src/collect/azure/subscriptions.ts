import type { AzureSubscription } from "../../resources/generated.ts";
import { managementGroupId, normaliseId } from "../../resources/scope.ts";
import { anything, type Ledger, listUnder, type ReadResult } from "../ledger.ts";
import type { AzureServices } from "./services.ts";

/** Azure Resource Manager's answer for a subscription, api-version 2022-12-01. */
interface SubscriptionAnswer {
  id?: string;
  subscriptionId?: string;
  displayName?: string;
  state?: string;
  tenantId?: string;
}

const apiVersion = "2022-12-01";

/** Every subscription that the credential sees, with the management groups above it where those can be read. */
export async function readSubscriptions(
  ledger: Ledger,
  azure: AzureServices,
): Promise<ReadResult<AzureSubscription & { id: string }>> {
  const listed = await ledger.read<SubscriptionAnswer>(
    {
      kind: "azure.subscription",
      scope: "tenant",
      service: azure.resourceManager,
      endpoint: "GET /subscriptions",
      apiVersion,
      permission: "Reader on each subscription",
    },
    listUnder("value"),
    async ({ call, items, expect }) => {
      let counted: number | null = null;
      for (let path: string | null = `/subscriptions?api-version=${apiVersion}`; path !== null; ) {
        const { body } = await call({ method: "GET", path });
        const page = body as { value: SubscriptionAnswer[]; nextLink?: string | null; count?: { value?: number } };
        items.push(...page.value);
        if (typeof page.count?.value === "number") counted = Math.max(counted ?? 0, page.count.value);
        path = page.nextLink ? page.nextLink : null;
      }
      if (counted !== null) expect(counted);
    },
  );
  const ancestry = listed.items.length === 0 ? null : await readAncestry(ledger, azure, listed.items);
  const rows = ledger.rowsOf({ kind: "azure.subscription", scope: "tenant" }, listed.items, (each) => {
    if (typeof each.id !== "string") return null;
    const row: AzureSubscription & { id: string } = {
      id: normaliseId(each.id),
      tenantId: each.tenantId?.toLowerCase() ?? null,
    };
    if (each.subscriptionId !== undefined) row.subscriptionId = each.subscriptionId.toLowerCase();
    if (each.displayName !== undefined) row.displayName = each.displayName;
    if (each.state !== undefined) row.state = each.state;
    const above = ancestry?.get(row.id);
    if (above !== undefined) row.managementGroups = above;
    return row;
  });
  return { items: rows, complete: listed.complete && rows.length === listed.items.length };
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
    const path = `/providers/Microsoft.Management/managementGroups/${tenant}`;
    const { items, complete } = await ledger.read<GroupAnswer>(
      {
        kind: "azure.subscription",
        fields: ["managementGroups"],
        scope: managementGroupId(tenant),
        service: azure.resourceManager,
        endpoint: `GET ${path}`,
        apiVersion: "2020-05-01",
        permission: "Management Group Reader on the root management group",
      },
      anything,
      async ({ call, items, incomplete }) => {
        const query = "?api-version=2020-05-01&$expand=children&$recurse=true";
        const { body } = await call({ method: "GET", path: path + query });
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
