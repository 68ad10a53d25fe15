import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SyntaxNode } from "@lezer/common";
import { type PlannedValue, unknown } from "../plan.ts";
import {
  type Arguments,
  argumentsIn,
  definitionIn,
  literalValue,
  nameOf,
  type PythonFile,
  parametersOf,
  readPythonFile,
} from "./pythonFile.ts";

/** A flow as its file declares it. */
export interface Flow {
  /** Its name as Prefect keeps it. */
  name: PlannedValue;
  /** The version that its decorator sets, else a digest of its file, as Prefect takes where it finds no version control. */
  version: PlannedValue;
  /** The defaults of its parameters, by name. */
  defaults: ReadonlyMap<string, PlannedValue>;
}

/** How many folders above a file its imports are looked for in: no repository is deeper. */
const highest = 16;

/** The Python files of a repository, each read once. */
export class PythonFiles {
  readonly #root: string;
  readonly #read = new Map<string, PythonFile>();

  /** @param root the folder that entrypoints and imports are relative to */
  constructor(root: string) {
    this.#root = root;
  }

  /** @param path relative to the root. @throws InputError where it cannot be read, or is no sound Python */
  read(path: string): PythonFile {
    const known = this.#read.get(path) ?? readPythonFile(join(this.#root, path), path);
    this.#read.set(path, known);
    return known;
  }

  /** The path of a module, as in flows.sales, from the root or a folder above it; null where there is none. */
  pathOf(module: string): string | null {
    const path = module.replaceAll(".", "/");
    for (let up = 0, above = ""; up < highest; up++, above = `../${above}`) {
      const found = [`${above}${path}.py`, `${above}${path}/__init__.py`].find((each) => this.has(each));
      if (found !== undefined) return found;
      if (this.has(`${above}.git`)) return null;
    }
    return null;
  }

  /** Whether there is a file at a path. */
  has(path: string): boolean {
    return existsSync(join(this.#root, path));
  }

  /** Takes an entrypoint apart: `flows/sales.py:load` or `flows.sales.load` into the file and the name in it; null where it is neither. */
  entrypoint(text: string): { path: string; name: string } | null {
    const colon = text.lastIndexOf(":");
    if (colon > 0) return { path: text.slice(0, colon), name: text.slice(colon + 1) };
    const dot = text.lastIndexOf(".");
    const path = dot > 0 ? this.pathOf(text.slice(0, dot)) : null;
    return path === null ? null : { path, name: text.slice(dot + 1) };
  }
}

/** The flow of a name in a file, dotted where it stands in a class; null where the file declares none such. */
export function flowIn(python: PythonFile, name: string): Flow | null {
  let scope: SyntaxNode = python.root;
  const parts = name.split(".");
  for (const [index, part] of parts.entries()) {
    const statement = statementIn(scope, part, python.text);
    const definition = statement === null ? null : definitionIn(statement);
    if (statement === null || definition === null) return null;
    if (index === parts.length - 1) return flowOf(statement, python);
    scope = definition.getChild("Body") ?? definition;
  }
  return null;
}

function statementIn(scope: SyntaxNode, name: string, text: string): SyntaxNode | null {
  let found: SyntaxNode | null = null;
  for (let each = scope.firstChild; each !== null; each = each.nextSibling) {
    const definition = definitionIn(each);
    if (definition !== null && nameOf(definition, text) === name) found = each;
  }
  return found;
}

/** The flow that a decorated function is; null where it is none. */
export function flowOf(statement: SyntaxNode, python: PythonFile): Flow | null {
  const definition = definitionIn(statement);
  const decorator = decoratorOf(statement, "flow", python.text);
  if (definition?.name !== "FunctionDefinition" || decorator === null) return null;
  const set = (name: string, position: number): SyntaxNode | undefined =>
    decorator.given?.named.get(name) ?? decorator.given?.positional[position];
  const name = set("name", 0);
  const version = set("version", 1);
  const digest = createHash("md5").update(python.text).digest("hex");
  const defaults = new Map<string, PlannedValue>();
  for (const [parameter, value] of parametersOf(definition, python.text))
    if (value !== null) defaults.set(parameter, literalValue(value, python));
  return {
    // `Flow.__init__`: the function's name, with hyphens.
    name: name === undefined ? nameOf(definition, python.text).replaceAll("_", "-") : literalValue(name, python),
    version: version === undefined ? digest : literalValue(version, python),
    defaults,
  };
}

/** A decorator of a name, as in `@flow`, `@flow(…)` and `@prefect.flow(…)`; null where there is none. */
export function decoratorOf(statement: SyntaxNode, name: string, text: string): { given: Arguments | null } | null {
  for (const each of statement.name === "DecoratedStatement" ? statement.getChildren("Decorator") : []) {
    const names = [...each.getChildren("VariableName"), ...each.getChildren("PropertyName")];
    const last = names.sort((a, b) => a.from - b.from).at(-1);
    if (last === undefined || text.slice(last.from, last.to) !== name) continue;
    const list = each.getChild("ArgList");
    return { given: list === null ? null : argumentsIn(list, text) };
  }
  return null;
}

/** What a deployment's API answers of a flow's parameters; unknown parts stay so. */
export function schemaOf(flow: Flow): PlannedValue {
  return { properties: Object.fromEntries([...flow.defaults].map(([name, value]) => [name, { default: value }])) };
}

/** Nothing is known of a flow that stands elsewhere. */
export const elsewhere: Flow = { name: unknown, version: unknown, defaults: new Map() };
