import type { AzureDelegation, DelegatedRole, EligibleDelegatedRole } from "../../resources/generated.ts";
import { below, normaliseId, parseScope, roleDefinitionId } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { joined } from "../http/service.ts";
import { listUnder } from "../ledger.ts";
import { oncePerRun, type RowReader, readArmList } from "../reader.ts";

interface AuthorizationAnswer {
  principalId: string;
  principalIdDisplayName?: string | null;
  roleDefinitionId: string;
  delegatedRoleDefinitionIds?: string[] | null;
  justInTimeAccessPolicy?: {
    multiFactorAuthProvider?: string | null;
    maximumActivationDuration?: string | null;
    managedByTenantApprovers?: { principalId: string }[] | null;
  } | null;
}

/** A registration assignment of api-version 2022-10-01 with its definition expanded. */
interface AssignmentAnswer {
  id?: string;
  properties?: {
    registrationDefinitionId?: string;
    provisioningState?: string | null;
    registrationDefinition?: {
      properties?: {
        description?: string | null;
        registrationDefinitionName?: string | null;
        managedByTenantId?: string;
        managedByTenantName?: string | null;
        authorizations?: AuthorizationAnswer[];
        eligibleAuthorizations?: AuthorizationAnswer[] | null;
      } | null;
    } | null;
  };
}

const read: ReadDefinition = {
  kind: "azure.delegation",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.ManagedServices/registrationAssignments",
  apiVersion: "2022-10-01",
  right: reader("Microsoft.ManagedServices/registrationAssignments/read"),
  pageSize: 500,
};

const countRead: ReadDefinition = {
  kind: "azure.delegation",
  fields: ["count"],
  service: "Azure Resource Manager",
  per: "tenant",
  endpoint: "POST /providers/Microsoft.ResourceGraph/resources",
  apiVersion: "2022-10-01",
  right: reader("Microsoft.ManagedServices/registrationAssignments/read"),
  pageSize: null,
};

/**
 * The delegations of a subscription and of resource groups in it; management groups cannot be delegated. Nothing documents
 * that a subscription's list holds those of its resource groups, so Resource Graph's count is held against it.
 */
export const delegations: RowReader = {
  kind: "azure.delegation",
  reads: [read, countRead],
  rows: async (run, { id: subscription }) => {
    const query = "$expandRegistrationDefinition=true";
    const { items, complete } = await readArmList<AssignmentAnswer>(run, read, subscription, { query });
    const rows = run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, rowOf);
    const counted = complete ? ((await counts(run)).get(subscription) ?? 0) : 0;
    const here = rows.filter((each) => below(each.id, subscription)).length;
    if (counted > here) {
      const cause = `the list has ${here} delegations in the subscription, and Resource Graph counts ${counted}`;
      run.ledger.doubt(read.kind, subscription, cause);
    }
    return rows;
  },
};

/** How many delegations Resource Graph shows in each subscription; it leaves out silently what the reader may not see. */
const counts = oncePerRun(async ({ ledger, azure }) => {
  const type = "microsoft.managedservices/registrationassignments";
  const { items } = await ledger.read<{ subscriptionId?: string; count_?: number }>(
    { read: countRead, scope: "tenant", service: azure.resourceManager },
    listUnder("data"),
    async ({ call, items }) => {
      const query = `managedserviceresources | where type =~ '${type}' | summarize count() by subscriptionId`;
      const body = { query, options: { resultFormat: "objectArray" } };
      const answer = await call({ method: "POST", path: joined(countRead, "tenant"), body });
      items.push(...(answer.body as { data: typeof items }).data);
    },
  );
  return new Map(
    items.flatMap(({ subscriptionId, count_ }) =>
      typeof subscriptionId === "string" && typeof count_ === "number"
        ? [[`/subscriptions/${subscriptionId.toLowerCase()}`, count_]]
        : [],
    ),
  );
});

function rowOf({ id, properties }: AssignmentAnswer): (AzureDelegation & { id: string }) | null {
  if (typeof id !== "string" || properties === undefined) return null;
  const row: AzureDelegation & { id: string } = {
    id: normaliseId(id),
    // An extension resource: it stands on what is delegated, and does not say it again.
    scope: parseScope(id.slice(0, id.toLowerCase().lastIndexOf("/providers/microsoft.managedservices/"))),
    provisioningState: properties.provisioningState ?? null,
  };
  if (typeof properties.registrationDefinitionId === "string")
    row.definitionId = normaliseId(properties.registrationDefinitionId);
  const definition = properties.registrationDefinition?.properties;
  if (definition === undefined || definition === null) return row;
  row.displayName = definition.registrationDefinitionName ?? null;
  row.description = definition.description ?? null;
  row.managingTenantName = definition.managedByTenantName ?? null;
  if (typeof definition.managedByTenantId === "string")
    row.managingTenantId = definition.managedByTenantId.toLowerCase();
  if (Array.isArray(definition.authorizations)) row.authorizations = definition.authorizations.map(heldOf);
  // Not required, and left out where the offer has none (specification of 2022-10-01).
  row.eligibleAuthorizations = (definition.eligibleAuthorizations ?? []).map(eligibleOf);
  return row;
}

function heldOf(each: AuthorizationAnswer): DelegatedRole {
  return {
    principalId: each.principalId.toLowerCase(),
    principalIdDisplayName: each.principalIdDisplayName ?? null,
    roleDefinitionId: roleDefinitionId(each.roleDefinitionId),
    delegatedRoleDefinitionIds: (each.delegatedRoleDefinitionIds ?? []).map(roleDefinitionId),
  };
}

function eligibleOf(each: AuthorizationAnswer): EligibleDelegatedRole {
  const policy = each.justInTimeAccessPolicy;
  return {
    principalId: each.principalId.toLowerCase(),
    principalIdDisplayName: each.principalIdDisplayName ?? null,
    roleDefinitionId: roleDefinitionId(each.roleDefinitionId),
    multiFactorAuthProvider: policy?.multiFactorAuthProvider ?? null,
    maximumActivationDuration: policy?.maximumActivationDuration ?? null,
    approvers: (policy?.managedByTenantApprovers ?? []).map(({ principalId }) => principalId.toLowerCase()),
  };
}
