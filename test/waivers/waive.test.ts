import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { addWaivers } from "../../src/config/addWaivers.ts";
import { parseWaivers } from "../../src/config/waivers.ts";
import type { Finding, FindingWaiver } from "../../src/resources/generated.ts";
import { asOf, clock, folder, leastwise, type Run, reportIn, write } from "../cli/run.ts";

const entry: FindingWaiver = {
  policy: "rotation/client-secret-age",
  kind: "risk",
  resource: "0a1b",
  reason: "Until the vendor rotates: it's #1 on its list",
  requestedBy: "asks@example.com",
  approvedBy: null,
  approvedAt: null,
  expires: "2026-12-15",
};

const approved = `- policy: isolation/one
  kind: "risk"   # accepted in the review of October
  resource: 'a'
  reason: >-
    two
    lines
  requestedBy: asks@example.com
  approvedBy: approves@example.com
  approvedAt: 2026-11-01
  expires: 2026-12-01
`;

describe("an entry that is added to the waivers file", () => {
  test.each([
    ["a file with comments and its own layout", `# ours\n\n${approved}\n# the end\n`],
    ["a list that is indented", approved.replaceAll(/^(?=.)/gm, "  ")],
    ["a file without a line break at its end", approved.trimEnd()],
    ["a file with line breaks of Windows", approved.replaceAll("\n", "\r\n")],
  ])("leaves %s as it is, byte for byte", (_, text) => {
    const written = addWaivers(text, [entry]);
    expect(written.startsWith(text)).toBe(true);
    const { findings, requested } = parseWaivers(written, "waivers.yaml", 90);
    expect(findings).toHaveLength(1);
    expect(requested).toEqual([entry]);
  });

  test.each([
    ["no file", null],
    ["an empty list", "# ours\n[] # nothing yet\n"],
    ["a list in brackets", `[${JSON.stringify({ ...entry, resource: "other" })}] # ours\n`],
  ])("makes a list of %s", (_, text) => {
    const written = addWaivers(text, [entry]);
    if (text !== null) expect(written).toContain("# ours");
    expect(parseWaivers(written, "waivers.yaml", 90).requested.at(-1)).toEqual(entry);
  });

  test("says what it was given, whatever characters are in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text)),
        (reason) => {
          const written = addWaivers(approved, [{ ...entry, reason }]);
          expect(parse(written)).toEqual([parse(approved)[0], { ...entry, reason }]);
        },
      ),
    );
  });
});

describe("leastwise waive", () => {
  const work = folder();
  const out = join(work, "leastwise-out");
  let finding: Finding;
  const waive = (...args: string[]): Promise<Run> => leastwise(["waive", ...args], { cwd: work, env: clock(asOf) });
  const usual = [
    "--reason",
    "Until the new workspace is live",
    "--expires",
    "2026-12-15",
    "--requested-by",
    "me@a.example",
  ];

  beforeAll(async () => {
    await leastwise(["scan", "--demo", "--out", out, "--format", "json"]);
    const config = readFileSync(join(out, "inputs", "leastwise.yaml"), "utf8");
    write(join(work, "leastwise.yaml"), config);
    finding = reportIn(out).findings[0] as Finding;
  });

  test("writes an entry that holds for nothing until somebody else approves it", async () => {
    const run = await waive(finding.id.slice(0, 8), ...usual, "--ticket", "CHG1");
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("somebody else fills approvedBy and approvedAt");
    const file = join(work, "waivers.yaml");
    const text = readFileSync(file, "utf8");
    expect(parse(text)).toMatchObject([
      {
        policy: finding.policy,
        kind: "risk",
        resource: finding.resource.id,
        requestedBy: "me@a.example",
        approvedBy: null,
        approvedAt: null,
        expires: "2026-12-15",
        ticket: "CHG1",
      },
    ]);
    const again = ["evaluate", join(out, "snapshot"), "--config", "leastwise.yaml", "--out", "again"];
    const asked = await leastwise(again, { cwd: work });
    expect(asked.stdout).toContain("! not approved, holds for nothing (2026-12-15)");
    const before = reportIn(join(work, "again"));
    expect(before.findings.find(({ id }) => id === finding.id)?.outcome).toBe("fail");
    expect(before.waivers.requested).toMatchObject([{ policy: finding.policy, requestedBy: "me@a.example" }]);

    write(
      file,
      text.replace("approvedBy:", "approvedBy: you@a.example").replace("approvedAt:", "approvedAt: 2026-11-20"),
    );
    expect((await leastwise(again, { cwd: work })).status).toBe(1);
    const after = reportIn(join(work, "again"));
    expect(after.findings.find(({ id }) => id === finding.id)?.outcome).toBe("waived");
    expect(after.waivers.requested).toEqual([]);

    const double = await waive(finding.id, ...usual);
    expect(double.status).toBe(2);
    expect(double.stderr).toMatch(/waivers\.yaml:\d+ has an entry for it already, until 2026-12-15/);
    expect(readFileSync(file, "utf8")).toContain("you@a.example");
  });

  test.concurrent.each<[string, string[], string]>([
    ["a finding that there is not", ["0123456789abcdef", ...usual], "has no finding 0123456789abcdef"],
    ["a read that there is not", ["prefect.block prefect:none", ...usual], "has no unread prefect.block prefect:none"],
    ["no reason", ["", "--expires", "2026-12-15"], "--reason"],
    ["no end", ["", "--reason", "x"], "--expires"],
    ["an end after maxDays", ["", ...usual, "--expires", "2027-02-19"], "2027-02-18 at the latest"],
    ["an end that is over", ["", ...usual, "--expires", "2026-11-19"], "is over"],
    ["a day that is none", ["", ...usual, "--expires", "2026-02-30"], "is no day"],
    ["nobody who asks", ["", ...usual.slice(0, 4)], "--requested-by"],
  ])("refuses %s, and writes nothing", async (_, [id = "", ...args], message) => {
    const at = folder();
    write(join(at, "leastwise.yaml"), readFileSync(join(work, "leastwise.yaml")));
    const named = ["waive", id === "" ? finding.id : id, "--report", join(out, "report.json"), ...args];
    const run = await leastwise(named, { cwd: at, env: clock(asOf) });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
    expect(() => readFileSync(join(at, "waivers.yaml"))).toThrow("ENOENT");
  });
});
