import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Configuration } from "../../src/config/config.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Manifest } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { InputError } from "../../src/resources/problem.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, leastwise, policies, spawnLeastwise, startSmallEstate } from "./estate.ts";

let scratch: string;
let configuration: Configuration;
let content: SnapshotContent;
/** A snapshot that no test changes. */
let whole: string;
/** A folder of each test's own. */
let folder: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "leastwise-snapshot-"));
  const estate = await startSmallEstate();
  configuration = configurationOf(estate);
  content = await collectFrom(configuration);
  await estate.close();
  whole = join(scratch, "whole");
  writeSnapshot(whole, content);
});

beforeEach(() => {
  folder = join(mkdtempSync(join(scratch, "test-")), "snapshot");
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function manifestOf(snapshot: string): Manifest {
  return JSON.parse(readFileSync(join(snapshot, "manifest.json"), "utf8"));
}

/** Reads everything, as an evaluation by every policy may. */
function readWhole(snapshot: string): void {
  const opened = openSnapshot(snapshot);
  for (const kind of content.rows.keys()) for (const _ of opened.rows(kind));
}

function refusal(work: () => unknown): { code: string; file: string; line: number; message: string } | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error.problems[0];
    throw error;
  }
  return undefined;
}

describe("a snapshot on disk", () => {
  test("holds each kind in order of id, with the digest and the number of rows in its manifest", () => {
    const { files } = manifestOf(whole);
    const expected = [...content.rows.keys()].map((kind) => `${kind}.ndjson`);
    expect(Object.keys(files).sort()).toEqual([...expected, "inputs/leastwise.yaml", "reads.ndjson"].sort());
    for (const [name, { rows, sha256 }] of Object.entries(files)) {
      const bytes = readFileSync(join(whole, name));
      expect(createHash("sha256").update(bytes).digest("hex"), name).toBe(sha256);
      if (!name.endsWith(".ndjson")) continue;
      const ids = bytes
        .toString("utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => String(JSON.parse(line).id));
      expect(ids, name).toHaveLength(rows);
      expect(ids, name).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
    }
  });

  test("gives back what was collected", () => {
    const opened = openSnapshot(whole);
    const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
    for (const [kind, rows] of content.rows) {
      expect([...opened.rows(kind)]).toEqual(JSON.parse(JSON.stringify(rows.toSorted(byId))));
      expect(opened.count(kind)).toBe(rows.length);
    }
    expect(opened.reads).toEqual(content.reads.toSorted(byId));
    expect(opened.input("leastwise.yaml")).toBe(configuration.text);
  });

  test("is read by its owner alone", () => {
    for (const name of readdirSync(whole, { recursive: true, withFileTypes: true })) {
      const path = join(name.parentPath, name.name);
      if (name.isFile()) expect(statSync(path).mode & 0o077, path).toBe(0);
    }
    expect(statSync(whole).mode & 0o077).toBe(0);
  });

  test("written twice from the same content has the same files", () => {
    writeSnapshot(folder, content);
    expect(manifestOf(folder)).toEqual(manifestOf(whole));
  });
});

describe("a snapshot that was changed is refused", () => {
  beforeEach(() => cpSync(whole, folder, { recursive: true }));

  const names = [
    "azure.principal.ndjson",
    "azure.roleAssignment.ndjson",
    "prefect.block.ndjson",
    "reads.ndjson",
    "inputs/leastwise.yaml",
    "manifest.json",
  ];

  test("one byte in any file", () => {
    const all = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    );
    for (const name of all) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      for (const at of new Set([0, Math.floor(bytes.length / 2), bytes.length - 2])) {
        // A kind that has no row is an empty file, in which there is no byte to change.
        const changed = bytes.length === 0 ? Buffer.from("\n") : Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        writeFileSync(path, changed);
        expect(refusal(() => readWhole(folder))?.file, `${name} at ${at}`).toContain(name);
      }
      writeFileSync(path, bytes);
    }
    readWhole(folder);
  });

  test.each(names)("%s cut off", (name) => {
    const path = join(folder, name);
    truncateSync(path, Math.floor(statSync(path).size / 2));
    expect(refusal(() => readWhole(folder))?.file).toBe(path);
    truncateSync(path, 0);
    expect(refusal(() => readWhole(folder))?.file).toBe(path);
  });

  test.each(names.filter((name) => name.endsWith(".ndjson")))(
    "%s with its last row taken out, or one put in",
    (name) => {
      const path = join(folder, name);
      const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
      writeFileSync(path, `${lines.slice(0, -1).join("\n")}\n`);
      expect(refusal(() => readWhole(folder))).toMatchObject({ code: "snapshot/changed", file: path });
      writeFileSync(path, `${[...lines, lines.at(-1)].join("\n")}\n`);
      expect(refusal(() => readWhole(folder))).toMatchObject({ code: "snapshot/changed", file: path });
      writeFileSync(path, `${lines.join("\n")}\n\n`);
      expect(refusal(() => readWhole(folder))?.file).toBe(path);
    },
  );

  test.each(names)("%s missing", (name) => {
    rmSync(join(folder, name));
    const code = name === "manifest.json" ? "snapshot/none" : "snapshot/missing";
    expect(refusal(() => openSnapshot(folder))?.code).toBe(code);
  });

  test.each(["azure.device.ndjson", "inputs/policies/more.yaml", "notes.txt"])("a further file %s", (name) => {
    mkdirSync(join(folder, "inputs", "policies"), { recursive: true });
    writeFileSync(join(folder, name), "");
    expect(refusal(() => openSnapshot(folder))).toMatchObject({ code: "snapshot/extra", file: join(folder, name) });
  });

  test("a manifest with another count, another moment or another digest of a file", () => {
    const path = join(folder, "manifest.json");
    const text = readFileSync(path, "utf8");
    const edits: [RegExp, string][] = [
      [/"rows": 139/, '"rows": 138'],
      [/"collectedAt": "2026/, '"collectedAt": "2025'],
      [/"sha256": "[0-9a-f]/, '"sha256": "x'],
      [/"digest": "sha256:[0-9a-f]/, '"digest": "sha256:x'],
    ];
    for (const [pattern, to] of edits) {
      expect(text).toMatch(pattern);
      writeFileSync(path, text.replace(pattern, to));
      expect(refusal(() => openSnapshot(folder))?.file).toBe(path);
    }
  });

  test("a read in the ledger that is made complete", async () => {
    const path = join(folder, "reads.ndjson");
    writeFileSync(path, readFileSync(path, "utf8").replace('"outcome":"complete"', '"outcome":"refused"'));
    expect(refusal(() => openSnapshot(folder))).toMatchObject({ code: "snapshot/changed", file: path });
    const ended = await leastwise(["evaluate", folder, "--out", `${folder}-out`]);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("reads.ndjson:1:1 the file was changed after it was collected");
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  test("before a report on it is written", () => {
    appendFileSync(join(folder, "azure.roleAssignment.ndjson"), "\n");
    expect(refusal(() => evaluate({ snapshot: openSnapshot(folder), configuration, policies }))?.file).toContain(
      "azure.roleAssignment",
    );
  });
});

describe("writing", () => {
  test("replaces a snapshot, and leaves nothing else beside it", () => {
    writeSnapshot(folder, content);
    writeSnapshot(folder, { ...content, manifest: { ...content.manifest, runId: "another" } });
    expect(openSnapshot(folder).manifest.runId).toBe("another");
    expect(readdirSync(join(folder, ".."))).toEqual(["snapshot"]);
  });

  test("does not replace a folder that is no snapshot", () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "thesis.txt"), "years of work");
    expect(refusal(() => writeSnapshot(folder, content))).toMatchObject({ code: "snapshot/occupied", file: folder });
    expect(readFileSync(join(folder, "thesis.txt"), "utf8")).toBe("years of work");
    expect(readdirSync(join(folder, ".."))).toEqual(["snapshot"]);
  });

  test("does not replace a file", () => {
    writeFileSync(folder, "years of work");
    expect(refusal(() => writeSnapshot(folder, content))).toMatchObject({ code: "snapshot/occupied", file: folder });
    expect(readFileSync(folder, "utf8")).toBe("years of work");
  });

  test("takes an empty folder, and one that is not there yet", () => {
    mkdirSync(folder);
    writeSnapshot(folder, content);
    writeSnapshot(join(folder, "..", "a", "b"), content);
    readWhole(folder);
    readWhole(join(folder, "..", "a", "b"));
  });

  test("keeps a row longer than what is read at once, and text of any script across that border", () => {
    const long: Row[] = [
      { id: "a", text: "short" },
      { id: "b", text: `${"🧭é".repeat(700_000)}end` },
      { id: "c", text: "after" },
    ];
    writeSnapshot(folder, { ...content, rows: new Map([["prefect.variable", long]]) });
    expect([...openSnapshot(folder).rows("prefect.variable")]).toEqual(long);
  });

  test("keeps kinds that have no row, which are read and empty", () => {
    writeSnapshot(folder, { ...content, rows: new Map([["prefect.variable", []]]), reads: [] });
    const opened = openSnapshot(folder);
    expect([...opened.rows("prefect.variable")]).toEqual([]);
    expect([opened.count("prefect.variable"), opened.reads]).toEqual([0, []]);
    expect(opened.manifest.files["prefect.variable.ndjson"]?.rows).toBe(0);
  });

  test.each(["there is no such folder", "this folder holds no manifest.json"])(
    "what is no snapshot is told: %s",
    (message) => {
      if (message.startsWith("this")) mkdirSync(folder);
      expect(refusal(() => openSnapshot(folder))).toMatchObject({ code: "snapshot/none", message });
    },
  );
});

describe("a run that is killed", () => {
  /** Kills `leastwise collect --demo` after a time; tells whether it had ended before. */
  function killAfter(milliseconds: number): Promise<boolean> {
    const child = spawnLeastwise(["collect", "--demo", "--quiet", "--out", folder]);
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    return new Promise((resolve) =>
      child.once("close", (status) => {
        clearTimeout(timer);
        resolve(status !== null);
      }),
    );
  }

  test("leaves no half snapshot, and an older one whole", { timeout: 60_000 }, async () => {
    const begun = performance.now();
    await killAfter(60_000);
    const usual = performance.now() - begun;
    readWhole(folder);
    rmSync(folder, { recursive: true });
    const parts = [0.4, 0.6, 0.8, 0.9, 0.95, 1];
    for (const part of parts) {
      await killAfter(usual * part);
      if (existsSync(folder)) readWhole(folder);
    }
    writeSnapshot(folder, content);
    for (const part of parts) {
      const ended = await killAfter(usual * part);
      readWhole(folder);
      if (!ended) continue;
      writeSnapshot(folder, content);
    }
  });
});
