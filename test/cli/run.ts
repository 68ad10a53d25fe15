import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { afterAll } from "vitest";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import type { Report } from "../../src/resources/generated.ts";

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));

/** The moment at which the sample estate stands still. */
export const asOf = "2026-11-20T06:00:00Z";

/** What a user sees of a run. */
export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Told of the process when it runs. */
  started?: (child: ChildProcess) => void;
}

const folders: string[] = [];
const estates: Estate[] = [];
afterAll(async () => {
  await Promise.allSettled(estates.map((estate) => estate.close()));
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

/** A folder of a test's own that is gone when the file's tests are done. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "leastwise-cli-"));
  folders.push(made);
  return made;
}

/** Writes a file, with the folders above it, and gives its path. */
export function write(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Serves the sample estate until the file's tests are done. */
export async function served(options: EstateOptions = {}): Promise<Estate> {
  const estate = await startEstate({ pageSize: 200, ...options });
  estates.push(estate);
  return estate;
}

/** A setting of NODE_OPTIONS under which the process lives at that moment. */
export function clock(moment: string): Record<string, string> {
  const shift = `const Real = Date, by = Real.parse(${JSON.stringify(moment)}) - Real.now();
globalThis.Date = class extends Real {
  constructor(...parts) { parts.length === 0 ? super(Real.now() + by) : super(...parts); }
  static now() { return Real.now() + by; }
};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` };
}

const home = folder();
/** Where Node keeps the compiled program between runs, which halves the time that each takes to start. */
const cache = folder();
const atOnce = pLimit(2);

/** Runs `leastwise` as a user does, in an empty home and without anything of this machine's environment. */
export function leastwise(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return atOnce(() => start(args, options));
}

function start(args: readonly string[], { cwd = home, env = {}, started }: RunOptions): Promise<Run> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: home, TMPDIR: home, NODE_COMPILE_CACHE: cache, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      const milliseconds = performance.now() - begun;
      resolve({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), milliseconds });
    });
    started?.(child);
  });
}

export function readJson(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(...path), "utf8"));
}

/** The report in a folder of output. */
export function reportIn(out: string): Report {
  return readJson(out, "report.json") as Report;
}
