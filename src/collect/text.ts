import type { Row } from "../resources/kinds.ts";
import { findSecrets } from "../secrets/find.ts";
import { keptText } from "./forms.ts";

/** What was masked value by value when it was read. */
const masked: ReadonlySet<string> = new Set(["fields", "secrets"]);

/** Maps whose keys people choose, so that a key tells what its value is. */
const chosenKeys: ReadonlySet<string> = new Set(["tags", "labels"]);

/** A row whose texts are masked, whatever their field: a credential can be written into any name or description. */
export function maskText(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [field, masked.has(field) ? value : maskedIn(value, field)]),
  ) as Row;
}

function maskedIn(value: unknown, field: string): unknown {
  if (typeof value === "string") return keptText(value);
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
