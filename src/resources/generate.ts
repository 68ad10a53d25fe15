import { writeFileSync } from "node:fs";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { editorSchema } from "./editorSchema.ts";
import { type JsonSchema, readKindSchemas, readSchema } from "./schemas.ts";

const types = new URL("generated.ts", import.meta.url);
const editor = new URL("../../schemas/editor.schema.json", import.meta.url);

/** The TypeScript of every schema in `schemas/`: one bundle, so that a shared part becomes one type. */
export async function generateTypes(): Promise<string> {
  const kinds = readKindSchemas();
  const common = kinds.find((schema) => schema.$id === "common")?.$defs ?? {};
  const bundle: Record<string, JsonSchema> = { ...common };
  for (const schema of kinds) {
    if (schema.$id !== "common") bundle[schema.title ?? ""] = bare(schema);
  }
  for (const name of ["policy", "config", "waivers", "read", "snapshot", "report"]) {
    const { $defs, allOf: _, ...schema } = readSchema(name);
    for (const [part, each] of Object.entries($defs ?? {})) bundle[part] = bare(each);
    bundle[schema.title ?? name] = bare(schema);
  }
  const root: JSONSchema = {
    title: "Everything",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(Object.keys(bundle).map((name) => [name, { $ref: `#/$defs/${name}` }])),
    $defs: bundle as JSONSchema["$defs"] & object,
  };
  const text = await compile(root, "Everything", {
    bannerComment: "// Made from schemas/ by `npm run generate`. Change the schema, not this file.",
    additionalProperties: false,
    format: true,
    style: { printWidth: 120 },
    unreachableDefinitions: false,
  });
  return text.replace(/\nexport interface Everything \{[\s\S]*?\n\}\n/, "\n");
}

/** References point into the bundle; names that a schema gives itself would make doubles. */
function bare(schema: JsonSchema): JsonSchema {
  const { $id: _, ...rest } = schema as JsonSchema & { $schema?: string };
  delete rest.$schema;
  return JSON.parse(JSON.stringify(rest).replaceAll("common#/$defs/", "#/$defs/"));
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(types, await generateTypes());
  writeFileSync(editor, JSON.stringify(editorSchema()));
}
