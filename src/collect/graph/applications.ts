import type { AzureCredential } from "../../resources/generated.ts";
import type { AzureServices } from "../azure/services.ts";
import { graphPermission, type ReadDefinition } from "../definition.ts";
import type { Call } from "../http/service.ts";
import { type Ledger, listUnder, type Reading, type ReadResult } from "../ledger.ts";

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
  passwordCredentials?: CredentialAnswer[];
  keyCredentials?: CredentialAnswer[];
}

/** Follows the pages of a Graph list. */
export async function followPages<Item>(
  { call, items }: Pick<Reading<Item>, "call" | "items">,
  first: Call,
): Promise<void> {
  for (let next: Call | null = first; next !== null; ) {
    const page = (await call(next)).body as { value: Item[]; "@odata.nextLink"?: string };
    items.push(...page.value);
    const link = page["@odata.nextLink"];
    next = link === undefined ? null : { method: "GET", path: link };
  }
}

const common = {
  service: "Microsoft Graph",
  per: "tenant",
  apiVersion: null,
  right: graphPermission("Application.Read.All"),
  pageSize: 999,
} as const;

const applications: ReadDefinition = { ...common, kind: "azure.credential", endpoint: "GET /v1.0/applications" };

const servicePrincipals: ReadDefinition = {
  ...common,
  kind: "azure.principal",
  also: "azure.credential",
  endpoint: "GET /v1.0/servicePrincipals",
};

/** The reads of applications and service principals. */
export const applicationReads: readonly ReadDefinition[] = [applications, servicePrincipals];

/** The applications registered in the tenant, for their credentials. */
export function readApplications(ledger: Ledger, azure: AzureServices): Promise<ReadResult<ApplicationAnswer>> {
  return ledger.read<ApplicationAnswer>(
    { read: applications, scope: "tenant/applications", service: azure.graph },
    listUnder("value"),
    (reading) =>
      followPages(reading, {
        method: "GET",
        path: "/v1.0/applications?$select=id,appId,displayName,passwordCredentials,keyCredentials&$top=999",
      }),
  );
}

/** The service principals of the tenant, managed identities among them, for themselves and for their credentials. */
export function readServicePrincipals(ledger: Ledger, azure: AzureServices): Promise<ReadResult<ApplicationAnswer>> {
  const select =
    "id,appId,displayName,servicePrincipalType,accountEnabled,appOwnerOrganizationId,alternativeNames,passwordCredentials,keyCredentials";
  return ledger.read<ApplicationAnswer>(
    { read: servicePrincipals, scope: "tenant/servicePrincipals", service: azure.graph },
    listUnder("value"),
    (reading) => followPages(reading, { method: "GET", path: `/v1.0/servicePrincipals?$select=${select}&$top=999` }),
  );
}

/** The credentials of an application or service principal, a row each. */
export function credentialsOf(
  on: "application" | "servicePrincipal",
  owner: ApplicationAnswer,
): (AzureCredential & { id: string })[] {
  const certificates = owner.keyCredentials ?? [];
  // One SAML signing certificate stands as two key credentials and a password that share the key of the signing one.
  const signing = new Set(
    certificates
      .filter((each) => each.usage === "Sign")
      .flatMap((each) => [each.keyId, each.customKeyIdentifier ?? undefined]),
  );
  const rowOf = (type: "secret" | "certificate", each: CredentialAnswer): AzureCredential & { id: string } => {
    const row: AzureCredential & { id: string } = {
      id: `${on}/${owner.id?.toLowerCase()}/${each.keyId?.toLowerCase()}`,
      on,
      ownerId: owner.id?.toLowerCase() ?? "",
      ownerName: owner.displayName ?? null,
      type,
      displayName: each.displayName ?? null,
      start: timestamp(each.startDateTime),
      end: timestamp(each.endDateTime),
      samlSigning:
        signing.has(each.keyId) || (each.customKeyIdentifier ? signing.has(each.customKeyIdentifier) : false),
      managed: owner.servicePrincipalType === "ManagedIdentity",
    };
    if (owner.appId !== undefined) row.appId = owner.appId.toLowerCase();
    return row;
  };
  return [
    ...(owner.passwordCredentials ?? []).map((each) => rowOf("secret", each)),
    ...certificates.map((each) => rowOf("certificate", each)),
  ];
}

/** One form for every time: UTC with milliseconds. What is no time stays as it is, and its schema refuses it. */
export function timestamp(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}
