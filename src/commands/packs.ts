import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { type PolicySource, readPolicyFolder } from "../policy/load.ts";
import { readText } from "../resources/document.ts";
import { UsageError } from "./errors.ts";

/**
 * The policies of a folder, or of an installed package: those in the folder that its package.json names under
 * `leastwise.policies`, or in `policies`. They are named by their path from `base` or from the package's own root, so that
 * reports name them the same on every machine.
 * @param base where paths, and the search in node_modules, begin
 * @throws UsageError where there is neither, or no policy in it
 */
export function readPack(entry: string, base: string): PolicySource[] {
  const folder = resolve(base, entry);
  const sources = existsSync(folder)
    ? readPolicyFolder(folder, shownFolder(relative(base, folder)))
    : readPackage(entry, base);
  if (sources.length === 0) throw new UsageError(`There is no policy in ${entry}: no file in it ends in .yaml or .yml`);
  return sources;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function shownFolder(path: string): string {
  const parts = path.replaceAll("\\", "/").split("/");
  return parts.map((part) => (part === ".." ? "_" : part)).join("/") || ".";
}

function readPackage(name: string, base: string): PolicySource[] {
  if (!/^(@[\w.-]+\/)?\w[\w.-]*$/.test(name)) throw new UsageError(`There is no folder of policies ${name}`);
  const places = createRequire(join(base, "here.js")).resolve.paths(name) ?? [];
  const root = places.map((place) => join(place, name)).find((each) => existsSync(join(each, "package.json")));
  if (root === undefined) {
    throw new UsageError(
      `There is no folder of policies ${name}, and no package ${name} is installed for ${base}.\n` +
        "A package is looked for in node_modules there and above: npm install it, or write the folder's path",
    );
  }
  const inside = folderInside(name, root);
  if (!isFolder(join(root, inside))) {
    throw new UsageError(
      `The package ${name} has no folder ${inside}.\n` +
        'A pack keeps its policies in policies/, or its package.json names another folder: "leastwise": { "policies": "…" }',
    );
  }
  return readPolicyFolder(join(root, inside), `${name}/${inside}`);
}

/** The folder in a package that holds its policies, as its package.json says. */
function folderInside(name: string, root: string): string {
  const shown = `${name}/package.json`;
  let content: { leastwise?: { policies?: unknown } | null } | null;
  try {
    content = JSON.parse(readText(join(root, "package.json"), shown));
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(`${shown} is no JSON`) : error;
  }
  const named = content?.leastwise?.policies ?? "policies";
  const inside = typeof named === "string" ? relative(root, resolve(root, named)).replaceAll("\\", "/") : "";
  if (inside === "" || inside.startsWith("..") || resolve(root, inside) !== join(root, inside))
    throw new UsageError(`${shown}: leastwise.policies must name a folder inside the package, such as "policies"`);
  return inside;
}
