import type { Scope } from "./generated.ts";

/**
 * An Azure id or scope in the one form that leastwise keeps: lower case, no trailing slash, and without the
 * /providers/microsoft.subscription prefix that schedules of role assignments carry.
 */
export function normaliseId(id: string): string {
  const lower = id
    .trim()
    .toLowerCase()
    .replace(/^\/providers\/microsoft\.subscription(?=\/subscriptions\/)/, "");
  const trimmed = lower.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed;
}

/** The tenant form of a role definition's id, whichever scope's form it came in: the GUID decides. */
export function roleDefinitionId(id: string): string {
  return `/providers/microsoft.authorization/roledefinitions/${normaliseId(id).split("/").at(-1) ?? ""}`;
}

const managementGroupPrefix = "/providers/microsoft.management/managementgroups/";

/** The id of the management group of that name. */
export function managementGroupId(name: string): string {
  return managementGroupPrefix + name.toLowerCase();
}

/** Whether a normalised scope is a management group. */
export function isManagementGroup(scope: string): boolean {
  return scope.startsWith(managementGroupPrefix) && !scope.slice(managementGroupPrefix.length).includes("/");
}

/** The subscription's scope that a normalised scope lies in or is; null above subscriptions. */
export function subscriptionOf(scope: string): string | null {
  return /^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? null;
}

/** Whether `inner` is `outer` or lies below it by text alone, on segment borders; both normalised. */
export function below(inner: string, outer: string): boolean {
  return outer === "/" || inner === outer || inner.startsWith(`${outer}/`);
}

/**
 * What a scope says of itself. In a resource id the type is every second segment after the last `providers`;
 * an extension resource counts as a resource of its own provider.
 */
export function parseScope(id: string): Scope {
  const scope = normaliseId(id);
  if (scope === "/") {
    return { id: "/", level: "tenant", subscriptionId: null, resourceGroup: null, resourceType: null, name: null };
  }
  const parts = scope.replace(/^\//, "").split("/");
  const name = parts.at(-1) ?? null;
  if (isManagementGroup(scope)) {
    return { id: scope, level: "managementGroup", subscriptionId: null, resourceGroup: null, resourceType: null, name };
  }
  const subscriptionId = parts[0] === "subscriptions" ? (parts[1] ?? null) : null;
  const resourceGroup = parts[2] === "resourcegroups" ? (parts[3] ?? null) : null;
  const provider = parts.lastIndexOf("providers");
  if (provider >= 0) {
    const [namespace, ...rest] = parts.slice(provider + 1);
    const types = rest.filter((_, index) => index % 2 === 0);
    return {
      id: scope,
      level: "resource",
      subscriptionId,
      resourceGroup,
      resourceType: [namespace, ...types].join("/"),
      name,
    };
  }
  const level = resourceGroup === null ? "subscription" : "resourceGroup";
  return { id: scope, level, subscriptionId, resourceGroup, resourceType: null, name };
}
