import type { AzureManagementGroup, AzureSubscription } from "../resources/generated.ts";
import { violations } from "../resources/validate.ts";
import type { Fingerprinter } from "../secrets/fingerprint.ts";
import type { AzureServices } from "./azure/services.ts";
import { type ReadDefinition, readName } from "./definition.ts";
import { ReadFailure } from "./http/guard.ts";
import { type Call, joined } from "./http/service.ts";
import { type Ledger, listUnder, type ReadResult } from "./ledger.ts";

/** What is known of a tenant's structure before its readers begin. */
export interface Hierarchy {
  subscriptions: readonly (AzureSubscription & NewRow)[];
  /** Whether these are all the subscriptions that the credential sees. */
  complete: boolean;
  /** Empty where the tree could not be read. */
  managementGroups: readonly (AzureManagementGroup & NewRow)[];
}

/** What every reader of Azure works with. */
export interface AzureRun {
  ledger: Ledger;
  azure: AzureServices;
  /** The moment of the run, in ms since the epoch. */
  asOf: number;
  /** Absent without the organisation's key. */
  fingerprint: Fingerprinter | undefined;
}

/** What readers that start from a row work with: the subscriptions and management groups are known by then. */
export interface ResourceRun extends AzureRun {
  hierarchy: Hierarchy;
}

/** A stored resource that was just made of an answer. */
export type NewRow = object & { id: string };

/** Brings the rows of a kind, once for each row of the kind that its reads are made per. */
export interface RowReader<From extends NewRow = NewRow> {
  readonly kind: string;
  /** Every read that it makes; the first brings the rows. */
  readonly reads: readonly [ReadDefinition, ...ReadDefinition[]];
  rows(run: ResourceRun, from: From): Promise<readonly NewRow[]>;
}

/** Brings further fields to each row of a kind, from reads of their own, before the row is kept. */
export interface FieldReader<Of extends NewRow = NewRow> {
  readonly kind: string;
  readonly reads: readonly [ReadDefinition, ...ReadDefinition[]];
  /** The fields that were read. One that is left out is unread. */
  fields(run: ResourceRun, of: Of): Promise<Readonly<Record<string, unknown>>>;
}

interface ArmPage<Item> {
  value: Item[];
  nextLink?: string | null;
}

/**
 * A whole list of Azure Resource Manager, or of another service that pages by `nextLink`, as the service's own JSON: what
 * it leaves out is missing, and what is null is null, where an SDK would make them the same.
 * @param query further parameters, as in `$filter=atScope()`
 */
export function readArmList<Item>(
  { ledger, azure }: Pick<AzureRun, "ledger" | "azure">,
  read: ReadDefinition,
  scope: string,
  { query = "", service = azure.resourceManager }: { query?: string; service?: AzureServices["resourceManager"] } = {},
): Promise<ReadResult<Item>> {
  return ledger.read<Item>({ read, scope, service }, listUnder("value"), async ({ call, items }) => {
    for (let next: Call | null = { method: "GET", path: joined(read, scope, query) }; next !== null; ) {
      const page = (await call(next)).body as ArmPage<Item>;
      items.push(...page.value);
      next = page.nextLink ? { method: "GET", path: page.nextLink } : null;
    }
  });
}

/** Work that is done once in a run, whichever rows ask for it first. */
export function oncePerRun<Value>(work: (run: ResourceRun) => Promise<Value>): (run: ResourceRun) => Promise<Value> {
  const begun = new WeakMap<ResourceRun, Promise<Value>>();
  return (run) => {
    const value = begun.get(run) ?? work(run);
    begun.set(run, value);
    return value;
  };
}

/** The field of a row that names its lists which were not read to their end. */
export function incomplete(...fields: string[]): { incomplete: string[] } {
  return { incomplete: fields };
}

/** What is wrong with an answer that should be one object of Azure Resource Manager; null where it is one. */
export function armObject(body: unknown): string | null {
  const { properties } = (body ?? {}) as { properties?: unknown };
  return typeof properties === "object" && properties !== null ? null : "the answer has no properties";
}

/** One object of Azure Resource Manager, raw; null where it could not be read. An answer without `properties` is none. */
export async function readArmObject<Item>(
  { ledger, azure }: Pick<AzureRun, "ledger" | "azure">,
  read: ReadDefinition,
  scope: string,
): Promise<Item | null> {
  const plan = { read, scope, service: azure.resourceManager };
  const { items } = await ledger.read<Item>(plan, armObject, async ({ call, items }) => {
    items.push((await call({ method: "GET", path: joined(read, scope) })).body as Item);
  });
  return items[0] ?? null;
}

/** The codes of a 404 that tell of what stands above a setting, or of a type that is not known, and nothing of the setting. */
const notOfTheSetting: ReadonlySet<string> = new Set([
  "SubscriptionNotFound",
  "ResourceGroupNotFound",
  "ParentResourceNotFound",
  "InvalidResourceType",
  "InvalidResourceNamespace",
  "NoRegisteredProviderFound",
]);

/**
 * A setting that a resource may have at one fixed address, raw; `value` is null where the service answers 404 because
 * there is none, and the result is null where it could not be read.
 */
export async function readArmSetting<Item>(
  { ledger, azure }: Pick<AzureRun, "ledger" | "azure">,
  read: ReadDefinition,
  scope: string,
): Promise<{ value: Item | null } | null> {
  const plan = { read, scope, service: azure.resourceManager };
  const { items, complete } = await ledger.read<Item>(plan, armObject, async ({ call, items }) => {
    try {
      items.push((await call({ method: "GET", path: joined(read, scope) })).body as Item);
    } catch (error) {
      const isNone = error instanceof ReadFailure && error.status === 404 && !notOfTheSetting.has(error.code ?? "");
      if (!isNone) throw error;
    }
  });
  return complete ? { value: items[0] ?? null } : null;
}

/** The fields that a read of their own brought, less those that break the schema: these are unread, and the read partial. */
export function soundFields(
  { ledger }: Pick<AzureRun, "ledger">,
  read: ReadDefinition,
  scope: string,
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const wrong = new Set(violations(read.kind, { ...fields, id: scope }).map((each) => String(each.path[0])));
  if (wrong.size === 0) return fields;
  ledger.doubt(readName(read), scope, `the answer has a malformed ${[...wrong].sort().join(", ")}`);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !wrong.has(name)));
}
