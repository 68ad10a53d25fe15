import { readFileSync } from "node:fs";
import Ajv04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import jsonschema from "jsonschema";
import { checkSarif } from "../../src/report/sarif-check.ts";

function schema(name: string): object {
  return JSON.parse(readFileSync(new URL(`schemas/${name}.jsonschema`, import.meta.url), "utf8"));
}

const ajv = new Ajv04.default({ strict: false, allErrors: false });
addFormats.default(ajv as unknown as Parameters<typeof addFormats.default>[0]);
const oasis = ajv.compile(schema("oasis-sarif-2.1.0"));
const codeql = schema("codeql-action-sarif-2.1.0");

/** What the schema of the standard says against a SARIF file. */
export function oasisErrors(sarif: unknown): string[] {
  return oasis(sarif) ? [] : (oasis.errors ?? []).map((each) => `${each.instancePath} ${each.message}`);
}

/** What GitHub's upload step says against it: the same library, and wrong URIs are only warned of, as there. */
export function uploadErrors(sarif: unknown): string[] {
  const { errors } = new jsonschema.Validator().validate(sarif, codeql as jsonschema.Schema);
  return errors
    .filter((each) => !(each.name === "format" && ["uri", "uri-reference"].includes(String(each.argument))))
    .map((each) => `${each.property} ${each.message}`);
}

/** Everything that is known to be wrong with the text of a SARIF file. */
export function faults(text: string | null): string[] {
  if (text === null) return ["there is no file"];
  const sarif: unknown = JSON.parse(text);
  const own = checkSarif(sarif).map((each) => `${each.code} ${each.path} ${each.message}`);
  return [...oasisErrors(sarif), ...uploadErrors(sarif), ...own];
}
