import type { ArmResource } from "./data.ts";
import { isObject } from "./json.ts";

const MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/";

/** A scope for comparing: lower case, no slash at its end, `/` for the tenant root. */
export function normalise(scope: string): string {
  const text = scope.toLowerCase().replace(/\/+$/, "");
  return text === "" ? "/" : text.startsWith("/") ? text : `/${text}`;
}

/** Whether one normalised id lies in another by its text, on the border of a segment. */
export function startsWithScope(id: string, scope: string): boolean {
  return id === scope || id.startsWith(`${scope}/`);
}

export function subscriptionOf(id: string): string | undefined {
  return /^\/subscriptions\/([^/]+)/i.exec(id)?.[1]?.toLowerCase();
}

/** The resource group's id in lower case, or undefined above one. */
export function resourceGroupOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/i.exec(id)?.[0].toLowerCase();
}

export function managementGroupOf(scope: string): string | undefined {
  return normalise(scope).startsWith(MANAGEMENT_GROUP) ? normalise(scope) : undefined;
}

/** Each child (management group or subscription) to the management group above it, all in lower case. */
function parents(groups: readonly ArmResource[]): Map<string, string> {
  const above = new Map<string, string>();
  for (const group of groups) {
    const children = group.properties.children;
    for (const child of Array.isArray(children) ? children : []) {
      if (isObject(child) && typeof child.id === "string") above.set(normalise(child.id), normalise(group.id));
    }
  }
  return above;
}

/**
 * Every scope strictly above one, nearest first: by its text up to the subscription, by the hierarchy of management
 * groups above that, and last the tenant root.
 */
export function ancestors(scope: string, groups: readonly ArmResource[]): string[] {
  const above = parents(groups);
  const chain: string[] = [];
  let at = normalise(scope);
  while (at !== "/") {
    const isTop = at.startsWith(MANAGEMENT_GROUP) || /^\/subscriptions\/[^/]+$/.test(at);
    at = isTop ? (above.get(at) ?? "/") : normalise(at.slice(0, at.lastIndexOf("/")));
    chain.push(at);
  }
  return chain;
}

/** Subscriptions below a management group, at any depth, as lower-case ids without `/subscriptions/`. */
export function subscriptionsBelow(group: string, groups: readonly ArmResource[]): string[] {
  return [...parents(groups).keys()]
    .filter((id) => id.startsWith("/subscriptions/") && ancestors(id, groups).includes(normalise(group)))
    .map((id) => id.slice("/subscriptions/".length));
}
