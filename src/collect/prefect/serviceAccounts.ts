import type { PrefectApiKey, PrefectServiceAccount } from "../../resources/generated.ts";
import { timestamp } from "../forms.ts";

import { maskName } from "../values.ts";
import { readObject } from "./account.ts";
import { readList } from "./list.ts";
import {
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectRead,
  prefectScope,
  timesOf,
} from "./server.ts";

/** An API key as the contract shows it; the part of its value in `masked_key` is left where it is. */
interface KeyAnswer {
  name?: string;
  created?: string | null;
  expiration?: string | null;
}

interface BotAnswer extends PrefectObject {
  actor_id?: string;
  name?: string;
  account_role_name?: string;
}

interface KeysAnswer {
  active_key?: KeyAnswer | null;
  rotating_keys?: KeyAnswer[];
}

/** The plans with service accounts (https://registry.terraform.io/providers/PrefectHQ/prefect, resource service_account). */
const plans = ["TEAM", "PRO", "PRO_2024_04", "ENTERPRISE"];

const list = prefectList("prefect.serviceAccount", "bots", "read:bot", { per: "account", plans });
const keysRead = prefectRead({
  kind: "prefect.serviceAccount",
  fields: ["keys"],
  endpoint: "GET /bots/{id}/read_bot_api_keys",
  cloud: "read:bot",
  per: "prefect.serviceAccount",
  plans,
});

/** The service accounts of an account of Prefect Cloud, with what is known of their API keys. */
export const serviceAccounts: PrefectReader = {
  kind: "prefect.serviceAccount",
  level: "cloudAccount",
  reads: [list, keysRead],
  rows: readServiceAccounts,
};

async function readServiceAccounts(run: PrefectRun): Promise<(PrefectServiceAccount & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const scope = prefectScope(prefect.name);
  const { items } = await readList<BotAnswer>(run, list, { counted: false });
  const rows = ledger.rowsOf({ kind: "prefect.serviceAccount", scope }, items, (each) => {
    const { name } = maskName(each.name ?? each.id, fingerprint);
    const row: PrefectServiceAccount & { id: string } = {
      id: `${scope}/serviceAccount/${name}`,
      uuid: each.id,
      name,
      ...timesOf(each),
    };
    if (prefect.cloud !== null) row.accountId = prefect.cloud.accountId;
    if (each.actor_id !== undefined) row.actorId = each.actor_id;
    if (each.account_role_name !== undefined) row.accountRole = each.account_role_name;
    return row;
  });
  return Promise.all(rows.map((row) => withKeys(run, row)));
}

async function withKeys(
  run: PrefectRun,
  row: PrefectServiceAccount & { id: string },
): Promise<PrefectServiceAccount & { id: string }> {
  const path = `/bots/${row.uuid}/read_bot_api_keys`;
  const answer = await readObject<KeysAnswer>(run, keysRead, row.id, path, ["active_key", "rotating_keys"]);
  if (answer?.active_key === undefined || !Array.isArray(answer.rotating_keys)) return row;
  const active = answer.active_key === null ? [] : [keyOf(run, answer.active_key, false)];
  return { ...row, keys: [...active, ...answer.rotating_keys.map((key) => keyOf(run, key, true))] };
}

function keyOf(
  { fingerprint }: PrefectRun,
  { name = "", created, expiration }: KeyAnswer,
  rotating: boolean,
): PrefectApiKey {
  // The contract: a key without an expiration never expires.
  return {
    name: maskName(name, fingerprint).name,
    created: timestamp(created),
    expires: timestamp(expiration),
    rotating,
  };
}
