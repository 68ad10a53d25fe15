import type { PrefectFlow } from "../../resources/generated.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { maskName } from "../values.ts";
import { readList } from "./list.ts";
import { oncePerPlace } from "./once.ts";
import {
  type PrefectActor,
  type PrefectObject,
  type PrefectReader,
  prefectList,
  prefectScope,
  timesOf,
} from "./server.ts";

/** A flow as Prefect 3 answers it. */
export interface FlowAnswer extends PrefectObject {
  name?: string;
  tags?: string[];
  labels?: Record<string, unknown> | null;
  created_by?: PrefectActor | null;
}

const list = prefectList("prefect.flow", "flows", "see_flows");

/** The flows of a place as the server answers them, read once: deployments are named by them too. */
export const flowsOf = oncePerPlace((run) => readList<FlowAnswer>(run, list, { sort: "CREATED_DESC" }));

/** The flows of a server. */
export const flows: PrefectReader = {
  kind: "prefect.flow",
  level: "server",
  reads: [list],
  rows: async (run) => {
    const { ledger, prefect, fingerprint } = run;
    const { items } = await flowsOf(run);
    const around = { api: prefect.name, fingerprint };
    return ledger.rowsOf({ kind: "prefect.flow", scope: prefectScope(prefect.name) }, items, (each) =>
      flowRow(each, around),
    );
  },
};

/** The row of a flow. */
export function flowRow(
  each: FlowAnswer,
  { api, fingerprint }: { api: string; fingerprint: Fingerprinter | undefined },
): PrefectFlow & { id: string } {
  const { name } = maskName(each.name ?? each.id, fingerprint);
  const row: PrefectFlow & { id: string } = {
    id: `prefect:${api}/flow/${name}`,
    api,
    uuid: each.id,
    name,
    ...timesOf(each),
    createdBy: each.created_by?.display_value ?? null,
  };
  if (Array.isArray(each.tags)) row.tags = each.tags;
  // A server that has had the flow since before labels says null.
  if (each.labels !== undefined) row.labels = textsOf(each.labels ?? {});
  return row;
}

/** Labels are texts, numbers or booleans. */
function textsOf(labels: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, String(value)]));
}
