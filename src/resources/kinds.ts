import { type JsonSchema, readKindSchemas } from "./schemas.ts";

/** The type of a field, as policies see it. */
export type FieldType =
  | { type: "string"; nullable: boolean; ignoreCase: boolean; enum: readonly string[] | null }
  | { type: "int" | "double" | "bool" | "timestamp" | "duration"; nullable: boolean }
  | { type: "list"; of: FieldType; nullable: boolean }
  | { type: "map"; of: FieldType; nullable: boolean }
  | { type: "object"; name: string; fields: ReadonlyMap<string, Field>; nullable: boolean }
  | { type: "resource"; kind: string; nullable: boolean };

/** Where a field's value comes from: the stored row, another kind, or a derivation at evaluation. */
export type FieldSource = "stored" | "relation" | "computed";

/** A field of a kind, or of an object inside one. */
export interface Field {
  name: string;
  type: FieldType;
  source: FieldSource;
  description: string;
}

/** How a relation finds the other resources: those of `kind` whose field `to` equals this resource's field `from` (both may be dotted). */
export interface Relation {
  name: string;
  kind: string;
  from: string;
  to: string;
  list: boolean;
  nullable: boolean;
}

/** A kind of resource: everything that its schema says. */
export interface Kind {
  name: string;
  description: string;
  fields: ReadonlyMap<string, Field>;
  relations: ReadonlyMap<string, Relation>;
  /** The fields, dotted where nested, that make a resource the same one when it is made anew. */
  identity: readonly string[];
  schema: JsonSchema;
}

/** A stored resource: `id` is always there; a property that is missing could not be read. */
export interface Row {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** The schema itself, or the shared part that it refers to. */
function resolve(schema: JsonSchema, shared: Record<string, JsonSchema>): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const target = shared[schema.$ref.replace("common#/$defs/", "")];
  if (target === undefined) throw new Error(`schemas: no shared part ${schema.$ref}`);
  return target;
}

function typeOf(written: JsonSchema, shared: Record<string, JsonSchema>): FieldType {
  const schema = resolve(written, shared);
  if (schema.enum !== undefined) {
    const values = schema.enum.filter((value) => typeof value === "string");
    return { type: "string", nullable: schema.enum.includes(null), ignoreCase: false, enum: values };
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const nullable = types.includes("null");
  const type = types.find((each) => each !== "null");
  switch (type) {
    case "string":
      if (schema.format === "date-time") return { type: "timestamp", nullable };
      return { type: "string", nullable, ignoreCase: schema["x-ignoreCase"] === true, enum: null };
    case "integer":
      return { type: "int", nullable };
    case "number":
      return { type: "double", nullable };
    case "boolean":
      return { type: "bool", nullable };
    case "array":
      return { type: "list", of: typeOf(schema.items ?? {}, shared), nullable };
    case "object":
      if (schema.properties === undefined) {
        return { type: "map", of: typeOf(schema.additionalProperties as JsonSchema, shared), nullable };
      }
      return { type: "object", name: schema.title ?? "object", fields: storedFields(schema, shared), nullable };
    default:
      throw new Error(`schemas: a field of type ${String(schema.type)} has no counterpart in policies`);
  }
}

function storedFields(schema: JsonSchema, shared: Record<string, JsonSchema>): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    if (name === "incomplete") continue;
    const { description = "" } = resolve(each, shared);
    fields.set(name, { name, type: typeOf(each, shared), source: "stored", description });
  }
  return fields;
}

function kindOf(schema: JsonSchema, shared: Record<string, JsonSchema>): Kind {
  const fields = storedFields(schema, shared);
  const relations = new Map<string, Relation>();
  for (const [name, each] of Object.entries(schema["x-relations"] ?? {})) {
    const { kind, from, to, list = false, nullable = false, description } = each;
    const isStored = from !== undefined && to !== undefined;
    if (isStored) relations.set(name, { name, kind, from, to, list, nullable });
    const resource: FieldType = { type: "resource", kind, nullable };
    const type: FieldType = list ? { type: "list", of: resource, nullable: false } : resource;
    fields.set(name, { name, type, source: isStored ? "relation" : "computed", description });
  }
  for (const [name, each] of Object.entries(schema["x-computed"] ?? {})) {
    fields.set(name, { name, type: typeOf(each, shared), source: "computed", description: each.description ?? "" });
  }
  return {
    name: schema.$id ?? "",
    description: schema.description ?? "",
    fields,
    relations,
    identity: schema["x-identity"] ?? ["id"],
    schema,
  };
}

function readKinds(): ReadonlyMap<string, Kind> {
  const schemas = readKindSchemas();
  const shared = schemas.find((schema) => schema.$id === "common")?.$defs ?? {};
  return new Map(
    schemas.filter((schema) => schema.$id !== "common").map((schema) => [schema.$id ?? "", kindOf(schema, shared)]),
  );
}

/** Every kind by name, from `schemas/kinds/`. */
export const kinds: ReadonlyMap<string, Kind> = readKinds();

/** The fields of each kind, dotted where nested, by which other rows are found or that other rows find it by. */
export const keyFields: ReadonlyMap<string, ReadonlySet<string>> = readKeyFields();

function readKeyFields(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map([...kinds.keys()].map((kind) => [kind, new Set<string>()]));
  for (const [kind, { relations }] of kinds) {
    for (const relation of relations.values()) {
      found.get(kind)?.add(relation.from);
      found.get(relation.kind)?.add(relation.to);
    }
  }
  return found;
}

/** The value at a dotted path inside a row; undefined where any part is missing. */
export function valueAt(row: unknown, path: string): unknown {
  let value = row;
  for (const part of path.split(".")) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
