import type { Row } from "../resources/kinds.ts";
import { findSecrets } from "../secrets/find.ts";

/** What was masked value by value when it was read. */
const masked: ReadonlySet<string> = new Set(["fields", "secrets"]);

/** Maps whose keys people choose, so that a key tells what its value is. */
const chosenKeys: ReadonlySet<string> = new Set(["tags", "labels"]);

/** Ids, times, numbers and single words of letters, which hold no credential: most of what is read. */
const harmless =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|\/(?:subscriptions|providers)\/[^?#@\s]*|[\d.]{1,40}|[A-Za-z]{1,40})$/i;

/** A row whose texts are masked, whatever their field: a credential can be written into any name or description. */
export function maskText(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [field, masked.has(field) ? value : maskedIn(value, field)]),
  ) as Row;
}

/** Texts in which nothing was found, because many rows hold the same; never one that holds a secret. */
const clean = new Set<string>();

function maskedText(value: string): string {
  if (clean.has(value)) return value;
  const shown = findSecrets({ path: "", key: "", value }).masked;
  if (shown === value) {
    if (clean.size >= 10_000) clean.clear();
    clean.add(value);
  }
  return shown;
}

function maskedIn(value: unknown, field: string): unknown {
  if (typeof value === "string") {
    return harmless.test(value) ? value : maskedText(value);
  }
  if (Array.isArray(value)) return value.map((each) => maskedIn(each, field));
  if (typeof value !== "object" || value === null) return value;
  const named = chosenKeys.has(field);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) =>
      named && typeof each === "string"
        ? [maskedIn(key, ""), findSecrets({ path: key, key, value: each }).masked]
        : [named ? String(maskedIn(key, "")) : key, maskedIn(each, field)],
    ),
  );
}
