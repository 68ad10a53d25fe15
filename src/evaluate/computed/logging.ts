import { IncompleteList, Unread } from "../../policy/value.ts";
import type {
  AzureDiagnosticSetting,
  AzureStorageAccount,
  PrefectAssetEvent,
  PrefectFlowRun,
  SynapseSqlPool,
  SynapseWorkspace,
} from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import type { Environments } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { Computed, ComputedTable } from "./computed.ts";
import { isSharedScope } from "./sharing.ts";

/** The kinds whose logs can be sent somewhere. */
const logging = [
  "azure.keyVault",
  "azure.storageAccount",
  "azure.subscription",
  "synapse.sqlPool",
  "synapse.workspace",
];

/** Which logs are sent, where they go, and what runs leave behind. */
export const logs: ComputedTable = {
  ...Object.fromEntries(logging.map((kind) => [`${kind}.sentLogs`, sentLogs(kind)])),
  "azure.diagnosticSetting.foreignDestinations": { derive: foreignDestinations },
  "synapse.sqlPool.foreignAuditStores": { derive: foreignAuditStores, needs: ["azure.storageAccount"] },
  "synapse.workspace.foreignAuditStores": { derive: foreignAuditStores, needs: ["azure.storageAccount"] },
  "prefect.flowRun.leftLineage": { derive: leftLineage, needs: ["prefect.assetEvent"] },
};

function sentLogs(kind: string): Computed {
  return {
    needs: ["azure.diagnosticSetting"],
    derive: (row, world) => {
      const { items, cause } = listIn<AzureDiagnosticSetting>(world.field(kind, "diagnosticSettings", row));
      const sent = new Set<string>();
      let missing = cause;
      for (const setting of items) {
        const { logs } = setting;
        if (logs === undefined) missing ??= "azure.diagnosticSetting.logs was not read";
        if (goesNowhere(setting)) {
          missing ??= "where a diagnostic setting sends logs was not read";
          continue;
        }
        for (const { enabled, category, categoryGroup } of logs ?? []) {
          if (enabled === false) continue;
          const name = category ?? categoryGroup;
          if (enabled === undefined || name === undefined || name === null)
            missing ??= "which logs a diagnostic setting sends was not read";
          else sent.add(name);
        }
      }
      return listOf([...sent].sort(), missing);
    },
  };
}

/** The items of a relation to many, and why there may be more. */
function listIn<Kind>(value: unknown): { items: readonly (Kind & Row)[]; cause: string | null } {
  if (value instanceof Unread) return { items: [], cause: value.cause };
  if (value instanceof IncompleteList) return { items: value.items as readonly (Kind & Row)[], cause: value.cause };
  return { items: value as readonly (Kind & Row)[], cause: null };
}

function listOf(items: readonly string[], missing: string | null): readonly string[] | IncompleteList {
  return missing === null ? items : new IncompleteList(items, missing);
}

function destinationsOf(setting: AzureDiagnosticSetting): readonly (string | null | undefined)[] {
  return [setting.workspaceId, setting.storageAccountId, setting.eventHubRuleId, setting.partnerId];
}

/** A setting cannot be made without a destination, so one that names none was not read whole. */
function goesNowhere(setting: AzureDiagnosticSetting): boolean {
  return !destinationsOf(setting).some((each) => typeof each === "string");
}

function foreignDestinations(row: Row, world: SnapshotWorld): unknown {
  const setting = row as AzureDiagnosticSetting & Row;
  const { resourceId } = setting;
  if (resourceId === undefined) return new Unread("azure.diagnosticSetting.resourceId was not read");
  const places = new Places(world, world.environments.ofScope(resourceId));
  if (goesNowhere(setting)) places.missing = "where the setting sends logs was not read";
  for (const id of destinationsOf(setting)) {
    if (id === undefined) places.missing ??= "where the setting sends logs was not read";
    else if (id !== null) places.judge(id, id);
  }
  return places.found();
}

function foreignAuditStores(row: Row, world: SnapshotWorld): unknown {
  const { auditing } = row as SynapseWorkspace | SynapseSqlPool;
  const host = auditing?.storageEndpoint;
  if (auditing?.state === "Disabled" || host === null) return [];
  if (auditing?.state === undefined || host === undefined) return new Unread("where SQL audit events go was not read");
  const [store] = (world.index("azure.storageAccount", "blobHost").get(host) ?? []) as readonly (AzureStorageAccount &
    Row)[];
  if (store === undefined) {
    const missing = world.missing("azure.storageAccount", "blobHost");
    return new Unread(missing ?? `no storage account that was read answers at ${host}`);
  }
  const places = new Places(world, world.environments.ofScope(row.id));
  places.judge(store.id, host);
  return places.found();
}

/** Tells which of some places lie outside the environments of a resource and are not declared shared. */
class Places {
  missing: string | null = null;
  readonly #world: SnapshotWorld;
  readonly #own: Environments;
  readonly #foreign = new Set<string>();

  constructor(world: SnapshotWorld, own: Environments) {
    this.#world = world;
    this.#own = own;
  }

  /** @param name what the place is called where it lies outside */
  judge(id: string, name: string): void {
    if (isSharedScope(id, this.#world)) return;
    const there = this.#world.environments.ofScope(id);
    if (there.names.some((each) => this.#own.names.includes(each))) return;
    const open = this.#own.missing ?? there.missing;
    if (open === null) this.#foreign.add(name);
    else this.missing ??= open;
  }

  /** None where the resource is in no environment. */
  found(): readonly string[] | IncompleteList {
    if (this.#own.names.length === 0 && this.#own.missing === null) return [];
    return listOf([...this.#foreign].sort(), this.missing);
  }
}

function leftLineage(row: Row, world: SnapshotWorld): unknown {
  const events = listIn<PrefectAssetEvent>(world.field("prefect.flowRun", "assetEvents", row));
  if (events.items.some(({ access }) => access === "write")) return true;
  if (events.cause !== null) return new Unread(events.cause);
  if (events.items.some(({ access }) => access === undefined))
    return new Unread("prefect.assetEvent.access was not read");
  const { api, end } = row as PrefectFlowRun;
  if (api === undefined || end === undefined) return new Unread("when the run ended was not read");
  const read = world.snapshot.reads.find(
    (each) => each.kind === "prefect.assetEvent" && each.scope === `prefect:${api}`,
  );
  // Both are texts of one form (UTC with milliseconds), so they compare as the times do.
  if (end !== null && read?.window !== undefined && end < read.window.since)
    return new Unread("the run ended before the events that were read");
  return false;
}
