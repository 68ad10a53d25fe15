import type { SynapseManagementClient } from "@azure/arm-synapse";
import type { SynapseWorkspace } from "../../resources/generated.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { readSdkList, type SdkSetup } from "../azure/sdk.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { hostOf, idOf, keptText, lower } from "../forms.ts";
import { type AzureRun, type FieldReader, incomplete, type RowReader, readArmList } from "../reader.ts";

const apiVersion = "2021-06-01";

const read: ReadDefinition = {
  kind: "synapse.workspace",
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Synapse/workspaces",
  apiVersion,
  right: reader("Microsoft.Synapse/workspaces/read"),
  pageSize: 100,
};

const entraOnly: ReadDefinition = {
  kind: "synapse.workspace",
  fields: ["entraOnlyAuthentication"],
  service: "Azure Resource Manager",
  per: "synapse.workspace",
  endpoint: "GET {scope}/azureADOnlyAuthentications",
  apiVersion,
  right: reader("Microsoft.Synapse/workspaces/azureADOnlyAuthentications/read"),
  pageSize: 100,
};

const rules: ReadDefinition = {
  kind: "synapse.workspace",
  fields: ["firewallRules"],
  service: "Azure Resource Manager",
  per: "synapse.workspace",
  endpoint: "GET {scope}/firewallRules",
  apiVersion,
  right: reader("Microsoft.Synapse/workspaces/firewallRules/read"),
  pageSize: 100,
};

type WorkspaceRow = SynapseWorkspace & { id: string };

/** The Synapse workspaces of a subscription. */
export const workspaces: RowReader = {
  kind: "synapse.workspace",
  reads: [read, entraOnly],
  rows: async (run, { id: subscription }) => {
    const { items } = await readSdkList<WorkspaceAnswer>(run, read, subscription, async (setup) =>
      (await sdkOf(setup, subscription)).workspaces.list(),
    );
    const found = run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, (each) => {
      const row = workspaceRow(each);
      return row === null ? null : { row, listed: each.properties?.azureADOnlyAuthentication };
    });
    return Promise.all(
      found.map(async ({ row, listed }) => {
        const entraOnlyAuthentication = await readEntraOnly(run, row.id, listed);
        return entraOnlyAuthentication === null ? row : { ...row, entraOnlyAuthentication };
      }),
    );
  },
};

interface EntraOnlyAnswer {
  properties?: { azureADOnlyAuthentication?: boolean; state?: string };
}

/**
 * Whether only Entra ID signs in; null where that is not sure. The list of workspaces carries it for some workspaces
 * and leaves it out for others, also for such that had it switched on through the setting of its own (pulumi-azure-native
 * issue 2541), so the setting decides: none, and nothing in the list, is the default, which is off. What the two say
 * differently, or what is only being changed (state Updating or InConsistent), is taken for neither.
 * @param listed what the list of workspaces says
 */
async function readEntraOnly(run: AzureRun, id: string, listed: boolean | undefined): Promise<boolean | null> {
  const { items, complete } = await readArmList<EntraOnlyAnswer>(run, entraOnly, id);
  if (!complete) return null;
  const unsure = (cause: string): null => {
    run.ledger.doubt(readName(entraOnly), id, cause);
    return null;
  };
  const { azureADOnlyAuthentication: own, state } = items[0]?.properties ?? {};
  if (items.length > 0 && typeof own !== "boolean") return unsure("the setting says neither true nor false");
  if ((listed ?? own ?? false) !== (own ?? false)) return unsure("the workspace and its setting do not agree");
  if (own === true && state !== undefined && state !== "Consistent") return unsure("the setting is being changed");
  return own ?? false;
}

/** Who may connect to a workspace from the internet. */
export const firewallRules: FieldReader<WorkspaceRow> = {
  kind: "synapse.workspace",
  reads: [rules],
  fields: async (run, { id, name = "", resourceGroup = "" }) => {
    const { items, complete } = await readSdkList<FirewallRuleAnswer>(run, rules, id, async (setup) =>
      (await sdkOf(setup, id)).ipFirewallRules.listByWorkspace(resourceGroup, name),
    );
    if (items.length === 0 && !complete) return {};
    const firewallRules = run.ledger.rowsOf({ kind: readName(rules), scope: id }, items, firewallRuleOf);
    return { firewallRules, ...(complete && firewallRules.length === items.length ? {} : incomplete("firewallRules")) };
  },
};

async function sdkOf({ credential, options }: SdkSetup, scope: string): Promise<SynapseManagementClient> {
  const { SynapseManagementClient } = await import("@azure/arm-synapse");
  return new SynapseManagementClient(credential, scope.split("/")[2] ?? "", options);
}

/** A rule of a workspace's firewall. */
export interface FirewallRuleAnswer {
  name?: string;
  properties?: { startIpAddress?: string; endIpAddress?: string };
}

/** A rule in a row. @throws TypeError where it has no addresses: a rule of nobody knows whom lets in somebody */
export function firewallRuleOf({
  name,
  properties,
}: FirewallRuleAnswer): NonNullable<SynapseWorkspace["firewallRules"]>[number] {
  const address = /^[0-9a-fA-F.:]+$/;
  const [start = "", end = ""] = [properties?.startIpAddress, properties?.endIpAddress];
  if (!address.test(start) || !address.test(end)) throw new TypeError("a rule without addresses");
  return { ...(typeof name === "string" && { name }), start, end };
}

/** A workspace as api-version 2021-06-01 answers it; endpoints, of all settings, are always there. */
export interface WorkspaceAnswer {
  id?: string;
  location?: string | null;
  tags?: Record<string, string> | null;
  identity?: {
    type?: string | null;
    principalId?: string | null;
    userAssignedIdentities?: Record<string, { clientId?: string | null; principalId?: string | null }> | null;
  } | null;
  properties?: {
    azureADOnlyAuthentication?: boolean;
    connectivityEndpoints?: Record<string, string>;
    defaultDataLakeStorage?: { accountUrl?: string | null } | null;
    encryption?: {
      doubleEncryptionEnabled?: boolean | null;
      cmk?: { key?: { name?: string | null; keyVaultUrl?: string | null } | null; status?: string | null } | null;
    } | null;
    managedResourceGroupName?: string | null;
    managedVirtualNetwork?: string | null;
    managedVirtualNetworkSettings?: {
      preventDataExfiltration?: boolean | null;
      allowedAadTenantIdsForLinking?: string[] | null;
    } | null;
    privateEndpointConnections?:
      | {
          name?: string | null;
          properties?: {
            privateEndpoint?: { id?: string | null } | null;
            privateLinkServiceConnectionState?: { status?: string | null } | null;
          };
        }[]
      | null;
    publicNetworkAccess?: string | null;
    purviewConfiguration?: { purviewResourceId?: string | null } | null;
    sqlAdministratorLogin?: string | null;
    trustedServiceBypassEnabled?: boolean | null;
    workspaceRepositoryConfiguration?: {
      type?: string | null;
      hostName?: string | null;
      accountName?: string | null;
      projectName?: string | null;
      repositoryName?: string | null;
      collaborationBranch?: string | null;
    } | null;
  } | null;
}

/** What a workspace does not have set is left out of the answer (official examples of api-version 2021-05-01). */
export function workspaceRow({ id, location, identity, tags, properties: each }: WorkspaceAnswer): WorkspaceRow | null {
  if (typeof id !== "string" || typeof each !== "object" || each === null) return null;
  const scope = parseScope(id);
  const { encryption, managedVirtualNetworkSettings: network, workspaceRepositoryConfiguration: git } = each;
  const row: WorkspaceRow = {
    id: normaliseId(id),
    name: scope.name ?? "",
    location: location ?? null,
    subscriptionId: scope.subscriptionId ?? "",
    resourceGroup: scope.resourceGroup ?? "",
    sqlAdministratorLogin: each.sqlAdministratorLogin ?? null,
    publicNetworkAccess: each.publicNetworkAccess ?? null,
    managedVirtualNetwork: each.managedVirtualNetwork ? each.managedVirtualNetwork : null,
    preventDataExfiltration: network?.preventDataExfiltration ?? false,
    allowedLinkingTenantIds: network?.allowedAadTenantIdsForLinking?.map((one) => one.toLowerCase()) ?? null,
    trustedServiceBypass: each.trustedServiceBypassEnabled ?? false,
    encryption: {
      double: encryption?.doubleEncryptionEnabled ?? false,
      customerKey: encryption?.cmk?.key?.name ?? null,
      customerKeyVault: hostOf(encryption?.cmk?.key?.keyVaultUrl),
      customerKeyStatus: encryption?.cmk?.status ?? null,
    },
    managedResourceGroup: lower(keptText(each.managedResourceGroupName)),
    privateEndpoints: (each.privateEndpointConnections ?? []).map((one) => ({
      name: one.name ?? null,
      endpointId: idOf(one.properties?.privateEndpoint?.id),
      status: one.properties?.privateLinkServiceConnectionState?.status ?? null,
    })),
    identityType: identity?.type ?? null,
    identityPrincipalId: lower(identity?.principalId),
    userAssignedIdentities: Object.entries(identity?.userAssignedIdentities ?? {}).map(([id, one]) => ({
      id: normaliseId(id),
      clientId: lower(one.clientId),
      principalId: lower(one.principalId),
    })),
    repository: git?.type
      ? {
          type: git.type,
          host: git.hostName ? git.hostName : null,
          account: git.accountName ?? null,
          project: git.projectName ?? null,
          name: git.repositoryName ?? null,
          branch: git.collaborationBranch ?? null,
        }
      : null,
    purviewId: idOf(each.purviewConfiguration?.purviewResourceId),
    defaultDataLakeAccountUrl: lower(each.defaultDataLakeStorage?.accountUrl),
    tags: tags ?? {},
  };
  for (const [field, name] of [
    ["devEndpoint", "dev"],
    ["sqlEndpoint", "sql"],
    ["sqlOnDemandEndpoint", "sqlOnDemand"],
  ] as const) {
    const host = hostOf(each.connectivityEndpoints?.[name]);
    if (host !== null) row[field] = host;
  }
  return row;
}
