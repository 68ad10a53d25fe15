import { randomUUID } from "node:crypto";
import type { Configuration } from "../config/config.ts";
import { isLoopback } from "../config/endpoints.ts";
import { digestOf } from "../resources/digest.ts";
import type { AzureSubscription, Read, Reader, SnapshotPart, SnapshotSelection } from "../resources/generated.ts";
import { kinds, type Row } from "../resources/kinds.ts";
import { InputError } from "../resources/problem.ts";
import { below } from "../resources/scope.ts";
import { version } from "../resources/version.ts";
import { fingerprinter } from "../secrets/fingerprint.ts";
import type { SnapshotContent } from "../snapshot/write.ts";
import { readCounts, shortfalls } from "./azure/counts.ts";
import { unlistedRoles } from "./azure/customRoles.ts";
import { unlistedGrants } from "./azure/inheritedGrants.ts";
import { azureServices } from "./azure/services.ts";
import { readSubscriptions, subscriptionReads } from "./azure/subscriptions.ts";
import { fieldReaders, prefectReaders, rowReaders } from "./catalogue.ts";
import type { ReadDefinition } from "./definition.ts";
import { appPermissionsRead } from "./graph/appPermissions.ts";
import { beginDirectory, directoryReads, type Grant, readDirectory } from "./graph/directory.ts";
import { holdersRead } from "./graph/principals.ts";
import { realClock } from "./http/bucket.ts";
import { Governor } from "./http/governor.ts";
import { defaultLimits, type Limits } from "./http/guard.ts";
import { documentedLimits, loopbackLimits } from "./http/limits.ts";
import { Ledger, type Progress, type Transport } from "./ledger.ts";
import { isFirst, isLeftToFirst, partOf } from "./part.ts";
import { placesOf, prefectScope, prefectServer } from "./prefect/server.ts";
import { type AzureRun, type Hierarchy, incomplete, type NewRow, type ResourceRun, type RowReader } from "./reader.ts";
import type { Recording } from "./recording.ts";
import { readFiles, repository } from "./source/files.ts";
import { maskText } from "./text.ts";

/** What a run needs beside its configuration. */
export interface CollectOptions {
  /** The moment of the run. */
  collectedAt: Date;
  /** Where credentials stand. */
  environment: NodeJS.ProcessEnv;
  limits?: Partial<Limits>;
  /** Keeps the run below the limits of the services; where it is not given one with the documented limits, on loopback without. */
  governor?: Governor;
  progress: Progress;
  /** The waivers file and its text; null where there is none. */
  waivers: { file: string; text: string } | null;
  /** What sends the requests; the platform's own client where it is absent. */
  transport?: Transport;
  /** Further inputs to keep beside the configuration, such as policies of one's own, by name below `inputs/`. */
  inputs?: ReadonlyMap<string, string>;
  /** The kinds to read, where it is not all of them; a kind that is found by way of another needs that one too. */
  only?: ReadonlySet<string>;
  /** Takes note of the forms of all answers. */
  recording?: Recording;
  /** The part of the tenant to read; all of it where it is absent. */
  part?: SnapshotPart;
  /** Chooses the subscriptions to read; all are read where it is absent. */
  choose?: Choose;
}

/**
 * Chooses among the subscriptions that were listed. What it throws ends the run.
 * @param isWhole whether these are all that the credential sees
 */
export type Choose = (listed: readonly (AzureSubscription & { id: string })[], isWhole: boolean) => SnapshotSelection;

/** The environment variable that holds the organisation's key for fingerprints of secrets. */
export const fingerprintKeyVariable = "LEASTWISE_FINGERPRINT_KEY";

/** The rows of a run by kind; a row that several reads bring is kept once. */
class Rows {
  readonly byKind = new Map<string, Map<string, Row>>();
  /** Rows that complete those of other parts. */
  readonly completing = new Map<string, Row[]>();
  readonly #ledger: Ledger;
  /** The scope whose read counts where several brought a row. */
  readonly #scopes = new WeakMap<Row, string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  of(kind: string): Row[] {
    return [...(this.byKind.get(kind)?.values() ?? [])];
  }

  add(kind: string, scope: string, rows: readonly object[]): void {
    const held = this.byKind.get(kind) ?? new Map<string, Row>();
    this.byKind.set(kind, held);
    for (const each of this.#ledger.sound(kind, scope, rows as readonly Row[])) {
      const row = maskText(each);
      const other = held.get(each.id);
      const first = other === undefined ? undefined : this.#scopes.get(other);
      // What one of the reads could not bring, another one may have. Where two scopes say different things, it is the same
      // one that counts in every run, whichever answered first.
      const isBefore = first?.startsWith("/") === true && scope.startsWith("/") && scope < first;
      const whole: Row = isBefore ? { ...other, ...row } : { ...row, ...other };
      held.set(each.id, whole);
      this.#scopes.set(whole, isBefore ? scope : (first ?? scope));
    }
  }

  complete(kind: string, scope: string, rows: readonly object[]): void {
    this.completing.set(kind, this.#ledger.sound(kind, scope, rows as readonly Row[]).map(maskText));
  }
}

/**
 * Reads everything that the configuration names. A service that refuses, fails or answers nonsense never stops the run:
 * its reads say so in the ledger.
 * @throws InputError where the configuration cannot be carried out, as where an environment variable is not set
 */
export async function collect(configuration: Configuration, options: CollectOptions): Promise<SnapshotContent> {
  const { environment } = options;
  const part = options.part ?? null;
  // A part that reads no server needs no credential of one.
  const servers = isFirst(part)
    ? configuration.prefect.map((each) => prefectServer(each, environment, configuration.file))
    : [];
  const key = environment[fingerprintKeyVariable];
  const fingerprint = key ? fingerprinter(key) : undefined;
  const limits = { ...defaultLimits, ...options.limits };
  const ledger = new Ledger(limits, options.progress, {
    ...options,
    governor: options.governor ?? governorFor(configuration),
    leaves: (read) => isLeftToFirst(read, part),
  });
  const rows = new Rows(ledger);
  let reader: Reader = { kind: "none", id: null };
  const patience = { request: limits.request, token: limits.request * limits.tries };
  const azure = configuration.azure === null ? null : await azureServices(configuration.azure, patience);
  if (azure !== null) reader = await azure.reader();
  const asOf = options.collectedAt.getTime();
  const isWanted = (kind: string): boolean => options.only?.has(kind) !== false;
  const reach: Reach = { isWanted, part, choose: options.choose };
  // Before anything is asked: what keeps the machine busy would make services look slow.
  if (configuration.source !== null && isFirst(part) && (isWanted("source.file") || isWanted("source.declaration"))) {
    const run = { ledger, fingerprint, probe: limits.probe };
    const { files, declarations } = await readFiles(configuration.source, run);
    rows.add("source.file", repository, files);
    rows.add("source.declaration", repository, declarations);
  }
  const [selection] = await Promise.all([
    azure === null ? null : collectAzure({ ledger, azure, asOf, fingerprint }, rows, reach),
    ...prefectReaders
      .filter(({ kind }) => isWanted(kind))
      .flatMap((reader) =>
        placesOf(reader, servers).map(async (prefect) => {
          const scope = prefectScope(prefect.name, reader.part);
          const work = () => reader.rows({ ledger, prefect, servers, asOf, fingerprint });
          rows.add(reader.kind, scope, await sheltered(ledger, reader.reads, scope, work, []));
        }),
      ),
  ]);
  const inputs = new Map(options.inputs);
  inputs.set("leastwise.yaml", configuration.text);
  if (options.waivers !== null) inputs.set("waivers.yaml", options.waivers.text);
  const named = configuration.prefect.map((each) => each.name);
  const systems = { azure: azure !== null, prefect: named, source: configuration.source !== null };
  const isConfigured = (kind: string): boolean =>
    kind.startsWith("prefect.") ? named.length > 0 : kind.startsWith("source.") ? systems.source : systems.azure;
  const read = [...kinds.keys()].filter(isConfigured);
  return {
    manifest: {
      version: "leastwise/snapshot/v1",
      runId: part?.run ?? randomUUID(),
      collectedAt: options.collectedAt.toISOString(),
      tool: { name: "leastwise", version },
      reader,
      systems,
      configuration: {
        file: configuration.file,
        digest: configuration.digest,
        waivers:
          options.waivers === null ? null : { file: options.waivers.file, digest: digestOf(options.waivers.text) },
      },
      fingerprints: fingerprint === undefined ? "none" : "keyed",
      ...(part !== null && { part }),
      ...(selection !== null && { selection }),
    },
    reads: ledger.reads,
    rows: new Map(read.map((kind) => [kind, rows.of(kind)])),
    completing: rows.completing,
    inputs,
  };
}

function governorFor({ azure }: Configuration): Governor {
  const local = azure !== null && isLoopback(azure.resourceManager);
  return new Governor(realClock, local ? loopbackLimits : documentedLimits);
}

/** How much of a tenant a run reads. */
interface Reach {
  isWanted(kind: string): boolean;
  part: SnapshotPart | null;
  choose: Choose | undefined;
}

/** Gives what was chosen to be read; null where nothing was left out by choice. */
async function collectAzure(run: AzureRun, rows: Rows, reach: Reach): Promise<SnapshotSelection | null> {
  const { ledger } = run;
  if (!reach.isWanted("azure.principal")) return (await collectResources(run, rows, reach)).chosen;
  const directory = beginDirectory(run);
  // What breaks one of them is met when they are awaited, which is only after the resources.
  for (const list of Object.values(directory)) list.catch(() => undefined);
  const selection = await collectResources(run, rows, reach);
  // Counted after they were listed: what is made in between makes a list look short, and is then told.
  const counting = countAgain(run, rows, selection.own);
  const grants = [...leadToPrincipals, ...Object.keys(namedIn)].flatMap((kind) =>
    rows.of(kind).flatMap((row) => grantsIn(kind, row)),
  );
  const read = () =>
    readDirectory(
      run,
      directory,
      grants,
      () => grantsAreWhole(ledger.reads),
      (...added) => rows.add(...added),
    );
  const users = await sheltered(ledger, directoryReads, null, read, []);
  // The other parts know the ids of the users that hold their grants, and only this list tells the rest of them.
  if (reach.part?.index === 1) rows.complete("azure.principal", "tenant/users", users);
  await counting;
  tellWhatFollows(ledger);
  return selection.chosen;
}

/**
 * What a reader brings; nothing where an answer of a shape that nobody foresaw breaks it. Then its reads are open and the
 * run goes on.
 */
async function sheltered<Brought>(
  ledger: Ledger,
  reads: readonly ReadDefinition[],
  scope: string | null,
  work: () => Promise<Brought>,
  nothing: Brought,
): Promise<Brought> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError) throw error;
    ledger.broken(reads, scope);
    return nothing;
  }
}

/** Holds what the lists of subscriptions brought against what Resource Graph counts in them. */
async function countAgain(run: AzureRun, rows: Rows, subscriptions: readonly string[]): Promise<void> {
  const own = (rows.of("azure.subscription") as Hierarchy["subscriptions"]).filter(({ id }) =>
    subscriptions.includes(id),
  );
  if (own.length === 0) return;
  const isListed = (kind: string) => (id: string) => rows.byKind.get(kind)?.has(id) === true;
  const [counts, roles, grants] = await Promise.all([
    readCounts(run, subscriptions),
    unlistedRoles(run, own, isListed("azure.roleDefinition")),
    unlistedGrants(run, own, isListed("azure.roleAssignment")),
  ]);
  for (const { subscription, cause } of roles) run.ledger.doubt("azure.roleDefinition", subscription, cause);
  for (const { subscription, cause } of grants) run.ledger.doubt("azure.roleAssignment", subscription, cause);
  for (const { kind, subscription, cause } of shortfalls(counts, (each) => rows.byKind.get(each))) {
    // A kind that is read of something inside the subscription is short somewhere there.
    for (const read of run.ledger.reads) {
      if (read.kind === kind && read.fields.length === 0 && below(read.scope, subscription))
        run.ledger.doubt(kind, read.scope, cause);
    }
  }
}

/**
 * Reads the subscriptions and management groups, and what is found by way of those that are this run's.
 * @returns what was chosen, and the subscriptions that are this run's
 */
async function collectResources(
  services: AzureRun,
  rows: Rows,
  { isWanted, part, choose }: Reach,
): Promise<{ chosen: SnapshotSelection | null; own: string[] }> {
  const { ledger, azure } = services;
  const none = { subscriptions: [], managementGroups: [], complete: false };
  const hierarchy = await sheltered(ledger, subscriptionReads, null, () => readSubscriptions(ledger, azure), none);
  const run: ResourceRun = { ...services, hierarchy };
  const { subscriptions, managementGroups, complete } = hierarchy;
  rows.add("azure.subscription", "tenant", subscriptions);
  rows.add("azure.managementGroup", "tenant", managementGroups);
  const selection = choose?.(subscriptions, complete) ?? null;
  const chosen = subscriptions.filter(({ id }) => selection?.read.includes(id) ?? true);
  const own = chosen.filter(({ id }) => part === null || partOf(id, part.count) === part.index);
  // A group stands above subscriptions of several parts, so the first one asks it what no subscription tells.
  const groups = managementGroups.filter(
    ({ id }) => isFirst(part) && (selection === null || chosen.some((each) => each.managementGroups?.includes(id))),
  );
  const readers = rowReaders.filter((each) => isWanted(each.kind));
  await Promise.all([
    ...own.map((each) => readFrom(run, rows, readers, "azure.subscription", each)),
    ...groups.map((each) => readFrom(run, rows, readers, "azure.managementGroup", each)),
  ]);
  return { chosen: selection, own: own.map(({ id }) => id) };
}

/** Reads all that is found by way of a row, and by way of what is found so. */
async function readFrom(
  run: ResourceRun,
  rows: Rows,
  all: readonly RowReader<never>[],
  kind: string,
  from: NewRow,
): Promise<void> {
  const readers = all.filter(({ reads: [read] }) => read.per === kind);
  await Promise.all(
    readers.map(async (reader) => {
      const found = await sheltered(run.ledger, reader.reads, from.id, () => reader.rows(run, from as never), []);
      // What is found by way of one row does not wait for the fields of the others.
      const below: Promise<void>[] = [];
      const whole = await Promise.all(
        found.map(async (row) => {
          const made = await completed(run, reader.kind, row);
          below.push(readFrom(run, rows, all, reader.kind, made));
          return made;
        }),
      );
      rows.add(reader.kind, from.id, whole);
      await Promise.all(below);
    }),
  );
}

/** A row with the fields that reads of their own bring. */
async function completed(run: ResourceRun, kind: string, row: NewRow): Promise<NewRow> {
  const readers = fieldReaders.filter((each) => each.kind === kind);
  const parts = await Promise.all(
    readers.map(({ reads, fields }) => sheltered(run.ledger, reads, row.id, () => fields(run, row as never), {})),
  );
  const open = [row, ...parts].flatMap((part) => (part as { incomplete?: string[] }).incomplete ?? []);
  return Object.assign({}, row, ...parts, open.length === 0 ? {} : incomplete(...open));
}

/** The kinds of grants, held already or to be activated, whose holders are principals. */
const leadToPrincipals: readonly string[] = ["azure.roleAssignment", "azure.roleEligibility", "synapse.roleAssignment"];

/**
 * The kinds beside grants that name principals, each in a field with their object ids. Whoever is named there is looked
 * up too; but the principals are all there where those of the grants are, so that a right more is needed only for
 * policies that look at these kinds.
 */
const namedIn: Readonly<Record<string, string>> = {
  "azure.keyVault": "principalIds",
  "azure.storageContainer": "principalIds",
};

/** The grants that a row tells of: a row of grants its own, and one that names principals one to each of them. */
export function grantsIn(kind: string, row: Row): readonly Grant[] {
  if (leadToPrincipals.includes(kind)) return [row as Grant];
  const field = namedIn[kind];
  if (field === undefined) return [];
  // Whoever is named was so when the row was last changed, at the latest.
  const createdOn = typeof row.updatedOn === "string" ? row.updatedOn : null;
  return ((row[field] as string[] | undefined) ?? []).map((principalId) => ({ id: row.id, principalId, createdOn }));
}

/** Whether every grant was read, so that whoever is a member of no group that is known of is a member of none that matters. */
export function grantsAreWhole(reads: readonly Read[]): boolean {
  const kinds = ["azure.subscription", "synapse.workspace", "azure.directoryRole", ...leadToPrincipals];
  return reads.every(
    ({ kind, fields, outcome }) =>
      fields.length > 0 || !kinds.includes(kind) || outcome === "complete" || outcome === "notLicensed",
  );
}

/** The reads that bring what is found only by way of the rows of a kind. */
export function foundBy(kind: string): readonly ReadDefinition[] {
  const below = rowReaders.map(({ reads: [read] }) => read).filter((read) => read.per === kind);
  return leadToPrincipals.includes(kind) ? [...below, holdersRead, appPermissionsRead] : below;
}

/** Where a list is not complete, nobody knows what else there is: each kind that is found by way of it says so. */
export function tellWhatFollows(ledger: Ledger): void {
  for (const read of ledger.reads) {
    // A management group that nobody sees reaches nothing that is read, as a subscription that nobody sees.
    if (read.kind === "azure.managementGroup") continue;
    if (read.fields.length > 0 || read.outcome === "complete" || read.outcome === "notLicensed") continue;
    for (const definition of foundBy(read.kind)) {
      const scope = read.kind === "azure.subscription" ? "subscriptions that were not listed" : read.scope;
      const cause = `${read.kind} was not read whole`;
      // Where the scope has a read of its own too, that one answers for what stands below it.
      if (ledger.has(`${definition.kind} ${scope}`)) ledger.doubt(definition.kind, scope, cause);
      else ledger.notAttempted(definition, scope, cause);
    }
  }
}
