import type { PrefectWorkQueue } from "../../resources/generated.ts";
import { timestamp } from "../forms.ts";

import { maskName } from "../values.ts";
import { readList } from "./list.ts";
import {
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectScope,
  timesOf,
} from "./server.ts";
import { workPoolId, workPoolsOf } from "./workPools.ts";

interface WorkQueueAnswer extends PrefectObject {
  name?: string;
  description?: string | null;
  work_pool_name?: string | null;
  priority?: number;
  concurrency_limit?: number | null;
  is_paused?: boolean;
  status?: string | null;
  last_polled?: string | null;
}

const list = prefectList("prefect.workQueue", "work_queues", "see_work_queues");

/** The work queues of every work pool of a server. */
export const workQueues: PrefectReader = {
  kind: "prefect.workQueue",
  level: "server",
  reads: [list],
  rows: readWorkQueues,
};

async function readWorkQueues(run: PrefectRun): Promise<(PrefectWorkQueue & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  // The server neither counts queues nor takes an order for them; its own is by name, and every pool has a queue named default.
  const pools = await workPoolsOf(run);
  const { items } = await readList<WorkQueueAnswer>(run, list, { counted: false });
  const ids = new Set(items.map(({ id }) => id));
  const unlisted = pools.items.some(({ default_queue_id: id }) => typeof id === "string" && !ids.has(id));
  // What stands in for a count: every pool has a default queue, and names it.
  if (unlisted) {
    const scope = prefectScope(prefect.name);
    ledger.doubt("prefect.workQueue", scope, "the default queue of a work pool is not in the list");
  }
  return ledger.rowsOf({ kind: "prefect.workQueue", scope: prefectScope(prefect.name) }, items, (each) => {
    const { name } = maskName(each.name ?? each.id, fingerprint);
    const pool = each.work_pool_name ? maskName(each.work_pool_name, fingerprint).name : null;
    const row: PrefectWorkQueue & { id: string } = {
      id: `prefect:${prefect.name}/workQueue/${pool ?? ""}/${name}`,
      api: prefect.name,
      uuid: each.id,
      name,
      // A server leaves out, or gives as null, what is not set.
      description: each.description ?? null,
      concurrencyLimit: each.concurrency_limit ?? null,
      status: each.status ?? null,
      lastPolled: timestamp(each.last_polled),
      ...timesOf(each),
    };
    if (each.work_pool_name !== undefined) row.workPoolId = pool === null ? null : workPoolId(prefect.name, pool);
    if (typeof each.priority === "number") row.priority = each.priority;
    if (typeof each.is_paused === "boolean") row.paused = each.is_paused;
    return row;
  });
}
