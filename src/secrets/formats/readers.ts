import { readDotenv } from "./dotenv.ts";
import type { FormatName, Reader } from "./format.ts";
import { readJson } from "./json.ts";
import { readPython } from "./python.ts";
import { readYaml } from "./yaml.ts";

/** The reader of each format; plain text has none. */
export const readers: Readonly<Partial<Record<FormatName, Reader>>> = {
  json: readJson,
  jsonl: readJson,
  yaml: readYaml,
  dotenv: readDotenv,
  python: readPython,
};
