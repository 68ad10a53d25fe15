import type { IpFirewallRuleInfo, Workspace } from "@azure/arm-synapse";
import type { SynapseWorkspace } from "../../resources/generated.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { credentialOf } from "../azure/roleAssignments.ts";
import type { AzureServices } from "../azure/services.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { type Ledger, listUnder } from "../ledger.ts";

const apiVersion = "2021-06-01";

/** The Synapse workspaces of a subscription, each with its firewall rules. */
export async function readWorkspaces(
  ledger: Ledger,
  azure: AzureServices,
  subscription: string,
): Promise<(SynapseWorkspace & { id: string })[]> {
  const service = azure.resourceManager;
  const { SynapseManagementClient } = await import("@azure/arm-synapse");
  const options = { endpoint: sdkEndpoint(service), credentialScopes: [service.token?.audience ?? ""], ...sdkOptions };
  const subscriptionId = subscription.split("/")[2] ?? "";
  const { items } = await ledger.read<Workspace>(
    {
      kind: "synapse.workspace",
      scope: subscription,
      service,
      endpoint: `GET ${subscription}/providers/Microsoft.Synapse/workspaces`,
      apiVersion,
      permission: "Microsoft.Synapse/workspaces/read, in Reader",
    },
    listUnder("value"),
    async ({ client, items }) => {
      const sdk = new SynapseManagementClient(credentialOf(azure), subscriptionId, { ...options, httpClient: client });
      for await (const each of sdk.workspaces.list()) items.push(each);
    },
  );
  const rows = ledger.rowsOf({ kind: "synapse.workspace", scope: subscription }, items, rowOf);
  await Promise.all(
    rows.map(async (row) => {
      const { items: rules, complete } = await ledger.read<IpFirewallRuleInfo>(
        {
          kind: "synapse.workspace",
          fields: ["firewallRules"],
          scope: row.id,
          service,
          endpoint: `GET ${row.id}/firewallRules`,
          apiVersion,
          permission: "Microsoft.Synapse/workspaces/firewallRules/read, in Reader",
        },
        listUnder("value"),
        async ({ client, items }) => {
          const sdk = new SynapseManagementClient(credentialOf(azure), subscriptionId, {
            ...options,
            httpClient: client,
          });
          for await (const each of sdk.ipFirewallRules.listByWorkspace(row.resourceGroup ?? "", row.name ?? ""))
            items.push(each);
        },
      );
      if (rules.length === 0 && !complete) return;
      row.firewallRules = ledger.rowsOf({ kind: "synapse.workspace.firewallRules", scope: row.id }, rules, ruleOf);
      if (!complete || row.firewallRules.length < rules.length) row.incomplete = ["firewallRules"];
    }),
  );
  return rows;
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
