import { countReads } from "./azure/counts.ts";
import { delegations } from "./azure/delegations.ts";
import { denyAssignments } from "./azure/denyAssignments.ts";
import { diagnosticSettings } from "./azure/diagnosticSettings.ts";
import { logWorkspaces } from "./azure/logWorkspaces.ts";
import { federatedCredentials, managedIdentities } from "./azure/managedIdentities.ts";
import { managementGroupEligibilities, roleEligibilities } from "./azure/privilegedIdentity.ts";
import { managementGroupRoleAssignments, roleAssignments } from "./azure/roleAssignments.ts";
import { roleDefinitions } from "./azure/roleDefinitions.ts";
import { subscriptionReads } from "./azure/subscriptions.ts";
import type { ReadDefinition } from "./definition.ts";
import { directoryReads } from "./graph/directory.ts";
import { keyVaultCertificates } from "./keyvault/certificates.ts";
import { keyRotationPolicies, keyVaultKeys } from "./keyvault/keys.ts";
import { keyVaultSecrets } from "./keyvault/secrets.ts";
import { keyVaults } from "./keyvault/vaults.ts";
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
import { declarationsRead, filesRead } from "./source/files.ts";
import { storageAccounts } from "./storage/accounts.ts";
import { accessControls, storageContainers } from "./storage/containers.ts";
import { credentials } from "./synapse/credentials.ts";
import { linkedServices } from "./synapse/linkedServices.ts";
import { pipelines } from "./synapse/pipelines.ts";
import { sparkPools, sqlPools } from "./synapse/pools.ts";
import { synapseRoleAssignments, synapseRoleDefinitions } from "./synapse/roleAssignments.ts";
import {
  entraAdministrator,
  sqlControlForIdentity,
  sqlEntraAdministrator,
  sqlPoolAuditing,
  transparentDataEncryption,
  workspaceAuditing,
} from "./synapse/settings.ts";
import { firewallRules, workspaces } from "./synapse/workspaces.ts";

/** The readers of Azure that start from a row of another kind, in the order in which people think of them. */
export const rowReaders: readonly RowReader<never>[] = [
  roleAssignments,
  roleDefinitions,
  roleEligibilities,
  denyAssignments,
  delegations,
  managementGroupRoleAssignments,
  managementGroupEligibilities,
  managedIdentities,
  federatedCredentials,
  workspaces,
  synapseRoleAssignments,
  synapseRoleDefinitions,
  sqlPools,
  sparkPools,
  linkedServices,
  credentials,
  pipelines,
  logWorkspaces,
  ...diagnosticSettings,
  keyVaults,
  keyVaultSecrets,
  keyVaultKeys,
  keyVaultCertificates,
  storageAccounts,
  storageContainers,
];

/** The readers that bring further fields to the rows of Azure. */
export const fieldReaders: readonly FieldReader<never>[] = [
  firewallRules,
  entraAdministrator,
  sqlEntraAdministrator,
  sqlControlForIdentity,
  workspaceAuditing,
  sqlPoolAuditing,
  transparentDataEncryption,
  keyRotationPolicies,
  accessControls,
];

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
  ...countReads,
  ...rowReaders.flatMap(({ reads }) => reads),
  ...fieldReaders.flatMap(({ reads }) => reads),
  ...directoryReads,
  ...new Set(prefectReaders.flatMap(({ reads }) => reads)),
  filesRead,
  declarationsRead,
];
