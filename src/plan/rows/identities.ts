import {
  type HolderAnswer,
  holderOf,
  type IdentityAnswer,
  systemAssignedRows,
  type TrustAnswer,
  trustRow,
  userAssignedRow,
} from "../../collect/azure/managedIdentities.ts";
import { noGroup } from "../../collect/graph/principals.ts";
import type { AzureManagedIdentity } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { normaliseId, subscriptionOf } from "../../resources/scope.ts";
import { type PlannedAt, unknown } from "../plan.ts";
import { type Body, partOf, plannedId, textAt, type Upserted } from "./answers.ts";
import { orphan, type Putter, parentId } from "./azure.ts";
import type { Changes } from "./changes.ts";
import { isNew, made } from "./made.ts";

/** User-assigned identities and who may sign in as them. */
export const identities: Readonly<Record<string, Putter>> = {
  "microsoft.managedidentity/userassignedidentities": (object, changes) => {
    const id = normaliseId(object.id);
    const live = changes.row("azure.managedIdentity", id);
    const anew = isNew(changes, "azure.managedIdentity", id, object);
    const kept = anew ? undefined : live;
    const principalId = textAt(object.body, "properties.principalId") ?? kept?.principalId;
    const clientId = textAt(object.body, "properties.clientId") ?? kept?.clientId;
    const planned = plannedId(object);
    const row = made(changes, object, {
      kind: "azure.managedIdentity",
      body: {
        ...object.body,
        properties: {
          tenantId: textAt(object.body, "properties.tenantId") ?? tenantOf(id, changes) ?? unknown,
          principalId: typeof principalId === "string" ? principalId : anew ? planned : unknown,
          clientId: typeof clientId === "string" ? clientId : anew ? planned : unknown,
        },
      },
      make: (answer) => userAssignedRow(answer as IdentityAnswer),
      fresh: () => ({ attachedTo: [] }),
    });
    if (row !== null) putIdentityPrincipal(row, anew, object.at, changes);
  },
  "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": (object, changes) => {
    const ownerId = parentId(object);
    if (ownerId === null) {
      changes.undecided.push(orphan("azure.federatedCredential", object));
      return;
    }
    const owner = changes.row("azure.managedIdentity", ownerId) as (AzureManagedIdentity & { id: string }) | undefined;
    made(changes, object, {
      kind: "azure.federatedCredential",
      isWhole: true,
      make: (answer) => trustRow(answer as TrustAnswer, owner ?? { id: ownerId }),
    });
  },
};

/** The tenant of the subscription in which an id lies; null where that is not known. */
function tenantOf(id: string, changes: Changes): string | null {
  const subscription = subscriptionOf(id);
  const own = subscription === null ? undefined : changes.row("azure.subscription", subscription)?.tenantId;
  return typeof own === "string" ? own : null;
}

/** A new identity has a principal, which nobody has put into a group yet. */
function putIdentityPrincipal(identity: Row, anew: boolean, at: PlannedAt, changes: Changes): void {
  const { principalId: id, clientId } = identity;
  if (typeof id !== "string") return;
  if (!anew && changes.row("azure.principal", id) !== undefined) return;
  const row: Row = {
    id,
    type: "ServicePrincipal",
    state: "active",
    ...(typeof identity.name === "string" && { displayName: identity.name }),
    userType: null,
    // Of an identity that a resource has of its own no client id is told; a new one's address stands for that, too.
    ...(typeof clientId === "string" ? { appId: clientId } : anew && { appId: id }),
    servicePrincipalType: "ManagedIdentity",
    appOwnerTenantId: null,
    managedIdentityResourceId:
      identity.type === "systemAssigned" ? String((identity.attachedTo as string[])[0]) : identity.id,
    deletedOn: null,
    ...noGroup,
    ...(anew && { memberOf: [], owners: [], lastSignIn: null }),
  };
  changes.put("azure.principal", row, { at, fresh: anew });
}

/** The id under which Azure Resource Manager knows the identity that a resource has of its own. */
export function systemIdentityId(resource: string): string {
  return `${resource}/providers/microsoft.managedidentity/identities/default`;
}

/** What a resource of any type may act as: an identity of its own, and those that are attached to it. */
export function putIdentitiesOf(object: Upserted, changes: Changes): void {
  const identity = partOf(object.body, "identity");
  if (identity === undefined) return;
  const id = normaliseId(object.id);
  const live = changes.row("azure.managedIdentity", systemIdentityId(id));
  const type = identity === null ? "none" : textAt(object.body, "identity.type")?.toLowerCase();
  if (type === undefined) {
    const cause = "whether the resource has an identity is known only after the change";
    changes.undecided.push({ kind: "azure.managedIdentity", scope: id, cause, at: object.at });
    return;
  }
  if (type.includes("systemassigned")) {
    const anew = object.action === "replace" || live === undefined;
    const principalId =
      textAt(object.body, "identity.principalId") ?? (anew ? plannedId(object) : String(live?.principalId));
    const tenantId = textAt(object.body, "identity.tenantId") ?? tenantOf(id, changes);
    const holder = holderOf({ id, identity: { principalId, tenantId } } as HolderAnswer);
    for (const row of holder === null ? [] : systemAssignedRows(holder)) {
      const { tenantId: known, ...rest } = row;
      const put: Row = tenantId === null ? rest : { ...rest, tenantId: known };
      changes.put("azure.managedIdentity", put, { at: object.at, fresh: anew });
      putIdentityPrincipal(put, anew, object.at, changes);
    }
  } else if (live !== undefined) takeOutIdentity(live, object.at, changes);
  attach(id, attachedIn(object.body), object.at, changes);
}

/** The user-assigned identities that a body names, in lower case; null where they are not known. */
function attachedIn(body: Body): ReadonlySet<string> | null {
  const named = partOf(body, "identity.userAssignedIdentities");
  if (named === unknown) return null;
  return new Set(Object.keys((named as Body | null | undefined) ?? {}).map(normaliseId));
}

function attach(resource: string, named: ReadonlySet<string> | null, at: PlannedAt, changes: Changes): void {
  for (const identity of [...changes.rows("azure.managedIdentity")]) {
    if (identity.type !== "userAssigned" || !Array.isArray(identity.attachedTo)) continue;
    const attachedTo = identity.attachedTo as string[];
    const has = attachedTo.includes(resource);
    if (named === null) {
      if (!has)
        changes.put("azure.managedIdentity", { id: identity.id, attachedTo }, { at, incomplete: ["attachedTo"] });
      continue;
    }
    if (named.has(identity.id) === has) continue;
    const now = has ? attachedTo.filter((each) => each !== resource) : [...attachedTo, resource];
    const open = changes.isShort("azure.managedIdentity", identity.id, "attachedTo");
    changes.put(
      "azure.managedIdentity",
      { id: identity.id, attachedTo: now },
      { at, incomplete: open ? ["attachedTo"] : [] },
    );
  }
}

/** Takes out an identity with all that lives and dies with it. */
export function takeOutIdentity(identity: Row, at: PlannedAt, changes: Changes): void {
  changes.remove("azure.managedIdentity", identity.id, at);
  for (const trust of [...changes.found("azure.federatedCredential", "ownerId", identity.id)])
    changes.remove("azure.federatedCredential", trust.id, at);
  if (typeof identity.principalId === "string") takeOutPrincipal(identity.principalId, at, changes);
}

/** The kinds of grants of Azure and Synapse, which stay when their holder is deleted. */
const grants = ["azure.roleAssignment", "azure.roleEligibility", "synapse.roleAssignment"] as const;

/**
 * Takes a principal out of the directory: its credentials, permissions, directory roles and memberships go with it, and
 * its grants in Azure and Synapse stay, held by nobody (the documentation's page Troubleshoot Azure RBAC).
 */
export function takeOutPrincipal(id: string, at: PlannedAt, changes: Changes): void {
  const live = changes.row("azure.principal", id);
  for (const [kind, field] of [
    ["azure.credential", "ownerId"],
    ["azure.appPermission", "principalId"],
    ["azure.directoryRole", "principalId"],
  ] as const)
    for (const row of [...changes.found(kind, field, id)])
      if (kind !== "azure.credential" || row.on === "servicePrincipal") changes.remove(kind, row.id, at);
  if (live !== undefined) takeOutOfGroups(live, at, changes);
  takeOutOwner(id, at, changes);
  const holds = grants.some((kind) => [...changes.found(kind, "principalId", id)].length > 0);
  if (!holds) changes.remove("azure.principal", id, at);
  else
    changes.put(
      "azure.principal",
      { id, state: "deleted", owners: [], members: [], memberOf: [] },
      { at, unread: ["deletedOn"] },
    );
}

/** What a deleted principal owned, it owns no more. */
function takeOutOwner(id: string, at: PlannedAt, changes: Changes): void {
  for (const kind of ["azure.principal", "azure.application"])
    for (const row of [...changes.rows(kind)]) {
      if (!Array.isArray(row.owners) || !row.owners.includes(id)) continue;
      const owners = (row.owners as string[]).filter((each) => each !== id);
      changes.put(
        kind,
        { id: row.id, owners },
        { at, incomplete: changes.isShort(kind, row.id, "owners") ? ["owners"] : [] },
      );
    }
}

/** A deleted principal is in no group's list any more, and what was in it is in the groups around it no more by way of it. */
function takeOutOfGroups(principal: Row, at: PlannedAt, changes: Changes): void {
  const lists = (row: Row, field: string): string[] => (Array.isArray(row[field]) ? (row[field] as string[]) : []);
  const inner = lists(principal, "members");
  for (const outer of lists(principal, "memberOf")) {
    const row = changes.row("azure.principal", outer);
    if (row === undefined || !Array.isArray(row.members)) continue;
    const members = lists(row, "members").filter((each) => each !== principal.id);
    // Whoever was in it may be in the outer one by another way, too.
    const open = inner.length > 0;
    changes.put("azure.principal", open ? { id: outer } : { id: outer, members }, {
      at,
      unread: open ? ["members"] : [],
    });
  }
  for (const member of inner) {
    const row = changes.row("azure.principal", member);
    if (row === undefined || !Array.isArray(row.memberOf)) continue;
    const memberOf = lists(row, "memberOf").filter((each) => each !== principal.id);
    const open = lists(principal, "memberOf").length > 0;
    changes.put("azure.principal", open ? { id: member } : { id: member, memberOf }, {
      at,
      unread: open ? ["memberOf"] : [],
    });
  }
}
