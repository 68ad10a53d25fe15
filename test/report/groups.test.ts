import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesOf } from "../../src/evaluate/changes.ts";
import { controlsOf, notCoveredBy } from "../../src/evaluate/controls.ts";
import { closing } from "../../src/report/summary.ts";
import type { Finding, ReportPolicy } from "../../src/resources/generated.ts";
import { criteria } from "../../src/resources/soc2.ts";
import { aFinding, aPolicy, aWaiver } from "./build.ts";

/** A finding of a policy on a resource, mended by commands. */
function mended(
  number: number,
  policy: string,
  id: string,
  command: string | null,
  more: Partial<Finding> = {},
): Finding {
  const finding = aFinding(number, { policy, resource: { id }, remediation: { text: `Mend ${policy}.`, command } });
  return { ...finding, ...more };
}

function policyWith(id: string, command: string | null): ReportPolicy {
  return aPolicy(id, { help: { rationale: null, remediation: { text: "Mend it.", command }, references: [] } });
}

/** The groups, as the numbers of their findings. */
function groups(findings: readonly Finding[], policies: readonly ReportPolicy[] = []): number[][] {
  return changesOf(findings, policies).map((each) => each.findings.map((id) => Number.parseInt(id, 16)));
}

describe("what mends findings", () => {
  const deletion = "az role assignment delete --ids /a";

  test("is one change for several keys of a policy on one resource", () => {
    const both = [mended(1, "a/b", "/x", null, { key: "one" }), mended(2, "a/b", "/x", null, { key: "two" })];
    expect(groups(both)).toEqual([[1, 2]]);
  });

  test("is one deletion that closes the findings of three policies", () => {
    const replaced = `az role assignment create --assignee b --scope <workspace id>\n${deletion}`;
    const three = [
      mended(1, "a/a", "/a", deletion),
      mended(2, "a/b", "/a", replaced),
      mended(3, "a/c", "/a", deletion),
    ];
    expect(groups(three)).toEqual([[1, 2, 3]]);
  });

  test("is one operation on a resource, whatever its options", () => {
    const reset = (within: string): string =>
      `az ad app credential reset --id x --append --end-date <within ${within}>`;
    expect(groups([mended(1, "a/a", "c", reset("90d")), mended(2, "a/b", "c", reset("180d"))])).toEqual([[1, 2]]);
  });

  test("is one step that names the same thing, on whichever resource the finding is", () => {
    expect(groups([mended(1, "a/a", "/a", deletion), mended(2, "a/b", "/b", deletion)])).toEqual([[1, 2]]);
  });

  test("is one credential, in all places where it stands", () => {
    const places = [1, 2, 3, 4, 5].map((n) =>
      mended(n, "a/a", `/block-${n}`, null, { credential: n < 5 ? "same" : null }),
    );
    expect(groups(places)).toEqual([[1, 2, 3, 4], [5]]);
  });

  test.each([
    ["a step that names nothing", "prefect block create secret", "prefect block create secret"],
    ["a step that names nothing but braces", "echo {{ a }}", "echo { a }"],
    ["a step that somebody has to fill in", "az x delete --scope {r.id}", "az x delete --scope <scope>"],
    ["a step that only looks", "az role assignment list --assignee {r.id}", "az role assignment list --assignee x"],
    ["a comment", "# {r.id}", "# x"],
    ["no step", null, null],
  ])("is not the same on two resources for %s", (_, written, command) => {
    const two = [mended(1, "a/a", "/a", command), mended(2, "a/a", "/b", command)];
    expect(groups(two, [policyWith("a/a", written)])).toEqual([[1], [2]]);
  });

  test("is not the same for two operations on one resource", () => {
    const two = [
      mended(1, "a/a", "/a", "az storage account update --x"),
      mended(2, "a/b", "/a", "az storage account delete"),
    ];
    expect(groups(two)).toEqual([[1], [2]]);
  });

  test("is nothing for what a waiver covers", () => {
    expect(
      groups([mended(1, "a/a", "/a", null, { outcome: "waived", waiver: aWaiver(), approval: "asserted" })]),
    ).toEqual([]);
  });

  test("is ordered by what it closes: one critical weighs more than three medium, and less than three high", () => {
    const of = (n: number, severity: Finding["severity"], id: string) =>
      mended(n, "a/a", id, null, { severity, key: `${n}` });
    const all = [
      of(1, "critical", "/one"),
      ...[2, 3, 4].map((n) => of(n, "high", "/three-high")),
      ...[5, 6, 7].map((n) => of(n, "medium", "/three-medium")),
    ];
    expect(groups(all)).toEqual([[2, 3, 4], [1], [5, 6, 7]]);
    expect(changesOf(all, [])[0]).toMatchObject({
      weight: 12,
      severities: { critical: 0, high: 3, medium: 0, low: 0 },
    });
  });

  test("has each finding once, and is the same in any order of what weighs the same", () => {
    const some = fc.array(
      fc.record({
        policy: fc.constantFrom("a/a", "a/b", "a/c"),
        id: fc.constantFrom("/a", "/b", "/c", "/d"),
        command: fc.constantFrom(null, "az x delete --ids /a", "az x delete --ids /b", "az x list --ids /a"),
        credential: fc.constantFrom(null, null, "one", "two"),
        severity: fc.constantFrom("critical", "high", "medium", "low"),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(some, (all) => {
        const findings = all.map(({ policy, id, command, ...more }, n) => mended(n, policy, id, command, more));
        const found = groups(findings);
        expect(found.flat().sort((a, b) => a - b)).toEqual(findings.map((_, n) => n));
        const turned = groups(findings.toReversed()).map((each) => each.toSorted((a, b) => a - b).join());
        expect(new Set(turned)).toEqual(new Set(found.map((each) => each.toSorted((a, b) => a - b).join())));
      }),
    );
  });

  test("is summed up in a sentence that never claims more than it closes", () => {
    const sized = (...sizes: number[]) =>
      changesOf(
        sizes.flatMap((size, group) =>
          Array.from({ length: size }, (_, n) => mended(group * 100 + n, "a/a", `/${group}`, null, { key: `${n}` })),
        ),
        [],
      );
    expect(closing(sized(40, 30, 10, 7, 1, 1, 1))).toBe("3 changes close 88 % of the 90 findings, and 7 close all");
    expect(closing(sized(99, 1))).toBe("1 change closes 99 % of the 100 findings, and 2 close all");
    expect(closing(sized(1))).toBe("1 change closes all 1 finding");
    expect(closing(sized(1, 1))).toBe("2 changes close all 2 findings");
  });
});

describe("criteria", () => {
  const one = aPolicy("a/one", { controls: { soc2: ["CC6.1", "CC6.3"] }, decided: false, undecidedIn: ["dev"] });
  const two = aPolicy("a/two", { controls: { soc2: ["CC6.1"] } });
  const findings = [
    aFinding(1, { policy: "a/one" }),
    aFinding(2, { policy: "a/two" }),
    aFinding(3, { policy: "a/two", outcome: "waived", waiver: aWaiver(), approval: "asserted" }),
  ];
  const leftOut = [{ policy: "a/three", because: "skipped", criteria: ["CC6.3", "CC7.2"] }];

  test("count resources for each policy, and each finding once", () => {
    const [first, second] = controlsOf([one, two], findings, leftOut);
    expect(first).toMatchObject({ id: "CC6.1", policies: ["a/one", "a/two"], failing: 2, waived: 1, unknown: 2 });
    expect(first?.population.inScope).toBe(24);
    expect(first).toMatchObject({ decided: false, undecidedIn: ["dev"], leftOut: [] });
    expect(second).toMatchObject({ id: "CC6.3", policies: ["a/one"], failing: 1, waived: 0, leftOut: ["a/three"] });
    expect(controlsOf([two], findings, [])[0]).toMatchObject({ decided: true, undecidedIn: [] });
  });

  test("that no policy in force supports are listed with what they need, left out ones too", () => {
    const found = notCoveredBy([one, two], leftOut);
    const ids = found.map(({ id }) => id);
    expect([...ids, "CC6.1", "CC6.3"].sort()).toEqual(criteria.map(({ id }) => id).sort());
    expect(found.find(({ id }) => id === "CC7.2")?.leftOut).toEqual(["a/three"]);
    expect(found.find(({ id }) => id === "CC1.1")).toMatchObject({ category: "common", leftOut: [] });
    expect(found.every(({ gist, evidence }) => gist !== "" && evidence !== "")).toBe(true);
  });

  test("are the 33 common ones, and ten of availability, confidentiality and processing integrity", () => {
    const numbers = (prefix: string, counts: readonly number[]) =>
      counts.flatMap((many, index) => Array.from({ length: many }, (_, n) => `${prefix}${index + 1}.${n + 1}`));
    expect(criteria.map(({ id }) => id)).toEqual([
      ...numbers("CC", [5, 3, 4, 2, 3, 8, 5, 1, 2]),
      ...numbers("A", [3]),
      ...numbers("C", [2]),
      ...numbers("PI", [5]),
    ]);
    expect(new Set(criteria.map(({ gist }) => gist)).size).toBe(criteria.length);
  });
});
