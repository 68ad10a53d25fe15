import type { Read } from "../resources/generated.ts";

/** Whether a read brought everything; what a tenant has no licence for is a fact, and nothing is missing. */
export function isRead(read: Read): boolean {
  return read.outcome === "complete" || read.outcome === "notLicensed";
}

/** Whether a read brings the rows of its kind, and not a field or a count beside them. */
export function readsOfRows(read: Read): boolean {
  return read.fields.length === 0;
}

/** Whether a read only counts what another read lists. */
export function isCount(read: Read): boolean {
  return read.fields.length === 1 && read.fields[0] === "count";
}
