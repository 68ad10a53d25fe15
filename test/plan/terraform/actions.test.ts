import { expect, test } from "vitest";
import { unknown } from "../../../src/plan/plan.ts";
import { change, configured, created, group, is, read, to } from "./plan.ts";

const id = `${group("rg-data")}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-flows`;
const identity = {
  id,
  name: "id-flows",
  resource_group_name: "rg-data",
  location: "westeurope",
  principal_id: "77777777-0000-4000-8000-000000000001",
  client_id: "77777777-0000-4000-8000-000000000002",
};

/** What becomes of one identity by some actions. */
function identityBy(actions: readonly string[], told: Parameters<typeof change>[2]) {
  return read({ changes: [change("azurerm_user_assigned_identity.flows", actions, told)] }).objects.map(
    ({ action, id, body }) => ({ action, id: id.toLowerCase(), hasBody: body !== null }),
  );
}

test("create, update and delete are what they say; no-op, read and forget change nothing", () => {
  const at = id.toLowerCase();
  expect(identityBy(["create"], { after: { ...identity, id: undefined }, open: { id: true } })).toEqual([
    { action: "create", id: at, hasBody: true },
  ]);
  expect(identityBy(["update"], { before: identity, after: { ...identity, tags: { a: "b" } } })).toEqual([
    { action: "update", id: at, hasBody: true },
  ]);
  expect(identityBy(["delete"], { before: identity })).toEqual([{ action: "delete", id: at, hasBody: false }]);
  expect(identityBy(["no-op"], { before: identity, after: identity })).toEqual([]);
  expect(identityBy(["forget"], { before: identity })).toEqual([]);
  expect(identityBy(["read"], { after: identity, mode: "data" })).toEqual([]);
});

test("a replacement, in whichever order, is one where the id stays, and a deletion and a creation where it does not", () => {
  const open = { id: true, principal_id: true, client_id: true };
  const next = { name: "id-flows", resource_group_name: "rg-data", location: "northeurope" };
  for (const actions of [
    ["delete", "create"],
    ["create", "delete"],
  ]) {
    expect(identityBy(actions, { before: identity, after: next, open })).toEqual([
      { action: "replace", id: id.toLowerCase(), hasBody: true },
    ]);
    expect(identityBy(actions, { before: identity, after: { ...next, name: "id-next" }, open })).toEqual([
      { action: "delete", id: id.toLowerCase(), hasBody: false },
      { action: "create", id: id.toLowerCase().replace("id-flows", "id-next"), hasBody: true },
    ]);
  }
});

test("what is imported or moved keeps its id, and what an old create_before_destroy left is deleted", () => {
  const moved = {
    ...change("azurerm_user_assigned_identity.flows", ["update"], { before: identity, after: identity }),
    previous_address: "azurerm_user_assigned_identity.old",
  };
  const imported = change("azurerm_user_assigned_identity.found", ["no-op"], { before: identity, after: identity });
  const deposed = {
    ...change("azurerm_user_assigned_identity.flows", ["delete"], { before: { ...identity, id: `${id}-old` } }),
    deposed: "ab12cd34",
  };
  const { objects } = read({
    changes: [moved, { ...imported, change: { ...(imported.change as object), importing: { id } } }, deposed],
  });
  expect(objects.map(({ action, id }) => [action, id])).toEqual([
    ["update", id],
    ["delete", `${id}-old`],
  ]);
});

test("a grant to something that stays is decided by what it is", () => {
  const { objects } = read({
    changes: [
      change("azurerm_user_assigned_identity.flows", ["no-op"], { before: identity, after: identity }),
      created(
        "azurerm_role_assignment.flows",
        { role_definition_name: "Reader", scope: id, principal_id: identity.principal_id },
        { id: true, name: true },
      ),
    ],
  });
  expect(objects).toHaveLength(1);
  expect(objects[0]?.body).toMatchObject({
    properties: { scope: id, principalId: identity.principal_id, roleDefinitionName: "Reader" },
  });
});

test("types that stand for nothing are counted, unless something is deleted at which grants may be", () => {
  const network = { id: `${group("rg-net")}/providers/Microsoft.Network/virtualNetworks/vnet`, name: "vnet" };
  const plan = read({
    changes: [
      created("null_resource.one", {}),
      created("azurerm_subnet.one", { name: "one" }),
      created("azurerm_subnet.two", { name: "two" }),
      change("azurerm_virtual_network.gone", ["delete"], { before: network }),
      change("azurerm_resource_group.gone", ["delete"], { before: { id: group("rg-net"), name: "rg-net" } }),
    ],
  });
  expect([...plan.ignored]).toEqual([
    ["null_resource", 1],
    ["azurerm_subnet", 2],
  ]);
  expect(plan.objects.map(({ type, action }) => [type, action])).toEqual([
    ["microsoft.network/virtualnetworks", "delete"],
    ["microsoft.resources/subscriptions/resourcegroups", "delete"],
  ]);
});

test("a resource of no kind is told where it has an identity, with those that are attached to it", () => {
  const { objects } = read({
    changes: [
      created(
        "azurerm_linux_web_app.app",
        {
          name: "app",
          resource_group_name: "rg-data",
          identity: [{ type: "SystemAssigned, UserAssigned" }],
        },
        { id: true, identity: [{ identity_ids: true, principal_id: true }] },
      ),
      created("azurerm_user_assigned_identity.flows", { name: "id-flows", resource_group_name: "rg-data" }),
    ],
    resources: [
      configured("azurerm_linux_web_app.app", {
        identity: [
          {
            type: is("SystemAssigned, UserAssigned"),
            identity_ids: to("azurerm_user_assigned_identity.flows.id"),
          },
        ],
      }),
      configured("azurerm_user_assigned_identity.flows"),
    ],
  });
  expect(objects[0]).toMatchObject({
    type: "microsoft.web/sites",
    action: "create",
    body: {
      identity: {
        type: "SystemAssigned, UserAssigned",
        userAssignedIdentities: { [id.toLowerCase().replace(group("rg-data").toLowerCase(), group("rg-data"))]: {} },
      },
    },
  });
});

test("a part of an account that Terraform keeps apart goes into the account, which may stay as it is otherwise", () => {
  const account = {
    id: `${group("rg-data")}/providers/Microsoft.Storage/storageAccounts/stlake`,
    name: "stlake",
    resource_group_name: "rg-data",
    account_tier: "Standard",
    account_replication_type: "LRS",
    network_rules: [{ default_action: "Allow", bypass: ["AzureServices"], ip_rules: [] }],
  };
  const rules = (target: unknown) =>
    created("azurerm_storage_account_network_rules.lake", {
      storage_account_id: target,
      default_action: "Deny",
      ip_rules: ["192.0.2.1"],
      bypass: [],
    });
  const kept = change("azurerm_storage_account.lake", ["no-op"], { before: account, after: account });
  const plan = read({ changes: [rules(account.id), kept] });
  expect(plan.objects).toHaveLength(1);
  expect(plan.objects[0]).toMatchObject({
    type: "microsoft.storage/storageaccounts",
    action: "update",
    body: {
      sku: { name: "Standard_LRS" },
      properties: { networkAcls: { defaultAction: "Deny", ipRules: [{ value: "192.0.2.1" }] } },
    },
  });
  // Of an account that the plan does not have nobody can tell the rest.
  const apart = read({ changes: [rules(account.id)] });
  expect(apart.objects).toEqual([]);
  expect(apart.undecided).toMatchObject([{ kind: "azure.storageAccount", scope: account.id.toLowerCase() }]);
});

test("an access policy that changes is taken out before it is put anew", () => {
  const vault = `${group("rg-data")}/providers/Microsoft.KeyVault/vaults/kv-data`;
  const policy = {
    key_vault_id: vault,
    tenant_id: "t",
    object_id: "77777777-0000-4000-8000-000000000001",
    secret_permissions: ["Get"],
  };
  const by = (actions: readonly string[], told: Parameters<typeof change>[2]) =>
    read({ changes: [change("azurerm_key_vault_access_policy.flows", actions, told)] }).objects.map(
      ({ action, id }) => `${action} ${id.split("/").at(-1)}`,
    );
  expect(by(["create"], { after: policy })).toEqual(["update add"]);
  expect(by(["update"], { before: policy, after: { ...policy, secret_permissions: ["Set"] } })).toEqual([
    "update remove",
    "update add",
  ]);
  expect(by(["delete"], { before: policy })).toEqual(["update remove"]);
});

test("a change that Terraform leaves to a later plan is undecided", () => {
  const deferred = created("azurerm_role_assignment.later", {});
  const plan = read({
    changes: [],
    more: { deferred_changes: [{ reason: "provider_config_unknown", resource_change: deferred }] },
  });
  expect(plan.undecided).toMatchObject([
    { kind: "azure.roleAssignment", at: { address: "terraform:azurerm_role_assignment.later" } },
  ]);
});

test("blocks that are written in a way that a plan does not show are unknown, and what a service sets is left to it", () => {
  const { objects } = read({
    changes: [
      created(
        "azurerm_storage_account.lake",
        { name: "stlake", resource_group_name: "rg-data", account_tier: "Standard", account_replication_type: "LRS" },
        { id: true, identity: true, customer_managed_key: true, network_rules: true },
      ),
      created(
        "azurerm_key_vault.kv",
        { name: "kv", resource_group_name: "rg-data" },
        { id: true, access_policy: true },
      ),
    ],
    resources: [
      configured("azurerm_storage_account.lake", { name: is("stlake") }),
      configured("azurerm_key_vault.kv", { access_policy: { references: ["var.policies"] } }),
    ],
  });
  expect(objects[0]?.body).toMatchObject({ identity: unknown, properties: { encryption: unknown } });
  expect(objects[0]?.body?.properties).not.toHaveProperty("networkAcls");
  expect(objects[1]?.body?.properties).toMatchObject({ accessPolicies: unknown });
});

test("an identity that is taken away from a resource of no kind is told", () => {
  const app = {
    id: `${group("rg-data")}/providers/Microsoft.Web/sites/app`,
    name: "app",
    identity: [{ type: "SystemAssigned" }],
  };
  const { objects } = read({
    changes: [change("azurerm_linux_web_app.app", ["update"], { before: app, after: { ...app, identity: [] } })],
  });
  expect(objects).toMatchObject([{ type: "microsoft.web/sites", action: "update", body: { identity: null } }]);
});

test("a change of a part through azapi, and of one owner, is undecided for what it is a part of", () => {
  const id = `${group("rg-data")}/providers/Microsoft.KeyVault/vaults/kv`;
  const plan = read({
    changes: [
      created("azapi_update_resource.kv", { type: "Microsoft.KeyVault/vaults@2023-07-01", resource_id: id }),
      created("azapi_update_resource.dns", { type: "Microsoft.Network/dnsZones@2018-05-01", resource_id: id }),
      created("azuread_application_owner.one", { owner_object_id: "o" }),
    ],
  });
  expect(plan.objects).toEqual([]);
  expect(plan.undecided.map(({ kind, scope }) => [kind, scope])).toEqual([
    ["azure.keyVault", id.toLowerCase()],
    ["azure.application", "tenant"],
  ]);
  expect([...plan.ignored]).toEqual([["azapi_update_resource", 1]]);
});
