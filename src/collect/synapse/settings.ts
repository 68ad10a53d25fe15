import type { EntraAdministrator, SynapseAuditing, SynapseWorkspace } from "../../resources/generated.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { hostOf, lower } from "../forms.ts";
import { type FieldReader, type NewRow, readArmObject, readArmSetting, soundFields } from "../reader.ts";

/** A setting at a fixed address below a workspace or a pool. */
function setting(kind: string, field: string, path: string, permission: string): ReadDefinition {
  return {
    kind,
    fields: [field],
    service: "Azure Resource Manager",
    per: kind,
    endpoint: `GET {scope}/${path}`,
    apiVersion: "2021-06-01",
    right: reader(`Microsoft.Synapse/workspaces/${permission}/read`),
    pageSize: null,
  };
}

/** An Entra administrator of a workspace. */
export interface AdministratorAnswer {
  properties: { login?: string; sid?: string; tenantId?: string; administratorType?: string };
}

/** An Entra administrator; 404 where none is set, as Terraform's provider takes it too (synapse_workspace_resource.go). */
function administrator(field: keyof SynapseWorkspace, type: string): FieldReader {
  const read = setting("synapse.workspace", field, `${type}/activeDirectory`, type);
  return {
    kind: read.kind,
    reads: [read],
    fields: async (run, { id }) => {
      const found = await readArmSetting<AdministratorAnswer>(run, read, id);
      if (found === null) return {};
      return soundFields(run, read, id, { [field]: found.value && administratorOf(found.value) });
    },
  };
}

/** An Entra administrator in a row. */
export function administratorOf({ properties }: AdministratorAnswer): NonNullable<EntraAdministrator> {
  return {
    login: properties.login ?? null,
    objectId: lower(properties.sid),
    tenantId: lower(properties.tenantId),
    type: properties.administratorType ?? null,
  };
}

/** The Entra administrator of a workspace, who is its SQL administrator too unless another one is set. */
export const entraAdministrator = administrator("entraAdministrator", "administrators");

/** The Entra administrator of a workspace's SQL endpoints. */
export const sqlEntraAdministrator = administrator("sqlEntraAdministrator", "sqlAdministrators");

const sqlControl = setting(
  "synapse.workspace",
  "sqlControlForIdentity",
  "managedIdentitySqlControlSettings/default",
  "managedIdentitySqlControlSettings",
);

interface SqlControlAnswer {
  properties: { grantSqlControlToManagedIdentity?: { desiredState?: string; actualState?: string } };
}

/** Whether the workspace's own identity has control over its SQL pools: what is in force, and not what was wished for. */
export const sqlControlForIdentity: FieldReader = {
  kind: "synapse.workspace",
  reads: [sqlControl],
  fields: async (run, { id }) => {
    const found = await readArmObject<SqlControlAnswer>(run, sqlControl, id);
    if (found === null) return {};
    const { actualState } = found.properties.grantSqlControlToManagedIdentity ?? {};
    return soundFields(run, sqlControl, id, { sqlControlForIdentity: actualState ?? null });
  },
};

/** Extended auditing settings. */
export interface AuditingAnswer {
  properties: {
    state?: string;
    storageEndpoint?: string;
    retentionDays?: number;
    auditActionsAndGroups?: string[];
    isAzureMonitorTargetEnabled?: boolean;
    predicateExpression?: string;
  };
}

/**
 * Auditing, from the extended settings alone: they are the same policy as `auditingSettings` with the condition that
 * events must meet beside it (terraform-provider-azurerm pull requests 4755 and 5036), and without the condition an
 * audit of almost nothing would look like one of everything.
 */
function auditing(kind: "synapse.workspace" | "synapse.sqlPool"): FieldReader {
  const path = "extendedAuditingSettings";
  const type = kind === "synapse.sqlPool" ? `sqlPools/${path}` : path;
  const read = setting(kind, "auditing", `${path}/default`, type);
  return {
    kind,
    reads: [read],
    fields: async (run, { id }) => {
      const found = await readArmObject<AuditingAnswer>(run, read, id);
      return found === null ? {} : soundFields(run, read, id, { auditing: auditingOf(found) });
    },
  };
}

/** Auditing in a row. */
export function auditingOf({ properties }: AuditingAnswer): SynapseAuditing {
  const { state, predicateExpression: predicate } = properties;
  return {
    ...(state !== undefined && { state }),
    azureMonitor: properties.isAzureMonitorTargetEnabled ?? null,
    storageEndpoint: hostOf(properties.storageEndpoint),
    retentionDays: properties.retentionDays ?? null,
    actionsAndGroups: properties.auditActionsAndGroups ?? [],
    predicate: predicate ? predicate : null,
  };
}

/** The auditing of all of a workspace's SQL pools, the serverless one too. */
export const workspaceAuditing = auditing("synapse.workspace");

/** The auditing of one dedicated SQL pool. */
export const sqlPoolAuditing = auditing("synapse.sqlPool");

const encryption = setting(
  "synapse.sqlPool",
  "transparentDataEncryption",
  "transparentDataEncryption/current",
  "sqlPools/transparentDataEncryption",
);

/** Whether a dedicated SQL pool encrypts its data at rest. */
export const transparentDataEncryption: FieldReader<NewRow> = {
  kind: "synapse.sqlPool",
  reads: [encryption],
  fields: async (run, { id }) => {
    const found = await readArmObject<{ properties: { status?: string } }>(run, encryption, id);
    if (found === null) return {};
    return soundFields(run, encryption, id, { transparentDataEncryption: found.properties.status ?? null });
  },
};
