import { actionTest } from "../resources/actions.ts";
import type {
  AzureKeyVault,
  AzureKeyVaultSecret,
  AzureManagedIdentity,
  AzureRoleAssignment,
  AzureStorageAccount,
  AzureStorageContainer,
  SynapseRoleAssignment,
  SynapseWorkspace,
} from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Known } from "../resources/permits.ts";
import { and, type Verdict } from "../resources/verdict.ts";
import { type Access, isCut } from "./access.ts";
import { type Right, rightsOn, synapseRights } from "./rights.ts";

/** When a right is there: always, for a while, or once its holder activates a role. */
export type When = "standing" | "activated" | "eligible";

/** A right that somebody has on a resource, and what gives it. */
export interface Reach {
  readonly principalId: string;
  readonly kind: string;
  readonly resource: Row;
  readonly right: string;
  /** The row that gives it: an assignment, or the resource itself where it names its own users. */
  readonly by: { readonly kind: string; readonly row: Row };
  /** In words, such as `Contributor on resource group rg-data-prod`. */
  readonly words: string;
  /** The group by which the principal has it; null where it is named itself. */
  readonly through: string | null;
  readonly when: When;
  /** True, or why it is not sure. */
  readonly verdict: true | string;
}

/** The kinds of resource that somebody can reach. */
export const reachable: readonly string[] = Object.keys(rightsOn);

/** Every right that a principal has on a resource, by its own grants and those of its groups. */
export function rightsOf(access: Access, principalId: string, kind: string, resource: Row): Known<Reach> {
  const groups = access.groupsOf(principalId);
  const ids = new Map<string, string | null>([...groups.items.map((id) => [id, id] as const), [principalId, null]]);
  const found: Reach[] = [];
  const missing: (string | null)[] = [groups.missing];
  const note = (
    right: string,
    verdict: Verdict,
    rest: Omit<Reach, "principalId" | "kind" | "resource" | "right" | "verdict">,
  ) => {
    if (verdict !== false) found.push({ principalId, kind, resource, right, verdict, ...rest });
  };
  for (const [rows, assignmentKind] of [
    [access.grantsOf(principalId), "azure.roleAssignment"],
    [access.eligibilitiesOf(principalId), "azure.roleEligibility"],
  ] as const) {
    missing.push(rows.missing);
    for (const row of rows.items) {
      for (const right of rightsOn[kind] ?? []) {
        const { plane, action } = right;
        const permitted = access.permitsBy(principalId, row, { plane, action, scope: resource.id });
        if (permitted === false) continue;
        note(right.name, and(permitted, counts(access, kind, resource, right)), {
          by: { kind: assignmentKind, row },
          words: wordsOf(access, row),
          through: ids.get(String(row.principalId)) ?? null,
          when: assignmentKind === "azure.roleEligibility" ? "eligible" : whenOf(row),
        });
      }
    }
  }
  const named = (right: string, id: string | null | undefined, words: string, verdict: Verdict = true): void => {
    if (id === null || id === undefined || !ids.has(id)) return;
    note(right, verdict, { by: { kind, row: resource }, words, through: ids.get(id) ?? null, when: "standing" });
  };
  if (kind === "azure.keyVault") missing.push(policiesOf(resource as AzureKeyVault & Row, named));
  if (kind === "azure.storageContainer") missing.push(listsOf(resource as AzureStorageContainer & Row, named));
  if (kind === "synapse.workspace") {
    const { entraAdministrator, sqlEntraAdministrator } = resource as SynapseWorkspace;
    named("administer SQL", entraAdministrator?.objectId, "administrator of the workspace");
    named("administer SQL", sqlEntraAdministrator?.objectId, "SQL administrator of the workspace");
    if (entraAdministrator === undefined || sqlEntraAdministrator === undefined)
      missing.push("who administers SQL was not read");
    const held = access.synapseGrantsOf(principalId);
    missing.push(held.missing);
    for (const row of held.items) {
      const { workspaceId, scope, roleDefinitionId } = row as SynapseRoleAssignment;
      if (workspaceId !== resource.id) continue;
      const role = access.rows.index("synapse.roleDefinition", "id").get(roleDefinitionId)?.[0];
      for (const right of synapseRights) {
        const allowed = actionTest(right.action, right.plane)(
          role?.permissions,
          role !== undefined && isCut(role, "permissions"),
        );
        note(right.name, allowed, {
          by: { kind: "synapse.roleAssignment", row },
          words: `${role?.name ?? "an unread role"} on ${scope ?? "an unread scope"}`,
          through: ids.get(String(row.principalId)) ?? null,
          when: "standing",
        });
      }
    }
  }
  return { items: found, missing: missing.find((each) => each !== null) ?? null };
}

/** Whether a right that a role gives means anything on the resource. */
function counts(access: Access, kind: string, resource: Row, { plane, name }: Right): Verdict {
  if (plane === "data" && (kind === "azure.keyVault" || kind === "azure.keyVaultSecret")) {
    const { vaultId } = resource as AzureKeyVaultSecret;
    const vault = kind === "azure.keyVault" ? resource : access.rows.index("azure.keyVault", "id").get(vaultId)?.[0];
    const { authorization } = (vault ?? {}) as AzureKeyVault;
    if (authorization === undefined) return "whether roles count in the vault was not read";
    return authorization === "rbac";
  }
  if (kind === "azure.managedIdentity") {
    const { type } = resource as AzureManagedIdentity;
    return type === undefined ? "whether an identity stands by itself was not read" : type === "userAssigned";
  }
  if (kind === "azure.storageAccount" && name === "read keys") {
    return (resource as AzureStorageAccount).allowSharedKeyAccess ?? "whether the account accepts keys was not read";
  }
  return true;
}

type Named = (right: string, id: string | null | undefined, words: string, verdict?: Verdict) => void;

/** What the access policies of a vault give; where its roles count they give nothing. */
function policiesOf({ authorization, accessPolicies }: AzureKeyVault, named: Named): string | null {
  if (authorization === "rbac") return null;
  if (authorization === undefined || accessPolicies === undefined)
    return "the access policies of a vault were not read";
  for (const { objectId, applicationId, secrets, keys } of accessPolicies) {
    const verdict: Verdict =
      applicationId === null ? true : "the policy counts only for sign-ins by way of one application";
    const has = (list: readonly string[] | undefined, permission: string): Verdict =>
      list === undefined ? "an access policy was not read" : list.includes(permission) || list.includes("all");
    named("read secrets", objectId, "an access policy of the vault", and(has(secrets, "get"), verdict));
    named("change secrets", objectId, "an access policy of the vault", and(has(secrets, "set"), verdict));
    named("use keys", objectId, "an access policy of the vault", and(has(keys, "decrypt"), verdict));
  }
  return null;
}

/** Why a right that a file system's root gives is not sure. */
export const belowRoot = "the access control lists below the root of a file system are not read";

/** What the access control list at the root of a file system gives: what lies below has lists of its own. */
function listsOf(row: AzureStorageContainer & Row, named: Named): string | null {
  const { accessControl, isHnsEnabled } = row;
  if (isHnsEnabled === false || accessControl === null) return null;
  if (accessControl === undefined) return "the access control list of a file system was not read";
  const entries = accessControl.acl ?? [];
  const mask = entries.find((each) => each.type === "mask" && each.scope === "access")?.permissions ?? "rwx";
  const note = (id: string | null | undefined, permissions: string | undefined, words: string): void => {
    if (permissions?.[0] === "r") named("read data", id, words, belowRoot);
    if (permissions?.[1] === "w") named("write data", id, words, belowRoot);
  };
  note(accessControl.owner, accessControl.permissions?.slice(0, 3), "owner of the file system's root");
  note(
    accessControl.group,
    limited(accessControl.permissions?.slice(3, 6), mask),
    "owning group of the file system's root",
  );
  for (const { scope, type, id, permissions } of entries) {
    if (scope === "access" && (type === "user" || type === "group"))
      note(id, limited(permissions, mask), "the access control list at the file system's root");
  }
  return isCut(row, "accessControl") ? "the access control list of a file system was not read" : null;
}

/** What the mask leaves of an entry. */
function limited(permissions: string | undefined, mask: string): string | undefined {
  return permissions && [...permissions].map((each, index) => (mask[index] === "-" ? "-" : each)).join("");
}

/** When a role assignment is there. */
export function whenOf(row: Row): When {
  return (row as AzureRoleAssignment).assignmentType === "activated" ? "activated" : "standing";
}

/** A role on a scope in words, such as `Contributor on resource group rg-data-prod, under a condition`. */
export function wordsOf(access: Access, row: Row): string {
  const { roleDefinitionId, scope, condition } = row as AzureRoleAssignment;
  const role = access.rows.index("azure.roleDefinition", "id").get(roleDefinitionId)?.[0];
  const name = typeof role?.name === "string" ? role.name : "an unread role";
  const limit = typeof condition === "string" ? ", under a condition" : "";
  return `${name} on ${placeOf(access, scope)}${limit}`;
}

const levels: Readonly<Record<string, string>> = {
  managementGroup: "management group",
  resourceGroup: "resource group",
};

const types: Readonly<Record<string, string>> = {
  storageaccounts: "storage account",
  userassignedidentities: "managed identity",
  vaults: "key vault",
};

/** A scope in words. */
function placeOf(access: Access, scope: AzureRoleAssignment["scope"]): string {
  if (scope?.id === undefined) return "an unread scope";
  if (scope.level === "tenant") return "the whole tenant";
  if (scope.level === "subscription") {
    const name = access.rows.index("azure.subscription", "id").get(scope.id)?.[0]?.displayName;
    return `subscription ${typeof name === "string" ? name : scope.name}`;
  }
  if (scope.level !== "resource") return `${levels[scope.level ?? ""] ?? "scope"} ${scope.name ?? scope.id}`;
  const type = scope.resourceType?.split("/").at(-1) ?? "resource";
  const around = scope.id.split("/providers/").at(-1)?.split("/") ?? [];
  // Below a resource the name alone does not say where: around is namespace, type, name, and then what lies in it.
  const of = around.length > 3 ? ` of ${around[2]}` : "";
  return `${types[type] ?? type.replace(/s$/, "")} ${scope.name ?? scope.id}${of}`;
}

/** Everything that a principal reaches. */
export function reachOf(access: Access, principalId: string): Known<Reach> {
  const parts = reachable.flatMap((kind) => [
    { items: [], missing: access.rows.missing(kind) },
    ...all(access, kind).map((row) => rightsOf(access, principalId, kind, row)),
  ]);
  return joined(parts);
}

/** Everybody who reaches a resource: each has a grant, or is named by the resource itself. */
export function reachedBy(access: Access, kind: string, resource: Row): Known<Reach> {
  const held = new Set<string>();
  const missing: (string | null)[] = [];
  const add = (id: string | null | undefined): void => {
    if (id === null || id === undefined) return;
    held.add(id);
    const principal = access.principal(id);
    if (principal?.type !== "Group" && principal?.type !== "ForeignGroup") return;
    const members = access.membersOf(id);
    missing.push(members.missing);
    for (const member of members.items) held.add(member);
  };
  for (const kindOfGrant of ["azure.roleAssignment", "azure.roleEligibility"]) {
    missing.push(access.rows.missing(kindOfGrant));
    for (const scope of access.scopesAround(resource.id).items)
      for (const row of access.rows.index(kindOfGrant, "scope.id").get(scope) ?? []) add(row.principalId as string);
  }
  missing.push(access.scopesAround(resource.id).missing);
  for (const each of (resource as AzureKeyVault).accessPolicies ?? []) add(each.objectId);
  for (const each of (resource as AzureStorageContainer).principalIds ?? []) add(each);
  if (kind === "synapse.workspace") {
    const { entraAdministrator, sqlEntraAdministrator } = resource as SynapseWorkspace;
    add(entraAdministrator?.objectId);
    add(sqlEntraAdministrator?.objectId);
    missing.push(access.rows.missing("synapse.roleAssignment", "workspaceId"));
    for (const row of access.rows.index("synapse.roleAssignment", "workspaceId").get(resource.id) ?? [])
      add(row.principalId as string);
  }
  const found = joined([...held].map((id) => rightsOf(access, id, kind, resource)));
  return { items: found.items, missing: missing.find((each) => each !== null) ?? found.missing };
}

/** The rows of a kind. */
export function all(access: Access, kind: string): readonly Row[] {
  return [...access.rows.index(kind, "id").values()].flat();
}

function joined(parts: readonly Known<Reach>[]): Known<Reach> {
  return {
    items: parts.flatMap((each) => each.items),
    missing: parts.find((each) => each.missing !== null)?.missing ?? null,
  };
}
