import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { digestOf } from "../resources/digest.ts";
import type { Manifest, Read } from "../resources/generated.ts";
import { kinds, type Row } from "../resources/kinds.ts";
import { InputError, writingTo } from "../resources/problem.ts";
import { manifestFile, newBuilding, place, removeLeftOvers, settled } from "./place.ts";

/** The name of the ledger of reads in a snapshot. */
export const readsFile = "reads.ndjson";

/** Everything that a snapshot holds. */
export interface SnapshotContent {
  manifest: Omit<Manifest, "files" | "digest">;
  reads: readonly Read[];
  rows: ReadonlyMap<string, readonly Row[]>;
  /** Only in a part: rows by kind that complete rows of other parts, and are none by themselves. */
  completing?: ReadonlyMap<string, readonly Row[]>;
  /** The configuration, waivers and policies in force, by their name below `inputs/`. */
  inputs: ReadonlyMap<string, string>;
}

/** The digest of a manifest: that of its JSON without the field that holds the digest. */
export function manifestDigest(manifest: Omit<Manifest, "digest">): string {
  return digestOf(JSON.stringify({ ...manifest, digest: undefined }));
}

/** The name of the file of a part that holds what completes rows of other parts. */
export function completingFile(kind: string): string {
  return `completing/${kind}.ndjson`;
}

/** So many characters are written at once. */
const pieceLength = 1 << 18;

/**
 * Writes a snapshot file by file. It is made in a temporary folder beside the target and renamed at the end, so a run
 * that is killed leaves the old snapshot whole or the new one; a snapshot that stood there is replaced, anything else
 * there is left alone.
 */
export class SnapshotWriter {
  readonly #folder: string;
  readonly #target: string;
  readonly #building: string;
  readonly #files: Manifest["files"] = {};
  readonly #discard = (): void => this.discard();

  /** @throws InputError where the target exists and is no snapshot; OutputError where it cannot be written */
  constructor(folder: string) {
    this.#folder = folder;
    this.#target = resolve(folder);
    settled(this.#target);
    if (existsSync(this.#target) && !isReplaceable(this.#target)) {
      const message = "this exists and is no snapshot, so it is not replaced";
      throw new InputError([
        { code: "snapshot/occupied", file: folder, line: 1, column: 1, message, hint: "choose another folder" },
      ]);
    }
    removeLeftOvers(this.#target);
    this.#building = writingTo(folder, () => newBuilding(this.#target));
    process.once("exit", this.#discard);
  }

  /** Writes a file; only a piece of it is in memory. @param lines each with its end */
  put(name: string, lines: Iterable<string>): void {
    writingTo(this.#folder, () => this.#put(name, lines));
  }

  #put(name: string, lines: Iterable<string>): void {
    mkdirSync(dirname(join(this.#building, name)), { recursive: true, mode: 0o700 });
    const file = openSync(join(this.#building, name), "w", 0o600);
    const hash = createHash("sha256");
    let rows = 0;
    let piece = "";
    const flush = (): void => {
      const bytes = Buffer.from(piece);
      hash.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      piece = "";
    };
    try {
      for (const line of lines) {
        piece += line;
        rows++;
        if (piece.length >= pieceLength) flush();
      }
      flush();
    } finally {
      closeSync(file);
    }
    this.#files[name] = { rows, sha256: hash.digest("hex") };
  }

  /** Writes the rows of a kind. @param rows in order of id */
  putRows(name: string, kind: string, rows: Iterable<Row>): void {
    const ordered = fieldsInOrder(kind);
    this.put(
      name,
      mapped(rows, (row) => `${JSON.stringify(ordered(row))}\n`),
    );
  }

  /** Writes the manifest and puts the snapshot into its place. */
  finish(described: Omit<Manifest, "files" | "digest">): Manifest {
    const manifest = { ...described, files: Object.fromEntries(Object.entries(this.#files).sort(byFirst)) };
    const digested: Manifest = { ...manifest, digest: manifestDigest(manifest) };
    writingTo(this.#folder, () => {
      writeFileSync(join(this.#building, manifestFile), `${JSON.stringify(digested, null, 2)}\n`, { mode: 0o600 });
      place(this.#building, this.#target);
    });
    process.off("exit", this.#discard);
    return digested;
  }

  /** Leaves nothing behind of a run that was broken off. */
  discard(): void {
    process.off("exit", this.#discard);
    rmSync(this.#building, { recursive: true, force: true });
  }
}

/**
 * Writes a snapshot whole or not at all.
 * @throws InputError where the target exists and is no snapshot; OutputError where it cannot be written
 */
export function writeSnapshot(folder: string, content: SnapshotContent): void {
  const writer = new SnapshotWriter(folder);
  try {
    for (const [kind, rows] of content.rows) writer.putRows(`${kind}.ndjson`, kind, [...rows].sort(byId));
    for (const [kind, rows] of content.completing ?? [])
      writer.putRows(completingFile(kind), kind, [...rows].sort(byId));
    writer.put(
      readsFile,
      mapped([...content.reads].sort(byId), (read) => `${JSON.stringify(read)}\n`),
    );
    for (const [name, text] of content.inputs) writer.put(`inputs/${name}`, [text]);
    writer.finish(content.manifest);
  } catch (error) {
    writer.discard();
    throw error;
  }
}

/** A row with its fields in the order of its schema, so that it has the same bytes whichever reads brought them. */
function fieldsInOrder(kind: string): (row: Row) => object {
  const names = Object.keys(kinds.get(kind)?.schema.properties ?? {});
  return (row) => {
    const ordered: Record<string, unknown> = {};
    for (const name of names) if (row[name] !== undefined) ordered[name] = row[name];
    return Object.assign(ordered, row);
  };
}

function* mapped<Item>(items: Iterable<Item>, to: (item: Item) => string): Generator<string> {
  for (const item of items) yield to(item);
}

function isReplaceable(target: string): boolean {
  if (!statSync(target).isDirectory()) return false;
  return readdirSync(target).length === 0 || existsSync(join(target, manifestFile));
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function byFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
