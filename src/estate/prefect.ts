import { type Answer, type EstateRequest, list, reply } from "./answer.ts";
import type { EstateData, PrefectServer } from "./data.ts";
import { failure } from "./failure.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** The most that one page may hold, and the server's default. */
const MOST = 200;

interface Kind {
  /** The name of its filter in the body of a request. */
  filter: string;
  /** The orders that the server knows; it ignores `sort` where there are none. */
  sorts: readonly string[];
  rows(server: PrefectServer): readonly JsonObject[];
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

/** One condition on one field: `any_` (in the list), `eq_`, `like_` (part of it, in any case). */
function holds(value: Json | undefined, condition: Json | undefined): boolean | undefined {
  if (condition === null || condition === undefined) return true;
  if (!isObject(condition)) return undefined;
  const entries = Object.entries(condition).filter(([, wanted]) => wanted !== null);
  let result = true;
  for (const [operator, wanted] of entries) {
    if (operator === "any_" && Array.isArray(wanted)) result &&= wanted.some((each) => each === value);
    else if (operator === "eq_") result &&= value === wanted;
    else if (operator === "like_") result &&= String(value).toLowerCase().includes(String(wanted).toLowerCase());
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
  const [, field = "NAME", direction] = /^(NAME|CREATED|UPDATED)_(ASC|DESC)$/.exec(order) ?? [];
  const byType = order === "BLOCK_TYPE_AND_NAME_ASC";
  const key = (row: JsonObject) => `${byType ? row.block_type_name : ""}\0${row[field.toLowerCase()] ?? ""}`;
  const ascending = rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return direction === "DESC" ? ascending.reverse() : ascending;
}

function filterRoute(
  request: EstateRequest,
  name: string,
  kind: Kind,
  server: PrefectServer,
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
  const order = kind.sorts.length > 0 ? String(body.sort ?? "NAME_ASC") : "NAME_ASC";
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

/** A Prefect 3.8.8 server for each environment, below `/prefect/{environment}/api`. */
export function prefect(request: EstateRequest, data: EstateData): Answer {
  const [environment = "", api, name = "", action, ...more] = request.path.split("/").slice(1);
  const server = data.prefect[environment];
  const absent = failure("prefect", 404, "", "Not Found");
  if (!server || api !== "api") return absent;
  const tail = [name, action, ...more].filter((part) => part !== undefined).join("/");
  if (request.method === "GET") {
    if (tail === "health" || tail === "ready") return reply(true);
    if (tail === "version") return reply(data.prefectApiVersion);
    if (tail === "admin/version") return reply(data.prefectVersion);
    if (tail === "csrf-token") return failure("prefect", 422, "", "CSRF protection is disabled.");
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
