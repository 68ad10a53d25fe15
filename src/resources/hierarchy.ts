import { below, isManagementGroup, subscriptionOf } from "./scope.ts";

/** Answers which scope lies in which, with the management groups that were read; null where those were not. */
export type Hierarchy = ReadonlyMap<string, readonly string[] | null>;

/**
 * Whether the scope `inner` is `outer` or lies below it; null where the management groups above a subscription were not
 * read, and for the address of something planned, which has no id before it is made. Both normalised. What lies in which management group cannot be seen in the text of an id.
 */
export function within(hierarchy: Hierarchy, inner: string, outer: string): boolean | null {
  if (below(inner, outer)) return true;
  if (!inner.startsWith("/")) return outer.startsWith("/") ? null : false;
  if (!isManagementGroup(outer) || inner === "/") return false;
  const subscription = subscriptionOf(inner);
  if (subscription !== null) {
    const above = hierarchy.get(subscription);
    return above === undefined || above === null ? null : above.includes(outer);
  }
  if (!isManagementGroup(inner)) return false;
  // Each list of ancestors goes upwards, so it tells of every two groups in it which lies in which.
  let unsure = false;
  for (const above of hierarchy.values()) {
    if (above === null) unsure = true;
    else if (above.includes(inner)) return above.indexOf(outer) > above.indexOf(inner);
  }
  return unsure ? null : false;
}
