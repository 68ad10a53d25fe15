import type { IpFirewallRuleInfo, SynapseManagementClient, Workspace } from "@azure/arm-synapse";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { SynapseWorkspace } from "../../resources/generated.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { credentialOf } from "../azure/services.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { listUnder } from "../ledger.ts";
import {
  type AzureRun,
  type FieldReader,
  hostOf,
  idOf,
  incomplete,
  keptText,
  lower,
  type RowReader,
  readArmList,
} from "../reader.ts";

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
    const { items } = await run.ledger.read<Workspace>(
      { read, scope: subscription, service: run.azure.resourceManager },
      listUnder("value"),
      async ({ client, items }) => {
        for await (const each of (await sdkOf(run, subscription, client)).workspaces.list()) items.push(each);
      },
    );
    const found = run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, (each) => {
      const row = rowOf(each);
      return row === null ? null : { row, listed: each.azureADOnlyAuthentication };
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
    const { items, complete } = await run.ledger.read<IpFirewallRuleInfo>(
      { read: rules, scope: id, service: run.azure.resourceManager },
      listUnder("value"),
      async ({ client, items }) => {
        const sdk = await sdkOf(run, id, client);
        for await (const each of sdk.ipFirewallRules.listByWorkspace(resourceGroup, name)) items.push(each);
      },
    );
    if (items.length === 0 && !complete) return {};
    const firewallRules = run.ledger.rowsOf({ kind: readName(rules), scope: id }, items, ruleOf);
    return { firewallRules, ...(complete && firewallRules.length === items.length ? {} : incomplete("firewallRules")) };
  },
};

async function sdkOf({ azure }: AzureRun, scope: string, httpClient: HttpClient): Promise<SynapseManagementClient> {
  const { SynapseManagementClient } = await import("@azure/arm-synapse");
  const service = azure.resourceManager;
  const endpoint = { endpoint: sdkEndpoint(service), credentialScopes: [service.token?.audience ?? ""] };
  return new SynapseManagementClient(credentialOf(azure), scope.split("/")[2] ?? "", {
    ...endpoint,
    ...sdkOptions,
    httpClient,
  });
}

function ruleOf(each: IpFirewallRuleInfo): NonNullable<SynapseWorkspace["firewallRules"]>[number] {
  const rule: NonNullable<SynapseWorkspace["firewallRules"]>[number] = {};
  if (typeof each.name === "string") rule.name = each.name;
  if (typeof each.startIpAddress === "string") rule.start = each.startIpAddress;
  if (typeof each.endIpAddress === "string") rule.end = each.endIpAddress;
  return rule;
}

/** What a workspace does not have set is left out of the answer (official examples of api-version 2021-05-01). */
function rowOf(each: Workspace): WorkspaceRow | null {
  if (typeof each.id !== "string") return null;
  const scope = parseScope(each.id);
  const { encryption, identity, managedVirtualNetworkSettings: network, workspaceRepositoryConfiguration: git } = each;
  const host = (name: string): string | null => hostOf(each.connectivityEndpoints?.[name]);
  return {
    id: normaliseId(each.id),
    name: scope.name ?? "",
    location: each.location ?? null,
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
      endpointId: idOf(one.privateEndpoint?.id),
      status: one.privateLinkServiceConnectionState?.status ?? null,
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
    devEndpoint: host("dev"),
    sqlEndpoint: host("sql"),
    sqlOnDemandEndpoint: host("sqlOnDemand"),
    defaultDataLakeAccountUrl: lower(each.defaultDataLakeStorage?.accountUrl),
    tags: each.tags ?? {},
  };
}
