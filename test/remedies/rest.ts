import { removeFromGraph } from "./directory.ts";
import { putSetting } from "./monitor.ts";
import { requestEligibility } from "./roles.ts";
import { credential } from "./synapse.ts";
import { Refused } from "./words.ts";
import { json, object, type Run, remove, resource, set, type World } from "./world.ts";

const dataPlane = ".dev.azuresynapse.net";

/** `az rest`, which signs in for Resource Manager and Graph by itself, and for another service where --resource names it. */
const rest: Run = (given, world) => {
  given.only("--url", "--method", "--body", "--resource");
  const method = (given.maybe("--method") ?? "get").toLowerCase();
  const url = new URL(given.one("--url"));
  const path = decodeURIComponent(url.pathname);
  const body = given.has("--body") ? json(given.one("--body")) : {};
  if (url.host === "graph.microsoft.com") {
    if (method !== "delete") throw new Refused(`${method} of Graph is not known here`);
    return removeFromGraph(world, path);
  }
  if (!url.searchParams.has("api-version")) throw new Refused(`${url} names no api-version`);
  if (method === "get") return;
  if (url.host.endsWith(dataPlane)) {
    if (given.maybe("--resource") !== "https://dev.azuresynapse.net")
      throw new Refused("az rest has no token for that host");
    const name = /^\/credentials\/([^/]+)$/.exec(path)?.[1];
    if (name === undefined) throw new Refused(`nothing is known at ${path}`);
    return credential(world, method, url.host.slice(0, -dataPlane.length), name, body);
  }
  if (url.host !== "management.azure.com") throw new Refused(`az rest has no token for ${url.host}`);
  manage(world, method, path, body);
};

function manage(world: World, method: string, path: string, body: ReturnType<typeof json>): void {
  const of = (pattern: RegExp): string[] | null => pattern.exec(path)?.slice(1) ?? null;
  const setting = of(/^(.+)\/providers\/microsoft\.insights\/diagnosticSettings\/([^/]+)$/i);
  const request = of(/^(.+)\/providers\/microsoft\.authorization\/roleEligibilityScheduleRequests\/[^/]+$/i);
  if (method === "put" && setting !== null) {
    putSetting(world, setting[0] ?? "", setting[1] ?? "", object(body.properties));
  } else if (method === "put" && request !== null) {
    requestEligibility(world, request[0] ?? "", object(body.properties));
  } else if (method === "delete" && /\/federatedIdentityCredentials\/[^/]+$/i.test(path)) {
    remove(world, path);
  } else {
    throw new Refused(`${method} ${path} is not known here`);
  }
}

export const resources: Record<string, Run> = {
  "az rest": rest,
  "az resource update": (given, world) => {
    given.only("--ids", "--api-version", "--set");
    const target = resource(world, given.one("--ids"));
    for (const each of given.many("--set")) {
      const [, path = "", text = ""] = /^([^=]+)=(.*)$/s.exec(each) ?? [];
      set(target, path, text === "true" || text === "false" ? text === "true" : text);
    }
  },
  "az resource move": (given, world) => {
    given.only("--ids", "--destination-group", "--destination-subscription-id");
    const { data } = world;
    const [id = ""] = given.many("--ids");
    const { name } = resource(world, id);
    const to = `/subscriptions/${given.one("--destination-subscription-id")}/resourceGroups/${given.one("--destination-group")}`;
    if (!data.arm.resourceGroups.some((each) => each.id.toLowerCase() === to.toLowerCase()))
      throw new Refused(`${to} does not exist`);
    const from = new RegExp(`^/subscriptions/[^/]+/resourceGroups/[^/]+(?=/providers/[^/]+/[^/]+/${name}(?:/|$))`, "i");
    move(data.arm, (text) => (text.toLowerCase().startsWith(id.toLowerCase()) ? text.replace(from, to) : text));
    // Assignments do not move with what they are on.
    data.arm.roleAssignments = data.arm.roleAssignments.filter(
      ({ properties }) =>
        !properties.scope.toLowerCase().startsWith(`${to}/providers/`.toLowerCase()) ||
        !properties.scope.endsWith(name),
    );
  },
};

/** Changes every text inside a value that names what moved. */
function move(value: unknown, moved: (text: string) => string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === "string") (value as Record<string, unknown>)[key] = moved(each);
    else move(each, moved);
  }
}
