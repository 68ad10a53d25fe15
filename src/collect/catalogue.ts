import { countReads } from "./azure/counts.ts";
import { roleAssignments } from "./azure/roleAssignments.ts";
import { roleDefinitions } from "./azure/roleDefinitions.ts";
import { subscriptionReads } from "./azure/subscriptions.ts";
import type { ReadDefinition } from "./definition.ts";
import { applicationReads } from "./graph/applications.ts";
import { principalReads } from "./graph/principals.ts";
import { blocks } from "./prefect/blocks.ts";
import { deployments } from "./prefect/deployments.ts";
import type { PrefectReader } from "./prefect/server.ts";
import { variables } from "./prefect/variables.ts";
import { workPools } from "./prefect/workPools.ts";
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

/** The readers of a Prefect server. */
export const prefectReaders: readonly PrefectReader[] = [blocks, deployments, workPools, variables];

/** Every read that leastwise can make. */
export const catalogue: readonly ReadDefinition[] = [
  ...subscriptionReads,
  ...countReads,
  ...rowReaders.flatMap(({ reads }) => reads),
  ...fieldReaders.flatMap(({ reads }) => reads),
  ...applicationReads,
  ...principalReads,
  ...prefectReaders.flatMap(({ reads }) => reads),
];
