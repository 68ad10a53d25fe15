import { IncompleteList, Unread } from "../policy/value.ts";
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
  SynapseLinkedService,
  SynapseRoleAssignment,
} from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { anyMatches, type Environments, exactly, union } from "./environments.ts";
import type { SnapshotWorld } from "./world.ts";

type Derive = (row: Row, world: SnapshotWorld) => unknown;

/** Every computed field of every kind, by `<kind>.<field>`; what each is stands in the kind's schema. */
export const computed: Readonly<Record<string, Derive>> = {
  "azure.subscription.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.roleAssignment.environments": ofRow<AzureRoleAssignment>(ofRoleAssignment),
  "azure.roleEligibility.environments": ofRow<AzureRoleEligibility>(ofScoped),
  "azure.denyAssignment.environments": ofRow<AzureDenyAssignment>(ofScoped),
  "azure.delegation.environments": ofRow<AzureDelegation>(ofScoped),
  "azure.managementGroup.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.managedIdentity.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.roleDefinition.environments": ofRow<AzureRoleDefinition>((row, world) => {
    if (row.type === undefined || row.assignableScopes === undefined)
      return unreadEnvironments("the role's scopes were not read");
    if (row.type !== "CustomRole") return exactly([]);
    return union(row.assignableScopes.map((scope) => world.environments.ofScope(scope)));
  }),
  "azure.principal.environments": ofRow<AzurePrincipal>(ofPrincipal),
  "azure.principal.shared": (row, world) => {
    const appId = (row as AzurePrincipal).appId;
    if (appId === undefined) return new Unread("azure.principal.appId was not read");
    return appId !== null && world.configuration.sharedIdentities.has(appId);
  },
  "azure.credential.environments": ofRow<AzureCredential>((row, world) => {
    if (row.appId === undefined) return unreadEnvironments("azure.credential.appId was not read");
    return ofClientId(row.appId, world);
  }),
  "azure.application.environments": ofRow<AzureApplication>((row, world) => {
    if (row.appId === undefined) return unreadEnvironments("azure.application.appId was not read");
    return ofClientId(row.appId, world);
  }),
  "azure.directoryRole.environments": ofRow<AzureDirectoryRole>((row, world) => ofHolder(row.principalId, world)),
  "azure.appPermission.environments": ofRow<AzureAppPermission>((row, world) => ofHolder(row.principalId, world)),
  "azure.federatedCredential.environments": ofRow<AzureFederatedCredential>((row, world) => {
    if (row.appId === undefined || row.ownerId === undefined)
      return unreadEnvironments("the owner of the federated credential was not read");
    return union([
      ...(row.appId === null ? [] : [ofClientId(row.appId, world)]),
      ...(row.on === "managedIdentity" ? [world.environments.ofScope(row.ownerId)] : []),
    ]);
  }),
  "synapse.workspace.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.keyVault.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.keyVaultSecret.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.keyVaultKey.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.keyVaultCertificate.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.storageAccount.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "azure.storageContainer.environments": (row, world) => asList(world.environments.ofScope(row.id)),
  "synapse.roleAssignment.environments": ofRow<SynapseRoleAssignment>(ofSynapseRoleAssignment),
  "synapse.roleDefinition.environments": () => [],
  ...Object.fromEntries(
    [
      "synapse.sqlPool",
      "synapse.sparkPool",
      "synapse.linkedService",
      "synapse.credential",
      "synapse.pipeline",
      "azure.logWorkspace",
      "azure.diagnosticSetting",
    ].map((kind): [string, Derive] => [
      `${kind}.environments`,
      (row, world) => asList(world.environments.ofScope(row.id)),
    ]),
  ),
  "synapse.linkedService.refersTo": ofRow<SynapseLinkedService>(refersTo),
  "prefect.block.environments": ofRow<PrefectBlock>(ofBlock),
  "prefect.block.refersTo": ofRow<PrefectBlock>(refersTo),
  "prefect.deployment.environments": ofRow<PrefectDeployment>(ofDeployment),
  "prefect.workPool.environments": ofRow<PrefectWorkPool>(({ api, name }, world) =>
    ofServerObject(api, world, ({ workPools }) => anyMatches(workPools, name === undefined ? [] : [name]), name),
  ),
  "prefect.variable.environments": ofRow<PrefectVariable>(({ api, tags }, world) =>
    ofServerObject(api, world, (share) => anyMatches(share.tags, tags ?? []), tags),
  ),
  "prefect.workQueue.environments": ofRow<PrefectWorkQueue>(({ api, workPoolId }, world) =>
    ofServerObject(api, world, ({ workPools }) => anyMatches(workPools, poolNames(workPoolId)), workPoolId),
  ),
  "prefect.automation.environments": ofRow<PrefectAutomation>(({ api, tags }, world) =>
    ofServerObject(api, world, (share) => anyMatches(share.tags, tags ?? []), tags),
  ),
  "prefect.flow.environments": ofRow<PrefectFlow>(({ api, tags }, world) =>
    ofServerObject(api, world, (share) => anyMatches(share.tags, tags ?? []), tags),
  ),
  "prefect.flowRun.environments": ofRow<PrefectFlowRun>(ofFlowRun),
  "prefect.assetEvent.environments": ofRow<PrefectAssetEvent>(({ api, flowRunUuid }, world) => {
    const whole = ofServerObject(api, world, () => false);
    if (whole !== null || typeof flowRunUuid !== "string") return whole;
    const [run] = world.index("prefect.flowRun", "uuid").get(flowRunUuid) ?? [];
    return run === undefined ? null : ofFlowRun(run as PrefectFlowRun, world);
  }),
  "prefect.workspace.environments": ofRow<PrefectWorkspace>(({ api }, world) =>
    api === undefined || api === null ? exactly([]) : exactly(world.environments.ofServer(api)),
  ),
  "prefect.serviceAccount.environments": ofRow<PrefectServiceAccount>(ofServiceAccount),
  "prefect.workspaceAccess.environments": ofRow<PrefectWorkspaceAccess>(ofWorkspaceAccess),
};

/** The kinds whose reads a computed field depends on, beside the kind that it stands in. */
export const computedNeeds: Readonly<Record<string, readonly string[]>> = {
  "azure.principal.environments": ["azure.roleAssignment", "synapse.roleAssignment"],
  "azure.credential.environments": ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment"],
  "azure.application.environments": ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment"],
  "azure.directoryRole.environments": ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment"],
  "azure.appPermission.environments": ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment"],
  "azure.federatedCredential.environments": ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment"],
  "prefect.assetEvent.environments": ["prefect.flowRun"],
  "prefect.serviceAccount.environments": ["prefect.workspaceAccess", "prefect.workspace"],
  "prefect.workspaceAccess.environments": ["prefect.workspace"],
  "prefect.block.refersTo": ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment", "synapse.workspace"],
  "synapse.linkedService.refersTo": [
    "azure.principal",
    "azure.roleAssignment",
    "synapse.roleAssignment",
    "synapse.workspace",
  ],
};

function ofRow<Kind>(environments: (row: Kind & Row, world: SnapshotWorld) => Environments | null): Derive {
  return (row, world) => {
    const found = environments(row as Kind & Row, world);
    return found === null
      ? new Unread("the configuration does not say which environment this belongs to")
      : asList(found);
  };
}

function asList({ names, missing }: Environments): readonly string[] | IncompleteList {
  return missing === null ? names : new IncompleteList(names, missing);
}

function unreadEnvironments(missing: string): Environments {
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

function ofPrincipal(row: AzurePrincipal & Row, world: SnapshotWorld): Environments {
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

function ofHolder(principalId: string | undefined, world: SnapshotWorld): Environments {
  const principals = principalId === undefined ? undefined : world.index("azure.principal", "id").get(principalId);
  if (principals === undefined) return unreadEnvironments("the holder was not read");
  return union(principals.map((each) => ofPrincipal(each as AzurePrincipal & Row, world)));
}

function ofClientId(appId: string, world: SnapshotWorld): Environments {
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

/** The fields of a Synapse workspace that hold the hosts at which it is reached. */
const endpoints = ["sqlEndpoint", "sqlOnDemandEndpoint", "devEndpoint"];

/** What is declared shared belongs to everybody, so naming it refers to no environment. */
function refersTo(row: Pick<PrefectBlock, "clientIds" | "hosts">, world: SnapshotWorld): Environments {
  if (row.clientIds === undefined || row.hosts === undefined) return unreadEnvironments("its values were not read");
  const identities = row.clientIds
    .filter((id) => !world.configuration.sharedIdentities.has(id))
    .map((id) => ofClientId(id, world));
  const hosts = row.hosts
    .filter((host) => host.endsWith(".azuresynapse.net"))
    .map((host): Environments => {
      const workspaces = endpoints.flatMap((field) => world.index("synapse.workspace", field).get(host) ?? []);
      const missing = workspaces.length === 0 ? world.missing("synapse.workspace", ...endpoints) : null;
      if (missing !== null) return unreadEnvironments(missing);
      return union(workspaces.map((each) => world.environments.ofScope(each.id)));
    });
  return union([...identities, ...hosts]);
}
