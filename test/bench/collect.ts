/**
 * `npm run bench:collect`: how a big tenant is read, against what is possible: requests against the fewest that bring the
 * same rows, time against what the documented limits allow. The tenant is served on loopback with these limits enforced,
 * and with a network in front of it; time passes only where somebody waits for it, so a slow or busy machine changes
 * nothing. `-- --quick` takes a tenth of the role assignments.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import { catalogue } from "../../src/collect/catalogue.ts";
import { type ReadDefinition, readName } from "../../src/collect/definition.ts";
import { type Asked, documentedLimits, type Limit } from "../../src/collect/http/limits.ts";
import type { CollectTask, CollectWork } from "./collectWork.ts";
import { bigTenant, type TenantSize } from "./tenant.ts";

const quick = process.argv.includes("--quick");
const size: TenantSize = quick
  ? { ...bigTenant, subscriptions: 40, roleAssignments: 10_000, eachCrowded: 100 }
  : bigTenant;
/** Reads the tenant in a process of its own. */
function run(task: Omit<CollectTask, "size">): Promise<CollectWork> {
  const child = fork(join(import.meta.dirname, "collectWork.ts"), [JSON.stringify({ size, ...task })]);
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as CollectWork));
    child.once("exit", (code) => reject(new Error(`a process of the benchmark ended with status ${code}`)));
  });
}

const throttled = ({ requests }: CollectWork): number => requests.filter(({ status }) => status === 429).length;

type Line = CollectWork["reads"][number];

/** The lines of the ledger that stand for reads of their own, each with its definition. */
function ownReads(lines: readonly Line[]): { line: Line; definition: ReadDefinition }[] {
  const doubles = new Set<string>();
  const found = lines.flatMap((line) => {
    const name = line.fields.length === 0 ? line.kind : `${line.kind}.${line.fields.join("+")}`;
    const definition = catalogue.find((each) => readName(each) === name && line.endpoint === placed(each, line.scope));
    if (definition === undefined) return [];
    if (definition.also !== undefined) doubles.add(`${definition.also} ${line.scope}`);
    return [{ line, definition }];
  });
  return found.filter(({ line }) => !doubles.has(line.id));
}

function placed({ endpoint }: ReadDefinition, scope: string): string {
  return scope.startsWith("/") ? endpoint.replace("{scope}", scope) : endpoint;
}

/** Requests that came by themselves, and not inside a batch. */
const sent = ({ requests }: CollectWork): CollectWork["requests"] => requests.filter(({ batched }) => !batched);

/** How many requests that bring what a read brought have to be answered at least, and how many sent: a batch holds 20. */
function fewest(
  { line, definition }: { line: Line; definition: ReadDefinition },
  requests: CollectWork["requests"],
): { answered: number; sent: number } {
  if (definition.endpoint.includes("{id}")) {
    const [method, path = ""] = definition.endpoint.split(" ");
    const pattern = new RegExp(`${path.replace("{id}", "[^/?]+")}(?:\\?|$)`);
    const inside = requests.filter((each) => each.batched && each.method === method && pattern.test(each.path));
    const answered = new Set(inside.map((each) => each.path)).size;
    return { answered, sent: Math.ceil(answered / 20) };
  }
  const pages = definition.pageSize === null ? 1 : Math.max(1, Math.ceil(line.items / definition.pageSize));
  return { answered: pages, sent: pages };
}

/** What a limit lets through in how many seconds at least, from a bucket that is full. */
function secondsFor(cost: number, { rate }: Limit, size: number): number {
  if (rate === null) return 0;
  if (rate.refill === "window") return ((Math.ceil(cost / size) - 1) * rate.per) / 1000;
  return (Math.max(0, cost - size) * rate.per) / size / 1000;
}

/** The least time that the documented limits allow for these reads, in seconds, and the limit that says so. */
function leastTime(
  reads: ReturnType<typeof ownReads>,
  requests: CollectWork["requests"],
): { seconds: number; by: string } {
  const stripped = (path: string): string =>
    path.replace(/^\/(?:graph|synapse\/[^/]+|vault\/[^/]+|prefect\/[^/]+\/api)(?=\/)/, "");
  // What a request to Graph costs depends on its query, which the ledger does not hold.
  const urls = new Map(
    requests.map(({ method, path }) => {
      const url = new URL(stripped(path), "http://loopback");
      return [`${method} ${url.pathname}`.toLowerCase(), url];
    }),
  );
  const costs = new Map<string, { limit: Limit; cost: number; size: number }>();
  for (const read of reads) {
    const [method = "GET", path = "/"] = read.line.endpoint.split(" ");
    const url = urls.get(read.line.endpoint.toLowerCase()) ?? new URL(path, "http://loopback");
    const asked: Asked = { service: read.definition.service, endpoint: read.line.scope, method, url };
    for (const [index, limit] of documentedLimits.entries()) {
      const key = limit.service === asked.service && limit.rate !== null ? limit.key(asked) : null;
      if (key === null || limit.rate === null) continue;
      const name = `${index} ${limit.service}: ${key}`;
      // The tenant has more than 500 users.
      const held = costs.get(name) ?? { limit, cost: 0, size: key === "directory" ? 8000 : limit.rate.size };
      held.cost += fewest(read, requests).answered * (limit.cost?.(asked) ?? 1);
      costs.set(name, held);
    }
  }
  let least = { seconds: 0, by: "none" };
  for (const [name, { limit, cost, size }] of costs) {
    const seconds = secondsFor(cost, limit, size);
    if (seconds > least.seconds) least = { seconds, by: name.slice(name.indexOf(" ") + 1) };
  }
  return least;
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

/** What is missing of the rows that the tenant holds, and what reads were not complete. */
function missing({ serving, rows, reads }: CollectWork): string[] {
  const short = Object.entries(serving.rows).filter(([kind, count]) => rows[kind] !== count);
  const causes = new Map<string, number>();
  for (const { cause, outcome } of reads) {
    if (outcome !== "complete" && outcome !== "notLicensed")
      causes.set(cause ?? "", (causes.get(cause ?? "") ?? 0) + 1);
  }
  return [
    ...short.map(([kind, count]) => `${kind}: ${rows[kind] ?? 0} of ${count}`),
    ...[...causes].map(([cause, count]) => `${count} reads: ${cause}`),
  ];
}

function verdict(what: string, value: number, goal: number, text: string): void {
  console.log(`  ${(value <= goal ? "MET" : "MISSED").padEnd(8)}${what}: ${text} (goal: at most ${goal})`);
}

const columns = ["", "requests", "429s", "seconds", "asked pauses", "CPU s", "reads open"];

function table(runs: readonly [string, CollectWork][]): void {
  const lines = runs.map(([name, work]) => [
    name,
    String(sent(work).length),
    String(throttled(work)),
    (work.milliseconds / 1000).toFixed(1),
    `${(work.paused / 1000).toFixed(0)} s`,
    (work.busy / 1000).toFixed(1),
    String(work.reads.filter((each) => each.outcome !== "complete").length),
  ]);
  const widths = columns.map((_, index) => Math.max(...[columns, ...lines].map((line) => line[index]?.length ?? 0)));
  for (const line of [columns, ...lines]) {
    const cells = line.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    console.log(`  ${cells.join("  ")}`);
  }
}

const free = await run({ governed: true, limits: false });
const governed = await run({ governed: true, limits: true });
const ungoverned = await run({ governed: false, limits: true });

const reads = ownReads(free.reads);
const least = leastTime(reads, free.requests);
const needed = total(reads.map((read) => fewest(read, free.requests).sent));
const { rows } = free.serving;
const brought = total(Object.values(free.rows));
console.log(
  `A tenant of ${rows["azure.subscription"]} subscriptions, ${rows["azure.roleAssignment"]} role assignments, ${rows["synapse.workspace"]} workspaces: ${free.reads.length} reads, ${brought} rows`,
);
console.log(`The documented limits allow to read it in ${least.seconds.toFixed(1)} s (${least.by})\n`);
table([
  ["no limits, no network (real time)", free],
  ["limits and network, governed", governed],
  ["limits and network, a few at once", ungoverned],
]);
console.log();
for (const each of missing(ungoverned).slice(0, 5)) console.log(`  a few at once: ${each}`);
for (const each of missing(governed).slice(0, 5)) console.log(`  governed: ${each}`);
const requests = sent(governed).length / needed;
const time = governed.milliseconds / 1000 / least.seconds;
verdict("requests / fewest possible", requests, 1.2, `${requests.toFixed(2)}, ${sent(governed).length} / ${needed}`);
verdict("time / what the limits allow", time, 1.3, time.toFixed(2));
verdict("requests refused as too many", throttled(governed), 0, String(throttled(governed)));
verdict("kinds short of rows, causes of open reads", missing(governed).length, 0, String(missing(governed).length));
console.log(
  `          peak memory ${megabytes(free.peak)} MB, ${(free.peak / brought / 1000).toFixed(1)} KB a row: rows are kept until the snapshot is written`,
);
console.log(
  `          own work ${(free.busy / 1000).toFixed(1)} s of the processor, ${((free.busy * 1000) / brought).toFixed(0)} µs a row`,
);
