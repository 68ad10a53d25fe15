/** One piece of the gate's work, in a process of its own: `gateWork.ts parse|evaluate|gate <snapshot> <plan>`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadInForce, policySources } from "../../src/commands/inputs.ts";
import { parseConfiguration } from "../../src/config/config.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { judgeChange } from "../../src/evaluate/gate.ts";
import { overlay, touchedBy } from "../../src/plan/overlay.ts";
import { openPlans, readPlans } from "../../src/plan/read.ts";
import { kept } from "../../src/snapshot/kept.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";

/** What a piece of work took, and what it came to. */
export interface GateWork {
  milliseconds: number;
  failures: number;
}

function parse(snapshot: string): number {
  let lines = 0;
  for (const name of readdirSync(snapshot).filter((each) => each.endsWith(".ndjson")))
    for (const line of readFileSync(join(snapshot, name), "utf8").split("\n")) {
      if (line === "") continue;
      JSON.parse(line);
      lines++;
    }
  return lines;
}

function evaluation(folder: string, plan: string | null): number {
  const snapshot = kept(openSnapshot(folder));
  const configuration = parseConfiguration(snapshot.input("leastwise.yaml"), "leastwise.yaml", folder);
  const { policies } = loadInForce(policySources({ policies: ["builtin"] }, null), configuration, {});
  if (plan === null) return evaluate({ snapshot, configuration, policies }).findings.length;
  const options = { subscription: null, resourceGroup: null, parameters: null, prefect: null, configured: [] };
  const now = new Date(snapshot.manifest.collectedAt);
  const [planned] = readPlans(openPlans([plan], options), snapshot, options, now, {});
  const overlaid = overlay(snapshot, planned?.changes ?? [], planned?.undecided ?? []);
  return judgeChange({ snapshot, configuration, policies }, overlaid.snapshot, touchedBy(overlaid)).failures.length;
}

const [task, snapshot = "", plan = ""] = process.argv.slice(2);
const start = performance.now();
const failures = task === "parse" ? parse(snapshot) : evaluation(snapshot, task === "gate" ? plan : null);
const told: GateWork = { milliseconds: performance.now() - start, failures };
process.stdout.write(JSON.stringify(told));
