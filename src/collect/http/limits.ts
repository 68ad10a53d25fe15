import type { ServiceName } from "../definition.ts";
import type { Rate } from "./bucket.ts";

/** A request, as far as limits look at it. */
export interface Asked {
  service: ServiceName;
  /** The address of the service, as in https://management.azure.com. */
  endpoint: string;
  method: string;
  url: URL;
  /** As it is sent. */
  body?: string;
}

/** Gives a header of an answer by its name in lower case. */
export type HeaderOf = (name: string) => string | undefined;

/** A limit that a service documents, or our own where it documents none. */
export interface Limit {
  service: ServiceName;
  /** Which requests share one bucket; null: the request does not count. */
  key(asked: Asked): string | null;
  /** null where the service documents no number. */
  rate: Rate | null;
  /** How many requests of a bucket may be under way: our own choice. */
  atOnce?: number;
  /** What a request costs; 1 where it is not given. */
  cost?(asked: Asked): number;
  /** What the answer says that the request cost. */
  actual?(header: HeaderOf): number | undefined;
  /** What the answer says is left of `size`; no finite number where it says nothing. */
  left?(header: HeaderOf, size: number): number | undefined;
  /** In how many ms what is spent comes back, as the answer says. */
  returns?(header: HeaderOf): number | undefined;
  /** Whether a refusal with this code is about this limit; always, where it is not given. */
  isMeant?(code: string | null): boolean;
  /** The size that an answer shows to be allowed, where the size depends on the tenant. */
  size?(asked: Asked, body: unknown): number | undefined;
}

const second = 1000;
const minute = 60 * second;

const subscriptionOf = ({ url }: Asked): string | null =>
  /\/subscriptions\/([^/?]+)/i.exec(url.pathname)?.[1]?.toLowerCase() ?? null;

/** The namespace of the resource provider that answers in the end, as in microsoft.storage, and what follows it. */
function providerOf({ url }: Asked): { namespace: string; type: string } {
  const [namespace = "microsoft.resources", ...rest] =
    url.pathname.toLowerCase().split("/providers/").at(-1)?.split("/") ?? [];
  const named = url.pathname.toLowerCase().includes("/providers/");
  return { namespace: named ? namespace : "microsoft.resources", type: named ? rest.join("/") : "" };
}

const isResourceGraph = (asked: Asked): boolean => providerOf(asked).namespace === "microsoft.resourcegraph";

/** The refusals that Azure Resource Manager gives itself; all others come from the resource provider behind it. */
const isManagersOwn = (code: string | null): boolean => /^(?:subscription|tenant)requeststhrottled$/i.test(code ?? "");

const numberIn = (header: HeaderOf, name: string): number | undefined => {
  const text = header(name);
  return text === undefined || !/^\d+(?:\.\d+)?$/.test(text) ? undefined : Number(text);
};

/** The path below the version, as in /servicePrincipals/…, in lower case. */
const graphPath = ({ url }: Pick<Asked, "url">): string =>
  /\/(?:v1\.0|beta)(\/.*)$/i.exec(url.pathname)?.[1]?.toLowerCase() ?? "/";

const isReport = (asked: Asked): boolean => /^\/(?:reports|auditlogs)\b/.test(graphPath(asked));
const isConditionalAccess = (asked: Asked): boolean => /^\/identity(?:protection)?\//.test(graphPath(asked));

/** Base costs of Microsoft Graph in resource units; what is not listed costs 1. */
const graphCosts: readonly [RegExp, number][] = [
  [/^\/groups\/[^/]+\/transitivemembers\b/, 5],
  [/^\/groups\/[^/]+\/members\b/, 3],
  [/^\/directoryobjects\/getbyids$/, 3],
  [/^\/applications$/, 2],
  [/^\/users$/, 2],
  [/^\/oauth2permissiongrants\b/, 2],
  [/^\/serviceprincipals\/[^/]+\/approleassignments\b/, 2],
];

/** A batch costs what the requests in it cost. */
function graphCost({ url, body }: Pick<Asked, "url" | "body">): number {
  const path = graphPath({ url });
  if (/^\/\Wbatch$/.test(path)) {
    const { requests } = JSON.parse(body ?? "{}") as { requests?: { url: string }[] };
    const costs = (requests ?? []).map((each) => graphCost({ url: new URL(`${url.origin}/v1.0${each.url}`) }));
    return Math.max(
      1,
      costs.reduce((sum, each) => sum + each, 0),
    );
  }
  const base = graphCosts.find(([pattern]) => pattern.test(path))?.[1] ?? 1;
  const query = url.searchParams;
  const top = Number(query.get("$top") ?? 100);
  return Math.max(1, base - (query.has("$select") ? 1 : 0) + (query.has("$expand") ? 1 : 0) - (top < 20 ? 1 : 0));
}

/** hh:mm:ss in ms; undefined for anything else. */
export function duration(text: string | undefined): number | undefined {
  const [, hours, minutes, seconds] = /^(\d+):(\d\d):(\d\d)/.exec(text ?? "") ?? [];
  return seconds === undefined ? undefined : (Number(hours) * 60 + Number(minutes)) * minute + Number(seconds) * second;
}

/**
 * The limits of the services, the narrowest first: a request waits for each of its buckets in this order, so that nobody
 * waits for a wide one while he holds what others could use. The last of a service bounds what is under way.
 */
export const documentedLimits: readonly Limit[] = [
  // Azure Resource Graph: 15 queries in a window of 5 s for a user, and its headers.
  // MicrosoftDocs/azure-docs articles/governance/resource-graph/concepts/guidance-for-throttled-requests.md
  {
    service: "Azure Resource Manager",
    key: (asked) => (isResourceGraph(asked) ? "resource graph" : null),
    rate: { size: 15, per: 5 * second, refill: "window" },
    left: (header) => numberIn(header, "x-ms-user-quota-remaining"),
    returns: (header) => duration(header("x-ms-user-quota-resets-after")),
    isMeant: (code) => !isManagersOwn(code),
  },
  // The storage resource provider: 100 lists of accounts and 800 other reads in 5 minutes for a subscription and region.
  // The region of a list is not known before it is answered, so a subscription counts as one. Whether a list below an
  // account, as of its containers, is one of the 100 is not said; it counts as a read here.
  // learn.microsoft.com/azure/storage/common/scalability-targets-resource-provider
  {
    service: "Azure Resource Manager",
    key: (asked) => storageKey(asked, true),
    rate: { size: 100, per: 5 * minute, refill: "window" },
    isMeant: (code) => !isManagersOwn(code),
  },
  {
    service: "Azure Resource Manager",
    key: (asked) => storageKey(asked, false),
    rate: { size: 800, per: 5 * minute, refill: "window" },
    isMeant: (code) => !isManagersOwn(code),
  },
  // Other resource providers document no number for what is read here; a pause that one asks for is kept by all its requests.
  {
    service: "Azure Resource Manager",
    key: (asked) => {
      const { namespace } = providerOf(asked);
      if (isResourceGraph(asked) || namespace === "microsoft.storage") return null;
      return `${subscriptionOf(asked) ?? "tenant"} ${namespace}`;
    },
    rate: null,
    isMeant: (code) => !isManagersOwn(code),
  },
  // Azure Resource Manager: for a principal 250 reads and 25 more each second, in each subscription and in the tenant; all
  // principals together have 15 times as much, which a header of its own counts.
  // learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
  {
    service: "Azure Resource Manager",
    key: (asked) => subscriptionOf(asked) ?? "tenant",
    rate: { size: 250, per: 10 * second, refill: "steady" },
    left: (header) =>
      Math.min(
        ...["subscription-reads", "tenant-reads", "subscription-global-reads", "tenant-global-reads"]
          .map((name) => numberIn(header, `x-ms-ratelimit-remaining-${name}`))
          .filter((each) => each !== undefined),
      ),
    isMeant: isManagersOwn,
  },
  { service: "Azure Resource Manager", key: () => "all", rate: null, atOnce: 100, isMeant: () => false },

  // Microsoft Graph: 150 requests a minute that select keyCredentials, for applications and for service principals.
  // microsoftgraph/microsoft-graph-docs-contrib api-reference/v1.0/api/{application,serviceprincipal}-list.md
  {
    service: "Microsoft Graph",
    key: (asked) =>
      asked.url.searchParams.get("$select")?.toLowerCase().includes("keycredentials") === true
        ? `keyCredentials ${graphPath(asked).split("/")[1]}`
        : null,
    rate: { size: 150, per: minute, refill: "window" },
  },
  // Reports and audit logs: 5 requests in 10 s. Identity protection and conditional access: 1 request a second. All else of
  // the directory: resource units in 10 s, 3500 with fewer than 50 users, 5000, and 8000 with more than 500; no header says
  // it, but a list of users shows it.
  // microsoftgraph/microsoft-graph-docs-contrib concepts/throttling-limits.md
  {
    service: "Microsoft Graph",
    key: (asked) => (isReport(asked) ? "reports" : null),
    rate: { size: 5, per: 10 * second, refill: "window" },
  },
  {
    service: "Microsoft Graph",
    key: (asked) => (isConditionalAccess(asked) ? "conditional access" : null),
    rate: { size: 1, per: second, refill: "window" },
  },
  {
    service: "Microsoft Graph",
    key: (asked) => (isReport(asked) || isConditionalAccess(asked) ? null : "directory"),
    rate: { size: 3500, per: 10 * second, refill: "window" },
    cost: graphCost,
    actual: (header) => numberIn(header, "x-ms-resource-unit"),
    // Only given from 0.8 of the limit on.
    left: (header, size) => size * (1 - (numberIn(header, "x-ms-throttle-limit-percentage") ?? Number.NaN)),
    size: (asked, body) => {
      const { value, "@odata.nextLink": next } = (body ?? {}) as { value?: unknown; "@odata.nextLink"?: unknown };
      if (graphPath(asked) !== "/users" || !Array.isArray(value)) return undefined;
      const users = value.length + (next === undefined ? 0 : 1);
      return users > 500 ? 8000 : users >= 50 ? 5000 : undefined;
    },
  },
  { service: "Microsoft Graph", key: () => "all", rate: null, atOnce: 16, isMeant: () => false },

  // Key Vault: 2000 transactions in 10 s for a vault and region, as the older and stricter page has it.
  // MicrosoftDocs/azure-docs includes/key-vault-limits.md
  {
    service: "Key Vault",
    key: ({ endpoint }) => endpoint,
    rate: { size: 2000, per: 10 * second, refill: "window" },
    atOnce: 4,
  },
  { service: "Key Vault", key: () => "all", rate: null, atOnce: 32, isMeant: () => false },

  // The Synapse data plane and Data Lake document no number that is near.
  { service: "Synapse", key: ({ endpoint }) => endpoint, rate: null, atOnce: 4 },
  { service: "Synapse", key: () => "all", rate: null, atOnce: 64, isMeant: () => false },
  { service: "Data Lake", key: ({ endpoint }) => endpoint, rate: null, atOnce: 4 },
  { service: "Data Lake", key: () => "all", rate: null, atOnce: 32, isMeant: () => false },

  // Prefect Cloud: 625 requests a minute for an account in the smallest plan (docs.prefect.io/v3/concepts/rate-limits). A
  // server of one's own has no limit, and often one process and a small database.
  {
    service: "Prefect",
    key: ({ url }) =>
      url.hostname === "api.prefect.cloud" ? (/\/accounts\/([^/]+)/.exec(url.pathname)?.[1] ?? "account") : null,
    rate: { size: 625, per: minute, refill: "window" },
  },
  { service: "Prefect", key: ({ endpoint }) => endpoint, rate: null, atOnce: 4 },
];

/** For what answers on loopback: it is no service with limits, so only what is under way is bounded. */
export const loopbackLimits: readonly Limit[] = documentedLimits.map((limit) => ({ ...limit, rate: null }));

function storageKey(asked: Asked, lists: boolean): string | null {
  const { namespace, type } = providerOf(asked);
  const subscription = subscriptionOf(asked);
  return namespace === "microsoft.storage" && (type === "storageaccounts") === lists ? subscription : null;
}
