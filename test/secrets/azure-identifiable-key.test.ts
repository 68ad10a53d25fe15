import { describe, expect, it } from "vitest";
import { marvin, marvin32 } from "../../src/secrets/checksum.ts";
import { findSecrets } from "../../src/secrets/find.ts";
import { annotatedKey, type Generator, generator, identifiableKey } from "./generate.ts";

const find = (value: string) => findSecrets({ path: "x", key: "x", value });

describe("Marvin32", () => {
  it("gives what SymCrypt's own vectors say", () => {
    expect(marvin(Buffer.from("abc"), 0xcd0893b7, 0xd53cd9ce)).toBe(0x6be02a86);
    expect(marvin(Buffer.from("abcdefghijklmnopqrstuvwxyz"), 0xeffff000, 0xddddeee)).toBe(0xd34847dc);
    expect(marvin(Buffer.alloc(0), 0x001bdbcc, 0x004fb61a)).toBe(0x302009bc);
    expect(marvin(Uint8Array.of(175), 0x001bdbcc, 0x004fb61a)).toBe(0x3592e206);
    expect(marvin(Uint8Array.of(231, 15), 0x001bdbcc, 0x004fb61a)).toBe(0xfdab5e04);
    expect(marvin(Uint8Array.of(55, 244, 149), 0x001bdbcc, 0x004fb61a)).toBe(0x6b3c8b90);
  });

  it("reads a seed of eight characters as one big-endian number", () => {
    expect(marvin32(Buffer.from("x"), "Default0")).toBe(marvin(Buffer.from("x"), 0x756c7430, 0x44656661));
  });
});

const keys: readonly [name: string, signature: string, bytes: number, seed: string, type: string][] = [
  ["a storage account", "+ASt", 64, "Default0", "azure_storage_account_key"],
  ["Cosmos, read and write", "ACDb", 64, "MastRW00", "azure_cosmosdb_key_identifiable"],
  ["Cosmos, read only", "ACDb", 64, "MastRO00", "azure_cosmosdb_key_identifiable"],
  ["Batch", "+ABa", 64, "AbAcct00", "azure_batch_key_identifiable"],
  ["API Management's gateway", "APIM", 64, "Gatewy00", "azure_apim_gateway_key"],
  ["Service Bus", "+ASb", 32, "Listen00", "azure_service_bus_identifiable"],
  ["Event Hubs", "+AEh", 32, "Manage00", "azure_event_hub_key_identifiable"],
  ["Redis", "AzCa", 32, "Access00", "azure_cache_for_redis_access_key"],
  ["IoT devices", "AIoT", 32, "Device00", "azure_iot_device_key"],
  ["a container registry", "+ACR", 39, "ACRDflt0", "azure_container_registry_key_identifiable"],
  ["AI Search, to query", "AzSe", 39, "Query000", "azure_search_query_key"],
  ["Functions", "AzFu", 40, "Master00", "azure_function_key"],
];

/** AI Search gives out only keys without signs. */
function key(make: Generator, signature: string, bytes: number, seed: string, sound = true): string {
  for (;;) {
    const made = identifiableKey(make, signature, bytes, seed, sound);
    if (signature !== "AzSe" || !/[+/]/.test(made)) return made;
  }
}

describe("an identifiable key of Azure", () => {
  for (const [name, signature, bytes, seed, type] of keys) {
    it(`of ${name} is confirmed by its checksum wherever it stands`, () => {
      for (let round = 1; round <= 50; round++) {
        const made = key(generator(round), signature, bytes, seed);
        for (const text of [made, `key is ${made}, rotate it`, `{"k":"${made}"}`, `K=${made}\n`]) {
          const found = find(text);
          expect(found.secrets.map((secret) => [secret.type, secret.tier])).toEqual([[type, "confirmed"]]);
          expect(found.masked).toBe(text.replace(made, "••••••••"));
        }
      }
    });

    it(`of ${name} is still reported where its checksum fails`, () => {
      const found = find(key(generator(7), signature, bytes, seed, false));
      expect(found.secrets.map((secret) => secret.tier)).toEqual(["format"]);
    });
  }

  it("is not seen inside a longer run of base64", () => {
    const made = identifiableKey(generator(3), "+ASt", 64, "Default0");
    expect(find(`QUJD${made}`).secrets).toEqual([]);
    expect(find(`${made.slice(0, -2)}QUJDREVG`).secrets).toEqual([]);
  });

  for (const [provider, type] of [
    ["AZDO", "azure_devops_personal_access_token"],
    ["ACOG", "azure_cognitive_services_key"],
    ["AZAC", "azure_app_configuration_key"],
    ["msql", "azure_sql_internal_default_cloudsa_key"],
  ] as const) {
    it(`in the common annotated layout, of ${provider}, is confirmed by its checksum`, () => {
      for (let round = 1; round <= 50; round++) {
        const found = find(`pat: ${annotatedKey(generator(round), provider)}`);
        expect(found.secrets.map((secret) => [secret.type, secret.tier])).toEqual([[type, "confirmed"]]);
      }
      expect(find(annotatedKey(generator(2), provider, false)).secrets.map((secret) => secret.tier)).toEqual([
        "format",
      ]);
    });
  }
});
