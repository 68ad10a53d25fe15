import { type PlannedObject, type PlannedValue, unknown } from "../plan.ts";

/** A planned object that will be there. */
export type Upserted = PlannedObject & { body: Body };
export type Body = { readonly [name: string]: PlannedValue };

/** The part of a body at a dotted path; undefined where it is left out. */
export function partOf(body: Body, path: string): PlannedValue | undefined {
  let at: PlannedValue | undefined = body;
  for (const name of path.split(".")) {
    if (at === unknown) return unknown;
    if (typeof at !== "object" || at === null || Array.isArray(at)) return undefined;
    at = (at as Body)[name];
  }
  return at;
}

/** A known text at a dotted path; null where it is left out, null, unknown or empty. */
export function textAt(body: Body, path: string): string | null {
  const value = partOf(body, path);
  return typeof value === "string" && value !== "" ? value : null;
}

/** Whether the part at a dotted path is told: neither left out nor unknown. */
export function isTold(body: Body, path: string): boolean {
  const value = partOf(body, path);
  return value !== undefined && value !== unknown;
}

/** Whether an id is one of Azure, and not the address of what has none before it is made. */
export function isAzureId(id: string): boolean {
  return id.startsWith("/");
}

/** The last part of an id, as it is written. */
export function lastName(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** The id of what a child stands in: the id without its last type and name. */
export function parentOf(id: string): string {
  return id.split("/").slice(0, -2).join("/");
}

/**
 * The id under which the principal or application of a planned object is known before it has one: its address in lower
 * case, as all ids of principals are. References of a plan to what it will get are made the same way.
 */
export function plannedId({ at, id }: Pick<PlannedObject, "at" | "id">): string {
  return (at.address ?? id).toLowerCase();
}
