import { type Access, foreignMembers } from "./access.ts";
import { all } from "./reach.ts";

/**
 * The ways to data that an answer about access does not know of, in words: kinds that were not read everywhere, and
 * what is never read. While one of them is open, that there is no path is not known.
 */
export function unreadPlanes(access: Access): string[] {
  const { rows } = access;
  const found = [
    "azure.roleAssignment",
    "azure.roleEligibility",
    "azure.denyAssignment",
    "azure.roleDefinition",
    "azure.principal",
    "azure.directoryRole",
    "azure.appPermission",
    "azure.application",
    "azure.managedIdentity",
    "synapse.roleAssignment",
    "synapse.workspace",
    "azure.storageAccount",
    "azure.storageContainer",
    "azure.keyVault",
    "prefect.block",
    "prefect.deployment",
    "prefect.workPool",
  ].flatMap((kind) => rows.missing(kind) ?? []);
  const principals = all(access, "azure.principal");
  const named = (row: { id: string; displayName?: unknown }): string =>
    typeof row.displayName === "string" ? `${row.displayName} (${row.id})` : row.id;
  for (const group of principals.filter(
    ({ type, state }) => type === "ForeignGroup" || (type === "Group" && state === "foreign"),
  ))
    found.push(foreignMembers(group.id));
  for (const group of principals.filter(({ type, members, incomplete }) => {
    const cut = Array.isArray(incomplete) && incomplete.includes("members");
    return type === "Group" && (members === undefined || cut);
  }))
    found.push(`the members of the group ${named(group)}`);
  for (const delegation of all(access, "azure.delegation"))
    found.push(
      `who in the tenant ${String(delegation.managingTenantId)} uses the delegation ${String(delegation.displayName ?? delegation.id)}`,
    );
  if (all(access, "azure.storageContainer").some((each) => each.isHnsEnabled !== false))
    found.push("access control lists below the roots of file systems");
  found.push("grants inside SQL pools: logins, users and roles of their databases");
  found.push("access packages, and groups that may be joined for a time (Privileged Identity Management for groups)");
  return [...new Set(found)];
}
