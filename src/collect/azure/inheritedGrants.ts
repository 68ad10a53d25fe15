import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import type { AzureRun, Hierarchy } from "../reader.ts";
import { textIn } from "../shape.ts";
import { readGraph } from "./resourceGraph.ts";

/** The read of which role assignments stand above subscriptions, by another way than the lists of subscriptions. */
export const inheritedGrantsRead: ReadDefinition = {
  kind: "azure.managementGroup",
  fields: ["count"],
  service: "Azure Resource Manager",
  per: "tenant",
  endpoint: "POST /providers/Microsoft.ResourceGraph/resources",
  apiVersion: "2022-10-01",
  right: reader("Microsoft.Authorization/roleAssignments/read"),
  pageSize: 1000,
};

const query =
  "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' " +
  "| where id !startswith '/subscriptions/' | project id, scope = properties.scope | order by id asc";

interface GrantAnswer {
  id?: string;
  scope?: string;
}

/**
 * The subscriptions whose list of role assignments lacks one that they inherit and that Resource Graph knows, each with a
 * cause for the ledger. Counts by subscription do not hold what stands above it. Resource Graph is minutes late: an
 * assignment that was just deleted puts the lists in doubt in this run, and in the next one it does not.
 * @param listed whether a role assignment, by its normalised id, was listed
 */
export async function unlistedGrants(
  run: AzureRun,
  subscriptions: Hierarchy["subscriptions"],
  listed: (id: string) => boolean,
): Promise<{ subscription: string; cause: string }[]> {
  const { items } = await readGraph<GrantAnswer>(run, inheritedGrantsRead, query, {
    authorizationScopeFilter: "AtScopeAboveAndBelow",
  });
  const read = { kind: readName(inheritedGrantsRead), scope: "tenant" };
  const grants = run.ledger.rowsOf(read, items, ({ id, scope }) => ({
    id: normaliseId(textIn(id)),
    scope: parseScope(textIn(scope)).id,
  }));
  const missing = grants.filter(({ id }) => !listed(id));
  return subscriptions.flatMap(({ id, managementGroups = [] }) => {
    const count = missing.filter(({ scope }) => scope === "/" || managementGroups.includes(scope ?? "")).length;
    if (count === 0) return [];
    return [
      { subscription: id, cause: `the list lacks ${count} inherited role assignments that Resource Graph knows` },
    ];
  });
}
