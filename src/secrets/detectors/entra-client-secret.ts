import { isIn, runEnd, unreserved } from "../chars.ts";
import { inAlphabet, marvin32 } from "../checksum.ts";
import type { Detector, Match } from "../detector.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/**
 * Client secrets of Entra applications: three characters, `8Q~` and 34 more, of which the last three are a checksum; or
 * the older `7Q~` and 31 more, which have none. A checksum that fails does not clear a value: people alter what they post.
 */
export const entraClientSecret: Detector = {
  name: "entra-client-secret",
  mayFind: (text) => text.includes("Q~") || mayBeRefreshToken.test(text),
  find: (text) => [...clientSecrets(text), ...refreshTokens(text)],
};

function clientSecrets(text: string): Match[] {
  const matches: Match[] = [];
  for (let at = text.indexOf("Q~"); at >= 0; at = text.indexOf("Q~", at + 2)) {
    const start = at - 4;
    const digit = text.charAt(at - 1);
    if (start < 0 || (digit !== "7" && digit !== "8") || isIn(unreserved, text, start - 1)) continue;
    const end = withoutFullStop(text, runEnd(unreserved, text, start, 42), start);
    const length = end - start;
    if (digit === "8" ? length !== 40 : length < 37 || length > 40) continue;
    const value = text.slice(start, end);
    if (runEnd(unreserved, value, 0, 3) !== 3) continue;
    const tier = digit === "8" && entraChecksum(value.slice(0, 37)) === value.slice(37) ? "confirmed" : "format";
    matches.push({ start, end, type: "azure_active_directory_application_secret", tier, value });
  }
  return matches;
}

/** A sentence may end after the secret. */
function withoutFullStop(text: string, end: number, start: number): number {
  return end - start === 41 && text.charAt(end - 1) === "." ? end - 1 : end;
}

/** The last three characters of a client secret, from the 37 before them. */
export function entraChecksum(body: string): string {
  return inAlphabet(marvin32(Buffer.from(body, "latin1"), "AadPwd00"), alphabet, 6).slice(0, 3);
}

const mayBeRefreshToken = /(?:^|[^\w.-])[01]\.A[\w-]{50,400}\.Ag/;

function refreshTokens(text: string): Match[] {
  const matches: Match[] = [];
  for (const found of text.matchAll(/(?<![\w.-])[01]\.A[\w-]{50,400}\.Ag[\w-]{250,4000}/g)) {
    const [value] = found;
    matches.push({
      start: found.index,
      end: found.index + value.length,
      type: "entra_refresh_token",
      tier: "format",
      value,
    });
  }
  return matches;
}
