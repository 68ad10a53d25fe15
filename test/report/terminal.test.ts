import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { renderTerminal, type TerminalOptions } from "../../src/report/terminal.ts";
import type { Report } from "../../src/resources/generated.ts";
import { aFinding, aFullReport, anUnread, aPolicy, aReport, aWaiver, grouped } from "./build.ts";

function render(report: Report, options: Partial<TerminalOptions> = {}): string {
  return renderTerminal(report, {
    width: 100,
    color: false,
    verbose: false,
    failOn: "high",
    out: "leastwise-out/",
    report: "leastwise-out/report.json",
    ...options,
  });
}

function lines(text: string): string[] {
  return text.split("\n");
}

/** Where the line that begins so stands. */
function line(text: string, start: string): number {
  return lines(text).findIndex((each) => each.trimStart().startsWith(start));
}

describe("the summary", () => {
  test.each([100, 40])("reads well in %i columns", async (width) => {
    await expect(render(grouped(aFullReport()), { width })).toMatchFileSnapshot(`golden/full-${width}.txt`);
  });

  test("begins with what could not be seen, and ends with the verdict and the next step", () => {
    const text = render(grouped(aFullReport()));
    const order = [
      "Could not be seen",
      "Matches nothing",
      "Found:",
      "What mends them:",
      "By owner",
      "Waivers",
      "Policies left out",
      "Policies:",
      "SOC 2 criteria supported",
    ];
    const at = [...order, "Files:", "FAILED:", "Not complete", "Next:"].map((start) => line(text, start));
    expect(at).not.toContain(-1);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(text.endsWith("Next: leastwise explain 0000000000000001\n")).toBe(true);
  });

  test("shows the worst first, in whatever order they come", () => {
    const severities = ["low", "critical", "medium", "high"] as const;
    const findings = severities.map((severity, index) => aFinding(index + 1, { severity }));
    const text = render(aReport({ findings }));
    const at = ["CRITICAL", "HIGH", "MEDIUM", "LOW"].map((start) => line(text, start));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(text).toContain("Next: leastwise explain 0000000000000002");
  });

  test("says what, where, why and how to mend", () => {
    const text = render(aReport({ findings: [aFinding(1)] }));
    expect(text).toContain("- sp-ingest-1 can change every Synapse workspace in sub-prod");
    expect(text).toContain("prod: azure.roleAssignment sp-ingest-1");
    expect(text).toContain("why:  One stolen secret then reaches every workspace there, not one.");
    expect(text).toContain("mend: Assign the role on the one workspace that the flow needs");
    expect(text).toContain("    $ az role assignment delete --ids 0000000000000001");
  });

  test("names the permission that a refused read needs, once for all scopes that need it", () => {
    const scopes = Array.from({ length: 20 }, (_, index) => `/subscriptions/${index}`);
    const unread = scopes.map((scope) =>
      anUnread({
        read: `azure.roleAssignment ${scope}`,
        scope,
        permission: "Microsoft.Authorization/roleAssignments/read",
      }),
    );
    const text = render(aReport({ complete: false, unread }));
    expect(text).toContain("! 20 scopes not read (403): the service refused");
    expect(text.match(/needs Microsoft.Authorization\/roleAssignments\/read/g)).toHaveLength(1);
    expect(text).toContain("Next: leastwise doctor");
  });

  test("groups unknown results by cause, the most first, with examples", () => {
    const unknown = [
      { policy: "a/one", cause: "r.expires was not read", count: 2, examples: ["secret-a"] },
      { policy: "a/two", cause: "r.principal.type was not read", count: 3, examples: ["sp-a", "sp-b"] },
      { policy: "a/three", cause: "r.principal.type was not read", count: 4, examples: ["sp-c"] },
    ];
    const text = render(aReport({ complete: false, unknown }));
    expect(line(text, "? 7 results unknown: r.principal.type")).toBeLessThan(line(text, "? 2 results unknown"));
    expect(text).toContain("policies: a/two, a/three");
    expect(text).toContain("such as sp-b");
  });

  test("gathers the findings of a policy, and says how many more there are", () => {
    const findings = Array.from({ length: 30 }, (_, index) => aFinding(index + 1));
    const text = render(aReport({ findings }));
    expect(text).toContain("HIGH least-privilege/no-contributor-above-workspace (30)");
    expect(text.match(/why: {2}/g)).toHaveLength(1);
    expect(text).toContain("and 25 more of this policy: see report.json");
    expect(lines(text).length).toBeLessThan(60);
    expect(render(aReport({ findings }), { verbose: true })).not.toContain("more of this policy");
  });

  test("stays short with very many findings", () => {
    const findings = Array.from({ length: 20_000 }, (_, index) => aFinding(index + 1, { policy: `a/p${index % 500}` }));
    const text = render(aReport({ findings }));
    expect(lines(text).length).toBeLessThan(500);
    expect(text).toMatch(/and \d+ more findings: report\.json holds them all/);
    expect(text).toContain("FAILED: 20000 high; 20000 at or above high");
    expect(render(aReport({ findings }), { report: null })).toContain("the JSON report (--format json) holds them all");
  });

  test("names the report where explain would not look by itself, and no command where there is none", () => {
    const report = aReport({ findings: [aFinding(1)] });
    const elsewhere = render(report, { report: "to night/report.json", width: 60 });
    expect(elsewhere).toContain("Next: leastwise explain 0000000000000001 --report 'to\n      night/report.json'\n");
    expect(render(report, { report: null, width: 60 })).not.toMatch(/leastwise explain|report\.json/);
  });

  test("shows a command whole or not at all", () => {
    const narrow = render(aReport({ findings: [aFinding(1)] }), { width: 50 });
    expect(narrow).not.toContain("$ az role");
    expect(narrow).toContain("commands: leastwise explain 0000000000000001");
    const command = "az role assignment delete \u202e--ids x";
    const hidden = aFinding(1, { remediation: { text: "Delete it.", command } });
    expect(render(aReport({ findings: [hidden] }))).not.toContain("$ az");
  });

  test("says loudly that a waiver has expired, and lists those that end soon or match nothing", () => {
    const waivers = {
      expired: [aWaiver()],
      expiring: [aWaiver({ expires: "2026-11-25" })],
      unmatched: [aWaiver({ policy: "a/renamed" })],
    };
    const text = render(aReport({ waivers }));
    expect(text).toContain("! expired, counted again (2026-11-15): least-privilege");
    expect(text).toContain("! ends soon (2026-11-25): ");
    expect(text).toContain("! matches nothing (2026-11-15): a/renamed");
  });

  test("says in a line how the policies went, and takes none for passed that is not", () => {
    const went = (population: Partial<Report["policies"][number]["population"]>, decided = true) => ({
      decided,
      population: { inScope: 1, pass: 0, fail: 0, waived: 0, unknown: 0, notApplicable: 0, ...population },
    });
    const cases = [
      went({ pass: 2 }),
      went({ pass: 1, fail: 1, unknown: 1 }),
      went({ pass: 1, unknown: 1 }),
      went({ pass: 1 }, false),
      went({ pass: 1, waived: 1 }),
      went({ notApplicable: 1 }),
    ];
    const policies = cases.map((each, at) => aPolicy(`a/p${at}`, each));
    expect(render(aReport({ policies }), { width: 120 })).toContain(
      "\nPolicies: 1 passed, 1 failed, 2 unknown, 1 waived, 1 about nothing that is there (--verbose lists them)\n",
    );
    expect(render(aReport({ policies }), { verbose: true })).not.toContain("Policies: ");
  });

  test("counts with --verbose each policy's resources in a table, or in words where there is no room", () => {
    const wide = render(aFullReport(), { width: 100, verbose: true });
    expect(wide).toMatch(/^ {2}policy +in scope {2}pass {2}fail {2}waived {2}unknown {2}n\/a$/m);
    expect(wide).toMatch(/^ {2}secrets\/no-plain-text-in-blocks +20 +18 +2 +0 +0 +0$/m);
    expect(wide).toMatch(/^ {2}rotation\/client-secret-age \* /m);
    const narrow = render(aFullReport(), { width: 44, verbose: true });
    expect(narrow).toContain("    20 in scope, 18 pass, 2 fail");
  });
});

describe("findings in groups", () => {
  const criteria = ["CC6.1", "CC6.2", "CC6.3", "CC6.6", "CC6.7", "CC7.1", "CC7.2", "CC8.1"];
  const many = grouped(
    aReport({
      policies: criteria.map((id) => aPolicy(`a/${id}`, { controls: { soc2: [id, "CC4.1"] } })),
      findings: criteria.flatMap((id, n) =>
        Array.from({ length: n + 1 }, (_, m) =>
          aFinding(n * 100 + m, { policy: `a/${id}`, owner: `team-${m}-${"x".repeat(200)}` }),
        ),
      ),
    }),
  );

  /** The lines of the three sections, with the empty ones between them. */
  function sections(text: string): string[] {
    const all = text.split("\n\n").filter((each) => /^(?:What mends|By owner|SOC 2 criteria)/.test(each));
    return all.join("\n\n").split("\n");
  }

  test.each([30, 40, 60, 80, 100, 200])("take no more than a screen of %i columns", (width) => {
    const text = render(many, { width });
    const shown = sections(text);
    expect(shown.filter((each) => /^(?:What mends|By owner|SOC 2 criteria)/.test(each))).toHaveLength(3);
    expect(shown.length).toBeLessThanOrEqual(24);
    for (const each of shown) expect(stringWidth(each)).toBeLessThanOrEqual(width);
    for (const field of ["changes", "owners", "controls"]) expect(shown.join(" ")).toContain(`see ${field} in`);
    expect(sections(render(many, { width, verbose: true })).length).toBeGreaterThan(40);
  });

  test("tell how much the first changes close, and what each is", () => {
    const text = render(many);
    expect(text).toContain("What mends them: 29 changes close 80 % of the 36 findings, and 36 close all");
    expect(text).toMatch(/^ {2}1\. 1 high: sp-ingest-\d+: Assign the role/m);
  });

  test("tell of each criterion what fails, and what nothing covers", () => {
    const text = render(many);
    expect(text).toMatch(/^SOC 2 criteria supported {2}policies {2}findings {2}waived {2}unknown$/m);
    expect(text).toMatch(/^ {2}CC4\.1 +8 +36 +0 +8 {2}Controls are looked at/m);
    expect(text).toContain("34 criteria are not covered by any policy");
    const clean = aPolicy("a/b", {
      population: { inScope: 1, pass: 1, fail: 0, waived: 0, unknown: 0, notApplicable: 0 },
    });
    expect(render(grouped(aReport({ policies: [clean] })))).toContain("nothing found for CC6.1, CC6.3");
    const undecided = grouped(
      aReport({ policies: [{ ...clean, decided: false, undecidedIn: ["dev"] }], complete: false }),
    );
    expect(render(undecided)).toMatch(/^ {2}CC6\.1 \* +1 +0 +0 +0 /m);
    expect(render(undecided)).not.toContain("nothing found for");
  });

  test("cut what a criterion is about between words", () => {
    for (let width = 76; width < 110; width++)
      for (const line of render(many, { width })
        .split("\n")
        .filter((each) => /^ {2}CC\d.*…$/.test(each))) {
        const [, id = "", about = ""] = /^ {2}(CC\d\.\d)[ *\d]+ {2}(\S.*) …$/.exec(line) ?? expect.fail(line);
        const gist = many.controls.find((each) => each.id === id)?.gist ?? "";
        expect(`${gist} `.startsWith(`${about} `), line).toBe(true);
      }
  });

  test("name owners only where somebody is named", () => {
    expect(render(grouped(aReport({ findings: [aFinding(1)] })))).not.toContain("By owner");
    const text = render(grouped(aReport({ findings: [aFinding(1), aFinding(2, { owner: "team", severity: "low" })] })));
    expect(text).toContain("By owner\n  - team: 1 low\n  - nobody is named: 1 high\n");
    const of = (teams: number) =>
      render(
        grouped(aReport({ findings: Array.from({ length: teams }, (_, n) => aFinding(n, { owner: `team ${n}` })) })),
      );
    expect(of(4)).toMatch(/^By owner\n(?: {2}- team \d: 1 high\n){4}\n/m);
    expect(of(5)).toMatch(/^By owner\n(?: {2}- team \d: 1 high\n){3} {2}and 2 more: see owners in report\.json\n/m);
  });
});

describe("the verdict", () => {
  test.each<[string, Partial<Report>, Partial<TerminalOptions>, string]>([
    ["nothing found, all seen", {}, {}, "PASSED: nothing found; 0 at or above high"],
    ["only lesser findings", { findings: [aFinding(1, { severity: "low" })] }, {}, "PASSED: 1 low; 0 at or above high"],
    ["a finding bad enough", { findings: [aFinding(1)] }, {}, "FAILED: 1 high; 1 at or above high"],
    ["a lower bar", { findings: [aFinding(1, { severity: "low" })] }, { failOn: "low" }, "FAILED: 1 low; 1 at or"],
    [
      "no bar",
      { findings: [aFinding(1)] },
      { failOn: "none" },
      "NOT FAILED: 1 high; no finding fails the run (--fail-on none)",
    ],
    ["no bar, and nothing found", {}, { failOn: "none" }, "\nPASSED: nothing found"],
    ["no bar, not all seen", { complete: false, findings: [aFinding(1)] }, { failOn: "none" }, "NOT COMPLETE: 1 high"],
    ["a bar that does not exist", { findings: [aFinding(1)] }, { failOn: "x" }, "FAILED: 1 high; 1 at or above x"],
    ["known before", { findings: [aFinding(1, { baseline: "still" })] }, {}, "PASSED: 1 high; 0 new at or above high"],
    ["new", { findings: [aFinding(1, { baseline: "new" })] }, {}, "FAILED: 1 high; 1 new at or above high"],
    [
      "waived",
      { findings: [aFinding(1, { outcome: "waived", waiver: aWaiver(), approval: "asserted" })] },
      {},
      "PASSED: nothing found",
    ],
    ["nothing found, not all seen", { complete: false }, {}, "NOT COMPLETE: nothing found; 0 at or above high"],
    ["found, not all seen", { complete: false, findings: [aFinding(1)] }, {}, "FAILED: 1 high; 1 at or above high"],
  ])("%s", (_, changes, options, expected) => {
    expect(render(aReport(changes), options)).toContain(expected);
  });

  test("never calls a run complete that is not", () => {
    const text = render(
      aReport({
        complete: false,
        unread: [anUnread(), anUnread({ waived: true })],
        policies: [aPolicy("a/b", { decided: false, undecidedIn: ["prod"] })],
      }),
    );
    expect(text).toContain("Nothing found in what could be seen");
    expect(text).toContain("Not complete, so this is no proof: 2 scopes not read (1 accepted), 1 policy undecided.");
    expect(text).not.toContain("PASSED");
  });

  test("tells what became of the baseline", () => {
    const text = render(
      aReport({
        findings: [aFinding(1, { baseline: "new" }), aFinding(2, { baseline: "still" })],
        fixed: [{ id: "00000000000000aa", policy: "a/b", resource: "x" }],
        unverified: [
          { id: "00000000000000ab", policy: "a/b", resource: "y", since: "2026-11-19T06:00:00Z", finding: aFinding(9) },
        ],
      }),
    );
    expect(text).toContain("1 new, 1 known before, 1 of the baseline fixed, 1 of the baseline could not be verified");
  });
});

describe("on any terminal", () => {
  test.each([40, 41, 57, 79, 80, 100, 132, 200])("no line is wider than %i columns", (width) => {
    const report = aFullReport();
    const wide = "データ基盤の実行環境にある資格情報🔑👩‍👩‍👧‍👦".repeat(20);
    const first = report.findings[0];
    if (first !== undefined) {
      first.message = wide;
      first.resource.name = wide;
      first.resource.id = `/subscriptions/${wide}`;
      first.policy = `secrets/${"x".repeat(300)}`;
    }
    for (const each of lines(render(report, { width, verbose: true, color: true }))) {
      expect(stringWidth(each)).toBeLessThanOrEqual(width);
    }
  });

  test("colour is used only where it is asked for, and says nothing that the words do not", () => {
    const plain = render(aFullReport());
    const colored = render(aFullReport(), { color: true });
    expect(plain).not.toContain("\u001b");
    expect(colored).toContain("\u001b[");
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });

  test.each([0, 10, Number.NaN, 100_000])("a width of %d is no reason to fall", (width) => {
    const longest = Math.max(...lines(render(aFullReport(), { width })).map((each) => stringWidth(each)));
    expect(longest).toBeLessThanOrEqual(200);
  });

  test("an id that is too long shows both ends", () => {
    const text = render(aReport({ findings: [aFinding(1)] }), { width: 60 });
    expect(text).toMatch(/^ {4}\/subscriptions\/.*….*0000000001$/m);
  });
});
