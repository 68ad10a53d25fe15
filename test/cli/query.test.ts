import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { folder, leastwise } from "./run.ts";

const snapshot = join(folder(), "snapshot");
beforeAll(async () => {
  await leastwise(["collect", "--demo", "--out", snapshot, "--quiet"]);
});

const query = (...args: string[]) => leastwise(["query", ...args, "--snapshot", snapshot]);
const hub = ["azure.keyVault", 'r.name == "kv-brackwater-hub"', "--select", "name,accessPolicies,environments"];

test("a column of objects is shown as JSON", async () => {
  const { stdout, status } = await query(...hub);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^kv-brackwater-hub +\{"tenantId":/m);
  const csv = await query(...hub, "--format", "csv");
  expect(csv.stdout).toContain('""secrets"":[""get""]');
  for (const each of [stdout, csv.stdout]) expect(each).not.toContain("[object Object]");
});

test("JSON has the fields that --select names, and no others", async () => {
  const { stdout } = await query(...hub, "--format", "json");
  expect(JSON.parse(stdout)).toEqual([
    {
      name: "kv-brackwater-hub",
      accessPolicies: expect.arrayContaining([expect.objectContaining({ secrets: ["get"] })]),
      environments: expect.any(Array),
    },
  ]);
  const dated = await query("azure.roleAssignment", "--select", "principal.displayName,createdOn", "--format", "json");
  expect(JSON.parse(dated.stdout)).toContainEqual({
    "principal.displayName": expect.any(String),
    createdOn: expect.stringMatching(/^2026-\d\d-\d\dT.*Z$/),
  });
});

test("a column that the kind does not have is told by the option's name", async () => {
  const { status, stderr } = await query("azure.keyVault", "--select", "name,nmae");
  expect(status).toBe(2);
  expect(stderr).toBe("--select nmae: azure.keyVault has no field nmae; did you mean name?\n");
});
