import type { HttpClient } from "@azure/core-rest-pipeline";
import type { Read, ReadWindow } from "../resources/generated.ts";
import { keyFields, type Row, valueAt } from "../resources/kinds.ts";
import { violations } from "../resources/validate.ts";
import { findSecrets } from "../secrets/find.ts";
import { type ReadDefinition, readName, rightText } from "./definition.ts";
import { Governor } from "./http/governor.ts";
import {
  GoesOn,
  guardedClient,
  type Limits,
  pauseBefore,
  ReadFailure,
  type Traffic,
  WaitBudget,
} from "./http/guard.ts";
import { type Answer, type Call, call, type Service } from "./http/service.ts";
import type { Recording } from "./recording.ts";

/** A read that is about to be made. */
export interface ReadPlan {
  read: ReadDefinition;
  /** What it is made for: the id of a row, `prefect:<server>`, or `tenant/…`. */
  scope: string;
  service: Service;
}

/** A read under way: the client to send through, and what has come of it. */
export interface Reading<Item> {
  client: HttpClient;
  items: Item[];
  /** Sends a request and checks the shape of the answer: the read's own, or the one named here. */
  call(request: Call, shape?: Shape): Promise<Answer>;
  /**
   * Waits before something is asked for again that failed inside an answer; null once the pause is over, else the words
   * that say why there is no further try. @param asked the pause that the service asks for, in ms
   */
  pause(attempt: number, asked: number | undefined): Promise<string | null>;
  /** Notes the count that the service gave beside the list. */
  expect(count: number): void;
  /** Notes the window of time that the read is bounded to on purpose. */
  within(window: ReadWindow): void;
  /** Notes why what was read is not everything; the read goes on. */
  incomplete(cause: string): void;
}

/** What a read brought. */
export interface ReadResult<Item> {
  items: Item[];
  /** Whether everything was read. */
  complete: boolean;
  /** Whether the tenant lacks the licence for it, so that there is nothing to read. */
  unlicensed: boolean;
}

/** Watches a run: told of reads as they end, and of pauses. */
export interface Progress {
  begun(plan: ReadPlan): void;
  ended(read: Read): void;
  /** The service asks for a pause, which counts against what the run may wait. */
  waiting(plan: ReadPlan, milliseconds: number): void;
  /** A request waits so that a limit of its service is kept. */
  paced?(plan: ReadPlan, milliseconds: number): void;
}

/** What sends the requests of a read, below the guard. */
export type Transport = (plan: ReadPlan) => HttpClient;

/** The shape of an answer: what is wrong with it, or null. */
export type Shape = (body: unknown) => string | null;

/** An answer that is a list under a key, as Azure and Graph give it. */
export function listUnder(key: string): Shape {
  return (body) => {
    const list = (body as Record<string, unknown> | null)?.[key];
    return Array.isArray(list) ? null : `the answer has no list under ${key}`;
  };
}

/** An answer that is a whole number. */
export const wholeNumber: Shape = (body) => (Number.isInteger(body) ? null : "the answer is no whole number");

/** An answer that is a bare list. */
export const bareList: Shape = (body) => (Array.isArray(body) ? null : "the answer is not a list");

/** An answer to HEAD, which is its headers, with all that are named. */
export function headers(...names: string[]): Shape {
  return (body) => {
    const missing = names.find((name) => typeof (body as Record<string, unknown> | null)?.[name] !== "string");
    return missing === undefined ? null : `the answer has no header ${missing}`;
  };
}

/** Any JSON. */
export const anything: Shape = () => null;

/** What a ledger may be given beside its limits. */
export interface LedgerOptions {
  /** Takes note of every accepted answer. */
  recording?: Recording | undefined;
  /** What sends the requests; the platform's own client where it is absent. */
  transport?: Transport | undefined;
  /** Keeps the run below the limits of the services; one with the documented limits where it is not given. */
  governor?: Governor | undefined;
  /** Tells which reads another run makes: nothing is asked for them, and no line stands here. */
  leaves?: (read: ReadDefinition) => boolean;
}

/** The ledger of a run: every read goes through it and leaves one line. */
export class Ledger {
  readonly reads: Read[] = [];
  readonly #limits: Limits;
  readonly #budget: WaitBudget;
  readonly #progress: Progress;
  readonly #recording: Recording | undefined;
  readonly #transport: Transport | undefined;
  readonly #governor: Governor;
  readonly #byId = new Map<string, Read>();
  readonly #leaves: (read: ReadDefinition) => boolean;

  constructor(
    limits: Limits,
    progress: Progress,
    { recording, transport, governor = new Governor(), leaves = () => false }: LedgerOptions = {},
  ) {
    this.#recording = recording;
    this.#transport = transport;
    this.#governor = governor;
    this.#limits = limits;
    this.#budget = new WaitBudget(limits.wait);
    this.#progress = progress;
    this.#leaves = leaves;
  }

  /**
   * Reads a list or an object. What came before a failure is kept, and the line in the ledger says that it is not all.
   * Never throws for what a service does.
   */
  async read<Item>(
    plan: ReadPlan,
    shape: Shape,
    work: (reading: Reading<Item>) => Promise<void>,
  ): Promise<ReadResult<Item>> {
    if (this.#leaves(plan.read)) return { items: [], complete: false, unlicensed: false };
    let begun: number | null = null;
    const traffic: Traffic = { status: null, requestId: null, pages: 0, pass: null };
    const items: Item[] = [];
    let expected: number | null = null;
    let cause: string | null = null;
    let window: ReadWindow | null = null;
    let expectedShape = shape;
    const patience = {
      limits: this.#limits,
      budget: this.#budget,
      governor: this.#governor,
      waiting: (milliseconds: number) => this.#progress.waiting(plan, milliseconds),
    };
    const client = guardedClient({
      ...patience,
      service: plan.read.service,
      endpoint: plan.service.endpoint,
      authorize: authorizationOf(plan.service),
      traffic,
      check: (body) => {
        const wrong = expectedShape(body);
        if (wrong === null) this.#recording?.note(plan.read, body);
        return wrong;
      },
      paced: (milliseconds) => this.#progress.paced?.(plan, milliseconds),
      sending: () => {
        // Before its first request a read only waits for its turn.
        if (begun === null) this.#progress.begun(plan);
        begun ??= performance.now();
      },
      transport: this.#transport?.(plan),
    });
    let failure: ReadFailure | null = null;
    try {
      await work({
        client,
        items,
        call: (request, other) => {
          expectedShape = other ?? shape;
          return call(plan.service, client, request);
        },
        pause: (attempt, asked) =>
          pauseBefore(patience, attempt, asked, (asked !== undefined && traffic.pass?.throttled(null)) || null),
        expect: (count) => {
          expected = count;
        },
        within: (asked) => {
          window = asked;
        },
        incomplete: (why) => {
          cause ??= why;
        },
      });
    } catch (error) {
      if (!(this.#limits.probe && error instanceof GoesOn)) failure = failureOf(error);
    }
    if (!this.#limits.probe && failure === null && cause === null && expected !== null && expected > items.length) {
      cause = `the list has ${items.length} items, and the service counts ${String(expected)}`;
    }
    const complete = failure === null && cause === null;
    this.#note(plan, {
      outcome: complete ? "complete" : outcomeOf(failure, items.length),
      status: failure?.status ?? traffic.status,
      cause: failure?.message ?? cause,
      permission: failure?.refused === true && !failure.shutOut ? namedPermission(plan, failure) : null,
      pages: traffic.pages,
      items: items.length,
      expected,
      milliseconds: begun === null ? 0 : Math.round(performance.now() - begun),
      requestId: traffic.requestId,
      ...(window !== null && { window }),
    });
    return { items, complete, unlicensed: failure?.unlicensed === true };
  }

  /**
   * Notes a read that asks no service, such as one of files.
   * @param cause why it is not complete; null where it is
   */
  note(
    read: ReadDefinition,
    scope: string,
    { items, cause, milliseconds }: { items: number; cause: string | null; milliseconds: number },
  ): void {
    this.#note(
      { read, scope },
      {
        outcome: cause === null ? "complete" : items > 0 ? "partial" : "failed",
        status: null,
        cause,
        permission: null,
        pages: 0,
        items,
        expected: null,
        milliseconds: Math.round(milliseconds),
        requestId: null,
      },
    );
  }

  /** Notes a read that could not be tried, because what it starts from could not be read. */
  notAttempted(read: ReadDefinition, scope: string, cause: string): void {
    this.#note(
      { read, scope },
      {
        outcome: "notAttempted",
        status: null,
        cause,
        permission: null,
        pages: 0,
        items: 0,
        expected: null,
        milliseconds: 0,
        requestId: null,
      },
    );
  }

  /**
   * The rows that the items of a read make. An item without an id, or of another shape than its service documents, makes
   * none, and the read is partial.
   */
  rowsOf<Item, Made>(
    { kind, scope }: { kind: string; scope: string },
    items: readonly Item[],
    rowOf: (item: Item) => Made | null,
  ): Made[] {
    const made = (item: Item): Made | null => {
      try {
        return hasNoForm(item) ? null : rowOf(item);
      } catch {
        // What is of another shape can break anywhere, and has told nothing that could be kept.
        return null;
      }
    };
    return items.flatMap((item, index) => {
      const row = made(item);
      if (row !== null) return [row];
      const place = shown([index, ...lastSeen(item, made)]);
      this.doubt(kind, scope, `an item has no id or another shape than the service documents (${place})`);
      return [];
    });
  }

  /** Whether a line with this id stands in the ledger. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /**
   * Notes that an answer of another shape broke off the work of these reads, so nothing is known to be whole.
   * @param scope what they were made for; null where it was for several things
   */
  broken(reads: readonly ReadDefinition[], scope: string | null): void {
    const cause = "an answer has another shape than the service documents";
    for (const read of reads) {
      const name = readName(read);
      const lines = this.reads.filter((each) => each.id === `${name} ${scope ?? each.scope}`);
      for (const line of lines) this.doubt(name, line.scope, cause);
      if (lines.length === 0) this.notAttempted(read, scope ?? read.per, cause);
    }
  }

  /** Makes a complete read partial, for a reason found afterwards; what was only probed is short on purpose. */
  doubt(kind: string, scope: string, cause: string): void {
    const read = this.#limits.probe ? undefined : this.#byId.get(`${kind} ${scope}`);
    if (read?.outcome === "complete") Object.assign(read, { outcome: "partial", cause });
  }

  /**
   * The rows as their kind's schema has them. A field that breaks the schema is taken out, so it is unread, and the
   * read is partial; a row without an id cannot be kept.
   */
  sound(kind: string, scope: string, rows: readonly Row[]): Row[] {
    return rows.flatMap((row) => {
      const wrong = [...violations(kind, row).map((each) => each.path), ...emptyKeys(kind, row)];
      if (wrong.length === 0) return [row];
      const fields = new Set(wrong.map(([field]) => String(field ?? "id")));
      const inside = wrong.filter((path) => path.length > 1).map(shown);
      const places = inside.length === 0 ? "" : ` (${[...new Set(inside)].sort().slice(0, 3).join(", ")})`;
      this.doubt(kind, scope, `a row has a malformed ${[...fields].sort().join(", ")}${places}`);
      if (fields.has("id")) return [];
      return [Object.fromEntries(Object.entries(row).filter(([name]) => !fields.has(name))) as Row];
    });
  }

  #note(
    { read: { kind, fields, also, endpoint, apiVersion }, scope }: Pick<ReadPlan, "read" | "scope">,
    result: Omit<Read, "id" | "kind" | "fields" | "scope" | "endpoint" | "apiVersion">,
  ): void {
    const read: Read = {
      id: `${readName({ kind, ...(fields && { fields }) })} ${scope}`,
      kind,
      fields: [...(fields ?? [])],
      scope,
      endpoint: scope.startsWith("/") ? endpoint.replace("{scope}", scope) : endpoint,
      apiVersion,
      ...result,
    };
    for (const each of also === undefined
      ? [read]
      : [read, { ...read, id: `${also} ${scope}`, kind: also, fields: [] }]) {
      this.reads.push(each);
      if (!this.#byId.has(each.id)) this.#byId.set(each.id, each);
    }
    this.#progress.ended(read);
  }
}

/** A fresh Authorization header of a service that takes tokens of Azure; the credential keeps tokens while they live. */
function authorizationOf({ token }: Service): (() => Promise<string>) | null {
  if (token === null) return null;
  return async () => `Bearer ${(await token.credential.getToken(token.audience))?.token ?? ""}`;
}

/** Whether an object of a service has an empty id, or something else than an object where its properties stand. */
function hasNoForm(item: unknown): boolean {
  const { id, properties = {} } = (item ?? {}) as { id?: unknown; properties?: unknown };
  return id === "" || typeof properties !== "object" || Array.isArray(properties);
}

/** The fields that lead to other rows and hold an empty text: it would lead nowhere, as if there were no such row. */
function emptyKeys(kind: string, row: Row): string[][] {
  return [...(keyFields.get(kind) ?? [])]
    .filter((path) => {
      const value = valueAt(row, path);
      return value === "" || (Array.isArray(value) && value.includes(""));
    })
    .map((path) => path.split("."));
}

/** The place of a value in words, as in [3].properties.createdOn; names that somebody may have chosen are masked. */
function shown(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => {
      if (typeof part === "number" || /^\d+$/.test(part)) return `[${part}]`;
      const { masked } = findSecrets({ path: "", key: "", value: part });
      return index === 0 ? masked : `.${masked}`;
    })
    .join("");
}

/**
 * The place in an item that the making of its row looked at last: where it breaks, that is what it could not bear. The
 * row is made once more, of an item that takes note of what is looked at.
 */
function lastSeen<Item>(item: Item, made: (item: Item) => unknown): string[] {
  let last: string[] = [];
  const watched = <Value>(value: Value, path: string[]): Value => {
    if (typeof value !== "object" || value === null) return value;
    return new Proxy(value, {
      get(target, name, receiver) {
        const held: unknown = Reflect.get(target, name, receiver);
        if (typeof name !== "string" || typeof held === "function" || (Array.isArray(target) && name === "length"))
          return held;
        last = [...path, name];
        return watched(held, last);
      },
    });
  };
  made(watched(item, []));
  return last;
}

function outcomeOf(failure: ReadFailure | null, items: number): Read["outcome"] {
  if (items > 0 || failure === null) return "partial";
  if (failure.unlicensed) return "notLicensed";
  return failure.refused ? "refused" : "failed";
}

function namedPermission({ read }: ReadPlan, { action }: ReadFailure): string {
  const named = action === null || action.toLowerCase() === read.right.permission.toLowerCase();
  return named ? rightText(read.right) : `${action} (${rightText(read.right)})`;
}

/** What went wrong, in words that repeat nothing of an answer. */
function failureOf(error: unknown): ReadFailure {
  if (error instanceof ReadFailure) return error;
  const { name, statusCode, code } = error as { name?: unknown; statusCode?: unknown; code?: unknown };
  if (
    name === "CredentialUnavailableError" ||
    name === "AggregateAuthenticationError" ||
    name === "AuthenticationRequiredError"
  ) {
    return new ReadFailure(
      "no credential of Azure was found; sign in (az login) or set AZURE_CLIENT_ID and its companions",
      401,
    );
  }
  if (name === "AuthenticationError") {
    const told = /AADSTS\d+/.exec(String((error as Error).message))?.[0];
    return new ReadFailure(`Entra ID gave no token${told === undefined ? "" : ` (${told})`}`, 401, told ?? null);
  }
  const status = typeof statusCode === "number" ? statusCode : null;
  const told =
    typeof code === "string" && /^[\w.-]{1,80}$/.test(code) ? code : typeof name === "string" ? name : "unknown";
  return new ReadFailure(`the answer could not be read (${told})`, status);
}
