import { join } from "node:path";
import { expect, test } from "vitest";
import { renderJson } from "../../src/report/json.ts";
import { aFinding, aReport, grouped } from "../report/build.ts";
import { folder, leastwise, write } from "./run.ts";

const findings = ["abcd000000000001", "abcd000000000002", "abce000000000003"].map((id, at) =>
  aFinding(at + 1, { id, message: `It is number ${at + 1}` }),
);
const report = write(join(folder(), "report.json"), renderJson(grouped(aReport({ findings }))));
const explain = (id: string) => leastwise(["explain", id, "--report", report]);

test("explain takes the beginning of an id where it is the only one that begins so", async () => {
  for (const id of ["abce", "abce0000", "abce000000000003"]) {
    const run = await explain(id);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toContain("fail abce000000000003\n");
  }
});

test.each([
  ["abcd", /abcd begins the ids of 2 findings; .*\n {2}abcd000000000001 It is number 1\n {2}abcd000000000002 It/],
  ["abc", /Write at least 4 characters/],
  ["abce1", /has no finding abce1/],
])("explain refuses %s", async (id, message) => {
  const run = await explain(id);
  expect(run).toMatchObject({ status: 2, stdout: "" });
  expect(run.stderr).toMatch(message);
});
