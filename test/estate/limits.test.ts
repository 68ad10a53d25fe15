import { afterAll, beforeAll, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { type Answered, ask, subscriptions } from "./ask.ts";

let estate: Estate;
/** The services' time, in ms. */
let now = 0;

beforeAll(async () => {
  estate = await startEstate({ limits: { now: () => now } });
});

afterAll(() => estate.close());

/** Asks so often, one after another, and gives the answers. */
async function often(count: number, path: string, init: RequestInit = {}): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (let index = 0; index < count; index++) answers.push(await ask(estate, path, init));
  return answers;
}

const statuses = (answers: readonly Answered[]): number[] => [...new Set(answers.map((each) => each.status))];

test("the 251st read of a subscription in a moment is refused, and 25 more a second are let through", async () => {
  const path = `${subscriptions.dev}?api-version=2022-12-01`;
  const first = await often(250, path);
  expect(statuses(first)).toEqual([200]);
  expect(first.at(-1)?.headers.get("x-ms-ratelimit-remaining-subscription-reads")).toBe("0");
  const refused = await ask(estate, path);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(refused.json().error).toMatchObject({ code: "SubscriptionRequestsThrottled" });
  expect((await ask(estate, `${subscriptions.prod}?api-version=2022-12-01`)).status).toBe(200);
  now += 1000;
  expect((await often(26, path)).map((each) => each.status)).toEqual([...Array(25).fill(200), 429]);
});

test("Resource Graph answers 15 queries in 5 s and says when more are let through", async () => {
  const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
  const init = { method: "POST", body: JSON.stringify({ query: "resources | summarize count()" }) };
  const answers = await often(16, path, init);
  expect(statuses(answers.slice(0, 15))).toEqual([200]);
  expect(answers[14]?.headers.get("x-ms-user-quota-remaining")).toBe("0");
  expect(answers[15]?.status).toBe(429);
  expect(answers[15]?.headers.get("x-ms-user-quota-resets-after")).toBe("00:00:05");
  now += 5000;
  expect((await ask(estate, path, init)).status).toBe(200);
});

test("Microsoft Graph counts resource units and says how much of the limit is used only near its end", async () => {
  const path = "/graph/v1.0/groups/9993704d-a71d-4197-8020-e104b91acf90/transitiveMembers";
  const answers = await often(561, path);
  expect(answers[0]?.headers.get("x-ms-resource-unit")).toBe("5");
  expect(answers[558]?.headers.get("x-ms-throttle-limit-percentage")).toBeNull();
  expect(answers[559]?.headers.get("x-ms-throttle-limit-percentage")).toBe("0.80");
  const rest = await often(140, path);
  expect(rest.map((each) => each.status)).toEqual([...Array(139).fill(200), 429]);
  expect(rest.at(-1)?.headers.get("retry-after")).toBe("10");
});

test("without enforced limits the headers are there and nothing is refused", async () => {
  const free = await startEstate();
  try {
    const path = `${subscriptions.dev}?api-version=2022-12-01`;
    for (let index = 0; index < 260; index++) {
      const answer = await ask(free, path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-ms-ratelimit-remaining-subscription-reads")).toBe("249");
    }
  } finally {
    await free.close();
  }
});
