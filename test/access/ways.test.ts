import { describe, expect, test } from "vitest";
import { waysUp } from "../../src/access/ways.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { accessOf } from "./rows.ts";

const group = "/subscriptions/s/resourcegroups/app";
const identity = `${group}/providers/microsoft.managedidentity/userassignedidentities/id-loader`;
const account = `${group}/providers/microsoft.storage/storageaccounts/lake`;
const container = `${group}/providers/microsoft.containerinstance/containergroups/worker`;
const vault = `${group}/providers/microsoft.keyvault/vaults/kv`;

function role(
  id: string,
  part: { actions?: string[]; notActions?: string[]; dataActions?: string[] },
  type = "BuiltInRole",
): Row {
  const permission = { actions: [], notActions: [], dataActions: [], notDataActions: [], condition: null, ...part };
  return { id, name: id, type, permissions: [permission], assignableScopes: [group] };
}

function grant(principalId: string, roleDefinitionId: string, scope: string, condition: string | null = null): Row {
  return {
    id: `${scope}/${roleDefinitionId}/${principalId}`,
    principalId,
    roleDefinitionId,
    scope: { id: scope },
    condition,
  };
}

function principal(id: string, more: Record<string, unknown> = {}): Row {
  return {
    id,
    type: "ServicePrincipal",
    displayName: id,
    members: [],
    memberOf: [],
    owners: [],
    servicePrincipalType: "Application",
    ...more,
  };
}

const base: Record<string, Row[]> = {
  "azure.principal": [principal("me"), principal("loader", { servicePrincipalType: "ManagedIdentity" })],
  "azure.roleDefinition": [
    role("Contributor", { actions: ["*"], notActions: ["Microsoft.Authorization/*/Write"] }),
    role("Reader", { actions: ["*/read"] }),
    role("Key Reader", { actions: ["*/read", "Microsoft.Storage/storageAccounts/listKeys/action"] }),
    role("Data", { dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"] }),
    role("Access", { actions: ["Microsoft.Authorization/*"] }),
    role("Own", { actions: ["Microsoft.Authorization/roleDefinitions/write"] }, "CustomRole"),
  ],
  "azure.roleAssignment": [],
};

function ways(changes: Record<string, Row[]>, missing: Record<string, string> = {}) {
  const merged = { ...base };
  for (const [kind, rows] of Object.entries(changes)) {
    const ids = new Set(rows.map(({ id }) => id));
    merged[kind] = [...(base[kind] ?? []).filter(({ id }) => !ids.has(id)), ...rows];
  }
  const found = waysUp(accessOf(merged, new Map([["/subscriptions/s", []]]), missing), "me");
  return {
    ways: found.items.map(({ how, principals, resources, verdict }) => [
      how,
      ...principals,
      ...resources.map((each) => each.split("/").at(-1)),
      verdict,
    ]),
    missing: found.missing,
  };
}

const loader = { id: identity, type: "userAssigned", principalId: "loader", attachedTo: [container] };

describe("an identity that somebody may attach, federate, or run code as", () => {
  const attached = { "azure.managedIdentity": [loader] };

  test("is a way up where it holds what its taker does not", () => {
    const rows = {
      ...attached,
      "azure.roleAssignment": [grant("me", "Contributor", group), grant("loader", "Data", account)],
    };
    expect(ways(rows).ways).toEqual([
      ["attachIdentity", "loader", true],
      ["federateIdentity", "loader", true],
      ["runAsIdentity", "loader", true],
    ]);
  });

  test("is none where it holds nothing, or no more than its taker holds above", () => {
    expect(ways({ ...attached, "azure.roleAssignment": [grant("me", "Contributor", group)] }).ways).toEqual([]);
    const same = [grant("me", "Contributor", "/subscriptions/s"), grant("loader", "Contributor", group)];
    expect(ways({ ...attached, "azure.roleAssignment": same }).ways).toEqual([]);
  });

  test("is open where what it holds was not read whole", () => {
    const rows = { ...attached, "azure.roleAssignment": [grant("me", "Contributor", group)] };
    const { ways: found, missing } = ways(rows, { "azure.roleAssignment": "one subscription was refused" });
    expect(found[0]?.at(-1)).toBe("one subscription was refused");
    expect(missing).toBe("one subscription was refused");
  });

  test("is none where a denial takes the action away", () => {
    const denial = {
      id: "d",
      scope: { id: group },
      permissions: [
        {
          actions: ["Microsoft.ManagedIdentity/*", "Microsoft.ContainerInstance/*"],
          notActions: [],
          dataActions: [],
          notDataActions: [],
          condition: null,
        },
      ],
      principals: [],
      everyone: true,
      excludePrincipals: [],
      doNotApplyToChildScopes: false,
      effect: "enforced",
      condition: null,
    };
    const rows = {
      ...attached,
      "azure.roleAssignment": [grant("me", "Contributor", group), grant("loader", "Data", account)],
    };
    expect(ways({ ...rows, "azure.denyAssignment": [denial] }).ways).toEqual([]);
    expect(ways({ ...rows, "azure.denyAssignment": [{ ...denial, effect: "audit" }] }).ways).toHaveLength(3);
  });
});

describe("keys of a store", () => {
  const store = { id: account, allowSharedKeyAccess: true };
  const keys = grant("me", "Key Reader", group);

  test("open its data to whoever may read them, where it accepts keys", () => {
    expect(ways({ "azure.storageAccount": [store], "azure.roleAssignment": [keys] }).ways).toEqual([
      ["readKeys", "lake", true],
    ]);
    const closed = { ...store, allowSharedKeyAccess: false };
    expect(ways({ "azure.storageAccount": [closed], "azure.roleAssignment": [keys] }).ways).toEqual([]);
    const { allowSharedKeyAccess: _, ...unread } = store;
    expect(ways({ "azure.storageAccount": [unread], "azure.roleAssignment": [keys] }).ways[0]?.at(-1)).toMatch(
      /not read/,
    );
  });

  test("bring nothing to whoever may read and write the data anyway", () => {
    const rows = [keys, grant("me", "Data", account)];
    expect(ways({ "azure.storageAccount": [store], "azure.roleAssignment": rows }).ways).toEqual([]);
  });
});

test("a vault whose policies count opens itself to whoever may change them, and one whose roles count does not", () => {
  const rows = { "azure.roleAssignment": [grant("me", "Contributor", group)] };
  expect(ways({ ...rows, "azure.keyVault": [{ id: vault, authorization: "accessPolicies" }] }).ways).toEqual([
    ["changeVaultPolicy", "kv", true],
  ]);
  expect(ways({ ...rows, "azure.keyVault": [{ id: vault, authorization: "rbac" }] }).ways).toEqual([]);
});

test("granting roles is a way up, and under a condition that names the action it depends", () => {
  expect(ways({ "azure.roleAssignment": [grant("me", "Access", group)] }).ways).toContainEqual([
    "grantRoles",
    "app",
    true,
  ]);
  const condition =
    "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[x:y] StringEquals 'z')";
  expect(ways({ "azure.roleAssignment": [grant("me", "Access", group, condition)] }).ways).toContainEqual([
    "grantRoles",
    "app",
    "conditional",
  ]);
});

test("a custom role may be widened by whoever holds it and may change it wherever it is assignable", () => {
  expect(ways({ "azure.roleAssignment": [grant("me", "Own", group)] }).ways).toEqual([
    ["changeCustomRole", "Own", true],
  ]);
  const below = `${group}/providers/microsoft.storage/storageaccounts/lake`;
  expect(ways({ "azure.roleAssignment": [grant("me", "Own", below)] }).ways).toEqual([]);
});

describe("owners", () => {
  const held = { "azure.roleAssignment": [grant("loader", "Data", account)] };

  test("of an application or group can become it, by themselves or through their groups", () => {
    const owned = principal("loader", { owners: ["team"] });
    const inTeam = principal("me", { memberOf: ["team"] });
    const team = principal("team", { type: "Group", servicePrincipalType: null, members: ["me"] });
    expect(ways({ ...held, "azure.principal": [owned, inTeam, team] }).ways).toEqual([
      ["ownApplication", "loader", true],
    ]);
    const readers = principal("readers", { type: "Group", servicePrincipalType: null, owners: ["me"], dynamic: false });
    const groupHolds = { "azure.roleAssignment": [grant("readers", "Data", account)] };
    expect(ways({ ...groupHolds, "azure.principal": [readers] }).ways).toEqual([["ownGroup", "readers", true]]);
    expect(ways({ ...groupHolds, "azure.principal": [{ ...readers, dynamic: true }] }).ways).toEqual([]);
  });

  test("that were not read leave it open, if the owned holds something", () => {
    const { owners: _, ...unread } = principal("loader");
    expect(ways({ ...held, "azure.principal": [unread as Row] }).missing).toBe("the owners of loader were not read");
    expect(ways({ "azure.principal": [unread as Row] }).missing).toBeNull();
  });
});

test("a directory role reaches applications in the whole tenant, and not from an administrative unit", () => {
  const administrator = {
    id: "r",
    principalId: "me",
    roleDefinitionId: "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    roleName: "Application Administrator",
    directoryScopeId: "/",
  };
  const app = principal("app");
  const rows = { "azure.principal": [app], "azure.roleAssignment": [grant("app", "Data", account)] };
  expect(ways({ ...rows, "azure.directoryRole": [administrator] }).ways).toEqual([["directoryRole", "app", true]]);
  expect(
    ways({ ...rows, "azure.directoryRole": [{ ...administrator, directoryScopeId: "/administrativeUnits/u" }] }).ways,
  ).toEqual([]);
});
