import type { AzureRoleAssignment } from "../../resources/generated.ts";
import { normaliseId, parseScope, roleDefinitionId, subscriptionOf } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { idOf, lower, timestamp } from "../forms.ts";
import type { ReadResult } from "../ledger.ts";
import type { AzureRun, RowReader } from "../reader.ts";
import { hasToBeAsked, upwards } from "./managementGroups.ts";
import { readHolding, scheduleRead } from "./privilegedIdentity.ts";
import { readSdkList } from "./sdk.ts";

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
    const [listed, holding] = await Promise.all([listOf(run, read, id), readHolding(run, id)]);
    return rowsOf(run, id, listed.items, holding);
  },
};

/** A role assignment of api-version 2022-04-01. */
export interface RoleAssignment {
  id?: string;
  properties?: {
    scope?: string;
    roleDefinitionId?: string;
    principalId?: string;
    principalType?: string | null;
    condition?: string | null;
    conditionVersion?: string | null;
    description?: string | null;
    createdOn?: string | null;
    updatedOn?: string | null;
    createdBy?: string | null;
    delegatedManagedIdentityResourceId?: string | null;
  } | null;
}

const groupRead: ReadDefinition = { ...read, per: "azure.managementGroup" };
const groupScheduleRead: ReadDefinition = { ...scheduleRead, per: "azure.managementGroup" };

/** The role assignments on management groups that no subscription's list shows. */
export const managementGroupRoleAssignments: RowReader = {
  kind: "azure.roleAssignment",
  reads: [groupRead, groupScheduleRead],
  rows: async (run, { id }) => {
    if (!hasToBeAsked(run.hierarchy, id)) return [];
    const [{ items }, holding] = await Promise.all([
      listOf(run, groupRead, id),
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
    const row = roleAssignmentRow(each);
    return row === null ? null : { ...row, ...holding(row.id) };
  });
}

function listOf(run: AzureRun, read: ReadDefinition, scope: string): Promise<ReadResult<RoleAssignment>> {
  return readSdkList<RoleAssignment>(run, read, scope, async ({ credential, options }) => {
    const { AuthorizationManagementClient } = await import("@azure/arm-authorization");
    const subscription = subscriptionOf(scope)?.split("/")[2] ?? "";
    const list = new AuthorizationManagementClient(credential, subscription, options).roleAssignments;
    const filter = upwards(scope).split("=")[1];
    // A scope with a leading slash would be doubled.
    return filter === undefined ? list.listForSubscription() : list.listForScope(scope.slice(1), { filter });
  });
}

/**
 * Field by field. The scope, the role and the principal are always there; everything else the service leaves out of old
 * assignments, as its official example shows (RoleAssignments_ListForSubscription, api-version 2022-04-01).
 */
export function roleAssignmentRow({ id, properties }: RoleAssignment): (AzureRoleAssignment & { id: string }) | null {
  if (typeof id !== "string" || typeof properties !== "object" || properties === null) return null;
  const row: AzureRoleAssignment & { id: string } = {
    id: normaliseId(id),
    principalType: properties.principalType ?? null,
    // An empty condition restricts nothing.
    condition: properties.condition === "" ? null : (properties.condition ?? null),
    conditionVersion: properties.conditionVersion ?? null,
    description: properties.description ?? null,
    createdOn: timestamp(properties.createdOn),
    updatedOn: timestamp(properties.updatedOn),
    createdBy: lower(properties.createdBy || null),
    delegatedManagedIdentityResourceId: idOf(properties.delegatedManagedIdentityResourceId),
  };
  if (typeof properties.scope === "string") row.scope = parseScope(properties.scope);
  if (typeof properties.principalId === "string") row.principalId = properties.principalId.toLowerCase();
  if (typeof properties.roleDefinitionId === "string")
    row.roleDefinitionId = roleDefinitionId(properties.roleDefinitionId);
  return row;
}
