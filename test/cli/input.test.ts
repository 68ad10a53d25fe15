import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { generator, kinds } from "../secrets/generate.ts";
import { folder, leastwise, type Run, readJson, write } from "./run.ts";

/** Files by name; null is a folder. */
type Files = Readonly<Record<string, string | Uint8Array | null>>;

const configuration = `prefect:
  - name: prod
    api: http://127.0.0.1:9/api
environments:
  prod:
    prefect: [prod]
policies:
  include: [builtin, ./policies]
waivers:
  file: waivers.yaml
`;
const waivers = `- policy: secrets/hardcoded-in-block
  kind: risk
  resource: prefect:prod/block/secret/one
  reason: Until the move
  requestedBy: asks@example.com
  approvedBy: approves@example.com
  approvedAt: 2026-11-01
  expires: 2026-12-01
`;
const policy = `id: own/named
title: Every block has a name
severity: low
confidence: certain
controls:
  soc2: [CC6.1]
target: prefect.block
require: r.name != ""
message: "A block of {r.api} has no name"
tests:
  - name: named
    given: { name: x }
    expect: pass
  - name: without a name
    given: { name: "" }
    expect: fail
`;
/** A set of inputs that is right: what is wrong in a test is put in the place of one of them. */
const right: Files = {
  "leastwise.yaml": configuration,
  "waivers.yaml": waivers,
  "policies/own/named.yaml": policy,
};

/** What stands in the folder, name by name. */
function listing(at: string): string[] {
  return readdirSync(at, { recursive: true, encoding: "utf8" }).sort();
}

function laidOut(files: Files): string {
  const at = folder();
  for (const [name, content] of Object.entries({ ...right, ...files })) {
    if (content === null) write(join(at, name, "inside.txt"), "");
    else write(join(at, name), content);
  }
  return at;
}

/** The error of a run that was refused: it says where and what, and nothing was written. */
async function refusal(files: Files, ...args: string[]): Promise<string> {
  const cwd = laidOut(files);
  const before = listing(cwd);
  const run = await leastwise(args.length === 0 ? ["scan", "--out", "out"] : args, { cwd });
  expectRefused(run);
  expect(listing(cwd)).toEqual(before);
  return run.stderr;
}

function expectRefused(run: Run): void {
  expect(run.stderr).not.toMatch(/\n\s+at .*:\d+:\d+|leastwise itself failed/);
  expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 2, stdout: "" });
  expect(run.stderr.length).toBeLessThan(100_000);
  expect(run.milliseconds).toBeLessThan(20_000);
}

const large = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
const million = 1_000_000;
const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[..."bcdefghij"]
  .map((name, index) => `${name}: &${name} [${large(`*${"abcdefghij"[index]}, `, 36).slice(0, -2)}]`)
  .join("\n")}\n`;

test.concurrent("the inputs that the others spoil are right", async () => {
  const cwd = laidOut({});
  const run = await leastwise(["config"], { cwd });
  expect(run).toMatchObject({ status: 0, stderr: "" });
  expect(await leastwise(["policy", "check"], { cwd })).toMatchObject({ status: 0, stderr: "" });
});

/** What an entry after the text begins with. */
const lead = (text: string): string => (text.startsWith("- ") ? "- " : "");

/** What can be wrong with any YAML file; the text follows what is right, unless it begins with `only`. */
const spoiled: [string, (text: string) => string | Uint8Array | null, RegExp, RegExp?][] = [
  ["an open bracket", (text) => `${text}x: [1, 2\n`, /:\d+:\d+ .*(?:flow|bracket|\])/i],
  ["a tab as indentation", (text) => `${text}${lead(text)}x:\n\ty: 1\n`, /:\d+:\d+ .*tab/i],
  ["a second document", (text) => `${text}---\nx: 1\n`, /:\d+:\d+ .*document/i, /a file of its own/],
  ["a tag", (text) => `${text}x: !!js/function "function () {}"\n`, /:\d+:\d+ /],
  [
    "an alias",
    (text) => `${text}${lead(text)}x: &x [1]\n${lead(text)}y: *x\n`,
    /:\d+:\d+ an alias \(\*\) is not allowed here/,
    /write the value/,
  ],
  ["nothing in it", () => "", /:1:1 the file is empty/],
  ["only a comment", () => "# soon\n", /:1:1 the file is empty/],
  ["only a word", () => "soon\n", /:1:1 the file must be a (?:map|list), and is text/],
  ["a folder in its place", () => null, /:1:1 this is a directory, a file is expected/],
  [
    "bytes that are not UTF-8",
    () => Uint8Array.from([0x61, 0x3a, 0x20, 0xff, 0xfe]),
    /:1:1 the file is not UTF-8/,
    /save it as UTF-8/,
  ],
  ["UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le"), /:1:1 the file is not UTF-8/],
  ["a NUL byte", (text) => `${text}\0`, /:\d+:\d+ /],
  ["100 MB of [", () => Buffer.alloc(100 << 20, "["), /:1:1 the file has \d+ bytes; at most \d+ are read/],
  ["a megabyte of [", () => large("[", million), /:1:1 the file nests deeper than 64 levels/],
  ["a megabyte of - ", () => large("- ", million), /:1:1 the file nests deeper than 64 levels/],
  ["a megabyte of {a: ", () => large("{a: ", million), /:1:1 the file nests deeper than 64 levels/],
  ["many quotes", () => large('"', 50_000), /:1:\d+ [\s\S]*more problems from here on/],
  ["a YAML bomb", () => bomb, /:\d+:\d+ an alias \(\*\) is not allowed here/],
];

describe.each([
  ["leastwise.yaml", configuration, ["config"]],
  ["waivers.yaml", waivers, ["config"]],
  ["policies/own/named.yaml", policy, ["policy", "check"]],
])("%s with", (name, text, args) => {
  test.concurrent.each(spoiled)("%s", async (_, spoil, message, hint) => {
    const told = await refusal({ [name]: spoil(text) }, ...args);
    expect(told).toMatch(new RegExp(`${name.replaceAll(".", "\\.")}${message.source}`, message.flags));
    if (hint !== undefined) expect(told).toMatch(hint);
  });

  test.concurrent("a BOM, or CRLF at the ends of lines, is fine", async () => {
    for (const fine of [text.replaceAll("\n", "\r\n"), `\ufeff${text}`]) {
      const cwd = laidOut({ [name]: fine });
      expect(await leastwise(args, { cwd })).toMatchObject({ status: 0, stderr: "" });
    }
  });
});

test.concurrent("a large map is read without delay", async () => {
  const many = Array.from({ length: 50_000 }, (_, index) => `    p${index}: 1\n`).join("");
  const file = `${configuration}  params:\n    secrets/hardcoded-in-block:\n${many}`.replace(
    "waivers:\n  file: waivers.yaml\n",
    "",
  );
  const told = await refusal({ "leastwise.yaml": file });
  expect(told).toMatch(/leastwise\.yaml:\d+:\d+ /);
});

const edited = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

test.concurrent.each([
  [
    "a misspelt key",
    "prefect:\n  - name",
    "prefct:\n  - name",
    "leastwise.yaml:1:1 prefct is not known",
    "did you mean prefect?",
  ],
  [
    "a misspelt key further in",
    "    api:",
    "    apo:",
    "leastwise.yaml:3:5 apo is not known in prefect[0]",
    "did you mean api?",
  ],
  [
    "a key twice",
    "    api: http",
    "    name: x\n    api: http",
    "leastwise.yaml:3:5 this name stands here a second time",
    "keep one of the two",
  ],
  [
    "a wrong type",
    "prefect: [prod]",
    "prefect: prod",
    "leastwise.yaml:6:14 environments.prod.prefect must be a list, and is text",
    "",
  ],
  ["a value left empty", "prefect: [prod]", "prefect:", "environments.prod.prefect must be a list, and is empty", ""],
  ["no address", "http://127.0.0.1:9/api", '"http://["', "leastwise.yaml:3:10 http://[ is not an address", ""],
  ["an unknown server", "[prod]", "[prd]", "there is no Prefect server named prd", "did you mean prod?"],
  [
    "a server twice",
    "environments:",
    "  - { name: prod, api: http://127.0.0.1:9 }\nenvironments:",
    "leastwise.yaml:4:13 there are two servers named prod",
    "",
  ],
  ["an environment named tenant", "  prod:\n", "  tenant:\n", "leastwise.yaml:5:3 tenant is reserved", ""],
  [
    "an unknown kind in expect",
    "policies:",
    "expect: { prefect.blok: 3 }\npolicies:",
    "there is no kind prefect.blok",
    "did you mean prefect.block?",
  ],
  [
    "an unknown cloud",
    "policies:",
    "azure: { cloud: AzurePublik }\npolicies:",
    "azure.cloud",
    "did you mean AzurePublic?",
  ],
  [
    "a token over plain http",
    "policies:",
    "azure: { cloud: { resourceManager: http://a.example, graph: https://b.example, synapse: 'https://{workspace}.c.example', keyVault: 'https://{vault}.d.example' } }\npolicies:",
    "in the clear",
    "use https",
  ],
  [
    "a credential over plain http",
    "http://127.0.0.1:9/api",
    "http://prefect.example/api\n    auth: PREFECT_AUTH",
    "a credential would cross the network in the clear",
    "use https",
  ],
  [
    "a variable of the environment that is not set",
    "9/api",
    "9/api\n    auth: PREFECT_AUTH",
    "PREFECT_AUTH",
    "set PREFECT_AUTH",
  ],
  ["a folder of policies that is not there", "./policies", "./polices", "There is no folder of policies ./polices", ""],
  [
    "waivers that are not there",
    "file: waivers.yaml",
    "file: waiver.yaml",
    "waiver.yaml:1:1 there is no such file",
    "",
  ],
  [
    "a parameter of no policy",
    "  include:",
    "  params: { rotation/client-secret-agee: { maxAge: 60d } }\n  include:",
    "there is no policy rotation/client-secret-agee",
    "did you mean rotation/client-secret-age?",
  ],
  [
    "a parameter that the policy lacks",
    "  include:",
    "  params: { rotation/client-secret-age: { maxAgee: 60d } }\n  include:",
    "maxAgee",
    "did you mean maxAge?",
  ],
  [
    "a parameter of the wrong type",
    "  include:",
    "  params: { rotation/client-secret-age: { maxAge: soon } }\n  include:",
    "maxAge",
    "",
  ],
])("leastwise.yaml with %s", async (_, from, to, message, hint) => {
  const told = await refusal({ "leastwise.yaml": edited(configuration, from, to) });
  expect(told).toContain(message);
  expect(told).toContain(hint);
});

test.concurrent.each([
  ["a misspelt key", "  kind:", "  knd:", "waivers.yaml:2:3 knd is not known", "did you mean kind?"],
  [
    "a key twice",
    "  kind: risk",
    "  kind: risk\n  kind: risk",
    "waivers.yaml:3:3 this name stands here a second time",
    "keep one",
  ],
  ["a wrong value", "kind: risk", "kind: rsk", "waivers.yaml:2:9 [0].kind must be one of", "did you mean risk?"],
  [
    "a wrong type",
    "reason: Until the move",
    "reason: [1]",
    "waivers.yaml:4:11 [0].reason must be text, and is a list",
    "",
  ],
  ["a day that is none", "2026-12-01", "2026-13-01", "waivers.yaml:8:12 [0].expires is not a valid date", ""],
  ["no approval", "  approvedBy: approves@example.com\n", "", "there is approvedAt without approvedBy", "fill both"],
])("waivers.yaml with %s", async (_, from, to, message, hint) => {
  const told = await refusal({ "waivers.yaml": edited(waivers, from, to) });
  expect(told).toContain(message);
  expect(told).toContain(hint);
});

test.concurrent.each([
  [
    "a misspelt key",
    "require:",
    "requires:",
    "policies/own/named.yaml:8:1 requires is not known",
    "did you mean require?",
  ],
  ["a misspelt field", 'r.name != ""', 'r.nam != ""', "policies/own/named.yaml:8:", "did you mean name?"],
  ["a misspelt field in the message", "{r.api}", "{r.apo}", "policies/own/named.yaml:9:", "did you mean api?"],
  ["an unknown kind", "prefect.block", "prefect.blok", "policies/own/named.yaml:7:9", "did you mean prefect.block?"],
  ["a wrong type", 'r.name != ""', "r.name", "policies/own/named.yaml:8:10", ""],
  ["a comparison of unlike things", 'r.name != ""', "r.name > 1", "policies/own/named.yaml:8:", ""],
  ["an expression that is none", 'r.name != ""', '"r.name !="', "policies/own/named.yaml:8:", ""],
  [
    "an id that another has",
    "own/named",
    "secrets/hardcoded-in-block",
    "policies/secrets/hardcoded-in-block.yaml",
    "there is another policy secrets/hardcoded-in-block",
  ],
])("a policy with %s", async (_, from, to, message, hint) => {
  const files = { "policies/own/named.yaml": edited(policy, from, to) };
  const told = await refusal(files, "policy", "check");
  expect(told).toContain(message);
  expect(told).toContain(hint);
});

test.concurrent("everything that is wrong in all policies is told at once", async () => {
  const told = await refusal({
    "policies/a.yaml": edited(policy, 'r.name != ""', "r.nam == r.apo").replace("own/named", "own/a"),
    "policies/b.yaml": "id: [",
    "policies/c.yaml": "",
  });
  for (const each of ["policies/a.yaml:8:", "policies/b.yaml:1:", "policies/c.yaml:1:1"]) expect(told).toContain(each);
  expect(told).toMatch(/\n[4-9] problems; nothing was read\.\n$/);
});

test.concurrent.each([
  ["a configuration", ["scan", "--config", "nowhere.yaml"], "nowhere.yaml:1:1 there is no such file"],
  ["a configuration that is a folder", ["scan", "--config", "policies"], "policies:1:1 this is a directory"],
  ["a folder of policies that is a file", ["policy", "check", "--policies", "waivers.yaml"], "waivers.yaml:1:1 "],
])("%s that is not there", async (_, args, message) => {
  expect(await refusal({}, ...args)).toContain(message);
});

test.concurrent("without any configuration, scan says how to begin", async () => {
  const run = await leastwise(["scan"], { cwd: folder() });
  expectRefused(run);
  expect(run.stderr).toContain("leastwise scan --demo");
});

describe("a credential in leastwise.yaml", () => {
  const make = generator(3);
  test.concurrent.each(
    ["prefectKey", "storageKey", "githubToken", "jsonWebToken", "entraSecret", "password"].map((kind) => {
      const value = (kinds[kind] ?? (() => ""))(make);
      return [kind, value] as const;
    }),
  )("of the kind %s is refused and not repeated", async (kind, value) => {
    const places = [
      edited(configuration, "http://127.0.0.1:9/api", `https://user:${encodeURIComponent(value)}@prefect.example/api`),
      ...(kind === "password"
        ? []
        : [
            edited(configuration, "9/api", `9/api\n    auth: ${JSON.stringify(value)}`),
            edited(
              configuration,
              "policies:",
              `shared: [{ identity: a, reason: ${JSON.stringify(value)} }]\npolicies:`,
            ),
          ]),
    ];
    for (const text of places) {
      const told = await refusal({ "leastwise.yaml": text });
      expect(told).toContain("a credential stands here in the clear");
      expect(told).toMatch(/leastwise\.yaml:\d+:\d+ /);
      expect(told).not.toContain(value);
      expect(told).not.toContain(encodeURIComponent(value));
    }
  });

  const value = (kinds.prefectKey ?? (() => ""))(make);
  test.concurrent.each([
    ["under an unknown key", edited(configuration, "9/api", `9/api\n    key: ${value}`)],
    ["as a key", edited(configuration, "policies:", `${value}: 1\npolicies:`)],
    ["as a key, twice", edited(configuration, "policies:", `${value}: 1\n${value}: 1\npolicies:`)],
    ["where the file is no YAML", edited(configuration, "9/api", `9/api\n    auth: "x" ${value}`)],
    ["in a list that is not closed", edited(configuration, "policies:", `a: [${value}\npolicies:`)],
  ])("%s is refused and not repeated, by any command", async (_, text) => {
    for (const args of [["scan", "--out", "out"], ["collect", "--out", "out"], ["config"], ["policy", "list"]]) {
      const told = await refusal({ "leastwise.yaml": text }, ...args);
      expect(told).toMatch(/leastwise\.yaml:\d+:\d+ /);
      expect(told).not.toContain(value);
    }
  });
});

describe("words on the command line", () => {
  test.concurrent.each([
    [["scann"], "(Did you mean scan?)"],
    [["polici", "check"], "(Did you mean policy?)"],
    [["policy", "chekc"], "(Did you mean check?)"],
    [["scan", "--demoo"], "(Did you mean --demo?)"],
    [["scan", "--fail-on", "hgih"], "Did you mean high?"],
    [["scan", "stray"], "too many arguments"],
    [["evaluate"], "missing required argument 'snapshot'"],
    [["scan", "--request-timeout", "soon"], "above 0"],
    [["demo", "--port", "99999999"], "A port is a whole number up to 65535"],
    [["query", "prefect.blok"], "did you mean prefect.block?"],
    [["query", "schema", "prefect.blok"], "did you mean prefect.block?"],
    [["policy", "show", "rotation/client-secret"], "There is no policy rotation/client-secret"],
    [["policy", "test", "--policy", "none/*"], "--policy none/* matches no policy"],
    [["explain", "0123", "--report", "nowhere.json"], "nowhere.json:1:1 there is no report here"],
    [["--nonsense"], "unknown option '--nonsense'"],
  ])("%j", async (args, message) => {
    const told = await refusal({}, ...args);
    expect(told).toContain(message);
  });
});

describe("files that leastwise wrote", () => {
  const made = join(folder(), "out");
  beforeAll(async () => {
    expect((await leastwise(["scan", "--demo", "--out", made])).status).toBe(1);
  });

  test.concurrent.each([
    ["empty", "", "the report is not JSON"],
    ["cut off", '{"version": "leastwise/report/v1", "findings": [', "the report is not JSON"],
    ["of another version", '{"version": "leastwise/report/v9"}', ":1:1 "],
    ["a list", "[]", "must be a map"],
    ["a SARIF file", '{"version": "2.1.0", "runs": []}', ":1:1 "],
    ["not UTF-8", Uint8Array.from([0xff, 0xfe, 0x7b]), ":1:1 "],
    ["100 MB of [", Buffer.alloc(100 << 20, "["), ":1:1 "],
    ["a folder", null, "there is no report here"],
  ] as const)("a report that is %s is refused by --baseline and by explain", async (_, content, message) => {
    for (const args of [
      ["evaluate", join(made, "snapshot"), "--baseline", "bad.json", "--out", "out"],
      ["explain", "0123456789abcdef", "--report", "bad.json"],
    ]) {
      const told = await refusal({ "bad.json": content }, ...args);
      expect(told).toContain(message);
      expect(told).toContain("bad.json:1:1 ");
    }
  });

  type Spoil = (at: string) => void;
  const inManifest =
    (change: (manifest: Record<string, unknown>) => void): Spoil =>
    (at) => {
      const manifest = readJson(at, "manifest.json") as Record<string, unknown>;
      change(manifest);
      write(join(at, "manifest.json"), JSON.stringify(manifest));
    };
  const spoils: [string, Spoil, string][] = [
    ["without a manifest", (at) => write(join(at, "..", "none", "x"), ""), "there is no such folder"],
    ["whose manifest is cut off", (at) => write(join(at, "manifest.json"), "{"), "the manifest is not JSON"],
    [
      "whose manifest is megabytes of [",
      (at) => write(join(at, "manifest.json"), Buffer.alloc(4 << 20, "[")),
      "manifest.json:1:1 ",
    ],
    [
      "whose manifest was changed",
      inManifest((each) => Object.assign(each, { runId: "00000000-0000-4000-8000-000000000000" })),
      "changed after it was collected",
    ],
    [
      "of another version",
      inManifest((each) => Object.assign(each, { version: "leastwise/snapshot/v9" })),
      "manifest.json:1:1 ",
    ],
    ["with a file too many", (at) => write(join(at, "more.ndjson"), ""), "this file is no part of the snapshot"],
    [
      "with a byte changed",
      (at) =>
        write(
          join(at, "prefect.block.ndjson"),
          readFileSync(join(at, "prefect.block.ndjson"), "utf8").replace("dbt-run-prod", "dbt-run-prob"),
        ),
      "changed after it was collected",
    ],
    [
      "with a row too many",
      (at) =>
        write(
          join(at, "azure.principal.ndjson"),
          `${readFileSync(join(at, "azure.principal.ndjson"), "utf8")}{"id":"x"}\n`,
        ),
      "changed after it was collected",
    ],
    [
      "with a row that is not JSON",
      (at) => write(join(at, "prefect.block.ndjson"), "{\n"),
      "prefect.block.ndjson:1:1 this line is not JSON",
    ],
    ["with a row without an id", (at) => write(join(at, "prefect.block.ndjson"), "[]\n"), "this line is no row"],
    [
      "with an endless line",
      (at) => write(join(at, "prefect.block.ndjson"), Buffer.alloc(66 << 20, "[")),
      "prefect.block.ndjson:1:1 ",
    ],
    ["with a ledger that was changed", (at) => write(join(at, "reads.ndjson"), ""), "changed after it was collected"],
    [
      "with another configuration",
      (at) => write(join(at, "inputs", "leastwise.yaml"), "prefect: []\n"),
      "changed after it was collected",
    ],
  ];

  test.concurrent.each(spoils)("a snapshot %s is refused, and nothing is written", async (what, spoil, message) => {
    const cwd = folder();
    cpSync(join(made, "snapshot"), join(cwd, "snapshot"), { recursive: true });
    spoil(join(cwd, "snapshot"));
    const before = listing(cwd);
    const name = what === "without a manifest" ? "nowhere" : "snapshot";
    for (const args of [
      ["evaluate", name, "--out", "out", "--format", "json,sarif,results"],
      ["query", "prefect.block", "--snapshot", name],
    ]) {
      // A query reads only the kind that it is about.
      if (args[0] === "query" && /a row too many|an endless line/.test(what)) continue;
      const run = await leastwise(args, { cwd });
      expectRefused(run);
      expect(run.stderr).toContain(message);
      expect(listing(cwd)).toEqual(before);
    }
  });
});
