import { Unread } from "../../policy/value.ts";
import type { AzureFederatedCredential, AzureManagedIdentity, AzurePrincipal } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import type { SnapshotWorld } from "../world.ts";
import type { ComputedTable } from "./computed.ts";

/** What the trusts in other issuers' tokens amount to. */
export const federation: ComputedTable = {
  "azure.federatedCredential.issuedByOwnTenant": {
    derive: issuedByOwnTenant,
    needs: ["azure.principal", "azure.managedIdentity"],
  },
};

/**
 * Issuers that many tenants share, each tenant below a path of its own: Entra ID's tokens of version 2 and 1 (learn.microsoft.com,
 * access token claims), and clusters of Azure Kubernetes Service (learn.microsoft.com/azure/aks/use-oidc-issuer).
 */
const perTenant: readonly RegExp[] = [
  /^https:\/\/login\.microsoftonline\.com\/([0-9a-f-]{36})\/v2\.0$/i,
  /^https:\/\/sts\.windows\.net\/([0-9a-f-]{36})\/$/i,
  /^https:\/\/[a-z0-9-]{1,40}\.oic\.prod-aks\.azure\.com\/([0-9a-f-]{36})\/[0-9a-f-]{36}\/$/i,
];

function issuedByOwnTenant(row: Row, world: SnapshotWorld): unknown {
  const credential = row as AzureFederatedCredential;
  const { issuer } = credential;
  if (issuer === undefined) return new Unread("azure.federatedCredential.issuer was not read");
  const tenant = perTenant.map((each) => each.exec(issuer)?.[1]?.toLowerCase()).find((each) => each !== undefined);
  if (tenant === undefined) return false;
  const own = ownTenant(credential, world);
  return own === undefined || own === null
    ? new Unread("the tenant of the federated credential's owner was not read")
    : own.toLowerCase() === tenant;
}

/** The tenant of the identity or application that the credential is attached to. */
function ownTenant({ on, ownerId, appId }: AzureFederatedCredential, world: SnapshotWorld): string | null | undefined {
  if (on === "managedIdentity") {
    const [identity] = (world.index("azure.managedIdentity", "id").get(ownerId) ??
      []) as readonly AzureManagedIdentity[];
    return identity?.tenantId;
  }
  const [principal] = (world.index("azure.principal", "appId").get(appId) ?? []) as readonly AzurePrincipal[];
  return principal?.appOwnerTenantId;
}
