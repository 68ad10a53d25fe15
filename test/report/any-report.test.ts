import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { compareBaseline } from "../../src/evaluate/baseline.ts";
import { renderCsv } from "../../src/report/csv.ts";
import { renderJson } from "../../src/report/json.ts";
import { renderJunit } from "../../src/report/junit.ts";
import { renderMarkdown } from "../../src/report/markdown.ts";
import { renderSarif } from "../../src/report/sarif.ts";
import { renderTerminal } from "../../src/report/terminal.ts";
import type { Finding, Report, ReportPolicy, ReportWaiver } from "../../src/resources/generated.ts";
import { violations } from "../../src/resources/validate.ts";
import { aReport, grouped } from "./build.ts";
import { casesOf, linesOf } from "./read.ts";
import { faults } from "./validators.ts";

/** Text as bad as it comes: all of Unicode, pieces that mean something somewhere, lone surrogates. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "\u001b[",
          "\n",
          "](",
          "{0}",
          "\\",
          "\ud83d",
          "\udc68",
          "\u200d",
          "\ufe0f",
          "👩",
          "🇩",
          "資",
          "่",
        ),
        fc.constantFrom(" ", "/", "..", "%", ":", "#", "ᄀ", "ᅡ", "क", "्", "\u202e", "é", "\u0301", "\u0600", "ﾞ"),
      ),
      { maxLength: 60 },
    )
    .map((pieces) => pieces.join("")),
);

const environment = fc.constantFrom("dev", "prod", "test", "retired", "tenant");
const policyId = fc.constantFrom("a/one", "a/two", "secrets/three", "b/four");
const id = fc.integer({ min: 0, max: 40 }).map((number) => number.toString(16).padStart(16, "0"));
const severity = fc.constantFrom("critical", "high", "medium", "low");
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const date = fc.constantFrom("2026-11-20T06:00:00Z", "2026-11-19T06:00:00Z");
const remediation = nullable(fc.record({ text, command: nullable(text) }));
const number = fc.nat({ max: 100_000 });

const waiver: fc.Arbitrary<ReportWaiver> = fc.record({
  policy: policyId,
  kind: fc.constant("risk"),
  resource: text,
  reason: text,
  requestedBy: text,
  approvedBy: text,
  approvedAt: text,
  expires: text,
  ticket: nullable(text),
});

const place = fc.record({
  file: text,
  line: fc.integer({ min: 1 }),
  column: fc.integer({ min: 1 }),
  by: fc.constantFrom("file", "id", "name", "reference", "owner", "environment", "configuration", "policy"),
});

/** Where an alert was opened, where that is another place than the finding's. */
const alert: fc.Arbitrary<Pick<Finding, "alert" | "alertIn">> = fc.oneof(
  fc.constant({}),
  fc.record({ alert: place, alertIn: environment }),
);

const finding: fc.Arbitrary<Finding> = fc
  .tuple(
    alert,
    fc.record({
      id,
      policy: policyId,
      outcome: fc.constantFrom("fail", "waived"),
      severity,
      resource: fc.record({
        kind: text,
        id: text,
        name: nullable(text),
        environments: nullable(fc.uniqueArray(environment, { maxLength: 2 })),
      }),
      owner: nullable(text),
      credential: nullable(fc.constantFrom("one", "two")),
      key: nullable(text),
      message: text,
      rationale: nullable(text),
      remediation,
      trace: fc.array(fc.record({ expression: text, value: text }), { maxLength: 1 }),
      read: nullable(text),
      location: nullable(place),
      waiver: nullable(waiver),
      approval: fc.constantFrom("asserted", "proven", null),
      baseline: fc.constantFrom("new", "still", null),
      firstSeen: date,
    }),
  )
  .map(([opened, each]) => ({ ...each, ...opened }));

const population = fc.record({
  inScope: number,
  pass: number,
  fail: number,
  waived: number,
  unknown: number,
  notApplicable: number,
});

const policy: fc.Arbitrary<ReportPolicy> = fc.record({
  id: policyId,
  title: text,
  severity,
  confidence: fc.constantFrom("certain", "likely"),
  digest: fc.constant(`sha256:${"a".repeat(64)}`),
  file: text,
  target: text,
  controls: fc.record({
    soc2: fc.array(fc.oneof(fc.constantFrom("CC6.1", "CC6.3", "CC7.2"), text), { maxLength: 14 }),
  }),
  reasons: fc.dictionary(fc.constantFrom("CC6.1", "CC6.3"), text),
  params: fc.dictionary(text, fc.jsonValue()),
  help: fc.record({ rationale: nullable(text), remediation, references: fc.array(text, { maxLength: 2 }) }),
  decided: fc.boolean(),
  undecidedIn: fc.uniqueArray(environment, { maxLength: 2 }),
  population,
});

const reference = fc.record({ id, policy: policyId, resource: text });

const anyReport: fc.Arbitrary<Report> = fc
  .record({
    complete: fc.boolean(),
    policies: fc.uniqueArray(policy, { maxLength: 4, selector: (each) => each.id }),
    findings: fc.array(finding, { maxLength: 8 }),
    fixed: fc.array(reference, { maxLength: 2 }),
    unverified: fc.array(
      finding.map((each) => ({
        id: each.id,
        policy: each.policy,
        resource: each.resource.id,
        since: "2026-11-19T06:00:00.000Z",
        finding: each,
      })),
      { maxLength: 2 },
    ),
    unknown: fc.array(
      fc.record({ policy: policyId, cause: text, count: number, examples: fc.array(text, { maxLength: 3 }) }),
      { maxLength: 3 },
    ),
    unread: fc.array(
      fc.record({
        read: text,
        scope: text,
        status: nullable(fc.constantFrom(403, 404, 500)),
        cause: text,
        permission: nullable(text),
        policies: fc.array(policyId, { maxLength: 3 }),
        environments: fc.uniqueArray(environment, { maxLength: 2 }),
        waived: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    waivers: fc.record({
      expired: fc.array(waiver, { maxLength: 2 }),
      expiring: fc.array(waiver, { maxLength: 1 }),
      unmatched: fc.array(waiver, { maxLength: 1 }),
    }),
    leftOut: fc.array(fc.record({ policy: policyId, because: text }), { maxLength: 2 }),
    vacuous: fc.array(fc.record({ policy: policyId, what: text }), { maxLength: 2 }),
    shared: fc.array(fc.record({ what: text, reason: text }), { maxLength: 1 }),
    kinds: fc.dictionary(text, number),
    run: fc.record({
      id: text,
      collectedAt: date,
      now: date,
      tool: fc.record({ name: text, version: fc.oneof(text, fc.constant("1.2.3-rc.1")) }),
      reader: fc.record({ kind: text, id: nullable(text) }),
    }),
  })
  .map((changes) => grouped(aReport(changes)));

const environments = fc.constantFrom<string[]>([], ["prod"], ["dev", "prod", "test"], ["prod", "tenant"]);

describe("any report", () => {
  test("gives report.json that its schema allows, and that says the same again", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const json = renderJson(report);
        const again: Report = JSON.parse(json);
        expect(violations("report", again)).toEqual([]);
        expect(renderJson(again)).toBe(json);
      }),
      { numRuns: 150 },
    );
  });

  test("gives JUnit XML and a table with every finding in it", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const failing = report.findings.filter((each) => each.waiver === null).length;
        const cases = casesOf(renderJunit(report));
        expect(cases.filter((each) => each.result?.element === "failure")).toHaveLength(failing);
        const lines = linesOf(renderCsv(report));
        expect(lines.map((line) => line.finding).filter((each) => each !== "")).toEqual(
          report.findings.map((each) => each.id),
        );
        expect(lines).toHaveLength(report.findings.length + report.unknown.length + report.unread.length);
      }),
      { numRuns: 150 },
    );
  });

  test("gives SARIF that GitHub takes, with every open finding in it or counted", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyReport, environments, fc.option(anyReport, { nil: undefined }), (one, names, baseline) => {
        const report = baseline === undefined ? one : compareBaseline(one, baseline);
        const sarif = renderSarif(report, { environments: names });
        const places = new Set([...names, "tenant"]);
        expect([...sarif.runs, ...sarif.leftOut.map((each) => each.environment)].sort()).toEqual([...places].sort());
        if (sarif.text === null) expect(sarif.runs).toEqual([]);
        else expect(faults(sarif.text)).toEqual([]);
        const open = report.findings.filter((each) => each.outcome === "fail" && each.waiver === null);
        const text = sarif.text ?? "";
        const carried = text.split('"notVerifiedSince"').length - 1;
        expect(sarif.counts.results + sarif.counts.notShown).toBe(open.length + carried);
        expect(Object.values(sarif.counts.byPlace).reduce((sum, each) => sum + each, 0)).toBe(sarif.counts.results);
        if (sarif.leftOut.length === 0) for (const each of open) expect(text).toContain(`"${each.id}:1"`);
      }),
      { numRuns: 100 },
    );
  });

  test("closes no alert whose policy was not decided where it stands", () => {
    fc.assert(
      fc.property(anyReport, environments, anyReport, (one, names, another) => {
        const places = new Set([...names, "tenant"]);
        const placed = (each: string) => (places.has(each) ? each : "tenant");
        // A run decides in the environments of its configuration and in the tenant; ids of findings do not repeat.
        const policies = one.policies.map((each) => ({
          ...each,
          undecidedIn: [...new Set(each.undecidedIn.map(placed))],
        }));
        const findings = [...new Map(another.findings.map((each) => [each.id, each])).values()].map((each) => ({
          ...each,
          resource: {
            ...each.resource,
            environments: each.resource.environments?.filter((name) => places.has(name)) ?? null,
          },
        }));
        const baseline = { ...another, findings, unverified: [] };
        const report = compareBaseline({ ...one, policies, unverified: [] }, baseline);
        const sarif = renderSarif(report, { environments: names });
        const settled = new Set([...report.findings, ...report.fixed].map((each) => each.id));
        for (const each of baseline.findings) {
          const [first, second] = each.resource.environments ?? [];
          const place = first === undefined || second !== undefined ? "tenant" : placed(first);
          const policy = report.policies.find((one) => one.id === each.policy);
          const undecided = policy?.undecidedIn.some((one) => placed(one) === place) ?? false;
          if (!undecided || each.outcome !== "fail" || each.waiver !== null || settled.has(each.id)) continue;
          expect(!sarif.runs.includes(place) || (sarif.text ?? "").includes(`"${each.id}:1"`)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("gives a summary whose lines fit the terminal and drive nothing in it", { timeout: 120_000 }, () => {
    const options = fc.record({
      width: fc.integer({ min: 40, max: 200 }),
      color: fc.boolean(),
      verbose: fc.boolean(),
      failOn: fc.constantFrom("critical", "high", "medium", "low", "none"),
      out: nullable(text),
      report: nullable(text),
    });
    fc.assert(
      fc.property(anyReport, options, (report, chosen) => {
        const shown = renderTerminal(report, chosen);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the tool's own colours are set aside
        const bare = shown.replace(/\u001b\[\d+m/g, "");
        if (!chosen.color) expect(bare).toBe(shown);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
        expect(bare).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u);
        for (const line of bare.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(chosen.width);
      }),
      { numRuns: 300 },
    );
  });

  test("gives Markdown that is small enough, safe to print, and counts every open finding", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const shown = renderMarkdown(report, { failOn: "high" });
        expect(Buffer.byteLength(shown)).toBeLessThan(1024 * 1024);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
        expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u);
        const open = report.findings.filter((each) => each.outcome === "fail").length;
        const counted = [...shown.matchAll(/^### \w+ \((\d+)\)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
        expect(counted).toBe(open);
        expect(renderMarkdown(structuredClone(report), { failOn: "high" })).toBe(shown);
      }),
      { numRuns: 150 },
    );
  });
});
