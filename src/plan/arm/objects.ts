import type { Row } from "../../resources/kinds.ts";
import type { PlannedObject, Undecided } from "../plan.ts";

/** What is live, as far as templates are told against it. */
export interface LiveRows {
  /** The row of that id; undefined where there is none. */
  row(kind: string, id: string): Row | undefined;
  /** All rows of a kind. */
  rows(kind: string): Iterable<Row>;
}

/** Where a deployment goes. */
export interface ArmOptions {
  /** The subscription's GUID; null where the command line names none. */
  subscription: string | null;
  /** The resource group's name; null where the command line names none. */
  resourceGroup: string | null;
  live: LiveRows;
}

/** What a template or a what-if result changes. */
export interface ArmObjects {
  objects: readonly PlannedObject[];
  undecided: readonly Undecided[];
  /** By type in lower case, how many resources are of types that stand for nothing. */
  ignored: ReadonlyMap<string, number>;
}

/** The kinds of which resources of a type are rows, or parts of rows. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  "microsoft.authorization/roleassignments": ["azure.roleAssignment"],
  "microsoft.authorization/roledefinitions": ["azure.roleDefinition"],
  "microsoft.authorization/roleeligibilityschedulerequests": ["azure.roleEligibility"],
  "microsoft.authorization/roleassignmentschedulerequests": ["azure.roleAssignment"],
  "microsoft.managedidentity/userassignedidentities": ["azure.managedIdentity", "azure.principal"],
  "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": ["azure.federatedCredential"],
  "microsoft.managedservices/registrationassignments": ["azure.delegation"],
  "microsoft.managedservices/registrationdefinitions": ["azure.delegation"],
  "microsoft.storage/storageaccounts": ["azure.storageAccount"],
  "microsoft.storage/storageaccounts/blobservices/containers": ["azure.storageContainer"],
  "microsoft.keyvault/vaults": ["azure.keyVault"],
  "microsoft.keyvault/vaults/accesspolicies": ["azure.keyVault"],
  "microsoft.keyvault/vaults/secrets": ["azure.keyVaultSecret"],
  "microsoft.keyvault/vaults/keys": ["azure.keyVaultKey"],
  "microsoft.insights/diagnosticsettings": ["azure.diagnosticSetting"],
  "microsoft.operationalinsights/workspaces": ["azure.logWorkspace"],
  "microsoft.synapse/workspaces": ["synapse.workspace"],
  "microsoft.synapse/workspaces/sqlpools": ["synapse.sqlPool"],
  "microsoft.synapse/workspaces/bigdatapools": ["synapse.sparkPool"],
  "microsoft.synapse/workspaces/linkedservices": ["synapse.linkedService"],
  "microsoft.synapse/workspaces/pipelines": ["synapse.pipeline"],
  "microsoft.synapse/workspaces/credentials": ["synapse.credential"],
  "microsoft.synapse/workspaces/roleassignments": ["synapse.roleAssignment"],
};

/** What is part of a workspace's row; notebooks, scripts, triggers and the like are of no kind. */
const parts =
  /^microsoft\.synapse\/workspaces\/(?:keys|privateendpointconnections|firewallrules|administrators|sqladministrators|azureadonlyauthentications|managedidentitysqlcontrolsettings|(?:extended)?auditingsettings)$/;

const ofGraph = [
  ...["azure.application", "azure.principal", "azure.credential", "azure.federatedCredential"],
  ...["azure.appPermission", "azure.directoryRole"],
];

/** The kinds to name where it is not known what becomes of a resource; none where its type stands for nothing. */
export function kindsOf(type: string): readonly string[] {
  const own = kinds[type];
  if (own !== undefined) return own;
  if (type.startsWith("microsoft.graph/")) return ofGraph;
  if (type === "microsoft.resources/deploymentstacks") return everyKind;
  if (/^microsoft\.synapse\/workspaces\/sqlpools\//.test(type)) return ["synapse.sqlPool"];
  return parts.test(type) ? ["synapse.workspace"] : [];
}

/** Every kind that a template can change. */
export const everyKind: readonly string[] = [...new Set([...Object.values(kinds).flat(), ...ofGraph])];
