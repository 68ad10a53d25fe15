import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type RowChange, unknown } from "../../src/plan/plan.ts";
import { LivePrefect } from "../../src/plan/prefect/live.ts";
import type { PrefectPlan } from "../../src/plan/prefect/object.ts";
import { prefectFormat, readBlockFolder, readPrefectPlan } from "../../src/plan/prefect/read.ts";
import type { Servers } from "../../src/plan/prefect/server.ts";
import { prefectRows } from "../../src/plan/rows/prefect.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { InputError } from "../../src/resources/problem.ts";
import { folder } from "../cli/run.ts";
import { canaries, leaks } from "../prefect/leaks.ts";

const only: Servers = { named: null, configured: ["prod"], withWorkPool: () => [] };
const plants = canaries(["password"]);
const password = plants.password ?? "";

/** What files of a folder plan; the first is the plan. */
function planOf(files: Readonly<Record<string, string>>, servers: Servers = only): PrefectPlan {
  const root = folder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const [[name, text] = ["", ""]] = Object.entries(files);
  return readPrefectPlan(text, name, { servers, path: join(root, name) });
}

function rowsOf(plan: PrefectPlan, live: Readonly<Record<string, readonly Row[]>> = {}): readonly RowChange[] {
  return prefectRows(plan.objects, {
    live: new LivePrefect((kind) => live[kind] ?? []),
    apiOf: () => "prod",
    now: new Date("2026-11-20T06:00:00Z"),
    fingerprint: undefined,
  }).changes;
}

function problemsOf(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(leaks(plants, new Map([["error", Buffer.from(JSON.stringify(error.problems) + String(error))]]))).toEqual(
      [],
    );
    return error.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  }
  return [];
}

const flow = "from prefect import flow\n\n@flow\ndef load(day: str = 'today'):\n    pass\n";

test("files are told apart by what is in them", () => {
  expect(prefectFormat("deployments: []\n", "deploy.yml")).toBe("prefect");
  expect(prefectFormat("prefect-version: 3.8.8\nname: flows\n", "prefect.yaml")).toBe("prefect");
  expect(prefectFormat("type: secret\nname: a\ndata: {}\n", "a.yaml")).toBe("prefect-blocks");
  expect(prefectFormat('[{ "block_type_slug": "secret", "name": "a", "data": {} }]', "a.json")).toBe("prefect-blocks");
  expect(prefectFormat(`${flow}load.deploy("prod")\n`, "deploy.py")).toBe("prefect");
  expect(prefectFormat("resources: []\n", "main.yaml")).toBeNull();
  expect(prefectFormat("import numpy\n", "sums.py")).toBeNull();
});

test("a prefect.yaml that is broken is refused at its line and column, without what it says", () => {
  const broken = `deployments:\n  - name: a\n    parameters: { password: "${password}"\n  - name: b\n`;
  expect(problemsOf(() => planOf({ "prefect.yaml": broken }))[0]).toMatch(/^prefect\.yaml:4:\d+ /);
  const wrong = `deployments:\n  - name: a\n    parameters: ${password}\n    tags: { a: b }\n  - ${password}\n`;
  expect(problemsOf(() => planOf({ "prefect.yaml": wrong }))).toEqual([
    "prefect.yaml:4:11 a list of texts is expected here",
    "prefect.yaml:3:17 a map is expected here",
    "prefect.yaml:5:5 a deployment is expected here",
  ]);
});

test("a prefect.yaml whose aliases grow without bound is refused", () => {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const before = level === 0 ? "x" : `*a${level - 1}`;
    return `  a${level}: &a${level} [${Array(9).fill(before).join(", ")}]`;
  });
  const text = `definitions:\n${levels.join("\n")}\ndeployments: []\n`;
  expect(problemsOf(() => planOf({ "prefect.yaml": text }))).toEqual([
    "prefect.yaml:1:1 its aliases (*) lead nowhere, or to too much",
  ]);
});

test("a deployment whose flow is not there is refused, as prefect deploy refuses it", () => {
  const text = "deployments:\n  - name: prod\n    entrypoint: flows/load.py:other\n    work_pool: { name: pool }\n";
  expect(problemsOf(() => planOf({ "prefect.yaml": text }))).toEqual([
    "prefect.yaml:3:17 the file of the flow cannot be read: there is no such file",
  ]);
  expect(problemsOf(() => planOf({ "prefect.yaml": text, "flows/load.py": flow }))).toEqual([
    "prefect.yaml:3:17 flows/load.py declares no flow other with @flow",
  ]);
  expect(problemsOf(() => planOf({ "prefect.yaml": text, "flows/load.py": `def other(:\n` }))[0]).toMatch(
    /^flows\/load\.py:1:\d+ this Python cannot be read from here on$/,
  );
});

test("a deployment without a name is left out and counted, because prefect deploy asks for one", () => {
  const text = "deployments:\n  - entrypoint: load.py:load\n  - name: prod\n    entrypoint: load.py:load\n";
  const plan = planOf({ "prefect.yaml": text, "load.py": flow });
  expect(plan.ignored).toEqual(new Map([["prefect deployment without a name", 1]]));
  expect(rowsOf(plan).map((each) => (each.action === "upsert" ? each.row.id : ""))).toEqual([
    "prefect:prod/flow/load",
    "prefect:prod/deployment/load/prod",
  ]);
});

test("what a plan goes to is the server that is named, the only one, or the one that has the work pool", () => {
  const files = {
    "prefect.yaml": "deployments:\n  - { name: a, entrypoint: load.py:load, work_pool: { name: pool } }\n",
    "load.py": flow,
  };
  const several = (have: string[], named: string | null = null): Servers => ({
    named,
    configured: ["dev", "prod"],
    withWorkPool: () => have,
  });
  expect(planOf(files, several(["prod"])).objects.map(({ id }) => id)).toContain("prefect:prod/deployment/load/a");
  expect(planOf(files, several([], "dev")).objects.map(({ id }) => id)).toContain("prefect:dev/deployment/load/a");
  expect(problemsOf(() => planOf(files, several(["dev", "prod"])))[0]).toMatch(/^prefect\.yaml:2:5 .*dev, prod/);
  expect(problemsOf(() => planOf(files, several([])))[0]).toMatch(/none of the Prefect servers dev, prod/);
  expect(problemsOf(() => planOf(files, several([], "prd")))[0]).toMatch(/there is no Prefect server named prd/);
});

test("what a program deploys, saves or sets by no literal is undecided, and never left out", () => {
  const text = `
import os
from prefect import flow
from prefect.blocks.system import Secret
from prefect.variables import Variable
from elsewhere import nightly, make_block, names, Custom

@flow
def load(): pass

nightly.deploy("prod", work_pool_name="pool")
load.deploy(os.environ["NAME"], work_pool_name="pool")
load.with_options(name="other").deploy("prod", work_pool_name="pool")
Secret(value="x").save(names[0])
Custom(value="x").save("custom")
make_block().save("made", overwrite=True)
Variable.set(os.environ["NAME"], "x")
load.deploy("fired", work_pool_name="pool", triggers=[make_block()])
`;
  const plan = planOf({ "deploy.py": text });
  expect(plan.objects.map(({ id }) => id)).toEqual(["prefect:prod/flow/load", "prefect:prod/deployment/load/fired"]);
  expect(plan.undecided.map(({ kind, scope, at }) => `${at.line} ${kind} ${scope}`)).toEqual([
    "11 prefect.deployment prefect:prod",
    "12 prefect.deployment prefect:prod",
    "13 prefect.deployment prefect:prod",
    "14 prefect.block prefect:prod",
    "15 prefect.block prefect:prod",
    "16 prefect.block prefect:prod",
    "17 prefect.variable prefect:prod",
    "18 prefect.automation prefect:prod",
  ]);
});

test("a part that Prefect fills in as a whole may be anything that the variable holds, and is unknown where nobody knows", () => {
  const files = {
    "prefect.yaml": `
deployments:
  - name: a
    entrypoint: load.py:load
    paused: "{{ $PAUSED }}"
    schedules: "{{ prefect.variables.schedules }}"
    parameters: "{{ prefect.variables.parameters }}"
    work_pool: { name: pool, job_variables: "{{ prefect.variables.missing }}" }
  - { name: b, entrypoint: load.py:load, work_pool: "{{ prefect.variables.pool }}" }
`,
    "load.py": flow,
  };
  const variable: Row = {
    id: "prefect:prod/variable/parameters",
    api: "prod",
    name: "parameters",
    fields: [{ path: "value.day", value: "monday" }],
    secrets: [],
  };
  const changes = rowsOf(planOf(files), { "prefect.variable": [variable] });
  const [a, b] = changes.filter(({ kind }) => kind === "prefect.deployment");
  expect(a).toMatchObject({
    unread: ["paused"],
    row: {
      fields: expect.arrayContaining([{ path: "parameters.day", value: "monday" }]),
      incomplete: expect.arrayContaining(["fields", "secrets"]),
    },
  });
  expect(b).toMatchObject({
    unread: ["workPoolId", "workQueueName"],
    row: { incomplete: expect.arrayContaining(["fields", "secrets"]) },
  });
});

test("a deployment has the work pool that it is deployed to; where the environment names it, it is unknown", () => {
  const text = `${flow}
from prefect import deploy, serve
load.deploy("usual")
deploy(load.to_deployment("together"), work_pool_name="pool")
serve(load.to_deployment("served"))
load.to_deployment("applied", work_pool_name="pool").apply()
load.to_deployment("somehow").apply()
`;
  const changes = rowsOf(planOf({ "deploy.py": text })).filter(({ kind }) => kind === "prefect.deployment");
  const pools = changes.map((each) =>
    each.action === "upsert" ? [each.row.name, each.row.workPoolId ?? null, each.unread.includes("workPoolId")] : [],
  );
  expect(pools).toEqual([
    ["usual", null, true],
    ["together", "prefect:prod/workPool/pool", false],
    ["served", null, false],
    ["applied", "prefect:prod/workPool/pool", false],
    ["somehow", null, true],
  ]);
});

test("what a program changes after it was made is no literal any more", () => {
  const text = `${flow}
from prefect.blocks.system import Secret
from prefect_shell import ShellOperation
settings = {"env": {"A": "b"}}
settings["env"]["PASSWORD"] = "${password}"
tags = ["a"]
tags += ["b"]
names = ["a"]
names.append("b")
first, second = {"x": "1"}, {"x": "2"}
load.deploy("a", work_pool_name="pool", job_variables=settings, tags=tags, parameters=first)
load.deploy("b", work_pool_name="pool", tags=names, parameters=second)
shell = ShellOperation(commands=["a"])
shell.env = {"PASSWORD": "${password}"}
shell.save("changed")
if settings:
    either = Secret(value="a")
else:
    either = Secret(value="b")
either.save("either")
`;
  const plan = planOf({ "deploy.py": text });
  const changes = rowsOf(plan);
  expect(leaks(plants, new Map([["changes", Buffer.from(JSON.stringify(changes))]]))).toEqual([]);
  const [, a, b, shell] = changes.flatMap((each) => (each.action === "upsert" ? [each] : []));
  for (const each of [a, b]) {
    expect(each?.row.incomplete).toEqual(expect.arrayContaining(["fields", "secrets"]));
    expect(each?.unread).toEqual(["tags"]);
  }
  expect(shell?.unread).toEqual(expect.arrayContaining(["fields", "secrets", "hosts"]));
  expect(plan.undecided.map(({ kind, at }) => `${at.line} ${kind}`)).toEqual(["25 prefect.block"]);
});

test("a program with what Python has learnt lately is read", () => {
  const text = `${flow}
import contextlib
@contextlib.contextmanager
def around():
    try:
        yield
    finally:
        pass

async def main[T](kind: T) -> None:
    match kind:
        case {"a": 1}:
            await load.adeploy("awaited", work_pool_name=(pool := "pool"))
        case _:
            print(f"{kind!r:>{10}} {'a' + "b"}")
    try:
        pass
    except* ValueError:
        pass

type Name = str
`;
  const { objects, undecided } = planOf({ "deploy.py": text });
  expect(undecided).toEqual([]);
  expect(objects.map(({ id }) => id)).toContain("prefect:prod/deployment/load/awaited");
});

test("values that are no literals are unknown, and the rest of a deployment is known", () => {
  const text = `${flow}
import os
from prefect import serve
load.deploy("prod", work_pool_name="pool", parameters={"day": os.environ["DAY"], "url": "https://a.example"}, version=os.environ["V"])
`;
  const [, change] = rowsOf(planOf({ "deploy.py": text }));
  if (change?.action !== "upsert") throw new Error("a deployment is planned");
  expect(change.unread).toEqual(["version"]);
  expect(change.row.workPoolId).toBe("prefect:prod/workPool/pool");
  expect(change.row.fields).toEqual(
    expect.arrayContaining([{ path: "parameters.day" }, { path: "parameters.url", value: "https://a.example" }]),
  );
  expect(change.row.incomplete).toEqual(expect.arrayContaining(["fields", "secrets"]));
});

test("serve brings a deployment without a work pool; what a flow or task does comes when it runs", () => {
  const text = `${flow}
from prefect.variables import Variable as Setting

@flow
def later():
    Setting.set("inside", "x")

if __name__ == "__main__":
    Setting.set("outside", "x")
    load.serve(name="served", tags=["a"], parameters={"password": "${password}"})
`;
  const changes = rowsOf(planOf({ "serve.py": text }));
  expect(leaks(plants, new Map([["changes", Buffer.from(JSON.stringify(changes))]]))).toEqual([]);
  const rows = changes.flatMap((each) => (each.action === "upsert" ? [each.row] : []));
  expect(rows.map(({ id }) => id)).toEqual([
    "prefect:prod/variable/outside",
    "prefect:prod/flow/load",
    "prefect:prod/deployment/load/served",
  ]);
  expect(rows[2]).toMatchObject({
    workPoolId: null,
    workQueueName: null,
    tags: ["a"],
    secrets: [{ path: "parameters.password" }],
  });
});

test("flows are found through imports of modules, of names and under other names", () => {
  const files = {
    "deploy.py": `
import flows.load
import flows.load as module
from flows import load as package
from flows.load import load as imported
flows.load.load.deploy("a", work_pool_name="pool")
module.load.deploy("b", work_pool_name="pool")
package.load.deploy("c", work_pool_name="pool")
imported.deploy("d", work_pool_name="pool")
`,
    "flows/load.py": flow,
  };
  const plan = planOf(files);
  expect(plan.undecided).toEqual([]);
  expect(plan.objects.filter(({ type }) => type === "prefect/deployment").map(({ id }) => id)).toEqual(
    ["a", "b", "c", "d"].map((name) => `prefect:prod/deployment/load/${name}`),
  );
});

test("a value that nobody knows yet leaves nothing of what the snapshot says of the old one", () => {
  const text =
    'import os\nfrom prefect.variables import Variable\nVariable.set("v", os.environ["V"], overwrite=True)\n';
  const live: Row = { id: "prefect:prod/variable/v", api: "prod", name: "v", fields: [], secrets: [], hosts: [] };
  const [variable] = rowsOf(planOf({ "set.py": text }), { "prefect.variable": [live] });
  expect(variable).toMatchObject({ fresh: false, unread: ["fields", "hosts", "secrets"] });
  const pool: Row = { ...live, id: "prefect:prod/workPool/p", name: "p", uuid: "0a1b2c3d-0000-4000-8000-000000000002" };
  const planned = {
    type: "prefect/workpool",
    id: String(pool.uuid),
    action: "update",
    body: { name: "p", type: "process", base_job_template: unknown },
    at: { file: "plan.json", line: 1, column: 1, address: null },
  } as const;
  const [change] = rowsOf({ objects: [planned], undecided: [], ignored: new Map() }, { "prefect.workPool": [pool] });
  expect(change).toMatchObject({ fresh: false, unread: ["fields", "hosts", "secrets"], row: { id: pool.id } });
});

test("a block type that nobody knows leaves open what it keeps secret; a live block of it tells", () => {
  const files = { "block.yaml": `type: own-settings\nname: one\ndata: { token: "${password}", host: a.example }\n` };
  const [open] = rowsOf(planOf(files));
  expect(open).toMatchObject({ unread: expect.arrayContaining(["fields", "secrets", "secretFields", "hosts"]) });
  const other: Row = {
    id: "prefect:prod/block/own-settings/other",
    api: "prod",
    type: "own-settings",
    secretFields: [{ path: "token", set: true, certain: true }],
  };
  const [known] = rowsOf(planOf(files), { "prefect.block": [other] });
  expect(known).toMatchObject({
    row: {
      fields: [
        { path: "token", value: "********" },
        { path: "host", value: "a.example" },
      ],
      secrets: [],
      secretFields: [{ path: "token", set: true, certain: true }],
    },
  });
  for (const change of [open, known])
    expect(leaks(plants, new Map([["change", Buffer.from(JSON.stringify(change))]]))).toEqual([]);
});

test("a block that is there already keeps the fields that its definition does not name", () => {
  const live: Row = {
    id: "prefect:prod/block/azure-blob-storage-credentials/lake",
    api: "prod",
    type: "azure-blob-storage-credentials",
    uuid: "0a1b2c3d-0000-4000-8000-000000000001",
    fields: [
      { path: "account_url", value: "https://old.blob.core.windows.net/" },
      { path: "client_id", value: null },
      { path: "client_secret", value: "********" },
    ],
    secrets: [],
    secretFields: ["client_secret", "connection_string"].map((path) => ({
      path,
      set: path === "client_secret",
      certain: true,
    })),
  };
  const text =
    "type: azure-blob-storage-credentials\nname: lake\ndata: { account_url: https://new.blob.core.windows.net/ }\n";
  const [change] = rowsOf(planOf({ "lake.yaml": text }), { "prefect.block": [live] });
  expect(change).toMatchObject({
    fresh: false,
    row: {
      hosts: ["new.blob.core.windows.net"],
      fields: expect.arrayContaining([{ path: "client_secret", value: "********" }]),
      secretFields: live.secretFields,
    },
  });
});

test("a folder of definitions tells each fault at its place, and refuses to be empty", () => {
  const root = folder();
  expect(problemsOf(() => readBlockFolder(root, { servers: only }, "blocks"))).toEqual([
    "blocks:1:1 this folder holds no block definition",
  ]);
  writeFileSync(join(root, "a.json"), `[\n  { "type": "secret", "name": "a" },\n  { "name": "b", "data": {} }\n]`);
  expect(problemsOf(() => readBlockFolder(root, { servers: only }, "blocks"))).toEqual([
    "blocks/a.json:2:3 a block needs data",
    "blocks/a.json:3:3 a block needs a type",
  ]);
  expect(problemsOf(() => readBlockFolder(join(root, "none"), { servers: only }, "none"))).toEqual([
    "none:1:1 there is no such folder",
  ]);
});
