import {
  createDefaultHttpClient,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import type { ServiceName } from "../definition.ts";
import { keptText } from "../forms.ts";
import type { Governor, Pass, Throttled } from "./governor.ts";
import { duration } from "./limits.ts";

/** The bounds of a run. All times are in milliseconds. */
export interface Limits {
  /** How long one request may take, its body included. */
  request: number;
  /** How often one request is tried in all. */
  tries: number;
  /** The first pause before another try where the service names none; it doubles. */
  pause: number;
  /** How long the whole run may spend on pauses. */
  wait: number;
  /** The most pages of one list. */
  pages: number;
  /** Whether a list that has more pages than that counts as read: enough to see whether it may be read. */
  probe: boolean;
  /** The most bytes of one answer. */
  bytes: number;
}

/** The bounds that hold where nothing else is said. */
export const defaultLimits: Limits = {
  request: 15_000,
  tries: 3,
  pause: 500,
  wait: 600_000,
  pages: 20_000,
  probe: false,
  bytes: 64 << 20,
};

/** What remains of the time that a run may spend on pauses, shared by all its reads. */
export class WaitBudget {
  #left: number;

  constructor(milliseconds: number) {
    this.#left = milliseconds;
  }

  /** Takes the time for a pause; false where not enough is left, and then nothing is taken. */
  take(milliseconds: number): boolean {
    if (milliseconds > this.#left) return false;
    this.#left -= milliseconds;
    return true;
  }
}

/**
 * The codes by which a service says that the tenant has no licence for what is asked: of PIM with status 400
 * (Azure-MG-Sub-Governance-Reporting issue 114), of sign-in activity with status 403 (Microsoft Graph documentation of
 * signInActivity). Other errors of the same status come from tenants that have the licence. `PlanWithoutFeature` is
 * leastwise's own, for a refusal by Prefect Cloud of what the account's plan does not have (`prefect/account.ts`).
 */
const licenceCodes: ReadonlySet<string> = new Set([
  "AadPremiumLicenseRequired",
  "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
  "PlanWithoutFeature",
]);

/**
 * The codes by which a service says that the network the reader asks from is shut out, so that no role would help: of Key
 * Vault (documentation, REST API error codes) and of storage, where a missing right is AuthorizationPermissionMismatch
 * (documentation, Troubleshoot 403 errors).
 */
const networkCodes: ReadonlySet<string> = new Set([
  "ForbiddenByFirewall",
  "ForbiddenByConnection",
  "AuthorizationFailure",
]);

/** Why a read brought nothing, or not everything. */
export class ReadFailure extends Error {
  readonly refused: boolean;
  /** Whether the network rules of the service refused, so that no right is missing. */
  readonly shutOut: boolean;
  /** Whether the tenant lacks the licence for what was asked: a fact, and no refusal. */
  readonly unlicensed: boolean;
  readonly status: number | null;
  /** The service's own code of the error; null where it gave none. */
  readonly code: string | null;
  /** The action that the service says is missing; null where it names none. */
  readonly action: string | null;

  constructor(message: string, status: number | null = null, code: string | null = null, action: string | null = null) {
    super(message);
    this.name = "ReadFailure";
    this.unlicensed = code !== null && licenceCodes.has(code);
    this.refused = (status === 401 || status === 403) && !this.unlicensed;
    this.shutOut = code !== null && networkCodes.has(code);
    this.status = status;
    this.code = code;
    this.action = action;
  }
}

/** A list has more pages than are read. */
export class GoesOn extends ReadFailure {}

/** What became of a read's requests so far. */
export interface Traffic {
  status: number | null;
  requestId: string | null;
  pages: number;
  /** What the last request was sent with. */
  pass: Pass | null;
}

/** What the guard of one read needs to know. */
export interface Guard {
  service: ServiceName;
  /** The address of the service; requests may go to its origin alone. */
  endpoint: string;
  /** Lets requests through below the limits of the services. */
  governor: Governor;
  /** A fresh Authorization header for a request that had to wait; null where the service wants no token of Azure. */
  authorize: (() => Promise<string>) | null;
  limits: Limits;
  budget: WaitBudget;
  traffic: Traffic;
  /** What is wrong with the shape of an answer; null where it is sound. Follows links to further pages too. */
  check(body: unknown): string | null;
  /** Told before a pause that the service asks for. */
  waiting(milliseconds: number): void;
  /** Told where a request waits so that a limit of the service is kept. */
  paced(milliseconds: number): void;
  /** Told when a request is about to be sent. */
  sending(): void;
  /** What sends the requests; the platform's own client where it is absent. */
  transport?: HttpClient | undefined;
}

const transport = createDefaultHttpClient();

/** The client through which tokens are asked for: each of its requests is cut off after the time given, in ms. */
export function timedClient(milliseconds: number): HttpClient {
  return {
    sendRequest: (request) => {
      const signals = [AbortSignal.timeout(milliseconds), ...(request.abortSignal ? [request.abortSignal] : [])];
      return transport.sendRequest({ ...request, abortSignal: AbortSignal.any(signals as AbortSignal[]) });
    },
  };
}

/** Services answer plain http only on loopback; the SDKs send tokens only to https, so there the scheme is changed here. */
function onWire(url: string, origin: string): string {
  return origin.startsWith("http:") ? url.replace(/^https:/, "http:") : url;
}

/**
 * The client that every request of one read goes through, below the SDK and its authentication. It refuses other hosts,
 * bounds time, tries, pauses, pages and bytes, and accepts an answer only in the shape that the read expects; what it
 * does not accept is thrown as a ReadFailure, so no SDK can take it for an empty list.
 */
export function guardedClient(guard: Guard): HttpClient {
  const links = new Set<string>();
  const { origin } = new URL(guard.endpoint);
  let asked = 0;
  return {
    async sendRequest(request) {
      const url = onWire(request.url, origin);
      if (new URL(url).origin !== origin) {
        throw new ReadFailure(`the service sent the reader on to another host, ${new URL(url).host}, which is refused`);
      }
      if (request.method === "GET") {
        const page = `${url} ${request.headers.get("x-ms-continuation") ?? ""}`;
        if (links.has(page)) throw new ReadFailure("the service linked to a page that was read before");
        links.add(page);
      }
      // Pages that are asked for side by side count before they are there.
      if (asked++ >= guard.limits.pages) {
        const pages = guard.limits.pages;
        throw new GoesOn(`the list goes on after ${pages} page${pages === 1 ? "" : "s"}`);
      }
      return retried(guard, request, url);
    },
  };
}

/** A token lives for minutes after it was given at least, so a request that waited no longer keeps its own. */
const stale = 60_000;

async function retried(guard: Guard, request: PipelineRequest, url: string): Promise<PipelineResponse> {
  const { service, endpoint } = guard;
  const body = typeof request.body === "string" ? request.body : undefined;
  const asked = { service, endpoint, method: request.method, url: new URL(url), ...(body !== undefined && { body }) };
  let authorized = performance.now();
  for (let attempt = 1; ; attempt++) {
    const pass = await guard.governor.admit(asked, guard.paced);
    if (guard.authorize !== null && performance.now() - authorized > stale) {
      try {
        request.headers.set("authorization", await guard.authorize());
      } catch (error) {
        pass.answered(null);
        throw error;
      }
      authorized = performance.now();
    }
    guard.traffic.pass = pass;
    guard.sending();
    const outcome = await once(guard, pass, request, url);
    if (outcome.response !== undefined) return outcome.response;
    const { failure } = outcome;
    if (!outcome.again) throw failure;
    const throttled = failure.status === 429 ? pass.throttled(failure.code) : null;
    const stop = await pauseBefore(guard, attempt, outcome.pause, throttled);
    if (stop !== null) throw new ReadFailure(failure.message + stop, failure.status, failure.code);
  }
}

/**
 * Waits before a request is tried again. null once the pause is over; where there is to be no further try, the words
 * that end the sentence which says what went wrong. A pause after too many requests is kept by every read that the
 * service's limit is about, and counts once however many were refused at the same time; where the run may not wait that
 * long, none of them is sent before it is over.
 * @param attempt how often it was tried
 * @param asked the pause that the service asks for, in ms; undefined where it names none
 * @param throttled what the service refused as too much; null where that is not why it has to be tried again
 */
export async function pauseBefore(
  { limits, budget, waiting, governor }: Pick<Guard, "limits" | "budget" | "waiting" | "governor">,
  attempt: number,
  asked: number | undefined,
  throttled: Throttled | null,
): Promise<string | null> {
  const end = attempt >= limits.tries ? `, ${attempt} times` : null;
  const pause = asked ?? limits.pause * 2 ** (attempt - 1);
  const tooLong = `; the service asks for a pause of ${Math.ceil(pause / 1000)} s, more than the run may wait`;
  if (throttled === null) {
    if (end !== null) return end;
    if (!budget.take(pause)) return tooLong;
    waiting(pause);
    await governor.clock.sleep(pause);
    return null;
  }
  const longer = throttled.longerBy(pause);
  if (!budget.take(longer)) {
    throttled.refuse(pause, new ReadFailure(`429${tooLong}`, 429));
    return tooLong;
  }
  throttled.close(pause);
  if (longer > 0) waiting(longer);
  return end;
}

/** What came of an answer that is none. */
export interface Refusal {
  failure: ReadFailure;
  /** Whether another try may help. */
  again: boolean;
  /** The pause that the service asks for before it, in ms. */
  pause?: number | undefined;
}

interface Tried extends Refusal {
  response?: PipelineResponse;
}

const none = new ReadFailure("");

async function once(guard: Guard, pass: Pass, request: PipelineRequest, url: string): Promise<Tried> {
  const loopback = guard.endpoint.startsWith("http:");
  let response: PipelineResponse;
  try {
    const sent: PipelineRequest = {
      ...request,
      url,
      timeout: 0,
      allowInsecureConnection: loopback,
      abortSignal: AbortSignal.timeout(guard.limits.request),
    };
    if (loopback) {
      delete sent.agent;
      delete sent.proxySettings;
    }
    // The SDKs find what they expect of an answer by its request, so it has to be theirs and not the copy.
    response = { ...(await (guard.transport ?? transport).sendRequest(sent)), request };
  } catch (error) {
    pass.answered(null);
    guard.traffic.status = null;
    return { failure: new ReadFailure(networkCause(error, guard.limits.request)), again: true };
  }
  guard.traffic.status = response.status;
  const id = response.headers.get("x-ms-request-id") ?? response.headers.get("request-id");
  // Anybody may stand between: what is no id is not kept.
  if (id !== undefined && /^[\w-]{1,64}$/.test(id) && keptText(id) === id) guard.traffic.requestId = id;
  const tried = judged(guard, response);
  const body = tried.response === undefined ? null : bodies.get(tried.response);
  pass.answered({ header: (name) => response.headers.get(name), body });
  return tried;
}

/** The parsed bodies of answers that the guard accepted. */
const bodies = new WeakMap<PipelineResponse, unknown>();

/** The parsed body of an answer that came through the guard. */
export function bodyOf(response: PipelineResponse): unknown {
  return bodies.has(response) ? bodies.get(response) : JSON.parse(response.bodyAsText ?? "");
}

/** Whether an answer is what the read expects; else why not, and whether to ask again. */
function judged(guard: Guard, response: PipelineResponse): Tried {
  const text = response.bodyAsText ?? "";
  if (response.status === 401 && response.headers.get("www-authenticate")?.includes("claims=") === true) {
    return { response, failure: none, again: false };
  }
  if (response.status < 200 || response.status > 299) {
    return refusal(response.status, text, (name) => response.headers.get(name));
  }
  if (text.length > guard.limits.bytes) {
    return {
      failure: new ReadFailure(`the answer has more than ${guard.limits.bytes} bytes`, response.status),
      again: false,
    };
  }
  if (response.request.method === "HEAD") {
    // There is no body; the headers are the answer, and the shape names those that have to be there.
    const wrong = guard.check(response.headers.toJSON());
    if (wrong !== null) return { failure: new ReadFailure(wrong, response.status), again: false };
    guard.traffic.pages++;
    bodies.set(response, response.headers.toJSON());
    return { response, failure: none, again: false };
  }
  const type = response.headers.get("content-type") ?? "";
  if (!/[/+]json\b/.test(type)) {
    const told = type === "" ? "no content type" : keptText(type).split(";")[0];
    return { failure: new ReadFailure(`the answer is ${told} and not JSON`, response.status), again: false };
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { failure: new ReadFailure("the answer was cut off: it is no whole JSON", response.status), again: true };
  }
  const wrong = guard.check(body);
  if (wrong !== null) return { failure: new ReadFailure(wrong, response.status), again: false };
  guard.traffic.pages++;
  const accepted = guard.endpoint.startsWith("http:") ? secured(response, body) : response;
  bodies.set(accepted, body);
  return { response: accepted, failure: none, again: false };
}

/** The SDKs refuse to send a token along a link to http; the guard turns the scheme back when it sends. */
function secured(response: PipelineResponse, body: unknown): PipelineResponse {
  const link = (body as { nextLink?: unknown } | null)?.nextLink;
  if (typeof link !== "string") return response;
  return {
    ...response,
    bodyAsText: JSON.stringify({ ...(body as object), nextLink: link.replace(/^http:/, "https:") }),
  };
}

/** What an answer with another status than 2xx says. @param header gives its headers */
export function refusal(status: number, text: string, header: (name: string) => string | undefined): Refusal {
  const { code, action } = errorOf(text, header("x-ms-error-code"));
  const kept = code !== null && networkCodes.has(code) ? ": the network rules do not let the reader in" : "";
  const failure = new ReadFailure(`${status}${code === null ? "" : ` ${code}`}${kept}`, status, code, action);
  if (status === 429) {
    const window = duration(header("x-ms-user-quota-resets-after"));
    return { failure, again: true, pause: pauseAsked(header("retry-after")) ?? window };
  }
  if (status >= 300 && status < 400) {
    return {
      failure: new ReadFailure(`${status}: the service sent the reader elsewhere, which is refused`, status),
      again: false,
    };
  }
  return { failure, again: status === 408 || status >= 500 };
}

/** The pause that a Retry-After asks for, in ms: a number of seconds, or a date (RFC 9110); undefined where there is none. */
function pauseAsked(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return seconds > 0 ? seconds * 1000 : undefined;
}

/**
 * The code of an error and the action it says is missing, from the body; nothing else of the body is kept. Key Vault says
 * which rule refused in `innererror`; storage repeats its code in a header, all there is in an answer to HEAD.
 */
function errorOf(text: string, header: string | undefined): { code: string | null; action: string | null } {
  const codeOf = (value: unknown): string | null =>
    typeof value === "string" && /^[\w.-]{1,80}$/.test(value) && keptText(value) === value ? value : null;
  try {
    const body = JSON.parse(text) as {
      error?: { code?: unknown; message?: unknown; innererror?: { code?: unknown } | null };
      code?: unknown;
      message?: unknown;
    };
    const error = typeof body.error === "object" && body.error !== null ? body.error : body;
    const code = codeOf("innererror" in error ? error.innererror?.code : null) ?? codeOf(error.code);
    const message = typeof error.message === "string" ? error.message : "";
    const action = /(?:perform action '|Action: )([\w./-]{1,200})/.exec(keptText(message))?.[1] ?? null;
    return { code, action };
  } catch {
    return { code: codeOf(header), action: null };
  }
}

function networkCause(error: unknown, milliseconds: number): string {
  const name = (error as { name?: unknown }).name;
  if (name === "AbortError" || name === "TimeoutError") return `no answer within ${milliseconds / 1000} s`;
  const code = (error as { code?: unknown }).code;
  switch (code) {
    case "ECONNREFUSED":
      return "the connection was refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host's name could not be resolved";
    default:
      return `the connection failed${typeof code === "string" ? ` (${code})` : ""}`;
  }
}
