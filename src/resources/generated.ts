// Made from schemas/ by `npm run generate`. Change the schema, not this file.

/**
 * Names of the list fields of this row that could not be read to their end.
 */
export type Incomplete = string[];
/**
 * waivers.yaml: failures that were accepted for a time, each with who asked and who approved.
 */
export type WaiversFile = (FindingWaiver | ReadWaiver)[];

/**
 * Where a role assignment applies: the scope itself and everything below it.
 */
export interface Scope {
  /**
   * The scope's id in lower case: / for the tenant root, /providers/microsoft.management/managementgroups/…, /subscriptions/…
   */
  id?: string;
  /**
   * How high the scope stands. A child resource or a data scope such as a blob container is a resource.
   */
  level?: "tenant" | "managementGroup" | "subscription" | "resourceGroup" | "resource";
  /**
   * The subscription's GUID; null above subscriptions.
   */
  subscriptionId?: string | null;
  /**
   * The resource group's name in lower case; null above resource groups.
   */
  resourceGroup?: string | null;
  /**
   * Provider and type without names, as in Microsoft.Synapse/workspaces or Microsoft.Storage/storageAccounts/blobServices/containers; null above resources. Compared without regard to case.
   */
  resourceType?: string | null;
  /**
   * The last name in the id; null for the tenant root.
   */
  name?: string | null;
}
/**
 * One element of a role's permissions. What an element leaves out with notActions, another element may still grant.
 */
export interface Permission {
  /**
   * Control plane actions granted; * stands for any run of characters.
   */
  actions?: string[];
  /**
   * Control plane actions left out of this element; not a denial.
   */
  notActions?: string[];
  /**
   * Data plane actions granted.
   */
  dataActions?: string[];
  /**
   * Data plane actions left out of this element.
   */
  notDataActions?: string[];
  /**
   * The condition under which this element grants anything.
   */
  condition?: string | null;
  /**
   * The version of the condition's language.
   */
  conditionVersion?: string | null;
}
/**
 * One value inside a Prefect object, with secrets masked inside the string.
 */
export interface Field {
  /**
   * Where the value stands, as in connection_info.password or env.AZURE_CLIENT_ID or commands[0].
   */
  path?: string;
  /**
   * The value as text; null where it is null.
   */
  value?: string | null;
}
/**
 * A credential found in the clear. No part of its value is kept.
 */
export interface Secret {
  /**
   * Where the credential stands inside the object.
   */
  path?: string;
  /**
   * What kind of credential it is, as in azure_storage_account_key; names follow GitHub's secret scanning where it has one.
   */
  type?: string;
  /**
   * How sure the finding is: a checksum proves it, its format shows it, or the place it stands in suggests it.
   */
  tier?: "confirmed" | "format" | "contextual";
  /**
   * The length of the value in characters, as a range.
   */
  lengthBucket?: "1-7" | "8-15" | "16-31" | "32-63" | "64-127" | "128+";
  /**
   * The same for the same credential wherever it stands, by HMAC under the organisation's key; null without a key.
   */
  fingerprint?: string | null;
}
/**
 * A client secret or certificate of an application or service principal; never its value.
 */
export interface AzureCredential {
  /**
   * <application|servicePrincipal>/<object id>/<key id>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * What the credential is attached to.
   */
  on?: "application" | "servicePrincipal";
  /**
   * The object id of that application or service principal.
   */
  ownerId?: string;
  /**
   * Its display name.
   */
  ownerName?: string | null;
  /**
   * The application (client) id.
   */
  appId?: string;
  /**
   * A password credential or a key credential.
   */
  type?: "secret" | "certificate";
  /**
   * What the person who made it wrote.
   */
  displayName?: string | null;
  /**
   * From when it is valid. Whoever makes a credential can set this, so it is a claim of its age and no proof.
   */
  start?: string | null;
  /**
   * Until when it is valid; null: no end.
   */
  end?: string | null;
  /**
   * Whether it belongs to a SAML signing certificate, which signs tokens and opens nothing.
   */
  samlSigning?: boolean;
  /**
   * Whether the platform makes and rotates it, as for managed identities.
   */
  managed?: boolean;
}
/**
 * A user, group, service principal or managed identity that holds a grant, or a service principal of the tenant.
 */
export interface AzurePrincipal {
  /**
   * The object id in Entra ID.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * User, Group, ServicePrincipal, ForeignGroup or Device.
   */
  type?: string;
  /**
   * Deleted: Entra ID no longer knows it. Foreign: it lives in another tenant and cannot be looked up from here.
   */
  state?: "active" | "disabled" | "deleted" | "foreign";
  /**
   * The name people see.
   */
  displayName?: string | null;
  /**
   * Member or Guest; null for what is not a user.
   */
  userType?: string | null;
  /**
   * The application (client) id of a service principal; null otherwise.
   */
  appId?: string | null;
  /**
   * Application, ManagedIdentity, Legacy or SocialIdp; null for what is not a service principal.
   */
  servicePrincipalType?: string | null;
  /**
   * The tenant of the application behind a service principal.
   */
  appOwnerTenantId?: string | null;
  /**
   * The Azure resource of a managed identity.
   */
  managedIdentityResourceId?: string | null;
}
/**
 * A grant of a role to a principal at a scope. Read with api-version 2022-04-01 or later, below which conditions are missing.
 */
export interface AzureRoleAssignment {
  /**
   * The assignment's id in lower case.
   */
  id: string;
  incomplete?: Incomplete;
  scope?: Scope;
  /**
   * The object id of the principal in Entra ID.
   */
  principalId?: string;
  /**
   * User, Group, ServicePrincipal, ForeignGroup or Device, as the assignment says it; null on some old ones.
   */
  principalType?: string | null;
  /**
   * The role definition's id in its tenant form, /providers/microsoft.authorization/roledefinitions/…, whatever form the assignment gave.
   */
  roleDefinitionId?: string;
  /**
   * The attribute condition; it restricts only the actions that it names. Null: none.
   */
  condition?: string | null;
  /**
   * The version of the condition's language.
   */
  conditionVersion?: string | null;
  /**
   * What the person who made the assignment wrote.
   */
  description?: string | null;
  /**
   * When it was made.
   */
  createdOn?: string | null;
  /**
   * When it was last changed.
   */
  updatedOn?: string | null;
  /**
   * The object id of who made it.
   */
  createdBy?: string | null;
  /**
   * The managed identity of another tenant that holds the grant.
   */
  delegatedManagedIdentityResourceId?: string | null;
}
/**
 * A built-in or custom role. Read with api-version 2022-05-01-preview, which carries the conditions of permissions.
 */
export interface AzureRoleDefinition {
  /**
   * The id in its tenant form, /providers/microsoft.authorization/roledefinitions/…
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The role's display name.
   */
  name?: string;
  /**
   * BuiltInRole or CustomRole.
   */
  type?: string;
  /**
   * What the role is for.
   */
  description?: string | null;
  /**
   * Where the role can be assigned.
   */
  assignableScopes?: string[];
  /**
   * What the role allows; each element stands for itself.
   */
  permissions?: Permission[];
}
/**
 * A subscription that the credential sees.
 */
export interface AzureSubscription {
  /**
   * /subscriptions/…
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The name people see; not unique.
   */
  displayName?: string;
  /**
   * Enabled, Warned, PastDue, Disabled or Deleted.
   */
  state?: string;
  /**
   * The tenant's GUID.
   */
  tenantId?: string | null;
  /**
   * The ids of the management groups above it, nearest first.
   */
  managementGroups?: string[];
}
/**
 * An event that a run wrote a dataset or referred to one (prefect.asset.*), in the window of time that was read. Prefect knows only assets that tasks declare, and a self-hosted server forgets events after a week unless it is told otherwise.
 */
export interface PrefectAssetEvent {
  /**
   * prefect:<api>/event/<uuid>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's id of the event.
   */
  uuid?: string;
  /**
   * As in prefect.asset.materialization.succeeded or prefect.asset.referenced.
   */
  event?: string;
  /**
   * What was done: written, tried to be written, or referred to as something that was built upon.
   */
  access?: "write" | "failedWrite" | "reference" | "other";
  /**
   * The dataset's key, as in abfss://curated@account.dfs.core.windows.net/shipments; masked where it holds a credential.
   */
  assetKey?: string;
  /**
   * When it happened.
   */
  occurred?: string | null;
  /**
   * Prefect's id of the run; null where the event names none.
   */
  flowRunUuid?: string | null;
  /**
   * Prefect's id of the task run.
   */
  taskRunUuid?: string | null;
  /**
   * Prefect's id of the run's deployment.
   */
  deploymentUuid?: string | null;
  /**
   * The keys of the datasets that it was made from.
   */
  upstream?: string[];
  /**
   * The tool that made it, as in dbt.
   */
  materializedBy?: string | null;
  /**
   * The asset's properties and the event's metadata, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
}
/**
 * An automation: what Prefect does by itself when something happens, or does not happen.
 */
export interface PrefectAutomation {
  /**
   * prefect:<api>/automation/<uuid>; names of automations need not be unique.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The description.
   */
  description?: string | null;
  /**
   * Whether it is on.
   */
  enabled?: boolean;
  /**
   * Tags; none where the server knows no tags of automations.
   */
  tags?: string[];
  /**
   * Its trigger, followed by those that a compound trigger is made of.
   */
  triggers?: PrefectTrigger[];
  /**
   * What it does, in order.
   */
  actions?: PrefectAction[];
  /**
   * The uuids of the blocks that its actions use.
   */
  blockUuids?: string[];
  /**
   * Every value in its trigger and actions, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
export interface PrefectTrigger {
  /**
   * event, metric, compound or sequence.
   */
  type?: string;
  /**
   * Reactive: when something happens. Proactive: when it does not. null for compound triggers.
   */
  posture?: string | null;
  /**
   * The events that fire it.
   */
  expect?: string[];
  /**
   * The events after which it starts to wait.
   */
  after?: string[];
  /**
   * After how many events it fires.
   */
  threshold?: number | null;
  /**
   * In how many seconds.
   */
  within?: number | null;
}
export interface PrefectAction {
  /**
   * As in run-deployment, send-notification, call-webhook, cancel-flow-run.
   */
  type?: string;
  /**
   * When it is done: as the trigger fires, as it resolves, or either time.
   */
  on?: "trigger" | "resolve" | "both";
  /**
   * The uuid of the deployment, work pool, work queue or automation that it acts on; null where the event names it.
   */
  target?: string | null;
  /**
   * The uuid of the block that it sends through.
   */
  blockUuid?: string | null;
}
/**
 * A block document: a saved connection or setting that flows load by name.
 */
export interface PrefectBlock {
  /**
   * prefect:<api>/block/<type slug>/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The block type's slug, as in azure-blob-storage-credentials.
   */
  type?: string;
  /**
   * The block type's name.
   */
  typeName?: string | null;
  /**
   * Whether the block has no name of its own and is hidden from lists by default.
   */
  anonymous?: boolean;
  /**
   * The version of the block type's schema that it was saved with, as in 0.4.13; non-versioned where the type has none.
   */
  schemaVersion?: string | null;
  /**
   * The checksum of that schema, as in sha256:….
   */
  schemaChecksum?: string;
  /**
   * What the block type can do, as in get-directory.
   */
  capabilities?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When anything in it was last changed. It proves age in one direction only: an old date means not rotated since.
   */
  updated?: string | null;
  /**
   * Every value in the block, secrets masked.
   */
  fields?: Field[];
  /**
   * The fields that the block type keeps secret, and whether they are set.
   */
  secretFields?: PrefectSecretField[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The application (client) ids that the block's values name.
   */
  clientIds?: string[];
  /**
   * The hosts that the block's values name, in lower case.
   */
  hosts?: string[];
  /**
   * The ids of the blocks that this one refers to.
   */
  blocks?: string[];
}
export interface PrefectSecretField {
  /**
   * A field that the block type keeps secret.
   */
  path?: string;
  /**
   * Whether it holds a value.
   */
  set?: boolean;
  /**
   * Whether that is certain: servers before 3.8.8 show a mask for a field that is not set too.
   */
  certain?: boolean;
}
/**
 * A deployment: a flow with its parameters, job variables, schedule and work pool.
 */
export interface PrefectDeployment {
  /**
   * prefect:<api>/deployment/<flow>/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The flow's name.
   */
  flow?: string;
  /**
   * The id of its work pool; null where it has none.
   */
  workPoolId?: string | null;
  /**
   * The work queue in that pool.
   */
  workQueueName?: string | null;
  /**
   * Whether its schedule is paused.
   */
  paused?: boolean;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * The version that was deployed.
   */
  version?: string | null;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Who made it, as the server tells.
   */
  createdBy?: string | null;
  /**
   * Every value in its parameters, job variables and pull steps, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * The ids of the blocks that its values and settings refer to.
   */
  blocks?: string[];
}
/**
 * A flow: a function that Prefect knows by name, whether or not a deployment runs it.
 */
export interface PrefectFlow {
  /**
   * prefect:<api>/flow/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * Labels, each value as text.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * When it was first seen.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Who made it; null where the server does not tell, as a self-hosted one never does.
   */
  createdBy?: string | null;
}
/**
 * A run of a flow that was due in the window of time that was read; the read's line in the ledger gives the window.
 */
export interface PrefectFlowRun {
  /**
   * prefect:<api>/flowRun/<uuid>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Prefect's id of its flow.
   */
  flowUuid?: string;
  /**
   * Prefect's id of its deployment; null where it was started without one, or the deployment is gone.
   */
  deploymentUuid?: string | null;
  /**
   * The id of the work pool that it was given to; null where none.
   */
  workPoolId?: string | null;
  /**
   * The work queue in that pool.
   */
  workQueueName?: string | null;
  /**
   * SCHEDULED, PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, CRASHED, PAUSED or CANCELLING.
   */
  state?: string | null;
  /**
   * The state's name, as in Late or TimedOut.
   */
  stateName?: string | null;
  /**
   * When it was due.
   */
  expectedStart?: string | null;
  /**
   * When it started; null where it has not.
   */
  start?: string | null;
  /**
   * When it ended; null where it has not.
   */
  end?: string | null;
  /**
   * How often it was started.
   */
  attempts?: number;
  /**
   * Whether a schedule made it.
   */
  scheduled?: boolean;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * The deployment's version that ran.
   */
  version?: string | null;
  /**
   * Who or what started it, as the server tells.
   */
  createdBy?: string | null;
  /**
   * As in DEPLOYMENT, AUTOMATION, USER; null where the server does not tell.
   */
  createdByType?: string | null;
  /**
   * The process, container or job that ran it, as its worker tells.
   */
  infrastructurePid?: string | null;
  /**
   * The task run that started it, where it is a subflow.
   */
  parentTaskRunUuid?: string | null;
  /**
   * Every value in its parameters and job variables, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * The ids of the blocks that its values refer to.
   */
  blocks?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * A service account of Prefect Cloud, with its API keys; never the keys themselves.
 */
export interface PrefectServiceAccount {
  /**
   * prefect:account/<account>/serviceAccount/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The account.
   */
  accountId?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * Its id as an actor, under which it has access.
   */
  actorId?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Its role in the account.
   */
  accountRole?: string;
  /**
   * Its API keys: the one in force first, then those that still work after a rotation.
   */
  keys?: PrefectApiKey[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
export interface PrefectApiKey {
  /**
   * The key's name.
   */
  name?: string;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it expires; null where it never does.
   */
  expires?: string | null;
  /**
   * Whether it is an old key that still works for a while after its rotation.
   */
  rotating?: boolean;
}
/**
 * A variable: a named value that every flow of the server can read.
 */
export interface PrefectVariable {
  /**
   * prefect:<api>/variable/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Every value in it, secrets masked; the path of a plain value is value.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
}
/**
 * A work pool: where and with which settings flow runs are started.
 */
export interface PrefectWorkPool {
  /**
   * prefect:<api>/workPool/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * process, kubernetes, azure-container-instance and so on.
   */
  type?: string;
  /**
   * Whether the pool is paused.
   */
  paused?: boolean;
  /**
   * How many of its runs may go on at once; null where there is no limit.
   */
  concurrencyLimit?: number | null;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Who made it; null where the server does not tell, as a self-hosted one never does.
   */
  createdBy?: string | null;
  /**
   * Every value in its base job template, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
}
/**
 * A work queue: one of the lines in which a work pool's runs wait, with its priority and limit.
 */
export interface PrefectWorkQueue {
  /**
   * prefect:<api>/workQueue/<work pool>/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The description.
   */
  description?: string | null;
  /**
   * The id of its work pool; null where it has none.
   */
  workPoolId?: string | null;
  /**
   * Its rank in the pool; 1 is the highest.
   */
  priority?: number;
  /**
   * How many of its runs may go on at once; null where there is no limit.
   */
  concurrencyLimit?: number | null;
  /**
   * Whether it is paused.
   */
  paused?: boolean;
  /**
   * READY, NOT_READY or PAUSED.
   */
  status?: string | null;
  /**
   * When a worker last asked it for runs; null where none has.
   */
  lastPolled?: string | null;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * A self-hosted Prefect server, or a workspace of Prefect Cloud: those of the configuration, and the others of the same account.
 */
export interface PrefectWorkspace {
  /**
   * prefect:<api>; prefect:account/<account>/workspace/<handle> for one that the configuration does not name.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * Its name in the configuration; null where it is not named there, so that nothing in it was read.
   */
  api?: string | null;
  /**
   * The name.
   */
  name?: string;
  /**
   * Where it runs.
   */
  hosting?: "selfHosted" | "cloud";
  /**
   * The host that answers.
   */
  address?: string;
  /**
   * The version of the self-hosted server; null for Prefect Cloud, which has none.
   */
  version?: string | null;
  /**
   * Prefect Cloud's id of it; null for a self-hosted server.
   */
  uuid?: string | null;
  /**
   * Its handle in Prefect Cloud.
   */
  handle?: string | null;
  /**
   * The description.
   */
  description?: string | null;
  /**
   * The account of Prefect Cloud that it stands in; null for a self-hosted server.
   */
  accountId?: string | null;
  /**
   * That account's name.
   */
  accountName?: string | null;
  /**
   * That account's plan, as in PRO or ENTERPRISE.
   */
  plan?: string | null;
  /**
   * After how many days Prefect Cloud forgets flow runs; null for a self-hosted server.
   */
  runRetentionDays?: number | null;
  /**
   * Whether anybody can see it; null for a self-hosted server.
   */
  public?: boolean | null;
  /**
   * The workspace role that every member of the account has in it; null where there is none.
   */
  defaultRoleId?: string | null;
  /**
   * When it was made; null for a self-hosted server.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * Who has which role in a workspace of Prefect Cloud: a user, a service account or a team; or a member of the account, whose role in it may reach every workspace.
 */
export interface PrefectWorkspaceAccess {
  /**
   * prefect:<api>/access/<uuid>; prefect:account/<account>/team/<team>/<workspace> and prefect:account/<account>/member/<actor> for what is given in the account.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The workspace's name in the configuration; null where it is given in the account.
   */
  api?: string | null;
  /**
   * The account.
   */
  accountId?: string;
  /**
   * Prefect Cloud's id of the workspace; null for a role in the account.
   */
  workspaceUuid?: string | null;
  /**
   * How it is given. account: a role in the account; its owners and admins own every workspace.
   */
  through?: "user" | "serviceAccount" | "team" | "account";
  /**
   * The user's or service account's id as an actor; null for a team.
   */
  actorId?: string | null;
  /**
   * The team's name; null where it is no team.
   */
  teamName?: string | null;
  /**
   * The name of who has it.
   */
  name?: string;
  /**
   * The user's address; null where there is none.
   */
  email?: string | null;
  /**
   * The actor ids of the team's members; none where it is no team.
   */
  members?: string[];
  /**
   * The role's id.
   */
  roleId?: string;
  /**
   * The role's name, as in Viewer, Developer or Owner.
   */
  role?: string;
  /**
   * Whether the role is the account's own; null for a role in the account.
   */
  customRole?: boolean | null;
  /**
   * What the role allows, as in see_blocks; none for a role in the account.
   */
  scopes?: string[];
  /**
   * Whether the member is active; true where that is not told.
   */
  active?: boolean;
  /**
   * When the member last signed in; null where that is not told.
   */
  lastLogin?: string | null;
  /**
   * When it was given; null where that is not told.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * A grant of a Synapse role inside a workspace; not visible in Azure role assignments.
 */
export interface SynapseRoleAssignment {
  /**
   * <workspace id>/roleassignments/<guid>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The workspace's resource id.
   */
  workspaceId?: string;
  /**
   * workspaces/<name>, or an item in it such as workspaces/<name>/bigDataPools/<pool>.
   */
  scope?: string;
  /**
   * The object id of the principal in Entra ID.
   */
  principalId?: string;
  /**
   * User, Group or ServicePrincipal; null on some old assignments.
   */
  principalType?: string | null;
  /**
   * The GUID of the Synapse role.
   */
  roleDefinitionId?: string;
}
/**
 * A role of Synapse access control. All of them are built in, and all that they allow are data actions.
 */
export interface SynapseRoleDefinition {
  /**
   * The role's GUID.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The role's name.
   */
  name?: string;
  /**
   * What the role is for.
   */
  description?: string | null;
  /**
   * What the role allows.
   */
  permissions?: Permission[];
}
/**
 * A Synapse workspace, as Azure Resource Manager answers it.
 */
export interface SynapseWorkspace {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The workspace's name.
   */
  name?: string;
  /**
   * The Azure region.
   */
  location?: string | null;
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The resource group's name in lower case.
   */
  resourceGroup?: string;
  /**
   * Whether SQL logins are refused and only Entra ID identities sign in; not set counts as false.
   */
  entraOnlyAuthentication?: boolean;
  /**
   * The SQL administrator's login, set when the workspace was made.
   */
  sqlAdministratorLogin?: string | null;
  /**
   * Enabled or Disabled; null: not set, which is Enabled.
   */
  publicNetworkAccess?: string | null;
  /**
   * default where there is a managed virtual network; null where there is none.
   */
  managedVirtualNetwork?: string | null;
  /**
   * Whether the managed network keeps data from leaving to other tenants.
   */
  preventDataExfiltration?: boolean;
  /**
   * SystemAssigned, SystemAssigned,UserAssigned or None.
   */
  identityType?: string | null;
  /**
   * The object id of the workspace's own managed identity.
   */
  identityPrincipalId?: string | null;
  /**
   * The host of the Synapse data plane.
   */
  devEndpoint?: string | null;
  /**
   * The host of the dedicated SQL pools.
   */
  sqlEndpoint?: string | null;
  /**
   * The host of the serverless SQL pool.
   */
  sqlOnDemandEndpoint?: string | null;
  /**
   * The address of the workspace's own storage account.
   */
  defaultDataLakeAccountUrl?: string | null;
  /**
   * Who may connect from the internet.
   */
  firewallRules?: SynapseFirewallRule[];
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
}
export interface SynapseFirewallRule {
  /**
   * The rule's name.
   */
  name?: string;
  /**
   * First IPv4 address.
   */
  start?: string;
  /**
   * Last IPv4 address.
   */
  end?: string;
}
/**
 * A leastwise policy: what to look at, what must hold, and what to do where it does not.
 */
export interface PolicyFile {
  /**
   * <family>/<name>, in lower case words joined by hyphens.
   */
  id: string;
  /**
   * What holds where the policy passes, as one sentence.
   */
  title: string;
  /**
   * How much harm a failure can do.
   */
  severity: "critical" | "high" | "medium" | "low";
  /**
   * Certain: a failure is always one. Likely: the evidence allows another reading.
   */
  confidence: "certain" | "likely";
  controls: PolicyControls;
  /**
   * The kind of resource; in expressions the resource is r.
   */
  target: string;
  /**
   * Values that a configuration may change.
   */
  params?: {
    [k: string]: PolicyParameter;
  };
  /**
   * <name> in <list>: one finding an element of the list.
   */
  each?: string;
  /**
   * With each: an expression that names the element inside the resource; part of the finding's id.
   */
  key?: string;
  /**
   * Which resources the policy is about; all where it is absent.
   */
  when?: string;
  /**
   * What must hold.
   */
  require: string;
  /**
   * The finding in one sentence; {…} holds an expression.
   */
  message: string;
  /**
   * Why it matters.
   */
  rationale?: string;
  remediation?: PolicyRemediation;
  /**
   * Where to read more.
   */
  references?: string[];
  /**
   * Examples with the outcome each must have.
   */
  tests?: PolicyTest[];
}
/**
 * The criteria that the policy supports.
 */
export interface PolicyControls {
  /**
   * SOC 2 criteria: a list, or a map from the criterion to the reason.
   */
  soc2:
    | [string, ...string[]]
    | {
        [k: string]: string;
      };
}
export interface PolicyParameter {
  /**
   * The parameter's type.
   */
  type: "string" | "int" | "double" | "bool" | "duration" | "timestamp" | "list<string>" | "list<int>";
  /**
   * Its value where the configuration gives none.
   */
  default: {
    [k: string]: unknown;
  };
  /**
   * What it decides.
   */
  description?: string;
}
/**
 * How to mend it.
 */
export interface PolicyRemediation {
  /**
   * What to do.
   */
  text: string;
  /**
   * The commands that do it.
   */
  command?: string;
}
export interface PolicyTest {
  /**
   * What the example shows.
   */
  name: string;
  /**
   * A partial resource, its relations nested; what is not given is unread.
   */
  given: {};
  /**
   * Parameters for this example.
   */
  params?: {};
  /**
   * The moment of evaluation.
   */
  now?: string;
  /**
   * The outcome.
   */
  expect: "pass" | "fail" | "unknown" | "notApplicable";
}
/**
 * leastwise.yaml: what to read, what belongs to which environment, and which policies are in force. Every part is optional; what is not configured is not scanned.
 */
export interface ConfigurationFile {
  azure?: AzureConfiguration;
  /**
   * Prefect servers and Cloud workspaces to read.
   */
  prefect?: PrefectServer[];
  /**
   * Each environment with what belongs to it.
   */
  environments?: {
    [k: string]: EnvironmentConfiguration;
  };
  /**
   * What serves several environments on purpose.
   */
  shared?: (SharedIdentity | SharedScope)[];
  /**
   * Floors: at least so many resources of a kind must have been read.
   */
  expect?: {
    [k: string]: number;
  };
  source?: SourceConfiguration;
  policies?: PoliciesConfiguration;
  waivers?: WaiversConfiguration;
}
/**
 * Read Azure and Synapse. Credentials come from the environment, as DefaultAzureCredential finds them.
 */
export interface AzureConfiguration {
  /**
   * The cloud, or endpoints of one's own.
   */
  cloud?: ("AzurePublic" | "AzureUSGovernment" | "AzureChina") | CloudEndpoints;
}
export interface CloudEndpoints {
  /**
   * Azure Resource Manager.
   */
  resourceManager: string;
  /**
   * Microsoft Graph, without the version.
   */
  graph: string;
  /**
   * The Synapse data plane; {workspace} stands for the workspace's name.
   */
  synapse: string;
  /**
   * The Key Vault data plane; {vault} stands for the vault's name.
   */
  keyVault: string;
  /**
   * The Data Lake endpoint of a storage account; {account} stands for its name. Access control lists are not read where it is left out.
   */
  dataLake?: string;
  /**
   * Where tokens are asked for.
   */
  authority?: string;
}
export interface PrefectServer {
  /**
   * How the rest of the configuration, ids and reports call it.
   */
  name: string;
  /**
   * The API's address, ending in /api or in a workspace of Prefect Cloud.
   */
  api: string;
  /**
   * The name of the environment variable that holds user:password for basic authentication, or an API key; never the value itself.
   */
  auth?: string;
  /**
   * How many days back flow runs and asset events are read; 14 where it is not given.
   */
  history?: number;
}
export interface EnvironmentConfiguration {
  /**
   * Azure scopes: subscriptions, resource groups, resources or management groups.
   */
  scopes?: string[];
  /**
   * Prefect servers, or parts of them.
   *
   * Items: A Prefect server by name, or the part of a shared server that belongs here.
   */
  prefect?: (string | PrefectShare)[];
  /**
   * Client ids of identities that belong here even where they hold no grant.
   */
  identities?: string[];
}
export interface PrefectShare {
  /**
   * The server's name.
   */
  api: string;
  /**
   * Globs of work pool names.
   */
  workPools?: string[];
  /**
   * Globs of tags.
   */
  tags?: string[];
  /**
   * Globs of block names.
   */
  blocks?: string[];
}
export interface SharedIdentity {
  /**
   * A client id.
   */
  identity: string;
  /**
   * Why it serves several environments.
   */
  reason: string;
}
export interface SharedScope {
  /**
   * An Azure scope.
   */
  scope: string;
  /**
   * Why it serves several environments.
   */
  reason: string;
}
/**
 * Files of the repository to read.
 */
export interface SourceConfiguration {
  /**
   * Globs of files in the repository to look into.
   */
  include?: string[];
}
/**
 * Which policies are in force.
 */
export interface PoliciesConfiguration {
  /**
   * builtin, or folders of policies.
   */
  include?: string[];
  /**
   * Globs of policy ids to leave out.
   */
  skip?: string[];
  /**
   * Parameters by policy id.
   */
  params?: {
    [k: string]: {};
  };
}
/**
 * Where waivers stand.
 */
export interface WaiversConfiguration {
  /**
   * The waivers file, relative to this one.
   */
  file?: string;
  /**
   * How many days after its approval a waiver may end at most.
   */
  maxDays?: number;
}
export interface FindingWaiver {
  /**
   * The policy's id.
   */
  policy: string;
  /**
   * Why the failure stands.
   */
  kind: "risk" | "falsePositive" | "compensated";
  /**
   * The resource's id; one trailing * after a full subscription id or prefect:<api>/.
   */
  resource: string;
  /**
   * The element inside the resource, where the policy finds several.
   */
  key?: string;
  /**
   * Why it is accepted.
   */
  reason: string;
  /**
   * Who asked.
   */
  requestedBy: string;
  /**
   * Who approved; somebody else.
   */
  approvedBy: string;
  /**
   * When.
   */
  approvedAt: string;
  /**
   * The last day on which it holds, in UTC.
   */
  expires: string;
  /**
   * Where the decision is recorded.
   */
  ticket?: string;
}
export interface ReadWaiver {
  /**
   * A scope that cannot be read.
   */
  read: string;
  /**
   * The kinds that need not be read there.
   *
   * @minItems 1
   */
  kinds: [string, ...string[]];
  /**
   * Why it is accepted.
   */
  reason: string;
  /**
   * Who asked.
   */
  requestedBy: string;
  /**
   * Who approved; somebody else.
   */
  approvedBy: string;
  /**
   * When.
   */
  approvedAt: string;
  /**
   * The last day on which it holds, in UTC.
   */
  expires: string;
  /**
   * Where the decision is recorded.
   */
  ticket?: string;
}
/**
 * One line of reads.ndjson: one list or object that was asked for.
 */
export interface Read {
  /**
   * <kind> <scope>; unique in the snapshot.
   */
  id: string;
  /**
   * The kind whose rows it brings.
   */
  kind: string;
  /**
   * The fields it brings where it completes rows of another read; empty where it brings the rows.
   */
  fields: string[];
  /**
   * What was read: a subscription, a workspace, a Prefect server, or tenant.
   */
  scope: string;
  /**
   * Method, host and path, without query.
   */
  endpoint: string;
  /**
   * The api-version asked for.
   */
  apiVersion: string | null;
  /**
   * Complete: everything was read, and it may be nothing. Partial: some pages or items were. Everything else brought nothing.
   */
  outcome: "complete" | "partial" | "refused" | "failed" | "notAttempted" | "notLicensed";
  /**
   * The last HTTP status; null where none came.
   */
  status: number | null;
  /**
   * Why it is not complete, in words.
   */
  cause: string | null;
  /**
   * What would have allowed it.
   */
  permission: string | null;
  /**
   * Pages read.
   */
  pages: number;
  /**
   * Items read.
   */
  items: number;
  /**
   * The count that the service gave beside the list.
   */
  expected: number | null;
  /**
   * How long it took.
   */
  milliseconds: number;
  /**
   * The service's id of the last answer.
   */
  requestId: string | null;
  window?: ReadWindow;
}
/**
 * The time that the read was bounded to on purpose; only where it was. Complete then means: everything in this window.
 */
export interface ReadWindow {
  /**
   * What happened from then on was asked for.
   */
  since: string;
  /**
   * What happened until then was asked for: the moment of the run.
   */
  until: string;
  /**
   * How many days back the configuration asks for. Where there is more in them than one run reads, the window is shorter.
   */
  days: number;
  /**
   * How many items of these days are older than the window and were left out on purpose.
   */
  left: number;
}
/**
 * manifest.json of a snapshot: what was read, when, by whom and with what.
 */
export interface Manifest {
  version: "leastwise/snapshot/v1";
  /**
   * The run's id.
   */
  runId: string;
  /**
   * When the run began, in UTC.
   */
  collectedAt: string;
  tool: Tool;
  reader: Reader;
  systems: Systems;
  configuration: ConfigurationInput;
  /**
   * Whether fingerprints of secrets were made with the organisation's key.
   */
  fingerprints: "keyed" | "none";
  /**
   * Every other file of the snapshot, by name.
   */
  files: {
    [k: string]: SnapshotFile;
  };
  /**
   * Digest of this file without this field.
   */
  digest: string;
}
export interface Tool {
  name: "leastwise";
  version: string;
}
export interface Reader {
  /**
   * How the reader signed in.
   */
  kind: string;
  /**
   * Its object or client id.
   */
  id: string | null;
}
/**
 * What the configuration asked to read.
 */
export interface Systems {
  azure: boolean;
  prefect: string[];
  source: boolean;
}
export interface ConfigurationInput {
  /**
   * The configuration file, relative to the repository root.
   */
  file: string | null;
  /**
   * Its digest.
   */
  digest: string;
  waivers: WaiversInput | null;
}
export interface WaiversInput {
  file: string;
  /**
   * Its digest.
   */
  digest: string;
}
export interface SnapshotFile {
  /**
   * Rows in the file.
   */
  rows: number;
  /**
   * Digest of the file.
   */
  sha256: string;
}
/**
 * Resources in scope = pass + fail + waived + unknown + notApplicable.
 */
export interface Population {
  inScope: number;
  pass: number;
  fail: number;
  waived: number;
  unknown: number;
  notApplicable: number;
}
export interface Location {
  file: string;
  line: number;
  column: number;
  /**
   * How the place was found.
   */
  by: "declaration" | "environment" | "configuration" | "policy";
}
export interface Finding {
  id: string;
  policy: string;
  outcome: "fail" | "waived";
  severity: "critical" | "high" | "medium" | "low";
  resource: FindingResource;
  key: string | null;
  message: string;
  rationale: string | null;
  remediation: Remediation | null;
  trace: TraceLine[];
  /**
   * The id of the read that brought the resource.
   */
  read: string | null;
  location: Location | null;
  waiver: ReportWaiver | null;
  /**
   * Whether who approved the waiver is a claim or proven; null without a waiver.
   */
  approval: "asserted" | "proven" | null;
  /**
   * Against --baseline; null without one.
   */
  baseline: "new" | "still" | null;
  /**
   * When a run first reported it, as far as the baseline tells.
   */
  firstSeen: string;
}
export interface FindingResource {
  kind: string;
  id: string;
  name: string | null;
  /**
   * null: could not be derived.
   */
  environments: string[] | null;
}
export interface Remediation {
  text: string;
  command: string | null;
}
export interface TraceLine {
  expression: string;
  value: string;
}
export interface ReportWaiver {
  policy: string;
  kind: string;
  resource: string;
  reason: string;
  requestedBy: string;
  approvedBy: string;
  approvedAt: string;
  expires: string;
  ticket: string | null;
}
/**
 * report.json, version leastwise/report/v1. Fields may be added in v1, never removed or given another meaning.
 */
export interface Report {
  version: "leastwise/report/v1";
  /**
   * Whether every policy in force was decided for everything that it is about.
   */
  complete: boolean;
  run: Run;
  inputs: Inputs;
  policies: ReportPolicy[];
  /**
   * Worst first, then by policy, resource and key.
   */
  findings: Finding[];
  /**
   * Findings of the baseline that are gone, though their policy was decided for that resource.
   */
  fixed: FixedFinding[];
  /**
   * Findings of the baseline that are not in this report, where their policy could not be decided: they may still be there.
   */
  unverified: UnverifiedFinding[];
  unknown: UnknownGroup[];
  unread: UnreadScope[];
  waivers: ReportWaivers;
  leftOut: LeftOutPolicy[];
  vacuous: VacuousSelector[];
  shared: SharedThing[];
  controls: ControlSummary[];
  /**
   * How many rows of each kind the snapshot holds.
   */
  kinds: {
    [k: string]: number;
  };
}
export interface Run {
  id: string;
  collectedAt: string;
  now: string;
  tool: ReportTool;
  reader: ReportReader;
}
export interface ReportTool {
  name: string;
  version: string;
}
export interface ReportReader {
  kind: string;
  id: string | null;
}
export interface Inputs {
  /**
   * The digest of the snapshot's manifest.
   */
  snapshot: string;
  /**
   * The digest of leastwise.yaml.
   */
  configuration: string;
  /**
   * The digest of waivers.yaml; null without one.
   */
  waivers: string | null;
  /**
   * The run that findings are compared with, by its id; null without --baseline.
   */
  baseline: string | null;
}
export interface ReportPolicy {
  id: string;
  title: string;
  severity: "critical" | "high" | "medium" | "low";
  confidence: "certain" | "likely";
  /**
   * The digest of the policy's file.
   */
  digest: string;
  file: string;
  target: string;
  controls: ReportControls;
  /**
   * Why the policy supports a criterion.
   */
  reasons: {
    [k: string]: string;
  };
  params: {};
  help: PolicyHelp;
  /**
   * Whether it was decided for everything that it is about.
   */
  decided: boolean;
  /**
   * The environments in which it was not decided; tenant for what is in none or in several.
   */
  undecidedIn: string[];
  population: Population;
}
export interface ReportControls {
  soc2: string[];
}
/**
 * As the policy's author wrote it.
 */
export interface PolicyHelp {
  rationale: string | null;
  remediation: PolicyHelpRemediation | null;
  references: string[];
}
export interface PolicyHelpRemediation {
  text: string;
  command: string | null;
}
export interface FixedFinding {
  id: string;
  policy: string;
  resource: string;
}
export interface UnverifiedFinding {
  id: string;
  policy: string;
  resource: string;
  /**
   * The moment of the last run that saw it.
   */
  since: string;
  finding: Finding;
}
export interface UnknownGroup {
  policy: string;
  cause: string;
  count: number;
  examples: string[];
}
export interface UnreadScope {
  read: string;
  scope: string;
  status: number | null;
  cause: string;
  permission: string | null;
  policies: string[];
  /**
   * The environments that the scope may hold resources of; tenant for those in none or several.
   */
  environments: string[];
  waived: boolean;
}
export interface ReportWaivers {
  expired: ReportWaiver[];
  /**
   * Those that end within 14 days.
   */
  expiring: ReportWaiver[];
  unmatched: ReportWaiver[];
}
export interface LeftOutPolicy {
  policy: string;
  because: string;
}
export interface VacuousSelector {
  policy: string;
  what: string;
}
export interface SharedThing {
  what: string;
  reason: string;
}
export interface ControlSummary {
  id: string;
  policies: string[];
  population: Population;
}
