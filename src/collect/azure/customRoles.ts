import { normaliseId, roleDefinitionId } from "../../resources/scope.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { lower } from "../forms.ts";
import type { AzureRun, Hierarchy } from "../reader.ts";
import { listIn, textIn } from "../shape.ts";
import { readGraph } from "./resourceGraph.ts";

/** The read of which custom roles there are, by another way than the lists of subscriptions. */
export const customRolesRead: ReadDefinition = {
  kind: "azure.roleDefinition",
  fields: ["count"],
  service: "Azure Resource Manager",
  per: "tenant",
  endpoint: "POST /providers/Microsoft.ResourceGraph/resources",
  apiVersion: "2022-10-01",
  right: reader("Microsoft.Authorization/roleDefinitions/read"),
  pageSize: 1000,
};

const query =
  "authorizationresources | where type =~ 'microsoft.authorization/roledefinitions' " +
  "| where properties.type =~ 'CustomRole' | project id, scopes = properties.assignableScopes | order by id asc";

interface RoleAnswer {
  id?: string;
  scopes?: string[];
}

/**
 * The subscriptions whose list of roles lacks a custom role that Resource Graph knows, each with a cause for the ledger.
 * A list holds the roles that can be assigned in its subscription or above it, so others are not looked for. Resource
 * Graph is minutes late: a role that was just deleted puts a list in doubt in this run, and in the next one it does not.
 * @param listed whether a role, by its normalised id, was listed
 */
export async function unlistedRoles(
  run: AzureRun,
  subscriptions: Hierarchy["subscriptions"],
  listed: (id: string) => boolean,
): Promise<{ subscription: string; cause: string }[]> {
  const { items } = await readGraph<RoleAnswer>(run, customRolesRead, query, {
    authorizationScopeFilter: "AtScopeAboveAndBelow",
  });
  const roles = run.ledger.rowsOf({ kind: readName(customRolesRead), scope: "tenant" }, items, ({ id, scopes }) => ({
    id: roleDefinitionId(textIn(id)),
    scopes: new Set(listIn(scopes).map((scope) => normaliseId(lower(textIn(scope)) ?? ""))),
  }));
  const missing = roles.filter(({ id }) => !listed(id));
  return subscriptions.flatMap(({ id, managementGroups = [] }) => {
    const count = missing.filter(({ scopes }) => [id, ...managementGroups].some((each) => scopes.has(each))).length;
    if (count === 0) return [];
    return [{ subscription: id, cause: `the list lacks ${count} custom roles that Resource Graph knows` }];
  });
}
