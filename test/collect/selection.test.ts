import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooser } from "../../src/commands/selection.ts";
import type { Configuration } from "../../src/config/config.ts";
import type { Estate } from "../../src/estate/server.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Report } from "../../src/resources/generated.ts";
import { subscriptionOf } from "../../src/resources/scope.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, leastwise, policies, startSmallEstate } from "./estate.ts";

const dev = "/subscriptions/98a28ae4-18c6-4887-99d1-a88c320a666e";
const test_ = "/subscriptions/049d9dc7-39d0-4064-8317-ebaacd449a27";
const prod = "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f";
const platform = "/subscriptions/57de8890-e5b3-4935-9cfe-26e5849e978d";
/** Policies over principals, which hold grants in any subscription. */
const overPrincipals = "isolation/identity-in-one-environment";

let scratch: string;
let estate: Estate;
let configuration: Configuration;
/** Of the whole tenant. */
let whole: string;
/** Of the development subscription alone. */
let narrow: string;
let content: SnapshotContent;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "leastwise-selection-"));
  estate = await startSmallEstate();
  configuration = configurationOf(estate);
  whole = join(scratch, "whole");
  writeSnapshot(whole, await collectFrom(configuration));
  narrow = join(scratch, "narrow");
  content = await collectFrom(configuration, undefined, chosen({ subscription: [dev.toUpperCase()] }));
  writeSnapshot(narrow, content);
});

afterAll(async () => {
  await estate.close();
  rmSync(scratch, { recursive: true, force: true });
});

function chosen(options: Parameters<typeof chooser>[0]): { choose: NonNullable<ReturnType<typeof chooser>> } {
  const choose = chooser(options);
  if (choose === null) throw new Error("the options choose nothing");
  return { choose };
}

function reportOn(folder: string, only?: readonly string[], baseline?: Report): Report {
  return evaluate({
    snapshot: openSnapshot(folder),
    configuration,
    policies,
    ...(only && { onlySubscriptions: new Set(only) }),
    ...(baseline && { baseline }),
  });
}

/** What came of each policy for each resource, by both. */
function outcomesIn(folder: string): ReadonlyMap<string, string> {
  const outcomes = new Map<string, string>();
  evaluate({
    snapshot: openSnapshot(folder),
    configuration,
    policies,
    judged: ({ policy, row, outcome }) => outcomes.set(`${policy} ${row.id}`, outcome),
  });
  return outcomes;
}

function found(report: Report): string[] {
  return report.findings.map(({ policy, resource }) => `${policy} ${resource.id}`);
}

/** The findings on the whole tenant whose resource lies in the subscription, or in no subscription. */
function expectedIn(report: Report, subscription: string): string[] {
  const lies = (id: string): boolean => (subscriptionOf(id) ?? subscription) === subscription;
  return found({ ...report, findings: report.findings.filter(({ resource }) => lies(resource.id)) });
}

describe("collect --subscription", () => {
  test("reads what is in the subscription, what is in none, and nothing of the others", () => {
    expect(content.manifest.selection).toEqual({ subscriptions: [dev], managementGroups: [], read: [dev] });
    // What the reader may do is asked everywhere, because an identity can be attached anywhere.
    const reads = content.reads.filter(({ fields }) => !fields.includes("readerPermissions"));
    const scopes = new Set(reads.map(({ scope }) => subscriptionOf(scope)));
    expect(scopes).toEqual(new Set([null, dev]));
    expect(content.rows.get("azure.subscription")).toHaveLength(4);
    expect(content.rows.get("synapse.workspace")?.map(({ id }) => subscriptionOf(id))).toEqual([dev]);
    const servers = new Set(content.rows.get("prefect.block")?.map(({ api }) => api));
    expect(servers).toEqual(new Set(["dev", "lab", "prod", "test"]));
  });

  test.each([
    ["mg-platform", [platform]],
    ["/providers/Microsoft.Management/managementGroups/MG-DATA", [test_, prod, dev]],
  ])("--management-group %s reads the subscriptions in it", async (group, read) => {
    const { manifest } = await collectFrom(configuration, undefined, chosen({ managementGroup: [group] }));
    expect(manifest.selection?.read).toEqual(read.toSorted());
  });

  test("both together read the subscriptions of both", async () => {
    const options = { subscription: [dev], managementGroup: ["mg-platform"] };
    const { manifest } = await collectFrom(configuration, undefined, chosen(options));
    expect(manifest.selection?.read).toEqual([platform, dev].sort());
  });

  test.each([
    [{ subscription: ["00000000-0000-4000-8000-000000000000"] }, "it is none of the 4 subscriptions"],
    [{ managementGroup: ["mg-sales"] }, "none of the 4 subscriptions lies in it; there is"],
  ])("%j matches nothing and is an error", async (options, message) => {
    await expect(collectFrom(configuration, undefined, chosen(options))).rejects.toThrow(message);
  });

  test.each([
    [{ subscription: ["prod"] }, "write its id"],
    [{ subscription: [`${dev}/resourceGroups/rg`] }, "write its id"],
    [{ managementGroup: ["a/b"] }, "write its name"],
  ])("%j can name nothing and is an error before anything is read", (options, message) => {
    expect(() => chooser(options)).toThrow(message);
  });

  test("--management-group is an error where the groups above subscriptions cannot be read", async () => {
    const refusing = await startSmallEstate({ faults: [{ kind: "forbidden", path: /managementGroups\//i }] });
    try {
      const run = collectFrom(configurationOf(refusing), undefined, chosen({ managementGroup: ["mg-data"] }));
      await expect(run).rejects.toThrow("Management Group Reader");
    } finally {
      await refusing.close();
    }
  });

  test("a subscription is not taken for missing where the list of them was refused: everything is open", async () => {
    const refusing = await startSmallEstate({
      faults: [{ kind: "forbidden", path: /^GET \/subscriptions\?/ }],
    });
    try {
      const open = await collectFrom(configurationOf(refusing), undefined, chosen({ subscription: [dev] }));
      writeSnapshot(join(scratch, "open"), open);
      const report = reportOn(join(scratch, "open"));
      expect(report.unread.map(({ read }) => read)).toContain("azure.subscription tenant");
      expect(report.policies.filter((each) => each.decided && each.target.startsWith("azure."))).toEqual([]);
    } finally {
      await refusing.close();
    }
  });
});

describe("a snapshot of one subscription", () => {
  test("has the findings of its subscription, and lists the others as left out by choice", () => {
    const report = reportOn(narrow);
    const missing = expectedIn(reportOn(whole), dev).filter((each) => !found(report).includes(each));
    // What they hold or name, or who sends logs there, may stand in another subscription: none of them passes.
    expect(missing).toContain(
      "isolation/block-of-another-environment prefect:test/block/sqlalchemy-connector/reporting-test",
    );
    const outcomes = outcomesIn(narrow);
    expect(missing.filter((each) => outcomes.get(each) !== "unknown")).toEqual([]);
    expect(report.unknown).toContainEqual(
      expect.objectContaining({
        policy: "isolation/block-of-another-environment",
        examples: expect.arrayContaining(["prefect:test/block/sqlalchemy-connector/reporting-test"]),
      }),
    );
    expect(report.leftOutScopes).toEqual(
      [
        { scope: test_, environments: ["test"] },
        { scope: prod, environments: ["prod"] },
        { scope: platform, environments: [] },
      ]
        .map((each) => ({ ...each, because: "the snapshot was collected for other subscriptions" }))
        .sort((a, b) => (a.scope < b.scope ? -1 : 1)),
    );
    expect(report.unread).toEqual([]);
    expect(report.vacuous.filter(({ what }) => what.includes("scopes"))).toEqual([]);
  });

  test("passes no principal for its environments, because its grants elsewhere were not read", () => {
    const report = reportOn(narrow);
    const policy = report.policies.find(({ id }) => id === overPrincipals);
    expect(policy?.decided).toBe(false);
    expect(policy?.population.unknown).toBeGreaterThan(0);
    const whole_ = reportOn(whole).policies.find(({ id }) => id === overPrincipals);
    // Those that are declared shared are in order wherever they hold grants.
    expect(policy?.population.pass).toBe(configuration.sharedIdentities.size);
    expect(whole_?.population.pass).toBeGreaterThan(configuration.sharedIdentities.size);
    expect(report.unknown.filter((each) => each.policy === overPrincipals).map(({ cause }) => cause)).toEqual([
      expect.stringContaining("azure.roleAssignment was read in 1 of 4 subscriptions"),
    ]);
  });

  test("decides what its own subscription tells alone", () => {
    const report = reportOn(narrow);
    for (const id of ["isolation/no-open-firewall", "least-privilege/workspace-write-on-workspace-only"])
      expect(report.policies.find((each) => each.id === id)?.decided, id).toBe(true);
  });

  test("lets no expected count speak for what was left out", () => {
    expect(Object.keys(configuration.expect)).toContain("azure.roleAssignment");
    expect(reportOn(narrow).unread.filter(({ read }) => read.startsWith("expect"))).toEqual([]);
  });

  test("leaves findings of the others neither fixed nor forgotten", () => {
    const before = reportOn(whole);
    const report = reportOn(narrow, undefined, before);
    const elsewhere = before.findings.filter(({ resource }) => (subscriptionOf(resource.id) ?? dev) !== dev);
    expect(elsewhere.length).toBeGreaterThan(2);
    expect(report.fixed).toEqual([]);
    const unverified = report.unverified.map(({ id }) => id);
    for (const { id } of elsewhere) expect(unverified).toContain(id);
  });
});

describe("evaluate --subscription over a snapshot of the whole tenant", () => {
  test("judges what is in the subscription or in none, and principals by all their grants", () => {
    const all = reportOn(whole);
    const report = reportOn(whole, [dev]);
    expect(found(report).sort()).toEqual(expectedIn(all, dev).sort());
    expect(report.complete).toBe(true);
    const policy = (of: Report) => of.policies.find(({ id }) => id === overPrincipals)?.population;
    expect(policy(report)).toEqual(policy(all));
    expect(report.leftOutScopes?.map(({ scope }) => scope)).toEqual([test_, prod, platform].sort());
  });

  test("a grant on a management group is judged where it reaches the subscription, and only there", () => {
    const grant = "isolation/grant-in-one-environment";
    expect(found(reportOn(whole, [dev])).filter((each) => each.startsWith(grant))).toHaveLength(1);
    expect(found(reportOn(whole, [platform])).filter((each) => each.startsWith(grant))).toHaveLength(0);
  });
});

describe("on the command line", () => {
  test("evaluate names what was left out, and writes no SARIF run for its environments", {
    timeout: 60_000,
  }, async () => {
    const out = join(scratch, "out");
    const ended = await leastwise([
      "evaluate",
      whole,
      "--out",
      out,
      "--subscription",
      dev.slice(15),
      "--fail-on",
      "none",
    ]);
    expect(ended.stdout).toContain("Subscriptions left out");
    expect(ended.stderr).toContain("report.sarif leaves out prod");
    expect(ended.stderr).toContain("report.sarif leaves out tenant");
    expect(ended.stderr).not.toContain("report.sarif leaves out dev");
    expect(ended.status).toBe(0);
  });

  test.each([
    ["--subscription", "00000000-0000-4000-8000-000000000000"],
    ["--subscription", "production"],
    ["--management-group", "mg-sales"],
  ])("%s %s exits 2 and writes nothing", { timeout: 60_000 }, async (option, value) => {
    const out = join(scratch, `none-${value}`);
    const ended = await leastwise(["evaluate", whole, "--out", out, option, value]);
    expect([ended.status, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).toContain(option);
  });

  test("a value that the snapshot was not collected for exits 2", { timeout: 60_000 }, async () => {
    const ended = await leastwise(["evaluate", narrow, "--out", join(scratch, "no"), "--subscription", prod]);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("collected for other subscriptions");
  });
});
