import { beforeAll, expect, test } from "vitest";
import { catalogue } from "../../src/collect/catalogue.ts";
import { kinds } from "../../src/resources/kinds.ts";
import { described, lineOf, linesOf, MemoryEstate, type MemoryRun } from "../collect/memory.ts";

/** Reads that the sample estate gives no occasion for, by name and endpoint, each with the reason. */
const elsewhere: Readonly<Record<string, string>> = {
  "azure.keyVaultSecret.resourceManager GET {scope}/secrets per azure.keyVault":
    "asked only where a vault refuses its own list; test/collect/vaults.test.ts makes it",
  "azure.keyVaultKey.resourceManager GET {scope}/keys per azure.keyVault":
    "asked only where a vault refuses its own list; test/collect/vaults.test.ts makes it",
};

/** What a read is told apart by that is no field of a row: a count, another way to a list, what only doctor asks. */
const ways: readonly string[] = ["count", "resourceManager", "readerPermissions"];

let run: MemoryRun;

beforeAll(async () => {
  run = await new MemoryEstate().collect();
});

test("every read of the catalogue is made on the sample estate, or it is said why not", () => {
  // Of files nothing is asked; their read leaves its line.
  const files = catalogue.filter(({ service }) => service === "Repository");
  const lines = new Set(run.content.reads.map((each) => each.id));
  expect(files.map(({ kind, per }) => `${kind} ${per}`).filter((line) => !lines.has(line))).toEqual([]);
  const made = new Set([...files, ...run.sent.map(({ plan }) => plan.read)].map(described));
  const missing = catalogue.map(described).filter((read) => !made.has(read));
  expect(missing.sort()).toEqual(Object.keys(elsewhere).sort());
});

test("no two reads of the catalogue are the same one", () => {
  const all = catalogue.map(described);
  expect(all.filter((each, index) => all.indexOf(each) !== index)).toEqual([]);
});

test("every request belongs to a read of the catalogue", () => {
  const known = new Set(catalogue.map(described));
  const unknown = run.sent
    .filter(({ plan }) => !known.has(described(plan.read)))
    .map(({ plan, line }) => `${lineOf(plan)}: ${line}`);
  expect(unknown).toEqual([]);
});

test("every line of the ledger is that of a read of the catalogue, and no two lines are the same", () => {
  const files = ["source.file repository", "source.declaration repository"];
  const planned = new Set([...run.sent.flatMap(({ plan }) => linesOf(plan)), ...files]);
  const lines = run.content.reads.map((each) => each.id);
  expect(lines.filter((line) => !planned.has(line))).toEqual([]);
  expect(lines.filter((line, index) => lines.indexOf(line) !== index)).toEqual([]);
});

test("the rows of every kind come from a read of them", () => {
  const brought = new Set(
    catalogue.flatMap(({ kind, fields, also }) => [
      ...(fields === undefined ? [kind] : []),
      ...(also === undefined ? [] : [also]),
    ]),
  );
  expect([...kinds.keys()].filter((kind) => !brought.has(kind))).toEqual([]);
  const listed = new Set(run.content.reads.filter((each) => each.fields.length === 0).map((each) => each.kind));
  const held = [...run.content.rows].filter(([, rows]) => rows.length > 0).map(([kind]) => kind);
  expect(held.filter((kind) => !listed.has(kind))).toEqual([]);
});

test("every kind of a read, and every field that one brings, stands in a schema", () => {
  const wrong = catalogue.flatMap(({ kind, fields = [], also }) => [
    ...[kind, ...(also === undefined ? [] : [also])].filter((each) => !kinds.has(each)),
    ...fields
      .filter((field) => !ways.includes(field) && !kinds.get(kind)?.fields.has(field))
      .map((field) => `${kind}.${field}`),
  ]);
  expect(wrong).toEqual([]);
});
