import { type CompiledExpression, compileExpression } from "../../src/policy/cel/compile.ts";
import type { Type } from "../../src/policy/cel/types.ts";
import { Unread, type World } from "../../src/policy/value.ts";
import type { Row } from "../../src/resources/kinds.ts";

/** How long one measurement lasts at least, in milliseconds; the best of several counts. */
const span = 60;
const rounds = 5;

const contributor: Row = {
  id: "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c",
  name: "Contributor",
  type: "BuiltInRole",
  permissions: [
    {
      actions: ["*"],
      notActions: [
        "microsoft.authorization/*/delete",
        "microsoft.authorization/*/write",
        "microsoft.authorization/elevateaccess/action",
      ],
      dataActions: [],
      notDataActions: [],
      condition: null,
    },
  ],
};

const principal: Row = {
  id: "7c9d2b0e-4a1f-4c55-9f6e-1f0a2f6b8c11",
  type: "ServicePrincipal",
  state: "active",
  displayName: "flows-prod",
  appId: "0e1c5a52-94a1-4a0f-8fb0-5a8de2f0d2aa",
};

const resourceGroup =
  "/subscriptions/3f2504e0-4f89-41d3-9a0c-0305e82c3301/resourcegroups/data-platform-prod-westeurope";

/** A role assignment of about 1.1 KB, as a snapshot has it. */
const assignment: Row = {
  id: `${resourceGroup}/providers/microsoft.authorization/roleassignments/05024e98-6d6a-4f5b-8f3d-4a1b9f0f6f10`,
  scope: {
    id: resourceGroup,
    level: "resourceGroup",
    subscriptionId: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    resourceGroup: "data-platform-prod-westeurope",
    resourceType: null,
    name: "data-platform-prod-westeurope",
  },
  principalId: principal.id,
  principalType: "ServicePrincipal",
  roleDefinitionId: contributor.id,
  condition: null,
  conditionVersion: null,
  description: "Lets the nightly flows start the Spark pools of the Synapse workspaces; asked for in DATA-1482.",
  createdOn: "2025-11-03T08:15:30Z",
  updatedOn: "2025-11-03T08:15:30Z",
  createdBy: "d5b8a0f6-7f43-4b53-a5f9-0e3f0e8d6f77",
  delegatedManagedIdentityResourceId: null,
};

const related: Readonly<Record<string, unknown>> = {
  principal,
  role: contributor,
  environments: ["prod"],
};

const world: World = {
  now: Date.parse("2026-01-31T00:00:00Z"),
  field: (kind, name) => related[name] ?? new Unread(`${kind}.${name} was not read`),
  can: () => "the grants were not read",
  within: (inner, outer) => inner === outer || inner.startsWith(`${outer}/`),
};

const expressions: readonly [name: string, source: string][] = [
  ["== of a field", 'r.principalType == "ServicePrincipal"'],
  ["== in an object", 'r.scope.level == "resourceGroup"'],
  ["== without case", 'r.scope.resourceType == "Microsoft.Synapse/workspaces"'],
  ["== over a relation", 'r.principal.type == "ServicePrincipal"'],
  ["!= null", "r.condition != null"],
  ["has", "has(r.createdOn)"],
  ["&&", 'r.scope.level == "resourceGroup" && r.principalType == "User"'],
  ["in a literal list", 'r.scope.level in ["subscription", "managementGroup", "tenant"]'],
  ["in a field", '"prod" in r.environments'],
  ["< of strings", 'r.principalId < "8"'],
  ["startsWith", 'r.scope.id.startsWith("/subscriptions/")'],
  ["contains", 'r.scope.id.contains("prod")'],
  ["matches", 'r.scope.id.matches("resourcegroups/data-.*-prod")'],
  ["arithmetic", "size(r.environments) * 2 + 1 > 4"],
  ["timestamps", 'has(r.createdOn) && now - r.createdOn > duration("90d")'],
  ["exists", 'r.environments.exists(e, e == "prod")'],
  ["size(filter)", 'size(r.environments.filter(e, e != "dev")) > 1'],
  ["nested quantifiers", 'r.role.permissions.exists(p, p.actions.exists(a, a == "*"))'],
  ["?:", 'r.scope.level == "tenant" ? true : r.principalType == "User"'],
  ["allows", 'allows(r.role, "Microsoft.Synapse/workspaces/write")'],
  ["within", 'within(r.scope, "/subscriptions/3f2504e0-4f89-41d3-9a0c-0305e82c3301")'],
  ["unread", "r.role.assignments.exists(a, a.id == r.id)"],
];

/** The least time of one call, in nanoseconds. */
function nanoseconds(call: () => unknown): number {
  let kept: unknown;
  let count = 1_000;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; ) {
    const start = performance.now();
    for (let index = 0; index < count; index++) kept = call();
    const elapsed = performance.now() - start;
    if (elapsed < span) {
      count *= 2;
      continue;
    }
    best = Math.min(best, (elapsed * 1e6) / count);
    round++;
  }
  if (kept === world) throw new Error("never");
  return best;
}

/** Prints what one evaluation costs, by operator. */
export function measureExpressions(): void {
  const type: Type = { type: "resource", kind: "azure.roleAssignment", nullable: false };
  const variables = new Map([["r", type]]);
  const compiled = expressions.map(([name, source]): [string, CompiledExpression] => [
    name,
    compileExpression(source, { variables }),
  ]);
  const values = { r: assignment };
  for (const [name, expression] of compiled) {
    console.log(
      `${name.padEnd(24)}${nanoseconds(() => expression.evaluate(values, world))
        .toFixed(0)
        .padStart(8)}`,
    );
  }
}
