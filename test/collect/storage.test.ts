import { afterEach, describe, expect, test } from "vitest";
import type { EstateData } from "../../src/estate/data.ts";
import type { FaultKind } from "../../src/estate/faults.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import type { Read } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { subscriptions } from "../estate/ask.ts";
import { collectFrom, configurationOf, rowsOf } from "./estate.ts";

const open: Estate[] = [];
afterEach(async () => {
  for (const estate of open.splice(0)) await estate.close();
});

async function estateOf(options: EstateOptions = {}): Promise<Estate> {
  const estate = await startEstate({ pageSize: 50, ...options });
  open.push(estate);
  return estate;
}

async function collected(options: EstateOptions = {}): Promise<SnapshotContent> {
  return collectFrom(configurationOf(await estateOf(options)), { request: 15_000, pause: 10, wait: 1500 });
}

const accountsIn = (subscription: string, group: string): string =>
  `${subscription}/resourcegroups/${group}/providers/microsoft.storage/storageaccounts`;
const lake = `${accountsIn(subscriptions.test, "rg-data-test")}/stbrackwaterlaketest`;
const archive = `${accountsIn(subscriptions.test, "rg-data-test-archive")}/stbrackwaterarchive`;
const flows = `${accountsIn(subscriptions.test, "rg-prefect-test")}/stbrackwaterflowstest`;
const containerOf = (account: string, name: string): string => `${account}/blobservices/default/containers/${name}`;

const read = (content: SnapshotContent, id: string): Read | undefined => content.reads.find((each) => each.id === id);
const account = (content: SnapshotContent, id: string): Row | undefined =>
  rowsOf(content, "azure.storageAccount").get(id);
const container = (content: SnapshotContent, of: string, name: string): Row | undefined =>
  rowsOf(content, "azure.storageContainer").get(containerOf(of, name));
const openReads = (content: SnapshotContent): string[] =>
  content.reads.filter((each) => each.outcome !== "complete").map((each) => `${each.outcome} ${each.id}`);
const controlRead = (of: string, name: string): string =>
  `azure.storageContainer.accessControl+principalIds ${containerOf(of, name)}`;

/** Changes the properties of a storage account. */
function edited(name: string, change: (properties: JsonObject, account: JsonObject) => void): EstateOptions {
  return {
    edit: ({ arm }: EstateData) => {
      const found = arm.storageAccounts.find((each) => each.name === name);
      if (found === undefined) throw new Error(`the estate has no ${name}`);
      change(found.properties, found);
    },
  };
}

/** Changes what the lake says of the file system `curated` of the test environment. */
function curated(change: JsonObject): EstateOptions {
  return {
    edit: ({ lake }: EstateData) => {
      const found = lake.stbrackwaterlaketest?.find((each) => each.filesystem === "curated");
      if (found === undefined) throw new Error("the estate has no such file system");
      Object.assign(found, change);
    },
  };
}

describe("a storage account", () => {
  test("with the age of its keys, which needs no key, and what it lets in", async () => {
    expect(account(await collected(), lake)).toEqual({
      id: lake,
      name: "stbrackwaterlaketest",
      location: "westeurope",
      subscriptionId: subscriptions.test.slice("/subscriptions/".length),
      resourceGroup: "rg-data-test",
      accountKind: "storagev2",
      sku: "standard_zrs",
      createdOn: "2024-10-21T10:37:12.888Z",
      key1CreatedOn: "2026-10-10T14:49:28.451Z",
      key2CreatedOn: "2026-11-08T15:47:37.611Z",
      keyExpirationDays: 90,
      sasPolicy: null,
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      minimumTlsVersion: "tls1_2",
      httpsOnly: true,
      publicNetworkAccess: "enabled",
      networkRules: {
        defaultAction: "deny",
        bypass: "azureservices",
        ipRules: ["198.51.100.16/28"],
        virtualNetworkRules: [],
        resourceRules: [],
      },
      isHnsEnabled: true,
      blobHost: "stbrackwaterlaketest.blob.core.windows.net",
      dfsHost: "stbrackwaterlaketest.dfs.core.windows.net",
      encryptionKeySource: "microsoft.storage",
      tags: { environment: "test" },
    });
  });

  test("whose keys are older than the record of their age says so", async () => {
    const content = await collected();
    expect(account(content, archive)).toMatchObject({ key1CreatedOn: null, key2CreatedOn: null });
    expect(openReads(content)).toEqual([]);
  });

  test("on which nothing was ever set counts as Azure counts it, and never as safer", async () => {
    const content = await collected(
      edited("stbrackwaterflowstest", (properties, found) => {
        found.properties = { primaryEndpoints: properties.primaryEndpoints ?? null, keyCreationTime: null };
        delete found.tags;
      }),
    );
    const bare = account(content, flows);
    expect(bare).toMatchObject({
      keyExpirationDays: null,
      allowSharedKeyAccess: true,
      allowBlobPublicAccess: null,
      allowCrossTenantReplication: null,
      minimumTlsVersion: "tls1_0",
      publicNetworkAccess: null,
      networkRules: null,
      isHnsEnabled: false,
      tags: {},
    });
    for (const field of ["key1CreatedOn", "key2CreatedOn", "httpsOnly"]) expect(bare).not.toHaveProperty(field);
    expect(openReads(content)).toEqual([]);
  });

  test("with a policy for shared access signatures, and rules for subnets and resources", async () => {
    const content = await collected(
      edited("stbrackwaterflowstest", (properties) => {
        properties.sasPolicy = { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" };
        properties.networkAcls = {
          defaultAction: "Deny",
          virtualNetworkRules: [{ id: "/subscriptions/S/resourceGroups/R/…/subnets/Data", action: "Allow" }],
          resourceAccessRules: [{ tenantId: "t", resourceId: "/subscriptions/S/…/workspaces/*" }],
        };
      }),
    );
    expect(account(content, flows)).toMatchObject({
      sasPolicy: { expirationPeriod: "1.00:00:00", expirationAction: "log" },
      networkRules: {
        bypass: "azureservices",
        ipRules: [],
        virtualNetworkRules: ["/subscriptions/s/resourcegroups/r/…/subnets/data"],
        resourceRules: ["/subscriptions/s/…/workspaces/*"],
      },
    });
  });

  test("its keys are never asked for", async () => {
    const estate = await estateOf();
    await collectFrom(configurationOf(estate), { request: 15_000 });
    expect(estate.requests.filter(({ path }) => /listKeys|listAccountSas|listServiceSas/i.test(path))).toEqual([]);
  });

  test("pages of accounts and of containers are followed to their end", async () => {
    const content = await collected({ pageSize: 3 });
    const prod = `${accountsIn(subscriptions.prod, "rg-data-prod")}/stbrackwaterlakeprod`;
    expect(read(content, `azure.storageContainer ${prod}`)).toMatchObject({ outcome: "complete", pages: 4, items: 12 });
    expect(read(content, `azure.storageAccount ${subscriptions.test}`)).toMatchObject({ pages: 1, items: 3 });
  });

  test.each([
    ["allowSharedKeyAccess", "allowSharedKeyAccess", "no"],
    ["keyCreationTime", "key1CreatedOn", { key1: "long ago" }],
    ["minimumTlsVersion", "minimumTlsVersion", 12],
    ["isHnsEnabled", "isHnsEnabled", "yes"],
  ])("with a %s of another type has no %s, and the rest is there", async (property, field, value) => {
    const content = await collected(
      edited("stbrackwaterlaketest", (properties) => {
        properties[property] = value;
      }),
    );
    expect(account(content, lake)).not.toHaveProperty(field);
    expect(account(content, lake)).toMatchObject({ httpsOnly: true, keyExpirationDays: 90 });
    expect(read(content, `azure.storageAccount ${subscriptions.test}`)).toMatchObject({
      outcome: "partial",
      cause: `a row has a malformed ${field}`,
    });
  });

  test("of which nobody knows whether it has file systems leaves their access control lists unread", async () => {
    const content = await collected(
      edited("stbrackwaterlaketest", (properties) => {
        properties.isHnsEnabled = "yes";
      }),
    );
    expect(container(content, lake, "raw")).not.toHaveProperty("accessControl");
    expect(read(content, controlRead(lake, "raw"))).toMatchObject({
      outcome: "notAttempted",
      cause: "whether the account has a hierarchical namespace was not read",
    });
  });

  test("whose list is refused leaves its containers unread, and what the other subscriptions have is there", async () => {
    const path = /GET \/subscriptions\/049d[^/]*\/providers\/Microsoft\.Storage\/storageAccounts/;
    const content = await collected({ faults: [{ kind: "forbidden", path }] });
    expect(read(content, `azure.storageAccount ${subscriptions.test}`)).toMatchObject({
      outcome: "refused",
      permission: "Microsoft.Storage/storageAccounts/read, in Reader",
    });
    expect(read(content, `azure.storageContainer ${subscriptions.test}`)?.outcome).toBe("notAttempted");
    expect(rowsOf(content, "azure.storageAccount").size).toBe(5);
  });

  test("for files alone has no containers, and is not asked for them", async () => {
    const options = edited("stbrackwaterflowstest", (_, found) => {
      found.kind = "FileStorage";
    });
    const content = await collected(options);
    expect(read(content, `azure.storageContainer ${flows}`)).toBeUndefined();
    expect(account(content, flows)).toMatchObject({ accountKind: "filestorage" });
    expect(openReads(content)).toEqual([]);
  });
});

describe("a container", () => {
  test("of an ordinary account has no access control list", async () => {
    expect(container(await collected(), flows, "prefect-results")).toEqual({
      id: containerOf(flows, "prefect-results"),
      accountId: flows,
      name: "prefect-results",
      publicAccess: "none",
      isHnsEnabled: false,
      hasImmutabilityPolicy: false,
      hasLegalHold: false,
      accessControl: null,
      principalIds: [],
    });
  });

  test("that is open to everybody says so; one that does not say it is not taken for closed", async () => {
    const content = await collected({
      edit: ({ arm }) => {
        const [first, second] = arm.storageContainers.filter(({ id }) => id.includes("stbrackwaterflowstest"));
        if (first === undefined || second === undefined) throw new Error("the estate has no such containers");
        first.properties.publicAccess = "Container";
        delete second.properties.publicAccess;
      },
    });
    expect(container(content, flows, "prefect-results")).toMatchObject({ publicAccess: "container" });
    expect(container(content, flows, "flow-code")).toBeDefined();
    expect(container(content, flows, "flow-code")).not.toHaveProperty("publicAccess");
  });

  test("whose list is refused is no empty account", async () => {
    const path = /stbrackwaterflowstest\/blobServices/i;
    const content = await collected({ faults: [{ kind: "forbidden", path }] });
    expect(read(content, `azure.storageContainer ${flows}`)).toMatchObject({ outcome: "refused", status: 403 });
    expect(container(content, flows, "flow-code")).toBeUndefined();
  });
});

describe("the root of a file system", () => {
  const analysts = "4ae68b7e-f8e2-4b81-b963-b86707cde0ad";
  const engineers = "79f5ed5a-6760-48d8-bd67-43cb1c2bdf08";

  test("says who may do what beside role assignments, entry by entry", async () => {
    const content = await collected();
    expect(container(content, lake, "curated")).toMatchObject({
      isHnsEnabled: true,
      accessControl: {
        owner: "$superuser",
        group: engineers,
        permissions: "rwxr-x---+",
        acl: [
          { scope: "access", type: "user", id: null, permissions: "rwx" },
          { scope: "access", type: "group", id: null, permissions: "r-x" },
          { scope: "access", type: "group", id: analysts, permissions: "r-x" },
          { scope: "access", type: "mask", id: null, permissions: "r-x" },
          { scope: "access", type: "other", id: null, permissions: "---" },
        ],
      },
      principalIds: [engineers, analysts],
    });
    expect(read(content, controlRead(lake, "curated"))).toMatchObject({
      outcome: "complete",
      status: 200,
      apiVersion: "2023-05-03",
      pages: 1,
    });
  });

  test("says what new things in it get", async () => {
    const raw = container(await collected(), lake, "raw")?.accessControl as { acl: { scope: string; type: string }[] };
    const inherited = raw.acl.filter(({ scope }) => scope === "default");
    expect(inherited.map(({ type }) => type)).toEqual(["user", "user", "group", "mask", "other"]);
  });

  test("whoever it names is looked up", async () => {
    const jonas = "7eb8f0e8-0be2-438e-8825-0205b00237a6";
    const content = await collected(curated({ acl: `user::rwx,user:${jonas}:r--,group::---,mask::r--,other::---` }));
    expect(rowsOf(content, "azure.principal").get(jonas)).toMatchObject({ displayName: "Jonas Weiss" });
  });

  const path = /^HEAD \/lake\/stbrackwaterlaketest\/curated/;
  test.each<[FaultKind, Partial<Read>]>([
    [
      "forbidden",
      {
        outcome: "refused",
        status: 403,
        cause: "403 AuthorizationPermissionMismatch",
        permission:
          "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read, in Storage Blob Data Reader; Reader does not hold it",
      },
    ],
    [
      "firewall",
      {
        outcome: "refused",
        cause: "403 AuthorizationFailure: the network rules do not let the reader in",
        permission: null,
      },
    ],
    ["notFound", { outcome: "failed", status: 404, cause: "404 ResourceNotFound" }],
    ["unauthorized", { outcome: "refused", status: 401 }],
    ["serverError", { outcome: "failed", status: 500 }],
    ["throttle", { outcome: "failed", status: 429 }],
    ["html", { outcome: "failed", status: 200, cause: "the answer has no header x-ms-acl" }],
    ["noValue", { outcome: "failed", status: 200, cause: "the answer has no header x-ms-acl" }],
    ["redirectElsewhere", { outcome: "failed", status: 307 }],
    ["reset", { outcome: "failed", status: null }],
  ])("%s leaves its access control list unread, and nothing else", async (kind, line) => {
    const content = await collected({ faults: [{ kind, path }] });
    expect(read(content, controlRead(lake, "curated"))).toMatchObject(line);
    expect(openReads(content)).toHaveLength(1);
    const row = container(content, lake, "curated");
    expect(row).toMatchObject({ publicAccess: "none" });
    expect(row).not.toHaveProperty("accessControl");
    expect(row).not.toHaveProperty("principalIds");
    expect(container(content, lake, "raw")).toHaveProperty("accessControl");
  });

  test.each([
    ["an entry without permissions", "user::rwx,group:r-x"],
    ["a type that is not known", "user::rwx,everyone::r-x"],
    ["permissions of another form", "user::7,group::5,other::0"],
    ["nothing at all", ""],
  ])("a list with %s is not taken for a shorter one", async (_, acl) => {
    const content = await collected(curated({ acl }));
    expect(container(content, lake, "curated")).not.toHaveProperty("accessControl");
    expect(openReads(content)).toEqual([expect.stringContaining(controlRead(lake, "curated"))]);
  });

  test("is not tried where the configuration gives no address for it, and the line says so", async () => {
    const estate = await estateOf();
    const text = estate.configuration.replace(/^ *dataLake:.*\n/m, "");
    const content = await collectFrom(configurationOf({ ...estate, configuration: text }), { request: 15_000 });
    expect(estate.requests.some((each) => each.path.startsWith("/lake/"))).toBe(false);
    expect(read(content, controlRead(lake, "curated"))).toMatchObject({
      outcome: "notAttempted",
      cause: "the configuration gives no address for it (azure.cloud.dataLake)",
    });
    expect(container(content, lake, "curated")).not.toHaveProperty("accessControl");
    expect(container(content, flows, "flow-code")).toMatchObject({ accessControl: null });
  });
});
