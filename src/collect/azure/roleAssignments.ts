import type { RoleAssignment } from "@azure/arm-authorization";
import type { AzureRoleAssignment } from "../../resources/generated.ts";
import { below, normaliseId, parseScope, roleDefinitionId } from "../../resources/scope.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { type Ledger, listUnder } from "../ledger.ts";
import type { AzureServices } from "./services.ts";

/** The role assignments that a subscription's list shows: in it, below it, and those it inherits from above. */
export async function readRoleAssignments(
  ledger: Ledger,
  azure: AzureServices,
  subscription: string,
): Promise<(AzureRoleAssignment & { id: string })[]> {
  const service = azure.resourceManager;
  const { AuthorizationManagementClient } = await import("@azure/arm-authorization");
  const path = `${subscription}/providers/Microsoft.Authorization/roleAssignments`;
  const { items, complete } = await ledger.read<RoleAssignment>(
    {
      kind: "azure.roleAssignment",
      scope: subscription,
      service,
      endpoint: `GET ${path}`,
      apiVersion: "2022-04-01",
      permission: "Microsoft.Authorization/roleAssignments/read, in Reader",
    },
    listUnder("value"),
    async ({ client, items }) => {
      const sdk = new AuthorizationManagementClient(credentialOf(azure), subscription.split("/")[2] ?? "", {
        endpoint: sdkEndpoint(service),
        credentialScopes: [service.token?.audience ?? ""],
        httpClient: client,
        ...sdkOptions,
      });
      for await (const each of sdk.roleAssignments.listForSubscription()) items.push(each);
    },
  );
  if (complete) await compareCount(ledger, azure, subscription, items);
  return ledger.rowsOf({ kind: "azure.roleAssignment", scope: subscription }, items, rowOf);
}

/** The credential that the SDKs take; Azure's services always have one. */
export function credentialOf(
  azure: AzureServices,
): NonNullable<AzureServices["resourceManager"]["token"]>["credential"] {
  if (azure.resourceManager.token === null) throw new Error("Azure Resource Manager is read with a token");
  return azure.resourceManager.token.credential;
}

/** Field by field: what the answer leaves out is null where the service leaves out what is not set, else unread. */
function rowOf(each: RoleAssignment): (AzureRoleAssignment & { id: string }) | null {
  if (typeof each.id !== "string") return null;
  const row: AzureRoleAssignment & { id: string } = {
    id: normaliseId(each.id),
    principalType: each.principalType ?? null,
    condition: each.condition ?? null,
    conditionVersion: each.conditionVersion ?? null,
    description: each.description ?? null,
    createdOn: each.createdOn?.toISOString() ?? null,
    updatedOn: each.updatedOn?.toISOString() ?? null,
    createdBy: each.createdBy ? each.createdBy.toLowerCase() : null,
    delegatedManagedIdentityResourceId: each.delegatedManagedIdentityResourceId
      ? normaliseId(each.delegatedManagedIdentityResourceId)
      : null,
  };
  if (typeof each.scope === "string") row.scope = parseScope(each.scope);
  if (typeof each.principalId === "string") row.principalId = each.principalId.toLowerCase();
  if (typeof each.roleDefinitionId === "string") row.roleDefinitionId = roleDefinitionId(each.roleDefinitionId);
  return row;
}

/**
 * Resource Graph counts the same assignments by another way. It leaves out silently what the reader may not see, so it
 * can only show that the list is short, never that it is whole.
 */
async function compareCount(
  ledger: Ledger,
  azure: AzureServices,
  subscription: string,
  listed: readonly RoleAssignment[],
): Promise<void> {
  const { items } = await ledger.read<number>(
    {
      kind: "azure.roleAssignment",
      fields: ["count"],
      scope: subscription,
      service: azure.resourceManager,
      endpoint: "POST /providers/Microsoft.ResourceGraph/resources",
      apiVersion: "2022-10-01",
      permission: "Reader on the subscription",
    },
    listUnder("data"),
    async ({ call, items, incomplete }) => {
      const { body } = await call({
        method: "POST",
        path: "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01",
        body: {
          subscriptions: [subscription.split("/")[2]],
          query: "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | summarize count()",
          options: { resultFormat: "objectArray" },
        },
      });
      const count = (body as { data: { count_?: unknown }[] }).data[0]?.count_;
      if (typeof count === "number") items.push(count);
      else incomplete("the answer holds no count");
    },
  );
  const counted = items[0];
  const here = listed.filter(
    (each) => typeof each?.scope === "string" && below(normaliseId(each.scope), subscription),
  ).length;
  if (counted !== undefined && counted > here) {
    const cause = `the list has ${here} role assignments at or below the subscription, and Resource Graph counts ${counted}`;
    ledger.doubt("azure.roleAssignment", subscription, cause);
  }
}
