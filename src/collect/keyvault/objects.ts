import type { AzureKeyVault } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { type AzureRun, readArmList } from "../reader.ts";
import { mapIn } from "../shape.ts";

/** A vault as the readers of what is inside it get it. */
export type Vault = AzureKeyVault & { id: string };

/** What every list of a vault says of an item. Times are in seconds since the epoch; those of the newest version. */
export interface Attributes {
  enabled?: boolean;
  created?: number;
  updated?: number;
  nbf?: number | null;
  exp?: number | null;
  recoveryLevel?: string;
}

/** An item in a list of the vault itself; keys are named by `kid`, secrets and certificates by `id`. */
export interface ObjectAnswer {
  id?: string;
  kid?: string;
  attributes: Attributes;
  contentType?: string | null;
  managed?: boolean | null;
  tags?: Record<string, string> | null;
  x5t?: string | null;
}

/** An item in a list of Azure Resource Manager. */
export interface ArmObjectAnswer {
  id?: string;
  tags?: Record<string, string>;
  properties: { attributes: Attributes; contentType?: string };
}

/**
 * The read of a list of the vault itself, which gives 25 items at once at most.
 * @param permission the data action, which Key Vault Reader holds; in a vault with access policies it is `list`
 */
export function vaultRead(kind: string, collection: string, permission: string): ReadDefinition {
  return {
    kind,
    service: "Key Vault",
    per: "azure.keyVault",
    endpoint: `GET /${collection}`,
    apiVersion: "7.4",
    right: { plane: "azureData", permission: `Microsoft.KeyVault/vaults/${permission}`, role: "Key Vault Reader" },
    pageSize: 25,
  };
}

/**
 * The read of the same list from Azure Resource Manager, which answers without a right inside the vault and from outside
 * its network, and never with a value (Azure/azure-rest-api-specs, keyvault secrets.json and keys.json 2023-07-01).
 */
export function armRead(kind: string, collection: "secrets" | "keys"): ReadDefinition {
  return {
    kind,
    fields: ["resourceManager"],
    service: "Azure Resource Manager",
    per: "azure.keyVault",
    endpoint: `GET {scope}/${collection}`,
    apiVersion: "2023-07-01",
    right: reader(`Microsoft.KeyVault/vaults/${collection}/read`),
    pageSize: 25,
  };
}

/**
 * What is inside a vault. The vault is asked first: its list alone is documented to be whole, and says since when a value
 * is there and whether a certificate renews it; where it answers, nothing else is asked. Azure Resource Manager's list
 * "is intended for internal use in ARM deployments", so it is no proof that there is nothing else: what it brings is
 * added where the vault did not tell everything, and the vault's read stays unread.
 */
export async function readObjects(
  run: AzureRun,
  vault: Vault,
  {
    read,
    rowOf,
    instead,
  }: {
    read: ReadDefinition;
    rowOf(each: ObjectAnswer, vault: Vault): Row | null;
    instead?: { read: ReadDefinition; rowOf(each: ArmObjectAnswer, vault: Vault): Row | null };
  },
): Promise<Row[]> {
  const service = run.azure.keyVault(vault.name ?? "");
  const list = await readArmList<ObjectAnswer>(run, read, vault.id, { query: "maxresults=25", service });
  const rows = run.ledger.rowsOf({ kind: read.kind, scope: vault.id }, list.items, (each) => rowOf(each, vault));
  if (list.complete || instead === undefined) return rows;
  const { items } = await readArmList<ArmObjectAnswer>(run, instead.read, vault.id);
  const told = run.ledger.rowsOf({ kind: readName(instead.read), scope: vault.id }, items, (each) =>
    instead.rowOf(each, vault),
  );
  const known = new Set(rows.map(({ id }) => id));
  return [...rows, ...told.filter(({ id }) => !known.has(id))];
}

/** What a list of the vault says of each of its items, by the name in its address; null where it has none. */
export function rowOfVault(
  collection: "secrets" | "keys" | "certificates",
  { id, kid, attributes, tags }: ObjectAnswer,
  vault: Vault,
): Row | null {
  const row = rowOfName(/^https?:\/\/[^/]+\/(\w+)\/([\w-]+)/.exec(id ?? kid ?? ""), collection, vault);
  if (row === null) return null;
  return {
    ...row,
    ...timesOf(mapIn(attributes)),
    ...(attributes.created !== undefined && { created: moment(attributes.created) }),
    ...(attributes.recoveryLevel !== undefined && { recoveryLevel: attributes.recoveryLevel }),
    tags: tags ?? {},
  };
}

/** What Azure Resource Manager says of an item. What it leaves out is unread: it is not documented to tell everything. */
export function rowOfArm(
  collection: "secrets" | "keys",
  { id, properties, tags }: ArmObjectAnswer,
  vault: Vault,
): Row | null {
  const row = rowOfName(/\/vaults\/[^/]+\/(\w+)\/([\w-]+)$/i.exec(id ?? ""), collection, vault);
  if (row === null) return null;
  const { attributes } = properties;
  return {
    ...row,
    readBy: "resourceManager",
    ...timesOf(mapIn(attributes)),
    ...(attributes.recoveryLevel !== undefined && { recoveryLevel: attributes.recoveryLevel }),
    ...(tags !== undefined && { tags }),
  };
}

/** Names inside a vault know no case, so an item has one id, whichever service names it. */
function rowOfName(named: RegExpExecArray | null, collection: string, vault: Vault): Row | null {
  const name = named?.[2]?.toLowerCase();
  if (named?.[1]?.toLowerCase() !== collection || name === undefined) return null;
  return { id: `${vault.id}/${collection}/${name}`, vaultId: vault.id, name };
}

function timesOf({ enabled, updated, nbf, exp }: Attributes): Record<string, unknown> {
  return {
    ...(enabled !== undefined && { enabled }),
    ...(updated !== undefined && { updated: moment(updated) }),
    // Both are left out where no such bound is set (the documentation's page About keys, secrets and certificates).
    notBefore: moment(nbf ?? null),
    expires: moment(exp ?? null),
  };
}

/** A time of Key Vault, in seconds, as a row has it; what is no number stays as it is, so that the schema finds it. */
function moment<Value>(seconds: Value): Value | string {
  return typeof seconds === "number" ? new Date(seconds * 1000).toISOString() : seconds;
}
