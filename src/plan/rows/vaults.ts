import { certificateRow } from "../../collect/keyvault/certificates.ts";
import { keyRow, type PolicyAnswer, rotationPolicyOf } from "../../collect/keyvault/keys.ts";
import type { ObjectAnswer, Vault } from "../../collect/keyvault/objects.ts";
import { secretRow } from "../../collect/keyvault/secrets.ts";
import {
  type AccessPolicyAnswer,
  accessPolicyOf,
  keyVaultRow,
  type VaultAnswer,
} from "../../collect/keyvault/vaults.ts";
import type { Row } from "../../resources/kinds.ts";
import { type PlannedValue, unknown } from "../plan.ts";
import { type Body, lastName, partOf, type Upserted } from "./answers.ts";
import { hostLike, orphan, type Putter, parentId } from "./azure.ts";
import type { Changes } from "./changes.ts";
import { made } from "./made.ts";
import { attempted, holdsUnknown } from "./partial.ts";

/** Key vaults, their access policies, and what is told of what is inside them. */
export const vaults: Readonly<Record<string, Putter>> = {
  "microsoft.keyvault/vaults": (object, changes) => {
    made(changes, object, {
      kind: "azure.keyVault",
      body: {
        ...object.body,
        // Whatever was changed, it is changed now.
        systemData: { lastModifiedAt: changes.around.now.toISOString() },
        properties: withoutPolicies(object.body),
      },
      make: (answer) => keyVaultRow(answer as VaultAnswer),
      served: {
        host: { path: "properties.vaultUri", fresh: hostLike("azure.keyVault", "host") },
        // "Once set to true, it cannot be reverted", 90 days where nothing is said (keyvault.json 2023-07-01).
        softDelete: { path: "properties.enableSoftDelete", fresh: () => true },
        softDeleteRetentionDays: { path: "properties.softDeleteRetentionInDays", fresh: () => 90 },
        accessPolicies: { path: "properties.accessPolicies", fresh: () => [] },
        principalIds: { path: "properties.accessPolicies", fresh: () => [] },
      },
    });
  },
  "microsoft.keyvault/vaults/accesspolicies": putPolicies,
  "microsoft.keyvault/vaults/secrets": (object, changes) =>
    putInside(object, changes, "azure.keyVaultSecret", "secrets", secretRow),
  "microsoft.keyvault/vaults/certificates": (object, changes) =>
    putInside(object, changes, "azure.keyVaultCertificate", "certificates", certificateRow),
  "microsoft.keyvault/vaults/keys": (object, changes) => {
    putInside(object, changes, "azure.keyVaultKey", "keys", keyRow);
    const policy = partOf(object.body, "properties.rotationPolicy");
    const vaultId = parentId(object);
    if (vaultId === null) return;
    const id = `${vaultId}/keys/${lastName(object.id).toLowerCase()}`;
    const live = changes.row("azure.keyVaultKey", id);
    if (live === undefined || (policy === undefined && live.rotationPolicy !== undefined)) return;
    // A key without a policy of its own has the default one, which announces the end 30 days before and renews nothing.
    const told = policy ?? {
      lifetimeActions: [{ trigger: { timeBeforeExpiry: "P30D" }, action: { type: "Notify" } }],
    };
    const rotation =
      told === unknown
        ? null
        : attempted({ rotationPolicy: told }, (answer) => ({
            rotationPolicy: rotationPolicyOf((answer as { rotationPolicy: PolicyAnswer }).rotationPolicy),
          }));
    changes.put(
      "azure.keyVaultKey",
      { id, ...rotation?.made },
      { at: object.at, unread: rotation?.unread ?? ["rotationPolicy"] },
    );
  },
};

/** The properties of a vault, with a list of access policies that is not known left out, so that it is not taken for another one. */
function withoutPolicies(body: Body): PlannedValue {
  const properties = (partOf(body, "properties") ?? {}) as Body;
  if (properties.accessPolicies !== null) return properties;
  const { accessPolicies: _, ...rest } = properties;
  return rest;
}

/** Times of an item are in seconds since the epoch, as Azure Resource Manager and the vault itself write them. */
function putInside(
  object: Upserted,
  changes: Changes,
  kind: string,
  collection: string,
  rowOf: (each: ObjectAnswer, vault: Vault) => Row | null,
): void {
  const vaultId = parentId(object);
  if (vaultId === null) {
    changes.undecided.push(orphan(kind, object));
    return;
  }
  const vault = (changes.row("azure.keyVault", vaultId) ?? { id: vaultId }) as Vault;
  const name = lastName(object.id);
  const seconds = Math.floor(changes.around.now.getTime() / 1000);
  const id = `${vaultId}/${collection}/${name.toLowerCase()}`;
  const live = changes.row(kind, id);
  // A value that is written again is a new version, which is what an age counts from.
  const isVersion = partOf(object.body, "properties.value") !== undefined || live === undefined;
  const attributes = (partOf(object.body, "properties.attributes") ?? {}) as Body | typeof unknown;
  made(changes, object, {
    kind,
    body: {
      tags: partOf(object.body, "tags") ?? {},
      contentType: partOf(object.body, "properties.contentType") ?? null,
      managed: partOf(object.body, "properties.managed") ?? false,
      x5t: partOf(object.body, "properties.x5t") ?? unknown,
      attributes:
        attributes === unknown
          ? unknown
          : {
              enabled: true,
              ...(isVersion && { created: seconds }),
              updated: seconds,
              ...attributes,
            },
    },
    make: (answer) => rowOf({ ...(answer as ObjectAnswer), id: `https://vault.invalid/${collection}/${name}` }, vault),
  });
}

/**
 * Access policies that are added to a vault's, put in place of them, or taken out: `add`, `replace` or `remove`, as the
 * operation's name says (keyvault.json 2023-07-01, Vaults_UpdateAccessPolicy).
 */
function putPolicies(object: Upserted, changes: Changes): void {
  const vaultId = parentId(object);
  if (vaultId === null) {
    changes.undecided.push(orphan("azure.keyVault", object));
    return;
  }
  const operation = lastName(object.id).toLowerCase();
  const vault = changes.row("azure.keyVault", vaultId);
  const held = Array.isArray(vault?.accessPolicies)
    ? (vault.accessPolicies as ReturnType<typeof accessPolicyOf>[])
    : null;
  const told = partOf(object.body, "properties.accessPolicies");
  const at = object.at;
  const open = { at, unread: ["accessPolicies", "principalIds"] };
  if (!Array.isArray(told) || holdsUnknown(told) || (held === null && operation !== "replace")) {
    if (Array.isArray(told) && operation === "add") addPartly(told, vaultId, held ?? [], changes, object);
    else changes.put("azure.keyVault", { id: vaultId, updatedOn: changes.around.now.toISOString() }, open);
    return;
  }
  const made = (told as unknown as AccessPolicyAnswer[]).map(accessPolicyOf);
  const same = (one: (typeof made)[number], other: (typeof made)[number]): boolean =>
    one.objectId === other.objectId && one.applicationId === other.applicationId;
  const others = (held ?? []).filter((each) => !made.some((one) => same(one, each)));
  const accessPolicies =
    operation === "replace" ? made : operation === "remove" ? others : [...others, ...made.map(merged)];
  /** Permissions that are added to a principal's come beside those that it has. */
  function merged(one: (typeof made)[number]): (typeof made)[number] {
    const before = (held ?? []).find((each) => same(one, each));
    if (before === undefined) return one;
    const both = (name: "keys" | "secrets" | "certificates" | "storage") =>
      [...new Set([...before[name], ...one[name]])].sort();
    return {
      ...one,
      keys: both("keys"),
      secrets: both("secrets"),
      certificates: both("certificates"),
      storage: both("storage"),
    };
  }
  changes.put(
    "azure.keyVault",
    {
      id: vaultId,
      accessPolicies,
      principalIds: [...new Set(accessPolicies.map(({ objectId }) => objectId))],
      updatedOn: changes.around.now.toISOString(),
    },
    { at },
  );
}

/** Policies of which something is unknown stand beside the others, and the list is not whole. */
function addPartly(
  told: readonly PlannedValue[],
  vaultId: string,
  held: readonly { objectId: string }[],
  changes: Changes,
  { at }: Upserted,
): void {
  const parts = told.map((each) => attempted(each as Body, (answer) => accessPolicyOf(answer as AccessPolicyAnswer)));
  const policies = [...held, ...parts.flatMap((each) => (each === null ? [] : [each.made]))];
  const principalIds = [...new Set(policies.flatMap(({ objectId }) => (objectId === undefined ? [] : [objectId])))];
  changes.put(
    "azure.keyVault",
    { id: vaultId, accessPolicies: policies, principalIds, updatedOn: changes.around.now.toISOString() },
    { at, incomplete: ["accessPolicies", "principalIds"] },
  );
}
