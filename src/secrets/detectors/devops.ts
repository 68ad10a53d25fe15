import { chars, isIn, nameChars, runEnd } from "../chars.ts";
import { crc32 } from "../checksum.ts";
import type { Detector, Match } from "../detector.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const members = chars(alphabet);
const length = 52;
/** What the checksum is mixed with: for tokens of people, and of applications. */
const issuers = [0xe0b9692d, 0x1019f92e];
/** The bytes of the decoded token that hold the checksum, most significant first. */
const sealed = [2, 7, 8, 22];

/**
 * Azure DevOps personal access tokens before 2025: 52 characters of base32 with a CRC-32 strewn among their bytes.
 * There is no other mark, so only a checksum that holds makes a finding. The newer ones are `azure-identifiable-key.ts`.
 */
export const devops: Detector = {
  name: "devops",
  mayFind: (text) => text.length >= length,
  find: (text) => {
    const matches: Match[] = [];
    for (let start = 0; start + length <= text.length; ) {
      // The last place that a run over `start` would have to reach: text without long words is passed in strides.
      if (!isIn(members, text, start + length - 1)) {
        start += length;
        continue;
      }
      const end = runEnd(members, text, start, 4096);
      if (end - start === length && !isIn(nameChars, text, start - 1) && !isIn(nameChars, text, end)) {
        const value = text.slice(start, end);
        if (isSealed(value))
          matches.push({ start, end, type: "azure_devops_personal_access_token", tier: "confirmed", value });
      }
      start = Math.max(end, start) + 1;
    }
    return matches;
  },
};

function isSealed(token: string): boolean {
  const bytes = fromBase32(token);
  const body = bytes.filter((_byte, index) => !sealed.includes(index));
  const held = sealed.reduce((sum, index) => sum * 256 + (bytes[index] ?? 0), 0);
  const computed = crc32(body);
  return issuers.some((issuer) => (computed ^ issuer) >>> 0 === held);
}

function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of text) {
    held = ((held << 5) | alphabet.indexOf(char)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}
