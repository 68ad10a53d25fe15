import { setTimeout as sleep } from "node:timers/promises";

/** Where time comes from, in ms; a benchmark or a test can let it run faster. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/** The time that everybody has. */
export const realClock: Clock = { now: () => performance.now(), sleep: (milliseconds) => sleep(milliseconds) };

/** How much a service lets through. */
export interface Rate {
  /** The most at once. */
  size: number;
  /** In how many ms as much comes back. */
  per: number;
  /** `steady`: a token bucket, filled bit by bit. `window`: no more than `size` in any `per`. */
  refill: "steady" | "window";
}

interface Waiter {
  cost: number;
  go(): void;
  fail(error: Error): void;
}

/** Tokens come back in fractions: so little may be missing of a whole one. */
const nothing = 1e-6;

/**
 * What requests share: tokens that come back with time, how many may be under way, and pauses that the service asks for.
 * Who comes first goes first.
 *
 * A token is held until the answer is there and only then spent, because nobody knows when in between the service counted
 * the request. So in no stretch of time does the service see more than the rate allows, however slow the network is: what
 * it counts was either taken in that stretch or held at its beginning, and held tokens take up room in the bucket.
 */
export class Bucket {
  readonly #clock: Clock;
  readonly #atOnce: number;
  #rate: Rate | null;
  #tokens: number;
  #filledAt: number;
  #held = 0;
  #underWay = 0;
  /** How many may be under way since the service last asked for a pause; grows again with every answer. */
  #cautious = Number.POSITIVE_INFINITY;
  /** In windows: what was spent when, oldest first. */
  #spent: { at: number; cost: number }[] = [];
  #closedUntil = Number.NEGATIVE_INFINITY;
  #refusal: Error | null = null;
  readonly #queue: Waiter[] = [];
  #queued = 0;
  #serving = false;
  #wake: (() => void) | null = null;

  /**
   * @param rate null where the service documents none
   * @param atOnce how many requests may be under way
   */
  constructor(clock: Clock, rate: Rate | null, atOnce: number = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#rate = rate;
    this.#atOnce = atOnce;
    this.#tokens = rate?.size ?? Number.POSITIVE_INFINITY;
    this.#filledAt = clock.now();
  }

  /** The most at once. */
  get size(): number {
    return this.#rate?.size ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Waits for its turn and takes what a request costs.
   * @param paced told how long that takes, in ms, where tokens have to come back first
   * @throws what `refuse` was given
   */
  async enter(cost: number, paced: (milliseconds: number) => void): Promise<void> {
    const now = this.#clock.now();
    if (this.#refusal !== null) {
      if (now < this.#closedUntil) throw this.#refusal;
      this.#refusal = null;
    }
    if (this.#queue.length === 0 && this.#timeUntil(cost, now) <= 0) {
      this.#take(cost);
      return;
    }
    if (this.#rate !== null && now >= this.#closedUntil) {
      const missing = this.#queued + cost - this.#tokens;
      if (missing > 0) paced((missing * this.#rate.per) / this.#rate.size);
    }
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({ cost, go: resolve, fail: reject });
      this.#queued += cost;
      this.#serve();
    });
  }

  /**
   * The request that cost this much has its answer, or was never sent.
   * @param actual what the service says that it cost
   */
  leave(cost: number, { sent = true, actual = cost }: { sent?: boolean; actual?: number } = {}): void {
    const now = this.#clock.now();
    this.#fill(now);
    this.#held -= cost;
    this.#underWay--;
    if (this.#cautious < this.#atOnce) this.#cautious += 1 / this.#cautious;
    if (!sent) this.#tokens += cost;
    else {
      this.#tokens -= actual - cost;
      if (this.#rate?.refill === "window") this.#spent.push({ at: now, cost: actual });
    }
    this.#wake?.();
  }

  /**
   * The service says how much is left. Where that is less than believed somebody else uses it too.
   * @param returns in how many ms the rest comes back; in windows only
   */
  correct(left: number, returns?: number): void {
    if (this.#rate === null) return;
    const now = this.#clock.now();
    this.#fill(now);
    // What is under way may be counted there or not.
    const excess = this.#tokens - Math.max(0, left - this.#held);
    if (excess <= 0) return;
    this.#tokens -= excess;
    if (this.#rate.refill === "steady") return;
    this.#spent.push({ at: now + Math.min(0, (returns ?? this.#rate.per) - this.#rate.per), cost: excess });
    this.#spent.sort((a, b) => a.at - b.at);
  }

  /** More is allowed than was believed. */
  grow(size: number): void {
    if (this.#rate === null || size <= this.#rate.size) return;
    this.#fill(this.#clock.now());
    this.#tokens += size - this.#rate.size;
    this.#rate = { ...this.#rate, size };
    this.#wake?.();
  }

  /** How much longer it would be closed by a pause that begins now, in ms. */
  longerBy(pause: number): number {
    const now = this.#clock.now();
    const open = this.#closedUntil - now;
    if (open <= 0) return pause;
    // Nobody has waited for any part of a pause that was refused.
    return this.#refusal === null ? Math.max(0, pause - open) : Math.max(pause, open);
  }

  /** The service asks for a pause: nobody goes before it is over, and then few at once. */
  close(pause: number): void {
    const now = this.#clock.now();
    this.#fill(now);
    this.#closedUntil = Math.max(this.#closedUntil, now + pause);
    this.#cautious = Math.max(1, Math.min(this.#cautious, this.#underWay) / 2);
    if (this.#rate?.refill !== "steady") return;
    this.#tokens = Math.min(this.#tokens, 1);
    this.#filledAt = this.#closedUntil;
  }

  /** A pause is asked for that nobody can wait for: whoever waits or comes before it is over fails, and nothing is sent. */
  refuse(pause: number, error: Error): void {
    this.close(pause);
    this.#refusal = error;
    this.#queued = 0;
    for (const waiter of this.#queue.splice(0)) waiter.fail(error);
    this.#wake?.();
  }

  #take(cost: number): void {
    this.#tokens -= cost;
    this.#held += cost;
    this.#underWay++;
  }

  #fill(now: number): void {
    const rate = this.#rate;
    if (rate === null) return;
    if (rate.refill === "steady") {
      if (now <= this.#filledAt) return;
      const filled = this.#tokens + ((now - this.#filledAt) * rate.size) / rate.per;
      this.#tokens = Math.min(filled, rate.size - this.#held);
      this.#filledAt = now;
      return;
    }
    let back = 0;
    for (const { at, cost } of this.#spent) {
      if (at + rate.per > now) break;
      this.#tokens += cost;
      back++;
    }
    this.#spent.splice(0, back);
  }

  /** How long until a request may go, in ms; for ever where an answer has to come first. */
  #timeUntil(cost: number, now: number): number {
    if (now < this.#closedUntil) return this.#closedUntil - now;
    if (this.#underWay >= Math.min(this.#atOnce, Math.floor(this.#cautious))) return Number.POSITIVE_INFINITY;
    const rate = this.#rate;
    if (rate === null) return 0;
    this.#fill(now);
    const wanted = Math.min(cost, rate.size);
    if (this.#tokens >= wanted - nothing) return 0;
    if (rate.refill === "steady") {
      if (rate.size - this.#held < wanted - nothing) return Number.POSITIVE_INFINITY;
      return ((wanted - this.#tokens) * rate.per) / rate.size;
    }
    let tokens = this.#tokens;
    for (const { at, cost: back } of this.#spent) {
      tokens += back;
      if (tokens >= wanted - nothing) return at + rate.per - now;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Lets those who wait go, one after another, until nobody waits. */
  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    for (let [first] = this.#queue; first !== undefined; [first] = this.#queue) {
      const wait = this.#timeUntil(first.cost, this.#clock.now());
      if (wait <= 0) {
        this.#queue.shift();
        this.#queued -= first.cost;
        this.#take(first.cost);
        first.go();
        continue;
      }
      await new Promise<void>((resolve) => {
        // An answer can only let somebody go earlier where answers are what is waited for.
        this.#wake = wait === Number.POSITIVE_INFINITY ? resolve : null;
        if (wait < Number.POSITIVE_INFINITY) this.#clock.sleep(wait).then(() => resolve());
      });
      this.#wake = null;
    }
    this.#serving = false;
  }
}
