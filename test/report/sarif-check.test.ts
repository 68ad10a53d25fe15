import { describe, expect, test } from "vitest";
import { renderSarif } from "../../src/report/sarif.ts";
import { checkSarif } from "../../src/report/sarif-check.ts";
import { aFinding, aPolicy, aReport } from "./build.ts";

type Path = readonly (string | number)[];

function good(): unknown {
  const findings = [aFinding(1), aFinding(2, { policy: "a/other" })];
  const policies = [aPolicy(findings[0]?.policy ?? ""), aPolicy("a/other")];
  const { text } = renderSarif(aReport({ findings, policies }), { environments: ["prod"] });
  return JSON.parse(text ?? "null");
}

const gone = Symbol("gone");

/** The file with the value at a path replaced, or without it. */
function edited(value: unknown, [step, ...rest]: Path, by: unknown): unknown {
  if (step === undefined) return by;
  const below = (value as Record<string | number, unknown> | undefined)?.[step];
  const part = edited(below, rest, by);
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? part : item));
  const { [step]: _, ...others } = value as Record<string | number, unknown>;
  return part === gone ? others : { ...others, [step]: part };
}

function at(value: unknown, path: Path): unknown {
  return path.reduce((part: unknown, step) => (part as Record<string | number, unknown> | undefined)?.[step], value);
}

function many<T>(length: number, one: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => one(index));
}

const run = ["runs", 0] as const;
const clean = ["runs", 1] as const;
const driver = [...run, "tool", "driver"] as const;
const rule = [...driver, "rules", 0] as const;
const tags = [...rule, "properties", "tags"] as const;
const severity = [...rule, "properties", "security-severity"] as const;
const result = [...run, "results", 0] as const;
const place = [...result, "locations", 0, "physicalLocation"] as const;
const uri = [...place, "artifactLocation", "uri"] as const;
const print = [...result, "partialFingerprints", "primaryLocationLineHash"] as const;
const theRule = at(good(), rule) as object;
const theResult = at(good(), result) as object;
const theLocation = at(good(), [...result, "locations", 0]);
const theRun = at(good(), clean) as object;

/** The code that must be told, what is wrong, where, and with what in its place. */
const broken: [code: string, what: string, path: Path, by: unknown][] = [
  ["schema-uri", "no $schema", ["$schema"], gone],
  ["version", "another version", ["version"], "2.0.0"],
  ["runs", "no runs", ["runs"], gone],
  ["runs", "an empty list of runs", ["runs"], []],
  [
    "too-many-runs",
    "21 runs",
    ["runs"],
    many(21, (index) => ({ ...theRun, automationDetails: { id: `a/${index}/x` } })),
  ],
  ["tool-name", "a tool without a name", [...driver, "name"], gone],
  ["tool-name", "a tool with an empty name", [...driver, "name"], ""],
  ["category-repeated", "one category twice", [...clean, "automationDetails", "id"], "leastwise/prod/other"],
  ["category-repeated", "two runs without a category", ["runs"], many(2, () => ({ ...theRun, automationDetails: {} }))],
  ["too-many-extensions", "101 extensions", [...run, "tool", "extensions"], many(101, () => ({ name: "x" }))],
  ["rules", "no list of rules", [...clean, "tool", "driver", "rules"], gone],
  ["too-many-rules", "25,001 rules", [...driver, "rules"], many(25_001, (index) => ({ ...theRule, id: `r${index}` }))],
  ["rule-id", "a rule without an id", [...rule, "id"], gone],
  ["rule-repeated", "two rules of one id", [...driver, "rules"], [theRule, theRule]],
  ["rule-text", "a rule without a short description", [...rule, "shortDescription"], gone],
  ["rule-text", "a rule with an empty description", [...rule, "fullDescription", "text"], ""],
  ["rule-text", "a rule without help", [...rule, "help"], gone],
  ["rule-text-length", "a title of 1,025 characters", [...rule, "shortDescription", "text"], "x".repeat(1_025)],
  ["rule-name-length", "a rule name of 256 characters", [...rule, "name"], "x".repeat(256)],
  ["rule-level", "a rule's level that does not exist", [...rule, "defaultConfiguration", "level"], "critical"],
  ["tags", "tags that are no list", tags, "security"],
  ["too-many-tags", "21 tags", tags, many(21, (index) => `t${index}`)],
  ["tags-not-shown", "11 tags", tags, many(11, (index) => `t${index}`)],
  ["precision", "a precision that does not exist", [...rule, "properties", "precision"], "certain"],
  ["problem-severity", "a problem severity that does not exist", [...rule, "properties", "problem.severity"], "note"],
  ["security-severity", "a security severity that is a number", severity, 8],
  ["security-severity", "a security severity that is a word", severity, "high"],
  ["security-severity", "a security severity of 0.0", severity, "0.0"],
  ["security-severity", "a security severity above 10", severity, "10.1"],
  ["results", "a run without results", [...clean, "results"], gone],
  ["too-many-results", "25,001 results", [...run, "results"], many(25_001, () => theResult)],
  ["results-not-shown", "5,001 results", [...run, "results"], many(5_001, () => theResult)],
  ["result-rule", "a result without a rule", result, { ...theResult, ruleId: undefined, ruleIndex: undefined }],
  ["result-rule", "a result of an unknown rule", [...result, "ruleId"], "no/such"],
  ["result-rule-index", "a rule index that is another rule's", [...result, "ruleIndex"], 1],
  ["result-rule-index", "a rule index beyond the rules", [...result, "ruleIndex"], 9],
  ["message", "a message by id", [...result, "message"], { id: "default", arguments: ["x"] }],
  ["message", "an empty message", [...result, "message", "text"], ""],
  ["message-arguments", "a message to fill in", [...result, "message"], { text: "{0} is wrong", arguments: ["x"] }],
  ["level", "a result's level that does not exist", [...result, "level"], "high"],
  ["kind", "a pass", [...result, "kind"], "pass"],
  ["suppressions", "a suppressed result", [...result, "suppressions"], [{ kind: "external" }]],
  ["baseline-absent", "a result that is gone", [...result, "baselineState"], "absent"],
  ["fingerprint", "no fingerprint", [...result, "partialFingerprints"], gone],
  ["fingerprint", "a fingerprint of another name", [...result, "partialFingerprints"], { mine: "a:1" }],
  ["fingerprint-form", "a fingerprint without a count", print, "abc"],
  ["fingerprint-form", "a fingerprint that is no number", print, "roleAssignment:1"],
  ["locations", "no locations", [...result, "locations"], gone],
  ["locations", "an empty list of locations", [...result, "locations"], []],
  ["too-many-locations", "1,001 locations", [...result, "locations"], many(1_001, () => theLocation)],
  ["locations-not-shown", "101 locations", [...result, "locations"], many(101, () => theLocation)],
  ["physical-location", "only a logical location", place, gone],
  ["artifact-uri", "no file", [...place, "artifactLocation"], gone],
  ["artifact-uri", "an empty URI", uri, ""],
  ["uri-scheme", "an Azure id as a URI", uri, "azure://subscriptions/x"],
  ["uri-scheme", "a file URI", uri, "file:///work/leastwise.yaml"],
  ["uri-form", "a space in a URI", uri, "flows/ingest data.py"],
  ["uri-form", "a lone percent sign", uri, "100%.tf"],
  ["uri-form", "a backslash", uri, "flows\\a.py"],
  ["uri-outside", "an absolute path", uri, "/work/leastwise.yaml"],
  ["uri-outside", "a path out of the repository", uri, "a/../../b"],
  ["uri-base", "a base that nothing explains", [...place, "artifactLocation", "uriBaseId"], "SRCROOT"],
  ["region", "no region", [...place, "region"], gone],
  ["region", "line 0", [...place, "region", "startLine"], 0],
  ["region", "no end", [...place, "region", "endColumn"], gone],
  ["region-order", "an end before the start", [...place, "region", "endLine"], 1],
  ["snippet", "a snippet", [...place, "region", "snippet"], { text: "password: hunter2" }],
  ["snippet", "a snippet of what is around", [...place, "contextRegion"], { startLine: 1, snippet: { text: "x" } }],
  [
    "too-many-flow-locations",
    "10,001 steps of a flow",
    [...result, "codeFlows"],
    [{ threadFlows: [{ locations: many(10_001, () => ({})) }] }],
  ],
  ["empty-text", "an empty category", [...run, "automationDetails", "id"], ""],
  ["empty-text", "an empty name of a resource", [...result, "locations", 0, "logicalLocations", 0, "name"], ""],
  ["too-deep", "a nest of 200 lists", [...run, "conversion"], nest(200)],
  ["file-size", "more than 10 MB when compressed", [...result, "message", "text"], noise(15_000_000)],
];

function nest(depth: number): unknown {
  return JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
}

/** Text that does not compress to less than three quarters. */
function noise(length: number): string {
  const units = new Uint8Array(length);
  let seed = 42;
  for (let index = 0; index < length; index++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    units[index] = 35 + ((seed >>> 16) % 90);
  }
  return Buffer.from(units).toString("latin1").replaceAll("\\", "/");
}

describe("a SARIF file that GitHub would refuse, misread or not show", () => {
  test("what leastwise writes has nothing wrong", () => {
    expect(checkSarif(good())).toEqual([]);
  });

  test.each(broken)("%s: %s", (code, _, path, by) => {
    const problems = checkSarif(edited(good(), path, by));
    expect(problems.map((each) => each.code)).toContain(code);
    for (const each of problems) expect(each.message).not.toBe("");
  });

  test("each thing that is wrong is told once, where it stands", () => {
    const sarif = edited(edited(good(), uri, ""), [...run, "results", 1, "locations"], []);
    expect(checkSarif(sarif).map((each) => [each.code, each.path])).toEqual([
      ["artifact-uri", "runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri"],
      ["locations", "runs[0].results[1].locations"],
    ]);
  });

  test.each([[null], [[]], ["text"], [7], [undefined]])("%j is no SARIF at all", (value) => {
    expect(checkSarif(value).map((each) => each.code)).toEqual(["not-sarif"]);
  });

  test.each([
    [{ runs: [null] }],
    [{ runs: [{ results: [null, 3] }] }],
    [{ runs: [{ tool: { driver: { rules: [[], ""] } } }] }],
  ])("%j is told of, without a fall", (value) => {
    expect(checkSarif(value).length).toBeGreaterThan(2);
  });

  test("a nest that can hardly be parsed is told of, without a fall", () => {
    const sarif = edited(good(), [...run, "conversion"], nest(50_000));
    expect(checkSarif(sarif).map((each) => each.code)).toContain("too-deep");
  });

  test("rules of an extension are rules too", () => {
    const extensions = [{ name: "more", rules: [{ ...theRule, id: "more/rule" }] }];
    const sarif = edited(good(), [...run, "tool", "extensions"], extensions);
    const { ruleIndex: _, ...others } = theResult as { ruleIndex: number };
    expect(checkSarif(edited(sarif, result, { ...others, ruleId: "more/rule" }))).toEqual([]);
  });
});
