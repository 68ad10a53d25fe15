import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, EstateRequest, Reply } from "./answer.ts";
import { arm } from "./arm.ts";
import { batch, isBatch } from "./batch.ts";
import { type EstateData, loadEstate } from "./data.ts";
import { dataLake } from "./dataLake.ts";
import { failed, type Service } from "./failure.ts";
import { bodyText, type Fault, type FaultKind, faultPicker, render, replyInstead, unauthorized } from "./faults.ts";
import { graph } from "./graph.ts";
import type { Json } from "./json.ts";
import { keyvault } from "./keyvault.ts";
import { type EnforcedLimits, throttling } from "./limits.ts";
import { forget } from "./lookup.ts";
import { splitUrl } from "./paging.ts";
import { isAllowed, prefect } from "./prefect.ts";
import { synapse } from "./synapse.ts";

export interface EstateOptions {
  /** A free port where it is not given. */
  port?: number;
  /** Items in a page of ARM, Graph, Synapse and Key Vault, or what says it; 10, 5, 4 and 3 where it is not given. */
  pageSize?: number | ((service: Service, request: EstateRequest) => number);
  /** Enforces the limits that the services document. */
  limits?: EnforcedLimits;
  faults?: readonly Fault[];
  /** Changes the loaded data before it is served. */
  edit?: (data: EstateData) => void;
  /** Told of each request before it is answered, with the data, which it may change: an estate that is edited while it is read. */
  onRequest?: (request: string, data: EstateData) => void;
  /** The folder to serve; the packaged `fixtures/estate` where it is not given. */
  directory?: string;
  /** What Prefect asks for: `user:password` for basic authentication, else a bearer key; nothing where it is not given. */
  prefectAuth?: string;
}

export interface RecordedRequest {
  method: string;
  /** Path and query as they came. */
  path: string;
  /** What was answered; 0 where the connection was cut or no answer came. */
  status: number;
  /** Whether an Authorization header came with it; its value is not kept. */
  authorization: boolean;
  /** Whether it came inside a batch. */
  batched?: boolean;
}

export interface Estate {
  /** `http://127.0.0.1:<port>`. */
  url: string;
  port: number;
  /** The estate's own clock: all its dates are relative to this one. */
  asOf: string;
  /** The text of `leastwise.yaml` with the real port. */
  configuration: string;
  /** The folder that it stands in. */
  folder: string;
  requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

/** The folder of the sample estate, in the repository and in the installed package alike. */
const PACKAGED = fileURLToPath(new URL("../../fixtures/estate", import.meta.url));
const PLACEHOLDER = "http://127.0.0.1:0";
const TOKEN = "Bearer loopback";
const PREFIXES: readonly [string, Service][] = [
  ["/graph", "graph"],
  ["/synapse", "synapse"],
  ["/vault", "keyvault"],
  ["/lake", "dataLake"],
  ["/prefect", "prefect"],
];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function serviceOf(path: string): { service: Service; path: string } {
  const clean = path.replace(/\/{2,}/g, "/").replace(/\/$/, "");
  const found = PREFIXES.find(([prefix]) => clean === prefix || clean.startsWith(`${prefix}/`));
  return found ? { service: found[1], path: clean.slice(found[0].length) } : { service: "arm", path: clean };
}

function queryOf(text: string): Map<string, string> {
  return new Map([...new URLSearchParams(text)].map(([name, value]) => [name.toLowerCase(), value]));
}

async function bodyOf(incoming: Incoming): Promise<{ text: string; json: Json | undefined; isBad: boolean }> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  if (text === "") return { text, json: undefined, isBad: false };
  try {
    return { text, json: JSON.parse(text), isBad: false };
  } catch {
    return { text, json: undefined, isBad: true };
  }
}

/** The same request has the same id in every run, so that what is recorded of a run does not drift. */
function requestId(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function idHeaders(service: Service, request: EstateRequest, id: string): Record<string, string> {
  const client = request.header("x-ms-client-request-id") ?? request.header("client-request-id");
  switch (service) {
    case "graph":
      return { "request-id": id, "client-request-id": client ?? id };
    case "prefect":
      return {};
    case "arm":
      return {
        "x-ms-request-id": id,
        "x-ms-correlation-request-id": id,
        ...(client === undefined ? {} : { "x-ms-client-request-id": client }),
      };
    default:
      return { "x-ms-request-id": id, ...(client === undefined ? {} : { "x-ms-client-request-id": client }) };
  }
}

/** A request as it comes in, from a socket or from memory. */
export type Incoming = Pick<IncomingMessage, "method" | "url" | "headers"> &
  AsyncIterable<Buffer> & { socket: { destroy(): unknown } };

/** What an answer is written to. */
export interface Outgoing {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(body: string): unknown;
}

/** What a single request meets. */
export interface Interference {
  fault?: Fault | undefined;
  /** Changes what the service answers, before it is cut into pages. */
  change?: ((answer: Answer) => Answer) | undefined;
}

/** The estate without a socket. */
export interface OpenEstate {
  data: EstateData;
  /** The text of `leastwise.yaml`, for an origin. */
  configuration(origin: string): string;
  /** The folder that it stands in. */
  folder: string;
  requests: readonly RecordedRequest[];
  /** Answers one request. Never ends a request that hangs, and destroys the socket of one that is reset. */
  handle(incoming: Incoming, outgoing: Outgoing, origin: string, interference?: Interference): Promise<void>;
}

const unchanged = (answer: Answer): Answer => answer;

/** A fault that a request inside a batch meets with the batch: one that changes lists. Another meets the batch alone. */
function ofLists(fault: Fault): Fault | undefined {
  const kinds: readonly FaultKind[] = [
    "missingItem",
    "missingScope",
    "nextLinkLoop",
    "nextLinkElsewhere",
    "wrongCount",
  ];
  return kinds.includes(fault.kind) ? fault : undefined;
}

/** Loads the sample estate. */
export function openEstate(options: EstateOptions = {}): OpenEstate {
  const directory = options.directory ?? PACKAGED;
  const data = loadEstate(directory);
  options.edit?.(data);
  const template = readFileSync(join(directory, "leastwise.yaml"), "utf8");
  const requests: RecordedRequest[] = [];
  const pick = faultPicker(options.faults ?? []);
  const limit = throttling(data, options.limits);

  const ask = (service: Service, request: EstateRequest): Answer => {
    const pageSize = typeof options.pageSize === "function" ? options.pageSize(service, request) : options.pageSize;
    switch (service) {
      case "arm":
        return arm(request, data, pageSize ?? 10);
      case "graph":
        return graph(request, data, pageSize ?? 5);
      case "synapse":
        return synapse(request, data, pageSize ?? 4);
      case "keyvault":
        return keyvault(request, data, pageSize ?? 3);
      case "dataLake":
        return dataLake(request, data);
      case "prefect":
        return prefect(request, data);
    }
  };
  const isAuthorised = (service: Service, request: EstateRequest) =>
    service === "prefect" ? isAllowed(request, options.prefectAuth) : request.header("authorization") === TOKEN;

  const replyTo = (service: Service, request: EstateRequest, fault: Fault | undefined, answer: () => Reply): Reply =>
    (fault && replyInstead(fault, service, request)) ??
    (isAuthorised(service, request) ? answer() : unauthorized(service));
  /** One request inside a batch meets its own faults; a service behind Graph that is silent shows as 504. */
  const replyInside = (request: EstateRequest, { fault: met, change = unchanged }: Interference) => {
    const fault = pick(`${request.method} ${decoded(request.url)}`) ?? met;
    const isSilent = fault?.kind === "hang" || fault?.kind === "reset";
    const reply = isSilent
      ? failed("graph", 504, "UnknownError", "The gateway timed out.")
      : (limit("graph", request).refused ??
        replyTo("graph", request, fault, () => render(change(ask("graph", request)), request, fault)));
    requests.push({
      method: request.method,
      path: request.url,
      status: reply.status,
      authorization: true,
      batched: true,
    });
    return { reply, text: bodyText(reply, fault) };
  };

  const handle: OpenEstate["handle"] = async (incoming, outgoing, origin, { fault: met, change = unchanged } = {}) => {
    const url = incoming.url ?? "/";
    const method = incoming.method ?? "GET";
    const { path: rawPath, query } = splitUrl(url);
    const { service, path } = serviceOf(decoded(rawPath));
    const { text, json, isBad } = await bodyOf(incoming);
    const request: EstateRequest = {
      method,
      path,
      url,
      query: queryOf(query),
      header: (name) => incoming.headers[name]?.toString(),
      body: json,
      origin,
    };
    const record = { method, path: url, status: 0, authorization: incoming.headers.authorization !== undefined };
    requests.push(record);
    options.onRequest?.(`${method} ${decoded(url)}`, data);
    if (options.onRequest !== undefined) forget(data);
    const fault = met ?? pick(`${method} ${decoded(url)}`);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset") {
      incoming.socket.destroy();
      return;
    }
    const throttled = limit(service, request);
    const reply =
      throttled.refused ??
      replyTo(service, request, fault, () => {
        if (isBad) return failed(service, 400, "BadRequest", "The request body is not JSON.");
        if (service === "graph" && isBatch(request))
          return batch(request, (inner) => replyInside(inner, { fault: met && ofLists(met), change }));
        return render(change(ask(service, request)), request, fault);
      });
    record.status = reply.status;
    const id = requestId(`${method} ${url} ${text}`);
    const body = bodyText(reply, fault);
    outgoing.writeHead(reply.status, {
      "content-type": "application/json; charset=utf-8",
      ...idHeaders(service, request, id),
      ...reply.headers,
      ...throttled.headers,
      "content-length": Buffer.byteLength(body),
    });
    outgoing.end(body);
  };
  return {
    data,
    requests,
    configuration: (origin) => template.replaceAll(PLACEHOLDER, origin),
    folder: directory,
    handle,
  };
}

/** Serves the sample estate on loopback until it is closed. */
export async function startEstate(options: EstateOptions = {}): Promise<Estate> {
  const { data, requests, configuration, folder, handle } = openEstate(options);
  let origin = "";
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing, origin).catch((error: unknown) => {
      outgoing.writeHead(500, { "content-type": "text/plain" });
      outgoing.end(`The estate failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  // Longer than a busy reader is silent: a connection that ends just when it is used again looks like a fault.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  origin = `http://127.0.0.1:${port}`;

  return {
    url: origin,
    port,
    asOf: data.asOf,
    configuration: configuration(origin),
    folder,
    requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
