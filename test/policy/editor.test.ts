import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readPolicyFolder } from "../../src/policy/load.ts";
import { editorSchema } from "../../src/resources/editorSchema.ts";
import { kinds } from "../../src/resources/kinds.ts";
import { readSchema } from "../../src/resources/schemas.ts";

let validate: ValidateFunction;

beforeAll(() => {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTypes: false });
  addFormats.default(ajv);
  ajv.addSchema(readSchema("editor"), "editor.schema.json");
  validate = ajv.compile(readSchema("policy"));
});

test("schemas/editor.schema.json is made of the kinds; where this fails, run npm run generate", () => {
  expect(readSchema("editor")).toEqual(JSON.parse(JSON.stringify(editorSchema())));
});

const builtin = readPolicyFolder(new URL("../../policies", import.meta.url).pathname, "policies");

test.each(builtin)("an editor finds nothing wrong in $file, and knows its schema by the first line", ({ text }) => {
  validate(parse(text));
  expect(validate.errors ?? []).toEqual([]);
  expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=../../schemas/policy.schema.json");
});

const sound = {
  id: "a/b",
  title: "A",
  severity: "low",
  confidence: "certain",
  controls: { soc2: ["CC6.1"] },
  target: "azure.roleAssignment",
  params: { most: { type: "duration", default: "90d" }, names: { type: "list<string>", default: ["a"] } },
  require: "true",
  message: "m",
};

/** The places in a policy that an editor underlines. */
function underlined(keys: object): string[] {
  validate({ ...sound, ...keys });
  const inner = (validate.errors ?? []).filter(({ keyword }) => !["if", "anyOf"].includes(keyword));
  return inner.map(({ instancePath, params }) =>
    [instancePath, params.additionalProperty].filter((part) => part !== undefined).join("/"),
  );
}

function inGiven(given: unknown, target = sound.target): string[] {
  return underlined({ target, tests: [{ name: "x", given, expect: "pass" }] });
}

describe("an editor underlines", () => {
  test("nothing in relations, computed fields, null where it may be, and what is incomplete", () => {
    const principal = { type: "User", groups: [{ displayName: null }], shared: false };
    const scope = { level: "resource", resourceType: null };
    expect(inGiven({ principal, scope, environments: ["dev"], createdOn: "2026-01-01T00:00:00Z" })).toEqual([]);
    expect(inGiven({ environments: [], incomplete: ["environments"] })).toEqual([]);
    expect(underlined({})).toEqual([]);
  });

  test("a misspelt field, further in and in lists too", () => {
    expect(inGiven({ principle: {} })).toEqual(["/tests/0/given/principle"]);
    expect(inGiven({ principal: { groups: [{ displayNam: "x" }] } })).toEqual([
      "/tests/0/given/principal/groups/0/displayNam",
    ]);
    expect(inGiven({ scope: { lvel: "resource" } })).toEqual(["/tests/0/given/scope/lvel"]);
    expect(inGiven({ secrets: [{ pth: "x" }] }, "prefect.block")).toEqual(["/tests/0/given/secrets/0/pth"]);
  });

  test("a field of another kind, a value of another type, null where it never is, and a word that an enum lacks", () => {
    expect(inGiven({ secrets: [] })).toEqual(["/tests/0/given/secrets"]);
    expect(inGiven({ environments: "dev" })).toEqual(["/tests/0/given/environments"]);
    expect(inGiven({ principalId: null })).toEqual(["/tests/0/given/principalId"]);
    expect(inGiven({ scope: { level: "vault" } })).toEqual(["/tests/0/given/scope/level"]);
    expect(inGiven({ createdOn: "yesterday" })).toEqual(["/tests/0/given/createdOn"]);
    expect(inGiven({ incomplete: ["createdOn"] })).toEqual(["/tests/0/given/incomplete/0"]);
  });

  test("a misspelt kind, and a default that does not fit its parameter", () => {
    expect(underlined({ target: "azure.rolAssignment" })).toEqual(["/target"]);
    const params = { most: { type: "int", default: "90d" }, names: { type: "list<string>", default: [1] } };
    expect(underlined({ params })).toEqual(["/params/most/default", "/params/names/default/0"]);
  });

  test("in every kind what is no field of it", () => {
    for (const [kind, { fields }] of kinds) {
      expect(inGiven({ nothing: 1 }, kind), kind).toEqual(["/tests/0/given/nothing"]);
      expect(Object.keys(readSchema("editor").$defs?.[kind]?.properties ?? {}), kind).toEqual([
        ...fields.keys(),
        "incomplete",
      ]);
    }
  });
});
