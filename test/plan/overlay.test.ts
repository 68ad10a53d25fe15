import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlay } from "../../src/plan/overlay.ts";
import type { RowChange, Undecided } from "../../src/plan/plan.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { Snapshot } from "../../src/snapshot/read.ts";

const at = { file: "plan.json", line: 1, column: 1, address: null };

/** A snapshot in memory, as far as an overlay looks at it. */
function snapshotOf(rows: Readonly<Record<string, readonly Row[]>>): Snapshot {
  const files = Object.fromEntries(
    Object.entries(rows).map(([kind, all]) => [`${kind}.ndjson`, { rows: all.length, sha256: "" }]),
  );
  return {
    folder: "",
    manifest: { files } as unknown as Snapshot["manifest"],
    reads: [],
    input: () => "",
    count: (kind) => rows[kind]?.length ?? 0,
    *rows(kind) {
      yield* (rows[kind] ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
    *completing() {},
  };
}

const put = (kind: string, row: Row, more: Partial<Extract<RowChange, { action: "upsert" }>> = {}): RowChange => ({
  action: "upsert",
  kind,
  row,
  unread: [],
  fresh: false,
  at,
  ...more,
});

const take = (kind: string, id: string): RowChange => ({ action: "delete", kind, id, at });

const variable = "prefect.variable";

describe("changes over a snapshot", () => {
  const id = fc.integer({ min: 0, max: 12 }).map((number) => `prefect:a/variable/v${number}`);
  const fields = fc.dictionary(fc.constantFrom("name", "tags", "created"), fc.integer(), { maxKeys: 3 });
  const row = fc.tuple(id, fields).map(([key, rest]): Row => ({ ...rest, id: key }));
  const change = fc.oneof(
    row.map((each) => put(variable, each)),
    fc.tuple(row, fc.subarray(["name", "tags"])).map(([each, unread]) =>
      put(variable, Object.fromEntries(Object.entries(each).filter(([name]) => !unread.includes(name))) as Row, {
        unread,
      }),
    ),
    row.map((each) => put(variable, each, { fresh: true })),
    id.map((each) => take(variable, each)),
  );

  test("give the rows that the changes say, in order of id, and count them", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { selector: (each) => each.id }),
        fc.uniqueArray(change, { selector: (each) => (each.action === "delete" ? each.id : each.row.id) }),
        (live, changes) => {
          const expected = new Map(live.map((each) => [each.id, each]));
          for (const each of changes) {
            if (each.action === "delete") expected.delete(each.id);
            else {
              const kept = each.fresh ? {} : { ...expected.get(each.row.id) };
              for (const name of each.unread) delete (kept as Record<string, unknown>)[name];
              expected.set(each.row.id, { ...kept, ...each.row });
            }
          }
          const { snapshot } = overlay(snapshotOf({ [variable]: live }), changes);
          const rows = [...snapshot.rows(variable)];
          expect(rows.map((each) => each.id)).toEqual([...expected.keys()].sort());
          for (const each of rows) expect(each).toEqual(expected.get(each.id));
          expect(snapshot.count(variable)).toBe(rows.length);
          // Rows can be asked for again, as a snapshot's can.
          expect([...snapshot.rows(variable)]).toEqual(rows);
        },
      ),
    );
  });

  test("tell what each row was and what it becomes", () => {
    const live = [
      { id: "a", name: "old" },
      { id: "b", name: "same" },
      { id: "c", name: "gone" },
    ];
    const { changed } = overlay(snapshotOf({ [variable]: live }), [
      put(variable, { id: "a", name: "new" }),
      put(variable, { id: "b", name: "made anew" }, { fresh: true }),
      take(variable, "c"),
      put(variable, { id: "d" }),
      take(variable, "not there"),
    ]);
    expect(changed.map(({ action, id: changedId }) => [action, changedId])).toEqual([
      ["update", "a"],
      ["replace", "b"],
      ["delete", "c"],
      ["create", "d"],
    ]);
  });

  test("a thing that one plan takes out and another makes is there, whichever comes first", () => {
    const changes = [take(variable, "a"), put(variable, { id: "a", name: "moved" })];
    for (const order of [changes, changes.toReversed()]) {
      const { snapshot } = overlay(snapshotOf({ [variable]: [{ id: "a", name: "old", tags: ["kept?"] }] }), order);
      expect([...snapshot.rows(variable)]).toEqual([{ id: "a", name: "moved" }]);
    }
  });

  test("a list that was not read whole is whole where the plan gives it, and only there", () => {
    const live = [{ id: "a", tags: ["x"], parameters: [], incomplete: ["tags", "parameters"] }];
    const { snapshot } = overlay(snapshotOf({ [variable]: live }), [put(variable, { id: "a", tags: ["y"] })]);
    expect([...snapshot.rows(variable)]).toEqual([
      { id: "a", tags: ["y"], parameters: [], incomplete: ["parameters"] },
    ]);
  });
});

describe("what stands in something", () => {
  const lake = "/subscriptions/s/resourcegroups/rg/providers/microsoft.storage/storageaccounts/lake";
  const container = `${lake}/blobservices/default/containers/raw`;
  const grant = `${lake}/providers/microsoft.authorization/roleassignments/1`;
  const above = "/subscriptions/s/providers/microsoft.authorization/roleassignments/2";
  const live = snapshotOf({
    "azure.storageAccount": [{ id: lake }, { id: `${lake}two` }],
    "azure.storageContainer": [{ id: container }, { id: `${lake}two/blobservices/default/containers/raw` }],
    "azure.roleAssignment": [{ id: grant }, { id: above }],
    "prefect.workPool": [{ id: "prefect:a/workPool/p" }],
    "prefect.workQueue": [{ id: "prefect:a/workQueue/p/default", workPoolId: "prefect:a/workPool/p" }],
  });

  test("goes with it, and what only has a name alike stays", () => {
    const { snapshot, undecided } = overlay(live, [
      take("azure.storageAccount", lake),
      take("prefect.workPool", "prefect:a/workPool/p"),
    ]);
    expect([...snapshot.rows("azure.storageContainer")].map(({ id }) => id)).toEqual([
      `${lake}two/blobservices/default/containers/raw`,
    ]);
    expect([...snapshot.rows("azure.roleAssignment")]).toEqual([{ id: above }]);
    expect(snapshot.count("azure.roleAssignment")).toBe(1);
    expect(snapshot.count("prefect.workQueue")).toBe(0);
    expect(undecided).toEqual([]);
  });

  test("is not known where that is made anew and the plan does not say it", () => {
    const { snapshot, undecided } = overlay(live, [
      put("azure.storageAccount", { id: lake }, { fresh: true }),
      put("azure.roleAssignment", { id: grant, condition: null }),
    ]);
    expect([...snapshot.rows("azure.roleAssignment")]).toEqual([{ id: above }, { id: grant, condition: null }]);
    expect(undecided.map(({ kind, scope }) => [kind, scope])).toEqual([["azure.storageContainer", lake]]);
    expect(snapshot.reads.map(({ kind, outcome }) => [kind, outcome])).toEqual([["azure.storageContainer", "partial"]]);
  });

  test("changes of what no system brought are told, and are in no rows", () => {
    const undecided: Undecided[] = [{ kind: "synapse.workspace", scope: "tenant", cause: "its name", at }];
    const told = overlay(live, [put("prefect.block", { id: "prefect:a/block/x/y" })], undecided);
    expect([...told.beyond]).toEqual([
      ["prefect.block", 1],
      ["synapse.workspace", 1],
    ]);
    expect(told.snapshot.reads).toEqual([]);
    expect(told.changed).toEqual([]);
  });
});
