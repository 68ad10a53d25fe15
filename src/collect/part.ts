import { digestOf } from "../resources/digest.ts";
import type { SnapshotPart } from "../resources/generated.ts";
import type { ReadDefinition } from "./definition.ts";

/**
 * The part, counted from 1, that reads a subscription: the first 48 bits of the SHA-256 of its id, modulo the count of
 * parts. So it follows from the id alone, and a subscription that comes or goes between two parts moves no other.
 * @param subscription as in /subscriptions/<guid>, in lower case
 */
export function partOf(subscription: string, count: number): number {
  const digits = digestOf(subscription).slice("sha256:".length, "sha256:".length + 12);
  return (Number.parseInt(digits, 16) % count) + 1;
}

/** Whether a run takes what is read once for the whole tenant: one without parts does, and the first part. */
export function isFirst(part: SnapshotPart | null): boolean {
  return part === null || part.index === 1;
}

/**
 * Whether a read is left to the first part: a list of the whole tenant, and everything of Prefect. Any other
 * read is made by every part that needs it: read twice it costs time, left out it would be a hole that nobody sees.
 */
export function isLeftToFirst(read: ReadDefinition, part: SnapshotPart | null): boolean {
  return !isFirst(part) && (read.once === true || read.service === "Prefect");
}
