import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log, Result } from "sarif";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { Report } from "../../src/resources/generated.ts";
import { asOf, clock, folder, leastwise, type Run, readJson, reportIn, write } from "./run.ts";

const password = "Plant3d-Harbour-77";

/** A repository with flows and what they are deployed with, and a configuration in a folder of its own. */
function repository(): string {
  const at = folder();
  mkdirSync(join(at, ".git"));
  write(join(at, "ops/leastwise.yaml"), 'source: { include: ["../flows/**", "../infra/*.bicep"] }\n');
  write(join(at, "flows/clean.py"), 'import os\n\npassword = os.environ["DB_PASSWORD"]\n');
  write(join(at, "flows/a flow/loud.py"), `import os\n\n\ndef load():\n    db_password = "${password}"\n`);
  write(join(at, "flows/logo.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]));
  write(join(at, "infra/store.bicep"), "param adminPassword string\n");
  return at;
}

async function scan(at: string, ...args: string[]): Promise<Run & { report: Report }> {
  const out = join(at, "out");
  const run = await leastwise(["scan", "--out", out, ...args], { cwd: join(at, "ops"), env: clock(asOf) });
  expect(run.stdout + run.stderr).not.toContain(password);
  return { ...run, report: reportIn(out) };
}

describe("a repository alone", () => {
  let at: string;
  let run: Run & { report: Report };
  beforeAll(async () => {
    at = repository();
    run = await scan(at, "--format", "json,sarif,markdown");
  });

  test("is scanned without Azure and without Prefect, and a credential in it fails the run", () => {
    expect(run.status, run.stderr).toBe(1);
    expect(run.report.complete).toBe(true);
    expect(run.report.kinds).toEqual({ "source.file": 4 });
    expect(run.report.policies.map(({ id }) => id)).toEqual(["secrets/file-not-scanned", "secrets/hardcoded-in-file"]);
    expect(run.stderr).toContain("read 4 items in 2 reads");
    expect(
      run.report.findings.map(({ policy, resource, location }) => [policy, resource.id, location?.line, location?.by]),
    ).toEqual([
      ["secrets/hardcoded-in-file", "flows/a flow/loud.py", 5, "file"],
      ["secrets/file-not-scanned", "flows/logo.png", 1, "file"],
    ]);
    expect(run.stdout).toContain("flows/a flow/loud.py holds a credential in the clear in line 5");
  });

  test("SARIF points at the line of the file from the root of the repository, and carries nothing of it", () => {
    const { runs } = readJson(at, "out", "report.sarif") as Log;
    const results = runs.flatMap(({ results }) => results ?? []);
    const found = results.find(({ ruleId }) => ruleId === "secrets/hardcoded-in-file") as Result;
    const place = found.locations?.[0]?.physicalLocation;
    expect(place?.artifactLocation?.uri).toBe("flows/a%20flow/loud.py");
    expect(place?.region?.startLine).toBe(5);
    expect(place?.region?.startColumn).toBe(run.report.findings[0]?.location?.column);
    expect(place?.region).not.toHaveProperty("snippet");
    expect(place).not.toHaveProperty("contextRegion");
    for (const each of runs) expect(each).not.toHaveProperty("artifacts");
    expect(found.partialFingerprints?.primaryLocationLineHash).toBe(`${run.report.findings[0]?.id}:1`);
  });

  test("the ledger has one line for the files, and one for what they declare", () => {
    const lines = readFileSync(join(at, "out/snapshot/reads.ndjson"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: "source.declaration repository", outcome: "complete", items: 0 },
      { id: "source.file repository", outcome: "complete", items: 4 },
    ]);
    const manifest = readJson(at, "out", "snapshot", "manifest.json");
    expect(manifest).toMatchObject({ systems: { azure: false, prefect: [], source: true }, fingerprints: "none" });
  });

  test("evaluated again, wherever the repository is by then, it gives the same report", async () => {
    const elsewhere = folder();
    const args = ["evaluate", join(at, "out/snapshot"), "--out", elsewhere, "--format", "json,sarif"];
    expect((await leastwise(args, { cwd: elsewhere })).status).toBe(1);
    for (const name of ["report.json", "report.sarif"])
      expect(readFileSync(join(elsewhere, name), "utf8")).toBe(readFileSync(join(at, "out", name), "utf8"));
  });

  test("query and explain tell of it", async () => {
    const query = ["query", "source.file", "size(r.secrets) > 0", "--snapshot", "out/snapshot", "--format", "json"];
    const { stdout } = await leastwise(query, { cwd: at });
    expect(JSON.parse(stdout)).toMatchObject([{ id: "flows/a flow/loud.py", scanned: true }]);
    const id = run.report.findings[0]?.id ?? "";
    const explained = await leastwise(["explain", id, "--report", "out/report.json"], { cwd: at });
    expect(explained.stdout).toContain("flows/a flow/loud.py");
    expect(explained.stdout).not.toContain(password);
  });

  test("a waiver names a file by its path, or the files of a folder, and covers nothing else", async () => {
    const waiver = {
      policy: "secrets/hardcoded-in-file",
      kind: "falsePositive",
      resource: "flows/a flow/loud.py",
      reason: "A password of a test database that holds nothing",
      requestedBy: "asks@example.com",
      approvedBy: "approves@example.com",
      approvedAt: "2026-11-01",
      expires: "2026-12-15",
    };
    const under = async (...entries: object[]): Promise<Run & { report: Report }> => {
      write(join(at, "ops/waivers.yaml"), stringify(entries));
      return scan(at, "--fail-on", "low");
    };
    const exact = await under(waiver);
    expect(exact.report.findings.map(({ outcome }) => outcome)).toEqual(["waived", "fail"]);
    const both = await under(
      { ...waiver, resource: "flows/a flow/*" },
      { ...waiver, policy: "secrets/file-not-scanned", resource: "flows/*" },
    );
    expect(both.report.findings.map(({ outcome }) => outcome)).toEqual(["waived", "waived"]);
    expect(both.status).toBe(0);
    const other = await under({ ...waiver, resource: "flows/A flow/loud.py" });
    expect(other.report.findings.map(({ outcome }) => outcome)).toEqual(["fail", "fail"]);
    expect(other.report.waivers.unmatched).toHaveLength(1);
  });
});

test("a credential that is gone closes its finding, and a line that moved does not", async () => {
  const at = repository();
  const first = await scan(at);
  const loud = join(at, "flows/a flow/loud.py");
  const baseline = write(join(at, "baseline.json"), readFileSync(join(at, "out/report.json")));
  write(loud, `\n\n\n\n${readFileSync(loud, "utf8")}`);
  const moved = await scan(at, "--baseline", baseline);
  expect(moved.report.findings[0]).toMatchObject({ id: first.report.findings[0]?.id, baseline: "still" });
  expect(moved.report.findings[0]?.location?.line).toBe(9);
  write(loud, "import os\n");
  const gone = await scan(at, "--baseline", baseline);
  expect(gone.report.fixed.map(({ id }) => id)).toEqual([first.report.findings[0]?.id]);
});

test("doctor lists the read of the files and looks into none", async () => {
  const at = repository();
  const { status, stdout, stderr } = await leastwise(["doctor"], { cwd: join(at, "ops") });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/source\.file +1 of 1 +2 policies/);
  expect(stdout).not.toContain("azure.");
});

test("init names the files that it finds beside the configuration, and what it wrote can be read", async () => {
  const at = folder();
  write(join(at, "prefect.yaml"), "name: a\n");
  write(join(at, "flows/deep/a.py"), "");
  write(join(at, "flows/deep/b.py"), "");
  write(join(at, "modules/store.bicep"), "");
  write(join(at, "node_modules/x/main.tf"), "");
  const run = await leastwise(["init", "--demo"], { cwd: at });
  expect(run.status, run.stderr).toBe(0);
  const text = readFileSync(join(at, "leastwise.yaml"), "utf8");
  expect(parse(text).source).toEqual({ include: ["**/prefect.yaml", "flows/**/*.py", "**/*.bicep"] });
  expect(text).toContain("# confirm: 2 files today");
});

test("the sample estate is scanned with the files of its repository, from any folder, under the same paths", async () => {
  const cwd = folder();
  write(join(cwd, "source/secrets.py"), `password = "${password}"\n`);
  const run = await leastwise(["scan", "--demo", "--policy", "secrets/*file*", "--format", "json"], { cwd });
  expect(run.status, run.stderr).toBe(1);
  expect(reportIn(join(cwd, "leastwise-out")).findings.map(({ resource }) => resource.id)).toEqual([
    "fixtures/estate/source/flows/load_rates.py",
    "fixtures/estate/source/notebooks/lanes.bin",
  ]);
});
