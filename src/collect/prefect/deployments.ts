import type { PrefectDeployment } from "../../resources/generated.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { listIn, mapIn, textIn } from "../shape.ts";
import { maskName, readValues } from "../values.ts";
import { flowsOf } from "./flows.ts";
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

/** A deployment as Prefect 3 answers it (openapi.json of 3.8.8). */
export interface DeploymentAnswer extends PrefectObject {
  name?: string;
  flow_id?: string;
  version?: string | null;
  paused?: boolean;
  tags?: string[];
  parameters?: object;
  parameter_openapi_schema?: { properties?: Record<string, { default?: unknown }> } | null;
  job_variables?: object;
  pull_steps?: unknown[] | null;
  schedules?: { parameters?: unknown }[];
  work_pool_name?: string | null;
  work_queue_name?: string | null;
  created_by?: PrefectActor | null;
}

const list = prefectList("prefect.deployment", "deployments", "see_deployments");

/** The deployments of a server, named by their flows. */
export const deployments: PrefectReader = {
  kind: "prefect.deployment",
  level: "server",
  reads: [list],
  rows: readDeployments,
};

async function readDeployments(run: PrefectRun): Promise<(PrefectDeployment & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const [deployments, flows] = await Promise.all([
    readList<DeploymentAnswer>(run, list, {
      sort: "CREATED_DESC",
    }),
    flowsOf(run),
  ]);
  const flowNames = new Map(flows.items.map((flow) => [flow.id, flow.name]));
  const scope = prefectScope(prefect.name);
  return ledger.rowsOf({ kind: "prefect.deployment", scope }, deployments.items, (each) => {
    const flow = flowNames.get(each.flow_id ?? "");
    if (flow === undefined) {
      // Under another name its findings would be new ones, and its waivers would not hold.
      ledger.doubt("prefect.deployment", scope, "a deployment cannot be named, because its flow was not read");
      return null;
    }
    return deploymentRow(each, { api: prefect.name, flow, fingerprint });
  });
}

/** The id of a deployment. */
export function deploymentId(api: string, flow: string, name: string): string {
  return `prefect:${api}/deployment/${flow}/${name}`;
}

/** What a deployment's row is made with; the flow is the name of its own. */
export interface AroundDeployment {
  api: string;
  flow: string | undefined;
  fingerprint: Fingerprinter | undefined;
}

/** The row of a deployment. @throws TypeError where the answer is malformed */
export function deploymentRow(
  each: DeploymentAnswer,
  { api, flow: flowName, fingerprint }: AroundDeployment,
): PrefectDeployment & { id: string } {
  const { name, secrets } = maskName(textIn(each.name), fingerprint);
  const flow = maskName(textIn(flowName), fingerprint).name;
  const row: PrefectDeployment & { id: string } = {
    id: deploymentId(api, flow, name),
    api,
    uuid: each.id,
    name,
    flow,
    ...timesOf(each),
  };
  // The server sends every field that it knows, and null where nothing is set: what is left out is unread.
  const pool = each.work_pool_name;
  if (pool !== undefined) row.workPoolId = pool ? workPoolId(api, maskName(pool, fingerprint).name) : null;
  if (each.work_queue_name !== undefined) row.workQueueName = each.work_queue_name;
  if (each.version !== undefined) row.version = each.version;
  if (each.created_by !== undefined) row.createdBy = each.created_by?.display_value ?? null;
  if (typeof each.paused === "boolean") row.paused = each.paused;
  if (Array.isArray(each.tags)) row.tags = each.tags;
  if (each.parameters === undefined || each.job_variables === undefined || each.pull_steps === undefined) return row;
  const values = readValues(deploymentValues(each), fingerprint);
  row.fields = values.fields;
  row.secrets = [...secrets, ...values.secrets];
  row.hosts = values.hosts;
  row.blocks = values.templates.map((one) => `prefect:${api}/block/${one}`);
  return row;
}

/** The parts of a deployment that hold values, each with the path that it stands under. */
export function deploymentValues(each: DeploymentAnswer): { value: unknown; path: string }[] {
  const defaults = Object.entries(each.parameter_openapi_schema?.properties ?? {}).map(([parameter, schema]) => ({
    value: schema?.default,
    path: `parameter_defaults.${parameter}`,
  }));
  return [
    { value: mapIn(each.parameters), path: "parameters" },
    ...defaults.filter((part) => part.value !== undefined),
    { value: mapIn(each.job_variables), path: "job_variables" },
    { value: each.pull_steps === null ? null : listIn(each.pull_steps), path: "pull_steps" },
    ...(each.schedules ?? []).map(({ parameters }, index) => ({
      value: parameters ?? null,
      path: `schedules[${index}].parameters`,
    })),
  ];
}
