import { describe, expect, test } from "vitest";
import { loadPolicies, readPolicyFolder } from "../../src/policy/load.ts";
import { coverPolicy, testPolicy } from "../../src/policy/test.ts";

const policies = loadPolicies(readPolicyFolder(new URL("../../policies", import.meta.url).pathname, "policies"));

describe.each(policies.map((policy) => ({ id: policy.id, policy })))("$id", ({ policy }) => {
  test("passes its own examples, which reach every branch of it", () => {
    expect(testPolicy(policy).tests.filter((each) => !each.passed)).toEqual([]);
    expect(testPolicy(policy).problems).toEqual([]);
    expect(coverPolicy(policy).missed.map(({ expression, value }) => ({ expression, value }))).toEqual([]);
  });

  test("has an example of what it cannot know, stands where its id says, and tells why and how to mend it", () => {
    expect(policy.tests.some((each) => each.expected === "unknown")).toBe(true);
    expect(policy.file).toBe(`policies/${policy.id}.yaml`);
    expect(policy.rationale).not.toBeNull();
    expect(policy.remediation).not.toBeNull();
    expect(policy.controls.soc2.every((each) => each.reason !== null)).toBe(true);
  });
});

test("each family has at least two policies", () => {
  const families = Map.groupBy(policies, (policy) => policy.id.split("/")[0]);
  expect(Object.fromEntries([...families].map(([family, each]) => [family, each.length >= 2]))).toEqual({
    identity: true,
    isolation: true,
    "least-privilege": true,
    rotation: true,
    secrets: true,
    traceability: true,
  });
});
