import { expect, test } from "vitest";
import { unknown } from "../../../src/plan/plan.ts";
import { readTerraformPlan } from "../../../src/plan/terraform/read.ts";
import { change, configured, created, group, planText, read, subscription, to } from "./plan.ts";

const rg = "rg-data";
const lake = `${group(rg)}/providers/microsoft.storage/storageaccounts/stlake`;
const vault = `${group(rg)}/providers/microsoft.keyvault/vaults/kv-data`;
const workspace = `${group(rg)}/providers/microsoft.synapse/workspaces/syn-data`;
const person = "77777777-0000-4000-8000-000000000001";
const inGroup = (name: string, more: object) => ({ name, resource_group_name: rg, location: "westeurope", ...more });

/** What one new instance is in its service: its attributes, and the type, the id and a part of each body. */
const cases: readonly [address: string, after: object, made: readonly [type: string, id: string, body: object][]][] = [
  [
    "azurerm_role_assignment.named",
    { name: person, scope: lake, role_definition_id: "/providers/x/roledefinitions/r", principal_id: person },
    [
      [
        "microsoft.authorization/roleassignments",
        `${lake}/providers/microsoft.authorization/roleassignments/${person}`,
        { properties: { scope: lake, roleDefinitionId: "/providers/x/roledefinitions/r", principalId: person } },
      ],
    ],
  ],
  [
    "azurerm_role_definition.own",
    {
      name: "Own",
      role_definition_id: person,
      scope: `/subscriptions/${subscription}`,
      permissions: [{ actions: ["*/read"], not_actions: [], data_actions: [], not_data_actions: [] }],
    },
    [
      [
        "microsoft.authorization/roledefinitions",
        `/subscriptions/${subscription}/providers/microsoft.authorization/roledefinitions/${person}`,
        {
          properties: {
            roleName: "Own",
            assignableScopes: [`/subscriptions/${subscription}`],
            permissions: [{ actions: ["*/read"], notActions: [], dataActions: [], notDataActions: [] }],
          },
        },
      ],
    ],
  ],
  [
    "azurerm_pim_eligible_role_assignment.one",
    {
      scope: lake,
      role_definition_id: "/providers/x/roledefinitions/r",
      principal_id: person,
      schedule: [{ start_date_time: "2026-01-01T00:00:00Z", expiration: [{ duration_days: 8 }] }],
    },
    [
      [
        "microsoft.authorization/roleeligibilityschedulerequests",
        "terraform:azurerm_pim_eligible_role_assignment.one",
        {
          properties: {
            scope: lake,
            principalId: person,
            scheduleInfo: {
              startDateTime: "2026-01-01T00:00:00Z",
              expiration: { type: "AfterDuration", duration: "P8D" },
            },
          },
        },
      ],
    ],
  ],
  [
    "azurerm_federated_identity_credential.gh",
    {
      name: "gh",
      parent_id: `${group(rg)}/providers/microsoft.managedidentity/userassignedidentities/id`,
      issuer: "https://token.actions.githubusercontent.com",
      subject: "repo:o/r:ref:refs/heads/main",
      audience: ["api://AzureADTokenExchange"],
    },
    [
      [
        "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials",
        `${group(rg)}/providers/microsoft.managedidentity/userassignedidentities/id/federatedidentitycredentials/gh`,
        { properties: { subject: "repo:o/r:ref:refs/heads/main", audiences: ["api://AzureADTokenExchange"] } },
      ],
    ],
  ],
  [
    "azurerm_storage_account.lake",
    inGroup("stlake", {
      account_tier: "Standard",
      account_replication_type: "ZRS",
      account_kind: "StorageV2",
      is_hns_enabled: true,
      shared_access_key_enabled: false,
      allow_nested_items_to_be_public: false,
      enable_https_traffic_only: true,
      min_tls_version: "TLS1_2",
      public_network_access_enabled: false,
      network_rules: [
        {
          default_action: "Deny",
          bypass: ["Metrics", "AzureServices"],
          ip_rules: ["192.0.2.0/24"],
          virtual_network_subnet_ids: ["/subscriptions/s/subnet"],
        },
      ],
      sas_policy: [{ expiration_period: "07.00:00:00", expiration_action: "Log" }],
    }),
    [
      [
        "microsoft.storage/storageaccounts",
        lake,
        {
          kind: "StorageV2",
          sku: { name: "Standard_ZRS" },
          properties: {
            isHnsEnabled: true,
            allowSharedKeyAccess: false,
            allowBlobPublicAccess: false,
            supportsHttpsTrafficOnly: true,
            minimumTlsVersion: "TLS1_2",
            publicNetworkAccess: "Disabled",
            networkAcls: {
              defaultAction: "Deny",
              bypass: "AzureServices, Metrics",
              ipRules: [{ value: "192.0.2.0/24" }],
              virtualNetworkRules: [{ id: "/subscriptions/s/subnet" }],
            },
            sasPolicy: { sasExpirationPeriod: "07.00:00:00", expirationAction: "Log" },
          },
        },
      ],
    ],
  ],
  [
    "azurerm_storage_container.raw",
    { name: "raw", storage_account_id: lake, container_access_type: "blob" },
    [
      [
        "microsoft.storage/storageaccounts/blobservices/containers",
        `${lake}/blobservices/default/containers/raw`,
        { properties: { publicAccess: "Blob" } },
      ],
    ],
  ],
  [
    "azurerm_key_vault.kv",
    inGroup("kv-data", {
      tenant_id: "t",
      sku_name: "standard",
      enable_rbac_authorization: true,
      purge_protection_enabled: true,
      soft_delete_retention_days: 7,
      network_acls: [{ default_action: "Deny", bypass: "None", ip_rules: [], virtual_network_subnet_ids: [] }],
    }),
    [
      [
        "microsoft.keyvault/vaults",
        vault,
        {
          properties: {
            tenantId: "t",
            enableRbacAuthorization: true,
            enablePurgeProtection: true,
            softDeleteRetentionInDays: 7,
            networkAcls: { defaultAction: "Deny", bypass: "None", ipRules: [] },
          },
        },
      ],
    ],
  ],
  [
    "azurerm_key_vault_key.cmk",
    {
      name: "cmk",
      key_vault_id: vault,
      expiration_date: "2030-01-01T00:00:00Z",
      rotation_policy: [
        { automatic: [{ time_before_expiry: "P30D" }], expire_after: "P90D", notify_before_expiry: "P29D" },
      ],
    },
    [
      [
        "microsoft.keyvault/vaults/keys",
        `${vault}/keys/cmk`,
        {
          properties: {
            attributes: { exp: 1_893_456_000 },
            rotationPolicy: {
              lifetimeActions: [
                { trigger: { timeBeforeExpiry: "P30D" }, action: { type: "Rotate" } },
                { trigger: { timeBeforeExpiry: "P29D" }, action: { type: "Notify" } },
              ],
              attributes: { expiryTime: "P90D" },
            },
          },
        },
      ],
    ],
  ],
  [
    "azurerm_key_vault_certificate.tls",
    { name: "tls", key_vault_id: vault },
    [
      [
        "microsoft.keyvault/vaults/certificates",
        `${vault}/certificates/tls`,
        { properties: { attributes: { exp: unknown } } },
      ],
    ],
  ],
  [
    "azurerm_monitor_diagnostic_setting.audit",
    {
      name: "audit",
      target_resource_id: vault,
      log_analytics_workspace_id: "/subscriptions/s/law",
      enabled_log: [{ category: null, category_group: "audit" }],
      log: [{ category: "AuditEvent", enabled: false, retention_policy: [{ enabled: true, days: 30 }] }],
      metric: [{ category: "AllMetrics", enabled: true }],
    },
    [
      [
        "microsoft.insights/diagnosticsettings",
        `${vault}/providers/microsoft.insights/diagnosticsettings/audit`,
        {
          properties: {
            workspaceId: "/subscriptions/s/law",
            logs: [
              { categoryGroup: "audit", enabled: true },
              { category: "AuditEvent", enabled: false, retentionPolicy: { enabled: true, days: 30 } },
            ],
            metrics: [{ category: "AllMetrics", enabled: true }],
          },
        },
      ],
    ],
  ],
  [
    "azurerm_log_analytics_workspace.logs",
    inGroup("log-data", { sku: "PerGB2018", retention_in_days: 90, local_authentication_enabled: false }),
    [
      [
        "microsoft.operationalinsights/workspaces",
        `${group(rg)}/providers/microsoft.operationalinsights/workspaces/log-data`,
        { properties: { sku: { name: "PerGB2018" }, retentionInDays: 90, features: { disableLocalAuth: true } } },
      ],
    ],
  ],
  [
    "azurerm_synapse_workspace.data",
    inGroup("syn-data", {
      storage_data_lake_gen2_filesystem_id: "https://stlake.dfs.core.windows.net/raw",
      sql_administrator_login: "sqladmin",
      managed_virtual_network_enabled: true,
      data_exfiltration_protection_enabled: true,
      public_network_access_enabled: false,
      azuread_authentication_only: true,
      sql_identity_control_enabled: true,
      identity: [{ type: "SystemAssigned" }],
      aad_admin: [{ login: "AzureAD Admin", object_id: person, tenant_id: "t" }],
      github_repo: [{ account_name: "org", repository_name: "repo", branch_name: "main", root_folder: "/" }],
    }),
    [
      [
        "microsoft.synapse/workspaces",
        workspace,
        {
          identity: { type: "SystemAssigned" },
          properties: {
            azureADOnlyAuthentication: true,
            defaultDataLakeStorage: { accountUrl: "https://stlake.dfs.core.windows.net" },
            managedVirtualNetwork: "default",
            managedVirtualNetworkSettings: { preventDataExfiltration: true },
            publicNetworkAccess: "Disabled",
            sqlAdministratorLogin: "sqladmin",
            workspaceRepositoryConfiguration: { type: "WorkspaceGitHubConfiguration", collaborationBranch: "main" },
          },
        },
      ],
      [
        "microsoft.synapse/workspaces/administrators",
        `${workspace}/administrators/activedirectory`,
        { properties: { sid: person, login: "AzureAD Admin" } },
      ],
      [
        "microsoft.synapse/workspaces/managedidentitysqlcontrolsettings",
        `${workspace}/managedidentitysqlcontrolsettings/default`,
        { properties: { grantSqlControlToManagedIdentity: { desiredState: "Enabled" } } },
      ],
    ],
  ],
  [
    "azurerm_synapse_firewall_rule.all",
    { name: "all", synapse_workspace_id: workspace, start_ip_address: "0.0.0.0", end_ip_address: "255.255.255.255" },
    [
      [
        "microsoft.synapse/workspaces/firewallrules",
        `${workspace}/firewallrules/all`,
        { properties: { startIpAddress: "0.0.0.0", endIpAddress: "255.255.255.255" } },
      ],
    ],
  ],
  [
    "azurerm_synapse_role_assignment.admin",
    { synapse_workspace_id: workspace, role_name: "Synapse SQL Administrator", principal_id: person },
    [
      [
        "microsoft.synapse/workspaces/roleassignments",
        "terraform:azurerm_synapse_role_assignment.admin",
        { parentId: workspace, roleDefinitionId: "7af0c69a-a548-47d6-aea3-d00e69bd83aa", principalId: person },
      ],
    ],
  ],
  [
    "azurerm_synapse_linked_service.sql",
    {
      name: "sql",
      synapse_workspace_id: workspace,
      type: "AzureSqlDatabase",
      type_properties_json: '{"connectionString": "Server=x"}',
      integration_runtime: [{ name: "own", parameters: null }],
    },
    [
      [
        "microsoft.synapse/workspaces/linkedservices",
        `${workspace}/linkedservices/sql`,
        {
          properties: {
            type: "AzureSqlDatabase",
            typeProperties: { connectionString: "Server=x" },
            connectVia: { referenceName: "own" },
          },
        },
      ],
    ],
  ],
  [
    "azurerm_synapse_sql_pool.dwh",
    { name: "dwh", synapse_workspace_id: workspace, sku_name: "DW100c", data_encrypted: true },
    [
      ["microsoft.synapse/workspaces/sqlpools", `${workspace}/sqlpools/dwh`, { sku: { name: "DW100c" } }],
      [
        "microsoft.synapse/workspaces/sqlpools/transparentdataencryption",
        `${workspace}/sqlpools/dwh/transparentdataencryption/current`,
        { properties: { status: "Enabled" } },
      ],
    ],
  ],
  [
    "azurerm_synapse_spark_pool.spark",
    { name: "spark", synapse_workspace_id: workspace, spark_version: "3.4", auto_pause: [{ delay_in_minutes: 15 }] },
    [
      [
        "microsoft.synapse/workspaces/bigdatapools",
        `${workspace}/bigdatapools/spark`,
        { properties: { sparkVersion: "3.4", autoPause: { enabled: true, delayInMinutes: 15 } } },
      ],
    ],
  ],
  [
    "azurerm_synapse_workspace_sql_aad_admin.admin",
    { synapse_workspace_id: workspace, login: "dba", object_id: person, tenant_id: "t" },
    [
      [
        "microsoft.synapse/workspaces/sqladministrators",
        `${workspace}/sqladministrators/activedirectory`,
        { properties: { sid: person, login: "dba", tenantId: "t" } },
      ],
    ],
  ],
  [
    "azurerm_synapse_sql_pool_extended_auditing_policy.audit",
    { sql_pool_id: `${workspace}/sqlpools/dwh`, log_monitoring_enabled: true, retention_in_days: 6 },
    [
      [
        "microsoft.synapse/workspaces/sqlpools/extendedauditingsettings",
        `${workspace}/sqlpools/dwh/extendedauditingsettings/default`,
        { properties: { state: "Enabled", isAzureMonitorTargetEnabled: true, retentionDays: 6 } },
      ],
    ],
  ],
  [
    "azuread_group.readers",
    { display_name: "readers", members: [person], assignable_to_role: true, types: [] },
    [
      [
        "microsoft.graph/groups",
        "terraform:azuread_group.readers",
        { displayName: "readers", members: [person], isAssignableToRole: true },
      ],
    ],
  ],
  [
    "azuread_group_member.one",
    { group_object_id: "88888888-0000-4000-8000-000000000001", member_object_id: person },
    [
      [
        "microsoft.graph/groups/members",
        `88888888-0000-4000-8000-000000000001/member/${person}`,
        { parentId: "88888888-0000-4000-8000-000000000001", memberId: person },
      ],
    ],
  ],
  [
    "azuread_directory_role_assignment.one",
    { role_id: "62e90394-69f5-4237-9190-012177145e10", principal_object_id: person },
    [
      [
        "microsoft.graph/directoryroleassignments",
        "terraform:azuread_directory_role_assignment.one",
        { principalId: person, roleDefinitionId: "62e90394-69f5-4237-9190-012177145e10" },
      ],
    ],
  ],
  [
    "azuread_app_role_assignment.one",
    { app_role_id: "r", principal_object_id: person, resource_object_id: "s" },
    [
      [
        "microsoft.graph/approleassignments",
        "terraform:azuread_app_role_assignment.one",
        { principalId: person, resourceId: "s", appRoleId: "r" },
      ],
    ],
  ],
  [
    "azuread_application_federated_identity_credential.gh",
    { application_id: `/applications/${person}`, display_name: "gh", issuer: "i", subject: "s", audiences: ["a"] },
    [
      [
        "microsoft.graph/applications/federatedidentitycredentials",
        "terraform:azuread_application_federated_identity_credential.gh",
        { parentId: person, name: "gh", issuer: "i", subject: "s", audiences: ["a"] },
      ],
    ],
  ],
  [
    "prefect_work_pool.pool",
    { name: "aci", type: "azure-container-instance", paused: false, base_job_template: '{"variables": {}}' },
    [
      [
        "prefect/workpool",
        "terraform:prefect_work_pool.pool",
        { name: "aci", type: "azure-container-instance", is_paused: false, base_job_template: { variables: {} } },
      ],
    ],
  ],
  [
    "prefect_variable.stage",
    { name: "stage", value: { env: "prod" }, tags: ["a"] },
    [["prefect/variable", "terraform:prefect_variable.stage", { name: "stage", value: { env: "prod" }, tags: ["a"] }]],
  ],
  [
    "azapi_resource.identity",
    {
      type: "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31",
      name: "id",
      parent_id: group(rg),
      body: { properties: {} },
      location: "westeurope",
    },
    [
      [
        "microsoft.managedidentity/userassignedidentities",
        `${group(rg)}/providers/microsoft.managedidentity/userassignedidentities/id`,
        { name: "id", location: "westeurope" },
      ],
    ],
  ],
  [
    "azapi_resource.container",
    {
      type: "Microsoft.Storage/storageAccounts/blobServices/containers@2023-01-01",
      name: "raw",
      parent_id: `${lake}/blobServices/default`,
      body: '{"properties": {"publicAccess": "None"}}',
    },
    [
      [
        "microsoft.storage/storageaccounts/blobservices/containers",
        `${lake}/blobServices/default/containers/raw`,
        { properties: { publicAccess: "None" } },
      ],
    ],
  ],
];

test.for(cases)("%s is what its service would answer", ([address, after, made]) => {
  const { objects, undecided, ignored } = read({ changes: [created(address, after)] });
  expect(objects.map(({ type, id }) => [type, id])).toEqual(made.map(([type, id]) => [type, id]));
  for (const [index, [, , body]] of made.entries()) expect(objects[index]?.body).toMatchObject(body);
  expect([undecided, [...ignored]]).toEqual([[], []]);
});

test("an application, its service principal, password and grant are one thing, and the end of the password is counted", () => {
  const text = planText({
    changes: [
      created("azuread_application.app", { display_name: "loader" }, { id: true, client_id: true, object_id: true }),
      created("azuread_service_principal.app", {}, { id: true, client_id: true, object_id: true }),
      created(
        "azuread_application_password.app",
        { display_name: "ci", end_date_relative: "2400h" },
        { id: true, application_id: true, key_id: true, value: true, end_date: true },
      ),
    ],
    resources: [
      configured("azuread_application.app"),
      configured("azuread_service_principal.app", { client_id: to("azuread_application.app.client_id") }),
      configured("azuread_application_password.app", { application_id: to("azuread_application.app.id") }),
    ],
  });
  const now = new Date("2026-01-01T00:00:00Z");
  const { objects } = readTerraformPlan({ file: "plan.json", text }, { subscription: null, now });
  expect(objects.map(({ body }) => body)).toMatchObject([
    { displayName: "loader" },
    { appId: "terraform:azuread_application.app" },
    { parentId: "terraform:azuread_application.app", displayName: "ci", endDateTime: "2026-04-11T00:00:00.000Z" },
  ]);
});

test("a deployment names its flow of the plan, with its steps as the API has them", () => {
  const { objects } = read({
    changes: [
      created("prefect_flow.load", { name: "load" }),
      created(
        "prefect_deployment.nightly",
        {
          name: "nightly",
          parameters: '{"table": "sales"}',
          work_pool_name: "aci",
          pull_steps: [
            { type: "git_clone", repository: "https://example.com/repo", directory: null },
            { type: "set_working_directory", directory: "/opt" },
          ],
        },
        { id: true, flow_id: true },
      ),
    ],
    resources: [
      configured("prefect_flow.load"),
      configured("prefect_deployment.nightly", { flow_id: to("prefect_flow.load.id") }),
    ],
  });
  const deployment = objects.find(({ type }) => type === "prefect/deployment");
  expect(deployment?.body).toMatchObject({
    flow_id: "terraform:prefect_flow.load",
    parameters: { table: "sales" },
    pull_steps: [
      { "prefect.deployments.steps.git_clone": { repository: "https://example.com/repo" } },
      { "prefect.deployments.steps.set_working_directory": { directory: "/opt" } },
    ],
  });
});

test("what is deleted has the id that a snapshot holds it by, however Terraform writes it", () => {
  const gone = (address: string, before: object) => change(address, ["delete"], { before });
  const { objects } = read({
    changes: [
      gone("azurerm_role_assignment.a", {
        id: `${lake}/providers/Microsoft.Authorization/roleAssignments/r|t`,
        scope: lake,
      }),
      gone("azurerm_storage_container.b", {
        id: "https://stlake.blob.core.windows.net/raw",
        resource_manager_id: `${lake}/blobServices/default/containers/raw`,
        name: "raw",
      }),
      gone("azurerm_key_vault_secret.c", {
        id: "https://kv.vault.azure.net/secrets/s/1",
        name: "s",
        key_vault_id: vault,
      }),
      gone("azurerm_monitor_diagnostic_setting.d", { id: `${vault}|audit`, name: "audit", target_resource_id: vault }),
      gone("azurerm_synapse_role_assignment.e", { id: `${workspace}|9f`, synapse_workspace_id: workspace }),
      gone("azuread_application_password.f", { id: "x", application_id: "/applications/o", key_id: "k" }),
      gone("azuread_group_member.g", { id: "x", group_object_id: "g", member_object_id: "m" }),
      gone("azuread_app_role_assignment.h", { id: "/servicePrincipals/s/appRoleAssignedTo/abc" }),
      gone("azuread_group.i", { id: "/groups/g", object_id: "g" }),
      gone("prefect_block.j", { id: person, name: "b" }),
    ],
  });
  expect(objects.every(({ action, body }) => action === "delete" && body === null)).toBe(true);
  expect(objects.map(({ id }) => id)).toEqual([
    `${lake}/providers/Microsoft.Authorization/roleAssignments/r`,
    `${lake}/blobServices/default/containers/raw`,
    `${vault}/secrets/s`,
    `${vault}/providers/microsoft.insights/diagnosticsettings/audit`,
    `${workspace}/roleassignments/9f`,
    "application/o/k",
    "g/member/m",
    "abc",
    "g",
    person,
  ]);
});
