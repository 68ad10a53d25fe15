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

/** The files of resources in `arm/` that are served by their ids and types alone, whatever they are. */
export const resourceLists = [
  "federatedIdentityCredentials",
  "keyVaults",
  "logAnalyticsWorkspaces",
  "storageAccounts",
  "synapseAzureADOnlyAuthentications",
  "synapseFirewallRules",
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
  prefectVersion: string;
  prefectApiVersion: string;
  arm: {
    subscriptions: Subscription[];
    managementGroups: ArmResource[];
    resourceGroups: ArmResource[];
    roleAssignments: RoleAssignment[];
    roleDefinitions: RoleDefinition[];
    denyAssignments: ArmResource[];
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
  };
  synapse: {
    roleDefinitions: JsonObject[];
    /** Workspace name to the assignments in it. */
    roleAssignments: Record<string, SynapseRoleAssignment[]>;
  };
  /** Vault name to its secrets, without their values. */
  keyVault: Record<string, JsonObject[]>;
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

  const { name, asOf, tenantId, prefectVersion, prefectApiVersion } = read("estate.json");
  return {
    name,
    asOf,
    tenantId,
    prefectVersion,
    prefectApiVersion,
    arm: {
      subscriptions: list("arm/subscriptions.json"),
      managementGroups: list("arm/managementGroups.json"),
      resourceGroups: list("arm/resourceGroups.json"),
      roleAssignments: list("arm/roleAssignments.json"),
      roleDefinitions: list("arm/roleDefinitions.json"),
      denyAssignments: list("arm/denyAssignments.json"),
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
    },
    synapse: {
      roleDefinitions: list("synapse/roleDefinitions.json"),
      roleAssignments: each("synapse", (name) => list(`synapse/${name}/roleAssignments.json`)),
    },
    keyVault: each("keyvault", (name) => list(`keyvault/${name}/secrets.json`)),
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
