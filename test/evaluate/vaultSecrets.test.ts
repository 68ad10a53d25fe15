import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Estate } from "../../src/estate/server.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
import { IncompleteList } from "../../src/policy/value.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, inFolder, startSmallEstate } from "../collect/estate.ts";

let estate: Estate;
let content: SnapshotContent;

beforeAll(async () => {
  estate = await startSmallEstate();
  content = await collectFrom(configurationOf(estate));
});
afterAll(() => estate.close());

type Change = (row: Row) => Row;

/** The secrets that a workspace names, where the rows of some kinds are others and some were not read everywhere. */
function secretsOf(
  kind: "synapse.workspace" | "prefect.workspace",
  end: string,
  { changes = {}, unread = [] }: { changes?: Record<string, Change>; unread?: readonly string[] } = {},
): unknown {
  const rows = new Map(
    [...content.rows].map(([each, all]) => [each, all.map(changes[each] ?? ((row) => row))] as const),
  );
  const reads = content.reads.map((each) =>
    unread.includes(each.kind) && each.fields.length === 0 ? { ...each, outcome: "refused" as const } : each,
  );
  return inFolder((folder) => {
    writeSnapshot(join(folder, "snapshot"), { ...content, rows, reads });
    const snapshot = openSnapshot(join(folder, "snapshot"));
    const world = new SnapshotWorld(snapshot, configurationOf(estate), Date.parse(estate.asOf));
    const row = (rows.get(kind) ?? []).find(({ id }) => id.endsWith(end));
    if (row === undefined) throw new Error(`${kind} has no row ${end}`);
    return world.field(kind, "vaultSecrets", row);
  });
}

/** The row with this end of its id, changed. */
const only =
  (end: string, change: object): Change =>
  (row) =>
    row.id.endsWith(end) ? { ...row, ...change } : row;

const dev = "workspaces/syn-brackwater-dev";
const vault = "kv-brackwater-dev.vault.azure.net";
const at = (name: string): string =>
  `/subscriptions/98a28ae4-18c6-4887-99d1-a88c320a666e/resourcegroups/rg-data-dev/providers/microsoft.synapse/${dev}/${name}`;
const loader = {
  vault,
  name: "flow-loader-secret",
  places: [at("credentials/cr_loader_sp"), at("linkedservices/ls_loader")],
};
const operations = { vault, name: "operations-db-password", places: [at("linkedservices/ls_operations")] };
const deployment = (name: string): string => `prefect:prod/deployment/${name}`;
const reader = {
  vault: "kv-brackwater-prod.vault.azure.net",
  name: "warehouse-reader",
  places: [deployment("build-warehouse/build-warehouse-prod"), deployment("load-shipments/nightly-shipments-prod")],
};

describe("the secrets that a Synapse workspace names", () => {
  test("stand once each, with every place; what an expression chooses is none", () => {
    expect(secretsOf("synapse.workspace", dev)).toEqual([loader, operations]);
  });

  test("are told by address too, and an artifact that names one twice is one place", () => {
    const url = `https://${vault.toUpperCase()}:443/secrets/Operations-DB-Password/0123?api-version=7.4`;
    const fields = ["a", "b"].map((path) => ({ path, value: url }));
    const changes = { "synapse.pipeline": only("syn-brackwater-dev/pipelines/pl_housekeeping", { fields }) };
    expect(secretsOf("synapse.workspace", dev, { changes })).toEqual([
      loader,
      { ...operations, places: [...operations.places, at("pipelines/pl_housekeeping")] },
    ]);
  });

  test("are told apart by vault", () => {
    const fields = [{ path: "typeProperties.baseUrl", value: "https://kv-other.vault.usgovcloudapi.net" }];
    const reference = {
      path: "x",
      linkedService: "LS_WAREHOUSE",
      secretName: "flow-loader-secret",
      secretVersion: null,
    };
    const changes: Record<string, Change> = {
      "synapse.linkedService": only("syn-brackwater-dev/linkedservices/ls_warehouse", { fields }),
      "synapse.credential": only("cr_loader_sp", { keyVaultSecrets: [reference] }),
    };
    expect(secretsOf("synapse.workspace", dev, { changes })).toEqual([
      { ...loader, places: [at("linkedservices/ls_loader")] },
      operations,
      { vault: "kv-other.vault.usgovcloudapi.net", name: loader.name, places: [at("credentials/cr_loader_sp")] },
    ]);
  });

  test("are none where an expression chooses the vault", () => {
    const fields = [{ path: "typeProperties.baseUrl", value: "https://@{linkedService().vault}.vault.azure.net" }];
    const changes = { "synapse.linkedService": only("syn-brackwater-dev/linkedservices/ls_vault", { fields }) };
    expect(secretsOf("synapse.workspace", dev, { changes })).toEqual([]);
  });

  test.each(["synapse.linkedService", "synapse.credential", "synapse.pipeline"])(
    "are not all known where a %s was not read",
    (kind) => {
      expect(secretsOf("synapse.workspace", dev, { unread: [kind] })).toBeInstanceOf(IncompleteList);
    },
  );

  test.each<[string, string, object]>([
    ["what it refers to was not read", "cr_loader_sp", { keyVaultSecrets: undefined }],
    [
      "the name of a secret was not read",
      "cr_loader_sp",
      { keyVaultSecrets: [{ path: "x", linkedService: "ls_vault" }] },
    ],
    [
      "nothing says which vault",
      "cr_loader_sp",
      { keyVaultSecrets: [{ path: "x", linkedService: null, secretName: "s" }] },
    ],
    [
      "the vault's service is not there",
      "cr_loader_sp",
      { keyVaultSecrets: [{ linkedService: "gone", secretName: "s" }] },
    ],
    ["the values of an artifact were not read", "cr_loader_sp", { fields: undefined }],
  ])("are not all known where %s", (_, end, change) => {
    const changes = { "synapse.credential": only(end, change) };
    expect(secretsOf("synapse.workspace", dev, { changes })).toBeInstanceOf(IncompleteList);
  });

  test.each<[string, { path: string; value: string | null }[] | undefined]>([
    ["has no values", undefined],
    ["has no address", []],
    ["has an address that is none", [{ path: "typeProperties.baseUrl", value: "kv" }]],
  ])("are not all known where the vault's service %s", (_, fields) => {
    const changes = { "synapse.linkedService": only("syn-brackwater-dev/linkedservices/ls_vault", { fields }) };
    expect(secretsOf("synapse.workspace", dev, { changes })).toBeInstanceOf(IncompleteList);
  });
});

describe("the secrets that a Prefect server names", () => {
  test("stand once each, with every place", () => {
    expect(secretsOf("prefect.workspace", "prefect:prod")).toEqual([reader]);
    expect(secretsOf("prefect.workspace", "prefect:dev")).toEqual([]);
  });

  test("are told by a reference with the names of vault and secret too", () => {
    const value = "@Microsoft.KeyVault(VaultName=KV-Brackwater-Prod;SecretName=warehouse-reader;SecretVersion=1)";
    const changes = {
      "prefect.variable": only("prefect:prod/variable/lake_account", { fields: [{ path: "x", value }] }),
    };
    expect(secretsOf("prefect.workspace", "prefect:prod", { changes })).toEqual([
      { ...reader, places: [...reader.places, "prefect:prod/variable/lake_account"] },
    ]);
  });

  test.each(["prefect.block", "prefect.variable", "prefect.deployment", "prefect.workPool"])(
    "are not all known where a %s was not read",
    (kind) => {
      expect(secretsOf("prefect.workspace", "prefect:prod", { unread: [kind] })).toBeInstanceOf(IncompleteList);
    },
  );

  test("are not known of a workspace that the configuration does not name", () => {
    expect(secretsOf("prefect.workspace", "workspace/analytics")).toBeInstanceOf(IncompleteList);
  });
});
