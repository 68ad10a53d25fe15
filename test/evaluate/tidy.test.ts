import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import type { Report } from "../../src/resources/generated.ts";
import { collectFrom, configurationOf, evaluated } from "../collect/estate.ts";

const directory = fileURLToPath(new URL("../../fixtures/tidy", import.meta.url));

/** Policies that no resource of an estate in order can pass, and why. */
const withoutPass: Record<string, string> = {};

let estate: Estate;
let report: Report;

beforeAll(async () => {
  estate = await startEstate({ directory, pageSize: 20 });
  const configuration = configurationOf(estate);
  report = evaluated(
    await collectFrom(configuration, undefined, { collectedAt: new Date(estate.asOf) }),
    configuration,
  );
});

afterAll(() => estate.close());

describe("the tidy estate", () => {
  test("is read completely", () => {
    expect({ complete: report.complete, unread: report.unread }).toEqual({ complete: true, unread: [] });
  });

  test("raises nothing, and leaves nothing unknown", () => {
    expect(report.findings.map(({ policy, resource, message }) => ({ policy, id: resource.id, message }))).toEqual([]);
    expect(report.unknown).toEqual([]);
  });

  test("passes every policy with some resource, but for those that only something out of order can meet", () => {
    const idle = report.policies.filter(({ population }) => population.pass === 0).map(({ id }) => id);
    expect(idle).toEqual(Object.keys(withoutPass).sort());
  });
});
