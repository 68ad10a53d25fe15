import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EstateData } from "../../src/estate/data.ts";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { subscriptions } from "../estate/ask.ts";
import { collectFrom, configurationOf, evaluated, rowsOf, startSmallEstate } from "./estate.ts";

let estate: Estate;
let content: SnapshotContent;

beforeAll(async () => {
  estate = await startEstate({ pageSize: 3 });
  content = await collectFrom(configurationOf(estate), { request: 15_000 });
});

afterAll(() => estate.close());

const rows = (kind: string, from = content): Row[] => [...rowsOf(from, kind).values()];
const row = (kind: string, id: string, from = content): Row | undefined => rowsOf(from, kind).get(id);
const lineOf = (id: string, from = content) => from.reads.find((each) => each.id === id);

/** The federated credentials of managed identities; those of applications are rows of the same kind. */
const onIdentities = (from: SnapshotContent): Row[] =>
  rows("azure.federatedCredential", from).filter((each) => each.on === "managedIdentity");

/** What is collected of an estate that differs from the sample. */
async function collected(options: EstateOptions): Promise<{ content: SnapshotContent; estate: Estate }> {
  const own = await startSmallEstate(options);
  try {
    return { content: await collectFrom(configurationOf(own), { request: 15_000 }), estate: own };
  } finally {
    await own.close();
  }
}

const refused = (path: RegExp): EstateOptions => ({ faults: [{ kind: "forbidden", path }] });
const edited = (edit: (data: EstateData) => void): EstateOptions => ({ edit });

const groups = "/providers/microsoft.management/managementgroups";
const root = `${groups}/d5e5fa57-8f60-4997-8298-72c293a033d6`;
const roles = "/providers/microsoft.authorization/roledefinitions";
const owner = `${roles}/8e3af657-a8ff-443c-a75c-2fe8c4bcb635`;
const anna = "ec4eceda-8cad-454e-ba10-b04c2306082c";
const grace = "34fdf48f-d195-4f00-b253-b2a8f7434953";
const annasOwner = `${subscriptions.platform}/providers/microsoft.authorization/roleassignments/fa04e9c3-5a24-45c9-ba14-3691a42efe70`;
const schedules = "azure.roleAssignment.assignmentType+endsOn+memberType";

describe("deny assignments", () => {
  const managed = `${subscriptions.dev}/resourcegroups/synapseworkspace-managedrg-dev`;

  test("with an effect, the conditions of their permissions, whom they bind and whom not", () => {
    const id = `${managed}/providers/microsoft.authorization/denyassignments/8e7a1d53-60c2-4f0e-bb1f-4d2a0c9b7e65`;
    expect(row("azure.denyAssignment", id)).toEqual({
      id,
      scope: {
        id: managed,
        level: "resourceGroup",
        subscriptionId: subscriptions.dev.split("/")[2],
        resourceGroup: "synapseworkspace-managedrg-dev",
        resourceType: null,
        name: "synapseworkspace-managedrg-dev",
      },
      displayName: "System deny assignment created by managed application",
      description: "Keeps customers out of the managed resource group",
      permissions: [
        {
          actions: ["*/write"],
          notActions: [],
          dataActions: [],
          notDataActions: [],
          condition: "@Resource[Microsoft.Resources/subscriptions/resourceGroups:tag] StringEquals 'managed'",
          conditionVersion: "2.0",
        },
        {
          actions: ["*/delete"],
          notActions: ["Microsoft.Resources/tags/delete"],
          dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete"],
          notDataActions: [],
          condition: null,
          conditionVersion: null,
        },
      ],
      principals: [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }],
      everyone: true,
      excludePrincipals: [{ id: "602eb611-ade9-4810-8ffa-4ad714de2108", type: null }],
      doNotApplyToChildScopes: true,
      effect: "enforced",
      isSystemProtected: true,
      condition: null,
      conditionVersion: null,
      createdOn: null,
      updatedOn: null,
      createdBy: null,
    });
  });

  test("one that only leaves a trace is told from one that blocks, and a group from everyone", () => {
    const audit = rows("azure.denyAssignment").filter((each) => each.effect === "audit");
    expect(audit).toMatchObject([
      {
        displayName: "storage-delete-trial",
        everyone: false,
        principals: [{ id: "9993704d-a71d-4197-8020-e104b91acf90", type: "Group" }],
        isSystemProtected: false,
        createdOn: "2026-11-02T10:20:31.771Z",
      },
    ]);
  });

  test("one on a management group once, though three subscriptions list it", () => {
    const inherited = rows("azure.denyAssignment").filter((each) => each.displayName === "workspaces-stay");
    expect(inherited.map((each) => (each.scope as { id: string }).id)).toEqual([`${groups}/mg-data`]);
    const listed = content.reads.filter((each) => each.kind === "azure.denyAssignment");
    expect(listed.reduce((sum, each) => sum + each.items, 0)).toBe(7);
    expect(lineOf(`azure.denyAssignment ${subscriptions.prod}`)).toMatchObject({
      apiVersion: "2024-07-01-preview",
      pages: 3,
      items: 4,
    });
  });

  test("refused: no row, and the permission is named", async () => {
    const { content: own } = await collected(refused(/denyAssignments/));
    expect(rows("azure.denyAssignment", own)).toEqual([]);
    expect(lineOf(`azure.denyAssignment ${subscriptions.dev}`, own)).toMatchObject({
      outcome: "refused",
      permission: "Microsoft.Authorization/denyAssignments/read, in Reader",
    });
  });

  test("an effect that is neither known one, and a denial of somebody without an id, are unread", async () => {
    const { content: own } = await collected(
      edited(({ arm }) => {
        const [first, second] = arm.denyAssignments;
        if (first) first.properties.denyAssignmentEffect = "warn";
        if (second) second.properties.principals = [{ type: "User" }];
      }),
    );
    const prod = rows("azure.denyAssignment", own);
    expect(prod).toHaveLength(4);
    expect(prod.filter((each) => each.effect === undefined)).toHaveLength(1);
    expect(lineOf(`azure.denyAssignment ${subscriptions.prod}`, own)).toMatchObject({ outcome: "partial" });
    expect(lineOf(`azure.denyAssignment ${subscriptions.dev}`, own)).toMatchObject({ outcome: "complete" });
  });
});

describe("privileged identity management", () => {
  test("an activated role is told from a standing one, whatever case its origin is written in", () => {
    expect(row("azure.roleAssignment", annasOwner)).toMatchObject({
      assignmentType: "activated",
      endsOn: "2026-11-20T11:30:12.447Z",
      memberType: "Direct",
    });
    const standing = rows("azure.roleAssignment").filter((each) => each.assignmentType === "standing");
    expect(standing).toHaveLength(138);
    expect(standing.filter((each) => each.endsOn !== null)).toMatchObject([
      { principalId: "79f5ed5a-6760-48d8-bd67-43cb1c2bdf08", endsOn: "2026-12-31T22:59:59.000Z" },
      { principalId: "3a532164-c390-4530-bb52-7586aced852b", endsOn: "2026-12-31T22:59:59.000Z" },
    ]);
  });

  test("eligible roles are rows of their own, and no grants; their scope in its one form", () => {
    const id = `${subscriptions.platform}/providers/microsoft.authorization/roleeligibilityscheduleinstances/c53c3c2e-3a0c-4f9e-8d1e-0f6b8f6a8a11`;
    expect(row("azure.roleEligibility", id)).toEqual({
      id,
      scope: expect.objectContaining({ id: subscriptions.platform, level: "subscription" }),
      principalId: anna,
      principalType: "User",
      roleDefinitionId: owner,
      start: "2026-03-02T08:15:41.203Z",
      end: null,
      memberType: "Direct",
      condition: null,
      conditionVersion: null,
      createdOn: "2026-03-02T08:15:41.203Z",
    });
    const ends = rows("azure.roleEligibility").map((each) => [each.principalId, each.end, each.conditionVersion]);
    expect(ends.sort()).toEqual([
      ["24c083dd-bbdc-405b-ae70-9dce0a408d04", null, null],
      [grace, "2027-04-12T09:30:00.000Z", "2.0"],
      ["9386693b-4ad3-4cf8-aee1-877ab80fc870", "2027-02-28T22:59:59.910Z", null],
      [anna, null, null],
    ]);
  });

  test("one on a management group once, though three subscriptions inherit it", () => {
    const inherited = rows("azure.roleEligibility").filter((each) => each.memberType === "Inherited");
    expect(inherited.map((each) => (each.scope as { id: string }).id)).toEqual([`${groups}/mg-data`]);
    const listed = content.reads.filter((each) => each.kind === "azure.roleEligibility");
    expect(listed.reduce((sum, each) => sum + each.items, 0)).toBe(6);
  });

  test("who is only eligible has a row as a principal", () => {
    expect(rows("azure.roleAssignment").filter((each) => each.principalId === grace)).toEqual([]);
    expect(row("azure.principal", grace)).toMatchObject({ displayName: "Grace Okafor", state: "active" });
  });

  test("a tenant without the licence has standing assignments alone, and nothing is missing", async () => {
    const { content: own } = await collected(
      edited((data) => {
        data.pimLicensed = false;
      }),
    );
    expect(new Set(rows("azure.roleAssignment", own).map((each) => each.assignmentType))).toEqual(
      new Set(["standing"]),
    );
    expect(row("azure.roleAssignment", annasOwner, own)).toMatchObject({ endsOn: null, memberType: null });
    expect(rows("azure.roleEligibility", own)).toEqual([]);
    for (const name of [schedules, "azure.roleEligibility"])
      expect(lineOf(`${name} ${subscriptions.prod}`, own)).toMatchObject({ outcome: "notLicensed", status: 400 });
    expect(evaluated(own, configurationOf(estate)).complete).toBe(true);
  });

  test("refused: whether an assignment stands is unread, in that subscription alone", async () => {
    const { content: own } = await collected(
      refused(new RegExp(`${subscriptions.platform}/.*roleAssignmentScheduleInstances`)),
    );
    expect(lineOf(`${schedules} ${subscriptions.platform}`, own)).toMatchObject({
      outcome: "refused",
      permission: "Microsoft.Authorization/roleAssignmentScheduleInstances/read, in Reader",
    });
    for (const field of ["assignmentType", "endsOn", "memberType"])
      expect(row("azure.roleAssignment", annasOwner, own)).not.toHaveProperty(field);
    // What a subscription inherits, the lists of the others tell too.
    const inherited = rows("azure.roleAssignment", own).filter((each) => each.id.startsWith(`${root}/`));
    expect(inherited).toHaveLength(3);
    expect(inherited.every((each) => each.assignmentType === "standing")).toBe(true);
  });

  test("a schedule of another shape leaves open what no other one tells", async () => {
    const { content: own } = await collected(
      edited(({ arm }) => {
        const [first] = arm.roleAssignmentScheduleInstances;
        if (first) first.properties.assignmentType = "Delegated";
      }),
    );
    expect(row("azure.roleAssignment", annasOwner, own)).not.toHaveProperty("assignmentType");
    expect(lineOf(`${schedules} ${subscriptions.platform}`, own)).toMatchObject({ outcome: "partial" });
    expect(lineOf(`azure.roleAssignment ${subscriptions.platform}`, own)).toMatchObject({ outcome: "complete" });
    const others = rows("azure.roleAssignment", own).filter((each) => each.assignmentType === undefined);
    expect(others).toHaveLength(1);
  });

  test("of two schedules of one assignment the one by which it is held longer counts", async () => {
    const { content: own } = await collected(
      edited(({ arm }) => {
        const [activated] = arm.roleAssignmentScheduleInstances;
        if (activated === undefined) return;
        const later = { ...activated.properties, endDateTime: "2026-11-20T20:00:00Z" };
        arm.roleAssignmentScheduleInstances.push({ ...activated, id: `${activated.id}-later`, properties: later });
      }),
    );
    expect(row("azure.roleAssignment", annasOwner, own)).toMatchObject({
      assignmentType: "activated",
      endsOn: "2026-11-20T20:00:00.000Z",
    });
  });
});

describe("delegations to other tenants", () => {
  test("what a resource group grants to another tenant, held and to be activated", () => {
    const scope = `${subscriptions.dev}/resourcegroups/rg-data-dev`;
    const id = `${scope}/providers/microsoft.managedservices/registrationassignments/9c2e4b7a-1d3f-4e5a-8b6c-7d8e9f0a1b2c`;
    expect(row("azure.delegation", id)).toEqual({
      id,
      scope: expect.objectContaining({ id: scope, level: "resourceGroup" }),
      definitionId: `${subscriptions.dev}/providers/microsoft.managedservices/registrationdefinitions/f4d3c2b1-a0e9-4f8d-b7c6-5a4b3c2d1e0f`,
      displayName: "Tidegate dbt support",
      description: null,
      managingTenantId: "46337172-839b-4052-a841-9d847c0b9f4d",
      managingTenantName: "Tidegate",
      authorizations: [
        {
          principalId: "0f1e2d3c-4b5a-4697-8877-665544332211",
          principalIdDisplayName: null,
          roleDefinitionId: `${roles}/acdd72a7-3385-48ef-bd42-f606fba81ae7`,
          delegatedRoleDefinitionIds: [],
        },
        {
          principalId: "0f1e2d3c-4b5a-4697-8877-665544332211",
          principalIdDisplayName: "Tidegate dbt team",
          roleDefinitionId: `${roles}/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9`,
          delegatedRoleDefinitionIds: [`${roles}/ba92f5b4-2d11-453d-a403-e96b0029c9fe`],
        },
      ],
      eligibleAuthorizations: [
        {
          principalId: "0f1e2d3c-4b5a-4697-8877-665544332211",
          principalIdDisplayName: "Tidegate dbt team",
          roleDefinitionId: `${roles}/b24988ac-6180-42a0-ab88-20f7382dd24c`,
          multiFactorAuthProvider: "Azure",
          maximumActivationDuration: "PT4H",
          approvers: ["5e7b9c2d-0a1f-4b3c-8d4e-6f7a8b9c0d1e"],
        },
      ],
      provisioningState: "Succeeded",
    });
    expect(rows("azure.delegation").find((each) => each.id !== id)).toMatchObject({
      scope: { id: subscriptions.prod },
      authorizations: [{ principalId: "5e7b9c2d-0a1f-4b3c-8d4e-6f7a8b9c0d1e" }],
      eligibleAuthorizations: [],
    });
  });

  test("principals of the other tenant are not looked for in this one", () => {
    expect(row("azure.principal", "0f1e2d3c-4b5a-4697-8877-665544332211")).toBeUndefined();
  });

  test("a list that is shorter than Resource Graph's count is not whole", async () => {
    const { content: own } = await collected({
      faults: [{ kind: "missingItem", path: new RegExp(`${subscriptions.dev}/.*registrationAssignments`) }],
    });
    expect(lineOf(`azure.delegation ${subscriptions.dev}`, own)).toMatchObject({
      outcome: "partial",
      cause: "the list has 0 delegations in the subscription, and Resource Graph counts 1",
    });
    expect(lineOf(`azure.delegation ${subscriptions.prod}`, own)).toMatchObject({ outcome: "complete" });
  });

  test("an answer without the offer leaves unread who holds what; a refusal names the permission", async () => {
    const { content: own } = await collected({
      faults: [{ kind: "forbidden", path: new RegExp(`${subscriptions.dev}/.*registrationAssignments`) }],
      edit: ({ arm }) => {
        for (const { properties } of arm.registrationAssignments) delete properties.registrationDefinition;
      },
    });
    expect(rows("azure.delegation", own)).toHaveLength(1);
    for (const field of ["managingTenantId", "authorizations", "eligibleAuthorizations", "displayName"])
      expect(rows("azure.delegation", own)[0]).not.toHaveProperty(field);
    expect(lineOf(`azure.delegation ${subscriptions.dev}`, own)?.permission).toBe(
      "Microsoft.ManagedServices/registrationAssignments/read, in Reader",
    );
  });

  test("a malformed list of authorizations is unread, and the rest of the row is kept", async () => {
    const { content: own } = await collected(
      edited(({ arm }) => {
        for (const { properties } of arm.registrationAssignments) {
          const definition = properties.registrationDefinition as { properties: Record<string, unknown> };
          definition.properties.managedByTenantName = 7;
        }
      }),
    );
    expect(rows("azure.delegation", own)).toHaveLength(2);
    expect(rows("azure.delegation", own).some((each) => "managingTenantName" in each)).toBe(false);
    expect(lineOf(`azure.delegation ${subscriptions.prod}`, own)).toMatchObject({ outcome: "partial" });
  });
});

describe("management groups", () => {
  test("the tree, each group with those above it and the subscriptions in it", () => {
    expect(row("azure.managementGroup", `${groups}/mg-data`)).toEqual({
      id: `${groups}/mg-data`,
      name: "mg-data",
      displayName: "Data",
      tenantId: "d5e5fa57-8f60-4997-8298-72c293a033d6",
      parentId: root,
      ancestors: [root],
      subscriptions: [subscriptions.dev, subscriptions.test, subscriptions.prod],
    });
    expect(row("azure.managementGroup", root)).toMatchObject({
      displayName: "Tenant Root Group",
      parentId: null,
      ancestors: [],
      subscriptions: [],
    });
    expect(row("azure.managementGroup", `${groups}/mg-sandbox`)).toMatchObject({ displayName: "Sandbox" });
  });

  test("cost no request of their own", () => {
    const tree = estate.requests.filter(({ path }) => /managementGroups\/[^/]+\?/i.test(path));
    expect(tree).toHaveLength(1);
    expect(lineOf(`azure.managementGroup ${root}`)).toMatchObject({ fields: [], outcome: "complete" });
  });

  test("only a group that no subscription speaks for is asked for its grants", () => {
    const asked = content.reads.filter(
      ({ scope, kind }) => scope.startsWith(groups) && !/subscription|managementGroup/.test(kind),
    );
    expect(asked.map(({ id }) => id).sort()).toEqual([
      `azure.roleAssignment ${groups}/mg-sandbox`,
      `${schedules} ${groups}/mg-sandbox`,
      `azure.roleEligibility ${groups}/mg-sandbox`,
    ]);
  });

  test("grants at the tenant's root are kept", () => {
    const top = rows("azure.roleAssignment").filter((each) => (each.scope as { id: string }).id === "/");
    expect(top).toHaveLength(2);
    expect(top.every((each) => each.assignmentType === "standing")).toBe(true);
  });

  /** The platform's subscription stands in the tree, and the reader does not see it; a group below holds nothing. */
  const unseen = ({ arm }: EstateData): void => {
    arm.subscriptions = arm.subscriptions.filter(({ displayName }) => displayName !== "Brackwater Platform");
    const below = { id: `${groups}/mg-below`, type: "Microsoft.Management/managementGroups", name: "mg-below" };
    arm.managementGroups.push({ ...below, properties: { displayName: "Below", children: null } });
    const platform = arm.managementGroups.find(({ name }) => name === "mg-platform");
    if (platform) (platform.properties.children as object[]).push({ ...below, displayName: "Below" });
  };

  test("grants on a group whose subscriptions are not seen are read of the lowest group, with those above it", async () => {
    const { content: own, estate: asked } = await collected(edited(unseen));
    const of = (from: SnapshotContent) =>
      rows("azure.roleAssignment", from)
        .filter((each) => /mg-platform/.test(each.id))
        .map((each) => [each.id, each.roleDefinitionId, each.assignmentType]);
    expect(of(own).sort()).toEqual(of(content).sort());
    expect(of(own)).toHaveLength(3);
    const lists = asked.requests.filter(({ path }) => /managementGroups\/.*\/roleAssignments\?/i.test(path));
    expect(lists.map(({ path }) => path.split("/")[4]).sort()).toEqual(["mg-below", "mg-sandbox"]);
  });

  test("such a group that refuses leaves open what is granted on it", async () => {
    const { content: own } = await collected({ ...refused(/mg-below\/.*roleAssignments\b/), ...edited(unseen) });
    const line = lineOf(`azure.roleAssignment ${groups}/mg-below`, own);
    expect(line).toMatchObject({
      outcome: "refused",
      permission: "Microsoft.Authorization/roleAssignments/read, in Reader",
    });
    const report = evaluated(own, configurationOf(estate));
    expect(report.complete).toBe(false);
    expect(report.unread.find((each) => each.read === line?.id)?.policies).toContain(
      "least-privilege/orphaned-assignment",
    );
  });

  test("a refused tree leaves the groups unread, and the grants that subscriptions show are whole", async () => {
    const { content: own } = await collected(refused(/managementGroups\/[^/]+\?/i));
    expect(rows("azure.managementGroup", own)).toEqual([]);
    expect(lineOf(`azure.managementGroup ${root}`, own)).toMatchObject({ outcome: "refused" });
    expect(rows("azure.subscription", own).some((each) => "managementGroups" in each)).toBe(false);
    expect(rows("azure.roleAssignment", own)).toHaveLength(139);
    const open = own.reads.filter((each) => each.outcome !== "complete");
    expect(open.map(({ kind }) => kind).sort()).toEqual(["azure.managementGroup", "azure.subscription"]);
  });

  test("a part of the tree without a name makes it partial", async () => {
    const { content: own } = await collected(
      edited(({ arm }) => {
        for (const { properties } of arm.managementGroups.slice(0, 1))
          (properties.children as object[]).push({ displayName: "nameless" });
      }),
    );
    expect(lineOf(`azure.managementGroup ${root}`, own)).toMatchObject({ outcome: "partial" });
    expect(rows("azure.managementGroup", own)).toHaveLength(4);
  });
});

describe("managed identities", () => {
  const prefectIn = (subscription: string, environment: string): string =>
    `${subscription}/resourcegroups/rg-prefect-${environment}/providers`;
  const inProd = prefectIn(subscriptions.prod, "prod");
  const worker = `${inProd}/microsoft.managedidentity/userassignedidentities/id-prefect-worker-prod`;
  const idle = `${prefectIn(subscriptions.test, "test")}/microsoft.managedidentity/userassignedidentities/id-flow-loader-test`;
  const attached = "azure.managedIdentity.attachedTo tenant";

  test("with the resources that act as them, in other subscriptions too", () => {
    expect(row("azure.managedIdentity", worker)).toEqual({
      id: worker,
      name: "id-prefect-worker-prod",
      type: "userAssigned",
      subscriptionId: subscriptions.prod.split("/")[2],
      resourceGroup: "rg-prefect-prod",
      principalId: "59f0f0eb-b421-443b-9082-e41fea663b4e",
      clientId: "c1b0e925-fb86-452b-9f18-1e103cf204fa",
      tenantId: "d5e5fa57-8f60-4997-8298-72c293a033d6",
      location: "westeurope",
      tags: { environment: "prod" },
      attachedTo: [
        `${inProd}/microsoft.containerinstance/containergroups/aci-flow-run-prod`,
        `${subscriptions.platform}/resourcegroups/rg-management/providers/microsoft.containerinstance/containergroups/aci-flow-watch`,
      ],
    });
    expect(row("azure.managedIdentity", idle)).toMatchObject({
      attachedTo: [
        `${subscriptions.dev}/resourcegroups/rg-prefect-dev/providers/microsoft.containerinstance/containergroups/aci-flow-run-dev`,
      ],
    });
  });

  test("the identity that a workspace has of its own, by its principal", () => {
    const workspace = `${subscriptions.dev}/resourcegroups/rg-data-dev/providers/microsoft.synapse/workspaces/syn-brackwater-dev`;
    const id = `${workspace}/providers/microsoft.managedidentity/identities/default`;
    expect(row("azure.managedIdentity", id)).toEqual({
      id,
      name: "syn-brackwater-dev",
      type: "systemAssigned",
      subscriptionId: subscriptions.dev.split("/")[2],
      resourceGroup: "rg-data-dev",
      principalId: "602eb611-ade9-4810-8ffa-4ad714de2108",
      clientId: null,
      tenantId: "d5e5fa57-8f60-4997-8298-72c293a033d6",
      location: null,
      tags: {},
      attachedTo: [workspace],
    });
    expect(row("azure.principal", "602eb611-ade9-4810-8ffa-4ad714de2108")).toBeDefined();
  });

  test("Resource Graph is asked once for all of them, page by page", () => {
    expect(lineOf(attached)).toMatchObject({ outcome: "complete", pages: 3, items: 8, expected: 8 });
  });

  test("where the reader may not read everything in a subscription, no list of attachments is whole", async () => {
    const { content: own } = await collected(
      edited((data) => {
        data.readerPermissions = [
          { actions: ["Microsoft.Authorization/*/read"], notActions: [], dataActions: [], notDataActions: [] },
          { actions: ["*"], notActions: ["Microsoft.Compute/*"], dataActions: [], notDataActions: [] },
        ];
      }),
    );
    const assigned = rows("azure.managedIdentity", own).filter((each) => each.type === "userAssigned");
    expect(assigned).toHaveLength(6);
    expect(assigned.every((each) => (each.incomplete as string[])?.includes("attachedTo"))).toBe(true);
    expect(lineOf(`azure.managedIdentity ${subscriptions.prod}`, own)).toMatchObject({
      outcome: "partial",
      cause: expect.stringContaining("may not read everything"),
    });
  });

  test("that nothing is attached to have an empty list", async () => {
    const { content: own } = await collected({
      edit: (data) => {
        for (const { identity } of data.arm.containerGroups as { identity?: { userAssignedIdentities?: object } }[]) {
          const held = identity?.userAssignedIdentities as Record<string, unknown> | undefined;
          for (const id of Object.keys(held ?? {})) if (held && id.toLowerCase() === idle) delete held[id];
        }
      },
    });
    expect(row("azure.managedIdentity", idle, own)).toMatchObject({ attachedTo: [] });
  });

  test("where Resource Graph cannot be asked, attachments are unread and identities of resources may be missing", async () => {
    // The counts are asked of the same address, before and after it, and matter to no row.
    const { content: own } = await collected(refused(/Microsoft\.ResourceGraph/));
    expect(rows("azure.managedIdentity", own)).toHaveLength(6);
    expect(rows("azure.managedIdentity", own).some((each) => "attachedTo" in each)).toBe(false);
    expect(lineOf(attached, own)).toMatchObject({ outcome: "refused" });
    expect(lineOf(`azure.managedIdentity ${subscriptions.dev}`, own)).toMatchObject({ outcome: "partial" });
    expect(onIdentities(own)).toHaveLength(4);
  });

  test("an answer that is shorter than the service's own count is not whole", async () => {
    const { content: own } = await collected({ faults: [{ kind: "wrongCount", path: /Microsoft\.ResourceGraph/ }] });
    expect(lineOf(attached, own)).toMatchObject({ outcome: "partial", items: 8, expected: 9 });
    expect(row("azure.managedIdentity", idle, own)).toMatchObject({ incomplete: ["attachedTo"] });
  });

  test("a resource with an identity of another shape makes the attachments partial, and the rest goes on", async () => {
    const { content: own } = await collected(
      edited(({ arm }) => {
        for (const each of arm.synapseWorkspaces) each.identity = { type: "SystemAssigned", principalId: 7 };
      }),
    );
    expect(lineOf(attached, own)).toMatchObject({ outcome: "partial" });
    expect(row("azure.managedIdentity", worker, own)).toMatchObject({ incomplete: ["attachedTo"] });
  });

  test("refused: no identity, and nobody knows who else may sign in as one", async () => {
    const { content: own } = await collected(refused(/userAssignedIdentities\?/));
    expect(rows("azure.managedIdentity", own).every((each) => each.type === "systemAssigned")).toBe(true);
    expect(lineOf(`azure.managedIdentity ${subscriptions.dev}`, own)?.permission).toBe(
      "Microsoft.ManagedIdentity/userAssignedIdentities/read, in Reader",
    );
    expect(lineOf(`azure.federatedCredential ${subscriptions.dev}`, own)).toMatchObject({ outcome: "notAttempted" });
  });
});

describe("federated credentials of managed identities", () => {
  const owned = `${subscriptions.dev}/resourcegroups/rg-prefect-dev/providers/microsoft.managedidentity/userassignedidentities/id-prefect-worker-dev`;
  const common = {
    on: "managedIdentity",
    ownerId: owned,
    appId: "f3b2ea40-bf03-4ffa-9dc2-5665bc0a6f61",
    audiences: ["api://AzureADTokenExchange"],
  };

  test("one with a subject, and one with an expression in its place", () => {
    const of = rows("azure.federatedCredential").filter((each) => each.ownerId === owned);
    expect(of).toEqual([
      {
        ...common,
        id: `${owned}/federatedidentitycredentials/prefect-worker`,
        name: "prefect-worker",
        issuer:
          "https://westeurope.oic.prod-aks.azure.com/d5e5fa57-8f60-4997-8298-72c293a033d6/e435cb9c-b701-4818-979b-963becd58475/",
        subject: "system:serviceaccount:prefect-dev:worker",
        claimsMatchingExpression: null,
      },
      {
        ...common,
        id: `${owned}/federatedidentitycredentials/prefect-preview`,
        name: "prefect-preview",
        issuer: "https://token.actions.githubusercontent.com",
        subject: null,
        claimsMatchingExpression: "claims['sub'] matches 'repo:brackwater-freight/flows:ref:refs/heads/preview/*'",
      },
    ]);
    expect(lineOf(`azure.federatedCredential ${owned}`)).toMatchObject({ apiVersion: "2025-01-31-preview" });
  });

  test("refused for one identity: the others are read, and the permission is named", async () => {
    const { content: own } = await collected(refused(/id-prefect-worker-dev\/federatedIdentityCredentials/i));
    expect(onIdentities(own)).toHaveLength(2);
    expect(lineOf(`azure.federatedCredential ${owned}`, own)).toMatchObject({
      outcome: "refused",
      permission: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read, in Reader",
    });
  });

  test("an expression without a text is unread, not absent", async () => {
    const { content: own } = await collected(
      edited(({ arm }) => {
        for (const { properties } of arm.federatedIdentityCredentials)
          if (properties.claimsMatchingExpression) properties.claimsMatchingExpression = { languageVersion: 2 };
      }),
    );
    const preview = rows("azure.federatedCredential", own).find((each) => each.name === "prefect-preview");
    expect(preview).not.toHaveProperty("claimsMatchingExpression");
  });
});
