import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { ConfigurationFile } from "../../src/resources/generated.ts";
import { folder, leastwise, served, write } from "./run.ts";

const work = folder();
const snapshot = join(work, "snapshot");

beforeAll(async () => {
  await leastwise(["collect", "--demo", "--out", snapshot, "--quiet"]);
});

const access = (...args: string[]) => leastwise(["access", ...args, "--snapshot", snapshot]);

describe("leastwise access", () => {
  test("shows the path from a Prefect block to the data that it opens", async () => {
    const { status, stdout } = await access("azure-blob-storage-credentials/landing-dev");
    expect(status).toBe(0);
    expect(stdout).toContain("landing-dev (prefect.block, dev)");
    expect(stdout).toMatch(/Signs in as\n {2}sp-flow-loader-prod, by way of client_id\n/);
    expect(stdout).toContain("synapse.workspace syn-brackwater-prod, prod");
    expect(stdout).toMatch(
      /read data, write data: sp-flow-loader-prod: Storage Blob Data Contributor on container raw/,
    );
    expect(stdout).toContain("- grants inside SQL pools");
  });

  test("shows what a database login opens, and that its rights are not read", async () => {
    const { stdout } = await access("sqlalchemy-connector/operations-db-dev");
    expect(stdout).not.toContain("Plant3d");
    const named = await access("sqlalchemy-connector/reporting-test");
    expect(named.stdout).toContain(
      "synapse.workspace syn-brackwater-prod, prod, by syn-brackwater-prod.sql.azuresynapse.net",
    );
  });

  test("shows who reaches a resource, and who could come to", async () => {
    const { status, stdout } = await access("kv-brackwater-hub");
    expect(status).toBe(0);
    expect(stdout).toMatch(/Henrik Dahl[^\n]*\n {4}read secrets, change secrets: an access policy of the vault/);
    expect(stdout).toMatch(/Bo Sten -> kv-brackwater-hub: gives itself access to the vault/);
    expect(stdout).toMatch(/grant roles: Owner on subscription Brackwater Platform, once activated/);
  });

  test("shows whose tokens are taken for an identity's, what everybody reads, and chains through a role that is granted", async () => {
    const reader = await access("sp-compliance-reader");
    expect(reader.stdout).toMatch(
      /Whose tokens are taken for its own\n {2}repo:brackwater-freight\/compliance:pull_request/,
    );
    const container = await access("azure.storageContainer flow-code", "--to", "sp-terraform-deployer");
    expect(container.status).toBe(2);
    const vault = await access("azure.keyVault kv-brackwater-test");
    expect(vault.stdout).toMatch(/sp-access-sync-test -> id-flow-loader-test: grants itself any role/);
    const worker = await access("sp-access-sync-test", "--to", "azure.principal id-prefect-worker-test");
    expect(worker.stdout).toContain("sp-access-sync-test -> id-prefect-worker-test: grants itself any role");
    expect(worker.stdout).not.toContain("Who could act as it");
  });

  test("answers in JSON, and only for one target where it is asked for", async () => {
    const { stdout } = await access(
      "sp-flow-loader-prod",
      "--to",
      "synapse.workspace syn-brackwater-prod",
      "--format",
      "json",
    );
    const answer = JSON.parse(stdout) as { reaches: { resource: { name: string }; right: string }[]; unread: string[] };
    expect(new Set(answer.reaches.map((each) => each.resource.name))).toEqual(new Set(["syn-brackwater-prod"]));
    expect(answer.reaches.map((each) => each.right)).toContain("change");
    expect(answer.unread.length).toBeGreaterThan(0);
  });

  test("says that it does not know where it found no path and something was not read", async () => {
    const { status, stdout } = await access("sp-flow-loader-dev", "--to", "kv-brackwater-prod");
    expect(stdout).toContain("No path to kv-brackwater-prod was found; that there is none is not known");
    expect(status).toBe(3);
  });

  test("refuses a name that nothing has, or that several things have", async () => {
    const none = await access("sp-flow-loader-prd");
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("did you mean sp-flow-loader-prod?");
    const several = await access("flows-repository");
    expect(several.status).toBe(2);
    expect(several.stderr).toMatch(/names 3 things.*\n {2}prefect\.block prefect:dev\//);
    const one = await access("prefect.block", "prefect:dev/block/github-credentials/flows-repository");
    expect(one.status).toBe(2);
  });

  test("takes a kind in any case, and says which one was probably meant", async () => {
    const { status, stdout } = await access("azure.keyvault kv-brackwater-hub");
    expect(status).toBe(0);
    expect(stdout).toContain("kv-brackwater-hub (azure.keyVault");
    const near = await access("azure.keyvalt kv-brackwater-hub");
    expect(near.status).toBe(2);
    expect(near.stderr).toContain("There is no kind azure.keyvalt; did you mean azure.keyVault kv-brackwater-hub?");
  });

  test("says of a thing that is there, but of another kind, that access is not asked of it", async () => {
    const { stdout } = await leastwise(["query", "prefect.variable", "--snapshot", snapshot, "--format", "json"]);
    const [variable] = JSON.parse(stdout) as { id: string; name: string }[];
    for (const who of [variable?.name, variable?.id, `prefect.variable ${variable?.name}`]) {
      const { status, stderr } = await access(who ?? "");
      expect(status).toBe(2);
      expect(stderr).toContain("is a prefect.variable, and access is not asked of that kind, but of azure.principal, ");
    }
  });

  test("works where Prefect is not configured, and says that it was not read", async () => {
    const estate = await served();
    const written = parse(estate.configuration) as ConfigurationFile;
    const { prefect: _, shared, ...rest } = written;
    const environments = Object.fromEntries(
      Object.entries(rest.environments ?? {}).map(([name, each]) => [name, { scopes: each.scopes ?? [] }]),
    );
    const azure = { azure: rest.azure, environments, shared: (shared ?? []).filter((each) => !("prefect" in each)) };
    const config = write(join(work, "azure", "leastwise.yaml"), stringify(azure));
    const alone = join(work, "azure", "snapshot");
    await leastwise(["collect", "--config", config, "--out", alone, "--quiet"]);
    const { status, stdout, stderr } = await leastwise(["access", "sp-flow-loader-prod", "--snapshot", alone]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("Nothing in Prefect was found; that there is none is not known");
    expect(stdout).toContain("prefect.block was not read, because its system is not configured");
  });
});
