import { Deployment } from "./deployment.ts";
import { type ArmText, type JsonFile, type JsonMap, mapIn, named, parseJson, textIn, wrong } from "./json.ts";
import type { ArmObjects, ArmOptions } from "./objects.ts";
import { Planned } from "./planned.ts";

const templateSchema =
  /^https?:\/\/schema\.management\.azure\.com\/schemas\/\d{4}-\d{2}-\d{2}(?:-preview)?\/(deployment|subscriptionDeployment|managementGroupDeployment|tenantDeployment)Template\.json#?$/i;

/** Whether a text is an ARM template, or means to be one: it says so by its schema. */
export function isArmTemplate(text: string): boolean {
  return /"\$schema"\s*:\s*"https?:\/\/schema\.management\.azure\.com\/[^"]*deploymentTemplate\.json/i.test(text);
}

/**
 * What an ARM template changes: every resource that it declares, as it would be, with the expressions of the template
 * language worked out as far as they can be before the deployment. What a template leaves out, a deployment leaves alone.
 * @param parameters the file of parameters; without one the template's own defaults hold, and the rest is unknown
 * @throws InputError where a file is no JSON or another format, or an expression is written wrongly
 */
export function readArmTemplate(template: ArmText, parameters: ArmText | null, options: ArmOptions): ArmObjects {
  const file = parseJson(template);
  const level = levelOf(file);
  const values = parameters === null ? null : parametersOf(parseJson(parameters));
  const planned = new Planned(options);
  const deployment = new Deployment({
    file,
    path: [],
    template: file.value,
    base: baseOf(file, level, options),
    parameters: (name) => mapIn(named(values, name)) ?? undefined,
    isOuter: null,
    name: "",
    planned,
  });
  deployment.declare();
  return planned.result();
}

function levelOf(file: JsonFile): string {
  const schema = textIn(file.value.$schema);
  const level = templateSchema.exec(schema ?? "")?.[1]?.toLowerCase();
  if (level === undefined)
    throw wrong(
      file.file,
      file.position(schema === null ? [] : ["$schema"]),
      "format",
      "this is no ARM template: its $schema names none",
      "a Bicep file becomes a template by az bicep build; a file of parameters stands beside its template",
    );
  return level;
}

/** The id of what a deployment goes to; null for a management group, which nothing names. */
function baseOf(file: JsonFile, level: string, { subscription, resourceGroup }: ArmOptions): string | null {
  if (level === "tenantdeployment") return "/";
  if (level === "managementgroupdeployment") return null;
  const missing = subscription === null ? "--subscription ID" : "--resource-group NAME";
  if (subscription === null || (level === "deployment" && resourceGroup === null))
    throw wrong(
      file.file,
      file.position(["$schema"]),
      "scope",
      "the template does not say where it is deployed",
      `name it by ${missing}`,
    );
  const base = `/subscriptions/${subscription}`;
  return level === "deployment" ? `${base}/resourceGroups/${resourceGroup}` : base;
}

function parametersOf(file: JsonFile): JsonMap {
  const values = mapIn(file.value.parameters);
  const schema = textIn(file.value.$schema);
  if (values === null || (schema !== null && !/deploymentParameters\.json#?$/i.test(schema)))
    throw wrong(
      file.file,
      file.position(["$schema"]),
      "format",
      "this is no file of parameters of an ARM template",
      "a .bicepparam file becomes one by az bicep build-params",
    );
  for (const name of Object.keys(values))
    if (mapIn(values[name]) === null)
      throw wrong(
        file.file,
        file.position(["parameters", name]),
        "parameters",
        "a parameter is a map with its value",
        null,
      );
  return values;
}
