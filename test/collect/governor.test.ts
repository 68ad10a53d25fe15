import { describe, expect, test } from "vitest";
import type { Clock } from "../../src/collect/http/bucket.ts";
import { Governor, type Pass } from "../../src/collect/http/governor.ts";
import { type Asked, documentedLimits } from "../../src/collect/http/limits.ts";
import { startEstate } from "../../src/estate/server.ts";
import type { Read } from "../../src/resources/generated.ts";
import { collectFrom, configurationOf, pauses } from "./estate.ts";
import { JumpingClock } from "./time.ts";

const manager = "https://management.azure.com";
const graph = "https://graph.microsoft.com";
const one = "/subscriptions/00000000-0000-4000-8000-000000000001";
const two = "/subscriptions/00000000-0000-4000-8000-000000000002";

const arm = (path: string, method = "GET"): Asked => ({
  service: "Azure Resource Manager",
  endpoint: manager,
  method,
  url: new URL(`${path}?api-version=2022-04-01`, manager),
});
const directory = (path: string): Asked => ({
  service: "Microsoft Graph",
  endpoint: graph,
  method: "GET",
  url: new URL(path, graph),
});

const none = (): void => {};
const answer = (headers: Readonly<Record<string, string>> = {}, body: unknown = null) => ({
  header: (name: string) => headers[name],
  body,
});

/** Sends requests that are answered at once, and gives the moment at which each was let through, in s. */
async function times(governor: Governor, clock: JumpingClock, requests: readonly Asked[]): Promise<number[]> {
  return clock.run(
    Promise.all(
      requests.map(async (asked) => {
        const pass = await governor.admit(asked, none);
        const at = clock.now();
        pass.answered(answer());
        return at / 1000;
      }),
    ),
  );
}

const many = (count: number, asked: Asked): Asked[] => Array.from({ length: count }, () => asked);

describe("a run keeps below the documented limits", () => {
  const workspaces = "/providers/Microsoft.Synapse/workspaces";
  const last = async (requests: readonly Asked[]): Promise<number> => {
    const clock = new JumpingClock();
    return Math.max(...(await times(new Governor(clock), clock, requests)));
  };

  test("250 reads of a subscription at once and 25 more each second, however many subscriptions there are", async () => {
    const each = many(500, arm(one + workspaces));
    expect(await last(each)).toBeCloseTo(10, 3);
    expect(await last([...each, ...many(500, arm(two + workspaces))])).toBeCloseTo(10, 3);
  });

  test("15 queries of Resource Graph in 5 s", async () => {
    expect(await last(many(45, arm("/providers/Microsoft.ResourceGraph/resources", "POST")))).toBeCloseTo(10, 3);
  });

  test("100 lists of the storage provider in 5 minutes, while other reads of the subscription go on", async () => {
    const clock = new JumpingClock();
    const storage = many(101, arm(`${one}/providers/Microsoft.Storage/storageAccounts`));
    const found = await times(new Governor(clock), clock, [...storage, arm(one + workspaces)]);
    expect(found[100]).toBeCloseTo(300, 3);
    expect(found[101]).toBe(0);
  });

  test("resource units of Microsoft Graph, of which a request costs what its page says", async () => {
    const expensive = directory("/v1.0/groups/00000000-0000-4000-8000-000000000009/transitiveMembers");
    expect(await last(many(700, expensive))).toBe(0);
    expect(await last(many(701, expensive))).toBeCloseTo(10, 3);
    const selected = directory("/v1.0/groups/00000000-0000-4000-8000-000000000009/transitiveMembers?$select=id");
    expect(await last(many(875, selected))).toBe(0);
    expect(await last(many(151, directory("/v1.0/applications?$select=id,keyCredentials")))).toBeCloseTo(60, 3);
    expect(await last(many(11, directory("/v1.0/reports/servicePrincipalSignInActivities")))).toBeCloseTo(20, 3);
  });

  test("a batch of Microsoft Graph costs what the requests in it cost", async () => {
    const group = "/groups/00000000-0000-4000-8000-000000000009/transitiveMembers";
    const body = JSON.stringify({ requests: Array.from({ length: 20 }, () => ({ method: "GET", url: group })) });
    const batch: Asked = { ...directory("/v1.0/$batch"), method: "POST", body };
    expect(await last(many(35, batch))).toBe(0);
    expect(await last(many(36, batch))).toBeCloseTo(10, 3);
  });

  test("more units where the list of users shows a big tenant", async () => {
    const clock = new JumpingClock();
    const governor = new Governor(clock);
    const pass = await governor.admit(directory("/v1.0/users?$top=999"), none);
    pass.answered(answer({}, { value: Array.from({ length: 999 }, () => ({})) }));
    const requests = many(1500, directory("/v1.0/groups/00000000-0000-4000-8000-000000000009/transitiveMembers"));
    expect(Math.max(...(await times(governor, clock, requests)))).toBe(0);
  });

  test("625 requests a minute of Prefect Cloud, and no limit but few at once of a server of one's own", async () => {
    const prefect = (endpoint: string): Asked => ({
      service: "Prefect",
      endpoint,
      method: "POST",
      url: new URL(`${endpoint}/deployments/filter`),
    });
    expect(await last(many(626, prefect("https://api.prefect.cloud/api/accounts/a/workspaces/b")))).toBeCloseTo(60, 3);
    expect(await last(many(2000, prefect("https://prefect.example.com/api")))).toBe(0);
  });

  test("each limit is about a service that is read, and says how many or how much", () => {
    for (const { rate, atOnce, isMeant } of documentedLimits) {
      expect(rate !== null || atOnce !== undefined || isMeant !== undefined).toBe(true);
    }
  });
});

describe("what the services say is believed", () => {
  const read = arm(`${one}/providers/Microsoft.Synapse/workspaces`);

  test("fewer reads are left than were sent, because somebody else uses the principal too", async () => {
    const clock = new JumpingClock();
    const governor = new Governor(clock);
    (await governor.admit(read, none)).answered(answer({ "x-ms-ratelimit-remaining-subscription-reads": "10" }));
    const found = await times(governor, clock, many(20, read));
    expect(found.filter((at) => at === 0)).toHaveLength(10);
    expect(found.at(-1)).toBeCloseTo(10 / 25, 3);
  });

  test("Resource Graph says when its quota is full again", async () => {
    const clock = new JumpingClock();
    const governor = new Governor(clock);
    const query = arm("/providers/Microsoft.ResourceGraph/resources", "POST");
    const headers = { "x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:03" };
    (await governor.admit(query, none)).answered(answer(headers));
    expect((await times(governor, clock, [query]))[0]).toBeCloseTo(3, 3);
  });

  test("Microsoft Graph says how much of the limit is used, and what a request cost", async () => {
    const clock = new JumpingClock();
    const governor = new Governor(clock);
    const asked = directory("/v1.0/servicePrincipals");
    (await governor.admit(asked, none)).answered(answer({ "x-ms-resource-unit": "3000" }));
    const found = await times(governor, clock, many(600, asked));
    expect(found.filter((at) => at === 0)).toHaveLength(500);
  });

  test("a wait for a limit is told, with its length", async () => {
    const clock = new JumpingClock();
    const governor = new Governor(clock);
    const told: number[] = [];
    await clock.run(
      Promise.all(
        many(300, read).map(async (asked) => (await governor.admit(asked, (ms) => told.push(ms))).answered(answer())),
      ),
    );
    expect(told).toHaveLength(50);
    expect(told.at(-1)).toBeCloseTo(2000, 3);
  });
});

describe("a pause that a service asks for", () => {
  async function refused(code: string): Promise<{ governor: Governor; clock: JumpingClock; pass: Pass }> {
    const clock = new JumpingClock();
    const governor = new Governor(clock);
    const pass = await governor.admit(arm(`${one}/providers/Microsoft.Synapse/workspaces`), none);
    pass.answered(answer());
    pass.throttled(code)?.close(20_000);
    return { governor, clock, pass };
  }
  const others = [
    arm(`${one}/providers/Microsoft.Synapse/workspaces/w/firewallRules`),
    arm(`${one}/providers/Microsoft.KeyVault/vaults`),
    arm(`${two}/providers/Microsoft.Synapse/workspaces`),
    directory("/v1.0/applications"),
  ];

  test("of a resource provider is kept by all its reads in the subscription, and by no others", async () => {
    const { governor, clock } = await refused("TooManyRequests");
    expect(await times(governor, clock, others)).toEqual([20, 0, 0, 0]);
  });

  test("of Azure Resource Manager is kept by the whole subscription, and by no other", async () => {
    const { governor, clock } = await refused("SubscriptionRequestsThrottled");
    const found = await times(governor, clock, others);
    expect(found[0]).toBeGreaterThanOrEqual(20);
    expect(found[1]).toBeGreaterThanOrEqual(20);
    expect(found.slice(2)).toEqual([0, 0]);
  });

  test("is asked for once by a service that refuses many at a time", async () => {
    const { pass } = await refused("TooManyRequests");
    expect(pass.throttled("TooManyRequests")?.longerBy(20_000)).toBe(0);
  });
});

describe("against a server that enforces its limits", () => {
  /** Time that goes faster. */
  const fast: Clock = {
    now: () => performance.now() * 50,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 50)),
  };
  const doubled: Clock = {
    now: () => performance.now() * 2,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 2)),
  };
  const path = /^GET \/subscriptions\/[^/]+\/providers\/Microsoft.Synapse/;
  const open = (reads: readonly Read[]): string[] =>
    reads.filter((each) => each.outcome !== "complete").map(({ id, cause }) => `${id}: ${cause}`);

  test("a subscription with more resources than one bucket holds is read to its end, and nothing is refused", {
    timeout: 60_000,
  }, async () => {
    const estate = await startEstate({
      pageSize: 100,
      limits: doubled,
      edit: ({ arm }) => {
        const [identity] = arm.userAssignedIdentities;
        if (identity === undefined) throw new Error("the sample estate has managed identities");
        for (let index = 0; index < 280; index++) {
          const name = `id-${index}`;
          arm.userAssignedIdentities.push({ ...identity, id: identity.id.replace(/[^/]+$/, name), name });
        }
      },
    });
    try {
      const options = { governor: new Governor(doubled) };
      const { reads } = await collectFrom(configurationOf(estate), { request: 15_000 }, options);
      expect(open(reads)).toEqual([]);
      expect(estate.requests.filter(({ status }) => status === 429)).toEqual([]);
    } finally {
      await estate.close();
    }
  });

  test("where several reads are refused at once the run waits once, and all are complete", async () => {
    const estate = await startEstate({ faults: [{ kind: "throttle", path, times: 3, retryAfter: 10 }] });
    try {
      const progress = pauses();
      const options = { governor: new Governor(fast), progress };
      const { reads } = await collectFrom(configurationOf(estate), { request: 15_000 }, options);
      expect(open(reads)).toEqual([]);
      expect(estate.requests.filter(({ status }) => status === 429)).toHaveLength(3);
      expect(progress.milliseconds).toBeGreaterThanOrEqual(10_000);
    } finally {
      await estate.close();
    }
  });

  test("after a pause that the run may not wait for, nobody asks that service again", async () => {
    const estate = await startEstate({ faults: [{ kind: "throttle", path: /^GET \/graph\//, retryAfter: 3600 }] });
    try {
      const { reads } = await collectFrom(configurationOf(estate), { request: 15_000 });
      const refused = reads.filter((each) => each.kind === "azure.credential");
      expect(refused.every((each) => each.cause?.includes("a pause of 3600 s, more than the run may wait"))).toBe(true);
      // Those that were on their way already; dozens would have followed.
      expect(estate.requests.filter(({ path }) => path.startsWith("/graph")).length).toBeLessThanOrEqual(8);
    } finally {
      await estate.close();
    }
  });
});
