import type { PrefectVariable } from "../../resources/generated.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
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

/** A variable as Prefect 3 answers it. */
export interface VariableAnswer extends PrefectObject {
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
  const around = { api: prefect.name, fingerprint };
  return ledger.rowsOf({ kind: "prefect.variable", scope: prefectScope(prefect.name) }, items, (each) =>
    variableRow(each, around),
  );
}

/** The id of a variable. */
export function variableId(api: string, name: string): string {
  return `prefect:${api}/variable/${name}`;
}

/** The row of a variable. @throws TypeError where the answer is malformed */
export function variableRow(
  each: VariableAnswer,
  { api, fingerprint }: { api: string; fingerprint: Fingerprinter | undefined },
): PrefectVariable & { id: string } {
  const { name, secrets } = maskName(textIn(each.name), fingerprint);
  const row: PrefectVariable & { id: string } = {
    id: variableId(api, name),
    api,
    uuid: each.id,
    name,
    ...timesOf(each),
  };
  if (Array.isArray(each.tags)) row.tags = each.tags;
  if (each.value === undefined) return row;
  const plain = typeof each.value !== "object" || each.value === null;
  const values = readValues([{ value: each.value, path: plain ? `[${JSON.stringify(name)}]` : "value" }], fingerprint);
  const shown = <Part extends { path?: string }>(parts: readonly Part[]): Part[] =>
    plain ? parts.map((part) => ({ ...part, path: "value" })) : [...parts];
  return {
    ...row,
    fields: shown(values.fields),
    secrets: [...secrets, ...shown(values.secrets)],
    hosts: values.hosts,
  };
}
