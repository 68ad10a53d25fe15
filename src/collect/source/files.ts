import { constants } from "node:fs";
import { access, open, readdir, readFile, realpath, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import type { SourceFiles } from "../../config/config.ts";
import type { SourceDeclaration, SourceFile, SourceSecret } from "../../resources/generated.ts";
import type { PathGlob } from "../../resources/paths.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { formatOf } from "../../secrets/formats/choose.ts";
import { scanText } from "../../secrets/text.ts";
import type { ReadDefinition } from "../definition.ts";
import type { Ledger } from "../ledger.ts";
import { incomplete, type NewRow } from "../reader.ts";
import { maskName } from "../values.ts";
import { DeclarationIndex } from "./declared/index.ts";

/** What the one read of files is made for. */
export const repository = "repository";

/** The read of the files that the configuration names. */
export const filesRead: ReadDefinition = {
  kind: "source.file",
  service: "Repository",
  per: repository,
  endpoint: "files that source.include names",
  apiVersion: null,
  right: { plane: "files", permission: "read the files and list their folders", role: null },
  pageSize: null,
  once: true,
};

/** The lines of these files that declare resources: read with them, and complete or not by itself. */
export const declarationsRead: ReadDefinition = {
  kind: "source.declaration",
  service: "Repository",
  per: repository,
  endpoint: "declarations in the files that source.include names",
  apiVersion: null,
  right: { plane: "files", permission: "read the files and list their folders", role: null },
  pageSize: null,
  once: true,
};

/** How long one file may take, in ms. */
const fileBudget = 1000;

/** Folders that hold no source of the repository: its history, and what is installed. */
const never: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** What the reading of files needs beside the files' names. */
export interface FilesRun {
  ledger: Ledger;
  fingerprint: Fingerprinter | undefined;
  /** Only tries whether the files can be read. */
  probe?: boolean;
  /** How long one file may take, in ms. */
  budget?: number;
}

/** Something that the configuration names: a file, or a link that is not followed. */
interface Named {
  /** From the root, with forward slashes. */
  path: string;
  includedBy: Set<string>;
  /** Why it is not opened, as a link that is not followed; null for a file. */
  closed: string | null;
}

/** What the repository holds. */
export interface RepositoryRows {
  files: (SourceFile & NewRow)[];
  declarations: (SourceDeclaration & NewRow)[];
}

/**
 * Reads the files that the configuration names, in order of path, and the declarations in them. Whatever cannot be listed
 * or read makes the read partial; a file that is left out for what it is has a row that says so.
 */
export async function readFiles(source: SourceFiles, run: FilesRun): Promise<RepositoryRows> {
  const begun = performance.now();
  const root = await realpath(source.root);
  const tree = new Tree(root, source);
  await tree.walk("", []);
  const faults = [...tree.faults];
  const rows: (SourceFile & NewRow)[] = [];
  const taken = new Map<string, number>();
  const index = new DeclarationIndex();
  for (const named of tree.named()) {
    const { name, secrets } = maskPath(named.path, run.fingerprint);
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    const masked = name !== named.path;
    // Two names may differ only in what is masked.
    const id = count === 1 ? name : `${name} (${count})`;
    const includedBy = [...named.includedBy].sort();
    const seen = await lookInto(named, root, source, run, (text) => {
      index.add(named.path, id, formatOf(named.path, text), text, run.budget ?? fileBudget);
    });
    if (seen.fields.scanned === false && seen.fields.leftOut === false)
      index.missed(named.path, id, seen.fields.bytes ?? null);
    if (seen.fault !== null) faults.push({ path: id, code: seen.fault });
    const found = [...secrets, ...(seen.fields.secrets ?? [])];
    rows.push({ id, masked, includedBy, ...seen.fields, ...(seen.fields.secrets && { secrets: found }) });
  }
  run.ledger.note(filesRead, repository, {
    items: rows.length,
    cause: causeOf(faults, run.fingerprint),
    milliseconds: performance.now() - begun,
  });
  const joining = performance.now();
  const declared = run.probe === true ? { rows: [], cause: null } : index.rows();
  run.ledger.note(declarationsRead, repository, {
    items: declared.rows.length,
    cause: declared.cause ?? (faults.length === 0 ? null : "files that may declare something could not be read"),
    milliseconds: performance.now() - joining,
  });
  return { files: rows, declarations: declared.rows };
}

/**
 * How many files each of the patterns names.
 * @param most how many files and folders are looked at; what comes after them is not counted
 */
export async function countFiles(source: SourceFiles, most: number): Promise<Map<string, number>> {
  const tree = new Tree(await realpath(source.root), source, most);
  await tree.walk("", []);
  const counts = new Map<string, number>();
  for (const { includedBy } of tree.named())
    for (const pattern of includedBy) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  return counts;
}

/** What could not be listed or read. */
interface Fault {
  path: string;
  /** The code of the system, such as EACCES. */
  code: string;
}

function causeOf(faults: readonly Fault[], fingerprint: Fingerprinter | undefined): string | null {
  if (faults.length === 0) return null;
  const shown = faults.slice(0, 3).map(({ path, code }) => `${maskPath(path, fingerprint).name || "."} (${code})`);
  const more = faults.length > 3 ? ` and ${faults.length - 3} more` : "";
  return `could not be read: ${shown.join(", ")}${more}`;
}

/** A path whose names are masked, each by itself and all together: a name says where a credential begins and ends. */
function maskPath(path: string, fingerprint: Fingerprinter | undefined): { name: string; secrets: SourceSecret[] } {
  const parts = path.split("/").map((part) => maskPart(part, fingerprint));
  const whole = maskName(parts.map(({ name }) => name).join("/"), fingerprint);
  const secrets = [...parts.flatMap((part) => part.secrets), ...whole.secrets];
  return {
    name: whole.name,
    secrets: secrets.map((each) => ({ ...each, path: "(file name)", line: 1, column: 1 })),
  };
}

/** A name of a file or folder, masked; what an ending such as .py.bak would make another text of is looked at without it. */
function maskPart(part: string, fingerprint: Fingerprinter | undefined): ReturnType<typeof maskName> {
  const whole = maskName(part, fingerprint);
  const ending = /.(\.[A-Za-z0-9_-]{1,12})$/.exec(part)?.[1];
  if (whole.secrets.length > 0 || ending === undefined) return whole;
  const { name, secrets } = maskPart(part.slice(0, -ending.length), fingerprint);
  return { name: name + ending, secrets };
}

/** The code of a failure of the file system. @throws what is no such failure */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || !/^E[A-Z0-9]{2,20}$/.test(code)) throw error;
  return code;
}

/** A .gitignore, and the folder that it stands in. */
interface Rules {
  folder: string;
  rules: Ignore;
}

/** The part of the repository in which files are named. */
class Tree {
  readonly faults: Fault[] = [];
  readonly #root: string;
  readonly #source: SourceFiles;
  /** How many entries may still be looked at. */
  #left: number;
  readonly #named = new Map<string, Named>();
  readonly #walked = new Set<string>();
  /** Links to folders of the repository, with the folders. */
  readonly #links: { named: Named; target: string }[] = [];

  constructor(root: string, source: SourceFiles, most = Number.POSITIVE_INFINITY) {
    this.#root = root;
    this.#source = source;
    this.#left = most;
  }

  /** Everything that is named, in order of path. */
  named(): Named[] {
    // The files of a folder that was walked are read where they stand.
    for (const { named, target } of this.#links) if (!this.#walked.has(target)) this.#add(named);
    return [...this.#named.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #add({ path, includedBy, closed }: Named): void {
    const held = this.#named.get(path);
    if (held === undefined) this.#named.set(path, { path, includedBy, closed });
    else for (const each of includedBy) held.includedBy.add(each);
  }

  async walk(folder: string, above: readonly Rules[]): Promise<void> {
    this.#walked.add(folder);
    let entries: import("node:fs").Dirent[];
    try {
      entries = await readdir(resolve(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      this.faults.push({ path: folder, code: codeOf(error) });
      return;
    }
    const hasRules = this.#source.gitignore && entries.some((each) => each.name === ".gitignore" && each.isFile());
    const own = hasRules ? await rulesIn(resolve(this.#root, folder), folder) : null;
    const rules = own === null ? above : [own, ...above];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (this.#left-- <= 0) return;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (never.has(entry.name)) continue;
      if (entry.isDirectory()) {
        if (this.#source.include.some((glob) => glob.reaches(path)) && !isIgnored(`${path}/`, rules))
          await this.walk(path, rules);
      } else if (!isIgnored(path, rules)) {
        if (entry.isSymbolicLink()) await this.#follow(path);
        else this.#take(path, path, entry.isFile() ? null : "no regular file");
      }
    }
  }

  /** @param path the path by which it is chosen; @param at where it stands */
  #take(path: string, at: string, closed: string | null): void {
    const globs = this.#source.include.filter((glob) => glob.matches(path));
    if (globs.length > 0 && !this.#isExcluded(path)) this.#add({ path: at, includedBy: patterns(globs), closed });
  }

  #isExcluded(path: string): boolean {
    return this.#source.exclude.some((glob) => glob.matches(path));
  }

  /** A link to a file of the repository leads there; any other is not followed. */
  async #follow(path: string): Promise<void> {
    const { include } = this.#source;
    if (!include.some((glob) => glob.matches(path) || glob.reaches(path)) || this.#isExcluded(path)) return;
    let target: string;
    let isFolder: boolean;
    try {
      const real = await realpath(resolve(this.#root, path));
      target = relative(this.#root, real).split(sep).join("/");
      isFolder = (await stat(real)).isDirectory();
    } catch (error) {
      codeOf(error);
      return this.#take(path, path, "a link that leads nowhere");
    }
    const parts = target.split("/");
    const isInside = parts[0] !== ".." && !/^(?:\/|[A-Za-z]:)/.test(target) && !parts.some((part) => never.has(part));
    if (isInside && !isFolder) return this.#take(path, target, null);
    const globs = include.filter((glob) => glob.matches(path) || (isFolder && glob.reaches(path)));
    if (globs.length === 0) return;
    const includedBy = patterns(globs);
    if (isInside)
      this.#links.push({ named: { path, includedBy, closed: "a link to a folder that is not read itself" }, target });
    else this.#add({ path, includedBy, closed: "a link that leads out of the repository" });
  }
}

function patterns(globs: readonly PathGlob[]): Set<string> {
  return new Set(globs.map((glob) => glob.pattern));
}

async function rulesIn(folder: string, path: string): Promise<Rules | null> {
  try {
    const text = await readFile(resolve(folder, ".gitignore"), "utf8");
    return { folder: path, rules: ignore({ ignorecase: false }).add(text) };
  } catch {
    // Then more is read, and not less.
    return null;
  }
}

/** Whether .gitignore leaves a path out; the one that is nearest to it counts. @param path with a slash at its end for a folder */
function isIgnored(path: string, rules: readonly Rules[]): boolean {
  for (const { folder, rules: each } of rules) {
    const { ignored, unignored } = each.test(folder === "" ? path : path.slice(folder.length + 1));
    if (ignored || unignored) return ignored;
  }
  return false;
}

type Looked = { fields: Partial<SourceFile>; fault: string | null };

/** A file in which nothing was looked for, though it should have been: nobody knows what it holds. */
function unread(why: string, bytes: number | undefined): Partial<SourceFile> {
  const notScanned = { format: null, scanned: false, notScanned: why, leftOut: false };
  return { ...(bytes !== undefined && { bytes }), ...notScanned, secrets: [], ...incomplete("secrets") };
}

/** Something that has no text to look into. */
function withoutText(why: string): Partial<SourceFile> {
  return { bytes: null, format: null, scanned: false, notScanned: why, leftOut: true, secrets: [] };
}

async function lookInto(
  { path, closed }: Named,
  root: string,
  source: SourceFiles,
  run: FilesRun,
  read: (text: string) => void,
): Promise<Looked> {
  if (closed !== null) return { fields: withoutText(closed), fault: null };
  const file = resolve(root, path);
  try {
    if (run.probe === true) {
      await access(file, constants.R_OK);
      return { fields: {}, fault: null };
    }
    const { size, content } = await contentOf(file, source.maxBytes);
    if (size === null) return { fields: withoutText("no regular file"), fault: null };
    if (content !== null) return { fields: found(path, content, run, read), fault: null };
    return { fields: unread(`larger than the limit of ${source.maxBytes} bytes`, size), fault: null };
  } catch (error) {
    const code = codeOf(error);
    return { fields: unread(`unreadable (${code})`, undefined), fault: code };
  }
}

/** A file's size, null where it is none, and its bytes, null where there are too many. */
async function contentOf(file: string, most: number): Promise<{ size: number | null; content: Buffer | null }> {
  // A pipe would keep whoever opens it waiting, and what became a link meanwhile may lead anywhere.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return { size: null, content: null };
    const { size } = stats;
    if (size > most) return { size, content: null };
    const content = Buffer.alloc(size);
    let at = 0;
    for (let read = 1; read > 0 && at < size; at += read) read = (await handle.read(content, at, size - at)).bytesRead;
    return { size, content: content.subarray(0, at) };
  } finally {
    await handle.close();
  }
}

function found(path: string, content: Buffer, run: FilesRun, read: (text: string) => void): Partial<SourceFile> {
  const { text, doubt } = textOf(content);
  if (doubt !== "binary") read(text);
  const { format, secrets, cut } = scanText(path, text, {
    ...(run.fingerprint && { fingerprint: run.fingerprint }),
    budget: run.budget ?? fileBudget,
  });
  const why = doubt ?? cut;
  const leftOut = doubt === "binary" && cut === null;
  return {
    bytes: content.length,
    format: doubt === "binary" ? null : format,
    scanned: why === null,
    notScanned: why,
    leftOut,
    secrets: secrets.map(({ path: inside, type, tier, lengthBucket, fingerprint, line, column }) => ({
      path: inside,
      type,
      tier,
      lengthBucket,
      fingerprint,
      line,
      column,
    })),
    ...(why !== null && !leftOut && incomplete("secrets")),
  };
}

/** The encoding of a text, by the mark at its beginning; UTF-8 where there is none. */
function encodingOf(content: Buffer): "utf-8" | "utf-16le" | "utf-16be" {
  if (content[0] === 0xff && content[1] === 0xfe) return "utf-16le";
  return content[0] === 0xfe && content[1] === 0xff ? "utf-16be" : "utf-8";
}

/**
 * A file's text, and why that may not be all of it. A file is binary as git tells it, by a zero byte at its beginning.
 * What shows in it as text is looked at all the same, or one zero byte would hide everything.
 */
function textOf(content: Buffer): { text: string; doubt: "binary" | "not UTF-8" | null } {
  const encoding = encodingOf(content);
  if (encoding === "utf-8" && content.subarray(0, 8000).includes(0))
    return { text: content.toString("latin1").replaceAll("\0", ""), doubt: "binary" };
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(content), doubt: null };
  } catch {
    return { text: content.toString("latin1"), doubt: "not UTF-8" };
  }
}
