import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Limits } from "../../src/collect/http/guard.ts";
import type { EstateData } from "../../src/estate/data.ts";
import type { Fault } from "../../src/estate/faults.ts";
import type { Estate, EstateOptions } from "../../src/estate/server.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { loadPolicies } from "../../src/policy/load.ts";
import type { Read } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, fast, inFolder, pauses, rowsOf, startSmallEstate } from "./estate.ts";

const open: Estate[] = [];
afterEach(async () => {
  for (const estate of open.splice(0)) await estate.close();
});

interface Collected {
  estate: Estate;
  content: SnapshotContent;
  waited: number;
  read(id: string): Read | undefined;
  row(kind: string, id: string): Row;
}

/** What is collected of an estate with only what leads to the directory. */
async function collected(options: EstateOptions = {}, limits: Partial<Limits> = {}): Promise<Collected> {
  const estate = await startSmallEstate(options);
  open.push(estate);
  const progress = pauses();
  const content = await collectFrom(configurationOf(estate), { ...fast, request: 5000, ...limits }, { progress });
  return {
    estate,
    content,
    waited: progress.milliseconds,
    read: (id) => content.reads.find((each) => each.id === id),
    row: (kind, id) => rowsOf(content, kind).get(id) ?? { id: `no ${kind} ${id}` },
  };
}

function withFaults(...faults: Fault[]): Promise<Collected> {
  return collected({ faults });
}

const groups = {
  engineers: "79f5ed5a-6760-48d8-bd67-43cb1c2bdf08",
  analysts: "4ae68b7e-f8e2-4b81-b963-b86707cde0ad",
  oncall: "24c083dd-bbdc-405b-ae70-9dce0a408d04",
  all: "95248b76-e979-4383-b99d-f4e460b5aa5d",
  writers: "618d9460-426f-4310-b0fe-7a2d374afcb2",
  controllers: "dc835fd9-dc9c-467f-9435-f3eafe3c69d0",
  foreign: "71a5fc12-0d3a-47af-86db-f3dab233506f",
};
const people = {
  anna: "ec4eceda-8cad-454e-ba10-b04c2306082c",
  dmitri: "75760edf-1361-4640-928a-2a6faf8d879b",
  jonas: "7eb8f0e8-0be2-438e-8825-0205b00237a6",
  kaya: "3ffc820e-66f6-4012-bbe9-ed1c498e7b06",
  lars: "178a3ba4-fe7a-430a-b796-9e1e57951db6",
  mona: "5f7bfe4a-3081-4434-8329-859e733932f2",
  priya: "3a532164-c390-4530-bb52-7586aced852b",
  deleted: "a19759fd-e5ec-4e99-a44e-f6d024599373",
};
const clients = {
  deployer: "079faadd-405a-4fa2-afb2-45685f8e6f37",
  reader: "56370643-3c7f-4f30-a0ac-f70c9ea8aba8",
  loader: "e8beed16-a323-4667-a2ce-bf40d46cb8da",
  crawler: "691f77bb-2326-4de8-ae16-18258cb7ef98",
  exporter: "2bf93f7c-fad4-4bdc-bc59-1f92d725735c",
  dataops: "f1c28b86-8e48-4514-9353-dd9c2f5cd842",
  portal: "603bacf9-a5b8-4ecd-a6ce-bc88c3bf2944",
  identityDev: "745dacba-34e9-40fb-9280-3b7c7eaece97",
  identityProd: "7c66595d-5687-4cb0-8a3e-7587c8bdf1c4",
};
const members = "azure.principal.members tenant/groups";
const inBatch = (relation: string, id = "[^/]+"): RegExp => new RegExp(`^GET /graph/v1.0/groups/${id}/${relation}`);

describe("groups", () => {
  test("their members at any depth, nested groups and service principals among them, and who owns them", async () => {
    const { row, read, estate } = await collected();
    expect(row("azure.principal", groups.writers)).toEqual({
      id: groups.writers,
      type: "Group",
      state: "active",
      displayName: "lake-writers-prod",
      userType: null,
      appId: null,
      servicePrincipalType: null,
      appOwnerTenantId: null,
      managedIdentityResourceId: null,
      deletedOn: null,
      lastSignIn: null,
      members: [groups.oncall, people.kaya, people.jonas, clients.loader].sort(),
      memberOf: [],
      owners: [],
      dynamic: false,
      membershipRule: null,
      assignableToRole: false,
      hiddenMembership: false,
    });
    expect(row("azure.principal", groups.all).members).toHaveLength(8);
    expect(row("azure.principal", groups.engineers).owners).toEqual([people.dmitri, people.anna].sort());
    expect(row("azure.principal", people.jonas)).toMatchObject({ memberOf: [groups.oncall, groups.writers].sort() });
    expect(row("azure.principal", clients.loader)).toMatchObject({ memberOf: [groups.writers], members: [] });
    expect(read(members)).toMatchObject({ outcome: "complete", items: 8, pages: 1, cause: null });
    const batches = estate.requests.filter(({ path }) => path.endsWith("/$batch"));
    // Members, owners of groups, of service principals (two), of applications, permissions (two), their names, the deleted.
    expect(batches).toHaveLength(9);
  });

  test("what decides who is in them: a rule, or only privileged administrators; and whether they show it", async () => {
    const { row } = await collected();
    expect(row("azure.principal", groups.analysts)).toMatchObject({
      dynamic: true,
      membershipRule: '(user.department -eq "Analytics") and (user.accountEnabled -eq true)',
    });
    expect(row("azure.principal", "9993704d-a71d-4197-8020-e104b91acf90")).toMatchObject({ assignableToRole: true });
    expect(row("azure.principal", groups.controllers)).toMatchObject({
      hiddenMembership: true,
      members: [people.lars],
    });
  });

  test("long lists are followed outside the batch, page by page", async () => {
    const { row, read, estate } = await collected({ pageSize: 1 });
    expect(row("azure.principal", groups.all).members).toHaveLength(8);
    expect(read(members)).toMatchObject({ outcome: "complete" });
    const further = estate.requests.filter(({ path }) => /transitiveMembers.*skiptoken/.test(path));
    expect(further.length).toBeGreaterThan(10);
    expect(further.every(({ status }) => status === 200)).toBe(true);
  });

  test("every member and owner has a row, users, groups and service principals alike", async () => {
    const { content } = await collected();
    const rows = rowsOf(content, "azure.principal");
    const named = [...rows.values()].flatMap((each) => [
      ...((each.members ?? []) as string[]),
      ...((each.owners ?? []) as string[]),
    ]);
    for (const each of rowsOf(content, "azure.application").values()) named.push(...((each.owners ?? []) as string[]));
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((id) => !rows.has(id))).toEqual([]);
    expect(rows.get(people.lars)).toMatchObject({ type: "User", state: "active", userType: "Member" });
  });

  test("a group inside a group that holds nothing itself is opened too, with its own owners", async () => {
    const inner = "5cb1b1ad-54ff-4d4a-9b1f-5f0b4d7a4e11";
    const { row, read } = await collected({
      edit: ({ graph }) => {
        const [pattern] = graph.groups;
        if (pattern !== undefined) graph.groups.push({ ...pattern, id: inner, displayName: "night shift" });
        graph.groupMembers[groups.oncall]?.push(inner);
        graph.groupMembers[inner] = [people.mona];
        graph.owners[inner] = [people.priya];
      },
    });
    expect(row("azure.principal", inner)).toMatchObject({
      type: "Group",
      displayName: "night shift",
      members: [people.mona],
      owners: [people.priya],
      memberOf: [groups.oncall, groups.writers].sort(),
    });
    expect(row("azure.principal", people.mona)).toMatchObject({
      state: "disabled",
      memberOf: [groups.oncall, inner, groups.writers].sort(),
    });
    expect(read("azure.principal.members tenant/nestedGroups")).toMatchObject({ outcome: "complete", items: 1 });
  });

  test("those of a group of another tenant are unread, never none", async () => {
    const { row } = await collected();
    const foreign = row("azure.principal", groups.foreign);
    expect(foreign).toMatchObject({ type: "ForeignGroup", state: "foreign" });
    expect(foreign).not.toHaveProperty("members");
    expect(foreign).not.toHaveProperty("owners");
  });

  test("one that may not be read is unread alone, and who else is in which group is open", async () => {
    const { row, read, content } = await withFaults({
      kind: "forbidden",
      path: inBatch("transitiveMembers", groups.oncall),
    });
    expect(read(members)).toMatchObject({
      outcome: "partial",
      status: 403,
      items: 7,
      cause: "403 Authorization_RequestDenied",
      permission: "Graph GroupMember.Read.All",
    });
    expect(row("azure.principal", groups.oncall)).not.toHaveProperty("members");
    expect(row("azure.principal", groups.engineers).members).toHaveLength(3);
    expect(row("azure.principal", people.anna)).toMatchObject({ incomplete: ["memberOf"] });
    const unknown = "members and owners that were not listed";
    for (const kind of ["azure.principal", "azure.appPermission"])
      expect(content.reads.find(({ id }) => id === `${kind} ${unknown}`)).toMatchObject({ outcome: "notAttempted" });
  });

  test("without the permission none has members, and the read is refused", async () => {
    const { row, read } = await withFaults({ kind: "forbidden", path: inBatch("(?:transitiveMembers|owners)") });
    expect(read(members)).toMatchObject({ outcome: "refused", items: 0, permission: "Graph GroupMember.Read.All" });
    expect(read("azure.principal.owners tenant/groups")).toMatchObject({ outcome: "refused" });
    for (const id of [groups.engineers, groups.all]) {
      expect(row("azure.principal", id)).not.toHaveProperty("members");
      expect(row("azure.principal", id)).not.toHaveProperty("owners");
    }
  });

  test("a list that falls short of its count is not complete", async () => {
    const { row, read } = await withFaults({
      kind: "missingItem",
      path: inBatch("transitiveMembers", groups.engineers),
    });
    expect(read(members)).toMatchObject({
      outcome: "partial",
      cause: "one of the lists has 2 items, and the service counts 3",
    });
    expect(row("azure.principal", groups.engineers)).toMatchObject({ incomplete: ["memberOf", "members"] });
    expect(row("azure.principal", groups.engineers).members).toHaveLength(2);
    expect(row("azure.principal", groups.analysts)).toMatchObject({ incomplete: ["memberOf"] });
  });

  test("a list whose second page fails keeps its first one", async () => {
    const { row, read } = await collected({
      pageSize: 2,
      faults: [{ kind: "forbidden", path: /groups\/79f5ed5a[^/]+\/transitiveMembers.*skiptoken/ }],
    });
    expect(row("azure.principal", groups.engineers).members).toHaveLength(2);
    expect(row("azure.principal", groups.engineers)).toMatchObject({ incomplete: expect.arrayContaining(["members"]) });
    expect(row("azure.principal", groups.all).members).toHaveLength(8);
    expect(read(members)).toMatchObject({ outcome: "partial", status: 403 });
  });

  test("an empty list of a group that hides its members proves nothing", async () => {
    const { row, read } = await collected({
      edit: ({ graph }) => {
        graph.groupMembers[groups.controllers] = [];
      },
    });
    expect(row("azure.principal", groups.controllers)).toMatchObject({ hiddenMembership: true, owners: [] });
    expect(row("azure.principal", groups.controllers)).not.toHaveProperty("members");
    expect(read(members)).toMatchObject({ outcome: "partial", cause: expect.stringContaining("Member.Read.Hidden") });
  });

  test("an empty list of any other group is one without members", async () => {
    const { row, read } = await collected({
      edit: ({ graph }) => {
        graph.groupMembers[groups.engineers] = [];
      },
    });
    expect(row("azure.principal", groups.engineers)).toMatchObject({ members: [] });
    expect(row("azure.principal", groups.engineers)).not.toHaveProperty("incomplete");
    expect(read(members)).toMatchObject({ outcome: "complete" });
  });

  test("where grants could not be read, who is in which group is open", async () => {
    const { row } = await withFaults({
      kind: "forbidden",
      path: /^GET \/subscriptions\/98a28ae4[^?]*Microsoft\.Authorization\/roleAssignments/,
    });
    expect(row("azure.principal", people.jonas)).toMatchObject({ incomplete: ["memberOf"] });
  });

  test("where nothing can be granted for later, because there is no licence, nothing is open", async () => {
    const { row, content } = await collected({
      edit: (data) => {
        data.pimLicensed = false;
      },
    });
    expect(content.reads.some(({ outcome }) => outcome === "notLicensed")).toBe(true);
    expect(row("azure.principal", people.jonas)).toMatchObject({ memberOf: [groups.oncall, groups.writers].sort() });
    expect(row("azure.principal", people.jonas)).not.toHaveProperty("incomplete");
  });
});

describe("a batch", () => {
  test.each([
    ["no JSON", "html", "the answer is not JSON"],
    ["cut off", "truncated", "the answer is not JSON"],
    ["without a list", "noValue", "the answer has no list under value"],
    ["sent elsewhere", "redirectElsewhere", "307: the service sent the reader elsewhere, which is refused"],
    ["of an object that is gone", "notFound", "404 ResourceNotFound"],
  ] as const)("an answer inside it that is %s is none", async (_, kind, cause) => {
    const { row, read } = await withFaults({ kind, path: inBatch("transitiveMembers", groups.analysts) });
    expect(read(members)).toMatchObject({ outcome: "partial", cause, items: 7 });
    expect(row("azure.principal", groups.analysts)).not.toHaveProperty("members");
    expect(row("azure.principal", groups.engineers).members).toHaveLength(3);
  });

  test("what was throttled inside it is asked for again after its own pause, alone", async () => {
    const { row, read, estate, waited } = await withFaults({
      kind: "throttle",
      path: inBatch("transitiveMembers", groups.analysts),
      times: 1,
      retryAfter: 1,
    });
    expect(read(members)).toMatchObject({ outcome: "complete", pages: 2, items: 8 });
    expect(row("azure.principal", groups.analysts).members).toHaveLength(3);
    expect(waited).toBe(1000);
    const asked = estate.requests.filter(({ path }) => path.includes("/transitiveMembers"));
    expect(asked.filter(({ path }) => path.includes(groups.analysts)).map(({ status }) => status)).toEqual([429, 200]);
    expect(asked).toHaveLength(9);
  });

  test("a pause longer than the run may wait is not made", async () => {
    const { row, read, waited } = await withFaults({
      kind: "throttle",
      path: inBatch("transitiveMembers", groups.analysts),
      retryAfter: 3600,
    });
    expect(waited).toBe(0);
    expect(read(members)).toMatchObject({
      outcome: "partial",
      status: 429,
      cause: "429 TooManyRequests; the service asks for a pause of 3600 s, more than the run may wait",
    });
    expect(row("azure.principal", groups.analysts)).not.toHaveProperty("members");
  });

  test("what fails again and again is given up", async () => {
    const { read } = await withFaults({ kind: "serverError", path: inBatch("transitiveMembers", groups.analysts) });
    expect(read(members)).toMatchObject({ outcome: "partial", status: 500, cause: "500 InternalServerError, 2 times" });
  });

  test.each([
    ["refused", "forbidden", "refused"],
    ["no JSON", "html", "failed"],
    ["without answers", "noValue", "failed"],
  ] as const)("as a whole %s leaves everything unread that it would have brought", async (_, kind, outcome) => {
    const { content, read } = await withFaults({ kind, path: /\/\$batch/ });
    for (const id of [members, "azure.principal.owners tenant/groups", "azure.appPermission tenant/servicePrincipals"])
      expect(read(id), id).toMatchObject({ outcome, items: 0 });
    for (const each of rowsOf(content, "azure.principal").values())
      if (each.type === "Group") expect(each).not.toHaveProperty("members");
  });

  test("a link to another host inside it is not followed", async () => {
    const { row, read, estate } = await collected({
      pageSize: 2,
      faults: [{ kind: "nextLinkElsewhere", path: inBatch("transitiveMembers", groups.analysts) }],
    });
    expect(read(members)).toMatchObject({ outcome: "partial", cause: expect.stringContaining("elsewhere.example") });
    expect(row("azure.principal", groups.analysts)).not.toHaveProperty("members");
    expect(estate.requests.every(({ path }) => path.startsWith("/"))).toBe(true);
  });
});

describe("owners", () => {
  test("of the applications and service principals that hold grants", async () => {
    const { row } = await collected();
    expect(row("azure.application", "2062dc40-ab92-4433-815e-c71a1ee0f377")).toMatchObject({
      displayName: "sp-ci-release-prod",
      owners: [clients.deployer, "94ab84e3-358e-45ff-ab28-a225b4a4ec8a"].sort(),
    });
    expect(row("azure.principal", clients.loader)).toMatchObject({ owners: [people.jonas] });
    expect(row("azure.principal", clients.identityDev)).toMatchObject({ owners: [] });
  });

  test("of what holds none are not read", async () => {
    const { row } = await collected();
    expect(row("azure.principal", clients.portal)).not.toHaveProperty("owners");
    expect(row("azure.application", "2a810bed-37c8-4dcb-9a2e-bc42edd5398e")).not.toHaveProperty("owners");
  });

  test("of applications that may not be read stay unread", async () => {
    const { row, read } = await withFaults({ kind: "forbidden", path: /applications\/[^/]+\/owners/ });
    expect(read("azure.application.owners tenant/applications")).toMatchObject({
      outcome: "refused",
      permission: "Graph Application.Read.All",
    });
    expect(row("azure.application", "2062dc40-ab92-4433-815e-c71a1ee0f377")).not.toHaveProperty("owners");
    expect(row("azure.principal", clients.loader)).toMatchObject({ owners: [people.jonas] });
  });
});

/** How many federated credentials stand on applications; those of managed identities come from Azure. */
function trustsOfApplications(content: Parameters<typeof rowsOf>[0]): number {
  return [...rowsOf(content, "azure.federatedCredential").values()].filter(({ on }) => on === "application").length;
}

describe("applications", () => {
  test("who published them, for whom, and since when", async () => {
    const { row } = await collected();
    expect(row("azure.application", "2a810bed-37c8-4dcb-9a2e-bc42edd5398e")).toEqual({
      id: "2a810bed-37c8-4dcb-9a2e-bc42edd5398e",
      appId: "c632114a-649b-4c12-adb2-23479047a291",
      displayName: "Brackwater Portal",
      signInAudience: "AzureADMultipleOrgs",
      createdOn: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:.]+Z$/),
      publisherDomain: "brackwater.example",
      verifiedPublisher: "Brackwater Freight",
    });
    expect(row("azure.application", "7bc38c73-f332-4246-bedc-329113b2aa16")).toMatchObject({
      publisherDomain: null,
      verifiedPublisher: null,
    });
  });

  test("their trusts in other issuers, by a subject or by an expression", async () => {
    const { row, content } = await collected();
    const id = "application/bd85763d-882d-43e6-a034-669d61df524b/7c9a1d30-54bb-4b0b-9a5a-3c6a1b7fd0e2";
    expect(row("azure.federatedCredential", id)).toEqual({
      id,
      on: "application",
      ownerId: "bd85763d-882d-43e6-a034-669d61df524b",
      appId: "9e9b6a91-a0e1-403b-bee7-4fbdfa395ce8",
      name: "github-branches",
      issuer: "https://token.actions.githubusercontent.com",
      subject: null,
      audiences: ["api://AzureADTokenExchange"],
      claimsMatchingExpression: "claims['sub'] matches 'repo:brackwater-freight/flows:ref:refs/heads/*'",
    });
    const subjects = [...rowsOf(content, "azure.federatedCredential").values()].map((each) => each.subject);
    expect(subjects).toContain("repo:brackwater-freight/infra:environment:production");
  });

  test("trusts that may not be read lose only themselves", async () => {
    const { content, read } = await withFaults({ kind: "forbidden", path: /beta\/applications/ });
    expect(read("azure.federatedCredential tenant/applications")).toMatchObject({
      outcome: "refused",
      permission: "Graph Application.Read.All",
    });
    expect(trustsOfApplications(content)).toBe(0);
    expect(rowsOf(content, "azure.application").size).toBe(18);
    expect(rowsOf(content, "azure.credential").size).toBe(26);
  });

  test("an application whose trusts are left out of the answer makes the list partial", async () => {
    const { read, content } = await collected({
      edit: ({ graph }) => {
        Reflect.set(graph.federatedIdentityCredentials, "08b3960c-0e0b-4c80-89b1-430175d7d9b9", [{ name: "no id" }]);
      },
    });
    expect(read("azure.federatedCredential tenant/applications")).toMatchObject({ outcome: "partial" });
    expect(trustsOfApplications(content)).toBe(4);
  });
});

describe("directory roles", () => {
  test("each assignment with its role, its holder and where it holds", async () => {
    const { content } = await collected();
    const roles = [...rowsOf(content, "azure.directoryRole").values()];
    expect(roles.find((each) => each.principalId === people.anna)).toEqual({
      id: expect.stringMatching(/^[\w-]+$/),
      principalId: people.anna,
      roleDefinitionId: "62e90394-69f5-4237-9190-012177145e10",
      roleName: "Global Administrator",
      isBuiltIn: true,
      isPrivileged: true,
      directoryScopeId: "/",
    });
    expect(roles.find((each) => each.principalId === people.lars)).toMatchObject({
      roleName: "Portal Credential Keeper",
      isBuiltIn: false,
      directoryScopeId: "/2a810bed-37c8-4dcb-9a2e-bc42edd5398e",
    });
  });

  test("whoever holds one is a principal, with a grant or not", async () => {
    const { row, content } = await collected();
    expect(row("azure.principal", people.mona)).toMatchObject({ type: "User", state: "disabled" });
    const principals = rowsOf(content, "azure.principal");
    for (const each of rowsOf(content, "azure.directoryRole").values())
      expect(principals.has(String(each.principalId)), each.id).toBe(true);
  });

  test("without the permission none are known, and who is in which group is open", async () => {
    const { content, row, read } = await withFaults({ kind: "forbidden", path: /roleManagement/ });
    expect(read("azure.directoryRole tenant")).toMatchObject({
      outcome: "refused",
      permission: "Graph RoleManagement.Read.Directory",
    });
    expect(rowsOf(content, "azure.directoryRole").size).toBe(0);
    expect(row("azure.principal", people.anna)).toMatchObject({ incomplete: ["memberOf"] });
  });

  test("a role that the tenant does not list has no name; one that was not read has an unread one", async () => {
    const without = await collected({
      edit: ({ graph }) => {
        graph.directoryRoleDefinitions = graph.directoryRoleDefinitions.filter((each) => each.isBuiltIn === true);
      },
    });
    const keeper = (content: SnapshotContent): Row | undefined =>
      [...rowsOf(content, "azure.directoryRole").values()].find((each) => each.principalId === people.lars);
    expect(keeper(without.content)).toMatchObject({ roleName: null, isPrivileged: null });
    const refused = await withFaults({ kind: "forbidden", path: /roleDefinitions/ });
    expect(keeper(refused.content)).not.toHaveProperty("roleName");
    expect(keeper(refused.content)).not.toHaveProperty("isPrivileged");
  });
});

describe("application permissions", () => {
  const held = (content: SnapshotContent, principal: string): unknown[] =>
    [...rowsOf(content, "azure.appPermission").values()]
      .filter((each) => each.principalId === principal)
      .map((each) => each.permission)
      .sort();

  test("by the names that the API gives them, also to a managed identity", async () => {
    const { content } = await collected();
    expect(held(content, clients.deployer)).toEqual(["Application.ReadWrite.All"]);
    expect(held(content, clients.reader)).toContain("Directory.Read.All");
    expect(held(content, clients.identityProd)).toEqual(["Consignment.Read"]);
    const [deployer] = [...rowsOf(content, "azure.appPermission").values()].filter(
      (each) => each.principalId === clients.deployer,
    );
    expect(deployer).toMatchObject({ resourceName: "Microsoft Graph", createdOn: "2025-01-13T15:21:09.772Z" });
  });

  test("an assignment to the API as a whole names no permission", async () => {
    const { content } = await collected();
    expect(held(content, "1a1ee7c2-0e47-45bc-8c1b-a5bde21806f9")).toEqual([null]);
  });

  test("whose names could not be read are there, and the names unread", async () => {
    const { content, read } = await withFaults({
      kind: "forbidden",
      path: /servicePrincipals\/[^/]+\?\$select=id,appRoles/,
    });
    expect(read("azure.appPermission.permission tenant/servicePrincipals")).toMatchObject({ outcome: "refused" });
    expect(held(content, clients.deployer)).toEqual([undefined]);
    expect(rowsOf(content, "azure.appPermission").size).toBe(9);
  });

  test("of service principals that only getByIds tells of are asked for as well", async () => {
    const { content, read } = await withFaults({ kind: "forbidden", path: /^GET \/graph\/v1\.0\/servicePrincipals\?/ });
    expect(read("azure.principal tenant/servicePrincipals")).toMatchObject({ outcome: "refused" });
    expect(held(content, clients.deployer)).toEqual(["Application.ReadWrite.All"]);
  });

  test("of holders of which nobody knows what they are, are said to be missing", async () => {
    const { content } = await withFaults(
      { kind: "forbidden", path: /^GET \/graph\/v1\.0\/(?:servicePrincipals|users)\?/ },
      { kind: "forbidden", path: /getByIds/ },
    );
    const missing = content.reads.filter(
      ({ kind, outcome }) => kind === "azure.appPermission" && outcome !== "complete",
    );
    expect(missing).not.toEqual([]);
  });
});

describe("deleted principals", () => {
  test("are told apart from those gone for good by the day on which they were deleted", async () => {
    const kept = await collected();
    expect(kept.row("azure.principal", people.deleted)).toMatchObject({
      state: "deleted",
      deletedOn: "2026-11-03T14:08:26.000Z",
    });
    const gone = await collected({
      edit: ({ graph }) => {
        graph.deletedItems = [];
      },
    });
    expect(gone.row("azure.principal", people.deleted)).toMatchObject({ state: "deleted", deletedOn: null });
    expect(gone.read("azure.principal.deletedOn tenant/deletedItems")).toMatchObject({ outcome: "complete", items: 1 });
  });

  test("whose day may not be read are deleted all the same", async () => {
    const { row, read } = await withFaults({ kind: "forbidden", path: /deletedItems/ });
    expect(row("azure.principal", people.deleted)).toMatchObject({ state: "deleted" });
    expect(row("azure.principal", people.deleted)).not.toHaveProperty("deletedOn");
    expect(read("azure.principal.deletedOn tenant/deletedItems")).toMatchObject({
      outcome: "refused",
      permission: "Graph User.Read.All",
    });
  });

  const justNow = ({ arm, graph }: EstateData, deleted: boolean): void => {
    for (const { properties } of arm.roleAssignments)
      if (properties.principalId === people.deleted) properties.createdOn = "2026-11-20T01:00:00Z";
    if (!deleted) graph.deletedItems = [];
  };

  test("are known even where their grant is of today; one that is nowhere may only be new", async () => {
    const found = await collected({ edit: (data) => justNow(data, true) });
    expect(found.row("azure.principal", people.deleted)).toMatchObject({ state: "deleted" });
    const nowhere = await collected({ edit: (data) => justNow(data, false) });
    expect(nowhere.row("azure.principal", people.deleted)).not.toHaveProperty("state");
  });

  test("are not taken for those of which only id and type may be seen", async () => {
    const { row } = await collected({
      edit: ({ graph }) => {
        for (const each of graph.groups)
          if (each.id === groups.analysts)
            for (const key of Object.keys(each)) if (key !== "id") Reflect.set(each, key, null);
      },
    });
    const analysts = row("azure.principal", groups.analysts);
    expect(analysts).toMatchObject({ type: "Group", deletedOn: null });
    for (const field of ["state", "displayName", "dynamic", "hiddenMembership"])
      expect(analysts).not.toHaveProperty(field);
    expect(analysts.members).toHaveLength(3);
  });
});

describe("last sign-ins", () => {
  test("of users with success, of service principals as clients; null where none is known", async () => {
    const { row } = await collected();
    expect(row("azure.principal", people.anna).lastSignIn).toBe("2026-11-19T07:10:00.000Z");
    expect(row("azure.principal", people.mona).lastSignIn).toBeNull();
    expect(row("azure.principal", people.priya).lastSignIn).toBeNull();
    expect(row("azure.principal", clients.dataops).lastSignIn).toMatch(/^2026-11-/);
    // As an API it was asked for later.
    expect(row("azure.principal", clients.portal).lastSignIn).toBe("2026-11-20T05:41:12.000Z");
    expect(row("azure.principal", clients.exporter).lastSignIn).toBeNull();
  });

  test("of a managed identity that the report leaves out is unread", async () => {
    const { row } = await collected();
    expect(row("azure.principal", clients.identityProd).lastSignIn).toBe("2026-11-20T04:00:07.000Z");
    expect(row("azure.principal", clients.identityDev)).not.toHaveProperty("lastSignIn");
  });

  test("without the permission are unread, and lose nothing else", async () => {
    const { row, read } = await withFaults({ kind: "forbidden", path: /signInActivit/i });
    for (const scope of ["tenant/users", "tenant/servicePrincipals"])
      expect(read(`azure.principal.lastSignIn ${scope}`)).toMatchObject({
        outcome: "refused",
        permission: "Graph AuditLog.Read.All",
      });
    for (const id of [people.anna, clients.exporter, clients.dataops])
      expect(row("azure.principal", id)).not.toHaveProperty("lastSignIn");
    expect(row("azure.principal", people.anna)).toMatchObject({ state: "active", userType: "Member" });
  });

  test("in a tenant without the licence: a fact, and no sign-in is known", async () => {
    const { row, read } = await collected({
      edit: ({ graph }) => {
        graph.premium = false;
      },
    });
    for (const scope of ["tenant/users", "tenant/servicePrincipals"])
      expect(read(`azure.principal.lastSignIn ${scope}`)).toMatchObject({ outcome: "notLicensed", status: 403 });
    expect(row("azure.principal", people.anna)).not.toHaveProperty("lastSignIn");
  });

  test("a report that ends early proves nothing of whom it leaves out", async () => {
    const { row, read } = await collected({
      pageSize: 5,
      faults: [{ kind: "serverError", path: /servicePrincipalSignInActivities.*skiptoken/ }],
    });
    expect(read("azure.principal.lastSignIn tenant/servicePrincipals")).toMatchObject({ outcome: "partial" });
    expect(row("azure.principal", clients.exporter)).not.toHaveProperty("lastSignIn");
    expect(row("azure.principal", clients.deployer).lastSignIn).toMatch(/^2026-11-/);
  });
});

describe("a second count", () => {
  test.each([
    ["azure.application tenant/applications", /^GET \/graph\/v1\.0\/applications\?/],
    ["azure.principal tenant/servicePrincipals", /^GET \/graph\/v1\.0\/servicePrincipals\?/],
    ["azure.principal.state+userType tenant/users", /^GET \/graph\/v1\.0\/users\?\$select=id,displayName/],
  ])("shows that %s is short of an item, though nothing else says so", async (id, path) => {
    const whole = await collected();
    const { outcome, items, expected } = whole.read(id) ?? { items: Number.NaN };
    expect({ outcome, expected }).toEqual({ outcome: "complete", expected: items });
    const { read } = await withFaults({ kind: "missingItem", path });
    expect(read(id)).toMatchObject({ outcome: "partial", items: items - 1, expected: items });
  });
});

describe("an answer of another shape", () => {
  test("makes its own read partial, and everything else goes on", async () => {
    const { row, read, content } = await collected({
      edit: ({ graph }) => {
        for (const each of graph.groups) if (each.id === groups.analysts) each.visibility = 5;
        for (const each of graph.users) if (each.id === people.kaya) each.userType = ["Guest"];
        for (const each of graph.directoryRoleDefinitions) if (each.isBuiltIn === false) each.isPrivileged = "yes";
        for (const each of graph.appRoleAssignments)
          if (each.principalId === clients.deployer) each.createdDateTime = 7;
      },
    });
    expect(read("azure.principal tenant/holders")).toMatchObject({ outcome: "partial" });
    expect(row("azure.principal", groups.analysts)).not.toHaveProperty("state");
    expect(read("azure.principal.state+userType tenant/users")).toMatchObject({ outcome: "partial" });
    expect(row("azure.principal", people.kaya)).toMatchObject({ type: "User", displayName: "Kaya Demir" });
    expect(row("azure.principal", people.kaya)).not.toHaveProperty("userType");
    expect(read("azure.directoryRole.roleName+isBuiltIn+isPrivileged tenant")).toMatchObject({ outcome: "partial" });
    expect(read("azure.appPermission tenant/servicePrincipals")).toMatchObject({ outcome: "partial" });
    expect(row("azure.principal", groups.engineers).members).toHaveLength(3);
    expect(rowsOf(content, "azure.application").size).toBe(18);
  });
});

describe("a policy on the way over groups", () => {
  /** What becomes of each principal by a policy that asks this of it. */
  function population({ estate, content }: Collected, require: string): Record<string, number> | undefined {
    const text = `
id: test/ways
title: A test
severity: low
confidence: certain
controls: { soc2: [CC6.1] }
target: azure.principal
require: '${require}'
message: "{r.id}"
`;
    const policies = loadPolicies([{ file: "ways.yaml", text }]);
    return inFolder((folder) => {
      writeSnapshot(join(folder, "snapshot"), content);
      const snapshot = openSnapshot(join(folder, "snapshot"));
      const report = evaluate({ snapshot, configuration: configurationOf(estate), policies });
      const { pass = 0, fail = 0, unknown = 0 } = report.policies[0]?.population ?? {};
      return { pass, fail, unknown };
    });
  }
  const noGuests = '!r.memberPrincipals.exists(m, m.userType == "Guest")';
  const noRoles = '!r.groups.exists(g, g.directoryRoles.exists(a, a.roleName == "Security Reader"))';

  test("finds who is inside", async () => {
    const all = await collected();
    // The group of another tenant is not known from inside.
    expect(population(all, noGuests)).toEqual({ pass: 53, fail: 1, unknown: 1 });
    expect(population(all, noRoles)).toEqual({ pass: 53, fail: 2, unknown: 0 });
  });

  test("passes nothing that it could not see", async () => {
    const refused = await withFaults({ kind: "forbidden", path: inBatch("transitiveMembers") });
    // Only what is no group is known to hold nobody; who is in which group is not known of anybody.
    expect(population(refused, noGuests)).toMatchObject({ fail: 0, unknown: 9 });
    expect(population(refused, noRoles)).toMatchObject({ pass: 0, fail: 0 });
    const short = await withFaults({ kind: "missingItem", path: inBatch("transitiveMembers", groups.oncall) });
    expect(population(short, noGuests)).toEqual({ pass: 52, fail: 1, unknown: 2 });
    expect(population(short, noRoles)).toMatchObject({ pass: 0, fail: 2 });
  });
});
