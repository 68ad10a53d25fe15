import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { skeleton, subjectOf } from "../policy/skeleton.ts";
import { writingTo } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { kindNamed } from "./query.ts";

/** The options of `leastwise policy new`. */
export interface PolicyNewOptions {
  kind: string;
  question?: string;
  out: string;
}

/** The longest title that a policy may have. */
const longestTitle = 255;

/** `leastwise policy new`: a policy with its tests, which loads and passes as it stands, for a person to edit. */
export function policyNew(id: string, options: PolicyNewOptions): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/.test(id))
    throw new UsageError(`${id} is no id: write <family>/<name> in lower case words joined by hyphens`);
  const question = options.question?.trim() || null;
  if (question !== null && question.length > longestTitle)
    throw new UsageError(`--question is longer than a title may be, which is ${longestTitle} characters`);
  const kind = kindNamed(options.kind);
  const file = join(options.out, `${id}.yaml`);
  if (existsSync(file)) throw new UsageError(`${file} is there already: remove it first, or give another name`);
  const { subject, found } = subjectOf(kind, question);
  const text = skeleton({ id, subject, question, schema: schemaFor(file) });
  writingTo(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: "wx" });
  });
  const about = subject.path.map((each) => each.name).join(".");
  if (question !== null && !found)
    process.stdout.write(
      `No field of ${kind.name} has a word of the question, so the policy begins with one of them.\n`,
    );
  process.stdout.write(
    `${file} asks for ${about}. Edit it: its tests pass, and policy test says which texts are still to be written:\n` +
      `  leastwise query schema ${kind.name}\n  leastwise policy test --policies ${options.out} --coverage\n`,
  );
}

/**
 * The schema of policies as the first line of a file names it, relative to the file, so that it is the same for everybody
 * who works in the repository: in this package itself, else in the node_modules that the file's folder or one above it
 * has, else where `npm install` in the current folder would put it.
 */
export function schemaFor(file: string): string {
  const folder = dirname(resolve(file));
  const inPackage = "schemas/policy.schema.json";
  const own = fileURLToPath(new URL(`../../${inPackage}`, import.meta.url));
  const installed = join("node_modules/leastwise", inPackage);
  let schema = resolve(installed);
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const place = join(at, inPackage) === own ? own : join(at, installed);
    if (!existsSync(place)) continue;
    schema = place;
    break;
  }
  return relative(folder, schema).replaceAll("\\", "/");
}
