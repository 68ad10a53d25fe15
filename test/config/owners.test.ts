import { describe, expect, test } from "vitest";
import { parseConfiguration } from "../../src/config/config.ts";
import { ownerOf, ownersOf } from "../../src/evaluate/owners.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { InputError } from "../../src/resources/problem.ts";
import type { Snapshot } from "../../src/snapshot/read.ts";
import { aFinding, aWaiver } from "../report/build.ts";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000001";
const group = "/providers/microsoft.management/managementgroups/mg-data";

const head = `prefect:
  - { name: prod, api: http://127.0.0.1:9/api }
`;

function parsed(owners: string) {
  return parseConfiguration(`${head}owners:\n${owners}`, "leastwise.yaml", "/");
}

/** What is told of a configuration that is refused: line, column, message and hint of each problem. */
function refused(owners: string): string[] {
  try {
    parsed(owners);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ line, column, message, hint }) => `${line}:${column} ${message}; ${hint ?? ""}`);
  }
  return [];
}

describe("owners: in leastwise.yaml", () => {
  test("are kept in the form of rows, whatever their case", () => {
    const { owners } = parsed(`  scopes:
    /Subscriptions/ABC/: platform
    prefect:prod/: flows
  identities: { AB-12: robots }
  tags: [Team]
`);
    expect(owners).toEqual({
      scopes: new Map([
        ["/subscriptions/abc", "platform"],
        ["prefect:prod", "flows"],
      ]),
      identities: new Map([["ab-12", "robots"]]),
      tags: ["Team"],
    });
  });

  test("are nobody where nothing is said", () => {
    const { owners } = parseConfiguration(head, "leastwise.yaml", "/");
    expect(owners).toEqual({ scopes: new Map(), identities: new Map(), tags: [] });
  });

  test.each([
    [
      "a server that is not there",
      "  scopes: { prefect:prd/: a }\n",
      "4:13 there is no Prefect server named prd; did you mean prefect:prod/?",
    ],
    ["a scope that is none", "  scopes:\n    rg-data: a\n", "5:5 owners.scopes has a key, rg-data, that does not"],
    [
      "one scope twice",
      "  scopes:\n    /subscriptions/A: a\n    /subscriptions/a/: b\n",
      "6:5 this stands here a second time; keep one of the two",
    ],
    ["one identity twice", "  identities:\n    A: a\n    a: b\n", "6:5 this stands here a second time"],
    ["a misspelt part", "  scope: {}\n", "4:3 scope is not known in owners; did you mean scopes?"],
    ["an owner without a name", '  identities: { a: "" }\n', "4:20 owners.identities.a must not be empty"],
    ["tags that are no list", "  tags: owner\n", "4:9 owners.tags must be a list, and is text"],
  ])("%s is refused where it stands", (_, owners, message) => {
    expect(refused(owners).filter((each) => each.startsWith(message))).toHaveLength(1);
  });
});

/** A snapshot of these rows, every kind of them read whole. */
function snapshotOf(rows: Readonly<Record<string, readonly Row[]>>, unread: string | null = null): Snapshot {
  return {
    folder: "",
    manifest: {
      collectedAt: "2026-11-20T06:00:00.000Z",
      files: Object.fromEntries(Object.keys(rows).map((kind) => [`${kind}.ndjson`, { rows: 1, sha256: "" }])),
    } as unknown as Snapshot["manifest"],
    reads: Object.keys(rows).map(
      (kind) =>
        ({
          id: `${kind} tenant`,
          kind,
          fields: [],
          scope: "tenant",
          outcome: kind === unread ? "denied" : "complete",
        }) as unknown as Snapshot["reads"][number],
    ),
    input: () => "",
    count: (kind) => rows[kind]?.length ?? 0,
    rows: function* (kind) {
      yield* rows[kind] ?? [];
    },
    completing: function* () {},
  };
}

const rows: Readonly<Record<string, readonly Row[]>> = {
  "azure.subscription": [{ id: subscription, managementGroups: [group] }],
  "azure.principal": [{ id: "p-1", appId: "app-1" }],
};

function owner(owners: string, kind: string, row: Row, unread: string | null = null): string | null {
  return ownerOf(kind, row, new SnapshotWorld(snapshotOf(rows, unread), parsed(owners), 0));
}

describe("who owns a resource", () => {
  const scopes = `  scopes:
    ${subscription}: subscription
    ${subscription}/resourceGroups/rg: group
    ${group}: above
    prefect:prod/: server
    prefect:prod/deployment/: deployments
`;
  const below = `${subscription}/resourcegroups/rg`;

  test.each<[string, Row, string | null]>([
    ["azure.keyVault", { id: `${below}/providers/microsoft.keyvault/vaults/kv` }, "group"],
    ["azure.keyVault", { id: `${below}-other/providers/microsoft.keyvault/vaults/kv` }, "subscription"],
    ["azure.managementGroup", { id: group }, "above"],
    ["azure.keyVault", { id: "/subscriptions/another/resourcegroups/rg" }, null],
    [
      "azure.roleAssignment",
      { id: "/providers/x/roleassignments/1", scope: { id: below }, principalId: "p-1" },
      "group",
    ],
    ["azure.roleDefinition", { id: "/providers/x/1", type: "CustomRole", assignableScopes: [below] }, "group"],
    ["azure.roleDefinition", { id: "/providers/x/1", type: "CustomRole", assignableScopes: [below, group] }, null],
    ["prefect.block", { id: "prefect:prod/block/secret/x" }, "server"],
    ["prefect.deployment", { id: "prefect:prod/deployment/flow/x" }, "deployments"],
    ["prefect.block", { id: "prefect:production/block/secret/x" }, null],
    ["azure.principal", { id: "p-1", appId: "app-1" }, null],
  ])("by scope, the nearest counts: %s %j", (kind, row, expected) => {
    expect(owner(scopes, kind, row)).toBe(expected);
  });

  test("a management group owns what lies below it", () => {
    const vault = { id: `${below}/providers/microsoft.keyvault/vaults/kv` };
    expect(owner(`  scopes: { ${group}: above, /: all }\n`, "azure.keyVault", vault)).toBe("above");
    expect(owner("  scopes: { /: all }\n", "azure.keyVault", vault)).toBe("all");
  });

  test.each<[string, Row, string | null]>([
    ["azure.principal", { id: "p-1", appId: "app-1" }, "robots"],
    ["azure.credential", { id: "application/a/k", appId: "app-1" }, "robots"],
    ["azure.managedIdentity", { id: "/x", clientId: "app-1", principalId: "p-2" }, "robots"],
    ["azure.roleAssignment", { id: "/x", scope: { id: subscription }, principalId: "p-1" }, "robots"],
    ["azure.roleAssignment", { id: "/x", scope: { id: subscription }, principalId: "p-2" }, "subscription"],
    ["prefect.block", { id: "prefect:prod/block/a/b", clientIds: ["app-1"] }, null],
  ])("by identity, that of a grant too, before its scope: %s %j", (kind, row, expected) => {
    expect(owner(`  scopes: { ${subscription}: subscription }\n  identities: { APP-1: robots }\n`, kind, row)).toBe(
      expected,
    );
  });

  test("where the holder could not be read, by the scope", () => {
    const grant = { id: "/x", scope: { id: subscription }, principalId: "p-9" };
    const owners = `  scopes: { ${subscription}: subscription }\n  identities: { app-1: robots }\n`;
    expect(owner(owners, "azure.roleAssignment", grant, "azure.principal")).toBe("subscription");
  });

  test.each<[string, Row, string | null]>([
    ["azure.keyVault", { id: `${subscription}/x`, tags: { Owner: " data " } }, "data"],
    ["azure.keyVault", { id: `${subscription}/x`, tags: { team: "t", owner: "o" } }, "o"],
    ["azure.keyVault", { id: `${subscription}/x`, tags: { owner: "", team: "t" } }, "t"],
    ["azure.keyVault", { id: `${subscription}/x`, tags: {} }, "subscription"],
    ["azure.keyVault", { id: `${subscription}/x` }, "subscription"],
    ["prefect.deployment", { id: "prefect:prod/deployment/a/b", tags: ["nightly", "owner:flows:eu"] }, "flows:eu"],
    ["prefect.deployment", { id: "prefect:prod/deployment/a/b", tags: ["owner:b", "owner:a"] }, "a"],
    ["prefect.deployment", { id: "prefect:prod/deployment/a/b", tags: ["owner", "owners:x", "__proto__:y"] }, null],
  ])("by tag, the first name that it has, before its scope: %s %j", (kind, row, expected) => {
    expect(owner(`  scopes: { ${subscription}: subscription }\n  tags: [owner, team]\n`, kind, row)).toBe(expected);
  });
});

describe("findings by owner", () => {
  const waived = { outcome: "waived", waiver: aWaiver(), approval: "asserted" } as const;

  test("are all there once, whoever has most first and nobody last", () => {
    const findings = [
      aFinding(1, { severity: "critical" }),
      aFinding(2, { owner: "b" }),
      aFinding(3, { owner: "a", severity: "low" }),
      aFinding(4, { owner: "a", severity: "low", ...waived }),
      aFinding(5, { owner: null, severity: "medium" }),
    ];
    const found = ownersOf(findings);
    expect(found.map(({ owner, failing, waived }) => [owner, failing, waived])).toEqual([
      ["b", 1, 0],
      ["a", 1, 1],
      [null, 2, 0],
    ]);
    expect(found[2]?.severities).toEqual({ critical: 1, high: 0, medium: 1, low: 0 });
    expect(found.flatMap((each) => each.findings).sort()).toEqual([1, 2, 3, 5].map((n) => aFinding(n).id).sort());
  });
});
