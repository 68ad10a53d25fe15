import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const root = resolve(import.meta.dirname, "../..");

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Job {
  needs?: string;
  permissions: Record<string, string>;
  strategy?: { matrix: { shard: number[] }; "fail-fast": boolean };
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflow: Workflow = parse(readFileSync(join(root, "docs/examples/scan-in-shards.yml"), "utf8"), {
  strict: true,
});
const flow = readFileSync(join(root, "docs/examples/collect_shards.py"), "utf8");

/** The options that the help of a command lists. @throws where there is no such command */
function optionsOf(command: string): string[] {
  const help = execFileSync(process.execPath, [join(root, "src/bin.ts"), command, "--help"], { encoding: "utf8" });
  expect(help).toMatch(new RegExp(`^Usage: leastwise ${command}\\b`));
  return help.match(/--[a-z][a-z-]*/g) ?? [];
}

function stepsOf(job: string): Step[] {
  return workflow.jobs[job]?.steps ?? [];
}

describe("the workflow that scans in shards", { timeout: 30_000 }, () => {
  test("calls commands of leastwise with options that they have", () => {
    const lines = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps.flatMap(({ run }) => run?.split("\n") ?? []))
      .filter((line) => line.includes("leastwise "));
    const called = lines.flatMap((line) => [...line.matchAll(/npx leastwise ([a-z]+)([^|&]*)/g)]);
    expect(called.map(([, command]) => command)).toEqual(["collect", "merge", "evaluate"]);
    for (const [, command = "", rest = ""] of called) {
      const known = optionsOf(command);
      for (const option of rest.match(/--[a-z][a-z-]*/g) ?? []) expect(known, command).toContain(option);
    }
  });

  test("reads every shard once, and merges after all of them", () => {
    const shards = workflow.jobs.collect?.strategy?.matrix.shard ?? [];
    expect(shards).toEqual(Array.from({ length: shards.length }, (_, at) => at + 1));
    const collecting = stepsOf("collect").find(({ run }) => run?.includes("leastwise collect"));
    expect(collecting?.run).toContain(`--shard "$SHARD/${shards.length}"`);
    expect(collecting?.env?.SHARD).toMatch(/^\$\{\{ matrix\.shard \}\}$/);
    expect(workflow.jobs.collect?.strategy?.["fail-fast"]).toBe(false);
    expect(workflow.jobs.evaluate?.needs).toBe("collect");
  });

  test("stops in a public repository before anything is read, and has no right but those it needs", () => {
    expect(stepsOf("collect")[0]?.run).toContain('--jq .private)" = true');
    expect(workflow.permissions).toEqual({});
    expect(workflow.jobs.collect?.permissions).toEqual({ contents: "read", "id-token": "write" });
    expect(workflow.jobs.evaluate?.permissions).toEqual({ contents: "read" });
    expect(Object.keys(workflow.on)).toEqual(["schedule", "workflow_dispatch"]);
  });

  test("signs in to Azure without a stored secret", () => {
    const login = stepsOf("collect").find(({ uses }) => uses?.startsWith("azure/login@"));
    expect(Object.keys(login?.with ?? {})).toEqual(["client-id", "tenant-id", "allow-no-subscriptions"]);
    const secrets = JSON.stringify(workflow).match(/secrets\.\w+/g) ?? [];
    expect(secrets).toEqual(["secrets.PREFECT_AUTH"]);
  });
});

describe("the flow that scans in shards", { timeout: 30_000 }, () => {
  test("calls commands of leastwise with options that they have", () => {
    const calls = [...flow.matchAll(/\bcommand, "([a-z]+)"([\s\S]*?)accepted=/g)];
    expect(calls.map(([, command]) => command)).toEqual(["collect", "merge", "evaluate"]);
    for (const [, command = "", rest = ""] of calls) {
      const known = optionsOf(command);
      for (const option of rest.match(/--[a-z][a-z-]*/g) ?? []) expect(known, command).toContain(option);
    }
  });
});

describe("the flow of the nightly scan", { timeout: 30_000 }, () => {
  test("calls scan with options that it has", () => {
    const nightly = readFileSync(join(root, "docs/examples/nightly_scan.py"), "utf8");
    const known = optionsOf("scan");
    const used = nightly.match(/(?<=")--[a-z][a-z-]*/g) ?? [];
    expect(used).toEqual(["--config", "--out", "--fail-on", "--no-color", "--baseline", "--overdue"]);
    for (const option of used) expect(known).toContain(option);
  });
});
