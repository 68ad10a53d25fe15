import type { RoleAssignment } from "@azure/arm-authorization";
import type { AzureRoleAssignment } from "../../resources/generated.ts";
import { normaliseId, parseScope, roleDefinitionId } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun, RowReader } from "../reader.ts";
import { credentialOf } from "./services.ts";

const read: ReadDefinition = {
  kind: "azure.roleAssignment",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Authorization/roleAssignments",
  apiVersion: "2022-04-01",
  right: reader("Microsoft.Authorization/roleAssignments/read"),
  pageSize: 500,
};

/** The role assignments that a subscription's list shows: in it, below it, and those it inherits from above. */
export const roleAssignments: RowReader = {
  kind: "azure.roleAssignment",
  reads: [read],
  rows: readRoleAssignments,
};

async function readRoleAssignments(
  { ledger, azure }: AzureRun,
  { id: subscription }: { id: string },
): Promise<(AzureRoleAssignment & { id: string })[]> {
  const service = azure.resourceManager;
  const { AuthorizationManagementClient } = await import("@azure/arm-authorization");
  const { items } = await ledger.read<RoleAssignment>(
    { read, scope: subscription, service },
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
  return ledger.rowsOf({ kind: "azure.roleAssignment", scope: subscription }, items, rowOf);
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
