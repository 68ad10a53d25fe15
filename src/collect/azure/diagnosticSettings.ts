import type { AzureDiagnosticSetting } from "../../resources/generated.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { idOf, keptText } from "../forms.ts";
import { type RowReader, readArmList } from "../reader.ts";

/**
 * The kinds whose logs can be sent somewhere, each with the part of the resource that the settings stand on: a storage
 * account logs nothing itself, and its blob service does.
 */
export const logging: readonly { kind: string; part: string | null }[] = [
  { kind: "azure.subscription", part: null },
  { kind: "synapse.workspace", part: null },
  { kind: "synapse.sqlPool", part: null },
  { kind: "azure.keyVault", part: null },
  { kind: "azure.storageAccount", part: "blobServices/default" },
];

/** The diagnostic settings of each kind that logs; of a subscription, the export of its activity log. */
export const diagnosticSettings: readonly RowReader[] = logging.map(({ kind, part }) => settingsOf(kind, part));

interface LogAnswer {
  category?: string | null;
  categoryGroup?: string | null;
  enabled?: boolean;
  retentionPolicy?: { enabled?: boolean; days?: number } | null;
}

/** A diagnostic setting, api-version 2021-05-01-preview; a destination that is not used is left out, null or empty. */
export interface SettingAnswer {
  name?: string;
  properties?: {
    workspaceId?: string | null;
    logAnalyticsDestinationType?: string | null;
    storageAccountId?: string | null;
    eventHubAuthorizationRuleId?: string | null;
    eventHubName?: string | null;
    marketplacePartnerId?: string | null;
    logs?: LogAnswer[] | null;
    metrics?: LogAnswer[] | null;
  };
}

function settingsOf(kind: string, part: string | null): RowReader {
  const read: ReadDefinition = {
    kind: "azure.diagnosticSetting",
    service: "Azure Resource Manager",
    per: kind,
    endpoint: `GET {scope}/${part === null ? "" : `${part}/`}providers/Microsoft.Insights/diagnosticSettings`,
    apiVersion: "2021-05-01-preview",
    right: reader("Microsoft.Insights/diagnosticSettings/read"),
    pageSize: null,
  };
  return {
    kind: read.kind,
    reads: [read],
    rows: async (run, { id: resource }) => {
      const { items } = await readArmList<SettingAnswer>(run, read, resource);
      return run.ledger.rowsOf({ kind: read.kind, scope: resource }, items, (each) =>
        diagnosticSettingRow(each, { resource, kind, part }),
      );
    },
  };
}

/**
 * A diagnostic setting as a row; null where it has no name.
 * @param on the resource whose logs it sends, its kind, and the part of it that the setting stands on
 */
export function diagnosticSettingRow(
  { name: written, properties }: SettingAnswer,
  on: { resource: string; kind: string; part: string | null },
): (AzureDiagnosticSetting & { id: string }) | null {
  if (typeof written !== "string") return null;
  // The ids that the service gives have several forms: a subscription's lack the slash, a resource's its case.
  const place = on.part === null ? on.resource : `${on.resource}/${on.part.toLowerCase()}`;
  const name = keptText(written).toLowerCase();
  const row: AzureDiagnosticSetting & { id: string } = {
    id: `${place}/providers/microsoft.insights/diagnosticsettings/${name}`,
    name,
    resourceId: on.resource,
    resourceKind: on.kind,
    part: on.part?.toLowerCase() ?? null,
  };
  return properties === undefined ? row : { ...row, ...destinations(properties) };
}

function destinations(properties: NonNullable<SettingAnswer["properties"]>): Partial<AzureDiagnosticSetting> {
  return {
    workspaceId: idOf(properties.workspaceId),
    workspaceTables: properties.logAnalyticsDestinationType ?? null,
    storageAccountId: idOf(properties.storageAccountId),
    eventHubRuleId: idOf(properties.eventHubAuthorizationRuleId),
    eventHub: properties.eventHubName ? properties.eventHubName : null,
    partnerId: idOf(properties.marketplacePartnerId),
    // The service always lists the logs (its examples of 2021-05-01-preview do), so without a list they are not known.
    ...(properties.logs !== undefined && {
      logs: (properties.logs ?? []).map((each) => ({
        category: each.category ?? null,
        categoryGroup: each.categoryGroup ?? null,
        ...chosen(each),
      })),
    }),
    metrics: (properties.metrics ?? []).map((each) => ({ category: each.category ?? null, ...chosen(each) })),
  };
}

function chosen({ enabled, retentionPolicy }: LogAnswer): { enabled?: boolean; retentionDays: number | null } {
  return {
    ...(enabled !== undefined && { enabled }),
    retentionDays: retentionPolicy?.enabled === true ? (retentionPolicy.days ?? null) : null,
  };
}
