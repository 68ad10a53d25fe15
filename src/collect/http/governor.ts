import { Bucket, type Clock, realClock } from "./bucket.ts";
import { type Asked, documentedLimits, type HeaderOf, type Limit } from "./limits.ts";

/** Leave to send one request. Each has to be given back by `answered`, once. */
export interface Pass {
  /** The answer is there, or there will be none: `null`. */
  answered(answer: { header: HeaderOf; body: unknown } | null): void;
  /** What the service refused as too much, by the code of its refusal; null where that is about no bucket. */
  throttled(code: string | null): Throttled | null;
}

/** The buckets that a refusal is about. */
export interface Throttled {
  /** How much longer the run has to wait for them if it keeps this pause, in ms: others may have been told already. */
  longerBy(pause: number): number;
  /** Keeps the pause, for everybody who needs them. */
  close(pause: number): void;
  /** Does not keep it: whoever needs them before it is over fails with this error, and nothing is sent. */
  refuse(pause: number, error: Error): void;
}

/**
 * Keeps a run below the limits of the services: every request of every read passes here before it is sent, and every
 * answer is shown here. What it knows of limits stands in `limits.ts`.
 */
export class Governor {
  readonly clock: Clock;
  readonly #limits: readonly Limit[];
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock = realClock, limits: readonly Limit[] = documentedLimits) {
    this.clock = clock;
    this.#limits = limits;
  }

  /**
   * Waits until the request can be sent below every limit that it counts for.
   * @param paced told how long that is about, in ms, where it waits for a limit
   * @throws what a bucket was refused with
   */
  async admit(asked: Asked, paced: (milliseconds: number) => void): Promise<Pass> {
    const charges: Charge[] = [];
    for (const [index, limit] of this.#limits.entries()) {
      const key = limit.service === asked.service ? limit.key(asked) : null;
      if (key === null) continue;
      const charge = { limit, bucket: this.#bucket(`${index} ${key}`, limit), cost: limit.cost?.(asked) ?? 1 };
      try {
        await charge.bucket.enter(charge.cost, paced);
      } catch (error) {
        for (const { bucket, cost } of charges) bucket.leave(cost, { sent: false });
        throw error;
      }
      charges.push(charge);
    }
    return passOf(asked, charges);
  }

  #bucket(key: string, { rate, atOnce }: Limit): Bucket {
    const bucket = this.#buckets.get(key) ?? new Bucket(this.clock, rate, atOnce);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

interface Charge {
  limit: Limit;
  bucket: Bucket;
  cost: number;
}

function passOf(asked: Asked, charges: readonly Charge[]): Pass {
  return {
    answered(answer) {
      for (const { limit, bucket, cost } of charges) {
        const actual = answer === null ? undefined : limit.actual?.(answer.header);
        bucket.leave(cost, actual === undefined ? {} : { actual });
        if (answer === null) continue;
        const size = limit.size?.(asked, answer.body);
        if (size !== undefined) bucket.grow(size);
        const left = limit.left?.(answer.header, bucket.size);
        if (left !== undefined && Number.isFinite(left)) bucket.correct(left, limit.returns?.(answer.header));
      }
    },
    throttled(code) {
      const meant = charges.filter(({ limit }) => limit.isMeant?.(code) ?? true).map(({ bucket }) => bucket);
      if (meant.length === 0) return null;
      return {
        longerBy: (pause) => Math.max(0, ...meant.map((bucket) => bucket.longerBy(pause))),
        close: (pause) => {
          for (const bucket of meant) bucket.close(pause);
        },
        refuse: (pause, error) => {
          for (const bucket of meant) bucket.refuse(pause, error);
        },
      };
    },
  };
}
