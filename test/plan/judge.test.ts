import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Configuration } from "../../src/config/config.ts";
import { type Comparison, judgeChange } from "../../src/evaluate/gate.ts";
import { overlay, touchedBy } from "../../src/plan/overlay.ts";
import type { Plan, RowChange, Undecided } from "../../src/plan/plan.ts";
import { summaryOf } from "../../src/plan/summary.ts";
import type { GateSummary } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { parseScope } from "../../src/resources/scope.ts";
import { openSnapshot, type Snapshot } from "../../src/snapshot/read.ts";
import { writeSnapshot } from "../../src/snapshot/write.ts";
import { folder } from "../cli/run.ts";
import { collectFrom, configurationOf, policies, startSmallEstate } from "../collect/estate.ts";

const at = { file: "plan.json", line: 7, column: 3, address: "terraform:azurerm_role_assignment.new" };

let live: Snapshot;
let configuration: Configuration;
const place = folder();
beforeAll(async () => {
  const estate = await startSmallEstate();
  configuration = configurationOf(estate);
  writeSnapshot(join(place, "snapshot"), await collectFrom(configuration));
  live = openSnapshot(join(place, "snapshot"));
  await estate.close();
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

function judged(changes: readonly RowChange[], undecided: readonly Undecided[] = []): Comparison {
  return judgeChange({ snapshot: live, configuration, policies }, overlay(live, changes, undecided).snapshot);
}

const rowsOf = (kind: string): Row[] => [...live.rows(kind)];
const subscription = (): string => String(rowsOf("azure.subscription")[0]?.id);
const owner = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const flow = (): Row =>
  rowsOf("azure.principal").find(({ displayName }) => displayName === "sp-flow-loader-prod") as Row;

function grant(more: Partial<Row> = {}): RowChange {
  const row: Row = {
    ...(rowsOf("azure.roleAssignment")[0] as Row),
    id: "terraform:azurerm_role_assignment.new",
    scope: parseScope(subscription()),
    roleDefinitionId: owner,
    principalId: flow().id,
    principalType: "ServicePrincipal",
    condition: null,
    ...more,
  };
  const known = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Row;
  return { action: "upsert", kind: "azure.roleAssignment", row: known, unread: [], fresh: true, at };
}

const onGrant = ({ failures }: Comparison): string[] =>
  failures
    .filter(({ finding }) => finding.resource.kind === "azure.roleAssignment")
    .map(({ finding }) => finding.policy);

describe("a change over the live state", () => {
  test("that changes nothing brings nothing, and all that was found is still there", () => {
    const { report, failures, unknown, unread } = judged([]);
    expect({ failures, unknown, unread, fixed: report.fixed, unverified: report.unverified }).toEqual({
      failures: [],
      unknown: [],
      unread: [],
      fixed: [],
      unverified: [],
    });
    expect(report.findings.length).toBeGreaterThan(20);
    expect(new Set(report.findings.map(({ baseline }) => baseline))).toEqual(new Set(["still"]));
  });

  test("that lets a flow own a subscription fails, where there was no such grant", () => {
    const found = judged([grant()]);
    expect(onGrant(found)).toContain("least-privilege/no-grant-rights-for-service-principals");
    expect(found.failures.find(({ finding }) => finding.resource.id.startsWith("terraform:"))?.before).toBe("absent");
  });

  test("of which the principal is not known is unknown, and never a pass", () => {
    const found = judged([grant({ principalId: undefined, principalType: undefined })]);
    const about = new Set(
      found.unknown.filter(({ resource }) => resource.startsWith("terraform:")).map(({ policy }) => policy),
    );
    for (const policy of onGrant(judged([grant()])))
      expect([...about, ...onGrant(found)], `${policy} must not pass`).toContain(policy);
  });

  test("that is not said row by row leaves the policies open that need it, even where they were open before", () => {
    const undecided = [
      { kind: "azure.roleAssignment", scope: subscription(), cause: "the principal is not known", at },
    ];
    const found = judged([], undecided);
    expect(found.failures).toEqual([]);
    expect(found.unread.flatMap((each) => each.policies)).toContain(
      "least-privilege/no-grant-rights-for-service-principals",
    );
    expect(found.unread.map(({ cause }) => cause)).toEqual([
      "terraform:azurerm_role_assignment.new: the principal is not known",
    ]);
    expect(found.report.fixed).toEqual([]);
  });

  test("that takes a failing grant out mends its findings", () => {
    const before = judged([]).report.findings;
    const bad = before.find(({ resource, outcome }) => resource.kind === "azure.roleAssignment" && outcome === "fail");
    const found = judged([{ action: "delete", kind: "azure.roleAssignment", id: bad?.resource.id ?? "", at }]);
    expect(found.report.fixed.map(({ id }) => id)).toContain(bad?.id);
    expect(found.failures).toEqual([]);
  });

  test("that makes the same grant anew under another id brings nothing and mends nothing", () => {
    const bad = judged([]).report.findings.find(
      ({ resource, outcome }) => resource.kind === "azure.roleAssignment" && outcome === "fail",
    );
    const row = rowsOf("azure.roleAssignment").find(({ id }) => id === bad?.resource.id) as Row;
    const found = judged([
      { action: "delete", kind: "azure.roleAssignment", id: row.id, at },
      { action: "upsert", kind: "azure.roleAssignment", row: { ...row, id: at.address }, unread: [], fresh: true, at },
    ]);
    expect(found.failures).toEqual([]);
    expect(found.report.fixed).toEqual([]);
  });

  test("a failure that is no longer decided is not fixed", () => {
    const bad = judged([]).report.findings.find(
      ({ policy }) => policy === "least-privilege/no-grant-rights-for-service-principals",
    );
    const row = rowsOf("azure.roleAssignment").find(({ id }) => id === bad?.resource.id) as Row;
    const { roleDefinitionId: _, ...rest } = row;
    const found = judged([
      {
        action: "upsert",
        kind: "azure.roleAssignment",
        row: rest as Row,
        unread: ["roleDefinitionId"],
        fresh: false,
        at,
      },
    ]);
    expect(found.report.fixed.map(({ id }) => id)).not.toContain(bad?.id);
    expect(found.report.unverified.map(({ id }) => id)).toContain(bad?.id);
    expect(found.unknown.map(({ policy, resource }) => [policy, resource])).not.toContainEqual([bad?.policy, row.id]);
  });

  test("something whose place is not known yet is in no environment and out of none", () => {
    const lake = rowsOf("azure.storageAccount")[0] as Row;
    const { subscriptionId: _, resourceGroup: __, ...rest } = lake;
    const row: Row = { ...rest, id: "terraform:azurerm_storage_account.lake" };
    const { report, unknown } = judged([
      { action: "upsert", kind: "azure.storageAccount", row, unread: [], fresh: true, at },
    ]);
    const own = report.findings.filter(({ resource }) => resource.id === row.id);
    expect(own.length + unknown.filter(({ resource }) => resource === row.id).length).toBeGreaterThan(0);
    for (const { resource } of own) expect(resource.environments).toBeNull();
  });
});

test.each([
  ["a grant", () => [grant()]],
  ["a block", () => [without("prefect.block", "secrets")]],
  ["a store", () => [without("azure.storageAccount", "networkRules")]],
  ["a workspace", () => [without("synapse.workspace", "publicNetworkAccess")]],
  ["a principal", () => [without("azure.principal", "memberOf")]],
])("what needs nothing of %s says the same before", (_, changesOf) => {
  const overlaid = overlay(live, changesOf());
  const options = { snapshot: live, configuration, policies };
  expect(judgeChange(options, overlaid.snapshot, touchedBy(overlaid))).toEqual(judgeChange(options, overlaid.snapshot));
});

/** The change that makes a field of the first row of a kind unknown. */
function without(kind: string, field: string): RowChange {
  const id = rowsOf(kind)[0]?.id ?? "";
  return { action: "upsert", kind, row: { id }, unread: [field], fresh: false, at };
}

describe("the summary of a change", () => {
  const summary = (changes: readonly RowChange[], undecided: readonly Undecided[] = []): GateSummary => {
    const overlaid = overlay(live, changes, undecided);
    const plan: Plan = {
      file: "plan.json",
      format: "terraform",
      lacksSubscription: false,
      changes,
      undecided,
      ignored: new Map([
        ["b", 2],
        ["a", 1],
      ]),
    };
    const compared = judgeChange({ snapshot: live, configuration, policies }, overlaid.snapshot);
    return summaryOf([plan], live, overlaid, compared, { counts: "new", folder: "snapshot" });
  };

  test("says who gains what, by name, and where the plan says it", () => {
    const { access, failures } = summary([grant()]);
    expect(access).toEqual([
      {
        change: "gains",
        principal: flow().id,
        principalName: "sp-flow-loader-prod",
        right: "Owner",
        scope: subscription(),
        at,
      },
    ]);
    expect(failures.filter(({ resource }) => resource === at.address).map((each) => each.at)).toContainEqual([at]);
    // What fails of the principal itself comes from the grant that names it.
    expect(failures.find(({ resource }) => resource === flow().id)?.at).toEqual([at]);
  });

  test("says who loses what, and nothing of a grant that is only made anew", () => {
    const row = rowsOf("azure.roleAssignment")[0] as Row;
    const gone: RowChange = { action: "delete", kind: "azure.roleAssignment", id: row.id, at };
    expect(summary([gone]).access.map(({ change, principal }) => [change, principal])).toEqual([
      ["loses", row.principalId],
    ]);
    const again: RowChange = { ...grant(row), row: { ...row, id: at.address } } as RowChange;
    expect(summary([gone, again]).access).toEqual([]);
  });

  test("names the fields that differ, and never what they hold", () => {
    const row = rowsOf("azure.storageAccount")[0] as Row;
    const change: RowChange = {
      action: "upsert",
      kind: "azure.storageAccount",
      row: { id: row.id, httpsOnly: row.httpsOnly !== true },
      unread: ["minimumTlsVersion"],
      fresh: false,
      at,
    };
    expect(summary([change]).changes).toEqual([
      {
        action: "update",
        kind: "azure.storageAccount",
        id: row.id,
        name: row.name,
        fields: ["httpsOnly", "minimumTlsVersion"],
        unknown: ["minimumTlsVersion"],
        at,
      },
    ]);
  });

  test("says what is not known, which policies that leaves open, and what nobody looks at", () => {
    const undecided = [{ kind: "azure.keyVault", scope: "tenant", cause: "its name is not known", at }];
    const told = summary([], undecided);
    expect(told.undecided[0]?.policies).toContain("traceability/vault-diagnostics");
    expect(told.unread).toEqual([
      "planned azure.keyVault tenant: terraform:azurerm_role_assignment.new: its name is not known",
    ]);
    expect(told.plans).toEqual([
      { file: "plan.json", format: "terraform", changes: 0, undecided: 1, ignored: { a: 1, b: 2 } },
    ]);
  });
});
