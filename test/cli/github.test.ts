import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folder, leastwise, readJson, reportIn, write } from "./run.ts";

describe("a step on GitHub Actions", { timeout: 60_000 }, () => {
  const here = folder();
  const out = join(here, "out");
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_STEP_SUMMARY: join(here, "summary.md"),
    GITHUB_OUTPUT: join(here, "output"),
  };
  let printed: string;

  beforeAll(async () => {
    write(env.GITHUB_STEP_SUMMARY, "what an earlier command said\n");
    const run = await leastwise(["scan", "--demo", "--out", out, "--quiet"], { cwd: here, env });
    expect(run.status).toBe(1);
    printed = run.stdout;
  });

  test("has the summary in Markdown, after what is there already", () => {
    const summary = readFileSync(env.GITHUB_STEP_SUMMARY, "utf8");
    expect(summary).toMatch(/^what an earlier command said\n# leastwise: FAILED\n/);
  });

  test("has outputs for the steps that follow", () => {
    const lines = readFileSync(env.GITHUB_OUTPUT, "utf8").trimEnd().split("\n");
    const open = reportIn(out).findings.filter((each) => each.outcome === "fail").length;
    expect(Object.fromEntries(lines.map((line) => line.split("=")))).toEqual({
      complete: "true",
      findings: String(open),
      new: String(open),
      fixed: "0",
      report: join(out, "report.json"),
      sarif: join(out, "report.sarif"),
    });
  });

  test("has the worst findings at their lines, and says how many more there are", () => {
    const lines = printed.trimEnd().split("\n");
    const errors = lines.filter((line) => line.startsWith("::error "));
    expect(errors).toHaveLength(10);
    for (const line of errors) expect(line).toMatch(/^::error file=[^:,]+,line=\d+,title=[a-z/-]+::./);
    const failing = reportIn(out).findings.filter(
      (each) => each.outcome === "fail" && ["critical", "high"].includes(each.severity),
    ).length;
    expect(lines.at(-1)).toBe(
      `::notice title=leastwise::${failing - 10} more findings fail the run: see the job's summary`,
    );
  });

  test("is told where not everything was decided, and of no SARIF that was not written", async () => {
    const output = join(here, "output-2");
    const config = write(
      join(here, "leastwise.yaml"),
      "prefect: [{ name: prod, api: 'http://127.0.0.1:9/api' }]\nenvironments: { prod: { prefect: [prod] } }\n",
    );
    const args = ["scan", "--config", config, "--out", join(here, "out-2"), "--no-snapshot", "--quiet"];
    const run = await leastwise(args, { cwd: here, env: { ...env, GITHUB_OUTPUT: output } });
    expect(run.status).toBe(3);
    expect(run.stdout).toContain("::warning title=leastwise::Not everything was decided");
    const lines = readFileSync(output, "utf8").split("\n");
    expect(lines).toContain("complete=false");
    expect(lines).toContain("sarif=");
  });
});

describe("findings that a baseline has", { timeout: 60_000 }, () => {
  test("fail the run again when they are overdue", async () => {
    const here = folder();
    const first = await leastwise(["scan", "--demo", "--out", join(here, "first"), "--quiet"], { cwd: here });
    expect(first.status).toBe(1);
    const baseline = join(here, "first", "report.json");
    const report = readJson(baseline) as { findings: { firstSeen: string }[] };
    const scan = (days: string, from: string) =>
      leastwise(
        [
          "evaluate",
          join(here, "first", "snapshot"),
          "--baseline",
          from,
          "--overdue",
          days,
          "--out",
          join(here, "again"),
        ],
        { cwd: here },
      );
    for (const each of report.findings) each.firstSeen = "2026-10-21T06:00:01Z";
    const younger = await scan("30", write(join(here, "younger.json"), JSON.stringify(report)));
    expect([younger.status, younger.stdout]).toEqual([
      0,
      expect.stringContaining("0 new, or older than 30 days, at or above high"),
    ]);
    for (const each of report.findings) each.firstSeen = "2026-10-21T06:00:00Z";
    const older = await scan("30", write(join(here, "older.json"), JSON.stringify(report)));
    expect(older.status).toBe(1);
    expect((await scan("31", join(here, "older.json"))).status).toBe(0);
  });
});
