import type { AzureApplication, AzureCredential } from "../../resources/generated.ts";
import type { AzureServices } from "../azure/services.ts";
import { graphPermission, type ReadDefinition } from "../definition.ts";
import { timestamp } from "../forms.ts";
import { type Ledger, listUnder, type ReadResult } from "../ledger.ts";
import { listIn, textIn } from "../shape.ts";
import { counting, followPages } from "./pages.ts";

/** A credential as Microsoft Graph answers it; its value is never in a list. */
interface CredentialAnswer {
  keyId?: string;
  customKeyIdentifier?: string | null;
  displayName?: string | null;
  startDateTime?: string | null;
  endDateTime?: string | null;
  usage?: string;
}

/** An application or service principal as Microsoft Graph answers it. */
export interface ApplicationAnswer {
  id?: string;
  appId?: string;
  displayName?: string | null;
  servicePrincipalType?: string | null;
  accountEnabled?: boolean | null;
  appOwnerOrganizationId?: string | null;
  alternativeNames?: string[];
  createdDateTime?: string | null;
  signInAudience?: string | null;
  publisherDomain?: string | null;
  verifiedPublisher?: { displayName?: string | null } | null;
  passwordCredentials?: CredentialAnswer[];
  keyCredentials?: CredentialAnswer[];
}

const common = {
  service: "Microsoft Graph",
  per: "tenant",
  apiVersion: null,
  right: graphPermission("Application.Read.All"),
  pageSize: 999,
} as const;

const applications: ReadDefinition = {
  ...common,
  kind: "azure.application",
  also: "azure.credential",
  endpoint: "GET /v1.0/applications",
};

const servicePrincipals: ReadDefinition = {
  ...common,
  once: true,
  kind: "azure.principal",
  also: "azure.credential",
  endpoint: "GET /v1.0/servicePrincipals",
};

/** The reads of applications and service principals. */
export const applicationReads: readonly ReadDefinition[] = [applications, servicePrincipals];

/** What is asked for of both; a list with keyCredentials may be asked for 150 times a minute, so its pages are long. */
const credentials = "passwordCredentials,keyCredentials&$count=true&$top=999";

/** The applications registered in the tenant, for themselves and for their credentials. */
export function readApplications(ledger: Ledger, azure: AzureServices): Promise<ReadResult<ApplicationAnswer>> {
  const select = "id,appId,displayName,createdDateTime,signInAudience,publisherDomain,verifiedPublisher";
  return ledger.read<ApplicationAnswer>(
    { read: applications, scope: "tenant/applications", service: azure.graph },
    listUnder("value"),
    (reading) => {
      const path = `/v1.0/applications?$select=${select},${credentials}`;
      return followPages(reading, { method: "GET", path, headers: counting });
    },
  );
}

/** The service principals of the tenant, managed identities among them, for themselves and for their credentials. */
export function readServicePrincipals(ledger: Ledger, azure: AzureServices): Promise<ReadResult<ApplicationAnswer>> {
  const select = "id,appId,displayName,servicePrincipalType,accountEnabled,appOwnerOrganizationId,alternativeNames";
  return ledger.read<ApplicationAnswer>(
    { read: servicePrincipals, scope: "tenant/servicePrincipals", service: azure.graph },
    listUnder("value"),
    (reading) => {
      const path = `/v1.0/servicePrincipals?$select=${select},${credentials}`;
      return followPages(reading, { method: "GET", path, headers: counting });
    },
  );
}

/** An application as a row; null where it has no id. */
export function applicationRow(each: ApplicationAnswer): (AzureApplication & { id: string }) | null {
  if (typeof each.id !== "string") return null;
  const row: AzureApplication & { id: string } = { id: each.id.toLowerCase() };
  if (each.appId !== undefined) row.appId = each.appId.toLowerCase();
  if (each.displayName !== undefined) row.displayName = each.displayName;
  if (each.signInAudience !== undefined) row.signInAudience = each.signInAudience;
  if (each.createdDateTime !== undefined) row.createdOn = timestamp(each.createdDateTime);
  if (each.publisherDomain !== undefined) row.publisherDomain = each.publisherDomain;
  if (each.verifiedPublisher !== undefined) row.verifiedPublisher = each.verifiedPublisher?.displayName ?? null;
  return row;
}

/**
 * The credentials of an application or service principal, a row each. Graph sends both lists, and in each credential
 * every property, null where nothing is set; so what is left out is unread.
 * @throws TypeError where a list or a key is missing: a credential that is not there cannot be told from none
 */
export function credentialsOf(
  on: "application" | "servicePrincipal",
  owner: ApplicationAnswer,
): (AzureCredential & { id: string })[] {
  const ownerId = textIn(owner.id).toLowerCase();
  const secrets = listIn(owner.passwordCredentials);
  const certificates = listIn(owner.keyCredentials);
  // One SAML signing certificate stands as two key credentials and a password that share the key of the signing one.
  const signing = new Set(
    certificates
      .filter((each) => each.usage === "Sign")
      .flatMap((each) => [each.keyId, each.customKeyIdentifier ?? undefined]),
  );
  const areToldApart = certificates.every((each) => typeof each.usage === "string");
  const rowOf = (type: "secret" | "certificate", each: CredentialAnswer): AzureCredential & { id: string } => {
    const keyId = textIn(each.keyId).toLowerCase();
    const row: AzureCredential & { id: string } = {
      id: `${on}/${ownerId}/${keyId}`,
      on,
      ownerId,
      keyId,
      type,
    };
    if (owner.displayName !== undefined) row.ownerName = owner.displayName;
    if (owner.appId !== undefined) row.appId = owner.appId.toLowerCase();
    if (each.displayName !== undefined) row.displayName = each.displayName;
    if (each.startDateTime !== undefined) row.start = timestamp(each.startDateTime);
    if (each.endDateTime !== undefined) row.end = timestamp(each.endDateTime);
    const { customKeyIdentifier: custom } = each;
    if (areToldApart && custom !== undefined)
      row.samlSigning = signing.has(each.keyId) || (custom !== null && signing.has(custom));
    if (on === "application") row.managed = false;
    else if (typeof owner.servicePrincipalType === "string")
      row.managed = owner.servicePrincipalType === "ManagedIdentity";
    return row;
  };
  return [...secrets.map((each) => rowOf("secret", each)), ...certificates.map((each) => rowOf("certificate", each))];
}
