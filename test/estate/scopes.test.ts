import { afterAll, beforeAll, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { all, ask, assignmentsOf, definitionsOf, post, type Row, subscriptions } from "./ask.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate.close());

const scopes = (rows: Row[]) => rows.map((row) => row.properties.scope.toLowerCase());
const below = (scope: string) => (each: string) => each === scope || each.startsWith(`${scope}/`);

test("a subscription's list shows grants at it, below it, and inherited from above", async () => {
  const found = scopes((await all(estate, assignmentsOf(subscriptions.dev))).rows);
  expect(found).toContain("/");
  expect(found).toContain("/providers/microsoft.management/managementgroups/mg-data");
  expect(found).toContain(subscriptions.dev);
  expect(found.some((each) => each.includes("/containers/"))).toBe(true);
  expect(found).not.toContain("/providers/microsoft.management/managementgroups/mg-platform");
  const foreign = found.filter((each) => each.startsWith("/subscriptions/") && !below(subscriptions.dev)(each));
  expect(foreign).toEqual([]);
});

test("atScope() leaves out what is below", async () => {
  const found = scopes((await all(estate, `${assignmentsOf(subscriptions.dev)}&$filter=atScope()`)).rows);
  expect(found.filter((each) => each.startsWith(`${subscriptions.dev}/`))).toEqual([]);
  expect(found).toContain("/");
});

test("a management group's list shows grants at and above it only", async () => {
  const group = "/providers/Microsoft.Management/managementGroups/mg-data";
  const found = new Set(scopes((await all(estate, assignmentsOf(group))).rows));
  expect([...found].filter((each) => each.startsWith("/subscriptions/"))).toEqual([]);
  expect(found.has(group.toLowerCase())).toBe(true);
});

test("rg-data-test does not show what is in rg-data-test-archive", async () => {
  const group = `${subscriptions.test}/resourceGroups/rg-data-test`;
  const found = scopes((await all(estate, assignmentsOf(group))).rows);
  const archive = scopes((await all(estate, assignmentsOf(`${group}-archive`))).rows);
  expect(found.some((each) => each.includes("rg-data-test-archive"))).toBe(false);
  expect(archive.some((each) => each.endsWith("/resourcegroups/rg-data-test-archive"))).toBe(true);
});

test("letter case and doubled slashes make no difference", async () => {
  const plain = await all(estate, assignmentsOf(`${subscriptions.prod}/resourceGroups/rg-data-prod`));
  const shouted = await all(estate, assignmentsOf(`/${subscriptions.prod.toUpperCase()}/resourcegroups/RG-DATA-PROD`));
  expect(shouted.rows.map((row) => row.id)).toEqual(plain.rows.map((row) => row.id));
  expect(scopes(plain.rows).some((each) => each.endsWith("/containers/reference"))).toBe(true);
});

test("a custom role is listed where it can be assigned", async () => {
  const names = async (scope: string) =>
    (await all(estate, definitionsOf(scope))).rows.map((row) => row.properties.roleName);
  expect(await names(subscriptions.dev)).toContain("Synapse Studio Operator");
  expect(await names(subscriptions.prod)).not.toContain("Synapse Studio Operator");
  expect(await names(subscriptions.prod)).toContain("Platform Observer");
  expect(await names(subscriptions.platform)).not.toContain("Platform Observer");
});

test("two subscriptions share a display name", async () => {
  const { rows } = await all(estate, "/subscriptions?api-version=2022-12-01");
  expect(rows).toHaveLength(4);
  expect(new Set(rows.map((row) => row.displayName)).size).toBe(3);
});

test("the hierarchy below the root leads to every subscription", async () => {
  const absent = "/providers/Microsoft.Management/managementGroups/mg-nothing?api-version=2020-05-01";
  expect((await ask(estate, absent)).status).toBe(404);
  const { rows } = await all(estate, "/providers/Microsoft.Management/managementGroups?api-version=2020-05-01");
  const found = await all(estate, `${rows[0]?.id}/descendants?api-version=2020-05-01`);
  expect(found.rows.filter((row) => row.id.startsWith("/subscriptions/"))).toHaveLength(4);
  const tree = await ask(estate, `${rows[0]?.id}?api-version=2020-05-01&$expand=children&$recurse=true`);
  expect(tree.text).toContain(subscriptions.prod);
});

test("Resource Graph counts what the lists hold", async () => {
  const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
  const subscription = subscriptions.dev.slice("/subscriptions/".length);
  const type = "where type =~ 'microsoft.authorization/roleassignments'";
  const query = `authorizationresources | ${type} | summarize count()`;
  const count = async (body: object) => (await post(estate, path, { query, ...body })).json().data;
  const { rows } = await all(estate, assignmentsOf(subscriptions.dev));
  const own = scopes(rows).filter(below(subscriptions.dev)).length;
  expect(await count({ subscriptions: [subscription] })).toEqual([{ count_: own }]);
  const options = { authorizationScopeFilter: "AtScopeAboveAndBelow" };
  expect(await count({ subscriptions: [subscription], options })).toEqual([{ count_: rows.length }]);
  const refused = await post(estate, path, { query: "resources | project id" });
  expect(refused.status).toBe(400);
});

test("transitive members include nested groups, their members, and service principals", async () => {
  const groups = (await all(estate, "/graph/v1.0/groups")).rows;
  const members = async (name: string) => {
    const id = groups.find((group) => group.displayName === name)?.id;
    return (await all(estate, `/graph/v1.0/groups/${id}/transitiveMembers?$select=id,displayName&$top=999`)).rows;
  };
  const names = async (name: string) => (await members(name)).map((row) => row.displayName);
  expect(await names("all-data")).toEqual(expect.arrayContaining(["data-engineers", "Dmitri Volkov", "Grace Okafor"]));
  expect(await names("lake-writers-prod")).toContain("sp-flow-loader-prod");
  const types = (await members("lake-writers-prod")).map((row) => row["@odata.type"]);
  expect(types).toContain("#microsoft.graph.servicePrincipal");
});

test("getByIds leaves out whom Graph no longer knows", async () => {
  const users = (await all(estate, "/graph/v1.0/users")).rows;
  const ids = [users[0]?.id, "00000000-0000-0000-0000-000000000000"];
  const answer = await post(estate, "/graph/v1.0/directoryObjects/getByIds", { ids, types: ["user"] });
  expect(answer.json().value.map((row) => row.id)).toEqual([users[0]?.id]);
  const none = await post(estate, "/graph/v1.0/directoryObjects/getByIds", { ids, types: ["group"] });
  expect(none.json().value).toEqual([]);
});
