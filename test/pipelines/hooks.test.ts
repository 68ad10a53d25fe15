import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { folder, leastwise, write } from "../cli/run.ts";

interface Hook {
  id: string;
  entry: string;
  language: string;
  pass_filenames: boolean;
  files?: string;
}

const hooks: Hook[] = parse(readFileSync(resolve(import.meta.dirname, "../../.pre-commit-hooks.yaml"), "utf8"));

/** A repository whose services nobody can reach: a hook that asked one would be told so. */
function repository({ flow = "", waivers = "", policy = "" }): string {
  const at = folder();
  write(
    join(at, "leastwise.yaml"),
    `azure: {}
prefect: [{ name: prod, api: "http://127.0.0.1:9/api", auth: NOT_SET }]
source: { include: ["flows/*.py"] }
${policy === "" ? "" : "policies: { include: [builtin, ./policies] }"}
`,
  );
  write(join(at, "flows/load.py"), `import os\n${flow}\n`);
  if (waivers !== "") write(join(at, "waivers.yaml"), waivers);
  if (policy !== "") write(join(at, "policies/own.yaml"), policy);
  return at;
}

/** A policy of the team's own that asks for what no storage account has. */
const slip = `id: own/owner
title: Storage accounts have an owner
severity: low
confidence: certain
controls: { soc2: { CC6.1: Somebody answers for it. } }
target: azure.storageAccount
require: r.ownr != ""
message: "{r.name} has no owner"
rationale: Nobody answers for it.
remediation: { text: Tag it. }
references: [https://example.com]
tests: []
`;

test.each([
  ["leastwise-secrets", { flow: 'password = "hG7#kd92ksLwq1!"' }, 1, "flows/load.py"],
  ["leastwise-config", { waivers: "- policy: [" }, 2, "waivers.yaml:"],
  ["leastwise-policies", { policy: slip }, 2, "r.ownr"],
])("%s stops a commit that is wrong, without asking any service", async (id, wrong, status, names) => {
  const hook = hooks.find((each) => each.id === id);
  const [program, ...args] = hook?.entry.split(" ") ?? [];
  expect([program, hook?.language, hook?.pass_filenames]).toEqual([".ci/pre-commit.sh", "script", false]);
  const stopped = await leastwise(args, { cwd: repository(wrong) });
  expect(stopped.status, stopped.stdout + stopped.stderr).toBe(status);
  expect(stopped.stdout + stopped.stderr).toContain(names);
  const passed = await leastwise(args, { cwd: repository({}) });
  expect(passed.status, passed.stdout + passed.stderr).toBe(0);
  expect(passed.stderr).not.toContain("refused");
});

test("the hooks look at changes of the files that they check", () => {
  const isAsked = (id: string, file: string): boolean => {
    const { files } = hooks.find((each) => each.id === id) ?? {};
    return files === undefined || new RegExp(files).test(file);
  };
  expect(isAsked("leastwise-config", "infra/waivers.yaml")).toBe(true);
  expect(isAsked("leastwise-policies", "policies/own/tagged.yaml")).toBe(true);
  expect(isAsked("leastwise-policies", "flows/load.py")).toBe(false);
});
