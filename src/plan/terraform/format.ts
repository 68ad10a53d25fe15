import { InputError, type Problem } from "../../resources/problem.ts";
import type { PlannedAt } from "../plan.ts";
import { Lines, scanJson } from "./json.ts";
import { shapeProblems } from "./shape.ts";

/** JSON as a plan holds it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonMap;
export type JsonMap = { readonly [name: string]: Json };

/** An expression of the configuration: what it is, or what it refers to. Blocks hold further ones, by attribute. */
export interface Expression {
  constant_value?: Json;
  /** Each reference, followed by the shorter ones that it goes through. */
  references?: readonly string[];
}

/** The expressions of a resource: one for an attribute, a list of maps of them for blocks. */
export type Expressions = { readonly [name: string]: Expression | Expressions | readonly Expressions[] };

/** A resource of the configuration. */
export interface ConfiguredResource {
  mode: "managed" | "data";
  type: string;
  name: string;
  provider_config_key?: string;
  expressions?: Expressions;
  for_each_expression?: Expression;
  count_expression?: Expression;
}

/** A call of a module. */
export interface ModuleCall {
  module?: ConfiguredModule;
  expressions?: { readonly [name: string]: Expression };
  for_each_expression?: Expression;
  count_expression?: Expression;
}

/** A module of the configuration, without its locals: the format leaves them out. */
export interface ConfiguredModule {
  resources?: readonly ConfiguredResource[];
  module_calls?: { readonly [name: string]: ModuleCall };
  variables?: { readonly [name: string]: { default?: Json; sensitive?: boolean } };
  outputs?: { readonly [name: string]: { expression?: Expression; sensitive?: boolean } };
}

/** A provider as it is configured in a module. */
interface ConfiguredProvider {
  name?: string;
  full_name?: string;
  alias?: string;
  module_address?: string;
  expressions?: Expressions;
}

/** A resource of a state, as `prior_state` holds those that data sources have read. */
interface StateResource {
  address: string;
  mode: "managed" | "data";
  type: string;
  name: string;
  index?: string | number;
  values?: JsonMap;
  sensitive_values?: Json;
}

export interface StateModule {
  address?: string;
  resources?: readonly StateResource[];
  child_modules?: readonly StateModule[];
}

/** What becomes of a resource. */
export type Action = "create" | "update" | "delete" | "no-op" | "read" | "forget" | "open" | "renew" | "close";

/** What a plan does with one instance of a resource. */
export interface ResourceChange {
  address: string;
  module_address?: string;
  mode: "managed" | "data";
  type: string;
  name: string;
  index?: string | number;
  /** An object that a create_before_destroy left behind and that is still to be deleted. */
  deposed?: string;
  change: {
    actions: readonly Action[];
    before?: Json;
    after?: Json;
    /** true in the place of everything that is known only after the change. */
    after_unknown?: Json;
    /** true in the place of everything that is marked as sensitive. */
    before_sensitive?: Json;
    after_sensitive?: Json;
  };
}

/** A plan as `terraform show -json` writes it (developer.hashicorp.com, JSON Output Format; format version 1). */
interface PlanJson {
  format_version: string;
  variables?: { readonly [name: string]: { value?: Json } };
  resource_changes?: readonly ResourceChange[];
  deferred_changes?: readonly { reason?: string; resource_change?: ResourceChange }[];
  configuration?: {
    provider_config?: { readonly [key: string]: ConfiguredProvider };
    root_module?: ConfiguredModule;
  };
  prior_state?: { values?: { root_module?: StateModule } };
  relevant_attributes?: readonly { resource: string; attribute: readonly (string | number)[] }[];
}

/** A plan with the places of its changes. */
export interface TerraformPlan {
  file: string;
  json: PlanJson;
  /** Where a change stands, by its index in `resource_changes`. */
  at(index: number): PlannedAt;
}

/** A text and how people call the file that it stands in. */
export interface PlanText {
  file: string;
  text: string;
}

/** Whether a text is what `terraform show -json` writes of a plan or means to be: nothing else begins with its version. */
export function isTerraformPlan(text: string): boolean {
  const head = text.slice(0, 4096);
  if (!/^\ufeff?\s*\{/.test(head)) return false;
  if (/^\ufeff?\s*\{\s*"format_version"\s*:/.test(head)) return true;
  // Written anew by another tool, with its names in another order.
  if (!/"format_version"\s*:/.test(text)) return false;
  return /"(?:resource_changes|planned_values|terraform_version)"\s*:/.test(text);
}

const show = "write it with: terraform plan -out=tfplan, then terraform show -json tfplan";

/**
 * Reads a plan.
 * @throws InputError with line and column where it is no sound JSON, no plan, of another major version of the format, or
 * the plan of a run that failed
 */
export function parseTerraformPlan({ file, text }: PlanText): TerraformPlan {
  const { fault, elements, values } = scanJson(text, "resource_changes");
  const lines = new Lines(text);
  const refused = (code: string, offset: number, message: string, hint: string): InputError =>
    new InputError([{ code: `plan/terraform-${code}`, file, ...lines.at(offset), message, hint }]);
  if (fault !== null) {
    const isLog = /^\s*\{"@level"/.test(text);
    const hint = isLog ? `this is the log of a run; ${show}` : `the plan is cut off or was changed: ${show}`;
    throw refused("json", fault.offset, fault.message, hint);
  }
  const json = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as PlanJson & JsonMap;
  const at = (name: string): number => values.get(name) ?? 0;
  const { format_version: version } = json;
  if (typeof version !== "string" || !/^\d+\.\d+$/.test(version))
    throw refused("version", at("format_version"), "this has no format_version, so it is no plan", show);
  if (!version.startsWith("1."))
    throw refused(
      "version",
      at("format_version"),
      `this plan has version ${version} of the format, and version 1 is read`,
      "use the Terraform or OpenTofu that wrote it at version 1.1 or newer, or a newer leastwise",
    );
  if (json.resource_changes === undefined && "values" in json)
    throw refused("state", at("values"), "this is a state and no plan", show);
  if (json.errored === true)
    throw refused(
      "errored",
      at("errored"),
      "this plan ended in an error, so it may lack changes",
      "mend it, and plan again",
    );
  const problems = shapeProblems(json).map(
    ({ name, index, message }): Problem => ({
      code: "plan/terraform-shape",
      file,
      ...lines.at(index === null ? at(name) : (elements[index] ?? at(name))),
      message,
      hint: show,
    }),
  );
  if (problems.length > 0) throw new InputError(problems.slice(0, 20));
  return {
    file,
    json,
    at: (index) => ({
      file,
      ...lines.at(elements[index] ?? at("resource_changes")),
      address: `terraform:${json.resource_changes?.[index]?.address ?? ""}`,
    }),
  };
}

/** Whether a value of JSON is a map. */
export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
