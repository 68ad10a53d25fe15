import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EstateData } from "../../src/estate/data.ts";
import type { Fault } from "../../src/estate/faults.ts";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
import type { Read } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { subscriptions } from "../estate/ask.ts";
import { collectFrom, configurationOf, evaluated, inFolder, rowsOf, startSmallEstate } from "./estate.ts";

const patient = { request: 15_000 };
const workspaceIn = (environment: "dev" | "test" | "prod"): string =>
  `${subscriptions[environment]}/resourcegroups/rg-data-${environment}/providers/microsoft.synapse/workspaces/syn-brackwater-${environment}`;
const [dev, inTest, prod] = [workspaceIn("dev"), workspaceIn("test"), workspaceIn("prod")];
const tenant = "d5e5fa57-8f60-4997-8298-72c293a033d6";

let estate: Estate;
let content: SnapshotContent;

beforeAll(async () => {
  estate = await startEstate();
  content = await collectFrom(configurationOf(estate), patient);
});

afterAll(() => estate.close());

const row = (kind: string, id: string, from = content): Row | undefined => rowsOf(from, kind).get(id);

/** What a run brings in which the estate is another one, or does not answer as it should. */
async function collected(
  options: { edit?: (data: EstateData) => void; faults?: Fault[]; pageSize?: number },
  environment: NodeJS.ProcessEnv = {},
): Promise<SnapshotContent> {
  const other = await startSmallEstate(options);
  try {
    return await collectFrom(configurationOf(other), patient, { environment });
  } finally {
    await other.close();
  }
}

function readOf({ reads }: SnapshotContent, id: string): Read | undefined {
  return reads.find((each) => each.id === id);
}

type Properties = Record<string, unknown>;

/** The properties of the one resource whose id ends so. */
function propertiesOf(list: readonly { id: string; properties: Properties }[], end: string): Properties {
  const found = list.find((each) => each.id.toLowerCase().endsWith(end.toLowerCase()));
  if (found === undefined) throw new Error(`nothing ends on ${end}`);
  return found.properties;
}

describe("a workspace", () => {
  test("with its keys, networks, identities and administrators", () => {
    expect(row("synapse.workspace", prod)).toMatchObject({
      encryption: {
        double: true,
        customerKey: "default",
        customerKeyVault: "kv-brackwater-prod.vault.azure.net",
        customerKeyStatus: "Consistent",
      },
      trustedServiceBypass: true,
      allowedLinkingTenantIds: [tenant],
      privateEndpoints: [
        {
          name: "pe-syn-prod-sql",
          endpointId: `${subscriptions.prod}/resourcegroups/rg-network-prod/providers/microsoft.network/privateendpoints/pe-syn-prod-sql`,
          status: "Approved",
        },
        { name: "pe-syn-prod-dev", status: "Pending" },
      ],
      userAssignedIdentities: [
        {
          id: `${subscriptions.prod}/resourcegroups/rg-prefect-prod/providers/microsoft.managedidentity/userassignedidentities/id-flow-loader-prod`,
          clientId: "a27934cd-25cc-4f39-9403-701aed4da9d4",
          principalId: "7c66595d-5687-4cb0-8a3e-7587c8bdf1c4",
        },
      ],
      entraAdministrator: {
        login: "platform-engineers",
        objectId: "9993704d-a71d-4197-8020-e104b91acf90",
        tenantId: tenant,
        type: "ActiveDirectory",
      },
      sqlEntraAdministrator: { login: "anna.lind@brackwater.example" },
      sqlControlForIdentity: "Enabled",
      auditing: { state: "Enabled", azureMonitor: true, retentionDays: 365, predicate: null },
    });
    expect(row("synapse.workspace", dev)).toMatchObject({
      allowedLinkingTenantIds: null,
      repository: {
        type: "WorkspaceGitHubConfiguration",
        host: null,
        account: "brackwater",
        project: null,
        name: "synapse-artifacts",
        branch: "main",
      },
    });
  });

  test("without an administrator, which the service tells by 404, has null there and the read is complete", () => {
    expect(row("synapse.workspace", inTest)).toMatchObject({ entraAdministrator: null, sqlEntraAdministrator: null });
    expect(readOf(content, `synapse.workspace.entraAdministrator ${inTest}`)).toMatchObject({
      outcome: "complete",
      status: 404,
      items: 0,
    });
  });

  test("whose resource group is said to be gone has no administrator that is known, though that is a 404 too", async () => {
    const found = await collected({
      edit: ({ arm }) => {
        arm.resourceGroups = arm.resourceGroups.filter((each) => each.name !== "rg-data-dev");
      },
    });
    expect(row("synapse.workspace", dev, found)).not.toHaveProperty("entraAdministrator");
    expect(readOf(found, `synapse.workspace.entraAdministrator ${dev}`)).toMatchObject({
      outcome: "failed",
      cause: "404 ResourceGroupNotFound",
    });
  });

  test.each([
    ["entraAdministrator", "administrators/activeDirectory", "administrators/read"],
    ["sqlEntraAdministrator", "sqlAdministrators/activeDirectory", "sqlAdministrators/read"],
    ["sqlControlForIdentity", "managedIdentitySqlControlSettings/default", "managedIdentitySqlControlSettings/read"],
    ["auditing", "workspaces/syn-brackwater-dev/extendedAuditingSettings/default", "extendedAuditingSettings/read"],
    ["entraOnlyAuthentication", "azureADOnlyAuthentications", "azureADOnlyAuthentications/read"],
  ])("whose %s is refused has the rest, and the right is named", async (field, path, permission) => {
    const found = await collected({
      faults: [{ kind: "forbidden", path: new RegExp(`-dev/.*${path}|${path}.*-dev`) }],
    });
    const workspace = row("synapse.workspace", dev, found);
    expect(workspace).not.toHaveProperty(field);
    expect(workspace).toMatchObject({ name: "syn-brackwater-dev", firewallRules: [{}, {}] });
    expect(readOf(found, `synapse.workspace.${field} ${dev}`)).toMatchObject({
      outcome: "refused",
      permission: expect.stringContaining(permission),
    });
    expect(row("synapse.workspace", prod, found)).toHaveProperty(field);
  });

  test("whose setting is malformed lacks that field alone, and that read alone is partial", async () => {
    const found = await collected({
      edit: ({ arm }) => {
        propertiesOf(
          arm.synapseExtendedAuditingSettings,
          "syn-brackwater-dev/extendedAuditingSettings/default",
        ).retentionDays = "a year";
        propertiesOf(arm.synapseAdministrators, "syn-brackwater-dev/administrators/activeDirectory").login = 7;
      },
    });
    const workspace = row("synapse.workspace", dev, found);
    expect(workspace).not.toHaveProperty("auditing");
    expect(workspace).not.toHaveProperty("entraAdministrator");
    expect(workspace).toMatchObject({
      sqlEntraAdministrator: { login: "data-engineers" },
      entraOnlyAuthentication: true,
    });
    expect(found.reads.filter((each) => each.outcome !== "complete").map((each) => [each.id, each.cause])).toEqual([
      [`synapse.workspace.entraAdministrator ${dev}`, "the answer has a malformed entraAdministrator"],
      [`synapse.workspace.auditing ${dev}`, "the answer has a malformed auditing"],
    ]);
  });
});

describe("Entra-only authentication", () => {
  /** The list's answer and the setting's own for the workspace of dev; undefined: left out. */
  const withBoth = (listed: unknown, own: unknown, state = "Consistent"): Promise<SnapshotContent> =>
    collected({
      edit: ({ arm }) => {
        const workspace = propertiesOf(arm.synapseWorkspaces, "syn-brackwater-dev");
        if (listed === undefined) delete workspace.azureADOnlyAuthentication;
        else Object.assign(workspace, { azureADOnlyAuthentication: listed });
        const end = "syn-brackwater-dev/azureADOnlyAuthentications/default";
        if (own === undefined)
          arm.synapseAzureADOnlyAuthentications = arm.synapseAzureADOnlyAuthentications.filter(
            (each) => !each.id.endsWith(end),
          );
        else
          Object.assign(propertiesOf(arm.synapseAzureADOnlyAuthentications, end), {
            azureADOnlyAuthentication: own,
            state,
          });
      },
    });

  test.each([
    ["the list and the setting say so", true, true, true],
    ["the list leaves it out and the setting says so", undefined, true, true],
    ["both say no", false, false, false],
    ["the list says no and there is no setting", false, undefined, false],
    ["neither says anything", undefined, undefined, false],
  ])("%s", async (_, listed, own, expected) => {
    const found = await withBoth(listed, own);
    expect(row("synapse.workspace", dev, found)?.entraOnlyAuthentication).toBe(expected);
    expect(readOf(found, `synapse.workspace.entraOnlyAuthentication ${dev}`)?.outcome).toBe("complete");
  });

  test.each([
    ["the list says yes and the setting no", true, false, "Consistent", "the workspace and its setting do not agree"],
    ["the list says no and the setting yes", false, true, "Consistent", "the workspace and its setting do not agree"],
    ["the list says yes and there is no setting", true, undefined, "", "the workspace and its setting do not agree"],
    ["it is only being switched on", true, true, "Updating", "the setting is being changed"],
    ["the setting is no boolean", true, "yes", "Consistent", "the setting says neither true nor false"],
  ])("is neither passed nor failed where %s", async (_, listed, own, state, cause) => {
    const found = await withBoth(listed, own, state);
    expect(row("synapse.workspace", dev, found)).not.toHaveProperty("entraOnlyAuthentication");
    expect(readOf(found, `synapse.workspace.entraOnlyAuthentication ${dev}`)).toMatchObject({
      outcome: "partial",
      cause,
    });
    const report = evaluated(found, configurationOf(estate));
    const policy = report.policies.find((each) => each.id === "identity/entra-only-authentication");
    expect(policy?.population).toMatchObject({ pass: 2, fail: 1, unknown: 1 });
  });
});

describe("pools", () => {
  test("a SQL pool with its encryption and auditing, whichever case its id comes in", () => {
    expect(row("synapse.sqlPool", `${prod}/sqlpools/dwarchive`)).toEqual({
      id: `${prod}/sqlpools/dwarchive`,
      name: "dwarchive",
      workspaceId: prod,
      location: "westeurope",
      sku: "DW100c",
      status: "Paused",
      createdOn: "2025-09-30T06:21:17.400Z",
      backupRedundancy: null,
      transparentDataEncryption: "Enabled",
      auditing: {
        state: "Disabled",
        azureMonitor: false,
        storageEndpoint: null,
        retentionDays: 0,
        actionsAndGroups: [],
        predicate: null,
      },
      tags: {},
    });
    expect(row("synapse.sqlPool", `${prod}/sqlpools/dwfreight`)?.auditing).toMatchObject({
      predicate: "statement not like '%health_probe%'",
    });
  });

  test("a Spark pool with what its configuration says", () => {
    expect(row("synapse.sparkPool", `${dev}/bigdatapools/spfreight`)).toMatchObject({
      sparkVersion: "3.4",
      autoPauseMinutes: 15,
      sessionPackages: true,
      computeIsolation: false,
      packages: ["freightlib-1.4.2-py3-none-any.whl"],
      fields: expect.arrayContaining([
        { path: 'sparkConfig["spark.sql.shuffle.partitions"]', value: "64" },
        { path: "libraryRequirements[0]", value: "pyarrow==17.0.0" },
      ]),
      secrets: [],
    });
    expect(row("synapse.sparkPool", `${inTest}/bigdatapools/spfreight`)).toMatchObject({
      autoPauseMinutes: null,
      sessionPackages: false,
      packages: [],
      fields: [],
    });
  });

  test("secrets in a Spark configuration are found, also twice, in a comment and in a list of packages, and not kept", async () => {
    const values = ["Pl4nted-spark-one", "Pl4nted-spark-two", "Pl4nted-spark-three", "Pl4nted-pip-token"];
    const found = await collected({
      edit: ({ arm }) => {
        const pool = propertiesOf(arm.synapseBigDataPools, "syn-brackwater-dev/bigDataPools/spfreight");
        pool.sparkConfigProperties = {
          content: `spark.jdbc.password ${values[0]}\nspark.jdbc.password=${values[1]}\n# spark.old.password ${values[2]}\n`,
        };
        pool.libraryRequirements = {
          content: `--extra-index-url https://pip:${values[3]}@pip.brackwater.example/simple`,
        };
      },
    });
    const pool = row("synapse.sparkPool", `${dev}/bigdatapools/spfreight`, found);
    const secrets = pool?.secrets as { path: string }[];
    expect(secrets.map((each) => each.path)).toEqual([
      'sparkConfig["spark.jdbc.password"][0]',
      'sparkConfig["spark.jdbc.password"][1]',
      'sparkConfig["# spark.old.password"]',
      "libraryRequirements[0]",
    ]);
    expect(pool?.hosts).toEqual(["pip.brackwater.example"]);
    for (const value of values) expect(JSON.stringify([...found.rows])).not.toContain(value);
  });

  test.each<[string, object]>([
    ["a configuration without a text", { sparkConfigProperties: { filename: "freight.txt" } }],
    ["a configuration of another type", { sparkConfigProperties: "spark.jdbc.password x" }],
    ["a list of packages without a text", { libraryRequirements: {} }],
  ])("a Spark pool with %s has none of its values, and the rest is there", async (_, change) => {
    const found = await collected({
      edit: ({ arm }) =>
        Object.assign(propertiesOf(arm.synapseBigDataPools, "syn-brackwater-dev/bigDataPools/spfreight"), change),
    });
    const pool = row("synapse.sparkPool", `${dev}/bigdatapools/spfreight`, found);
    expect(pool).toMatchObject({ sparkVersion: "3.4", packages: ["freightlib-1.4.2-py3-none-any.whl"] });
    for (const field of ["fields", "secrets", "hosts"]) expect(pool).not.toHaveProperty(field);
  });

  test("a Spark pool without a version says nothing of itself", async () => {
    const found = await collected({
      edit: ({ arm }) => {
        delete propertiesOf(arm.synapseBigDataPools, "syn-brackwater-dev/bigDataPools/spfreight").sparkVersion;
      },
    });
    const pool = row("synapse.sparkPool", `${dev}/bigdatapools/spfreight`, found);
    for (const field of ["fields", "secrets", "packages"]) expect(pool).not.toHaveProperty(field);
  });

  test("pools that are refused leave their logs open too, and no pool looks as if it had none", async () => {
    const found = await collected({ faults: [{ kind: "forbidden", path: /syn-brackwater-prod\/sqlPools\?/ }] });
    expect(readOf(found, `synapse.sqlPool ${prod}`)).toMatchObject({
      outcome: "refused",
      permission: expect.stringContaining("Microsoft.Synapse/workspaces/sqlPools/read, in Reader"),
    });
    expect(readOf(found, `azure.diagnosticSetting ${prod}`)).toMatchObject({
      outcome: "partial",
      cause: "synapse.sqlPool was not read whole",
    });
    expect(rowsOf(found, "synapse.sqlPool").size).toBe(1);
  });
});

test("grants are read at every scope inside a workspace", () => {
  const scopes = [...rowsOf(content, "synapse.roleAssignment").values()].map((each) => String(each.scope));
  expect(new Set(scopes.filter((each) => each.startsWith("workspaces/syn-brackwater-prod")))).toEqual(
    new Set([
      "workspaces/syn-brackwater-prod",
      "workspaces/syn-brackwater-prod/bigdatapools/spfreight",
      "workspaces/syn-brackwater-prod/integrationruntimes/ir-onprem",
      "workspaces/syn-brackwater-prod/linkedservices/ls_lake",
      "workspaces/syn-brackwater-prod/credentials/workspacesystemidentity",
    ]),
  );
});

describe("linked services", () => {
  const signsIn = (workspace: string): Record<string, unknown> =>
    Object.fromEntries(
      [...rowsOf(content, "synapse.linkedService").values()]
        .filter((each) => each.workspaceId === workspace)
        .map((each) => [String(each.name).replace(/^syn-brackwater-\w+-/, ""), each.authentication]),
    );

  test("say how they sign in", () => {
    expect(signsIn(dev)).toEqual({
      WorkspaceDefaultStorage: "managedIdentity",
      WorkspaceDefaultSqlServer: "managedIdentity",
      ls_lake: "credential",
      ls_vault: "managedIdentity",
      ls_warehouse: "managedIdentity",
      ls_operations: "password",
      ls_carrier_api: "anonymous",
      ls_landing_blob: "key",
      LS_Loader: "servicePrincipal",
      ls_onprem_tms: "password",
    });
  });

  test("name their hosts, logins, credentials, vaults, and what the service keeps secret", () => {
    const one = (name: string): Row | undefined => row("synapse.linkedService", `${dev}/linkedservices/${name}`);
    expect(one("ls_operations")).toMatchObject({
      hosts: ["psql-brackwater-dev.postgres.database.azure.com"],
      userName: "etl_reader",
      keyVaultSecrets: [
        {
          path: "typeProperties.password",
          linkedService: "ls_vault",
          secretName: "operations-db-password",
          secretVersion: null,
        },
      ],
    });
    expect(one("ls_lake")).toMatchObject({ credentialId: `${dev}/credentials/cr_flow_loader` });
    expect(one("ls_landing_blob")).toMatchObject({
      hosts: ["stbrackwaterlakedev.blob.core.windows.net"],
      secretFields: [{ path: "typeProperties.encryptedCredential", set: true }],
      secrets: [],
    });
    expect(JSON.stringify(one("ls_landing_blob"))).not.toContain("ew0KICAi");
    expect(one("ls_loader")).toMatchObject({
      name: "LS_Loader",
      clientIds: ["9e9b6a91-a0e1-403b-bee7-4fbdfa395ce8"],
      fields: expect.arrayContaining([
        { path: "parameters.lake", value: "https://stbrackwaterlakedev.dfs.core.windows.net/" },
      ]),
    });
    expect(one("ls_onprem_tms")).toMatchObject({
      integrationRuntime: "ir-onprem",
      userName: "dmitri.volkov@brackwater.example",
      secretFields: [{ path: "typeProperties.connectionString", set: true }],
      keyVaultSecrets: [{ secretName: null }],
    });
  });

  test.each([
    [
      "AzureSqlDW",
      { connectionString: "Data Source=x.sql.azuresynapse.net;User ID=etl;Password=Pl4nted-9x" },
      "password",
    ],
    ["AzureSqlDW", { connectionString: "Server=x;Authentication=Active Directory MSI" }, "managedIdentity"],
    ["AzureSqlDW", { connectionString: "Server=x;Authentication=ActiveDirectoryServicePrincipal" }, "servicePrincipal"],
    ["AzureBlobStorage", { connectionString: "AccountName=a;SharedAccessSignature=sv=1" }, "sas"],
    ["AzureBlobStorage", { sasUri: { type: "SecureString", value: "**********" } }, "sas"],
    ["AzureBlobStorage", { connectionString: { type: "SecureString", value: "**********" } }, "secret"],
    ["AzureBlobFS", { url: "https://a.dfs.core.windows.net", accountKey: { type: "SecureString" } }, "key"],
    ["AzureBlobFS", { url: "https://a.dfs.core.windows.net", encryptedCredential: "ew0" }, "key"],
    ["AzureDatabricks", { domain: "https://adb-1.azuredatabricks.net", authentication: "MSI" }, "managedIdentity"],
    ["HttpServer", { url: "https://x.example", authenticationType: "ClientCertificate" }, "other"],
    ["FileServer", { host: "\\\\files\\share" }, null],
  ])("of type %s with %j sign in by %s", async (type, typeProperties, expected) => {
    const found = await collected({
      edit: ({ synapse }) => {
        const artifacts = synapse.artifacts["syn-brackwater-dev"];
        if (artifacts) artifacts.linkedServices = [{ name: "planted", properties: { type, typeProperties } }];
      },
    });
    const planted = row("synapse.linkedService", `${dev}/linkedservices/planted`, found);
    expect(planted?.authentication).toBe(expected);
    expect(JSON.stringify(planted)).not.toContain("Pl4nted");
  });

  test("without their settings do not look as if the workspace's own identity signed in", async () => {
    const found = await collected({
      edit: ({ synapse }) => {
        const artifacts = synapse.artifacts["syn-brackwater-dev"];
        if (artifacts) artifacts.linkedServices = [{ name: "planted", properties: { type: "AzureBlobFS" } }];
      },
    });
    const planted = row("synapse.linkedService", `${dev}/linkedservices/planted`, found);
    expect(planted).toMatchObject({ type: "AzureBlobFS" });
    expect(planted).not.toHaveProperty("authentication");
    expect(planted).not.toHaveProperty("userName");
  });

  test("refer to the environments of what they name", async () => {
    const edit = ({ synapse }: EstateData): void => {
      synapse.artifacts["syn-brackwater-dev"]?.linkedServices.push({
        name: "ls_other",
        properties: { type: "AzureSqlDW", typeProperties: { server: "syn-brackwater-prod.sql.azuresynapse.net" } },
      });
    };
    const found = await collected({ edit });
    const refersTo = (id: string): unknown =>
      inFolder((folder) => {
        writeSnapshot(join(folder, "snapshot"), found);
        const snapshot = openSnapshot(join(folder, "snapshot"));
        const world = new SnapshotWorld(snapshot, configurationOf(estate), Date.parse(estate.asOf));
        const linked = row("synapse.linkedService", id, found);
        return linked && world.field("synapse.linkedService", "refersTo", linked);
      });
    expect(refersTo(`${dev}/linkedservices/ls_other`)).toEqual(["prod"]);
    expect(refersTo(`${dev}/linkedservices/ls_warehouse`)).toEqual(["dev"]);
    expect(refersTo(`${dev}/linkedservices/ls_loader`)).toEqual(["dev"]);
  });
});

test("credentials name the identity that they stand for", () => {
  expect(row("synapse.credential", `${prod}/credentials/cr_flow_loader`)).toMatchObject({
    type: "ManagedIdentity",
    identityResourceId: `${subscriptions.prod}/resourcegroups/rg-prefect-prod/providers/microsoft.managedidentity/userassignedidentities/id-flow-loader-prod`,
    clientId: null,
  });
  expect(row("synapse.credential", `${prod}/credentials/workspacesystemidentity`)).toMatchObject({
    name: "WorkspaceSystemIdentity",
    identityResourceId: null,
  });
  expect(row("synapse.credential", `${dev}/credentials/cr_loader_sp`)).toMatchObject({
    type: "ServicePrincipal",
    clientId: "9e9b6a91-a0e1-403b-bee7-4fbdfa395ce8",
    tenantId: tenant,
    keyVaultSecrets: [{ path: "typeProperties.servicePrincipalKey", secretName: "flow-loader-secret" }],
  });
});

describe("pipelines", () => {
  test("say what their activities use at every depth, and how they sign in", () => {
    expect(row("synapse.pipeline", `${prod}/pipelines/pl_shipments`)).toMatchObject({
      folder: "freight",
      activityTypes: [
        "Copy",
        "ForEach",
        "Script",
        "SetVariable",
        "SqlPoolStoredProcedure",
        "SynapseNotebook",
        "WebActivity",
      ],
      linkedServices: [`${prod}/linkedservices/ls_lake`, `${prod}/linkedservices/ls_warehouse`],
      datasets: ["ds_shipments", "ds_shipments_raw"],
      authentications: [{ activity: "Tell the carrier", type: "MSI", resource: "https://vault.azure.net" }],
      hosts: ["kv-brackwater-prod.vault.azure.net", "vault.azure.net"],
      secrets: [],
    });
    expect(row("synapse.pipeline", `${prod}/pipelines/pl_archive`)).toMatchObject({
      credentials: [`${prod}/credentials/cr_flow_loader`],
      authentications: [{ type: "UserAssignedManagedIdentity", resource: "https://management.azure.com/" }],
    });
    expect(row("synapse.pipeline", `${dev}/pipelines/pl_shipments`)).toMatchObject({
      authentications: [{ type: "Basic", resource: null }],
      secretFields: [{ path: expect.stringMatching(/authentication\.password$/), set: true }],
    });
  });

  test("secrets in them are found by the names that they stand under, and none is kept", async () => {
    const plant = (n: number): string => `Pl4nted-${n}-value-x9`;
    const found = await collected(
      {
        edit: ({ synapse }) => {
          const artifacts = synapse.artifacts["syn-brackwater-dev"];
          if (artifacts === undefined) return;
          artifacts.pipelines = [
            {
              name: "planted",
              properties: {
                description: `https://etl:${plant(1)}@api.example`,
                parameters: {
                  db_password: { type: "string", defaultValue: plant(2) },
                  secure: { type: "securestring", defaultValue: plant(3) },
                  api_token: { defaultValue: plant(9) },
                },
                variables: { apiSecret: { type: "String", defaultValue: plant(4) } },
                activities: [
                  {
                    name: "Remember",
                    type: "SetVariable",
                    typeProperties: { variableName: "apiSecret", value: plant(5) },
                  },
                  {
                    name: "If",
                    type: "IfCondition",
                    typeProperties: {
                      ifTrueActivities: [
                        {
                          name: "Call",
                          type: "WebActivity",
                          typeProperties: {
                            headers: { Authorization: `Basic ${Buffer.from(`etl:${plant(6)}`).toString("base64")}` },
                            authentication: { type: "Basic", username: "etl", password: plant(7) },
                          },
                        },
                        {
                          name: "Score",
                          type: "SynapseNotebook",
                          typeProperties: { parameters: { sql_password: { value: plant(8), type: "string" } } },
                        },
                      ],
                    },
                  },
                ],
              },
            },
          ];
        },
      },
      { LEASTWISE_FINGERPRINT_KEY: "a key of the organisation" },
    );
    const pipeline = row("synapse.pipeline", `${dev}/pipelines/planted`, found);
    const secrets = pipeline?.secrets as { path: string; fingerprint: string | null }[];
    const inCall = "activities[1].typeProperties.ifTrueActivities[0].typeProperties";
    expect(secrets.map((each) => each.path)).toEqual([
      "description",
      "parameters.db_password",
      "parameters.secure.defaultValue",
      "parameters.api_token",
      "variables.apiSecret",
      "activities[0].typeProperties.apiSecret",
      `${inCall}.headers.Authorization`,
      `${inCall}.authentication.password`,
      "activities[1].typeProperties.ifTrueActivities[1].typeProperties.parameters.sql_password",
    ]);
    expect(secrets.every((each) => typeof each.fingerprint === "string")).toBe(true);
    const everything = JSON.stringify([...found.rows, found.reads]);
    for (let n = 1; n <= 9; n++) expect(everything).not.toContain(plant(n));
    expect(everything).not.toContain(Buffer.from(`etl:${plant(6)}`).toString("base64"));
  });
});

describe("reading artifacts", () => {
  test.each(["linkedservices", "credentials", "pipelines"])("%s in several pages are all there", async (collection) => {
    const kind =
      { linkedservices: "linkedService", credentials: "credential", pipelines: "pipeline" }[collection] ?? "";
    const found = await collected({ pageSize: 1 });
    const all = [...rowsOf(content, `synapse.${kind}`).keys()].sort();
    expect([...rowsOf(found, `synapse.${kind}`).keys()].sort()).toEqual(all);
    expect(readOf(found, `synapse.${kind} ${dev}`)?.pages).toBe(
      all.filter((each) => each.startsWith(`${dev}/`)).length,
    );
  });

  test.each([
    ["linkedservices", "synapse.linkedService"],
    ["credentials", "synapse.credential"],
    ["pipelines", "synapse.pipeline"],
  ])("%s that are refused are unread, and the Synapse role is named", async (path, kind) => {
    const found = await collected({ faults: [{ kind: "forbidden", path: new RegExp(`syn-brackwater-dev/${path}`) }] });
    expect(readOf(found, `${kind} ${dev}`)).toMatchObject({
      outcome: "refused",
      status: 403,
      permission: expect.stringContaining("Microsoft.Synapse/workspaces/artifacts/read, in Synapse Artifact User"),
    });
    expect([...rowsOf(found, kind).keys()].filter((id) => id.startsWith(`${dev}/`))).toEqual([]);
    expect([...rowsOf(found, kind).keys()].filter((id) => id.startsWith(`${prod}/`)).length).toBeGreaterThan(0);
  });

  test("an artifact of another shape makes the read partial, and the others are kept", async () => {
    const found = await collected({
      edit: ({ synapse }) => {
        const artifacts = synapse.artifacts["syn-brackwater-dev"];
        artifacts?.linkedServices.push({ name: "broken", properties: "none" }, { properties: { type: "AzureBlobFS" } });
        artifacts?.pipelines.push({ name: "odd", properties: { activities: "none", folder: 7 } });
        artifacts?.credentials.push({ name: "odd", properties: { type: 7 } });
      },
    });
    expect(readOf(found, `synapse.linkedService ${dev}`)?.outcome).toBe("partial");
    expect(rowsOf(found, "synapse.linkedService").size).toBe(23);
    expect(row("synapse.pipeline", `${dev}/pipelines/odd`, found)).toMatchObject({ folder: null, activityTypes: [] });
    expect(row("synapse.credential", `${dev}/credentials/odd`, found)).toBeUndefined();
    expect(readOf(found, `synapse.credential ${dev}`)?.outcome).toBe("partial");
  });

  test("a workspace whose data plane cannot be reached leaves all of them open, and nothing is empty", async () => {
    const found = await collected({ faults: [{ kind: "reset", path: /^GET \/synapse\/syn-brackwater-dev/ }] });
    for (const kind of ["synapse.linkedService", "synapse.credential", "synapse.pipeline", "synapse.roleAssignment"])
      expect(readOf(found, `${kind} ${dev}`)?.outcome, kind).toBe("failed");
  });
});
