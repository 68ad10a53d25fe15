import type { Configuration } from "../../config/config.ts";
import { IncompleteList, Unread } from "../../policy/value.ts";
import type {
  AzureApplication,
  AzureAppPermission,
  AzureCredential,
  AzureDelegation,
  AzureDenyAssignment,
  AzureDirectoryRole,
  AzureFederatedCredential,
  AzurePrincipal,
  AzureRoleAssignment,
  AzureRoleDefinition,
  AzureRoleEligibility,
  PrefectAssetEvent,
  PrefectAutomation,
  PrefectBlock,
  PrefectDeployment,
  PrefectFlow,
  PrefectFlowRun,
  PrefectServiceAccount,
  PrefectVariable,
  PrefectWorkPool,
  PrefectWorkQueue,
  PrefectWorkspace,
  PrefectWorkspaceAccess,
  SourceDeclaration,
  SourceFile,
  SynapseRoleAssignment,
} from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { anyMatches, type Environments, exactly, union } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { Computed, ComputedTable } from "./computed.ts";

/** What the environments of somebody's grants depend on. */
const ofGrants = ["azure.roleAssignment", "synapse.roleAssignment"] as const;
const ofHolders = ["azure.principal", ...ofGrants] as const;

/** The kinds that stand at an Azure id, and belong where it lies. */
const placed = [
  "azure.keyVault",
  "azure.keyVaultCertificate",
  "azure.keyVaultKey",
  "azure.keyVaultSecret",
  "azure.logWorkspace",
  "azure.diagnosticSetting",
  "azure.managedIdentity",
  "azure.managementGroup",
  "azure.storageAccount",
  "azure.storageContainer",
  "azure.subscription",
  "synapse.credential",
  "synapse.linkedService",
  "synapse.pipeline",
  "synapse.sparkPool",
  "synapse.sqlPool",
  "synapse.workspace",
];

/** The environments of every kind. */
export const environments: ComputedTable = {
  ...Object.fromEntries(
    placed.map((kind) => [
      `${kind}.environments`,
      { derive: (row, world) => asList(world.environments.ofScope(row.id)) },
    ]),
  ),
  "azure.roleAssignment.environments": ofRow<AzureRoleAssignment>(ofRoleAssignment),
  "azure.roleEligibility.environments": ofRow<AzureRoleEligibility>(ofScoped),
  "azure.denyAssignment.environments": ofRow<AzureDenyAssignment>(ofScoped),
  "azure.delegation.environments": ofRow<AzureDelegation>(ofScoped),
  "azure.roleDefinition.environments": ofRow<AzureRoleDefinition>((row, world) => {
    if (row.type === undefined || row.assignableScopes === undefined)
      return unreadEnvironments("the role's scopes were not read");
    if (row.type !== "CustomRole") return exactly([]);
    return union(row.assignableScopes.map((scope) => world.environments.ofScope(scope)));
  }),
  "azure.principal.environments": ofRow<AzurePrincipal>(ofPrincipal, ofGrants),
  "azure.credential.environments": ofRow<AzureCredential>((row, world) => {
    if (row.appId === undefined) return unreadEnvironments("azure.credential.appId was not read");
    return ofClientId(row.appId, world);
  }, ofHolders),
  "azure.application.environments": ofRow<AzureApplication>((row, world) => {
    if (row.appId === undefined) return unreadEnvironments("azure.application.appId was not read");
    return ofClientId(row.appId, world);
  }, ofHolders),
  "azure.directoryRole.environments": ofRow<AzureDirectoryRole>(
    (row, world) => ofHolder(row.principalId, world),
    ofHolders,
  ),
  "azure.appPermission.environments": ofRow<AzureAppPermission>(
    (row, world) => ofHolder(row.principalId, world),
    ofHolders,
  ),
  "azure.federatedCredential.environments": ofRow<AzureFederatedCredential>((row, world) => {
    if (row.appId === undefined || row.ownerId === undefined)
      return unreadEnvironments("the owner of the federated credential was not read");
    return union([
      ...(row.appId === null ? [] : [ofClientId(row.appId, world)]),
      ...(row.on === "managedIdentity" ? [world.environments.ofScope(row.ownerId)] : []),
    ]);
  }, ofHolders),
  "synapse.roleAssignment.environments": ofRow<SynapseRoleAssignment>(ofSynapseRoleAssignment),
  "synapse.roleDefinition.environments": { derive: () => [] },
  "prefect.block.environments": ofRow<PrefectBlock>(ofBlock),
  "prefect.deployment.environments": ofRow<PrefectDeployment>(ofDeployment),
  "prefect.workPool.environments": ofRow<PrefectWorkPool>(({ api, name }, world) =>
    ofServerObject(api, world, ({ workPools }) => anyMatches(workPools, name === undefined ? [] : [name]), name),
  ),
  "prefect.variable.environments": ofTagged<PrefectVariable>(),
  "prefect.workQueue.environments": ofRow<PrefectWorkQueue>(({ api, workPoolId }, world) =>
    ofServerObject(api, world, ({ workPools }) => anyMatches(workPools, poolNames(workPoolId)), workPoolId),
  ),
  "prefect.automation.environments": ofTagged<PrefectAutomation>(),
  "prefect.flow.environments": ofTagged<PrefectFlow>(),
  "prefect.flowRun.environments": ofRow<PrefectFlowRun>(ofFlowRun),
  "prefect.assetEvent.environments": ofRow<PrefectAssetEvent>(
    ({ api, flowRunUuid }, world) => {
      const whole = ofServerObject(api, world, () => false);
      if (whole !== null || typeof flowRunUuid !== "string") return whole;
      const [run] = world.index("prefect.flowRun", "uuid").get(flowRunUuid) ?? [];
      return run === undefined ? null : ofFlowRun(run as PrefectFlowRun, world);
    },
    ["prefect.flowRun"],
  ),
  "prefect.workspace.environments": ofRow<PrefectWorkspace>(({ api }, world) =>
    api === undefined || api === null ? exactly([]) : exactly(world.environments.ofServer(api)),
  ),
  "prefect.serviceAccount.environments": ofRow<PrefectServiceAccount>(ofServiceAccount, [
    "prefect.workspaceAccess",
    "prefect.workspace",
  ]),
  "prefect.workspaceAccess.environments": ofRow<PrefectWorkspaceAccess>(ofWorkspaceAccess, ["prefect.workspace"]),
  "source.declaration.environments": ofRow<SourceDeclaration>(({ file }, { configuration }) =>
    ofFile(file ?? "", configuration),
  ),
  "source.file.environments": ofRow<SourceFile>(({ id }, { configuration }) => ofFile(id, configuration)),
};

function ofFile(path: string, { environments }: Configuration): Environments {
  return exactly(
    environments.filter(({ source }) => source.some((glob) => glob.matches(path))).map(({ name }) => name),
  );
}

/** What belongs where its tags say, on a server that several environments share. */
function ofTagged<Kind extends { api?: string; tags?: string[] }>(): Computed {
  return ofRow<Kind>(({ api, tags }, world) =>
    ofServerObject(api, world, (share) => anyMatches(share.tags, tags ?? []), tags),
  );
}

/** The field whose value is the environments that are found for a row; null where the configuration does not say. */
export function ofRow<Kind>(
  find: (row: Kind & Row, world: SnapshotWorld) => Environments | null,
  needs: readonly string[] = [],
  fields: readonly string[] = [],
): Computed {
  return {
    needs,
    fields,
    derive(row, world) {
      const found = find(row as Kind & Row, world);
      return found === null
        ? new Unread("the configuration does not say which environment this belongs to")
        : asList(found);
    },
  };
}

function asList({ names, missing }: Environments): readonly string[] | IncompleteList {
  return missing === null ? names : new IncompleteList(names, missing);
}

/** None that are known, and why there may be some. */
export function unreadEnvironments(missing: string): Environments {
  return { names: [], missing };
}

function ofRoleAssignment(row: AzureRoleAssignment, world: SnapshotWorld): Environments {
  const scope = row.scope?.id;
  return scope === undefined
    ? unreadEnvironments("azure.roleAssignment.scope was not read")
    : world.environments.ofScope(scope);
}

function ofScoped({ scope }: { scope?: { id?: string } }, world: SnapshotWorld): Environments {
  return scope?.id === undefined ? unreadEnvironments("the scope was not read") : world.environments.ofScope(scope.id);
}

function ofSynapseRoleAssignment(row: SynapseRoleAssignment, world: SnapshotWorld): Environments {
  const { workspaceId } = row;
  return workspaceId === undefined
    ? unreadEnvironments("synapse.roleAssignment.workspaceId was not read")
    : world.environments.ofScope(workspaceId);
}

/** The environments that the grants of a principal reach, and those that the configuration gives it. */
export function ofPrincipal(row: AzurePrincipal & Row, world: SnapshotWorld): Environments {
  const azure = (world.index("azure.roleAssignment", "principalId").get(row.id) ??
    []) as readonly AzureRoleAssignment[];
  const synapse = (world.index("synapse.roleAssignment", "principalId").get(row.id) ??
    []) as readonly SynapseRoleAssignment[];
  const parts = [
    ...azure.map((each) => ofRoleAssignment(each, world)),
    ...synapse.map((each) => ofSynapseRoleAssignment(each, world)),
  ];
  if (row.appId === undefined) parts.push(unreadEnvironments("azure.principal.appId was not read"));
  else if (row.appId !== null) parts.push(world.environments.ofIdentity(row.appId));
  for (const kind of ["azure.roleAssignment", "synapse.roleAssignment"]) {
    const missing = world.missing(kind, "principalId");
    if (missing !== null) parts.push(unreadEnvironments(missing));
  }
  return union(parts);
}

/** The environments of the principal with an object id. */
export function ofHolder(principalId: string | undefined, world: SnapshotWorld): Environments {
  const principals = principalId === undefined ? undefined : world.index("azure.principal", "id").get(principalId);
  if (principals === undefined) return unreadEnvironments("the holder was not read");
  return union(principals.map((each) => ofPrincipal(each as AzurePrincipal & Row, world)));
}

/** The environments of the identity with a client id. */
export function ofClientId(appId: string, world: SnapshotWorld): Environments {
  const principals = (world.index("azure.principal", "appId").get(appId) ?? []) as readonly (AzurePrincipal & Row)[];
  const missing = principals.length === 0 ? world.missing("azure.principal", "appId") : null;
  return union([
    world.environments.ofIdentity(appId),
    ...principals.map((each) => ofPrincipal(each, world)),
    ...(missing === null ? [] : [unreadEnvironments(missing)]),
  ]);
}

/** @param tells the fields that tell to which part of a shared server an object belongs; undefined where one was not read */
function ofServerObject(
  api: string | undefined,
  world: SnapshotWorld,
  belongs: Parameters<SnapshotWorld["environments"]["ofPrefect"]>[1],
  ...tells: readonly unknown[]
): Environments | null {
  if (api === undefined) return null;
  const found = world.environments.ofPrefect(api, belongs);
  const open = tells.includes(undefined) && world.environments.ofServer(api).length > 1;
  return open
    ? union([...(found === null ? [] : [found]), unreadEnvironments("what tells its part was not read")])
    : found;
}

function ofDeployment({ api, tags, workPoolId }: PrefectDeployment, world: SnapshotWorld): Environments | null {
  return ofServerObject(
    api,
    world,
    (share) => anyMatches(share.tags, tags ?? []) || anyMatches(share.workPools, poolNames(workPoolId)),
    tags,
    workPoolId,
  );
}

/** The name in the id of a work pool; none where there is no pool. */
function poolNames(workPoolId: string | null | undefined): readonly string[] {
  const pool = workPoolId?.split("/workPool/")[1];
  return pool === undefined ? [] : [pool];
}

function ofFlowRun({ api, tags, workPoolId }: PrefectFlowRun, world: SnapshotWorld): Environments | null {
  return ofServerObject(
    api,
    world,
    (share) => anyMatches(share.tags, tags ?? []) || anyMatches(share.workPools, poolNames(workPoolId)),
    tags,
    workPoolId,
  );
}

/** The environments of the workspace; a role in the account reaches every workspace of it. */
function ofWorkspaceAccess(row: PrefectWorkspaceAccess, world: SnapshotWorld): Environments {
  const { accountId, workspaceUuid } = row;
  if (accountId === undefined || workspaceUuid === undefined)
    return unreadEnvironments("the workspace that is given access to was not read");
  const workspaces = (
    workspaceUuid === null
      ? world.index("prefect.workspace", "accountId").get(accountId)
      : world.index("prefect.workspace", "uuid").get(workspaceUuid)
  ) as readonly PrefectWorkspace[] | undefined;
  const names = (workspaces ?? []).flatMap(({ api }) =>
    api === undefined || api === null ? [] : world.environments.ofServer(api),
  );
  return {
    names: exactly(names).names,
    missing: world.missing("prefect.workspace", workspaceUuid === null ? "accountId" : "uuid"),
  };
}

function ofServiceAccount({ actorId }: PrefectServiceAccount, world: SnapshotWorld): Environments {
  if (actorId === undefined) return unreadEnvironments("prefect.serviceAccount.actorId was not read");
  const access = [...world.index("prefect.workspaceAccess", "id").values()]
    .flat()
    .map((each) => each as PrefectWorkspaceAccess)
    .filter((each) => each.actorId === actorId || each.members?.includes(actorId) === true);
  const missing = world.missing("prefect.workspaceAccess", "actorId");
  return union([
    ...access.filter(({ through }) => through !== "account").map((each) => ofWorkspaceAccess(each, world)),
    ...(missing === null ? [] : [unreadEnvironments(missing)]),
  ]);
}

/** Where the configuration's globs do not say it, a block belongs where the deployments that name it do. */
function ofBlock(row: PrefectBlock & Row, world: SnapshotWorld): Environments | null {
  const named = ofServerObject(row.api, world, ({ blocks }) =>
    anyMatches(blocks, row.name === undefined ? [] : [row.name]),
  );
  if (named !== null) return named;
  const users = [...world.index("prefect.deployment", "id").values()].flat().filter((each) => {
    const { blocks } = each as PrefectDeployment & Row;
    return blocks?.includes(row.id) === true;
  });
  const found = users
    .map((each) => ofDeployment(each as PrefectDeployment & Row, world))
    .filter((each) => each !== null);
  const missing = world.missing("prefect.deployment", "blocks");
  return found.length === 0 ? null : union([...found, ...(missing === null ? [] : [unreadEnvironments(missing)])]);
}
