import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bucket, type Rate } from "../../src/collect/http/bucket.ts";
import { JumpingClock } from "./time.ts";

/** A request: when it comes, how long until the service counts it, and how long after that until the answer is there. */
interface Planned {
  at: number;
  there: number;
  back: number;
  cost: number;
}

const planned: fc.Arbitrary<Planned> = fc.record({
  at: fc.integer({ min: 0, max: 3000 }),
  there: fc.integer({ min: 0, max: 400 }),
  back: fc.integer({ min: 0, max: 400 }),
  cost: fc.integer({ min: 1, max: 3 }),
});

const rates: fc.Arbitrary<Rate> = fc.record({
  size: fc.integer({ min: 3, max: 12 }),
  per: fc.integer({ min: 50, max: 2000 }),
  refill: fc.constantFrom("steady" as const, "window" as const),
});

/** What the service counts and when, and the order in which the requests went. */
async function run(bucket: Bucket, clock: JumpingClock, requests: readonly Planned[]) {
  const counted: { at: number; cost: number }[] = [];
  const order: number[] = [];
  let most = 0;
  let underWay = 0;
  await clock.run(
    Promise.all(
      requests.map(async ({ at, there, back, cost }, index) => {
        await clock.sleep(at);
        await bucket.enter(cost, () => {});
        order.push(index);
        most = Math.max(most, ++underWay);
        await clock.sleep(there);
        counted.push({ at: clock.now(), cost });
        await clock.sleep(back);
        underWay--;
        bucket.leave(cost);
      }),
    ),
  );
  counted.sort((a, b) => a.at - b.at);
  return { counted, order, most, end: clock.now() };
}

/** How much more the service counts in some stretch of time than the rate lets through; 0 or less where it keeps it. */
function excess(counted: readonly { at: number; cost: number }[], { size, per, refill }: Rate): number {
  let worst = Number.NEGATIVE_INFINITY;
  for (const [from, { at: begin }] of counted.entries()) {
    let sum = 0;
    for (const { at, cost } of counted.slice(from)) {
      if (refill === "window" && at >= begin + per) break;
      sum += cost;
      worst = Math.max(worst, sum - size - (refill === "steady" ? ((at - begin) * size) / per : 0));
    }
  }
  return worst;
}

describe("a bucket", () => {
  test("lets no more through than its rate in any stretch of time, as the service counts it, however slow the network", async () => {
    await fc.assert(
      fc.asyncProperty(rates, fc.array(planned, { minLength: 1, maxLength: 60 }), async (rate, requests) => {
        const clock = new JumpingClock();
        const { counted } = await run(new Bucket(clock, rate), clock, requests);
        expect(counted).toHaveLength(requests.length);
        expect(excess(counted, rate)).toBeLessThanOrEqual(1e-3);
      }),
      { numRuns: 150 },
    );
  });

  test("keeps the rate also where the service says that less is left, and when pauses are asked for", async () => {
    const told = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 3000 }), left: fc.integer({ min: 0, max: 12 }), pause: fc.boolean() }),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(
        rates,
        fc.array(planned, { minLength: 1, maxLength: 40 }),
        told,
        async (rate, requests, says) => {
          const clock = new JumpingClock();
          const bucket = new Bucket(clock, rate);
          const closed: { from: number; to: number }[] = [];
          for (const { at, left, pause } of says) {
            clock.sleep(at).then(() => {
              if (!pause) return bucket.correct(left);
              closed.push({ from: clock.now(), to: clock.now() + left * 50 });
              bucket.close(left * 50);
            });
          }
          const entered: number[] = [];
          const { counted } = await run(
            bucket,
            clock,
            requests.map((each) => ({ ...each, there: 0 })),
          );
          for (const { at } of counted) entered.push(at);
          expect(excess(counted, rate)).toBeLessThanOrEqual(1e-3);
          for (const { from, to } of closed) expect(entered.filter((at) => at > from && at < to - 1e-3)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("wastes nothing: with short ways the last goes when the rate lets it", async () => {
    for (const refill of ["steady", "window"] as const) {
      const clock = new JumpingClock();
      const requests = Array.from({ length: 100 }, () => ({ at: 0, there: 0, back: 0, cost: 1 }));
      const { end } = await run(new Bucket(clock, { size: 10, per: 1000, refill }), clock, requests);
      expect(end).toBeCloseTo(9000, 3);
    }
  });

  test("who comes first goes first", async () => {
    const clock = new JumpingClock();
    const requests = Array.from({ length: 30 }, (_, index) => ({
      at: index,
      there: 5,
      back: 5,
      cost: 1 + (index % 3),
    }));
    const { order } = await run(new Bucket(clock, { size: 3, per: 100, refill: "steady" }), clock, requests);
    expect(order).toEqual(requests.map((_, index) => index));
  });

  test("holds no more under way than it may, and fewer after a pause", async () => {
    const clock = new JumpingClock();
    const bucket = new Bucket(clock, null, 4);
    const requests = Array.from({ length: 20 }, () => ({ at: 0, there: 50, back: 50, cost: 1 }));
    expect((await run(bucket, clock, requests)).most).toBe(4);
    const again = new Bucket(clock, null, 4);
    again.close(1000);
    const begun = clock.now();
    const { counted, most } = await run(again, clock, requests);
    expect(counted[0]?.at).toBe(begun + 1050);
    expect(counted[1]?.at).toBe(begun + 1150);
    expect(most).toBe(4);
  });

  test("a pause counts once, however many are told of it", () => {
    const clock = new JumpingClock();
    const bucket = new Bucket(clock, null);
    expect(bucket.longerBy(5000)).toBe(5000);
    bucket.close(5000);
    expect(bucket.longerBy(5000)).toBe(0);
    expect(bucket.longerBy(7000)).toBe(2000);
  });

  test("a pause that nobody can wait for fails everybody who waits or comes before it is over, and later ones go", async () => {
    const clock = new JumpingClock();
    const bucket = new Bucket(clock, { size: 1, per: 1000, refill: "window" });
    await bucket.enter(1, () => {});
    const waiting = bucket.enter(1, () => {}).catch((error: Error) => error.message);
    bucket.refuse(60_000, new Error("too long"));
    expect(await waiting).toBe("too long");
    await expect(bucket.enter(1, () => {})).rejects.toThrow("too long");
    bucket.leave(1);
    await clock.run(clock.sleep(60_000).then(() => bucket.enter(1, () => {})));
    expect(clock.now()).toBeGreaterThanOrEqual(60_000);
  });
});
