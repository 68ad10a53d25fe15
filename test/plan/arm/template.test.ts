import { beforeAll, describe, expect, test } from "vitest";
import type { ArmOptions } from "../../../src/plan/arm/objects.ts";
import { isArmTemplate, readArmTemplate } from "../../../src/plan/arm/template.ts";
import { type PlannedObject, unknown } from "../../../src/plan/plan.ts";
import { plannedRows } from "../../../src/plan/rows/rows.ts";
import { InputError } from "../../../src/resources/problem.ts";
import type { SnapshotContent } from "../../../src/snapshot/write.ts";
import { around, live } from "../rows/estate.ts";

let content: SnapshotContent;
beforeAll(async () => {
  content = await live();
});

const subscription = "0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f";
const group = `/subscriptions/${subscription}/resourceGroups/rg-data-prod`;
const below = `${group}/providers`;
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const options = (): ArmOptions => ({ subscription, resourceGroup: "rg-data-prod", live: around(content) });

function schema(name = "deployment"): string {
  return `https://schema.management.azure.com/schemas/2019-04-01/${name}Template.json#`;
}

function read(template: object, parameters: object | null = null) {
  const text = JSON.stringify({ $schema: schema(), contentVersion: "1.0.0.0", ...template }, null, 2);
  const values = parameters === null ? null : { file: "parameters.json", text: JSON.stringify({ parameters }) };
  return readArmTemplate({ file: "main.json", text }, values, options());
}

function one(objects: readonly PlannedObject[], type: string): PlannedObject {
  const found = objects.filter((each) => each.type === type);
  expect(found.map(({ id }) => id)).toHaveLength(1);
  return found[0] as PlannedObject;
}

const identity = {
  type: "Microsoft.ManagedIdentity/userAssignedIdentities",
  apiVersion: "2023-01-31",
  name: "[variables('name')]",
  location: "[resourceGroup().location]",
};
const grant = {
  type: "Microsoft.Authorization/roleAssignments",
  apiVersion: "2022-04-01",
  name: "[guid(resourceGroup().id, variables('name'), 'contributor')]",
  properties: {
    roleDefinitionId: `[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '${contributor}')]`,
    principalId:
      "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', variables('name'))).principalId]",
    principalType: "ServicePrincipal",
  },
};

describe("a template that makes an identity and grants it a role", () => {
  const template = { variables: { name: "[concat('id-', 'flows')]" }, resources: [identity, grant] };

  test("is one principal that holds the role, though nobody knows the grant's name", () => {
    const { objects, undecided } = read(template);
    expect(undecided).toEqual([]);
    const { changes } = plannedRows(objects, around(content));
    const address = "arm:microsoft.managedidentity/userassignedidentities/id-flows";
    const grants = changes.flatMap((each) =>
      each.action === "upsert" && each.kind === "azure.roleAssignment" ? [each] : [],
    );
    expect(grants).toMatchObject([
      {
        row: {
          principalId: address,
          principalType: "ServicePrincipal",
          roleDefinitionId: `/providers/microsoft.authorization/roledefinitions/${contributor}`,
          scope: { id: group.toLowerCase(), level: "resourceGroup" },
        },
        fresh: true,
      },
    ]);
    expect(grants[0]?.row.id).toMatch(/^arm:/);
    const principal = changes.find((each) => each.action === "upsert" && each.row.id === address);
    expect(principal).toMatchObject({ kind: "azure.principal", row: { displayName: "id-flows", state: "active" } });
  });

  test("is told at the resource's line", () => {
    const text = JSON.stringify({ $schema: schema(), ...template }, null, 2);
    const { objects } = readArmTemplate({ file: "main.json", text }, null, options());
    const { line, column } = one(objects, "microsoft.authorization/roleassignments").at;
    expect(text.split("\n")[line - 1]?.slice(column - 1)).toBe("{");
    expect(text.split("\n")[line]).toContain("Microsoft.Authorization/roleAssignments");
  });

  test("grants it to the principal that the identity has where it is there already", () => {
    const held = content.rows
      .get("azure.managedIdentity")
      ?.find(({ id, type }) => type === "userAssigned" && id.startsWith("/sub"));
    const name = String(held?.name);
    const [, own, ownGroup] = /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)/.exec(String(held?.id)) ?? [];
    const text = JSON.stringify({ $schema: schema(), ...template, variables: { name } });
    const { objects } = readArmTemplate({ file: "main.json", text }, null, {
      ...options(),
      subscription: String(own),
      resourceGroup: String(ownGroup),
    });
    expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
      properties: { principalId: held?.principalId },
    });
  });
});

describe("a grant below a resource", () => {
  const storage = {
    type: "Microsoft.Storage/storageAccounts",
    apiVersion: "2023-05-01",
    name: "stlake",
    kind: "StorageV2",
  };

  test.each([
    ["by its scope", { ...grant, scope: "[resourceId('Microsoft.Storage/storageAccounts', 'stlake')]" }],
    ["by a scope that is relative", { ...grant, scope: "Microsoft.Storage/storageAccounts/stlake" }],
    [
      "by its type",
      {
        ...grant,
        type: "Microsoft.Storage/storageAccounts/providers/roleAssignments",
        name: "[concat('stlake/Microsoft.Authorization/', guid('x'))]",
      },
    ],
    [
      "by its own name",
      {
        ...grant,
        name: "3f1c1f0e-7a83-4b7e-9d56-0a1a5d2e9c11",
        scope: "[extensionResourceId(resourceGroup().id, 'Microsoft.Storage/storageAccounts', 'stlake')]",
      },
    ],
  ])("has that scope: %s", (_, resource) => {
    const { objects } = read({ variables: { name: "id-flows" }, resources: [identity, storage, resource] });
    const { body, id } = one(objects, "microsoft.authorization/roleassignments");
    expect(body).toMatchObject({ properties: { scope: `${below}/Microsoft.Storage/storageAccounts/stlake` } });
    expect(id.startsWith("arm:") || id.endsWith("/3f1c1f0e-7a83-4b7e-9d56-0a1a5d2e9c11")).toBe(true);
  });

  test("lies in its group where only the service knows the account's name", () => {
    const named = { ...storage, name: "[concat('st', uniqueString(resourceGroup().id))]" };
    const scope = "[resourceId('Microsoft.Storage/storageAccounts', concat('st', uniqueString(resourceGroup().id)))]";
    const { objects } = read({ variables: { name: "id-flows" }, resources: [identity, named, { ...grant, scope }] });
    const account = one(objects, "microsoft.storage/storageaccounts");
    expect(account.id).toMatch(/\/storageAccounts\/st~[0-9a-f]{8}$/);
    expect(account.body?.name).toBe(unknown);
    const { changes } = plannedRows(objects, around(content));
    const row = changes.find((each) => each.kind === "azure.storageAccount");
    expect(row).toMatchObject({ row: { resourceGroup: "rg-data-prod", allowSharedKeyAccess: true } });
    expect(row).not.toHaveProperty("row.name");
    expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
      properties: { scope: account.id },
    });
  });

  test("is at the account that is there where one name alone fits", () => {
    const name = "[take(concat('stbrackw', uniqueString(resourceGroup().id)), 24)]";
    const held = content.rows.get("azure.storageAccount")?.find((each) => each.name === "stbrackwaterlakeprod");
    const row = { ...held, id: String(held?.id).replace("stbrackwaterlakeprod", "stbrackwabcdefghij234"), name: "x" };
    const world = around(content);
    const text = JSON.stringify({ $schema: schema(), resources: [{ ...storage, name }] });
    const { objects } = readArmTemplate({ file: "main.json", text }, null, {
      ...options(),
      live: {
        row: world.row,
        rows: (kind) => (kind === "azure.storageAccount" ? [...world.rows(kind), row] : world.rows(kind)),
      },
    });
    expect(one(objects, "microsoft.storage/storageaccounts").id.toLowerCase()).toBe(row.id);
  });
});

describe("parameters", () => {
  const account = (over: object) => ({
    parameters: {
      shared: { type: "bool", defaultValue: true },
      pin: { type: "securestring", defaultValue: "Zt5wQ8LxP3" },
      ...over,
    },
    resources: [
      {
        type: "Microsoft.Storage/storageAccounts",
        apiVersion: "2023-05-01",
        name: "stlake",
        tags: { pin: "[parameters('pin')]" },
        properties: { allowSharedKeyAccess: "[parameters('shared')]", minimumTlsVersion: "[parameters('tls')]" },
      },
    ],
  });

  test("have their default, or what the file says, and are unknown where nobody does", () => {
    const bodies = [null, { shared: { value: false }, tls: { value: "TLS1_2" } }].map(
      (values) =>
        one(read(account({ tls: { type: "string" } }), values).objects, "microsoft.storage/storageaccounts").body,
    );
    expect(bodies).toMatchObject([
      { properties: { allowSharedKeyAccess: true, minimumTlsVersion: unknown } },
      { properties: { allowSharedKeyAccess: false, minimumTlsVersion: "TLS1_2" } },
    ]);
  });

  test("that are secure, or come out of a key vault, are never worked out", () => {
    const secret = "Yv9pLm4wQz7";
    const values = {
      pin: { value: secret },
      tls: { reference: { keyVault: { id: `${below}/Microsoft.KeyVault/vaults/kv` }, secretName: "tls" } },
    };
    const result = read(account({ tls: { type: "string" } }), values);
    expect(one(result.objects, "microsoft.storage/storageaccounts").body).toMatchObject({
      tags: { pin: unknown },
      properties: { minimumTlsVersion: unknown },
    });
    expect(JSON.stringify(result)).not.toContain(secret);
    expect(JSON.stringify(result)).not.toContain("Zt5wQ8LxP3");
  });
});

describe("a name that nobody tells", () => {
  const parameters = { name: { type: "string" }, group: { type: "string" }, scope: { type: "string" } };
  const account = {
    type: "Microsoft.Storage/storageAccounts",
    apiVersion: "x",
    name: "[parameters('name')]",
    properties: {},
  };
  const container = {
    type: "Microsoft.Storage/storageAccounts/blobServices/containers",
    apiVersion: "x",
    name: "[concat(parameters('name'), '/default/raw')]",
  };
  const at = (scope: string) => ({
    ...grant,
    scope,
    properties: { ...grant.properties, principalId: "079faadd-405a-4fa2-afb2-45685f8e6f37" },
  });

  test("is the same one wherever it is used", () => {
    const scope = "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]";
    const { objects } = read({ parameters, resources: [account, container, at(scope)] });
    const made = one(objects, "microsoft.storage/storageaccounts");
    expect(made.body?.name).toBe(unknown);
    expect(one(objects, "microsoft.storage/storageaccounts/blobservices/containers").id).toBe(
      `${made.id}/blobServices/default/containers/raw`,
    );
    expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
      properties: { scope: made.id },
    });
  });

  test("leaves the scope of a grant unknown where the template does not make what is so named", () => {
    const scope = "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]";
    const { objects } = read({ parameters, resources: [at(scope)] });
    expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
      properties: { scope: unknown },
    });
  });

  test.each(["[parameters('scope')]", "[resourceId(parameters('group'), 'Microsoft.Storage/storageAccounts', 'x')]"])(
    "leaves a grant undecided whose place it is: %s",
    (scope) => {
      const { objects, undecided } = read({ parameters, resources: [at(scope)] });
      expect(objects).toEqual([]);
      expect(undecided).toMatchObject([{ kind: "azure.roleAssignment", scope: "tenant" }]);
    },
  );

  test("may be empty", () => {
    const { undecided } = read({ parameters, resources: [{ ...account, condition: "[empty(parameters('group'))]" }] });
    expect(undecided).toHaveLength(1);
  });
});

test("what a published workspace holds that is of no kind is ignored", () => {
  const parameters = { workspaceName: { type: "string", defaultValue: "syn-brackwater-prod" } };
  const artifact = (type: string, name: string, properties: object) => ({
    type: `Microsoft.Synapse/workspaces/${type}`,
    apiVersion: "2019-06-01-preview",
    name: `[concat(parameters('workspaceName'), '/${name}')]`,
    properties,
  });
  const { objects, undecided, ignored } = read({
    parameters,
    resources: [
      artifact("linkedServices", "ls_lake", {
        type: "AzureBlobFS",
        typeProperties: { url: "https://stbrackwaterlakeprod.dfs.core.windows.net/" },
        annotations: [],
      }),
      artifact("notebooks", "nb", {}),
    ],
  });
  expect(undecided).toEqual([]);
  expect([...ignored]).toEqual([["microsoft.synapse/workspaces/notebooks", 1]]);
  const { changes } = plannedRows(objects, around(content));
  expect(changes).toMatchObject([
    {
      kind: "synapse.linkedService",
      row: {
        id: `${below}/microsoft.synapse/workspaces/syn-brackwater-prod/linkedservices/ls_lake`.toLowerCase(),
        authentication: "managedIdentity",
        hosts: ["stbrackwaterlakeprod.dfs.core.windows.net"],
      },
    },
  ]);
});

describe("loops and conditions", () => {
  test("a resource is declared once for each round, and not where its condition is false", () => {
    const { objects } = read({
      variables: { names: ["raw", "curated"] },
      resources: [
        {
          type: "Microsoft.Storage/storageAccounts/blobServices/containers",
          apiVersion: "2023-05-01",
          name: "[format('stbrackwaterlakeprod/default/{0}', variables('names')[copyIndex()])]",
          copy: { name: "containers", count: "[length(variables('names'))]" },
        },
        { ...identity, name: "id-never", condition: "[equals('a', 'b')]" },
      ],
    });
    expect(objects.map(({ id }) => id.slice(id.lastIndexOf("/") + 1))).toEqual(["raw", "curated"]);
  });

  test("a property is repeated", () => {
    const { objects } = read({
      resources: [
        {
          type: "Microsoft.KeyVault/vaults",
          apiVersion: "2023-07-01",
          name: "kv-new",
          properties: {
            copy: [
              {
                name: "accessPolicies",
                count: 2,
                input: { objectId: "[concat('o', copyIndex('accessPolicies', 1))]" },
              },
            ],
          },
        },
      ],
    });
    expect(objects[0]?.body?.properties).toEqual({ accessPolicies: [{ objectId: "o1" }, { objectId: "o2" }] });
  });

  test("a thing without a name that may be made is undecided in its group", () => {
    const { undecided } = read({
      parameters: { is: { type: "bool" } },
      resources: [
        {
          type: "Microsoft.Storage/storageAccounts",
          apiVersion: "x",
          name: "[uniqueString('x')]",
          condition: "[parameters('is')]",
        },
      ],
    });
    expect(undecided).toMatchObject([{ kind: "azure.storageAccount", scope: group.toLowerCase() }]);
  });

  test("what hangs on something unknown is undecided", () => {
    const { objects, undecided } = read({
      parameters: { count: { type: "int" }, is: { type: "bool" } },
      variables: { name: "id-flows" },
      resources: [
        { ...identity, copy: { name: "all", count: "[parameters('count')]" } },
        { ...grant, condition: "[parameters('is')]" },
      ],
    });
    expect(objects).toEqual([]);
    expect(undecided.map(({ kind }) => kind)).toEqual([
      "azure.managedIdentity",
      "azure.principal",
      "azure.roleAssignment",
    ]);
    expect(undecided.every(({ scope }) => scope.startsWith(group.toLowerCase()))).toBe(true);
  });
});

describe("a deployment inside another", () => {
  const inner = (over: object, template: object) => ({
    type: "Microsoft.Resources/deployments",
    apiVersion: "2022-09-01",
    name: "identity",
    properties: {
      mode: "Incremental",
      expressionEvaluationOptions: { scope: "inner" },
      template: { $schema: schema(), ...template },
    },
    ...over,
  });
  const makesIdentity = {
    parameters: { name: { type: "string" } },
    resources: [{ ...identity, name: "[parameters('name')]" }],
    outputs: {
      principal: {
        type: "string",
        value:
          "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', parameters('name'))).principalId]",
      },
    },
  };

  test("gives its outputs to what refers to it", () => {
    const module = inner({}, makesIdentity);
    const { objects } = read({
      variables: { name: "id-flows" },
      resources: [
        { ...module, properties: { ...module.properties, parameters: { name: { value: "[variables('name')]" } } } },
        {
          ...grant,
          properties: {
            ...grant.properties,
            principalId:
              "[reference(resourceId('Microsoft.Resources/deployments', 'identity'), '2022-09-01').outputs.principal.value]",
          },
        },
      ],
    });
    const made = one(objects, "microsoft.managedidentity/userassignedidentities");
    expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
      properties: { principalId: made.at.address?.toLowerCase() },
    });
  });

  test("may be given a parameter by a whole expression, and refer to what stands behind it", () => {
    const principal = "[reference(resourceId('Microsoft.Resources/deployments', 'identity')).outputs.principal.value]";
    const grants = inner(
      { name: "grants" },
      {
        parameters: { principal: { type: "string" } },
        resources: [
          {
            ...grant,
            name: "[guid('x')]",
            properties: { ...grant.properties, principalId: "[parameters('principal')]" },
            condition: "[not(empty(parameters('principal')))]",
          },
        ],
      },
    );
    const module = inner({}, makesIdentity);
    const { objects, undecided } = read({
      parameters: { is: { type: "bool", defaultValue: true } },
      resources: [
        {
          ...grants,
          properties: {
            ...grants.properties,
            parameters: {
              principal: `[if(parameters('is'), createObject('value', ${principal.slice(1, -1)}), createObject('value', ''))]`,
            },
          },
        },
        { ...module, properties: { ...module.properties, parameters: { name: { value: "id-flows" } } } },
      ],
    });
    expect(undecided).toEqual([]);
    expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
      properties: { principalId: "arm:identity/microsoft.managedidentity/userassignedidentities/id-flows" },
    });
  });

  test("gives lists as outputs", () => {
    const names = { type: "array", copy: { count: 2, input: "[format('id-{0}', copyIndex())]" } };
    const { objects } = read({
      resources: [
        inner({}, { resources: [], outputs: { names } }),
        { ...identity, name: "[reference('identity').outputs.names.value[1]]" },
      ],
    });
    expect(objects.map(({ body }) => body?.name)).toEqual(["id-1"]);
  });

  test("of which nobody knows whether it is made is undecided for what it declares alone", () => {
    const condition = "[parameters('is')]";
    const { objects, undecided } = read({
      parameters: { is: { type: "bool" } },
      resources: [
        inner(
          { condition },
          { resources: [{ ...grant, type: "Microsoft.KeyVault/vaults" }, inner({}, { resources: [grant] })] },
        ),
      ],
    });
    expect(objects).toEqual([]);
    expect(undecided.map(({ kind }) => kind)).toEqual(["azure.keyVault", "azure.roleAssignment"]);
  });

  test("to a group that nobody knows is undecided anywhere", () => {
    const { undecided } = read({
      parameters: { group: { type: "string" } },
      resources: [inner({ resourceGroup: "[parameters('group')]" }, { resources: [grant] })],
    });
    expect(undecided).toMatchObject([{ kind: "azure.roleAssignment", scope: "tenant" }]);
  });

  test("goes to the group and subscription that it names", () => {
    const { objects } = read({
      resources: [
        inner(
          { resourceGroup: "rg-other", subscriptionId: "57de8890-e5b3-4935-9cfe-26e5849e978d" },
          { resources: [{ ...identity, name: "id-there" }] },
        ),
      ],
    });
    expect(objects.map(({ id }) => id)).toEqual([
      "/subscriptions/57de8890-e5b3-4935-9cfe-26e5849e978d/resourceGroups/rg-other/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-there",
    ]);
  });

  test("uses the names of the outer template where it does not say otherwise", () => {
    const module = inner(
      {},
      { variables: { name: "inner" }, resources: [{ ...identity, name: "[variables('name')]" }] },
    );
    const { expressionEvaluationOptions: _, ...properties } = module.properties;
    const { objects } = read({ variables: { name: "outer" }, resources: [{ ...module, properties }] });
    expect(objects.map(({ body }) => body?.name)).toEqual(["outer"]);
  });

  test("at a subscription lies in it, and its group with it", () => {
    const text = JSON.stringify({
      $schema: schema("subscriptionDeployment"),
      resources: [
        {
          type: "Microsoft.Resources/resourceGroups",
          apiVersion: "2021-04-01",
          name: "rg-new",
          location: "westeurope",
        },
        inner({ resourceGroup: "rg-new" }, { resources: [{ ...identity, name: "id-new" }] }),
        {
          ...grant,
          name: "[guid('x')]",
          properties: {
            ...grant.properties,
            principalId: "[reference(subscriptionResourceId('Microsoft.Resources/deployments','no')).x]",
          },
        },
      ],
    });
    const { objects } = readArmTemplate({ file: "main.json", text }, null, { ...options(), resourceGroup: null });
    expect(one(objects, "microsoft.managedidentity/userassignedidentities").id).toBe(
      `/subscriptions/${subscription}/resourceGroups/rg-new/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-new`,
    );
    expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
      properties: { scope: `/subscriptions/${subscription}`, principalId: unknown },
    });
  });

  test.each([
    [
      "whose template is linked",
      { properties: { mode: "Incremental", templateLink: { uri: "https://example.com/t.json" } } },
    ],
    ["in complete mode", { properties: { mode: "Complete", template: { $schema: schema(), resources: [] } } }],
  ])("%s leaves its group undecided", (_, over) => {
    const { undecided } = read({ resources: [inner(over, {})] });
    expect(undecided.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["azure.roleAssignment", "synapse.workspace"]),
    );
    expect(new Set(undecided.map(({ scope }) => scope))).toEqual(new Set([group.toLowerCase()]));
  });
});

describe("a template with symbolic names", () => {
  test("calls things by them, and reads what is there already", () => {
    const held = content.rows.get("azure.managedIdentity")?.find(({ type }) => type === "userAssigned");
    const [, own, ownGroup] = /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)/.exec(String(held?.id)) ?? [];
    const { objects } = read({
      languageVersion: "2.0",
      resources: {
        worker: {
          existing: true,
          type: identity.type,
          apiVersion: "x",
          name: String(held?.name),
          subscriptionId: own,
          resourceGroup: ownGroup,
        },
        flows: { ...identity, name: "id-flows" },
        read: {
          ...grant,
          name: "[guid('a')]",
          properties: { ...grant.properties, principalId: "[reference('worker').principalId]" },
        },
        write: {
          ...grant,
          name: "[guid('b')]",
          properties: { ...grant.properties, principalId: "[reference('flows').principalId]" },
        },
      },
    });
    expect(
      objects.map(({ at, body }) => [at.address, (body?.properties as Record<string, unknown>)?.principalId]),
    ).toEqual([
      ["arm:flows", undefined],
      ["arm:read", held?.principalId],
      ["arm:write", "arm:flows"],
    ]);
  });

  test("a machine's own identity is its principal", () => {
    const { objects } = read({
      languageVersion: "2.0",
      resources: {
        vm: {
          type: "Microsoft.Compute/virtualMachines",
          apiVersion: "x",
          name: "vm-1",
          identity: { type: "SystemAssigned" },
        },
        grant: {
          ...grant,
          name: "[guid('a')]",
          properties: {
            ...grant.properties,
            principalId: "[reference('vm', '2023-01-01', 'full').identity.principalId]",
          },
        },
      },
    });
    const { changes } = plannedRows(objects, around(content));
    expect(changes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: "azure.principal",
          row: expect.objectContaining({
            id: "arm:vm",
            managedIdentityResourceId: `${below}/microsoft.compute/virtualmachines/vm-1`.toLowerCase(),
          }),
        }),
        expect.objectContaining({
          kind: "azure.roleAssignment",
          row: expect.objectContaining({ principalId: "arm:vm" }),
        }),
      ]),
    );
  });
});

test("what is deployed to a management group that nobody names is undecided, and what names its place is not", () => {
  const text = JSON.stringify({
    $schema: schema("managementGroupDeployment"),
    resources: [
      { ...grant, name: "[guid('x')]" },
      { ...grant, name: "[guid('y')]", scope: "Microsoft.Management/managementGroups/mg-data" },
    ],
  });
  const { objects, undecided } = readArmTemplate({ file: "main.json", text }, null, options());
  expect(undecided).toMatchObject([{ kind: "azure.roleAssignment", scope: "tenant" }]);
  expect(one(objects, "microsoft.authorization/roleassignments").body).toMatchObject({
    properties: { scope: "/providers/Microsoft.Management/managementGroups/mg-data" },
  });
});

test("applications that a template makes by Microsoft Graph are undecided", () => {
  const { objects, undecided } = read({
    languageVersion: "2.0",
    imports: { graph: { provider: "MicrosoftGraph", version: "1.0.0" } },
    resources: {
      app: { import: "graph", type: "Microsoft.Graph/applications@v1.0", properties: { uniqueName: "flows" } },
    },
  });
  expect(objects).toEqual([]);
  expect(undecided.map(({ kind, scope }) => [kind, scope])).toContainEqual(["azure.application", "tenant"]);
});

test("functions that a template defines itself are worked out", () => {
  const { objects } = read({
    functions: [
      {
        namespace: "own",
        members: {
          name: {
            parameters: [{ name: "kind", type: "string" }],
            output: { type: "string", value: "[concat(parameters('kind'), '-flows')]" },
          },
        },
      },
    ],
    resources: [{ ...identity, name: "[own.name('id')]" }],
  });
  expect(objects[0]?.body?.name).toBe("id-flows");
});

test("what no kind stands for is named with its number", () => {
  const vnet = { type: "Microsoft.Network/virtualNetworks", apiVersion: "x", name: "vnet" };
  const { objects, ignored } = read({ resources: [vnet, { ...vnet, name: "vnet2" }] });
  expect(objects).toEqual([]);
  expect([...ignored]).toEqual([["microsoft.network/virtualnetworks", 2]]);
});

describe("a file that is no sound template", () => {
  const refused = (text: string, parameters: string | null = null): unknown => {
    try {
      readArmTemplate(
        { file: "main.json", text },
        parameters === null ? null : { file: "parameters.json", text: parameters },
        options(),
      );
    } catch (error) {
      if (error instanceof InputError) return error.problems[0];
      throw error;
    }
    return null;
  };
  const whole = JSON.stringify({ $schema: schema(), resources: [grant] }, null, 2);

  test("is told where it is cut off", () => {
    const cut = whole.slice(0, 200);
    expect(refused(cut)).toMatchObject({
      code: "plan/json",
      line: cut.split("\n").length,
      message: "the file ends in the middle of the JSON document",
    });
  });

  test("is told where it is no JSON", () => {
    expect(refused(whole.replace('"resources":', '"resources"'))).toMatchObject({ code: "plan/json", line: 3 });
  });

  test("is told that its schema is another one", () => {
    const other = whole.replace("deploymentTemplate", "deploymentParameters");
    expect(refused(other)).toMatchObject({ code: "plan/format", line: 2, column: 14 });
    expect(isArmTemplate(other)).toBe(false);
    expect(isArmTemplate(whole)).toBe(true);
  });

  test("is told where an expression is written wrongly", () => {
    const problem = refused(whole.replace("[guid(resourceGroup().id, ", "[guid(resourceGroup().id; "));
    expect(problem).toMatchObject({ code: "plan/expression", line: 7, message: "a closing parenthesis is expected" });
    const { column } = problem as { column: number };
    expect(whole.split("\n")[6]?.charAt(column - 1)).toBe(",");
  });

  test("is told that the place of the deployment is missing", () => {
    try {
      readArmTemplate({ file: "main.json", text: whole }, null, { ...options(), resourceGroup: null });
      expect.unreachable();
    } catch (error) {
      expect((error as InputError).problems[0]).toMatchObject({
        code: "plan/scope",
        hint: "name it by --resource-group NAME",
      });
    }
  });

  test("is told that the parameters are none", () => {
    expect(refused(whole, JSON.stringify({ resources: [] }))).toMatchObject({
      file: "parameters.json",
      code: "plan/format",
    });
  });

  test("is told that it nests too deep, at once", () => {
    expect(refused(`${"[".repeat(100_000)}`)).toMatchObject({
      code: "plan/json",
      message: expect.stringContaining("deeper"),
    });
  });
});
