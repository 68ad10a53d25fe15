import { keptText } from "../forms.ts";
import { ReadFailure } from "../http/guard.ts";
import type { Reading, Shape } from "../ledger.ts";
import { oncePerPlace } from "./once.ts";
import { cloudAccounts, type PrefectRead, type PrefectRun, prefectRead, prefectScope, readAt } from "./server.ts";

/** What is kept of an account of Prefect Cloud (`AccountResponse` of its contract). */
export interface AccountAnswer {
  id?: string;
  name?: string;
  handle?: string;
  plan_tier?: string | null;
  run_retention_days?: number;
}

/** The account with its plan, which says what the account can have at all. */
export const accountRead = prefectRead({
  kind: "prefect.workspace",
  fields: ["accountName", "plan", "runRetentionDays"],
  endpoint: "GET /",
  cloud: "read:account",
  per: "account",
});

const readAccount = oncePerPlace(async (run): Promise<AccountAnswer | null> => {
  const { ledger, prefect } = run;
  const { items } = await ledger.read<AccountAnswer>(
    { read: readAt(accountRead, prefect), scope: prefectScope(prefect.name), service: prefect.service },
    objectWith("id", "name", "plan_tier"),
    async ({ call, items }) => {
      // The account's own address, without the slash that every path below it begins with.
      items.push((await call({ method: "GET", path: "" })).body as AccountAnswer);
    },
  );
  return items[0] ?? null;
});

/** The account that a workspace of Prefect Cloud stands in, read once; null where it could not be read, and for a self-hosted server. */
export async function accountOf(run: PrefectRun): Promise<AccountAnswer | null> {
  const { cloud } = run.prefect;
  const account = cloudAccounts(run.servers).find((each) => each.name === `account/${cloud?.accountId}`);
  return account === undefined ? null : readAccount({ ...run, prefect: account });
}

/** An object that has these fields, whatever is in them: the service always sends them. */
function objectWith(...names: readonly string[]): Shape {
  return (body) => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) return "the answer is no object";
    const missing = names.find((name) => !(name in body));
    return missing === undefined ? null : `the answer has no ${missing}`;
  };
}

/**
 * Work that tells a refusal for want of a permission from one for want of a plan. Prefect Cloud answers both alike: 403
 * where a feature is off for the account (PrefectHQ/prefect issue 11556, terraform-provider-prefect issue 137), 402 or 404
 * where it is not for sale in the plan. So it is the account's own plan that decides: where the plan is one that does not
 * have what was asked for, there is nothing to read, and that is a fact.
 */
export async function planAware<Item>(
  run: PrefectRun,
  { plans }: Pick<PrefectRead, "plans">,
  work: (reading: Reading<Item>) => Promise<void>,
): Promise<(reading: Reading<Item>) => Promise<void>> {
  if (plans === undefined) return work;
  const plan = (await accountOf(run))?.plan_tier ?? null;
  if (plan === null || plans.includes(plan)) return work;
  return async (reading) => {
    try {
      await work(reading);
    } catch (error) {
      if (!(error instanceof ReadFailure) || ![402, 403, 404].includes(error.status ?? 0)) throw error;
      throw new ReadFailure(
        `${error.status}: the account's plan, ${keptText(plan)}, does not have it`,
        error.status,
        notInPlan,
      );
    }
  };
}

const notInPlan = "PlanWithoutFeature";

/**
 * Reads one object below an account or workspace; null where it could not be read.
 * @param always the fields that the service always sends
 */
export async function readObject<Item>(
  run: PrefectRun,
  read: PrefectRead,
  scope: string,
  path: string,
  always: readonly string[],
): Promise<Item | null> {
  const { ledger, prefect } = run;
  const plan = { read: readAt(read, prefect), scope, service: prefect.service };
  const work = await planAware<Item>(run, read, async ({ call, items }) => {
    items.push((await call({ method: "GET", path })).body as Item);
  });
  return (await ledger.read<Item>(plan, objectWith(...always), work)).items[0] ?? null;
}
