import { expect, test } from "vitest";
import { readCounts } from "../../src/collect/azure/counts.ts";
import { azureServices } from "../../src/collect/azure/services.ts";
import { defaultLimits } from "../../src/collect/http/guard.ts";
import { Ledger } from "../../src/collect/ledger.ts";
import { type EstateOptions, startEstate } from "../../src/estate/server.ts";
import type { Read } from "../../src/resources/generated.ts";
import { subscriptions } from "../estate/ask.ts";
import { collectFrom, configurationOf, pauses } from "./estate.ts";

const graph = /Microsoft\.ResourceGraph/;

async function collected(options: EstateOptions): Promise<{ reads: readonly Read[]; asked: number }> {
  const estate = await startEstate(options);
  try {
    const { reads } = await collectFrom(configurationOf(estate), { request: 15_000, tries: 1 });
    const queries = reads.filter((each) => graph.test(each.endpoint));
    const asked = queries.filter((each) => each.id === "azure.roleAssignment.count tenant");
    return { reads, asked: asked.reduce((sum, { pages }) => sum + pages, 0) };
  } finally {
    await estate.close();
  }
}

const lists = (reads: readonly Read[]): Record<string, string | null> =>
  Object.fromEntries(
    reads
      .filter((each) => each.kind === "azure.roleAssignment" && each.fields.length === 0)
      .filter((each) => each.scope.startsWith("/subscriptions/"))
      .map((each) => [each.scope, each.cause]),
  );

const count = (reads: readonly Read[]): Read | undefined =>
  reads.find((each) => each.id === "azure.roleAssignment.count tenant");

test("role assignments of all subscriptions are counted by one query, and a line of the ledger says so", async () => {
  const { reads, asked } = await collected({});
  expect(asked).toBe(1);
  expect(count(reads)).toMatchObject({ outcome: "complete", pages: 1, items: 4 });
  expect(Object.values(lists(reads))).toEqual([null, null, null, null]);
});

test("a list that falls short of its count is partial, and the lists of other subscriptions are not", async () => {
  const path = new RegExp(`${subscriptions.prod}/providers/Microsoft.Authorization/roleAssignments`, "i");
  const { reads } = await collected({ faults: [{ kind: "missingScope", path }] });
  const short = /^the list has \d+ role assignments at or below the subscription, and Resource Graph counts \d+$/;
  const found = lists(reads);
  expect(found[subscriptions.prod]).toMatch(short);
  expect(Object.values(found).filter((each) => each !== null)).toHaveLength(1);
});

test("a count that is refused doubts no list, and names the permission", async () => {
  const { reads } = await collected({ faults: [{ kind: "forbidden", path: graph }] });
  expect(count(reads)).toMatchObject({
    outcome: "refused",
    permission: expect.stringContaining("Microsoft.Authorization/roleAssignments/read"),
  });
  expect(Object.values(lists(reads))).toEqual([null, null, null, null]);
});

test("a count of another form is no count: its read is partial", async () => {
  const { reads } = await collected({ faults: [{ kind: "noValue", path: graph }] });
  expect(count(reads)).toMatchObject({ outcome: "failed", cause: "the answer has no list under data" });
  expect(Object.values(lists(reads))).toEqual([null, null, null, null]);
});

test("more subscriptions than one query may name are counted by several, in one line", async () => {
  const estate = await startEstate();
  try {
    const ledger = new Ledger(defaultLimits, pauses());
    const endpoints = configurationOf(estate).azure;
    if (endpoints === null) throw new Error("the sample estate has Azure");
    const azure = await azureServices(endpoints, { request: 1000, token: 1000 });
    const absent = (index: number): string =>
      `/subscriptions/${String(index).padStart(8, "0")}-aaaa-4aaa-8aaa-000000000000`;
    const asked = [...Array.from({ length: 250 }, (_, index) => absent(index)), subscriptions.prod];
    const counts = await readCounts({ ledger, azure, asOf: 0, fingerprint: undefined }, asked);
    // An answer holds a thousand rows, a row for each of seven types in a subscription: 142 subscriptions at once.
    expect(ledger.reads).toMatchObject([
      { id: "azure.roleAssignment.count tenant", outcome: "complete", pages: 2 },
      { id: "azure.subscription.count tenant", outcome: "complete", pages: 2 },
    ]);
    expect(counts.get("azure.roleAssignment")?.size).toBe(251);
    expect(counts.get("azure.roleAssignment")?.get(absent(7))).toBe(0);
    expect(counts.get("azure.roleAssignment")?.get(subscriptions.prod)).toBeGreaterThan(0);
  } finally {
    await estate.close();
  }
});

test("a list of workspaces, vaults, accounts, identities or pools that falls short of its count is partial", async () => {
  const missing: [string, RegExp][] = [
    ["synapse.workspace", /^GET .*\/providers\/Microsoft\.Synapse\/workspaces\?/],
    ["synapse.sqlPool", /^GET .*\/sqlPools\?/],
    ["synapse.sparkPool", /^GET .*\/bigDataPools\?/],
    ["azure.keyVault", /^GET .*\/providers\/Microsoft\.KeyVault\/vaults\?/],
    ["azure.storageAccount", /^GET .*\/providers\/Microsoft\.Storage\/storageAccounts\?/],
    ["azure.logWorkspace", /^GET .*\/providers\/Microsoft\.OperationalInsights\/workspaces\?/],
    ["azure.managedIdentity", /^GET .*\/userAssignedIdentities\?/],
  ];
  for (const [kind, path] of missing) {
    const { reads } = await collected({ faults: [{ kind: "missingItem", path }] });
    const found = reads.filter((each) => each.kind === kind && each.outcome === "partial").map((each) => each.cause);
    expect(found, kind).not.toEqual([]);
    for (const cause of found) expect(cause).toMatch(/^the list has \d+ .* and Resource Graph counts \d+$/);
  }
});

test("a list of roles that lacks a custom role which Resource Graph knows is partial", async () => {
  const path = new RegExp(`${subscriptions.dev}/providers/Microsoft.Authorization/roleDefinitions`, "i");
  const { reads } = await collected({ faults: [{ kind: "missingScope", path }] });
  expect(reads.find((each) => each.id === `azure.roleDefinition ${subscriptions.dev}`)).toMatchObject({
    outcome: "partial",
    cause: "the list lacks 2 custom roles that Resource Graph knows",
  });
});

test("lists of role assignments that lack one on a management group are partial, where Resource Graph knows it", async () => {
  const path = /^GET .*\/roleAssignments\?/;
  // The first items of a subscription's list are those that it inherits.
  const { reads } = await collected({ faults: [{ kind: "missingItem", path }] });
  const found = Object.values(lists(reads));
  expect(found).toContain("the list lacks 1 inherited role assignments that Resource Graph knows");
});

test("Resource Graph that sees less than the lists hold, or nothing, doubts none", async () => {
  const { reads } = await collected({
    onRequest: (line, { arm }) => {
      // It is late: what was just made is not there yet.
      if (!graph.test(line)) return;
      for (const list of [arm.synapseWorkspaces, arm.keyVaults, arm.storageAccounts, arm.roleDefinitions])
        list.length = 0;
    },
  });
  expect(reads.filter((each) => each.outcome !== "complete")).toEqual([]);
});
