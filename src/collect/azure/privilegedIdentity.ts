import type { AzureRoleAssignment, AzureRoleEligibility } from "../../resources/generated.ts";
import { normaliseId, parseScope, roleDefinitionId } from "../../resources/scope.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { timestamp } from "../forms.ts";
import { type AzureRun, type RowReader, readArmList } from "../reader.ts";
import { hasToBeAsked, upwards } from "./managementGroups.ts";

/**
 * The rest specification of api-version 2020-10-01 says of `principalId eq` that it selects at, above or below the scope,
 * and of `atScope()` at or above it: so a list without a filter holds all three, and the examples of
 * Get-AzRoleAssignmentScheduleInstance show what is below a subscription in its list.
 */
const apiVersion = "2020-10-01";

/** Tells of role assignments whether they are held at all times; a line of its own for each subscription. */
export const scheduleRead: ReadDefinition = {
  kind: "azure.roleAssignment",
  fields: ["assignmentType", "endsOn", "memberType"],
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances",
  apiVersion,
  right: reader("Microsoft.Authorization/roleAssignmentScheduleInstances/read"),
  pageSize: 500,
};

interface ScheduleAnswer {
  properties?: {
    originRoleAssignmentId?: string | null;
    assignmentType?: string;
    endDateTime?: string | null;
    memberType?: string | null;
  };
}

type Held = Required<Pick<AzureRoleAssignment, "assignmentType" | "endsOn" | "memberType">>;

/** What an assignment is that no schedule speaks of: made past Privileged Identity Management, and held at all times. */
const standing: Held = { assignmentType: "standing", endsOn: null, memberType: null };

/**
 * Tells of a role assignment, by its normalised id, whether it is held at all times or was activated; nothing of one
 * where that could not be read. A tenant without the licence has standing ones alone.
 */
export async function readHolding(
  run: AzureRun,
  scope: string,
  read = scheduleRead,
): Promise<(roleAssignment: string) => Partial<Held>> {
  const answer = await readArmList<ScheduleAnswer>(run, read, scope, { query: upwards(scope) });
  if (answer.unlicensed) return () => standing;
  const found = new Map<string, Held>();
  const made = run.ledger.rowsOf({ kind: readName(scheduleRead), scope }, answer.items, ({ properties = {} }) => {
    const type = { assigned: "standing", activated: "activated" }[properties.assignmentType?.toLowerCase() ?? ""];
    if (type !== "standing" && type !== "activated") return null;
    const { originRoleAssignmentId: origin, memberType } = properties;
    // Without an origin it speaks of no assignment that is listed.
    if (origin === null || origin === undefined) return properties;
    const id = normaliseId(origin);
    const held: Held = {
      assignmentType: type,
      endsOn: timestamp(properties.endDateTime),
      memberType: memberType ?? null,
    };
    found.set(id, wider(found.get(id), held));
    return properties;
  });
  const whole = answer.complete && made.length === answer.items.length;
  return (id) => found.get(id) ?? (whole ? standing : {});
}

/** Where several instances speak of one assignment, the one by which it is held longer. */
function wider(one: Held | undefined, other: Held): Held {
  if (one === undefined) return other;
  if (one.assignmentType !== other.assignmentType) return one.assignmentType === "standing" ? one : other;
  if (one.endsOn === null || other.endsOn === null) return one.endsOn === null ? one : other;
  return one.endsOn >= other.endsOn ? one : other;
}

/** An instance of an eligibility schedule, api-version 2020-10-01. */
export interface EligibilityAnswer {
  id?: string;
  name?: string;
  properties?: {
    scope?: string;
    roleDefinitionId?: string;
    principalId?: string;
    principalType?: string | null;
    startDateTime?: string | null;
    endDateTime?: string | null;
    memberType?: string | null;
    condition?: string | null;
    conditionVersion?: string | null;
    createdOn?: string | null;
  };
}

const eligibilityRead: ReadDefinition = {
  kind: "azure.roleEligibility",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
  apiVersion,
  right: reader("Microsoft.Authorization/roleEligibilityScheduleInstances/read"),
  pageSize: 500,
};

/** The roles that can be activated in a subscription: in it, below it, and inherited from above. */
export const roleEligibilities: RowReader = {
  kind: "azure.roleEligibility",
  reads: [eligibilityRead],
  rows: (run, { id }) => readEligibilities(run, eligibilityRead, id),
};

const groupEligibilityRead: ReadDefinition = { ...eligibilityRead, per: "azure.managementGroup" };

/** The roles that can be activated on management groups that no subscription's list speaks of. */
export const managementGroupEligibilities: RowReader = {
  kind: "azure.roleEligibility",
  reads: [groupEligibilityRead],
  rows: async (run, { id }) =>
    hasToBeAsked(run.hierarchy, id) ? readEligibilities(run, groupEligibilityRead, id) : [],
};

async function readEligibilities(
  run: AzureRun,
  read: ReadDefinition,
  scope: string,
): Promise<(AzureRoleEligibility & { id: string })[]> {
  const { items } = await readArmList<EligibilityAnswer>(run, read, scope, { query: upwards(scope) });
  return run.ledger.rowsOf({ kind: read.kind, scope }, items, eligibilityRow);
}

/** An eligibility as a row; null where it is of another shape. */
export function eligibilityRow({
  name,
  properties,
}: EligibilityAnswer): (AzureRoleEligibility & { id: string }) | null {
  if (typeof name !== "string" || typeof properties?.scope !== "string") return null;
  const scope = parseScope(properties.scope);
  const own = scope.id === "/" ? "" : scope.id;
  const row: AzureRoleEligibility & { id: string } = {
    // The service writes one and the same by several forms of its scope; its own scope and its name make it one.
    id: normaliseId(`${own}/providers/microsoft.authorization/roleeligibilityscheduleinstances/${name}`),
    scope,
    principalType: properties.principalType ?? null,
    start: timestamp(properties.startDateTime),
    end: timestamp(properties.endDateTime),
    memberType: properties.memberType ?? null,
    condition: properties.condition ?? null,
    conditionVersion: properties.conditionVersion ?? null,
    createdOn: timestamp(properties.createdOn),
  };
  if (typeof properties.principalId === "string") row.principalId = properties.principalId.toLowerCase();
  if (typeof properties.roleDefinitionId === "string")
    row.roleDefinitionId = roleDefinitionId(properties.roleDefinitionId);
  return row;
}
