/*
 * Records what a real Prefect server answers, for the tests that run without one. Run by hand, after a change to
 * populate.py or to the versions in .ci/prefect/requirements.txt:
 *
 *   LEASTWISE_PREFECT_BIN="$(.ci/prefect/environment.sh | tail -n 1)" node_modules/.bin/node test/prefect/record.ts
 *
 * Ids and times are replaced by made-up ones, so that recording twice gives the same file.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { recordBlockTypes } from "./blockTypes.ts";
import { plantNames, populate } from "./populate.ts";
import { type Answer, anonymousToo, assetEvents, lists, type Recording, recordingFile } from "./recording.ts";
import { startPrefectServer } from "./server.ts";

/** The times in an object, in seconds after the one that follows from its number. */
const seconds: Readonly<Record<string, number>> = {
  created: 0,
  expected_start_time: 0,
  next_scheduled_start_time: 0,
  start_time: 5,
  occurred: 10,
  received: 11,
  timestamp: 20,
  end_time: 20,
  updated: 30,
};

/** How long runs took is another each time. */
const measured = new Set(["total_run_time", "estimated_run_time", "estimated_start_time_delta"]);

const plants = Object.fromEntries(plantNames.map((name) => [name, planted(name)]));
const home = mkdtempSync(join(tmpdir(), "leastwise-prefect-"));
const auth = "audit:Plant3d-Example-basic";
const recording: Recording = await (async () => {
  const { saved, answers, refusals } = await recordOpen();
  return { prefect: "3.8.8", plants, saved, answers, refusals: { ...refusals, unauthorized: await recordGuarded() } };
})().finally(() => rmSync(home, { recursive: true, force: true }));

mkdirSync(dirname(recordingFile), { recursive: true });
writeFileSync(recordingFile, JSON.stringify(settle(recording), null, 2) + "\n");
execFileSync("node_modules/.bin/biome", ["format", "--write", recordingFile], { stdio: "inherit" });

async function recordOpen() {
  const server = await startPrefectServer({ home });
  try {
    await recordBlockTypes(server.api);
    const saved = await populate(server, plants);
    const answers: Recording["answers"] = {};
    for (const path of ["/health", "/version", "/admin/version"]) {
      answers[`GET ${path}`] = await ask(server.api, "GET", path);
    }
    const sort: Record<string, Answer> = {};
    for (const { path, counted } of lists) {
      const filter = path === "/block_documents" ? anonymousToo : {};
      // By id, runs would come in another order each time.
      const order = path === "/flow_runs" ? { sort: "NAME_ASC" } : {};
      answers[`POST ${path}/filter`] = await whole(server.api, `${path}/filter`, { ...filter, ...order });
      if (counted) answers[`POST ${path}/count`] = await ask(server.api, "POST", `${path}/count`, filter);
      const unknownSort = await ask(server.api, "POST", `${path}/filter`, { sort: "BY_COLOUR" });
      if (unknownSort.status !== 200) sort[`POST ${path}/filter`] = unknownSort;
    }
    answers["POST /events/filter"] = await ask(server.api, "POST", "/events/filter", assetEvents);
    const refusals = {
      notFound: await ask(server.api, "POST", "/no_such_thing/filter", {}),
      limit: await ask(server.api, "POST", "/block_documents/filter", { limit: 201 }),
      offset: await ask(server.api, "POST", "/block_documents/filter", { offset: -1 }),
      sort,
    };
    return { saved, answers, refusals };
  } finally {
    await server.stop();
  }
}

/** The same server with basic authentication on: what it answers to no, a wrong, and another kind of credential. */
async function recordGuarded(): Promise<Answer> {
  const server = await startPrefectServer({ home, auth });
  try {
    const wrong = { authorization: `Basic ${Buffer.from("audit:wrong").toString("base64")}` };
    const right = { authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
    const refused = await Promise.all([
      ask(server.api, "GET", "/version"),
      ask(server.api, "GET", "/version", undefined, wrong),
      ask(server.api, "GET", "/version", undefined, { authorization: "Bearer wrong" }),
      ask(server.api, "POST", "/block_documents/filter", {}, wrong),
    ]);
    const open = await ask(server.api, "GET", "/health");
    const accepted = await ask(server.api, "GET", "/version", undefined, right);
    const bodies = new Set(refused.map((answer) => JSON.stringify(answer)));
    const [first] = refused;
    if (bodies.size !== 1 || first === undefined || open.status !== 200 || accepted.status !== 200) {
      throw new Error(`The server's authentication behaves anew: ${JSON.stringify({ refused, open, accepted })}`);
    }
    return first;
  } finally {
    await server.stop();
  }
}

/** Every item of a list, page by page. */
async function whole(api: string, path: string, filter: object): Promise<Answer> {
  const size = 50;
  const items: unknown[] = [];
  for (;;) {
    const answer = await ask(api, "POST", path, { ...filter, offset: items.length, limit: size });
    if (answer.status !== 200 || !Array.isArray(answer.body)) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    items.push(...answer.body);
    if (answer.body.length < size) return { ...answer, body: items };
  }
}

async function ask(
  api: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(api + path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    contentType: answer.headers.get("content-type") ?? "",
    body: JSON.parse(await answer.text()),
  };
}

/** A value that nobody can take for a real credential, and that is the same each time. */
function planted(name: string): string {
  const noise = createHash("sha256").update(name).digest("base64").replace(/[+/=]/g, "").slice(0, 10);
  return `Plant3d-Example-${noise}`;
}

/** Ids become numbers, in the order they come in, and the times of an object follow from its number. */
function settle(value: Recording): Recording {
  const text = JSON.stringify(value, (key, part: unknown) =>
    // The server writes the keys of these in another order each time.
    key === "block_schema" || key === "block_type" ? inOrder(part) : part,
  );
  // populate.py's own ids carry this middle and stay.
  const uuid = /\b[0-9a-f]{8}-(?!0000-4000-8000-)[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
  const numbers = new Map([...new Set(text.match(uuid))].map((id, index) => [id, index + 1]));
  const start = Date.UTC(2026, 10, 16, 8);
  return JSON.parse(text, function (this: { id?: unknown }, key, value: unknown) {
    if (measured.has(key)) return 0;
    // The server keeps the tags of a run as a set.
    if (key === "tags" && Array.isArray(value)) return value.sort();
    if (typeof value !== "string") return value;
    if (key === "scheduled_time") return new Date(start).toISOString();
    const after = seconds[key];
    if (after !== undefined && typeof this.id === "string") {
      const minutes = numbers.get(this.id) ?? Number(this.id.slice(-12));
      const time = start + minutes * 60_000 + after * 1000;
      return new Date(time).toISOString().replace(/Z$/, "000Z");
    }
    return value.replace(uuid, (id) => `00000000-0000-4000-9000-${String(numbers.get(id)).padStart(12, "0")}`);
  });
}

function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
