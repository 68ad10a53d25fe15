import type { Json, JsonObject } from "./json.ts";

/** A request as the services see it. */
export interface EstateRequest {
  method: string;
  /** The decoded path below the service's own root, with single slashes and without one at the end. */
  path: string;
  /** The path and query as they came. */
  url: string;
  /** Parameters of the query, their names in lower case. */
  query: ReadonlyMap<string, string>;
  header(name: string): string | undefined;
  body: Json | undefined;
  /** Scheme, host and port under which this server was asked. */
  origin: string;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: Json;
}

/** What Prefect was asked about events, and which page. */
export interface EventQuestion {
  filter: JsonObject;
  limit: number;
  offset: number;
  /** What was counted when the first page was asked for. */
  total: number | null;
}

/** How a service hands out a list page by page. */
export type Paging =
  | { by: "nextLink"; size: number; emptyFirst?: boolean; blankEnd?: boolean }
  | { by: "@odata.nextLink"; size: number; context: string; count?: boolean }
  | { by: "x-ms-continuation"; size: number }
  | { by: "offset"; offset: number; limit: number }
  /** Prefect's events: a token in a link, which holds the question that was asked. */
  | { by: "page-token"; question: EventQuestion; base: string }
  | { by: "nothing" };

/** A list before it is cut into pages, so that a fault can change it first. */
export interface ListAnswer {
  kind: "list";
  items: readonly JsonObject[];
  /** How many the service says there are; the number of items where it is absent. */
  total?: number;
  /** What an item belongs to: the part of the estate that vanishes with it when a whole scope is left out. */
  scopeOf(item: JsonObject): string;
  paging: Paging;
}

/** A number of things, given apart from the things. */
export interface CountAnswer {
  kind: "count";
  counts: readonly number[];
  reply(counts: readonly number[]): Reply;
}

export type Answer = ListAnswer | CountAnswer | { kind: "reply"; reply: Reply };

export function reply(body: Json, status = 200, headers: Record<string, string> = {}): Answer {
  return { kind: "reply", reply: { status, headers, body } };
}

export function list(
  items: readonly JsonObject[],
  paging: Paging,
  scopeOf: (item: JsonObject) => string = (item) => String(item.id),
): ListAnswer {
  return { kind: "list", items, paging, scopeOf };
}
