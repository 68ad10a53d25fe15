# The ten policies of the benchmark. Roles are judged once each, as an author who minds the time would write it.
package main

import rego.v1

granted(role_id, action) if {
	some permission in data.roles[role_id].permissions
	permission.condition == null
	some pattern in permission.actions
	glob.match(lower(pattern), null, action)
	not left_out(permission, action)
}

left_out(permission, action) if {
	some pattern in permission.notActions
	glob.match(lower(pattern), null, action)
}

changes_workspaces contains id if {
	some id, _ in data.roles
	granted(id, "microsoft.synapse/workspaces/write")
}

grants_roles contains id if {
	some id, _ in data.roles
	granted(id, "microsoft.authorization/roleassignments/write")
}

deploys contains id if {
	some id, _ in data.roles
	granted(id, "microsoft.resources/deployments/write")
}

changes_storage contains id if {
	some id, _ in data.roles
	granted(id, "microsoft.storage/storageaccounts/write")
}

reads_secrets contains id if {
	some id, role in data.roles
	some permission in role.permissions
	permission.condition == null
	some pattern in permission.dataActions
	glob.match(lower(pattern), null, "microsoft.keyvault/vaults/secrets/getsecret/action")
}

allows_everything contains id if {
	some id, role in data.roles
	some permission in role.permissions
	"*" in permission.actions
}

in_subscription[id] contains environment if {
	some id, groups in data.subscriptions
	some environment, group in data.environments
	group in groups
}

in_group[scope] contains environment if {
	some groups in data.subscriptions
	some environment, group in data.environments
	some own, group_at_own in groups
	group_at_own == group
	some above, scope in groups
	above >= own
}

environments(scope) := in_subscription[scope.subscriptionId]

environments(scope) := in_group[scope.id] if scope.level == "managementGroup"

environments(scope) := object.keys(data.environments) if scope.level == "tenant"

now := time.parse_rfc3339_ns("2026-11-20T06:00:00Z")

deny contains found("isolation/grant-in-one-environment", assignment, "reaches several environments") if {
	some assignment in input.assignments
	data.principals[assignment.principalId].type == "ServicePrincipal"
	count(environments(assignment.scope)) > 1
}

deny contains found("least-privilege/no-grant-rights-for-service-principals", assignment, "can grant any role") if {
	some assignment in input.assignments
	data.principals[assignment.principalId].type == "ServicePrincipal"
	assignment.condition == null
	assignment.roleDefinitionId in grants_roles
}

deny contains found("least-privilege/orphaned-assignment", assignment, "belongs to nobody") if {
	some assignment in input.assignments
	data.principals[assignment.principalId].state == "deleted"
}

deny contains found("least-privilege/workspace-write-on-workspace-only", assignment, "can change every workspace") if {
	some assignment in input.assignments
	data.principals[assignment.principalId].type == "ServicePrincipal"
	assignment.roleDefinitionId in changes_workspaces
	not assignment.scope.resourceType == "microsoft.synapse/workspaces"
}

deny contains found("bench/condition-version", assignment, "has a condition of an old version") if {
	some assignment in input.assignments
	assignment.condition != null
	not current(assignment)
}

current(assignment) if {
	assignment.conditionVersion == "2.0"
	contains(assignment.condition, "ActionMatches")
}

deny contains found("bench/privileged-grant-age", assignment, "was not looked at for long") if {
	some assignment in input.assignments
	assignment.scope.level in {"tenant", "managementGroup", "subscription"}
	assignment.roleDefinitionId in deploys
	now - time.parse_rfc3339_ns(assignment.updatedOn) > ((((880 * 24) * 60) * 60) * 1000) * 1000000
}

deny contains found("bench/people-through-groups", assignment, "is held in person") if {
	some assignment in input.assignments
	data.principals[assignment.principalId].type == "User"
	assignment.scope.level != "resource"
	assignment.roleDefinitionId in deploys
}

deny contains found("bench/guest-reads-only", assignment, "lets a guest change workspaces or read secrets") if {
	some assignment in input.assignments
	data.principals[assignment.principalId].userType == "Guest"
	beyond_reading(assignment)
}

beyond_reading(assignment) if assignment.roleDefinitionId in changes_workspaces

beyond_reading(assignment) if {
	assignment.roleDefinitionId in reads_secrets
	assignment.scope.level != "resource"
}

deny contains found("bench/wildcard-custom-role", assignment, "allows everything") if {
	some assignment in input.assignments
	data.roles[assignment.roleDefinitionId].type == "CustomRole"
	assignment.roleDefinitionId in allows_everything
}

deny contains found("bench/foreign-identity-in-prod", assignment, "belongs to another environment") if {
	some assignment in input.assignments
	principal := data.principals[assignment.principalId]
	principal.type == "ServicePrincipal"
	"prod" in environments(assignment.scope)
	regex.match("-(dev|test)$", principal.displayName)
	assignment.roleDefinitionId in changes_storage
}

found(policy, assignment, what) := {
	"policy": policy,
	"msg": sprintf("%s: %s for %s on %s %s", [
		policy,
		data.roles[assignment.roleDefinitionId].name,
		data.principals[assignment.principalId].displayName,
		assignment.scope.id,
		what,
	]),
	"id": assignment.id,
}

failures[policy] := count(each) if {
	some policy in {one.policy | some one in deny}
	each := {one.id | some one in deny; one.policy == policy}
}
