/**
 * `npm run bench:gate`: what the verdict on one planned grant costs over a live state of 10,000 role assignments, beside
 * an evaluation of that state alone and beside parsing its rows, within this run. A number after `--` asks for more.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "../../src/resources/kinds.ts";
import { parseScope } from "../../src/resources/scope.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, startSmallEstate } from "../collect/estate.ts";
import type { GateWork } from "./gateWork.ts";
import { Chance } from "./generate.ts";

const runs = 5;
const assignments = Number(process.argv[2] ?? 10_000);

/** The sample estate with many more grants: of its own roles, at new resource groups of its subscriptions, to new principals. */
function grown(content: SnapshotContent): SnapshotContent {
  const chance = new Chance(7);
  const rows = (kind: string): readonly Row[] => content.rows.get(kind) ?? [];
  const inGroups = rows("azure.roleAssignment").filter(({ id }) => id.startsWith("/subscriptions/"));
  const services = rows("azure.principal").filter(
    ({ type, state }) => type === "ServicePrincipal" && state === "active",
  );
  const principals = Array.from(
    { length: Math.ceil(assignments / 5) },
    (): Row => ({
      ...chance.oneOf(services),
      id: chance.guid(),
      appId: chance.guid(),
      displayName: `sp-${chance.below(1e9)}`,
      memberOf: [],
    }),
  );
  const grants = Array.from({ length: assignments }, (): Row => {
    const like = chance.oneOf(inGroups);
    const scope = parseScope(`${like.id.split("/").slice(0, 3).join("/")}/resourcegroups/rg-${chance.below(500)}`);
    const id = `${scope.id}/providers/microsoft.authorization/roleassignments/${chance.guid()}`;
    return { ...like, id, scope, principalId: chance.oneOf(principals).id, principalType: "ServicePrincipal" };
  });
  const more = new Map<string, readonly Row[]>([
    ["azure.principal", principals],
    ["azure.roleAssignment", grants],
  ]);
  return {
    ...content,
    rows: new Map([...content.rows].map(([kind, own]) => [kind, [...own, ...(more.get(kind) ?? [])]])),
  };
}

function planOf(content: SnapshotContent): string {
  const subscription = String(content.rows.get("azure.subscription")?.[0]?.id);
  const principal = content.rows.get("azure.principal")?.find(({ type }) => type === "ServicePrincipal")?.id;
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.9.8",
    resource_changes: [
      {
        address: "azurerm_role_assignment.new",
        mode: "managed",
        type: "azurerm_role_assignment",
        name: "new",
        provider_name: "registry.terraform.io/hashicorp/azurerm",
        change: {
          actions: ["create"],
          before: null,
          after: { scope: subscription, role_definition_name: "Owner", principal_id: principal },
          after_unknown: { id: true },
          before_sensitive: false,
          after_sensitive: {},
        },
      },
    ],
    configuration: { root_module: { resources: [] } },
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const folder = mkdtempSync(join(tmpdir(), "leastwise-bench-"));
try {
  const estate = await startSmallEstate();
  const content = grown(await collectFrom(configurationOf(estate)));
  await estate.close();
  const snapshot = join(folder, "snapshot");
  const plan = join(folder, "plan.json");
  writeSnapshot(snapshot, content);
  writeFileSync(plan, planOf(content));
  const run = (task: string): GateWork =>
    JSON.parse(
      execFileSync(process.execPath, [join(import.meta.dirname, "gateWork.ts"), task, snapshot, plan], {
        encoding: "utf8",
      }),
    );
  const all = Array.from({ length: runs }, () => ({
    parse: run("parse"),
    evaluate: run("evaluate"),
    gate: run("gate"),
  }));
  const of = (task: "parse" | "evaluate" | "gate"): number => median(all.map((each) => each[task].milliseconds));
  const ratio = median(all.map(({ gate, evaluate }) => gate.milliseconds / evaluate.milliseconds));
  console.log(`One planned grant over ${assignments} role assignments, every built-in policy, ${runs} runs`);
  console.log(`  JSON.parse of the rows    ${of("parse").toFixed(0)} ms`);
  console.log(`  the live state alone      ${of("evaluate").toFixed(0)} ms`);
  console.log(`  the gate                  ${of("gate").toFixed(0)} ms (goal: about a second)`);
  console.log(`  ratio to the live state   ${ratio.toFixed(2)} (goal: at most 2)`);
  console.log(`  new failures              ${all[0]?.gate.failures}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
