import { crc32, inAlphabet } from "../checksum.ts";
import type { Detector, Tier } from "../detector.ts";
import { tokensOf } from "./tokens.ts";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The last six characters of a classic token, from the random ones after its prefix. */
export function githubChecksum(body: string): string {
  return inAlphabet(crc32(Buffer.from(body, "latin1")), base62, 6);
}

function tierOf(token: string): Tier {
  return githubChecksum(token.slice(4, -6)) === token.slice(-6) ? "confirmed" : "format";
}

const shapes = [
  {
    pattern: /(?<![A-Za-z0-9_])ghp_[A-Za-z0-9]{36}(?![A-Za-z0-9_])/g,
    type: "github_personal_access_token",
    tier: tierOf,
  },
  { pattern: /(?<![A-Za-z0-9_])gho_[A-Za-z0-9]{36}(?![A-Za-z0-9_])/g, type: "github_oauth_access_token", tier: tierOf },
  {
    pattern: /(?<![A-Za-z0-9_])gh[us]_[A-Za-z0-9]{36}(?![A-Za-z0-9_])/g,
    type: "github_app_installation_access_token",
    tier: tierOf,
  },
  { pattern: /(?<![A-Za-z0-9_])ghr_[A-Za-z0-9]{76}(?![A-Za-z0-9_])/g, type: "github_refresh_token", tier: tierOf },
  {
    pattern: /(?<![A-Za-z0-9_])ghs_\d{1,12}_ey[\w-]{10,1000}\.ey[\w-]{10,4000}\.[\w-]{20,1000}/g,
    type: "github_app_installation_access_token",
  },
  {
    pattern: /(?<![A-Za-z0-9_])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9_])/g,
    type: "github_personal_access_token",
  },
];

/** GitHub's tokens; the classic ones end in the CRC-32 of what stands between prefix and end. */
export const github: Detector = {
  name: "github",
  mayFind: (text) => /gh[pousr]_|github_pat_/.test(text),
  find: (text) => tokensOf(text, shapes),
};
