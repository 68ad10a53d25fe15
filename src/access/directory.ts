import type { AzureAppPermission, AzureDirectoryRole } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Rows } from "./access.ts";

/** What a directory role or an application permission lets its holder become. */
export type Becomes = "everything" | "applications" | "groups";

/** Roles of Entra ID by template id. Source: learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference. */
const directoryRoles: Readonly<Record<string, Becomes>> = {
  "62e90394-69f5-4237-9190-012177145e10": "everything", // Global Administrator
  "e8611ab8-c189-46e8-94e1-60213ab1f814": "everything", // Privileged Role Administrator
  "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "everything", // Privileged Authentication Administrator
  "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "applications", // Application Administrator
  "158c047a-c907-4556-b7ef-446551a6b5f7": "applications", // Cloud Application Administrator
  "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "applications", // Hybrid Identity Administrator
  "fdd7a751-b60b-444a-984c-02652fe8fa1c": "groups", // Groups Administrator
  "fe930be7-5e62-47db-91af-98c3a49a38b1": "groups", // User Administrator
};

/** Application permissions of Microsoft Graph. Source: learn.microsoft.com/graph/permissions-reference. */
const appPermissions: Readonly<Record<string, Becomes>> = {
  "RoleManagement.ReadWrite.Directory": "everything",
  "AppRoleAssignment.ReadWrite.All": "everything",
  "Application.ReadWrite.All": "applications",
  "Directory.ReadWrite.All": "groups",
  "Group.ReadWrite.All": "groups",
  "GroupMember.ReadWrite.All": "groups",
};

/** A role in the directory, or a permission of an application, that lets its holder become somebody. */
export interface DirectoryPower {
  readonly how: "directoryRole" | "appPermission";
  readonly kind: string;
  readonly row: Row;
  readonly words: string;
  readonly becomes: Becomes;
}

/** What a principal holds of these by itself. */
export function powersOf(rows: Rows, id: string): DirectoryPower[] {
  const found: DirectoryPower[] = [];
  for (const row of rows.index("azure.directoryRole", "principalId").get(id) ?? []) {
    const { roleDefinitionId, directoryScopeId, roleName } = row as AzureDirectoryRole;
    const becomes = directoryRoles[roleDefinitionId ?? ""];
    // In an administrative unit a role reaches neither applications nor groups elsewhere.
    if (becomes === undefined || (directoryScopeId !== "/" && directoryScopeId !== undefined)) continue;
    found.push({
      how: "directoryRole",
      kind: "azure.directoryRole",
      row,
      words: roleName ?? "a directory role",
      becomes,
    });
  }
  for (const row of rows.index("azure.appPermission", "principalId").get(id) ?? []) {
    const { resourceName, permission } = row as AzureAppPermission;
    const becomes = resourceName === "Microsoft Graph" ? appPermissions[permission ?? ""] : undefined;
    if (becomes === undefined) continue;
    found.push({ how: "appPermission", kind: "azure.appPermission", row, words: permission ?? "", becomes });
  }
  return found;
}
