import type { EstateRequest, Reply } from "./answer.ts";
import { isBatch } from "./batch.ts";
import type { EstateData } from "./data.ts";
import { failed, type Service } from "./failure.ts";

/** Whether the documented limits are enforced. */
export interface EnforcedLimits {
  /** The services' own time, in ms: Retry-After is in it too. */
  now(): number;
}

/** What limits do to a request. */
export interface Throttling {
  /** The headers by which the service says how much is left. */
  headers: Record<string, string>;
  /** The refusal, where nothing is left. */
  refused?: Reply;
}

/** Counts what is used up. Times are in seconds. */
interface Counter {
  /** Takes the cost, and says how much is left and when it is more; below 0: it was not taken. */
  take(cost: number, now: number): { left: number; after: number };
}

/** Filled bit by bit. */
function tokens(size: number, perSecond: number): Counter {
  let left = size;
  let at = Number.POSITIVE_INFINITY;
  return {
    take(cost, now) {
      left = Math.min(size, left + Math.max(0, now - at) * perSecond);
      at = now;
      if (left < cost) return { left: left - cost, after: (cost - left) / perSecond };
      left -= cost;
      return { left, after: 0 };
    },
  };
}

/** Emptied at once when its time is over; it begins with the first request after that. */
function fixedWindow(size: number, seconds: number): Counter {
  let used = 0;
  let begun = Number.NEGATIVE_INFINITY;
  return {
    take(cost, now) {
      if (now >= begun + seconds) {
        begun = now;
        used = 0;
      }
      const after = begun + seconds - now;
      if (used + cost > size) return { left: size - used - cost, after };
      used += cost;
      return { left: size - used, after };
    },
  };
}

/** The answers of a service that has all its limits left. */
function untouched(service: Service, subscription: string | undefined): Throttling {
  if (service !== "arm") return { headers: {} };
  const scope = subscription === undefined ? "tenant" : "subscription";
  return { headers: { [`x-ms-ratelimit-remaining-${scope}-reads`]: "249" } };
}

const subscriptionIn = (path: string): string | undefined =>
  /^\/subscriptions\/([^/]+)/i.exec(path)?.[1]?.toLowerCase();

/** Resource units of a request to Microsoft Graph, as its page on throttling limits has them. */
function units({ method, path, query }: EstateRequest): number {
  const route = path.toLowerCase().replace(/^\/[^/]+/, "");
  let base = 1;
  if (method === "POST" && route === "/directoryobjects/getbyids") base = 3;
  else if (route.endsWith("/transitivemembers") && route.startsWith("/groups/")) base = 5;
  else if (route.endsWith("/members") && route.startsWith("/groups/")) base = 3;
  else if (route === "/applications" || route === "/users") base = 2;
  if (query.has("$select")) base -= 1;
  if (query.has("$expand")) base += 1;
  return Math.max(1, base);
}

/** hh:mm:ss, rounded up. */
function clockTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((each) => String(each).padStart(2, "0")).join(":");
}

/**
 * The limits that the services document, counted for the one principal that asks: the sources are named beside the same
 * numbers in src/collect/http/limits.ts. Nothing is refused where `enforced` is undefined.
 */
export function throttling(
  data: EstateData,
  enforced: EnforcedLimits | undefined,
): (service: Service, request: EstateRequest) => Throttling {
  if (enforced === undefined) return (service, { path }) => untouched(service, subscriptionIn(path));
  const counters = new Map<string, Counter>();
  const users = data.graph.users.length;
  const directory = users < 50 ? 3500 : users <= 500 ? 5000 : 8000;

  const take = (key: string, make: () => Counter, cost = 1) => {
    const counter = counters.get(key) ?? make();
    counters.set(key, counter);
    return counter.take(cost, enforced.now() / 1000);
  };
  const refusal = (service: Service, code: string, after: number): Reply =>
    failed(service, 429, code, "Too many requests were sent. Try again later.", {
      "retry-after": String(Math.max(1, Math.ceil(after))),
    });

  const arm = ({ path, method }: EstateRequest): Throttling => {
    const subscription = subscriptionIn(path);
    const own = take(`arm ${subscription ?? "tenant"}`, () => tokens(250, 25));
    const scope = subscription === undefined ? "tenant" : "subscription";
    const headers = { [`x-ms-ratelimit-remaining-${scope}-reads`]: String(Math.max(0, Math.floor(own.left))) };
    if (own.left < 0) {
      const code = subscription === undefined ? "TenantRequestsThrottled" : "SubscriptionRequestsThrottled";
      return { headers, refused: refusal("arm", code, own.after) };
    }
    const [namespace, ...rest] = path.toLowerCase().split("/providers/").at(-1)?.split("/") ?? [];
    if (namespace === "microsoft.resourcegraph" && method === "POST") {
      const { left, after } = take("resource graph", () => fixedWindow(15, 5));
      const quota = {
        ...headers,
        "x-ms-user-quota-remaining": String(Math.max(0, left)),
        "x-ms-user-quota-resets-after": clockTime(after),
      };
      return { headers: quota, ...(left < 0 && { refused: refusal("arm", "RateLimiting", after) }) };
    }
    if (namespace === "microsoft.storage") {
      const isList = rest.join("/") === "storageaccounts";
      const key = `storage ${subscription} ${isList}`;
      const { left, after } = take(key, () => fixedWindow(isList ? 100 : 800, 300));
      if (left < 0) return { headers, refused: refusal("arm", "TooManyRequests", after) };
    }
    return { headers };
  };

  const graph = (request: EstateRequest): Throttling => {
    // What is in a batch is counted one by one.
    if (isBatch(request)) return { headers: {} };
    const cost = units(request);
    const { left, after } = take("graph", () => fixedWindow(directory, 10), cost);
    const used = (directory - left) / directory;
    const headers = {
      "x-ms-resource-unit": String(cost),
      ...(used >= 0.8 && { "x-ms-throttle-limit-percentage": used.toFixed(2) }),
    };
    if (left < 0) return { headers, refused: refusal("graph", "TooManyRequests", after) };
    if (!request.query.get("$select")?.toLowerCase().includes("keycredentials")) return { headers };
    const key = `keyCredentials ${request.path.split("/")[2]}`;
    const keys = take(key, () => fixedWindow(150, 60));
    return { headers, ...(keys.left < 0 && { refused: refusal("graph", "TooManyRequests", keys.after) }) };
  };

  return (service, request) => {
    switch (service) {
      case "arm":
        return arm(request);
      case "graph":
        return graph(request);
      case "keyvault": {
        const { left, after } = take(`vault ${request.path.split("/")[1]}`, () => fixedWindow(2000, 10));
        return { headers: {}, ...(left < 0 && { refused: refusal("keyvault", "Throttled", after) }) };
      }
      default:
        return { headers: {} };
    }
  };
}
