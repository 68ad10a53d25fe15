import { randomUUID } from "node:crypto";
import type { Configuration } from "../config/config.ts";
import { digestOf } from "../resources/digest.ts";
import type { AzureRoleAssignment, Reader, SynapseRoleAssignment } from "../resources/generated.ts";
import { kinds, type Row } from "../resources/kinds.ts";
import { version } from "../resources/version.ts";
import { fingerprinter } from "../secrets/fingerprint.ts";
import type { SnapshotContent } from "../snapshot/write.ts";
import { readCounts, shortfalls } from "./azure/counts.ts";
import { type AzureServices, azureServices } from "./azure/services.ts";
import { readSubscriptions } from "./azure/subscriptions.ts";
import { fieldReaders, prefectReaders, rowReaders } from "./catalogue.ts";
import type { ReadDefinition } from "./definition.ts";
import { credentialsOf, readApplications, readServicePrincipals } from "./graph/applications.ts";
import { type Holder, holdersRead, readPrincipals, servicePrincipalRow } from "./graph/principals.ts";
import type { Governor } from "./http/governor.ts";
import { defaultLimits, type Limits } from "./http/guard.ts";
import { Ledger, type Progress } from "./ledger.ts";
import { prefectScope, prefectServer } from "./prefect/server.ts";
import { type AzureRun, incomplete, type NewRow } from "./reader.ts";
import { maskFreeText } from "./text.ts";

/** What a run needs beside its configuration. */
export interface CollectOptions {
  /** The moment of the run. */
  collectedAt: Date;
  /** Where credentials stand. */
  environment: NodeJS.ProcessEnv;
  limits?: Partial<Limits>;
  /** Keeps the run below the limits of the services; one with the documented limits where it is not given. */
  governor?: Governor;
  progress: Progress;
  /** The waivers file and its text; null where there is none. */
  waivers: { file: string; text: string } | null;
  /** Further inputs to keep beside the configuration, such as policies of one's own, by name below `inputs/`. */
  inputs?: ReadonlyMap<string, string>;
}

/** The environment variable that holds the organisation's key for fingerprints of secrets. */
export const fingerprintKeyVariable = "LEASTWISE_FINGERPRINT_KEY";

/** The rows of a run by kind; a row that several reads bring is kept once. */
class Rows {
  readonly byKind = new Map<string, Map<string, Row>>();
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  add(kind: string, scope: string, rows: readonly object[]): void {
    const held = this.byKind.get(kind) ?? new Map<string, Row>();
    this.byKind.set(kind, held);
    for (const row of this.#ledger.sound(kind, scope, rows as readonly Row[])) {
      if (!held.has(row.id)) held.set(row.id, maskFreeText(row));
    }
  }
}

/**
 * Reads everything that the configuration names. A service that refuses, fails or answers nonsense never stops the run:
 * its reads say so in the ledger.
 * @throws InputError where the configuration cannot be carried out, as where an environment variable is not set
 */
export async function collect(configuration: Configuration, options: CollectOptions): Promise<SnapshotContent> {
  const { environment } = options;
  const servers = configuration.prefect.map((each) => prefectServer(each, environment, configuration.file));
  const key = environment[fingerprintKeyVariable];
  const fingerprint = key ? fingerprinter(key) : undefined;
  const limits = { ...defaultLimits, ...options.limits };
  const ledger = new Ledger(limits, options.progress, options.governor);
  const rows = new Rows(ledger);
  let reader: Reader = { kind: "none", id: null };
  const patience = { request: limits.request, token: limits.request * limits.tries };
  const azure = configuration.azure === null ? null : await azureServices(configuration.azure, patience);
  if (azure !== null) reader = await azure.reader();
  const asOf = options.collectedAt.getTime();
  await Promise.all([
    azure === null ? null : collectAzure({ ledger, azure, asOf, fingerprint }, rows),
    ...servers.flatMap((prefect) =>
      prefectReaders.map(async ({ kind, rows: read }) =>
        rows.add(kind, prefectScope(prefect.name), await read({ ledger, prefect, asOf, fingerprint })),
      ),
    ),
  ]);
  const inputs = new Map(options.inputs);
  inputs.set("leastwise.yaml", configuration.text);
  if (options.waivers !== null) inputs.set("waivers.yaml", options.waivers.text);
  const systems = { azure: azure !== null, prefect: servers.map((each) => each.name), source: false };
  const read = [...kinds.keys()].filter((kind) => (kind.startsWith("prefect.") ? servers.length > 0 : azure !== null));
  return {
    manifest: {
      version: "leastwise/snapshot/v1",
      runId: randomUUID(),
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
    },
    reads: ledger.reads,
    rows: new Map(read.map((kind) => [kind, [...(rows.byKind.get(kind)?.values() ?? [])]])),
    inputs,
  };
}

async function collectAzure(run: AzureRun, rows: Rows): Promise<void> {
  const { ledger, azure } = run;
  const applications = readApplications(ledger, azure);
  const servicePrincipals = readServicePrincipals(ledger, azure);
  const subscriptions = await readSubscriptions(ledger, azure);
  rows.add("azure.subscription", "tenant", subscriptions.items);
  await Promise.all(subscriptions.items.map((each) => readFrom(run, rows, "azure.subscription", each)));
  // Counted after they were listed: what is made in between makes a list look short, and is then told.
  const [counts] = await Promise.all([
    readCounts(
      run,
      subscriptions.items.map(({ id }) => id),
    ),
    collectPrincipals(ledger, azure, rows, await servicePrincipals, run.asOf),
  ]);
  for (const { kind, subscription, cause } of shortfalls(counts, (each) => rows.byKind.get(each)))
    ledger.doubt(kind, subscription, cause);
  for (const [on, { items }] of [
    ["application", await applications],
    ["servicePrincipal", await servicePrincipals],
  ] as const) {
    const scope = on === "application" ? "tenant/applications" : "tenant/servicePrincipals";
    const held = ledger.rowsOf({ kind: "azure.credential", scope }, items, (each) => credentialsOf(on, each));
    rows.add("azure.credential", scope, held.flat());
  }
  tellWhatFollows(ledger);
}

/** Reads all that is found by way of a row, and by way of what is found so. */
async function readFrom(run: AzureRun, rows: Rows, kind: string, from: NewRow): Promise<void> {
  const readers = rowReaders.filter(({ reads: [read] }) => read.per === kind);
  await Promise.all(
    readers.map(async (reader) => {
      const found = await reader.rows(run, from as never);
      // What is found by way of one row does not wait for the fields of the others.
      const below: Promise<void>[] = [];
      const whole = await Promise.all(
        found.map(async (row) => {
          const made = await completed(run, reader.kind, row);
          below.push(readFrom(run, rows, reader.kind, made));
          return made;
        }),
      );
      rows.add(reader.kind, from.id, whole);
      await Promise.all(below);
    }),
  );
}

/** A row with the fields that reads of their own bring. */
async function completed(run: AzureRun, kind: string, row: NewRow): Promise<NewRow> {
  const readers = fieldReaders.filter((each) => each.kind === kind);
  const parts = await Promise.all(readers.map(({ fields }) => fields(run, row as never)));
  const open = [row, ...parts].flatMap((part) => (part as { incomplete?: string[] }).incomplete ?? []);
  return Object.assign({}, row, ...parts, open.length === 0 ? {} : incomplete(...open));
}

/** The kinds of grants, whose holders are principals. */
const leadToPrincipals: readonly string[] = ["azure.roleAssignment", "synapse.roleAssignment"];

/** The reads that bring what is found only by way of the rows of a kind. */
function foundBy(kind: string): readonly ReadDefinition[] {
  const below = rowReaders.map(({ reads: [read] }) => read).filter((read) => read.per === kind);
  return leadToPrincipals.includes(kind) ? [...below, holdersRead] : below;
}

/** Where a list is not complete, nobody knows what else there is: each kind that is found by way of it says so. */
function tellWhatFollows(ledger: Ledger): void {
  for (const read of ledger.reads) {
    if (read.fields.length > 0 || read.outcome === "complete" || read.outcome === "notLicensed") continue;
    for (const definition of foundBy(read.kind)) {
      const scope = read.kind === "azure.subscription" ? "subscriptions that were not listed" : read.scope;
      if (!ledger.has(`${definition.kind} ${scope}`))
        ledger.notAttempted(definition, scope, `${read.kind} was not read whole`);
    }
  }
}

async function collectPrincipals(
  ledger: Ledger,
  azure: AzureServices,
  rows: Rows,
  listed: Awaited<ReturnType<typeof readServicePrincipals>>,
  asOf: number,
): Promise<void> {
  const scope = "tenant/servicePrincipals";
  const known = ledger.rowsOf({ kind: "azure.principal", scope }, listed.items, (each) =>
    typeof each.id === "string" ? servicePrincipalRow({ ...each, id: each.id }) : null,
  );
  rows.add("azure.principal", scope, known);
  const holders = new Map<string, Holder>();
  const hold = (grant: AzureRoleAssignment | SynapseRoleAssignment): void => {
    if (grant.principalId === undefined) return;
    const held = holders.get(grant.principalId);
    const createdOn = "createdOn" in grant && grant.createdOn ? Date.parse(grant.createdOn) : null;
    holders.set(grant.principalId, {
      principalId: grant.principalId,
      principalType: held?.principalType ?? grant.principalType ?? null,
      lastGranted: Math.max(held?.lastGranted ?? 0, createdOn ?? 0) || null,
      delegated:
        held?.delegated === true ||
        ("delegatedManagedIdentityResourceId" in grant && Boolean(grant.delegatedManagedIdentityResourceId)),
    });
  };
  for (const kind of leadToPrincipals) {
    for (const row of rows.byKind.get(kind)?.values() ?? []) hold(row as AzureRoleAssignment & Row);
  }
  const ids = new Set(known.map((each) => each.id));
  const found = await readPrincipals(ledger, azure, [...holders.values()], ids, asOf);
  rows.add("azure.principal", "tenant/holders", found);
}
