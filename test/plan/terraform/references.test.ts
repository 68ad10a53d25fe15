import fc from "fast-check";
import { expect, test } from "vitest";
import { unknown } from "../../../src/plan/plan.ts";
import { readTerraformPlan } from "../../../src/plan/terraform/read.ts";
import { change, configured, created, grantOf, group, is, planText, read, subscription, to } from "./plan.ts";

const open = { id: true, name: true, principal_id: true, principal_type: true, role_definition_id: true, scope: true };
const grant = (address: string) => created(address, { role_definition_name: "Reader" }, open);
const identity = (address: string, name: string) =>
  created(
    address,
    { name, resource_group_name: "rg-data", location: "westeurope" },
    { id: true, principal_id: true, client_id: true },
  );
const account = (address: string, name: string) =>
  created(address, { name, resource_group_name: "rg-data", location: "westeurope" }, { id: true });
const role = { role_definition_name: is("Reader") };
const accountId = (name: string) => `${group("rg-data")}/providers/microsoft.storage/storageaccounts/${name}`;

test("a new identity and its grant at a new account become one principal and one id", () => {
  const plan = read({
    changes: [
      identity("azurerm_user_assigned_identity.flows", "id-flows"),
      account("azurerm_storage_account.lake", "stlake"),
      grant("azurerm_role_assignment.flows"),
    ],
    resources: [
      configured("azurerm_user_assigned_identity.flows"),
      configured("azurerm_storage_account.lake"),
      configured("azurerm_role_assignment.flows", {
        ...role,
        principal_id: to("azurerm_user_assigned_identity.flows.principal_id"),
        scope: to("azurerm_storage_account.lake.id"),
      }),
    ],
  });
  expect(grantOf(plan, "azurerm_role_assignment.flows")).toEqual({
    scope: accountId("stlake"),
    role: "Reader",
    principal: "terraform:azurerm_user_assigned_identity.flows",
  });
  expect(plan.objects.map(({ type, id }) => [type, id])).toContainEqual([
    "microsoft.storage/storageaccounts",
    accountId("stlake"),
  ]);
});

test("a grant in a module gets what the call of the module hands it, and what another module puts out", () => {
  const plan = read({
    changes: [
      identity("module.who.azurerm_user_assigned_identity.this", "id-flows"),
      account("azurerm_storage_account.lake", "stlake"),
      grant("module.access.module.grants.azurerm_role_assignment.this"),
    ],
    resources: [configured("azurerm_storage_account.lake")],
    calls: {
      who: {
        module: {
          resources: [configured("azurerm_user_assigned_identity.this")],
          outputs: { principal: { expression: to("azurerm_user_assigned_identity.this.principal_id") } },
        },
      },
      access: {
        expressions: { scope: to("azurerm_storage_account.lake.id"), who: to("module.who.principal") },
        module: {
          variables: { scope: {}, who: {} },
          module_calls: {
            grants: {
              expressions: { scope: to("var.scope"), principal: to("var.who") },
              module: {
                variables: { scope: {}, principal: {} },
                resources: [
                  configured("azurerm_role_assignment.this", {
                    ...role,
                    principal_id: to("var.principal"),
                    scope: to("var.scope"),
                  }),
                ],
              },
            },
          },
        },
      },
    },
  });
  expect(grantOf(plan, "module.access.module.grants.azurerm_role_assignment.this")).toMatchObject({
    scope: accountId("stlake"),
    principal: "terraform:module.who.azurerm_user_assigned_identity.this",
  });
});

test("for_each: each.key picks the instance of that key, and count.index the one of that number", () => {
  const plan = read({
    changes: [
      identity('azurerm_user_assigned_identity.by_key["load"]', "id-load"),
      identity('azurerm_user_assigned_identity.by_key["report"]', "id-report"),
      account("azurerm_storage_account.numbered[0]", "st0"),
      account("azurerm_storage_account.numbered[1]", "st1"),
      grant('azurerm_role_assignment.by_key["report"]'),
      grant("azurerm_role_assignment.numbered[1]"),
    ],
    resources: [
      configured("azurerm_user_assigned_identity.by_key", {}, { for_each_expression: to("var.flows") }),
      configured("azurerm_storage_account.numbered", {}, { count_expression: is(2) }),
      configured(
        "azurerm_role_assignment.by_key",
        {
          ...role,
          principal_id: { references: ["azurerm_user_assigned_identity.by_key", "each.key"] },
          scope: to("azurerm_storage_account.numbered[0].id"),
        },
        { for_each_expression: to("var.flows") },
      ),
      configured(
        "azurerm_role_assignment.numbered",
        {
          ...role,
          principal_id: to('azurerm_user_assigned_identity.by_key["load"].principal_id'),
          scope: { references: ["azurerm_storage_account.numbered", "count.index"] },
        },
        { count_expression: is(2) },
      ),
    ],
    variables: { flows: ["load", "report"] },
  });
  expect(grantOf(plan, 'azurerm_role_assignment.by_key["report"]')).toMatchObject({
    scope: accountId("st0"),
    principal: 'terraform:azurerm_user_assigned_identity.by_key["report"]',
  });
  expect(grantOf(plan, "azurerm_role_assignment.numbered[1]")).toMatchObject({
    scope: accountId("st1"),
    principal: 'terraform:azurerm_user_assigned_identity.by_key["load"]',
  });
});

test("for_each: each.value of a variable names the instance; each.value of another resource is its instance", () => {
  const plan = read({
    changes: [
      identity('azurerm_user_assigned_identity.flows["load"]', "id-load"),
      identity('azurerm_user_assigned_identity.flows["report"]', "id-report"),
      account("azurerm_storage_account.lake", "stlake"),
      grant('azurerm_role_assignment.named["a"]'),
      grant('azurerm_role_assignment.chained["load"]'),
    ],
    resources: [
      configured("azurerm_user_assigned_identity.flows", {}, { for_each_expression: is(["load", "report"]) }),
      configured("azurerm_storage_account.lake"),
      configured(
        "azurerm_role_assignment.named",
        {
          ...role,
          principal_id: { references: ["azurerm_user_assigned_identity.flows", "each.value.flow", "each.value"] },
          scope: to("azurerm_storage_account.lake.id"),
        },
        { for_each_expression: to("var.grants") },
      ),
      configured(
        "azurerm_role_assignment.chained",
        {
          ...role,
          principal_id: { references: ["each.value.principal_id", "each.value"] },
          scope: to("azurerm_storage_account.lake.id"),
        },
        { for_each_expression: { references: ["azurerm_user_assigned_identity.flows"] } },
      ),
    ],
    variables: { grants: { a: { flow: "report" } } },
  });
  expect(grantOf(plan, 'azurerm_role_assignment.named["a"]').principal).toBe(
    'terraform:azurerm_user_assigned_identity.flows["report"]',
  );
  expect(grantOf(plan, 'azurerm_role_assignment.chained["load"]').principal).toBe(
    'terraform:azurerm_user_assigned_identity.flows["load"]',
  );
});

test("modules in several instances hand each of their grants what its own call says", () => {
  const plan = read({
    changes: [
      identity('azurerm_user_assigned_identity.flows["load"]', "id-load"),
      identity('azurerm_user_assigned_identity.flows["report"]', "id-report"),
      account('module.lake["load"].azurerm_storage_account.this', "stload"),
      account('module.lake["report"].azurerm_storage_account.this', "streport"),
      grant('module.lake["load"].azurerm_role_assignment.this'),
      grant('module.lake["report"].azurerm_role_assignment.this'),
    ],
    resources: [
      configured("azurerm_user_assigned_identity.flows", {}, { for_each_expression: is(["load", "report"]) }),
    ],
    calls: {
      lake: {
        for_each_expression: is(["load", "report"]),
        expressions: { who: { references: ["azurerm_user_assigned_identity.flows", "each.key"] } },
        module: {
          variables: { who: {} },
          resources: [
            configured("azurerm_storage_account.this"),
            configured("azurerm_role_assignment.this", {
              ...role,
              principal_id: to("var.who"),
              scope: to("azurerm_storage_account.this.id"),
            }),
          ],
        },
      },
    },
  });
  for (const key of ["load", "report"])
    expect(grantOf(plan, `module.lake["${key}"].azurerm_role_assignment.this`)).toMatchObject({
      scope: accountId(`st${key}`),
      principal: `terraform:azurerm_user_assigned_identity.flows["${key}"]`,
    });
});

test("what depends on two new things stays unknown, as does a name that is put together", () => {
  const plan = read({
    changes: [
      identity("azurerm_user_assigned_identity.one", "id-one"),
      identity("azurerm_user_assigned_identity.two", "id-two"),
      created("random_string.suffix", { length: 4 }, { id: true, result: true }),
      created("azurerm_storage_account.lake", { resource_group_name: "rg-data" }, { id: true, name: true }),
      grant("azurerm_role_assignment.either"),
      grant("azurerm_role_assignment.built"),
    ],
    resources: [
      configured("azurerm_user_assigned_identity.one"),
      configured("azurerm_user_assigned_identity.two"),
      configured("random_string.suffix"),
      configured("azurerm_storage_account.lake", { name: to("random_string.suffix.result") }),
      configured("azurerm_role_assignment.either", {
        ...role,
        principal_id: to(
          "azurerm_user_assigned_identity.one.principal_id",
          "azurerm_user_assigned_identity.two.principal_id",
        ),
        scope: to("azurerm_storage_account.lake.id"),
      }),
      configured("azurerm_role_assignment.built", {
        ...role,
        principal_id: to("azurerm_user_assigned_identity.one.principal_id"),
        scope: to("azurerm_storage_account.lake.id", "random_string.suffix.result"),
      }),
    ],
  });
  expect(grantOf(plan, "azurerm_role_assignment.either")).toEqual({
    scope: "terraform:azurerm_storage_account.lake",
    role: "Reader",
    principal: null,
  });
  expect(grantOf(plan, "azurerm_role_assignment.built").scope).toBeNull();
});

test("a local is followed only where nothing else in the plan fits", () => {
  const parts = (others: readonly string[]) => ({
    changes: [
      ...["flows", ...others].map((name) => identity(`azurerm_user_assigned_identity.${name}`, `id-${name}`)),
      grant("azurerm_role_assignment.flows"),
    ],
    resources: [
      ...["flows", ...others].map((name) => configured(`azurerm_user_assigned_identity.${name}`)),
      configured("azurerm_role_assignment.flows", {
        ...role,
        principal_id: { references: ["local.principal"] },
        scope: is(`/subscriptions/${subscription}`),
      }),
    ],
    more: {
      relevant_attributes: ["flows", ...others].map((name) => ({
        resource: `azurerm_user_assigned_identity.${name}`,
        attribute: ["principal_id"],
      })),
    },
  });
  expect(grantOf(read(parts([])), "azurerm_role_assignment.flows").principal).toBe(
    "terraform:azurerm_user_assigned_identity.flows",
  );
  expect(grantOf(read(parts(["other"])), "azurerm_role_assignment.flows").principal).toBeNull();
});

test("what a data source has read is known, and so is its twin that is read again during the change", () => {
  const config = { subscription_id: subscription, object_id: "77777777-0000-4000-8000-000000000001", id: "read" };
  const plan = read(
    {
      changes: [
        {
          ...created(
            "module.vault.data.azurerm_client_config.me",
            {},
            { id: true, object_id: true, subscription_id: true },
          ),
          change: {
            actions: ["read"],
            before: null,
            after: {},
            after_unknown: { id: true, object_id: true, subscription_id: true },
            before_sensitive: false,
            after_sensitive: {},
          },
        },
        account("azurerm_storage_account.lake", "stlake"),
        grant("module.vault.azurerm_role_assignment.me"),
      ],
      resources: [configured("data.azurerm_client_config.me"), configured("azurerm_storage_account.lake")],
      calls: {
        vault: {
          expressions: { scope: to("azurerm_storage_account.lake.id") },
          module: {
            variables: { scope: {} },
            resources: [
              configured("data.azurerm_client_config.me"),
              configured("azurerm_role_assignment.me", {
                ...role,
                principal_id: to("data.azurerm_client_config.me.object_id"),
                scope: to("var.scope"),
              }),
            ],
          },
        },
      },
      read: {
        resources: [
          {
            address: "data.azurerm_client_config.me",
            mode: "data",
            type: "azurerm_client_config",
            name: "me",
            values: config,
            sensitive_values: {},
          },
        ],
      },
    },
    null,
  );
  expect(grantOf(plan, "module.vault.azurerm_role_assignment.me")).toMatchObject({
    // The subscription is the one that the data source of the same provider was answered from.
    scope: accountId("stlake"),
    principal: "77777777-0000-4000-8000-000000000001",
  });
});

test("the subscription is that of the provider, through variables and aliases, before the one that is named", () => {
  const own = "99999999-2222-4333-8444-555555555555";
  const plan = read({
    changes: [account("azurerm_storage_account.here", "st1"), account("azurerm_storage_account.there", "st2")],
    resources: [
      configured("azurerm_storage_account.here"),
      configured("azurerm_storage_account.there", {}, { provider_config_key: "azurerm.other" }),
    ],
    providers: {
      azurerm: { name: "azurerm" },
      "azurerm.other": {
        name: "azurerm",
        alias: "other",
        expressions: { subscription_id: { references: ["var.other"] } },
      },
    },
    variables: { other: own },
  });
  expect(plan.objects.map(({ id }) => id)).toEqual([
    accountId("st1"),
    `/subscriptions/${own}/resourcegroups/rg-data/providers/microsoft.storage/storageaccounts/st2`,
  ]);
  // Where the provider does not say it, what it has made already does.
  const elsewhere = `/subscriptions/${own}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/st0`;
  const held = { id: elsewhere, name: "st0", resource_group_name: "rg-data" };
  const grown = read({
    changes: [
      change("azurerm_storage_account.held", ["no-op"], { before: held, after: held }),
      account("azurerm_storage_account.here", "st1"),
    ],
  });
  expect(grown.objects[0]?.id).toContain(own);
  // One that says another, which nobody can tell, is not the one that is named.
  const hidden = read({
    changes: [account("azurerm_storage_account.there", "st2")],
    resources: [configured("azurerm_storage_account.there", {}, { provider_config_key: "azurerm.other" })],
    providers: {
      "azurerm.other": {
        name: "azurerm",
        alias: "other",
        expressions: { subscription_id: { references: ["local.x"] } },
      },
    },
  });
  expect(hidden.objects[0]?.id).toBe("terraform:azurerm_storage_account.there");
  const nameless = read({ changes: [account("azurerm_storage_account.here", "st1")] }, null);
  expect(nameless.objects[0]?.id).toBe("terraform:azurerm_storage_account.here");
  expect([plan.lacksSubscription, nameless.lacksSubscription]).toEqual([false, true]);
});

test("principals of a resource's own identity, of one that comes with it, of applications and groups", () => {
  const plan = read({
    changes: [
      created(
        "azurerm_kubernetes_cluster.k8s",
        { name: "aks", resource_group_name: "rg-data", identity: [{ type: "SystemAssigned" }] },
        { id: true, identity: [{ principal_id: true }], kubelet_identity: true },
      ),
      created("azuread_service_principal.app", {}, { id: true, object_id: true, client_id: true }),
      created("azuread_group.readers", { display_name: "readers" }, { id: true, object_id: true }),
      ...["own", "kubelet", "app", "group", "any"].map((name) => grant(`azurerm_role_assignment.${name}`)),
    ],
    resources: [
      configured("azurerm_kubernetes_cluster.k8s", { identity: [{ type: is("SystemAssigned") }] }),
      configured("azuread_service_principal.app"),
      configured("azuread_group.readers"),
      ...Object.entries({
        own: "azurerm_kubernetes_cluster.k8s.identity[0].principal_id",
        kubelet: "azurerm_kubernetes_cluster.k8s.kubelet_identity[0].object_id",
        app: "azuread_service_principal.app.object_id",
        group: "azuread_group.readers.object_id",
        any: "azurerm_kubernetes_cluster.k8s",
      }).map(([name, reference]) =>
        configured(`azurerm_role_assignment.${name}`, {
          ...role,
          principal_id: to(reference),
          scope: to("azurerm_kubernetes_cluster.k8s.id"),
        }),
      ),
    ],
  });
  const principals = Object.fromEntries(
    ["own", "kubelet", "app", "group", "any"].map((name) => [
      name,
      grantOf(plan, `azurerm_role_assignment.${name}`).principal,
    ]),
  );
  expect(principals).toEqual({
    own: "terraform:azurerm_kubernetes_cluster.k8s",
    kubelet: "terraform:azurerm_kubernetes_cluster.k8s.kubelet_identity[0]",
    app: "terraform:azuread_service_principal.app",
    group: "terraform:azuread_group.readers",
    // All of the cluster: it has several, so nobody can say which.
    any: null,
  });
});

/** The principal and scope of one grant, by what its expressions refer to. */
function decidedBy(
  told: { principal?: object; scope?: object },
  parts: Partial<Parameters<typeof read>[0]> & { more?: { [name: string]: unknown } },
  live?: Parameters<typeof readTerraformPlan>[1]["live"],
) {
  const text = planText({
    ...parts,
    changes: [...(parts.changes ?? []), grant("azurerm_role_assignment.it")],
    resources: [
      ...(parts.resources ?? []),
      configured("azurerm_role_assignment.it", {
        ...role,
        principal_id: told.principal ?? is("77777777-0000-4000-8000-000000000001"),
        scope: told.scope ?? is(`/subscriptions/${subscription}`),
      }),
    ],
  });
  const plan = readTerraformPlan({ file: "plan.json", text }, { subscription, ...(live && { live }) });
  return grantOf(plan, "azurerm_role_assignment.it");
}

test("a known part of an expression is not why it is unknown: a choice between a variable and a new thing is the thing", () => {
  expect(
    decidedBy(
      { principal: to("var.existing", "azurerm_user_assigned_identity.new[0].principal_id") },
      {
        changes: [identity("azurerm_user_assigned_identity.new[0]", "id-new")],
        resources: [configured("azurerm_user_assigned_identity.new", {}, { count_expression: is(1) })],
        variables: { existing: null },
      },
    ).principal,
  ).toBe("terraform:azurerm_user_assigned_identity.new[0]");
});

test("what is not made is no choice, and being asked whether something is there is none either", () => {
  const parts = {
    changes: [account("azurerm_storage_account.b[0]", "stb"), account("azurerm_storage_account.b[1]", "stb1")],
    resources: [
      configured("azurerm_storage_account.a", {}, { count_expression: is(0) }),
      configured("azurerm_storage_account.b", {}, { count_expression: is(2) }),
    ],
  };
  const either = to("azurerm_storage_account.a[0].id", "azurerm_storage_account.b[0].id");
  expect(decidedBy({ scope: either }, parts).scope).toBe(accountId("stb"));
  const asked = { references: ["azurerm_storage_account.b", ...to("azurerm_storage_account.b[0].id").references] };
  expect(decidedBy({ scope: asked }, parts).scope).toBe(accountId("stb"));
});

test("a scope that is put together with the name of something inside is unknown, and not the wider one", () => {
  expect(
    decidedBy(
      { scope: to("azurerm_storage_account.lake.id", "azurerm_storage_container.raw.name") },
      {
        changes: [
          account("azurerm_storage_account.lake", "stlake"),
          created("azurerm_storage_container.raw", { name: "raw" }),
        ],
        resources: [configured("azurerm_storage_account.lake"), configured("azurerm_storage_container.raw")],
      },
    ).scope,
  ).toBeNull();
});

test("ids of what stands inside a resource, and of a group that comes with one", () => {
  const parts = {
    changes: [
      created(
        "azurerm_virtual_network.net",
        { name: "vnet", resource_group_name: "rg-data", subnet: [{ name: "aks" }] },
        { id: true, subnet: [{ id: true }] },
      ),
      created(
        "azurerm_kubernetes_cluster.k8s",
        { name: "aks", resource_group_name: "rg-data", location: "westeurope" },
        { id: true, node_resource_group: true, node_resource_group_id: true },
      ),
      created("azurerm_storage_account.lake", { name: "stlake", resource_group_name: "rg-data" }),
      created(
        "azurerm_storage_container.raw",
        { name: "raw", storage_account_name: "stlake" },
        { id: true, resource_manager_id: true },
      ),
    ],
    resources: [
      configured("azurerm_virtual_network.net", { subnet: [{ name: is("aks") }] }),
      configured("azurerm_kubernetes_cluster.k8s"),
      configured("azurerm_storage_account.lake"),
      configured("azurerm_storage_container.raw"),
    ],
  };
  const scopeOf = (reference: string): unknown => decidedBy({ scope: to(reference) }, parts).scope;
  const nodes = group("MC_rg-data_aks_westeurope");
  expect(scopeOf("azurerm_virtual_network.net.subnet")).toBe(
    `${group("rg-data")}/providers/microsoft.network/virtualnetworks/vnet/subnets/aks`,
  );
  expect(scopeOf("azurerm_kubernetes_cluster.k8s.node_resource_group_id")).toBe(nodes);
  expect(scopeOf("azurerm_kubernetes_cluster.k8s.node_resource_group")).toBe(nodes);
  expect(scopeOf("azurerm_storage_container.raw.resource_manager_id")).toBe(
    `${accountId("stlake")}/blobservices/default/containers/raw`,
  );
});

test("a map of new things that is handed to a module is taken apart by its keys", () => {
  const plan = read({
    changes: [
      identity('azurerm_user_assigned_identity.flows["load"]', "id-load"),
      identity('azurerm_user_assigned_identity.flows["report"]', "id-report"),
      grant("module.access.azurerm_role_assignment.this"),
      grant('module.access.azurerm_role_assignment.each["report"]'),
    ],
    resources: [
      configured("azurerm_user_assigned_identity.flows", {}, { for_each_expression: is(["load", "report"]) }),
    ],
    calls: {
      access: {
        expressions: {
          all: { references: ["azurerm_user_assigned_identity.flows"] },
          grants: to('azurerm_user_assigned_identity.flows["load"].principal_id', "var.role"),
        },
        module: {
          variables: { all: {}, grants: {} },
          resources: [
            configured("azurerm_role_assignment.this", {
              ...role,
              principal_id: to('var.all["load"].principal_id'),
              scope: is("/"),
            }),
            configured(
              "azurerm_role_assignment.each",
              { ...role, principal_id: { references: ["each.value.principal", "each.value"] }, scope: is("/") },
              { for_each_expression: to("var.grants") },
            ),
          ],
        },
      },
    },
    variables: { role: "Reader" },
  });
  for (const address of ["this", 'each["report"]'])
    expect(grantOf(plan, `module.access.azurerm_role_assignment.${address}`).principal).toBe(
      'terraform:azurerm_user_assigned_identity.flows["load"]',
    );
});

test("a data source that is read during the change is the new thing that it looks up, or the live one", () => {
  const wanted = { name: "id-flows", resource_group_name: "rg-data" };
  const principalId = "66666666-0000-4000-8000-000000000001";
  const data = {
    ...change("data.azurerm_user_assigned_identity.flows", ["read"], {
      after: wanted,
      open: { id: true, principal_id: true, client_id: true },
    }),
  };
  const config = configured("data.azurerm_user_assigned_identity.flows");
  const principal = to("data.azurerm_user_assigned_identity.flows.principal_id");
  const made = {
    changes: [data, identity("azurerm_user_assigned_identity.made", "id-flows")],
    resources: [config, configured("azurerm_user_assigned_identity.made")],
  };
  expect(decidedBy({ principal }, made).principal).toBe("terraform:azurerm_user_assigned_identity.made");
  const read = { changes: [data], resources: [config] };
  expect(decidedBy({ principal }, read).principal).toBe("terraform:data.azurerm_user_assigned_identity.flows");
  const id = `${group("rg-data")}/providers/microsoft.managedidentity/userassignedidentities/id-flows`;
  const live = { row: (_: string, asked: string) => (asked === id ? { id, principalId } : undefined), rows: () => [] };
  expect(decidedBy({ principal }, read, live).principal).toBe(principalId);
});

test("a role that the plan makes is its own, by reference and by name", () => {
  const parts = {
    changes: [
      created("azurerm_role_definition.own", { name: "Own Role" }, { id: true, role_definition_resource_id: true }),
      created("azurerm_role_assignment.by_id", {}, { ...open, role_definition_name: true }),
      created("azurerm_role_assignment.by_name", { role_definition_name: "Own Role" }, open),
    ],
    resources: [
      configured("azurerm_role_definition.own"),
      configured("azurerm_role_assignment.by_id", {
        role_definition_id: to("azurerm_role_definition.own.role_definition_resource_id"),
      }),
      configured("azurerm_role_assignment.by_name", { role_definition_name: is("Own Role") }),
    ],
  };
  for (const name of ["by_id", "by_name"])
    expect(grantOf(read(parts), `azurerm_role_assignment.${name}`).role).toBe("terraform:azurerm_role_definition.own");
});

test("references are followed whatever keys are called", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 2, maxLength: 4 }),
      (keys) => {
        const [key = ""] = keys;
        const text = JSON.stringify(key).replaceAll("${", "$${").replaceAll("%{", "%%{");
        const at = (each: string) => `azurerm_user_assigned_identity.all[${JSON.stringify(each)}]`;
        const found = decidedBy(
          { principal: { references: [`azurerm_user_assigned_identity.all[${text}].principal_id`] } },
          {
            changes: keys.map((each) => ({
              ...identity("azurerm_user_assigned_identity.all", `id-${each}`),
              address: at(each),
              index: each,
            })),
            resources: [configured("azurerm_user_assigned_identity.all", {}, { for_each_expression: is(keys) })],
          },
        );
        expect(found.principal).toBe(`terraform:${at(key)}`);
      },
    ),
  );
});

test("a plan that refers in circles is read, and leaves open what goes round", () => {
  const plan = read({
    changes: [grant("module.a.azurerm_role_assignment.it")],
    calls: {
      a: {
        expressions: { who: to("module.a.who") },
        module: {
          variables: { who: {} },
          outputs: { who: { expression: to("var.who") } },
          resources: [
            configured("azurerm_role_assignment.it", { ...role, principal_id: to("var.who"), scope: is("/") }),
          ],
        },
      },
    },
  });
  expect(grantOf(plan, "module.a.azurerm_role_assignment.it").principal).toBeNull();
});

test("what azapi sends has the id below its parent, and the principal that the service answers is its own", () => {
  const parts = {
    changes: [
      created("azurerm_resource_group.data", { name: "rg-data" }),
      created(
        "azapi_resource.identity",
        { type: "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31", name: "id-flows" },
        { id: true, parent_id: true, output: true },
      ),
    ],
    resources: [
      configured("azurerm_resource_group.data"),
      configured("azapi_resource.identity", { parent_id: to("azurerm_resource_group.data.id") }),
    ],
  };
  const told = {
    principal: to("azapi_resource.identity.output.properties.principalId"),
    scope: to("azapi_resource.identity.id"),
  };
  expect(decidedBy(told, parts)).toMatchObject({
    principal: "terraform:azapi_resource.identity",
    scope: `${group("rg-data")}/providers/microsoft.managedidentity/userassignedidentities/id-flows`,
  });
});

test("the local of a module is followed among what is in the module and what it is handed", () => {
  const made = ["flows", "other"];
  const plan = (handed: readonly string[]) =>
    read({
      changes: [
        ...made.map((name) => identity(`azurerm_user_assigned_identity.${name}`, `id-${name}`)),
        grant("module.access.azurerm_role_assignment.it"),
      ],
      resources: made.map((name) => configured(`azurerm_user_assigned_identity.${name}`)),
      calls: {
        access: {
          expressions: Object.fromEntries(
            handed.map((name) => [name, to(`azurerm_user_assigned_identity.${name}.principal_id`)]),
          ),
          module: {
            variables: { flows: {}, other: {} },
            resources: [
              configured("azurerm_role_assignment.it", { ...role, principal_id: to("local.who"), scope: is("/") }),
            ],
          },
        },
      },
      more: {
        relevant_attributes: made.map((name) => ({
          resource: `azurerm_user_assigned_identity.${name}`,
          attribute: ["principal_id"],
        })),
      },
    });
  const address = "module.access.azurerm_role_assignment.it";
  expect(grantOf(plan(["flows"]), address).principal).toBe("terraform:azurerm_user_assigned_identity.flows");
  expect(grantOf(plan(made), address).principal).toBeNull();
});

test("a block that holds one identity is that identity, and one that holds none is unknown", () => {
  const parts = {
    changes: [
      created(
        "azurerm_kubernetes_cluster.k8s",
        { name: "aks", resource_group_name: "rg-data", ingress_application_gateway: [{ gateway_id: null }] },
        {
          id: true,
          kubelet_identity: true,
          ingress_application_gateway: [{ effective_gateway_id: true, ingress_application_gateway_identity: true }],
          network_profile: [{ outbound: true }],
        },
      ),
    ],
    resources: [configured("azurerm_kubernetes_cluster.k8s")],
  };
  const principalOf = (attribute: string): unknown =>
    decidedBy({ principal: to(`azurerm_kubernetes_cluster.k8s.${attribute}`) }, parts).principal;
  const own = "terraform:azurerm_kubernetes_cluster.k8s";
  expect(principalOf("ingress_application_gateway")).toBe(
    `${own}.ingress_application_gateway[0].ingress_application_gateway_identity[0]`,
  );
  expect(principalOf("ingress_application_gateway[0].ingress_application_gateway_identity[0].object_id")).toBe(
    `${own}.ingress_application_gateway[0].ingress_application_gateway_identity[0]`,
  );
  expect(principalOf("kubelet_identity[0]")).toBe(`${own}.kubelet_identity[0]`);
  expect(principalOf("network_profile")).toBeNull();
});

test("an attribute that is set to nothing in the end is what the service sets", () => {
  const parts = {
    changes: [
      created(
        "azurerm_kubernetes_cluster.k8s",
        { name: "aks", resource_group_name: "rg-data" },
        { id: true, kubelet_identity: true },
      ),
    ],
    resources: [configured("azurerm_kubernetes_cluster.k8s", { kubelet_identity: [{ object_id: to("var.unset") }] })],
    variables: { unset: null },
  };
  expect(
    decidedBy({ principal: to("azurerm_kubernetes_cluster.k8s.kubelet_identity[0].object_id") }, parts).principal,
  ).toBe("terraform:azurerm_kubernetes_cluster.k8s.kubelet_identity[0]");
});

test("a data source in a group that is not known is not taken for a new thing of its name, nor for what it was", () => {
  const address = "data.azurerm_user_assigned_identity.flows";
  const open = { id: true, principal_id: true, resource_group_name: true };
  const parts = {
    changes: [
      change(address, ["read"], { after: { name: "id-flows" }, open }),
      created("azurerm_user_assigned_identity.made", { name: "id-flows" }, open),
    ],
    resources: [configured(address), configured("azurerm_user_assigned_identity.made")],
    read: {
      resources: [
        {
          address,
          mode: "data",
          type: "azurerm_user_assigned_identity",
          name: "flows",
          values: { name: "id-flows", principal_id: "66666666-0000-4000-8000-000000000001" },
          sensitive_values: {},
        },
      ],
    },
  };
  expect(decidedBy({ principal: to(`${address}.principal_id`) }, parts).principal).toBe(`terraform:${address}`);
});

test("what the service sets itself names nothing", () => {
  const { objects } = read({
    changes: [
      created(
        "azurerm_monitor_diagnostic_setting.audit",
        { name: "audit", target_resource_id: accountId("stlake") },
        { id: true, storage_account_id: true },
      ),
    ],
    resources: [configured("azurerm_monitor_diagnostic_setting.audit", { name: is("audit") })],
  });
  expect(objects[0]?.body?.properties).toMatchObject({ storageAccountId: unknown });
});
