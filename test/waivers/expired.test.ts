import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { exitStatus } from "../../src/commands/exit.ts";
import type { ConfigurationFile, FindingWaiver, Report } from "../../src/resources/generated.ts";
import { folder, leastwise, type Run, reportIn, write } from "../cli/run.ts";
import { planted } from "../estate/planted.ts";
import { faults } from "../report/validators.ts";

const out = join(folder(), "out");
let written: ConfigurationFile;
const workspace = "least-privilege/workspace-write-on-workspace-only";
const [first] = planted.filter((each) => each.policy === workspace);
const keyed = planted.find((each) => each.policy.startsWith("secrets/hardcoded"));

const waiver = (change: Partial<FindingWaiver> = {}): FindingWaiver => ({
  policy: workspace,
  kind: "risk",
  resource: first?.resource ?? "",
  reason: "Until the new workspace is live",
  requestedBy: "asks@example.com",
  approvedBy: "approves@example.com",
  approvedAt: "2026-11-01",
  expires: "2026-12-31",
  ...change,
});

beforeAll(async () => {
  await leastwise(["scan", "--demo", "--out", out, "--format", "json"]);
  written = parse(readFileSync(join(out, "inputs", "leastwise.yaml"), "utf8"));
});

async function under(waivers: object[], ...more: string[]): Promise<Run & { report: Report; out: string }> {
  const at = folder();
  const config = write(join(at, "leastwise.yaml"), stringify(written));
  write(join(at, "waivers.yaml"), `# ours\n${stringify(waivers)}`);
  const target = join(at, "out");
  const run = await leastwise(["evaluate", join(out, "snapshot"), "--config", config, "--out", target, ...more]);
  return { ...run, report: reportIn(target), out: target };
}

const ofWaivers = (report: Report) => report.findings.filter((each) => each.policy === "waivers/expired");

describe("a waiver that has expired", () => {
  test.concurrent("is a finding of its own at its line, in SARIF too, and its policy is listed and balanced", async () => {
    const run = await under([waiver({ resource: "elsewhere" }), waiver({ expires: "2026-11-19" })]);
    const { report, stdout } = run;
    expect(ofWaivers(report)).toMatchObject([
      {
        outcome: "fail",
        severity: "high",
        message: `The waiver for ${workspace} on ${first?.resource} ended on 2026-11-19, and its finding counts again`,
        location: { line: 10, by: "file" },
      },
    ]);
    expect(report.policies.find(({ id }) => id === "waivers/expired")).toMatchObject({
      decided: true,
      population: { inScope: 2, pass: 1, fail: 1 },
    });
    expect(stdout).toContain("! expired, counted again (2026-11-19)");
    const sarif = readFileSync(join(run.out, "report.sarif"), "utf8");
    expect(faults(sarif)).toEqual([]);
    expect(sarif).toContain('"ruleId": "waivers/expired"');

    // The next night it was renewed, and the alert is fixed; the night after that the file is gone, and it stays so.
    const renewed = [waiver({ approvedAt: "2026-11-20" }), waiver({ expires: "2026-11-19" })];
    const next = await under(renewed, "--baseline", join(run.out, "report.json"));
    expect(ofWaivers(next.report)).toEqual([]);
    expect(next.report.waivers.expired).toHaveLength(1);
    expect(next.report.fixed).toContainEqual(expect.objectContaining({ policy: "waivers/expired" }));
    const bare = ["evaluate", join(out, "snapshot"), "--out", join(run.out, "bare")];
    await leastwise([...bare, "--baseline", join(run.out, "report.json")]);
    expect(reportIn(join(run.out, "bare")).fixed).toContainEqual(
      expect.objectContaining({ policy: "waivers/expired" }),
    );
  });

  test.concurrent("fails the run even where nothing that it covered is found any more", async () => {
    const { report, status } = await under([waiver({ resource: "prefect:prod/block/gone/x", expires: "2026-11-19" })]);
    expect(ofWaivers(report)[0]?.message).toContain("and nothing that it covered is found any more");
    expect(status).toBe(1);
    expect(exitStatus({ ...report, findings: ofWaivers(report) }, { failOn: "high" })).toBe(1);
  });

  test.concurrent("cannot be waived", async () => {
    const at = folder();
    const config = write(join(at, "leastwise.yaml"), stringify(written));
    write(join(at, "waivers.yaml"), stringify([waiver({ policy: "waivers/expired" })]));
    const run = await leastwise(["evaluate", join(out, "snapshot"), "--config", config, "--out", join(at, "out")]);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("that a waiver has expired cannot be waived");
  });
});

describe("a finding that a waiver nearly covers", () => {
  test.concurrent("says what the entry lacks, in the report, the summary and explain", async () => {
    const other = `${first?.resource.slice(0, first.resource.lastIndexOf("/"))}/00000000-0000-4000-8000-000000000000`;
    const waivers: [FindingWaiver, string][] = [
      [waiver({ expires: "2026-11-19" }), "it ended on 2026-11-19"],
      [waiver({ approvedAt: "2026-11-21" }), "it holds from 2026-11-21 on"],
      [waiver({ approvedBy: null, approvedAt: null }), "nobody has approved it"],
      [waiver({ key: "no/such/key" }), "it is for the key no/such/key, and this is the resource as a whole"],
      [
        waiver({ policy: workspace.slice(0, -1) }),
        `there is no policy ${workspace.slice(0, -1)}: this one is ${workspace}`,
      ],
      [waiver({ resource: first?.resource.split("/").slice(0, 3).join("/") ?? "" }), "it is for what stands above"],
      [waiver({ resource: other }), "it is for another resource at that place"],
      [
        waiver({ policy: keyed?.policy ?? "", resource: keyed?.resource.toUpperCase() ?? "" }),
        "its resource differs in upper and lower case",
      ],
    ];
    const {
      report,
      stdout,
      out: target,
    } = await under(
      waivers.map(([each]) => each),
      "--policy",
      workspace,
      keyed?.policy ?? "",
    );
    const near = report.findings.find((each) => each.policy === workspace && each.resource.id === first?.resource);
    const told = near?.nearlyWaived?.map(({ missing }) => missing) ?? [];
    for (const [, missing] of waivers.slice(0, 7)) expect(told).toContainEqual(expect.stringContaining(missing));
    expect(told).toHaveLength(7);
    expect(near?.nearlyWaived?.[0]).toMatchObject({ line: 2, approvedBy: "approves@example.com" });
    const beside = report.findings.find(
      ({ policy, resource }) => policy === keyed?.policy && resource.id === keyed.resource,
    );
    expect(beside?.nearlyWaived?.map(({ missing }) => missing)).toEqual([waivers[7]?.[1]]);
    expect(stdout).toContain("the waiver at line 2 does not cover it: it ended on 2026-11-19");
    const explained = await leastwise(["explain", near?.id ?? "", "--report", join(target, "report.json")]);
    expect(explained.stdout).toContain("Nearly waived");
    expect(explained.stdout).toContain("by the entry at line 18, but nobody has approved it");
  });

  test.concurrent("no other finding says anything", async () => {
    const { report } = await under([waiver({ expires: "2026-11-19" })]);
    const near = report.findings.filter((each) => each.nearlyWaived !== undefined);
    expect(near.map((each) => each.resource.id)).toEqual([first?.resource]);
  });
});
