import type { AzureFederatedCredential } from "../../resources/generated.ts";
import { graphPermission, type ReadDefinition } from "../definition.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";
import { followPages } from "./pages.ts";

type FederatedRow = AzureFederatedCredential & { id: string };

/** A trust of an application. */
export interface FederatedAnswer {
  id?: string;
  name?: string;
  issuer?: string;
  subject?: string | null;
  audiences?: string[];
  claimsMatchingExpression?: { value?: string } | null;
}

interface OwnerAnswer {
  id?: string;
  appId?: string;
  federatedIdentityCredentials?: FederatedAnswer[];
}

/**
 * The trusts of every application. Only beta tells of expressions (its page on federatedIdentityCredential). An expanded
 * list ends after 20 items (known issue 13635 of Microsoft Graph), and no application has more than 20 trusts.
 */
export const federatedRead: ReadDefinition = {
  kind: "azure.federatedCredential",
  service: "Microsoft Graph",
  per: "tenant",
  endpoint: "GET /beta/applications",
  apiVersion: null,
  right: graphPermission("Application.Read.All"),
  pageSize: 999,
  once: true,
};

/** The trusts of applications in other issuers' tokens. */
export async function readFederatedCredentials({ ledger, azure }: AzureRun): Promise<FederatedRow[]> {
  const scope = "tenant/applications";
  const { items } = await ledger.read<OwnerAnswer>(
    { read: federatedRead, scope, service: azure.graph },
    listUnder("value"),
    (reading) =>
      followPages(reading, {
        method: "GET",
        path: "/beta/applications?$select=id,appId&$expand=federatedIdentityCredentials&$top=999",
      }),
  );
  return ledger.rowsOf({ kind: federatedRead.kind, scope }, items, rowsOfOwner).flat();
}

function rowsOfOwner({ id, appId, federatedIdentityCredentials: trusts }: OwnerAnswer): FederatedRow[] | null {
  if (typeof id !== "string" || !Array.isArray(trusts) || trusts.some((each) => typeof each.id !== "string"))
    return null;
  const ownerId = id.toLowerCase();
  return trusts.map((each) => applicationTrustRow(each, { id: ownerId, appId }));
}

/** A trust of an application as a row. */
export function applicationTrustRow(
  each: FederatedAnswer,
  { id: ownerId, appId }: { id: string; appId: string | undefined },
): FederatedRow {
  const row: FederatedRow = {
    id: `application/${ownerId}/${each.id?.toLowerCase()}`,
    on: "application",
    ownerId,
    subject: each.subject ?? null,
    claimsMatchingExpression: each.claimsMatchingExpression?.value ?? null,
  };
  if (appId !== undefined) row.appId = appId.toLowerCase();
  if (each.name !== undefined) row.name = each.name;
  if (each.issuer !== undefined) row.issuer = each.issuer;
  if (each.audiences !== undefined) row.audiences = each.audiences;
  return row;
}
