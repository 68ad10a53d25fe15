import type { Clock } from "../../src/collect/http/bucket.ts";

/** A clock that jumps to the next moment at which anybody wakes, as soon as nothing else can happen. */
export class JumpingClock implements Clock {
  #now = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ at: this.#now + Math.max(0, milliseconds), wake }));
  }

  /** Lets time pass until the work is done. @throws Error where nobody will ever wake */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let done = false;
    const end = work.finally(() => {
      done = true;
    });
    end.catch(() => {});
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (done) return end;
      this.#sleepers.sort((a, b) => a.at - b.at);
      const next = this.#sleepers.shift();
      if (next === undefined) throw new Error(`everything waits for ever at ${this.#now} ms`);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }
}
