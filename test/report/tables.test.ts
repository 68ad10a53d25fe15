import { describe, expect, test } from "vitest";
import { renderCsv } from "../../src/report/csv.ts";
import { renderJunit } from "../../src/report/junit.ts";
import { aFinding, aFullReport, aPolicy, aReport, grouped } from "./build.ts";
import { casesOf, linesOf } from "./read.ts";

describe("JUnit XML", () => {
  test("reads well", async () => {
    await expect(renderJunit(grouped(aFullReport()))).toMatchFileSnapshot("golden/full.xml");
  });

  test("fails for a finding, skips what is waived or left out, and errs for what was not decided", () => {
    const cases = casesOf(renderJunit(grouped(aFullReport())));
    const having = (element: string) => cases.filter((each) => each.result?.element === element);
    expect(having("failure").map((each) => each.result?.type)).toEqual(["high", "high", "medium", "critical"]);
    expect(having("skipped").map((each) => each.result?.type)).toEqual(["waived", "leftOut"]);
    expect(having("error").map((each) => each.result?.type)).toEqual(["unknown", "unread"]);
    expect(cases.filter((each) => each.result === null).map((each) => each.suite)).toEqual([
      "least-privilege/no-contributor-above-workspace",
      "rotation/client-secret-age",
      "secrets/no-plain-text-in-blocks",
    ]);
  });

  test("passes no policy that is about nothing", () => {
    const population = { inScope: 0, pass: 0, fail: 0, waived: 0, unknown: 0, notApplicable: 0 };
    const [only] = casesOf(renderJunit(aReport({ policies: [aPolicy("a/b", { population })] })));
    expect(only?.result).toMatchObject({ element: "skipped", type: "notApplicable" });
  });

  test("names a finding the same in every run", () => {
    const once = casesOf(renderJunit(aReport({ findings: [aFinding(1)] })));
    const again = casesOf(renderJunit(aReport({ findings: [aFinding(2), aFinding(1, { message: "other words" })] })));
    expect(again.map((each) => each.name)).toContain(once[0]?.name);
  });
});

describe("the table", () => {
  test("reads well", async () => {
    await expect(renderCsv(grouped(aFullReport()))).toMatchFileSnapshot("golden/full.csv");
  });

  test("lists findings, then what is unknown, then what was not read, each with the run", () => {
    const lines = linesOf(renderCsv(grouped(aFullReport())));
    expect(lines.map((line) => line.outcome)).toEqual(["fail", "fail", "fail", "fail", "waived", "unknown", "unread"]);
    expect(lines.every((line) => line.run !== "" && line["as of"] !== "")).toBe(true);
    expect(lines.find((line) => line.outcome === "unknown")).toMatchObject({ count: "3", resource: "app-one app-two" });
  });
});
