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
    expect(ledger.reads).toMatchObject([{ id: "azure.roleAssignment.count tenant", outcome: "complete", pages: 2 }]);
    expect(counts.get("azure.roleAssignment")?.size).toBe(251);
    expect(counts.get("azure.roleAssignment")?.get(absent(7))).toBe(0);
    expect(counts.get("azure.roleAssignment")?.get(subscriptions.prod)).toBeGreaterThan(0);
  } finally {
    await estate.close();
  }
});
