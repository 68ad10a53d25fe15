import type { Row } from "../resources/kinds.ts";
import { findSecrets } from "../secrets/find.ts";

/** Fields that hold what a person wrote freely, so that anything may stand there; ids and settings are not among them. */
const freeText = new Set([
  "displayName",
  "description",
  "ownerName",
  "createdBy",
  "tags",
  "version",
  "workQueueName",
  "stateName",
  "infrastructurePid",
  "materializedBy",
  "labels",
  "teamName",
  "accountName",
  "accountRole",
  "role",
  "email",
  "sqlAdministratorLogin",
]);

/** A row whose free texts are masked: a credential can be written into any description. */
export function maskFreeText(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [field, freeText.has(field) ? masked(value) : value]),
  ) as Row;
}

function masked(value: unknown): unknown {
  if (typeof value === "string") return findSecrets({ path: "", key: "", value }).masked;
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      masked(key),
      typeof each === "string" ? findSecrets({ path: key, key, value: each }).masked : masked(each),
    ]),
  );
}
