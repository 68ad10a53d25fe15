import type { Row } from "../../resources/kinds.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type NetworkAcls, networkRulesOf } from "../azure/networkRules.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { lower, timestamp, urlHost } from "../forms.ts";
import { type AzureRun, type RowReader, readArmList } from "../reader.ts";

/** The version of the storage resource provider whose answers are read. */
export const storageVersion = "2024-01-01";

const read: ReadDefinition = {
  kind: "azure.storageAccount",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Storage/storageAccounts",
  apiVersion: storageVersion,
  right: reader("Microsoft.Storage/storageAccounts/read"),
  pageSize: 100,
};

/** The storage accounts of a subscription; when their keys were made stands in the list, so no key is asked for. */
export const storageAccounts: RowReader = { kind: read.kind, reads: [read], rows: readAccounts };

/** A storage account, api-version 2024-01-01. */
export interface AccountAnswer {
  id?: string;
  kind?: string;
  location?: string;
  sku?: { name?: string };
  tags?: Record<string, string>;
  properties: {
    creationTime?: string;
    keyCreationTime?: { key1?: string | null; key2?: string | null } | null;
    keyPolicy?: { keyExpirationPeriodInDays?: number } | null;
    sasPolicy?: { sasExpirationPeriod: string; expirationAction: string } | null;
    allowSharedKeyAccess?: boolean | null;
    allowBlobPublicAccess?: boolean | null;
    allowCrossTenantReplication?: boolean | null;
    minimumTlsVersion?: string | null;
    supportsHttpsTrafficOnly?: boolean;
    publicNetworkAccess?: string | null;
    networkAcls?: NetworkAcls | null;
    isHnsEnabled?: boolean | null;
    primaryEndpoints?: { blob?: string; dfs?: string } | null;
    encryption?: { keySource?: string } | null;
  };
}

async function readAccounts(run: AzureRun, { id: subscription }: { id: string }): Promise<Row[]> {
  const { items } = await readArmList<AccountAnswer>(run, read, subscription);
  return run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, storageAccountRow);
}

/**
 * What is not set is left out or null; what each then means stands in Azure/azure-rest-api-specs, storage.json
 * 2024-01-01, and of public access and replication, whose default has changed, in the documentation's pages on them.
 */
export function storageAccountRow({ id, kind, location, sku, tags, properties }: AccountAnswer): Row | null {
  if (typeof id !== "string") return null;
  const scope = parseScope(id);
  const { sasPolicy, keyCreationTime } = properties;
  const https = properties.supportsHttpsTrafficOnly;
  return {
    id: normaliseId(id),
    name: scope.name,
    location: location ?? null,
    subscriptionId: scope.subscriptionId,
    resourceGroup: scope.resourceGroup,
    ...(kind !== undefined && { accountKind: lower(kind) }),
    sku: lower(sku?.name ?? null),
    createdOn: timestamp(properties.creationTime ?? null),
    // null of a key: it was last made before there was a record of it (the documentation's page Configure an expiration
    // policy for shared access signatures has both keys renewed then). What is left out is not known.
    ...(keyCreationTime?.key1 !== undefined && { key1CreatedOn: timestamp(keyCreationTime.key1) }),
    ...(keyCreationTime?.key2 !== undefined && { key2CreatedOn: timestamp(keyCreationTime.key2) }),
    keyExpirationDays: properties.keyPolicy?.keyExpirationPeriodInDays ?? null,
    sasPolicy: sasPolicy
      ? {
          expirationPeriod: sasPolicy.sasExpirationPeriod,
          ...(sasPolicy.expirationAction !== undefined && { expirationAction: lower(sasPolicy.expirationAction) }),
        }
      : null,
    allowSharedKeyAccess: properties.allowSharedKeyAccess ?? true,
    allowBlobPublicAccess: properties.allowBlobPublicAccess ?? null,
    allowCrossTenantReplication: properties.allowCrossTenantReplication ?? null,
    minimumTlsVersion: lower(properties.minimumTlsVersion ?? "TLS1_0"),
    ...(https !== undefined && { httpsOnly: https }),
    publicNetworkAccess: lower(properties.publicNetworkAccess ?? null),
    networkRules: networkRulesOf(properties.networkAcls),
    isHnsEnabled: properties.isHnsEnabled ?? false,
    blobHost: urlHost(properties.primaryEndpoints?.blob),
    dfsHost: urlHost(properties.primaryEndpoints?.dfs),
    encryptionKeySource: lower(properties.encryption?.keySource ?? null),
    tags: tags ?? {},
  };
}
