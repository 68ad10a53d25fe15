import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** What of a plan has another form than the format documents. */
interface ShapeProblem {
  /** The part of the plan, as in configuration. */
  name: string;
  /** The element of it, where it is a list; null of the whole. */
  index: number | null;
  message: string;
}

const text = { type: "string" };
const mapOf = (each: object) => ({ type: "object", additionalProperties: each });
const listOf = (each: object) => ({ type: "array", items: each });
const key = { type: ["string", "integer"] };
const moduleAddress = {
  type: "string",
  pattern: '^(?:(?:^|\\.)module\\.[^.\\[\\]"]+(?:\\[(?:\\d+|"(?:[^"\\\\]|\\\\.)*")\\])?)*$',
};
const repeated = {
  for_each_expression: { $ref: "#/$defs/expression" },
  count_expression: { $ref: "#/$defs/expression" },
};
const mode = { enum: ["managed", "data", "ephemeral"] };

/** Of the format (developer.hashicorp.com, JSON Output Format) only what is read; everything else may be anything. */
const schema = {
  $defs: {
    // An attribute of a block may have any name, so one that is called as a part of an expression is a map.
    expression: {
      type: "object",
      properties: { references: { anyOf: [listOf(text), { type: "object" }] } },
    },
    expressions: mapOf({ anyOf: [listOf({ $ref: "#/$defs/expressions" }), { $ref: "#/$defs/expression" }] }),
    module: {
      type: "object",
      properties: {
        resources: listOf({
          type: "object",
          required: ["mode", "type", "name"],
          properties: {
            mode,
            type: text,
            name: text,
            provider_config_key: text,
            expressions: { $ref: "#/$defs/expressions" },
            ...repeated,
          },
        }),
        module_calls: mapOf({
          type: "object",
          properties: {
            module: { $ref: "#/$defs/module" },
            expressions: mapOf({ $ref: "#/$defs/expression" }),
            ...repeated,
          },
        }),
        variables: mapOf({ type: "object" }),
        outputs: mapOf({ type: "object", properties: { expression: { $ref: "#/$defs/expression" } } }),
      },
    },
    stateModule: {
      type: "object",
      properties: {
        address: moduleAddress,
        resources: listOf({
          type: "object",
          required: ["address", "mode", "type", "name"],
          properties: { address: text, mode, type: text, name: text, index: key },
        }),
        child_modules: listOf({ $ref: "#/$defs/stateModule" }),
      },
    },
    change: {
      type: "object",
      required: ["address", "mode", "type", "name", "change"],
      properties: {
        address: text,
        module_address: moduleAddress,
        mode,
        type: text,
        name: text,
        index: key,
        change: {
          type: "object",
          required: ["actions"],
          properties: {
            actions: listOf({
              enum: ["create", "update", "delete", "no-op", "read", "forget", "open", "renew", "close"],
            }),
          },
        },
      },
    },
  },
  type: "object",
  properties: {
    variables: mapOf({ type: "object" }),
    resource_changes: listOf({ $ref: "#/$defs/change" }),
    deferred_changes: listOf({ type: "object", properties: { resource_change: { $ref: "#/$defs/change" } } }),
    configuration: {
      type: "object",
      properties: {
        provider_config: mapOf({
          type: "object",
          properties: { module_address: moduleAddress, expressions: { $ref: "#/$defs/expressions" } },
        }),
        root_module: { $ref: "#/$defs/module" },
      },
    },
    prior_state: {
      type: "object",
      properties: { values: { type: "object", properties: { root_module: { $ref: "#/$defs/stateModule" } } } },
    },
    relevant_attributes: listOf({
      type: "object",
      required: ["resource", "attribute"],
      properties: { resource: text, attribute: listOf(key) },
    }),
  },
};

let compiled: ValidateFunction | undefined;

/** What of a plan has another form than the format documents, as far as it is read. Nothing of its values is told. */
export function shapeProblems(json: unknown): ShapeProblem[] {
  compiled ??= new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false }).compile(
    schema,
  );
  if (compiled(json)) return [];
  const found = new Map<string, ShapeProblem>();
  for (const { instancePath, message, keyword } of compiled.errors ?? []) {
    const [name = "", index] = instancePath.slice(1).split("/");
    const place = /^\d+$/.test(index ?? "") ? Number(index) : null;
    const said = keyword === "enum" ? "is none that the format documents" : (message ?? "has another form");
    // The first of each place is the one that explains the others.
    const at = `${name}/${place}`;
    if (!found.has(at) && keyword !== "if")
      found.set(at, { name, index: place, message: `${placeOf(instancePath)} ${said}` });
  }
  return [...found.values()];
}

/** The part of a plan as people write it, without what plans call their own things. */
function placeOf(path: string): string {
  const parts = path
    .slice(1)
    .split("/")
    .filter((part) => /^[a-z_]{1,30}$/.test(part));
  return parts.at(-1) ?? "the plan";
}
