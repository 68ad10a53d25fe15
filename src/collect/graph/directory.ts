import type { AzureDirectoryRole, AzureRoleAssignment, SynapseRoleAssignment } from "../../resources/generated.ts";
import type { ReadDefinition } from "../definition.ts";
import { type AzureRun, incomplete } from "../reader.ts";
import {
  applicationReads,
  applicationRow,
  credentialsOf,
  readApplications,
  readServicePrincipals,
} from "./applications.ts";
import { appPermissionReads, appPermissionsRead, readAppPermissions } from "./appPermissions.ts";
import { deletedRead, readDeleted } from "./deleted.ts";
import { directoryRoleReads, readDirectoryRoles } from "./directoryRoles.ts";
import { federatedRead, readFederatedCredentials } from "./federated.ts";
import {
  doubtMembers,
  memberReads,
  type Related,
  type RelatedList,
  type RelatedLists,
  readMembers,
  readOwners,
} from "./groups.ts";
import {
  absentRow,
  answeredRow,
  type Holder,
  holdersRead,
  type PrincipalRow,
  principalReads,
  readByIds,
  readUsers,
  servicePrincipalRow,
  typeOf,
} from "./principals.ts";
import { readServicePrincipalSignIns, readUserSignIns, type SignIns, signInReads } from "./signIns.ts";

/** Every read of Microsoft Graph. */
export const directoryReads: readonly ReadDefinition[] = [
  ...applicationReads,
  federatedRead,
  ...principalReads,
  ...memberReads,
  deletedRead,
  ...signInReads,
  ...directoryRoleReads,
  ...appPermissionReads,
];

/** A grant of Azure or Synapse, as far as it tells of its holder. */
export type Grant = AzureRoleAssignment | SynapseRoleAssignment;

/** Takes the rows that a read made. */
export type AddRows = (kind: string, scope: string, rows: readonly object[]) => void;

/** Begins to list what the tenant holds, whoever has a grant; it goes on while the grants are read. */
export function beginDirectory(run: AzureRun) {
  const { ledger, azure } = run;
  return {
    applications: readApplications(ledger, azure),
    servicePrincipals: readServicePrincipals(ledger, azure),
    users: readUsers(run),
    roles: readDirectoryRoles(run),
    federated: readFederatedCredentials(run),
    userSignIns: readUserSignIns(run),
    servicePrincipalSignIns: readServicePrincipalSignIns(run),
  };
}

/**
 * Reads who holds the grants: the principals themselves, the members and owners of groups, the owners of service
 * principals and their applications, what they may do in Entra ID, and when they last signed in.
 * @param whole tells whether all grants were read; where not, a principal may be a member of groups that nobody knows of
 * @returns the users of the tenant, whether they hold something or not
 */
export async function readDirectory(
  run: AzureRun,
  lists: ReturnType<typeof beginDirectory>,
  grants: readonly Grant[],
  whole: () => boolean,
  add: AddRows,
): Promise<PrincipalRow[]> {
  const { ledger } = run;
  const [applications, servicePrincipals, users, roles] = await Promise.all([
    lists.applications,
    lists.servicePrincipals,
    lists.users,
    lists.roles,
  ]);
  const inTenant = { kind: "azure.principal", scope: "tenant/servicePrincipals" };
  const listed = ledger.rowsOf(inTenant, servicePrincipals.items, (each) =>
    typeof each.id === "string" ? servicePrincipalRow({ ...each, id: each.id }) : null,
  );
  const known = new Map([...users, ...listed.map((row) => [row.id, row] as const)]);

  const holders = await holderRows(run, holdersOf(grants, roles), known);
  const groups = await readGroups(run, holders.groups);
  const clients = clientsOf(holders.rows, groups, known);
  const clientIds = new Set(clients.map(({ appId }) => appId));
  const registered = { kind: "azure.application", scope: "tenant/applications" };
  const owned = ledger.rowsOf(registered, applications.items, applicationRow);
  const ids = clients.map(({ id }) => id).sort();
  const [groupOwners, clientOwners, applicationOwners, permissions] = await Promise.all([
    readOwners(run, "groups", groups.ids),
    readOwners(run, "servicePrincipals", ids),
    readOwners(
      run,
      "applications",
      owned
        .filter(({ appId = "" }) => clientIds.has(appId))
        .map(({ id }) => id)
        .sort(),
    ),
    readAppPermissions(run, ids),
  ]);
  const owners = [groupOwners, clientOwners, applicationOwners].flatMap((each) => [...each.values()]);
  const related = [...groups.all, ...owners.flatMap(({ items }) => items)];
  const rows = new Map([...known, ...holders.rows.map((row) => [row.id, row] as const)]);
  const leading = await relatedRows(run, related, rows, users);
  for (const row of leading) rows.set(row.id, row);

  const members = soundMembers(run, groups, rows);
  tellWhatIsMissing(run, holders.rows);
  const memberOf = new Map<string, string[]>();
  for (const [group, { items }] of members) {
    for (const { id } of items) {
      const held = memberOf.get(id);
      if (held === undefined) memberOf.set(id, [group]);
      else held.push(group);
    }
  }
  const isOpen = ({ type, state, id }: PrincipalRow): boolean =>
    (type === "Group" || type === undefined) && state !== "deleted" && members.get(id)?.complete !== true;
  const allGroups = whole() && !holders.rows.some(isOpen) && !leading.some(isOpen);
  const signIns = { users: await lists.userSignIns, servicePrincipals: await lists.servicePrincipalSignIns };
  const finished = (row: PrincipalRow): PrincipalRow => {
    const open = allGroups ? [] : ["memberOf"];
    const done: PrincipalRow = { ...row, memberOf: (memberOf.get(row.id) ?? []).sort() };
    for (const [field, list] of [
      ["members", members.get(row.id)],
      ["owners", groupOwners.get(row.id) ?? clientOwners.get(row.id)],
    ] as const) {
      if (list === undefined) continue;
      done[field] = idsOf(list);
      if (!list.complete) open.push(field);
    }
    const last = lastSignIn(row, signIns);
    if (last !== undefined) done.lastSignIn = last;
    return open.length === 0 ? done : { ...done, ...incomplete(...open) };
  };
  add("azure.principal", "tenant/servicePrincipals", listed.map(finished));
  add("azure.principal", "tenant/holders", holders.rows.map(finished));
  add("azure.principal", "tenant/members", leading.map(finished));
  add("azure.directoryRole", "tenant", roles);
  add("azure.appPermission", "tenant/servicePrincipals", permissions);
  const withOwners = owned.map((row) => {
    const list = applicationOwners.get(row.id);
    if (list === undefined) return row;
    return { ...row, owners: idsOf(list), ...(list.complete ? {} : incomplete("owners")) };
  });
  add("azure.application", "tenant/applications", withOwners);
  add("azure.federatedCredential", "tenant/applications", await lists.federated);
  for (const [on, scope, { items }] of [
    ["application", "tenant/applications", applications],
    ["servicePrincipal", "tenant/servicePrincipals", servicePrincipals],
  ] as const) {
    const credentials = ledger.rowsOf({ kind: "azure.credential", scope }, items, (each) => credentialsOf(on, each));
    add("azure.credential", scope, credentials.flat());
  }
  return [...users.values()].map((row) => {
    const last = lastSignIn(row, signIns);
    return last === undefined ? row : { ...row, lastSignIn: last };
  });
}

/** Who holds the grants and the directory roles, each once. */
function holdersOf(grants: readonly Grant[], roles: readonly AzureDirectoryRole[]): Holder[] {
  const holders = new Map<string, Holder>();
  for (const grant of grants) {
    if (grant.principalId === undefined) continue;
    const held = holders.get(grant.principalId);
    const createdOn = "createdOn" in grant && grant.createdOn ? Date.parse(grant.createdOn) : null;
    holders.set(grant.principalId, {
      principalId: grant.principalId,
      principalType: held?.principalType ?? grant.principalType ?? null,
      lastGranted: Math.max(held?.lastGranted ?? 0, createdOn ?? 0) || null,
      delegated:
        held?.delegated === true ||
        ("delegatedManagedIdentityResourceId" in grant && Boolean(grant.delegatedManagedIdentityResourceId)),
    });
  }
  for (const { principalId } of roles) {
    if (principalId === undefined || holders.has(principalId)) continue;
    holders.set(principalId, { principalId, principalType: null, lastGranted: null, delegated: false });
  }
  return [...holders.values()];
}

/**
 * A row for every holder: what a list of the tenant or Graph knows of it, or that Graph no longer knows it. Where Graph
 * could not be asked, the row says only what the grant says, and the rest of it is unread.
 * @returns the rows, and which of them are groups that Graph may know
 */
async function holderRows(
  run: AzureRun,
  holders: readonly Holder[],
  known: ReadonlyMap<string, PrincipalRow>,
): Promise<{ rows: PrincipalRow[]; groups: string[] }> {
  const wanted = holders
    .filter(({ principalId, principalType }) => !known.has(principalId) && principalType !== "ForeignGroup")
    .map(({ principalId }) => principalId);
  const byIds = await readByIds(run, wanted.sort(), "tenant/holders");
  const delegated = new Set(holders.filter((each) => each.delegated).map(({ principalId }) => principalId));
  const absent = byIds.complete ? wanted.filter((id) => !byIds.found.has(id) && !delegated.has(id)) : [];
  const deleted = await readDeleted(run, absent);
  const rows = holders.map((holder) => {
    const { principalId: id, principalType } = holder;
    const answer = byIds.found.get(id);
    if (answer !== undefined) return answeredRow(id, principalType, answer);
    return known.get(id) ?? absentRow(holder, byIds.complete, deleted.get(id), run.asOf);
  });
  const groups = rows.filter(({ id, type }) => type === "Group" && (byIds.found.has(id) || !byIds.complete));
  return { rows, groups: groups.map(({ id }) => id).sort() };
}

/** The members of the groups that hold something, and of the groups inside those. */
interface Groups {
  /** Every group whose members were asked for. */
  ids: readonly string[];
  direct: RelatedLists;
  nested: RelatedLists;
  /** Every member of any of them. */
  all: readonly Related[];
}

async function readGroups(run: AzureRun, holding: readonly string[]): Promise<Groups> {
  const direct = await readMembers(run, "groups", holding);
  const inside = [...direct.values()].flatMap(({ items }) => items).filter(({ type }) => typeOf(type) === "Group");
  const asked = new Set(holding);
  const inner = [...new Set(inside.map(({ id }) => id))].filter((id) => !asked.has(id)).sort();
  const nested = await readMembers(run, "nestedGroups", inner);
  const all = [...direct.values(), ...nested.values()].flatMap(({ items }) => items);
  return { ids: [...holding, ...inner], direct, nested, all };
}

/** The service principals that hold something, themselves or by way of a group. */
function clientsOf(
  holders: readonly PrincipalRow[],
  groups: Groups,
  known: ReadonlyMap<string, PrincipalRow>,
): PrincipalRow[] {
  const members = groups.all.map(({ id, type }): PrincipalRow => known.get(id) ?? { id, type: typeOf(type) ?? "" });
  const clients = [...holders, ...members].filter(
    ({ type, state }) => type === "ServicePrincipal" && state !== "deleted" && state !== "foreign",
  );
  return [...new Map(clients.map((row) => [row.id, row])).values()];
}

/**
 * Where a list of members or owners is not complete, there are principals that nobody knows of, and of members nobody
 * knows what they may do in Entra ID either.
 */
function tellWhatIsMissing({ ledger }: AzureRun, holders: readonly PrincipalRow[]): void {
  const short = ledger.reads.filter(
    ({ id, outcome }) =>
      outcome !== "complete" && /^azure\.(?:principal\.(?:members|owners)|application\.owners) /.test(id),
  );
  const [first] = short;
  // What is deleted has no permission any more, whatever it was.
  const isUnclear = holders.some(({ type, state }) => type === undefined && state !== "deleted");
  if (first === undefined && !isUnclear) return;
  const unknown = "members and owners that were not listed";
  if (first !== undefined) ledger.notAttempted(holdersRead, unknown, `${first.id} was not read whole`);
  const members = short.find(({ fields }) => fields.includes("members"));
  if (members !== undefined) ledger.notAttempted(appPermissionsRead, unknown, `${members.id} was not read whole`);
  else if (isUnclear)
    ledger.notAttempted(appPermissionsRead, "holders of an unknown type", "azure.principal.type was not read");
}

/** The lists of members that can be relied on: a group that hides its members shows an empty one to most readers. */
function soundMembers(run: AzureRun, groups: Groups, rows: ReadonlyMap<string, PrincipalRow>): RelatedLists {
  const sound = new Map<string, RelatedList>();
  for (const which of ["direct", "nested"] as const) {
    for (const [id, list] of groups[which]) {
      if (list.items.length > 0 || rows.get(id)?.hiddenMembership === false) sound.set(id, list);
      else doubtMembers(run, which === "direct" ? "groups" : "nestedGroups");
    }
  }
  return sound;
}

/** A row for each member and owner that has none yet. */
async function relatedRows(
  run: AzureRun,
  related: readonly Related[],
  rows: ReadonlyMap<string, PrincipalRow>,
  users: ReadonlyMap<string, PrincipalRow>,
): Promise<PrincipalRow[]> {
  const types = new Map(related.map(({ id, type }) => [id, typeOf(type)]));
  const ids = [...types.keys()].sort();
  const { found } = await readByIds(
    run,
    ids.filter((id) => !rows.has(id)),
    "tenant/members",
  );
  return ids.flatMap((id) => {
    const answer = found.get(id);
    const type = types.get(id) ?? null;
    if (answer !== undefined) return [answeredRow(id, type, answer)];
    const row = rows.get(id);
    // What only the list of users holds has no row among the principals so far.
    if (row !== undefined) return users.has(id) ? [row] : [];
    return [type === null ? { id } : { id, type }];
  });
}

function idsOf({ items }: RelatedList): string[] {
  return [...new Set(items.map(({ id }) => id))].sort();
}

/** When a principal last signed in; undefined where that was not read. */
function lastSignIn(
  row: PrincipalRow,
  signIns: { users: SignIns; servicePrincipals: SignIns },
): string | null | undefined {
  if (row.type === "Group") return null;
  if (row.type === "User") return signIns.users.at.get(row.id);
  if (row.type !== "ServicePrincipal" || !row.appId) return undefined;
  const { at, complete } = signIns.servicePrincipals;
  const last = at.get(row.appId);
  if (last !== undefined) return last;
  // Nothing says that the report holds managed identities, so one that it leaves out may sign in every minute.
  return complete && row.servicePrincipalType !== "ManagedIdentity" ? null : undefined;
}
