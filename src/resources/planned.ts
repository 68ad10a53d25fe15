import type { Read } from "./generated.ts";

const prefix = "planned ";

/**
 * The read that stands for what a plan changes and does not say: the rows of a kind at or below a scope are not all known.
 * @param cause what in the plan, and why it is not known
 */
export function plannedRead(kind: string, scope: string, cause: string): Read {
  return {
    id: `${prefix}${kind} ${scope}: ${cause}`,
    kind,
    fields: [],
    scope,
    endpoint: "none",
    apiVersion: null,
    outcome: "partial",
    status: null,
    cause,
    permission: null,
    pages: 0,
    items: 0,
    expected: null,
    milliseconds: 0,
    requestId: null,
  };
}

/** Whether a read stands for what a plan does not say; by its id. */
export function isPlanned(id: string): boolean {
  return id.startsWith(prefix);
}
