import { readBicep } from "./bicep.ts";
import { readDockerfile } from "./dockerfile.ts";
import { readDotenv } from "./dotenv.ts";
import type { FormatName, Reader } from "./format.ts";
import { readJson } from "./json.ts";
import { readPowershell } from "./powershell.ts";
import { readProperties } from "./properties.ts";
import { readPython } from "./python.ts";
import { readShell } from "./shell.ts";
import { readSql } from "./sql.ts";
import { readTerraform } from "./terraform.ts";
import { readToml } from "./toml.ts";
import { readXml } from "./xml.ts";
import { readYaml } from "./yaml.ts";

/** The reader of each format; plain text has none. */
export const readers: Readonly<Record<Exclude<FormatName, "text">, Reader>> & { readonly text?: undefined } = {
  json: readJson,
  jsonl: readJson,
  notebook: readJson,
  yaml: readYaml,
  toml: readToml,
  dotenv: readDotenv,
  python: readPython,
  sql: readSql,
  bicep: readBicep,
  terraform: readTerraform,
  shell: readShell,
  powershell: readPowershell,
  properties: readProperties,
  xml: readXml,
  dockerfile: readDockerfile,
};
