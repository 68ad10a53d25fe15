import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type EstateData, loadEstate } from "../../src/estate/data.ts";
import { planted } from "./planted.ts";

const directory = fileURLToPath(new URL("../../fixtures/estate", import.meta.url));
const text = (name: string) => readFileSync(`${directory}/${name}`, "utf8");
const data = loadEstate(directory);
const now = Date.parse(data.asOf);
const days = (from: string | number, to: string | number) =>
  (new Date(to).getTime() - new Date(from).getTime()) / (24 * 60 * 60 * 1000);

const plantedFor = (policy: string) => planted.filter((row) => row.policy === policy).map((row) => row.resource);

const { arm, graph, synapse } = data;
const principals = new Set([...graph.users, ...graph.groups, ...graph.servicePrincipals].map((row) => row.id));
const assignments = arm.roleAssignments.map((row) => ({ ...row, lower: row.id.toLowerCase() }));

test("there are 110 to 140 role assignments, at every level", () => {
  const level = (scope: string) => {
    if (scope === "/") return "tenant root";
    if (scope.includes("/managementGroups/")) return "management group";
    const parts = scope.split("/").length;
    return parts === 3
      ? "subscription"
      : parts === 5
        ? "resource group"
        : parts === 9
          ? "resource"
          : "below a resource";
  };
  const levels = Map.groupBy(arm.roleAssignments, (row) => level(row.properties.scope));
  expect(arm.roleAssignments.length).toBeGreaterThanOrEqual(110);
  expect(arm.roleAssignments.length).toBeLessThanOrEqual(140);
  expect([...levels.keys()].sort()).toEqual(
    ["below a resource", "management group", "resource", "resource group", "subscription", "tenant root"].sort(),
  );
  expect(levels.get("below a resource")?.length).toBeGreaterThan(10);
});

test("ids of assignments are their scope and their name, and no id or name stands twice", () => {
  for (const { id, name, properties } of arm.roleAssignments) {
    const scope = properties.scope === "/" ? "" : properties.scope;
    expect(id).toBe(`${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`);
  }
  expect(new Set(arm.roleAssignments.map((row) => row.name)).size).toBe(arm.roleAssignments.length);
});

test("every principal is in Graph, but for the orphan, the foreign group and the delegated identity", () => {
  const unknown = assignments.filter((row) => !principals.has(row.properties.principalId));
  const orphans = unknown.filter(
    (row) => row.properties.principalType !== "ForeignGroup" && !row.properties.delegatedManagedIdentityResourceId,
  );
  expect(orphans.map((row) => row.lower)).toEqual(plantedFor("least-privilege/orphaned-assignment"));
  expect(unknown).toHaveLength(3);
  const inSynapse = Object.values(synapse.roleAssignments)
    .flat()
    .filter((row) => !principals.has(row.principalId));
  expect(inSynapse.map((row) => row.id)).toEqual(
    plantedFor("least-privilege/orphaned-synapse-assignment").map((id) => id.slice(id.lastIndexOf("/") + 1)),
  );
});

test("every role that is assigned is defined, in Azure and in Synapse", () => {
  const guid = (id: string) => id.slice(id.lastIndexOf("/") + 1).toLowerCase();
  const defined = new Set(arm.roleDefinitions.map((row) => guid(row.id)));
  expect(arm.roleAssignments.filter((row) => !defined.has(guid(row.properties.roleDefinitionId)))).toEqual([]);
  const inSynapse = new Set(synapse.roleDefinitions.map((row) => row.id));
  const assigned = Object.values(synapse.roleAssignments).flat();
  expect(assigned.filter((row) => !inSynapse.has(row.roleDefinitionId))).toEqual([]);
});

test("every scope is in a resource group that exists", () => {
  const groups = new Set(arm.resourceGroups.map((row) => row.id.toLowerCase()));
  const named = arm.roleAssignments
    .map((row) => /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/.exec(row.properties.scope.toLowerCase())?.[0])
    .filter((id) => id !== undefined);
  expect(named.filter((id) => !groups.has(id))).toEqual([]);
});

test("custom roles: only the planted one has a wildcard that does more than read", () => {
  const wild = arm.roleDefinitions
    .filter((row) => row.properties.type === "CustomRole")
    .filter((row) =>
      row.properties.permissions.some((each) =>
        each.actions.some((action) => action.includes("*") && !/\/read$/i.test(action)),
      ),
    );
  const ids = wild.map((row) => `/providers/microsoft.authorization/roledefinitions/${row.name}`);
  expect(ids).toEqual(plantedFor("least-privilege/custom-role-wildcard"));
});

/** Whether a role allows an action, element by element. */
function allows(role: EstateData["arm"]["roleDefinitions"][number] | undefined, action: string): boolean {
  const matches = (pattern: string) =>
    new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, "i").test(action);
  return (role?.properties.permissions ?? []).some(
    (each) => each.condition == null && each.actions.some(matches) && !each.notActions.some(matches),
  );
}

function heldByServicePrincipals(action: string) {
  const role = (id: string) => arm.roleDefinitions.find((row) => id.toLowerCase().endsWith(row.name));
  return assignments.filter(
    ({ properties }) =>
      properties.principalType === "ServicePrincipal" && allows(role(properties.roleDefinitionId), action),
  );
}

test("service principals that may change workspaces may do so on a workspace, but for the planted ones", () => {
  const onWorkspace = /\/providers\/microsoft\.synapse\/workspaces\/[^/]+$/i;
  const above = heldByServicePrincipals("Microsoft.Synapse/workspaces/write").filter(
    (row) => !onWorkspace.test(row.properties.scope),
  );
  expect(above.map((row) => row.lower).sort()).toEqual(
    plantedFor("least-privilege/workspace-write-on-workspace-only").sort(),
  );
});

test("no service principal but the planted one may grant rights without a condition", () => {
  const granting = heldByServicePrincipals("Microsoft.Authorization/roleAssignments/write");
  const bare = granting.filter((row) => row.properties.condition == null).map((row) => row.lower);
  expect(bare).toEqual(plantedFor("least-privilege/no-grant-rights-for-service-principals"));
  expect(granting.length).toBeGreaterThan(bare.length);
});

test("of service principals only a workspace's own identity and the planted one administer Synapse", () => {
  const administrator = synapse.roleDefinitions.find((row) => row.name === "Synapse Administrator")?.id;
  const own = new Map(
    arm.synapseWorkspaces.map((row) => [row.name, (row.identity as { principalId?: string } | undefined)?.principalId]),
  );
  const isServicePrincipal = new Set(graph.servicePrincipals.map((row) => row.id));
  const others = Object.entries(synapse.roleAssignments).flatMap(([workspace, rows]) =>
    rows
      .filter((row) => row.roleDefinitionId === administrator && isServicePrincipal.has(row.principalId))
      .filter((row) => row.principalId !== own.get(workspace))
      .map((row) => row.id),
  );
  const [only = ""] = plantedFor("least-privilege/synapse-grant-rights");
  expect(others).toEqual([only.slice(only.lastIndexOf("/") + 1)]);
  const untyped = Object.values(synapse.roleAssignments)
    .flat()
    .filter((row) => row.principalType === undefined);
  expect(untyped).toHaveLength(1);
});

/** The environments that a scope reaches by the configuration, shared scopes left out. */
function environmentsOf(scope: string): string[] {
  const at = scope.toLowerCase();
  const configuration = parse(text("leastwise.yaml"));
  const within = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);
  const isShared = configuration.shared.some((each: { scope?: string }) =>
    within(at, String(each.scope).toLowerCase()),
  );
  if (isShared) return [];
  return Object.entries<{ scopes: string[] }>(configuration.environments)
    .filter(([, { scopes }]) =>
      scopes.some((each) => {
        const own = each.toLowerCase();
        return at.endsWith("/managementgroups/mg-data") || within(at, own) || within(own, at);
      }),
    )
    .map(([name]) => name);
}

test("service principals that are not shared stay in one environment, but for the planted ones", () => {
  const configuration = parse(text("leastwise.yaml"));
  const shared = new Set(configuration.shared.map((each: { identity?: string }) => each.identity));
  const own = graph.servicePrincipals.filter((row) => !shared.has(String(row.appId)));
  const reach = (id: string) =>
    new Set(
      arm.roleAssignments
        .filter((row) => row.properties.principalId === id)
        .flatMap((row) => environmentsOf(row.properties.scope)),
    );
  const wide = own.filter((row) => reach(row.id).size > 1).map((row) => row.id);
  expect(wide.sort()).toEqual(plantedFor("isolation/identity-in-one-environment").sort());
  const ids = new Set(own.map((row) => row.id));
  const spanning = assignments
    .filter((row) => ids.has(row.properties.principalId) && environmentsOf(row.properties.scope).length > 1)
    .map((row) => row.lower);
  expect(spanning).toEqual(plantedFor("isolation/grant-in-one-environment"));
});

interface Credential {
  keyId: string;
  startDateTime: string;
  endDateTime: string;
}
const of = (value: unknown) => value as Credential[];

test("secrets of applications are young and short-lived, but for the planted ones", () => {
  const secrets = graph.applications.flatMap((app) =>
    of(app.passwordCredentials).map((each) => ({ ...each, id: `application/${app.id}/${each.keyId}` })),
  );
  const certificates = graph.applications.flatMap((app) => of(app.keyCredentials));
  const isOver = (each: Credential): boolean => Date.parse(each.endDateTime) <= now;
  expect(secrets.filter(isOver).map((each) => each.id)).toEqual(plantedFor("rotation/credential-expired"));
  expect(certificates.filter(isOver)).toEqual([]);
  const old = secrets.filter((each) => !isOver(each) && days(each.startDateTime, now) > 80);
  expect(old.map((each) => each.id)).toEqual(plantedFor("rotation/client-secret-age"));
  const long = secrets.filter((each) => days(each.startDateTime, each.endDateTime) > 90);
  expect(long.map((each) => each.id)).toEqual(plantedFor("rotation/credential-lifetime"));
  expect(certificates.filter((each) => days(each.startDateTime, each.endDateTime) > 90)).toEqual([]);
});

test("secrets and keys on service principals are a SAML trio or the platform's own", () => {
  const holders = graph.servicePrincipals.filter(
    (row) => of(row.passwordCredentials).length > 0 || of(row.keyCredentials).length > 0,
  );
  const [saml, ...others] = holders.filter((row) => row.servicePrincipalType !== "ManagedIdentity");
  expect(others).toEqual([]);
  const trio = [...of(saml?.passwordCredentials), ...of(saml?.keyCredentials)] as unknown as {
    customKeyIdentifier: string;
  }[];
  expect(trio).toHaveLength(3);
  expect(new Set(trio.map((each) => each.customKeyIdentifier)).size).toBe(1);
});

test("every file system has an access control list, and no other container has one", () => {
  const withLists = Object.entries(data.lake).flatMap(([account, lists]) =>
    lists.map((each) => `${account}/${each.filesystem}`),
  );
  const accounts = arm.storageAccounts.filter((each) => each.properties.isHnsEnabled === true).map(({ id }) => id);
  const fileSystems = arm.storageContainers
    .filter(({ id }) => accounts.includes(id.replace(/\/blobServices\/.*$/, "")))
    .map(({ id, name }) => `${/storageAccounts\/(\w+)/.exec(id)?.[1]}/${name}`);
  expect(withLists.sort()).toEqual(fileSystems.sort());
});

test("a role assignment on a container or secret names one that exists", () => {
  const held = [
    ...arm.storageContainers.map(({ id }) => id),
    ...arm.keyVaults.flatMap(({ id, name }) =>
      (data.keyVault[name]?.secrets ?? []).map((each) => `${id}/secrets/${String(each.id).split("/").at(-1)}`),
    ),
  ].map((id) => id.toLowerCase());
  const scopes = arm.roleAssignments
    .map(({ properties }) => properties.scope.toLowerCase())
    .filter((scope) => /\/(?:containers|secrets)\//.test(scope));
  expect(scopes.filter((scope) => !held.includes(scope))).toEqual([]);
});

test("secrets in the vaults are young and expire within 90 days, but for the planted ones", () => {
  const secrets = arm.keyVaults.flatMap(({ id, name }) =>
    (data.keyVault[name]?.secrets ?? [])
      .filter((each) => each.managed !== true)
      .map((each) => {
        const { created, exp = Number.NaN } = each.attributes as { created: number; exp?: number };
        const age = days(created * 1000, now);
        const soon = exp * 1000 > now && days(created * 1000, exp * 1000) <= 90;
        return { id: `${id}/secrets/${String(each.id).split("/").at(-1)}`.toLowerCase(), age, soon };
      }),
  );
  const ids = (found: typeof secrets): string[] => found.map((each) => each.id).sort();
  expect(ids(secrets.filter((each) => each.age > 90))).toEqual(plantedFor("rotation/vault-secret-age"));
  expect(ids(secrets.filter((each) => !each.soon))).toEqual(plantedFor("rotation/vault-secret-expiry").sort());
});

const blocks = Object.entries({ ...data.prefect, lab: data.prefectCloud.contents.lab }).flatMap(([api, server]) =>
  (server?.blockDocuments ?? []).map((block) => {
    const { slug } = block.block_type as { slug: string };
    return {
      updated: String(block.updated),
      isAnonymous: block.is_anonymous === true,
      json: JSON.stringify(block.data),
      key: `prefect:${api}/block/${slug}/${block.name}`,
    };
  }),
);

test("blocks that hold a secret were updated lately, but for the planted one", () => {
  const old = blocks.filter((block) => block.json.includes('"********"') && days(block.updated, now) > 80);
  expect(old.map((block) => block.key)).toEqual(plantedFor("rotation/block-not-updated"));
});

test("client secrets in blocks, and passwords in the clear, are the planted ones", () => {
  const withSecret = blocks.filter((block) => block.json.includes('"client_secret":"********"'));
  expect(withSecret.map((block) => block.key)).toEqual(plantedFor("identity/managed-identity-before-secret"));
  const clear = blocks.filter((block) => block.json.includes("Plant3d-"));
  expect(clear.map((block) => block.key).sort()).toEqual(plantedFor("secrets/hardcoded-in-block").sort());
  expect(clear.filter((block) => block.isAnonymous)).toHaveLength(1);
  for (const [kind, policy] of [
    ["variables", "secrets/hardcoded-in-variable"],
    ["deployments", "secrets/hardcoded-in-deployment"],
    ["workPools", "secrets/hardcoded-in-work-pool"],
  ] as const) {
    const found = Object.entries(data.prefect).flatMap(([api, server]) =>
      server[kind].filter((row) => JSON.stringify(row).includes("Plant3d-")).map((row) => `prefect:${api} ${row.name}`),
    );
    expect(found).toEqual(plantedFor(policy).map((id) => id.replace(/^(prefect:\w+)\/.*\/([^/]+)$/, "$1 $2")));
  }
});

test("one workspace takes SQL logins, and one is open to the world", () => {
  const open = arm.synapseFirewallRules.filter((row) => row.properties.endIpAddress === "255.255.255.255");
  expect(open.map((row) => row.id.toLowerCase().replace(/\/firewallrules\/.*/, ""))).toEqual(
    plantedFor("isolation/no-open-firewall"),
  );
  const mixed = arm.synapseWorkspaces.filter((row) => row.properties.azureADOnlyAuthentication !== true);
  expect(mixed.map((row) => row.id.toLowerCase())).toEqual(plantedFor("identity/entra-only-authentication"));
});

test("every id that the configuration names exists", () => {
  const configuration = parse(text("leastwise.yaml"));
  const clients = new Set(graph.servicePrincipals.map((row) => row.appId));
  const scopes = new Set(
    [...arm.subscriptions, ...arm.resourceGroups, ...arm.logAnalyticsWorkspaces].map((row) => row.id.toLowerCase()),
  );
  for (const environment of Object.values<{ scopes: string[]; identities: string[] }>(configuration.environments)) {
    for (const id of environment.identities) expect(clients).toContain(id);
    for (const scope of environment.scopes) expect(scopes).toContain(scope.toLowerCase());
  }
  for (const { identity, scope } of configuration.shared) {
    if (identity) expect(clients).toContain(identity);
    if (scope) expect(scopes).toContain(scope.toLowerCase());
  }
  expect(configuration.expect["prefect.block"]).toBe(blocks.length);
});
