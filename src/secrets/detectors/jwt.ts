import { base64url, isIn, runEnd } from "../chars.ts";
import type { Detector, Match } from "../detector.ts";

const openings = /(?<![A-Za-z0-9_.-])(?:eyJ|ewog|ewoJ|ew0K|eyA)/g;
const any = new RegExp(openings.source);
const longest = 16_384;

/** JSON Web Tokens, by decoding: header and claims are JSON, and the header names its algorithm. */
export const jwt: Detector = {
  name: "jwt",
  mayFind: (text) => any.test(text),
  find: (text) => {
    const matches: Match[] = [];
    for (const { index } of text.matchAll(openings)) {
      const match = at(text, index);
      if (match !== null) matches.push(match);
    }
    return matches;
  },
};

function at(text: string, start: number): Match | null {
  const headerEnd = runEnd(base64url, text, start, longest);
  if (text.charAt(headerEnd) !== "." || headerEnd - start < 16) return null;
  const claimsEnd = runEnd(base64url, text, headerEnd + 1, longest);
  if (text.charAt(claimsEnd) !== ".") return null;
  let end = runEnd(base64url, text, claimsEnd + 1, longest);
  const header = json(text.slice(start, headerEnd));
  if (header === null || typeof header.alg !== "string") return null;
  let type = "json_web_token";
  if (typeof header.enc === "string") {
    while (text.charAt(end) === "." && isIn(base64url, text, end + 1)) end = runEnd(base64url, text, end + 1, longest);
  } else {
    const claims = json(text.slice(headerEnd + 1, claimsEnd));
    if (claims === null) return null;
    if (isEntra(claims.iss)) type = "microsoft_azure_entra_id_token";
    if (end - claimsEnd < 20 && header.alg.toLowerCase() !== "none") return null;
  }
  return { start, end, type, tier: "format", value: text.slice(start, end) };
}

function isEntra(issuer: unknown): boolean {
  return (
    typeof issuer === "string" && /^https:\/\/(?:sts\.windows\.net|login\.microsoftonline\.(?:com|us))\//.test(issuer)
  );
}

function json(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
