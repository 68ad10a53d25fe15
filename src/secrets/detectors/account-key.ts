import { base64, entropy, isIn, runStart } from "../chars.ts";
import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";

/** What is called a key near 64 bytes of base64, and what is a digest. */
const calledKey = /key|schl(?:ue?|ü)ssel|\bcl[eé]f?\b|storage|cosmos|documents\.azure|\.core\.windows|opinsights/i;
const calledDigest = /sha-?512|integrity|digest|checksum|signature|hash|public|nonce|hmac|cert/i;

/**
 * Keys of storage and Cosmos accounts of the older kind: 64 random bytes in base64, with nothing in them that says so.
 * Digests of SHA-512 have the same shape: what stands before tells them apart.
 */
export const accountKey: Detector = {
  name: "account-key",
  mayFind: (text) => text.includes("=="),
  find: (text) => {
    const matches: Match[] = [];
    for (let at = text.indexOf("=="); at >= 0; at = text.indexOf("==", at + 2)) {
      if (!isAccountKeyEnd(text, at)) continue;
      const start = at - 86;
      const before = text.slice(Math.max(0, start - 120), start);
      const after = text.slice(at + 2, at + 62);
      if (calledDigest.test(before.slice(-60)) || !(calledKey.test(before) || calledKey.test(after))) continue;
      const value = text.slice(start, at + 2);
      if (!isLiteral(value) || entropy(value) < 4.5) continue;
      const type = /cosmos|documents\.azure/i.test(before + after)
        ? "azure_cosmosdb_key_identifiable"
        : "azure_storage_account_key";
      matches.push({ start, end: at + 2, type, tier: "contextual", value });
    }
    return matches;
  },
};

/** Whether the `==` at a place ends a run of base64 that says 64 bytes. */
export function isAccountKeyEnd(text: string, at: number): boolean {
  return (
    "AQgw".includes(text.charAt(at - 1)) &&
    at >= 86 &&
    text.charAt(at + 2) !== "=" &&
    runStart(base64, text, at, 87) === at - 86 &&
    !isIn(base64, text, at + 2)
  );
}
