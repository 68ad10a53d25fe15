import type { PrefectServer } from "../../resources/generated.ts";
import { InputError } from "../../resources/problem.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import type { ReadDefinition } from "../definition.ts";
import { joined, type Service } from "../http/service.ts";
import { bareList, type Ledger, type ReadResult, wholeNumber } from "../ledger.ts";

/** A Prefect server or Cloud workspace to read, by its name in the configuration. */
export interface Prefect {
  name: string;
  service: Service;
}

/** What every object of Prefect has. */
export interface PrefectObject {
  id: string;
  created?: string | null;
  updated?: string | null;
}

/** The most that a server answers at once. */
const pageSize = 200;

/**
 * The server with its credential from the environment.
 * @throws InputError where the environment variable that the configuration names is not set
 */
export function prefectServer(server: PrefectServer, environment: NodeJS.ProcessEnv, file: string): Prefect {
  const endpoint = server.api.replace(/\/+$/, "");
  let authorization: string | null = null;
  if (server.auth !== undefined) {
    const value = environment[server.auth];
    if (value === undefined || value === "") {
      const message = `the environment variable ${server.auth}, which the Prefect server ${server.name} needs, is not set`;
      throw new InputError([{ code: "config/auth", file, line: 1, column: 1, message, hint: `set ${server.auth}` }]);
    }
    authorization = value.includes(":") ? `Basic ${Buffer.from(value).toString("base64")}` : `Bearer ${value}`;
  }
  return { name: server.name, service: { endpoint, token: null, authorization } };
}

/** Brings the rows of a kind from a server. */
export interface PrefectReader {
  readonly kind: string;
  readonly reads: readonly [ReadDefinition, ...ReadDefinition[]];
  rows(run: PrefectRun): Promise<readonly (object & { id: string })[]>;
}

/** What every reader of Prefect works with. */
export interface PrefectRun {
  ledger: Ledger;
  prefect: Prefect;
  /** The moment of the run, in ms since the epoch. */
  asOf: number;
  /** Absent without the organisation's key. */
  fingerprint: Fingerprinter | undefined;
}

/** The read of a list that a server gives by pages. @param path as in block_documents */
export function prefectList(kind: string, path: string, fields?: readonly string[]): ReadDefinition {
  return {
    kind,
    ...(fields && { fields }),
    service: "Prefect",
    per: "server",
    endpoint: `POST /${path}/filter`,
    apiVersion: null,
    right: { plane: "prefect", permission: "a user or API key that the server lets read", role: null },
    pageSize,
  };
}

/** How a list is asked for. */
export interface ListOptions {
  /** Absent where the server offers none. */
  sort?: string;
  filter?: Readonly<Record<string, unknown>>;
}

/**
 * Reads a whole list. Pages are by offset, so an object that is made, renamed or deleted between two pages can be missed
 * or come twice: doubles are dropped by id, and what is left is compared with the server's count.
 */
export function readList<Item extends PrefectObject>(
  { ledger, prefect }: PrefectRun,
  read: ReadDefinition,
  { sort, filter }: ListOptions = {},
): Promise<ReadResult<Item>> {
  const path = joined(read, "");
  return ledger.read<Item>(
    { read, scope: prefectScope(prefect.name), service: prefect.service },
    bareList,
    async ({ call, items, expect, incomplete }) => {
      const seen = new Set<string>();
      for (let offset = 0; ; offset += pageSize) {
        const body = { ...filter, ...(sort && { sort }), offset, limit: pageSize };
        const page = (await call({ method: "POST", path, body })).body as Item[];
        const before = seen.size;
        for (const each of page) {
          if (typeof each?.id !== "string") incomplete("an object came without an id");
          else if (!seen.has(each.id)) {
            seen.add(each.id);
            items.push(each);
          }
        }
        if (page.length < pageSize) break;
        if (seen.size === before) {
          incomplete("the server gave a page again");
          break;
        }
      }
      const count = await call(
        { method: "POST", path: path.replace(/filter$/, "count"), body: filter ?? {} },
        wholeNumber,
      );
      expect(count.body as number);
    },
  );
}

/** The scope that reads of a server stand under. */
export function prefectScope(name: string): string {
  return `prefect:${name}`;
}
