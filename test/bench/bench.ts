/**
 * `npm run bench`: what leastwise costs, as ratios within this run, so that a slow or busy machine changes little.
 * `npm run bench -- --quick` takes a tenth of the rows.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureExpressions } from "./expressions.ts";
import { generateSnapshot } from "./generate.ts";
import { measureRego } from "./rego.ts";
import type { Work } from "./work.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "leastwise-bench-"));
const quick = process.argv.includes("--quick");

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** One piece of work in a process of its own, so that neither memory nor compiled code of another one counts. */
function run(task: "parse" | "evaluate", snapshot: string): Work {
  const work = join(import.meta.dirname, "work.ts");
  return JSON.parse(execFileSync(process.execPath, [work, task, snapshot], { encoding: "utf8" }));
}

function evaluation(assignments: number, runs: number): void {
  const snapshot = join(folder, String(assignments));
  generateSnapshot(snapshot, assignments);
  const bytes = statSync(join(snapshot, "azure.roleAssignment.ndjson")).size;
  const pairs = Array.from({ length: runs }, () => ({
    parse: run("parse", snapshot),
    evaluate: run("evaluate", snapshot),
  }));
  const ratios = pairs.map(({ parse, evaluate }) => evaluate.milliseconds / parse.milliseconds);
  const [first] = pairs;
  const megabytes = (value: number): string => (value / 2 ** 20).toFixed(0);
  console.log(
    `\n${assignments} role assignments, ${(bytes / assignments / 1000).toFixed(2)} KB each, ten policies, ${runs} runs`,
  );
  console.log(`  JSON.parse of the lines   ${median(pairs.map((each) => each.parse.milliseconds)).toFixed(0)} ms`);
  console.log(`  evaluation, digests too   ${median(pairs.map((each) => each.evaluate.milliseconds)).toFixed(0)} ms`);
  console.log(`  ratio                     ${median(ratios).toFixed(2)} (goal: at most 2)`);
  console.log(
    `  peak memory               ${megabytes(Math.max(...pairs.map((each) => each.evaluate.peak)))} MB, parsing alone ${megabytes(first?.parse.peak ?? 0)} MB (goal: below 300 at a million)`,
  );
  console.log(
    `  failures                  ${Object.values(first?.evaluate.failures ?? {}).reduce((sum, each) => sum + each, 0)}, unknown ${first?.evaluate.unknown}`,
  );
  // Other engines hold all rows at once, so they are asked about as many as fit.
  for (const other of assignments > 100_000 ? [] : measureRego(snapshot, folder)) {
    const ratio = other.milliseconds / median(pairs.map((each) => each.parse.milliseconds));
    const same = other.failures === null || sameCounts(other.failures, first?.evaluate.failures ?? {});
    console.log(
      `  ${other.name.padEnd(26)}${other.milliseconds.toFixed(0)} ms, ratio ${ratio.toFixed(1)}${same ? "" : "; it found other failures"}`,
    );
  }
  rmSync(snapshot, { recursive: true, force: true });
}

function sameCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  return Object.keys({ ...a, ...b }).every((policy) => (a[policy] ?? 0) === (b[policy] ?? 0));
}

function time(command: string, args: readonly string[], runs: number): number {
  return median(
    Array.from({ length: runs }, () => {
      const start = performance.now();
      spawnSync(command, args, { stdio: "ignore" });
      return performance.now() - start;
    }),
  );
}

/** The package as a user has it: packed, and installed into a folder of its own. */
function installed(): string {
  const at = mkdtempSync(join(folder, "package-"));
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", at], { cwd: root, encoding: "utf8" });
  const tarball = packed.trim().split("\n").at(-1) ?? "";
  execFileSync("npm", ["install", "--silent", "--prefix", at, join(at, tarball)], { stdio: "ignore" });
  return join(at, "node_modules/leastwise/dist/bin.js");
}

try {
  console.log("Nanoseconds per evaluation, by operator");
  measureExpressions();
  const sizes = quick ? [10_000, 100_000] : [100_000, 1_000_000];
  for (const size of sizes) evaluation(size, size >= 1_000_000 ? 3 : 5);
  const bin = installed();
  const bare = time(process.execPath, ["-e", "0"], 21);
  const start = time(process.execPath, [bin, "--version"], 21);
  console.log("\nStart-up of the package");
  console.log(`  node -e 0                 ${bare.toFixed(0)} ms`);
  console.log(
    `  leastwise --version       ${start.toFixed(0)} ms, ratio ${(start / bare).toFixed(2)} (goal: at most 2)`,
  );
  const demo = time(process.execPath, [bin, "scan", "--demo", "--out", join(folder, "out")], 5);
  console.log(`  leastwise scan --demo     ${demo.toFixed(0)} ms, ratio ${(demo / bare).toFixed(1)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
