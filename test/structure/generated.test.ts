import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { generateTypes } from "../../src/resources/generate.ts";
import { kinds } from "../../src/resources/kinds.ts";
import { validator } from "../../src/resources/validate.ts";

/** Layout is the formatter's: only what is said counts. */
const words = (text: string): string => text.replace(/[\s;|()]+/g, " ");

test("the types are those of the schemas; where this fails, run npm run generate", async () => {
  const kept = readFileSync(new URL("../../src/resources/generated.ts", import.meta.url), "utf8");
  expect(words(kept)).toBe(words(await generateTypes()));
});

test("docs/reads.md is what the catalogue of reads says; where this fails, run npm run generate", async () => {
  const kept = readFileSync(new URL("../../docs/reads.md", import.meta.url), "utf8");
  const { stdout } = await promisify(execFile)(process.execPath, ["src/bin.ts", "doctor", "--reads"]);
  expect(kept).toBe(stdout);
});

test("every schema compiles, and every kind has rows that begin with an id", () => {
  for (const name of ["policy", "config", "waivers", "read", "snapshot", "report", ...kinds.keys()]) {
    expect(validator(name), name).toBeTypeOf("function");
  }
  for (const kind of kinds.values()) {
    expect(kind.schema.required, kind.name).toEqual(["id"]);
    expect(kind.fields.has("environments"), kind.name).toBe(true);
    expect(kind.description, kind.name).not.toBe("");
    for (const field of kind.fields.values()) expect(field.description, `${kind.name}.${field.name}`).not.toBe("");
  }
});

test("every relation leads from a field to a field of a kind that is there", () => {
  for (const kind of kinds.values()) {
    for (const relation of kind.relations.values()) {
      const at = `${kind.name}.${relation.name}`;
      expect(kinds.has(relation.kind), at).toBe(true);
      expect(kind.fields.has(relation.from.split(".")[0] ?? ""), at).toBe(true);
      expect(kinds.get(relation.kind)?.fields.has(relation.to.split(".")[0] ?? ""), at).toBe(true);
    }
  }
});
