import type { Answer, Reply } from "./answer.ts";
import type { JsonObject } from "./json.ts";

export type Service = "arm" | "graph" | "synapse" | "keyvault" | "dataLake" | "prefect";

const LOCAL_CODES: Record<string, string> = {
  Forbidden: "ForbiddenByRbac",
};

/** The body with which a service refuses; Prefect has no codes, and Graph adds when and which request. */
export function failureBody(service: Service, code: string, message: string): JsonObject {
  switch (service) {
    case "prefect":
      return { detail: message };
    case "graph":
      return {
        error: {
          code,
          message,
          innerError: {
            date: "2026-11-20T06:00:00",
            "request-id": "00000000-0000-4000-8000-000000000000",
            "client-request-id": "00000000-0000-4000-8000-000000000000",
          },
        },
      };
    case "keyvault": {
      const inner = LOCAL_CODES[code];
      return { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } };
    }
    case "arm":
    case "dataLake":
    case "synapse":
      return { error: { code, message } };
  }
}

export function failed(
  service: Service,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  // Storage repeats the code in a header, which is all that HEAD shows of it.
  const told: Record<string, string> = service === "dataLake" ? { "x-ms-error-code": code } : {};
  return { status, headers: { ...told, ...headers }, body: failureBody(service, code, message) };
}

export function failure(service: Service, status: number, code: string, message: string): Answer {
  return { kind: "reply", reply: failed(service, status, code, message) };
}
