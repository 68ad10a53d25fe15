import { afterAll, beforeAll, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { all, ask, assignmentsOf, definitionsOf, post, subscriptions } from "./ask.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate.close());

test.each([
  ["role assignments", assignmentsOf(subscriptions.dev), 10],
  ["role definitions", definitionsOf(subscriptions.prod), 10],
  ["service principals", "/graph/v1.0/servicePrincipals?$select=id,displayName&$top=999", 5],
  ["users", "/graph/v1.0/users", 5],
  ["secrets of a vault", "/vault/kv-brackwater-dev/secrets?api-version=7.4&maxresults=25", 3],
])("%s come in full pages and a last one, no row twice", async (_, path, size) => {
  const { rows, pages } = await all(estate, path);
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.slice(0, -1).every((length) => length === size)).toBe(true);
  expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
});

test("every next link stays on the estate's own host and keeps the api-version", async () => {
  const { nextLink } = (await ask(estate, assignmentsOf(subscriptions.dev))).json();
  expect(nextLink?.startsWith(`${estate.url}/subscriptions/`)).toBe(true);
  expect(nextLink).toContain("api-version=2022-04-01");
});

test("Synapse role assignments continue by a header until there is none", async () => {
  const path = "/synapse/syn-brackwater-prod/roleAssignments?api-version=2020-12-01";
  const ids = new Set<string>();
  let count = 0;
  for (let token: string | null = ""; token !== null; ) {
    const page = await ask(estate, path, token ? { headers: { "x-ms-continuation": token } } : {});
    count = Number(page.json().count);
    for (const row of page.json().value) ids.add(row.id);
    token = page.headers.get("x-ms-continuation");
  }
  expect(ids.size).toBe(count);
  expect(count).toBeGreaterThan(4);
});

test("Prefect pages by offset and limit, and its count agrees", async () => {
  const everything = { block_documents: { is_anonymous: null } };
  const names: unknown[] = [];
  for (let offset = 0; ; offset += 4) {
    const page = await post(estate, "/prefect/prod/api/block_documents/filter", { ...everything, offset, limit: 4 });
    const rows: { id: string }[] = JSON.parse(page.text);
    if (rows.length === 0) break;
    names.push(...rows.map((row) => row.id));
  }
  const count = await post(estate, "/prefect/prod/api/block_documents/count", everything);
  expect(new Set(names).size).toBe(Number(count.text));
});

test("Prefect hides anonymous blocks unless they are asked for", async () => {
  const count = async (filter: unknown) =>
    Number((await post(estate, "/prefect/dev/api/block_documents/count", filter)).text);
  const named = await count({});
  expect(await count({ block_documents: {} })).toBe(named);
  expect(await count({ block_documents: { is_anonymous: null } })).toBe(named + 1);
  expect(await count({ block_documents: { is_anonymous: { eq_: true } } })).toBe(1);
});

test("Prefect refuses a page of more than 200", async () => {
  const answer = await post(estate, "/prefect/dev/api/variables/filter", { limit: 201 });
  expect(answer.status).toBe(422);
  expect(answer.text).toContain("must be less than or equal to 200");
});

test("an empty page in front and a blank next link at the end are part of it", async () => {
  const deny = `${subscriptions.prod}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01`;
  expect((await all(estate, deny)).pages).toEqual([0, 4]);
  const group = "resourceGroups/rg-data-dev/providers/Microsoft.Synapse/workspaces/syn-brackwater-dev";
  const rules = await ask(estate, `${subscriptions.dev}/${group}/firewallRules?api-version=2021-06-01`);
  expect(rules.json().nextLink).toBe("");
});

test("a page size can be chosen", async () => {
  const small = await startEstate({ pageSize: 2 });
  const { pages } = await all(small, "/subscriptions?api-version=2022-12-01");
  await small.close();
  expect(pages).toEqual([2, 2]);
});
