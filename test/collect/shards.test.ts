import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { joining } from "../../src/collect/join.ts";
import type { Configuration } from "../../src/config/config.ts";
import type { Estate } from "../../src/estate/server.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Read, Report } from "../../src/resources/generated.ts";
import { mergeSnapshots } from "../../src/snapshot/merge.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, policies, startSmallEstate } from "./estate.ts";

let scratch: string;
let estate: Estate;
let configuration: Configuration;
let whole: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "leastwise-shards-"));
  estate = await startSmallEstate();
  configuration = configurationOf(estate);
  whole = join(scratch, "whole");
  writeSnapshot(whole, await collectFrom(configuration));
});

afterAll(async () => {
  await estate.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Collects every part into a folder of its own. */
async function collectParts(count: number, of = configuration, run: string | null = "night"): Promise<string[]> {
  const folder = mkdtempSync(join(scratch, "parts-"));
  const parts: string[] = [];
  for (let index = 1; index <= count; index++) {
    const part = join(folder, String(index));
    writeSnapshot(part, await collectFrom(of, undefined, { part: { index, count, run } }));
    parts.push(part);
  }
  return parts;
}

async function merged(parts: readonly string[]): Promise<string> {
  const out = join(mkdtempSync(join(scratch, "merged-")), "snapshot");
  await mergeSnapshots(parts, out, joining());
  return out;
}

function filesOf(snapshot: string): string[] {
  return readdirSync(snapshot, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(snapshot.length + 1))
    .sort();
}

/** What a ledger says that does not depend on how the run was cut. */
function lines(snapshot: string): Omit<Read, "milliseconds" | "requestId" | "pages" | "items">[] {
  return openSnapshot(snapshot).reads.map(({ milliseconds, requestId, pages, items, ...line }) => line);
}

function reportOn(snapshot: string): Omit<Report, "run" | "inputs"> {
  const { run, inputs, ...report } = evaluate({ snapshot: openSnapshot(snapshot), configuration, policies });
  return report;
}

describe("a tenant that is read in parts", () => {
  test.each([1, 2, 3, 7])(
    "in %i: the merged snapshot has the rows of the undivided one, byte by byte",
    async (count) => {
      const snapshot = await merged(await collectParts(count));
      expect(filesOf(snapshot)).toEqual(filesOf(whole));
      for (const name of filesOf(whole)) {
        if (name === "manifest.json" || name === "reads.ndjson") continue;
        expect(readFileSync(join(snapshot, name), "utf8"), name).toBe(readFileSync(join(whole, name), "utf8"));
      }
      expect(lines(snapshot)).toEqual(lines(whole));
      expect(reportOn(snapshot)).toEqual(reportOn(whole));
      expect(reportOn(snapshot).findings).toHaveLength(25);
    },
  );
});
