import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";

/** A value for each name that stands nowhere else, with characters that URLs and base64 have to escape. */
export function canaries(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `Plant3d/${noise()}@${noise()}`]));
}

const noise = () =>
  BigInt(`0x${randomBytes(8).toString("hex")}`)
    .toString(36)
    .padStart(13, "0")
    .slice(-12);

/** Where any of the values can be read, whole or in part: `<name> as <form> in <place>`, in upper or lower case. */
export function leaks(values: Record<string, string>, places: Map<string, Buffer>): string[] {
  return leaked(
    Object.entries(values).flatMap(([name, value]) => [
      { name, value },
      ...value.split(/[^A-Za-z0-9]+/).flatMap((part) => (part.length >= 9 ? [{ name, value: part }] : [])),
    ]),
    places,
  );
}

/** Every file below a folder by its path, unzipped where it is zipped. */
export function contents(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const bytes = readFileSync(file);
      return [relative(folder, file), file.endsWith(".gz") ? gunzipSync(bytes) : bytes];
    }),
  );
}

/** Something that may stand nowhere: a part of it neither. */
export interface Secret {
  name: string;
  value: string;
}

/** So much of a value is looked for, from its beginning and up to its end: less of it could stand there by chance. */
const enough = 12;
/** The shortest value that is looked for. */
const shortest = 8;

/** What the head and the tail of a value look like, in lower case: one of these stands wherever enough of it can be read. */
function forms(value: string): [form: string, written: string][] {
  const [head, tail] = [value.slice(0, enough), value.slice(-enough)];
  const all: [string, string][] = [
    ["the head", head],
    ["the tail", tail],
    ["the tail, backwards", [...tail].reverse().join("")],
    ["the head, in hexadecimal", Buffer.from(head).toString("hex")],
  ];
  for (const [end, part] of [
    ["the head", head],
    ["the tail", tail],
  ] as const) {
    all.push([`${end}, percent-encoded`, encodeURIComponent(part)], [`${end}, percent-decoded`, decoded(part)]);
    all.push([`${end}, as JSON`, JSON.stringify(part).slice(1, -1)], [`${end}, as XML`, asXml(part)]);
  }
  // Inside a longer text the same bytes have three writings, of which the outermost characters vary.
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), Buffer.from(value.slice(0, enough + 2))]);
    for (const encoding of ["base64", "base64url"] as const)
      all.push([`the head, in ${encoding}`, shifted.toString(encoding).replace(/=+$/, "").slice(4, -2)]);
  }
  const seen = new Set<string>();
  return all
    .map(([form, written]): [string, string] => [form, written.toLowerCase()])
    .filter(([, written]) => written.length >= shortest && !seen.has(written) && seen.add(written));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** As it stands in XML and HTML. */
function asXml(text: string): string {
  return text.replace(
    /[<>&"']/g,
    (sign) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[sign] ?? "&#39;",
  );
}

/**
 * Which of the values can be read in any of the places or in their names: `<name>: <form> in <place>`, in upper or lower
 * case, in UTF-16 as well. Every line is gone through once, however many values there are and in how many places it stands.
 */
export function leaked(values: readonly Secret[], places: ReadonlyMap<string, string | Buffer>): string[] {
  const begins = new Index(values);
  const found = new Set<string>();
  const seen = new Set<string>();
  for (const [place, content] of places) {
    const text = Buffer.from(content).toString("latin1").replaceAll("\0", "").toLowerCase();
    for (const line of [place.toLowerCase(), ...text.split(/\n|\\n/)]) {
      if (line.length < shortest || seen.has(line)) continue;
      seen.add(line);
      for (const [index, at] of begins.within(line)) {
        const { name, value } = values[index] ?? { name: "", value: "" };
        for (const [form, written] of forms(value))
          if (line.startsWith(written, at)) found.add(`${name}: ${form} in ${place}`);
      }
    }
  }
  return [...found];
}

/** Values by how they begin in each form: open tables of numbers, for there are very many of them. */
class Index {
  /** Whether anything begins so. */
  readonly #may = new Int32Array(1 << 22);
  readonly #owners: Int32Array;
  readonly #hashes: Int32Array;
  readonly #slots: number;

  constructor(values: readonly Secret[]) {
    const begins = values.flatMap(({ value }, index) => {
      const hashes = forms(value).map(([, written]) => hashOf(written));
      return hashes.map((hash): [number, number] => [hash, index]);
    });
    this.#slots = 2 ** Math.ceil(Math.log2(begins.length * 2 + 2)) - 1;
    this.#owners = new Int32Array(this.#slots + 1).fill(-1);
    this.#hashes = new Int32Array(this.#slots + 1);
    for (const [hash, index] of begins) {
      const word = (hash >>> 5) & (this.#may.length - 1);
      this.#may[word] = (this.#may[word] ?? 0) | (1 << (hash & 31));
      let slot = hash & this.#slots;
      while ((this.#owners[slot] ?? -1) >= 0) slot = (slot + 1) & this.#slots;
      this.#owners[slot] = index;
      this.#hashes[slot] = hash;
    }
  }

  /** Which of the values may begin where in a line. */
  *within(line: string): Generator<[index: number, at: number]> {
    let rolling = 0;
    for (let end = 0; end < line.length; end++) {
      rolling = Math.imul(rolling, base) + line.charCodeAt(end);
      if (end >= shortest) rolling -= Math.imul(oldest, line.charCodeAt(end - shortest));
      if (end < shortest - 1) continue;
      const hash = mixed(rolling);
      if (((this.#may[(hash >>> 5) & (this.#may.length - 1)] ?? 0) & (1 << (hash & 31))) === 0) continue;
      for (let slot = hash & this.#slots; (this.#owners[slot] ?? -1) >= 0; slot = (slot + 1) & this.#slots)
        if (this.#hashes[slot] === hash) yield [this.#owners[slot] ?? 0, end - shortest + 1];
    }
  }
}

const base = 0x01000193;
/** What the oldest character of a stretch counts for when the next one is added. */
const oldest = Array.from({ length: shortest }).reduce<number>((power) => Math.imul(power, base), 1);

/** Of the first characters, so that it can be had of each stretch of a text from the one before it. */
function hashOf(text: string): number {
  let rolling = 0;
  for (let at = 0; at < shortest; at++) rolling = Math.imul(rolling, base) + text.charCodeAt(at);
  return mixed(rolling);
}

function mixed(rolling: number): number {
  const hash = Math.imul(rolling ^ (rolling >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 12);
}
