import { beforeAll, describe, expect, test } from "vitest";
import { isArmWhatIf, readArmWhatIf } from "../../../src/plan/arm/whatIf.ts";
import { unknown } from "../../../src/plan/plan.ts";
import { plannedRows } from "../../../src/plan/rows/rows.ts";
import { InputError } from "../../../src/resources/problem.ts";
import type { SnapshotContent } from "../../../src/snapshot/write.ts";
import { around, live } from "../rows/estate.ts";

let content: SnapshotContent;
beforeAll(async () => {
  content = await live();
});

const group = "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f/resourceGroups/rg-data-prod";
const account = `${group}/providers/Microsoft.Storage/storageAccounts/stbrackwaterlakeprod`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-flows`;
const role =
  "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c";

const read = (result: object) =>
  readArmWhatIf({ file: "what-if.json", text: JSON.stringify(result, null, 2) }, { live: around(content) });

function change(changeType: string, resourceId: string, after: object | null = null) {
  return { after, before: null, changeType, delta: null, resourceId, unsupportedReason: null };
}

test("a resource that is made and one that changes are what they will be", () => {
  const created = {
    id: identity,
    name: "id-flows",
    type: "Microsoft.ManagedIdentity/userAssignedIdentities",
    apiVersion: "2023-01-31",
    location: "westeurope",
  };
  const modified = {
    id: account,
    name: "stbrackwaterlakeprod",
    apiVersion: "2023-05-01",
    properties: { minimumTlsVersion: "TLS1_1" },
  };
  const result = read({
    changes: [change("Create", identity, created), change("Modify", account, modified)],
    error: null,
    status: "Succeeded",
  });
  expect(result.undecided).toEqual([]);
  expect(result.objects.map(({ type, action }) => [type, action])).toEqual([
    ["microsoft.managedidentity/userassignedidentities", "create"],
    ["microsoft.storage/storageaccounts", "update"],
  ]);
  const { changes } = plannedRows(result.objects, around(content));
  expect(changes.find(({ kind }) => kind === "azure.storageAccount")).toMatchObject({
    row: { minimumTlsVersion: "tls1_1" },
    fresh: false,
  });
  expect(changes.find(({ kind }) => kind === "azure.managedIdentity")).toMatchObject({
    row: { name: "id-flows" },
    fresh: true,
  });
});

test("what is left as an expression is worked out as in a template", () => {
  const name = "5b4a0f43-7d5c-4d0e-9a8b-0c2f9f0a3e11";
  const id = `${group}/providers/Microsoft.Authorization/roleAssignments/${name}`;
  const grant = (principalId: string) => ({ id, name, properties: { roleDefinitionId: role, principalId } });
  const created = change("Create", identity, { id: identity, name: "id-flows", properties: {} });
  const reading = (text: string) =>
    read({ changes: [created, change("Create", id, grant(text))] }).objects.at(-1)?.body?.properties;
  expect(reading(`[reference('${identity}', '2023-01-31').principalId]`)).toMatchObject({
    principalId: `arm:${identity.toLowerCase()}`,
    scope: group,
  });
  expect(reading("[reference('/subscriptions/x/providers/y/z/other').principalId]")).toMatchObject({
    principalId: unknown,
  });
});

test("a deletion takes out what is there", () => {
  const { objects } = read({ properties: { changes: [change("Delete", account)] }, status: "Succeeded" });
  const { changes } = plannedRows(objects, around(content));
  expect(changes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ action: "delete", kind: "azure.storageAccount", id: account.toLowerCase() }),
    ]),
  );
});

test("what stays as it is, or is not looked at, changes nothing", () => {
  const changes = ["NoChange", "Ignore", "NoEffect"].map((each) => change(each, account));
  expect(read({ changes })).toMatchObject({ objects: [], undecided: [] });
});

describe("what the result does not tell", () => {
  test.each([
    ["a resource that is only named", { changes: [change("Deploy", account)] }, account],
    ["a resource that cannot be told", { changes: [change("Unsupported", account)] }, account],
    ["a change that is only possible", { changes: [], potentialChanges: [change("Modify", account)] }, account],
    [
      "a resource whose id could not be worked out",
      { changes: [change("Unsupported", "[resourceId('Microsoft.Storage/storageAccounts', uniqueString('x'))]")] },
      "tenant",
    ],
  ])("is undecided: %s", (_, result, scope) => {
    const { objects, undecided } = read(result);
    expect(objects).toEqual([]);
    expect(undecided).toMatchObject([{ kind: "azure.storageAccount", scope: scope.toLowerCase() }]);
  });

  test("is anything where not even a type is told", () => {
    const { undecided } = read({ changes: [change("Unsupported", "[parameters('id')]")] });
    expect(undecided.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["azure.roleAssignment", "synapse.workspace"]),
    );
    expect(new Set(undecided.map(({ scope }) => scope))).toEqual(new Set(["tenant"]));
  });
});

describe("a file that is no sound result", () => {
  const refused = (result: object): unknown => {
    try {
      read(result);
    } catch (error) {
      if (error instanceof InputError) return error.problems[0];
      throw error;
    }
    return null;
  };

  test("is told with its place", () => {
    expect(refused({ status: "Succeeded" })).toMatchObject({ code: "plan/format", line: 1 });
    expect(refused({ changes: [{ resourceId: account }] })).toMatchObject({ code: "plan/what-if", line: 3, column: 5 });
    expect(refused({ changes: null, error: { code: "InvalidTemplate" } })).toMatchObject({
      code: "plan/what-if-failed",
      message: expect.stringContaining("InvalidTemplate"),
    });
  });

  test("is told apart from others", () => {
    expect(isArmWhatIf(JSON.stringify({ changes: [change("Delete", account)] }))).toBe(true);
    expect(isArmWhatIf(JSON.stringify({ status: "Succeeded", properties: { changes: [] } }))).toBe(true);
    expect(isArmWhatIf(JSON.stringify({ $schema: "x", resources: [] }))).toBe(false);
  });
});
