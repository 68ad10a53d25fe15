import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { subscriptions } from "../estate/ask.ts";
import { collectFrom, configurationOf, rowsOf } from "./estate.ts";

let estate: Estate;
let content: SnapshotContent;

beforeAll(async () => {
  estate = await startEstate();
  content = await collectFrom(configurationOf(estate), { request: 15_000 });
});

afterAll(() => estate.close());

function rows(kind: string): Row[] {
  return [...rowsOf(content, kind).values()];
}

function row(kind: string, id: string): Row | undefined {
  return rowsOf(content, kind).get(id);
}

const builtin = "/providers/microsoft.authorization/roledefinitions";
const root = "/providers/microsoft.management/managementgroups/d5e5fa57-8f60-4997-8298-72c293a033d6";
const synapseIn = (subscription: string, group: string, name: string): string =>
  `${subscription}/resourcegroups/${group}/providers/microsoft.synapse/workspaces/${name}`;
const inDev = synapseIn(subscriptions.dev, "rg-data-dev", "syn-brackwater-dev");
const inTest = synapseIn(subscriptions.test, "rg-data-test", "syn-brackwater-test");

test("everything that the estate holds is read, each thing once", () => {
  const counts = Object.fromEntries([...content.rows].map(([kind, each]) => [kind, each.length]));
  expect(counts).toEqual({
    "azure.appPermission": 9,
    "azure.application": 18,
    "azure.credential": 26,
    "azure.delegation": 2,
    "azure.denyAssignment": 5,
    "azure.diagnosticSetting": 21,
    "azure.directoryRole": 8,
    "azure.federatedCredential": 9,
    "azure.keyVault": 4,
    "azure.keyVaultCertificate": 3,
    "azure.keyVaultKey": 12,
    "azure.keyVaultSecret": 16,
    "azure.logWorkspace": 3,
    "azure.managedIdentity": 9,
    "azure.managementGroup": 4,
    "azure.principal": 55,
    "azure.roleAssignment": 139,
    "azure.roleDefinition": 38,
    "azure.roleEligibility": 4,
    "azure.storageAccount": 8,
    "azure.storageContainer": 29,
    "azure.subscription": 4,
    "prefect.assetEvent": 91,
    "prefect.automation": 5,
    "prefect.block": 34,
    "prefect.deployment": 14,
    "prefect.flow": 14,
    "prefect.flowRun": 45,
    "prefect.serviceAccount": 3,
    "prefect.variable": 13,
    "prefect.workPool": 7,
    "prefect.workQueue": 9,
    "prefect.workspace": 6,
    "prefect.workspaceAccess": 9,
    "source.declaration": 39,
    "source.file": 12,
    "synapse.credential": 7,
    "synapse.linkedService": 23,
    "synapse.pipeline": 7,
    "synapse.roleAssignment": 35,
    "synapse.roleDefinition": 10,
    "synapse.sparkPool": 3,
    "synapse.sqlPool": 3,
    "synapse.workspace": 4,
  });
  for (const [kind, each] of content.rows) expect(new Set(each.map(({ id }) => id)).size, kind).toBe(each.length);
});

test("each read leaves a line that says where, in which version, in how many pages and how much", () => {
  expect(content.reads.filter((each) => each.outcome !== "complete" || each.cause !== null)).toEqual([]);
  const read = content.reads.find((each) => each.id === `azure.roleAssignment ${subscriptions.prod}`);
  expect(read).toMatchObject({
    endpoint: `GET ${subscriptions.prod}/providers/Microsoft.Authorization/roleAssignments`,
    apiVersion: "2022-04-01",
    status: 200,
    pages: 6,
    items: 54,
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test("only reading requests are sent", () => {
  const others = estate.requests.filter(
    ({ method, path }) =>
      method !== "GET" &&
      method !== "HEAD" &&
      !/(?:filter|count|getByIds|\$batch|Microsoft\.ResourceGraph\/resources\?.*)$/.test(path),
  );
  expect(others).toEqual([]);
  expect(estate.requests.every((each) => each.authorization !== each.path.startsWith("/prefect/"))).toBe(true);
});

describe("Azure", () => {
  test("subscriptions with the management groups above them, nearest first; equal names are no matter", () => {
    expect(row("azure.subscription", subscriptions.dev)).toEqual({
      id: subscriptions.dev,
      subscriptionId: subscriptions.dev.slice("/subscriptions/".length),
      tenantId: "d5e5fa57-8f60-4997-8298-72c293a033d6",
      displayName: "Brackwater Data Nonproduction",
      state: "Enabled",
      tags: { environment: "dev" },
      managementGroups: ["/providers/microsoft.management/managementgroups/mg-data", root],
    });
    expect(row("azure.subscription", subscriptions.test)?.displayName).toBe("Brackwater Data Nonproduction");
  });

  test("a grant on a management group once, though four subscriptions list it", () => {
    const id = `${root}/providers/microsoft.authorization/roleassignments/14d5e96e-455e-44bf-86c3-9cbc2fefde64`;
    const listed = content.reads.filter((each) => each.kind === "azure.roleAssignment" && each.fields.length === 0);
    expect(listed.reduce((sum, each) => sum + each.items, 0)).toBeGreaterThan(139);
    expect(row("azure.roleAssignment", id)).toEqual({
      id,
      scope: {
        id: root,
        level: "managementGroup",
        subscriptionId: null,
        resourceGroup: null,
        resourceType: null,
        name: root.split("/").at(-1),
      },
      principalId: "7585bb03-be36-4bc2-955d-cd1594ed839c",
      principalType: "Group",
      roleDefinitionId: `${builtin}/39bc4728-0917-49c7-9d2c-d95423bc2eb4`,
      condition: null,
      conditionVersion: null,
      description: null,
      createdOn: "2026-05-14T13:17:04.396Z",
      updatedOn: "2026-05-14T13:17:04.396Z",
      createdBy: "ec4eceda-8cad-454e-ba10-b04c2306082c",
      delegatedManagedIdentityResourceId: null,
      assignmentType: "standing",
      endsOn: null,
      memberType: "Direct",
    });
  });

  test("grants at every level, also below a resource", () => {
    const levels = Object.groupBy(rows("azure.roleAssignment"), (each) =>
      String((each.scope as { level: string }).level),
    );
    const counts = Object.fromEntries(Object.entries(levels).map(([level, each]) => [level, each?.length]));
    expect(counts).toEqual({ tenant: 2, managementGroup: 15, subscription: 12, resourceGroup: 44, resource: 66 });
  });

  test("ids in lower case, however the service writes them", () => {
    for (const each of rows("azure.roleAssignment")) {
      for (const field of ["id", "principalId", "roleDefinitionId"]) {
        const text = String(each[field]);
        expect(text).toBe(text.toLowerCase());
      }
      expect(row("azure.roleDefinition", String(each.roleDefinitionId)), each.id).toBeDefined();
      expect(row("azure.principal", String(each.principalId)), each.id).toBeDefined();
    }
  });

  test("what a grant of the oldest form leaves out is null and not unread", () => {
    const id = "/providers/microsoft.authorization/roleassignments/4275aaaf-9028-431c-86b6-ad302887d131";
    expect(row("azure.roleAssignment", id)).toMatchObject({ condition: null, createdOn: null, createdBy: null });
  });

  test("the condition inside a role's permission, which only one api-version shows", () => {
    const role = row("azure.roleDefinition", `${builtin}/8b54135c-b56d-4d72-a534-26097cfdc8d8`);
    expect(role).toMatchObject({ name: "Key Vault Data Access Administrator", type: "BuiltInRole" });
    expect(role?.permissions).toMatchObject([
      {
        condition: expect.stringContaining("ActionMatches{'Microsoft.Authorization/roleAssignments/write'}"),
        conditionVersion: "2.0",
      },
    ]);
  });

  test("a custom role keeps its permission elements apart", () => {
    const role = rows("azure.roleDefinition").find((each) => each.name === "Flow Metadata Reader");
    expect(role?.permissions).toHaveLength(2);
    expect(role).toMatchObject({ type: "CustomRole", assignableScopes: [subscriptions.dev] });
  });
});

describe("identities", () => {
  const states = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const each of rows("azure.principal")) counts[String(each.state)] = (counts[String(each.state)] ?? 0) + 1;
    return counts;
  };

  test("a row for each holder of a grant, known to Graph or not", () => {
    expect(states()).toEqual({ active: 51, deleted: 1, disabled: 1, foreign: 2 });
    expect(row("azure.principal", "a19759fd-e5ec-4e99-a44e-f6d024599373")).toMatchObject({
      type: "User",
      state: "deleted",
      deletedOn: "2026-11-03T14:08:26.000Z",
    });
    expect(row("azure.principal", "71a5fc12-0d3a-47af-86db-f3dab233506f")).toMatchObject({
      type: "ForeignGroup",
      state: "foreign",
    });
    expect(row("azure.principal", "61fdd493-d20e-44f0-988a-202e114c0b83")).toMatchObject({ state: "foreign" });
  });

  test("guests are told apart, which getByIds does not show", () => {
    const guests = rows("azure.principal").filter((each) => each.userType === "Guest");
    expect(guests.map((each) => each.id).sort()).toEqual([
      "3a532164-c390-4530-bb52-7586aced852b",
      "f27bd5ad-43b5-4f7c-9f88-892671832c6d",
    ]);
  });

  test("a managed identity names its resource, in lower case", () => {
    expect(row("azure.principal", "602eb611-ade9-4810-8ffa-4ad714de2108")).toEqual({
      id: "602eb611-ade9-4810-8ffa-4ad714de2108",
      type: "ServicePrincipal",
      displayName: "syn-brackwater-dev",
      state: "active",
      userType: null,
      appId: "4cd1ae69-ceed-4a4d-b4d7-9af5f2d4ca4c",
      servicePrincipalType: "ManagedIdentity",
      appOwnerTenantId: null,
      managedIdentityResourceId: inDev,
      deletedOn: null,
      members: [],
      memberOf: [],
      owners: [],
      dynamic: false,
      membershipRule: null,
      assignableToRole: false,
      hiddenMembership: false,
    });
  });

  test("credentials of applications and of service principals; SAML signing and rotated ones told apart", () => {
    const id = "application/759af27b-9171-4f00-8da7-0c43139d431e/d2e584a7-605e-4b85-868b-3c2cccda8804";
    expect(row("azure.credential", id)).toEqual({
      id,
      on: "application",
      ownerId: "759af27b-9171-4f00-8da7-0c43139d431e",
      keyId: "d2e584a7-605e-4b85-868b-3c2cccda8804",
      ownerName: "sp-dbt-runner-prod",
      appId: "587aeea5-5f39-409b-b1b4-ffe955dc13e3",
      type: "secret",
      displayName: "flow secret",
      start: "2026-07-13T10:42:14.233Z",
      end: "2027-01-08T10:42:14.233Z",
      samlSigning: false,
      managed: false,
    });
    const saml = rows("azure.credential").filter((each) => each.samlSigning === true);
    expect(new Set(saml.map((each) => each.ownerName))).toEqual(new Set(["Brackwater Portal"]));
    const managed = rows("azure.credential").filter((each) => each.managed === true);
    expect(managed.every((each) => each.type === "certificate" && each.on === "servicePrincipal")).toBe(true);
  });
});

describe("Synapse", () => {
  test("a workspace with its endpoints and its firewall rules", () => {
    expect(row("synapse.workspace", inTest)).toEqual({
      id: inTest,
      name: "syn-brackwater-test",
      location: "westeurope",
      subscriptionId: subscriptions.test.slice("/subscriptions/".length),
      resourceGroup: "rg-data-test",
      entraOnlyAuthentication: false,
      sqlAdministratorLogin: "sqladminuser",
      publicNetworkAccess: "Enabled",
      managedVirtualNetwork: "default",
      preventDataExfiltration: false,
      allowedLinkingTenantIds: ["d5e5fa57-8f60-4997-8298-72c293a033d6"],
      trustedServiceBypass: false,
      encryption: { double: false, customerKey: null, customerKeyVault: null, customerKeyStatus: null },
      managedResourceGroup: "synapseworkspace-managedrg-test",
      privateEndpoints: [],
      userAssignedIdentities: [],
      repository: null,
      purviewId: null,
      entraAdministrator: null,
      sqlEntraAdministrator: null,
      sqlControlForIdentity: "Disabled",
      auditing: {
        state: "Disabled",
        azureMonitor: false,
        storageEndpoint: null,
        retentionDays: 0,
        actionsAndGroups: [],
        predicate: null,
      },
      identityType: "SystemAssigned",
      identityPrincipalId: "ff17cbff-b01e-426b-8c37-0015f8425ece",
      devEndpoint: "syn-brackwater-test.dev.azuresynapse.net",
      sqlEndpoint: "syn-brackwater-test.sql.azuresynapse.net",
      sqlOnDemandEndpoint: "syn-brackwater-test-ondemand.sql.azuresynapse.net",
      defaultDataLakeAccountUrl: "https://stbrackwaterlaketest.dfs.core.windows.net",
      tags: { environment: "test" },
      firewallRules: [
        { name: "AllowAllWindowsAzureIps", start: "0.0.0.0", end: "0.0.0.0" },
        { name: "office-trondheim", start: "198.51.100.16", end: "198.51.100.31" },
      ],
    });
  });

  test("a grant that says no type of its principal has null there", () => {
    expect(rows("synapse.roleAssignment").filter((each) => each.principalType === null)).toEqual([
      {
        id: `${inTest}/roleassignments/b48cee70-203f-4d2c-b807-1810c660d363`,
        assignmentId: "b48cee70-203f-4d2c-b807-1810c660d363",
        workspaceId: inTest,
        scope: "workspaces/syn-brackwater-test",
        principalId: "75760edf-1361-4640-928a-2a6faf8d879b",
        principalType: null,
        roleDefinitionId: "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78",
      },
    ]);
  });

  test("the roles of Synapse once, though each workspace lists them", () => {
    const role = row("synapse.roleDefinition", "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78");
    expect(role?.name).toBe("Synapse Administrator");
    expect(rows("synapse.roleDefinition")).toHaveLength(10);
  });
});

describe("Prefect", () => {
  test("a password inside an address is masked, and what stands around it stays", () => {
    expect(row("prefect.block", "prefect:dev/block/sqlalchemy-connector/operations-db-dev")).toMatchObject({
      fields: expect.arrayContaining([
        {
          path: "connection_info",
          value:
            "postgresql+psycopg://etl_writer:••••••••@psql-brackwater-dev.postgres.database.azure.com:5432/operations?sslmode=require",
        },
      ]),
      secrets: [
        { path: "connection_info", type: "password_in_url", tier: "format", lengthBucket: "16-31", fingerprint: null },
      ],
      hosts: ["psql-brackwater-dev.postgres.database.azure.com"],
      secretFields: [{ path: "connection_info.password", set: false }],
    });
  });

  test("which secret fields are set, and which client ids and hosts a block names", () => {
    expect(row("prefect.block", "prefect:dev/block/azure-blob-storage-credentials/landing-dev")).toMatchObject({
      secretFields: [
        { path: "client_secret", set: true },
        { path: "connection_string", set: false },
      ],
      clientIds: ["26a6a8f6-3259-4cad-a847-950dea7b7668"],
      hosts: ["stbrackwaterlakedev.blob.core.windows.net"],
      secrets: [],
    });
    expect(row("prefect.block", "prefect:test/block/sqlalchemy-connector/operations-db-test")).toMatchObject({
      secretFields: [{ path: "connection_info.password", set: true }],
      secrets: [],
    });
  });

  test("anonymous blocks too, which a server hides", () => {
    expect(
      rows("prefect.block")
        .filter((each) => each.anonymous === true)
        .map((each) => each.id)
        .sort(),
    ).toEqual([
      "prefect:dev/block/remote-file-system/anonymous-d5929c4f-4375-446d-86e1-679b1b4c026f",
      "prefect:prod/block/azure-blob-storage-credentials/anonymous-65bde729-45e9-41dd-9135-cf3d44e88a5e",
      "prefect:test/block/remote-file-system/anonymous-d0db07ca-4166-41cd-a0b8-2212a6c154bb",
    ]);
  });

  test("the blocks that a block and a deployment refer to", () => {
    expect(row("prefect.block", "prefect:dev/block/shell-operation/dbt-run-dev")?.blocks).toEqual([
      "prefect:dev/block/secret/warehouse-reader",
    ]);
    expect(row("prefect.deployment", "prefect:test/deployment/load-shipments/nightly-shipments-test")).toMatchObject({
      flow: "load-shipments",
      workPoolId: "prefect:test/workPool/aci-test",
      blocks: ["prefect:test/block/github-credentials/flows-repository"],
      secrets: [{ path: "job_variables.env.SYNAPSE_SQL_PASSWORD", type: "secret_in_the_clear" }],
    });
  });

  test("a variable is known by its name, and its value is masked where the name of a part says secret", () => {
    expect(row("prefect.variable", "prefect:dev/variable/lake_account")?.fields).toEqual([
      { path: "value", value: "stbrackwaterlakedev" },
    ]);
    expect(row("prefect.variable", "prefect:dev/variable/carrier_sandbox")).toMatchObject({
      fields: [
        { path: "value.endpoint", value: "https://sandbox.carrier.example/v2" },
        { path: "value.user", value: "brackwater-dev" },
        { path: "value.password", value: "••••••••" },
      ],
      secrets: [{ path: "value.password" }],
    });
  });

  test("a default in a work pool is judged by its variable's name", () => {
    expect(row("prefect.workPool", "prefect:prod/workPool/aci-prod")).toMatchObject({
      type: "azure-container-instance",
      paused: false,
      secrets: [{ path: "base_job_template.variables.env.SMTP_PASSWORD" }],
    });
  });

  test("no planted password is anywhere in what was collected", () => {
    const everything = JSON.stringify([content.manifest, content.reads, ...content.rows.values(), ...content.inputs]);
    expect(everything).not.toContain("Plant3d");
  });
});
