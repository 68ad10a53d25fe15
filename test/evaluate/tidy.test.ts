import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import type { Report } from "../../src/resources/generated.ts";
import { collectFrom, configurationOf, evaluated } from "../collect/estate.ts";

const directory = fileURLToPath(new URL("../../fixtures/tidy", import.meta.url));

/** Policies that nothing can pass where all is in order: what they look at, and the policy that would have raised it. */
const withoutPass: Record<string, string> = {
  "isolation/no-azure-services-firewall":
    "looks at production that is open to public networks; isolation/workspace-network",
  "least-privilege/orphaned-vault-policy":
    "looks at vaults that count access policies; least-privilege/vault-counts-roles",
  "rotation/storage-key-age": "looks at stores that accept keys; identity/no-shared-keys",
  "rotation/storage-key-policy": "looks at stores that accept keys; identity/no-shared-keys",
};

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

  test("passes every policy with some resource, but for those about what another policy forbids", () => {
    const idle = report.policies.filter(({ population }) => population.pass === 0).map(({ id }) => id);
    expect(idle).toEqual(Object.keys(withoutPass).sort());
  });
});

test("a tenant without the licence for sign-ins leaves out what asks for them, and says so", async () => {
  const own = await startEstate({
    directory,
    pageSize: 20,
    edit: ({ graph }) => {
      graph.premium = false;
    },
  });
  try {
    const configuration = configurationOf(own);
    const found = evaluated(
      await collectFrom(configuration, undefined, { collectedAt: new Date(own.asOf) }),
      configuration,
    );
    // Its configuration names no files for an environment.
    expect(found.leftOut.filter(({ policy }) => !policy.endsWith("-is-declared"))).toEqual([
      {
        policy: "least-privilege/unused-grants",
        because: "the tenant has no licence for azure.principal.lastSignIn",
      },
    ]);
    expect(found.complete).toBe(true);
    expect(found.findings).toEqual([]);
  } finally {
    await own.close();
  }
});
