import { describe, expect, test } from "vitest";
import { renderJson } from "../../src/report/json.ts";
import { violations } from "../../src/resources/validate.ts";
import { aFinding, aFullReport, aPolicy, aReport, grouped } from "./build.ts";

describe("report.json", () => {
  test("keeps the schema and says what the report says", () => {
    const report = grouped(aFullReport());
    const text = renderJson(report);
    expect(violations("report", JSON.parse(text))).toEqual([]);
    expect(JSON.parse(text)).toEqual(report);
    expect(text.endsWith("}\n")).toBe(true);
  });

  test("lists its parts in the order of the documentation", () => {
    const text = renderJson(grouped(aFullReport()));
    const top = [...text.matchAll(/^ {2}"(\w+)":/gm)].map((match) => match[1]);
    expect(top).toEqual([
      "version",
      "complete",
      "run",
      "inputs",
      "policies",
      "findings",
      "changes",
      "owners",
      "fixed",
      "unverified",
      "unknown",
      "unread",
      "waivers",
      "leftOut",
      "vacuous",
      "shared",
      "controls",
      "notCovered",
      "kinds",
    ]);
    const finding = Object.keys(JSON.parse(text).findings[0]);
    expect(finding.slice(0, 5)).toEqual(["id", "policy", "outcome", "severity", "resource"]);
  });

  test("has the same bytes in whatever order its parts were made", () => {
    expect(renderJson(reversed(grouped(aFullReport())))).toBe(renderJson(grouped(aFullReport())));
  });

  test("keeps every parameter, whatever its name", () => {
    const params = { zeta: 1, constructor: { name: "x", length: 2 }, alpha: [{ b: 1, a: 2 }], "10": 0 };
    const { policies } = JSON.parse(renderJson(aReport({ policies: [aPolicy("a/b", { params })] })));
    expect(policies[0].params).toEqual(params);
  });

  test("can be printed and parsed anywhere, whatever Azure or Prefect call their things", () => {
    const message = "a\u001b[31m\u009b31m b\u2028c\u202ed \ud800 \n e";
    const text = renderJson(aReport({ findings: [aFinding(1, { message })] }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toContain("\\ud800");
    expect(JSON.parse(text).findings[0].message).toBe(message.replace("\ud800", "\ufffd"));
  });
});

function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversed(part)]),
  ) as T;
}
