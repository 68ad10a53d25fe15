import type { Field, PrefectBlock } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Rows } from "./access.ts";

/** A resource of the tenant that something names by its host. */
export interface Opened {
  readonly host: string;
  readonly kind: string;
  readonly row: Row;
  /** The login of a database that the same values name; null where there is none. */
  readonly login: string | null;
}

/** The fields that hold the hosts at which resources are reached, by kind. */
const hostFields: Readonly<Record<string, readonly string[]>> = {
  "synapse.workspace": ["sqlEndpoint", "sqlOnDemandEndpoint", "devEndpoint"],
  "azure.storageAccount": ["blobHost", "dfsHost"],
  "azure.keyVault": ["host"],
};

const loginPath = /(?:^|[._\]])(?:user_?name|user_?id|uid|login)$/i;
const loginInUrl = /^[a-z][a-z0-9+.-]*:\/\/([^\s/:@]+)(?::[^\s/@]*)?@/i;

/** The resources whose hosts stand in a row's values, and the database login with which it opens them. */
export function opensByHost(rows: Rows, row: Row): Opened[] {
  const { hosts = [], fields = [] } = row as PrefectBlock;
  const login = loginIn(fields);
  return hosts.flatMap((host) =>
    Object.entries(hostFields).flatMap(([kind, names]) =>
      names
        .flatMap((name) => rows.index(kind, name).get(host) ?? [])
        .map((found) => ({ host, kind, row: found, login: kind === "synapse.workspace" ? login : null })),
    ),
  );
}

function loginIn(fields: readonly Field[]): string | null {
  for (const { path = "", value } of fields) {
    if (typeof value !== "string" || value === "") continue;
    if (loginPath.test(path) && !value.includes("{{")) return value;
    const inUrl = loginInUrl.exec(value)?.[1];
    if (inUrl !== undefined) return decoded(inUrl);
  }
  return null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
