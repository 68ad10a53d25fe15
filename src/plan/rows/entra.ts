import { type ApplicationAnswer, applicationRow, credentialsOf } from "../../collect/graph/applications.ts";
import { type AppRoleAnswer, appPermissionRow } from "../../collect/graph/appPermissions.ts";
import { type DirectoryAssignmentAnswer, directoryRoleRow } from "../../collect/graph/directoryRoles.ts";
import { applicationTrustRow, type FederatedAnswer } from "../../collect/graph/federated.ts";
import { answeredRow, type ObjectAnswer, servicePrincipalRow } from "../../collect/graph/principals.ts";
import type { Row } from "../../resources/kinds.ts";
import { type PlannedAt, type PlannedValue, unknown } from "../plan.ts";
import { type Body, lastName, partOf, plannedId, textAt, type Upserted } from "./answers.ts";
import { orphan, type Putter, putHolder } from "./azure.ts";
import type { Changes } from "./changes.ts";
import { isNew, made } from "./made.ts";

/**
 * Objects of Entra ID. An application, service principal, group or user has its object id, or its address while it has
 * none; what is inside one names it by `parentId`: passwords, certificates and trusts, the members of a group.
 */
export const entra: Readonly<Record<string, Putter>> = {
  "microsoft.graph/applications": putApplication,
  "microsoft.graph/applications/federatedidentitycredentials": putTrust,
  "microsoft.graph/applications/passwordcredentials": (object, changes) =>
    putCredential(object, "application", "passwordCredentials", changes),
  "microsoft.graph/applications/keycredentials": (object, changes) =>
    putCredential(object, "application", "keyCredentials", changes),
  "microsoft.graph/serviceprincipals": putServicePrincipal,
  "microsoft.graph/serviceprincipals/passwordcredentials": (object, changes) =>
    putCredential(object, "servicePrincipal", "passwordCredentials", changes),
  "microsoft.graph/serviceprincipals/keycredentials": (object, changes) =>
    putCredential(object, "servicePrincipal", "keyCredentials", changes),
  "microsoft.graph/users": (object, changes) => {
    putObject(object, "User", { owners: [], memberOf: [], lastSignIn: null }, changes);
  },
  "microsoft.graph/groups": putGroup,
  "microsoft.graph/groups/members": (object, changes) => {
    const [group, member] = [textAt(object.body, "parentId"), textAt(object.body, "memberId")];
    if (group === null) return changes.undecided.push(orphan("azure.principal", object));
    addMember(group.toLowerCase(), member?.toLowerCase() ?? null, object.at, changes);
    return;
  },
  "microsoft.graph/approleassignments": putAppRole,
  "microsoft.graph/directoryroleassignments": putDirectoryRole,
};

/** The text at a path in lower case, as ids of Entra ID are kept. */
function idAt(body: Body, path: string): string | null {
  return textAt(body, path)?.toLowerCase() ?? null;
}

/** The object ids of owners, which a plan tells as `owners`. */
function ownersOf(body: Body): { owners: string[]; short: boolean } | null {
  const told = partOf(body, "owners");
  if (!Array.isArray(told)) return null;
  const known = (told as readonly PlannedValue[]).filter((each) => typeof each === "string");
  return { owners: known.map((each) => each.toLowerCase()).sort(), short: known.length < told.length };
}

function putOwners(kind: string, id: string, { body, at }: Upserted, changes: Changes): void {
  const told = ownersOf(body);
  if (told !== null) changes.put(kind, { id, owners: told.owners }, { at, incomplete: told.short ? ["owners"] : [] });
  else if (partOf(body, "owners") === unknown) changes.put(kind, { id }, { at, unread: ["owners"] });
}

function putApplication(object: Upserted, changes: Changes): void {
  const row = made(changes, object, {
    kind: "azure.application",
    body: { ...object.body, appId: clientIdOf(object, "azure.application", changes) },
    make: (answer) => applicationRow(answer as ApplicationAnswer),
    served: {
      createdOn: { path: "createdDateTime", fresh: () => changes.around.now.toISOString() },
      publisherDomain: { path: "publisherDomain" },
      verifiedPublisher: { path: "verifiedPublisher", fresh: () => null },
      // Only those in the directory, where nothing is said (the documentation's page on the application resource).
      signInAudience: { path: "signInAudience", fresh: () => "AzureADMyOrg" },
    },
  });
  if (row !== null) putOwners("azure.application", row.id, object, changes);
}

/** The client id that an application has or will have: its address stands for it while it has none. */
function clientIdOf(object: Upserted, kind: string, changes: Changes): string | typeof unknown {
  const told = textAt(object.body, "appId");
  if (told !== null) return told;
  const id = object.id.toLowerCase();
  if (isNew(changes, kind, id, object)) return kind === "azure.application" ? plannedId(object) : unknown;
  const live = changes.row(kind, id)?.appId;
  return typeof live === "string" ? live : unknown;
}

function putServicePrincipal(object: Upserted, changes: Changes): void {
  const row = made(changes, object, {
    kind: "azure.principal",
    body: { ...object.body, appId: clientIdOf(object, "azure.principal", changes) },
    make: (answer) => servicePrincipalRow(answer as ApplicationAnswer & { id: string }),
    served: {
      displayName: { path: "displayName", fresh: ({ appId }) => nameOfApplication(appId, changes) },
      state: { path: "accountEnabled", fresh: () => "active" },
      servicePrincipalType: { path: "servicePrincipalType", fresh: () => "Application" },
      appOwnerTenantId: { path: "appOwnerOrganizationId" },
      managedIdentityResourceId: { path: "alternativeNames", fresh: () => null },
    },
    fresh: () => ({ memberOf: [], lastSignIn: null }),
  });
  if (row !== null) putOwners("azure.principal", row.id, object, changes);
}

/** A service principal is called as its application. */
function nameOfApplication(appId: unknown, changes: Changes): unknown {
  if (typeof appId !== "string") return undefined;
  for (const row of changes.rows("azure.application")) if (row.appId === appId) return row.displayName;
  return undefined;
}

/** A user or a group, as Graph answers it by its id. */
function putObject(
  object: Upserted,
  type: "User" | "Group",
  fresh: Readonly<Record<string, unknown>>,
  changes: Changes,
) {
  const id = object.id.toLowerCase();
  const name = partOf(object.body, "displayName") ?? changes.row("azure.principal", id)?.displayName;
  return made(changes, object, {
    kind: "azure.principal",
    body: {
      groupTypes: [],
      membershipRule: null,
      isAssignableToRole: null,
      visibility: null,
      ...object.body,
      "@odata.type": `#microsoft.graph.${type.toLowerCase()}`,
      // Without a name an answer counts as one that hides the rest.
      displayName: typeof name === "string" ? name : unnamed,
      ...(type === "User" && { accountEnabled: partOf(object.body, "accountEnabled") ?? true }),
    },
    make: (answer) => {
      const row = answeredRow(id, type, answer as ObjectAnswer);
      const { displayName, ...rest } = row;
      return displayName === unnamed ? rest : row;
    },
    served: type === "User" ? { userType: { path: "userType", fresh: () => "Member" } } : {},
    fresh: () => fresh,
  });
}

/** Stands for a name that is not known, and never gets into a row. */
const unnamed = "\u0000";

function putGroup(object: Upserted, changes: Changes): void {
  const isDynamic = partOf(object.body, "membershipRule");
  const members = partOf(object.body, "members");
  // Who fits a rule is for Entra ID to find out.
  const isEmpty = isDynamic === undefined || isDynamic === null;
  const anew = isNew(changes, "azure.principal", object.id.toLowerCase(), object);
  const row = putObject(object, "Group", { memberOf: [], ...(isEmpty && { members: [] }) }, changes);
  if (row === null) return;
  putOwners("azure.principal", row.id, object, changes);
  if (members === undefined) return;
  const put = { at: object.at };
  if (!Array.isArray(members)) {
    changes.put("azure.principal", { id: row.id }, { ...put, unread: ["members"] });
    return;
  }
  if (!anew) changes.put("azure.principal", { id: row.id, members: [] }, put);
  for (const member of members as readonly PlannedValue[])
    addMember(row.id, typeof member === "string" ? member.toLowerCase() : null, object.at, changes);
}

function listOf(row: Row | undefined, field: string): string[] {
  return Array.isArray(row?.[field]) ? (row[field] as string[]) : [];
}

/** Puts a principal into a group: with all that is in it, into all that the group is in. null: it is not known which. */
export function addMember(group: string, member: string | null, at: PlannedAt, changes: Changes): void {
  const row = changes.row("azure.principal", group);
  if (row === undefined) changes.put("azure.principal", { id: group, type: "Group" }, { at, fresh: true });
  const outer = [group, ...listOf(row, "memberOf")];
  const inside = member === null ? undefined : changes.row("azure.principal", member);
  const inner = member === null ? [] : [member, ...listOf(inside, "members")];
  // What is not known to be no group may bring others with it.
  const open =
    member === null || ((inside?.type === undefined || inside.type === "Group") && !Array.isArray(inside?.members));
  for (const id of outer) {
    const members = changes.row("azure.principal", id)?.members;
    if (!Array.isArray(members)) continue;
    changes.put(
      "azure.principal",
      { id, members: [...new Set([...(members as string[]), ...inner])].sort() },
      { at, incomplete: open || changes.isShort("azure.principal", id, "members") ? ["members"] : [] },
    );
  }
  for (const id of inner) {
    const principal = changes.row("azure.principal", id);
    if (principal === undefined) {
      changes.put("azure.principal", { id, memberOf: outer }, { at, fresh: true, incomplete: ["memberOf"] });
      continue;
    }
    const memberOf = [...new Set([...listOf(principal, "memberOf"), ...outer])].sort();
    const isOpen = !Array.isArray(principal.memberOf) || changes.isShort("azure.principal", id, "memberOf");
    changes.put("azure.principal", { id, memberOf }, { at, incomplete: isOpen ? ["memberOf"] : [] });
  }
}

/** Takes a principal out of a group: it may still be in it by way of another one, and what was in it too. */
export function takeOutMember(group: string, member: string | null, at: PlannedAt, changes: Changes): void {
  const row = changes.row("azure.principal", group);
  const inside = member === null ? undefined : changes.row("azure.principal", member);
  const isPlain =
    member !== null &&
    inside !== undefined &&
    inside.type !== "Group" &&
    inside.type !== undefined &&
    !isNested(row, changes);
  for (const id of [group, ...listOf(row, "memberOf")]) {
    const held = changes.row("azure.principal", id);
    if (held === undefined) continue;
    if (isPlain && id === group && Array.isArray(held.members)) {
      const members = (held.members as string[]).filter((each) => each !== member);
      changes.put(
        "azure.principal",
        { id, members },
        { at, incomplete: changes.isShort("azure.principal", id, "members") ? ["members"] : [] },
      );
    } else changes.put("azure.principal", { id }, { at, unread: ["members"] });
  }
  if (member === null) return;
  for (const id of [member, ...listOf(inside, "members")]) {
    const principal = changes.row("azure.principal", id);
    if (principal === undefined) continue;
    if (isPlain && listOf(row, "memberOf").length === 0 && Array.isArray(principal.memberOf)) {
      const memberOf = (principal.memberOf as string[]).filter((each) => each !== group);
      const incomplete = changes.isShort("azure.principal", id, "memberOf") ? ["memberOf"] : [];
      changes.put("azure.principal", { id, memberOf }, { at, incomplete });
    } else changes.put("azure.principal", { id }, { at, unread: ["memberOf"] });
  }
}

/** Whether a group has groups in it, or may have. */
function isNested(group: Row | undefined, changes: Changes): boolean {
  if (!Array.isArray(group?.members)) return true;
  return (group.members as string[]).some((id) => {
    const type = changes.row("azure.principal", id)?.type;
    return type === undefined || type === "Group";
  });
}

function putTrust(object: Upserted, changes: Changes): void {
  const ownerId = idAt(object.body, "parentId") ?? ownerIn(object.id);
  if (ownerId === null) {
    changes.undecided.push(orphan("azure.federatedCredential", object));
    return;
  }
  const owner = changes.row("azure.application", ownerId);
  made(changes, object, {
    kind: "azure.federatedCredential",
    make: (answer) => {
      const { id: _, ...row } = applicationTrustRow(
        { ...(answer as FederatedAnswer), id: lastName(object.id) },
        { id: ownerId, appId: typeof owner?.appId === "string" ? owner.appId : undefined },
      );
      return { ...row, id: inOwner("application", ownerId, object.id) };
    },
    served: { audiences: { path: "audiences" }, issuer: { path: "issuer" } },
  });
}

/** The id of what is inside an application or service principal: its own where it has one, else by its address. */
function inOwner(on: string, ownerId: string, id: string): string {
  return id.startsWith(`${on}/`) ? id.toLowerCase() : `${on}/${ownerId}/${lastName(id).toLowerCase()}`;
}

/** The owner that the id of a credential names, as application/<object id>/<key id>; null where it names none. */
function ownerIn(id: string): string | null {
  return /^(?:application|serviceprincipal)\/([^/]+)\//i.exec(id)?.[1]?.toLowerCase() ?? null;
}

function putCredential(
  object: Upserted,
  on: "application" | "servicePrincipal",
  list: "passwordCredentials" | "keyCredentials",
  changes: Changes,
): void {
  const ownerId = idAt(object.body, "parentId") ?? ownerIn(object.id);
  if (ownerId === null) {
    changes.undecided.push(orphan("azure.credential", object));
    return;
  }
  const owner = changes.row(on === "application" ? "azure.application" : "azure.principal", ownerId);
  const keyId = idAt(object.body, "keyId") ?? lastName(object.id).toLowerCase();
  const text = (field: string) => (typeof owner?.[field] === "string" ? { [field]: owner[field] } : {});
  const answer: Body = {
    ...object.body,
    keyId,
    displayName: partOf(object.body, "displayName") ?? null,
    startDateTime: partOf(object.body, "startDateTime") ?? changes.around.now.toISOString(),
    endDateTime: partOf(object.body, "endDateTime") ?? unknown,
    customKeyIdentifier: partOf(object.body, "customKeyIdentifier") ?? null,
    usage: list === "keyCredentials" ? (partOf(object.body, "usage") ?? "Verify") : null,
  };
  made(changes, object, {
    kind: "azure.credential",
    body: answer,
    make: (each) => {
      const [row] = credentialsOf(on, {
        id: ownerId,
        ...text("displayName"),
        ...text("appId"),
        ...text("servicePrincipalType"),
        passwordCredentials: [],
        keyCredentials: [],
        [list]: [each],
      } as ApplicationAnswer);
      if (row === undefined) return null;
      // It shows among all credentials of its owner alone.
      const { samlSigning: _, ...rest } = row;
      return rest;
    },
    fresh: () => ({ samlSigning: false }),
  });
}

function putAppRole(object: Upserted, changes: Changes): void {
  const { body } = object;
  const [principalId, resourceId] = [idAt(body, "principalId"), idAt(body, "resourceId")];
  const api = resourceId === null ? undefined : changes.row("azure.principal", resourceId);
  const row = made(changes, object, {
    kind: "azure.appPermission",
    body: {
      ...body,
      principalId: principalId ?? unknown,
      resourceId: resourceId ?? unknown,
      resourceDisplayName:
        textAt(body, "resourceDisplayName") ?? (typeof api?.displayName === "string" ? api.displayName : unknown),
      createdDateTime: partOf(body, "createdDateTime") ?? changes.around.now.toISOString(),
    },
    make: (answer) => {
      const made = appPermissionRow(answer as AppRoleAnswer);
      const { appRoleValue: permission } = answer as { appRoleValue?: string | null };
      return made && { ...made, ...(permission !== undefined && { permission }) };
    },
    served: { permission: { path: "appRoleValue" } },
  });
  if (row !== null) putHolder(row, object, changes);
}

function putDirectoryRole(object: Upserted, changes: Changes): void {
  const { body } = object;
  const [principalId, role] = [idAt(body, "principalId"), idAt(body, "roleDefinitionId")];
  const known = role === null ? null : sameRole(role, changes);
  const row = made(changes, object, {
    kind: "azure.directoryRole",
    body: {
      ...body,
      principalId: principalId ?? unknown,
      roleDefinitionId: role ?? unknown,
      directoryScopeId: partOf(body, "directoryScopeId") ?? "/",
    },
    make: (answer) => directoryRoleRow(answer as DirectoryAssignmentAnswer),
    fresh: () => known ?? {},
  });
  if (row !== null) putHolder(row, object, changes);
}

/** What another assignment of a role tells of it; null where there is none. */
function sameRole(id: string, changes: Changes): Readonly<Record<string, unknown>> | null {
  for (const row of changes.rows("azure.directoryRole")) {
    if (row.roleDefinitionId !== id || row.roleName === undefined) continue;
    const { roleName, isBuiltIn, isPrivileged } = row;
    return { roleName, isBuiltIn, isPrivileged };
  }
  return null;
}
