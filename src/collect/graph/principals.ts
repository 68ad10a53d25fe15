import type { AzurePrincipal } from "../../resources/generated.ts";
import { normaliseId } from "../../resources/scope.ts";
import type { AzureServices } from "../azure/services.ts";
import { graphPermission, type ReadDefinition } from "../definition.ts";
import { type Ledger, listUnder } from "../ledger.ts";
import { type ApplicationAnswer, followPages } from "./applications.ts";

/** A principal that holds a grant, as the grants themselves tell. */
export interface Holder {
  principalId: string;
  /** null where no grant says it. */
  principalType: string | null;
  /** Of the newest grant, in ms since the epoch; null where none tells. */
  lastGranted: number | null;
  /** Whether a grant says that the identity lives in another tenant. */
  delegated: boolean;
}

interface ObjectAnswer {
  "@odata.type"?: string;
  id?: string;
  displayName?: string | null;
  userType?: string | null;
  accountEnabled?: boolean | null;
  appId?: string | null;
  servicePrincipalType?: string | null;
  appOwnerOrganizationId?: string | null;
  alternativeNames?: string[];
}

/** The read of the principals that hold a grant, by their ids. */
export const holdersRead: ReadDefinition = {
  kind: "azure.principal",
  service: "Microsoft Graph",
  per: "tenant",
  endpoint: "POST /v1.0/directoryObjects/getByIds",
  apiVersion: null,
  right: graphPermission("Directory.Read.All"),
  pageSize: 1000,
};

const usersRead: ReadDefinition = {
  kind: "azure.principal",
  fields: ["state", "userType"],
  service: "Microsoft Graph",
  per: "tenant",
  endpoint: "GET /v1.0/users",
  apiVersion: null,
  right: graphPermission("User.Read.All"),
  pageSize: 999,
};

/** The reads of principals that hold a grant. */
export const principalReads: readonly ReadDefinition[] = [holdersRead, usersRead];

const types: Readonly<Record<string, string>> = {
  "#microsoft.graph.user": "User",
  "#microsoft.graph.group": "Group",
  "#microsoft.graph.serviceprincipal": "ServicePrincipal",
  "#microsoft.graph.device": "Device",
};

/** Entra ID can take a day to know a new principal everywhere, so one that it does not know yet is no deleted one. */
const settled = 24 * 60 * 60 * 1000;

/** A service principal of the tenant as a row. */
export function servicePrincipalRow(each: ApplicationAnswer & { id: string }): AzurePrincipal & { id: string } {
  const row: AzurePrincipal & { id: string } = {
    id: each.id.toLowerCase(),
    type: "ServicePrincipal",
    displayName: each.displayName ?? null,
    userType: null,
    appId: each.appId?.toLowerCase() ?? null,
    servicePrincipalType: each.servicePrincipalType ?? null,
    appOwnerTenantId: each.appOwnerOrganizationId?.toLowerCase() ?? null,
    managedIdentityResourceId: managedIdentity(each.alternativeNames),
  };
  const state = stateOf(each.accountEnabled);
  if (state !== undefined) row.state = state;
  return row;
}

function stateOf(enabled: boolean | null | undefined): "active" | "disabled" | undefined {
  if (typeof enabled !== "boolean") return undefined;
  return enabled ? "active" : "disabled";
}

function managedIdentity(names: readonly string[] | undefined): string | null {
  const id = names?.find((name) => name.startsWith("/subscriptions/"));
  return id === undefined ? null : normaliseId(id);
}

/**
 * A row for every holder of a grant that is not among `known`: what Graph knows of it, or that Graph no longer knows
 * it. Where Graph could not be asked, the row says only what the grant says, and the rest of it is unread.
 * @param asOf the moment of the run, in ms since the epoch
 */
export async function readPrincipals(
  ledger: Ledger,
  azure: AzureServices,
  holders: readonly Holder[],
  known: ReadonlySet<string>,
  asOf: number,
): Promise<(AzurePrincipal & { id: string })[]> {
  const wanted = holders.filter((each) => !known.has(each.principalId) && each.principalType !== "ForeignGroup");
  const ids = wanted.map((each) => each.principalId).sort();
  const answered = new Map<string, ObjectAnswer>();
  let complete = true;
  if (ids.length > 0) {
    const result = await ledger.read<ObjectAnswer>(
      { read: holdersRead, scope: "tenant/holders", service: azure.graph },
      listUnder("value"),
      async ({ call, items }) => {
        for (let from = 0; from < ids.length; from += 1000) {
          const body = {
            ids: ids.slice(from, from + 1000),
            types: ["user", "group", "servicePrincipal", "device"],
          };
          await followPages({ call, items }, { method: "POST", path: "/v1.0/directoryObjects/getByIds", body });
        }
      },
    );
    complete = result.complete;
    for (const each of result.items) if (typeof each?.id === "string") answered.set(each.id.toLowerCase(), each);
  }
  const isUser = (each: ObjectAnswer): boolean => types[each["@odata.type"]?.toLowerCase() ?? ""] === "User";
  const users = [...answered.values()].some(isUser) ? await readUsers(ledger, azure) : new Map<string, ObjectAnswer>();
  return holders
    .filter((each) => !known.has(each.principalId))
    .map((holder) => {
      const answer = answered.get(holder.principalId);
      if (answer === undefined) return absentRow(holder, complete, asOf);
      return answeredRow(holder, { ...answer, ...users.get(holder.principalId) });
    });
}

/** What only the list of users tells: whether a user can sign in, and whether it is a guest. */
async function readUsers(ledger: Ledger, azure: AzureServices): Promise<ReadonlyMap<string, ObjectAnswer>> {
  const { items } = await ledger.read<ObjectAnswer>(
    { read: usersRead, scope: "tenant/users", service: azure.graph },
    listUnder("value"),
    (reading) =>
      followPages(reading, {
        method: "GET",
        path: "/v1.0/users?$select=id,displayName,userType,accountEnabled&$top=999",
      }),
  );
  return new Map(items.flatMap((each) => (typeof each?.id === "string" ? [[each.id.toLowerCase(), each]] : [])));
}

/** Objects that the reader may not see in full come with their id and type alone: the rest stays unread. */
function answeredRow(holder: Holder, answer: ObjectAnswer): AzurePrincipal & { id: string } {
  const type = types[answer["@odata.type"]?.toLowerCase() ?? ""] ?? holder.principalType;
  const row: AzurePrincipal & { id: string } = { id: holder.principalId };
  if (type !== null) row.type = type;
  if (typeof answer.displayName !== "string") return row;
  row.displayName = answer.displayName;
  if (type === "ServicePrincipal")
    return {
      ...row,
      ...servicePrincipalRow({ ...answer, id: holder.principalId } as ApplicationAnswer & { id: string }),
    };
  row.appId = null;
  row.servicePrincipalType = null;
  row.appOwnerTenantId = null;
  row.managedIdentityResourceId = null;
  row.userType = type === "User" ? (answer.userType ?? null) : null;
  if (type === "User" && answer.userType === undefined) delete row.userType;
  const state = type === "Group" ? "active" : stateOf(answer.accountEnabled);
  if (state !== undefined) row.state = state;
  return row;
}

function absentRow(holder: Holder, complete: boolean, asOf: number): AzurePrincipal & { id: string } {
  const row: AzurePrincipal & { id: string } = { id: holder.principalId };
  if (holder.principalType !== null) row.type = holder.principalType;
  const foreign = holder.principalType === "ForeignGroup" || holder.delegated;
  const fresh = holder.lastGranted === null || asOf - holder.lastGranted < settled;
  if (foreign) row.state = "foreign";
  else if (complete && !fresh) row.state = "deleted";
  if (row.state !== undefined) {
    row.displayName = null;
    row.userType = null;
    row.appId = null;
    row.servicePrincipalType = null;
    row.appOwnerTenantId = null;
    row.managedIdentityResourceId = null;
  }
  return row;
}
