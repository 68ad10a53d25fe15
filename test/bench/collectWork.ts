/** One whole read of a tenant, in a process of its own, so that its memory and time are its own. */
import { type ChildProcess, fork } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { collect } from "../../src/collect/collect.ts";
import { type Clock, realClock } from "../../src/collect/http/bucket.ts";
import { Governor, type Pass } from "../../src/collect/http/governor.ts";
import { type Asked, documentedLimits, type Limit, loopbackLimits } from "../../src/collect/http/limits.ts";
import { parseConfiguration } from "../../src/config/config.ts";
import type { Read } from "../../src/resources/generated.ts";
import { Chance } from "./generate.ts";
import type { TenantSize } from "./tenant.ts";
import type { Received, ServerTask, Serving } from "./tenantServer.ts";

/** What is asked of the process. */
export interface CollectTask {
  size: TenantSize;
  /** Whether the documented limits are kept, or only a few requests are under way at once. */
  governed: boolean;
  /** Whether the server enforces its limits; time then passes only where somebody waits for it. */
  limits: boolean;
}

/** What it tells. */
export interface CollectWork {
  /** In ms: of the clock, or of the time that passes only where somebody waits for it. */
  milliseconds: number;
  /** Of the processor, in ms. */
  busy: number;
  /** Resident, in bytes; the server's too where it enforces limits. */
  peak: number;
  /** Pauses that services asked for, in ms. */
  paused: number;
  reads: Pick<Read, "id" | "kind" | "fields" | "scope" | "endpoint" | "outcome" | "items" | "pages" | "cause">[];
  rows: Record<string, number>;
  serving: Serving;
  requests: Received["requests"];
}

/** What holds where limits are not known: so many requests of a service at once. */
const ungoverned: readonly Limit[] = (
  [
    ["Azure Resource Manager", 8],
    ["Microsoft Graph", 4],
    ["Synapse", 6],
    ["Key Vault", 6],
    ["Data Lake", 6],
    ["Prefect", 3],
  ] as const
).map(([service, atOnce]) => ({ service, key: () => "all", rate: null, atOnce, isMeant: () => false }));

/**
 * Time that stands still while anything is asked or computed, and then jumps to the next moment that somebody waits for:
 * what is measured does not depend on how fast or busy the machine is.
 */
class JumpingTime implements Clock {
  /** The one number, shared with the server. */
  readonly shared = new Float64Array(new SharedArrayBuffer(8));
  asked = 0;
  #sleepers: { at: number; wake: () => void }[] = [];
  #quiet = 0;
  #done = false;

  constructor() {
    const look = (): void => {
      this.#quiet = this.asked > 0 ? 0 : this.#quiet + 1;
      if (this.#quiet > 3) this.#jump();
      if (!this.#done) setImmediate(look);
    };
    look();
  }

  now(): number {
    return this.shared[0] ?? 0;
  }

  sleep(milliseconds: number): Promise<void> {
    this.#quiet = 0;
    return new Promise((wake) => this.#sleepers.push({ at: this.now() + Math.max(0, milliseconds), wake }));
  }

  stop(): void {
    this.#done = true;
  }

  #jump(): void {
    if (this.#sleepers.length === 0) return;
    const next = Math.max(this.now(), Math.min(...this.#sleepers.map(({ at }) => at)));
    this.shared[0] = next;
    this.#quiet = 0;
    const due = this.#sleepers.filter(({ at }) => at <= next);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > next);
    for (const { wake } of due) wake();
  }
}

/** A network in front of the services: a request takes 50 to 350 ms until it is counted there. */
class FarGovernor extends Governor {
  readonly #time: JumpingTime;
  readonly #chance = new Chance(11);

  constructor(time: JumpingTime, limits: readonly Limit[]) {
    super(time, limits);
    this.#time = time;
  }

  override async admit(asked: Asked, paced: (milliseconds: number) => void): Promise<Pass> {
    const pass = await super.admit(asked, paced);
    await this.#time.sleep(50 + this.#chance.below(300));
    this.#time.asked++;
    return {
      answered: (answer) => {
        this.#time.asked--;
        pass.answered(answer);
      },
      throttled: (code) => pass.throttled(code),
    };
  }
}

function next<Message>(from: ChildProcess | Worker): Promise<Message> {
  return new Promise((resolve, reject) => {
    from.once("message", (message: unknown) => resolve(message as Message));
    from.once("error", reject);
  });
}

const task: CollectTask = JSON.parse(process.argv[2] ?? "{}");
const file = join(import.meta.dirname, "tenantServer.ts");
const time = task.limits ? new JumpingTime() : null;
const served: ServerTask = { size: task.size, ...(time !== null && { time: time.shared }) };
const server = time === null ? fork(file, [JSON.stringify(served)]) : new Worker(file, { workerData: served });
const serving = await next<Serving>(server);
const table = time === null ? loopbackLimits : task.governed ? documentedLimits : ungoverned;
let paused = 0;
const begun = performance.now();
const spent = process.cpuUsage();
const content = await collect(parseConfiguration(serving.configuration, "leastwise.yaml", tmpdir()), {
  collectedAt: new Date("2026-11-20T06:00:00Z"),
  environment: {},
  limits: { request: 60_000 },
  governor: time === null ? new Governor(realClock, table) : new FarGovernor(time, table),
  progress: {
    begun() {},
    ended() {},
    waiting: (_plan, milliseconds) => {
      paused += milliseconds;
    },
  },
  waivers: null,
});
const milliseconds = time === null ? performance.now() - begun : time.now();
const { user, system } = process.cpuUsage(spent);
const peak = process.resourceUsage().maxRSS * 1024;
time?.stop();
if (server instanceof Worker) server.postMessage("tell");
else server.send("tell");
const { requests } = await next<Received>(server);
const work: CollectWork = {
  milliseconds,
  busy: (user + system) / 1000,
  peak,
  paused,
  reads: content.reads.map(({ id, kind, fields, scope, endpoint, outcome, items, pages, cause }) => ({
    ...{ id, kind, fields, scope, endpoint, outcome, items, pages, cause },
  })),
  rows: Object.fromEntries([...content.rows].map(([kind, each]) => [kind, each.length])),
  serving,
  requests,
};
process.send?.(work, () => process.exit());
