/** The id of a resource by what it stands in, its type and its name, whose segments belong together in order. */
export function idOf(base: string, type: string, names: readonly string[]): string {
  const [namespace = "", ...types] = type.split("/");
  if (type.toLowerCase() === "microsoft.resources/resourcegroups") return `${base}/resourceGroups/${names[0] ?? ""}`;
  if (type.toLowerCase() === "microsoft.resources/subscriptions") return `/subscriptions/${names[0] ?? ""}`;
  const below = types.map((each, index) => `${each}/${names[index] ?? ""}`).join("/");
  return `${base === "/" ? "" : base}/providers/${namespace}/${below}`;
}

/** The id that a scope names: an id, or a resource by its type and name, which lies where the deployment goes. */
export function scopeId(scope: string, base: string): string {
  if (scope === "/") return "/";
  if (scope.startsWith("/")) return scope;
  const [namespace = "", ...rest] = scope.split("/");
  const inTenant = /^microsoft\.management$/i.test(namespace);
  return `${inTenant || base === "/" ? "" : base}/providers/${namespace}/${rest.join("/")}`;
}
