import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { type Answer, type Recording, recordingFile } from "./recording.ts";

/** What was recorded, with the planted values that stand in it and what was saved. */
export const recording: Recording = JSON.parse(readFileSync(recordingFile, "utf8"));

export type Replay = { api: string; close(): Promise<void> };

type Item = Record<string, unknown>;
type Query = {
  limit?: number;
  offset?: number;
  sort?: string;
  block_documents?: { is_anonymous?: { eq_?: boolean } | null } | null;
  flow_runs?: { expected_start_time?: { after_?: string; before_?: string } } | null;
};

const most = 200;
const asked = new Set(["limit", "offset", "sort", "include_secrets", "block_documents", "flow_runs"]);

/**
 * Serves the recorded answers of a Prefect server on a free loopback port, page by page as the real one does. What was
 * not recorded (other filters, secrets in the clear) is answered with 501, so that no test rests on it unawares.
 * @param options.auth `user:password` of its basic authentication; none without.
 */
export function startReplay(options: { auth?: string } = {}): Promise<Replay> {
  const server = createServer(async (request, response) => {
    const { status, contentType, body } = answerTo(request, await bodyOf(request), options.auth);
    response.writeHead(status, { "content-type": contentType }).end(JSON.stringify(body));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("No loopback port"));
      resolve({
        api: `http://127.0.0.1:${address.port}/api`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function answerTo(request: IncomingMessage, text: string, auth: string | undefined): Answer {
  const { pathname } = new URL(request.url ?? "/", "http://loopback");
  const path = pathname.replace(/^\/api/, "");
  // The real server leaves the health check open.
  const open = request.method === "GET" && path === "/health";
  if (auth !== undefined && !open && request.headers.authorization !== basic(auth)) {
    return recording.refusals.unauthorized;
  }
  const key = `${request.method} ${path}`;
  const recorded = recording.answers[key];
  if (recorded === undefined) return recording.refusals.notFound;
  if (request.method !== "POST") return recorded;
  if (path === "/events/filter") return eventsIn(recorded, text);

  const query: Query = text === "" ? {} : JSON.parse(text);
  const strange = Object.entries(query).find(([name, value]) => !asked.has(name) && value !== null);
  if (strange !== undefined || "include_secrets" in query) {
    return notRecorded(`${key} with ${strange?.[0] ?? "include_secrets"}`);
  }
  if (path.endsWith("/count")) {
    const items = recording.answers[key.replace(/count$/, "filter")]?.body;
    return { ...recorded, body: Array.isArray(items) ? wanted(items, path, query).length : recorded.body };
  }
  if (!Array.isArray(recorded.body)) return recorded;
  const { limit = most, offset = 0, sort = "NAME_ASC" } = query;
  if (limit > most) return recording.refusals.limit;
  if (offset < 0) return recording.refusals.offset;
  const unknownSort = recording.refusals.sort[key];
  const order = orders[sort];
  if (unknownSort !== undefined && (order === undefined || !JSON.stringify(unknownSort.body).includes(`'${sort}'`))) {
    return unknownSort;
  }
  const items = wanted(recorded.body, path, query);
  const sorted = order === undefined || unknownSort === undefined ? items : items.toSorted(order);
  return { ...recorded, body: sorted.slice(offset, offset + limit) };
}

/** Anonymous blocks only where the query asks for them: `is_anonymous: null` for all, `{"eq_": …}` for one sort. */
function wanted(items: Item[], path: string, query: Query): Item[] {
  if (path.startsWith("/flow_runs/")) {
    const { after_ = "", before_ = "9" } = query.flow_runs?.expected_start_time ?? {};
    return items.filter(
      (item) => after_ <= String(item.expected_start_time) && String(item.expected_start_time) <= before_,
    );
  }
  if (!path.startsWith("/block_documents/")) return items;
  const filter = query.block_documents;
  const anonymous = filter?.is_anonymous === undefined ? { eq_: false } : filter.is_anonymous;
  return items.filter((item) => anonymous?.eq_ === undefined || item.is_anonymous === anonymous.eq_);
}

/** The recorded events of a window of time, on one page. */
function eventsIn(recorded: Answer, text: string): Answer {
  const { filter } = JSON.parse(text) as { filter?: { occurred?: { since: string; until: string } } };
  const { since = "", until = "9" } = filter?.occurred ?? {};
  const { events } = recorded.body as { events: Item[] };
  const found = events.filter((item) => since <= String(item.occurred) && String(item.occurred) <= until);
  return { ...recorded, body: { events: found, total: found.length, next_page: null } };
}

const by = (field: string) => (a: Item, b: Item) => compare(String(a[field]), String(b[field]));
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const orders: Record<string, (a: Item, b: Item) => number> = {
  NAME_ASC: by("name"),
  NAME_DESC: (a, b) => by("name")(b, a),
  CREATED_DESC: (a, b) => by("created")(b, a),
  ID_DESC: (a, b) => by("id")(b, a),
  UPDATED_DESC: (a, b) => by("updated")(b, a),
  BLOCK_TYPE_AND_NAME_ASC: (a, b) => by("block_type_name")(a, b) || by("name")(a, b),
};

function notRecorded(what: string): Answer {
  return { status: 501, contentType: "application/json", body: { detail: `Not recorded: ${what}` } };
}

function basic(auth: string): string {
  return `Basic ${Buffer.from(auth).toString("base64")}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
