import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { loadInForce, policySources } from "../../src/commands/inputs.ts";
import { neededReads, smallestRole } from "../../src/commands/rights.ts";

const root = resolve(import.meta.dirname, "../..");

test("the job's role is the smallest one for the built-in policies", () => {
  const bicep = readFileSync(join(root, "docs/examples/container-app-job.bicep"), "utf8");
  const listed = (name: string): string[] => {
    const [, list = ""] = new RegExp(`\\b${name}: \\[([^\\]]*)\\]`).exec(bicep) ?? [];
    return [...list.matchAll(/'([^']+)'/g)].map(([, each]) => each ?? "");
  };
  const { policies } = loadInForce(policySources({ policies: ["builtin"] }, null), null, {});
  const role = smallestRole(neededReads(policies), []);
  expect(listed("actions")).toEqual(role.Actions);
  expect(listed("dataActions")).toEqual(role.DataActions);
});
