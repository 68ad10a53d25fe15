import { type Answer, type EstateRequest, list, reply } from "./answer.ts";
import type { DirectoryObject, EstateData } from "./data.ts";
import { failure } from "./failure.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { lookup } from "./lookup.ts";

type Collection = "applications" | "servicePrincipals" | "users" | "groups";

const TYPE_OF: Record<Collection, string> = {
  applications: "application",
  servicePrincipals: "servicePrincipal",
  users: "user",
  groups: "group",
};
const COLLECTIONS: readonly Collection[] = ["users", "groups", "servicePrincipals", "applications"];

/** v1.0 gives these of a user unless `$select` asks for others; accountEnabled and userType are not among them. */
const USER_DEFAULTS = [
  "businessPhones",
  "displayName",
  "givenName",
  "jobTitle",
  "mail",
  "mobilePhone",
  "officeLocation",
  "preferredLanguage",
  "surname",
  "userPrincipalName",
  "id",
];

const metadata = (request: EstateRequest) =>
  `https://graph.microsoft.com/${isBeta(request) ? "beta" : "v1.0"}/$metadata#`;

/** What the request asks of; beta tells of some things more. */
const isBeta = (request: EstateRequest) => request.path.startsWith("/beta/");

const badRequest = (message: string) => failure("graph", 400, "Request_BadRequest", message);
const notFound = (id: string) =>
  failure(
    "graph",
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its references is not present.`,
  );

/** The directory object with an id, and the collection that holds it. */
function find(data: EstateData, id: string): { row: DirectoryObject; collection: Collection } | undefined {
  for (const collection of COLLECTIONS) {
    const row = lookup(data).directory[collection].get(id.toLowerCase());
    if (row) return { row, collection };
  }
  return undefined;
}

function selected(request: EstateRequest): string[] | undefined {
  const text = request.query.get("$select");
  return text ? text.split(",").map((name) => name.trim()) : undefined;
}

function view(row: DirectoryObject, collection: Collection, fields: string[] | undefined): JsonObject {
  const wanted = fields ?? (collection === "users" ? USER_DEFAULTS : undefined);
  if (!wanted) return row;
  return Object.fromEntries(wanted.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]));
}

/** As `view`, with the type that a list of mixed objects carries. */
function typedView(data: EstateData, id: string, fields: string[] | undefined): JsonObject | undefined {
  const found = find(data, id);
  if (!found) return undefined;
  const type = `#microsoft.graph.${TYPE_OF[found.collection]}`;
  return { "@odata.type": type, ...view(found.row, found.collection, fields) };
}

function pageSize(request: EstateRequest, size: number): number | undefined {
  const top = request.query.get("$top");
  if (top === undefined) return size;
  const asked = Number(top);
  return Number.isInteger(asked) && asked >= 1 && asked <= 999 ? Math.min(asked, size) : undefined;
}

const isEventual = (request: EstateRequest) => request.header("consistencylevel")?.toLowerCase() === "eventual";

/** A page may hold fewer than `$top` asks for: the service's own page is the most. */
function paged(request: EstateRequest, items: JsonObject[], context: string, size: number): Answer {
  const most = pageSize(request, size);
  if (most === undefined) return badRequest("Invalid page size specified. Must be between 1 and 999 inclusive.");
  const count = isEventual(request) && request.query.get("$count")?.toLowerCase() === "true";
  return list(items, { by: "@odata.nextLink", size: most, context: metadata(request) + context, count });
}

function wholeCollection(request: EstateRequest, data: EstateData, collection: Collection, size: number): Answer {
  const rows = data.graph[collection];
  const fields = selected(request);
  const unknown = fields?.find((name) => rows.length > 0 && !rows.some((row) => row[name] !== undefined));
  if (unknown !== undefined) {
    return badRequest(`Could not find a property named '${unknown}' on type 'microsoft.graph.${TYPE_OF[collection]}'.`);
  }
  const filter = request.query.get("$filter");
  const equals = filter === undefined ? undefined : /^(\w+) eq '([^']*)'$/.exec(filter.trim());
  if (equals === null) {
    return failure("graph", 400, "Request_UnsupportedQuery", `Unsupported or invalid query filter clause '${filter}'.`);
  }
  const kept = rows.filter((row) => !equals?.[1] || row[equals[1]] === equals[2]);
  const context = fields ? `${collection}(${fields.join(",")})` : collection;
  const trusts = request.query.get("$expand") === "federatedIdentityCredentials" && collection === "applications";
  return paged(
    request,
    kept.map((row) => ({
      ...view(row, collection, fields),
      ...(trusts ? { federatedIdentityCredentials: trustsOf(request, data, row.id).slice(0, 20) } : {}),
    })),
    context,
    size,
  );
}

/** The trusts of an application; only beta shows expressions. */
function trustsOf(request: EstateRequest, data: EstateData, application: string): JsonObject[] {
  const rows = data.graph.federatedIdentityCredentials[application] ?? [];
  return isBeta(request) ? rows : rows.map(({ claimsMatchingExpression: _, ...row }) => row);
}

/** Whom the object belongs to, as a list of mixed objects. */
function owners(request: EstateRequest, data: EstateData, id: string, size: number): Answer {
  const rows = (data.graph.owners[id] ?? [])
    .map((each) => typedView(data, each, selected(request)))
    .filter((row) => row !== undefined);
  return paged(request, rows, "directoryObjects", size);
}

/** A deleted object by its id, or those of one type. */
function deletedItems(request: EstateRequest, data: EstateData, which: string, size: number): Answer {
  if (which.startsWith("microsoft.graph.")) {
    const rows = data.graph.deletedItems.filter((row) => row["@odata.type"] === `#${which}`);
    return paged(request, rows, "directoryObjects", size);
  }
  const row = data.graph.deletedItems.find((each) => each.id.toLowerCase() === which.toLowerCase());
  return row === undefined
    ? notFound(which)
    : reply({ "@odata.context": `${metadata(request)}directoryObjects/$entity`, ...row });
}

/** Directory roles; only beta says which are privileged. */
function roleManagement(
  request: EstateRequest,
  data: EstateData,
  path: readonly string[],
  size: number,
): Answer | undefined {
  const [provider, list, ...more] = path;
  if (provider !== "directory" || more.length > 0) return undefined;
  if (list === "roleAssignments") {
    return paged(request, data.graph.directoryRoleAssignments, "roleManagement/directory/roleAssignments", size);
  }
  if (list !== "roleDefinitions") return undefined;
  const rows = data.graph.directoryRoleDefinitions;
  const seen = isBeta(request) ? rows : rows.map(({ isPrivileged: _, ...row }) => row);
  return paged(request, seen, "roleManagement/directory/roleDefinitions", size);
}

/** Members at any depth, each once; groups within are members too. */
function transitiveMembers(data: EstateData, group: string): string[] {
  const seen = new Set<string>();
  const pending = [...(data.graph.groupMembers[group] ?? [])];
  for (let id = pending.shift(); id !== undefined; id = pending.shift()) {
    if (seen.has(id) || id === group) continue;
    seen.add(id);
    pending.push(...(data.graph.groupMembers[id] ?? []));
  }
  return [...seen];
}

function members(request: EstateRequest, data: EstateData, group: string, rest: string[], size: number): Answer {
  const [relation, cast] = rest;
  const ids = relation === "members" ? (data.graph.groupMembers[group] ?? []) : transitiveMembers(data, group);
  const rows = ids
    .map((id) => typedView(data, id, selected(request)))
    .filter((row) => row !== undefined)
    .filter((row) => cast === undefined || row["@odata.type"] === `#${cast}`);
  return paged(request, rows, "directoryObjects", size);
}

function getByIds(request: EstateRequest, data: EstateData): Answer {
  const ids = isObject(request.body) ? request.body.ids : undefined;
  const types = isObject(request.body) ? request.body.types : undefined;
  if (!Array.isArray(ids)) return badRequest("Required parameter 'ids' is missing.");
  if (ids.length > 1000) return badRequest("Too many ids: at most 1000 are allowed.");
  const wanted = Array.isArray(types) ? types.map((type: Json) => String(type).toLowerCase()) : ["directoryobject"];
  const rows = ids
    .map((id) => typedView(data, String(id), undefined))
    .filter((row) => row !== undefined)
    .filter((row) => {
      const type = String(row["@odata.type"]).slice("#microsoft.graph.".length).toLowerCase();
      return wanted.includes("directoryobject") || wanted.includes(type);
    });
  return list(rows, { by: "@odata.nextLink", size: 1000, context: `${metadata(request)}directoryObjects` });
}

const isCollection = (name: string | undefined): name is Collection => COLLECTIONS.some((each) => each === name);

/** Microsoft Graph, below `/graph/v1.0` and, for what is only there, `/graph/beta`. */
export function graph(request: EstateRequest, data: EstateData, size: number): Answer {
  const [version, collection, id, ...rest] = request.path.split("/").slice(1);
  const unknown = failure(
    "graph",
    400,
    "BadRequest",
    `Resource not found for the segment '${collection ?? version ?? ""}'.`,
  );
  if (version !== "v1.0" && version !== "beta") return failure("graph", 400, "BadRequest", "Invalid version.");
  if (collection === "directoryObjects" && id === "getByIds") {
    if (request.method === "POST") return getByIds(request, data);
    return failure("graph", 405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.");
  }
  if (request.method !== "GET") {
    return failure("graph", 405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.");
  }
  if (collection === "directory" && id === "deletedItems" && rest[0] !== undefined && rest.length === 1) {
    return deletedItems(request, data, rest[0], size);
  }
  if (collection === "roleManagement") {
    return roleManagement(request, data, id === undefined ? [] : [id, ...rest], size) ?? unknown;
  }
  const ofSignIns = collection === "reports" || selected(request)?.includes("signInActivity") === true;
  if (ofSignIns && !data.graph.premium) {
    const code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    return failure("graph", 403, code, "Neither tenant is B2C or tenant doesn't have premium license");
  }
  if (collection === "reports" && id === "servicePrincipalSignInActivities" && rest.length === 0 && isBeta(request)) {
    const rows = data.graph.servicePrincipalSignInActivities;
    return paged(request, rows, "reports/servicePrincipalSignInActivities", size);
  }
  if (collection === "organization" && id === undefined) {
    const tenant = { id: data.tenantId, displayName: data.name, tenantType: "AAD" };
    return paged(request, [tenant], "organization", size);
  }
  if (!isCollection(collection)) return unknown;
  if (id === undefined) return wholeCollection(request, data, collection, size);
  if (id === "$count") {
    if (!isEventual(request))
      return badRequest("Request with $count query parameter only supported with ConsistencyLevel.");
    return {
      kind: "count",
      counts: [data.graph[collection].length],
      reply: ([count]) => ({ status: 200, body: count ?? 0 }),
    };
  }
  const row = lookup(data).directory[collection].get(id.toLowerCase());
  if (!row) return notFound(id);
  const [relation, ...more] = rest;
  if (relation === undefined) {
    const context = `${metadata(request)}${collection}/$entity`;
    return reply({ "@odata.context": context, ...view(row, collection, selected(request)) });
  }
  if (collection === "groups" && (relation === "members" || relation === "transitiveMembers") && more.length < 2) {
    return members(request, data, row.id, rest, size);
  }
  if (relation === "owners" && collection !== "users" && more.length === 0) return owners(request, data, row.id, size);
  if (collection === "servicePrincipals" && relation === "appRoleAssignments" && more.length === 0) {
    const rows = data.graph.appRoleAssignments.filter((each) => each.principalId === row.id);
    return paged(request, rows, "appRoleAssignments", size);
  }
  if (collection === "applications" && relation === "federatedIdentityCredentials" && more.length === 0) {
    const rows = trustsOf(request, data, row.id);
    return paged(request, rows, `applications('${row.id}')/federatedIdentityCredentials`, size);
  }
  return unknown;
}
