import { createHmac } from "node:crypto";

/** Names a secret without telling it: the same type and canonical value give the same name under the same key. */
export type Fingerprinter = (type: string, value: string) => string;

/**
 * Fingerprints under an organisation's key: base64url of the first 128 bits of HMAC-SHA-256 over "v1", the type, a zero
 * byte and the canonical value. A plain digest would not do: short passwords are guessed from it within minutes.
 */
export function fingerprinter(key: string): Fingerprinter {
  return (type, value) =>
    createHmac("sha256", key).update(`v1${type}\0${value}`, "utf8").digest().subarray(0, 16).toString("base64url");
}
