import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Configuration } from "../../src/config/config.ts";
import type { Estate } from "../../src/estate/server.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, leastwise, spawnLeastwise, startSmallEstate } from "./estate.ts";

let scratch: string;
let estate: Estate;
let configuration: Configuration;
let config: string;
let content: SnapshotContent;
/** Two parts of the tenant. */
let parts: string[];
/** Where a test's snapshot stands, and the folder around it, which is the test's own. */
let folder: string;
let around: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "leastwise-killed-"));
  estate = await startSmallEstate();
  configuration = configurationOf(estate);
  config = join(scratch, "leastwise.yaml");
  writeFileSync(config, configuration.text);
  content = await collectFrom(configuration);
  content = { ...content, manifest: { ...content.manifest, runId: "old" } };
  parts = await Promise.all(
    [1, 2].map(async (index) => {
      const part = join(scratch, `part-${index}`);
      writeSnapshot(part, await collectFrom(configuration, undefined, { part: { index, count: 2, run: "new" } }));
      return part;
    }),
  );
});

beforeEach(() => {
  around = mkdtempSync(join(scratch, "test-"));
  folder = join(around, "snapshot");
});

afterAll(async () => {
  await estate.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** The id of the run whose snapshot stands in the folder, all of which was read; null where none does. */
function standing(): string | null {
  const isThere = existsSync(folder) || readdirSync(around).some((name) => name.endsWith("-former"));
  if (!isThere) {
    expect(() => openSnapshot(folder)).toThrow("there is no such folder");
    return null;
  }
  const snapshot = openSnapshot(folder);
  for (const kind of content.rows.keys()) for (const _ of snapshot.rows(kind));
  return snapshot.manifest.runId;
}

/** A step of writing: the so-manieth call of a function of the file system in or beside the snapshot's folder. */
interface Step {
  call: "mkdtempSync" | "openSync" | "writeSync" | "writeFileSync" | "renameSync" | "rmSync";
  count: number;
  /** Whether the signal comes when the call is done; else it comes before. */
  after?: boolean;
}

/** A setting of NODE_OPTIONS under which a process sends itself a signal at a step. */
function killedAt({ call, count, after = false }: Step, signal: string): Record<string, string> {
  const script = `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const real = fs.${call};
let count = 0;
fs.${call} = (...values) => {
  const counts = typeof values[0] === "number" || String(values[0]).includes("snapshot");
  const isIt = counts && ++count === ${count};
  if (isIt && ${!after}) process.kill(process.pid, "${signal}");
  const result = real(...values);
  if (isIt && ${after}) process.kill(process.pid, "${signal}");
  return result;
};
syncBuiltinESMExports();`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

const commands: [string, () => string[]][] = [
  ["collect", () => ["collect", "--config", config, "--quiet", "--out", folder]],
  ["merge", () => ["merge", ...parts, "--quiet", "--out", folder]],
];

const steps: [string, Step, "old" | "new"][] = [
  ["before anything is written", { call: "mkdtempSync", count: 1 }, "old"],
  ["when its folder is made", { call: "mkdtempSync", count: 1, after: true }, "old"],
  ["in the midst of the files", { call: "writeSync", count: 5, after: true }, "old"],
  ["before the manifest", { call: "writeFileSync", count: 1 }, "old"],
  ["when all files are written", { call: "renameSync", count: 1 }, "old"],
  ["between the two renames", { call: "renameSync", count: 2 }, "new"],
  ["before the old one is removed", { call: "renameSync", count: 2, after: true }, "new"],
];

describe.each(commands)("%s that is killed", { timeout: 60_000 }, (_, args) => {
  test.each(steps)(
    "%s leaves one snapshot whole, and the next run takes away what is left",
    async (_, step, stands) => {
      writeSnapshot(folder, content);
      const ended = await leastwise(args(), killedAt(step, "SIGKILL"));
      expect(ended.status, ended.stderr).toBe(null);
      const found = standing();
      if (stands === "old") expect(found).toBe("old");
      else expect(found).not.toBe("old");
      expect(existsSync(folder)).toBe(true);
      writeSnapshot(folder, content);
      expect(readdirSync(around)).toEqual(["snapshot"]);
      expect(standing()).toBe("old");
    },
  );

  test.each(steps.slice(0, 5))("%s where there was none leaves none", async (_, step) => {
    await leastwise(args(), killedAt(step, "SIGKILL"));
    expect(standing()).toBe(null);
    writeSnapshot(folder, content);
    expect(readdirSync(around)).toEqual(["snapshot"]);
  });

  test.each(["SIGTERM", "SIGINT"])("by %s at any step leaves one whole, and nothing beside it", async (signal) => {
    for (const step of [steps[1], steps[2], steps[5]]) {
      writeSnapshot(folder, content);
      await leastwise(args(), killedAt(step?.[1] ?? { call: "rmSync", count: 1 }, signal));
      expect(standing()).not.toBe(null);
      expect(readdirSync(around)).toEqual(["snapshot"]);
    }
  });
});

describe("a run that reads", { timeout: 60_000 }, () => {
  test.each([
    ["SIGKILL", null],
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("and gets %s leaves the old snapshot and nothing else", async (signal, status) => {
    const slow = await startSmallEstate({ faults: [{ kind: "hang", path: /roleAssignments/ }] });
    try {
      writeFileSync(join(around, "slow.yaml"), slow.configuration);
      writeSnapshot(folder, content);
      const child = spawnLeastwise(["collect", "--config", join(around, "slow.yaml"), "--quiet", "--out", folder]);
      const ended = new Promise((resolve) => child.once("close", resolve));
      while (!slow.requests.some(({ path }) => path.includes("roleAssignments"))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill(signal);
      expect(await ended).toBe(status);
      expect(standing()).toBe("old");
      expect(readdirSync(around).sort()).toEqual(["slow.yaml", "snapshot"]);
    } finally {
      await slow.close();
    }
  });

  test("killed at ten times leaves one whole each time", async () => {
    const begun = performance.now();
    await leastwise(["collect", "--config", config, "--quiet", "--out", folder]);
    const usual = performance.now() - begun;
    writeSnapshot(folder, content);
    for (let at = 1; at <= 10; at++) {
      const child = spawnLeastwise(["collect", "--config", config, "--quiet", "--out", folder]);
      const timer = setTimeout(() => child.kill("SIGKILL"), usual * (0.5 + at / 20));
      await new Promise((resolve) => child.once("close", resolve));
      clearTimeout(timer);
      expect(standing()).not.toBe(null);
    }
  });
});

describe("what is left over", () => {
  test("of a process that still runs stays, and goes when it has ended", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
    const theirs = join(around, `.snapshot-${child.pid}-abcdef`);
    mkdirSync(theirs);
    const another = join(around, ".snapshot-notes");
    mkdirSync(another);
    writeSnapshot(folder, content);
    expect(existsSync(theirs)).toBe(true);
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
    writeSnapshot(folder, content);
    expect(readdirSync(around).sort()).toEqual([".snapshot-notes", "snapshot"]);
  });

  test("is no snapshot where one was taken away on purpose", async () => {
    await leastwise(
      ["collect", "--config", config, "--out", folder],
      killedAt({ call: "renameSync", count: 1 }, "SIGKILL"),
    );
    expect(readdirSync(around).filter((name) => name.startsWith(".snapshot-"))).toHaveLength(1);
    expect(() => openSnapshot(folder)).toThrow("there is no such folder");
  });
});

describe("a place that cannot be written", { timeout: 60_000 }, () => {
  test.each([
    ["collect", () => ["--config", config]],
    ["scan", () => ["--config", config]],
    ["merge", () => parts],
  ])("%s below a file exits 2 and says why, before anything is read", async (command, more) => {
    const file = join(around, "file");
    writeFileSync(file, "years of work");
    const asked = estate.requests.length;
    const ended = await leastwise([command, ...more(), "--out", join(file, "snapshot")]);
    expect([ended.status, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).toMatch(
      /file\/snapshot could not be written: something above it is a file and no folder|is not a folder/,
    );
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(estate.requests.length).toBe(asked);
  });

  test("a disk without space exits 2, says so, and leaves the old snapshot", async () => {
    const full = `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const real = fs.writeSync;
let written = 0;
fs.writeSync = (...values) => {
  if (++written > 3) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  return real(...values);
};
syncBuiltinESMExports();`;
    writeSnapshot(folder, content);
    const ended = await leastwise(["collect", "--config", config, "--quiet", "--out", folder], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(full)}`,
    });
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain(`${folder} could not be written: there is no space left on the disk (ENOSPC)`);
    expect(standing()).toBe("old");
    expect(readdirSync(around)).toEqual(["snapshot"]);
  });
});
