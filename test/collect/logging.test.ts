import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EstateData } from "../../src/estate/data.ts";
import type { Fault } from "../../src/estate/faults.ts";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
import { IncompleteList, Unread } from "../../src/policy/value.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { subscriptions } from "../estate/ask.ts";
import { collectFrom, configurationOf, inFolder, rowsOf, startSmallEstate } from "./estate.ts";

const logs = `${subscriptions.prod}/resourcegroups/rg-logs-prod/providers/microsoft.operationalinsights/workspaces/log-brackwater`;
const inGroup = (environment: "dev" | "test" | "prod", rest: string): string =>
  `${subscriptions[environment]}/resourcegroups/rg-data-${environment}/providers/${rest}`;
const settingOf = (resource: string, name: string): string =>
  `${resource}/providers/microsoft.insights/diagnosticsettings/${name}`;
const workspace = inGroup("prod", "microsoft.synapse/workspaces/syn-brackwater-prod");
const account = inGroup("prod", "microsoft.storage/storageaccounts/stbrackwaterlakeprod");

let estate: Estate;
let content: SnapshotContent;

beforeAll(async () => {
  estate = await startEstate();
  content = await collectFrom(configurationOf(estate), { request: 15_000 });
});

afterAll(() => estate.close());

const setting = (id: string, from = content): Row | undefined => rowsOf(from, "azure.diagnosticSetting").get(id);

async function collected(options: { edit?: (data: EstateData) => void; faults?: Fault[] }): Promise<SnapshotContent> {
  const other = await startSmallEstate(options);
  try {
    return await collectFrom(configurationOf(other), { request: 15_000 });
  } finally {
    await other.close();
  }
}

/** A relation or computed field of a row. */
function derived(kind: string, name: string, id: string, from = content): unknown {
  return inFolder((folder) => {
    writeSnapshot(join(folder, "snapshot"), from);
    const snapshot = openSnapshot(join(folder, "snapshot"));
    const world = new SnapshotWorld(snapshot, configurationOf(estate), Date.parse(estate.asOf));
    const row = rowsOf(from, kind).get(id);
    return row && world.field(kind, name, row);
  });
}

test("the settings of a workspace say which logs go where", () => {
  expect(setting(settingOf(workspace, "to-log"))).toEqual({
    id: settingOf(workspace, "to-log"),
    name: "to-log",
    resourceId: workspace,
    resourceKind: "synapse.workspace",
    part: null,
    workspaceId: logs,
    workspaceTables: "Dedicated",
    storageAccountId: null,
    eventHubRuleId: null,
    eventHub: null,
    partnerId: null,
    logs: [{ category: null, categoryGroup: "allLogs", enabled: true, retentionDays: null }],
    metrics: [{ category: "AllMetrics", enabled: false, retentionDays: null }],
  });
  expect(setting(settingOf(workspace, "audit-archive"))).toMatchObject({
    workspaceId: null,
    storageAccountId: account,
    logs: [{ category: "SynapseRbacOperations", enabled: true, retentionDays: 365 }],
    metrics: [],
  });
});

test("the export of a subscription's activity log is a setting too", () => {
  expect(setting(settingOf(subscriptions.test, "activity-to-log"))).toMatchObject({
    resourceKind: "azure.subscription",
    resourceId: subscriptions.test,
    workspaceId: logs,
    logs: expect.arrayContaining([
      { category: "Administrative", categoryGroup: null, enabled: true, retentionDays: null },
      { category: "Alert", categoryGroup: null, enabled: false, retentionDays: null },
    ]),
    metrics: [],
  });
});

test("pools, vaults and the blob service of accounts have theirs, whichever case their ids come in", () => {
  const pool = `${workspace}/sqlpools/dwfreight`;
  expect(setting(settingOf(pool, "to-log"))).toMatchObject({ resourceId: pool, resourceKind: "synapse.sqlPool" });
  const vault = inGroup("test", "microsoft.keyvault/vaults/kv-brackwater-test");
  expect(setting(settingOf(vault, "to-log"))).toMatchObject({ resourceId: vault, resourceKind: "azure.keyVault" });
  expect(setting(settingOf(`${account}/blobservices/default`, "to-log"))).toMatchObject({
    resourceId: account,
    resourceKind: "azure.storageAccount",
    part: "blobservices/default",
  });
});

test("a resource knows its settings, and one without any has an empty list", () => {
  const of = (kind: string, id: string): string[] =>
    (derived(kind, "diagnosticSettings", id) as Row[]).map((each) => String(each.name)).sort();
  expect(of("synapse.workspace", workspace)).toEqual(["audit-archive", "to-log"]);
  expect(of("synapse.workspace", inGroup("test", "microsoft.synapse/workspaces/syn-brackwater-test"))).toEqual([]);
  expect(of("azure.subscription", subscriptions.dev)).toEqual(["activity-to-log"]);
  expect(of("azure.keyVault", inGroup("dev", "microsoft.keyvault/vaults/kv-brackwater-dev"))).toEqual(["to-log"]);
  expect(of("azure.storageAccount", account)).toEqual(["to-log"]);
  expect(of("synapse.sqlPool", `${workspace}/sqlpools/dwarchive`)).toEqual([]);
});

test("a setting leads to the log workspace that keeps its logs, and to how long it does", () => {
  expect(derived("azure.diagnosticSetting", "logWorkspace", settingOf(workspace, "to-log"))).toMatchObject({
    id: logs,
    retentionDays: 365,
    dailyQuotaGb: null,
    localAuthentication: false,
    resourcePermissions: true,
    publicQuery: "Enabled",
  });
  expect(derived("azure.diagnosticSetting", "logWorkspace", settingOf(workspace, "audit-archive"))).toBeNull();
  expect(derived("azure.diagnosticSetting", "environments", settingOf(workspace, "to-log"))).toEqual(["prod"]);
});

test("what a log workspace does not have set is told by its default", async () => {
  const found = await collected({
    edit: ({ arm }) => {
      for (const each of arm.logAnalyticsWorkspaces)
        each.properties = { retentionInDays: 30, workspaceCapping: { dailyQuotaGb: 0.5 } };
    },
  });
  expect(rowsOf(found, "azure.logWorkspace").get(logs)).toMatchObject({
    retentionDays: 30,
    dailyQuotaGb: 0.5,
    publicIngestion: null,
    localAuthentication: true,
    resourcePermissions: false,
    customerId: null,
  });
});

test("settings that are refused are unread, the right is named, and a resource does not look as if it had none", async () => {
  const found = await collected({
    faults: [{ kind: "forbidden", path: /syn-brackwater-prod\/providers\/Microsoft\.Insights\/diagnosticSettings/ }],
  });
  expect(found.reads.find((each) => each.id === `azure.diagnosticSetting ${workspace}`)).toMatchObject({
    outcome: "refused",
    permission: expect.stringContaining("Microsoft.Insights/diagnosticSettings/read, in Reader"),
  });
  const relation = derived("synapse.workspace", "diagnosticSettings", workspace, found);
  expect(relation).not.toBeInstanceOf(Array);
  expect(setting(settingOf(subscriptions.prod, "activity-to-log"), found)).toBeDefined();
});

test("workspaces that could not be listed leave the settings below the subscription open", async () => {
  const found = await collected({
    faults: [{ kind: "forbidden", path: new RegExp(`^GET ${subscriptions.dev}/providers/Microsoft.Synapse`) }],
  });
  expect(found.reads.find((each) => each.id === `azure.diagnosticSetting ${subscriptions.dev}`)).toMatchObject({
    outcome: "partial",
    cause: "synapse.workspace was not read whole",
  });
});

test("a malformed setting lacks what is malformed, and its read is partial", async () => {
  const found = await collected({
    edit: ({ arm }) => {
      for (const each of arm.diagnosticSettings.filter(({ id }) => id.includes("syn-brackwater-prod/providers")))
        each.properties.logs = [{ category: "SynapseRbacOperations", enabled: "yes" }];
      for (const each of arm.logAnalyticsWorkspaces) each.properties.retentionInDays = "a year";
    },
  });
  const one = setting(settingOf(workspace, "to-log"), found);
  expect(one).not.toHaveProperty("logs");
  expect(one).toMatchObject({ workspaceId: logs });
  expect(found.reads.filter((each) => each.outcome !== "complete").map((each) => [each.id, each.cause])).toEqual(
    expect.arrayContaining([
      [`azure.diagnosticSetting ${workspace}`, "a row has a malformed logs (logs[0].enabled)"],
      [`azure.logWorkspace ${subscriptions.prod}`, "a row has a malformed retentionDays"],
    ]),
  );
});

test("a setting without a list of logs does not look as if it sent none", async () => {
  const found = await collected({
    edit: ({ arm }) => {
      for (const each of arm.diagnosticSettings) Reflect.deleteProperty(each.properties, "logs");
    },
  });
  expect(setting(settingOf(workspace, "to-log"), found)).not.toHaveProperty("logs");
});

test("the read that brought a setting is that of its own resource", () => {
  inFolder((folder) => {
    writeSnapshot(join(folder, "snapshot"), content);
    const snapshot = openSnapshot(join(folder, "snapshot"));
    const world = new SnapshotWorld(snapshot, configurationOf(estate), Date.parse(estate.asOf));
    const one = setting(settingOf(`${workspace}/sqlpools/dwfreight`, "to-log"));
    expect(one && world.readOf("azure.diagnosticSetting", one)).toBe(
      `azure.diagnosticSetting ${workspace}/sqlpools/dwfreight`,
    );
  });
});

const changed = (kind: string, id: string, change: Row): SnapshotContent => ({
  ...content,
  rows: new Map([
    ...content.rows,
    [kind, (content.rows.get(kind) ?? []).map((row) => (row.id === id ? { ...row, ...change } : row))],
  ]),
});
const vault = inGroup("dev", "microsoft.keyvault/vaults/kv-brackwater-dev");
const vaultSetting = settingOf(vault, "to-log");

test("what is sent is what enabled categories and groups say, of all settings together", () => {
  expect(derived("azure.keyVault", "sentLogs", vault)).toEqual(["AzurePolicyEvaluationDetails"]);
  expect(derived("synapse.workspace", "sentLogs", workspace)).toEqual(["SynapseRbacOperations", "allLogs"]);
  expect(derived("synapse.sqlPool", "sentLogs", `${workspace}/sqlpools/dwarchive`)).toEqual([]);
});

test.each([
  ["its logs", { logs: undefined }, []],
  ["whether one of them is sent", { logs: [{ category: "AuditEvent", categoryGroup: null }] }, []],
  ["which one is sent", { logs: [{ category: null, categoryGroup: null, enabled: true }] }, []],
  ["where it sends them", { workspaceId: null }, []],
])("a setting of which %s was not read leaves open what is sent", (_, change, known) => {
  const sent = derived(
    "azure.keyVault",
    "sentLogs",
    vault,
    changed("azure.diagnosticSetting", vaultSetting, { id: vaultSetting, ...change }),
  );
  expect(sent).toBeInstanceOf(IncompleteList);
  expect(sent).toMatchObject({ items: known });
});

test("logs go abroad where the destination is in another environment or in none, unless it is declared shared", () => {
  const abroad = (change: object): unknown =>
    derived(
      "azure.diagnosticSetting",
      "foreignDestinations",
      vaultSetting,
      changed("azure.diagnosticSetting", vaultSetting, { id: vaultSetting, ...change }),
    );
  const archive = `${subscriptions.test}/resourcegroups/rg-data-test-archive/providers/microsoft.storage/storageaccounts/stbrackwaterarchive`;
  expect(abroad({})).toEqual([]);
  expect(abroad({ workspaceId: null, storageAccountId: account })).toEqual([account]);
  expect(abroad({ storageAccountId: archive })).toEqual([archive]);
  expect(abroad({ storageAccountId: inGroup("dev", "microsoft.storage/storageaccounts/stx") })).toEqual([]);
  expect(abroad({ workspaceId: null })).toBeInstanceOf(IncompleteList);
  expect(abroad({ storageAccountId: undefined, eventHubRuleId: archive })).toMatchObject({ items: [archive] });
  expect(abroad({ resourceId: undefined })).toBeInstanceOf(Unread);
});

test("audit events go abroad by the account that answers at the host, and one that was not seen leaves it open", () => {
  const abroad = (auditing: object | undefined): unknown =>
    derived(
      "synapse.workspace",
      "foreignAuditStores",
      workspace,
      changed("synapse.workspace", workspace, { id: workspace, auditing }),
    );
  const lake = (environment: string): string => `stbrackwaterlake${environment}.blob.core.windows.net`;
  expect(abroad({ state: "Enabled", storageEndpoint: lake("prod") })).toEqual([]);
  expect(abroad({ state: "Enabled", storageEndpoint: lake("dev") })).toEqual([lake("dev")]);
  expect(abroad({ state: "Disabled", storageEndpoint: lake("dev") })).toEqual([]);
  expect(abroad({ state: "Enabled", storageEndpoint: null })).toEqual([]);
  expect(abroad({ state: "Enabled", storageEndpoint: "stunseen.blob.core.windows.net" })).toBeInstanceOf(Unread);
  expect(abroad({ state: "Enabled" })).toBeInstanceOf(Unread);
  expect(abroad({ storageEndpoint: lake("prod") })).toBeInstanceOf(Unread);
  expect(abroad(undefined)).toBeInstanceOf(Unread);
});

test("a run left lineage where an event says that it wrote; before the events that were read begin nobody knows", () => {
  const runs = content.rows.get("prefect.flowRun") ?? [];
  const byHand = runs.find((each) => each.api === "dev" && each.deploymentUuid === null)?.id ?? "";
  const nightly = runs.find((each) => each.api === "dev" && each.state === "COMPLETED" && each.id !== byHand)?.id ?? "";
  const left = (id: string, from = content): unknown => derived("prefect.flowRun", "leftLineage", id, from);
  const since = content.reads.find((each) => each.id === "prefect.assetEvent prefect:dev")?.window?.since ?? "";
  expect(left(nightly)).toBe(true);
  expect(left(byHand)).toBe(false);
  const ended = (end: string | null | undefined): unknown =>
    left(byHand, changed("prefect.flowRun", byHand, { id: byHand, end }));
  expect(ended(since)).toBe(false);
  expect(ended(null)).toBe(false);
  expect(ended(new Date(Date.parse(since) - 1).toISOString())).toBeInstanceOf(Unread);
  expect(ended(undefined)).toBeInstanceOf(Unread);
});

test("events that were not read leave open what a run wrote", async () => {
  const found = await collected({ faults: [{ kind: "forbidden", path: /prefect\/dev\/api\/events\/filter/ }] });
  const [run] = (found.rows.get("prefect.flowRun") ?? []).filter((each) => each.api === "dev");
  expect(derived("prefect.flowRun", "leftLineage", run?.id ?? "", found)).toBeInstanceOf(Unread);
});

test.each([
  ["https://westeurope.oic.prod-aks.azure.com/{tenant}/d8697b8d-5ace-44bf-8c91-3289645a9a00/", true],
  ["https://login.microsoftonline.com/{tenant}/v2.0", true],
  ["https://sts.windows.net/{tenant}/", true],
  ["https://westeurope.oic.prod-aks.azure.com/{other}/d8697b8d-5ace-44bf-8c91-3289645a9a00/", false],
  ["https://login.microsoftonline.com/{other}/v2.0", false],
  ["https://login.microsoftonline.com/common/v2.0", false],
  ["https://login.microsoftonline.com.evil.example/{tenant}/v2.0", false],
  ["https://login.microsoftonline.com/{tenant}/v2.0/evil", false],
  ["https://evil.example/login.microsoftonline.com/{tenant}/v2.0", false],
  ["https://westeurope.oic.prod-aks.azure.com.evil.example/{tenant}/d8697b8d-5ace-44bf-8c91-3289645a9a00/", false],
  ["https://evil.example/.oic.prod-aks.azure.com/{tenant}/d8697b8d-5ace-44bf-8c91-3289645a9a00/", false],
  ["http://login.microsoftonline.com/{tenant}/v2.0", false],
  ["https://token.actions.githubusercontent.com", false],
])("an issuer is of the own tenant by its whole address: %s", (address, own) => {
  const issuer = address
    .replace("{tenant}", "d5e5fa57-8f60-4997-8298-72c293a033d6")
    .replace("{other}", "0d4f1e47-9444-4d9e-9adc-d282ae1797d0");
  for (const on of ["application", "managedIdentity"]) {
    const one = (content.rows.get("azure.federatedCredential") ?? []).find((each) => each.on === on);
    const id = one?.id ?? "";
    const from = changed("azure.federatedCredential", id, { id, issuer });
    expect(derived("azure.federatedCredential", "issuedByOwnTenant", id, from)).toBe(own);
  }
});

test("an issuer of some tenant is open where the tenant of the credential's owner was not read", () => {
  const one = (content.rows.get("azure.federatedCredential") ?? []).find((each) => each.on === "managedIdentity");
  const id = one?.id ?? "";
  const rows = new Map([...content.rows, ["azure.managedIdentity", []]]);
  expect(derived("azure.federatedCredential", "issuedByOwnTenant", id, { ...content, rows })).toBeInstanceOf(Unread);
  const from = changed("azure.federatedCredential", id, { id, issuer: undefined });
  expect(derived("azure.federatedCredential", "issuedByOwnTenant", id, from)).toBeInstanceOf(Unread);
});
