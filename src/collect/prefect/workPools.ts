import type { PrefectWorkPool } from "../../resources/generated.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { mapIn, textIn } from "../shape.ts";
import { maskName, readValues } from "../values.ts";
import { readList } from "./list.ts";
import { oncePerPlace } from "./once.ts";
import {
  type PrefectActor,
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectScope,
  timesOf,
} from "./server.ts";

/** A work pool as Prefect 3 answers it. */
export interface WorkPoolAnswer extends PrefectObject {
  name?: string;
  type?: string;
  is_paused?: boolean;
  default_queue_id?: string | null;
  concurrency_limit?: number | null;
  created_by?: PrefectActor | null;
  base_job_template?: {
    job_configuration?: unknown;
    variables?: { properties?: Record<string, { default?: unknown }> };
  } | null;
}

/** The id of a work pool. */
export function workPoolId(api: string, name: string): string {
  return `prefect:${api}/workPool/${name}`;
}

const list = prefectList("prefect.workPool", "work_pools", "see_work_pools");

/** The work pools of a place as the server answers them, read once: each names its default queue. */
export const workPoolsOf = oncePerPlace((run) => readList<WorkPoolAnswer>(run, list));

/** The work pools of a server. */
export const workPools: PrefectReader = {
  kind: "prefect.workPool",
  level: "server",
  reads: [list],
  rows: readWorkPools,
};

async function readWorkPools(run: PrefectRun): Promise<(PrefectWorkPool & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const { items } = await workPoolsOf(run);
  const around = { api: prefect.name, fingerprint };
  return ledger.rowsOf({ kind: "prefect.workPool", scope: prefectScope(prefect.name) }, items, (each) =>
    workPoolRow(each, around),
  );
}

/** The row of a work pool. @throws TypeError where the answer is malformed */
export function workPoolRow(
  each: WorkPoolAnswer,
  { api, fingerprint }: { api: string; fingerprint: Fingerprinter | undefined },
): PrefectWorkPool & { id: string } {
  const { name, secrets } = maskName(textIn(each.name), fingerprint);
  const row: PrefectWorkPool & { id: string } = {
    id: workPoolId(api, name),
    api: api,
    uuid: each.id,
    name,
    ...timesOf(each),
  };
  // The server sends every field that it knows, and null where nothing is set: what is left out is unread.
  if (each.created_by !== undefined) row.createdBy = each.created_by?.display_value ?? null;
  if (each.concurrency_limit !== undefined) row.concurrencyLimit = each.concurrency_limit;
  if (typeof each.type === "string") row.type = each.type;
  if (typeof each.is_paused === "boolean") row.paused = each.is_paused;
  if (each.base_job_template === undefined || each.base_job_template === null) return row;
  const { job_configuration: configuration, variables } = mapIn(each.base_job_template);
  const defaults = Object.entries(variables?.properties ?? {}).map(([variable, schema]) => ({
    value: schema?.default,
    // Named without its last part, default, so that the variable's own name is what the value is judged by.
    path: `base_job_template.variables.${maskName(variable, fingerprint).name}`,
  }));
  const values = readValues(
    [{ value: configuration, path: "base_job_template.job_configuration" }, ...defaults],
    fingerprint,
  );
  return { ...row, fields: values.fields, secrets: [...secrets, ...values.secrets], hosts: values.hosts };
}
