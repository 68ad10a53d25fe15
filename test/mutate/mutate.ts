import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Mutation, Mutations, type Verdict } from "./mutations.ts";
import { assumedBy, type Pinned, problemsOf, staleOf, tableOf, unnoticeable } from "./verdicts.ts";

/** What a worker is asked to run: every so many-eth mutation of a stage. */
type Stage =
  | { name: "lists" }
  | { name: "fields" }
  | { name: "items"; matters: ReadonlySet<string>; changing: ReadonlySet<string> };

interface Task {
  stage: Stage;
  part: number;
  of: number;
}

/** The machine that this runs on at night has two cores. */
const workers = 2;

function mutationsOf(mutations: Mutations, stage: Stage): Mutation[] {
  switch (stage.name) {
    case "lists":
      return mutations.ofLists();
    case "fields":
      return mutations.ofFields();
    case "items":
      return mutations.ofFieldsOf(stage.matters, stage.changing);
  }
}

async function work({ stage, part, of }: Task): Promise<Verdict[]> {
  const mutations = await Mutations.begin();
  const verdicts: Verdict[] = [];
  for (const [index, mutation] of mutationsOf(mutations, stage).entries()) {
    if (index % of === part) verdicts.push(await mutations.verdict(mutation));
  }
  return verdicts;
}

async function stageOf(stage: Stage): Promise<Verdict[]> {
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, part) => {
      const task: Task = { stage, part, of: workers };
      const worker = new Worker(new URL(import.meta.url), { workerData: task });
      return new Promise<Verdict[]>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
    }),
  );
  return parts.flat();
}

async function main(): Promise<void> {
  const begun = performance.now();
  const lists = await stageOf({ name: "lists" });
  const fields = await stageOf({ name: "fields" });
  const matters = new Set(
    lists.flatMap(({ read, item, matters }) => (matters && item !== null ? [`${read} ${item}`] : [])),
  );
  const changing = new Set(
    fields.flatMap(({ read, what, sort, outcome }) => (outcome === "same" ? [] : [`${read} ${what} ${sort}`])),
  );
  const items = await stageOf({ name: "items", matters, changing });
  const verdicts = [...lists, ...fields, ...items];
  const [out] = process.argv.slice(2);
  if (out !== undefined) writeFileSync(out, JSON.stringify(verdicts, null, 1));
  const pinned: Pinned = JSON.parse(readFileSync(join(import.meta.dirname, "unnoticed.json"), "utf8"));
  const problems = [...problemsOf(verdicts, pinned), ...staleOf(verdicts, pinned)];
  console.log(`${tableOf(verdicts, pinned)}\n\n${unnoticeable(verdicts, pinned)}\n\n${assumedBy(verdicts)}\n`);
  for (const problem of problems) console.log(problem);
  console.log(`${verdicts.length} runs in ${Math.round((performance.now() - begun) / 1000)} s`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

if (isMainThread) await main();
else parentPort?.postMessage(await work(workerData as Task));
