import { type PlannedValue, unknown } from "../plan.ts";
import { type Body, body, inside, isAzureId, type Made, type Reader, seconds, within } from "./reader.ts";
import { addressId } from "./resolve.ts";

/** What a resource of Terraform is in the service. */
export type Translation = (reader: Reader) => readonly Made[];

/** Resources of the azurerm provider, as Azure Resource Manager answers what they make. */
export const azureTypes: Readonly<Record<string, Translation>> = {
  azurerm_role_assignment: (reader) => [roleAssignment(reader)],
  azurerm_pim_active_role_assignment: (reader) => [
    // As long as it lasts it is an assignment like any other.
    { ...roleAssignment(reader), id: addressId(reader.instance.address) },
  ],
  azurerm_pim_eligible_role_assignment: (reader) => [eligibility(reader)],
  azurerm_role_definition: (reader) => [roleDefinition(reader)],
  azurerm_user_assigned_identity: (reader) => [
    {
      type: "microsoft.managedidentity/userassignedidentities",
      id: reader.id,
      body: {
        ...reader.common,
        properties: body({
          principalId: reader.text("principal_id") ?? undefined,
          clientId: reader.text("client_id") ?? undefined,
          tenantId: reader.text("tenant_id") ?? undefined,
        }),
      },
    },
  ],
  azurerm_federated_identity_credential: (reader) => {
    const parent = reader.named(
      "id",
      reader.get("parent_id") === undefined ? "user_assigned_identity_id" : "parent_id",
    );
    return [
      {
        type: "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials",
        id: reader.id,
        body: inside(
          parent,
          body({
            name: reader.get("name"),
            properties: body({
              issuer: reader.get("issuer"),
              subject: reader.get("subject"),
              audiences: reader.get("audience"),
            }),
          }),
        ),
      },
    ];
  },
  azurerm_storage_account: (reader) => [storageAccount(reader)],
  azurerm_storage_container: (reader) => [container(reader, reader.get("container_access_type"))],
  azurerm_storage_data_lake_gen2_filesystem: (reader) => [container(reader, "private")],
  azurerm_key_vault: (reader) => [keyVault(reader)],
  azurerm_key_vault_access_policy: accessPolicy,
  azurerm_key_vault_secret: (reader) => [vaultItem(reader, "secrets")],
  azurerm_key_vault_key: (reader) => [vaultItem(reader, "keys")],
  azurerm_key_vault_certificate: (reader) => [vaultItem(reader, "certificates")],
  azurerm_monitor_diagnostic_setting: (reader) => [diagnosticSetting(reader)],
  azurerm_log_analytics_workspace: (reader) => [logWorkspace(reader)],
};

function roleAssignment(reader: Reader): Made {
  const { instance } = reader;
  const scope = reader.named("id", "scope");
  const name = reader.text("name");
  const told = reader.text("id");
  const role = roleOf(reader);
  const principal = reader.resolver.principal(instance, ["principal_id"]);
  return {
    type: "microsoft.authorization/roleassignments",
    id: isAzureId(told)
      ? (told.split("|")[0] ?? told)
      : within(
          scope === "/" ? "" : scope,
          `providers/microsoft.authorization/roleassignments/${name ?? undefined}`,
          addressId(instance.address),
        ),
    body: {
      properties: body({
        scope: scope ?? unknown,
        ...role,
        principalId: principal.id,
        principalType: reader.text("principal_type") ?? principal.type ?? undefined,
        condition: reader.get("condition"),
        conditionVersion: reader.get("condition_version"),
        description: reader.get("description"),
        delegatedManagedIdentityResourceId: reader.get("delegated_managed_identity_resource_id"),
        ...schedule(reader),
      }),
    },
  };
}

/** The role: by its id, or by its name where that is all that is said. */
function roleOf(reader: Reader): { roleDefinitionId?: PlannedValue; roleDefinitionName?: PlannedValue } {
  const role = reader.resolver.role(reader.instance, ["role_definition_id"]);
  if (role !== null && "id" in role) return { roleDefinitionId: role.id };
  if (role !== null) return { roleDefinitionName: role.name };
  const name = reader.text("role_definition_name");
  if (name === null || name === "") return { roleDefinitionId: unknown };
  const planned = reader.resolver.roleNamed(name);
  return planned === null ? { roleDefinitionName: name } : { roleDefinitionId: planned };
}

/** When an assignment through Privileged Identity Management begins and ends. */
function schedule(reader: Reader): Body {
  const block = reader.get("schedule");
  if (block === undefined) return {};
  if (block === unknown) return { scheduleInfo: unknown };
  const path = ["schedule", 0, "expiration", 0] as const;
  const days = reader.get(...path, "duration_days");
  const hours = reader.get(...path, "duration_hours");
  const end = reader.get(...path, "end_date_time");
  const isSet = (value: PlannedValue | undefined): boolean => value !== undefined && value !== 0 && value !== "";
  const duration = isSet(days)
    ? inDays(days, (count) => `P${count}D`)
    : isSet(hours)
      ? inDays(hours, (count) => `PT${count}H`)
      : undefined;
  const expiration = isSet(end)
    ? body({ type: "AfterDateTime", endDateTime: end })
    : duration === undefined
      ? { type: "NoExpiration" }
      : body({ type: "AfterDuration", duration });
  return {
    scheduleInfo: body({ startDateTime: reader.text("schedule", 0, "start_date_time") ?? undefined, expiration }),
  };
}

function inDays(value: PlannedValue | undefined, written: (count: number) => string): PlannedValue | undefined {
  return typeof value === "number" ? written(value) : value;
}

function eligibility(reader: Reader): Made {
  const assignment = roleAssignment(reader);
  const scope = reader.named("id", "scope");
  const properties = assignment.body.properties as Body;
  return {
    type: "microsoft.authorization/roleeligibilityschedulerequests",
    id: reader.isNew
      ? addressId(reader.instance.address)
      : within(
          scope,
          "providers/microsoft.authorization/roleeligibilityschedulerequests/unnamed",
          addressId(reader.instance.address),
        ),
    body: { properties: { scheduleInfo: { expiration: { type: "NoExpiration" } }, ...properties } },
  };
}

function roleDefinition(reader: Reader): Made {
  const blocks = reader.block("permissions") === unknown ? unknown : reader.blocks("permissions");
  const scope = reader.named("id", "scope");
  return {
    type: "microsoft.authorization/roledefinitions",
    id: reader.resolver.roleId(reader.instance),
    body: {
      properties: body({
        roleName: reader.get("name"),
        type: "CustomRole",
        description: reader.get("description"),
        // "If not set, the value is the scope" (azurerm's page on the resource).
        assignableScopes: reader.list("id", "assignable_scopes") ?? (scope === undefined ? undefined : [scope]),
        permissions:
          blocks === unknown
            ? unknown
            : blocks.map((path) =>
                body({
                  actions: reader.get(...path, "actions") ?? [],
                  notActions: reader.get(...path, "not_actions") ?? [],
                  dataActions: reader.get(...path, "data_actions") ?? [],
                  notDataActions: reader.get(...path, "not_data_actions") ?? [],
                }),
              ),
      }),
    },
  };
}

function storageAccount(reader: Reader): Made {
  const [tier, replication] = [reader.get("account_tier"), reader.get("account_replication_type")];
  const isText = typeof tier === "string" && typeof replication === "string";
  const key = reader.block("customer_managed_key");
  return {
    type: "microsoft.storage/storageaccounts",
    id: reader.id,
    body: body({
      ...reader.common,
      kind: reader.get("account_kind"),
      sku: { name: isText ? `${tier}_${replication}` : unknown },
      properties: body({
        allowSharedKeyAccess: reader.get("shared_access_key_enabled"),
        allowBlobPublicAccess: reader.first("allow_nested_items_to_be_public", "allow_blob_public_access"),
        allowCrossTenantReplication: reader.get("cross_tenant_replication_enabled"),
        minimumTlsVersion: reader.get("min_tls_version"),
        supportsHttpsTrafficOnly: reader.first("https_traffic_only_enabled", "enable_https_traffic_only"),
        publicNetworkAccess: reader.choice("public_network_access_enabled", "Enabled", "Disabled"),
        isHnsEnabled: reader.get("is_hns_enabled"),
        dnsEndpointType: reader.get("dns_endpoint_type"),
        networkAcls: networkAcls(reader, ["network_rules", 0], reader.get("network_rules")),
        sasPolicy: sasPolicy(reader),
        encryption:
          key === unknown
            ? unknown
            : Array.isArray(key) && key.length > 0
              ? { keySource: "Microsoft.Keyvault" }
              : { keySource: "Microsoft.Storage" },
      }),
    }),
  };
}

function sasPolicy(reader: Reader): PlannedValue | undefined {
  const policy = reader.block("sas_policy");
  if (policy === unknown) return unknown;
  if (!Array.isArray(policy) || policy.length === 0) return undefined;
  return body({
    sasExpirationPeriod: reader.get("sas_policy", 0, "expiration_period"),
    expirationAction: reader.get("sas_policy", 0, "expiration_action"),
  });
}

/** The firewall of a storage account or vault, which both write alike. */
export function networkAcls(
  reader: Reader,
  path: readonly (string | number)[],
  block: PlannedValue | undefined,
): PlannedValue | undefined {
  if (block === unknown) return unknown;
  if (block === undefined || (Array.isArray(block) && block.length === 0)) return undefined;
  const bypass = reader.get(...path, "bypass");
  const addresses = reader.get(...path, "ip_rules");
  const subnets = reader.list("id", ...path, "virtual_network_subnet_ids") ?? [];
  const links = reader.blocks(...path, "private_link_access");
  return body({
    defaultAction: reader.get(...path, "default_action"),
    bypass: Array.isArray(bypass)
      ? bypass.includes(unknown)
        ? unknown
        : bypass.length === 0
          ? undefined
          : [...bypass].sort().join(", ")
      : bypass,
    ipRules: Array.isArray(addresses) ? addresses.map((value) => ({ value })) : (addresses ?? []),
    virtualNetworkRules: Array.isArray(subnets) ? subnets.map((id) => ({ id })) : subnets,
    resourceAccessRules:
      links === unknown
        ? unknown
        : links.map((link) => ({ resourceId: reader.named("id", ...link, "endpoint_resource_id") ?? unknown })),
  });
}

function container(reader: Reader, access: PlannedValue | undefined): Made {
  const levels: Readonly<Record<string, string>> = { private: "None", blob: "Blob", container: "Container" };
  const account = reader.named("id", "storage_account_id");
  return {
    type: "microsoft.storage/storageaccounts/blobservices/containers",
    id: reader.id,
    body: inside(
      isAzureId(account) ? account : undefined,
      body({
        name: reader.get("name"),
        properties: body({
          publicAccess: typeof access === "string" ? (levels[access.toLowerCase()] ?? access) : access,
          hasImmutabilityPolicy: reader.get("has_immutability_policy"),
          hasLegalHold: reader.get("has_legal_hold"),
        }),
      }),
    ),
  };
}

function keyVault(reader: Reader): Made {
  const policies = reader.blocks("access_policy");
  const acls = reader.get("network_acls");
  return {
    type: "microsoft.keyvault/vaults",
    id: reader.id,
    body: {
      ...reader.common,
      properties: body({
        tenantId: reader.get("tenant_id"),
        sku: body({ family: "A", name: reader.get("sku_name") }),
        vaultUri: reader.text("vault_uri") ?? undefined,
        enableRbacAuthorization: reader.first("rbac_authorization_enabled", "enable_rbac_authorization"),
        enablePurgeProtection: reader.get("purge_protection_enabled"),
        softDeleteRetentionInDays: reader.get("soft_delete_retention_days"),
        publicNetworkAccess: reader.choice("public_network_access_enabled", "Enabled", "Disabled"),
        networkAcls: networkAcls(reader, ["network_acls", 0], acls),
        accessPolicies:
          policies === unknown
            ? unknown
            : reader.get("access_policy") === undefined
              ? undefined
              : policies.map((path) => policyAt(reader, path)),
      }),
    },
  };
}

function policyAt(reader: Reader, path: readonly (string | number)[]): Body {
  return body({
    tenantId: reader.get(...path, "tenant_id") ?? unknown,
    objectId: reader.principal(...path, "object_id") ?? unknown,
    applicationId: reader.named("client", ...path, "application_id") || undefined,
    permissions: body({
      keys: reader.get(...path, "key_permissions") ?? [],
      secrets: reader.get(...path, "secret_permissions") ?? [],
      certificates: reader.get(...path, "certificate_permissions") ?? [],
      storage: reader.get(...path, "storage_permissions") ?? [],
    }),
  });
}

/** A policy of a vault: what a principal had is taken out before it gets what the plan says, as the provider does. */
function accessPolicy(reader: Reader): readonly Made[] {
  const vault = reader.named("id", "key_vault_id");
  const made = (operation: "add" | "remove"): Made => ({
    type: "microsoft.keyvault/vaults/accesspolicies",
    id: within(vault, `accesspolicies/${operation}`, `${addressId(reader.instance.address)}/${operation}`),
    body: inside(isAzureId(vault) ? vault : undefined, { properties: { accessPolicies: [policyAt(reader, [])] } }),
    isUpdate: true,
  });
  if (reader.instance.actions.includes("delete") && !reader.isNew) return [made("remove")];
  return reader.isNew ? [made("add")] : [made("remove"), made("add")];
}

function vaultItem(reader: Reader, collection: "secrets" | "keys" | "certificates"): Made {
  const vault = reader.named("id", "key_vault_id");
  const name = reader.get("name");
  const isCertificate = collection === "certificates";
  return {
    type: `microsoft.keyvault/vaults/${collection}`,
    id: within(
      vault,
      `${collection}/${typeof name === "string" ? name : undefined}`,
      addressId(reader.instance.address),
    ),
    body: inside(
      isAzureId(vault) ? vault : undefined,
      body({
        name,
        tags: reader.get("tags"),
        properties: body({
          contentType: reader.get("content_type"),
          // That there is a new value, and never the value.
          value: collection === "secrets" && reader.changes("value", "value_wo_version") ? unknown : undefined,
          rotationPolicy: collection === "keys" ? rotationPolicy(reader) : undefined,
          attributes: isCertificate
            ? { nbf: unknown, exp: unknown }
            : body({ nbf: seconds(reader.get("not_before_date")), exp: seconds(reader.get("expiration_date")) }),
        }),
      }),
    ),
  };
}

function rotationPolicy(reader: Reader): PlannedValue | undefined {
  const block = reader.block("rotation_policy");
  if (block === unknown) return unknown;
  if (!Array.isArray(block) || block.length === 0) return undefined;
  const path = ["rotation_policy", 0] as const;
  const automatic = [...path, "automatic", 0] as const;
  const actions: Body[] = [];
  if (reader.get(...automatic) !== undefined)
    actions.push({
      trigger: body({
        timeAfterCreate: reader.get(...automatic, "time_after_creation"),
        timeBeforeExpiry: reader.get(...automatic, "time_before_expiry"),
      }),
      action: { type: "Rotate" },
    });
  const notify = body({ timeBeforeExpiry: reader.get(...path, "notify_before_expiry") });
  if (notify.timeBeforeExpiry !== undefined) actions.push({ trigger: notify, action: { type: "Notify" } });
  return { lifetimeActions: actions, attributes: body({ expiryTime: reader.get(...path, "expire_after") }) };
}

function diagnosticSetting(reader: Reader): Made {
  const target = reader.named("id", "target_resource_id");
  const name = reader.get("name");
  return {
    type: "microsoft.insights/diagnosticsettings",
    id: within(
      target,
      `providers/microsoft.insights/diagnosticsettings/${typeof name === "string" ? name : undefined}`,
      addressId(reader.instance.address),
    ),
    body: inside(
      isAzureId(target) ? target : undefined,
      body({
        name,
        properties: body({
          workspaceId: reader.named("id", "log_analytics_workspace_id"),
          storageAccountId: reader.named("id", "storage_account_id"),
          eventHubAuthorizationRuleId: reader.named("id", "eventhub_authorization_rule_id"),
          eventHubName: reader.get("eventhub_name"),
          marketplacePartnerId: reader.named("id", "partner_solution_id"),
          logAnalyticsDestinationType: reader.get("log_analytics_destination_type"),
          logs: sent(reader, "enabled_log", "log"),
          metrics: sent(reader, "enabled_metric", "metric"),
        }),
      }),
    ),
  };
}

/** What is sent: by the blocks of version 4, which are on, and by those of version 3, which say whether they are. */
function sent(reader: Reader, enabled: string, chosen: string): PlannedValue {
  const on = reader.block(enabled) === unknown ? unknown : reader.blocks(enabled);
  const either = reader.blocks(chosen);
  if (on === unknown || either === unknown) return unknown;
  const of = (path: readonly (string | number)[], isOn: boolean): Body => {
    const retention = [...path, "retention_policy", 0] as const;
    return body({
      category: reader.get(...path, "category"),
      categoryGroup: reader.get(...path, "category_group"),
      enabled: isOn ? true : (reader.get(...path, "enabled") ?? true),
      retentionPolicy:
        reader.get(...retention) === undefined
          ? undefined
          : body({ enabled: reader.get(...retention, "enabled"), days: reader.get(...retention, "days") }),
    });
  };
  return [...on.map((path) => of(path, true)), ...either.map((path) => of(path, false))];
}

function logWorkspace(reader: Reader): Made {
  const disabled = reader.get("local_authentication_disabled");
  const enabled = reader.get("local_authentication_enabled");
  return {
    type: "microsoft.operationalinsights/workspaces",
    id: reader.id,
    body: {
      ...reader.common,
      properties: body({
        customerId: reader.text("workspace_id") ?? undefined,
        sku: body({ name: reader.get("sku") }),
        retentionInDays: reader.get("retention_in_days"),
        workspaceCapping: body({ dailyQuotaGb: reader.get("daily_quota_gb") }),
        publicNetworkAccessForIngestion: reader.choice("internet_ingestion_enabled", "Enabled", "Disabled"),
        publicNetworkAccessForQuery: reader.choice("internet_query_enabled", "Enabled", "Disabled"),
        features: body({
          disableLocalAuth: disabled ?? (typeof enabled === "boolean" ? !enabled : enabled),
          enableLogAccessUsingOnlyResourcePermissions: reader.get("allow_resource_only_permissions"),
          immediatePurgeDataOn30Days: reader.get("immediate_data_purge_on_30_days_enabled"),
        }),
      }),
    },
  };
}
