import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Manifest, Read } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { InputError } from "../resources/problem.ts";
import { violations } from "../resources/validate.ts";
import { manifestFile, settled } from "./place.ts";
import { completingFile, manifestDigest, readsFile } from "./write.ts";

/** A snapshot on disk, opened for reading. */
export interface Snapshot {
  folder: string;
  manifest: Manifest;
  reads: readonly Read[];
  /** The text of a file below `inputs/`. */
  input(name: string): string;
  /** How many rows of a kind there are; 0 where the kind was not read. */
  count(kind: string): number;
  /** How many rows of a kind were read, where a plan adds or takes out others; `count` where it is absent. */
  read?(kind: string): number;
  /**
   * The rows of a kind, in order of id, streamed: only a chunk of the file is in memory.
   * @throws InputError at the end where the file's digest differs from the manifest's
   */
  rows(kind: string): Generator<Row>;
  /** Only in a part: the rows that complete those of other parts, streamed in order of id; none where there is no such file. */
  completing(kind: string): Generator<Row>;
}

const chunkBytes = 1 << 18;
/** No row that is written comes near this; a longer line is no row. */
const maxLineBytes = 64 << 20;

function refused(file: string, code: string, message: string, hint: string | null, line = 1): InputError {
  return new InputError([{ code, file, line, column: 1, message, hint }]);
}

function changed(file: string): InputError {
  return refused(
    file,
    "snapshot/changed",
    "the file was changed after it was collected: its digest differs from the manifest's",
    "collect again, or take the snapshot from where it was stored",
  );
}

/**
 * Opens a snapshot of the whole tenant and checks its manifest, its ledger and its inputs; rows are checked as they are
 * read.
 * @throws InputError where the folder is no snapshot or a part of one, or anything in it was changed
 */
export function openSnapshot(folder: string): Snapshot {
  const snapshot = openAny(folder);
  const { part } = snapshot.manifest;
  if (part !== undefined) {
    throw refused(
      folder,
      "snapshot/part",
      `this is part ${part.index} of ${part.count} of a snapshot, and a part alone tells nothing of the whole`,
      "merge it with the others: leastwise merge PART… --out DIR",
    );
  }
  return snapshot;
}

/**
 * Opens a part of a snapshot, to merge it.
 * @throws InputError where the folder is no part, or anything in it was changed
 */
export function openPart(folder: string): Snapshot {
  const snapshot = openAny(folder);
  if (snapshot.manifest.part === undefined) {
    const message = "this is a whole snapshot and no part of one";
    throw refused(folder, "merge/whole", message, "leave it out, or collect its parts with --shard");
  }
  return snapshot;
}

function openAny(named: string): Snapshot {
  const folder = settled(named);
  const file = join(folder, manifestFile);
  if (!existsSync(file)) {
    const isFolder = existsSync(folder) && statSync(folder).isDirectory();
    throw refused(
      folder,
      "snapshot/none",
      isFolder ? `this folder holds no ${manifestFile}` : "there is no such folder",
      "name the folder that `leastwise collect` wrote, or the snapshot/ below the --out of a scan",
    );
  }
  const manifest = readManifest(file);
  const found = listFiles(folder).filter((name) => name !== manifestFile);
  for (const name of found) {
    if (manifest.files[name] === undefined) {
      throw refused(join(folder, name), "snapshot/extra", "this file is no part of the snapshot", "remove it");
    }
  }
  for (const name of Object.keys(manifest.files)) {
    if (!found.includes(name)) {
      throw refused(join(folder, name), "snapshot/missing", "this file of the snapshot is missing", "collect again");
    }
  }
  const expected = (name: string): Manifest["files"][string] => {
    const entry = manifest.files[name];
    if (entry === undefined)
      throw refused(join(folder, name), "snapshot/missing", "the snapshot has no such file", null);
    return entry;
  };
  const rowsOf = function* (name: string): Generator<Row> {
    const path = join(folder, name);
    const entry = expected(name);
    const hash = createHash("sha256");
    let rows = 0;
    for (const lines of readLines(path, (chunk) => hash.update(chunk))) {
      for (let start = 0; start < lines.length; ) {
        const newline = lines.indexOf(10, start);
        const end = newline < 0 ? lines.length : newline;
        rows++;
        yield parseRow(lines.toString("utf8", start, end), path, rows);
        start = end + 1;
      }
    }
    if (hash.digest("hex") !== entry.sha256 || rows !== entry.rows) throw changed(path);
  };
  const input = (name: string): string => {
    const path = join(folder, "inputs", name);
    const text = readFileSync(path);
    if (createHash("sha256").update(text).digest("hex") !== expected(`inputs/${name}`).sha256) throw changed(path);
    return text.toString("utf8");
  };
  for (const name of Object.keys(manifest.files)) if (name.startsWith("inputs/")) input(name.slice("inputs/".length));
  const reads = [...rowsOf(readsFile)].map((line, index) => {
    const [wrong] = violations("read", line);
    if (wrong !== undefined)
      throw refused(join(folder, readsFile), "snapshot/read", wrong.message, wrong.hint, index + 1);
    return line as unknown as Read;
  });
  return {
    folder,
    manifest,
    reads,
    input,
    count: (kind) => manifest.files[`${kind}.ndjson`]?.rows ?? 0,
    rows: (kind) => rowsOf(`${kind}.ndjson`),
    completing: function* (kind) {
      if (manifest.files[completingFile(kind)] !== undefined) yield* rowsOf(completingFile(kind));
    },
  };
}

function readManifest(file: string): Manifest {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw refused(file, "snapshot/manifest", "the manifest is not JSON", "collect again");
  }
  const [wrong] = violations("snapshot", manifest);
  if (wrong !== undefined) throw refused(file, "snapshot/manifest", wrong.message, wrong.hint);
  if (manifestDigest(manifest) !== manifest.digest) throw changed(file);
  return manifest;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll("\\", "/").replace(/^\/+/, ""));
}

function parseRow(line: string, file: string, number: number): Row {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw refused(file, "snapshot/row", "this line is not JSON", "collect again", number);
  }
  if (typeof row !== "object" || row === null || typeof (row as Row).id !== "string") {
    throw refused(file, "snapshot/row", "this line is no row: it has no id", "collect again", number);
  }
  return row as Row;
}

/** The bytes of a file by chunks of whole lines, each line with its end but maybe the last; a chunk holds until the next. */
function* readLines(path: string, see: (chunk: Buffer) => void): Generator<Buffer> {
  const descriptor = openSync(path, "r");
  try {
    let buffer = Buffer.allocUnsafe(chunkBytes);
    let held = 0;
    for (;;) {
      if (held === buffer.length) {
        if (held >= maxLineBytes) throw refused(path, "snapshot/row", "a line is too long for a row", "collect again");
        buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      }
      const read = readSync(descriptor, buffer, held, buffer.length - held, null);
      if (read === 0) break;
      see(buffer.subarray(held, held + read));
      held += read;
      const end = buffer.subarray(0, held).lastIndexOf(10) + 1;
      yield buffer.subarray(0, end);
      buffer.copyWithin(0, end, held);
      held -= end;
    }
    yield buffer.subarray(0, held);
  } finally {
    closeSync(descriptor);
  }
}
