import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { digestOf } from "../resources/digest.ts";
import type { Manifest, Read } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { InputError } from "../resources/problem.ts";

/** The name of the ledger of reads in a snapshot. */
export const readsFile = "reads.ndjson";
/** The name of the manifest in a snapshot. */
export const manifestFile = "manifest.json";

/** Everything that a snapshot holds. */
export interface SnapshotContent {
  manifest: Omit<Manifest, "files" | "digest">;
  reads: readonly Read[];
  rows: ReadonlyMap<string, readonly Row[]>;
  /** The configuration, waivers and policies in force, by their name below `inputs/`. */
  inputs: ReadonlyMap<string, string>;
}

/** The digest of a manifest: that of its JSON without the field that holds the digest. */
export function manifestDigest(manifest: Omit<Manifest, "digest">): string {
  return digestOf(JSON.stringify({ ...manifest, digest: undefined }));
}

/**
 * Writes a snapshot. It is made in a temporary folder beside the target and renamed at the end, so a killed run leaves
 * no half snapshot; a snapshot that stood there before is replaced, anything else there is left alone.
 * @throws InputError where the target exists and is no snapshot
 */
export function writeSnapshot(folder: string, content: SnapshotContent): void {
  const target = resolve(folder);
  if (existsSync(target) && !isReplaceable(target)) {
    const message = "this exists and is no snapshot, so it is not replaced";
    throw new InputError([
      { code: "snapshot/occupied", file: folder, line: 1, column: 1, message, hint: "choose another folder" },
    ]);
  }
  mkdirSync(dirname(target), { recursive: true });
  const building = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    const files: Manifest["files"] = {};
    const put = (name: string, lines: Iterable<string>): void => {
      const hash = createHash("sha256");
      const chunks: string[] = [];
      let rows = 0;
      for (const line of lines) {
        hash.update(line);
        chunks.push(line);
        rows++;
      }
      mkdirSync(dirname(join(building, name)), { recursive: true, mode: 0o700 });
      writeFileSync(join(building, name), chunks.join(""), { mode: 0o600 });
      files[name] = { rows, sha256: hash.digest("hex") };
    };
    for (const [kind, rows] of [...content.rows].sort(byFirst)) {
      put(
        `${kind}.ndjson`,
        [...rows].sort(byId).map((row) => `${JSON.stringify(row)}\n`),
      );
    }
    put(
      readsFile,
      [...content.reads].sort(byId).map((read) => `${JSON.stringify(read)}\n`),
    );
    for (const [name, text] of [...content.inputs].sort(byFirst)) put(`inputs/${name}`, [text]);
    const manifest = { ...content.manifest, files };
    const digested: Manifest = { ...manifest, digest: manifestDigest(manifest) };
    writeFileSync(join(building, manifestFile), `${JSON.stringify(digested, null, 2)}\n`, { mode: 0o600 });
    // Removing takes time, so what stood there is moved out of the way first: at no moment is half of it there.
    const former = `${building}-former`;
    if (existsSync(target)) renameSync(target, former);
    renameSync(building, target);
    rmSync(former, { recursive: true, force: true });
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    throw error;
  }
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
