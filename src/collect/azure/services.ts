import type { AccessToken, TokenCredential } from "@azure/core-auth";
import { type Endpoints, isLoopback } from "../../config/endpoints.ts";
import type { Reader } from "../../resources/generated.ts";
import { ReadFailure, timedClient } from "../http/guard.ts";
import type { Service } from "../http/service.ts";

/** The services of one cloud. */
export interface AzureServices {
  resourceManager: Service;
  graph: Service;
  synapse(workspace: string): Service;
  keyVault(vault: string): Service;
  /** The file systems of a storage account with a hierarchical namespace; null where the configuration gives no address. */
  dataLake: ((account: string) => Service) | null;
  /** Who reads, as the token tells; asked for once. */
  reader(): Promise<Reader>;
  /** The application permissions of Microsoft Graph that the reader holds, as its token tells; none where there is no token. */
  graphPermissions(): Promise<readonly string[]>;
}

/** Loopback gets this token and never one that a real service gave. */
const loopbackCredential: TokenCredential = {
  getToken: async () => ({ token: "loopback", expiresOnTimestamp: Date.now() + 3_600_000 }),
};

/**
 * The services of a cloud, signed in by DefaultAzureCredential: environment variables, workload identity, managed
 * identity, then the developer's sign-ins; AZURE_TOKEN_CREDENTIALS chooses one.
 * @param patience how long a request for a token may take, and a token in all, in ms
 */
export async function azureServices(
  endpoints: Endpoints,
  patience: { request: number; token: number },
): Promise<AzureServices> {
  let real: TokenCredential | undefined;
  const credentialFor = async (address: string): Promise<TokenCredential> => {
    if (isLoopback(address.replace(/\{\w+\}/, "name"))) return loopbackCredential;
    if (real === undefined) {
      const { DefaultAzureCredential } = await import("@azure/identity");
      const options = { httpClient: timedClient(patience.request), retryOptions: { maxRetries: 1 } };
      const authority = endpoints.authority === null ? {} : { authorityHost: endpoints.authority };
      real = bounded(new DefaultAzureCredential({ ...options, ...authority }), patience.token);
    }
    return real;
  };
  const token = async (name: "resourceManager" | "graph") => ({
    credential: await credentialFor(endpoints[name]),
    audience: endpoints.audiences[name],
  });
  const resourceManager: Service = {
    endpoint: endpoints.resourceManager,
    token: await token("resourceManager"),
    authorization: null,
  };
  const named = async (name: "synapse" | "keyVault" | "dataLake", address: string) => {
    const held = { credential: await credentialFor(address), audience: endpoints.audiences[name] };
    return (value: string): Service => ({
      endpoint: address.replace(/\{\w+\}/, encodeURIComponent(value)),
      token: held,
      authorization: null,
    });
  };
  const graph: Service = {
    endpoint: endpoints.graph,
    token: await token("graph"),
    authorization: null,
  };
  return {
    resourceManager,
    graph,
    synapse: await named("synapse", endpoints.synapse),
    keyVault: await named("keyVault", endpoints.keyVault),
    dataLake: endpoints.dataLake === null ? null : await named("dataLake", endpoints.dataLake),
    reader: () => readerOf(resourceManager),
    graphPermissions: async () => {
      const roles = claimsOf((await tokenOf(graph)) ?? "")?.roles;
      return Array.isArray(roles) ? roles.filter((each) => typeof each === "string") : [];
    },
  };
}

/**
 * The credential with a bound on its time: its own tries and time limits add up to minutes. One that has never given a
 * token is not asked again, because every read would wait for the same failure.
 */
export function bounded(credential: TokenCredential, milliseconds: number): TokenCredential {
  let first: Promise<AccessToken | null> | undefined;
  const ask: TokenCredential["getToken"] = async (scopes, options) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), milliseconds);
    const tooLate = new Promise<never>((_, reject) => {
      const failure = new ReadFailure(`the credential gave no token within ${milliseconds / 1000} s`);
      late.signal.addEventListener("abort", () => reject(failure));
    });
    try {
      return await Promise.race([credential.getToken(scopes, { ...options, abortSignal: late.signal }), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    getToken: async (scopes, options) => {
      if (first !== undefined) {
        await first;
        return ask(scopes, options);
      }
      first = ask(scopes, options);
      return first;
    },
  };
}

/** The credential that the SDKs take; Azure's services always have one. */
export function credentialOf(azure: AzureServices): TokenCredential {
  if (azure.resourceManager.token === null) throw new Error("Azure Resource Manager is read with a token");
  return azure.resourceManager.token.credential;
}

/** The token of a real service; null where there is none. */
async function tokenOf({ token }: Service): Promise<string | null> {
  if (token === null || token.credential === loopbackCredential) return null;
  try {
    return (await token.credential.getToken(token.audience))?.token ?? null;
  } catch {
    // Every read that follows meets the same failure and tells it.
    return null;
  }
}

/** What a token says of who asks; null where it cannot be read. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return null;
  }
}

async function readerOf(service: Service): Promise<Reader> {
  if (service.token === null || service.token.credential === loopbackCredential) return { kind: "loopback", id: null };
  const token = await tokenOf(service);
  return token === null ? { kind: "none", id: null } : readerIn(token);
}

/** Who a token speaks for. Claims as the Entra documentation's page on access token claims has them. */
export function readerIn(token: string): Reader {
  const claims = claimsOf(token);
  if (claims === null) return { kind: "unknown", id: null };
  const id = typeof claims.oid === "string" ? claims.oid : null;
  if (typeof claims.xms_mirid === "string") return { kind: "managedIdentity", id };
  return { kind: claims.idtyp === "user" || typeof claims.upn === "string" ? "user" : "servicePrincipal", id };
}
