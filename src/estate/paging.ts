import type { EstateRequest, ListAnswer, Reply } from "./answer.ts";
import type { Json, JsonObject } from "./json.ts";

/** One page of a list, before it is written in the service's own form. */
export interface Page {
  items: JsonObject[];
  total: number;
  first: boolean;
  /** What asks for the next page: a URL, or a token where the service uses a header. */
  next: string | undefined;
}

const encode = (position: string) => Buffer.from(position).toString("base64url");

/** Prefect encodes its tokens twice (`server/api/events.py`, `server/events/storage`). */
const encode64 = (text: string) => Buffer.from(text).toString("base64");

/** A token is "<offset>" or "<offset>e", the page at that offset having been given empty before. */
function position(token: string | undefined): { offset: number; emptied: boolean } {
  if (token === undefined) return { offset: 0, emptied: false };
  const text = Buffer.from(token, "base64url").toString();
  return { offset: Number.parseInt(text, 10) || 0, emptied: text.endsWith("e") };
}

/** Path and query of a request's target, apart. */
export function splitUrl(url: string): { path: string; query: string } {
  const at = url.indexOf("?");
  return at < 0 ? { path: url, query: "" } : { path: url.slice(0, at), query: url.slice(at + 1) };
}

function link(request: EstateRequest, token: string): string {
  const { path, query } = splitUrl(request.url);
  const kept = query.split("&").filter((part) => part !== "" && !/^(\$|%24)skiptoken=/i.test(part));
  return `${request.origin}${path}?${[...kept, `$skiptoken=${token}`].join("&")}`;
}

export function cut(request: EstateRequest, answer: ListAnswer): Page {
  const { items, paging } = answer;
  const total = answer.total ?? items.length;
  if (paging.by === "nothing") return { items: [...items], total, first: true, next: undefined };
  if (paging.by === "offset") {
    const end = paging.offset + paging.limit;
    return { items: items.slice(paging.offset, end), total, first: paging.offset === 0, next: undefined };
  }
  if (paging.by === "page-token") {
    const { offset, limit } = paging.question;
    const counted = paging.question.total ?? total;
    const end = offset + limit;
    const token = encode64(encode64(JSON.stringify({ ...paging.question, offset: end, total: counted })));
    return {
      items: items.slice(offset, end),
      total: counted,
      first: offset === 0,
      next: end < counted ? `${paging.base}/events/filter/next?page-token=${token}` : undefined,
    };
  }
  const byHeader = paging.by === "x-ms-continuation";
  const { offset, emptied } = position(
    byHeader ? request.header("x-ms-continuation") : request.query.get("$skiptoken"),
  );
  const address = (token: string) => (byHeader ? encode(token) : link(request, encode(token)));
  if (paging.by === "nextLink" && paging.emptyFirst && offset === 0 && !emptied && items.length > 0) {
    return { items: [], total, first: false, next: address("0e") };
  }
  const end = offset + paging.size;
  return {
    items: items.slice(offset, end),
    total,
    first: offset === 0,
    next: end < items.length ? address(String(end)) : undefined,
  };
}

/** A page in the form of its service. */
export function write(answer: ListAnswer, page: Page): Reply {
  const { paging } = answer;
  const items: Json[] = page.items;
  switch (paging.by) {
    case "nothing":
    case "offset":
      return { status: 200, body: items };
    case "page-token":
      return { status: 200, body: { events: items, total: page.total, next_page: page.next ?? null } };
    case "nextLink": {
      const end = paging.blankEnd ? { nextLink: "" } : {};
      return { status: 200, body: { value: items, ...(page.next === undefined ? end : { nextLink: page.next }) } };
    }
    case "@odata.nextLink":
      return {
        status: 200,
        body: {
          "@odata.context": paging.context,
          ...(paging.count ? { "@odata.count": page.total } : {}),
          ...(page.next === undefined ? {} : { "@odata.nextLink": page.next }),
          value: items,
        },
      };
    case "x-ms-continuation":
      return {
        status: 200,
        headers: page.next === undefined ? {} : { "x-ms-continuation": page.next },
        body: { count: page.total, value: items },
      };
  }
}
