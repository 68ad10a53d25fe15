import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folder, leastwise, type Run, readJson, reportIn, write } from "./run.ts";

const page = readFileSync(new URL("../../docs/policy-packs.md", import.meta.url), "utf8");

const { name, version } = readJson(fileURLToPath(new URL("../../package.json", import.meta.url))) as Record<
  string,
  string
>;

/** The files that the page shows, by the path that stands before each. */
const shown = Object.fromEntries(
  [...page.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)```/gm)].map(([, path = "", text = ""]) => [path, text]),
);

/** The lines that the page tells to type, in order. */
const typed = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, lines = ""]) => lines.trim().split("\n"));

/** The words of a line of a shell, quotes taken off. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, inQuotes, plain]) => inQuotes ?? plain ?? "");
}

test("the page about packs can be followed from nothing", { timeout: 120_000 }, async () => {
  const root = folder();
  let at = root;
  const runs: { line: string; run: Run }[] = [];
  const give = (path: string): void => {
    write(join(root, path), shown[path] ?? expect.fail(`the page shows no ${path}`));
  };
  give("acme-policies/package.json");
  // What stands for the clone has the name and version of leastwise, and neither its size nor its dependencies.
  write(join(root, "leastwise/package.json"), JSON.stringify({ name, version, bin: "bin.js" }));
  write(join(root, "leastwise/bin.js"), "");
  for (const line of typed) {
    const [command = "", ...args] = wordsOf(line);
    if (command === "cd") at = join(at, args[0] ?? "");
    else if (command === "mkdir") mkdirSync(join(at, args[0] ?? ""));
    else if (command === "npm") execFileSync("npm", [...args, "--offline"], { cwd: at, stdio: "pipe" });
    else {
      expect([command, args.shift()]).toEqual(["npx", "leastwise"]);
      // Where it is not installed, npx would run whatever a registry has under that name.
      expect(existsSync(join(at, "node_modules/.bin/leastwise")), line).toBe(true);
      runs.push({ line, run: await leastwise(args, { cwd: at }) });
      expect(runs.at(-1)?.run, line).toMatchObject({ status: 0 });
      // What was begun is edited as the page shows it, and the configuration is written once the pack is installed.
      if (args[1] === "new" && at.endsWith("acme-policies")) give("acme-policies/policies/acme/block-is-named.yaml");
      if (args[0] === "scan") give("platform/leastwise.yaml");
    }
  }
  expect(runs.map(({ line }) => line.split(" ").slice(2, 4).join(" "))).toEqual([
    "policy new",
    "policy test",
    "policy check",
    "scan --demo",
    "policy new",
    "policy check",
    "policy docs",
  ]);
  expect(runs[1]?.run.stdout).toBe("4 passed, 0 failed, in 1 policies\n");

  const out = join(root, "platform/leastwise-out");
  const report = reportIn(out);
  expect(report.policies.find(({ id }) => id === "acme/block-is-named")).toMatchObject({
    file: "@acme/policies/policies/acme/block-is-named.yaml",
    population: { fail: 1, unknown: 0 },
  });
  expect(report.findings.filter(({ policy }) => policy === "acme/block-is-named")).toHaveLength(1);
  expect(report.policies.length).toBeGreaterThan(10);

  const docs = join(root, "platform/docs/policies");
  expect(readFileSync(join(docs, "acme/block-is-named.md"), "utf8")).toContain("# A block has a name of its own\n");
  expect(existsSync(join(docs, "platform/vault-keeps-deleted.md"))).toBe(true);

  // The auditor has no pack: the snapshot holds the policy.
  const again = join(folder(), "again");
  const args = ["evaluate", join(out, "snapshot"), "--out", again, "--fail-on", "none"];
  expect(await leastwise(args, { cwd: dirname(again) })).toMatchObject({ status: 0 });
  expect(readFileSync(join(again, "report.json"), "utf8")).toBe(readFileSync(join(out, "report.json"), "utf8"));
});

const policy = (id: string): string => `id: ${id}
title: Every block has a name
severity: low
confidence: certain
controls: { soc2: [CC6.1] }
target: prefect.block
require: r.name != ""
message: "A block of {r.api} has no name"
`;

/** A folder with files, and what `policy list` says in it. */
async function listed(files: Readonly<Record<string, string>>, ...policies: string[]): Promise<Run> {
  const cwd = folder();
  for (const [path, text] of Object.entries(files)) write(join(cwd, path), text);
  const named = policies.length === 0 ? [] : ["--policies", ...policies];
  return leastwise(["policy", "list", ...named], { cwd });
}

const ids = (run: Run): string[] => run.stdout.split("\n").flatMap((line) => line.split(" ")[0] || []);

describe("a pack", { timeout: 30_000 }, () => {
  test.concurrent("is found above the configuration's folder, with policies/ where it names no folder", async () => {
    const cwd = folder();
    write(join(cwd, "node_modules/pack/package.json"), "{}");
    write(join(cwd, "node_modules/pack/policies/a.yaml"), policy("pack/a"));
    const file = write(join(cwd, "deep/er/leastwise.yaml"), "policies: { include: [pack] }\n");
    for (const args of [[], ["--config", file]]) {
      const run = await leastwise(["policy", "list", ...args], { cwd: args.length === 0 ? dirname(file) : folder() });
      expect(run).toMatchObject({ status: 0, stderr: "" });
      expect(ids(run)).toEqual(["pack/a"]);
    }
  });

  test.concurrent("gives way to a folder of its name", async () => {
    const run = await listed(
      {
        "node_modules/pack/package.json": "{}",
        "node_modules/pack/policies/a.yaml": policy("pack/a"),
        "pack/b.yaml": policy("own/b"),
      },
      "pack",
    );
    expect(ids(run)).toEqual(["own/b"]);
  });

  test.concurrent("may keep its policies in a folder of another name", async () => {
    const pack = { "node_modules/@a/b/package.json": '{ "leastwise": { "policies": "./lib/rules/" } }' };
    const run = await listed({ ...pack, "node_modules/@a/b/lib/rules/a.yml": policy("pack/a") }, "@a/b");
    expect(ids(run)).toEqual(["pack/a"]);
  });

  test.concurrent.each([
    ["is not installed", {}, "no package pack is installed for "],
    ["has no folder of policies", { "package.json": "{}" }, "The package pack has no folder policies."],
    [
      "names a folder that it lacks",
      { "package.json": '{ "leastwise": { "policies": "rules" } }' },
      "The package pack has no folder rules.",
    ],
    [
      "names a folder outside",
      { "package.json": '{ "leastwise": { "policies": "../other" } }' },
      "pack/package.json: leastwise.policies must name a folder inside the package",
    ],
    [
      "names no folder at all",
      { "package.json": '{ "leastwise": { "policies": ["policies"] } }' },
      "pack/package.json: leastwise.policies must name a folder inside the package",
    ],
    ["has a package.json that is no JSON", { "package.json": "{" }, "pack/package.json is no JSON"],
    ["holds no policy", { "package.json": "{}", "policies/readme.txt": "" }, "There is no policy in pack"],
    [
      "holds a policy that is wrong",
      { "package.json": "{}", "policies/a.yaml": policy("pack/a").replace("r.name", "r.nmae") },
      "pack/policies/a.yaml:7:12 prefect.block has no field nmae",
    ],
  ] as const)("that %s is an error", async (_, files, message) => {
    const inPack = Object.entries(files).map(([path, text]) => [`node_modules/pack/${path}`, text]);
    const run = await listed(Object.fromEntries(inPack), "builtin", "pack");
    expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 2, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toContain("itself failed");
  });

  test.concurrent("and a folder whose files reports would name alike are an error", async () => {
    const cwd = folder();
    write(join(cwd, "x/a.yaml"), policy("own/a"));
    write(join(cwd, "in/_/x/a.yaml"), policy("own/b"));
    const run = await leastwise(["policy", "list", "--policies", "../x", "_/x"], { cwd: join(cwd, "in") });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("two policies that reports would both name _/x/a.yaml: rename one");
  });
});

describe("a parameter of a built-in policy", { timeout: 60_000 }, () => {
  const params = "params: { rotation/client-secret-age: { maxAge: 60d } }";
  const list = (configuration: string, ...args: string[]): Promise<Run> => {
    const cwd = folder();
    write(join(cwd, "own/a.yaml"), policy("own/a"));
    write(join(cwd, "leastwise.yaml"), configuration);
    return leastwise(["policy", "list", ...args], { cwd });
  };

  test.concurrent("is none of a run whose --policies leaves it out", async () => {
    const run = await list(`policies: { ${params} }\n`, "--policies", "own");
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(ids(run)).toEqual(["own/a"]);
  });

  test.concurrent("is an error where the configuration itself leaves it out, and the hint says what to add", async () => {
    for (const args of [[], ["--policies", "own"]]) {
      const run = await list(`policies: { include: [./own], ${params} }\n`, ...args);
      expect(run.status).toBe(2);
      expect(run.stderr).toContain("there is no policy rotation/client-secret-age");
      expect(run.stderr).toContain("add builtin to policies.include");
    }
  });
});
