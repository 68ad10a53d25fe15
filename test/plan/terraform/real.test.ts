import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseTerraformPlan } from "../../../src/plan/terraform/format.ts";
import { Instances } from "../../../src/plan/terraform/instances.ts";
import { References, type Source } from "../../../src/plan/terraform/references.ts";

const file = new URL("../../../fixtures/terraform/plan.json", import.meta.url);
const instances = new Instances(parseTerraformPlan({ file: "plan.json", text: readFileSync(file, "utf8") }));
const references = new References(instances);

/** A source as people would write it; a question mark behind what a reference may mean beside others. */
function written(source: Source): string {
  if (source.is === "value") return `= ${JSON.stringify(source.value)}`;
  if (source.is === "open") return source.local === null ? "?" : `local.${source.local}`;
  const { instance, path, any } = source;
  return [instance.address, ...path].join(".").replaceAll("terraform_data.", "") + (any === true ? "?" : "");
}

/** What the one attribute of each instance in the plan that Terraform itself wrote depends on. */
const depends: Readonly<Record<string, readonly string[]>> = {
  'keyed["b"]': ['= "b"'],
  "counted[1]": ["= 1"],
  'by_key["b"]': ['keyed["b"]'],
  'by_value["b"]': ['keyed["b"]'],
  "by_count[1]": ["counted[1]"],
  'chained["b"]': ['keyed["b"].id'],
  constant_key: ['keyed["a"].id'],
  old_index: ["counted[0].id"],
  splat: ["counted[0]", "counted[1]"],
  choice: ["= null", "= null", "one.id"],
  asked: ["counted[0]", "counted[1]", "counted[0].id"],
  template: ["one.id"],
  local: ["local.first"],
  sensitive: ["?"],
  function: ["?"],
  of_module: ['module.m["a"].who.id'],
  'of_each_module["b"]': ['module.m["b"].who.id?', 'module.m["b"].who?'],
  of_module_whole: ['module.m["a"].who.id'],
  'module.m["b"].who': ['keyed["b"]'],
  'module.m["a"].object': ["one.id"],
};

test.for(Object.entries(depends))("in a plan of Terraform, %s depends on %j", ([name, sources]) => {
  const instance = [...instances.all()].find((each) => each.address.replaceAll("terraform_data.", "") === name);
  if (instance === undefined) throw new Error("the plan has no such instance");
  expect(references.of(instance, ["input"]).map(written)).toEqual(sources);
});

test("what locals stand for is among what Terraform lists that the plan depends on", () => {
  expect(references.relevant()?.map(written)).toContain('keyed["a"].id');
});
