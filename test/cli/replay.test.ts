import { cpSync, existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { ConfigurationFile } from "../../src/resources/generated.ts";
import { asOf, clock, folder, leastwise, reportIn, served, write } from "./run.ts";

const files = ["report.json", "report.sarif", "results.ndjson.gz"];
const every = ["--format", "json,sarif,results"];

/** The bytes of every report in a folder. */
function bytes(out: string): Map<string, Buffer> {
  return new Map(files.map((name) => [name, readFileSync(join(out, name))]));
}

const own = `id: own/tagged
title: Every deployment has a tag
severity: medium
confidence: certain
controls: { soc2: [CC6.1] }
target: prefect.deployment
params:
  least: { type: int, default: 1, description: How many tags. }
require: size(r.tags) >= params.least
message: "{r.name} has fewer than {params.least} tags"
tests:
  - name: tagged
    given: { name: a, tags: [x] }
    expect: pass
  - name: not tagged
    given: { name: a, tags: [] }
    expect: fail
`;

describe("a scan of the demo", () => {
  const at = folder();
  const out = join(at, "out");
  beforeAll(async () => {
    expect((await leastwise(["scan", "--demo", "--out", out, ...every])).status).toBe(1);
  });

  test.concurrent.each([
    ["at once", {}],
    ["on another day", clock("2031-02-03T04:05:06Z")],
    ["in another time zone and language", { TZ: "Pacific/Auckland", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" }],
  ])("is the same byte for byte when its snapshot is evaluated %s", async (_, env) => {
    const again = join(folder(), "again");
    const run = await leastwise(["evaluate", join(out, "snapshot"), "--out", again, ...every], { env });
    expect(run.status).toBe(1);
    expect(bytes(again)).toEqual(bytes(out));
  });

  test.concurrent("is the same when the snapshot was moved, and is evaluated beside another configuration", async () => {
    const cwd = folder();
    cpSync(join(out, "snapshot"), join(cwd, "kept"), { recursive: true });
    renameSync(join(cwd, "kept"), join(cwd, "moved"));
    write(join(cwd, "leastwise.yaml"), "prefect: [{ name: other, api: http://127.0.0.1:9/api }]\n");
    write(join(cwd, "waivers.yaml"), "- nonsense\n");
    expect((await leastwise(["evaluate", "moved", ...every], { cwd })).status).toBe(1);
    expect(bytes(join(cwd, "leastwise-out"))).toEqual(bytes(out));
  });

  test.concurrent("prints the same", async () => {
    const first = await leastwise(["evaluate", join(out, "snapshot"), "--out", "-", "--format", "json"]);
    const second = await leastwise(["evaluate", join(out, "snapshot"), "--out", "-", "--format", "json"]);
    expect(first.stdout).toBe(readFileSync(join(out, "report.json"), "utf8"));
    expect([second.stdout, second.stderr]).toEqual([first.stdout, first.stderr]);
  });

  test.concurrent("is refused, and nothing is written, when one byte of the snapshot is another", async () => {
    for (const [name, from, to] of [
      ["azure.roleAssignment.ndjson", '"principalType":"User"', '"principalType":"Usef"'],
      ["reads.ndjson", '"outcome":"complete"', '"outcome":"Complete"'],
      ["inputs/leastwise.yaml", "shared:", "shareD:"],
      ["manifest.json", '"azure": true', '"azure":  true'.replace("  true", "false")],
    ] as const) {
      const cwd = folder();
      cpSync(join(out, "snapshot"), join(cwd, "snapshot"), { recursive: true });
      const file = join(cwd, "snapshot", name);
      const text = readFileSync(file, "utf8");
      expect(text).toContain(from);
      write(file, text.replace(from, to));
      const run = await leastwise(["evaluate", "snapshot", ...every], { cwd });
      expect(run.status).toBe(2);
      expect(run.stderr).toContain(name);
      expect(run.stderr).toContain("was changed after it was collected");
      expect(run.stdout).toBe("");
      expect(existsSync(join(cwd, "leastwise-out"))).toBe(false);
    }
  });
});

test("a scan with own policies, parameters, waivers and a baseline can be done again anywhere", async () => {
  const estate = await served();
  const at = folder();
  const waiver = {
    policy: "own/tagged",
    kind: "risk",
    resource: "prefect:dev/*",
    reason: "Not yet",
    requestedBy: "a@example.com",
    approvedBy: "b@example.com",
    approvedAt: "2026-11-01",
    expires: "2026-11-30",
  };
  const { source: _, ...sample } = parse(estate.configuration) as ConfigurationFile;
  for (const each of Object.values(sample.environments ?? {})) delete each.source;
  const text = stringify({
    ...sample,
    policies: {
      include: ["builtin", "./policies", "../shared-policies"],
      skip: ["identity/*"],
      params: { "own/tagged": { least: 9 } },
    },
    waivers: { file: "accepted.yaml" },
  });
  write(join(at, "project", "leastwise.yaml"), text);
  write(join(at, "project", "accepted.yaml"), stringify([waiver]));
  write(join(at, "project", "policies", "tagged.yaml"), own);
  write(join(at, "shared-policies", "deep", "tagged.yaml"), own.replace("own/tagged", "own/tagged-too"));
  const cwd = join(at, "project");
  const run = await leastwise(["scan", ...every], { cwd, env: clock(asOf) });
  const out = join(cwd, "leastwise-out");
  const report = reportIn(out);
  expect(run.status).toBe(1);
  expect(report.complete).toBe(true);
  const ownFindings = report.findings.filter((each) => each.policy === "own/tagged");
  expect(new Set(ownFindings.map((each) => each.outcome))).toEqual(new Set(["fail", "waived"]));
  expect(report.policies.find((each) => each.id === "own/tagged")?.params).toEqual({ least: 9 });
  expect(report.leftOut.map((each) => each.because)).toContain("the configuration skips it");

  const elsewhere = folder();
  renameSync(join(out, "snapshot"), join(elsewhere, "snapshot"));
  renameSync(join(at, "project"), join(at, "gone"));
  await estate.close();
  const again = await leastwise(["evaluate", "snapshot", ...every], {
    cwd: elsewhere,
    env: clock("2029-01-01T00:00:00Z"),
  });
  expect(again.status).toBe(1);
  expect(bytes(join(elsewhere, "leastwise-out"))).toEqual(bytes(join(at, "gone", "leastwise-out")));
});

test("a scan with policies named on the command line is replayed with the same ones, and no others", async () => {
  const at = folder();
  const own = [
    "id: own/named",
    "title: A block has a name",
    "severity: low",
    "confidence: certain",
    "controls: { soc2: { CC6.1: Blocks are known. } }",
    "target: prefect.block",
    'require: r.name != "flows-repository"',
    "message: The block {r.name} has the name of another",
  ];
  write(join(at, "mine", "own", "named.yaml"), `${own.join("\n")}\n`);
  const run = await leastwise(["scan", "--demo", "--policies", "mine", "--out", "first", "--quiet"], { cwd: at });
  const again = await leastwise(["evaluate", "first/snapshot", "--out", "second", "--quiet"], { cwd: at });
  expect([run.status, again.status]).toEqual([0, 0]);
  expect(reportIn(join(at, "first")).policies.map(({ id }) => id)).toEqual(["own/named"]);
  const report = (folderOf: string): string => readFileSync(join(at, folderOf, "report.json"), "utf8");
  expect(report("second")).toBe(report("first"));
});
