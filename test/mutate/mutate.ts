import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Mutation, Mutations, type Verdict } from "./mutations.ts";

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
  console.log(`${verdicts.length} runs in ${Math.round((performance.now() - begun) / 1000)} s`);
  if (process.env.MUTATE_OUT !== undefined) {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(process.env.MUTATE_OUT, JSON.stringify(verdicts));
  }
}

if (isMainThread) await main();
else parentPort?.postMessage(await work(workerData as Task));
