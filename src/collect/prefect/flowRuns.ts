import type { PrefectFlowRun } from "../../resources/generated.ts";
import { timestamp } from "../forms.ts";
import { mapIn } from "../shape.ts";
import { maskName, readValues } from "../values.ts";
import { readList } from "./list.ts";
import {
  type PrefectActor,
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectScope,
  timesOf,
} from "./server.ts";
import { workPoolId } from "./workPools.ts";

interface FlowRunAnswer extends PrefectObject {
  name?: string;
  flow_id?: string;
  deployment_id?: string | null;
  deployment_version?: string | null;
  work_pool_name?: string | null;
  work_queue_name?: string | null;
  state_type?: string | null;
  state_name?: string | null;
  expected_start_time?: string | null;
  start_time?: string | null;
  end_time?: string | null;
  run_count?: number;
  auto_scheduled?: boolean;
  tags?: string[];
  parameters?: object;
  job_variables?: object | null;
  infrastructure_pid?: string | null;
  parent_task_run_id?: string | null;
  created_by?: PrefectActor | null;
}

/** The most runs of one server that a run of leastwise reads. */
const most = 5000;

const list = prefectList("prefect.flowRun", "flow_runs", "see_flows");

/** The runs that were due in the last days, newest first. A run that is still to come is none. */
export const flowRuns: PrefectReader = { kind: "prefect.flowRun", level: "server", reads: [list], rows: readFlowRuns };

async function readFlowRuns(run: PrefectRun): Promise<(PrefectFlowRun & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const { items: unsorted } = await readList<FlowRunAnswer>(run, list, {
    // The id of a run never changes; the times that the server could sort by do.
    sort: "ID_DESC",
    window: {
      days: prefect.history,
      most,
      filter: (since, until) => ({ flow_runs: { expected_start_time: { after_: since, before_: until } } }),
    },
  });
  const due = (each: FlowRunAnswer): string => each?.expected_start_time ?? "";
  const items = unsorted.toSorted((a, b) => (due(a) < due(b) ? 1 : due(a) > due(b) ? -1 : 0));
  return ledger.rowsOf({ kind: "prefect.flowRun", scope: prefectScope(prefect.name) }, items, (each) => {
    const { name, secrets } = maskName(each.name ?? each.id, fingerprint);
    const row: PrefectFlowRun & { id: string } = {
      id: `prefect:${prefect.name}/flowRun/${each.id}`,
      api: prefect.name,
      uuid: each.id,
      name,
      ...told(each),
      ...timesOf(each),
    };
    const pool = each.work_pool_name;
    if (pool !== undefined) row.workPoolId = pool ? workPoolId(prefect.name, maskName(pool, fingerprint).name) : null;
    if (typeof each.flow_id === "string") row.flowUuid = each.flow_id;
    if (typeof each.run_count === "number") row.attempts = each.run_count;
    if (typeof each.auto_scheduled === "boolean") row.scheduled = each.auto_scheduled;
    if (Array.isArray(each.tags)) row.tags = each.tags;
    if (each.parameters === undefined || each.job_variables === undefined) return row;
    const values = readValues(
      [
        { value: mapIn(each.parameters), path: "parameters" },
        { value: each.job_variables === null ? {} : mapIn(each.job_variables), path: "job_variables" },
      ],
      fingerprint,
    );
    return {
      ...row,
      fields: values.fields,
      secrets: [...secrets, ...values.secrets],
      hosts: values.hosts,
      blocks: values.templates.map((one) => `prefect:${prefect.name}/block/${one}`),
    };
  });
}

/** The server sends every field that it knows, and null for what has not happened or is not set: what is left out is unread. */
function told(each: FlowRunAnswer): Partial<PrefectFlowRun> {
  const row: Partial<PrefectFlowRun> = {};
  if (each.deployment_id !== undefined) row.deploymentUuid = each.deployment_id;
  if (each.work_queue_name !== undefined) row.workQueueName = each.work_queue_name;
  if (each.state_type !== undefined) row.state = each.state_type;
  if (each.state_name !== undefined) row.stateName = each.state_name;
  if (each.expected_start_time !== undefined) row.expectedStart = timestamp(each.expected_start_time);
  if (each.start_time !== undefined) row.start = timestamp(each.start_time);
  if (each.end_time !== undefined) row.end = timestamp(each.end_time);
  if (each.deployment_version !== undefined) row.version = each.deployment_version;
  if (each.infrastructure_pid !== undefined) row.infrastructurePid = each.infrastructure_pid;
  if (each.parent_task_run_id !== undefined) row.parentTaskRunUuid = each.parent_task_run_id;
  if (each.created_by !== undefined) {
    row.createdBy = each.created_by?.display_value ?? null;
    row.createdByType = each.created_by?.type ?? null;
  }
  return row;
}
