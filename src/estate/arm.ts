import { type Answer, type EstateRequest, list, reply } from "./answer.ts";
import { versionsOf } from "./armVersions.ts";
import type { ArmResource, EstateData } from "./data.ts";
import { failure } from "./failure.ts";
import { type Known, lookup } from "./lookup.ts";
import { managementGroups } from "./managementGroups.ts";
import { resourceGraph } from "./resourceGraph.ts";
import {
  denyAssignments,
  roleAssignment,
  roleAssignments,
  roleDefinition,
  roleDefinitions,
  scheduleInstances,
} from "./roleAccess.ts";
import { normalise, resourceGroupOf, startsWithScope, subscriptionOf } from "./scope.ts";

/** What a path names: a type of resource below a scope, and one of them or all. */
interface Target {
  type: string;
  scope: string;
  /** Segments after the type; the first is a name. */
  rest: string[];
  /** The type with those of children in it, as in microsoft.synapse/workspaces/firewallrules. */
  wholeType: string;
  /** Whether the path ends on a type, so that all of them are asked for. */
  isList: boolean;
}

/** Splits on the last `/providers/`; a path with names and types in turn ends on a type for a list, on a name for one. */
function targetOf(path: string): Target | undefined {
  const lower = path.toLowerCase();
  if (lower === "/subscriptions" || /^\/subscriptions\/[^/]+$/.test(lower)) {
    const type = "microsoft.resources/subscriptions";
    const rest = path.split("/").slice(2);
    return { type, scope: "/", rest, wholeType: type, isList: rest.length === 0 };
  }
  const group = /^(\/subscriptions\/[^/]+)\/resourcegroups(?:\/([^/]+))?$/i.exec(path);
  if (group?.[1]) {
    const rest = group[2] === undefined ? [] : [group[2]];
    const type = "microsoft.resources/resourcegroups";
    return { type, scope: group[1], rest, wholeType: type, isList: rest.length === 0 };
  }
  const at = lower.lastIndexOf("/providers/");
  if (at < 0) return undefined;
  const [namespace, type, ...rest] = lower.slice(at + "/providers/".length).split("/");
  if (namespace === undefined || type === undefined) return undefined;
  const wholeType = [namespace, type, ...rest.filter((_, index) => index % 2 === 1)].join("/");
  return {
    type: `${namespace}/${type}`,
    scope: path.slice(0, at) || "/",
    rest,
    wholeType,
    isList: rest.length % 2 === 0,
  };
}

/** The resources of a type, children of resources too, in one subscription or, for undefined, in all. */
function resourcesOf(data: EstateData, type: string, subscription: string | undefined): readonly Known<ArmResource>[] {
  const of = lookup(data).types.get(type);
  if (of === undefined) return [];
  if (subscription !== undefined) return of.get(subscription) ?? [];
  return [...of.values()].flat().sort((one, other) => one.at - other.at);
}

function missing(path: string): Answer {
  return failure("arm", 404, "InvalidResourceType", `The resource type could not be found for '${path}'.`);
}

/** The error for a scope in a subscription or resource group that does not exist. */
function missingScope(data: EstateData, path: string): Answer | undefined {
  const subscription = subscriptionOf(path);
  if (subscription !== undefined && !lookup(data).subscriptions.has(subscription)) {
    return failure("arm", 404, "SubscriptionNotFound", `The subscription '${subscription}' could not be found.`);
  }
  const group = resourceGroupOf(path);
  if (group !== undefined && !lookup(data).resourceGroups.has(group)) {
    const name = group.slice(group.lastIndexOf("/") + 1);
    return failure("arm", 404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`);
  }
  const management = /^\/providers\/microsoft\.management\/managementgroups\/[^/]+/i.exec(path)?.[0];
  if (
    management !== undefined &&
    !data.arm.managementGroups.some((each) => normalise(each.id) === normalise(management))
  ) {
    return failure("arm", 404, "NotFound", `'${management}' not found.`);
  }
  return undefined;
}

const unlicensed = failure("arm", 400, "AadPremiumLicenseRequired", "The tenant needs an AAD Premium 2 license.");

function authorization(request: EstateRequest, data: EstateData, target: Target, size: number): Answer {
  const { type, scope, rest } = target;
  const [name, ...more] = rest;
  if (more.length > 0) return missing(request.path);
  switch (type.slice("microsoft.authorization/".length)) {
    case "roleassignments":
      return name === undefined
        ? roleAssignments(request, data, scope, size)
        : roleAssignment(request, data, scope, name);
    case "roledefinitions":
      return name === undefined
        ? roleDefinitions(request, data, scope, size)
        : roleDefinition(request, data, scope, name);
    case "denyassignments":
      return name === undefined ? denyAssignments(request, data, scope, size) : missing(request.path);
    case "roleassignmentscheduleinstances":
    case "roleeligibilityscheduleinstances":
      if (name !== undefined) return missing(request.path);
      if (data.pimLicensed) return scheduleInstances(request, data, scope, size);
      return unlicensed;
    case "permissions":
      return list(data.readerPermissions, { by: "nextLink", size });
    default:
      return data.pimLicensed ? missing(request.path) : unlicensed;
  }
}

/** Types that stand on a resource of any other type and are listed for that one alone. */
const extensions: readonly string[] = ["microsoft.insights/diagnosticsettings"];

/** Resources of a type below a scope, or one of them by its id. */
function resources(request: EstateRequest, data: EstateData, target: Target, size: number): Answer {
  const { wholeType, type, rest, scope } = target;
  const rows = resourcesOf(data, wholeType, subscriptionOf(request.path));
  if (!target.isList) {
    const path = normalise(request.path);
    const found = rows.find((each) => each.id === path);
    return found ? reply(expanded(request, found.row)) : notFound(`${type}/${rest.join("/")}`);
  }
  const parent = rest.length === 0 ? scope : request.path.slice(0, request.path.lastIndexOf("/"));
  const isResource = rest.length > 0 || /\/providers\//i.test(scope);
  if (isResource && !exists(data, parent.replace(/\/blobservices\/default$/i, "")))
    return notFound(parent.slice(parent.toLowerCase().lastIndexOf("/providers/") + 11));
  const within = extensions.includes(type) ? `${normalise(parent)}/providers/${type}` : normalise(parent);
  const below = rows.filter(({ id }) => startsWithScope(id, within)).map(({ row }) => expanded(request, row));
  const blankEnd = /^microsoft\.synapse\/workspaces\/(?:firewallrules|bigdatapools)$/.test(wholeType);
  return list(below, { by: "nextLink", size, blankEnd }, (row) => resourceGroupOf(String(row.id)) ?? "");
}

/** A delegation says what it delegates only where `$expandRegistrationDefinition` asks for it. */
function expanded(request: EstateRequest, row: ArmResource): ArmResource {
  const asked = request.query.get("$expandregistrationdefinition")?.toLowerCase() === "true";
  if (asked || row.properties.registrationDefinition === undefined) return row;
  const { registrationDefinition, ...properties } = row.properties;
  return { ...row, properties };
}

function exists(data: EstateData, id: string): boolean {
  return lookup(data).resources.has(normalise(id));
}

function notFound(name: string): Answer {
  return failure("arm", 404, "ResourceNotFound", `The Resource '${name}' was not found.`);
}

function versionRefused(request: EstateRequest, type: string): Answer | undefined {
  const version = request.query.get("api-version");
  if (!version) {
    const message = "The api-version query parameter (?api-version=) is required for all requests.";
    return failure("arm", 400, "MissingApiVersionParameter", message);
  }
  const known = versionsOf(type);
  if (known === undefined) return missing(request.path);
  if (known.includes(version.toLowerCase())) return undefined;
  const message = `The api-version '${version}' is invalid. The supported versions are '${known.join(",")}'.`;
  return failure("arm", 400, "InvalidApiVersionParameter", message);
}

/** Azure Resource Manager. */
export function arm(request: EstateRequest, data: EstateData, size: number): Answer {
  const target = targetOf(request.path);
  if (target === undefined) return versionRefused(request, "") ?? missing(request.path);
  // Only resources have children with versions of their own; the others' further segments are their own business.
  const own = /^microsoft\.(?:authorization|management|resources)\//.test(target.type);
  const refused = versionRefused(request, own ? target.type : target.wholeType);
  if (refused) return refused;
  const { type, rest } = target;
  if (type === "microsoft.resourcegraph/resources" && rest.length === 0 && target.scope === "/") {
    return request.method === "POST" ? resourceGraph(request, data, size) : notAllowed(request);
  }
  if (request.method !== "GET") return notAllowed(request);
  const absent = missingScope(data, request.path);
  if (absent) return absent;
  if (type === "microsoft.resources/subscriptions") {
    if (rest.length === 0) return list(data.arm.subscriptions, { by: "nextLink", size });
    const one = data.arm.subscriptions.find((each) => normalise(each.id) === normalise(request.path));
    return one ? reply(one) : missing(request.path);
  }
  if (type === "microsoft.resources/resourcegroups") {
    const below = data.arm.resourceGroups.filter((each) =>
      startsWithScope(normalise(each.id), normalise(target.scope)),
    );
    if (rest.length === 0) return list(below, { by: "nextLink", size });
    const one = below.find((each) => normalise(each.id) === normalise(request.path));
    return one ? reply(one) : missing(request.path);
  }
  if (type === "microsoft.management/managementgroups" && target.scope === "/") {
    return managementGroups(request, data, rest, size);
  }
  if (type.startsWith("microsoft.authorization/")) {
    return authorization(request, data, target, size);
  }
  return resources(request, data, target, size);
}

function notAllowed(request: EstateRequest): Answer {
  const message = `The requested resource does not support http method '${request.method}'.`;
  return failure("arm", 405, "HttpMethodNotAllowed", message);
}
