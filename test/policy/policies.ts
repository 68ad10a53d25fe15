import { loadPolicies } from "../../src/policy/load.ts";
import type { Evaluation, Policy } from "../../src/policy/policy.ts";
import { Unread, type World } from "../../src/policy/value.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { InputError, type Problem } from "../../src/resources/problem.ts";

const standard: Readonly<Record<string, string>> = {
  id: "family/name",
  title: "Something holds",
  severity: "low",
  confidence: "certain",
  controls: "{ soc2: [CC6.3] }",
  target: "azure.roleAssignment",
  require: "'true'",
  message: "it does not hold",
};

/** The text of a policy: every key as it would stand in the file, over a policy that always passes. */
export function policyText(keys: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...standard, ...keys })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

export function policyOf(
  keys: Readonly<Record<string, string>> = {},
  params: Readonly<Record<string, unknown>> = {},
): Policy {
  const [policy] = loadPolicies([{ file: "p.yaml", text: policyText(keys) }], {
    params: { [keys.id ?? "family/name"]: params },
  });
  if (policy === undefined) throw new Error("no policy");
  return policy;
}

/** What is wrong with policy files of these texts. */
export function problemsIn(...texts: readonly string[]): readonly Problem[] {
  return problemsOf(() => loadPolicies(texts.map((text, index) => ({ file: `${index + 1}.yaml`, text }))));
}

export function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action();
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

/** A world where relations and computed fields stand in the row. */
const world: World = {
  now: Date.parse("2026-01-31T00:00:00Z"),
  field: (kind, name, row) => row[name] ?? new Unread(`${kind}.${name} was not read`),
  can: () => "the grants were not read",
  within: (inner, outer) => inner === outer || inner.startsWith(`${outer}/`),
};

export function evaluated(policy: Policy, row: Readonly<Record<string, unknown>>): Evaluation {
  return policy.evaluate({ id: "1", ...row } as Row, world);
}
