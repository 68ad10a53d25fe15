import { type PlannedValue, unknown } from "../plan.ts";
import type { Translation } from "./azureTypes.ts";
import { type Body, body, inside, isAzureId, type Made, parsed, type Reader, within } from "./reader.ts";
import { addressId } from "./resolve.ts";

/** Resources of Synapse of the azurerm provider, as Azure Resource Manager and the workspace answer what they make. */
export const synapseTypes: Readonly<Record<string, Translation>> = {
  azurerm_synapse_workspace: workspace,
  azurerm_synapse_firewall_rule: (reader) => [
    child(reader, "synapse_workspace_id", "firewallrules", reader.get("name"), {
      properties: body({
        startIpAddress: reader.get("start_ip_address"),
        endIpAddress: reader.get("end_ip_address"),
      }),
    }),
  ],
  azurerm_synapse_role_assignment: (reader) => [roleAssignment(reader)],
  azurerm_synapse_linked_service: (reader) => [linkedService(reader)],
  azurerm_synapse_sql_pool: sqlPool,
  azurerm_synapse_spark_pool: (reader) => [sparkPool(reader)],
  azurerm_synapse_workspace_aad_admin: (reader) => [administrator(reader, "administrators", [])],
  azurerm_synapse_workspace_sql_aad_admin: (reader) => [administrator(reader, "sqladministrators", [])],
  azurerm_synapse_workspace_extended_auditing_policy: (reader) => [auditing(reader, "synapse_workspace_id")],
  azurerm_synapse_sql_pool_extended_auditing_policy: (reader) => [auditing(reader, "sql_pool_id")],
};

const workspaces = "microsoft.synapse/workspaces";

/** Something inside a workspace or pool that an attribute names. */
function child(
  reader: Reader,
  attribute: string,
  collection: string,
  name: PlannedValue | undefined,
  fields: Body,
  type = workspaces,
): Made {
  const parent = reader.named("id", attribute);
  return {
    type: `${type}/${collection}`,
    id: within(
      parent,
      `${collection}/${typeof name === "string" ? name : undefined}`,
      addressId(reader.instance.address),
    ),
    body: inside(isAzureId(parent) ? parent : undefined, body({ name, ...fields })),
  };
}

function workspace(reader: Reader): readonly Made[] {
  const { id } = reader;
  const key = reader.block("customer_managed_key");
  const isKeyed = Array.isArray(key) && key.length > 0;
  const network = reader.get("managed_virtual_network_enabled");
  const filesystem = reader.text("storage_data_lake_gen2_filesystem_id");
  const made: Made[] = [
    {
      type: workspaces,
      id,
      body: {
        ...reader.common,
        properties: body({
          azureADOnlyAuthentication: reader.get("azuread_authentication_only"),
          defaultDataLakeStorage: { accountUrl: accountUrl(filesystem) },
          encryption:
            key === unknown
              ? unknown
              : body({
                  doubleEncryptionEnabled: isKeyed,
                  cmk: isKeyed
                    ? {
                        key: body({
                          name: reader.get("customer_managed_key", 0, "key_name"),
                          keyVaultUrl: reader.get("customer_managed_key", 0, "key_versionless_id"),
                        }),
                      }
                    : undefined,
                }),
          managedResourceGroupName: reader.text("managed_resource_group_name") || undefined,
          managedVirtualNetwork: network === true ? "default" : network === unknown ? unknown : "",
          managedVirtualNetworkSettings: body({
            preventDataExfiltration: reader.get("data_exfiltration_protection_enabled"),
            allowedAadTenantIdsForLinking: reader.get("linking_allowed_for_aad_tenant_ids"),
          }),
          publicNetworkAccess: reader.choice("public_network_access_enabled", "Enabled", "Disabled"),
          purviewConfiguration: body({ purviewResourceId: reader.named("id", "purview_id") }),
          sqlAdministratorLogin: reader.get("sql_administrator_login"),
          workspaceRepositoryConfiguration: repository(reader),
        }),
      },
    },
  ];
  // Version 3 of the provider writes both into the workspace.
  if (Array.isArray(reader.get("aad_admin")) && reader.get("aad_admin", 0) !== undefined)
    made.push(administrator(reader, "administrators", ["aad_admin", 0], id));
  if (Array.isArray(reader.get("sql_aad_admin")) && reader.get("sql_aad_admin", 0) !== undefined)
    made.push(administrator(reader, "sqladministrators", ["sql_aad_admin", 0], id));
  const control = reader.choice("sql_identity_control_enabled", "Enabled", "Disabled");
  if (control !== undefined)
    made.push({
      type: `${workspaces}/managedidentitysqlcontrolsettings`,
      id: within(id, "managedidentitysqlcontrolsettings/default", `${id}/managedidentitysqlcontrolsettings`),
      body: inside(id, {
        properties: { grantSqlControlToManagedIdentity: { desiredState: control, actualState: control } },
      }),
    });
  return made;
}

/** The account of a file system, whose id in azurerm is its address. */
function accountUrl(filesystem: string | null): PlannedValue {
  if (filesystem === null) return unknown;
  return /^https:\/\/[^/]+/.exec(filesystem)?.[0] ?? unknown;
}

function repository(reader: Reader): PlannedValue | undefined {
  for (const [name, type] of [
    ["github_repo", "WorkspaceGitHubConfiguration"],
    ["azure_devops_repo", "WorkspaceVSTSConfiguration"],
  ] as const) {
    const block = reader.block(name);
    if (block === unknown) return unknown;
    if (!Array.isArray(block) || block.length === 0) continue;
    return body({
      type,
      hostName: reader.get(name, 0, "git_url"),
      accountName: reader.get(name, 0, "account_name"),
      projectName: reader.get(name, 0, "project_name"),
      repositoryName: reader.get(name, 0, "repository_name"),
      collaborationBranch: reader.get(name, 0, "branch_name"),
    });
  }
  return undefined;
}

function administrator(
  reader: Reader,
  collection: "administrators" | "sqladministrators",
  path: readonly (string | number)[],
  workspaceId: PlannedValue | undefined = reader.named("id", "synapse_workspace_id"),
): Made {
  return {
    type: `${workspaces}/${collection}`,
    id: within(workspaceId, `${collection}/activedirectory`, `${addressId(reader.instance.address)}/${collection}`),
    body: inside(workspaceId === unknown ? undefined : workspaceId, {
      properties: body({
        login: reader.get(...path, "login"),
        sid: reader.principal(...path, "object_id"),
        tenantId: reader.get(...path, "tenant_id"),
        administratorType: "ActiveDirectory",
      }),
    }),
  };
}

function auditing(reader: Reader, attribute: string): Made {
  const isPool = attribute === "sql_pool_id";
  return child(
    reader,
    attribute,
    "extendedauditingsettings",
    "default",
    {
      properties: body({
        state: "Enabled",
        storageEndpoint: reader.get("storage_endpoint"),
        retentionDays: reader.get("retention_in_days"),
        isAzureMonitorTargetEnabled: reader.get("log_monitoring_enabled"),
        // What is audited where the provider says nothing is for the service to say.
        auditActionsAndGroups: unknown,
      }),
    },
    isPool ? `${workspaces}/sqlpools` : workspaces,
  );
}

/** The roles that every workspace has (the documentation's page Synapse RBAC roles; ids as workspaces answer them). */
const roles: Readonly<Record<string, string>> = {
  "synapse administrator": "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78",
  "synapse sql administrator": "7af0c69a-a548-47d6-aea3-d00e69bd83aa",
  "apache spark administrator": "c3a6d2f1-a26f-4810-9b0f-591308d5cbf1",
  "synapse contributor": "7572bffe-f453-4b66-912a-46cc5ef38fda",
  "synapse artifact publisher": "05930f57-09a3-4c0d-9fa9-6d1eb91c178b",
  "synapse artifact user": "53faaa0e-40b6-40c8-a2ff-e38f2d388875",
  "synapse compute operator": "e3844cc7-4670-42cb-9349-9bdac1ee7881",
  "synapse credential user": "5eb298b4-692c-4241-9cf0-f58a3b42bb25",
  "synapse linked data manager": "dd665582-e433-40ca-b183-1b1b33e73375",
  "synapse user": "2a385764-43e8-416c-9825-7b18d05a2c4b",
  // As version 2 of the provider calls them.
  "workspace admin": "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78",
  "apache spark admin": "c3a6d2f1-a26f-4810-9b0f-591308d5cbf1",
  "sql admin": "7af0c69a-a548-47d6-aea3-d00e69bd83aa",
};

function roleAssignment(reader: Reader): Made {
  const pool = reader.named("id", "synapse_spark_pool_id");
  const workspaceId = pool === undefined ? reader.named("id", "synapse_workspace_id") : parentOf(pool);
  const role = reader.text("role_name");
  const principal = reader.resolver.principal(reader.instance, ["principal_id"]);
  const [, name] = (reader.text("id") ?? "").split("|");
  const poolName = isAzureId(pool) && isAzureId(workspaceId) ? pool.slice(pool.lastIndexOf("/") + 1) : null;
  const workspaceName = isAzureId(workspaceId) ? workspaceId.slice(workspaceId.lastIndexOf("/") + 1) : null;
  return {
    type: `${workspaces}/roleassignments`,
    id: within(workspaceId, `roleassignments/${name}`, addressId(reader.instance.address)),
    body: inside(
      isAzureId(workspaceId) ? workspaceId : undefined,
      body({
        roleDefinitionId: role === null ? unknown : (roles[role.toLowerCase()] ?? unknown),
        principalId: principal.id,
        principalType: reader.text("principal_type") || (principal.type ?? undefined),
        scope:
          pool === undefined
            ? undefined
            : poolName === null
              ? unknown
              : `workspaces/${workspaceName}/bigDataPools/${poolName}`,
      }),
    ),
  };
}

function parentOf(id: PlannedValue): PlannedValue {
  return isAzureId(id) ? id.split("/").slice(0, -2).join("/") : unknown;
}

function linkedService(reader: Reader): Made {
  const runtime = reader.get("integration_runtime", 0, "name");
  return child(reader, "synapse_workspace_id", "linkedservices", reader.get("name"), {
    properties: body({
      type: reader.get("type"),
      typeProperties: parsed(reader.get("type_properties_json")),
      connectVia: runtime === undefined ? undefined : { referenceName: runtime, type: "IntegrationRuntimeReference" },
      parameters: parameters(reader.get("parameters")),
      annotations: reader.get("annotations"),
      description: reader.get("description"),
      ...additional(reader),
    }),
  });
}

function parameters(value: PlannedValue | undefined): PlannedValue | undefined {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Body).map(([name, each]) => [name, { type: "String", defaultValue: each }]),
  );
}

function additional(reader: Reader): Body {
  const value = reader.get("additional_properties");
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Body) : {};
}

function sqlPool(reader: Reader): readonly Made[] {
  const pool = child(reader, "synapse_workspace_id", "sqlpools", reader.get("name"), {
    ...body({ location: reader.get("location"), tags: reader.get("tags") }),
    sku: body({ name: reader.get("sku_name") }),
    properties: body({
      storageAccountType:
        reader.first("storage_account_type", "geo_backup_policy_enabled") === undefined
          ? undefined
          : reader.get("storage_account_type"),
    }),
  });
  const encrypted = reader.choice("data_encrypted", "Enabled", "Disabled");
  if (encrypted === undefined) return [pool];
  return [
    pool,
    {
      type: `${workspaces}/sqlpools/transparentdataencryption`,
      id: within(pool.id, "transparentdataencryption/current", `${pool.id}/transparentdataencryption`),
      body: inside(pool.id, { properties: { status: encrypted } }),
    },
  ];
}

function sparkPool(reader: Reader): Made {
  const pause = reader.block("auto_pause");
  const file = (name: string): PlannedValue | undefined => {
    const block = reader.block(name);
    if (block === unknown) return unknown;
    if (!Array.isArray(block) || block.length === 0) return undefined;
    return body({ content: reader.get(name, 0, "content"), filename: reader.get(name, 0, "filename") });
  };
  return child(reader, "synapse_workspace_id", "bigdatapools", reader.get("name"), {
    ...body({ location: reader.get("location"), tags: reader.get("tags") }),
    properties: body({
      sparkVersion: reader.get("spark_version") ?? unknown,
      nodeSize: reader.get("node_size"),
      nodeSizeFamily: reader.get("node_size_family"),
      autoPause:
        pause === unknown
          ? unknown
          : Array.isArray(pause) && pause.length > 0
            ? body({ enabled: true, delayInMinutes: reader.get("auto_pause", 0, "delay_in_minutes") })
            : { enabled: false },
      isComputeIsolationEnabled: reader.get("compute_isolation_enabled"),
      sessionLevelPackagesEnabled: reader.get("session_level_packages_enabled"),
      libraryRequirements: file("library_requirement"),
      sparkConfigProperties: file("spark_config"),
    }),
  });
}
