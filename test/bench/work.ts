import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { parseConfiguration } from "../../src/config/config.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { loadPolicies, readPolicyFolder } from "../../src/policy/load.ts";
import type { Report } from "../../src/resources/generated.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";

const root = join(import.meta.dirname, "../..");
const target = "azure.roleAssignment";

/** The built-in policies about role assignments, and enough of the bench's own to make ten. */
export const builtIn: readonly string[] = [
  "isolation/grant-in-one-environment",
  "least-privilege/no-grant-rights-for-service-principals",
  "least-privilege/orphaned-assignment",
  "least-privilege/workspace-write-on-workspace-only",
];

/** What evaluates the ten policies over the snapshot, from the check of its manifest to the report. */
function evaluation(folder: string): () => Report {
  const all = loadPolicies([
    ...readPolicyFolder(join(root, "policies"), "policies"),
    ...readPolicyFolder(join(import.meta.dirname, "policies"), "bench"),
  ]);
  const policies = all.filter(
    ({ id, target: kind }) => kind === target && (builtIn.includes(id) || /^bench\//.test(id)),
  );
  if (policies.length !== 10) throw new Error(`${policies.length} policies are not ten`);
  return () => {
    const snapshot = openSnapshot(folder);
    const configuration = parseConfiguration(snapshot.input("leastwise.yaml"), "leastwise.yaml", folder);
    return evaluate({ snapshot, configuration, policies });
  };
}

/** Parses every line of the snapshot and keeps none: what anything that reads the same bytes has to pay. */
function parseLines(folder: string): null {
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".ndjson"))) {
    const descriptor = openSync(join(folder, name), "r");
    const buffer = Buffer.allocUnsafe(1 << 20);
    let held = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, held, buffer.length - held, null);
      if (read === 0) break;
      const end = held + read;
      let start = 0;
      for (;;) {
        const newline = buffer.indexOf(10, start);
        if (newline < 0 || newline >= end) break;
        JSON.parse(buffer.toString("utf8", start, newline));
        start = newline + 1;
      }
      buffer.copyWithin(0, start, end);
      held = end - start;
    }
    closeSync(descriptor);
  }
  return null;
}

/** What a piece of work took in a process of its own. */
export interface Work {
  milliseconds: number;
  /** The most memory that the process held, in bytes. */
  peak: number;
  /** How many results of each policy there were; empty where nothing was evaluated. */
  failures: Record<string, number>;
  unknown: number;
}

function work(task: string, folder: string): Work {
  const run = task === "evaluate" ? evaluation(folder) : () => parseLines(folder);
  const start = performance.now();
  const report = run();
  const milliseconds = performance.now() - start;
  return {
    milliseconds,
    peak: process.resourceUsage().maxRSS * 1024,
    failures: Object.fromEntries((report?.policies ?? []).map(({ id, population }) => [id, population.fail])),
    unknown: (report?.policies ?? []).reduce((sum, { population }) => sum + population.unknown, 0),
  };
}

const [task, folder] = process.argv.slice(2);
if (import.meta.main && task !== undefined && folder !== undefined) console.log(JSON.stringify(work(task, folder)));
