import type { AzureDenyAssignment, DenyPrincipal } from "../../resources/generated.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { timestamp } from "../forms.ts";
import { type RowReader, readArmList } from "../reader.ts";
import { type PermissionAnswer, permissionOf } from "./roleDefinitions.ts";

/** A deny assignment as api-version 2024-07-01-preview answers it; versions before it leave out the effect. */
interface DenyAnswer {
  id?: string;
  properties?: {
    denyAssignmentName?: string | null;
    description?: string | null;
    permissions?: PermissionAnswer[];
    scope?: string;
    doNotApplyToChildScopes?: boolean | null;
    principals?: { id?: string; type?: string | null }[];
    excludePrincipals?: { id?: string; type?: string | null }[] | null;
    isSystemProtected?: boolean;
    denyAssignmentEffect?: string | null;
    condition?: string | null;
    conditionVersion?: string | null;
    createdOn?: string | null;
    updatedOn?: string | null;
    createdBy?: string | null;
  };
}

const read: ReadDefinition = {
  kind: "azure.denyAssignment",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Authorization/denyAssignments",
  apiVersion: "2024-07-01-preview",
  right: reader("Microsoft.Authorization/denyAssignments/read"),
  pageSize: 500,
};

/** The id by which everyone is named; the type beside it is SystemDefined. */
const everyone = "00000000-0000-0000-0000-000000000000";

/**
 * The deny assignments that a subscription's list shows: without a filter those at it, below it, and inherited from
 * above (azure-docs, "List deny assignments using the REST API").
 */
export const denyAssignments: RowReader = {
  kind: "azure.denyAssignment",
  reads: [read],
  rows: async (run, { id: subscription }) => {
    const { items } = await readArmList<DenyAnswer>(run, read, subscription);
    return run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, rowOf);
  },
};

function rowOf({ id, properties }: DenyAnswer): (AzureDenyAssignment & { id: string }) | null {
  if (typeof id !== "string" || properties === undefined) return null;
  const row: AzureDenyAssignment & { id: string } = {
    id: normaliseId(id),
    displayName: properties.denyAssignmentName ?? null,
    description: properties.description ?? null,
    // Not required, and false where it is not set (azure-docs, "Understand deny assignments").
    doNotApplyToChildScopes: properties.doNotApplyToChildScopes ?? false,
    excludePrincipals: (properties.excludePrincipals ?? []).map(principalOf),
    // All were enforced before there was another effect; a text that is neither breaks the schema, so it is unread.
    effect: (properties.denyAssignmentEffect?.toLowerCase() ?? "enforced") as "enforced" | "audit",
    condition: properties.condition ?? null,
    conditionVersion: properties.conditionVersion ?? null,
    createdOn: timestamp(properties.createdOn),
    updatedOn: timestamp(properties.updatedOn),
    createdBy: properties.createdBy ? properties.createdBy.toLowerCase() : null,
  };
  if (typeof properties.scope === "string") row.scope = parseScope(properties.scope);
  if (Array.isArray(properties.permissions)) row.permissions = properties.permissions.map(permissionOf);
  if (typeof properties.isSystemProtected === "boolean") row.isSystemProtected = properties.isSystemProtected;
  if (Array.isArray(properties.principals)) {
    row.principals = properties.principals.map(principalOf);
    row.everyone = row.principals.some((each) => each.id === everyone);
  }
  return row;
}

/** @throws TypeError where it has no id: a denial of nobody known cannot be told from none */
function principalOf({ id, type }: { id?: string; type?: string | null }): DenyPrincipal {
  if (typeof id !== "string") throw new TypeError("a principal without an id");
  return { id: id.toLowerCase(), type: type ?? null };
}
