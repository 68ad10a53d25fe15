import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Manifest, MergedPart, Read, Reader, SnapshotPart } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { InputError } from "../resources/problem.ts";
import { openPart, type Snapshot } from "./read.ts";
import { completingFile, readsFile, SnapshotWriter } from "./write.ts";

/** A part of a snapshot that was opened. */
interface Part extends Snapshot {
  part: SnapshotPart;
}

/** What whoever read the parts knows of their rows, and this file does not. */
export interface Joining {
  /** Kinds whose rows come after those of all others, because joining them takes what those tell. */
  last: readonly string[];
  /** Told of each row of the merged snapshot. */
  see(kind: string, row: Row): void;
  /** One row for what several parts hold of it, in order of part. @param completing what completes it and is no row by itself */
  join(kind: string, rows: readonly Row[], completing: Row | null): Row;
  /** Whether each part asked for things of its own in this read, so that what came adds up; else all read the same list. */
  addsUp(read: Read): boolean;
  /** Reads that no part made, though what they start from is in some part. */
  missed(parts: readonly Snapshot[]): readonly Read[];
  /** Told of the merged ledger and of the parts before any row. */
  begin(manifest: Omit<Manifest, "files" | "digest">, reads: readonly Read[], parts: readonly Snapshot[]): void;
}

/** Parts without an id in common are taken for those of one run where they began within this time, in ms. */
const unnamedSpread = 12 * 60 * 60 * 1000;

function refused(file: string, code: string, message: string, hint: string): InputError {
  return new InputError([{ code, file, line: 1, column: 1, message, hint }]);
}

/**
 * Merges the parts of a snapshot into the one that a run without parts would have written. Only a few rows of each part
 * are in memory. It says that it was collected when its first part began, because everything in it was read after that.
 * @throws InputError where a part is missing, doubled, changed or of another run; then nothing is written
 */
export async function mergeSnapshots(folders: readonly string[], out: string, joining: Joining): Promise<Manifest> {
  const parts = folders.map((folder): Part => {
    const opened = openPart(folder);
    return { ...opened, folder, part: opened.manifest.part ?? { index: 1, count: 1, run: null } };
  });
  checkParts(parts);
  parts.sort((a, b) => a.part.index - b.part.index);
  const manifest = mergedManifest(parts);
  const reads = mergedReads(parts, joining);
  joining.begin(manifest, reads, parts);
  const writer = new SnapshotWriter(out);
  try {
    for (const kind of kindsOf(parts, joining.last)) {
      const name = `${kind}.ndjson`;
      writer.putRows(name, kind, mergedRows(kind, parts, joining));
      // Between two files a signal can end the run.
      await setImmediate();
    }
    writer.put(
      readsFile,
      reads.map((read) => `${JSON.stringify(read)}\n`),
    );
    for (const name of Object.keys(parts[0]?.manifest.files ?? {})) {
      if (name.startsWith("inputs/")) writer.put(name, [parts[0]?.input(name.slice("inputs/".length)) ?? ""]);
    }
    return writer.finish(manifest);
  } catch (error) {
    writer.discard();
    throw error;
  }
}

function kindsOf(parts: readonly Part[], last: readonly string[]): string[] {
  const names = parts.flatMap(({ manifest }) => Object.keys(manifest.files));
  const kinds = new Set(
    names.filter((name) => !name.includes("/") && name !== readsFile).map((name) => name.replace(/\.ndjson$/, "")),
  );
  return [...[...kinds].filter((kind) => !last.includes(kind)).sort(), ...last.filter((kind) => kinds.has(kind))];
}

function checkParts(parts: readonly Part[]): void {
  const [first] = parts;
  if (first === undefined) throw refused("merge", "merge/missing", "no part was named", "name all parts of a snapshot");
  const { count } = first.part;
  for (const other of parts.slice(1)) {
    const differs = whyForeign(first, other);
    if (differs === null) continue;
    const message = `this part does not belong to ${first.folder}: ${differs}`;
    throw refused(other.folder, "merge/foreign", message, "merge the parts of one run alone");
  }
  const byIndex = Map.groupBy(parts, ({ part }) => part.index);
  for (const [index, [one, another]] of byIndex) {
    if (index > count)
      throw refused(one?.folder ?? "", "merge/foreign", `there is no part ${index} of ${count}`, "collect it again");
    if (another === undefined) continue;
    const message = `this is part ${index} of ${count}, as ${one?.folder} is`;
    throw refused(another.folder, "merge/doubled", message, "name each part once");
  }
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((index) => !byIndex.has(index));
  if (missing.length > 0) {
    const which = missing.map((index) => `${index}/${count}`).join(", ");
    const message = `${missing.length === 1 ? "a part is" : "parts are"} missing: ${which}`;
    throw refused(first.folder, "merge/missing", message, "collect what is missing with --shard, and name all parts");
  }
}

/** Why two parts are not of one snapshot; null where nothing speaks against it. */
function whyForeign(one: Part, other: Part): string | null {
  const [a, b] = [one.manifest, other.manifest];
  if (one.part.count !== other.part.count)
    return `it is one of ${other.part.count} parts, and that one is one of ${one.part.count}`;
  if (one.part.run !== other.part.run)
    return `its run is ${other.part.run ?? "not named"}, and that one's is ${one.part.run ?? "not named"} (--run-id)`;
  if (a.tool.version !== b.tool.version)
    return `leastwise ${b.tool.version} collected it, and that one ${a.tool.version}`;
  if (a.configuration.digest !== b.configuration.digest) return "it was collected with another configuration";
  const inputs = ({ files }: Manifest): string =>
    JSON.stringify(Object.entries(files).filter(([name]) => name.startsWith("inputs/")));
  if (inputs(a) !== inputs(b) || !same(a.configuration, b.configuration))
    return "it was collected with other waivers or policies";
  if (!same(a.systems, b.systems)) return "it was collected from other systems";
  if (a.fingerprints !== b.fingerprints) return "one has fingerprints of secrets and the other has none";
  if (!same(asked(a), asked(b))) return "it was collected for other subscriptions or management groups";
  // A part whose credential gave no token has read nothing of Azure, and its ledger says so.
  if (a.reader.kind !== "none" && b.reader.kind !== "none" && !same(a.reader, b.reader))
    return "another identity read it, and sees other things";
  const spread = Math.abs(Date.parse(a.collectedAt) - Date.parse(b.collectedAt));
  if (one.part.run === null && spread > unnamedSpread)
    return "they began more than 12 hours apart, and no --run-id says that they are of one run";
  return whyOtherTenant(one, other);
}

/** All parts list the subscriptions of the tenant, so two that have none in common read two tenants. */
function whyOtherTenant(one: Part, other: Part): string | null {
  const kind = "azure.subscription";
  if (one.count(kind) === 0 || other.count(kind) === 0) return null;
  const listed = new Set([...one.rows(kind)].map(({ id }) => id));
  for (const { id } of other.rows(kind)) if (listed.has(id)) return null;
  return "it lists none of the same subscriptions, so it is of another tenant";
}

function asked({ selection }: Manifest): unknown {
  return selection === undefined ? null : [selection.subscriptions, selection.managementGroups];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function mergedManifest(parts: readonly Part[]): Omit<Manifest, "files" | "digest"> {
  const { part: _part, parts: _parts, files: _files, digest: _digest, ...common } = (parts[0] as Part).manifest;
  const merged = parts.map(
    ({ part, manifest: { runId, collectedAt, digest } }): MergedPart => ({
      index: part.index,
      runId,
      collectedAt,
      digest,
    }),
  );
  const { selection } = common;
  const read = parts.flatMap(({ manifest }) => manifest.selection?.read ?? []);
  const reader: Reader =
    parts.map(({ manifest }) => manifest.reader).find(({ kind }) => kind !== "none") ?? common.reader;
  return {
    ...common,
    runId: parts[0]?.part.run ?? idOf(merged),
    collectedAt: merged.map((each) => each.collectedAt).sort()[0] ?? common.collectedAt,
    reader,
    parts: merged,
    ...(selection && { selection: { ...selection, read: [...new Set(read)].sort() } }),
  };
}

/** The same parts make the same id, so merging is repeatable. */
function idOf(parts: readonly MergedPart[]): string {
  const hex = createHash("sha256")
    .update(parts.map(({ digest }) => digest).join("\n"))
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const worse: readonly Read["outcome"][] = ["complete", "notLicensed", "partial", "notAttempted", "refused", "failed"];

/** The lines of all parts; one for each id, which is as good as the worst of its lines. */
function mergedReads(parts: readonly Part[], joining: Joining): Read[] {
  const byId = Map.groupBy([...parts.flatMap(({ reads }) => reads), ...joining.missed(parts)], ({ id }) => id);
  return [...byId.values()].map((lines) => mergedRead(lines, joining)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function mergedRead(lines: readonly Read[], { addsUp }: Joining): Read {
  const worst = lines.reduce((a, b) => (worse.indexOf(b.outcome) > worse.indexOf(a.outcome) ? b : a));
  if (lines.length === 1) return worst;
  const together = (numbers: readonly number[]): number =>
    addsUp(worst) ? numbers.reduce((sum, each) => sum + each, 0) : Math.max(...numbers);
  const expected = lines.flatMap((each) => (each.expected === null ? [] : [each.expected]));
  return {
    ...worst,
    pages: together(lines.map((each) => each.pages)),
    items: together(lines.map((each) => each.items)),
    expected: expected.length === 0 ? null : together(expected),
    milliseconds: together(lines.map((each) => each.milliseconds)),
  };
}

/** One of several streams in order of id, with the row that it stands at. */
interface Stream {
  rows: Generator<Row>;
  at: Row | null;
  file: string;
}

function opened(rows: Generator<Row>, file: string): Stream {
  const stream: Stream = { rows, at: null, file };
  advance(stream);
  return stream;
}

function advance(stream: Stream): void {
  const next = stream.rows.next();
  const row = next.done === true ? null : next.value;
  if (row !== null && stream.at !== null && row.id <= stream.at.id)
    throw refused(stream.file, "merge/order", "the rows are not in order of id", "collect this part again");
  stream.at = row;
}

/** The rows of a kind of all parts in order of id, each once. */
function* mergedRows(kind: string, parts: readonly Part[], joining: Joining): Generator<Row> {
  const streams = parts
    .filter(({ manifest }) => manifest.files[`${kind}.ndjson`] !== undefined)
    .map((part) => opened(part.rows(kind), part.folder));
  const completing = parts
    .filter(({ manifest }) => manifest.files[completingFile(kind)] !== undefined)
    .map((part) => opened(part.completing(kind), part.folder));
  for (;;) {
    let id: string | null = null;
    for (const { at } of streams) if (at !== null && (id === null || at.id < id)) id = at.id;
    // What is left of the streams that only complete is read to its end, because its digest is checked there.
    for (const each of completing) while (each.at !== null && (id === null || each.at.id < id)) advance(each);
    if (id === null) return;
    const rows: Row[] = [];
    for (const stream of streams) {
      if (stream.at?.id !== id) continue;
      rows.push(stream.at);
      advance(stream);
    }
    const row = joining.join(kind, rows, completing.find(({ at }) => at?.id === id)?.at ?? null);
    joining.see(kind, row);
    yield row;
  }
}
