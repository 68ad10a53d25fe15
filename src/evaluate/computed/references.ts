import type { PrefectBlock, SynapseLinkedService } from "../../resources/generated.ts";
import { type Environments, union } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { ComputedTable } from "./computed.ts";
import { ofClientId, ofRow, unreadEnvironments } from "./environments.ts";

const needs = ["azure.principal", "azure.roleAssignment", "synapse.roleAssignment", "synapse.workspace"];

/** The environments that something names, by client ids and hosts in its values. */
export const references: ComputedTable = {
  "prefect.block.refersTo": ofRow<PrefectBlock>(refersTo, needs),
  "synapse.linkedService.refersTo": ofRow<SynapseLinkedService>(refersTo, needs),
};

/** The fields of a Synapse workspace that hold the hosts at which it is reached. */
const endpoints = ["sqlEndpoint", "sqlOnDemandEndpoint", "devEndpoint"];

/** What is declared shared belongs to everybody, so naming it refers to no environment. */
function refersTo(row: Pick<PrefectBlock, "clientIds" | "hosts">, world: SnapshotWorld): Environments {
  if (row.clientIds === undefined || row.hosts === undefined) return unreadEnvironments("its values were not read");
  const identities = row.clientIds
    .filter((id) => !world.configuration.sharedIdentities.has(id))
    .map((id) => ofClientId(id, world));
  const hosts = row.hosts
    .filter((host) => host.endsWith(".azuresynapse.net"))
    .map((host): Environments => {
      const workspaces = endpoints.flatMap((field) => world.index("synapse.workspace", field).get(host) ?? []);
      const missing = workspaces.length === 0 ? world.missing("synapse.workspace", ...endpoints) : null;
      if (missing !== null) return unreadEnvironments(missing);
      return union(workspaces.map((each) => world.environments.ofScope(each.id)));
    });
  return union([...identities, ...hosts]);
}
