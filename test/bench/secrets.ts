/**
 * `npm run bench:secrets`: how fast files without a secret are looked through, on one core, in processor time, against
 * reading and parsing the same bytes; nothing may be found in them, and memory may grow with the largest file only.
 * `-- --quick` takes a tenth of the 50 MB.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parser } from "@lezer/python";
import { parseAllDocuments } from "yaml";
import { formatOf } from "../../src/secrets/formats/choose.ts";
import { readers } from "../../src/secrets/formats/readers.ts";
import { scanText } from "../../src/secrets/text.ts";
import { cleanFiles } from "./cleanText.ts";

const characters = process.argv.includes("--quick") ? 5e6 : 50e6;
const least = 20;

interface Sum {
  files: number;
  bytes: number;
  scan: number;
  parse: number;
}

const sums = new Map<string, Sum>();
const folder = mkdtempSync(join(tmpdir(), "leastwise-bench-"));
let found = 0;
let largest = 0;
let resident = 0;

/** Processor time of this process that something takes, in ms. */
function timed<T>(work: () => T): { took: number; result: T } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { took: (user + system) / 1000, result };
}

function parse(name: string, text: string): unknown {
  const format = formatOf(name, text);
  if (format === "json") return JSON.parse(text);
  if (format === "python") return parser.parse(text);
  if (format === "yaml") return parseAllDocuments(text);
  return format === "text" ? null : readers[format](text, () => {});
}

/** Files of one kind are timed together: asking for the time costs more than a small file does. */
function measure(name: string, texts: readonly string[]): void {
  const files = texts.map((text, index) => {
    const file = join(folder, String(index));
    writeFileSync(file, text);
    return file;
  });
  const scanned = timed(() =>
    files.reduce((sum, file) => sum + scanText(name, readFileSync(file, "utf8"), { budget: 60_000 }).secrets.length, 0),
  );
  const parsed = timed(() => files.forEach((file) => void parse(name, readFileSync(file, "utf8"))));
  const sum = sums.get(name) ?? { files: 0, bytes: 0, scan: 0, parse: 0 };
  const sizes = texts.map((text) => Buffer.byteLength(text));
  sums.set(name, {
    files: sum.files + files.length,
    bytes: sum.bytes + sizes.reduce((a, b) => a + b, 0),
    scan: sum.scan + scanned.took,
    parse: sum.parse + parsed.took,
  });
  found += scanned.result;
  largest = Math.max(largest, ...sizes);
  resident = Math.max(resident, process.memoryUsage().rss);
}

try {
  const waiting = new Map<string, string[]>();
  for (const { name, text } of cleanFiles(characters)) {
    const texts = waiting.get(name) ?? [];
    waiting.set(name, texts);
    texts.push(text);
    if (texts.length < 20) continue;
    measure(name, texts);
    waiting.delete(name);
  }
  for (const [name, texts] of waiting) measure(name, texts);
} finally {
  rmSync(folder, { recursive: true });
}

const line = (name: string, { files, bytes, scan, parse }: Sum): string =>
  `${name.padEnd(24)} ${String(files).padStart(5)} files ${(bytes / 1e6).toFixed(1).padStart(6)} MB  scan ${(bytes / 1e3 / scan).toFixed(1).padStart(6)} MB/s  read and parse ${(bytes / 1e3 / parse).toFixed(1).padStart(6)} MB/s  ${(parse / scan).toFixed(2).padStart(5)} times as fast`;

const all = [...sums.values()].reduce((a, b) => ({
  files: a.files + b.files,
  bytes: a.bytes + b.bytes,
  scan: a.scan + b.scan,
  parse: a.parse + b.parse,
}));
for (const [name, sum] of sums) console.log(line(name, sum));
console.log(line("all", all));
console.log(
  `${found} findings; largest file ${(largest / 1e6).toFixed(2)} MB, at most ${(resident / 1e6).toFixed(0)} MB of memory`,
);
const speed = all.bytes / 1e3 / all.scan;
if (found > 0) throw new Error("something was found where nothing is");
if (speed < least && all.scan > all.parse)
  throw new Error(`${speed.toFixed(1)} MB/s: slower than ${least} MB/s, and than reading and parsing`);
