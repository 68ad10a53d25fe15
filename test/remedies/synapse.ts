import type { SynapseArtifacts } from "../../src/estate/data.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import { isObject } from "../../src/estate/json.ts";
import type { Given } from "./command.ts";
import { sendAudit } from "./monitor.ts";
import { accountNamed } from "./storage.ts";
import { Refused } from "./words.ts";
import { find, json, looks, named, newId, object, put, type Run, remove, same, take, type World } from "./world.ts";

const type = "Microsoft.Synapse/workspaces";

/** Of what a workspace's own address serves, whatever its subscription. */
function of<T>(lists: Record<string, T>, workspace: string): T {
  const found = lists[workspace];
  if (found === undefined) throw new Refused(`there is no workspace ${workspace}`);
  return found;
}

const assign: Run = (given, { data }) => {
  given.only(
    "--workspace-name",
    "--role",
    "--assignee-object-id",
    "--assignee-principal-type",
    "--item-type",
    "--item",
  );
  const workspace = given.one("--workspace-name");
  const [itemType, item] = [given.maybe("--item-type"), given.maybe("--item")];
  if ((itemType === undefined) !== (item === undefined)) throw new Refused("--item-type and --item come together");
  const held = of(data.synapse.roleAssignments, workspace);
  const role = find(data.synapse.roleDefinitions, (each) => same(each.name, given.one("--role")), given.one("--role"));
  if (item !== undefined && (itemType === "linkedServices" || itemType === "credentials"))
    find(of(data.synapse.artifacts, workspace)[itemType], (each) => each.name === item, item);
  held.push({
    id: newId(),
    roleDefinitionId: String(role.id),
    principalId: given.one("--assignee-object-id"),
    scope: `workspaces/${workspace}${item === undefined ? "" : `/${itemType}/${item}`}`,
    principalType: given.maybe("--assignee-principal-type") ?? null,
  });
};

/** --ids takes the bare ids of assignments, and nothing beside it. */
const unassign: Run = (given, { data }) => {
  given.only("--workspace-name", "--ids");
  const held = of(data.synapse.roleAssignments, given.one("--workspace-name"));
  const ids = given.many("--ids");
  if (ids.length === 0) throw new Refused("nothing says which assignment");
  for (const id of ids) take(held, (each) => each.id === id, `the role assignment ${id}`);
};

/** Replaces an artifact by a definition, as publishing does: what the definition leaves out is gone. */
function publish(collection: keyof SynapseArtifacts): Run {
  return (given, { data }) => {
    given.only("--workspace-name", "--name", "--file");
    const list = of(data.synapse.artifacts, given.one("--workspace-name"))[collection];
    const artifact = find(list, (each) => each.name === given.one("--name"), given.one("--name"));
    const definition = json(given.one("--file"));
    artifact.properties = object(definition.properties);
  };
}

/** Whether a value names a credential of a workspace. */
function refersTo(value: unknown, credential: string): boolean {
  if (Array.isArray(value)) return value.some((each) => refersTo(each, credential));
  if (!isObject(value)) return false;
  return (
    (value.type === "CredentialReference" && value.referenceName === credential) ||
    Object.values(value).some((each) => refersTo(each, credential))
  );
}

/** What the data plane of a workspace does with a credential. */
export function credential({ data }: World, method: string, workspace: string, name: string, body: JsonObject): void {
  const { credentials, linkedServices } = of(data.synapse.artifacts, workspace);
  if (method === "delete") {
    const user = linkedServices.find((each) => refersTo(each.properties, name));
    if (user !== undefined) throw new Refused(`the linked service ${user.name} still names the credential ${name}`);
    take(credentials, (each) => each.name === name, `the credential ${name}`);
    return;
  }
  const id = String(credentials[0]?.id).replace(/[^/]+$/, name);
  const row = { id, name, type: `${type}/credentials`, etag: "", properties: object(body.properties) };
  const at = credentials.findIndex((each) => each.name === name);
  if (at === -1) credentials.push(row);
  else credentials[at] = row;
}

const updateWorkspace: Run = (given, world) => {
  given.only("--name", "--resource-group", "--uami-action", "--uami-id");
  const workspace = named(given, world, type);
  if (given.one("--uami-action") !== "Add") throw new Refused("identities are added here");
  const identity = object(workspace.identity);
  const attached = isObject(identity.userAssignedIdentities) ? identity.userAssignedIdentities : {};
  for (const id of given.many("--uami-id")) {
    const { properties } = find(world.data.arm.userAssignedIdentities, (each) => same(each.id, id), id);
    attached[id] = { clientId: properties.clientId ?? null, principalId: properties.principalId ?? null };
  }
  workspace.identity = { ...identity, type: "SystemAssigned,UserAssigned", userAssignedIdentities: attached };
};

/** The policy of a workspace, or of one of its pools. */
function audit(given: Given, world: World, id: string): void {
  given.only(
    "--workspace-name",
    "--resource-group",
    "--name",
    "--state",
    "--actions",
    "--blob-storage-target-state",
    "--storage-account",
    "--retention-days",
    "--log-analytics-target-state",
    "--log-analytics-workspace-resource-id",
  );
  const policy = find(
    world.data.arm.synapseExtendedAuditingSettings,
    (each) => same(each.id, `${id}/extendedAuditingSettings/default`),
    `the auditing of ${id}`,
  );
  const { properties } = policy;
  properties.state = given.one("--state");
  const account = given.maybe("--storage-account");
  if (given.maybe("--blob-storage-target-state") === "Enabled") {
    const found = accountNamed(given, world, given.one("--storage-account"));
    properties.storageEndpoint = object(found.properties.primaryEndpoints).blob ?? null;
    properties.storageAccountSubscriptionId = found.id.split("/")[2] ?? null;
    if (given.has("--retention-days")) properties.retentionDays = Number(given.one("--retention-days"));
  } else if (account !== undefined || given.has("--retention-days")) {
    throw new Refused("an account and its retention count only with --blob-storage-target-state Enabled");
  } else if (typeof properties.storageEndpoint === "string" && properties.storageEndpoint !== "") {
    // The CLI asks for a key of the account that there is, and looks for it in its own subscription alone.
    accountNamed(given, world, new URL(properties.storageEndpoint).host.split(".")[0] ?? "");
  }
  if (given.has("--actions")) properties.auditActionsAndGroups = [...given.many("--actions")];
  if (given.maybe("--log-analytics-target-state") === "Enabled") {
    sendAudit(world, id, given.one("--log-analytics-workspace-resource-id"));
    properties.isAzureMonitorTargetEnabled = true;
  }
}

export const synapse: Record<string, Run> = {
  "az synapse ad-only-auth enable": (given, world) => {
    const { id } = named(given, world, type, "--workspace-name");
    put(world, "synapseAzureADOnlyAuthentications", {
      id: `${id}/azureADOnlyAuthentications/default`,
      name: "default",
      type: `${type}/azureADOnlyAuthentications`,
      properties: { azureADOnlyAuthentication: true, state: "Consistent", creationDate: world.data.asOf },
    });
    named(given, world, type, "--workspace-name").properties.azureADOnlyAuthentication = true;
  },
  "az synapse linked-service show": looks,
  "az synapse linked-service update": publish("linkedServices"),
  "az synapse pipeline update": publish("pipelines"),
  "az synapse role assignment create": assign,
  "az synapse role assignment delete": unassign,
  "az synapse spark pool update": (given, world) => {
    given.only("--workspace-name", "--resource-group", "--name", "--spark-config-file-path");
    const { id } = named(given, world, type, "--workspace-name");
    const pool = find(
      world.data.arm.synapseBigDataPools,
      (each) => same(each.id, `${id}/bigDataPools/${given.one("--name")}`),
      given.one("--name"),
    );
    const name = given.one("--spark-config-file-path");
    const content = world.files.get(name);
    if (content === undefined) throw new Refused(`there is no file ${name}`);
    pool.properties.sparkConfigProperties = {
      ...object(pool.properties.sparkConfigProperties),
      filename: name,
      content,
      time: world.data.asOf,
    };
  },
  "az synapse sql audit-policy update": (given, world) =>
    audit(given, world, named(given, world, type, "--workspace-name").id),
  "az synapse sql pool audit-policy update": (given, world) => {
    const { id } = named(given, world, type, "--workspace-name");
    audit(given, world, `${id}/sqlPools/${given.one("--name")}`);
  },
  "az synapse workspace delete": (given, world) => {
    const { id, name } = named(given, world, type);
    remove(world, id);
    delete world.data.synapse.roleAssignments[name];
    delete world.data.synapse.artifacts[name];
  },
  "az synapse workspace firewall-rule delete": (given, world) => {
    const { id } = named(given, world, type, "--workspace-name");
    remove(world, `${id}/firewallRules/${given.one("--name")}`);
  },
  "az synapse workspace update": updateWorkspace,
};
