import type { Answer, CountAnswer, EstateRequest, ListAnswer, Reply } from "./answer.ts";
import { failed, type Service } from "./failure.ts";
import type { Json } from "./json.ts";
import { cut, write } from "./paging.ts";

export type FaultKind =
  | "forbidden"
  /** 403 because of where the reader asks from; forbidden where a service has no such rules. */
  | "firewall"
  | "notFound"
  /** 429 with Retry-After. */
  | "throttle"
  /** 429 without Retry-After. */
  | "throttleSilent"
  | "serverError"
  /** Never answers; the connection stays open. */
  | "hang"
  /** Cuts the connection before it answers. */
  | "reset"
  /** 200 with half of the JSON. */
  | "truncated"
  /** 200 with a page of HTML. */
  | "html"
  /** 200 with `{}`. */
  | "noValue"
  /** The way to the next page leads to this page again; where pages go by offset, the offset is ignored. */
  | "nextLinkLoop"
  /** A link to a next page on another host. */
  | "nextLinkElsewhere"
  /** The first item of the list is left out, and nothing says so. */
  | "missingItem"
  /** All items of one scope (a resource group, a subscription, a block type …) are left out, and nothing says so. */
  | "missingScope"
  /** Every count is one more than what the list holds. */
  | "wrongCount"
  /** 307 to another host. */
  | "redirectElsewhere"
  | "unauthorized";

export interface Fault {
  kind: FaultKind;
  /** Tested on `METHOD /path?query`, decoded. */
  path: RegExp;
  /** How many requests it meets before all is normal again; always, where it is not given. */
  times?: number;
  /** Seconds in Retry-After; 1 where it is not given. */
  retryAfter?: number;
  /** Origin of the other host, for nextLinkElsewhere and redirectElsewhere. */
  elsewhere?: string;
}

const ELSEWHERE = "https://elsewhere.example";

/** Picks the fault that a request meets, and keeps the number of times that each has left. */
export function faultPicker(faults: readonly Fault[]): (line: string) => Fault | undefined {
  const left = faults.map((fault) => ({ fault, times: fault.times ?? Number.POSITIVE_INFINITY }));
  return (line) => {
    const met = left.find(
      ({ fault, times }) => times > 0 && new RegExp(fault.path.source, fault.path.flags).test(line),
    );
    if (met) met.times -= 1;
    return met?.fault;
  };
}

/** What is left when a request is answered without asking the service: undefined where the fault changes its answer. */
export function replyInstead(fault: Fault, service: Service, request: EstateRequest): Reply | undefined {
  switch (fault.kind) {
    case "forbidden":
      return forbidden(service, request);
    case "firewall":
      return shutOut(service) ?? forbidden(service, request);
    case "notFound":
      return service === "prefect"
        ? failed(service, 404, "", "Not Found")
        : failed(service, 404, "ResourceNotFound", `'${request.path}' was not found.`);
    case "unauthorized":
      return unauthorized(service);
    case "throttle":
    case "throttleSilent": {
      const headers: Record<string, string> =
        fault.kind === "throttle" ? { "retry-after": String(fault.retryAfter ?? 1) } : {};
      return failed(service, 429, "TooManyRequests", "Too many requests were sent. Try again later.", headers);
    }
    case "serverError":
      return failed(service, 500, "InternalServerError", "The server encountered an internal error. Try again later.");
    case "html":
      return {
        status: 200,
        headers: { "content-type": "text/html; charset=utf-8" },
        body: "<!doctype html><title>Sign in</title><p>Your session has ended.</p>",
      };
    case "noValue":
      return { status: 200, body: {} };
    case "redirectElsewhere":
      return { status: 307, headers: { location: (fault.elsewhere ?? ELSEWHERE) + request.url }, body: null };
    default:
      return undefined;
  }
}

/** The reply to a request that may have met a fault: a page cut from a list, a count, or what the service said. */
export function render(answer: Answer, request: EstateRequest, fault: Fault | undefined): Reply {
  if (answer.kind === "reply") return answer.reply;
  if (answer.kind === "count") return renderCount(answer, fault);
  return renderList(answer, request, fault);
}

function renderCount(answer: CountAnswer, fault: Fault | undefined): Reply {
  const more = fault?.kind === "wrongCount" ? 1 : 0;
  return answer.reply(answer.counts.map((count) => count + more));
}

function renderList(answer: ListAnswer, request: EstateRequest, fault: Fault | undefined): Reply {
  const { paging } = answer;
  const loops = fault?.kind === "nextLinkLoop";
  const page = cut(request, loops && paging.by === "offset" ? { ...answer, paging: { ...paging, offset: 0 } } : answer);
  switch (fault?.kind) {
    case "missingItem":
      if (page.first) page.items.shift();
      break;
    case "missingScope": {
      const scopes = answer.items.map(answer.scopeOf).filter((scope) => scope !== "");
      page.items = page.items.filter((item) => answer.scopeOf(item) !== scopes.at(-1));
      break;
    }
    case "wrongCount":
      page.total += 1;
      break;
    case "nextLinkLoop":
      page.next =
        paging.by === "x-ms-continuation"
          ? (request.header("x-ms-continuation") ?? Buffer.from("0").toString("base64url"))
          : request.origin + request.url;
      break;
    case "nextLinkElsewhere":
      page.next = `${fault.elsewhere ?? ELSEWHERE}${request.url}`;
      break;
  }
  return write(answer, page);
}

const FORBIDDEN_SCOPE = /^(.*)\/providers\/(.+)$/i;

function forbidden(service: Service, request: EstateRequest): Reply {
  switch (service) {
    case "arm": {
      const [, scope = "/", named = "Microsoft.Resources/subscriptions"] = FORBIDDEN_SCOPE.exec(request.path) ?? [];
      // Names stand between the types: after the first type every second segment is one.
      const type = named
        .split("/")
        .filter((_, index) => index < 2 || index % 2 === 1)
        .join("/");
      const message =
        `The client '${READER}' with object id '${READER}' does not have authorization to perform action ` +
        `'${type}/read' over scope '${scope || "/"}' or the scope is invalid. ` +
        "If access was recently granted, please refresh your credentials.";
      return failed(service, 403, "AuthorizationFailed", message);
    }
    case "graph":
      return failed(service, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    case "synapse": {
      const workspace = request.path.split("/")[1] ?? "";
      const message =
        `The principal '${READER}' does not have the required Synapse RBAC permission to perform this action. ` +
        `Required permission: Action: Microsoft.Synapse/workspaces/read, Scope: workspaces/${workspace}/*.`;
      return failed(service, 403, "Unauthorized", message);
    }
    case "keyvault": {
      const action = `Microsoft.KeyVault/vaults/${vaultAction(request.path)}`;
      const message = `Caller is not authorized to perform action on resource. Action: '${action}'`;
      return failed(service, 403, "Forbidden", message);
    }
    case "dataLake": {
      const message = "This request is not authorized to perform this operation using this permission.";
      return failed(service, 403, "AuthorizationPermissionMismatch", message);
    }
    case "prefect":
      return failed(service, 403, "", "Forbidden");
  }
}

function vaultAction(path: string): string {
  const [, , collection, , tail] = path.split("/");
  if (collection === "secrets") return "secrets/readMetadata/action";
  return tail === "rotationpolicy" ? "keyrotationpolicies/read" : `${collection}/read`;
}

function shutOut(service: Service): Reply | undefined {
  switch (service) {
    case "keyvault": {
      const message = "Client address is not authorized and caller is not a trusted service.";
      const error = { code: "Forbidden", message, innererror: { code: "ForbiddenByFirewall" } };
      return { status: 403, body: { error } };
    }
    case "dataLake":
      return failed(service, 403, "AuthorizationFailure", "This request is not authorized to perform this operation.");
    default:
      return undefined;
  }
}

/** Who asks, as the services' texts name them. */
const READER = "3f2c9f4e-7d10-4a52-9a2e-0b6f1c5d8e77";

export function unauthorized(service: Service): Reply {
  switch (service) {
    case "prefect":
      return { status: 401, body: { exception_message: "Unauthorized" } };
    case "graph":
      return failed(service, 401, "InvalidAuthenticationToken", "Access token is empty or not valid.");
    case "keyvault":
      return failed(service, 401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.", {
        "www-authenticate":
          'Bearer authorization="https://login.microsoftonline.com/common", resource="https://vault.azure.net"',
      });
    case "synapse":
      return failed(service, 401, "AuthenticationFailed", "Token authentication failed.");
    case "dataLake":
      return failed(service, 401, "NoAuthenticationInformation", "Server failed to authenticate the request.", {
        "www-authenticate":
          "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=https://storage.azure.com",
      });
    case "arm":
      return failed(
        service,
        401,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing or not valid.",
        {
          "www-authenticate":
            'Bearer authorization_uri="https://login.microsoftonline.com/common", error="invalid_token"',
        },
      );
  }
}

/** The text of a body, or half of it. */
export function bodyText(reply: Reply, fault: Fault | undefined): string {
  const text = isHtml(reply) ? String(reply.body) : reply.body === null ? "" : JSON.stringify(reply.body as Json);
  return fault?.kind === "truncated" ? text.slice(0, Math.ceil(text.length / 2)) : text;
}

function isHtml(reply: Reply): boolean {
  return reply.headers?.["content-type"]?.startsWith("text/html") === true;
}
