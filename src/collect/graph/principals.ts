import type { AzurePrincipal } from "../../resources/generated.ts";
import { normaliseId } from "../../resources/scope.ts";
import { graphPermission, type ReadDefinition, readName } from "../definition.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";
import type { ApplicationAnswer } from "./applications.ts";
import { counting, followPages } from "./pages.ts";

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

/** A principal as a row. */
export type PrincipalRow = AzurePrincipal & { id: string };

/** An object of the directory, as getByIds answers it. */
export interface ObjectAnswer {
  "@odata.type"?: string;
  id?: string;
  displayName?: string | null;
  accountEnabled?: boolean | null;
  appId?: string | null;
  servicePrincipalType?: string | null;
  appOwnerOrganizationId?: string | null;
  alternativeNames?: string[];
  groupTypes?: string[] | null;
  membershipRule?: string | null;
  isAssignableToRole?: boolean | null;
  visibility?: string | null;
}

interface UserAnswer {
  id?: string;
  displayName?: string | null;
  userType?: string | null;
  accountEnabled?: boolean | null;
}

/** The read of principals by their ids: those that hold a grant, then the members and owners of what they lead to. */
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
  once: true,
};

/** The reads of principals that hold a grant, or that lead to one. */
export const principalReads: readonly ReadDefinition[] = [holdersRead, usersRead];

const types: Readonly<Record<string, string>> = {
  "#microsoft.graph.user": "User",
  "#microsoft.graph.group": "Group",
  "#microsoft.graph.serviceprincipal": "ServicePrincipal",
  "#microsoft.graph.device": "Device",
  "#microsoft.graph.orgcontact": "Contact",
};

/** The type of a principal by the name that Graph gives its kind of object; null where it is another one. */
export function typeOf(graphType: string | null | undefined): string | null {
  return types[graphType?.toLowerCase() ?? ""] ?? null;
}

/** Entra ID can take a day to know a new principal everywhere, so one that it does not know yet is no deleted one. */
export const settled = 24 * 60 * 60 * 1000;

/** A service principal of the tenant as a row. */
export function servicePrincipalRow(each: ApplicationAnswer & { id: string }): PrincipalRow {
  const row: PrincipalRow = {
    id: each.id.toLowerCase(),
    type: "ServicePrincipal",
    userType: null,
    deletedOn: null,
    ...noGroup,
  };
  // Graph sends what it was asked for, and null where nothing is set: what is left out is unread.
  if (each.displayName !== undefined) row.displayName = each.displayName;
  if (each.appId !== undefined) row.appId = each.appId?.toLowerCase() ?? null;
  if (each.servicePrincipalType !== undefined) row.servicePrincipalType = each.servicePrincipalType;
  if (each.appOwnerOrganizationId !== undefined)
    row.appOwnerTenantId = each.appOwnerOrganizationId?.toLowerCase() ?? null;
  if (each.alternativeNames !== undefined) row.managedIdentityResourceId = managedIdentity(each.alternativeNames);
  const state = stateOf(each.accountEnabled);
  if (state !== undefined) row.state = state;
  return row;
}

/** What holds of everything that is no group. */
export const noGroup = {
  members: [],
  dynamic: false,
  membershipRule: null,
  assignableToRole: false,
  hiddenMembership: false,
} satisfies Partial<AzurePrincipal>;

/** What holds of everything that is no service principal. */
export const noServicePrincipal = {
  appId: null,
  servicePrincipalType: null,
  appOwnerTenantId: null,
  managedIdentityResourceId: null,
} satisfies Partial<AzurePrincipal>;

function stateOf(enabled: boolean | null | undefined): "active" | "disabled" | undefined {
  if (typeof enabled !== "boolean") return undefined;
  return enabled ? "active" : "disabled";
}

function managedIdentity(names: readonly string[] | undefined): string | null {
  const id = names?.find((name) => name.startsWith("/subscriptions/"));
  return id === undefined ? null : normaliseId(id);
}

/** The users of the tenant as rows, by id: whether each can sign in, and whether it is a guest, which getByIds does not tell. */
export async function readUsers({ ledger, azure }: AzureRun): Promise<ReadonlyMap<string, PrincipalRow>> {
  const scope = "tenant/users";
  const { items } = await ledger.read<UserAnswer>(
    { read: usersRead, scope, service: azure.graph },
    listUnder("value"),
    (reading) =>
      followPages(reading, {
        method: "GET",
        path: "/v1.0/users?$select=id,displayName,userType,accountEnabled&$count=true&$top=999",
        headers: counting,
      }),
  );
  const rows = ledger.rowsOf({ kind: readName(usersRead), scope }, items, userRow);
  return new Map(rows.map((row) => [row.id, row]));
}

function userRow({ id, displayName, userType, accountEnabled }: UserAnswer): PrincipalRow | null {
  const texts = [displayName, userType].every(
    (each) => each === undefined || each === null || typeof each === "string",
  );
  if (typeof id !== "string" || !texts) return null;
  const row: PrincipalRow = {
    id: id.toLowerCase(),
    type: "User",
    displayName: displayName ?? null,
    deletedOn: null,
    owners: [],
    ...noServicePrincipal,
    ...noGroup,
  };
  if (userType !== undefined) row.userType = userType;
  const state = stateOf(accountEnabled);
  if (state !== undefined) row.state = state;
  return row;
}

/**
 * What Graph knows of objects by their ids, a thousand a request. It leaves out those that it does not know.
 * @param scope the name of the read in the ledger; it tells apart those that hold a grant and those that lead to one
 */
export async function readByIds(
  { ledger, azure }: AzureRun,
  ids: readonly string[],
  scope: "tenant/holders" | "tenant/members",
): Promise<{ found: ReadonlyMap<string, ObjectAnswer>; complete: boolean }> {
  if (ids.length === 0) return { found: new Map(), complete: true };
  const { items, complete } = await ledger.read<ObjectAnswer>(
    { read: holdersRead, scope, service: azure.graph },
    listUnder("value"),
    async ({ call, items, expect }) => {
      for (let from = 0; from < ids.length; from += 1000) {
        const body = {
          ids: ids.slice(from, from + 1000),
          types: ["user", "group", "servicePrincipal", "device", "orgContact"],
        };
        await followPages({ call, items, expect }, { method: "POST", path: "/v1.0/directoryObjects/getByIds", body });
      }
    },
  );
  const sound = ledger.rowsOf({ kind: holdersRead.kind, scope }, items, soundObject);
  return { found: new Map(sound), complete: complete && sound.length === items.length };
}

/** An object by its id; null where any part of it is of another shape. */
function soundObject(each: ObjectAnswer): [string, ObjectAnswer] | null {
  const { id, accountEnabled, isAssignableToRole, groupTypes = [], alternativeNames = [] } = each;
  const { displayName, appId, servicePrincipalType, appOwnerOrganizationId, membershipRule, visibility } = each;
  const texts = [displayName, appId, servicePrincipalType, appOwnerOrganizationId, membershipRule, visibility];
  const sound =
    [...texts, each["@odata.type"]].every((text) => text === undefined || text === null || typeof text === "string") &&
    [accountEnabled, isAssignableToRole].every(
      (flag) => flag === undefined || flag === null || typeof flag === "boolean",
    ) &&
    [...(groupTypes ?? []), ...(alternativeNames ?? [])].every((text) => typeof text === "string");
  return typeof id === "string" && sound ? [id.toLowerCase(), each] : null;
}

/** Objects that the reader may not see in full come with their id and type alone: the rest stays unread. */
export function answeredRow(id: string, principalType: string | null, answer: ObjectAnswer): PrincipalRow {
  const type = typeOf(answer["@odata.type"]) ?? principalType;
  const row: PrincipalRow = { id, deletedOn: null };
  if (type !== null) row.type = type;
  if (type !== null && type !== "Group") Object.assign(row, noGroup);
  if (type !== null && type !== "Group" && type !== "ServicePrincipal") row.owners = [];
  if (typeof answer.displayName !== "string") return row;
  row.displayName = answer.displayName;
  if (type === "ServicePrincipal")
    return { ...row, ...servicePrincipalRow({ ...answer, id } as ApplicationAnswer & { id: string }) };
  Object.assign(row, noServicePrincipal);
  if (type !== "User") row.userType = null;
  if (type === "Group") groupFields(row, answer);
  // Neither groups nor contacts can be disabled.
  const state = type === "Group" || type === "Contact" ? "active" : stateOf(answer.accountEnabled);
  if (state !== undefined) row.state = state;
  return row;
}

/** v1.0 gives all of these of a group unless others are selected, null where they are not set. */
function groupFields(
  row: PrincipalRow,
  { groupTypes, membershipRule, isAssignableToRole, visibility }: ObjectAnswer,
): void {
  if (Array.isArray(groupTypes)) row.dynamic = groupTypes.includes("DynamicMembership");
  if (membershipRule !== undefined) row.membershipRule = membershipRule;
  if (isAssignableToRole !== undefined) row.assignableToRole = isAssignableToRole ?? false;
  if (visibility !== undefined) row.hiddenMembership = visibility?.toLowerCase() === "hiddenmembership";
}

/**
 * The row of a holder of a grant that Graph did not answer: deleted, of another tenant, or not known.
 * @param complete whether Graph answered for all ids
 * @param deletedOn when it was deleted; null where it is not among the deleted, undefined where those were not read
 * @param asOf the moment of the run, in ms since the epoch
 */
export function absentRow(
  holder: Holder,
  complete: boolean,
  deletedOn: string | null | undefined,
  asOf: number,
): PrincipalRow {
  const row: PrincipalRow = { id: holder.principalId };
  if (holder.principalType !== null) row.type = holder.principalType;
  const foreign = holder.principalType === "ForeignGroup" || holder.delegated;
  const fresh = holder.lastGranted === null || asOf - holder.lastGranted < settled;
  if (foreign) row.state = "foreign";
  else if (typeof deletedOn === "string" || (complete && !fresh)) row.state = "deleted";
  if (row.state === undefined) return row;
  Object.assign(row, { displayName: null, userType: null, ...noServicePrincipal });
  if (holder.principalType !== "ForeignGroup") Object.assign(row, noGroup);
  if (row.state === "foreign") return { ...row, deletedOn: null };
  // Whoever was a member or an owner has nothing by it any more.
  return { ...row, owners: [], lastSignIn: null, ...(deletedOn !== undefined && { deletedOn }) };
}
