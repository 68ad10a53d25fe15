import { expect, test } from "vitest";
import { policyOf, policyText, problemsIn } from "./policies.ts";

const refusals = (keys: Readonly<Record<string, string>>) => problemsIn(policyText(keys)).map(({ code }) => code);

test.each([
  "r.principalType.startsWith('U')",
  "r.createdOn < now",
  "now - r.createdOn < duration('90d')",
  "has(r.createdOn) || r.createdOn < now",
  "!has(r.createdOn) && r.createdOn < now",
  "r.createdOn == null && r.createdOn < now",
  "(has(r.createdOn) || r.condition == null) && r.createdOn < now",
  "has(r.createdOn) ? true : r.createdOn < now",
  "has(r.updatedOn) && r.createdOn < now",
  "r.createdOn < now && has(r.createdOn)",
  "r.principal.displayName.contains('x')",
  "r.principal.credentials.all(c, c.end > now)",
  "r.principal.credentials.exists(c, has(c.end)) && r.principal.credentials.all(c, c.end > now)",
  "r.principalType in ['User', null] && r.principalType.contains('U')",
])("%s may meet null", (require) => {
  expect(refusals({ require: `"${require}"` })).toEqual(["policy/nullable"]);
});

test.each([
  "r.principalType == 'User'",
  "r.principalType in ['User', 'Group']",
  "r.createdOn == r.updatedOn",
  "has(r.createdOn) && r.createdOn < now",
  "r.createdOn != null && r.createdOn < now",
  "null != r.createdOn && r.createdOn < now",
  "r.createdOn == null || r.createdOn < now",
  "!has(r.createdOn) || r.createdOn < now",
  "!(r.createdOn == null) && r.createdOn < now",
  "!(!has(r.createdOn) || r.condition == null) && r.createdOn < now && r.condition.contains('x')",
  "has(r.createdOn) ? r.createdOn < now : true",
  "r.createdOn == null ? true : r.createdOn < now",
  "(has(r.createdOn) && has(r.updatedOn)) && r.createdOn < r.updatedOn",
  "((has(r.createdOn) && r.condition == null) || (has(r.createdOn) && r.description == null)) && r.createdOn < now",
  "(r.condition == null ? has(r.createdOn) : false) && r.createdOn < now",
  "r.principalType == 'User' && r.principalType.contains('U')",
  "r.principalType in ['User', 'Group'] && r.principalType.contains('U')",
  "r.principal.credentials.all(c, c.end == null || c.end > now)",
  "has(r.principal.displayName) && r.principal.displayName.contains('x')",
])("%s does not", (require) => {
  expect(refusals({ require: `"${require}"` })).toEqual([]);
});

test("what when shows holds in require, and the failure of both in the texts", () => {
  const keys = {
    when: "has(r.createdOn)",
    require: "r.createdOn < now && r.description == null",
    message: '"{now - r.createdOn} old: {r.createdOn}"',
  };
  expect(refusals(keys)).toEqual([]);
  expect(refusals({ ...keys, when: "'!has(r.createdOn)'" })).toEqual(["policy/nullable", "policy/nullable"]);
  expect(refusals({ require: "r.createdOn == null", message: "'{now - r.createdOn}'" })).toEqual([]);
});

test("what when shows holds in each and in key, where when is about the resource as a whole", () => {
  const keys = {
    target: "prefect.deployment",
    each: "f in r.workPool.fields",
    key: "f.path",
    when: "has(r.workPool)",
    require: "f.path != r.workPool.name",
  };
  expect(refusals(keys)).toEqual([]);
  expect(policyOf(keys).kinds).toEqual(new Set(["prefect.deployment", "prefect.workPool"]));
  expect(refusals({ ...keys, when: "has(r.workPool) && f.path != 'a'" })).toEqual(["policy/nullable"]);
});
