import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Estate } from "../../src/estate/server.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
import { IncompleteList } from "../../src/policy/value.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, inFolder, rowsOf, startSmallEstate } from "../collect/estate.ts";

const prod = "0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f";
const dev = "98a28ae4-18c6-4887-99d1-a88c320a666e";
const loader = `/subscriptions/${prod}/resourceGroups/rg-prefect-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-flow-loader-prod`;

let estate: Estate;
let content: SnapshotContent;

beforeAll(async () => {
  estate = await startSmallEstate();
  content = await collectFrom(configurationOf(estate));
});
afterAll(() => estate.close());

/** The value of a derived field where some kinds were not read everywhere. */
function derived(kind: string, field: string, row: Row, unread: readonly string[] = [], change = content): unknown {
  return inFolder((folder) => {
    const reads = change.reads.map((each) =>
      unread.includes(each.kind) && each.fields.length === 0 ? { ...each, outcome: "refused" as const } : each,
    );
    writeSnapshot(join(folder, "snapshot"), { ...change, reads });
    const world = new SnapshotWorld(
      openSnapshot(join(folder, "snapshot")),
      configurationOf(estate),
      Date.parse(estate.asOf),
    );
    return world.field(kind, field, row);
  });
}

const row = (kind: string, end: string): Row => {
  const found = (content.rows.get(kind) ?? []).find(({ id }) => id.endsWith(end));
  if (found === undefined) throw new Error(`${kind} has no row ${end}`);
  return found;
};

describe("what stands in a value refers to the environment of", () => {
  const refersTo = (path: string, value: string, hosts: string[] = [], unread: string[] = []): unknown =>
    derived("prefect.deployment", "refersTo", { id: "prefect:x", fields: [{ path, value }], hosts }, unread);

  test.each([
    ["a storage account by name, where the key asks for one", "env.LAKE_ACCOUNT", "stbrackwaterlakeprod", ["prod"]],
    ["nothing by the same name anywhere else", "env.NOTE", "stbrackwaterlakeprod", []],
    ["an account in a connection string", "env.DSN", "AccountKey=x;AccountName=stbrackwaterlaketest;", ["test"]],
    ["a vault by name", "env.KEY_VAULT", "KV-Brackwater-Dev", ["dev"]],
    ["a workspace by name", "parameters.synapse_workspace", "syn-brackwater-test", ["test"]],
    [
      "a resource id, whatever its case",
      "x",
      `/SUBSCRIPTIONS/${dev}/ResourceGroups/RG-data-dev/providers/a/b/c`,
      ["dev"],
    ],
    [
      "a resource id in an address",
      "x",
      `https://management.azure.com/subscriptions/${prod}/x?api-version=1`,
      ["prod"],
    ],
    ["a managed identity by id: where it stands", "x", loader, ["prod"]],
    ["a subscription that one environment has as a whole", "x", prod.toUpperCase(), ["prod"]],
    ["none by a subscription in which an environment has groups", "x", dev, []],
    ["an identity by client id, under any key", "env.WHO", "26a6a8f6-3259-4cad-a847-950dea7b7668", ["prod"]],
    ["an identity by object id", "env.WHO", "745dacba-34e9-40fb-9280-3b7c7eaece97", ["dev"]],
    ["a log workspace by its GUID", "env.LOG_WORKSPACE_ID", "8f6f0a52-6a0f-4e0c-9a63-0a1d3a1f7c4e", ["dev"]],
    ["none by a log workspace that is declared shared", "x", "38940ba3-bd6e-4761-bb21-762316a8e1cb", []],
    ["none by an identity that is declared shared", "x", "0c3f28ee-5196-41de-a71b-a54f26763a74", []],
    ["none by what no environment holds", "env.ARCHIVE_ACCOUNT", "stbrackwaterarchive", []],
    [
      "none by a group that begins like one of an environment",
      "x",
      "/subscriptions/049d9dc7-39d0-4064-8317-ebaacd449a27/resourceGroups/rg-data-test-archive",
      [],
    ],
  ])("%s", (_, path, value, expected) => {
    expect(refersTo(path, value)).toEqual(expected);
  });

  test.each([
    ["stbrackwaterlakeprod.dfs.core.windows.net", ["prod"]],
    ["stbrackwaterlakeprod-secondary.queue.core.windows.net", ["prod"]],
    ["stbrackwaterlakeprod.privatelink.blob.core.windows.net", ["prod"]],
    ["stbrackwaterlakeprod.z6.web.core.windows.net", ["prod"]],
    ["kv-brackwater-test.vault.azure.net", ["test"]],
    ["kv-brackwater-test.privatelink.vaultcore.azure.net", ["test"]],
    ["syn-brackwater-dev-ondemand.sql.azuresynapse.net", ["dev"]],
    ["syn-brackwater-dev.dev.azuresynapse.net", ["dev"]],
    ["web.azuresynapse.net", []],
    ["stsomebodyelse.blob.core.windows.net", []],
  ])("the host %s", (host, expected) => {
    expect(refersTo("x", "y", [host])).toEqual(expected);
  });

  test.each([
    ["azure.storageAccount", "x", "y", "stsomebodyelse.blob.core.windows.net"],
    ["azure.storageAccount", "env.LAKE_ACCOUNT", "stsomebodyelse", null],
    ["azure.keyVault", "x", "y", "kv-other.vault.azure.net"],
    ["synapse.workspace", "x", "y", "syn-other.sql.azuresynapse.net"],
    ["azure.principal", "x", "5b9b1b2a-0f6f-4a6f-9a52-1f0b8a3f1c11", null],
    ["azure.subscription", "x", "5b9b1b2a-0f6f-4a6f-9a52-1f0b8a3f1c11", null],
    ["azure.managedIdentity", "x", loader.replace("loader-prod", "other"), null],
  ])("nobody knows what, where %s was not read everywhere", (kind, path, value, host) => {
    expect(refersTo(path, value, host === null ? [] : [host])).toBeInstanceOf(Array);
    expect(refersTo(path, value, host === null ? [] : [host], [kind])).toBeInstanceOf(IncompleteList);
  });

  test.each([
    ["the id of a block", "aci.$ref.block_document_id"],
    ["a tenant", "tenant_id"],
  ])("nobody, where it is %s", (_, path) => {
    expect(refersTo(path, "5b9b1b2a-0f6f-4a6f-9a52-1f0b8a3f1c11", [], ["azure.principal"])).toEqual([]);
  });

  test("nobody knows what, where the values were not read, or not all", () => {
    const of = (more: object): unknown => derived("prefect.block", "refersTo", { id: "prefect:x", ...more });
    expect(of({ clientIds: [], hosts: [] })).toBeInstanceOf(IncompleteList);
    expect(of({ fields: [], hosts: [], incomplete: ["fields"] })).toBeInstanceOf(IncompleteList);
    expect(of({ fields: [], hosts: [], incomplete: ["blocks"] })).toEqual([]);
  });
});

describe("a store, a vault or a log workspace is used in the environments of", () => {
  const archive = "storageaccounts/stbrackwaterarchive";
  const used = (kind: string, end: string, unread: string[] = [], change = content): unknown =>
    derived(kind, "usedIn", row(kind, end), unread, change);

  test("a deployment that names it", () => {
    expect(used("azure.storageAccount", archive)).toEqual(["prod"]);
  });

  test("the identities that its access policies let in", () => {
    expect(used("azure.keyVault", "vaults/kv-brackwater-hub")).toEqual(["dev", "prod"]);
    expect(derived("azure.keyVault", "letsIn", row("azure.keyVault", "vaults/kv-brackwater-hub"))).toEqual([
      "dev",
      "prod",
    ]);
    expect(derived("azure.keyVault", "letsIn", row("azure.keyVault", "vaults/kv-brackwater-prod"))).toEqual([]);
  });

  test("what sends its logs there", () => {
    expect(used("azure.logWorkspace", "workspaces/log-brackwater-nonprod")).toEqual(["test"]);
  });

  test("the identities in a group that holds a grant below it; people count for none", () => {
    const account = row("azure.storageAccount", archive);
    const [grant] = content.rows.get("azure.roleAssignment") ?? [];
    const group = [...rowsOf(content, "azure.principal").values()].find(
      ({ displayName }) => displayName === "lake-writers-prod",
    );
    const scope = { id: `${account.id}/blobservices/default/containers/x`, level: "resource", subscriptionId: prod };
    const change = {
      ...content,
      rows: new Map(content.rows)
        .set("azure.roleAssignment", [
          ...(content.rows.get("azure.roleAssignment") ?? []),
          {
            ...grant,
            id: `${scope.id}/providers/microsoft.authorization/roleassignments/x`,
            principalId: group?.id,
            scope,
          },
        ])
        .set("prefect.deployment", []),
    };
    const without = { ...content, rows: new Map(content.rows).set("prefect.deployment", []) };
    expect(used("azure.storageAccount", archive, [], without)).toEqual([]);
    expect(used("azure.storageAccount", archive, [], change)).toEqual(["prod"]);
  });

  test.each([
    "prefect.variable",
    "synapse.linkedService",
    "azure.roleAssignment",
    "azure.diagnosticSetting",
    "azure.storageContainer",
  ])("more than is known, where %s was not read everywhere", (kind) => {
    expect(used("azure.storageAccount", archive, [kind])).toBeInstanceOf(IncompleteList);
  });
});

test.each([
  ["repo:acme/flows:environment:production", ["prod"]],
  ["repo:acme/flows:environment:data-prod-eu", ["prod"]],
  ["repo:acme/flows:environment:non-prod", []],
  ["repo:acme/flows:ref:refs/heads/release/test", ["test"]],
  ["repo:acme/flows:ref:refs/heads/dev-container", []],
  ["repo:acme/test:ref:refs/heads/main", []],
  ["repo:acme/flows:pull_request", []],
  ["system:serviceaccount:prefect-dev:worker", ["dev"]],
  ["sc://acme/data/azure-prd", ["prod"]],
  ["organization:acme:project:data:workspace:lake-testing:run_phase:apply", ["test"]],
])("the subject %s names the environments %j", (subject, expected) => {
  const trust = { id: "application/x/y", subject, claimsMatchingExpression: null };
  expect(derived("azure.federatedCredential", "namesEnvironments", trust)).toEqual(expected);
});

test("an expression names environments too, and a subject that was not read may name any", () => {
  const of = (more: object): unknown => derived("azure.federatedCredential", "namesEnvironments", { id: "x", ...more });
  const claimsMatchingExpression = "claims['sub'] matches 'repo:acme/*:environment:prod'";
  expect(of({ subject: null, claimsMatchingExpression })).toEqual(["prod"]);
  expect(of({ subject: null, claimsMatchingExpression: null })).toEqual([]);
  expect(of({ subject: null })).toBeInstanceOf(IncompleteList);
  expect(of({})).toBeInstanceOf(IncompleteList);
});
