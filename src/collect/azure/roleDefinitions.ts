import type { RoleDefinition, Permission as SdkPermission } from "@azure/arm-authorization";
import type { AzureRoleDefinition, Permission } from "../../resources/generated.ts";
import { normaliseId, roleDefinitionId } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun, RowReader } from "../reader.ts";
import { credentialOf } from "./services.ts";

const apiVersion = "2022-05-01-preview";

const read: ReadDefinition = {
  kind: "azure.roleDefinition",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Authorization/roleDefinitions",
  apiVersion,
  right: reader("Microsoft.Authorization/roleDefinitions/read"),
  pageSize: 500,
};

/** The built-in and custom roles that can be assigned in a subscription. */
export const roleDefinitions: RowReader = { kind: "azure.roleDefinition", reads: [read], rows: readRoleDefinitions };

async function readRoleDefinitions(
  { ledger, azure }: AzureRun,
  { id: subscription }: { id: string },
): Promise<(AzureRoleDefinition & { id: string })[]> {
  const service = azure.resourceManager;
  const { AuthorizationManagementClient } = await import("@azure/arm-authorization");
  const { items } = await ledger.read<RoleDefinition>(
    { read, scope: subscription, service },
    listUnder("value"),
    async ({ client, items }) => {
      const sdk = new AuthorizationManagementClient(credentialOf(azure), subscription.split("/")[2] ?? "", {
        endpoint: sdkEndpoint(service),
        credentialScopes: [service.token?.audience ?? ""],
        httpClient: client,
        ...sdkOptions,
      });
      // Only this api-version carries the conditions of permissions; a scope with a leading slash would be doubled.
      sdk.pipeline.addPolicy({
        name: "roleDefinitionsApiVersion",
        sendRequest: (request, next) => next(withVersion(request)),
      });
      for await (const each of sdk.roleDefinitions.list(subscription.slice(1))) items.push(each);
    },
  );
  return ledger.rowsOf({ kind: "azure.roleDefinition", scope: subscription }, items, rowOf);
}

function withVersion<Request extends { url: string }>(request: Request): Request {
  request.url = request.url.replace(/([?&]api-version=)[^&]+/, `$1${apiVersion}`);
  return request;
}

/** The SDK's type leaves out the condition, and its values keep it or not by version; undefined is unread. */
export type Conditioned = SdkPermission & { condition?: string | null; conditionVersion?: string | null };

function rowOf(each: RoleDefinition): (AzureRoleDefinition & { id: string }) | null {
  if (typeof each.id !== "string") return null;
  const row: AzureRoleDefinition & { id: string } = {
    id: roleDefinitionId(each.id),
    description: each.description ?? null,
  };
  if (typeof each.roleName === "string") row.name = each.roleName;
  if (typeof each.roleType === "string") row.type = each.roleType;
  if (Array.isArray(each.assignableScopes)) row.assignableScopes = each.assignableScopes.map(normaliseId);
  if (Array.isArray(each.permissions)) row.permissions = each.permissions.map(permissionOf);
  return row;
}

/** One element of the permissions of a role or of a deny assignment. */
export function permissionOf(each: Conditioned): Permission {
  const permission: Permission = { condition: each.condition ?? null, conditionVersion: each.conditionVersion ?? null };
  for (const name of ["actions", "notActions", "dataActions", "notDataActions"] as const) {
    const list = each[name];
    if (Array.isArray(list)) permission[name] = list;
  }
  return permission;
}
