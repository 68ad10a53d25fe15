import type { EstateData, RoleAssignment, RoleDefinition } from "../../src/estate/data.ts";
import { isObject, type JsonObject } from "../../src/estate/json.ts";
import { Refused } from "./words.ts";
import { find, json, looks, newId, type Run, rows, same, subscription, take, type World, written } from "./world.ts";

const lastPart = (id: string): string => id.slice(id.lastIndexOf("/") + 1);

/** Takes an assignment away, and what Privileged Identity Management tells of it. */
function unassign(data: EstateData, fits: (each: RoleAssignment) => boolean, what: string): void {
  const { properties } = take(data.arm.roleAssignments, fits, what);
  data.arm.roleAssignmentScheduleInstances = data.arm.roleAssignmentScheduleInstances.filter(
    (each) =>
      !(["principalId", "scope"] as const).every((field) => same(each.properties[field], properties[field])) ||
      !same(lastPart(String(each.properties.roleDefinitionId)), lastPart(properties.roleDefinitionId)),
  );
}

function role({ data }: World, nameOrId: string): RoleDefinition {
  return find(
    data.arm.roleDefinitions,
    (each) => same(each.properties.roleName, nameOrId) || same(each.name, lastPart(nameOrId)),
    `the role ${nameOrId}`,
  );
}

const create: Run = (given, world) => {
  given.only(
    "--role",
    "--scope",
    "--assignee-object-id",
    "--assignee-principal-type",
    "--condition",
    "--condition-version",
  );
  const { data } = world;
  const scope = given.one("--scope");
  const principalId = given.one("--assignee-object-id");
  const roleDefinitionId = role(world, given.one("--role")).id;
  const { users, groups, servicePrincipals } = data.graph;
  find(
    [...users, ...groups, ...servicePrincipals],
    (each) => same(each.id, principalId),
    `the principal ${principalId}`,
  );
  const exists = data.arm.roleAssignments.some(
    ({ properties }) =>
      same(properties.scope, scope) &&
      same(properties.principalId, principalId) &&
      same(lastPart(properties.roleDefinitionId), lastPart(roleDefinitionId)),
  );
  // The CLI then shows the assignment that there is, and changes nothing.
  if (exists) throw new Refused("the role is assigned there already");
  const id = newId();
  data.arm.roleAssignments.push({
    id: `${scope === "/" ? "" : scope}/providers/Microsoft.Authorization/roleAssignments/${id}`,
    name: id,
    type: "Microsoft.Authorization/roleAssignments",
    properties: {
      roleDefinitionId,
      principalId,
      principalType: given.one("--assignee-principal-type"),
      scope,
      condition: given.maybe("--condition") ?? null,
      conditionVersion: given.maybe("--condition-version") ?? null,
      createdOn: data.asOf,
      updatedOn: data.asOf,
      createdBy: "",
      updatedBy: "",
      delegatedManagedIdentityResourceId: null,
      description: null,
    },
  });
};

/** By ids; or what the assignee holds at exactly one scope, which is the subscription where none is named. */
const remove: Run = (given, world) => {
  given.only("--ids", "--assignee", "--scope", "--role");
  const { data } = world;
  const ids = given.many("--ids");
  for (const id of ids) unassign(data, (each) => same(each.id, id), id);
  if (ids.length > 0) return;
  const scope = given.maybe("--scope") ?? `/subscriptions/${subscription(given)}`;
  const assignee = given.one("--assignee");
  const wanted = given.maybe("--role");
  const held = data.arm.roleAssignments.filter(
    ({ properties }) =>
      same(properties.principalId, assignee) &&
      same(properties.scope, scope) &&
      (wanted === undefined || same(lastPart(properties.roleDefinitionId), role(world, wanted).name)),
  );
  if (held.length === 0) throw new Refused(`${assignee} holds no role at ${scope}`);
  for (const each of held) unassign(data, (one) => one === each, each.id);
};

/** The definition as `az role definition list` shows it. */
const update: Run = (given, world) => {
  const wanted = json(written(world, given.one("--role-definition")));
  const { properties } = role(world, String(wanted.name));
  if (properties.type !== "CustomRole") throw new Refused("a built-in role cannot be changed");
  if (!Array.isArray(wanted.assignableScopes)) throw new Refused("the definition lacks assignableScopes");
  const scopes = wanted.assignableScopes.map(String);
  const outside = world.data.arm.roleAssignments.find(
    (each) =>
      same(lastPart(each.properties.roleDefinitionId), wanted.name) &&
      !scopes.some((scope) => `${each.properties.scope}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase())),
  );
  if (outside !== undefined) throw new Refused(`${outside.id} still assigns the role outside of the new scopes`);
  properties.assignableScopes = scopes;
  properties.permissions = rows(wanted.permissions) as RoleDefinition["properties"]["permissions"];
};

/** What a request of Privileged Identity Management asks for: to be eligible, or to be so no more. */
export function requestEligibility({ data }: World, scope: string, body: JsonObject): void {
  const { principalId, roleDefinitionId, requestType, scheduleInfo } = body;
  const eligible = data.arm.roleEligibilityScheduleInstances;
  if (requestType === "AdminRemove") {
    take(
      eligible,
      ({ properties }) =>
        same(properties.principalId, principalId) &&
        String(properties.scope).toLowerCase().endsWith(scope.toLowerCase()) &&
        same(lastPart(String(properties.roleDefinitionId)), lastPart(String(roleDefinitionId))),
      `the eligibility of ${principalId} at ${scope}`,
    );
    return;
  }
  if (requestType !== "AdminAssign") throw new Refused(`a request is never ${requestType}`);
  if (!isObject(scheduleInfo) || !isObject(scheduleInfo.expiration)) throw new Refused("the request says no end");
  find(data.graph.groups, (each) => same(each.id, principalId), `the group ${principalId}`);
  const id = newId();
  eligible.push({
    id: `${scope}/providers/Microsoft.Authorization/RoleEligibilityScheduleInstances/${id}`,
    name: id,
    type: "Microsoft.Authorization/RoleEligibilityScheduleInstances",
    properties: {
      scope,
      roleDefinitionId: String(roleDefinitionId),
      principalId: String(principalId),
      principalType: "Group",
      status: "Provisioned",
      roleEligibilityScheduleId: `${scope}/providers/Microsoft.Authorization/RoleEligibilitySchedules/${id}`,
      startDateTime: data.asOf,
      memberType: "Direct",
      createdOn: data.asOf,
      endDateTime: null,
    },
  });
}

export const roles: Record<string, Run> = {
  "az role assignment create": create,
  "az role assignment delete": remove,
  "az role assignment list": looks,
  "az role definition list": looks,
  "az role definition update": update,
  "az managedservices assignment delete": (given, { data }) => {
    given.only("--assignment");
    const id = given.one("--assignment");
    take(data.arm.registrationAssignments, (each) => same(each.id, id), id);
  },
};
