import { entropy } from "../chars.ts";
import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";

const scheme = /\b(Basic|Bearer|token|ApiKey|SharedKey)\s{1,3}([A-Za-z0-9+/._~:-]{8,8192}={0,2})/gi;

/** Credentials in the header that carries them: `Authorization: Basic …`, `Bearer …`. */
export const authorizationHeader: Detector = {
  name: "authorization-header",
  mayFind: (text) => /(?:basic|bearer)\s/i.test(text) || (/authorization/i.test(text) && text.search(scheme) >= 0),
  find: (text) => {
    const matches: Match[] = [];
    for (const found of text.matchAll(scheme)) {
      const [whole, kind = "", value = ""] = found;
      const end = found.index + whole.length;
      const start = end - value.length;
      if (kind.toLowerCase() === "basic") {
        const pair = Buffer.from(value, "base64").toString("latin1");
        if (!/^[\x21-\x39\x3b-\x7e]{0,128}:[\x20-\x7e\x80-\xff]{3,512}$/.test(pair)) continue;
        const password = pair.slice(pair.indexOf(":") + 1);
        if (isLiteral(password))
          matches.push({ start, end, type: "http_basic_authentication_header", tier: "format", value: password });
      } else if (isToken(value) && (kind.toLowerCase() === "bearer" || isHeader(text, found.index))) {
        matches.push({ start, end, type: "http_bearer_authentication_header", tier: "contextual", value });
      }
    }
    return matches;
  },
};

function isToken(value: string): boolean {
  return value.length >= 16 && /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) > 3.3 && isLiteral(value);
}

function isHeader(text: string, before: number): boolean {
  return /authorization["'\\]{0,3}\s{0,3}[:=,]\s{0,3}[\\"']{0,3}$/i.test(text.slice(Math.max(0, before - 40), before));
}
