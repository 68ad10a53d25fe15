import type {
  AzureManagedIdentity,
  AzurePrincipal,
  Field,
  PrefectBlock,
  PrefectDeployment,
  PrefectVariable,
  PrefectWorkPool,
  SynapseLinkedService,
  SynapsePipeline,
} from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { normaliseId, subscriptionOf } from "../../resources/scope.ts";
import { type Environments, union } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { ComputedTable } from "./computed.ts";
import { ofClientId, ofRow, unreadEnvironments } from "./environments.ts";

const needs = [
  "azure.keyVault",
  "azure.logWorkspace",
  "azure.managedIdentity",
  "azure.principal",
  "azure.roleAssignment",
  "azure.storageAccount",
  "azure.subscription",
  "synapse.roleAssignment",
  "synapse.workspace",
];

/** The environments that something names in its values. */
export const references: ComputedTable = {
  "prefect.block.refersTo": ofRow<PrefectBlock>(refersTo, needs),
  "prefect.deployment.refersTo": ofRow<PrefectDeployment>(refersTo, needs),
  "prefect.variable.refersTo": ofRow<PrefectVariable>(refersTo, needs),
  "prefect.workPool.refersTo": ofRow<PrefectWorkPool>(refersTo, needs),
  "synapse.linkedService.refersTo": ofRow<SynapseLinkedService>(refersTo, needs),
  "synapse.pipeline.refersTo": ofRow<SynapsePipeline>(refersTo, needs),
};

/** What a row names in its values. */
export interface Named {
  /** Azure scopes in lower case. */
  scopes: ReadonlySet<string>;
  /** Client ids of identities. */
  clientIds: ReadonlySet<string>;
  /** Why it may name more than these: what was not read may have the name that stands in a value. */
  missing: string | null;
}

type Valued = Row & { name?: string; fields?: Field[]; hosts?: string[]; clientIds?: string[] };

/** What is declared shared belongs to everybody, so naming it refers to no environment. */
function refersTo(row: Valued, world: SnapshotWorld): Environments {
  const { scopes, clientIds, missing } = named(row, world);
  const { sharedIdentities } = world.configuration;
  const parts: Environments[] = [];
  for (const id of clientIds) if (!sharedIdentities.has(id)) parts.push(ofClientId(id, world));
  for (const scope of scopes) {
    // An identity stands in one place and has its rights in others.
    const clientId = scope.includes(identityType) ? clientIdOf(scope, world) : null;
    if (typeof clientId === "string" && sharedIdentities.has(clientId)) continue;
    parts.push(world.environments.around(scope));
    if (clientId !== null) parts.push(typeof clientId === "string" ? ofClientId(clientId, world) : clientId);
  }
  if (missing !== null) parts.push(unreadEnvironments(missing));
  return union(parts);
}

const identityType = "/providers/microsoft.managedidentity/userassignedidentities/";

/** The client id of a managed identity by its resource id; null where there is none. */
function clientIdOf(id: string, world: SnapshotWorld): string | Environments | null {
  const [row] = (world.index("azure.managedIdentity", "id").get(id) ?? []) as readonly AzureManagedIdentity[];
  if (row !== undefined) return row.clientId ?? unreadEnvironments(`the client id of ${id} was not read`);
  const missing = world.missing("azure.managedIdentity");
  return missing === null ? null : unreadEnvironments(missing);
}

const guid = /(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])/g;
/** An id of Azure as it stands inside a text, up to what can be no part of one. */
const azureId = /\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\/[^\s/?#"'`<>|,;@{}()[\]\\]+)*/g;
const accountName = /(?:^|;)\s{0,4}accountname\s{0,4}=\s{0,4}([a-z0-9]{3,24})(?=\s|;|$)/;

/** Services whose names are unique in their cloud, so that a host, and a name where a name is asked for, tells which one it is. */
const services: readonly { kind: string; host: RegExp; key: RegExp; name: RegExp }[] = [
  {
    kind: "azure.storageAccount",
    host: /^([a-z0-9]{3,24})(?:-secondary)?(?:\.privatelink)?(?:\.z\d{1,3})?\.(?:blob|dfs|queue|table|file|web)\.(?:core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)|storage\.azure\.net)$/,
    key: /account|storage|lake/,
    name: /^[a-z0-9]{3,24}$/,
  },
  {
    kind: "azure.keyVault",
    host: /^([a-z0-9-]{3,24})(?:\.privatelink)?\.(?:vault|vaultcore)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)$/,
    key: /vault/,
    name: /^[a-z][a-z0-9-]{2,23}$/,
  },
  {
    // No workspace's name holds -ondemand (documentation of Microsoft.Synapse/workspaces).
    kind: "synapse.workspace",
    host: /^([a-z0-9-]{1,50}?)(?:-ondemand)?(?:\.privatelink)?\.(?:sql|dev)\.azuresynapse\.(?:net|azure\.cn|usgovcloudapi\.net)$/,
    key: /workspace|synapse/,
    name: /^[a-z0-9][a-z0-9-]{0,49}$/,
  },
];

/**
 * What a row names: client ids, hosts of Azure's services, ids of resources, GUIDs of subscriptions, identities and log
 * workspaces, and names of services where a key asks for one. A host of a service that no subscription has belongs to
 * another tenant, unless not all were read.
 */
export function named(row: Valued, world: SnapshotWorld): Named {
  const scopes = new Set<string>();
  const clientIds = new Set(row.clientIds);
  let missing = row.fields === undefined || row.hosts === undefined ? "its values were not read" : null;
  const cut = Array.isArray(row.incomplete) ? row.incomplete : [];
  if (["fields", "hosts", "clientIds"].some((field) => cut.includes(field))) missing ??= "its values were not all read";
  const byName = (kind: string, name: string): void => {
    const found = world.index(kind, "name").get(name) ?? [];
    for (const { id } of found) scopes.add(id);
    if (found.length === 0) missing ??= world.missing(kind, "name");
  };
  for (const host of row.hosts ?? []) {
    for (const { kind, host: pattern } of services) {
      const name = pattern.exec(host)?.[1];
      if (name !== undefined) byName(kind, name);
    }
  }
  for (const { path = "", value } of row.fields ?? []) {
    if (value === undefined) missing ??= "its values were not all read";
    if (value === undefined || value === null) continue;
    const text = value.toLowerCase();
    const key = (path === "value" ? (row.name ?? "") : path.slice(path.lastIndexOf(".") + 1)).toLowerCase();
    if (text.length <= 50) {
      for (const { kind, key: asks, name } of services) if (asks.test(key) && name.test(text)) byName(kind, text);
    }
    const account = text.includes("accountname") ? accountName.exec(text)?.[1] : undefined;
    if (account !== undefined) byName("azure.storageAccount", account);
    if (text.length < 36) continue;
    const rest = text.includes("/subscriptions/")
      ? text.replace(azureId, (id) => {
          scopes.add(normaliseId(id));
          return " ";
        })
      : text;
    // The id of a block, and that of a tenant, which all environments have in common.
    if (key.endsWith("block_document_id") || key.includes("tenant")) continue;
    for (const [id] of rest.matchAll(guid)) {
      const found = ofGuid(id, key, world);
      if (found === null) continue;
      if ("scope" in found) scopes.add(found.scope);
      else if ("clientId" in found) clientIds.add(found.clientId);
      else missing ??= found.missing;
    }
  }
  return { scopes, clientIds, missing };
}

type OfGuid = { scope: string } | { clientId: string } | { missing: string } | null;

/**
 * What has a GUID; null where nothing has it that belongs to an environment.
 * @param key the key under which it stands: a log workspace that was not read is thought of where it may ask for one
 */
function ofGuid(id: string, key: string, world: SnapshotWorld): OfGuid {
  const scope = `/subscriptions/${id}`;
  const { environments } = world.configuration;
  const known = world.index("azure.subscription", "id").has(scope);
  if (known || environments.some(({ scopes }) => scopes.some((own) => subscriptionOf(own) === scope))) return { scope };
  const [logWorkspace] = world.index("azure.logWorkspace", "customerId").get(id) ?? [];
  if (logWorkspace !== undefined) return { scope: logWorkspace.id };
  if (world.index("azure.principal", "appId").has(id)) return { clientId: id };
  const [holder] = (world.index("azure.principal", "id").get(id) ?? []) as readonly AzurePrincipal[];
  if (holder?.appId === null) return null;
  if (typeof holder?.appId === "string") return { clientId: holder.appId };
  if (environments.some(({ identities }) => identities.includes(id))) return { clientId: id };
  const missing =
    world.missing("azure.principal", "appId") ??
    world.missing("azure.subscription") ??
    (/workspace|log|customer|oms/.test(key) ? world.missing("azure.logWorkspace", "customerId") : null);
  return missing === null ? null : { missing };
}
