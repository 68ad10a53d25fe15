import type { IpFirewallRuleInfo, SynapseManagementClient, Workspace } from "@azure/arm-synapse";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { SynapseWorkspace } from "../../resources/generated.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { credentialOf } from "../azure/services.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { listUnder } from "../ledger.ts";
import { type AzureRun, type FieldReader, incomplete, type RowReader } from "../reader.ts";

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
  reads: [read],
  rows: async (run, { id: subscription }) => {
    const { items } = await run.ledger.read<Workspace>(
      { read, scope: subscription, service: run.azure.resourceManager },
      listUnder("value"),
      async ({ client, items }) => {
        for await (const each of (await sdkOf(run, subscription, client)).workspaces.list()) items.push(each);
      },
    );
    return run.ledger.rowsOf({ kind: read.kind, scope: subscription }, items, rowOf);
  },
};

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

function rowOf(each: Workspace): (SynapseWorkspace & { id: string }) | null {
  if (typeof each.id !== "string") return null;
  const scope = parseScope(each.id);
  const endpoints = each.connectivityEndpoints;
  const host = (name: string): string | null => endpoints?.[name]?.replace(/^https?:\/\//, "").toLowerCase() ?? null;
  return {
    id: normaliseId(each.id),
    name: scope.name ?? "",
    location: each.location ?? null,
    subscriptionId: scope.subscriptionId ?? "",
    resourceGroup: scope.resourceGroup ?? "",
    entraOnlyAuthentication: each.azureADOnlyAuthentication ?? false,
    sqlAdministratorLogin: each.sqlAdministratorLogin ?? null,
    publicNetworkAccess: each.publicNetworkAccess ?? null,
    managedVirtualNetwork: each.managedVirtualNetwork ? each.managedVirtualNetwork : null,
    preventDataExfiltration: each.managedVirtualNetworkSettings?.preventDataExfiltration ?? false,
    identityType: each.identity?.type ?? null,
    identityPrincipalId: each.identity?.principalId?.toLowerCase() ?? null,
    devEndpoint: host("dev"),
    sqlEndpoint: host("sql"),
    sqlOnDemandEndpoint: host("sqlOnDemand"),
    defaultDataLakeAccountUrl: each.defaultDataLakeStorage?.accountUrl?.toLowerCase() ?? null,
    tags: each.tags ?? {},
  };
}
