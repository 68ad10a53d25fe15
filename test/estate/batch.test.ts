import { afterEach, expect, test } from "vitest";
import type { Fault } from "../../src/estate/faults.ts";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { post } from "./ask.ts";

const open: Estate[] = [];
afterEach(async () => {
  for (const estate of open.splice(0)) await estate.close();
});

interface Inner {
  id: string;
  status: number;
  headers: Record<string, string>;
  body: { value: unknown[]; error: { code: string } } & Record<string, unknown>;
}

async function sent(requests: unknown, ...faults: Fault[]): Promise<{ status: number; responses: Inner[] }> {
  const estate = await startEstate({ faults });
  open.push(estate);
  const answer = await post(estate, "/graph/v1.0/$batch", { requests });
  return { status: answer.status, responses: answer.json().responses as Inner[] };
}

const group = "/groups/95248b76-e979-4383-b99d-f4e460b5aa5d/transitiveMembers?$count=true";
const counted = { ConsistencyLevel: "eventual" };

test("each request of a batch has a status and a body of its own, in no order that is promised", async () => {
  const { status, responses } = await sent([
    { id: "a", method: "GET", url: group, headers: counted },
    { id: "b", method: "GET", url: "/groups/00000000-0000-0000-0000-000000000000" },
    { id: "c", method: "DELETE", url: group },
  ]);
  expect(status).toBe(200);
  expect(responses.map((each) => [each.id, each.status])).toEqual([
    ["c", 405],
    ["b", 404],
    ["a", 200],
  ]);
  const [, absent, members] = responses;
  expect(absent?.body.error.code).toBe("Request_ResourceNotFound");
  expect(members?.body["@odata.count"]).toBe(8);
  expect(members?.body.value).toHaveLength(5);
  expect(members?.body["@odata.nextLink"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graph\/v1\.0\/groups\/[^?]+\?/);
});

test("a header counts where it stands: that of the batch is none of the requests inside it", async () => {
  const { responses } = await sent([{ id: "1", method: "GET", url: group }]);
  expect(responses[0]?.body).not.toHaveProperty("@odata.count");
});

test.each([
  ["more than twenty requests", Array.from({ length: 21 }, (_, at) => ({ id: String(at), method: "GET", url: group }))],
  ["two requests of one id, whatever its case", ["a", "A"].map((id) => ({ id, method: "GET", url: group }))],
  ["a request without an id", [{ method: "GET", url: group }]],
  ["no list", "x"],
])("%s: the whole batch is refused", async (_, requests) => {
  expect((await sent(requests)).status).toBe(400);
});

test("requests inside a batch meet faults of their own, and the others do not", async () => {
  const two = [group, "/users"].map((url, at) => ({ id: String(at), method: "GET", url, headers: counted }));
  const met = async (kind: Fault["kind"]) => {
    const { status, responses } = await sent(two, { kind, path: /transitiveMembers/, retryAfter: 7 });
    expect(status).toBe(200);
    expect(responses.find((each) => each.id === "1")?.status).toBe(200);
    return responses.find((each) => each.id === "0");
  };
  expect(await met("throttle")).toMatchObject({ status: 429, headers: { "retry-after": "7" } });
  expect(await met("forbidden")).toMatchObject({
    status: 403,
    body: { error: { code: "Authorization_RequestDenied" } },
  });
  expect(await met("hang")).toMatchObject({ status: 504 });
  expect(await met("noValue")).toMatchObject({ status: 200, body: {} });
  expect(await met("truncated")).toMatchObject({ status: 200, body: expect.any(String) });
  expect((await met("wrongCount"))?.body["@odata.count"]).toBe(9);
});
