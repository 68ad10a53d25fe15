import { Access, type Rows } from "../../src/access/access.ts";
import { type Row, valueAt } from "../../src/resources/kinds.ts";

/** Rows by kind, as a snapshot would hold them; what was not read everywhere is named with its cause. */
export function rowsOf(
  kinds: Readonly<Record<string, readonly Row[]>>,
  missing: Readonly<Record<string, string>> = {},
): Rows {
  return {
    index(kind, field) {
      return Map.groupBy(
        (kinds[kind] ?? []).filter((row) => valueAt(row, field) !== undefined && valueAt(row, field) !== null),
        (row) => valueAt(row, field),
      );
    },
    missing: (kind, ...fields) =>
      missing[kind] ??
      (fields.some((field) => (kinds[kind] ?? []).some((row) => valueAt(row, field) === undefined))
        ? `${kind} lacks a field in a row`
        : null),
  };
}

/** Access over rows, below management groups by subscription. */
export function accessOf(
  kinds: Readonly<Record<string, readonly Row[]>>,
  hierarchy: ReadonlyMap<string, readonly string[] | null> = new Map(),
  missing: Readonly<Record<string, string>> = {},
): Access {
  return new Access(rowsOf(kinds, missing), hierarchy);
}
