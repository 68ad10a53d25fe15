import type { PrefectVariable } from "../../resources/generated.ts";
import { textIn } from "../shape.ts";
import { maskName, readValues } from "../values.ts";
import { readList } from "./list.ts";
import {
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectScope,
  timesOf,
} from "./server.ts";

interface VariableAnswer extends PrefectObject {
  name?: string;
  value?: unknown;
  tags?: string[];
}

const list = prefectList("prefect.variable", "variables", "see_variables");

/** The variables of a server. A plain value is judged by the variable's name. */
export const variables: PrefectReader = {
  kind: "prefect.variable",
  level: "server",
  reads: [list],
  rows: readVariables,
};

async function readVariables(run: PrefectRun): Promise<(PrefectVariable & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const { items } = await readList<VariableAnswer>(run, list, {
    sort: "CREATED_DESC",
  });
  return ledger.rowsOf({ kind: "prefect.variable", scope: prefectScope(prefect.name) }, items, (each) => {
    const { name, secrets } = maskName(textIn(each.name), fingerprint);
    const row: PrefectVariable & { id: string } = {
      id: `prefect:${prefect.name}/variable/${name}`,
      api: prefect.name,
      uuid: each.id,
      name,
      ...timesOf(each),
    };
    if (Array.isArray(each.tags)) row.tags = each.tags;
    if (each.value === undefined) return row;
    const plain = typeof each.value !== "object" || each.value === null;
    const values = readValues(
      [{ value: each.value, path: plain ? `[${JSON.stringify(name)}]` : "value" }],
      fingerprint,
    );
    const shown = <Part extends { path?: string }>(parts: readonly Part[]): Part[] =>
      plain ? parts.map((part) => ({ ...part, path: "value" })) : [...parts];
    return {
      ...row,
      fields: shown(values.fields),
      secrets: [...secrets, ...shown(values.secrets)],
      hosts: values.hosts,
    };
  });
}
