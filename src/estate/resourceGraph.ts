import type { Answer, EstateRequest } from "./answer.ts";
import { type EstateData, resourceLists } from "./data.ts";
import { failure } from "./failure.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { ancestors, normalise, subscriptionOf, subscriptionsBelow } from "./scope.ts";

interface Row {
  type: string;
  scope: string;
}

/**
 * Counts only: `<table> [| where type =~ '<type>'] | summarize [name =] count() [by subscriptionId]` or `| count`, over
 * authorizationresources, resources, resourcecontainers and managedserviceresources; and the resources that have an
 * identity, in one form; and counts of several types at once, in one form. Everything else is a bad request, as in the service.
 */
const QUERY =
  /^\s*(authorizationresources|resources|resourcecontainers|managedserviceresources)\s*(?:\|\s*where\s+type\s*(?:=~|==)\s*["']([^"']+)["']\s*)?\|\s*(?:count|summarize\s+(?:(\w+)\s*=\s*)?count\(\)(\s+by\s+subscriptionId)?)\s*$/i;

function rowsOf(table: string, data: EstateData): Row[] {
  const { arm } = data;
  const own = (rows: readonly { id: string }[], type: string) =>
    rows.map((row) => ({ type, scope: normalise(row.id) }));
  switch (table.toLowerCase()) {
    case "authorizationresources":
      return [
        ...arm.roleAssignments.map((row) => ({
          type: "microsoft.authorization/roleassignments",
          scope: normalise(row.properties.scope),
        })),
        ...arm.roleDefinitions.map((row) => ({
          type: "microsoft.authorization/roledefinitions",
          scope: normalise(row.properties.assignableScopes[0] ?? "/"),
        })),
      ];
    case "managedserviceresources":
      return own(arm.registrationAssignments, "microsoft.managedservices/registrationassignments");
    case "resourcecontainers":
      return [
        ...own(arm.subscriptions, "microsoft.resources/subscriptions"),
        ...own(arm.resourceGroups, "microsoft.resources/subscriptions/resourcegroups"),
        ...own(arm.managementGroups, "microsoft.management/managementgroups"),
      ];
    default:
      return [
        ...own(arm.synapseWorkspaces, "microsoft.synapse/workspaces"),
        ...own(arm.storageAccounts, "microsoft.storage/storageaccounts"),
        ...own(arm.keyVaults, "microsoft.keyvault/vaults"),
        ...own(arm.userAssignedIdentities, "microsoft.managedidentity/userassignedidentities"),
        ...own(arm.logAnalyticsWorkspaces, "microsoft.operationalinsights/workspaces"),
        ...own(arm.containerGroups, "microsoft.containerinstance/containergroups"),
        ...own(arm.synapseSqlPools, "microsoft.synapse/workspaces/sqlpools"),
        ...own(arm.synapseBigDataPools, "microsoft.synapse/workspaces/bigdatapools"),
      ];
  }
}

const strings = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

/** Whether a row is in the asked subscriptions, or above them where the scope filter asks for that too. */
function selector(data: EstateData, body: Json | undefined): ((row: Row) => boolean) | undefined {
  const options = isObject(body) && isObject(body.options) ? body.options : {};
  const filter = String(options.authorizationScopeFilter ?? "AtScopeAndBelow").toLowerCase();
  const groups = data.arm.managementGroups;
  const asked = isObject(body)
    ? [
        ...strings(body.subscriptions).map((id) => id.toLowerCase()),
        ...strings(body.managementGroups).flatMap((id) =>
          subscriptionsBelow(`/providers/Microsoft.Management/managementGroups/${id}`, groups),
        ),
      ]
    : [];
  const named = isObject(body) && (body.subscriptions !== undefined || body.managementGroups !== undefined);
  if (!named) return () => true;
  const chosen = new Set(asked);
  const above = new Set(asked.flatMap((id) => ancestors(`/subscriptions/${id}`, groups)));
  const below = (row: Row) => chosen.has(subscriptionOf(row.scope) ?? "");
  if (filter === "atscopeandbelow") return below;
  if (filter === "atscopeaboveandbelow") return (row) => below(row) || above.has(row.scope);
  return undefined;
}

/** How many of several types there are in each subscription, in the one form in which they are asked for. */
const BY_TYPE =
  /^\s*resources\s*\|\s*where\s+type\s+in~\s*\(([^)]*)\)\s*\|\s*summarize\s+count\(\)\s+by\s+type,\s*subscriptionId\s*$/i;

function byType(types: string, rows: readonly Row[]): Answer {
  const wanted = new Set([...types.matchAll(/'([^']*)'/g)].map((match) => match[1]?.toLowerCase()));
  const groups = new Map<string, { type: string; subscriptionId: string; count: number }>();
  for (const { type, scope } of rows) {
    if (!wanted.has(type)) continue;
    const subscriptionId = subscriptionOf(scope) ?? "";
    const group = groups.get(`${subscriptionId} ${type}`) ?? { type, subscriptionId, count: 0 };
    groups.set(`${subscriptionId} ${type}`, { ...group, count: group.count + 1 });
  }
  const found = [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
  return {
    kind: "count",
    counts: found.map(({ count }) => count),
    reply: (counts) => ({
      status: 200,
      headers: quota,
      body: {
        totalRecords: found.length,
        count: found.length,
        data: found.map(({ type, subscriptionId }, index) => ({ type, subscriptionId, count_: counts[index] ?? 0 })),
        facets: [],
        resultTruncated: "false",
      },
    }),
  };
}

/** The resources that have an identity, in the one form in which they are asked for, page by page. */
const IDENTITIES =
  /^\s*resources\s*\|\s*where\s+isnotempty\(identity\)\s*\|\s*project\s+id,\s*identity\s*\|\s*order\s+by\s+id\s+asc\s*$/i;

function identities(data: EstateData, body: Json | undefined, isSelected: (row: Row) => boolean, size: number): Answer {
  const rows = resourceLists
    .flatMap((name) => data.arm[name])
    .filter((row) => isObject(row.identity) && /\/providers\/[^/]+\/[^/]+\/[^/]+$/.test(row.id))
    .filter((row) => isSelected({ type: String(row.type).toLowerCase(), scope: normalise(row.id) }))
    .map(({ id, identity }) => ({ id, identity: identity ?? null }));
  return pageOf(rows, body, size);
}

/** The custom roles and where they can be assigned, in the one form in which they are asked for, page by page. */
const CUSTOM_ROLES =
  /^\s*authorizationresources\s*\|\s*where\s+type\s*=~\s*'microsoft\.authorization\/roledefinitions'\s*\|\s*where\s+properties\.type\s*=~\s*'CustomRole'\s*\|\s*project\s+id,\s*scopes\s*=\s*properties\.assignableScopes\s*\|\s*order\s+by\s+id\s+asc\s*$/i;

function customRoles(data: EstateData, body: Json | undefined, size: number): Answer {
  const rows = data.arm.roleDefinitions
    .filter(({ properties }) => properties.type === "CustomRole")
    .map(({ name, properties }) => ({
      id: `/providers/Microsoft.Authorization/RoleDefinitions/${name}`,
      scopes: properties.assignableScopes,
    }));
  return pageOf(rows, body, size);
}

/** The role assignments that stand above subscriptions, in the one form in which they are asked for, page by page. */
const INHERITED =
  /^\s*authorizationresources\s*\|\s*where\s+type\s*=~\s*'microsoft\.authorization\/roleassignments'\s*\|\s*where\s+id\s+!startswith\s+'\/subscriptions\/'\s*\|\s*project\s+id,\s*scope\s*=\s*properties\.scope\s*\|\s*order\s+by\s+id\s+asc\s*$/i;

function inherited(data: EstateData, body: Json | undefined, size: number): Answer {
  const rows = data.arm.roleAssignments
    .filter(({ id }) => !/^\/subscriptions\//i.test(id))
    .map(({ id, properties: { scope } }) => ({ id, scope }));
  return pageOf(rows, body, size);
}

/** A page of rows in order of id. */
function pageOf(all: readonly (JsonObject & { id: string })[], body: Json | undefined, size: number): Answer {
  const options = isObject(body) && isObject(body.options) ? body.options : {};
  const rows = all.toSorted((one, other) => (one.id.toLowerCase() < other.id.toLowerCase() ? -1 : 1));
  const from = Number(Buffer.from(String(options.$skipToken ?? ""), "base64url").toString()) || 0;
  const to = from + Math.min(Number(options.$top ?? 100), size);
  const page = rows.slice(from, to);
  const next = to < rows.length ? { $skipToken: Buffer.from(String(to)).toString("base64url") } : {};
  return {
    kind: "count",
    counts: [rows.length],
    reply: ([total = 0]) => ({
      status: 200,
      headers: quota,
      body: { totalRecords: total, count: page.length, data: page, facets: [], resultTruncated: "false", ...next },
    }),
  };
}

const quota = { "x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05" };

export function resourceGraph(request: EstateRequest, data: EstateData, size: number): Answer {
  const query = isObject(request.body) ? request.body.query : undefined;
  const parsed = typeof query === "string" ? QUERY.exec(query) : null;
  const isSelected = selector(data, request.body);
  const table = parsed?.[1];
  if (typeof query === "string" && IDENTITIES.test(query) && isSelected !== undefined) {
    return identities(data, request.body, isSelected, size);
  }
  if (typeof query === "string" && CUSTOM_ROLES.test(query)) return customRoles(data, request.body, size);
  if (typeof query === "string" && INHERITED.test(query)) return inherited(data, request.body, size);
  const [, types] = (typeof query === "string" && BY_TYPE.exec(query)) || [];
  if (types !== undefined && isSelected !== undefined)
    return byType(types, rowsOf("resources", data).filter(isSelected));
  if (!parsed || table === undefined || isSelected === undefined) {
    return failure("arm", 400, "BadRequest", "Please provide below info when asking for support: InvalidQuery");
  }
  const type = parsed[2]?.toLowerCase();
  const rows = rowsOf(table, data).filter((row) => isSelected(row) && (type === undefined || row.type === type));
  const column = /\|\s*count\s*$/i.test(parsed[0]) ? "Count" : (parsed[3] ?? "count_");
  const bySubscription = parsed[4] !== undefined;
  const groups = new Map<string, number>(bySubscription ? [] : [["", 0]]);
  for (const row of rows) {
    const key = bySubscription ? (subscriptionOf(row.scope) ?? "") : "";
    groups.set(key, (groups.get(key) ?? 0) + 1);
  }
  const keys = [...groups.keys()].sort();
  return {
    kind: "count",
    counts: keys.map((key) => groups.get(key) ?? 0),
    reply: (counts) => ({
      status: 200,
      headers: quota,
      body: {
        totalRecords: keys.length,
        count: keys.length,
        data: keys.map((key, index) => ({
          ...(bySubscription ? { subscriptionId: key } : {}),
          [column]: counts[index] ?? 0,
        })),
        facets: [],
        resultTruncated: "false",
      },
    }),
  };
}
