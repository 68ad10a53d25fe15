import type { Row } from "../../resources/kinds.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type NetworkAcls, networkRulesOf } from "../azure/networkRules.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { lower, timestamp, urlHost } from "../forms.ts";
import { type AzureRun, type RowReader, readArmList } from "../reader.ts";

/**
 * The list of a subscription below Microsoft.KeyVault brings the properties; the older one below /resources, which the
 * documentation's page Vaults - List describes, brings ids and tags alone.
 */
const read: ReadDefinition = {
  kind: "azure.keyVault",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.KeyVault/vaults",
  apiVersion: "2023-07-01",
  right: reader("Microsoft.KeyVault/vaults/read"),
  pageSize: 100,
};

/** The key vaults of a subscription. */
export const keyVaults: RowReader = { kind: read.kind, reads: [read], rows: readVaults };

export interface AccessPolicyAnswer {
  tenantId: string;
  objectId: string;
  applicationId?: string | null;
  permissions: Partial<Record<"keys" | "secrets" | "certificates" | "storage", string[] | null>>;
}

/** A key vault, api-version 2023-07-01. */
export interface VaultAnswer {
  id?: string;
  location?: string;
  tags?: Record<string, string>;
  systemData?: { lastModifiedAt?: string };
  properties: {
    tenantId?: string;
    sku?: { name?: string };
    vaultUri?: string;
    accessPolicies?: AccessPolicyAnswer[] | null;
    enableRbacAuthorization?: boolean | null;
    enableSoftDelete?: boolean | null;
    softDeleteRetentionInDays?: number | null;
    enablePurgeProtection?: boolean | null;
    publicNetworkAccess?: string | null;
    networkAcls?: NetworkAcls | null;
  };
}

async function readVaults(run: AzureRun, { id: subscription }: { id: string }): Promise<Row[]> {
  const { items } = await readArmList<VaultAnswer>(run, read, subscription);
  return run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, keyVaultRow);
}

/** What is not set is left out or null; what each then means stands in Azure/azure-rest-api-specs, keyvault.json 2023-07-01. */
export function keyVaultRow({ id, location, tags, systemData, properties }: VaultAnswer): Row | null {
  if (typeof id !== "string") return null;
  const scope = parseScope(id);
  const { enableRbacAuthorization, enableSoftDelete, softDeleteRetentionInDays } = properties;
  const accessPolicies = properties.accessPolicies?.map(accessPolicyOf);
  return {
    id: normaliseId(id),
    name: scope.name,
    location: location ?? null,
    subscriptionId: scope.subscriptionId,
    resourceGroup: scope.resourceGroup,
    tenantId: lower(properties.tenantId ?? null),
    sku: lower(properties.sku?.name ?? null),
    host: urlHost(properties.vaultUri),
    authorization: authorizationOf(enableRbacAuthorization),
    // A vault always has the list, empty where role assignments decide; only a vault that is being recovered needs none.
    ...(accessPolicies && {
      accessPolicies,
      principalIds: [...new Set(accessPolicies.map((each) => each.objectId))],
    }),
    ...(enableSoftDelete !== undefined && enableSoftDelete !== null && { softDelete: enableSoftDelete }),
    ...(softDeleteRetentionInDays !== undefined &&
      softDeleteRetentionInDays !== null && { softDeleteRetentionDays: softDeleteRetentionInDays }),
    purgeProtection: properties.enablePurgeProtection ?? false,
    publicNetworkAccess: lower(properties.publicNetworkAccess ?? null),
    networkRules: networkRulesOf(properties.networkAcls),
    updatedOn: timestamp(systemData?.lastModifiedAt ?? null),
    tags: tags ?? {},
  };
}

/** A vault that is not set to role assignments goes by its access policies; what is no boolean decides nothing. */
function authorizationOf(rbac: unknown): unknown {
  if (rbac === true) return "rbac";
  return rbac === false || rbac === undefined || rbac === null ? "accessPolicies" : rbac;
}

/** An access policy in a row. */
export function accessPolicyOf({ tenantId, objectId, applicationId, permissions }: AccessPolicyAnswer) {
  const allowed = (list: string[] | null | undefined): string[] => (list ?? []).map((each) => lower(each)).sort();
  return {
    tenantId: tenantId.toLowerCase(),
    objectId: objectId.toLowerCase(),
    applicationId: applicationId ? applicationId.toLowerCase() : null,
    keys: allowed(permissions.keys),
    secrets: allowed(permissions.secrets),
    certificates: allowed(permissions.certificates),
    storage: allowed(permissions.storage),
  };
}
