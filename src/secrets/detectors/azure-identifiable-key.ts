import { alphanumeric, base64, base64any, base64url, type Chars, isIn, runStart } from "../chars.ts";
import { inAlphabet, marvin32 } from "../checksum.ts";
import type { Detector, Match } from "../detector.ts";

/** A kind of key: where its signature stands in the text, how long it is, and the seeds that its issuer seals with. */
interface Layout {
  signature: string;
  before: number;
  length: number;
  alphabet: Chars;
  padding: "" | "=" | "==";
  seeds: readonly (readonly [seed: string, type: string])[];
}

const of = (type: string, ...seeds: string[]) => seeds.map((seed) => [seed, type] as const);
const long = { before: 76, length: 88, alphabet: base64, padding: "==" } as const;
const short = { before: 33, length: 44, alphabet: base64, padding: "=" } as const;
const messaging = ["Send0000", "Manage00", "Listen00", "System00", "Unknown0"];

/**
 * Signatures and seeds as microsoft/security-utilities (MIT) lists them, SEC101/152 to 199; types are GitHub's. A key
 * whose checksum holds under no seed has the first type.
 */
const layouts: readonly Layout[] = [
  { signature: "+ASt", ...long, seeds: of("azure_storage_account_key", "Default0") },
  {
    signature: "ACDb",
    ...long,
    seeds: of(
      "azure_cosmosdb_key_identifiable",
      "MastRW00",
      "MastRO00",
      "SystRW00",
      "SystRO00",
      "SysAll00",
      "Resour00",
      "Encryp00",
    ),
  },
  { signature: "+ABa", ...long, seeds: of("azure_batch_key_identifiable", "AbAcct00") },
  { signature: "+AMC", ...long, seeds: of("azure_ml_web_service_classic_identifiable_key", "Classic0") },
  {
    signature: "APIM",
    ...long,
    seeds: [
      ["IoTHub00", "azure_apim_subscription_key"],
      ["Tenant00", "azure_apim_direct_management_key"],
      ["Gatewy00", "azure_apim_gateway_key"],
      ["GitKey00", "azure_apim_repository_key"],
    ],
  },
  { signature: "+ASb", ...short, seeds: of("azure_service_bus_identifiable", ...messaging) },
  { signature: "+AEh", ...short, seeds: of("azure_event_hub_key_identifiable", ...messaging) },
  { signature: "+ARm", ...short, seeds: of("azure_relay_key_identifiable", ...messaging) },
  { signature: "AzCa", ...short, seeds: of("azure_cache_for_redis_access_key", "Access00") },
  {
    signature: "AIoT",
    ...short,
    seeds: [
      ["IoTHub00", "azure_iot_hub_key"],
      ["DpsKey00", "azure_iot_device_provisioning_key"],
      ["Device00", "azure_iot_device_key"],
    ],
  },
  { signature: "AZEG", ...short, seeds: of("azure_event_grid_key_identifiable", "Default0") },
  {
    signature: "+ACR",
    before: 42,
    length: 52,
    alphabet: base64,
    padding: "",
    seeds: of("azure_container_registry_key_identifiable", "ACRDflt0"),
  },
  {
    signature: "AzSe",
    before: 42,
    length: 52,
    alphabet: alphanumeric,
    padding: "",
    seeds: [
      ["PAdmin00", "azure_search_admin_key"],
      ["Query000", "azure_search_query_key"],
    ],
  },
  {
    signature: "AzFu",
    before: 44,
    length: 56,
    alphabet: base64url,
    padding: "==",
    seeds: of("azure_function_key", "Functi00", "System00", "Master00"),
  },
];

const signatures = /\+A(?:St|Ba|MC|Sb|Eh|Rm|CR)|ACDb|APIM|Az(?:Ca|Se|Fu)|AIoT|AZEG|JQQJ9/g;
const any = new RegExp(signatures.source);

/**
 * The keys that Azure makes recognisable: a signature before the last bytes and, in those, a Marvin32 checksum (HIS), or
 * the common annotated layout of newer services (CASK). Confirmed where the checksum holds, of the right format elsewhere.
 */
export const azureIdentifiableKey: Detector = {
  name: "azure-identifiable-key",
  mayFind: (text) => text.length >= 44 && any.test(text),
  find: (text) => {
    const matches: Match[] = [];
    for (const { 0: signature, index } of text.matchAll(signatures)) {
      const match = signature === "JQQJ9" ? annotated(text, index) : identifiable(text, signature, index);
      if (match !== null) matches.push(match);
    }
    return matches;
  },
};

function identifiable(text: string, signature: string, at: number): Match | null {
  const layout = layouts.find((candidate) => candidate.signature === signature);
  if (layout === undefined) return null;
  const start = at - layout.before;
  const padded = start + layout.length;
  const end = padded - layout.padding.length;
  if (start < 0 || end > text.length || !standsAlone(text, start, end, layout.alphabet)) return null;
  if (layout.padding !== "" && text.startsWith("=", end) && !text.startsWith(layout.padding, end)) return null;
  const value = text.slice(start, end) + layout.padding;
  if (!endsAsEncoded(value, layout)) return null;
  const bytes = Buffer.from(value, "base64");
  const sealed = bytes.readInt32LE(bytes.length - 4) >>> 0;
  const data = bytes.subarray(0, bytes.length - 4);
  const seed = layout.seeds.find(([name]) => marvin32(data, name) === sealed);
  const [, type] = seed ?? layout.seeds[0] ?? ["", "azure_key"];
  const stop = text.startsWith(layout.padding, end) ? padded : end;
  return { start, end: stop, type, tier: seed === undefined ? "format" : "confirmed", value };
}

/** Whether the run of the alphabet is exactly this stretch. A `=` before it belongs to `AccountKey=`. */
function standsAlone(text: string, start: number, end: number, alphabet: Chars): boolean {
  for (let i = start; i < end; i++) if (!isIn(alphabet, text, i)) return false;
  const borders = alphabet === base64url ? base64url : base64any;
  return !isIn(borders, text, start - 1) && !isIn(borders, text, end);
}

/** Where the bits of the signature end, the next character has zeros at its head, or the last one at its tail. */
function endsAsEncoded(value: string, layout: Layout): boolean {
  const next = value.charAt(layout.before + 4);
  if (layout.padding === "==") return "AQgw".includes(value.charAt(layout.length - 3));
  return (layout.padding === "=" ? "ABCDEFGHIJKLMNOP" : "ABCD").includes(next);
}

const providers: Readonly<Record<string, string>> = {
  AZDO: "azure_devops_personal_access_token",
  ACOG: "azure_cognitive_services_key",
  AZAC: "azure_app_configuration_key",
  AZMP: "azure_maps_key",
  AZCS: "azure_communication_services_key",
  AZEG: "azure_event_grid_key_identifiable",
  AZFR: "azure_fluid_relay_key",
  AZMR: "azure_mixed_reality_key",
  msql: "azure_sql_internal_default_cloudsa_key",
};

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 52 random, `JQQJ9` + kind, year and month, 12 + 4 reserved, provider, checksum: 84 characters, or 88 with padding. */
function annotated(text: string, at: number): Match | null {
  const start = at - 52;
  if (start < 0 || runStart(base64any, text, at, 53) !== start) return null;
  let end = start + 84;
  for (let i = start; i < end; i++) if (!isIn(alphanumeric, text, i)) return null;
  if (/^[A-Za-z0-9]{2}==/.test(text.slice(end, end + 4))) end += 4;
  if (isIn(base64any, text, end)) return null;
  if (!/^JQQJ9[9DH][A-Z][A-L]/.test(text.slice(at, at + 8))) return null;
  const value = text.slice(start, start + 84);
  const provider = value.slice(76, 80);
  if (!/^(?:[A-Z][A-Z0-9]{3}|[a-z][a-z0-9]{3})$/.test(provider)) return null;
  return {
    start,
    end,
    type: providers[provider] ?? "azure_common_annotated_key",
    tier: hasAnnotatedChecksum(value) ? "confirmed" : "format",
    value: text.slice(start, end),
  };
}

/** The checksum of the first 80 characters, its little-endian bytes read as one big-endian number in base 62. */
function hasAnnotatedChecksum(value: string): boolean {
  return annotatedChecksum(value.slice(0, 80)) === value.slice(80, 84);
}

/** The last four characters of a common annotated key, from the eighty before them. */
export function annotatedChecksum(body: string): string {
  const sealed = Buffer.alloc(4);
  sealed.writeUInt32LE(marvin32(Buffer.from(body, "base64"), "Default0"));
  const leading = sealed.findIndex((byte) => byte !== 0);
  const zeros = leading < 0 ? 3 : leading;
  return ("0".repeat(zeros) + inAlphabet(sealed.readUInt32BE(), base62, 1)).padEnd(6, "0").slice(0, 4);
}
