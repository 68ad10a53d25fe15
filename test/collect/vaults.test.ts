import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { loadInForce, policySources } from "../../src/commands/inputs.ts";
import type { EstateData, KeyVault } from "../../src/estate/data.ts";
import type { Fault } from "../../src/estate/faults.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Read, Report } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { subscriptions } from "../estate/ask.ts";
import { collectFrom, configurationOf, inFolder, rowsOf } from "./estate.ts";

const open: Estate[] = [];
afterEach(async () => {
  for (const estate of open.splice(0)) await estate.close();
});

async function collected(options: EstateOptions = {}): Promise<SnapshotContent & { requests: Estate["requests"] }> {
  const estate = await startEstate({ pageSize: 50, ...options });
  open.push(estate);
  const content = await collectFrom(configurationOf(estate), { request: 15_000 });
  return { ...content, requests: estate.requests };
}

const vaultsIn = (subscription: string, group: string): string =>
  `${subscription}/resourcegroups/${group}/providers/microsoft.keyvault/vaults`;
const dev = `${vaultsIn(subscriptions.dev, "rg-data-dev")}/kv-brackwater-dev`;
const prod = `${vaultsIn(subscriptions.prod, "rg-data-prod")}/kv-brackwater-prod`;
const hub = `${vaultsIn(subscriptions.platform, "rg-management")}/kv-brackwater-hub`;

const read = (content: SnapshotContent, id: string): Read | undefined => content.reads.find((each) => each.id === id);
const row = (content: SnapshotContent, id: string): Row | undefined =>
  ["azure.keyVault", "azure.keyVaultSecret", "azure.keyVaultKey", "azure.keyVaultCertificate"]
    .map((kind) => rowsOf(content, kind).get(id))
    .find((each) => each !== undefined);
const openReads = (content: SnapshotContent): string[] =>
  content.reads.filter((each) => each.outcome !== "complete").map((each) => `${each.outcome} ${each.id}`);

/** Changes a vault of the estate and what it holds. */
function edited(name: string, change: (properties: JsonObject, held: KeyVault) => void): EstateOptions {
  return {
    edit: ({ arm, keyVault }: EstateData) => {
      const vault = arm.keyVaults.find((each) => each.name === name);
      const held = keyVault[name];
      if (vault === undefined || held === undefined) throw new Error(`the estate has no ${name}`);
      change(vault.properties, held);
    },
  };
}

/** An item of a list, with its attributes. */
function itemOf(list: JsonObject[], index: number): JsonObject & { attributes: JsonObject } {
  return list[index] as JsonObject & { attributes: JsonObject };
}

describe("a key vault", () => {
  test("that goes by access policies says who may do what, and leaves nothing open that is not set", async () => {
    const content = await collected();
    expect(row(content, hub)).toEqual({
      id: hub,
      name: "kv-brackwater-hub",
      location: "westeurope",
      subscriptionId: subscriptions.platform.slice("/subscriptions/".length),
      resourceGroup: "rg-management",
      tenantId: "d5e5fa57-8f60-4997-8298-72c293a033d6",
      sku: "standard",
      host: "kv-brackwater-hub.vault.azure.net",
      authorization: "accessPolicies",
      accessPolicies: [
        {
          tenantId: "d5e5fa57-8f60-4997-8298-72c293a033d6",
          objectId: "462538db-0a00-4d05-aa4a-6859c1c1743d",
          applicationId: null,
          keys: [],
          secrets: ["get", "list", "set"],
          certificates: ["get", "list"],
          storage: [],
        },
        expect.objectContaining({ objectId: "9993704d-a71d-4197-8020-e104b91acf90", keys: ["get", "list"] }),
        expect.objectContaining({ secrets: ["all"], keys: [], applicationId: null }),
        expect.objectContaining({ objectId: "a19759fd-e5ec-4e99-a44e-f6d024599373", secrets: ["get", "list", "set"] }),
        expect.objectContaining({ objectId: "745dacba-34e9-40fb-9280-3b7c7eaece97", secrets: ["get"] }),
        expect.objectContaining({ objectId: "7c66595d-5687-4cb0-8a3e-7587c8bdf1c4", secrets: ["get"] }),
      ],
      principalIds: [
        "462538db-0a00-4d05-aa4a-6859c1c1743d",
        "9993704d-a71d-4197-8020-e104b91acf90",
        "079faadd-405a-4fa2-afb2-45685f8e6f37",
        "a19759fd-e5ec-4e99-a44e-f6d024599373",
        "745dacba-34e9-40fb-9280-3b7c7eaece97",
        "7c66595d-5687-4cb0-8a3e-7587c8bdf1c4",
      ],
      softDelete: true,
      softDeleteRetentionDays: 90,
      purgeProtection: true,
      publicNetworkAccess: null,
      networkRules: {
        defaultAction: "deny",
        bypass: "azureservices",
        ipRules: ["198.51.100.16/28"],
        virtualNetworkRules: [],
        resourceRules: [],
      },
      updatedOn: "2026-09-21T08:02:48.929Z",
      tags: { purpose: "certificates of the hub network" },
    });
    expect(row(content, dev)).toMatchObject({ authorization: "rbac", accessPolicies: [], principalIds: [] });
  });

  test("without a list of access policies has said nothing of who is let in", async () => {
    const content = await collected(
      edited("kv-brackwater-hub", (properties) => {
        delete properties.accessPolicies;
      }),
    );
    expect(row(content, hub)).not.toHaveProperty("accessPolicies");
    expect(row(content, hub)).not.toHaveProperty("principalIds");
  });

  test("with purge protection, soft delete and a firewall that were never set", async () => {
    const content = await collected(
      edited("kv-brackwater-dev", (properties) => {
        for (const name of ["enablePurgeProtection", "enableSoftDelete", "softDeleteRetentionInDays", "networkAcls"])
          delete properties[name];
      }),
    );
    expect(row(content, dev)).toMatchObject({ purgeProtection: false, networkRules: null });
    expect(row(content, dev)).not.toHaveProperty("softDelete");
    expect(row(content, dev)).not.toHaveProperty("softDeleteRetentionDays");
    expect(openReads(content)).toEqual([]);
  });

  test("whoever its access policies name is looked up, a role or not; one that is gone is told", async () => {
    const gone = "00000000-0000-4000-8000-00000000dead";
    const content = await collected(
      edited("kv-brackwater-hub", (properties) => {
        const [first] = properties.accessPolicies as JsonObject[];
        properties.accessPolicies = [...(properties.accessPolicies as JsonObject[]), { ...first, objectId: gone }];
      }),
    );
    const principals = rowsOf(content, "azure.principal");
    expect(principals.get("462538db-0a00-4d05-aa4a-6859c1c1743d")).toMatchObject({
      type: "User",
      displayName: "Henrik Dahl",
      state: "active",
    });
    expect(principals.get(gone)).toMatchObject({ state: "deleted", displayName: null });
  });

  test("whose list is refused leaves everything unread that would be found by way of it", async () => {
    const path = /GET \/subscriptions\/0cdc[^/]*\/providers\/Microsoft\.KeyVault\/vaults/;
    const content = await collected({ faults: [{ kind: "forbidden", path }] });
    expect(read(content, `azure.keyVault ${subscriptions.prod}`)).toMatchObject({
      outcome: "refused",
      status: 403,
      permission: "Microsoft.KeyVault/vaults/read, in Reader",
    });
    expect(openReads(content).sort()).toEqual([
      `notAttempted azure.keyVaultCertificate ${subscriptions.prod}`,
      `notAttempted azure.keyVaultKey ${subscriptions.prod}`,
      `notAttempted azure.keyVaultSecret ${subscriptions.prod}`,
      `partial azure.diagnosticSetting ${subscriptions.prod}`,
      `refused azure.keyVault ${subscriptions.prod}`,
    ]);
    expect(row(content, prod)).toBeUndefined();
    expect(row(content, dev)).toBeDefined();
  });

  test("lets in addresses and ranges of both versions", async () => {
    const ipRules = ["203.0.113.7", "198.51.100.0/24", "2001:db8::/32", "::1"];
    const content = await collected(
      edited("kv-brackwater-dev", (properties) => {
        properties.networkAcls = { defaultAction: "Deny", ipRules: ipRules.map((value) => ({ value })) };
      }),
    );
    expect(row(content, dev)).toMatchObject({ networkRules: { ipRules } });
    expect(openReads(content)).toEqual([]);
  });

  test.each([
    ["enableRbacAuthorization", "authorization", "yes"],
    ["publicNetworkAccess", "publicNetworkAccess", 7],
    ["enablePurgeProtection", "purgeProtection", "on"],
    ["softDeleteRetentionInDays", "softDeleteRetentionDays", "90 days"],
    ["networkAcls", "networkRules", { defaultAction: "Deny", ipRules: [{ value: "the office, password hunter2" }] }],
  ])("with a %s of another type has no %s, and the rest is there", async (property, field, value) => {
    const content = await collected(
      edited("kv-brackwater-dev", (properties) => {
        properties[property] = value;
      }),
    );
    expect(row(content, dev)).not.toHaveProperty(field);
    expect(row(content, dev)).toMatchObject({ name: "kv-brackwater-dev", host: "kv-brackwater-dev.vault.azure.net" });
    expect(read(content, `azure.keyVault ${subscriptions.dev}`)).toMatchObject({
      outcome: "partial",
      cause: expect.stringContaining(`a row has a malformed ${field}`),
    });
  });
});

describe("what a vault holds", () => {
  test("a secret's value is as old as its newest version, and an edit of its tags does not make it younger", async () => {
    const content = await collected();
    expect(row(content, `${dev}/secrets/carrier-api`)).toEqual({
      id: `${dev}/secrets/carrier-api`,
      vaultId: dev,
      name: "carrier-api",
      readBy: "dataPlane",
      enabled: true,
      created: "2026-10-18T06:05:53.000Z",
      updated: "2026-10-18T08:05:53.000Z",
      notBefore: null,
      expires: "2027-01-16T06:05:53.000Z",
      contentType: "text/plain",
      managed: false,
      recoveryLevel: "Recoverable",
      tags: {},
    });
    expect(row(content, `${dev}/secrets/portal-tls`)).toMatchObject({ managed: true });
    expect(row(content, `${dev}/secrets/warehouse-reader`)).toMatchObject({ contentType: null });
  });

  test("a key with how it is renewed: after a time, before its end, by its certificate, or not at all", async () => {
    const content = await collected();
    const policyOf = (name: string): unknown => row(content, `${dev}/keys/${name}`)?.rotationPolicy;
    expect(policyOf("warehouse-encryption")).toEqual({
      rotates: true,
      rotateDaysAfterCreation: 90,
      rotateDaysBeforeExpiry: null,
      notifyDaysBeforeExpiry: 30,
      expiryDays: 120,
    });
    expect(policyOf("flow-signing")).toMatchObject({ rotates: true, rotateDaysBeforeExpiry: 30, expiryDays: 90 });
    expect(policyOf("export-wrapping")).toMatchObject({ rotates: false, notifyDaysBeforeExpiry: 30, expiryDays: null });
    expect(policyOf("portal-tls")).toBeNull();
    expect(read(content, `azure.keyVaultKey.rotationPolicy ${dev}/keys/portal-tls`)).toBeUndefined();
    expect(row(content, `${dev}/keys/export-wrapping`)).toMatchObject({ expires: null, managed: false, tags: {} });
  });

  test("a certificate with its thumbprint and its end", async () => {
    const content = await collected();
    expect(row(content, `${dev}/certificates/portal-tls`)).toEqual({
      id: `${dev}/certificates/portal-tls`,
      vaultId: dev,
      name: "portal-tls",
      enabled: true,
      created: "2026-10-01T06:17:46.000Z",
      updated: "2026-10-01T09:17:46.000Z",
      notBefore: "2026-10-01T06:17:46.000Z",
      expires: "2026-12-30T06:17:46.000Z",
      thumbprint: "fLi3U52HunIVNXubkEnf8tP6Wbo",
      tags: {},
    });
  });

  test("every page of a long list, 25 at most at once, and Resource Manager is not asked beside", async () => {
    const content = await collected({ pageSize: 2 });
    expect(read(content, `azure.keyVaultSecret ${dev}`)).toMatchObject({ outcome: "complete", pages: 3, items: 5 });
    expect(read(content, `azure.keyVaultKey ${dev}`)).toMatchObject({ outcome: "complete", pages: 2, items: 4 });
    expect(content.requests.some(({ path }) => /\/vaults\/[^/]+\/(?:secrets|keys)/i.test(path))).toBe(false);
    const first = content.requests.find(({ path }) => path.startsWith("/vault/kv-brackwater-dev/secrets"));
    expect(first?.path).toBe("/vault/kv-brackwater-dev/secrets?api-version=7.4&maxresults=25");
  });

  test("no value of a secret is asked for, nor key material, also where the lists are refused", async () => {
    for (const faults of [[], [{ kind: "forbidden", path: /\/vault\// } as const]]) {
      const { requests } = await collected({ faults });
      const asked = requests.map(({ path }) => path.split("?")[0] ?? "").filter((path) => /vaults?\//i.test(path));
      const lists = /\/(?:vaults|secrets|keys|certificates)$|\/keys\/[\w-]+\/rotationpolicy$|\/diagnosticSettings$/;
      expect(asked.filter((path) => !lists.test(path))).toEqual([]);
      expect(asked.length).toBeGreaterThan(10);
    }
  });

  test("credentials in content types and tags are masked", async () => {
    const token = `ghp_${"16C7e42F292c6912E7710c838347Ae178B4a"}`;
    const content = await collected(
      edited("kv-brackwater-dev", (_, { secrets }) => {
        Object.assign(itemOf(secrets, 0), { contentType: `token ${token}`, tags: { note: token } });
      }),
    );
    expect(row(content, `${dev}/secrets/dbt-profile`)).toMatchObject({
      contentType: expect.stringContaining("••••"),
      tags: { note: expect.stringContaining("••••") },
    });
    expect(JSON.stringify([...content.rows, content.reads])).not.toContain(token);
  });
});

describe("a vault that lets the reader not in", () => {
  const secretsOf = (name: string): RegExp => new RegExp(`/vault/${name}/secrets`);

  test("names the right that is missing; what Resource Manager tells instead is marked, and is no whole list", async () => {
    const faults: Fault[] = [{ kind: "forbidden", path: secretsOf("kv-brackwater-dev") }];
    const content = await collected({ faults });
    expect(read(content, `azure.keyVaultSecret ${dev}`)).toMatchObject({
      outcome: "refused",
      cause: "403 ForbiddenByRbac",
      permission: "Microsoft.KeyVault/vaults/secrets/readMetadata/action, in Key Vault Reader; Reader does not hold it",
    });
    expect(read(content, `azure.keyVaultSecret.resourceManager ${dev}`)).toMatchObject({
      outcome: "complete",
      endpoint: `GET ${dev}/secrets`,
      apiVersion: "2023-07-01",
      items: 5,
    });
    expect(row(content, `${dev}/secrets/carrier-api`)).toEqual({
      id: `${dev}/secrets/carrier-api`,
      vaultId: dev,
      name: "carrier-api",
      readBy: "resourceManager",
      enabled: true,
      updated: "2026-10-18T08:05:53.000Z",
      notBefore: null,
      expires: "2027-01-16T06:05:53.000Z",
    });
    expect(openReads(content)).toEqual([`refused azure.keyVaultSecret ${dev}`]);
  });

  test("because of its firewall says so, and names no right, for none is missing", async () => {
    const faults: Fault[] = [{ kind: "firewall", path: /\/vault\/kv-brackwater-dev\// }];
    const content = await collected({ faults });
    for (const kind of ["azure.keyVaultSecret", "azure.keyVaultKey", "azure.keyVaultCertificate"]) {
      expect(read(content, `${kind} ${dev}`), kind).toMatchObject({
        outcome: "refused",
        status: 403,
        cause: "403 ForbiddenByFirewall: the network rules do not let the reader in",
        permission: null,
      });
    }
    expect(row(content, `${dev}/keys/flow-signing`)).toMatchObject({
      readBy: "resourceManager",
      recoveryLevel: "Recoverable",
    });
    expect(row(content, `${dev}/keys/flow-signing`)).not.toHaveProperty("managed");
    expect(row(content, `${dev}/keys/flow-signing`)).not.toHaveProperty("rotationPolicy");
    expect(read(content, `azure.keyVaultKey.rotationPolicy ${dev}/keys/flow-signing`)).toMatchObject({
      outcome: "notAttempted",
    });
    expect(row(content, `${dev}/certificates/portal-tls`)).toBeUndefined();
  });

  test("and whose Resource Manager refuses too leaves two lines and no rows", async () => {
    const faults: Fault[] = [{ kind: "forbidden", path: /kv-brackwater-dev\/secrets/i }];
    const content = await collected({ faults });
    expect(openReads(content).sort()).toEqual([
      `refused azure.keyVaultSecret ${dev}`,
      `refused azure.keyVaultSecret.resourceManager ${dev}`,
    ]);
    expect([...rowsOf(content, "azure.keyVaultSecret").keys()].filter((id) => id.startsWith(dev))).toEqual([]);
  });

  test("after its first page keeps what came, and Resource Manager adds the rest without doubling", async () => {
    const faults: Fault[] = [{ kind: "serverError", path: /\/vault\/kv-brackwater-dev\/secrets\?.*skiptoken/ }];
    const content = await collected({ faults, pageSize: 2 });
    const held = [...rowsOf(content, "azure.keyVaultSecret").values()].filter((each) => each.vaultId === dev);
    const by = Object.groupBy(held, (each) => String(each.readBy));
    expect([by.dataPlane?.length, by.resourceManager?.length]).toEqual([2, 3]);
    expect(read(content, `azure.keyVaultSecret ${dev}`)?.outcome).toBe("partial");
  });

  test("to one rotation policy leaves that one unread", async () => {
    const faults: Fault[] = [{ kind: "forbidden", path: /\/keys\/flow-signing\/rotationpolicy/ }];
    const content = await collected({ faults });
    expect(openReads(content).length).toBe(3);
    expect(read(content, `azure.keyVaultKey.rotationPolicy ${dev}/keys/flow-signing`)).toMatchObject({
      outcome: "refused",
      permission: "Microsoft.KeyVault/vaults/keyrotationpolicies/read, in Key Vault Reader; Reader does not hold it",
    });
    expect(row(content, `${dev}/keys/flow-signing`)).not.toHaveProperty("rotationPolicy");
    expect(row(content, `${dev}/keys/warehouse-encryption`)).toHaveProperty("rotationPolicy");
  });
});

describe("a malformed answer of a vault", () => {
  test.each([
    ["created", "yesterday", "created"],
    ["exp", "never", "expires"],
    ["enabled", "yes", "enabled"],
  ])("%s %j is no %s: the field is unread and the read partial, and the rest goes on", async (name, value, field) => {
    const content = await collected(
      edited("kv-brackwater-dev", (_, { secrets }) => {
        itemOf(secrets, 1).attributes[name] = value;
      }),
    );
    expect(row(content, `${dev}/secrets/carrier-api`)).not.toHaveProperty(field);
    expect(row(content, `${dev}/secrets/carrier-api`)).toMatchObject({
      name: "carrier-api",
      contentType: "text/plain",
    });
    expect(row(content, `${dev}/secrets/dbt-profile`)).toHaveProperty(field);
    expect(openReads(content)).toEqual([`partial azure.keyVaultSecret ${dev}`]);
  });

  test.each([
    ["an address of another collection", { id: "https://kv-brackwater-dev.vault.azure.net/keys/carrier-api" }],
    ["no address", { id: 7 }],
  ])("an item with %s makes no row", async (_, change) => {
    const content = await collected(
      edited("kv-brackwater-dev", (_, { secrets }) => {
        Object.assign(itemOf(secrets, 1), change);
      }),
    );
    expect(row(content, `${dev}/secrets/carrier-api`)).toBeUndefined();
    expect(openReads(content)).toEqual([`partial azure.keyVaultSecret ${dev}`]);
  });

  test.each([
    ["a duration in hours", { timeAfterCreate: "PT12H" }],
    ["a duration that is none", { timeAfterCreate: "ninety days" }],
  ])("%s makes a rotation policy unread", async (_, trigger) => {
    const content = await collected(
      edited("kv-brackwater-dev", (_, { rotationPolicies }) => {
        Object.assign(rotationPolicies[0] ?? {}, { lifetimeActions: [{ trigger, action: { type: "Rotate" } }] });
      }),
    );
    const id = `${dev}/keys/warehouse-encryption`;
    expect(row(content, id)).toMatchObject({ enabled: true });
    expect(row(content, id)).not.toHaveProperty("rotationPolicy");
    expect(openReads(content)).toEqual([`partial azure.keyVaultKey.rotationPolicy ${id}`]);
  });
});

describe("a policy of one's own", () => {
  const policies = {
    "secret-age": `target: azure.keyVaultSecret
when: '!r.managed'
require: 'now - r.created <= duration("60d")'`,
    "secret-expires": `target: azure.keyVaultSecret
require: 'r.expires != null'`,
    "key-rotates": `target: azure.keyVaultKey
when: 'r.rotationPolicy != null'
require: 'r.rotationPolicy.rotates'`,
    "account-key-age": `target: azure.storageAccount
require: 'r.key1CreatedOn != null && now - r.key1CreatedOn <= duration("90d")'`,
    "lake-for-groups": `target: azure.storageContainer
when: 'r.accessControl != null'
require: 'r.principals.all(p, p.type != "User")'`,
    "vault-for-known": `target: azure.keyVault
when: 'r.authorization == "accessPolicies" && "prod" in r.environments'
require: 'r.principals.all(p, p.state == "active")'`,
  };

  /** How many rows each policy passes, fails and leaves unknown. */
  function judged(content: SnapshotContent, estate: Estate): Record<string, number[]> {
    const report: Report = inFolder((folder) => {
      for (const [name, text] of Object.entries(policies)) {
        const head = `id: own/${name}\ntitle: ${name}\nseverity: low\nconfidence: certain\ncontrols: { soc2: [CC6.1] }`;
        writeFileSync(join(folder, `${name}.yaml`), `${head}\n${text}\nmessage: "{r.id}"\n`);
      }
      const own = loadInForce(policySources({ policies: [folder] }, null), null, {}).policies;
      writeSnapshot(join(folder, "snapshot"), content);
      const snapshot = openSnapshot(join(folder, "snapshot"));
      return evaluate({ snapshot, configuration: configurationOf(estate), policies: own });
    });
    return Object.fromEntries(
      report.policies.map(({ id, population: { pass, fail, unknown } }) => [id, [pass, fail, unknown]]),
    );
  }

  async function judgedWith(faults: readonly Fault[]): Promise<Record<string, number[]>> {
    const estate = await startEstate({ pageSize: 50, faults });
    open.push(estate);
    return judged(await collectFrom(configurationOf(estate), { request: 15_000 }), estate);
  }

  test("decides on everything that was read", async () => {
    expect(await judgedWith([])).toEqual({
      "own/account-key-age": [6, 2, 0],
      "own/key-rotates": [8, 1, 0],
      "own/lake-for-groups": [22, 0, 0],
      "own/secret-age": [11, 2, 0],
      "own/secret-expires": [15, 1, 0],
      "own/vault-for-known": [0, 0, 0],
    });
  });

  test("passes no secret whose vault let nobody in, save where what Resource Manager tells decides", async () => {
    const outcome = await judgedWith([{ kind: "firewall", path: /\/vault\/kv-brackwater-dev\// }]);
    expect(outcome).toMatchObject({
      "own/secret-age": [7, 2, 5],
      "own/secret-expires": [15, 1, 0],
      "own/key-rotates": [6, 0, 4],
    });
  });

  test("passes no file system whose access control list was refused", async () => {
    const outcome = await judgedWith([{ kind: "forbidden", path: /^HEAD \/lake\/stbrackwaterlakedev\// }]);
    expect(outcome["own/lake-for-groups"]).toEqual([17, 0, 5]);
  });
});
