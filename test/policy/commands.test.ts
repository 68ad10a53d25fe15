import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadPolicies } from "../../src/policy/load.ts";
import type { World } from "../../src/policy/value.ts";

const world: World = { now: 0, field: () => null, within: () => false, can: () => false };

const [policy] = loadPolicies([
  {
    file: "policies/a/b.yaml",
    text: `id: a/b
title: A
severity: low
confidence: certain
controls: { soc2: [CC6.1] }
target: prefect.block
require: "false"
message: "{r.name}"
remediation:
  text: Mend it.
  command: printf '%s\\n' {r.name} "in double {r.name} quotes" 'in single {r.name} quotes' --name={r.name}
`,
  },
]);

/** The words that a shell makes of the command for a block of that name. */
function words(name: string): string[] {
  const row = { id: "x", name };
  const command = policy?.evaluate(row, world).found[0]?.remediation?.command ?? "";
  const { stdout, status, stderr } = spawnSync("/bin/sh", ["-c", command], {
    encoding: "utf8",
    env: { PATH: "/nowhere" },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").slice(0, -1);
}

const shown = (name: string): string[] => [
  name,
  `in double ${name} quotes`,
  `in single ${name} quotes`,
  `--name=${name}`,
];

test.each([
  "plain-name",
  "two words",
  'x"; rm -rf ~ #',
  "$(id)",
  "`id`",
  "it's",
  "a\\b",
  "!!",
  "a & b | c > d",
  "~",
  "*",
])("a name that holds %s stays one word of the command", (name) => expect(words(name)).toEqual(shown(name)));

test("line breaks and hidden characters become spaces", () => {
  expect(words("a\nid\u202eb")).toEqual(shown("a id b"));
});

test("no name breaks out of the word that it stands in", { timeout: 60_000 }, () => {
  const names = fc.string({ unit: fc.constantFrom(..."ab $`'\"\\;&|<>()*?[]{}#~!=%\t"), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(names, (name) => {
      expect(words(name)).toEqual(shown(name.replaceAll("\t", " ")));
    }),
    { numRuns: 150 },
  );
});
