import type { AzureRoleDefinition, Permission } from "../../resources/generated.ts";
import { normaliseId, roleDefinitionId } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import type { AzureRun, RowReader } from "../reader.ts";
import { readSdkList } from "./sdk.ts";

const read: ReadDefinition = {
  kind: "azure.roleDefinition",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Authorization/roleDefinitions",
  // Before this api-version the conditions of permissions are left out.
  apiVersion: "2022-05-01-preview",
  right: reader("Microsoft.Authorization/roleDefinitions/read"),
  pageSize: 500,
};

/** The built-in and custom roles that can be assigned in a subscription. */
export const roleDefinitions: RowReader = { kind: "azure.roleDefinition", reads: [read], rows: readRoleDefinitions };

/** A role definition of api-version 2022-05-01-preview. */
export interface RoleDefinition {
  id?: string;
  properties?: {
    roleName?: string;
    type?: string;
    description?: string | null;
    assignableScopes?: string[];
    permissions?: PermissionAnswer[];
  } | null;
}

/** One element of the permissions of a role or of a deny assignment, as Azure Resource Manager answers it. */
export interface PermissionAnswer {
  actions?: string[];
  notActions?: string[];
  dataActions?: string[];
  notDataActions?: string[];
  condition?: string | null;
  conditionVersion?: string | null;
}

async function readRoleDefinitions(
  run: AzureRun,
  { id: subscription }: { id: string },
): Promise<(AzureRoleDefinition & { id: string })[]> {
  const { items } = await readSdkList<RoleDefinition>(run, read, subscription, async ({ credential, options }) => {
    const { AuthorizationManagementClient } = await import("@azure/arm-authorization");
    const sdk = new AuthorizationManagementClient(credential, subscription.split("/")[2] ?? "", options);
    // Only this api-version carries the conditions of permissions; a scope with a leading slash would be doubled.
    sdk.pipeline.addPolicy({
      name: "roleDefinitionsApiVersion",
      sendRequest: (request, next) => {
        request.url = request.url.replace(/([?&]api-version=)[^&]+/, `$1${read.apiVersion}`);
        return next(request);
      },
    });
    return sdk.roleDefinitions.list(subscription.slice(1));
  });
  return run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, roleDefinitionRow);
}

/** The types that the service documents; a role of any other is of an unknown type. */
const types: readonly unknown[] = ["BuiltInRole", "CustomRole"];

/** A role as a row; null where it is of another shape. */
export function roleDefinitionRow({ id, properties }: RoleDefinition): (AzureRoleDefinition & { id: string }) | null {
  if (typeof id !== "string" || typeof properties !== "object" || properties === null) return null;
  const { roleName, type, description, assignableScopes, permissions } = properties;
  const row: AzureRoleDefinition & { id: string } = { id: roleDefinitionId(id), description: description ?? null };
  if (roleName !== undefined) row.name = roleName;
  if (type !== undefined && types.includes(type)) row.type = type;
  if (assignableScopes !== undefined) row.assignableScopes = assignableScopes.map(normaliseId);
  if (permissions !== undefined) row.permissions = permissions.map(permissionOf);
  return row;
}

/** One element of the permissions of a role or of a deny assignment. */
export function permissionOf(each: PermissionAnswer): Permission {
  const permission: Permission = {
    // An empty condition restricts nothing; before 2022-05-01-preview, and of most roles, there is none.
    condition: each.condition === "" ? null : (each.condition ?? null),
    conditionVersion: each.conditionVersion ?? null,
  };
  for (const name of ["actions", "notActions", "dataActions", "notDataActions"] as const) {
    const list = each[name];
    if (list !== undefined) permission[name] = list;
  }
  return permission;
}
