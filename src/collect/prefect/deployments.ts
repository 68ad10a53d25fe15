import type { PrefectDeployment } from "../../resources/generated.ts";
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

interface DeploymentAnswer extends PrefectObject {
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
    const { name, secrets } = maskName(textIn(each.name), fingerprint);
    const flowName = flowNames.get(each.flow_id ?? "");
    if (flowName === undefined) {
      // Under another name its findings would be new ones, and its waivers would not hold.
      ledger.doubt("prefect.deployment", scope, "a deployment cannot be named, because its flow was not read");
      return null;
    }
    const flow = maskName(flowName, fingerprint).name;
    const row: PrefectDeployment & { id: string } = {
      id: `prefect:${prefect.name}/deployment/${flow}/${name}`,
      api: prefect.name,
      uuid: each.id,
      name,
      flow,
      ...timesOf(each),
    };
    // The server sends every field that it knows, and null where nothing is set: what is left out is unread.
    const pool = each.work_pool_name;
    if (pool !== undefined) row.workPoolId = pool ? workPoolId(prefect.name, maskName(pool, fingerprint).name) : null;
    if (each.work_queue_name !== undefined) row.workQueueName = each.work_queue_name;
    if (each.version !== undefined) row.version = each.version;
    if (each.created_by !== undefined) row.createdBy = each.created_by?.display_value ?? null;
    if (typeof each.paused === "boolean") row.paused = each.paused;
    if (Array.isArray(each.tags)) row.tags = each.tags;
    if (each.parameters === undefined || each.job_variables === undefined || each.pull_steps === undefined) return row;
    const defaults = Object.entries(each.parameter_openapi_schema?.properties ?? {}).map(([parameter, schema]) => ({
      value: schema?.default,
      path: `parameter_defaults.${parameter}`,
    }));
    const values = readValues(
      [
        { value: mapIn(each.parameters), path: "parameters" },
        ...defaults.filter((part) => part.value !== undefined),
        { value: mapIn(each.job_variables), path: "job_variables" },
        { value: each.pull_steps === null ? null : listIn(each.pull_steps), path: "pull_steps" },
        ...(each.schedules ?? []).map(({ parameters }, index) => ({
          value: parameters ?? null,
          path: `schedules[${index}].parameters`,
        })),
      ],
      fingerprint,
    );
    row.fields = values.fields;
    row.secrets = [...secrets, ...values.secrets];
    row.hosts = values.hosts;
    row.blocks = values.templates.map((one) => `prefect:${prefect.name}/block/${one}`);
    return row;
  });
}
