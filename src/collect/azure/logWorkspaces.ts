import type { AzureLogWorkspace } from "../../resources/generated.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { lower, timestamp } from "../forms.ts";

import { type RowReader, readArmList } from "../reader.ts";

const read: ReadDefinition = {
  kind: "azure.logWorkspace",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.OperationalInsights/workspaces",
  apiVersion: "2023-09-01",
  right: reader("Microsoft.OperationalInsights/workspaces/read"),
  pageSize: null,
};

/** A Log Analytics workspace; what is not set is left out. */
export interface LogWorkspaceAnswer {
  id?: string;
  location?: string;
  tags?: Record<string, string>;
  properties?: {
    customerId?: string;
    sku?: { name?: string };
    retentionInDays?: number;
    workspaceCapping?: { dailyQuotaGb?: number };
    publicNetworkAccessForIngestion?: string;
    publicNetworkAccessForQuery?: string;
    features?: {
      disableLocalAuth?: boolean;
      enableLogAccessUsingOnlyResourcePermissions?: boolean;
      immediatePurgeDataOn30Days?: boolean;
    };
    createdDate?: string;
  };
}

/** The Log Analytics workspaces of a subscription. */
export const logWorkspaces: RowReader = {
  kind: "azure.logWorkspace",
  reads: [read],
  rows: async (run, { id: subscription }) => {
    const { items } = await readArmList<LogWorkspaceAnswer>(run, read, subscription);
    return run.ledger.rowsOf({ kind: "azure.logWorkspace", scope: subscription }, items, (each) =>
      typeof each.id === "string" ? logWorkspaceRow(each, each.id) : null,
    );
  },
};

/** A Log Analytics workspace as a row. */
export function logWorkspaceRow(
  { location, tags, properties }: LogWorkspaceAnswer,
  id: string,
): AzureLogWorkspace & { id: string } {
  const scope = parseScope(id);
  const row: AzureLogWorkspace & { id: string } = {
    id: normaliseId(id),
    name: scope.name ?? "",
    subscriptionId: scope.subscriptionId ?? "",
    resourceGroup: scope.resourceGroup ?? "",
    location: location ?? null,
    tags: tags ?? {},
  };
  if (properties === undefined) return row;
  const { features = {} } = properties;
  const quota = properties.workspaceCapping?.dailyQuotaGb ?? null;
  return {
    ...row,
    customerId: lower(properties.customerId),
    sku: properties.sku?.name ?? null,
    retentionDays: properties.retentionInDays ?? null,
    // -1 is the service's own word for no limit (REST reference of workspaces, WorkspaceCapping).
    dailyQuotaGb: quota === -1 ? null : quota,
    publicIngestion: properties.publicNetworkAccessForIngestion ?? null,
    publicQuery: properties.publicNetworkAccessForQuery ?? null,
    localAuthentication: features.disableLocalAuth !== true,
    resourcePermissions: features.enableLogAccessUsingOnlyResourcePermissions ?? false,
    immediatePurge: features.immediatePurgeDataOn30Days ?? false,
    createdOn: timestamp(properties.createdDate),
  };
}
