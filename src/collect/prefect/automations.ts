import type { PrefectAction, PrefectAutomation, PrefectTrigger } from "../../resources/generated.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
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

interface TriggerAnswer {
  type?: string;
  posture?: string | null;
  expect?: string[];
  after?: string[];
  threshold?: number | null;
  within?: number | null;
  triggers?: TriggerAnswer[];
}

interface ActionAnswer {
  type?: string;
  deployment_id?: string | null;
  work_pool_id?: string | null;
  work_queue_id?: string | null;
  automation_id?: string | null;
  block_document_id?: string | null;
}

/** An automation as Prefect 3 answers it. */
export interface AutomationAnswer extends PrefectObject {
  name?: string;
  description?: string | null;
  enabled?: boolean;
  tags?: string[];
  trigger?: TriggerAnswer;
  actions?: ActionAnswer[];
  actions_on_trigger?: ActionAnswer[];
  actions_on_resolve?: ActionAnswer[];
}

const list = prefectList("prefect.automation", "automations", "see_automations");

/** The automations of a server, with what they are set off by, what they do, and through which blocks. */
export const automations: PrefectReader = {
  kind: "prefect.automation",
  level: "server",
  reads: [list],
  rows: readAutomations,
};

async function readAutomations(run: PrefectRun): Promise<(PrefectAutomation & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const { items } = await readList<AutomationAnswer>(run, list, { sort: "CREATED_DESC" });
  const around = { api: prefect.name, fingerprint };
  return ledger.rowsOf({ kind: "prefect.automation", scope: prefectScope(prefect.name) }, items, (each) =>
    automationRow(each, around),
  );
}

/** The row of an automation. @throws TypeError where the answer is malformed */
export function automationRow(
  each: AutomationAnswer,
  { api, fingerprint }: { api: string; fingerprint: Fingerprinter | undefined },
): PrefectAutomation & { id: string } {
  const { name, secrets } = maskName(each.name ?? each.id, fingerprint);
  const row: PrefectAutomation & { id: string } = {
    id: `prefect:${api}/automation/${each.id}`,
    api: api,
    uuid: each.id,
    name,
    description: each.description || null,
    // Older servers know no tags of automations.
    tags: each.tags ?? [],
    ...timesOf(each),
  };
  if (typeof each.enabled === "boolean") row.enabled = each.enabled;
  if (each.trigger === undefined || each.actions === undefined) return row;
  const actions = [
    ...each.actions.map((action) => actionOf(action, "both")),
    ...(each.actions_on_trigger ?? []).map((action) => actionOf(action, "trigger")),
    ...(each.actions_on_resolve ?? []).map((action) => actionOf(action, "resolve")),
  ];
  const values = readValues(
    [
      { value: each.trigger, path: "trigger" },
      { value: each.actions, path: "actions" },
      { value: each.actions_on_trigger ?? [], path: "actions_on_trigger" },
      { value: each.actions_on_resolve ?? [], path: "actions_on_resolve" },
    ],
    fingerprint,
  );
  return {
    ...row,
    triggers: triggersOf(each.trigger, (name) => maskName(name, fingerprint).name),
    actions,
    blockUuids: [...new Set(actions.map(({ blockUuid }) => blockUuid).filter((id) => typeof id === "string"))].sort(),
    fields: values.fields,
    secrets: [...secrets, ...values.secrets],
    hosts: values.hosts,
  };
}

/** A trigger and those inside it. @param masked the name of an event, which anybody may choose, without a credential */
function triggersOf(trigger: TriggerAnswer, masked: (name: string) => string): PrefectTrigger[] {
  const { type = "event", posture = null, expect = [], after = [], threshold = null, within = null } = trigger;
  return [
    { type, posture, expect: expect.map(masked), after: after.map(masked), threshold, within },
    ...(trigger.triggers ?? []).flatMap((each) => triggersOf(each, masked)),
  ];
}

function actionOf(action: ActionAnswer, on: PrefectAction["on"] & string): PrefectAction {
  const target = action.deployment_id ?? action.work_pool_id ?? action.work_queue_id ?? action.automation_id ?? null;
  return { type: action.type ?? "", on, target, blockUuid: action.block_document_id ?? null };
}
