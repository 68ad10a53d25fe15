import { beforeAll, expect, test } from "vitest";
import { plannedRows } from "../../../src/plan/rows/rows.ts";
import type { SnapshotContent } from "../../../src/snapshot/write.ts";
import { after, around, everything, live } from "./estate.ts";

let content: SnapshotContent;
beforeAll(async () => {
  content = await live();
});

/** What any change of a thing sets anew, as its service does. */
const moments: Readonly<Record<string, readonly string[]>> = {
  "azure.keyVault": ["updatedOn"],
};

test("what is planned as it is live changes no row, whatever kind it is of", () => {
  const objects = everything();
  const { changes, undecided, ignored } = plannedRows(objects, around(content));
  expect(undecided).toEqual([]);
  expect([...ignored]).toEqual([]);
  const wrong = changes.flatMap((change) => {
    if (change.action === "delete") return [`${change.kind} ${change.id} deleted`];
    const { kind, row } = change;
    const before = content.rows.get(kind)?.find(({ id }) => id === row.id);
    if (before === undefined) return [`${kind} ${row.id} is new`];
    const now = after(content, changes, kind, row.id) ?? {};
    const fields = new Set([...Object.keys(before), ...Object.keys(now)]);
    for (const field of moments[kind] ?? []) fields.delete(field);
    return [...fields].flatMap((field) => {
      const [one, other] = [before, now].map((each) => JSON.stringify((each as Record<string, unknown>)[field]));
      return one === other ? [] : [`${kind} ${row.id} ${field}: ${one} became ${other}`];
    });
  });
  expect(wrong.slice(0, 40)).toEqual([]);
  expect(new Set(changes.map(({ kind }) => kind)).size).toBeGreaterThan(20);
});
