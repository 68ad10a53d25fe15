import { createHash } from "node:crypto";
import { type Answer, type EstateRequest, list } from "./answer.ts";
import type { EstateData } from "./data.ts";
import { failure } from "./failure.ts";

const VERSIONS = ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"];

/** The Key Vault data plane, below `/vault/{vault}`: what secrets there are and since when, never their values. */
export function keyvault(request: EstateRequest, data: EstateData, size: number): Answer {
  const [vault = "", collection, name, tail] = request.path.split("/").slice(1);
  const secrets = data.keyVault[vault.toLowerCase()];
  if (!secrets) return failure("keyvault", 404, "VaultNotFound", `The vault '${vault}' was not found.`);
  if (request.method !== "GET") return failure("keyvault", 405, "MethodNotAllowed", "The method is not allowed.");
  const version = request.query.get("api-version");
  if (!version || !VERSIONS.includes(version)) {
    return failure("keyvault", 400, "BadParameter", `Method GET does not allow the api-version '${version ?? ""}'.`);
  }
  const absent = failure("keyvault", 404, "SecretNotFound", `'${request.path}' was not found in this key vault.`);
  if (collection !== "secrets") return absent;
  const most = Math.min(Number(request.query.get("maxresults") ?? 25), 25, size);
  if (!Number.isInteger(most) || most < 1) {
    return failure("keyvault", 400, "BadParameter", "The value of maxresults must be between 1 and 25.");
  }
  if (name === undefined) return list(secrets, { by: "nextLink", size: most });
  const secret = secrets.find((each) => String(each.id).endsWith(`/secrets/${name}`));
  if (!secret) return absent;
  if (tail === "versions") {
    const id = `${secret.id}/${createHash("md5").update(String(secret.id)).digest("hex")}`;
    return list([{ ...secret, id }], { by: "nextLink", size: most });
  }
  const message =
    "Caller is not authorized to perform action on resource. Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'";
  return failure("keyvault", 403, "Forbidden", message);
}
