import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseConfiguration } from "../../src/config/config.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";

const rules = join(import.meta.dirname, "rego");

/** What another engine took for the same ten rules over the same rows. */
export interface Other {
  name: string;
  milliseconds: number;
  /** How many failures each rule found; null where the engine does not say. */
  failures: Readonly<Record<string, number>> | null;
}

/** Runs the rules with those of `opa` and `conftest` that are on the PATH; rows that they have to hold as a whole. */
export function measureRego(snapshotFolder: string, folder: string): Other[] {
  const present = ["opa", "conftest"].filter((name) => spawnSync(name, ["--version"]).error === undefined);
  if (present.length === 0) return [];
  const { data, input } = writeInputs(snapshotFolder, folder);
  const commands: Record<string, string[]> = {
    opa: ["eval", "--format", "raw", "--data", rules, "--data", data, "--input", input, "data.main.failures"],
    conftest: ["test", "--policy", rules, "--data", data, "--output", "json", input],
  };
  return present.map((name) => {
    const start = performance.now();
    const result = spawnSync(name, commands[name] ?? [], { encoding: "utf8", maxBuffer: 1 << 30 });
    const milliseconds = performance.now() - start;
    if (result.status !== 0 && name === "opa") throw new Error(result.stderr || result.stdout);
    return { name, milliseconds, failures: name === "opa" ? JSON.parse(result.stdout) : null };
  });
}

/** The snapshot in the form that the rules take: assignments as input, everything around them as data. */
function writeInputs(snapshotFolder: string, folder: string): { data: string; input: string } {
  const snapshot = openSnapshot(snapshotFolder);
  const configuration = parseConfiguration(snapshot.input("leastwise.yaml"), "leastwise.yaml", snapshotFolder);
  const byKey = (kind: string, key: string): Record<string, Row> =>
    Object.fromEntries([...snapshot.rows(kind)].map((row) => [String(row[key]), row]));
  const data = join(folder, "data.json");
  const subscriptions = Object.entries(byKey("azure.subscription", "subscriptionId"));
  writeFileSync(
    data,
    JSON.stringify({
      principals: byKey("azure.principal", "id"),
      roles: byKey("azure.roleDefinition", "id"),
      subscriptions: Object.fromEntries(subscriptions.map(([id, row]) => [id, row.managementGroups])),
      environments: Object.fromEntries(configuration.environments.map(({ name, scopes }) => [name, scopes[0]])),
    }),
  );
  const input = join(folder, "input.json");
  const descriptor = openSync(input, "w");
  let separator = '{"assignments":[';
  for (const row of snapshot.rows("azure.roleAssignment")) {
    writeSync(descriptor, separator + JSON.stringify(row));
    separator = ",\n";
  }
  writeSync(descriptor, "]}\n");
  closeSync(descriptor);
  return { data, input };
}
