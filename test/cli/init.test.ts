import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfiguration } from "../../src/config/config.ts";
import { proposeConfiguration, type Seen } from "../../src/config/propose.ts";
import { folder, leastwise, served, write } from "./run.ts";

test("init looks at the sample estate and finds its environments", async () => {
  const at = folder();
  const run = await leastwise(["init", "--demo"], { cwd: at });
  expect(run.status, run.stderr).toBe(0);
  expect(run.stdout).toContain("leastwise demo > FILE");
  expect(run.stdout).not.toContain("leastwise doctor");
  const text = readFileSync(join(at, "leastwise.yaml"), "utf8");
  const { environments, expect: floors } = parse(text);
  expect(Object.keys(environments)).toEqual(["dev", "prod", "test"]);
  expect(environments.prod).toEqual({
    scopes: ["/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f"],
    prefect: ["prod"],
  });
  expect(environments.test.scopes).toEqual([
    "/subscriptions/049d9dc7-39d0-4064-8317-ebaacd449a27/resourceGroups/rg-data-test",
  ]);
  expect(floors).toMatchObject({ "azure.subscription": 4, "synapse.workspace": 4, "prefect.block": 34 });
  const guesses = text.split("\n").filter((line) => /^ +- \/subscriptions|^ {2}\S+: \d+/.test(line));
  expect(guesses.length).toBeGreaterThan(6);
  expect(guesses.every((line) => line.includes("# confirm:"))).toBe(true);
});

test("a file that is there is kept, unless --force says otherwise", async () => {
  const at = folder();
  write(join(at, "leastwise.yaml"), "azure: {}\n");
  const run = await leastwise(["init", "--demo"], { cwd: at });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain("leastwise.yaml is there already");
  expect(readFileSync(join(at, "leastwise.yaml"), "utf8")).toBe("azure: {}\n");
  expect((await leastwise(["init", "--demo", "--force"], { cwd: at })).status).toBe(0);
  expect(readFileSync(join(at, "leastwise.yaml"), "utf8")).toContain("environments:");
});

test("where the credentials show nothing, it says what is missing and writes nothing", async () => {
  const at = folder();
  const run = await leastwise(["init", "--request-timeout", "1"], {
    cwd: at,
    env: { AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential" },
  });
  expect(run.status).toBe(3);
  expect(run.stderr).toContain("no credential of Azure was found");
  expect(run.stderr).toContain("set PREFECT_API_URL");
  expect(existsSync(join(at, "leastwise.yaml"))).toBe(false);
});

describe("Prefect profiles", () => {
  test("are read, their keys used and named, and never written", async () => {
    const key = "pnu_not-a-real-key-but-secret";
    const estate = await served({ prefectAuth: key });
    const home = folder();
    write(
      join(home, "profiles.toml"),
      `active = "data prod"\n[profiles."data prod"]\nPREFECT_API_URL = "${estate.url}/prefect/prod/api"\nPREFECT_API_KEY = "${key}"\n[profiles.local]\n`,
    );
    const at = folder();
    const env = {
      PREFECT_PROFILES_PATH: join(home, "profiles.toml"),
      AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential",
    };
    const run = await leastwise(["init", "--request-timeout", "2"], { cwd: at, env });
    const text = readFileSync(join(at, "leastwise.yaml"), "utf8");
    expect(run.status, run.stderr).toBe(3);
    expect(text).toContain("# Not seen: azure.subscription tenant: no credential");
    expect(text).toContain("auth: PREFECT_AUTH_DATA_PROD");
    expect(parse(text)).toMatchObject({
      prefect: [{ name: "data-prod", api: `${estate.url}/prefect/prod/api`, auth: "PREFECT_AUTH_DATA_PROD" }],
      environments: { prod: { prefect: ["data-prod"] } },
    });
    expect(text + run.stdout + run.stderr).not.toContain(key);
  });

  test("that are no TOML are told with their line, and nothing of them is shown", async () => {
    const home = folder();
    write(join(home, "profiles.toml"), '[profiles.a]\nPREFECT_API_KEY = "pnu_secret\n');
    const run = await leastwise(["init"], { cwd: home, env: { PREFECT_PROFILES_PATH: join(home, "profiles.toml") } });
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/profiles\.toml:2:\d+ the file of Prefect profiles is not valid TOML/);
    expect(run.stderr).not.toContain("pnu_secret");
  });
});

describe("a proposal", () => {
  const nothing: Seen = {
    cloud: "AzurePublic",
    subscriptions: [],
    workspaces: [],
    servers: [],
    counts: {},
    files: new Map(),
    unread: [],
  };
  const workspace = (name: string, subscription: string, tags = {}): Seen["workspaces"][number] => ({
    id: `${subscription}/resourcegroups/rg/providers/microsoft.synapse/workspaces/${name}`,
    name,
    subscription,
    resourceGroup: "rg",
    tags,
    hosts: [`${name}.sql.azuresynapse.net`],
  });
  const load = (seen: Seen) => parseConfiguration(proposeConfiguration(seen), "leastwise.yaml", ".");

  test("loads, whatever people named their things", () => {
    const odd = 'x: "y" # z\u2028\n- [prod]';
    const seen: Seen = {
      ...nothing,
      subscriptions: [{ id: "/subscriptions/s", name: odd, tags: { Environment: odd } }],
      workspaces: [workspace("one", "/subscriptions/s", { env: odd })],
      servers: [{ name: "p", api: "https://prefect.example.com/api", auth: "KEY", from: odd, hosts: [] }],
      unread: [],
    };
    expect(load(seen).prefect[0]?.name).toBe("p");
    expect(load(nothing).environments).toEqual([]);
  });

  test("places a server by the workspaces that its blocks name", () => {
    const server = {
      name: "flows",
      api: "https://p.example.com/api",
      auth: null,
      from: "",
      hosts: ["lake.sql.azuresynapse.net"],
    };
    const seen = { ...nothing, workspaces: [workspace("lake", "/subscriptions/s", { Env: "QA" })], servers: [server] };
    expect(load(seen).environments).toMatchObject([{ name: "test", prefect: [{ api: "flows" }] }]);
    expect(proposeConfiguration(seen)).toContain("# confirm: its blocks name lake and no workspace of another");
  });

  test("asks where nothing tells, and never guesses by a word inside a word", () => {
    const text = proposeConfiguration({ ...nothing, workspaces: [workspace("products-latest", "/subscriptions/s")] });
    expect(text).toContain("# confirm: to which environment does the workspace products-latest belong?");
    expect(text).not.toContain("\nenvironments:");
  });
});
