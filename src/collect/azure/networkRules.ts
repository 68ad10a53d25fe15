import { normaliseId } from "../../resources/scope.ts";
import { lower } from "../forms.ts";

/** The rules of a firewall as key vaults and storage accounts answer them; both leave out what is not set. */
export interface NetworkAcls {
  defaultAction?: string;
  bypass?: string;
  ipRules?: { value: string }[];
  virtualNetworkRules?: { id: string }[];
  resourceAccessRules?: { resourceId: string }[];
}

/** A firewall's rules in a row. Without a default action they are null: nothing is set, and every network is let in. */
export function networkRulesOf(acls: NetworkAcls | null | undefined): object | null {
  if (acls === null || acls === undefined) return null;
  return {
    ...(acls.defaultAction !== undefined && { defaultAction: lower(acls.defaultAction) }),
    // "If not specified the default is 'AzureServices'", of both services (Azure/azure-rest-api-specs, NetworkRuleSet).
    bypass: lower(acls.bypass ?? "AzureServices"),
    ipRules: (acls.ipRules ?? []).map((each) => each.value),
    virtualNetworkRules: (acls.virtualNetworkRules ?? []).map((each) => normaliseId(each.id)),
    resourceRules: (acls.resourceAccessRules ?? []).map((each) => normaliseId(each.resourceId)),
  };
}
