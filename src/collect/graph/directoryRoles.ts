import type { AzureDirectoryRole } from "../../resources/generated.ts";
import { graphPermission, type ReadDefinition, readName } from "../definition.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";
import { followPages } from "./pages.ts";

type RoleRow = AzureDirectoryRole & { id: string };

const common = {
  kind: "azure.directoryRole",
  service: "Microsoft Graph",
  per: "tenant",
  apiVersion: null,
  right: graphPermission("RoleManagement.Read.Directory"),
  pageSize: null,
  once: true,
} as const;

const assignmentsRead: ReadDefinition = {
  ...common,
  endpoint: "GET /v1.0/roleManagement/directory/roleAssignments",
};

/** Only beta says which roles are privileged. */
const definitionsRead: ReadDefinition = {
  ...common,
  fields: ["roleName", "isBuiltIn", "isPrivileged"],
  endpoint: "GET /beta/roleManagement/directory/roleDefinitions",
};

/** The reads of directory roles. */
export const directoryRoleReads: readonly ReadDefinition[] = [assignmentsRead, definitionsRead];

/** An assignment of a directory role. */
export interface DirectoryAssignmentAnswer {
  id?: string;
  principalId?: string;
  roleDefinitionId?: string;
  directoryScopeId?: string | null;
}

interface DefinitionAnswer {
  id?: string;
  displayName?: string | null;
  isBuiltIn?: boolean | null;
  isPrivileged?: boolean | null;
}

/** Every active assignment of a directory role in the tenant. */
export async function readDirectoryRoles(run: AzureRun): Promise<RoleRow[]> {
  const [assignments, definitions] = await Promise.all([
    readWhole<DirectoryAssignmentAnswer>(run, assignmentsRead),
    readWhole<DefinitionAnswer>(run, definitionsRead),
  ]);
  const line = { kind: readName(definitionsRead), scope: "tenant" };
  const sound = run.ledger.rowsOf(line, definitions.items, (each) => (soundDefinition(each) ? each : null));
  const roles = new Map(sound.map((each) => [each.id?.toLowerCase(), each]));
  const complete = definitions.complete && sound.length === definitions.items.length;
  return run.ledger.rowsOf({ kind: common.kind, scope: "tenant" }, assignments.items, (each) => {
    const row = directoryRoleRow(each);
    if (row?.roleDefinitionId === undefined) return row;
    const role = roles.get(row.roleDefinitionId);
    if (role === undefined) return complete ? { ...row, roleName: null, isBuiltIn: null, isPrivileged: null } : row;
    if (role.displayName !== undefined) row.roleName = role.displayName;
    if (role.isBuiltIn !== undefined) row.isBuiltIn = role.isBuiltIn;
    if (role.isPrivileged !== undefined) row.isPrivileged = role.isPrivileged;
    return row;
  });
}

/** An assignment as a row, without what its role's definition says; null where it has no id. */
export function directoryRoleRow(each: DirectoryAssignmentAnswer): RoleRow | null {
  if (typeof each.id !== "string") return null;
  const row: RoleRow = { id: each.id, directoryScopeId: each.directoryScopeId ?? null };
  if (each.principalId !== undefined) row.principalId = each.principalId.toLowerCase();
  if (each.roleDefinitionId !== undefined) row.roleDefinitionId = each.roleDefinitionId.toLowerCase();
  return row;
}

async function readWhole<Item>(
  { ledger, azure }: AzureRun,
  read: ReadDefinition,
): Promise<{ items: Item[]; complete: boolean }> {
  const path = read.endpoint.slice("GET ".length);
  return ledger.read<Item>({ read, scope: "tenant", service: azure.graph }, listUnder("value"), (reading) =>
    followPages(reading, { method: "GET", path }),
  );
}

function soundDefinition({ id, displayName, isBuiltIn, isPrivileged }: DefinitionAnswer): boolean {
  const flags = [isBuiltIn, isPrivileged].every((each) => each === undefined || typeof each === "boolean");
  return typeof id === "string" && (displayName === undefined || typeof displayName === "string") && flags;
}
