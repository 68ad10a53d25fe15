import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonObject } from "./json.ts";

/** One thing in an ARM answer. */
export interface ArmResource extends JsonObject {
  id: string;
  name: string;
  properties: JsonObject;
}

export interface Subscription extends JsonObject {
  id: string;
  subscriptionId: string;
  displayName: string;
}

export interface RoleAssignment extends ArmResource {
  properties: JsonObject & { roleDefinitionId: string; principalId: string; scope: string };
}

export interface Permission extends JsonObject {
  actions: string[];
  notActions: string[];
  dataActions: string[];
  notDataActions: string[];
}

export interface RoleDefinition extends ArmResource {
  properties: JsonObject & { roleName: string; type: string; assignableScopes: string[]; permissions: Permission[] };
}

export interface DirectoryObject extends JsonObject {
  id: string;
  displayName: string;
}

export interface SynapseRoleAssignment extends JsonObject {
  id: string;
  roleDefinitionId: string;
  principalId: string;
  scope: string;
}

/** The artifacts of a Synapse workspace, as they were last published. */
export interface SynapseArtifacts {
  linkedServices: JsonObject[];
  credentials: JsonObject[];
  pipelines: JsonObject[];
}

export interface PrefectObject extends JsonObject {
  id: string;
  name: string;
}

/** The files of a Prefect server, and of a workspace of Prefect Cloud: one list each. */
export const prefectLists = [
  "automations",
  "blockDocuments",
  "blockSchemas",
  "blockTypes",
  "deployments",
  "events",
  "flowRuns",
  "flows",
  "variables",
  "workPools",
  "workQueues",
] as const;

export type PrefectServer = Record<(typeof prefectLists)[number], PrefectObject[]>;

/** The files of an account of Prefect Cloud that are lists of the account itself. */
export const cloudLists = ["accountMemberships", "bots", "teams", "workspaceRoles", "workspaces"] as const;

/** An account of Prefect Cloud. */
export type PrefectCloud = Record<(typeof cloudLists)[number], PrefectObject[]> & {
  account: JsonObject & { id: string };
  /** The id of a service account to its keys. */
  botKeys: Record<string, JsonObject>;
  /** The handle of a workspace to what is in it. */
  contents: Record<string, PrefectServer & Record<"botAccess" | "userAccess", PrefectObject[]>>;
};

/** What a key vault lists, without values and key material. */
export interface KeyVault {
  secrets: JsonObject[];
  keys: JsonObject[];
  certificates: JsonObject[];
  /** Of the keys that have one of their own, by the key's address and /rotationpolicy. */
  rotationPolicies: JsonObject[];
}

/** The files of resources in `arm/` that are served by their ids and types alone, whatever they are. */
export const resourceLists = [
  "containerGroups",
  "diagnosticSettings",
  "federatedIdentityCredentials",
  "keyVaults",
  "logAnalyticsWorkspaces",
  "registrationAssignments",
  "storageAccounts",
  "storageContainers",
  "synapseAdministrators",
  "synapseAzureADOnlyAuthentications",
  "synapseBigDataPools",
  "synapseExtendedAuditingSettings",
  "synapseFirewallRules",
  "synapseManagedIdentitySqlControlSettings",
  "synapseSqlPools",
  "synapseTransparentDataEncryptions",
  "synapseWorkspaces",
  "userAssignedIdentities",
] as const;

export type ResourceList = (typeof resourceLists)[number];

/** Everything that the estate serves, as loaded from its folder: one member a folder, one list a file. */
export interface EstateData {
  /** The company's name. */
  name: string;
  asOf: string;
  tenantId: string;
  /** Whether the tenant has the licence that Privileged Identity Management needs. */
  pimLicensed: boolean;
  prefectVersion: string;
  prefectApiVersion: string;
  /** What the reader may do in each subscription. */
  readerPermissions: Permission[];
  arm: {
    subscriptions: Subscription[];
    managementGroups: ArmResource[];
    resourceGroups: ArmResource[];
    roleAssignments: RoleAssignment[];
    roleDefinitions: RoleDefinition[];
    denyAssignments: ArmResource[];
    /** Those that Privileged Identity Management made; of all other role assignments the server makes them up. */
    roleAssignmentScheduleInstances: ArmResource[];
    roleEligibilityScheduleInstances: ArmResource[];
  } & Record<ResourceList, ArmResource[]>;
  graph: {
    applications: DirectoryObject[];
    servicePrincipals: DirectoryObject[];
    users: DirectoryObject[];
    groups: DirectoryObject[];
    /** Group id to the ids of its direct members. */
    groupMembers: Record<string, string[]>;
    /** Object id of an application to its federated credentials. */
    federatedIdentityCredentials: Record<string, JsonObject[]>;
    /** Object id of a group, application or service principal to the ids of its owners. */
    owners: Record<string, string[]>;
    directoryRoleAssignments: JsonObject[];
    directoryRoleDefinitions: JsonObject[];
    appRoleAssignments: JsonObject[];
    /** What was deleted and can be restored, of every type. */
    deletedItems: DirectoryObject[];
    servicePrincipalSignInActivities: JsonObject[];
    /** Whether the tenant has Entra ID P1, without which nobody is told of sign-ins. */
    premium: boolean;
  };
  synapse: {
    roleDefinitions: JsonObject[];
    /** Workspace name to the assignments in it. */
    roleAssignments: Record<string, SynapseRoleAssignment[]>;
    /** Workspace name to its published artifacts, by collection. */
    artifacts: Record<string, SynapseArtifacts>;
  };
  /** Vault name to what it holds. */
  keyVault: Record<string, KeyVault>;
  /** Storage account to the access control lists at the roots of its file systems. */
  lake: Record<string, JsonObject[]>;
  /** Environment to its Prefect server. */
  prefect: Record<string, PrefectServer>;
  /** The account of Prefect Cloud, which the sample configuration does not name. */
  prefectCloud: PrefectCloud;
}

/** Reads the estate from a folder; a file that is missing or is no list names itself in the error. */
export function loadEstate(directory: string): EstateData {
  const read = (path: string) => JSON.parse(readFileSync(join(directory, path), "utf8"));
  const list = (path: string) => {
    const file = read(path);
    const rows = Array.isArray(file) ? file : file?.value;
    const areObjects: boolean = Array.isArray(rows) && rows.every(isObject);
    if (!areObjects) throw new Error(`${join(directory, path)}: expected a list of objects, bare or under "value"`);
    return rows;
  };
  const lists = <Name extends string>(path: string, names: readonly Name[]): Record<Name, PrefectObject[]> =>
    Object.fromEntries(names.map((name) => [name, list(`${path}/${name}.json`)])) as Record<Name, PrefectObject[]>;
  const folders = (path: string) =>
    readdirSync(join(directory, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  const each = <T>(path: string, load: (name: string) => T): Record<string, T> =>
    Object.fromEntries(folders(path).map((name) => [name, load(name)]));

  const { name, asOf, tenantId, pimLicensed, prefectVersion, prefectApiVersion, readerPermissions } =
    read("estate.json");
  return {
    name,
    asOf,
    tenantId,
    pimLicensed,
    prefectVersion,
    prefectApiVersion,
    readerPermissions,
    arm: {
      subscriptions: list("arm/subscriptions.json"),
      managementGroups: list("arm/managementGroups.json"),
      resourceGroups: list("arm/resourceGroups.json"),
      roleAssignments: list("arm/roleAssignments.json"),
      roleDefinitions: list("arm/roleDefinitions.json"),
      denyAssignments: list("arm/denyAssignments.json"),
      roleAssignmentScheduleInstances: list("arm/roleAssignmentScheduleInstances.json"),
      roleEligibilityScheduleInstances: list("arm/roleEligibilityScheduleInstances.json"),
      ...(Object.fromEntries(resourceLists.map((name) => [name, list(`arm/${name}.json`)])) as Record<
        ResourceList,
        ArmResource[]
      >),
    },
    graph: {
      applications: list("graph/applications.json"),
      servicePrincipals: list("graph/servicePrincipals.json"),
      users: list("graph/users.json"),
      groups: list("graph/groups.json"),
      groupMembers: read("graph/groupMembers.json"),
      federatedIdentityCredentials: read("graph/federatedIdentityCredentials.json"),
      owners: read("graph/owners.json"),
      directoryRoleAssignments: list("graph/directoryRoleAssignments.json"),
      directoryRoleDefinitions: list("graph/directoryRoleDefinitions.json"),
      appRoleAssignments: list("graph/appRoleAssignments.json"),
      deletedItems: list("graph/deletedItems.json"),
      servicePrincipalSignInActivities: list("graph/servicePrincipalSignInActivities.json"),
      premium: true,
    },
    synapse: {
      roleDefinitions: list("synapse/roleDefinitions.json"),
      roleAssignments: each("synapse", (name) => list(`synapse/${name}/roleAssignments.json`)),
      artifacts: each("synapse", (name) => ({
        linkedServices: list(`synapse/${name}/linkedServices.json`),
        credentials: list(`synapse/${name}/credentials.json`),
        pipelines: list(`synapse/${name}/pipelines.json`),
      })),
    },
    keyVault: each("keyvault", (name) => ({
      secrets: list(`keyvault/${name}/secrets.json`),
      keys: list(`keyvault/${name}/keys.json`),
      certificates: list(`keyvault/${name}/certificates.json`),
      rotationPolicies: list(`keyvault/${name}/rotationPolicies.json`),
    })),
    lake: each("lake", (name) => list(`lake/${name}/accessControls.json`)),
    prefect: each("prefect", (name) => lists(`prefect/${name}`, prefectLists)),
    prefectCloud: {
      ...lists("prefectCloud", cloudLists),
      account: read("prefectCloud/account.json"),
      botKeys: read("prefectCloud/botKeys.json"),
      contents: each("prefectCloud", (handle) =>
        lists(`prefectCloud/${handle}`, [...prefectLists, "botAccess", "userAccess"]),
      ),
    },
  };
}
