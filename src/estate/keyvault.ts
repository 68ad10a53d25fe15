import { createHash } from "node:crypto";
import { type Answer, type EstateRequest, list, reply } from "./answer.ts";
import type { ArmResource, EstateData } from "./data.ts";
import { failure } from "./failure.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

const VERSIONS = ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"];

/** How keys whose owner set nothing are renewed: not at all, but their end is announced. */
const DEFAULT_POLICY: JsonObject = {
  lifetimeActions: [{ trigger: { timeBeforeExpiry: "P30D" }, action: { type: "Notify" } }],
  attributes: {},
};

const NOT_FOUND = { secrets: "SecretNotFound", keys: "KeyNotFound", certificates: "CertificateNotFound" };

/** The Key Vault data plane, below `/vault/{vault}`: what there is and since when, never values. */
export function keyvault(request: EstateRequest, data: EstateData, size: number): Answer {
  const [vault = "", collection, name, tail] = request.path.split("/").slice(1);
  const held = data.keyVault[vault.toLowerCase()];
  if (!held) return failure("keyvault", 404, "VaultNotFound", `The vault '${vault}' was not found.`);
  if (request.method !== "GET") return failure("keyvault", 405, "MethodNotAllowed", "The method is not allowed.");
  const version = request.query.get("api-version");
  if (!version || !VERSIONS.includes(version)) {
    return failure("keyvault", 400, "BadParameter", `Method GET does not allow the api-version '${version ?? ""}'.`);
  }
  const message = `'${request.path}' was not found in this key vault.`;
  if (collection !== "secrets" && collection !== "keys" && collection !== "certificates") {
    return failure("keyvault", 404, "SecretNotFound", message);
  }
  const most = Math.min(Number(request.query.get("maxresults") ?? 25), 25, size);
  if (!Number.isInteger(most) || most < 1) {
    return failure("keyvault", 400, "BadParameter", "The value of maxresults must be between 1 and 25.");
  }
  if (name === undefined) return list(held[collection], { by: "nextLink", size: most });
  const found = held[collection].find((each) => addressOf(each).endsWith(`/${collection}/${name}`));
  if (!found) return failure("keyvault", 404, NOT_FOUND[collection], message);
  const address = addressOf(found);
  if (tail === "versions") {
    const id = `${address}/${createHash("md5").update(address).digest("hex")}`;
    return list([{ ...found, [collection === "keys" ? "kid" : "id"]: id }], { by: "nextLink", size: most });
  }
  if (collection === "keys" && tail === "rotationpolicy") {
    const id = `${address}/rotationpolicy`;
    return reply(held.rotationPolicies.find((each) => each.id === id) ?? { id, ...DEFAULT_POLICY });
  }
  const refused =
    "Caller is not authorized to perform action on resource. Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'";
  return failure("keyvault", 403, "Forbidden", refused);
}

function addressOf(item: JsonObject): string {
  return String(item.kid ?? item.id);
}

/** The secrets or keys of every vault as Azure Resource Manager lists them below the vault's own id. */
export function vaultObjects(data: EstateData, collection: "secrets" | "keys"): ArmResource[] {
  return data.arm.keyVaults.flatMap(({ id, name: vault, location }) =>
    (data.keyVault[vault]?.[collection] ?? []).map((item) => {
      const address = addressOf(item);
      const name = address.slice(address.lastIndexOf("/") + 1);
      const addressed = collection === "keys" ? "keyUri" : "secretUri";
      return {
        id: `${id}/${collection}/${name}`,
        name,
        type: `Microsoft.KeyVault/vaults/${collection}`,
        location: location ?? null,
        properties: { attributes: attributesOf(item.attributes, collection), [addressed]: address },
      };
    }),
  );
}

/** Of a secret, Resource Manager says neither how it is recovered nor for how long. */
function attributesOf(attributes: Json | undefined, collection: string): Json {
  if (!isObject(attributes) || collection === "keys") return attributes ?? null;
  const { recoveryLevel: _, recoverableDays: __, ...kept } = attributes;
  return kept;
}
