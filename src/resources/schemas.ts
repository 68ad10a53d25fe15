import { readdirSync, readFileSync } from "node:fs";

/** A JSON Schema as it stands in `schemas/`; only what leastwise uses of it is named. */
export interface JsonSchema {
  $id?: string;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  title?: string;
  description?: string;
  type?: string | readonly string[];
  enum?: readonly (string | number | boolean | null)[];
  format?: string;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  required?: readonly string[];
  allOf?: readonly JsonSchema[];
  "x-ignoreCase"?: boolean;
  "x-identity"?: readonly string[];
  "x-relations"?: Record<string, RelationSchema>;
  "x-computed"?: Record<string, JsonSchema>;
}

/**
 * A relation as a kind's schema declares it: `from` names a field here, `to` the field of the other kind that equals it.
 * One that has neither is derived when a policy asks for it, as computed fields are.
 */
export interface RelationSchema {
  kind: string;
  from?: string;
  to?: string;
  list?: boolean;
  nullable?: boolean;
  description: string;
}

const folder = new URL("../../schemas/", import.meta.url);

/** Reads `schemas/<name>.schema.json` of this package. */
export function readSchema(name: string): JsonSchema {
  return JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), "utf8"));
}

/** Reads every schema below `schemas/kinds/`, the shared parts (`common`) among them, in order of name. */
export function readKindSchemas(): JsonSchema[] {
  return readdirSync(new URL("kinds/", folder))
    .filter((file) => file.endsWith(".schema.json"))
    .sort()
    .map((file) => readSchema(`kinds/${file.slice(0, -".schema.json".length)}`));
}
