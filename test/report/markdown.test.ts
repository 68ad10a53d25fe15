import { describe, expect, test } from "vitest";
import { changesOf } from "../../src/evaluate/changes.ts";
import { controlsOf, notCoveredBy } from "../../src/evaluate/controls.ts";
import { ownersOf } from "../../src/evaluate/owners.ts";
import { renderMarkdown } from "../../src/report/markdown.ts";
import { code, inert } from "../../src/report/markup.ts";
import type { Report } from "../../src/resources/generated.ts";
import { aFinding, aFullReport, anUnread, aReport, grouped } from "./build.ts";

function render(report: Report, failOn = "high"): string {
  return renderMarkdown(report, { failOn });
}

/** The heading of each section, in order. */
function headings(text: string): string[] {
  return text.split("\n").filter((line) => /^##? /.test(line));
}

describe("the Markdown summary", () => {
  test("reads well", async () => {
    await expect(render(grouped(aFullReport()))).toMatchFileSnapshot("golden/full.md");
  });

  test("begins with the verdict, then what could not be seen, and ends with the findings, worst first", () => {
    const text = render(grouped(aFullReport()));
    expect(headings(text)).toEqual([
      "# leastwise: FAILED",
      "## Could not be seen",
      "## Waivers",
      "## SOC 2 criteria",
      "## What mends them",
      "## By owner",
      "## Findings",
    ]);
    expect(text.split("\n").filter((line) => line.startsWith("### "))).toEqual([
      "### Critical (1)",
      "### High (2)",
      "### Medium (1)",
    ]);
    expect(text).toContain("1 finding is waived.");
    expect(text).toContain("Not complete, so this is no proof");
  });

  test.each([
    [aReport(), "# leastwise: PASSED", "## Nothing found"],
    [aReport({ complete: false, unread: [anUnread()] }), "# leastwise: NOT COMPLETE", "## Nothing found in what could"],
    [aReport({ findings: [aFinding(1, { severity: "low" })] }), "# leastwise: PASSED", "### Low (1)"],
    [aReport({ findings: [aFinding(1)] }), "# leastwise: FAILED", "### High (1)"],
  ])("never says more than the report", (report, state, found) => {
    const text = render(report);
    expect(text.startsWith(`${state}\n`)).toBe(true);
    expect(text).toContain(`\n${found}`);
  });

  test("says that nothing could fail the run where that is why it did not", () => {
    const options = { failOn: "none" };
    expect(renderMarkdown(aReport({ findings: [aFinding(1)] }), options)).toMatch(
      /^# leastwise: NOT FAILED\n\n\*\*1 high; no finding fails the run .*fail.*on none/,
    );
    expect(renderMarkdown(aReport(), options)).toMatch(/^# leastwise: PASSED\n/);
  });

  test("says of each criterion what supports it, and names what nothing covers", () => {
    const text = render(grouped(aFullReport()));
    expect(text).toMatch(/^\| <code>CC6\.1<\/code> \| Access .* \| 3 \| 44 \| 4 \| 1 \| 2 \| \*\*no\*\* \|$/m);
    expect(text).toMatch(/^- <code>CC6\.1<\/code>: <code>least-privilege\/no-contributor/m);
    expect(text).toContain("41 criteria are not covered by any policy in force");
    expect(text).toMatch(/^\| <code>CC1\.1<\/code> \| People are held to a code of conduct\. \| /m);
    expect(text).not.toMatch(/satisf(?!y one)/);
  });

  test("has a command to copy only where it is as it was", () => {
    const change = (command: string) =>
      render(grouped(aReport({ findings: [aFinding(1, { remediation: { text: "Delete it.", command } })] })));
    expect(change("az x delete \\\n  --ids ```")).toContain("   ````sh\n   az x delete \\\n     --ids ```\n   ````");
    const hidden = change("az x delete \u202e--ids x");
    expect(hidden).not.toContain("```");
    expect(hidden).toContain("Commands: <code>leastwise explain 0000000000000001</code>");
  });

  test("has as many findings as GitHub takes, the worst, and counts the others", () => {
    const message = `資${"<".repeat(390)}`;
    const findings = Array.from({ length: 6_000 }, (_, n) =>
      aFinding(n + 1, { message, severity: n < 100 ? "critical" : n < 5_900 ? "high" : "low" }),
    );
    const text = render(grouped(aReport({ findings })));
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(900_000);
    const shown = text.split("\n").filter((line) => line.startsWith("| 資")).length;
    expect(text).toContain(`**${6_000 - shown} findings are left out here for want of room, the least severe:**`);
    expect(text).toContain("### Critical (100)");
    expect(text).not.toContain("### Low");
    const few = render(grouped(aReport({ findings: findings.slice(0, 200) })));
    expect(few.split("\n").filter((line) => line.startsWith("| 資"))).toHaveLength(200);
    expect(few).not.toContain("left out here");
  });

  test("stays within it whatever else is long", () => {
    const text = "$".repeat(5_000);
    const long = aReport({
      complete: false,
      unread: Array.from({ length: 2_000 }, () =>
        anUnread({ read: text, cause: text, permission: text, policies: [text] }),
      ),
      unknown: Array.from({ length: 2_000 }, (_, n) => ({
        policy: text,
        cause: `${n} ${text}`,
        count: 1,
        examples: [text],
      })),
      findings: Array.from({ length: 2_000 }, (_, n) =>
        aFinding(n, { message: text, owner: `${n} ${text}`, key: text }),
      ),
    });
    const shown = render(grouped(long));
    expect(Buffer.byteLength(shown)).toBeLessThan(1024 * 1024);
    expect(shown).toMatch(/and \d+ more: see `unread` in `report\.json`\./);
    expect(shown).toMatch(/findings are left out here/);
  });

  test("tells what became of the baseline", () => {
    const findings = [aFinding(1, { baseline: "new" }), aFinding(2, { baseline: "still" })];
    const fixed = [{ id: "00000000000000aa", policy: "a/b", resource: "x" }];
    const text = render(grouped(aReport({ findings, fixed })));
    expect(text).toContain("Since the baseline: 1 new, 1 known before, 1 of the baseline fixed.");
    expect(text).toMatch(/^\| \*\*new\*\* sp-ingest-1 /m);
    expect(text).toMatch(/^\| sp-ingest-2 /m);
  });

  test("is the same for the same report", () => {
    expect(render(grouped(aFullReport()))).toBe(render(grouped(structuredClone(aFullReport()))));
  });
});

describe("text from outside", () => {
  test.each([
    ["[click](javascript:alert(1))", "\\[click\\]\\(javascript:alert\\(1\\)\\)"],
    ["![x](https://evil.example)", "\\!\\[x\\]\\(https:<!-- -->//evil.example\\)"],
    ["<img src=x>", "\\<img src=x\\>"],
    ["@octocat, a@b.example", "@<!-- -->octocat, a@<!-- -->b.example"],
    ["www.evil.example", "www<!-- -->.evil.example"],
    ["#12 GH-12", "\\#<!-- -->12 GH<!-- -->-12"],
    ["at 06:00:00 :-1: :a:", "at 06:00:00 :<!-- -->-1: :<!-- -->a:"],
    [":white_check_mark:", ":<!-- -->white\\_check\\_mark:"],
    ["$x$", "<span>$</span>x<span>$</span>"],
    ["a | b \\| c", "a \\| b \\\\\\| c"],
    ["one\n# two\r\n| three", "one \\# two \\| three"],
    ["&lt;b&gt; &#64;", "\\&lt;b\\&gt; \\&\\#<!-- -->64;"],
    ["--- x", "\\--- x"],
    ["a\u202eb\u0000", "a\\<U\\+202E\\>b\\<U\\+0000\\>"],
    ["plain: /subscriptions/x (Contributor)", "plain: /subscriptions/x \\(Contributor\\)"],
  ])("%j is words and nothing else", (text, expected) => {
    expect(inert(text)).toBe(expected);
  });

  test("ends no code that it stands in", () => {
    expect(code("a`|</code>[x](y)")).toBe("<code>a\\`\\|\\</code\\>\\[x\\]\\(y\\)</code>");
    expect(code("a\nb")).toBe("<code>a\\<U\\+000A\\>b</code>");
    expect(code("")).toBe("");
    expect(code(`${"a".repeat(5_000)}z`)).toMatch(/^<code>a+…a+z<\/code>$/);
  });
});

test("the numbers of a report balance, in whichever way its findings are grouped", () => {
  const report = grouped(aFullReport());
  const open = report.findings.filter((each) => each.outcome === "fail");
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  expect(
    changesOf(report.findings, report.policies)
      .flatMap((each) => each.findings)
      .sort(),
  ).toEqual(open.map((each) => each.id).sort());
  expect(sum(ownersOf(report.findings).map((each) => each.failing + each.waived))).toBe(report.findings.length);
  const controls = controlsOf(report.policies, report.findings, []);
  for (const policy of report.policies) {
    for (const id of policy.controls.soc2)
      expect(controls.find((each) => each.id === id)?.policies).toContain(policy.id);
  }
  expect(controls.length + notCoveredBy(report.policies, []).length).toBe(43);
});
