import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type PlannedObject, type PlannedValue, type RowChange, unknown } from "../../../src/plan/plan.ts";
import { plannedRows } from "../../../src/plan/rows/rows.ts";
import { violations } from "../../../src/resources/validate.ts";
import type { SnapshotContent } from "../../../src/snapshot/write.ts";
import { after, around, everything, live, now, planned } from "./estate.ts";

let content: SnapshotContent;
beforeAll(async () => {
  content = await live();
});

const prod = "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f/resourcegroups/rg-data-prod";
const contributor = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c";
const storageType = "microsoft.storage/storageaccounts";
const grantType = "microsoft.authorization/roleassignments";
const identityType = "microsoft.managedidentity/userassignedidentities";

function rowOf(changes: readonly RowChange[], kind: string, id: string) {
  return after(content, changes, kind, id);
}

/** The places of a body where a value stands, each with that value made unknown. */
function withUnknown(value: PlannedValue, path: readonly string[] = []): { path: string; value: PlannedValue }[] {
  if (typeof value !== "object" || value === null) return [{ path: path.join("."), value: unknown }];
  const inside = Object.entries(value).flatMap(([name, each]) =>
    withUnknown(each as PlannedValue, [...path, name]).map((one) => ({
      path: one.path,
      value: (Array.isArray(value)
        ? value.map((old, index) => (String(index) === name ? one.value : old))
        : { ...value, [name]: one.value }) as PlannedValue,
    })),
  );
  return path.length === 0 ? inside : [{ path: path.join("."), value: unknown }, ...inside];
}

describe("a value that is known only after the change", () => {
  test("never becomes another value of a row, wherever in a body it stands", () => {
    const world = around(content);
    const objects = everything();
    const types = [...new Set(objects.map(({ type }) => type))];
    const one = fc
      .constantFrom(...types)
      .chain((type) => fc.constantFrom(...objects.filter((each) => each.type === type)));
    fc.assert(
      fc.property(one, fc.nat(), (object, place) => {
        const places = withUnknown(object.body as PlannedValue);
        const open = places[place % places.length];
        if (open === undefined) return;
        const { changes } = plannedRows([{ ...object, body: open.value as PlannedObject["body"] }], world);
        for (const change of changes) {
          if (change.action === "delete") throw new Error(`${open.path} made a deletion`);
          expect(violations(change.kind, change.row), open.path).toEqual([]);
          const before = world.row(change.kind, change.row.id);
          const short = (change.row.incomplete ?? []) as string[];
          for (const [field, value] of Object.entries(change.row)) {
            if (field === "incomplete" || field === "updatedOn" || before === undefined) continue;
            const holds = agrees(value, before[field], short.includes(field));
            expect([change.kind, field, open.path, value, holds]).toEqual([change.kind, field, open.path, value, true]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test("leaves nothing standing of what the snapshot says of its field", () => {
    const account = `${prod}/providers/microsoft.storage/storageaccounts/stbrackwaterlakeprod`;
    const answer = everything().find(({ id }) => id.toLowerCase() === account);
    const told = Object.entries(answer?.body?.properties ?? {});
    const open = new Map<string, PlannedValue>([...told, ["allowSharedKeyAccess", unknown]]);
    const body = { ...answer?.body, properties: Object.fromEntries(open) };
    const { changes } = plannedRows([planned(storageType, account, body, "update")], around(content));
    expect(changes).toMatchObject([{ unread: ["allowSharedKeyAccess"], fresh: false }]);
    expect(rowOf(changes, "azure.storageAccount", account)).not.toHaveProperty("allowSharedKeyAccess");
  });
});

/** Whether all that is said of a value is so; a short list may lack elements. */
function agrees(said: unknown, is: unknown, isShort: boolean): boolean {
  if (Array.isArray(said)) {
    if (!Array.isArray(is) || (!isShort && said.length !== is.length)) return false;
    return said.every((each, index) =>
      isShort ? is.some((one) => agrees(each, one, false)) : agrees(each, is[index], false),
    );
  }
  if (typeof said !== "object" || said === null) return said === is;
  return Object.entries(said).every(([name, each]) =>
    agrees(each, (is as Record<string, unknown> | null)?.[name], false),
  );
}

describe("a new identity and its grant in one plan", () => {
  const address = "terraform:module.flows.azurerm_user_assigned_identity.flows";
  const id = `${prod}/providers/microsoft.managedidentity/userassignedidentities/id-new`;
  const identity: PlannedObject = {
    ...planned(identityType, id, { location: "westeurope", properties: {} }),
    at: { file: "plan.json", line: 1, column: 1, address },
  };
  const grant = planned(grantType, "terraform:azurerm_role_assignment.flows", {
    properties: { scope: prod, roleDefinitionId: contributor, principalId: address, principalType: "ServicePrincipal" },
  });

  test("are a principal that holds it", () => {
    const { changes, undecided } = plannedRows([grant, identity], around(content));
    expect(undecided).toEqual([]);
    expect(rowOf(changes, "azure.managedIdentity", id)).toMatchObject({
      name: "id-new",
      principalId: address,
      clientId: address,
      attachedTo: [],
      tenantId: "d5e5fa57-8f60-4997-8298-72c293a033d6",
    });
    expect(rowOf(changes, "azure.principal", address)).toMatchObject({
      type: "ServicePrincipal",
      state: "active",
      servicePrincipalType: "ManagedIdentity",
      memberOf: [],
    });
    expect(rowOf(changes, "azure.roleAssignment", "terraform:azurerm_role_assignment.flows")).toMatchObject({
      principalId: address,
      roleDefinitionId: contributor,
      scope: { id: prod, level: "resourceGroup" },
      createdOn: now.toISOString(),
      endsOn: null,
    });
  });

  test("a role that is told by its name is that role", () => {
    const { properties } = grant.body as { properties: { [name: string]: PlannedValue } };
    const { roleDefinitionId: _, ...rest } = properties;
    const named = planned(grantType, "terraform:g", { properties: { ...rest, roleDefinitionName: "contributor" } });
    const { changes } = plannedRows([named], around(content));
    expect(rowOf(changes, "azure.roleAssignment", "terraform:g")).toHaveProperty("roleDefinitionId", contributor);
  });

  test("a grant to nobody knows whom leaves its holder unknown and says its scope and role", () => {
    const { properties } = grant.body as { properties: object };
    const open = planned(grantType, "terraform:g", { properties: { ...properties, principalId: unknown } });
    const { changes } = plannedRows([open], around(content));
    const row = rowOf(changes, "azure.roleAssignment", "terraform:g");
    expect(row).not.toHaveProperty("principalId");
    expect(row).toMatchObject({ roleDefinitionId: contributor, scope: { id: prod } });
    expect(changes.map(({ kind }) => kind)).toEqual(["azure.roleAssignment"]);
  });
});

describe("what is deleted", () => {
  const idOf = (kind: string, is: (row: Record<string, unknown>) => boolean): string => {
    const row = content.rows.get(kind)?.find(is);
    if (row === undefined) throw new Error(`the sample estate has no such ${kind}`);
    return row.id;
  };
  const gone = (changes: readonly RowChange[]): string[] =>
    changes.flatMap((each) => (each.action === "delete" ? [`${each.kind} ${each.id}`] : [])).sort();

  test("a resource group takes all that lies in it and the grants at it along", () => {
    const { changes } = plannedRows([planned("microsoft.resources/resourcegroups", prod, null)], around(content));
    const inside = [...content.rows].flatMap(([kind, rows]) =>
      /^(?:azure|synapse)\./.test(kind)
        ? rows.filter(({ id }) => id === prod || id.startsWith(`${prod}/`)).map(({ id }) => `${kind} ${id}`)
        : [],
    );
    expect(gone(changes)).toEqual(expect.arrayContaining(inside));
    expect(inside.filter((each) => each.startsWith("azure.roleAssignment")).length).toBeGreaterThan(0);
    expect(inside.filter((each) => each.startsWith("synapse.linkedService")).length).toBeGreaterThan(0);
    const outside = gone(changes).filter((each) => /^(?:azure\.(?:role|storage|keyVault)|synapse)/.test(each));
    expect(outside.filter((each) => !inside.includes(each))).toEqual([]);
  });

  test("an identity takes its trusts along, and its grants are held by nobody", () => {
    const grant = content.rows.get("azure.roleAssignment") ?? [];
    const trusts = content.rows.get("azure.federatedCredential") ?? [];
    const identity = content.rows
      .get("azure.managedIdentity")
      ?.find(
        ({ id, principalId }) =>
          grant.some((each) => each.principalId === principalId) && trusts.some(({ ownerId }) => ownerId === id),
      );
    if (identity === undefined) throw new Error("the sample estate has no such identity");
    const { changes } = plannedRows([planned(identityType, identity.id, null)], around(content));
    const its = trusts
      .filter(({ ownerId }) => ownerId === identity.id)
      .map(({ id }) => `azure.federatedCredential ${id}`);
    expect(gone(changes)).toEqual(expect.arrayContaining([`azure.managedIdentity ${identity.id}`, ...its]));
    expect(rowOf(changes, "azure.principal", String(identity.principalId))).toMatchObject({ state: "deleted" });
    expect(gone(changes).filter((each) => each.startsWith("azure.roleAssignment"))).toEqual([]);
  });

  test("an application takes its credentials, its trusts and its service principal along", () => {
    const credentials = content.rows.get("azure.credential") ?? [];
    const trusts = content.rows.get("azure.federatedCredential") ?? [];
    const id = idOf("azure.application", (row) => trusts.some((each) => each.ownerId === row.id));
    const application = content.rows.get("azure.application")?.find((row) => row.id === id);
    const { changes } = plannedRows([planned("microsoft.graph/applications", id, null)], around(content));
    for (const [kind, rows] of [
      ["azure.credential", credentials],
      ["azure.federatedCredential", trusts],
    ] as const)
      for (const row of rows)
        if (row.appId === application?.appId) expect(gone(changes)).toContain(`${kind} ${row.id}`);
    const principal = content.rows.get("azure.principal")?.find(({ appId }) => appId === application?.appId);
    const now = rowOf(changes, "azure.principal", String(principal?.id));
    expect(now?.state ?? "deleted").toBe("deleted");
  });

  test("a member that leaves a group is in it no more, and unknown where groups are nested", () => {
    const groups = (content.rows.get("azure.principal") ?? []).filter(({ type }) => type === "Group");
    for (const group of groups) {
      const [member] = Array.isArray(group.members) ? (group.members as string[]) : [];
      if (member === undefined) continue;
      const leave = planned("microsoft.graph/groups/members", `group/${group.id}/member/${member}`, null);
      const { changes } = plannedRows([leave], around(content));
      const members = rowOf(changes, "azure.principal", group.id)?.members;
      expect(members === undefined || !(members as string[]).includes(member)).toBe(true);
    }
    expect(groups.length).toBeGreaterThan(3);
  });

  test("a rule of a firewall leaves the others", () => {
    const workspace = content.rows
      .get("synapse.workspace")
      ?.find(({ firewallRules }) => (firewallRules as []).length > 1);
    const rules = workspace?.firewallRules as { name: string }[];
    const rule = `${workspace?.id}/firewallrules/${rules[0]?.name}`;
    const { changes } = plannedRows(
      [planned("microsoft.synapse/workspaces/firewallrules", rule, null)],
      around(content),
    );
    expect(rowOf(changes, "synapse.workspace", String(workspace?.id))?.firewallRules).toEqual(rules.slice(1));
  });

  test("what the snapshot does not hold needs no change", () => {
    const id = `${prod}/providers/microsoft.storage/storageaccounts/stnever`;
    expect(plannedRows([planned(storageType, id, null)], around(content)).changes).toEqual([]);
  });
});

describe("what is replaced", () => {
  const replaced = (id: string, type: string, body: PlannedObject["body"]) =>
    plannedRows([planned(type, id, body, "replace")], around(content)).changes;

  test("keeps nothing of what it was", () => {
    const id = `${prod}/providers/microsoft.storage/storageaccounts/stbrackwaterlakeprod`;
    const changes = replaced(id, storageType, { location: "westeurope", properties: {} });
    const change = changes.find((each) => each.action === "upsert" && each.row.id === id);
    expect(change).toMatchObject({ fresh: true, row: { allowSharedKeyAccess: true, createdOn: now.toISOString() } });
    const containers = content.rows.get("azure.storageContainer")?.filter(({ accountId }) => accountId === id) ?? [];
    expect(containers.length).toBeGreaterThan(0);
    for (const row of containers) expect(rowOf(changes, "azure.storageContainer", row.id)).toBeUndefined();
  });

  test("an identity has another principal, which holds nothing", () => {
    const identity = content.rows.get("azure.managedIdentity")?.find(({ type }) => type === "userAssigned");
    const changes = replaced(String(identity?.id), identityType, { location: "westeurope", properties: {} });
    const row = rowOf(changes, "azure.managedIdentity", String(identity?.id));
    expect(row?.principalId).not.toBe(identity?.principalId);
    expect(rowOf(changes, "azure.principal", String(row?.principalId))).toMatchObject({ state: "active" });
  });
});

describe("what is deployed over a thing that is there", () => {
  const id = `${prod}/providers/microsoft.storage/storageaccounts/stbrackwaterlakeprod`;
  const over = (properties: { [name: string]: PlannedValue }) =>
    plannedRows([planned(storageType, id, { location: "westeurope", properties })], around(content)).changes;

  test("changes what it says, and what it leaves out is unknown where that may be put back", () => {
    const before = around(content).row("azure.storageAccount", id);
    const changes = over({ minimumTlsVersion: "TLS1_1" });
    const row = rowOf(changes, "azure.storageAccount", id);
    expect(row).toMatchObject({
      minimumTlsVersion: "tls1_1",
      createdOn: before?.createdOn,
      name: "stbrackwaterlakeprod",
    });
    expect(before?.networkRules).not.toBeNull();
    expect(row).not.toHaveProperty("networkRules");
    expect(before?.sasPolicy).toBeNull();
    expect(row).toHaveProperty("sasPolicy", null);
  });

  test("is the same grant where there is one of the role to the principal at the scope", () => {
    const grant = content.rows.get("azure.roleAssignment")?.find(({ condition }) => condition === null);
    const scope = String((grant?.scope as { id?: string } | undefined)?.id);
    const properties = {
      scope,
      roleDefinitionId: String(grant?.roleDefinitionId),
      principalId: String(grant?.principalId),
    };
    const { changes } = plannedRows([planned(grantType, "arm:grant", { properties })], around(content));
    expect(changes.map((each) => each.action === "upsert" && [each.row.id, each.fresh])).toEqual([[grant?.id, false]]);
  });
});

test("what no kind stands for is named with its number", () => {
  const vm = "microsoft.compute/virtualmachines";
  const objects = ["a", "b"].map((name) => planned(vm, `${prod}/providers/${vm.replace("/", "/")}/${name}`, {}));
  expect([...plannedRows(objects, around(content)).ignored]).toEqual([[vm, 2]]);
});

test("a machine with an identity of its own is a principal that can be granted something", () => {
  const id = `${prod}/providers/microsoft.compute/virtualmachines/vm-new`;
  const machine = planned("microsoft.compute/virtualmachines", id, { identity: { type: "SystemAssigned" } });
  const { changes } = plannedRows([machine], around(content));
  expect(rowOf(changes, "azure.principal", id)).toMatchObject({ managedIdentityResourceId: id, state: "active" });
});
