import { type Answer, type EstateRequest, list, reply } from "./answer.ts";
import type { ArmResource, EstateData, RoleAssignment, RoleDefinition } from "./data.ts";
import { failure } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import { byScope, inAndAbove, type Lookup, lookup } from "./lookup.ts";
import { ancestors, managementGroupOf, normalise, resourceGroupOf, startsWithScope, subscriptionOf } from "./scope.ts";

const lastSegment = (id: string) => id.slice(id.lastIndexOf("/") + 1).toLowerCase();

/** The subscription's own form of a role's id, as the service writes it in whatever is read below a subscription. */
function roleIdSeenFrom(scope: string, id: string): string {
  const subscription = subscriptionOf(scope);
  if (subscription === undefined || /^\/subscriptions\//i.test(id)) return id;
  return `/subscriptions/${subscription}${id}`;
}

const filterEquals = (filter: string, field: string) =>
  new RegExp(`^${field}\\s+eq\\s+'([^']*)'$`, "i").exec(filter.trim())?.[1]?.toLowerCase();

function badFilter(filter: string): Answer {
  return failure("arm", 400, "BadRequestFormat", `The filter '${filter}' is not supported.`);
}

/** What part of the estate a row belongs to, seen from the scope that is listed: its resource group, else its scope. */
export const scopeOfRow =
  (listed: string) =>
  (row: JsonObject): string => {
    const properties = row.properties as JsonObject;
    const scope = String(properties.scope ?? row.id);
    const inherited = !startsWithScope(normalise(scope), normalise(listed));
    return inherited ? "" : (resourceGroupOf(scope) ?? normalise(scope));
  };

/** Rows with a scope at and above the listed one; below it too, unless atScope() is asked or it is a management group. */
function atAndAround<T extends ArmResource>(
  data: EstateData,
  scope: string,
  rows: readonly T[],
  atScope: boolean,
): T[] {
  const target = normalise(scope);
  const above = new Set(ancestors(target, data.arm.managementGroups));
  const withBelow = !atScope && target !== "/" && managementGroupOf(target) === undefined;
  return inAndAbove(byScope(data, rows), subscriptionOf(target))
    .filter(({ id: own }) => own === target || above.has(own) || (withBelow && startsWithScope(own, target)))
    .map(({ row }) => row);
}

function assignmentSeenFrom(scope: string, version: string, row: RoleAssignment): JsonObject {
  const { condition, conditionVersion, ...rest } = row.properties;
  const old = version < "2020";
  const kept = {
    ...(condition === undefined || old ? {} : { condition }),
    ...(conditionVersion === undefined || old ? {} : { conditionVersion }),
  };
  const properties = { ...rest, ...kept, roleDefinitionId: roleIdSeenFrom(scope, row.properties.roleDefinitionId) };
  return { ...row, properties };
}

export function roleAssignments(request: EstateRequest, data: EstateData, scope: string, size: number): Answer {
  const filter = request.query.get("$filter") ?? "";
  const atScope = /^atScope\(\)$/i.test(filter.trim());
  const principal = filterEquals(filter, "principalId");
  if (filter !== "" && !atScope && principal === undefined) return badFilter(filter);
  const version = request.query.get("api-version") ?? "";
  const rows = atAndAround(data, scope, data.arm.roleAssignments, atScope)
    .filter((row) => principal === undefined || row.properties.principalId.toLowerCase() === principal)
    .map((row) => assignmentSeenFrom(scope, version, row));
  return list(rows, { by: "nextLink", size }, scopeOfRow(scope));
}

export function roleAssignment(request: EstateRequest, data: EstateData, scope: string, name: string): Answer {
  const row = data.arm.roleAssignments.find(
    (each) => each.name.toLowerCase() === name && normalise(each.properties.scope) === normalise(scope),
  );
  const version = request.query.get("api-version") ?? "";
  if (row) return reply(assignmentSeenFrom(scope, version, row));
  return failure("arm", 404, "RoleAssignmentNotFound", `The role assignment '${name}' is not found.`);
}

/** Conditions inside permissions exist from 2022-05-01-preview on; before it they are left out. */
function definitionSeenFrom(scope: string, version: string, row: RoleDefinition): JsonObject {
  const withConditions = version >= "2022-05-01";
  const permissions = row.properties.permissions.map(({ condition, conditionVersion, ...rest }) =>
    withConditions ? { ...rest, condition: condition ?? null, conditionVersion: conditionVersion ?? null } : rest,
  );
  const own = `/providers/Microsoft.Authorization/roleDefinitions/${row.name}`;
  return { ...row, id: roleIdSeenFrom(scope, own), properties: { ...row.properties, permissions } };
}

export function roleDefinitions(request: EstateRequest, data: EstateData, scope: string, size: number): Answer {
  const target = normalise(scope);
  const filter = (request.query.get("$filter") ?? "").trim();
  const below = /^atScopeAndBelow\(\)$/i.test(filter);
  const type = filterEquals(filter, "type");
  const roleName = filterEquals(filter, "roleName");
  if (filter !== "" && !below && type === undefined && roleName === undefined) return badFilter(filter);
  const around = new Set([target, ...ancestors(target, data.arm.managementGroups)]);
  const version = request.query.get("api-version") ?? "";
  const rows = data.arm.roleDefinitions
    .filter(({ properties }) =>
      properties.assignableScopes
        .map(normalise)
        .some((assignable) => around.has(assignable) || (below && startsWithScope(assignable, target))),
    )
    .filter(({ properties }) => type === undefined || properties.type.toLowerCase() === type)
    .filter(({ properties }) => roleName === undefined || properties.roleName.toLowerCase() === roleName)
    .map((row) => definitionSeenFrom(scope, version, row));
  const assignable = (row: JsonObject) => String((row.properties as JsonObject).type);
  return list(rows, { by: "nextLink", size }, assignable);
}

export function roleDefinition(request: EstateRequest, data: EstateData, scope: string, name: string): Answer {
  const row = data.arm.roleDefinitions.find((each) => lastSegment(each.id) === name);
  const version = request.query.get("api-version") ?? "";
  if (row) return reply(definitionSeenFrom(scope, version, row));
  return failure(
    "arm",
    404,
    "RoleDefinitionDoesNotExist",
    `The specified role definition with ID '${name}' does not exist.`,
  );
}

/** What a role assignment made past Privileged Identity Management looks like there: held at all times. */
function standingInstance(row: RoleAssignment): ArmResource {
  const { roleDefinitionId, principalId, principalType, scope, createdOn } = row.properties;
  const name = row.name;
  const own = scope === "/" ? "" : scope;
  return {
    properties: {
      originRoleAssignmentId: row.id,
      assignmentType: "Assigned",
      scope,
      roleDefinitionId,
      principalId,
      ...(principalType === undefined ? {} : { principalType }),
      status: "Provisioned",
      roleAssignmentScheduleId: `${own}/providers/Microsoft.Authorization/RoleAssignmentSchedules/${name}`,
      startDateTime: createdOn ?? null,
      memberType: "Direct",
      createdOn: createdOn ?? null,
    },
    name,
    id: `${own}/providers/Microsoft.Authorization/RoleAssignmentScheduleInstances/${name}`,
    type: "Microsoft.Authorization/RoleAssignmentScheduleInstances",
  };
}

/** Schedules write a subscription's scope in two forms; they stand where they stand in either. */
const plainScope = (scope: string) => scope.replace(/^\/providers\/Microsoft\.Subscription(?=\/subscriptions\/)/i, "");

/** Instances by the form of them that stands where they stand. */
type Instances = ReadonlyMap<ArmResource, ArmResource>;

const instances = new WeakMap<Lookup, Map<boolean, Instances>>();

/** Every instance of an eligibility, or of an assignment; made once, until the data changes. */
function instancesOf(data: EstateData, isEligibility: boolean): Instances {
  const held = instances.get(lookup(data)) ?? new Map<boolean, Instances>();
  instances.set(lookup(data), held);
  const known = held.get(isEligibility);
  if (known !== undefined) return known;
  const { arm } = data;
  const origins = new Set(
    arm.roleAssignmentScheduleInstances.map((row) =>
      normalise(plainScope(String(row.properties.originRoleAssignmentId))),
    ),
  );
  const all = isEligibility
    ? arm.roleEligibilityScheduleInstances
    : [
        ...arm.roleAssignmentScheduleInstances,
        ...arm.roleAssignments.filter((row) => !origins.has(normalise(row.id))).map(standingInstance),
      ];
  const found = new Map(
    all.map((row) => {
      const properties = { ...row.properties, scope: plainScope(String(row.properties.scope)) };
      return [{ ...row, properties }, row];
    }),
  );
  held.set(isEligibility, found);
  return found;
}

const plainRows = new WeakMap<Instances, readonly ArmResource[]>();

/** The instances of Privileged Identity Management, of assignments or of eligibilities. */
export function scheduleInstances(request: EstateRequest, data: EstateData, scope: string, size: number): Answer {
  const filter = (request.query.get("$filter") ?? "").trim();
  const atScope = /^atScope\(\)$/i.test(filter);
  if (filter !== "" && !atScope) return badFilter(filter);
  const all = instancesOf(data, /roleEligibilityScheduleInstances$/i.test(request.path));
  const plain = plainRows.get(all) ?? [...all.keys()];
  plainRows.set(all, plain);
  const shown = atAndAround(data, scope, plain, atScope).flatMap((row) => all.get(row) ?? []);
  return list(shown, { by: "nextLink", size }, scopeOfRow(scope));
}

/** The effect came with 2024-07-01-preview. The first page is empty, as the service's pages may be. */
export function denyAssignments(request: EstateRequest, data: EstateData, scope: string, size: number): Answer {
  const filter = (request.query.get("$filter") ?? "").trim();
  const atScope = /^atScope\(\)$/i.test(filter);
  if (filter !== "" && !atScope) return badFilter(filter);
  const withEffect = (request.query.get("api-version") ?? "") >= "2024-07-01";
  const rows = atAndAround(data, scope, data.arm.denyAssignments, atScope).map((row) => {
    const { denyAssignmentEffect, ...rest } = row.properties;
    return withEffect && denyAssignmentEffect !== undefined ? row : { ...row, properties: rest };
  });
  return list(rows, { by: "nextLink", size, emptyFirst: true }, scopeOfRow(scope));
}
