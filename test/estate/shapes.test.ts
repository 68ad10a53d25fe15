import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadEstate } from "../../src/estate/data.ts";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { ask, assignmentsOf, definitionsOf, post, subscriptions } from "./ask.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate.close());

function example(name: string): unknown {
  const file = JSON.parse(readFileSync(new URL(`./examples/${name}.json`, import.meta.url), "utf8"));
  return file.responses["200"].body;
}

/** The kinds of JSON found at a path; `[]` steps into every element of a list. */
function kindsAt(value: unknown, path: string): string[] {
  let at: unknown[] = [value];
  for (const step of path.split(".")) {
    at =
      step === "[]"
        ? at.flatMap((each) => (Array.isArray(each) ? each : []))
        : at.flatMap((each) =>
            typeof each === "object" && each !== null && step in each ? [(each as Record<string, unknown>)[step]] : [],
          );
  }
  return [...new Set(at.map((each) => (Array.isArray(each) ? "list" : each === null ? "null" : typeof each)))];
}

const dev = subscriptions.dev;
const workspace = `${dev}/resourceGroups/rg-data-dev/providers/Microsoft.Synapse/workspaces/syn-brackwater-dev`;
const vault = `${dev}/resourceGroups/rg-data-dev/providers/Microsoft.KeyVault/vaults/kv-brackwater-dev`;
const account = `${dev}/resourceGroups/rg-data-dev/providers/Microsoft.Storage/storageAccounts/stbrackwaterlakedev`;
const rule = `${workspace}/firewallRules/allowAll`;
const listed = (...fields: string[]) => fields.map((field) => `value.[].${field}`);
const resource = ["id", "name", "type"];

test.each([
  [
    "roleAssignments",
    assignmentsOf(dev),
    listed(
      ...resource,
      "properties.roleDefinitionId",
      "properties.principalId",
      "properties.principalType",
      "properties.scope",
    ),
  ],
  [
    "roleDefinitions",
    definitionsOf(dev),
    listed(
      ...resource,
      "properties.roleName",
      "properties.type",
      "properties.description",
      "properties.assignableScopes.[]",
      "properties.permissions.[].actions.[]",
      "properties.permissions.[].notActions",
      "properties.permissions.[].dataActions",
      "properties.permissions.[].notDataActions",
    ),
  ],
  [
    "denyAssignments",
    `${subscriptions.prod}/providers/Microsoft.Authorization/denyAssignments?api-version=2026-09-01&$skiptoken=MGU`,
    listed(
      ...resource,
      "properties.denyAssignmentName",
      "properties.permissions.[].actions.[]",
      "properties.scope",
      "properties.doNotApplyToChildScopes",
      "properties.principals.[].id",
      "properties.principals.[].type",
      "properties.excludePrincipals.[].id",
      "properties.isSystemProtected",
      "properties.denyAssignmentEffect",
    ),
  ],
  [
    "synapseWorkspaces",
    `${dev}/providers/Microsoft.Synapse/workspaces?api-version=2021-06-01`,
    listed(
      ...resource,
      "location",
      "tags",
      "properties.defaultDataLakeStorage.accountUrl",
      "properties.defaultDataLakeStorage.filesystem",
      "properties.connectivityEndpoints.dev",
      "properties.connectivityEndpoints.sql",
      "properties.sqlAdministratorLogin",
      "properties.managedResourceGroupName",
      "properties.provisioningState",
      "properties.workspaceUID",
    ),
  ],
  [
    "synapseFirewallRule",
    `${rule}?api-version=2021-06-01`,
    [...resource, "properties.startIpAddress", "properties.endIpAddress"],
  ],
  [
    "synapseAzureADOnlyAuthentication",
    `${workspace}/azureADOnlyAuthentications/default?api-version=2021-06-01`,
    [...resource, "properties.azureADOnlyAuthentication", "properties.state", "properties.creationDate"],
  ],
  [
    "synapseRoleDefinitions",
    "/synapse/syn-brackwater-dev/roleDefinitions?api-version=2020-12-01",
    [
      "[].id",
      "[].name",
      "[].isBuiltIn",
      "[].description",
      "[].permissions.[].actions",
      "[].permissions.[].dataActions.[]",
      "[].permissions.[].notActions",
      "[].permissions.[].notDataActions",
      "[].scopes.[]",
      "[].availabilityStatus",
    ],
  ],
  [
    "synapseRoleAssignments",
    "/synapse/syn-brackwater-dev/roleAssignments?api-version=2020-12-01",
    ["count", ...listed("id", "roleDefinitionId", "principalId", "scope", "principalType")],
  ],
  [
    "keyVaultSecrets",
    "/vault/kv-brackwater-dev/secrets?api-version=7.4",
    ["nextLink", ...listed("id", "attributes.enabled", "attributes.created", "attributes.updated", "contentType")],
  ],
  [
    "keyVaultKeys",
    "/vault/kv-brackwater-dev/keys?api-version=7.4",
    ["nextLink", ...listed("kid", "attributes.enabled", "attributes.created", "attributes.recoveryLevel")],
  ],
  [
    "keyVaultRotationPolicy",
    "/vault/kv-brackwater-dev/keys/warehouse-encryption/rotationpolicy?api-version=7.4",
    [
      "id",
      "lifetimeActions.[].trigger.timeAfterCreate",
      "lifetimeActions.[].trigger.timeBeforeExpiry",
      "lifetimeActions.[].action.type",
      "attributes.expiryTime",
      "attributes.created",
    ],
  ],
  [
    "keyVaultCertificates",
    "/vault/kv-brackwater-dev/certificates?api-version=7.4",
    listed("id", "x5t", "attributes.enabled", "attributes.nbf", "attributes.exp", "attributes.created"),
  ],
  [
    "keyVaultSecretsInResourceManager",
    `${vault}/secrets?api-version=2023-07-01`,
    listed(
      ...resource,
      "location",
      "properties.attributes.enabled",
      "properties.attributes.created",
      "properties.attributes.recoveryLevel",
      "properties.secretUri",
      "properties.value",
    ),
  ],
  [
    "keyVaultKeysInResourceManager",
    `${vault}/keys?api-version=2023-07-01`,
    listed(
      ...resource,
      "location",
      "properties.attributes.enabled",
      "properties.attributes.recoveryLevel",
      "properties.keyUri",
    ),
  ],
  [
    "storageContainers",
    `${account}/blobServices/default/containers?api-version=2024-01-01`,
    listed(
      ...resource,
      "etag",
      "properties.publicAccess",
      "properties.leaseState",
      "properties.lastModifiedTime",
      "properties.hasImmutabilityPolicy",
      "properties.hasLegalHold",
    ),
  ],
  [
    "keyVaults",
    `${dev}/providers/Microsoft.KeyVault/vaults?api-version=2023-07-01`,
    listed(
      ...resource,
      "location",
      "properties.tenantId",
      "properties.sku.name",
      "properties.accessPolicies",
      "properties.enableSoftDelete",
      "properties.vaultUri",
    ),
  ],
  [
    "userAssignedIdentities",
    `${dev}/providers/Microsoft.ManagedIdentity/userAssignedIdentities?api-version=2024-11-30`,
    listed(...resource, "location", "tags", "properties.clientId", "properties.principalId", "properties.tenantId"),
  ],
  [
    "storageAccounts",
    `${dev}/providers/Microsoft.Storage/storageAccounts?api-version=2024-01-01`,
    listed(
      ...resource,
      "kind",
      "location",
      "sku.name",
      "properties.creationTime",
      "properties.isHnsEnabled",
      "properties.primaryEndpoints.blob",
      "properties.encryption.keySource",
      "properties.supportsHttpsTrafficOnly",
    ),
  ],
  [
    "synapseSqlPools",
    `${workspace}/sqlPools?api-version=2021-06-01`,
    listed(...resource, "location", "sku.name", "properties.status", "properties.creationDate", "properties.collation"),
  ],
  [
    "synapseSparkPools",
    `${workspace}/bigDataPools?api-version=2021-06-01`,
    [
      "nextLink",
      ...listed(
        ...resource,
        "location",
        "properties.sparkVersion",
        "properties.nodeSize",
        "properties.autoPause.enabled",
        "properties.autoPause.delayInMinutes",
        "properties.libraryRequirements.content",
        "properties.creationDate",
      ),
    ],
  ],
  [
    "synapseAdministrator",
    `${workspace}/administrators/activeDirectory?api-version=2021-06-01`,
    ["id", "name", "properties.login", "properties.sid", "properties.tenantId", "properties.administratorType"],
  ],
  [
    "synapseExtendedAuditing",
    `${workspace}/extendedAuditingSettings/default?api-version=2021-06-01`,
    [
      ...resource,
      "properties.state",
      "properties.storageEndpoint",
      "properties.retentionDays",
      "properties.auditActionsAndGroups",
      "properties.isAzureMonitorTargetEnabled",
      "properties.predicateExpression",
    ],
  ],
  [
    "synapseSqlControl",
    `${workspace}/managedIdentitySqlControlSettings/default?api-version=2021-06-01`,
    [
      "id",
      "name",
      "properties.grantSqlControlToManagedIdentity.desiredState",
      "properties.grantSqlControlToManagedIdentity.actualState",
    ],
  ],
  [
    "synapseTransparentDataEncryption",
    `${workspace}/sqlPools/dwfreight/transparentDataEncryption/current?api-version=2021-06-01`,
    [...resource, "location", "properties.status"],
  ],
  [
    "synapseLinkedServices",
    "/synapse/syn-brackwater-dev/linkedservices?api-version=2020-12-01",
    listed(...resource, "etag", "properties.type", "properties.typeProperties", "properties.description"),
  ],
  [
    "diagnosticSettings",
    `${workspace}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview`,
    listed(
      ...resource,
      "properties.workspaceId",
      "properties.logs.[].enabled",
      "properties.logs.[].retentionPolicy.days",
      "properties.metrics.[].category",
      "properties.metrics.[].enabled",
    ),
  ],
  ...(["Assignment", "Eligibility"] as const).map((what): [string, string, string[]] => [
    `role${what}ScheduleInstances`,
    `${subscriptions.platform}/providers/Microsoft.Authorization/role${what}ScheduleInstances?api-version=2020-10-01`,
    listed(
      ...resource,
      ...(what === "Assignment" ? ["properties.originRoleAssignmentId", "properties.assignmentType"] : []),
      "properties.scope",
      "properties.roleDefinitionId",
      "properties.principalId",
      "properties.status",
      `properties.role${what}ScheduleId`,
      "properties.memberType",
    ),
  ]),
  [
    "registrationAssignments",
    `${dev}/providers/Microsoft.ManagedServices/registrationAssignments?api-version=2022-10-01&$expandRegistrationDefinition=true`,
    listed(
      ...resource,
      "properties.registrationDefinitionId",
      "properties.provisioningState",
      "properties.registrationDefinition.id",
      "properties.registrationDefinition.properties.registrationDefinitionName",
      "properties.registrationDefinition.properties.managedByTenantId",
      "properties.registrationDefinition.properties.authorizations.[].principalId",
      "properties.registrationDefinition.properties.authorizations.[].principalIdDisplayName",
      "properties.registrationDefinition.properties.authorizations.[].delegatedRoleDefinitionIds.[]",
      "properties.registrationDefinition.properties.eligibleAuthorizations.[].roleDefinitionId",
      "properties.registrationDefinition.properties.eligibleAuthorizations.[].justInTimeAccessPolicy.maximumActivationDuration",
    ),
  ],
  [
    "federatedIdentityCredentials",
    `${dev}/resourceGroups/rg-prefect-dev/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-prefect-worker-dev/federatedIdentityCredentials?api-version=2025-01-31-preview`,
    listed(
      ...resource,
      "properties.issuer",
      "properties.subject",
      "properties.audiences.[]",
      "properties.claimsMatchingExpression.languageVersion",
      "properties.claimsMatchingExpression.value",
    ),
  ],
])("%s have the form of the official example", async (name, path, fields) => {
  const answer = (await ask(estate, path)).json();
  const official = example(name);
  const forms = (value: unknown) => Object.fromEntries(fields.map((field) => [field, kindsAt(value, field)]));
  expect(forms(answer)).toEqual(forms(official));
});

test("a count of Resource Graph has the form of the official example", async () => {
  const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
  const answer = (await post(estate, path, { query: "resources | summarize count()" })).json();
  const official = example("resourceGraph");
  for (const field of ["totalRecords", "count", "resultTruncated", "facets", "data", "data.[]"]) {
    expect({ field, kinds: kindsAt(answer, field) }).toEqual({ field, kinds: kindsAt(official, field) });
  }
});

test("what a delegation delegates is told only where it is asked for", async () => {
  const path = `${dev}/providers/Microsoft.ManagedServices/registrationAssignments?api-version=2022-10-01`;
  const [row] = (await ask(estate, path)).json().value;
  expect(row?.properties).not.toHaveProperty("registrationDefinition");
});

test("Resource Graph shows the resources that have an identity, a page at a time", async () => {
  const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
  const query = "resources | where isnotempty(identity) | project id, identity | order by id asc";
  const pages: Record<string, unknown>[] = [];
  let skip: unknown;
  do {
    const options = { $top: 3, ...(skip === undefined ? {} : { $skipToken: skip }) };
    pages.push((await post(estate, path, { query, options })).json());
    skip = pages.at(-1)?.$skipToken;
  } while (skip !== undefined);
  const rows = pages.flatMap((page) => page.data as { id: string; identity: { type: string } }[]);
  expect(pages.map((page) => page.count)).toEqual([3, 3, 2]);
  expect(pages.every((page) => page.totalRecords === 8)).toBe(true);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(8);
  expect(rows.map(({ identity }) => identity.type)).toEqual(
    expect.arrayContaining(["None", "SystemAssigned", "UserAssigned"]),
  );
});

test("a role is named in the form of the subscription that is read, also where the grant is inherited", async () => {
  const rows = (await ask(estate, `${assignmentsOf(dev)}&$filter=atScope()`)).json().value;
  const inherited = rows.filter((row) => row.properties.scope.startsWith("/providers/Microsoft.Management/"));
  expect(inherited.length).toBeGreaterThan(0);
  for (const row of inherited) {
    expect(row.properties.roleDefinitionId).toMatch(
      new RegExp(`^${dev}/providers/Microsoft\\.Authorization/roleDefinitions/[0-9a-f-]{36}$`, "i"),
    );
  }
});

test("conditions inside a role's permissions appear from 2022-05-01-preview on", async () => {
  const role = `${dev}/providers/Microsoft.Authorization/roleDefinitions/8b54135c-b56d-4d72-a534-26097cfdc8d8`;
  const older = await ask(estate, `${role}?api-version=2022-04-01`);
  const newer = await ask(estate, `${role}?api-version=2022-05-01-preview`);
  expect(kindsAt(older.json(), "properties.permissions.[].condition")).toEqual([]);
  expect(kindsAt(newer.json(), "properties.permissions.[].condition")).toEqual(["string"]);
});

const recorded = JSON.parse(readFileSync(new URL("../prefect/recorded/3.8.8.json", import.meta.url), "utf8"));

function keysIn(rows: object[], ...path: string[]): string[] {
  const inner = rows.flatMap((row) =>
    path.reduce<unknown[]>((at, step) => at.flatMap((each) => under(each, step)), [row]),
  );
  return [...new Set(inner.flatMap((each) => Object.keys(each as object)))].sort();
}

function under(value: unknown, step: string): unknown[] {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  return found === undefined || found === null ? [] : Array.isArray(found) ? found : [found];
}

test.each([
  ["block_documents", [[], ["block_schema"], ["block_type"]]],
  ["block_types", [[]]],
  ["deployments", [[], ["schedules"]]],
  ["automations", [[], ["trigger"]]],
  ["flows", [[]]],
  ["flow_runs", [[], ["state"], ["state", "state_details"]]],
  ["variables", [[]]],
  ["work_pools", [[]]],
  ["work_queues", [[]]],
])("Prefect's %s have the fields that a real server answers", async (kind, paths) => {
  const body = kind === "block_documents" ? { block_documents: { is_anonymous: null } } : {};
  const rows = JSON.parse((await post(estate, `/prefect/prod/api/${kind}/filter`, body)).text);
  const real = recorded.answers[`POST /${kind}/filter`].body;
  for (const path of paths) expect(keysIn(rows, ...path)).toEqual(keysIn(real, ...path));
});

test("Prefect's events have the fields that a real server answers, and its way to the next page", async () => {
  const asked = { filter: { event: { prefix: ["prefect.asset."] } } };
  const page = JSON.parse((await post(estate, "/prefect/prod/api/events/filter", asked)).text);
  const real = recorded.answers["POST /events/filter"].body;
  expect(keysIn([page])).toEqual(keysIn([real]));
  for (const path of [["events"], ["events", "related"]])
    expect(keysIn([page], ...path)).toEqual(keysIn([real], ...path));
  const own = new URL(page.next_page);
  expect(own.pathname).toBe("/prefect/prod/api/events/filter/next");
  const token = Buffer.from(own.searchParams.get("page-token") ?? "", "base64").toString();
  expect(JSON.parse(Buffer.from(token, "base64").toString())).toMatchObject({ offset: 50 });
});

/** The fields of each answer in Prefect Cloud's contract. */
const cloudContract: Record<string, string[]> = JSON.parse(
  readFileSync(new URL("./examples/prefectCloud.json", import.meta.url), "utf8"),
);

test.each([
  ["account", "", "GET", []],
  ["workspaces", "/workspaces/filter", "POST", []],
  ["workspaceRoles", "/workspace_roles/filter", "POST", []],
  ["bots", "/bots/filter", "POST", []],
  ["apiKey", "/bots/filter", "POST", ["api_key"]],
  ["teams", "/teams/filter", "POST", []],
  ["teamMember", "/teams/filter", "POST", ["memberships"]],
  ["teamWorkspace", "/teams/filter", "POST", ["workspaces"]],
  ["accountMemberships", "/account_memberships/filter", "POST", []],
  ["userAccess", "/workspaces/{workspace}/user_access/filter", "POST", []],
  ["botAccess", "/workspaces/{workspace}/bot_access/filter", "POST", []],
  ["flows", "/workspaces/{workspace}/flows/filter", "POST", []],
  ["flowRuns", "/workspaces/{workspace}/flow_runs/filter", "POST", []],
  ["events", "/workspaces/{workspace}/events/filter", "POST", ["events"]],
  ["automations", "/workspaces/{workspace}/automations/filter", "POST", []],
  ["workQueues", "/workspaces/{workspace}/work_queues/filter", "POST", []],
  ["workPools", "/workspaces/{workspace}/work_pools/filter", "POST", []],
  ["deployments", "/workspaces/{workspace}/deployments/filter", "POST", []],
])("Prefect Cloud's %s have the fields of its contract", async (name, path, method, inner) => {
  const { account, workspaces } = loadEstate(
    fileURLToPath(new URL("../../fixtures/estate", import.meta.url)),
  ).prefectCloud;
  const lab = workspaces.find(({ handle }) => handle === "lab")?.id ?? "";
  const at = `/prefect/cloud/api/accounts/${account.id}${path.replace("{workspace}", lab)}`;
  const answer = JSON.parse((await (method === "GET" ? ask(estate, at) : post(estate, at))).text);
  expect(keysIn(Array.isArray(answer) ? answer : [answer], ...inner)).toEqual(cloudContract[name]);
});

test.each(["azure-blob-storage-credentials", "sqlalchemy-connector", "shell-operation", "secret"])(
  "a Prefect block of type %s has the fields and secret fields of a real one",
  async (slug) => {
    type Block = { block_type: { slug: string }; block_schema: { fields: { secret_fields: string[] } }; data: object };
    const ofType = (rows: Block[]) => rows.filter((row) => row.block_type.slug === slug);
    const own = ofType(JSON.parse((await post(estate, "/prefect/prod/api/block_documents/filter")).text));
    const real = ofType(recorded.answers["POST /block_documents/filter"].body);
    expect(keysIn(own, "data")).toEqual(keysIn(real, "data"));
    expect(own[0]?.block_schema.fields.secret_fields).toEqual(real[0]?.block_schema.fields.secret_fields);
  },
);

test("Prefect refuses a wrong offset, order and limit in the words of a real server", async () => {
  const path = "/prefect/prod/api/deployments/filter";
  const refusals = recorded.refusals;
  const refused = async (body: object) => JSON.parse((await post(estate, path, body)).text);
  expect(await refused({ offset: -1 })).toEqual(refusals.offset.body);
  expect(await refused({ limit: 201 })).toEqual(refusals.limit.body);
  expect(await refused({ sort: "BY_COLOUR" })).toEqual(refusals.sort["POST /deployments/filter"].body);
});

test("a Prefect block carries its type, its schema with the secret fields, and masks", async () => {
  const all = { block_documents: { is_anonymous: null } };
  const blocks: unknown = (await post(estate, "/prefect/dev/api/block_documents/filter", all)).json();
  const kinds = (field: string) => kindsAt(blocks, `[].${field}`).sort();
  for (const field of ["id", "created", "updated", "name", "block_schema_id", "block_type_id", "block_type_name"]) {
    expect({ field, kinds: kinds(field) }).toEqual({ field, kinds: ["string"] });
  }
  expect(kinds("block_schema.fields.secret_fields")).toEqual(["list"]);
  expect(kinds("block_type.slug")).toEqual(["string"]);
  expect(kinds("block_document_references")).toEqual(["object"]);
  expect(kinds("is_anonymous")).toEqual(["boolean"]);
  expect(JSON.stringify(blocks)).toContain('"token":"********"');
});
