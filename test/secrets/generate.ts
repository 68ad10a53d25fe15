import { crc32, marvin32 } from "../../src/secrets/checksum.ts";
import { annotatedChecksum } from "../../src/secrets/detectors/azure-identifiable-key.ts";
import { entraChecksum } from "../../src/secrets/detectors/entra-client-secret.ts";
import { githubChecksum } from "../../src/secrets/detectors/github.ts";

/** Made-up secrets, the same for the same seed. None was ever issued; all are put together only while the tests run. */
export interface Generator {
  /** A whole number below `bound`. */
  below(bound: number): number;
  from(alphabet: string, length: number): string;
}

export function generator(seed: number): Generator {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number) => next() % bound;
  return {
    below,
    from: (alphabet, length) => Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(""),
  };
}

export const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const lower = upper.toLowerCase();
export const digits = "0123456789";
export const base62 = upper + lower + digits;

/** 64, 32, 39 or 42 random bytes with the signature in its place and a Marvin32 checksum at the end. */
export function identifiableKey(make: Generator, signature: string, bytes: number, seed: string, sound = true): string {
  const signatureAt = { 64: 76, 32: 33, 39: 42, 42: 46 }[bytes] ?? 0;
  const length = { 64: 86, 32: 43, 39: 52, 42: 56 }[bytes] ?? 0;
  const url = signature === "AzFu";
  const at = url ? 44 : signatureAt;
  const size = url ? 40 : bytes;
  const head = make.from(base62, at) + signature;
  const total = url ? 54 : length;
  const after = size % 3 === 2 ? "A" : size === 39 ? "A" : "";
  const draft = (head + after).padEnd(total, "A");
  const data = Buffer.from(draft, "base64").subarray(0, size);
  data.writeInt32LE((marvin32(data.subarray(0, size - 4), seed) ^ (sound ? 0 : 0x01010101)) | 0, size - 4);
  return data.toString(url ? "base64url" : "base64") + (url ? "==" : "");
}

/** A common annotated key of a provider: 84 characters, the last four of them its checksum. */
export function annotatedKey(make: Generator, provider: string, sound = true): string {
  const body = `${make.from(base62, 52)}JQQJ99B${make.from("ABCDEFGHIJKL", 1)}${make.from(base62, 12)}${make.from(base62, 4)}${provider}`;
  const seal = annotatedChecksum(body);
  return body + (sound ? seal : seal === "zzzz" ? "yyyy" : "zzzz");
}

export function entraSecret(make: Generator, sound = true): string {
  const body = `${make.from(base62, 3)}8Q~${make.from(`${base62}-_~`, 31)}`;
  const seal = entraChecksum(body);
  return body + (sound ? seal : seal === "b9z" ? "b9y" : "b9z");
}

export const olderEntraSecret = (make: Generator) => `${make.from(base62, 3)}7Q~${make.from(`${base62}-_`, 31)}`;

export function githubToken(make: Generator, prefix = "ghp_", sound = true): string {
  const body = make.from(base62, prefix === "ghr_" ? 70 : 30);
  const seal = githubChecksum(body);
  return prefix + body + (sound ? seal : seal === "ZZZZZZ" ? "YYYYYY" : "ZZZZZZ");
}

/** 52 characters of base32 with the CRC-32 of the other bytes in bytes 2, 7, 8 and 22. */
export function devopsToken(make: Generator, issuer = 0xe0b9692d): string {
  const bytes = Uint8Array.from({ length: 32 }, () => make.below(256));
  const places = [2, 7, 8, 22];
  const seal = (crc32(bytes.filter((_byte, index) => !places.includes(index))) ^ issuer) >>> 0;
  places.forEach((place, index) => {
    bytes[place] = (seal >>> (24 - index * 8)) & 0xff;
  });
  const alphabet = `${lower}234567`;
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.padEnd(260, "0").match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join("");
}

export function jsonWebToken(make: Generator, issuer = "https://idp.test/"): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: issuer, sub: make.from(lower, 8) })}.${make.from(`${base62}-_`, 86)}`;
}

export function pem(make: Generator, kind = "RSA "): string {
  const lines = Array.from({ length: 6 }, () => make.from(`${base62}+/`, 64));
  return [`-----BEGIN ${kind}PRIVATE ${"KEY"}-----`, ...lines, `-----END ${kind}PRIVATE ${"KEY"}-----`].join("\n");
}

/** Letters of both cases, digits and a sign, as a person or a generator makes them; never a placeholder. */
export function password(make: Generator, signs = "!-_.~*+"): string {
  const rest = make.from(base62, 7 + make.below(8));
  return `${make.from(upper, 1)}${make.from(digits, 2)}${make.from(signs, 1)}q7${rest}`;
}

/** A made-up value of each kind, by the name that the corpus uses. */
export const kinds: Readonly<Record<string, (make: Generator) => string>> = {
  password,
  storageKey: (make) => identifiableKey(make, "+ASt", 64, "Default0"),
  legacyStorageKey: (make) => `${make.from(`${base62}+/`, 85)}A==`,
  cosmosKey: (make) => identifiableKey(make, "ACDb", 64, "MastRW00"),
  serviceBusKey: (make) => identifiableKey(make, "+ASb", 32, "Manage00"),
  eventHubKey: (make) => identifiableKey(make, "+AEh", 32, "Send0000"),
  redisKey: (make) => identifiableKey(make, "AzCa", 32, "Access00"),
  registryKey: (make) => identifiableKey(make, "+ACR", 39, "ACRDflt0"),
  searchKey: (make) => {
    let key = identifiableKey(make, "AzSe", 39, "PAdmin00");
    while (/[+/]/.test(key)) key = identifiableKey(make, "AzSe", 39, "PAdmin00");
    return key;
  },
  functionKey: (make) => identifiableKey(make, "AzFu", 40, "Functi00"),
  openaiKey: (make) => annotatedKey(make, "ACOG"),
  devopsKey: (make) => annotatedKey(make, "AZDO"),
  appConfigurationKey: (make) => annotatedKey(make, "AZAC"),
  devopsToken: (make) => devopsToken(make),
  entraSecret: (make) => entraSecret(make),
  olderEntraSecret,
  databricksToken: (make) => `dapi${make.from("0123456789abcdef", 32)}`,
  databricksSecret: (make) => `dose${make.from("0123456789abcdef", 32)}`,
  githubToken: (make) => githubToken(make),
  githubFineGrained: (make) => `github_pat_${make.from(base62, 22)}_${make.from(base62, 59)}`,
  gitlabToken: (make) => `glpat-${make.from(base62, 20)}`,
  prefectKey: (make) => `pnu_${make.from(base62, 36)}`,
  prefectServiceKey: (make) => `pnb_${make.from(base62, 36)}`,
  slackToken: (make) => `xoxb-${make.from("123456789", 11)}-${make.from("123456789", 12)}-${make.from(base62, 24)}`,
  slackPath: (make) => `T${make.from(upper + digits, 10)}/B${make.from(upper + digits, 10)}/${make.from(base62, 24)}`,
  jsonWebToken: (make) => jsonWebToken(make),
  privateKey: (make) => pem(make),
  sasSignature: (make) => encodeURIComponent(`${make.from(`${base62}+/`, 42)}8=`),
  token: (make) => `${make.from(base62, 30)}4kZ9`,
  hex: (make) => `3${make.from("0123456789abcdef", 30)}f`,
};

/** `‹kind›` in a template replaced by a value of that kind; the values come back too. */
export function fill(template: string, make: Generator): { text: string; values: string[] } {
  const values: string[] = [];
  const text = template.replace(/‹(\w+)›/g, (_whole, kind: string) => {
    const value = kinds[kind]?.(make);
    if (value === undefined) throw new Error(`no generator for ${kind}`);
    values.push(value);
    return value;
  });
  return { text, values };
}
