import type { PrefectAssetEvent } from "../../resources/generated.ts";
import { timestamp } from "../forms.ts";

import type { Reading } from "../ledger.ts";
import { mapIn } from "../shape.ts";
import { maskName, readValues } from "../values.ts";
import { type PrefectReader, type PrefectRun, prefectRead, prefectScope, readAt } from "./server.ts";

type Labels = Readonly<Record<string, unknown>>;

/** An event as Prefect answers it (`ReceivedEvent`); a resource is a set of labels, its id among them. */
interface EventAnswer {
  id: string;
  event?: string;
  occurred?: string;
  resource?: Labels;
  related?: Labels[];
  payload?: object;
}

interface EventPage {
  events: EventAnswer[];
  total: number;
  next_page?: string | null;
}

/** The most that a self-hosted server gives at once (INTERACTIVE_PAGE_SIZE). */
const pageSize = 50;
/** The most events of one server that a run of leastwise reads. */
const most = 5000;
/** How often the list is read before it counts as one that cannot be read whole. */
const passes = 3;

const list = prefectRead({
  kind: "prefect.assetEvent",
  endpoint: "POST /events/filter",
  cloud: "see_events",
  pageSize,
});

/** What runs wrote and referred to in the last days, as far as their tasks declare assets. */
export const assetEvents: PrefectReader = {
  kind: "prefect.assetEvent",
  level: "server",
  reads: [list],
  rows: readAssetEvents,
};

async function readAssetEvents(run: PrefectRun): Promise<(PrefectAssetEvent & { id: string })[]> {
  const { ledger, prefect, asOf, fingerprint } = run;
  const scope = prefectScope(prefect.name);
  const plan = { read: readAt(list, prefect), scope, service: prefect.service };
  const { items } = await ledger.read<EventAnswer>(plan, eventPage, (reading) =>
    readEvents(reading, asOf, prefect.history),
  );
  return ledger.rowsOf({ kind: "prefect.assetEvent", scope }, items, (each) =>
    typeof each.id === "string" ? rowOf(each, prefect.name, fingerprint) : null,
  );
}

function eventPage(body: unknown): string | null {
  const { events, total } = (body ?? {}) as { events?: unknown; total?: unknown };
  return Array.isArray(events) && Number.isInteger(total) ? null : "the answer has no list under events, or no total";
}

/**
 * The events of the widest window that holds no more than are read. The first page counts all; the pages after it are
 * offsets into the same window, so an event that comes late or is forgotten meanwhile shifts them: a list that falls short
 * of the count is read again.
 */
async function readEvents(
  { call, items, expect, incomplete, within }: Reading<EventAnswer>,
  asOf: number,
  days: number,
) {
  const until = new Date(asOf).toISOString();
  const first = async (since: string, limit: number): Promise<EventPage> => {
    const filter = { occurred: { since, until }, event: { prefix: ["prefect.asset."] }, order: "DESC" };
    return (await call({ method: "POST", path: "/events/filter", body: { limit, filter } })).body as EventPage;
  };
  let length = days * 24 * 60 * 60 * 1000;
  let since = new Date(asOf - length).toISOString();
  let page = await first(since, pageSize);
  const all = page.total;
  while (page.total > most && length > 60_000) {
    length /= 2;
    since = new Date(asOf - length).toISOString();
    page = await first(since, pageSize);
  }
  within({ since, until, days, left: all - page.total });
  const known = new Set<string>();
  for (let pass = 1; ; pass++) {
    const { total } = page;
    const seen = new Set<string>();
    for (;;) {
      for (const each of page.events) {
        seen.add(each?.id);
        if (!known.has(each?.id)) items.push(each);
        known.add(each?.id);
      }
      if (!page.next_page) break;
      const token = /[?&]page-token=([^&#]+)/.exec(page.next_page)?.[1];
      if (token === undefined) {
        incomplete("the link to the next page has no token");
        return;
      }
      // Of the link only the token is taken: behind a proxy, a server writes its own inner address before it.
      page = (await call({ method: "GET", path: `/events/filter/next?page-token=${token}` })).body as EventPage;
    }
    if (seen.size >= total || pass === passes) {
      expect(total);
      if (seen.size < total) incomplete(`the list has ${seen.size} items, and the service counts ${total}`);
      return;
    }
    // Pages of another length, so that no link is followed a second time and their edges fall elsewhere.
    page = await first(since, pageSize - pass);
  }
}

function rowOf(
  { id, event = "", occurred, resource = {}, related = [], payload }: EventAnswer,
  api: string,
  fingerprint: PrefectRun["fingerprint"],
): PrefectAssetEvent & { id: string } {
  const idsOf = (role: string): string[] =>
    related
      .filter((each) => each["prefect.resource.role"] === role)
      .map((each) => String(each["prefect.resource.id"] ?? ""));
  const uuidOf = (role: string): string | null => {
    const [found] = idsOf(role);
    const uuid = found?.startsWith(`prefect.${role}.`) === true ? found.slice(`prefect.${role}.`.length) : "";
    // Whoever may send events may write anything there.
    return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid) ? uuid.toLowerCase() : null;
  };
  const { "prefect.resource.id": key, ...properties } = resource;
  const asset = maskName(String(key ?? ""), fingerprint);
  const upstream = idsOf("asset").map((each) => maskName(each, fingerprint).name);
  const values = readValues(
    [
      { value: String(key ?? ""), path: "asset" },
      { value: properties, path: "resource" },
      { value: mapIn(payload), path: "payload" },
    ],
    fingerprint,
  );
  const [materializedBy = null] = idsOf("asset-materialized-by");
  const row: PrefectAssetEvent & { id: string } = {
    id: `prefect:${api}/event/${id}`,
    api,
    uuid: id,
    event: maskName(event, fingerprint).name,
    access: accessOf(event),
    occurred: timestamp(occurred),
    flowRunUuid: uuidOf("flow-run"),
    taskRunUuid: uuidOf("task-run"),
    deploymentUuid: uuidOf("deployment"),
    upstream: [...new Set(upstream)].sort(),
    materializedBy,
    fields: values.fields,
    secrets: values.secrets,
    hosts: values.hosts,
  };
  if (key !== undefined) row.assetKey = asset.name;
  return row;
}

function accessOf(event: string): PrefectAssetEvent["access"] & string {
  switch (event) {
    case "prefect.asset.materialization.succeeded":
      return "write";
    case "prefect.asset.materialization.failed":
      return "failedWrite";
    case "prefect.asset.referenced":
      return "reference";
    default:
      return "other";
  }
}
