import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EstateData } from "../../src/estate/data.ts";
import type { Fault } from "../../src/estate/faults.ts";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
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
