import type { Saved } from "./populate.ts";

/** One answer of a server, as it came. */
export type Answer = { status: number; contentType: string; body: unknown };

/** What `record.ts` writes and `replay.ts` serves. */
export type Recording = {
  prefect: string;
  /** The planted values by name: synthetic, and in the clear in `answers` unless the server masks them. */
  plants: Record<string, string>;
  saved: Saved[];
  /** By `<method> <path below /api>`; a `/filter` holds every item, anonymous blocks too, in the server's default order. */
  answers: Record<string, Answer>;
  /** What the server answers to requests that it does not take, by what is wrong with them. */
  refusals: {
    unauthorized: Answer;
    notFound: Answer;
    limit: Answer;
    offset: Answer;
    /** By `<method> <path>`; the lists that are missing here take no `sort` and ignore it. */
    sort: Record<string, Answer>;
  };
};

/** The lists that leastwise reads, and whether the server counts them too. */
export const lists: { path: string; counted: boolean }[] = [
  { path: "/automations", counted: true },
  { path: "/block_documents", counted: true },
  { path: "/block_types", counted: false },
  { path: "/deployments", counted: true },
  { path: "/flows", counted: true },
  { path: "/flow_runs", counted: true },
  { path: "/variables", counted: true },
  { path: "/work_pools", counted: true },
  { path: "/work_queues", counted: false },
];

/** Anonymous blocks are left out of lists and counts unless this is asked for. */
export const anonymousToo = { block_documents: { is_anonymous: null } };

/** The events that leastwise reads; the server's window of time begins by itself half a year ago. */
export const assetEvents = { limit: 50, filter: { event: { prefix: ["prefect.asset."] }, order: "DESC" } };

export const recordingFile = `${import.meta.dirname}/recorded/3.8.8.json`;
