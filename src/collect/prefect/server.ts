import type { PrefectServer } from "../../resources/generated.ts";
import { InputError } from "../../resources/problem.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import type { ReadDefinition, Right } from "../definition.ts";
import { timestamp } from "../forms.ts";

import type { Service } from "../http/service.ts";
import type { Ledger } from "../ledger.ts";

/** What is read at one address: a Prefect server, a workspace of Prefect Cloud, or an account of Prefect Cloud. */
export interface Prefect {
  /** The name in the configuration; `account/<id>` for an account of Prefect Cloud. */
  name: string;
  service: Service;
  /** null where the server is self-hosted. */
  cloud: CloudPlace | null;
  /** How many days back flow runs and asset events are read. */
  history: number;
}

/** Where in Prefect Cloud something stands. */
export interface CloudPlace {
  accountId: string;
  /** null for the account itself. */
  workspaceId: string | null;
}

/** What every object of Prefect has. */
export interface PrefectObject {
  id: string;
  created?: string | null;
  updated?: string | null;
}

/** Who made something, as Prefect tells it. */
export interface PrefectActor {
  id?: string | null;
  type?: string | null;
  display_value?: string | null;
}

/** How many days back flow runs and asset events are read where the configuration does not say. */
const usualHistory = 14;

/** The path of a workspace's API in Prefect Cloud, as Prefect itself takes it apart (`client/cloud.py`). */
const cloudPath = /^(.*\/accounts\/([0-9a-f-]{36}))\/workspaces\/([0-9a-f-]{36})$/i;

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
  const [, , accountId, workspaceId] = cloudPath.exec(endpoint) ?? [];
  return {
    name: server.name,
    service: { endpoint, token: null, authorization },
    cloud:
      accountId === undefined || workspaceId === undefined
        ? null
        : { accountId: accountId.toLowerCase(), workspaceId: workspaceId.toLowerCase() },
    history: server.history ?? usualHistory,
  };
}

/** The accounts of Prefect Cloud that workspaces stand in, each once, asked with the key of its first workspace. */
export function cloudAccounts(servers: readonly Prefect[]): Prefect[] {
  const accounts = new Map<string, Prefect>();
  for (const { service, cloud, history } of servers) {
    const endpoint = cloudPath.exec(service.endpoint)?.[1];
    if (cloud === null || endpoint === undefined || accounts.has(endpoint.toLowerCase())) continue;
    accounts.set(endpoint.toLowerCase(), {
      name: `account/${cloud.accountId}`,
      service: { endpoint, token: null, authorization: service.authorization },
      cloud: { accountId: cloud.accountId, workspaceId: null },
      history,
    });
  }
  return [...accounts.values()];
}

/** Where a reader of Prefect is asked: on every server and workspace, on workspaces of Prefect Cloud alone, or once for an account of it. */
export type PrefectLevel = "server" | "cloudWorkspace" | "cloudAccount";

/** Brings the rows of a kind from a server. */
export interface PrefectReader {
  readonly kind: string;
  readonly level: PrefectLevel;
  /** The part of the server's scope that its first read has to itself, where several reads bring rows of one kind. */
  readonly part?: string;
  /** Every read that it makes; the first brings the rows. */
  readonly reads: readonly [PrefectRead, ...PrefectRead[]];
  rows(run: PrefectRun): Promise<readonly (object & { id: string })[]>;
}

/** What every reader of Prefect works with. */
export interface PrefectRun {
  ledger: Ledger;
  prefect: Prefect;
  /** Every server that is read, for what one says of another. */
  servers: readonly Prefect[];
  /** The moment of the run, in ms since the epoch. */
  asOf: number;
  /** Absent without the organisation's key. */
  fingerprint: Fingerprinter | undefined;
}

/** The servers, workspaces and accounts that a reader is asked on. */
export function placesOf({ level }: PrefectReader, servers: readonly Prefect[]): readonly Prefect[] {
  switch (level) {
    case "server":
      return servers;
    case "cloudWorkspace":
      return servers.filter(({ cloud }) => cloud !== null);
    case "cloudAccount":
      return cloudAccounts(servers);
  }
}

/** A read of Prefect: what a self-hosted server and what Prefect Cloud want to see for it. */
export interface PrefectRead extends ReadDefinition {
  /**
   * The workspace scope, or the account permission, that Prefect Cloud asks for; null where its contract names none
   * (https://api.prefect.cloud/api/openapi.json 0.8.4: "Required workspace scopes", "Required account permissions").
   */
  readonly cloud: string | null;
  /** The plans of Prefect Cloud that have what is asked for; absent where all have it. */
  readonly plans?: readonly string[];
}

const selfHosted = "a user or API key that the server lets read";

/**
 * The ready-made role that holds a scope or permission, as far as Prefect says it
 * (https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles): Viewer sees flow runs, deployments, work
 * pools, blocks and automations of a workspace; Member sees the account, its workspaces, members and service accounts.
 */
const readyMade: Readonly<Record<string, string>> = {
  see_flows: "Viewer",
  see_deployments: "Viewer",
  see_work_pools: "Viewer",
  see_blocks: "Viewer",
  see_automations: "Viewer",
  "read:account": "Member",
  "read:workspace": "Member",
  "read:account_membership": "Member",
  "read:bot": "Member",
};

/** What Prefect Cloud asks for, in words. */
function onCloud(permission: string | null): string {
  if (permission === null) return "an API key of Prefect Cloud";
  const what = permission.includes(":") ? "account permission" : "workspace scope";
  const role = readyMade[permission];
  return `the ${what} ${permission} of Prefect Cloud${role === undefined ? "" : ` (in ${role})`}`;
}

/** What a read is described by. */
export interface PrefectReadOptions {
  kind: string;
  /** Method and path below the API's address. */
  endpoint: string;
  cloud: string | null;
  fields?: readonly string[];
  per?: string;
  pageSize?: number | null;
  plans?: readonly string[];
}

/** The definition of a read. */
export function prefectRead({ pageSize = null, per = "server", cloud, ...rest }: PrefectReadOptions): PrefectRead {
  const account = cloud?.includes(":") === true || per === "account";
  const permission = account ? onCloud(cloud) : cloud === null ? selfHosted : `${selfHosted}; ${onCloud(cloud)}`;
  return {
    ...rest,
    service: "Prefect",
    per,
    apiVersion: null,
    right: { plane: "prefect", permission, role: null },
    pageSize,
    cloud,
  };
}

/** The read of a list that a server gives by pages of 200 at most. @param path as in block_documents */
export function prefectList(
  kind: string,
  path: string,
  cloud: string | null,
  more: Partial<PrefectReadOptions> = {},
): PrefectRead {
  return prefectRead({ kind, endpoint: `POST /${path}/filter`, cloud, pageSize: 200, ...more });
}

/** The read as it is made at one place: there it is known which of the two rights is needed. */
export function readAt(read: PrefectRead, { cloud }: Prefect): PrefectRead {
  const permission = cloud === null ? selfHosted : onCloud(read.cloud);
  const right: Right = { plane: "prefect", permission, role: null };
  return { ...read, right };
}

/** The scope that reads of a server stand under. @param part as in users, where several reads bring rows of one kind */
export function prefectScope(name: string, part?: string): string {
  return part === undefined ? `prefect:${name}` : `prefect:${name}/${part}`;
}

/** When an object was made and last changed. A server always sends both, so what is left out is unread. */
export function timesOf({ created, updated }: PrefectObject): { created?: string | null; updated?: string | null } {
  return {
    ...(created !== undefined && { created: timestamp(created) }),
    ...(updated !== undefined && { updated: timestamp(updated) }),
  };
}
