import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Document, parseDocument, readText } from "../../resources/document.ts";
import { InputError } from "../../resources/problem.ts";
import { isBlockFile, readBlockFile } from "./blockFile.ts";
import { isDeployFile, parseDeployFile, readDeployFile } from "./deployFile.ts";
import { PythonFiles } from "./flow.ts";
import type { PrefectPlan } from "./object.ts";
import { isProgram, readProgram } from "./program.ts";
import { parsePython } from "./pythonFile.ts";
import type { Servers } from "./server.ts";

/** How files of Prefect are read. */
export interface PrefectOptions {
  servers: Servers;
  /** Where the file stands, because flows are looked for beside it; its name where it is absent. */
  path?: string;
}

/** What a file of Prefect is, by its content; null where it is none. */
export function prefectFormat(text: string, file: string): "prefect" | "prefect-blocks" | null {
  if (file.endsWith(".py")) return isProgram(text) ? "prefect" : null;
  const document = lenient(text, file);
  if (isBlockFile(document)) return "prefect-blocks";
  return isDeployFile(document) ? "prefect" : null;
}

/**
 * What a prefect.yaml, a Python file that deploys, or a file of block definitions plans; told apart by content.
 * @param file its name for people
 * @throws InputError where it is none of them or not sound, or nobody can say which server it is for
 */
export function readPrefectPlan(text: string, file: string, { servers, path = file }: PrefectOptions): PrefectPlan {
  if (file.endsWith(".py"))
    return readProgram(parsePython(text, file), new PythonFiles(dirname(resolve(path))), servers);
  const document = parseDeployFile(text, file);
  if (isBlockFile(document.value)) return readBlockFile(strict(text, file), servers);
  if (isDeployFile(document.value)) return readDeployFile(document, path, servers);
  throw new InputError([
    {
      code: "plan/prefect",
      file,
      line: 1,
      column: 1,
      message: "this is no prefect.yaml and no block definition",
      hint: "a prefect.yaml has deployments:, a block has type:, name: and data:",
    },
  ]);
}

/**
 * What a folder of block definitions plans: every .yaml, .yml and .json file in it, and the blocks and variables that its
 * .py files save. Other files are no definitions.
 * @param folder where it stands; @param shownAs how people named it
 * @throws InputError where there is no such folder, it holds no definition, or one of them is not sound
 */
export function readBlockFolder(folder: string, { servers }: PrefectOptions, shownAs: string = folder): PrefectPlan {
  const files = filesIn(folder, shownAs);
  const plans = files.map((name) => {
    const file = join(shownAs, name).replaceAll("\\", "/");
    const path = join(folder, name);
    const text = readText(path, file);
    if (name.endsWith(".py")) return readPrefectPlan(text, file, { servers, path });
    return readBlockFile(strict(text, file), servers);
  });
  if (plans.length === 0) throw refused(shownAs, "this folder holds no block definition");
  return {
    objects: plans.flatMap(({ objects }) => objects),
    undecided: plans.flatMap(({ undecided }) => undecided),
    ignored: new Map(),
  };
}

function filesIn(folder: string, shownAs: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(?:ya?ml|json|py)$/.test(name) && !/(?:^|[\\/])(?:\.|__pycache__|node_modules)/.test(name))
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refused(shownAs, code === "ENOENT" ? "there is no such folder" : `the folder cannot be read (${code})`);
  }
}

function refused(file: string, message: string): InputError {
  const hint = "name a folder with .yaml or .json files, each a block with type, name and data";
  return new InputError([{ code: "plan/block", file, line: 1, column: 1, message, hint }]);
}

/** Block definitions are read as every other file of ours. */
function strict(text: string, file: string): Document {
  return parseDocument(file, text);
}

/** What a text says as YAML, where it is sound; null where it is not, because then it may be a file of another tool. */
function lenient(text: string, file: string): unknown {
  try {
    return parseDeployFile(text, file).value;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
