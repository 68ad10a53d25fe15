import {
  type ArmResource,
  type DirectoryObject,
  type EstateData,
  type RoleAssignment,
  resourceLists,
  type Subscription,
} from "../../src/estate/data.ts";
import { Chance } from "./generate.ts";

/** How big a tenant is. */
export interface TenantSize {
  subscriptions: number;
  roleAssignments: number;
  /** Resources of each sort in an ordinary subscription. */
  each: number;
  /** How many subscriptions hold most of the resources, as landing zones that grew do. */
  crowded: number;
  /** Resources of each sort in a crowded subscription. */
  eachCrowded: number;
}

/** The tenant of the benchmark: 200 subscriptions and 10^5 role assignments. */
export const bigTenant: TenantSize = {
  subscriptions: 200,
  roleAssignments: 100_000,
  each: 2,
  crowded: 2,
  eachCrowded: 150,
};

const groupsOf = 10;

function first<Row>(rows: readonly Row[], what: string): Row {
  const [row] = rows;
  if (row === undefined) throw new Error(`the sample estate has no ${what}`);
  return row;
}

/**
 * Makes a tenant of this size of the sample estate, which stays part of it: what is added are copies of its first
 * resource of each sort, so that every answer keeps the shape of the real service.
 */
export function growTenant(data: EstateData, size: TenantSize): void {
  const chance = new Chance(7);
  const { arm, graph, synapse } = data;
  const templates = {
    subscription: first(arm.subscriptions, "subscription"),
    roleAssignment: first(arm.roleAssignments, "role assignment"),
    roleDefinition: first(
      arm.roleDefinitions.filter((each) => each.properties.type === "BuiltInRole"),
      "built-in role",
    ),
    workspace: first(arm.synapseWorkspaces, "workspace"),
    vault: first(arm.keyVaults, "vault"),
    account: first(arm.storageAccounts, "storage account"),
    identity: first(arm.userAssignedIdentities, "managed identity"),
    application: first(graph.applications, "application"),
    servicePrincipal: first(graph.servicePrincipals, "service principal"),
    user: first(graph.users, "user"),
    group: first(graph.groups, "group"),
    synapseAssignment: first(Object.values(synapse.roleAssignments)[0] ?? [], "grant in a workspace"),
    secret: first(Object.values(data.keyVault)[0]?.secrets ?? [], "secret"),
  };

  const people = (count: number, template: DirectoryObject, name: string): DirectoryObject[] =>
    Array.from({ length: count }, (_, index) => ({
      ...template,
      id: chance.guid(),
      appId: "appId" in template ? chance.guid() : null,
      displayName: `${name}-${index}`,
    }));
  const users = people(3000, templates.user, "user");
  const groups = people(1500, templates.group, "group");
  const servicePrincipals = people(4000, templates.servicePrincipal, "sp");
  const applications = people(2000, templates.application, "app");
  graph.users.push(...users);
  graph.groups.push(...groups);
  graph.servicePrincipals.push(...servicePrincipals);
  graph.applications.push(...applications);
  for (const group of groups) {
    graph.groupMembers[group.id] = Array.from({ length: 1 + chance.below(20) }, () => chance.oneOf(users).id);
  }
  const holders: readonly [string, readonly DirectoryObject[]][] = [
    ["User", users],
    ["Group", groups],
    ["ServicePrincipal", servicePrincipals],
  ];

  // Azure has some 900 built-in roles.
  for (let index = arm.roleDefinitions.length; index < 900; index++) {
    const name = chance.guid();
    const id = `/providers/Microsoft.Authorization/roleDefinitions/${name}`;
    const properties = { ...templates.roleDefinition.properties, roleName: `Built-in ${index}` };
    arm.roleDefinitions.push({ ...templates.roleDefinition, id, name, properties });
  }
  const builtIn = arm.roleDefinitions.filter((each) => each.properties.type === "BuiltInRole");

  // What lies below a resource, as rules of a firewall and settings do, is copied with it.
  const below = new Map(
    [templates.workspace, templates.vault, templates.account, templates.identity].map((template) => {
      const within = `${template.id.toLowerCase()}/`;
      return [template, resourceLists.map((list) => arm[list].filter(({ id }) => id.toLowerCase().startsWith(within)))];
    }),
  );
  const copy = (template: ArmResource, id: string): ArmResource => {
    for (const [at, list] of resourceLists.entries()) {
      for (const row of below.get(template)?.[at] ?? []) {
        arm[list].push({ ...row, id: id + row.id.slice(template.id.length) });
      }
    }
    return { ...template, id, name: id.slice(id.lastIndexOf("/") + 1) };
  };
  const added: Subscription[] = [];
  const root = first(arm.managementGroups, "management group");
  const children = Array.isArray(root.properties.children) ? root.properties.children : [];
  root.properties.children = children;
  const targets: string[][] = [];
  while (arm.subscriptions.length < size.subscriptions) {
    const subscriptionId = chance.guid();
    const at = `/subscriptions/${subscriptionId}`;
    const displayName = `Subscription ${added.length}`;
    const subscription = { ...templates.subscription, id: at, subscriptionId, displayName };
    arm.subscriptions.push(subscription);
    children.push({ id: at, type: "/subscriptions", name: subscriptionId, displayName });
    const scopes = [at];
    for (let index = 0; index < groupsOf; index++) {
      const group = {
        ...first(arm.resourceGroups, "resource group"),
        id: `${at}/resourceGroups/rg-${index}`,
        name: `rg-${index}`,
      };
      arm.resourceGroups.push(group);
      scopes.push(group.id);
    }
    const count = added.length < size.crowded ? size.eachCrowded : size.each;
    for (let index = 0; index < count; index++) {
      const name = `${added.length}x${index}`;
      const idOf = (type: string, prefix: string): string =>
        `${at}/resourceGroups/rg-${index % groupsOf}/providers/${type}/${prefix}${name}`;
      const workspace = copy(templates.workspace, idOf("Microsoft.Synapse/workspaces", "syn"));
      arm.synapseWorkspaces.push(workspace);
      synapse.roleAssignments[workspace.name] = Array.from({ length: 15 }, () => ({
        ...templates.synapseAssignment,
        id: chance.guid(),
        principalId: chance.oneOf(users).id,
        scope: `workspaces/${workspace.name}`,
      }));
      const vault = copy(templates.vault, idOf("Microsoft.KeyVault/vaults", "kv"));
      arm.keyVaults.push(vault);
      data.keyVault[vault.name] = {
        secrets: Array.from({ length: 5 }, (_, secret) => ({
          ...templates.secret,
          id: `https://${vault.name}.vault.azure.net/secrets/secret-${secret}`,
        })),
        keys: [],
        certificates: [],
        rotationPolicies: [],
      };
      const account = copy(templates.account, idOf("Microsoft.Storage/storageAccounts", "st"));
      arm.storageAccounts.push(account);
      data.lake[account.name] = data.lake[templates.account.name] ?? [];
      const identity = copy(templates.identity, idOf("Microsoft.ManagedIdentity/userAssignedIdentities", "id-"));
      arm.userAssignedIdentities.push(identity);
      scopes.push(workspace.id, vault.id, account.id);
    }
    targets.push(scopes);
    added.push(subscription);
  }

  // Crowded subscriptions hold as many as Azure lets them.
  for (let index = 0; arm.roleAssignments.length < size.roleAssignments; index++) {
    const crowded = index < size.crowded * 4000;
    const ordinary = Math.max(1, targets.length - size.crowded);
    const scopes = targets[crowded ? index % size.crowded : size.crowded + (index % ordinary)] ?? [];
    const scope = chance.oneOf(scopes);
    const [principalType, of] = chance.oneOf(holders);
    const name = chance.guid();
    const assignment: RoleAssignment = {
      ...templates.roleAssignment,
      id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      name,
      properties: {
        ...templates.roleAssignment.properties,
        scope,
        principalId: chance.oneOf(of).id,
        principalType,
        roleDefinitionId: chance.oneOf(builtIn).id,
      },
    };
    arm.roleAssignments.push(assignment);
  }
}
