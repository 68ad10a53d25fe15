import fc from "fast-check";
import { expect, test } from "vitest";
import { isTerraformPlan } from "../../../src/plan/terraform/format.ts";
import { Lines, scanJson } from "../../../src/plan/terraform/json.ts";
import { readTerraformPlan } from "../../../src/plan/terraform/read.ts";
import { InputError, type Problem } from "../../../src/resources/problem.ts";
import { change, configured, created, planText, to } from "./plan.ts";

const options = { subscription: null };

/** The problems with which a text is refused. */
function refused(text: string): readonly Problem[] {
  try {
    readTerraformPlan({ file: "plan.json", text }, options);
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  throw new Error("the text was taken for a plan");
}

const sound = planText({ changes: [created("azurerm_user_assigned_identity.flows", { name: "id-flows" })] });

test("a plan is told by its content, whatever its file is called", () => {
  expect(isTerraformPlan(sound)).toBe(true);
  expect(isTerraformPlan(`\ufeff${JSON.stringify({ terraform_version: "1.9.4", format_version: "1.2" })}`)).toBe(true);
  expect(isTerraformPlan('{"$schema": "https://schema.management.azure.com/…", "contentVersion": "1.0.0.0"}')).toBe(
    false,
  );
  expect(isTerraformPlan("deployments: []")).toBe(false);
});

test("a plan that is cut off is refused where it ends, at any place and without a word of it", () => {
  const canary = "canary-5e1f";
  const text = planText({ changes: [created("azurerm_key_vault_secret.one", { name: "one", value: canary })] });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: text.length - 1 }), (length) => {
      const [problem] = refused(text.slice(0, length));
      expect(problem).toMatchObject({ code: "plan/terraform-json", file: "plan.json" });
      expect(`${problem?.message}${problem?.hint}`).not.toContain("canary");
      const lines = text.slice(0, length).split("\n");
      expect(problem?.line).toBeLessThanOrEqual(lines.length);
    }),
    { numRuns: 60 },
  );
});

test("what JSON.parse takes is taken, and what it refuses is refused", () => {
  const noise = fc.constantFrom("", "", "", ",", "]", '"', "tru", "\u0001", "01", "{", ": 1", "\\", "\t", "-", "1e");
  fc.assert(
    fc.property(fc.json(), noise, fc.nat(), (json, extra, at) => {
      const place = at % (json.length + 1);
      const text = json.slice(0, place) + extra + json.slice(place);
      const isSound = ((): boolean => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      })();
      expect(scanJson(text, "list").fault === null).toBe(isSound);
    }),
    { numRuns: 2000 },
  );
});

test("each change is placed where it begins in the file", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.constantFrom(undefined, 1, 4), (list, indent) => {
      const text = JSON.stringify({ before: [[], {}], list, after: { list: [1] } }, null, indent);
      const { elements } = scanJson(text, "list");
      const lines = new Lines(text);
      const rest = text.split("\n");
      expect(elements).toHaveLength(list.length);
      for (const [index, offset] of elements.entries()) {
        const { line, column } = lines.at(offset);
        const value = JSON.stringify(list[index], null, indent).split("\n")[0] ?? "";
        expect(rest[line - 1]?.slice(column - 1).startsWith(value.slice(0, 1))).toBe(true);
      }
    }),
  );
  const { objects } = readTerraformPlan({ file: "plan.json", text: sound }, options);
  const line = sound.split("\n").findIndex((each) => each.includes("resource_changes")) + 2;
  expect(objects[0]?.at).toEqual({
    file: "plan.json",
    line,
    column: 3,
    address: "terraform:azurerm_user_assigned_identity.flows",
  });
});

test("another major version, a state, the log of a run and the plan of one that failed are refused, each with what to do", () => {
  const cases: [string, string, RegExp][] = [
    [JSON.stringify({ format_version: "2.0", resource_changes: [] }), "plan/terraform-version", /version 2\.0/],
    [JSON.stringify({ resource_changes: [] }), "plan/terraform-version", /no format_version/],
    [JSON.stringify({ format_version: "1.0", values: { root_module: {} } }), "plan/terraform-state", /a state/],
    [JSON.stringify({ format_version: "1.2", errored: true, resource_changes: [] }), "plan/terraform-errored", /error/],
    ['{"@level":"info","type":"version"}\n{"@level":"info"}', "plan/terraform-json", /after the end/],
  ];
  for (const [text, code, message] of cases) {
    const [problem] = refused(text);
    expect(problem?.code).toBe(code);
    expect(problem?.message).toMatch(message);
    expect(problem?.hint).not.toBeNull();
  }
  expect(refused('{"@level":"info"}\n{"@level":"info"}')[0]?.hint).toContain("terraform show -json");
  // A newer minor version only adds to the format.
  expect(readTerraformPlan({ file: "plan.json", text: sound.replace('"1.2"', '"1.9"') }, options).objects).toHaveLength(
    1,
  );
});

test("changes of another form than the format documents are refused, each at its place", () => {
  const text = planText({
    changes: [created("azurerm_user_assigned_identity.flows", {}), { address: "x" }, { ...change("a.b", ["explode"]) }],
  });
  const problems = refused(text);
  expect(problems.map(({ code }) => code)).toEqual(["plan/terraform-shape", "plan/terraform-shape"]);
  expect(new Set(problems.map(({ line }) => line)).size).toBe(2);
  expect(refused(JSON.stringify({ format_version: "1.2", resource_changes: {} }))[0]?.message).toBe(
    "resource_changes must be array",
  );
});

test("a plan in which any part has another form is refused or read, and never ends in a fault", () => {
  const whole = JSON.parse(
    planText({
      changes: [
        created("azurerm_user_assigned_identity.flows", { name: "id" }, { id: true, principal_id: true }),
        created('module.a["x"].azurerm_role_assignment.it[0]', {}, { scope: true, principal_id: true }),
        change("azurerm_key_vault.kv", ["update"], { before: { id: "/x" }, after: { id: "/x", access_policy: [{}] } }),
      ],
      resources: [configured("azurerm_user_assigned_identity.flows"), configured("azurerm_key_vault.kv")],
      calls: {
        a: {
          for_each_expression: { references: ["local.x"] },
          expressions: { who: to("azurerm_user_assigned_identity.flows.principal_id") },
          module: {
            variables: { who: { default: null } },
            resources: [
              configured(
                "azurerm_role_assignment.it",
                { principal_id: to("var.who"), scope: { references: ["local.scope", "each.value", "count.index"] } },
                { count_expression: { constant_value: 1 } },
              ),
            ],
          },
        },
      },
      more: { relevant_attributes: [{ resource: "azurerm_user_assigned_identity.flows", attribute: ["id"] }] },
    }),
  ) as object;
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 12 }), fc.jsonValue({ maxDepth: 2 }), (way, value) => {
      const plan = structuredClone(whole) as { [name: string]: unknown };
      let at = plan;
      for (const [index, turn] of way.entries()) {
        const names = Object.keys(at);
        const name = names[turn % names.length];
        if (name === undefined) break;
        const next = at[name];
        if (index === way.length - 1 || typeof next !== "object" || next === null) {
          at[name] = value;
          break;
        }
        at = next as typeof plan;
      }
      try {
        readTerraformPlan({ file: "plan.json", text: JSON.stringify(plan) }, options);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 1500 },
  );
});
