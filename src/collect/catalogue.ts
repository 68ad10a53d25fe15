import { roleAssignments } from "./azure/roleAssignments.ts";
import { roleDefinitions } from "./azure/roleDefinitions.ts";
import { subscriptionReads } from "./azure/subscriptions.ts";
import type { ReadDefinition } from "./definition.ts";
import { applicationReads } from "./graph/applications.ts";
import { principalReads } from "./graph/principals.ts";
import { assetEvents } from "./prefect/assetEvents.ts";
import { automations } from "./prefect/automations.ts";
import { blocks } from "./prefect/blocks.ts";
import { deployments } from "./prefect/deployments.ts";
import { flowRuns } from "./prefect/flowRuns.ts";
import { flows } from "./prefect/flows.ts";
import type { PrefectReader } from "./prefect/server.ts";
import { serviceAccounts } from "./prefect/serviceAccounts.ts";
import { variables } from "./prefect/variables.ts";
import { workPools } from "./prefect/workPools.ts";
import { workQueues } from "./prefect/workQueues.ts";
import { accountMembers, serviceAccountAccess, teamAccess, userAccess } from "./prefect/workspaceAccess.ts";
import { workspaces as prefectWorkspaces, servers } from "./prefect/workspaces.ts";
import type { FieldReader, RowReader } from "./reader.ts";
import { synapseRoleAssignments, synapseRoleDefinitions } from "./synapse/roleAssignments.ts";
import { firewallRules, workspaces } from "./synapse/workspaces.ts";

/** The readers of Azure that start from a row of another kind, in the order in which people think of them. */
export const rowReaders: readonly RowReader<never>[] = [
  roleAssignments,
  roleDefinitions,
  workspaces,
  synapseRoleAssignments,
  synapseRoleDefinitions,
];

/** The readers that bring further fields to the rows of Azure. */
export const fieldReaders: readonly FieldReader<never>[] = [firewallRules];

/** The readers of a Prefect server, and of a workspace and account of Prefect Cloud. */
export const prefectReaders: readonly PrefectReader[] = [
  servers,
  blocks,
  flows,
  deployments,
  workPools,
  workQueues,
  variables,
  automations,
  flowRuns,
  assetEvents,
  userAccess,
  serviceAccountAccess,
  prefectWorkspaces,
  serviceAccounts,
  teamAccess,
  accountMembers,
];

/** Every read that leastwise can make. */
export const catalogue: readonly ReadDefinition[] = [
  ...subscriptionReads,
  ...rowReaders.flatMap(({ reads }) => reads),
  ...fieldReaders.flatMap(({ reads }) => reads),
  ...applicationReads,
  ...principalReads,
  ...new Set(prefectReaders.flatMap(({ reads }) => reads)),
];
