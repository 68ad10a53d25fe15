import { afterEach, expect, test } from "vitest";
import type { Fault } from "../../src/estate/faults.ts";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { all, ask, assignmentsOf, post, subscriptions } from "./ask.ts";

const open: Estate[] = [];
afterEach(async () => {
  for (const estate of open.splice(0)) await estate.close();
});

async function withFaults(...faults: Fault[]): Promise<Estate> {
  const estate = await startEstate({ faults });
  open.push(estate);
  return estate;
}

const arm = assignmentsOf(subscriptions.dev);
const synapse = "/synapse/syn-brackwater-dev/roleAssignments?api-version=2020-12-01";
const graph = "/graph/v1.0/servicePrincipals";
const vault = "/vault/kv-brackwater-dev/secrets?api-version=7.4";
const any = /./;

test.each([
  [arm, "AuthorizationFailed", "Microsoft.Authorization/roleAssignments/read"],
  [graph, "Authorization_RequestDenied", "Insufficient privileges"],
  [synapse, "Unauthorized", "Scope: workspaces/syn-brackwater-dev/*"],
  [vault, "Forbidden", "readMetadata"],
])("forbidden: %s answers 403 as its service does", async (path, code, text) => {
  const answer = await ask(await withFaults({ kind: "forbidden", path: any }), path);
  expect(answer.status).toBe(403);
  expect(answer.json().error.code).toBe(code);
  expect(answer.json().error.message).toContain(text);
});

test.each([
  ["notFound", 404],
  ["unauthorized", 401],
  ["serverError", 500],
] as const)("%s answers %i with the service's error", async (kind, status) => {
  const estate = await withFaults({ kind, path: any });
  for (const path of [arm, graph, synapse, vault]) {
    const answer = await ask(estate, path);
    expect(answer.status).toBe(status);
    expect(answer.json().error.code).not.toBe("");
  }
  expect((await post(estate, "/prefect/dev/api/flows/filter")).status).toBe(status);
});

test("a reader outside the network is refused by the vault and the lake, each in its own words", async () => {
  const estate = await withFaults({ kind: "firewall", path: any });
  expect((await ask(estate, vault)).json().error).toMatchObject({
    code: "Forbidden",
    innererror: { code: "ForbiddenByFirewall" },
  });
  const lake = "/lake/stbrackwaterlakedev/raw/?action=getAccessControl";
  const answer = await ask(estate, lake, { method: "HEAD", headers: { "x-ms-version": "2023-05-03" } });
  expect([answer.status, answer.headers.get("x-ms-error-code")]).toEqual([403, "AuthorizationFailure"]);
  expect((await ask(estate, arm)).json().error.code).toBe("AuthorizationFailed");
});

test("throttle answers 429 and says when to come back; throttleSilent does not", async () => {
  const loud = await ask(await withFaults({ kind: "throttle", path: any, retryAfter: 3600 }), arm);
  expect([loud.status, loud.headers.get("retry-after")]).toEqual([429, "3600"]);
  const silent = await ask(await withFaults({ kind: "throttleSilent", path: any }), arm);
  expect([silent.status, silent.headers.get("retry-after")]).toEqual([429, null]);
});

test("a fault with a number of times is over after them, and leaves other paths alone", async () => {
  const estate = await withFaults({ kind: "throttle", path: /GET .*roleAssignments/, times: 2 });
  const statuses = [];
  for (const path of [arm, graph, arm, arm]) statuses.push((await ask(estate, path)).status);
  expect(statuses).toEqual([429, 200, 429, 200]);
});

test("a fault can be aimed at a decoded query", async () => {
  const estate = await withFaults({ kind: "forbidden", path: /\$filter=atScope\(\)/ });
  expect((await ask(estate, `${arm}&%24filter=atScope%28%29`)).status).toBe(403);
  expect((await ask(estate, arm)).status).toBe(200);
});

test("hang never answers", async () => {
  const estate = await withFaults({ kind: "hang", path: any });
  await expect(ask(estate, arm, { signal: AbortSignal.timeout(200) })).rejects.toThrow(/timeout|aborted/i);
  expect(estate.requests.at(-1)?.status).toBe(0);
});

test("reset cuts the connection", async () => {
  await expect(ask(await withFaults({ kind: "reset", path: any }), arm)).rejects.toThrow("fetch failed");
});

test("truncated is 200 with half of the JSON", async () => {
  const answer = await ask(await withFaults({ kind: "truncated", path: any }), arm);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toContain("application/json");
  expect(answer.json).toThrow(SyntaxError);
});

test("html is 200 with a page of HTML, noValue is 200 with an empty object", async () => {
  const html = await ask(await withFaults({ kind: "html", path: any }), arm);
  expect([html.status, html.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(html.text).toMatch(/^<!doctype html>/);
  const empty = await ask(await withFaults({ kind: "noValue", path: any }), arm);
  expect([empty.status, empty.text]).toEqual([200, "{}"]);
});

test("nextLinkLoop leads to the page itself", async () => {
  const estate = await withFaults({ kind: "nextLinkLoop", path: any });
  const first = (await ask(estate, arm)).json();
  expect(first.nextLink).toBe(estate.url + arm);
  expect((await ask(estate, graph)).json()["@odata.nextLink"]).toBe(estate.url + graph);
  const token = (await ask(estate, synapse)).headers.get("x-ms-continuation") ?? "";
  const again = await ask(estate, synapse, { headers: { "x-ms-continuation": token } });
  expect(again.headers.get("x-ms-continuation")).toBe(token);
  const body = { limit: 1, offset: 1 };
  const flows = JSON.parse((await post(estate, "/prefect/dev/api/flows/filter", body)).text);
  const start = JSON.parse((await post(estate, "/prefect/dev/api/flows/filter", { limit: 1 })).text);
  expect(flows).toEqual(start);
});

test("nextLinkElsewhere and redirectElsewhere name another host", async () => {
  const elsewhere = "http://127.0.0.1:9";
  const linked = await ask(await withFaults({ kind: "nextLinkElsewhere", path: any, elsewhere }), arm);
  expect(linked.json().nextLink).toBe(elsewhere + arm);
  const moved = await ask(await withFaults({ kind: "redirectElsewhere", path: any, elsewhere }), arm);
  expect([moved.status, moved.headers.get("location")]).toEqual([307, elsewhere + arm]);
  const unnamed = await ask(await withFaults({ kind: "redirectElsewhere", path: any }), arm);
  expect(unnamed.headers.get("location")).toBe(`https://elsewhere.example${arm}`);
});

test("missingItem leaves one row out of the whole list", async () => {
  const whole = await all(await withFaults(), arm);
  const less = await all(await withFaults({ kind: "missingItem", path: any }), arm);
  expect(less.rows.length).toBe(whole.rows.length - 1);
});

test("missingScope leaves a whole resource group, subscription or block type out", async () => {
  const clean = await withFaults();
  const faulty = await withFaults({ kind: "missingScope", path: any });
  const groupsIn = async (estate: Estate) => {
    const { rows } = await all(estate, arm);
    const found = rows.map((row) => /resourcegroups\/[^/]+/.exec(row.properties.scope.toLowerCase())?.[0]);
    return new Set(found.filter((name) => name !== undefined));
  };
  expect((await groupsIn(faulty)).size).toBe((await groupsIn(clean)).size - 1);
  const list = "/subscriptions?api-version=2022-12-01";
  expect((await all(faulty, list)).rows).toHaveLength(3);
  const blockTypes = async (estate: Estate) => {
    const rows = JSON.parse((await post(estate, "/prefect/dev/api/block_documents/filter")).text);
    return new Set(rows.map((row: { block_type_name: string }) => row.block_type_name)).size;
  };
  expect(await blockTypes(faulty)).toBe((await blockTypes(clean)) - 1);
});

test("wrongCount makes every second count one too many", async () => {
  const clean = await withFaults();
  const faulty = await withFaults({ kind: "wrongCount", path: any });
  const graphPath = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
  const rows = async (estate: Estate) =>
    (await post(estate, graphPath, { query: "resources | count" })).json().data as [{ Count: number }];
  expect((await rows(faulty))[0].Count).toBe((await rows(clean))[0].Count + 1);
  const blocks = async (estate: Estate) => Number((await post(estate, "/prefect/dev/api/flows/count")).text);
  expect(await blocks(faulty)).toBe((await blocks(clean)) + 1);
  const synapseCount = async (estate: Estate) => Number((await ask(estate, synapse)).json().count);
  expect(await synapseCount(faulty)).toBe((await synapseCount(clean)) + 1);
});
