import { expect, test } from "vitest";
import { IncompleteList, Unread } from "../../src/policy/value.ts";
import { evaluated, policyOf } from "./policies.ts";

const T = { principalType: "User", condition: null };

test.each<[string, Record<string, unknown>, string]>([
  ["both true", { principalType: "User", principalId: "a" }, "pass"],
  ["when true, require false", { principalType: "User", principalId: "b" }, "fail"],
  ["when false", { principalType: "Group", principalId: "b" }, "notApplicable"],
  ["when false, require unread", { principalType: "Group" }, "notApplicable"],
  ["when true, require unread", { principalType: "User" }, "unknown"],
  ["when unread, require false", { principalId: "b" }, "unknown"],
  ["when unread, require true", { principalId: "a" }, "pass"],
  ["both unread", {}, "unknown"],
])("%s", (_, row, outcome) => {
  const policy = policyOf({ when: "r.principalType == 'User'", require: "r.principalId == 'a'" });
  expect(evaluated(policy, row).outcome).toBe(outcome);
});

test("an unknown outcome says what was not read, each thing once", () => {
  const policy = policyOf({
    when: "r.principalType == 'User'",
    require: "r.principal.type == 'User' && r.role.name == 'x'",
  });
  expect(evaluated(policy, { principal: { id: "p1" } }).causes).toEqual([
    "azure.roleAssignment.principalType was not read",
    "azure.principal.type of p1 was not read",
  ]);
  expect(evaluated(policy, { ...T, principal: new Unread("Graph answered 403") }).causes).toEqual([
    "Graph answered 403",
  ]);
  expect(evaluated(policy, { ...T, principal: { id: "p1", type: 7 } }).causes).toEqual([
    "azure.principal.type of p1 is not of the type that its schema says",
  ]);
});

test.each<[string, string]>([
  ["1 / 0 == 1", "division by zero"],
  ["9007199254740991 + 1 > 0", "overflow"],
  ["[1, 2][5] == 1", "index out of range"],
])("%s is unknown", (require, cause) => {
  expect(evaluated(policyOf({ require: `"${require}"` }), T)).toEqual({
    outcome: "unknown",
    found: [],
    causes: [cause],
  });
});

test("results that only have an outcome are shared", () => {
  const policy = policyOf({ require: "r.principalType == 'User'" });
  expect(evaluated(policy, T)).toBe(evaluated(policy, T));
});

test("a failure shows what it rests on and nothing else", () => {
  const policy = policyOf({
    params: "{ age: { type: duration, default: 90d } }",
    when: "has(r.createdOn) && (r.principalType == 'Group' || r.scope.level == 'tenant')",
    require: "now - r.createdOn < params.age && r.role.permissions.all(p, !p.actions.exists(a, a == '*'))",
    message:
      "'{r.createdOn}: {now - r.createdOn} is more than {params.age} ({r.condition}, {r.principal.displayName})'",
    rationale: "Because.",
    remediation: "{ text: 'Delete {r.id}', command: 'az --query \"{{id}}\" {r.environments}' }",
  });
  const row = {
    id: "x",
    createdOn: "2025-01-01T00:00:00Z",
    condition: null,
    principalType: "User",
    scope: { level: "tenant" },
    role: { id: "r1", permissions: [{ actions: ["a"] }, { actions: ["b", "*"] }] },
    environments: ["dev", "prod"],
  };
  expect(evaluated(policy, row).found).toEqual([
    {
      key: null,
      message: "2025-01-01: 395d is more than 90d ((none), (unread))",
      rationale: "Because.",
      remediation: { text: "Delete x", command: "az --query \"{id}\" 'dev, prod'" },
      trace: [
        { expression: "has(r.createdOn)", value: "true" },
        { expression: "r.scope.level", value: '"tenant"' },
        { expression: "now - r.createdOn", value: "395d" },
        { expression: "now", value: "2026-01-31T00:00:00Z" },
        { expression: "r.createdOn", value: "2025-01-01T00:00:00Z" },
        { expression: "params.age", value: "90d" },
      ],
    },
  ]);
  const recent = evaluated(policy, { ...row, createdOn: "2026-01-30T00:00:00Z" });
  expect(recent.found[0]?.trace.slice(2)).toEqual([{ expression: "a", value: '"*"' }]);
});

test("strings that ignore case do so wherever they meet others", () => {
  const row = {
    id: "/subscriptions/a",
    scope: { resourceType: "microsoft.synapse/workspaces", id: "/subscriptions/a" },
  };
  const holds = (require: string) => evaluated(policyOf({ require: `"${require}"` }), row).outcome;
  expect(holds("r.scope.resourceType == 'Microsoft.Synapse/workspaces'")).toBe("pass");
  expect(holds("'Microsoft.Synapse/workspaces' == r.scope.resourceType")).toBe("pass");
  expect(holds("r.scope.resourceType in ['x', 'Microsoft.Synapse/Workspaces']")).toBe("pass");
  expect(
    holds("r.scope.id.startsWith('/Subscriptions') && r.scope.id.endsWith('/A') && r.scope.id.contains('TIONS')"),
  ).toBe("pass");
  expect(holds("r.scope.id.matches('^/Subscriptions')")).toBe("pass");
  expect(holds("r.scope.id + '/B' == '/subscriptions/A/b'")).toBe("pass");
  expect(holds("within(r.scope, '/Subscriptions/A/')")).toBe("pass");
  expect(holds("r.scope.id < '/SUBSCRIPTIONS/B'")).toBe("pass");
});

// ---- each

const secrets = {
  target: "prefect.block",
  each: "s in r.secrets",
  key: "s.path",
  require: "s.tier == 'x'",
  message: "'{r.name}: {s.path} holds a {s.type}'",
};

const each = (require: string, when?: string) =>
  policyOf({ ...secrets, require, ...(when === undefined ? {} : { when }) });

test("each failing element is a finding of its own", () => {
  const policy = each("s.type == 'ok'", "s.type != 'none'");
  const row = {
    name: "b",
    secrets: [
      { path: "x", type: "password" },
      { path: "y", type: "ok" },
      { path: "z", type: "none" },
      { path: "x", type: "password" },
      { type: "key" },
    ],
  };
  const { outcome, found } = evaluated(policy, row);
  expect(outcome).toBe("fail");
  expect(found.map(({ key, message }) => [key, message])).toEqual([
    ["x", "b: x holds a password"],
    ["x #2", "b: x holds a password"],
    ["(unread)", "b: (unread) holds a key"],
  ]);
});

test.each<[string, unknown, string]>([
  ["no element in a complete list", [], "pass"],
  ["all pass", [{ type: "ok" }], "pass"],
  ["some pass, others are not meant", [{ type: "ok" }, { type: "none" }], "pass"],
  ["none is meant", [{ type: "none" }], "notApplicable"],
  ["one is not read", [{ type: "ok" }, {}], "unknown"],
  ["one fails, one is not read", [{ type: "bad" }, {}], "fail"],
  ["the list is not read", undefined, "unknown"],
])("%s", (_, list, outcome) => {
  const policy = each("s.type == 'ok'", "s.type != 'none'");
  expect(evaluated(policy, { secrets: list }).outcome).toBe(outcome);
});

test("an incomplete list is unknown but for what was seen to fail", () => {
  const policy = each("s.type == 'ok'");
  const seen = (...types: string[]) =>
    evaluated(policy, { secrets: types.map((type) => ({ type })), incomplete: ["secrets"] });
  expect(seen().outcome).toBe("unknown");
  expect(seen("ok").causes).toEqual(["prefect.block.secrets was not read to its end"]);
  expect(seen("bad").outcome).toBe("fail");
});

test("a condition about the resource as a whole comes before its elements", () => {
  const policy = each("s.type == 'ok'", "r.anonymous");
  expect(evaluated(policy, { anonymous: false, secrets: [] }).outcome).toBe("notApplicable");
  expect(evaluated(policy, { anonymous: false }).outcome).toBe("notApplicable");
  expect(evaluated(policy, { anonymous: true, secrets: [] }).outcome).toBe("pass");
  expect(evaluated(policy, { secrets: [{ type: "bad" }] }).outcome).toBe("unknown");
});

test("relations to many may be incomplete too", () => {
  const policy = policyOf({ target: "azure.principal", require: "r.credentials.exists(c, c.managed)" });
  const lacking = (...managed: boolean[]) =>
    evaluated(policy, {
      credentials: new IncompleteList(
        managed.map((each) => ({ managed: each })),
        "refused",
      ),
    });
  expect(lacking(false)).toEqual({ outcome: "unknown", found: [], causes: ["refused"] });
  expect(lacking(true).outcome).toBe("pass");
});
