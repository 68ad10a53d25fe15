import { isManagementGroup } from "../../resources/scope.ts";
import type { Hierarchy } from "../reader.ts";

/**
 * Whether the lists of a management group have to be read for what stands on it. Not where a subscription that is read
 * lies below it, because that subscription's lists show what it inherits; and not where such a group lies below it
 * itself, because that group's lists show what stands above.
 */
export function hasToBeAsked({ subscriptions, managementGroups }: Hierarchy, group: string): boolean {
  const shown = (id: string): boolean => subscriptions.some((each) => each.managementGroups?.includes(id));
  return !shown(group) && !managementGroups.some((each) => each.ancestors?.includes(group));
}

/**
 * The filter for the lists of a scope: on a management group what stands at it and above it, which is all that its
 * subscriptions would inherit; on a subscription none, for what is below it too.
 */
export function upwards(scope: string): string {
  return isManagementGroup(scope) ? "$filter=atScope()" : "";
}
