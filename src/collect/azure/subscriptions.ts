import type { AzureManagementGroup, AzureSubscription } from "../../resources/generated.ts";
import { managementGroupId, normaliseId } from "../../resources/scope.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { keptText, lower } from "../forms.ts";
import { joined } from "../http/service.ts";
import { anything, type Ledger, listUnder } from "../ledger.ts";
import type { Hierarchy } from "../reader.ts";
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
  also: "azure.managementGroup",
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

/** Every subscription that the credential sees, and the tree of management groups above them where it can be read. */
export async function readSubscriptions(ledger: Ledger, azure: AzureServices): Promise<Hierarchy> {
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
  const tree = await readTree(ledger, azure, listed.items);
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
    const above = tree.above.get(row.id);
    if (above !== undefined) row.managementGroups = above;
    return row;
  });
  return {
    subscriptions: rows,
    complete: listed.complete && rows.length === listed.items.length,
    managementGroups: tree.groups,
  };
}

/** A management group, or a subscription in one, in the tree of api-version 2020-05-01. */
interface GroupAnswer {
  name?: string;
  type?: string;
  /** Of the root alone. */
  properties?: { displayName?: string | null; children?: GroupAnswer[] | null } | null;
  displayName?: string | null;
  children?: GroupAnswer[] | null;
}

interface Tree {
  /** The management groups above each subscription, nearest first; a subscription of a tree that was not read is missing. */
  above: ReadonlyMap<string, string[]>;
  groups: (AzureManagementGroup & { id: string })[];
}

/** The tree below each tenant's root group: its groups, and which subscription lies where. */
async function readTree(
  ledger: Ledger,
  azure: AzureServices,
  subscriptions: readonly SubscriptionAnswer[],
): Promise<Tree> {
  const tenants = [
    ...new Set(subscriptions.flatMap((each) => (typeof each?.tenantId === "string" ? [each.tenantId] : []))),
  ];
  if (tenants.length === 0) {
    ledger.notAttempted(ancestry, "tenant", "no subscription tells the tenant, whose root group has its id");
  }
  const above = new Map<string, string[]>();
  const groups: Tree["groups"] = [];
  for (const tenant of tenants.sort()) {
    const scope = managementGroupId(tenant);
    const { items } = await ledger.read<GroupAnswer>(
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
    const walk = (group: GroupAnswer & { name: string }, ancestors: string[]): void => {
      const id = managementGroupId(keptText(group.name));
      const own: string[] = [];
      groups.push({
        id,
        name: lower(group.name),
        displayName: group.displayName ?? group.properties?.displayName ?? null,
        tenantId: tenant.toLowerCase(),
        parentId: ancestors[0] ?? null,
        ancestors,
        subscriptions: own,
      });
      for (const child of group.properties?.children ?? group.children ?? []) {
        const { name, type } = child;
        if (typeof name !== "string" || name === "") throw new TypeError("a part of the tree has no name");
        if (type?.toLowerCase().endsWith("/subscriptions") === true) {
          const subscription = `/subscriptions/${lower(name)}`;
          own.push(subscription);
          above.set(subscription, [id, ...ancestors]);
        } else walk({ ...child, name }, [id, ...ancestors]);
      }
    };
    try {
      for (const root of items) walk({ ...root, name: root.name ?? tenant }, []);
    } catch {
      // What stands in the tree up to there is true, and what comes after it is not known.
      for (const read of [readName(ancestry), "azure.managementGroup"])
        ledger.doubt(read, scope, "a part of the tree has no name or another shape than the service documents");
    }
  }
  return { above, groups };
}
