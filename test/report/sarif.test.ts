import { gunzipSync, gzipSync } from "node:zlib";
import type { Log, Result, Run } from "sarif";
import { describe, expect, test } from "vitest";
import { compareBaseline } from "../../src/evaluate/baseline.ts";
import { limits, renderSarif, type Sarif, type SarifOptions } from "../../src/report/sarif.ts";
import type { Report } from "../../src/resources/generated.ts";
import { aFinding, aFullReport, anUnread, aPolicy, aReport, aWaiver } from "./build.ts";
import { faults } from "./validators.ts";

const policy = aPolicy("rotation/client-secret-age");
const undecidedInProd = aPolicy(policy.id, { decided: false, undecidedIn: ["prod"] });

/** The SARIF of a report, compared with the one before it where there is one. */
function render(report: Report, { baseline, ...options }: Partial<SarifOptions> & { baseline?: Report } = {}): Sarif {
  const compared = baseline === undefined ? report : compareBaseline(report, baseline);
  return renderSarif(compared, { environments: ["dev", "prod"], ...options });
}

function log(sarif: Sarif): Log {
  return JSON.parse(sarif.text ?? "null");
}

function run(sarif: Sarif, environment: string): Run {
  const found = log(sarif).runs.find((each) => each.automationDetails?.id?.startsWith(`leastwise/${environment}/`));
  if (found === undefined) throw new Error(`no run for ${environment}`);
  return found;
}

function results(sarif: Sarif, environment: string): Result[] {
  return run(sarif, environment).results ?? [];
}

function ids(sarif: Sarif, environment: string): unknown[] {
  return results(sarif, environment).map((each) => each.properties?.finding);
}

describe("what GitHub gets", () => {
  test("is a file that it takes", async () => {
    const baseline = aReport({ findings: [aFinding(9, { policy: policy.id, resource: { environments: ["dev"] } })] });
    const sarif = render(aFullReport(), { baseline });
    expect(faults(sarif.text)).toEqual([]);
    await expect(sarif.text).toMatchFileSnapshot("golden/full.sarif");
  });

  test("has a run for each environment and one for the tenant", () => {
    const sarif = render(aReport({ findings: aFullReport().findings }));
    expect(sarif.runs).toEqual(["dev", "prod", "tenant"]);
    expect(log(sarif).runs.map((each) => each.automationDetails?.id)).toEqual([
      "leastwise/dev/20261120T060000Z-5f3a",
      "leastwise/prod/20261120T060000Z-5f3a",
      "leastwise/tenant/20261120T060000Z-5f3a",
    ]);
    expect(ids(sarif, "prod")).toEqual(["0000000000000001", "0000000000000002"]);
    expect(ids(sarif, "tenant")).toEqual(["0000000000000003", "0000000000000004"]);
  });

  test("shows a clean environment as a run without results, so that its alerts close", () => {
    const sarif = render(aReport());
    expect(results(sarif, "dev")).toEqual([]);
    expect(run(sarif, "dev").invocations?.[0]?.executionSuccessful).toBe(true);
    expect(faults(sarif.text)).toEqual([]);
  });

  test("puts what is in no environment, in several, in an unknown one, or not derived into the tenant's run", () => {
    const places = [[], ["dev", "prod"], ["retired"], null];
    const findings = places.map((environments, index) => aFinding(index + 1, { resource: { environments } }));
    expect(results(render(aReport({ findings })), "tenant")).toHaveLength(4);
  });

  test("holds no finding that a waiver covers", () => {
    const sarif = render(
      aReport({
        findings: [
          aFinding(1, { outcome: "waived", waiver: aWaiver(), approval: "asserted" }),
          aFinding(2, { waiver: aWaiver() }),
          aFinding(3),
        ],
      }),
    );
    expect(ids(sarif, "prod")).toEqual(["0000000000000003"]);
    expect(sarif.counts).toEqual({ results: 1, notShown: 0, byPlace: { environment: 1 } });
  });

  test("says the finding's words, its place, the resource, and an identity that lasts", () => {
    const [result] = results(render(aReport({ findings: [aFinding(10)] })), "prod");
    expect(result).toMatchObject({
      ruleId: "least-privilege/no-contributor-above-workspace",
      ruleIndex: 0,
      level: "error",
      message: { text: "sp-ingest-10 can change every Synapse workspace in sub-prod (Contributor on a subscription)" },
      partialFingerprints: { primaryLocationLineHash: "000000000000000a:1" },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "leastwise.yaml" },
            region: { startLine: 12, startColumn: 3, endLine: 12, endColumn: 4 },
          },
          logicalLocations: [
            {
              name: "sp-ingest-10",
              fullyQualifiedName: aFinding(10).resource.id,
              kind: "resource",
            },
          ],
        },
      ],
    });
    for (const ignored of ["kind", "suppressions", "rank"]) expect(result).not.toHaveProperty(ignored);
  });

  test("describes each rule in full", () => {
    const policies = [
      aPolicy("secrets/no-plain-text", {
        severity: "critical",
        confidence: "likely",
        controls: { soc2: ["CC6.1", "CC6.7"] },
      }),
      aPolicy("a/medium", { severity: "medium" }),
      aPolicy("a/low", { severity: "low", controls: { soc2: [] } }),
    ];
    const rules = run(render(aReport({ policies })), "prod").tool.driver.rules ?? [];
    expect(rules.map((rule) => [rule.id, rule.defaultConfiguration?.level, rule.properties])).toEqual([
      ["a/low", "note", { tags: ["security", "compliance"], precision: "high", "security-severity": "2.0" }],
      [
        "a/medium",
        "warning",
        {
          tags: ["security", "compliance", "soc2", "soc2/CC6.1", "soc2/CC6.3"],
          precision: "high",
          "security-severity": "5.5",
        },
      ],
      [
        "secrets/no-plain-text",
        "error",
        {
          tags: ["security", "compliance", "external/cwe/cwe-798", "soc2", "soc2/CC6.1", "soc2/CC6.7"],
          precision: "medium",
          "security-severity": "9.5",
        },
      ],
    ]);
    expect(rules[2]?.help?.markdown).toContain("**How to mend it**\n\nAssign the role");
    expect(rules[2]?.help?.markdown).toContain("```sh\naz role assignment delete --ids {r.id}\n```");
  });

  test("says which criteria a rule supports, and why", () => {
    const prod = run(render(aReport()), "prod");
    expect(prod.taxonomies?.[0]?.taxa?.map((taxon) => taxon.id)).toEqual(["CC6.1", "CC6.3"]);
    expect(prod.tool.driver.rules?.[0]?.relationships?.[1]).toEqual({
      target: { id: "CC6.3", index: 1, toolComponent: { name: "SOC 2", index: 0 } },
      kinds: ["relevant"],
      description: { text: "Permissions follow the role of the flow" },
    });
  });

  test("keeps at most ten tags of a rule that supports many criteria", () => {
    const soc2 = Array.from({ length: 15 }, (_, index) => `CC6.${index}`);
    const sarif = render(aReport({ policies: [aPolicy("secrets/many", { controls: { soc2 } })] }));
    expect(run(sarif, "prod").tool.driver.rules?.[0]?.properties?.tags).toHaveLength(10);
    expect(faults(sarif.text)).toEqual([]);
  });

  test("gives a finding its rule even where the report does not list the policy", () => {
    const sarif = render(aReport({ policies: [], findings: [aFinding(1)] }));
    expect(faults(sarif.text)).toEqual([]);
    expect(sarif.counts.results).toBe(1);
  });

  test("says in the run what was not read there, and there only", () => {
    const sarif = render(aReport({ unread: [anUnread()] }));
    expect(run(sarif, "dev").invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          {
            level: "error",
            message: {
              text: "Not read: synapse.roleAssignment syn-dev (403): the service refused; it needs Microsoft.Synapse/workspaces/read and the Synapse User role",
            },
          },
        ],
      },
    ]);
    expect(run(sarif, "prod").invocations).toEqual([{ executionSuccessful: true }]);
  });
});

describe("where a result is shown", () => {
  function uri(file: string, fallback?: SarifOptions["fallback"]): string | undefined {
    const location = { file, line: 3, column: 1, by: "name" } as const;
    const sarif = render(
      aReport({ findings: [aFinding(1, { location })] }),
      fallback === undefined ? {} : { fallback },
    );
    expect(faults(sarif.text)).toEqual([]);
    return results(sarif, "prod")[0]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri;
  }

  test.each([
    ["flows/ingest.py", "flows/ingest.py"],
    ["./flows//ingest data.py", "flows/ingest%20data.py"],
    ["infra/../flows/a.py", "flows/a.py"],
    ["flows\\win.py", "flows/win.py"],
    ["flows/größe #1?.py", "flows/gr%C3%B6%C3%9Fe%20%231%3F.py"],
    ["azure:sub", "azure%3Asub"],
    ["100%.tf", "100%25.tf"],
    ["flows/\ud800\u0007.py", "flows/%EF%BF%BD%07.py"],
  ])("%j is shown as %s", (file, expected) => {
    expect(uri(file)).toBe(expected);
  });

  test.each([
    "/etc/leastwise.yaml",
    "../other/file.tf",
    "C:\\work\\a.tf",
    "file:///a/b",
    "https://x/y",
    "",
    ".",
    "a/../..",
  ])("%j is no place in the repository: the configuration's first line stands in", (file) => {
    expect(uri(file)).toBe("leastwise.yaml");
    expect(uri(file, { file: "conf/leastwise.yaml", line: 2, column: 1, by: "configuration" })).toBe(
      "conf/leastwise.yaml",
    );
  });

  test("a finding without a location is shown too, and counted by how its place was found", () => {
    const location = { file: "main.tf", line: 9, column: 1, by: "name" } as const;
    const sarif = render(
      aReport({ findings: [aFinding(1, { location: null }), aFinding(2, { location }), aFinding(3)] }),
    );
    expect(sarif.counts).toEqual({
      results: 3,
      notShown: 0,
      byPlace: { configuration: 1, environment: 1, name: 1 },
    });
    expect(faults(sarif.text)).toEqual([]);
  });
});

describe("no alert is closed falsely", () => {
  const old = aFinding(7, { policy: policy.id });
  const yesterday = aReport({
    run: { ...aReport().run, id: "yesterday", now: "2026-11-19T06:00:00Z" },
    policies: [policy],
    findings: [old],
  });

  test("what the baseline had found stays where its policy is now undecided, marked with its date", () => {
    const sarif = render(aReport({ policies: [undecidedInProd] }), { baseline: yesterday });
    expect(faults(sarif.text)).toEqual([]);
    expect(sarif.leftOut).toEqual([]);
    const [result] = results(sarif, "prod");
    expect(result?.message.text).toBe(old.message);
    expect(result?.baselineState).toBe("unchanged");
    expect(result?.partialFingerprints).toEqual({ primaryLocationLineHash: `${old.id}:1` });
    expect(result?.properties?.notVerifiedSince).toBe("2026-11-19T06:00:00Z");
    expect(run(sarif, "prod").invocations?.[0]?.executionSuccessful).toBe(false);
    expect(sarif.counts).toEqual({ results: 1, notShown: 0, byPlace: { environment: 1 } });
  });

  test("an environment with an undecided policy and no baseline has no run, and is named", () => {
    const sarif = render(aReport({ policies: [undecidedInProd] }));
    expect(sarif.runs).toEqual(["dev", "tenant"]);
    expect(sarif.leftOut).toEqual([
      {
        environment: "prod",
        because: "not decided there: rotation/client-secret-age; and there is no baseline to say what was found before",
      },
    ]);
  });

  test("failures of a run that is left out are counted as not shown", () => {
    const sarif = render(aReport({ policies: [undecidedInProd], findings: [aFinding(1)] }));
    expect(sarif.counts).toEqual({ results: 0, notShown: 1, byPlace: {} });
  });

  test("with no run left there is no file", () => {
    const everywhere = aPolicy(policy.id, { decided: false, undecidedIn: ["dev", "prod", "tenant"] });
    const sarif = render(aReport({ policies: [everywhere] }));
    expect(sarif.text).toBeNull();
    expect(sarif.runs).toEqual([]);
    expect(sarif.leftOut.map((each) => each.environment)).toEqual(["dev", "prod", "tenant"]);
  });

  test("a policy that is undecided without saying where is undecided everywhere", () => {
    expect(render(aReport({ policies: [aPolicy(policy.id, { decided: false })] })).text).toBeNull();
  });

  test("an environment that is no longer configured counts as the tenant", () => {
    const gone = aPolicy(policy.id, { decided: false, undecidedIn: ["retired"] });
    expect(render(aReport({ policies: [gone] })).runs).toEqual(["dev", "prod"]);
  });

  test("what is found again, waived by now or waived then is not carried over", () => {
    const before = [2, 3].map((number) => aFinding(number, { policy: policy.id }));
    const waivedThen = aFinding(4, { policy: policy.id, outcome: "waived", waiver: aWaiver() });
    const baseline = aReport({ policies: [policy], findings: [...before, waivedThen] });
    const today = aReport({
      policies: [undecidedInProd],
      findings: [
        aFinding(2, { policy: policy.id }),
        aFinding(3, { policy: policy.id, outcome: "waived", waiver: aWaiver() }),
      ],
    });
    expect(ids(render(today, { baseline }), "prod")).toEqual(["0000000000000002"]);
  });

  test("what a decided policy no longer finds is closed", () => {
    expect(ids(render(aReport({ policies: [policy] }), { baseline: yesterday }), "prod")).toEqual([]);
  });

  test("a policy that is no longer in force closes its alerts", () => {
    const leftOut = [{ policy: policy.id, because: "skipped in leastwise.yaml" }];
    expect(ids(render(aReport({ policies: [], leftOut }), { baseline: yesterday }), "prod")).toEqual([]);
  });

  test("an undecided policy elsewhere carries nothing over here", () => {
    const inDev = aPolicy(policy.id, { decided: false, undecidedIn: ["dev"] });
    const sarif = render(aReport({ policies: [inDev] }), { baseline: yesterday });
    expect(ids(sarif, "prod")).toEqual([]);
    expect(ids(sarif, "dev")).toEqual([]);
  });

  test("a finding stays over several nights without sight of it, with the date on which it was last seen", () => {
    let report = yesterday;
    for (let night = 1; night <= 3; night++) {
      const blind = aReport({
        run: { ...yesterday.run, now: `2026-11-2${night}T06:00:00Z` },
        policies: [undecidedInProd],
      });
      report = compareBaseline(blind, report);
      const [result] = results(render(report), "prod");
      expect(result?.properties?.finding).toBe(old.id);
      expect(result?.properties?.notVerifiedSince).toBe("2026-11-19T06:00:00Z");
    }
    expect(compareBaseline(aReport({ policies: [policy] }), report).fixed.map((each) => each.id)).toEqual([old.id]);
  });

  test("a run that the caller withholds is left out, and named", () => {
    const sarif = render(aReport({ findings: [aFinding(1)] }), { withhold: { tenant: "only prod was looked at" } });
    expect(sarif.runs).toEqual(["dev", "prod"]);
    expect(sarif.leftOut).toEqual([{ environment: "tenant", because: "only prod was looked at" }]);
  });
});

describe("more than GitHub takes", () => {
  test("of more than 5,000 results the worst are in the file, and the rest is counted", { timeout: 120_000 }, () => {
    const findings = Array.from({ length: limits.resultsShown + 40 }, (_, index) =>
      aFinding(index + 1, { severity: index % 2 === 0 ? "low" : "medium" }),
    );
    const worst = aFinding(99_999, { severity: "critical" });
    const sarif = render(aReport({ findings: [...findings, worst] }));
    expect(sarif.counts.results).toBe(5_000);
    expect(sarif.counts.notShown).toBe(41);
    expect(ids(sarif, "prod")[0]).toBe(worst.id);
    expect(run(sarif, "prod").invocations?.[0]?.toolExecutionNotifications?.[0]?.message.text).toContain("41 lesser");
    expect(run(sarif, "prod").invocations?.[0]?.executionSuccessful).toBe(true);
    expect(faults(sarif.text)).toEqual([]);
  });

  test("of more than 19 environments the tenant and the first are in the file, and the others are named", () => {
    const environments = Array.from({ length: 25 }, (_, index) => `e${index}`);
    const sarif = render(aReport({ findings: [aFinding(1, { resource: { environments: ["e24"] } })] }), {
      environments,
    });
    expect(sarif.runs).toHaveLength(limits.runs);
    expect(sarif.runs.at(-1)).toBe("tenant");
    expect(sarif.leftOut.map((each) => each.environment)).toEqual(["e19", "e20", "e21", "e22", "e23", "e24"]);
    expect(sarif.counts.notShown).toBe(1);
    expect(faults(sarif.text)).toEqual([]);
  });

  test("a file that would be too large has fewer results, not a refusal", () => {
    let seed = 1;
    const noise = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed.toString(36);
    };
    const findings = Array.from({ length: 5_000 }, (_, index) =>
      aFinding(index + 1, { message: Array.from({ length: 640 }, noise).join("") }),
    );
    const sarif = render(aReport({ findings }));
    expect(sarif.counts.results).toBe(2_500);
    expect(sarif.counts.notShown).toBe(2_500);
    const packed = gzipSync(sarif.text ?? "");
    expect(packed.length).toBeLessThan(limits.bytes);
    expect(gunzipSync(packed).length).toBeGreaterThan(limits.bytes);
  });
});

test("the same report gives the same bytes, in whatever order its findings stand", () => {
  const report = aFullReport();
  const turned = { ...report, findings: [...report.findings].reverse() };
  expect(render(turned).text).toBe(render(report).text);
});
