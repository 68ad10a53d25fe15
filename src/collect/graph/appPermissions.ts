import type { AzureAppPermission } from "../../resources/generated.ts";
import { graphPermission, type ReadDefinition, readName } from "../definition.ts";
import { timestamp } from "../forms.ts";
import type { AzureRun } from "../reader.ts";

import { readObjects, readRelations } from "./relations.ts";

type PermissionRow = AzureAppPermission & { id: string };

const common = {
  kind: "azure.appPermission",
  service: "Microsoft Graph",
  per: "tenant",
  apiVersion: null,
  right: graphPermission("Application.Read.All"),
} as const;

/** The read of what service principals may do in APIs. */
export const appPermissionsRead: ReadDefinition = {
  ...common,
  endpoint: "GET /v1.0/servicePrincipals/{id}/appRoleAssignments",
  pageSize: 999,
};

const namesRead: ReadDefinition = {
  ...common,
  fields: ["permission"],
  endpoint: "GET /v1.0/servicePrincipals/{id}",
  pageSize: null,
};

/** The reads of application permissions. */
export const appPermissionReads: readonly ReadDefinition[] = [appPermissionsRead, namesRead];

/** What a service principal may do in an API. */
export interface AppRoleAnswer {
  id?: string;
  appRoleId?: string;
  principalId?: string;
  resourceId?: string;
  resourceDisplayName?: string | null;
  createdDateTime?: string | null;
}

interface ResourceAnswer {
  appRoles?: { id?: string; value?: string | null }[];
}

/** The application permissions of service principals, each named as the API that it is for names it. */
export async function readAppPermissions(
  run: AzureRun,
  servicePrincipals: readonly string[],
): Promise<PermissionRow[]> {
  const scope = "tenant/servicePrincipals";
  const query = "$count=true&$top=999";
  const lists = await readRelations<AppRoleAnswer>(run, {
    read: appPermissionsRead,
    scope,
    ids: servicePrincipals,
    query,
  });
  const assignments = [...lists.values()].flatMap(({ items }) => items);
  const resources = new Set(
    assignments.flatMap((each) => (typeof each?.resourceId === "string" ? [each.resourceId.toLowerCase()] : [])),
  );
  const names = await readNames(run, [...resources].sort());
  return run.ledger.rowsOf({ kind: common.kind, scope }, assignments, (each) => {
    const row = appPermissionRow(each);
    if (row?.resourceId === undefined) return row;
    const roles = names.get(row.resourceId);
    if (roles !== undefined && each.appRoleId !== undefined)
      row.permission = roles.get(each.appRoleId.toLowerCase()) ?? null;
    return row;
  });
}

/** An application permission as a row, without its name; null where it has no id. */
export function appPermissionRow(each: AppRoleAnswer): PermissionRow | null {
  if (typeof each.id !== "string") return null;
  const row: PermissionRow = {
    id: each.id,
    resourceName: each.resourceDisplayName ?? null,
    createdOn: timestamp(each.createdDateTime),
  };
  if (each.principalId !== undefined) row.principalId = each.principalId.toLowerCase();
  if (each.resourceId !== undefined) row.resourceId = each.resourceId.toLowerCase();
  return row;
}

/** The names of an API's permissions by their ids, for each API that could be read. */
async function readNames(
  run: AzureRun,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string | null>>> {
  const scope = "tenant/servicePrincipals";
  const found = await readObjects<ResourceAnswer>(run, { read: namesRead, scope, ids, query: "$select=id,appRoles" });
  const named = run.ledger.rowsOf({ kind: readName(namesRead), scope }, [...found], ([id, answer]) => {
    if (!Array.isArray(answer?.appRoles)) return null;
    const roles = answer.appRoles.map((role): [string, string | null] => {
      if (typeof role.id !== "string" || (role.value !== null && typeof role.value !== "string"))
        throw new Error("a role of another shape");
      return [role.id.toLowerCase(), role.value];
    });
    return [id, new Map(roles)] as const;
  });
  return new Map(named);
}
