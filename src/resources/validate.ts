import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { type Document, firstOf } from "./document.ts";
import { InputError, nearest, type Problem } from "./problem.ts";
import { type JsonSchema, readKindSchemas, readSchema } from "./schemas.ts";

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, verbose: true, strict: true });
  addFormats.default(ajv);
  ajv.addVocabulary(["x-ignoreCase", "x-identity", "x-relations", "x-computed"]);
  // What an editor checks by it, the loader of policies checks with better messages.
  ajv.addSchema({ $id: "editor.schema.json" });
  return ajv;
}

const compiled = new Map<string, ValidateFunction>();

/** The validator of a schema in `schemas/`: a name such as `config`, or of a kind such as `azure.principal`. */
export function validator(name: string): ValidateFunction {
  let validate = compiled.get(name);
  if (validate === undefined) {
    const ajv = newAjv();
    if (name.includes(".")) {
      const schemas = readKindSchemas();
      for (const schema of schemas) ajv.addSchema(schema);
      for (const schema of schemas) {
        const id = schema.$id ?? "";
        if (id !== "common") compiled.set(id, ajv.getSchema(id) as ValidateFunction);
      }
      validate = compiled.get(name);
      if (validate === undefined) throw new Error(`there is no kind ${name}`);
    } else {
      validate = ajv.compile(readSchema(name));
      compiled.set(name, validate);
    }
  }
  return validate;
}

/** One thing that breaks a schema: where, what, and what was probably meant. */
export interface Violation {
  path: (string | number)[];
  /** Whether `path` names a key that should not be there. */
  key: boolean;
  message: string;
  hint: string | null;
}

/** What breaks the schema of that name, in words for a person; empty where nothing does. */
export function violations(name: string, value: unknown): Violation[] {
  const validate = validator(name);
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const told = errors.filter((error) => !(error.keyword === "anyOf" && errors.some((each) => isInside(each, error))));
  const seen = new Set<string>();
  return told
    .map((error) => describe(error, value))
    .filter((each) => {
      const line = JSON.stringify([each.path, each.message]);
      return !seen.has(line) && seen.add(line);
    });
}

/** @throws InputError naming every place where the document breaks the schema of that name */
export function validateDocument(document: Document, name: string): void {
  const problems: Problem[] = violations(name, document.value).map((each) => ({
    code: `${name}/schema`,
    file: document.file,
    ...document.position(each.path, each.key ? "key" : "value"),
    message: each.message,
    hint: each.hint,
  }));
  if (problems.length > 0) throw new InputError(firstOf(problems));
}

function isInside(inner: ErrorObject, outer: ErrorObject): boolean {
  return inner !== outer && inner.schemaPath.startsWith(`${outer.schemaPath}/`);
}

function pathOf(error: ErrorObject, root: unknown): (string | number)[] {
  let at = root;
  return error.instancePath
    .split("/")
    .slice(1)
    .map((part) => {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const step = Array.isArray(at) ? Number(name) : name;
      at = (at as Record<string | number, unknown> | undefined)?.[step];
      return step;
    });
}

function shown(path: readonly (string | number)[]): string {
  if (path.length === 0) return "the file";
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

function describe(error: ErrorObject, root: unknown): Violation {
  const path = pathOf(error, root);
  const where = shown(path);
  const schema = error.parentSchema as JsonSchema | undefined;
  const params = error.params as Record<string, unknown>;
  const make = (message: string, hint: string | null = null): Violation => ({ path, key: false, message, hint });
  switch (error.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = String(params.additionalProperty ?? params.unevaluatedProperty);
      const known = Object.keys(schema?.properties ?? {});
      const meant = nearest(name, known);
      const hint =
        meant === null ? (known.length > 0 ? `known here: ${known.join(", ")}` : null) : `did you mean ${meant}?`;
      return { path: [...path, name], key: true, message: `${name} is not known in ${where}`, hint };
    }
    case "required":
      return make(`${where} has no ${String(params.missingProperty)}`, `add ${String(params.missingProperty)}`);
    case "enum": {
      const allowed = (params.allowedValues as unknown[]).map(String);
      const meant = typeof error.data === "string" ? nearest(error.data, allowed) : null;
      return make(`${where} must be one of ${allowed.join(", ")}`, meant === null ? null : `did you mean ${meant}?`);
    }
    case "const":
      return make(`${where} must be ${JSON.stringify(params.allowedValue)}`);
    case "type":
      return make(`${where} must be ${article(schema?.type ?? String(params.type))}, and is ${named(error.data)}`);
    case "minLength":
    case "minItems":
    case "minProperties":
      return make(`${where} must not be empty`);
    case "pattern":
      return make(
        `${where} does not have the right form`,
        schema?.description ?? `it must match ${String(params.pattern)}`,
      );
    case "format":
      return make(`${where} is not a valid ${String(params.format)}`);
    case "propertyNames":
      return {
        path: [...path, String(params.propertyName)],
        key: true,
        message: `${where} has a key, ${String(params.propertyName)}, that does not have the right form`,
        hint: null,
      };
    default:
      return make(`${where} ${error.message ?? "is wrong"}`);
  }
}

const words: Record<string, string> = {
  object: "a map",
  array: "a list",
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "null",
};

function article(type: string | readonly string[]): string {
  const types = typeof type === "string" ? [type] : type;
  return types.map((each) => words[each] ?? each).join(" or ");
}

function named(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : (words[typeof value] ?? typeof value);
}
