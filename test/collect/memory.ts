import { createHttpHeaders, type HttpClient, type PipelineRequest } from "@azure/core-rest-pipeline";
import { collect } from "../../src/collect/collect.ts";
import { type ReadDefinition, readName } from "../../src/collect/definition.ts";
import { realClock } from "../../src/collect/http/bucket.ts";
import { Governor } from "../../src/collect/http/governor.ts";
import { defaultLimits, type Limits } from "../../src/collect/http/guard.ts";
import type { Progress, ReadPlan } from "../../src/collect/ledger.ts";
import { type Configuration, parseConfiguration } from "../../src/config/config.ts";

import type { EstateData } from "../../src/estate/data.ts";
import { type Interference, type OpenEstate, openEstate } from "../../src/estate/server.ts";

import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Report } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { Snapshot } from "../../src/snapshot/read.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { leaveOutUnusedRoles, pauses, policies } from "./estate.ts";

/** A request that a read made, as METHOD /path?query. */
export interface Sent {
  plan: ReadPlan;
  line: string;
}

/** What meets a request of a read; undefined where it goes through untouched. */
export type Meets = (sent: Sent) => Interference | undefined;

/** An answer as the client sees it. */
interface Told {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** What came of a run in memory. */
export interface MemoryRun {
  content: SnapshotContent;
  sent: readonly Sent[];
  /** How long the services asked it to pause, in ms; no time passes with it. */
  paused: number;
  /** Requests to another host than the estate's. */
  strayed: number;
}

const origin = "http://127.0.0.1:0";

const key = "pnu_not-a-real-key";

/** The sample configuration with a key for each server. */
function withKeys({ configuration }: OpenEstate): string {
  return configuration(origin).replace(/^( +)api: .*$/gm, "$&\n$1auth: PREFECT_KEY");
}

/** What is different from the sample estate. */
export interface Change {
  edit?: (data: EstateData) => void;
  configure?: (configuration: string) => string;
  /** The folder that the configuration stands in; the estate's own where it is not given. */
  folder?: string;
}

/** The sample estate inside this process: what it answers is kept, and only a request that something meets is asked anew. */
export class MemoryEstate {
  readonly configuration: Configuration;
  readonly #estate: OpenEstate;
  readonly #kept = new Map<string, Promise<Told | "hang" | "reset">>();

  /** @param edit changes what the estate holds; `configure` what its configuration says; `folder` holds its files. */
  constructor({ edit, configure = (text) => text, folder }: Change = {}) {
    const change = (data: EstateData): void => {
      edit?.(data);
      leaveOutUnusedRoles(data);
    };
    this.#estate = openEstate({ pageSize: 20, edit: change, prefectAuth: key });
    const text = configure(withKeys(this.#estate));
    this.configuration = parseConfiguration(text, "fixtures/estate/leastwise.yaml", folder ?? this.#estate.folder);
  }

  /**
   * A collection of the estate; `meets` says what becomes of which request.
   * @param system reads only Azure, or only the servers of Prefect: neither sees anything of the other; and of Azure only
   * some kinds, where they are named
   */
  async collect(
    meets: Meets = () => undefined,
    limits: Partial<Limits> = {},
    { system = null, only }: { system?: "azure" | "prefect" | null; only?: ReadonlySet<string> | undefined } = {},
  ): Promise<MemoryRun> {
    const sent: Sent[] = [];
    const progress: Progress & { milliseconds: number } = pauses();
    const run = { strayed: 0 };
    const { azure, prefect, source } = this.configuration;
    const read = {
      ...this.configuration,
      azure: system === "prefect" ? null : azure,
      prefect: system === "azure" ? [] : prefect,
      source: system === null ? source : null,
    };
    const content = await collect(read, {
      collectedAt: new Date(this.#estate.data.asOf),
      environment: { PREFECT_KEY: key },
      limits: { ...defaultLimits, tries: 2, pause: 1, wait: 1500, ...limits },
      progress,
      waivers: null,
      ...(only && { only }),
      // No limit of a service is worth waiting for here.
      governor: new Governor(realClock, []),
      transport: (plan) => ({
        sendRequest: (request) => {
          if (new URL(request.url).origin !== origin) run.strayed++;
          const each = { plan, line: `${request.method} ${request.url.slice(origin.length)}` };
          sent.push(each);
          return this.#send(request, meets(each));
        },
      }),
    });
    return { content, sent, paused: progress.milliseconds, ...run };
  }

  async #send(request: PipelineRequest, interference: Interference | undefined): ReturnType<HttpClient["sendRequest"]> {
    const token = request.headers.get("x-ms-continuation") ?? "";
    const key = `${request.method} ${request.url} ${token} ${String(request.body ?? "")}`;
    let told = interference === undefined ? this.#kept.get(key) : undefined;
    if (told === undefined) {
      told = this.#ask(request, interference);
      if (interference === undefined) this.#kept.set(key, told);
    }
    const answer = await told;
    if (answer === "hang") return untilAborted(request);
    if (answer === "reset") throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    return { request, status: answer.status, headers: createHttpHeaders(answer.headers), bodyAsText: answer.text };
  }

  async #ask(request: PipelineRequest, interference: Interference | undefined): Promise<Told | "hang" | "reset"> {
    const told: Told = { status: 0, headers: {}, text: "" };
    let reset = false;
    const body = typeof request.body === "string" ? [Buffer.from(request.body)] : [];
    const incoming = {
      method: request.method,
      url: request.url.slice(origin.length),
      headers: request.headers.toJSON(),
      socket: { destroy: () => (reset = true) },
      [Symbol.asyncIterator]: async function* () {
        yield* body;
      },
    };
    let ended = false;
    const outgoing = {
      writeHead: (status: number, headers: Record<string, string | number>) => {
        told.status = status;
        for (const [name, value] of Object.entries(headers)) told.headers[name] = String(value);
      },
      end: (text?: string) => {
        told.text = text ?? "";
        ended = true;
      },
    };
    await this.#estate.handle(incoming, outgoing, origin, interference);
    return reset ? "reset" : ended ? told : "hang";
  }

  /** The report on what was collected; by the built-in policies where no others are given. */
  report(content: SnapshotContent, inForce: readonly Policy[] = policies): Report {
    return evaluate({ snapshot: inMemory(content), configuration: this.configuration, policies: inForce });
  }
}

function untilAborted({ abortSignal }: PipelineRequest): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(Object.assign(new Error("aborted"), { name: "AbortError" }));
    if (abortSignal?.aborted === true) abort();
    abortSignal?.addEventListener("abort", abort);
  });
}

/** A snapshot that was never on disk. */
function inMemory({ manifest, reads, rows }: SnapshotContent): Snapshot {
  const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const sorted = new Map([...rows].map(([kind, each]) => [kind, each.toSorted(byId)]));
  const files = Object.fromEntries(
    [...rows].map(([kind, each]) => [`${kind}.ndjson`, { rows: each.length, sha256: "" }]),
  );
  return {
    folder: "",
    manifest: { ...manifest, files, digest: "" },
    reads: reads.toSorted(byId),
    input: () => "",
    count: (kind) => sorted.get(kind)?.length ?? 0,
    rows: function* (kind): Generator<Row> {
      yield* sorted.get(kind) ?? [];
    },
    completing: function* () {},
  };
}

/** The line of the ledger that a plan leaves. */
export function lineOf({ read, scope }: ReadPlan): string {
  return `${readName(read)} ${scope}`;
}

/** Every line that a plan leaves: another one where the same answers hold a further kind. */
export function linesOf(plan: ReadPlan): string[] {
  const { also } = plan.read;
  return [lineOf(plan), ...(also === undefined ? [] : [`${also} ${plan.scope}`])];
}

/** What tells a read of the catalogue from every other. */
export function described(read: ReadDefinition): string {
  return `${readName(read)} ${read.endpoint} per ${read.per}`;
}
