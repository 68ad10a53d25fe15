import pLimit from "p-limit";
import type { PrefectServer } from "../../resources/generated.ts";
import { InputError } from "../../resources/problem.ts";
import type { Service } from "../http/service.ts";
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
  return { name: server.name, service: { endpoint, token: null, authorization, limit: pLimit(3) } };
}

/** A list that a server gives by pages, and its count by another call. */
export interface PrefectList {
  kind: string;
  /** As in block_documents. */
  path: string;
  /** Absent where the server offers none. */
  sort?: string;
  filter?: Readonly<Record<string, unknown>>;
  fields?: readonly string[];
}

/**
 * Reads a whole list. Pages are by offset, so an object that is made, renamed or deleted between two pages can be missed
 * or come twice: doubles are dropped by id, and what is left is compared with the server's count.
 */
export function readList<Item extends PrefectObject>(
  ledger: Ledger,
  prefect: Prefect,
  { kind, path, sort, filter, fields }: PrefectList,
): Promise<ReadResult<Item>> {
  return ledger.read<Item>(
    {
      kind,
      ...(fields && { fields }),
      scope: prefectScope(prefect.name),
      service: prefect.service,
      endpoint: `POST /${path}/filter`,
      apiVersion: null,
      permission: "a user or API key that the server lets read",
    },
    bareList,
    async ({ call, items, expect, incomplete }) => {
      const seen = new Set<string>();
      for (let offset = 0; ; offset += pageSize) {
        const body = { ...filter, ...(sort && { sort }), offset, limit: pageSize };
        const page = (await call({ method: "POST", path: `/${path}/filter`, body })).body as Item[];
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
      const count = await call({ method: "POST", path: `/${path}/count`, body: filter ?? {} }, wholeNumber);
      expect(count.body as number);
    },
  );
}

/** The scope that reads of a server stand under. */
export function prefectScope(name: string): string {
  return `prefect:${name}`;
}
