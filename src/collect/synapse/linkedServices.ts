import type { SynapseLinkedService } from "../../resources/generated.ts";
import { hostOf, keptText } from "../forms.ts";
import type { RowReader } from "../reader.ts";
import { textIn } from "../shape.ts";
import { type Artifact, artifactId, artifacts, literal, readArtifacts, type Workspace } from "./artifacts.ts";

const read = artifacts("synapse.linkedService", "linkedservices");

/** The linked services of a workspace: what it connects to, and how it signs in there. */
export const linkedServices: RowReader<Workspace> = {
  kind: "synapse.linkedService",
  reads: [read],
  rows: (run, workspace) => readArtifacts(run, read, workspace, linkedServiceRow),
};

/** An artifact of this kind as a row. @throws TypeError where it says no type */
export function linkedServiceRow(artifact: Artifact): SynapseLinkedService & { id: string } {
  const { row, properties } = artifact;
  const { type, typeProperties: settings } = properties;
  const credential = artifact.named("CredentialReference")[0] ?? null;
  return {
    ...row,
    type: textIn(type),
    integrationRuntime: artifact.named("IntegrationRuntimeReference")[0] ?? null,
    // Every linked service has settings (LinkedService.json of 2020-12-01); without them nothing is known of how it signs in.
    ...(isObject(settings) && {
      authentication: authenticationOf(artifact, credential !== null),
      userName: userNameOf(settings ?? {}),
    }),
    credentialId: credential === null ? null : artifactId(row.workspaceId, "credentials", credential),
    clientIds: artifact.clientIds,
    hosts: [...new Set([...artifact.hosts, ...hostsIn(row.fields)])].sort(),
  };
}

type Authentication = NonNullable<SynapseLinkedService["authentication"]>;

/** The words for ways to sign in that linked services use (LinkedService.json of 2020-12-01), in lower case. */
const words: Readonly<Record<string, Authentication>> = {
  msi: "managedIdentity",
  managedidentity: "managedIdentity",
  managedserviceidentity: "managedIdentity",
  systemassignedmanagedidentity: "managedIdentity",
  userassignedmanagedidentity: "credential",
  serviceprincipal: "servicePrincipal",
  aadserviceprincipal: "servicePrincipal",
  serviceprincipalkey: "servicePrincipal",
  serviceprincipalcert: "servicePrincipal",
  anonymous: "anonymous",
  key: "key",
  accountkey: "key",
  accesskey: "key",
  sharedkey: "key",
  sas: "sas",
  sasuri: "sas",
  sharedaccesssignature: "sas",
  basic: "password",
  digest: "password",
  sql: "password",
  sqlauthentication: "password",
  usernamepassword: "password",
  windows: "password",
};

/** The services that the workspace's own identity signs in to where nothing else is named (documentation of each connector). */
const identityByDefault: ReadonlySet<string> = new Set([
  "AzureBlobFS",
  "AzureBlobStorage",
  "AzureDataExplorer",
  "AzureDataLakeStore",
  "AzureKeyVault",
  "AzureSqlDatabase",
  "AzureSqlDW",
  "AzureSqlMI",
  "CosmosDb",
]);

const storage = /^Azure(?:Blob|Table|File)?Storage$|^AzureBlobFS$/;
const keys = [
  "accessToken",
  "accountKey",
  "apiKey",
  "apiToken",
  "authKey",
  "functionKey",
  "key",
  "mlWorkspaceKey",
  "secretAccessKey",
];

function authenticationOf({ row, properties }: Artifact, hasCredential: boolean): Authentication | null {
  const { type = "", typeProperties: settings = {} } = properties;
  if (hasCredential) return "credential";
  const has = (...names: string[]): boolean => names.some((name) => isSet(settings[name]));
  const named = [settings.authenticationType, settings.authentication].find((each) => typeof each === "string");
  if (named !== undefined) return words[String(named).toLowerCase()] ?? "other";
  if (has("servicePrincipalId", "servicePrincipalCredential")) return "servicePrincipal";
  const connection = typeof settings.connectionString === "string" ? settings.connectionString : "";
  const directory = /(?:^|;)\s*authentication\s*=\s*"?active ?directory ?([a-z ]{1,40})/i.exec(connection)?.[1];
  if (directory !== undefined) return byDirectory(directory);
  if (has(...keys) || /(?:^|;)\s*(?:account|sharedaccess)key\s*=/i.test(connection)) return "key";
  if (has("sasUri", "sasToken") || /(?:^|;)\s*sharedaccesssignature\s*=/i.test(connection)) return "sas";
  if (has("userName", "username", "password") || loginIn(connection) !== null) return "password";
  const keepsSecret = row.secretFields.some((each) => each.set) || row.keyVaultSecrets.length > 0;
  // The service takes the key out of a connection string and keeps it (azure-powershell issue 10032).
  if (keepsSecret) return storage.test(type) && !isObject(settings.connectionString) ? "key" : "secret";
  return identityByDefault.has(type) ? "managedIdentity" : null;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function byDirectory(word: string): Authentication {
  if (/^(?:managed ?identity|msi|default)/i.test(word)) return "managedIdentity";
  if (/^service ?principal/i.test(word)) return "servicePrincipal";
  return /^password/i.test(word) ? "password" : "other";
}

/** Hosts that stand under their names alone, without a scheme: as a setting, or in a connection string. */
function hostsIn(fields: Artifact["row"]["fields"]): string[] {
  return fields.flatMap(({ path = "", value = null }) => {
    const text = literal(value) ?? "";
    if (/\.(?:server|host|hostName|domain|endpoint)$/.test(path)) return hostnames(text);
    if (!path.endsWith(".connectionString")) return [];
    const [account, suffix] = [
      /(?:^|;)AccountName=([a-z0-9]{3,24})/i,
      /(?:^|;)EndpointSuffix=([a-z0-9.-]{1,100})/i,
    ].map((pattern) => pattern.exec(value ?? "")?.[1]);
    const server = /(?:^|;)\s*(?:data source|server|host|address)\s*=\s*(?:tcp:)?([^;,]{1,253})/i.exec(
      value ?? "",
    )?.[1];
    return hostnames(server ?? (account && suffix ? `${account}.blob.${suffix}` : ""));
  });
}

/** The text where it is a host's name with a domain; masks and expressions are none. */
function hostnames(text: string): string[] {
  const host = hostOf(text.trim())?.replace(/:\d{1,5}$/, "") ?? "";
  return /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}$/.test(host) ? [host] : [];
}

/** The login that a connection string names; null without one. */
function loginIn(connection: string): string | null {
  return /(?:^|;)\s*(?:user ?id|uid|user|user ?name)\s*=\s*([^;]{1,200})/i.exec(connection)?.[1]?.trim() ?? null;
}

function userNameOf(settings: Readonly<Record<string, unknown>>): string | null {
  const written = [settings.userName, settings.username].find((each) => typeof each === "string");
  const name = written ?? loginIn(typeof settings.connectionString === "string" ? settings.connectionString : "");
  return name === null ? null : keptText(String(name));
}
