import { IncompleteList, Unread } from "../../policy/value.ts";
import type {
  AzureDiagnosticSetting,
  AzureKeyVault,
  AzurePrincipal,
  AzureRoleAssignment,
  AzureStorageContainer,
} from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { type Environments, union } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { ComputedTable } from "./computed.ts";
import { ofPrincipal, ofRow, unreadEnvironments } from "./environments.ts";
import { named } from "./references.ts";

/** The kinds whose values name stores, vaults and log workspaces. */
const naming = [
  "prefect.block",
  "prefect.deployment",
  "prefect.variable",
  "prefect.workPool",
  "synapse.linkedService",
  "synapse.pipeline",
] as const;

const ofHolder = ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment"];
const needs = [...ofHolder, ...naming, "azure.diagnosticSetting"];
const members = ["azure.principal.members"];
const controls = [...members, "azure.storageContainer.principalIds"];

/** The environments that use something, wherever it stands. */
export const uses: ComputedTable = {
  "azure.keyVault.letsIn": ofRow<AzureKeyVault>(ofPolicies, ofHolder, members),
  "azure.keyVault.usedIn": ofRow<AzureKeyVault>(
    (row, world) => union([...usesOf(row, world), ofPolicies(row, world)]),
    needs,
    members,
  ),
  "azure.logWorkspace.usedIn": ofRow(
    (row, world) => union([...usesOf(row, world), ofLogs("workspaceId", row, world)]),
    needs,
    members,
  ),
  "azure.storageAccount.letsIn": ofRow(ofAccessControl, [...ofHolder, "azure.storageContainer"], controls),
  "azure.storageAccount.usedIn": ofRow(
    (row, world) => union([...usesOf(row, world), ofLogs("storageAccountId", row, world), ofAccessControl(row, world)]),
    [...needs, "azure.storageContainer"],
    controls,
  ),
};

/** By the id of a resource: the environments of what names it, and who holds a grant on it or below it. */
interface Uses {
  names: ReadonlyMap<string, readonly Environments[]>;
  holders: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why there may be more of either. */
  missing: readonly Environments[];
}

/** Made once for each world, from every row that can name something. */
const made = new WeakMap<SnapshotWorld, Uses>();

function usesOf({ id }: Row, world: SnapshotWorld): Environments[] {
  let uses = made.get(world);
  if (uses === undefined) {
    uses = findUses(world);
    made.set(world, uses);
  }
  return [...(uses.names.get(id) ?? []), ofHolders(uses.holders.get(id) ?? [], world), ...uses.missing];
}

/** The resource that a scope is or lies in, of the kinds that are used; null for every other scope. */
const used =
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/(?:microsoft\.storage\/storageaccounts|microsoft\.keyvault\/vaults|microsoft\.operationalinsights\/workspaces)\/[^/]+/;

function findUses(world: SnapshotWorld): Uses {
  const names = new Map<string, Environments[]>();
  const holders = new Map<string, Set<string>>();
  const causes = new Set<string | null>();
  for (const kind of naming) {
    causes.add(world.missing(kind));
    // Read anew, so that the rows of these kinds need not stay in memory.
    for (const row of world.snapshot.count(kind) === 0 ? [] : world.snapshot.rows(kind)) {
      if (row.fields === undefined || row.hosts === undefined) causes.add(`the values of ${row.id} were not read`);
      const resources = new Set([...named(row, world).scopes].map((scope) => used.exec(scope)?.[0]));
      for (const resource of resources) {
        if (resource === undefined) continue;
        const list = names.get(resource) ?? [];
        names.set(resource, list);
        list.push(environmentsOf(kind, row, world));
      }
    }
  }
  causes.add(world.missing("azure.roleAssignment", "scope.id", "principalId"));
  for (const grants of world.index("azure.roleAssignment", "principalId").values()) {
    for (const { scope, principalId } of grants as readonly AzureRoleAssignment[]) {
      const resource = used.exec(scope?.id ?? "")?.[0];
      if (resource === undefined || principalId === undefined) continue;
      holders.set(resource, (holders.get(resource) ?? new Set()).add(principalId));
    }
  }
  const missing = [...causes].filter((cause) => cause !== null).map(unreadEnvironments);
  return { names, holders, missing };
}

function environmentsOf(kind: string, row: Row, world: SnapshotWorld): Environments {
  const found = world.field(kind, "environments", row);
  if (found instanceof Unread) return unreadEnvironments(found.cause);
  if (found instanceof IncompleteList) return { names: found.items as string[], missing: found.cause };
  return { names: found as string[], missing: null };
}

/** The environments of the identities among these; people work in several, and what is declared shared in all. */
function ofHolders(ids: Iterable<string>, world: SnapshotWorld): Environments {
  const parts: Environments[] = [];
  const { sharedIdentities } = world.configuration;
  const seen = new Set<string>();
  const add = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const [row] = world.index("azure.principal", "id").get(id) ?? [];
    if (row === undefined) {
      const missing = world.missing("azure.principal");
      if (missing !== null) parts.push(unreadEnvironments(missing));
      return;
    }
    const { type, appId, members } = row as AzurePrincipal;
    const open = Array.isArray(row.incomplete) && row.incomplete.includes("members");
    if (type === undefined) parts.push(unreadEnvironments(`the type of ${id} was not read`));
    else if (type === "ServicePrincipal" && appId === undefined && sharedIdentities.size > 0)
      parts.push(unreadEnvironments(`the client id of ${id}, which may be shared, was not read`));
    else if (type === "ServicePrincipal" && !(typeof appId === "string" && sharedIdentities.has(appId)))
      parts.push(ofPrincipal(row as AzurePrincipal & Row, world));
    else if (type === "Group") {
      if (members === undefined || open) parts.push(unreadEnvironments(`the members of ${id} were not all read`));
      for (const member of members ?? []) add(member);
    }
  };
  for (const id of ids) add(id);
  return union(parts);
}

/** Access policies count where no role assignments decide. */
function ofPolicies({ authorization, principalIds }: AzureKeyVault, world: SnapshotWorld): Environments {
  if (authorization === "rbac") return union([]);
  if (authorization === undefined || principalIds === undefined)
    return unreadEnvironments("the vault's access policies were not read");
  return ofHolders(principalIds, world);
}

function ofAccessControl({ id }: Row, world: SnapshotWorld): Environments {
  const containers = (world.index("azure.storageContainer", "accountId").get(id) ?? []) as readonly (Row &
    AzureStorageContainer)[];
  const missing = world.missing("azure.storageContainer", "accountId");
  return union([
    ofHolders(
      containers.flatMap(({ principalIds }) => principalIds ?? []),
      world,
    ),
    ...(missing === null ? [] : [unreadEnvironments(missing)]),
    ...containers
      .filter(({ principalIds }) => principalIds === undefined)
      .map((each) => unreadEnvironments(`the access control list of ${each.id} was not read`)),
  ]);
}

/** The environments of what sends its logs here. */
function ofLogs(field: "workspaceId" | "storageAccountId", { id }: Row, world: SnapshotWorld): Environments {
  const settings = (world.index("azure.diagnosticSetting", field).get(id) ?? []) as readonly AzureDiagnosticSetting[];
  const missing = world.missing("azure.diagnosticSetting", field);
  return union([
    ...settings.map(({ resourceId }) =>
      resourceId === undefined
        ? unreadEnvironments("azure.diagnosticSetting.resourceId was not read")
        : world.environments.around(resourceId),
    ),
    ...(missing === null ? [] : [unreadEnvironments(missing)]),
  ]);
}
