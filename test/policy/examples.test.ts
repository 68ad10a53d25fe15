import { expect, test } from "vitest";
import { coverPolicy, testPolicy } from "../../src/policy/test.ts";
import { policyOf } from "./policies.ts";

const keys = {
  params: "{ action: { type: string, default: Microsoft.Synapse/workspaces/write } }",
  when: "r.principal.type == 'ServicePrincipal' && allows(r.role, params.action)",
  require: "r.scope.resourceType == 'Microsoft.Synapse/workspaces'",
};

const given = "principal: { type: ServicePrincipal }, role: { permissions: [{ actions: ['*'] }] }";

const tests = (...examples: string[]) => `\n${examples.map((each) => `  - { ${each} }\n`).join("")}`;

test("examples nest relations, take case as it comes, and leave unread what they do not give", () => {
  const policy = policyOf({
    ...keys,
    tests: tests(
      `name: above, given: { ${given}, scope: { resourceType: null } }, expect: fail`,
      `name: on it, given: { ${given}, scope: { resourceType: Microsoft.Synapse/workspaces } }, expect: pass`,
      "name: no role, given: { principal: { type: ServicePrincipal }, scope: { resourceType: null } }, expect: unknown",
      `name: reader, given: { ${given}, scope: {} }, params: { action: a/b }, expect: unknown`,
      "name: a user, given: { principal: { type: User } }, expect: fail",
    ),
  });
  const result = testPolicy(policy);
  expect(result.passed).toBe(false);
  expect(result.problems).toEqual([]);
  expect(result.tests.map(({ name, actual, passed, line }) => [name, actual, passed, line])).toEqual([
    ["above", "fail", true, 12],
    ["on it", "pass", true, 13],
    ["no role", "unknown", true, 14],
    ["reader", "unknown", true, 15],
    ["a user", "notApplicable", false, 16],
  ]);
});

test("a policy needs an example that passes and one that fails", () => {
  const policy = policyOf({ tests: tests("name: a, given: {}, expect: pass") });
  const { passed, problems } = testPolicy(policy);
  expect(passed).toBe(false);
  expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    "policy/missing-example: family/name has no example with expect: fail",
  ]);
});

test("examples set the moment, parameters and incomplete lists", () => {
  const policy = policyOf({
    target: "azure.principal",
    params: "{ age: { type: duration, default: 90d } }",
    require: "r.credentials.all(c, c.start == null || now - c.start < params.age)",
    tests: tests(
      'name: old, given: { credentials: [{ start: "2025-01-01T00:00:00Z" }] }, now: "2026-01-01T00:00:00Z", expect: fail',
      'name: longer, given: { credentials: [{ start: "2025-01-01T00:00:00Z" }] }, params: { age: 400d }, now: "2026-01-01T00:00:00Z", expect: pass',
      'name: part, given: { credentials: [], incomplete: [credentials] }, now: "2026-01-01T00:00:00Z", expect: unknown',
    ),
  });
  expect(testPolicy(policy).tests.map(({ passed }) => passed)).toEqual([true, true, true]);
});

test("an example's scopes above subscriptions are not known", () => {
  const policy = policyOf({
    params: "{ root: { type: string, default: /providers/Microsoft.Management/managementGroups/root } }",
    require: "within(r.scope, params.root)",
    tests: tests(
      "name: it, given: { scope: { id: /providers/microsoft.management/managementgroups/root } }, expect: pass",
      "name: below, given: { scope: { id: /subscriptions/1 } }, expect: unknown",
      "name: tenant, given: { scope: { id: / } }, expect: fail",
    ),
  });
  expect(testPolicy(policy).tests.map(({ actual }) => actual)).toEqual(["pass", "unknown", "fail"]);
});

test("coverage lists the conditions that no example makes true or false", () => {
  const policy = policyOf({
    when: "r.principalType == 'User' || r.principalType == 'Group'",
    require: "\"r.environments.all(e, e == 'dev') && (r.condition == null ? true : r.principalId == 'a')\"",
    tests: tests(
      "name: a, given: { principalType: User, environments: [dev], condition: null }, expect: pass",
      "name: b, given: { principalType: User, environments: [prod], condition: null }, expect: fail",
    ),
  });
  const { branches, reached, missed } = coverPolicy(policy);
  expect(missed.map(({ key, expression, value, line, column }) => [key, expression, value, line, column])).toEqual([
    ["when", "r.principalType == 'User' || r.principalType == 'Group'", false, 9, 7],
    ["when", "r.principalType == 'User'", false, 9, 7],
    ["when", "r.principalType == 'Group'", true, 9, 36],
    ["when", "r.principalType == 'Group'", false, 9, 36],
    ["require", "r.condition == null ? true : r.principalId == 'a'", false, 7, 49],
    ["require", "r.condition == null", false, 7, 49],
  ]);
  expect([branches, reached]).toEqual([16, 10]);
});
