import type { RoleAssignment } from "@azure/arm-authorization";
import type { AzureRoleAssignment } from "../../resources/generated.ts";
import { normaliseId, parseScope, roleDefinitionId, subscriptionOf } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { listUnder, type ReadResult } from "../ledger.ts";
import type { AzureRun, RowReader } from "../reader.ts";
import { hasToBeAsked, upwards } from "./managementGroups.ts";
import { readHolding, scheduleRead } from "./privilegedIdentity.ts";
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
  reads: [read, scheduleRead],
  rows: async (run, { id }) => {
    const [listed, holding] = await Promise.all([listAssignments(run, read, id), readHolding(run, id)]);
    return rowsOf(run, id, listed.items, holding);
  },
};

const groupRead: ReadDefinition = { ...read, per: "azure.managementGroup" };
const groupScheduleRead: ReadDefinition = { ...scheduleRead, per: "azure.managementGroup" };

/** The role assignments on management groups that no subscription's list shows. */
export const managementGroupRoleAssignments: RowReader = {
  kind: "azure.roleAssignment",
  reads: [groupRead, groupScheduleRead],
  rows: async (run, { id }) => {
    if (!hasToBeAsked(run.hierarchy, id)) return [];
    const [{ items }, holding] = await Promise.all([
      listAssignments(run, groupRead, id),
      readHolding(run, id, groupScheduleRead),
    ]);
    return rowsOf(run, id, items, holding);
  },
};

function rowsOf(
  { ledger }: AzureRun,
  scope: string,
  items: readonly RoleAssignment[],
  holding: Awaited<ReturnType<typeof readHolding>>,
): (AzureRoleAssignment & { id: string })[] {
  return ledger.rowsOf({ kind: read.kind, scope }, items, (each) => {
    const row = rowOf(each);
    return row === null ? null : { ...row, ...holding(row.id) };
  });
}

async function listAssignments(
  { ledger, azure }: AzureRun,
  read: ReadDefinition,
  scope: string,
): Promise<ReadResult<RoleAssignment>> {
  const service = azure.resourceManager;
  const { AuthorizationManagementClient } = await import("@azure/arm-authorization");
  return ledger.read<RoleAssignment>({ read, scope, service }, listUnder("value"), async ({ client, items }) => {
    const sdk = new AuthorizationManagementClient(credentialOf(azure), subscriptionOf(scope)?.split("/")[2] ?? "", {
      endpoint: sdkEndpoint(service),
      credentialScopes: [service.token?.audience ?? ""],
      httpClient: client,
      ...sdkOptions,
    });
    const filter = upwards(scope).split("=")[1];
    const list = sdk.roleAssignments;
    // A scope with a leading slash would be doubled.
    const found = filter === undefined ? list.listForSubscription() : list.listForScope(scope.slice(1), { filter });
    for await (const each of found) items.push(each);
  });
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
