import { type Field, type FieldType, kinds } from "./kinds.ts";
import type { JsonSchema } from "./schemas.ts";

/** A JSON Schema with the words that only the editor's schema needs. */
interface EditorSchema extends Omit<JsonSchema, "properties" | "items" | "additionalProperties" | "$defs" | "enum"> {
  $schema?: string;
  $comment?: string;
  const?: string;
  enum?: readonly (string | null)[];
  if?: EditorSchema;
  then?: EditorSchema;
  anyOf?: readonly EditorSchema[];
  allOf?: readonly EditorSchema[];
  items?: EditorSchema;
  properties?: Record<string, EditorSchema>;
  additionalProperties?: boolean | EditorSchema;
  $defs?: Record<string, EditorSchema>;
}

/** The values of a parameter, by its declared type. */
const values: Readonly<Record<string, EditorSchema>> = {
  string: { type: "string" },
  int: { type: "integer" },
  double: { type: "number" },
  bool: { type: "boolean" },
  duration: { type: "string", description: "As in 90d or 1h30m." },
  timestamp: { type: "string", format: "date-time" },
  "list<string>": { type: "array", items: { type: "string" } },
  "list<int>": { type: "array", items: { type: "integer" } },
};

/**
 * What `policy.schema.json` leaves to the loader, as far as JSON Schema can say it: the names of kinds, the fields that an
 * example of each kind may give, and the defaults of parameters. The loader says more, so it does not use this.
 */
export function editorSchema(): EditorSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "editor",
    $comment: "Made from schemas/kinds by `npm run generate`. Change those, not this file.",
    title: "What an editor completes in a policy",
    properties: {
      target: { enum: [...kinds.keys()] },
      params: {
        additionalProperties: {
          allOf: Object.entries(values).map(([type, value]) =>
            whereIs("type", type, { properties: { default: value } }),
          ),
        },
      },
    },
    allOf: [...kinds.keys()].map((kind) =>
      whereIs("target", kind, {
        properties: { tests: { items: { properties: { given: { $ref: `#/$defs/${kind}` } } } } },
      }),
    ),
    $defs: Object.fromEntries(
      [...kinds.values()].map(({ name, description, fields }) => [name, resource(fields, description)]),
    ),
  };
}

function whereIs(property: string, value: string, then: EditorSchema): EditorSchema {
  return { if: { required: [property], properties: { [property]: { const: value } } }, then };
}

function resource(fields: ReadonlyMap<string, Field>, description: string): EditorSchema {
  const lists = [...fields.values()].filter(({ type }) => type.type === "list").map(({ name }) => name);
  const incomplete: EditorSchema = {
    type: "array",
    items: { enum: lists },
    description: "Names of list fields that could not be read to their end.",
  };
  return { ...object(fields, { incomplete }), description };
}

function object(fields: ReadonlyMap<string, Field>, more: Record<string, EditorSchema> = {}): EditorSchema {
  const properties = [...fields.values()].map(({ name, type, description }) => [name, { ...field(type), description }]);
  return { type: "object", additionalProperties: false, properties: { ...Object.fromEntries(properties), ...more } };
}

function field(type: FieldType): EditorSchema {
  const schema = withoutNull(type);
  if (!type.nullable) return schema;
  if (schema.$ref !== undefined) return { anyOf: [schema, { type: "null" }] };
  if (schema.enum !== undefined) return { enum: [...schema.enum, null] };
  return { ...schema, type: [String(schema.type), "null"] };
}

function withoutNull(type: FieldType): EditorSchema {
  switch (type.type) {
    case "string":
      return type.enum === null ? { type: "string" } : { enum: type.enum };
    case "list":
      return { type: "array", items: field(type.of) };
    case "map":
      return { type: "object", additionalProperties: field(type.of) };
    case "object":
      return object(type.fields);
    case "resource":
      return { $ref: `#/$defs/${type.kind}` };
    default:
      return values[type.type] ?? {};
  }
}
