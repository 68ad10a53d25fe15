import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "sarif";
import { expect, test } from "vitest";
import { renderSarif } from "../../src/report/sarif.ts";
import { aFinding, aReport } from "../report/build.ts";
import { folder, leastwise, write } from "./run.ts";

const at = folder();

function written(
  name: string,
  change: (log: Log) => void = () => undefined,
  findings = [aFinding(1), aFinding(2)],
): string {
  const { text } = renderSarif(aReport({ findings }), { environments: ["prod"] });
  const log = JSON.parse(text ?? "") as Log;
  change(log);
  return write(join(at, name), JSON.stringify(log));
}

const results = (log: Log) => log.runs[0]?.results ?? expect.fail("no results");

function withoutPlaces(log: Log): void {
  for (const each of results(log)) delete each.locations;
}

test("a file that leastwise wrote is taken by GitHub as it is", async () => {
  const { status, stdout } = await leastwise(["sarif", "check", written("good.sarif")]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(at, "good.sarif")}: nothing is wrong\n` });
});

test("a result without a place loses the whole upload, and is told with its place in the file", async () => {
  const file = written("nowhere.sarif", (log) => {
    for (const each of results(log)) each.locations = [];
  });
  const { status, stdout } = await leastwise(["sarif", "check", file]);
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /^GitHub refuses the whole upload:\n {2}runs\[0\]\.results\[0\]\.locations: .+ \(locations\)\n/,
  );
});

test("a suppressed result is told to become an alert, which is no refusal", async () => {
  const file = written("suppressed.sarif", (log) => {
    for (const each of results(log)) each.suppressions = [{ kind: "external" }];
  });
  const { status, stdout } = await leastwise(["sarif", "check", file]);
  expect(status).toBe(1);
  expect(stdout).toContain("GitHub takes it for something else:\n");
  expect(stdout).not.toContain("refuses");
});

test("more results than are shown are told, and the file is fit to be uploaded", async () => {
  const file = written("many.sarif", (log) => {
    const [first] = results(log);
    if (first === undefined || log.runs[0] === undefined) expect.fail();
    log.runs[0].results = Array.from({ length: 5_001 }, (_, index) => ({
      ...first,
      partialFingerprints: { primaryLocationLineHash: `${index.toString(16)}:1` },
    }));
  });
  const { status, stdout } = await leastwise(["sarif", "check", file]);
  expect(status).toBe(0);
  expect(stdout).toContain("of 5001 results 5000 are shown");
  expect(stdout).toContain("GitHub takes it");
});

test("of many breaches of one rule a few are told, and how many more there are", async () => {
  const many = Array.from({ length: 9 }, (_, index) => aFinding(index + 1));
  const file = written("many-nowhere.sarif", withoutPlaces, many);
  const { stdout } = await leastwise(["sarif", "check", file]);
  expect(stdout.match(/\(locations\)/g)).toHaveLength(6);
  expect(stdout).toContain("  and 4 more (locations)\n");
});

test("a file that was cut off, and one that is not there, are told as wrong input", async () => {
  const whole = readFileSync(written("whole.sarif"), "utf8");
  const cut = await leastwise(["sarif", "check", write(join(at, "cut.sarif"), whole.slice(0, 300))]);
  expect(cut.status).toBe(2);
  expect(cut.stderr).toMatch(/cut\.sarif:1:\d+/);
  const missing = await leastwise(["sarif", "check", join(at, "missing.sarif")]);
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain("there is no such file");
});
