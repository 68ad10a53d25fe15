import type { PrefectWorkspace } from "../../resources/generated.ts";
import { joined } from "../http/service.ts";
import { maskName } from "../values.ts";
import { type AccountAnswer, accountOf, accountRead } from "./account.ts";
import { readList } from "./list.ts";
import { oncePerPlace } from "./once.ts";
import {
  type Prefect,
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectRead,
  prefectScope,
  readAt,
  timesOf,
} from "./server.ts";

interface WorkspaceAnswer extends PrefectObject {
  name?: string;
  handle?: string;
  description?: string | null;
  is_public?: boolean;
  default_workspace_role_id?: string | null;
}

const versionRead = prefectRead({
  kind: "prefect.workspace",
  endpoint: "GET /admin/version",
  cloud: null,
  per: "server",
});

/** The version of a self-hosted server, read once; null where it could not be read, and for Prefect Cloud, which has none. */
export const versionOf = oncePerPlace(async (run: PrefectRun): Promise<string | null> => {
  const { ledger, prefect } = run;
  if (prefect.cloud !== null) return null;
  const plan = { read: readAt(versionRead, prefect), scope: prefectScope(prefect.name), service: prefect.service };
  const { items } = await ledger.read<string>(plan, aVersion, async ({ call, items }) => {
    items.push((await call({ method: "GET", path: joined(versionRead, "") })).body as string);
  });
  return items[0] ?? null;
});

function aVersion(body: unknown): string | null {
  return typeof body === "string" && /^\d[\w.+-]{0,60}$/.test(body) ? null : "the answer is no version";
}

/** Whether a server of this version masks a secret field only where it is set (measured on 3.8.8); false where the version is not known. */
export function masksOnlyWhatIsSet(version: string | null): boolean {
  const [major = 0, minor = 0, patch = 0] = (version ?? "")
    .split(/[.+-]/)
    .map((part) => Number.parseInt(part, 10) || 0);
  return major > 3 || (major === 3 && (minor > 8 || (minor === 8 && patch >= 8)));
}

/** Each self-hosted server with its version. */
export const servers: PrefectReader = {
  kind: "prefect.workspace",
  level: "server",
  reads: [versionRead],
  rows: async (run) => {
    const { prefect } = run;
    if (prefect.cloud !== null) return [];
    const version = await versionOf(run);
    const row: PrefectWorkspace & { id: string } = {
      id: `prefect:${prefect.name}`,
      api: prefect.name,
      name: prefect.name,
      hosting: "selfHosted",
      address: new URL(prefect.service.endpoint).hostname,
      uuid: null,
      handle: null,
      description: null,
      accountId: null,
      accountName: null,
      plan: null,
      runRetentionDays: null,
      public: null,
      defaultRoleId: null,
      created: null,
      updated: null,
    };
    return [version === null ? row : { ...row, version }];
  },
};

const list = prefectList("prefect.workspace", "workspaces", "read:workspace", { per: "account" });

/** The workspaces of an account of Prefect Cloud, those that the configuration does not name too. */
export const workspaces: PrefectReader = {
  kind: "prefect.workspace",
  level: "cloudAccount",
  reads: [list, accountRead],
  rows: async (run) => {
    const { ledger, prefect } = run;
    const scope = prefectScope(prefect.name);
    const [{ items }, account] = await Promise.all([
      readList<WorkspaceAnswer>(run, list, { counted: false }),
      accountOf(run),
    ]);
    const listed = ledger.rowsOf({ kind: "prefect.workspace", scope }, items, (each) =>
      rowOf(each, serverOf(run, each.id), prefect, account),
    );
    // What the configuration names is there, though the list may be out of reach or not hold it.
    const unlisted = namedIn(run)
      .filter(({ cloud }) => !items.some((each) => each.id.toLowerCase() === cloud?.workspaceId))
      .map((server) => bareRow(server, server.cloud?.workspaceId ?? null, prefect, account));
    return [...listed, ...unlisted];
  },
};

/** The workspaces of this account that the configuration names. */
function namedIn({ prefect, servers }: PrefectRun): Prefect[] {
  return servers.filter(
    ({ cloud, service }) => cloud !== null && service.endpoint.startsWith(`${prefect.service.endpoint}/`),
  );
}

function serverOf(run: PrefectRun, workspaceId: string): Prefect | null {
  return namedIn(run).find(({ cloud }) => cloud?.workspaceId === workspaceId.toLowerCase()) ?? null;
}

function bareRow(
  server: Prefect | null,
  workspaceId: string | null,
  prefect: Prefect,
  account: AccountAnswer | null,
): PrefectWorkspace & { id: string } {
  const row: PrefectWorkspace & { id: string } = {
    id: server === null ? `${prefectScope(prefect.name)}/workspace/${workspaceId}` : `prefect:${server.name}`,
    api: server?.name ?? null,
    hosting: "cloud",
    address: new URL(prefect.service.endpoint).hostname,
    version: null,
    uuid: workspaceId,
    accountId: prefect.cloud?.accountId ?? null,
  };
  if (account === null) return row;
  if (account.name !== undefined) row.accountName = account.name;
  if (account.plan_tier !== undefined) row.plan = account.plan_tier;
  if (account.run_retention_days !== undefined) row.runRetentionDays = account.run_retention_days;
  return row;
}

function rowOf(
  each: WorkspaceAnswer,
  server: Prefect | null,
  prefect: Prefect,
  account: AccountAnswer | null,
): PrefectWorkspace & { id: string } {
  const row: PrefectWorkspace & { id: string } = {
    ...bareRow(server, each.id, prefect, account),
    description: each.description || null,
    defaultRoleId: each.default_workspace_role_id ?? null,
    ...timesOf(each),
  };
  if (server === null && each.handle !== undefined) row.id = `${prefectScope(prefect.name)}/workspace/${each.handle}`;
  if (each.name !== undefined) row.name = maskName(each.name, undefined).name;
  if (each.handle !== undefined) row.handle = each.handle;
  if (each.is_public !== undefined) row.public = each.is_public;
  return row;
}
