import type { EstateData, PrefectObject, PrefectServer, RoleAssignment } from "../../src/estate/data.ts";
import { isObject, type Json, type JsonObject } from "../../src/estate/json.ts";
import type { Finding } from "../../src/resources/generated.ts";
import { find, newId, object, resource, rows, same, server } from "./world.ts";

/** What a person who fills a placeholder looks at. */
export interface At {
  finding: Finding;
  data: EstateData;
  /** Writes a file, and gives its name. */
  file(content: JsonObject | string): string;
}

/**
 * What a person puts in the place of `<placeholder>`; it may be words of a shell with their own quotes. A list has the
 * line run once for each of its texts, and not at all where there are none.
 */
export type Fill = string | readonly string[] | ((at: At) => string | readonly string[]);

/** What a person does where no command does it. */
export interface ByHand {
  why: string;
  /** What the text of the policy comes to, in the estate or in its configuration. */
  edit?: (data: EstateData, finding: Finding) => void;
  configure?: (configuration: string, finding: Finding) => string;
  /** What becomes of the text of the file that the finding is about, or of the one at `path`. */
  file?: (text: string) => string;
  path?: string;
}

const subscriptions = {
  dev: "98a28ae4-18c6-4887-99d1-a88c320a666e",
  test: "049d9dc7-39d0-4064-8317-ebaacd449a27",
  prod: "0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f",
};
const group = (environment: keyof typeof subscriptions): string =>
  `/subscriptions/${subscriptions[environment]}/resourceGroups/rg-data-${environment}`;
const workspace = (environment: keyof typeof subscriptions): string =>
  `${group(environment)}/providers/Microsoft.Synapse/workspaces/syn-brackwater-${environment}`;
const assignment = "providers/Microsoft.Authorization/roleAssignments";
const sharedLog = `/subscriptions/${subscriptions.prod}/resourceGroups/rg-logs-prod/providers/Microsoft.OperationalInsights/workspaces/log-brackwater`;
const loaderIdentity = `/subscriptions/${subscriptions.dev}/resourcegroups/rg-prefect-dev/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-flow-loader-dev`;
const sharedIdentity = "0c3f28ee-5196-41de-a71b-a54f26763a74";
const loadersOf = { dev: "9e9b6a91-a0e1-403b-bee7-4fbdfa395ce8", test: "e998cc9b-5118-435a-94a2-d74ac39ac9ad" };

const nameOf = ({ finding }: At): string => finding.resource.id.split("/").at(-1) ?? "";
const quoted = (value: unknown): string => JSON.stringify(value);

/** An object of the server that the finding is about. */
function inPrefect({ finding, data }: At, list: keyof PrefectServer, name?: string): PrefectObject {
  const of = server({ data, prefect: prefectOf(finding), files: new Map() });
  const wanted = name ?? finding.resource.id.split("/").at(-1);
  return find(of[list], (each) => each.name === wanted || each.id === wanted, String(wanted));
}

/** The server of Prefect that a finding is about. */
export function prefectOf({ resource }: Finding): string {
  return /^prefect:([^/]+)/.exec(resource.id)?.[1] ?? "";
}

/** The definition of an artifact of a workspace, with other properties. */
function definition(
  at: At,
  collection: "linkedServices" | "pipelines" | "credentials",
  change: (properties: JsonObject) => JsonObject,
  name = nameOf(at),
): string {
  const workspace = at.finding.resource.id.split("/")[8] ?? "";
  const artifacts = at.data.synapse.artifacts[workspace];
  const artifact = find(artifacts?.[collection] ?? [], (each) => same(each.name, name), name);
  return at.file({ name: String(artifact.name), properties: change(structuredClone(object(artifact.properties))) });
}

const linked =
  (change: (properties: JsonObject) => JsonObject, name?: string): Fill =>
  (at: At) =>
    definition(at, "linkedServices", change, name);

/** The properties of a linked service with other values in its definition. */
const withType = (change: (typeProperties: JsonObject) => JsonObject) => (properties: JsonObject) => ({
  ...properties,
  typeProperties: change(object(properties.typeProperties)),
});

/** The same value without what was put there to be found. */
function withoutPlanted(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(withoutPlanted);
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) =>
        typeof each === "string" && each.includes("Plant3d") && !each.includes("://")
          ? []
          : [[key, withoutPlanted(each)] as [string, Json]],
      ),
    );
  if (typeof value === "string") return value.replace(/:[^:@/]*Plant3d[^@]*@/, "@").replace(/\S*Plant3d\S*/g, "");
  return value ?? null;
}

const hasPlanted = (value: unknown): boolean => quoted(value).includes("Plant3d");

/** The same value with one text in the place of another. */
function replaced(value: Json | undefined, from: string, to: string): Json {
  return JSON.parse(quoted(value ?? null).replaceAll(from, to)) as Json;
}

/** The field of a block or deployment that a finding's key stands in. */
const fieldOf = ({ finding }: At): string => (finding.key ?? "").split(/[.[]/)[0] ?? "";

/** The template of a work pool, changed. */
const template =
  (change: (template: Json) => Json): Fill =>
  (at) =>
    at.file(object(change(inPrefect(at, "workPools").base_job_template as Json)));

/** The definition of a role, as the CLI lists it, changed. */
const role =
  (change: (definition: { assignableScopes: string[]; permissions: JsonObject[] }) => JsonObject): Fill =>
  (at) => {
    const { name, properties } = find(at.data.arm.roleDefinitions, (each) => same(each.name, nameOf(at)), nameOf(at));
    const { roleName, assignableScopes, permissions } = properties;
    const definition = { name, roleName, roleType: "CustomRole", assignableScopes, permissions };
    return `@${at.file({ ...definition, ...change(definition) })}`;
  };

const credentialsOf =
  (field: "passwordCredentials" | "keyCredentials") =>
  (at: At): string[] => {
    const application = find(at.data.graph.applications, (each) => same(each.id, nameOf(at)), nameOf(at));
    return rows(application[field]).map((each) => String(each.keyId));
  };

/** The ids of the role assignments that end in an id, within a scope. */
function held(
  { data }: At,
  field: (properties: RoleAssignment["properties"]) => string,
  wanted: string,
  within = "",
): string[] {
  return data.arm.roleAssignments
    .filter(({ id, properties }) => field(properties).toLowerCase().endsWith(wanted) && id.includes(within))
    .map(({ id }) => id);
}

const heldByIt = (at: At): string[] => held(at, ({ principalId }) => principalId, nameOf(at));

/** All job variables of a deployment, changed. */
const variables =
  (change: (all: JsonObject) => Json, name?: string) =>
  (at: At): string =>
    quoted(change(structuredClone(object(inPrefect(at, "deployments", name).job_variables))));

const withEnvironment = (name: string, value: string) => (all: JsonObject) => ({
  ...all,
  env: { ...object(all.env ?? {}), [name]: value },
});

/** The deployments that name a block, where they do, and what is there without it. */
function usersOf({ finding, data }: At): { id: string; field: string; value: string }[] {
  const block = finding.resource.id.split("/").slice(-2).join(".");
  const { deployments } = server({ data, prefect: prefectOf(finding), files: new Map() });
  return deployments.flatMap((each) =>
    ["parameters", "job_variables", "pull_steps"].flatMap((field) => {
      const value = quoted(each[field]);
      const without = value.replaceAll(`{{ prefect.blocks.${block} }}`, "{{ prefect.variables.vault_secret }}");
      return without === value ? [] : [{ id: each.id, field, value: without }];
    }),
  );
}

/** The deployments that name one secret of a vault. */
const naming = ["build-warehouse-prod", "nightly-shipments-prod"];

/** What stands for a placeholder wherever it stands. */
export const anywhere: Readonly<Record<string, Fill>> = {
  "id of the log workspace": sharedLog,
  "options of the storage account, where events go to one of another subscription": ({ finding }) =>
    finding.resource.id.includes("syn-brackwater-dev")
      ? "--blob-storage-target-state Enabled --storage-account stbrackwaterlakedev"
      : "",
  "account in the workspace's subscription": ({ finding }) =>
    `stbrackwaterlake${finding.resource.id.includes("-prod") ? "prod" : "dev"}`,
  "account of the same environment": ({ finding }) =>
    `stbrackwaterlake${finding.resource.id.includes("-prod") ? "prod" : "dev"}`,
  "within 90d": "2027-01-31",
  "date within 90d": "2027-01-31",
  "date within 90 days": "2027-01-31",
  // Everything had the new key beforehand.
  "seconds until everything has the new key": "0",
  "range that must connect": "198.51.100.16/28",
  "file with the new value": "new-value.txt",
  "new guid": "5a7c2b1e-6d0f-4e83-9c1a-2f4b6d8e0a13",
};

/** What stands for the placeholders of each policy. */
export const fills: Readonly<Record<string, Readonly<Record<string, Fill>>>> = {
  "identity/federated-before-client-secret": { "key id of each secret": credentialsOf("passwordCredentials") },
  "identity/managed-identity-in-linked-service": {
    "the definition with its address alone": linked(({ type, typeProperties, encryptedCredential, ...rest }) => ({
      ...rest,
      type,
      typeProperties:
        type === "AzureBlobFS"
          ? { url: object(typeProperties).url ?? null }
          : { serviceEndpoint: "https://stbrackwaterlakedev.blob.core.windows.net/", accountKind: "StorageV2" },
    })),
  },
  "identity/managed-identity-in-synapse-credential": {
    "id of the managed identity": loaderIdentity,
    "new name": "cr_loader",
    "each linked service that names it": [],
    "definition that names the new credential": [],
  },
  "identity/no-human-account-in-block": {
    "file with the fields that have the account of the flow": (at) => {
      const info = object(object(inPrefect(at, "blockDocuments").data).connection_info);
      return at.file({ data: { connection_info: { ...info, username: "svc_operations" } } });
    },
  },
  "identity/no-human-account-in-linked-service": {
    "the definition with a managed identity, or with an account of its own": linked(
      withType((properties) => ({ ...properties, userName: "BRACKWATER\\svc-tms" })),
    ),
  },
  "identity/sql-login-in-connection": {
    "address or fields with Authentication=ActiveDirectoryMsi, without login and password": (at) => {
      const { username, password, query, ...info } = object(
        object(inPrefect(at, "blockDocuments").data).connection_info,
      );
      return quoted({ ...info, query: { ...object(query), authentication: "ActiveDirectoryMsi" } });
    },
  },
  "identity/sql-login-in-linked-service": {
    "the definition with authenticationType SystemAssignedManagedIdentity, without login and password": linked(
      withType(({ userName, password, ...rest }) => ({ ...rest, authenticationType: "SystemAssignedManagedIdentity" })),
    ),
  },
  "isolation/block-of-another-environment": {
    "each field with the value of its own environment": (at) =>
      nameOf(at) === "landing-dev"
        ? `"client_id": "${loadersOf.dev}"`
        : `"connection_info": ${quoted(replaced(object(inPrefect(at, "blockDocuments").data).connection_info, "-prod", "-test"))}`,
  },
  "isolation/deployment-of-another-environment": {
    "parameters, job_variables or pull_steps": "job_variables",
    "all of it, with the values of its own environment": variables((all) => replaced(all, "lakeprod", "laketest")),
  },
  "isolation/grant-in-one-environment": { "scope in one environment": group("dev") },
  "isolation/identity-in-one-environment": {
    "scope of the environment that it does not work in": group("prod"),
    // The crawler's grant on the management group reaches all environments; the exporter's is of production alone.
    "id of each assignment": (at) =>
      held(
        at,
        ({ principalId }) => principalId,
        nameOf(at),
        nameOf(at).startsWith("691f77bb") ? "" : subscriptions.prod,
      ),
  },
  "isolation/linked-service-of-another-environment": {
    "file with the mended linked service": linked((properties) =>
      object(replaced(properties, "syn-brackwater-dev", "syn-brackwater-test")),
    ),
  },
  "isolation/log-workspace-of-one-environment": {
    "resource of the other environment": `${group("test")}/providers/Microsoft.KeyVault/vaults/kv-brackwater-test`,
    "its setting": "to-log",
    "id of the log workspace of its own environment": sharedLog,
  },
  "isolation/pipeline-of-another-environment": {
    "file with the mended pipeline": (at) =>
      definition(at, "pipelines", (properties) => {
        const toTest = replaced(properties, subscriptions.dev, subscriptions.test);
        return object(
          replaced(replaced(toTest, "rg-data-dev", "rg-data-test"), "syn-brackwater-dev", "syn-brackwater-test"),
        );
      }),
  },
  "isolation/store-of-one-environment": {
    "file system": "shipments-2019",
    "object id of an identity of another environment": "460bf61a-c998-4c92-aabf-11ae462f29f2",
    "subscription of its environment": subscriptions.prod,
    "resource group there": "rg-data-prod",
  },
  "isolation/variable-of-another-environment": { "value of its own environment": "stbrackwaterlaketest" },
  "isolation/vault-of-one-environment": {
    "object id of each identity of an environment that has a vault of its own": [
      "745dacba-34e9-40fb-9280-3b7c7eaece97",
      "7c66595d-5687-4cb0-8a3e-7587c8bdf1c4",
    ],
  },
  "isolation/work-pool-of-another-environment": {
    "file with the mended template": template((all) =>
      replaced(
        replaced(replaced(all, subscriptions.test, subscriptions.dev), "rg-prefect-test", "rg-prefect-dev"),
        "loader-test",
        "loader-dev",
      ),
    ),
  },
  "least-privilege/condition-names-roles": {
    "condition that lists the roles":
      "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{2a2b9908-6ea1-4ae2-8e65-a410df84e7d1}))",
  },
  "least-privilege/credential-user-on-one-credential": {
    "linkedServices or credentials": "linkedServices",
    "its name": "ls_lake",
  },
  "least-privilege/custom-role-assignable-scope": {
    "id of each assignment outside of the new scopes": (at) =>
      held(at, ({ roleDefinitionId }) => roleDefinitionId, nameOf(at)),
    "object id of each holder": "95248b76-e979-4383-b99d-f4e460b5aa5d",
    "User, Group or ServicePrincipal": "Group",
    "one of the new scopes": `/subscriptions/${subscriptions.dev}`,
    "file with the new assignableScopes": role(() => ({ assignableScopes: [`/subscriptions/${subscriptions.dev}`] })),
  },
  "least-privilege/custom-role-wildcard": {
    "edited file": role(({ permissions }) => ({
      permissions: permissions.map((each) => ({
        ...each,
        actions: ["Microsoft.Synapse/workspaces/read", "Microsoft.Synapse/workspaces/sparkHistoryServer/read"],
      })),
    })),
  },
  "least-privilege/few-owners": {
    "id of each assignment": `/subscriptions/57de8890-e5b3-4935-9cfe-26e5849e978d/${assignment}/3e7d1b95-0a62-4c8f-9d54-6b8f0c2a1e73`,
  },
  "least-privilege/grant-of-disabled-account": {
    "each subscription": subscriptions.test,
    "id of each assignment": heldByIt,
  },
  "least-privilege/people-grant-roles-for-a-time": {
    "object id of the group": "9993704d-a71d-4197-8020-e104b91acf90",
    "role definition id": `/subscriptions/${subscriptions.test}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635`,
  },
  "least-privilege/unused-grants": {
    "each subscription": subscriptions.prod,
    "id of each assignment": heldByIt,
  },
  "least-privilege/vault-counts-roles": {
    "object id of a holder": "9993704d-a71d-4197-8020-e104b91acf90",
    "User, Group or ServicePrincipal": "Group",
  },
  "least-privilege/workspace-write-on-workspace-only": {
    "workspace id": ({ finding }) => workspace(finding.resource.id.includes(subscriptions.prod) ? "prod" : "dev"),
  },
  "rotation/block-not-updated": {
    "file with the secret field and its new value": (at) => at.file({ data: { token: "a new value" } }),
  },
  "rotation/vault-certificate-expiry": {
    "policy with a shorter validity and AutoRenew": (at) =>
      at.file({
        issuerParameters: { name: "DigiCert" },
        x509CertificateProperties: { subject: "CN=portal.brackwater.example", validityInMonths: 2 },
        lifetimeActions: [{ trigger: { daysBeforeExpiry: 20 }, action: { actionType: "AutoRenew" } }],
      }),
  },
  "secrets/hardcoded-in-automation": {
    "definition without the credential": (at) => {
      const { id, created, updated, ...rest } = inPrefect(at, "automations");
      return at.file(object(withoutPlanted(rest)));
    },
  },
  "secrets/hardcoded-in-block": {
    field: fieldOf,
    "value without the credential": (at) =>
      quoted(withoutPlanted(object(inPrefect(at, "blockDocuments").data)[fieldOf(at)])),
  },
  "secrets/hardcoded-in-deployment": {
    "parameters, job_variables or pull_steps": fieldOf,
    "all of it, without the credential": (at) => quoted(withoutPlanted(inPrefect(at, "deployments")[fieldOf(at)])),
    "id of each run that was given it": (at) => {
      const { flowRuns } = server({ data: at.data, prefect: prefectOf(at.finding), files: new Map() });
      const { id } = inPrefect(at, "deployments");
      return flowRuns.filter((each) => each.deployment_id === id && hasPlanted(each)).map((each) => each.id);
    },
  },
  "secrets/hardcoded-in-linked-service": {
    "definition without the credential": linked((properties) => object(withoutPlanted(properties))),
  },
  "secrets/hardcoded-in-pipeline": {
    "definition without the credential": (at) =>
      definition(at, "pipelines", (properties) => object(withoutPlanted(properties))),
  },
  "secrets/hardcoded-in-spark-pool": {
    "configuration without the credential": (at) => {
      const { properties } = resource({ data: at.data, prefect: "", files: new Map() }, at.finding.resource.id);
      const { content } = object(properties.sparkConfigProperties);
      return at.file(String(content).replace(/^spark\.carrier\.api\.password .*$\n/m, ""));
    },
  },
  "secrets/hardcoded-in-synapse-credential": {
    "definition without the secret": (at) =>
      definition(at, "credentials", ({ description, ...properties }) => properties),
  },
  "secrets/hardcoded-in-variable": {
    "value without the credential": (at) => `'${quoted(withoutPlanted(inPrefect(at, "variables").value as Json))}'`,
  },
  "secrets/hardcoded-in-work-pool": {
    "file with the template, without the credential": template(withoutPlanted),
  },
  "secrets/value-in-prefect-block": {
    vault: ({ finding }) => {
      const server = prefectOf(finding);
      return `kv-brackwater-${server === "lab" ? "dev" : server}`;
    },
    secret: "moved-from-prefect",
    "id of each deployment that names it": (at) => usersOf(at).map(({ id }) => id),
    "parameters, job_variables or pull_steps": (at) => usersOf(at).map(({ field }) => field),
    "all of it, with the secret of the vault in place of the block": (at) => usersOf(at).map(({ value }) => value),
    "file with the value": "new-value.txt",
  },
  "secrets/vault-secret-named-once-in-prefect": {
    variable: "warehouse_password",
    "address of the secret": "https://kv-brackwater-prod.vault.azure.net/secrets/warehouse-reader/",
    "id of each deployment that names it": (at) => naming.map((name) => inPrefect(at, "deployments", name).id),
    "all job variables of each deployment, with the variable in place of the address": (at) =>
      naming.map((name) =>
        variables(withEnvironment("SYNAPSE_SQL_PASSWORD", "{{ prefect.variables.warehouse_password }}"), name)(at),
      ),
  },
  "secrets/vault-secret-registered-once": {
    "linked service": "LS_Loader",
    "definition that names the credential": linked(
      withType(({ url }) => ({
        url: url ?? null,
        credential: { referenceName: "cr_loader_sp", type: "CredentialReference" },
      })),
      "LS_Loader",
    ),
  },
  "traceability/agent-without-secrets": {
    "file with name, issuer, subject and audiences": (at) =>
      at.file({
        name: "copilot",
        issuer: "https://login.microsoftonline.com/d5e5fa57-8f60-4997-8298-72c293a033d6/v2.0",
        subject: "freight-copilot",
        audiences: ["api://AzureADTokenExchange"],
      }),
    "key id of each secret": credentialsOf("passwordCredentials"),
    "key id of each certificate": credentialsOf("keyCredentials"),
  },
  "traceability/deployment-identity": {
    // What belongs to no environment works as an identity that is declared shared.
    "all of them, with AZURE_CLIENT_ID in env": (at) =>
      variables(withEnvironment("AZURE_CLIENT_ID", prefectOf(at.finding) === "lab" ? sharedIdentity : loadersOf.test))(
        at,
      ),
  },
  "traceability/deployment-owner": {
    "each tag that it has": (at) => quoted(inPrefect(at, "deployments").tags).slice(1, -1),
    team: "analytics",
  },
  "traceability/deployment-version": { commit: "4f2c9d1" },
  "traceability/log-destination-of-own-environment": {
    "the setting with a log workspace of the same environment": (at) => {
      const { properties } = resource({ data: at.data, prefect: "", files: new Map() }, at.finding.resource.id);
      return at.file({ properties: { ...properties, workspaceId: sharedLog } });
    },
  },
};

/** The policies that no command mends. */
export const byHand: Readonly<Record<string, ByHand>> = {
  "isolation/managed-network": {
    why: "A workspace gets its managed network when it is made: people make another one and move over.",
    edit: (data, finding) => {
      const { properties } = resource({ data, prefect: "", files: new Map() }, finding.resource.id);
      properties.managedVirtualNetwork = "default";
      properties.managedVirtualNetworkSettings = {
        ...object(properties.managedVirtualNetworkSettings ?? {}),
        preventDataExfiltration: true,
      };
    },
  },
  "isolation/prefect-workspace-of-one-environment": {
    why: "Which environment a server is for stands in leastwise.yaml, and only its people know.",
    configure: (configuration, { resource }) => {
      const name = nameOf({ finding: { resource } as Finding } as At).replace("prefect:", "");
      const isNamed = configuration.includes(`- name: ${name}\n`);
      const shared = `shared:\n  - { prefect: ${name}, reason: Trials of nobody's data }`;
      const lab = /( {2}- name: lab\n(?: {4}.*\n)+)/.exec(configuration)?.[1] ?? "";
      const beside = lab
        .replace("name: lab", `name: ${name}`)
        .replace("c56a5ec1-29bb-437b-93b9-59cf67c1ca61", "c2daa3de-074c-4e8a-bb93-bafacbab0b98");
      return configuration.replace("shared:", shared).replace(lab, isNamed ? lab : lab + beside);
    },
  },
  "secrets/hardcoded-in-asset-event": {
    why: "Nobody can change an event: the flow is changed, and the server forgets the event after its retention.",
    edit: (data, finding) => {
      const of = server({ data, prefect: prefectOf(finding), files: new Map() });
      of.events = of.events.filter((each) => !same(each.id, finding.resource.id.split("/").at(-1)));
    },
  },
  "secrets/file-not-scanned": {
    why: "Whether a file can hold a credential is for people to say; it is then left out in leastwise.yaml.",
    configure: (configuration) => configuration.replace("source:\n", 'source:\n  exclude: ["**/*.bin"]\n'),
  },
  "secrets/hardcoded-in-file": {
    why: "What takes the place of a credential in a file depends on what reads it.",
    file: (text) => text.replace(/"Plant3d[^"]*"/, 'Secret.load("rates-reader-password").get()'),
  },
  "traceability/grant-is-declared": {
    why: "Whether a grant is declared or taken away is for people to say, and how it is declared depends on their files.",
    path: "fixtures/estate/source/infra/test/access.tf",
    file: (text) => `${text}
resource "azurerm_role_assignment" "by_hand" {
  scope                = local.data
  role_definition_name = "Reader"
  principal_id         = "5f7bfe4a-3081-4434-8329-859e733932f2"
}
`,
  },
  "traceability/identity-is-declared": {
    why: "Whether an identity is declared or deleted is for people to say, and how it is declared depends on their files.",
    path: "fixtures/estate/source/infra/test/identities.bicep",
    file: (text) => `${text}
resource loader 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-flow-loader-test'
}
`,
  },
  "traceability/block-is-declared": {
    why: "Whether a block is declared or deleted is for people to say, and how it is declared depends on their files.",
    path: "fixtures/estate/source/blocks/test.yaml",
    file: (text) => `${text}  - { block_type_slug: slack-webhook, name: flow-alerts }\n`,
  },
  "traceability/flow-leaves-lineage": {
    why: "What a flow writes is declared in its code; the run after that tells the dataset.",
    edit: (data, finding) => {
      const of = server({ data, prefect: prefectOf(finding), files: new Map() });
      const flow = find(of.flows, (each) => each.name === finding.resource.id.split("/").at(-1), "the flow");
      const run = find(of.flowRuns, (each) => each.flow_id === flow.id && each.state_type === "COMPLETED", "its run");
      const like = find(
        of.events,
        (each) => String(each.event).startsWith("prefect.asset.materialization"),
        "an event",
      );
      const related = rows(like.related).map((each) =>
        each["prefect.resource.role"] === "flow-run"
          ? { ...each, "prefect.resource.id": `prefect.flow-run.${run.id}`, "prefect.resource.name": run.name }
          : each,
      );
      of.events.push({
        ...like,
        id: newId(),
        occurred: run.end_time,
        received: run.end_time,
        related,
      } as PrefectObject);
    },
  },
};
