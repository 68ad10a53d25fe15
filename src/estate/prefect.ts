import { type Answer, type EstateRequest, type EventQuestion, list, reply } from "./answer.ts";
import type { EstateData, PrefectCloud, PrefectServer } from "./data.ts";
import { failure } from "./failure.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** The most that one page may hold, and the server's default. */
const MOST = 200;

interface Kind<From = PrefectServer> {
  /** The name of its filter in the body of a request. */
  filter: string;
  /** The orders that the server knows; it ignores `sort` where there are none. */
  sorts: readonly string[];
  rows(from: From): readonly JsonObject[];
  scopeOf(row: JsonObject): string;
  hasCount: boolean;
}

const ORDERS = ["CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"];

const KINDS: Record<string, Kind> = {
  block_documents: {
    filter: "block_documents",
    sorts: ["NAME_DESC", "NAME_ASC", "BLOCK_TYPE_AND_NAME_ASC"],
    rows: (server) => server.blockDocuments,
    scopeOf: (row) => String(row.block_type_id),
    hasCount: true,
  },
  block_types: { filter: "block_types", sorts: [], rows: (server) => server.blockTypes, scopeOf: own, hasCount: false },
  block_schemas: {
    filter: "block_schemas",
    sorts: [],
    rows: (server) => server.blockSchemas,
    scopeOf: own,
    hasCount: false,
  },
  deployments: {
    filter: "deployments",
    sorts: ORDERS,
    rows: (server) => server.deployments,
    scopeOf: (row) => String(row.work_pool_name),
    hasCount: true,
  },
  flows: { filter: "flows", sorts: ORDERS, rows: (server) => server.flows, scopeOf: own, hasCount: true },
  variables: { filter: "variables", sorts: ORDERS, rows: (server) => server.variables, scopeOf: own, hasCount: true },
  work_pools: { filter: "work_pools", sorts: [], rows: (server) => server.workPools, scopeOf: own, hasCount: true },
  work_queues: { filter: "work_queues", sorts: [], rows: (server) => server.workQueues, scopeOf: own, hasCount: false },
  automations: {
    filter: "automations",
    sorts: ORDERS,
    rows: (server) => server.automations,
    scopeOf: own,
    hasCount: true,
  },
  flow_runs: {
    filter: "flow_runs",
    sorts: [
      "ID_DESC",
      "START_TIME_ASC",
      "START_TIME_DESC",
      "EXPECTED_START_TIME_ASC",
      "EXPECTED_START_TIME_DESC",
      "NAME_ASC",
      "NAME_DESC",
      "NEXT_SCHEDULED_START_TIME_ASC",
      "END_TIME_DESC",
    ],
    rows: (server) => server.flowRuns,
    scopeOf: (row) => String(row.deployment_id),
    hasCount: true,
  },
};

const ACCESS_ORDERS = ["CREATED_ASC", "CREATED_DESC", "NAME_ASC", "NAME_DESC"];
const inAccount = (filter: string, sorts: readonly string[], name: keyof PrefectCloud): Kind<PrefectCloud> => ({
  filter,
  sorts,
  rows: (cloud) => cloud[name] as JsonObject[],
  scopeOf: own,
  hasCount: name === "accountMemberships",
});

/** What Prefect Cloud lists of an account (https://api.prefect.cloud/api/openapi.json 0.8.4). */
const ACCOUNT_KINDS: Record<string, Kind<PrefectCloud>> = {
  workspaces: inAccount("workspaces", [], "workspaces"),
  bots: inAccount("service_accounts", [], "bots"),
  teams: inAccount("teams", ACCESS_ORDERS, "teams"),
  account_memberships: inAccount("account_memberships", ACCESS_ORDERS, "accountMemberships"),
  workspace_roles: inAccount("workspace_roles", [], "workspaceRoles"),
};

/** What it lists of a workspace beside what any server does. */
const CLOUD_KINDS: Record<string, Kind<PrefectCloud["contents"][string]>> = {
  user_access: {
    filter: "workspace_accesses",
    sorts: ACCESS_ORDERS,
    rows: (contents) => contents.userAccess,
    scopeOf: own,
    hasCount: false,
  },
  bot_access: {
    filter: "workspace_accesses",
    sorts: ["CREATED_ASC", "CREATED_DESC", "BOT_NAME_ASC", "BOT_NAME_DESC"],
    rows: (contents) => contents.botAccess,
    scopeOf: own,
    hasCount: false,
  },
};

/** The plans that have what is not in every plan. */
const PLANS: Record<string, readonly string[]> = {
  bots: ["TEAM", "PRO", "PRO_2024_04", "ENTERPRISE"],
  teams: ["ENTERPRISE"],
};

function own(row: JsonObject): string {
  return String(row.id);
}

const PAGING_KEYS = ["limit", "offset", "sort", "include_secrets"];

/** How the server refuses a body: FastAPI's own words for one field of it. */
function invalid(field: string, type: string, msg: string, body: JsonObject, ctx: JsonObject = {}): Answer {
  const detail = { type, loc: ["body", field], msg, input: body[field] ?? null, ctx };
  return reply({ exception_message: "Invalid request received.", exception_detail: [detail], request_body: body }, 422);
}

/** One condition on one field: `any_` (in the list), `eq_`, `like_` (part of it, in any case), `after_` and `before_` (times, both included). */
function holds(value: Json | undefined, condition: Json | undefined): boolean | undefined {
  if (condition === null || condition === undefined) return true;
  if (!isObject(condition)) return undefined;
  const entries = Object.entries(condition).filter(([, wanted]) => wanted !== null);
  let result = true;
  for (const [operator, wanted] of entries) {
    if (operator === "any_" && Array.isArray(wanted)) result &&= wanted.some((each) => each === value);
    else if (operator === "eq_") result &&= value === wanted;
    else if (operator === "like_") result &&= String(value).toLowerCase().includes(String(wanted).toLowerCase());
    else if (operator === "after_") result &&= typeof value === "string" && value >= String(wanted);
    else if (operator === "before_") result &&= typeof value === "string" && value <= String(wanted);
    else return undefined;
  }
  return result;
}

/** Rows that the filter lets through; undefined for a filter that the estate does not know. */
function filtered(kind: string, rows: readonly JsonObject[], filter: Json | undefined): JsonObject[] | undefined {
  // The server's default shows no anonymous block; null asks for all.
  const defaults = kind === "block_documents" ? { is_anonymous: { eq_: false } } : {};
  const conditions = { ...defaults, ...(isObject(filter) ? filter : {}) };
  const kept: JsonObject[] = [];
  for (const row of rows) {
    const results = Object.entries(conditions)
      .filter(([field]) => field !== "operator")
      .map(([field, condition]) => (field in row ? holds(row[field], condition) : undefined));
    if (results.includes(undefined)) return undefined;
    if (results.every(Boolean)) kept.push(row);
  }
  return kept;
}

function sorted(rows: JsonObject[], order: string): JsonObject[] {
  const [, field = "NAME", direction] = /^(\w+)_(ASC|DESC)$/.exec(order) ?? [];
  const byType = order === "BLOCK_TYPE_AND_NAME_ASC";
  const key = (row: JsonObject) => `${byType ? row.block_type_name : ""}\0${row[field.toLowerCase()] ?? ""}`;
  const ascending = rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return direction === "DESC" ? ascending.reverse() : ascending;
}

function filterRoute<From>(
  request: EstateRequest,
  name: string,
  kind: Kind<From>,
  server: From,
  counting: boolean,
): Answer {
  const body = request.body ?? {};
  if (!isObject(body)) return failure("prefect", 422, "", "Input should be a valid dictionary");
  const strange = Object.keys(body).find((key) => key !== kind.filter && !PAGING_KEYS.includes(key));
  if (strange !== undefined) return invalid(strange, "extra_forbidden", "The estate does not serve this filter", body);
  const kept = filtered(name, kind.rows(server), body[kind.filter]);
  if (!kept) return invalid(kind.filter, "extra_forbidden", "The estate does not serve this condition", body);
  if (counting)
    return { kind: "count", counts: [kept.length], reply: ([count]) => ({ status: 200, body: count ?? 0 }) };
  const limit = body.limit ?? MOST;
  const offset = body.offset ?? 0;
  if (!Number.isInteger(limit) || Number(limit) < 0) {
    return failure("prefect", 422, "", "Invalid limit: must be greater than or equal to 0.");
  }
  if (Number(limit) > MOST) {
    return failure("prefect", 422, "", `Invalid limit: must be less than or equal to ${MOST}.`);
  }
  if (!Number.isInteger(offset) || Number(offset) < 0) {
    return invalid("offset", "greater_than_equal", "Input should be greater than or equal to 0", body, { ge: 0 });
  }
  const usual = ["ID_DESC", "NAME_ASC"].find((each) => kind.sorts.includes(each)) ?? kind.sorts[0] ?? "NAME_ASC";
  const order = kind.sorts.length > 0 ? String(body.sort ?? usual) : usual;
  if (kind.sorts.length > 0 && !kind.sorts.includes(order)) {
    const quoted = kind.sorts.map((each) => `'${each}'`);
    const expected = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
    return invalid("sort", "enum", `Input should be ${expected}`, body, { expected });
  }
  const rows = sorted(kept, order);
  return list(rows, { by: "offset", offset: Number(offset), limit: Number(limit) }, kind.scopeOf);
}

/** Whether the request carries what the server asks for: `user:password` as basic authentication, else a bearer key. */
export function isAllowed(request: EstateRequest, auth: string | undefined): boolean {
  if (auth === undefined || /\/(health|ready)$/.test(request.path)) return true;
  const expected = auth.includes(":") ? `Basic ${Buffer.from(auth).toString("base64")}` : `Bearer ${auth}`;
  return request.header("authorization") === expected;
}

/** The most events that one page may hold on a self-hosted server. */
const MOST_EVENTS = 50;

/** Events by their names' beginnings, in a window of time, newest first; the way to the next page holds the question. */
function eventRoute(request: EstateRequest, server: PrefectServer, base: string): Answer {
  const next = request.query.get("page-token");
  const absent = failure("prefect", 405, "", "Method Not Allowed");
  let question: EventQuestion;
  if (next !== undefined) {
    if (request.method !== "GET") return absent;
    const decoded = Buffer.from(Buffer.from(next, "base64").toString(), "base64").toString();
    if (!decoded.startsWith("{")) return failure("prefect", 403, "", "Forbidden");
    question = JSON.parse(decoded) as EventQuestion;
  } else {
    if (request.method !== "POST") return absent;
    const body = request.body ?? {};
    if (!isObject(body)) return failure("prefect", 422, "", "Input should be a valid dictionary");
    const limit = Number(body.limit ?? MOST_EVENTS);
    if (limit > MOST_EVENTS) {
      return invalid("limit", "less_than_equal", `Input should be less than or equal to ${MOST_EVENTS}`, body, {
        le: MOST_EVENTS,
      });
    }
    question = { filter: isObject(body.filter) ? body.filter : {}, limit, offset: 0, total: null };
  }
  const { event, occurred } = question.filter;
  const prefixes = isObject(event) && Array.isArray(event.prefix) ? event.prefix.map(String) : [""];
  const { since = "", until = "9" } = isObject(occurred) ? occurred : {};
  const found = server.events.filter((each) => {
    const at = String(each.occurred);
    return (
      prefixes.some((prefix) => String(each.event).startsWith(prefix)) && String(since) <= at && at <= String(until)
    );
  });
  return list(sorted(found, "OCCURRED_DESC"), { by: "page-token", question, base }, (row) => {
    const { resource } = row;
    return isObject(resource) ? String(resource["prefect.resource.id"]) : "";
  });
}

/** An account of Prefect Cloud and its workspaces, below `/prefect/cloud/api/accounts/{account}`. */
function cloudRoute(request: EstateRequest, cloud: PrefectCloud): Answer {
  const [accounts, account, name = "", action, ...more] = request.path.split("/").slice(3);
  const absent = failure("prefect", 404, "", "Not Found");
  if (accounts !== "accounts" || account !== cloud.account.id) return absent;
  if (name === "") return request.method === "GET" ? reply(cloud.account) : absent;
  if (PLANS[name]?.includes(String(cloud.account.plan_tier)) === false) {
    return failure("prefect", 403, "", "Forbidden");
  }
  const kind = ACCOUNT_KINDS[name];
  if (kind && (action === "filter" || (action === "count" && kind.hasCount)) && more.length === 0) {
    if (request.method !== "POST") return failure("prefect", 405, "", "Method Not Allowed");
    return filterRoute(request, name, kind, cloud, action === "count");
  }
  if (name === "bots" && request.method === "GET" && more[0] === "read_bot_api_keys") {
    const keys = cloud.botKeys[action ?? ""];
    return keys ? reply(keys) : absent;
  }
  if (name !== "workspaces") return absent;
  const contents = cloud.contents[String(cloud.workspaces.find(({ id }) => id === action)?.handle)];
  if (!contents) return absent;
  const [part = "", ...rest] = more;
  const own = CLOUD_KINDS[part];
  if (own && rest[0] === "filter" && request.method === "POST") return filterRoute(request, part, own, contents, false);
  return serverRoute(request, contents, more);
}

/** A Prefect 3.8.8 server for each environment, below `/prefect/{environment}/api`, and an account of Prefect Cloud. */
export function prefect(request: EstateRequest, data: EstateData): Answer {
  const [environment = "", api, ...path] = request.path.split("/").slice(1);
  const absent = failure("prefect", 404, "", "Not Found");
  if (api !== "api") return absent;
  if (environment === "cloud") return cloudRoute(request, data.prefectCloud);
  const server = data.prefect[environment];
  if (!server) return absent;
  const tail = path.join("/");
  if (request.method === "GET") {
    if (tail === "health" || tail === "ready") return reply(true);
    if (tail === "version") return reply(data.prefectApiVersion);
    if (tail === "admin/version") return reply(data.prefectVersion);
    if (tail === "csrf-token") return failure("prefect", 422, "", "CSRF protection is disabled.");
  }
  return serverRoute(request, server, path);
}

/** What a server and a workspace have in common. */
function serverRoute(request: EstateRequest, server: PrefectServer, path: readonly string[]): Answer {
  const [name = "", action, ...more] = path;
  const absent = failure("prefect", 404, "", "Not Found");
  if (name === "events" && action === "filter") {
    const base = request.origin + request.url.slice(0, request.url.indexOf("/events/filter"));
    return eventRoute(request, server, base);
  }
  const kind = KINDS[name];
  if (!kind) return absent;
  const isRead = action === "filter" || (action === "count" && kind.hasCount);
  if (isRead && more.length === 0) {
    if (request.method !== "POST") return failure("prefect", 405, "", "Method Not Allowed");
    return filterRoute(request, name, kind, server, action === "count");
  }
  if (request.method !== "GET") return failure("prefect", 405, "", "Method Not Allowed");
  const key = more[0] ?? action;
  const one = kind.rows(server).find((row) => row.id === key || row.name === key);
  return one ? reply(one) : absent;
}
