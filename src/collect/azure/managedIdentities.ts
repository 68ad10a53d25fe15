import type { AzureFederatedCredential, AzureManagedIdentity } from "../../resources/generated.ts";
import { below, normaliseId, parseScope } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { type AzureRun, incomplete, oncePerRun, type RowReader, readArmList } from "../reader.ts";
import { ownRightsRead, readOwnRights } from "./ownRights.ts";
import { readGraph } from "./resourceGraph.ts";

type IdentityRow = AzureManagedIdentity & { id: string };

/** A user-assigned identity, api-version 2024-11-30. */
export interface IdentityAnswer {
  id?: string;
  location?: string | null;
  tags?: Record<string, string> | null;
  properties?: { tenantId?: string | null; principalId?: string; clientId?: string };
}

/** A resource that has an identity, as Resource Graph shows it. */
export interface HolderAnswer {
  id?: string;
  identity?: {
    principalId?: string | null;
    tenantId?: string | null;
    userAssignedIdentities?: Record<string, unknown> | null;
  } | null;
}

const read: ReadDefinition = {
  kind: "azure.managedIdentity",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
  apiVersion: "2024-11-30",
  right: reader("Microsoft.ManagedIdentity/userAssignedIdentities/read"),
  pageSize: 500,
};

const attachedRead: ReadDefinition = {
  kind: "azure.managedIdentity",
  fields: ["attachedTo"],
  service: "Azure Resource Manager",
  per: "tenant",
  endpoint: "POST /providers/Microsoft.ResourceGraph/resources",
  apiVersion: "2022-10-01",
  right: reader("*/read"),
  pageSize: 1000,
};

/**
 * The user-assigned identities of a subscription, and the identities that its resources have of their own.
 *
 * Reader may not ask an identity for its resources (listAssociatedResources is an action), so Resource Graph is asked
 * for every resource that has an identity. It leaves out silently what the reader may not see, so its answer counts as
 * whole only for a subscription in which the reader may read everything; an identity can be attached in another
 * subscription than its own.
 */
export const managedIdentities: RowReader = {
  kind: "azure.managedIdentity",
  reads: [read, attachedRead, ownRightsRead],
  rows: async (run, { id: subscription }) => {
    const [{ items }, found] = await Promise.all([
      readArmList<IdentityAnswer>(run, read, subscription),
      attachments(run),
    ]);
    const { holders, unseen } = found;
    const identities = run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, userAssignedRow);
    const attached = identities.map((each) => withAttachments(each, found));
    const cause = unseen.get(subscription) ?? unseen.get(everywhere);
    if (cause !== undefined) run.ledger.doubt(read.kind, subscription, cause);
    const own = holders.filter(({ id }) => below(id, subscription)).flatMap(systemAssignedRows);
    return [...attached, ...own];
  },
};

/** A resource with an identity: its own, or others that it may act as, or both. */
interface Holder {
  id: string;
  principalId: string | null;
  tenantId: string | null;
  identities: readonly string[];
}

/** Stands for every subscription, listed or not, where it cannot be told which resources were left out. */
const everywhere = "everywhere";

/** Every resource that has an identity, and the subscriptions of which some may have been left out, with the cause. */
interface Attachments {
  holders: readonly Holder[];
  unseen: ReadonlyMap<string, string>;
}

const attachments = oncePerRun(async (run): Promise<Attachments> => {
  const { subscriptions, complete: listed } = run.hierarchy;
  const [answer, rights] = await Promise.all([
    readHolders(run),
    Promise.all(subscriptions.map(async ({ id }) => [id, await readsEverything(run, id)] as const)),
  ]);
  const unseen = new Map(
    rights
      .filter(([, everything]) => !everything)
      .map(([id]) => [id, "the reader may not read everything in it, and Resource Graph leaves out the rest silently"]),
  );
  const holders = run.ledger.rowsOf(
    { kind: `${attachedRead.kind}.attachedTo`, scope: "tenant" },
    answer.items,
    holderOf,
  );
  if (!answer.complete || holders.length < answer.items.length)
    unseen.set(everywhere, "the resources that have an identity were not read whole");
  else if (!listed) unseen.set("subscriptions that were not listed", "azure.subscription was not read whole");
  return { holders, unseen };
});

function readHolders(run: AzureRun): Promise<{ items: HolderAnswer[]; complete: boolean }> {
  const query = "resources | where isnotempty(identity) | project id, identity | order by id asc";
  return readGraph<HolderAnswer>(run, attachedRead, query);
}

/** Whether the reader may read every resource of a subscription, as the subscription tells the reader of its own rights. */
async function readsEverything(run: AzureRun, subscription: string): Promise<boolean> {
  const rights = (await readOwnRights(run, subscription)) ?? [];
  return rights.some(
    ({ actions, notActions }) =>
      Array.isArray(actions) &&
      Array.isArray(notActions) &&
      actions.some((action) => action === "*" || action === "*/read") &&
      !notActions.some((action) => /(?:\*|\/read)$/i.test(action)),
  );
}

/** A resource with what it may act as; null where it has no id. */
export function holderOf({ id, identity }: HolderAnswer): Holder | null {
  if (typeof id !== "string") return null;
  return {
    id: normaliseId(id),
    principalId: identity?.principalId?.toLowerCase() ?? null,
    tenantId: identity?.tenantId?.toLowerCase() ?? null,
    identities: Object.keys(identity?.userAssignedIdentities ?? {}).map(normaliseId),
  };
}

/** A user-assigned identity as a row, without what it is attached to; null where it has no id. */
export function userAssignedRow({ id, location, tags, properties }: IdentityAnswer): IdentityRow | null {
  if (typeof id !== "string") return null;
  const scope = parseScope(id);
  const row: IdentityRow = {
    id: scope.id ?? "",
    name: scope.name ?? "",
    type: "userAssigned",
    subscriptionId: scope.subscriptionId ?? "",
    resourceGroup: scope.resourceGroup ?? "",
    tenantId: properties?.tenantId?.toLowerCase() ?? null,
    location: location ?? null,
    tags: tags ?? {},
  };
  if (typeof properties?.principalId === "string") row.principalId = properties.principalId.toLowerCase();
  if (typeof properties?.clientId === "string") row.clientId = properties.clientId.toLowerCase();
  return row;
}

function withAttachments(row: IdentityRow, { holders, unseen }: Attachments): IdentityRow {
  if (holders.length === 0 && unseen.has(everywhere)) return row;
  const attachedTo = holders.filter(({ identities }) => identities.includes(row.id)).map(({ id }) => id);
  return { ...row, attachedTo, ...(unseen.size > 0 ? incomplete("attachedTo") : {}) };
}

/** The identity that a resource has of its own, by the id under which Azure Resource Manager knows it; none where it has none. */
export function systemAssignedRows({ id, principalId, tenantId }: Holder): IdentityRow[] {
  if (principalId === null) return [];
  const scope = parseScope(id);
  return [
    {
      id: `${id}/providers/microsoft.managedidentity/identities/default`,
      name: scope.name ?? "",
      type: "systemAssigned",
      subscriptionId: scope.subscriptionId ?? "",
      resourceGroup: scope.resourceGroup ?? "",
      principalId,
      clientId: null,
      tenantId,
      location: null,
      tags: {},
      attachedTo: [id],
    },
  ];
}

/** A federated credential of a user-assigned identity, api-version 2025-01-31-preview. */
export interface TrustAnswer {
  id?: string;
  name?: string;
  properties?: {
    issuer?: string;
    subject?: string | null;
    audiences?: string[];
    claimsMatchingExpression?: { value?: string } | null;
  };
}

const credentialsRead: ReadDefinition = {
  kind: "azure.federatedCredential",
  service: "Azure Resource Manager",
  per: "azure.managedIdentity",
  endpoint: "GET {scope}/federatedIdentityCredentials",
  // Versions without the preview leave out an expression, so that such a credential would look as if it let nobody in.
  apiVersion: "2025-01-31-preview",
  right: reader("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"),
  pageSize: 20,
};

/** Who may sign in as a user-assigned identity with another issuer's token; a resource's own identity has none. */
export const federatedCredentials: RowReader<IdentityRow> = {
  kind: "azure.federatedCredential",
  reads: [credentialsRead],
  rows: async (run, identity) => {
    if (identity.type !== "userAssigned") return [];
    const { items } = await readArmList<TrustAnswer>(run, credentialsRead, identity.id);
    return run.ledger.rowsOf({ kind: credentialsRead.kind, scope: identity.id }, items, (each) =>
      trustRow(each, identity),
    );
  },
};

/** A federated credential of an identity as a row; null where it is of another shape. */
export function trustRow(
  { id, name, properties }: TrustAnswer,
  { id: ownerId, clientId }: IdentityRow,
): (AzureFederatedCredential & { id: string }) | null {
  if (typeof id !== "string" || properties === undefined) return null;
  const expression = properties.claimsMatchingExpression ?? null;
  const row: AzureFederatedCredential & { id: string } = {
    id: normaliseId(id),
    on: "managedIdentity",
    ownerId,
    // One of the two is given, and the other one left out (specification of 2025-01-31-preview).
    subject: properties.subject ?? null,
  };
  if (expression === null) row.claimsMatchingExpression = null;
  else if (typeof expression.value === "string") row.claimsMatchingExpression = expression.value;
  if (clientId !== undefined) row.appId = clientId;
  if (typeof name === "string") row.name = name;
  if (typeof properties.issuer === "string") row.issuer = properties.issuer;
  if (Array.isArray(properties.audiences)) row.audiences = properties.audiences;
  return row;
}
