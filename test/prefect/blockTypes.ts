import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BlockType } from "../../src/plan/prefect/blockTypes.ts";

const file = join(import.meta.dirname, "../../src/plan/prefect/blockTypes.ts");

interface Schema {
  version: string;
  block_type: { slug: string; name: string };
  fields: {
    title?: string;
    secret_fields?: string[];
    properties?: Record<string, { default?: unknown }>;
  };
}

/** What a server says of the block types that it lists: the newest schema of each, by slug. */
export async function readBlockTypes(api: string): Promise<Record<string, BlockType>> {
  const newest = new Map<string, Schema>();
  for (const schema of await allSchemas(api)) {
    const known = newest.get(schema.block_type.slug);
    if (known === undefined || isNewer(schema.version, known.version)) newest.set(schema.block_type.slug, schema);
  }
  return Object.fromEntries(
    [...newest]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([slug, { version, block_type, fields }]) => [
        slug,
        {
          name: block_type.name,
          class: fields.title ?? "",
          version,
          secretFields: [...new Set(fields.secret_fields)].sort(),
          defaults: Object.fromEntries(
            Object.entries(fields.properties ?? {}).flatMap(([name, { default: value }]) =>
              value === undefined ? [] : [[name, value]],
            ),
          ),
        },
      ]),
  );
}

/** Writes what a server says into `src/plan/prefect/blockTypes.ts`. */
export async function recordBlockTypes(api: string): Promise<void> {
  const text = readFileSync(file, "utf8");
  const start = text.indexOf("= {", text.indexOf("export const blockTypes"));
  writeFileSync(file, `${text.slice(0, start)}= ${JSON.stringify(await readBlockTypes(api))};\n`);
  execFileSync("node_modules/.bin/biome", ["check", "--write", file], { stdio: "inherit" });
}

async function allSchemas(api: string): Promise<Schema[]> {
  const found: Schema[] = [];
  for (;;) {
    const answer = await fetch(`${api}/block_schemas/filter`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ offset: found.length, limit: 200 }),
    });
    const page = (await answer.json()) as Schema[];
    found.push(...page);
    if (page.length < 200) return found;
  }
}

/** Versions of numbers count by them; one that tells none is older than any. */
function isNewer(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) > 0 && /^\d/.test(version);
}
