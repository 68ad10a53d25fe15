import type { TokenCredential } from "@azure/core-auth";
import {
  bearerTokenAuthenticationPolicy,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
} from "@azure/core-rest-pipeline";
import type { ReadDefinition } from "../definition.ts";
import { bodyOf } from "./guard.ts";

/** A service that is read: where it answers and what it wants to see. */
export interface Service {
  /** Without a trailing slash. */
  endpoint: string;
  /** Tokens of Azure; null for Prefect. */
  token: { credential: TokenCredential; audience: string } | null;
  /** The whole Authorization header of Prefect; null: none. */
  authorization: string | null;
}

/** How an SDK's client is set up so that the guard alone decides on tries and hosts. */
export const sdkOptions = {
  retryOptions: { maxRetries: 0 },
  userAgentOptions: { userAgentPrefix: "leastwise" },
} as const;

/** One request and its answer, for services without an SDK. */
export interface Call {
  method: "GET" | "POST" | "HEAD";
  /** Below the endpoint, or a whole link that the service gave. */
  path: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** An answer: parsed, with its headers by name in lower case. */
export interface Answer {
  /** To HEAD, which is answered without a body, its headers. */
  body: unknown;
  header(name: string): string | undefined;
}

/** The path and query of a read's first request. @param query further parameters, without ? or & at their ends */
export function joined({ endpoint, apiVersion }: ReadDefinition, scope: string, query = ""): string {
  const path = endpoint.slice(endpoint.indexOf(" ") + 1).replace("{scope}", scope === "/" ? "" : scope);
  const parameters = [apiVersion === null ? "" : `api-version=${apiVersion}`, query].filter((each) => each !== "");
  return parameters.length === 0 ? path : `${path}?${parameters.join("&")}`;
}

const pipelines = new WeakMap<Service, Pipeline>();

function pipelineOf(service: Service): Pipeline {
  let pipeline = pipelines.get(service);
  if (pipeline === undefined) {
    pipeline = createPipelineFromOptions(sdkOptions);
    if (service.token !== null) {
      pipeline.addPolicy(
        bearerTokenAuthenticationPolicy({ credential: service.token.credential, scopes: service.token.audience }),
      );
    }
    pipelines.set(service, pipeline);
  }
  return pipeline;
}

/** The address that SDKs are given: tokens are only sent to https, and the guard changes the scheme on loopback. */
export function sdkEndpoint(service: Service): string {
  return service.endpoint.replace(/^http:/, "https:");
}

/** Sends one request through the guard's client. @throws ReadFailure */
export async function call(
  service: Service,
  client: HttpClient,
  { method, path, body, headers }: Call,
): Promise<Answer> {
  const address = /^https?:/.test(path) ? path : service.endpoint + path;
  const request = createPipelineRequest({
    method,
    url: service.token === null ? address : address.replace(/^http:/, "https:"),
    headers: createHttpHeaders({ accept: "application/json", ...headers }),
    allowInsecureConnection: service.endpoint.startsWith("http:"),
  });
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers.set("content-type", "application/json");
  }
  if (service.authorization !== null) request.headers.set("authorization", service.authorization);
  const response = await pipelineOf(service).sendRequest(client, request);
  return { body: bodyOf(response), header: (name) => response.headers.get(name) };
}
