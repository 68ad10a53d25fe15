/** What a type of Terraform declares. */
export interface TerraformType {
  /** The kind of a snapshot; null for what only gives others their names. */
  kind: string | null;
  /** The type in Azure Resource Manager, or microsoft.graph/… or prefect/…, in lower case. */
  type: string;
  /** The attribute that names it, where it is not `name`. */
  name?: string;
  /** The attributes that tell what it belongs to. */
  owner?: readonly string[];
}

const within = (...owner: string[]) => ({ owner });

/**
 * The types of the providers azurerm, azuread and prefect that stand for kinds
 * (registry.terraform.io/providers/hashicorp/azurerm, …/hashicorp/azuread and …/PrefectHQ/prefect).
 */
export const terraformTypes: ReadonlyMap<string, TerraformType> = new Map<string, TerraformType>(
  Object.entries({
    azurerm_resource_group: { kind: null, type: "microsoft.resources/resourcegroups" },
    azurerm_subscription: {
      kind: "azure.subscription",
      type: "microsoft.resources/subscriptions",
      name: "subscription_id",
    },
    azurerm_management_group: { kind: "azure.managementGroup", type: "microsoft.management/managementgroups" },
    azurerm_role_assignment: {
      kind: "azure.roleAssignment",
      type: "microsoft.authorization/roleassignments",
      ...within("scope"),
    },
    azurerm_pim_active_role_assignment: {
      kind: "azure.roleAssignment",
      type: "microsoft.authorization/roleassignments",
      ...within("scope"),
    },
    azurerm_pim_eligible_role_assignment: {
      kind: "azure.roleEligibility",
      type: "microsoft.authorization/roleeligibilityscheduleinstances",
      ...within("scope"),
    },
    azurerm_role_definition: { kind: "azure.roleDefinition", type: "microsoft.authorization/roledefinitions" },
    azurerm_lighthouse_definition: {
      kind: "azure.delegation",
      type: "microsoft.managedservices/registrationdefinitions",
    },
    azurerm_user_assigned_identity: {
      kind: "azure.managedIdentity",
      type: "microsoft.managedidentity/userassignedidentities",
    },
    azurerm_federated_identity_credential: {
      kind: "azure.federatedCredential",
      type: "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials",
      ...within("parent_id", "user_assigned_identity_id"),
    },
    azuread_application_federated_identity_credential: {
      kind: "azure.federatedCredential",
      type: "microsoft.graph/federatedidentitycredentials",
      name: "display_name",
      ...within("application_id", "application_object_id"),
    },
    azuread_application: { kind: "azure.application", type: "microsoft.graph/applications", name: "display_name" },
    azuread_application_registration: {
      kind: "azure.application",
      type: "microsoft.graph/applications",
      name: "display_name",
    },
    azuread_service_principal: {
      kind: "azure.principal",
      type: "microsoft.graph/serviceprincipals",
      name: "display_name",
      ...within("client_id", "application_id"),
    },
    azuread_group: { kind: "azure.principal", type: "microsoft.graph/groups", name: "display_name" },
    azuread_user: { kind: "azure.principal", type: "microsoft.graph/users", name: "display_name" },
    azuread_application_password: {
      kind: "azure.credential",
      type: "microsoft.graph/passwordcredentials",
      name: "display_name",
      ...within("application_id", "application_object_id"),
    },
    azuread_application_certificate: {
      kind: "azure.credential",
      type: "microsoft.graph/keycredentials",
      name: "display_name",
      ...within("application_id", "application_object_id"),
    },
    azuread_service_principal_password: {
      kind: "azure.credential",
      type: "microsoft.graph/passwordcredentials",
      name: "display_name",
      ...within("service_principal_id"),
    },
    azuread_service_principal_certificate: {
      kind: "azure.credential",
      type: "microsoft.graph/keycredentials",
      name: "display_name",
      ...within("service_principal_id"),
    },
    azuread_app_role_assignment: { kind: "azure.appPermission", type: "microsoft.graph/approleassignments" },
    azuread_directory_role_assignment: {
      kind: "azure.directoryRole",
      type: "microsoft.graph/directoryroleassignments",
    },
    azurerm_storage_account: { kind: "azure.storageAccount", type: "microsoft.storage/storageaccounts" },
    azurerm_storage_container: {
      kind: "azure.storageContainer",
      type: "microsoft.storage/storageaccounts/blobservices/containers",
      ...within("storage_account_id", "storage_account_name"),
    },
    azurerm_storage_data_lake_gen2_filesystem: {
      kind: "azure.storageContainer",
      type: "microsoft.storage/storageaccounts/blobservices/containers",
      ...within("storage_account_id"),
    },
    azurerm_key_vault: { kind: "azure.keyVault", type: "microsoft.keyvault/vaults" },
    azurerm_key_vault_secret: {
      kind: "azure.keyVaultSecret",
      type: "microsoft.keyvault/vaults/secrets",
      ...within("key_vault_id"),
    },
    azurerm_key_vault_key: {
      kind: "azure.keyVaultKey",
      type: "microsoft.keyvault/vaults/keys",
      ...within("key_vault_id"),
    },
    azurerm_key_vault_certificate: {
      kind: "azure.keyVaultCertificate",
      type: "microsoft.keyvault/vaults/certificates",
      ...within("key_vault_id"),
    },
    azurerm_log_analytics_workspace: { kind: "azure.logWorkspace", type: "microsoft.operationalinsights/workspaces" },
    azurerm_monitor_diagnostic_setting: {
      kind: "azure.diagnosticSetting",
      type: "microsoft.insights/diagnosticsettings",
      ...within("target_resource_id"),
    },
    azurerm_synapse_workspace: { kind: "synapse.workspace", type: "microsoft.synapse/workspaces" },
    azurerm_synapse_linked_service: {
      kind: "synapse.linkedService",
      type: "microsoft.synapse/workspaces/linkedservices",
      ...within("synapse_workspace_id"),
    },
    azurerm_synapse_role_assignment: {
      kind: "synapse.roleAssignment",
      type: "microsoft.synapse/workspaces/roleassignments",
      ...within("synapse_workspace_id", "synapse_spark_pool_id"),
    },
    azurerm_synapse_spark_pool: {
      kind: "synapse.sparkPool",
      type: "microsoft.synapse/workspaces/bigdatapools",
      ...within("synapse_workspace_id"),
    },
    azurerm_synapse_sql_pool: {
      kind: "synapse.sqlPool",
      type: "microsoft.synapse/workspaces/sqlpools",
      ...within("synapse_workspace_id"),
    },
    prefect_block: { kind: "prefect.block", type: "prefect/block" },
    prefect_variable: { kind: "prefect.variable", type: "prefect/variable" },
    prefect_work_pool: { kind: "prefect.workPool", type: "prefect/workpool" },
    prefect_work_queue: { kind: "prefect.workQueue", type: "prefect/workqueue", ...within("work_pool_name") },
    prefect_flow: { kind: "prefect.flow", type: "prefect/flow" },
    prefect_deployment: { kind: "prefect.deployment", type: "prefect/deployment", ...within("flow_id") },
    prefect_automation: { kind: "prefect.automation", type: "prefect/automation" },
    prefect_service_account: { kind: "prefect.serviceAccount", type: "prefect/serviceaccount" },
    prefect_workspace: { kind: "prefect.workspace", type: "prefect/workspace" },
  } satisfies Record<string, TerraformType>),
);

/** Types of Azure Resource Manager in lower case, with the kinds that stand for them. */
export const armKinds: ReadonlyMap<string, string> = new Map(
  [...terraformTypes.values()]
    .filter(({ kind, type }) => kind !== null && !/^(?:microsoft\.graph|prefect)\//.test(type))
    .map(({ kind, type }): [string, string] => [type, kind ?? ""])
    .concat([
      ["microsoft.managedservices/registrationassignments", "azure.delegation"],
      ["microsoft.authorization/roleeligibilityschedulerequests", "azure.roleEligibility"],
      ["microsoft.synapse/workspaces/credentials", "synapse.credential"],
      ["microsoft.synapse/workspaces/pipelines", "synapse.pipeline"],
      // The provider of Bicep for Microsoft Graph.
      ["microsoft.graph/applications", "azure.application"],
      ["microsoft.graph/serviceprincipals", "azure.principal"],
      ["microsoft.graph/groups", "azure.principal"],
      ["microsoft.graph/applications/federatedidentitycredentials", "azure.federatedCredential"],
    ]),
);

/** Types that deploy what another file or a registry says. */
export const deployingTypes: ReadonlySet<string> = new Set([
  "azurerm_resource_group_template_deployment",
  "azurerm_subscription_template_deployment",
  "azurerm_management_group_template_deployment",
  "azurerm_tenant_template_deployment",
]);
