import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadPolicies, readPolicyFolder } from "../../src/policy/load.ts";
import { policyOf, policyText, problemsIn, problemsOf } from "./policies.ts";

/** What is told of a policy with these keys: code, message without its frame, hint. */
function told(keys: Readonly<Record<string, string>>): string[] {
  return problemsIn(policyText(keys)).map(({ code, message, hint }) => {
    const first = message.split("\n")[0];
    return hint === null ? `${code}: ${first}` : `${code}: ${first} (${hint})`;
  });
}

test("policies are sorted by id, whatever their files are called", () => {
  const sources = ["b/b", "a/z", "a/a"].map((id, index) => ({ file: `${index}.yaml`, text: policyText({ id }) }));
  expect(loadPolicies(sources).map((policy) => policy.id)).toEqual(["a/a", "a/z", "b/b"]);
});

test("everything that a policy says is there after loading", () => {
  const policy = policyOf({
    controls: "{ soc2: { CC6.3: Roles follow duties, CC6.1: By design } }",
    params: "{ days: { type: duration, default: 90d } }",
    rationale: "'{r.principalId} may leave'",
    remediation: "{ text: Delete it., command: 'az role assignment delete --ids {r.id}' }",
    references: "[https://example.org/]",
  });
  expect(policy).toMatchObject({
    title: "Something holds",
    severity: "low",
    confidence: "certain",
    controls: {
      soc2: [
        { id: "CC6.3", reason: "Roles follow duties" },
        { id: "CC6.1", reason: "By design" },
      ],
    },
    params: { days: "90d" },
    rationale: "{r.principalId} may leave",
    remediation: { text: "Delete it.", command: "az role assignment delete --ids {r.id}" },
    references: ["https://example.org/"],
    file: "p.yaml",
  });
  expect(policy.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(policy.line("require")).toEqual({ line: 7, column: 1 });
});

test("a policy knows the kinds that its outcome depends on and every field that it reads", () => {
  const policy = policyOf({
    when: "allows(r.role, 'Microsoft.Synapse/workspaces/write')",
    require: "r.principal.credentials.all(c, c.managed || c.end != null) && within(r.scope, '/subscriptions/1')",
    message: "'{r.role.name}'",
  });
  expect([...policy.kinds].sort()).toEqual([
    "azure.credential",
    "azure.principal",
    "azure.roleAssignment",
    "azure.roleDefinition",
  ]);
  expect([...policy.reads].sort()).toEqual([
    "azure.credential.end",
    "azure.credential.managed",
    "azure.principal.credentials",
    "azure.roleAssignment.principal",
    "azure.roleAssignment.role",
    "azure.roleAssignment.scope",
    "azure.roleAssignment.scope.id",
    "azure.roleDefinition.name",
    "azure.roleDefinition.permissions",
  ]);
});

test("one load tells all problems of all files, in order", () => {
  const problems = problemsIn(
    policyText({ id: "a/a", when: "r.a", require: "r.b" }),
    policyText({ id: "a/a" }),
    "id: [",
    policyText({ id: "a/b", target: "azure.nothing" }),
  );
  expect(problems.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
    "3.yaml:1 yaml/bad-indent",
    "4.yaml:6 policy/unknown-kind",
    "2.yaml:1 policy/duplicate-id",
    "1.yaml:7 policy/unknown-field",
    "1.yaml:9 policy/unknown-field",
  ]);
});

test.each<[Record<string, string>, string]>([
  [
    { require: "r.scopee.level == 'tenant'" },
    "policy/unknown-field: azure.roleAssignment has no field scopee (did you mean scope?)",
  ],
  [{ require: "r.scope.lvel == 'tenant'" }, "policy/unknown-field: Scope has no field lvel (did you mean level?)"],
  [
    { require: "r.scope.level == 'tennant'" },
    'policy/unknown-value: r.scope.level is never "tennant" (did you mean "tenant"?)',
  ],
  [
    { require: "r.scope.level in ['x']" },
    'policy/unknown-value: r.scope.level is never "x" (one of tenant, managementGroup, subscription, resourceGroup, resource)',
  ],
  [
    { require: "principalId == 'a'" },
    "policy/unknown-variable: there is no variable principalId (write r.principalId)",
  ],
  [{ require: "pramas.x == 1" }, "policy/unknown-variable: there is no variable pramas (did you mean params?)"],
  [
    { require: "r.principalId.startWith('a')" },
    "policy/unknown-function: there is no function startWith (did you mean startsWith?)",
  ],
  [
    { require: "exists(r.environments, e, true)" },
    "policy/unknown-function: exists stands after a list (write list.exists(x, …))",
  ],
  [
    { require: "startsWith(r.principalId, 'a')" },
    'policy/wrong-arguments: startsWith is written in another way (write text.startsWith("…"))',
  ],
  [{ require: "has(r)" }, "policy/wrong-arguments: has takes one field (write has(r.x))"],
  [
    { require: "r.environments.all(e)" },
    "policy/wrong-arguments: all takes a variable and an expression (write list.all(x, …))",
  ],
  [
    { require: "r.environments.all(r, true)" },
    "policy/wrong-arguments: r already means something else (take another name)",
  ],
  [{ require: "size(r.environments)" }, "policy/wrong-type: true or false is needed here, and this is int"],
  [{ require: "r.principalId == 3" }, "policy/wrong-type: == compares string with int"],
  [
    { require: "now == '2026-01-01'" },
    'policy/wrong-type: == compares timestamp with string (write timestamp("…") or duration("…") around it)',
  ],
  [
    { require: "1 + 2.0 > 2" },
    "policy/wrong-type: + does not take int and double (write the whole number with a point, as in 2.0)",
  ],
  [
    { require: "r.role == r.role" },
    "policy/wrong-type: == does not compare an azure.roleDefinition (compare their ids or names)",
  ],
  [
    { require: "r.scope.level < 'b'" },
    'policy/wrong-type: < has no meaning for one of "tenant", "managementGroup", "subscription", "resourceGroup", "resource" (use == or in)',
  ],
  [
    { require: "\"'prod' in r.principalId\"" },
    "policy/wrong-type: in needs a list or a map, and this is string (for a part of a text write text.contains(…))",
  ],
  [
    { require: "allows(r.principal, 'a/b')" },
    "policy/wrong-type: allows needs a role, and this is azure.principal (as in r.role, or a part of r.role.permissions)",
  ],
  [
    { require: "allows(r.role, 'write')" },
    'policy/bad-action: "write" is no action (as in Microsoft.Storage/storageAccounts/write)',
  ],
  [
    { require: "within(r.principal, r.scope)" },
    "policy/wrong-type: within needs a scope, and this is azure.principal (as in r.scope)",
  ],
  [
    { require: "r.scope.id.matches('(')" },
    "policy/bad-pattern: the pattern is not valid: missing closing ): `(` (patterns are RE2)",
  ],
  [
    { require: "duration('90 days') > duration('1d')" },
    'policy/bad-duration: "90 days" is no duration (as in 90d, 36h or 1h30m)',
  ],
  [
    { require: "now > timestamp('2026-02-30T00:00:00Z')" },
    'policy/bad-timestamp: "2026-02-30T00:00:00Z" is no timestamp (as in 2026-01-31T00:00:00Z)',
  ],
  [
    { require: "9007199254740992 > 1" },
    "policy/out-of-range: 9007199254740992 is too large: integers go from -9007199254740991 to 9007199254740991",
  ],
  [
    { require: "1u == 1" },
    "policy/unsupported: 1u is neither text nor a number that policies know (unsigned integers and bytes do not exist here)",
  ],
  [
    { require: "r.principal == null" },
    "policy/never-null: r.principal is never null (a value that could not be read makes the result unknown by itself; leave the comparison out)",
  ],
  [{ require: "r.principalId = 'a'" }, 'policy/syntax: "=" is not expected here (equality is written ==)'],
  [{ require: "r.principalId == 'a' and true" }, 'policy/syntax: "and" is not expected here ("and" is written &&)'],
  [{ require: "not true" }, 'policy/syntax: "true" is not expected here ("not" is written !)'],
  [{ require: "(r.principalId ==" }, "policy/syntax: the expression ends too early"],
  [{ require: "'  '" }, "policy/empty-expression: the expression is empty"],
  [{ require: "params.days == 1" }, "policy/unknown-parameter: there is no parameter days"],
  [
    { params: "{ days: { type: duration, default: 3 } }" },
    "policy/bad-parameter: the default of days must be a duration, as in 90d",
  ],
  [
    { each: "s of r.environments", key: "'1'" },
    "policy/each: each names an element and a list (as in each: s in r.secrets)",
  ],
  [
    { each: "s in r.environments" },
    "policy/each: each needs a key (as in key: s.path; it tells the findings of one resource apart)",
  ],
  [{ key: "r.id" }, "policy/each: key has no meaning without each (leave it out)"],
  [{ each: "s in r.principalId", key: "s" }, "policy/each: each needs a list, and this is string"],
  [
    { message: "'{r.role}'" },
    "policy/template: an azure.roleDefinition cannot stand in a text (take one of its fields, such as its id)",
  ],
  [{ message: "'{r.id'" }, "policy/template: the brace is not closed (a brace by itself is written {{ or }})"],
  [
    { message: "'{}'" },
    "policy/template: there is no expression in the braces (a brace by itself is written {{ or }})",
  ],
  [
    { remediation: "{ text: a, command: '{r.idd}' }" },
    "policy/unknown-field: azure.roleAssignment has no field idd (did you mean id?)",
  ],
  [{ severity: "hgh" }, "policy/schema: severity must be one of critical, high, medium, low (did you mean high?)"],
  [{ requires: "x" }, "policy/schema: requires is not known in the file (did you mean require?)"],
])("%j is refused", (keys, expected) => {
  expect(told(keys)).toEqual([expected]);
});

test.each<[string, string, string]>([
  ["a tag", "!r.a", "put the expression in quotes: YAML reads ! as the start of a tag"],
  ["a map from ? and :", "has(r.a) ? r.b : r.c", "put the value in quotes, or write it as a block with |"],
  ["a map", "{ a: b }", "put it in quotes, or write it as a block: require: |"],
  ["a truth value", "true", "put it in quotes, or write it as a block: require: |"],
  ["nothing", "", "put it in quotes, or write it as a block: require: |"],
  ["a comment", "r.principalId == 'a #b'", "YAML takes what follows # for a comment: put the expression in quotes"],
  ["a quoted beginning", "'a' in ['a']", "put the whole of it in quotes, or write it as a block: require: |"],
])("what YAML makes %s of is refused with advice", (_, require, hint) => {
  const [problem] = problemsIn(policyText({ require }));
  expect(problem?.line).toBe(7);
  expect(problem?.hint).toBe(hint);
});

test("an expression is bounded in size and in depth of quantifiers", () => {
  const numbers = Array.from({ length: 1_000 }, (_, index) => index).join(", ");
  expect(told({ require: `"1 in [${numbers}]"` })).toEqual([
    "policy/too-large: the expression has 1003 parts; at most 1000 are allowed (give the policy a list parameter, or make two policies of it)",
  ]);
  const three = "r.environments.all(a, r.environments.all(b, r.environments.all(c, a == c)))";
  expect(told({ require: three })).toEqual(["policy/too-deep: quantifiers may stand at most 2 deep"]);
  const brackets = `${"(".repeat(15_000)}true${")".repeat(15_000)}`;
  expect(problemsIn(policyText({ require: brackets }))[0]?.code).toBe("policy/too-large");
});

test("parameters come from the configuration, and must exist and fit", () => {
  const source = { file: "p.yaml", text: policyText({ params: "{ days: { type: int, default: 3 } }" }) };
  const [policy] = loadPolicies([source], { params: { "family/name": { days: 5 } } });
  expect(policy?.params).toEqual({ days: 5 });
  const refused = (params: Record<string, Record<string, unknown>>) =>
    problemsOf(() => loadPolicies([source], { params, paramsFile: "leastwise.yaml" })).map(
      ({ file, message, hint }) => `${file}: ${message} (${hint})`,
    );
  expect(refused({ "family/name": { days: "5" } })).toEqual([
    "leastwise.yaml: params of family/name: days must be a whole number (null)",
  ]);
  expect(refused({ "family/name": { day: 5 } })).toEqual([
    "leastwise.yaml: params of family/name: there is no parameter day (did you mean days?)",
  ]);
  expect(refused({ "family/nam": {} })).toEqual([
    "leastwise.yaml: params: there is no policy family/nam (did you mean family/name?)",
  ]);
});

test("what is wrong in an example's resource is told where it stands", () => {
  const tests =
    "[{ name: a, given: { principal: { typ: User }, scope: { level: sub }, createdOn: soon }, expect: fail }]";
  expect(problemsIn(policyText({ tests })).map(({ column, message }) => `${column} ${message}`)).toEqual([
    "42 azure.principal has no field typ",
    '71 level is never "sub"',
    "89 createdOn must be a timestamp",
  ]);
  const now = policyText({
    require: "r.createdOn == null || r.createdOn < now",
    tests: "[{ name: a, given: {}, expect: fail }]",
  });
  expect(problemsIn(now).map(({ code }) => code)).toEqual(["policy/example-without-now"]);
});

test("a folder is read with the folders in it", () => {
  const folder = mkdtempSync(join(tmpdir(), "policies-"));
  mkdirSync(join(folder, "b"));
  writeFileSync(join(folder, "b", "c.yml"), "c");
  writeFileSync(join(folder, "a.yaml"), "a");
  writeFileSync(join(folder, "notes.md"), "n");
  expect(readPolicyFolder(folder, "policies/")).toEqual([
    { file: "policies/a.yaml", text: "a" },
    { file: "policies/b/c.yml", text: "c" },
  ]);
  expect(problemsOf(() => readPolicyFolder(join(folder, "none"), "none"))[0]?.code).toBe("file/missing");
});
