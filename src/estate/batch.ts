import type { EstateRequest, Reply } from "./answer.ts";
import { failed } from "./failure.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { splitUrl } from "./paging.ts";

const most = 20;

/** Whether a request to Graph is a batch of others. */
export function isBatch({ method, path }: EstateRequest): boolean {
  return method === "POST" && /^\/(?:v1\.0|beta)\/\$batch$/.test(path);
}

/**
 * Answers a batch of Graph: each request inside it for itself, the last one first, because nothing promises an order.
 * @param answer answers one request, as if it had come alone; a text is a body that is no JSON
 */
export function batch(request: EstateRequest, answer: (inner: EstateRequest) => { reply: Reply; text: string }): Reply {
  const bad = (message: string) => failed("graph", 400, "BadRequest", message);
  const steps = isObject(request.body) ? request.body.requests : undefined;
  if (!Array.isArray(steps)) return bad("Invalid batch payload format.");
  if (steps.length > most) return bad(`Number of batch request steps exceeds the maximum value of ${most}.`);
  const inner = steps.map((step) => (isObject(step) ? innerRequest(request, step) : undefined));
  const ids = new Set(inner.map((each) => each?.id.toLowerCase()));
  if (ids.size < inner.length || ids.has(undefined)) return bad("Each request of a batch needs an id of its own.");
  const responses = inner.reverse().flatMap((each): Json[] => {
    if (each === undefined) return [];
    const { reply, text } = answer(each.request);
    const headers = { "Content-Type": "application/json", ...reply.headers };
    return [{ id: each.id, status: reply.status, headers, body: jsonOf(text) }];
  });
  return { status: 200, body: { responses } };
}

function innerRequest(outer: EstateRequest, step: JsonObject): { id: string; request: EstateRequest } | undefined {
  const { id, method, url, headers, body } = step;
  if (typeof id !== "string" || typeof method !== "string" || typeof url !== "string") return undefined;
  const root = splitUrl(outer.url).path.replace(/\/[^/]*$/, "");
  const below = `/${url.replace(/^\//, "")}`;
  const { path, query } = splitUrl(below);
  const sent = new Map(
    Object.entries(isObject(headers) ? headers : {}).map(([name, each]) => [name.toLowerCase(), each]),
  );
  const request: EstateRequest = {
    method,
    path: outer.path.replace(/\/[^/]*$/, "") + decodeURIComponent(path),
    url: root + below,
    query: new Map([...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value])),
    // The outer request's authorization holds for those inside it, and no other header of it does.
    header: (name) => (name === "authorization" ? outer.header(name) : sent.get(name)?.toString()),
    body,
    origin: outer.origin,
  };
  return { id, request };
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
