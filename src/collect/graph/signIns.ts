import { graphPermission, type ReadDefinition, readName } from "../definition.ts";
import { timestamp } from "../forms.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";

import { followPages } from "./pages.ts";

const common = {
  kind: "azure.principal",
  fields: ["lastSignIn"],
  service: "Microsoft Graph",
  per: "tenant",
  apiVersion: null,
  right: graphPermission("AuditLog.Read.All"),
  once: true,
} as const;

/** Apart from the other fields of users, so that a refusal or a missing licence loses only this one. */
const usersRead: ReadDefinition = { ...common, endpoint: "GET /v1.0/users", pageSize: 500 };

/** Five requests in ten seconds are allowed for reports, so its pages are as long as they can be. */
const servicePrincipalsRead: ReadDefinition = {
  ...common,
  endpoint: "GET /beta/reports/servicePrincipalSignInActivities",
  pageSize: 999,
};

/** The reads of last sign-ins; both need Entra ID P1, and a tenant without it is told apart. */
export const signInReads: readonly ReadDefinition[] = [usersRead, servicePrincipalsRead];

interface Activity {
  lastSignInDateTime?: string | null;
  lastSuccessfulSignInDateTime?: string | null;
}

interface UserAnswer {
  id?: string;
  signInActivity?: Activity | null;
}

interface ReportAnswer {
  appId?: string;
  applicationAuthenticationClientSignInActivity?: Activity | null;
  delegatedClientSignInActivity?: Activity | null;
}

/** Last sign-ins by object id of users or client id of service principals; null: none is known. */
export interface SignIns {
  at: ReadonlyMap<string, string | null>;
  /** Whether whoever is not there is not in the report. */
  complete: boolean;
}

/**
 * When users last signed in with success; Graph tells this of what happened since December 2023 (its page on
 * signInActivity). Attempts that failed count for nothing.
 */
export function readUserSignIns(run: AzureRun): Promise<SignIns> {
  const path = "/v1.0/users?$select=id,signInActivity&$top=500";
  return readSignIns<UserAnswer>(run, usersRead, "tenant/users", path, ({ id, signInActivity }) =>
    typeof id === "string" ? [id.toLowerCase(), latest([signInActivity?.lastSuccessfulSignInDateTime])] : null,
  );
}

/** When service principals last signed in as clients; being asked for as an API is no sign-in. */
export function readServicePrincipalSignIns(run: AzureRun): Promise<SignIns> {
  const path = "/beta/reports/servicePrincipalSignInActivities?$top=999";
  return readSignIns<ReportAnswer>(run, servicePrincipalsRead, "tenant/servicePrincipals", path, (each) => {
    if (typeof each.appId !== "string") return null;
    const { applicationAuthenticationClientSignInActivity: alone, delegatedClientSignInActivity: forUser } = each;
    return [each.appId.toLowerCase(), latest([alone?.lastSignInDateTime, forUser?.lastSignInDateTime])];
  });
}

async function readSignIns<Item>(
  { ledger, azure }: AzureRun,
  read: ReadDefinition,
  scope: string,
  path: string,
  entryOf: (item: Item) => [string, string | null] | null,
): Promise<SignIns> {
  const plan = { read, scope, service: azure.graph };
  const { items, complete } = await ledger.read<Item>(plan, listUnder("value"), (reading) =>
    followPages(reading, { method: "GET", path }),
  );
  const entries = ledger.rowsOf({ kind: readName(read), scope }, items, entryOf);
  return { at: new Map(entries), complete: complete && entries.length === items.length };
}

/** The latest of the times; the year 1 stands for never. @throws where one is no time */
function latest(times: readonly (string | null | undefined)[]): string | null {
  const found = times.flatMap((each) => {
    const time = timestamp(each);
    if (time === null || time.startsWith("0001-")) return [];
    if (Number.isNaN(Date.parse(time))) throw new Error("no time");
    return [time];
  });
  return found.sort().at(-1) ?? null;
}
