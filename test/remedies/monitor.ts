import type { ArmResource } from "../../src/estate/data.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import type { Given } from "./command.ts";
import { Refused } from "./words.ts";
import { named, newId, put, type Run, resource, rows, same, subscription, type World } from "./world.ts";

/** Makes or replaces the setting of a resource. */
export function putSetting(world: World, of: string, name: string, properties: JsonObject): void {
  const { workspaceId } = properties;
  if (typeof workspaceId === "string") resource(world, workspaceId);
  else if (properties.storageAccountId == null) throw new Refused("a setting that sends logs nowhere is refused");
  put(world, "diagnosticSettings", {
    id: `${of}/providers/microsoft.insights/diagnosticSettings/${name}`,
    type: "Microsoft.Insights/diagnosticSettings",
    name,
    location: null,
    kind: null,
    tags: null,
    properties,
    identity: null,
  });
}

function logs(given: Given): JsonObject[] {
  let list: unknown;
  try {
    list = JSON.parse(given.one("--logs"));
  } catch {
    throw new Refused(`the logs are no JSON: ${given.one("--logs")}`);
  }
  return rows(list as JsonObject[]);
}

/** The settings of a resource, its own alone. */
export function settingsOf({ data }: World, id: string): ArmResource[] {
  const under = `${id}/providers/microsoft.insights/diagnosticsettings/`.toLowerCase();
  return data.arm.diagnosticSettings.filter((each) => each.id.toLowerCase().startsWith(under));
}

const create: Run = (given, world) => {
  given.only("--name", "--resource", "--workspace", "--logs");
  const of = given.one("--resource");
  if (!of.startsWith("/")) throw new Refused("--resource is the whole id here");
  // Of a storage account the settings are those of its services, which the estate does not list.
  resource(world, of.replace(/\/blobServices\/default$/i, ""));
  putSetting(world, of, given.one("--name"), { workspaceId: given.one("--workspace"), logs: logs(given), metrics: [] });
};

const update: Run = (given, world) => {
  given.only("--name", "--resource", "--workspace-id");
  const of = given.one("--resource");
  const setting = settingsOf(world, of).find((each) => same(each.name, given.one("--name")));
  if (setting === undefined) throw new Refused(`${of} has no setting ${given.one("--name")}`);
  putSetting(world, of, setting.name, { ...setting.properties, workspaceId: given.one("--workspace-id") });
};

const createOfSubscription: Run = (given, world) => {
  given.only("--name", "--location", "--workspace", "--logs");
  const of = `/subscriptions/${subscription(given)}`;
  putSetting(world, of, given.one("--name"), { workspaceId: given.one("--workspace"), logs: logs(given) });
};

const audited = "SQLSecurityAuditEvents";

/**
 * What `az synapse sql audit-policy update` does with the settings of a workspace or pool: the one setting that sends its
 * audit events goes to the log workspace; where that sends other logs too, the audit events get a setting of their own.
 */
export function sendAudit(world: World, id: string, workspaceId: string): void {
  const isAudit = (each: JsonObject): boolean => each.enabled === true && each.category === audited;
  const sending = settingsOf(world, id).filter(({ properties }) => rows(properties.logs).some(isAudit));
  const [setting, ...more] = sending;
  if (more.length > 0) throw new Refused("several settings send the audit events");
  const own = { workspaceId, logs: [{ category: audited, enabled: true }], metrics: [] };
  if (setting === undefined) {
    putSetting(world, id, `${audited}_${newId()}`, own);
    return;
  }
  const all = rows(setting.properties.logs);
  const isAlone = !all.some((each) => each.enabled === true && !isAudit(each));
  if (isAlone) {
    putSetting(world, id, setting.name, { ...setting.properties, workspaceId });
  } else {
    setting.properties.logs = all.map((each) => (isAudit(each) ? { ...each, enabled: false } : each));
    putSetting(world, id, `${audited}_${newId()}`, own);
  }
}

export const monitor: Record<string, Run> = {
  "az monitor diagnostic-settings create": create,
  "az monitor diagnostic-settings update": update,
  "az monitor diagnostic-settings subscription create": createOfSubscription,
  "az monitor log-analytics workspace update": (given, world) => {
    given.only("--name", "--resource-group", "--retention-time");
    const { properties } = named(given, world, "Microsoft.OperationalInsights/workspaces");
    properties.retentionInDays = Number(given.one("--retention-time"));
  },
};
