import { Unread } from "../../policy/value.ts";
import type { AzurePrincipal, PrefectWorkspace } from "../../resources/generated.ts";
import { below } from "../../resources/scope.ts";
import type { SnapshotWorld } from "../world.ts";
import type { Computed, ComputedTable } from "./computed.ts";

/** Whether the scope that a row stands at lies in one that is declared shared. */
const ofScope: Computed = { derive: ({ id }, world) => isSharedScope(id, world) };

/** Whether a scope lies in one that is declared shared. */
export function isSharedScope(id: string, world: SnapshotWorld): boolean {
  return [...world.configuration.sharedScopes.keys()].some((shared) => below(id, shared));
}

/** What the configuration declares to serve several environments on purpose. */
export const sharing: ComputedTable = {
  "azure.principal.shared": {
    derive: (row, world) => {
      const appId = (row as AzurePrincipal).appId;
      if (appId === undefined) return new Unread("azure.principal.appId was not read");
      return appId !== null && world.configuration.sharedIdentities.has(appId);
    },
  },
  "prefect.workspace.shared": {
    derive: (row, world) => {
      const { api } = row as PrefectWorkspace;
      if (api === undefined) return new Unread("prefect.workspace.api was not read");
      return api !== null && world.configuration.sharedServers.has(api);
    },
  },
  "azure.keyVault.shared": ofScope,
  "azure.logWorkspace.shared": ofScope,
  "azure.storageAccount.shared": ofScope,
  "synapse.workspace.shared": ofScope,
};
