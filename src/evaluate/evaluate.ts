import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Configuration } from "../config/config.ts";
import {
  type Approved,
  expired,
  expiring,
  inForce,
  names,
  noWaivers,
  proofOf,
  type Waiver,
  type Waivers,
} from "../config/waivers.ts";
import type { Evaluation, Found, Outcome, Policy } from "../policy/policy.ts";
import { IncompleteList, Unread } from "../policy/value.ts";
import type {
  Finding,
  FindingWaiver,
  Location,
  Population,
  Read,
  ReadWaiver,
  Report,
  ReportPolicy,
  ReportReadWaiver,
  ReportWaiver,
  UnknownGroup,
  UnreadScope,
} from "../resources/generated.ts";
import { kinds, type Row, valueAt } from "../resources/kinds.ts";
import { subscriptionOf } from "../resources/scope.ts";
import { severityRank } from "../resources/severity.ts";
import type { Snapshot } from "../snapshot/read.ts";
import { AcceptedReads } from "./accepted.ts";
import { compareBaseline } from "./baseline.ts";
import { changesOf } from "./changes.ts";
import { declaredNowhere } from "./computed/declared.ts";
import { controlsOf, emptyPopulation, type LeftOut, notCoveredBy } from "./controls.ts";
import { LookedAt } from "./looked.ts";
import { ownerOf, ownersOf } from "./owners.ts";
import { decides, isRead, needs, unlicensed } from "./reads.ts";
import { carriedOut, type Decisions } from "./review.ts";
import { EmptyScopes, vacuousSelectors } from "./vacuous.ts";
import {
  expiredPolicy,
  expiredWaivers,
  expiredWaiversPolicy,
  reportReadWaiver,
  reportWaiver,
  requestedWaiver,
  withNearMisses,
} from "./waivers.ts";
import { SnapshotWorld } from "./world.ts";

/** The name of what is in no environment or in several. */
export const tenant = "tenant";

/** What is evaluated, and against what. */
export interface EvaluateOptions {
  snapshot: Snapshot;
  configuration: Configuration;
  policies: readonly Policy[];
  /** Policies that were left out by choice, with the reason. */
  skipped?: readonly LeftOut[];
  waivers?: Waivers;
  /** In ms since the epoch; the moment of collection where it is absent. */
  now?: number;
  /** The report that findings are compared with. */
  baseline?: Report;
  /** What an access review decided. */
  review?: Decisions;
  /** Only resources of these environments count; all where it is absent. */
  onlyEnvironments?: readonly string[];
  /** The ids of the subscriptions that count, and what lies in none; all that the snapshot holds where it is absent. */
  onlySubscriptions?: ReadonlySet<string>;
  /** Told of every verdict, passes included. */
  judged?: (verdict: Judged) => void;
}

/** One policy's verdict on one resource. */
export interface Judged {
  policy: string;
  kind: string;
  row: Row;
  outcome: Outcome | "waived";
  causes: readonly string[];
  /** The read that brought the resource; looked for when it is asked for. */
  read(): string | null;
}

const examples = 10;

/** How one policy fares while resources stream by. */
interface Tally {
  policy: Policy;
  population: Population;
  /** By cause, those apart that a waiver accepts: how many, and the first of them. */
  unknown: Map<string, Omit<UnknownGroup, "policy">>;
  undecidedIn: Set<string>;
}

/**
 * Evaluates policies over a snapshot. The same snapshot, policies, configuration and moment give the same report.
 * @throws InputError where the snapshot was changed after it was collected
 */
export function evaluate(options: EvaluateOptions): Report {
  const { snapshot, configuration } = options;
  const waivers = options.waivers ?? noWaivers;
  const { manifest } = snapshot;
  const now = options.now ?? Date.parse(manifest.collectedAt);
  const world = new SnapshotWorld(snapshot, configuration, now);
  const leftOut = [...(options.skipped ?? [])];
  const tallies: Tally[] = [];
  for (const policy of options.policies) {
    const because = cannotBeAsked(policy, snapshot) ?? declaredNowhere(policy.reads, world);
    if (because !== null)
      leftOut.push({ policy: policy.id, because, criteria: policy.controls.soc2.map(({ id }) => id) });
    else tallies.push({ policy, population: emptyPopulation(), unknown: new Map(), undecidedIn: new Set() });
  }
  const lookedAt = new LookedAt(options.onlySubscriptions ?? world.read, world);
  const empty = new EmptyScopes(world, snapshot, lookedAt);
  const used = new Set<Waiver>();
  const accepted = new AcceptedReads(snapshot, configuration, waivers, now);
  const found: Finding[] = [];
  const all = [...configuration.environments.map((each) => each.name), tenant];
  const only = options.onlyEnvironments === undefined ? null : new Set(options.onlyEnvironments);
  for (const [kind, group] of byTarget(tallies)) {
    if (snapshot.manifest.files[`${kind}.ndjson`] === undefined) continue;
    for (const row of snapshot.rows(kind)) {
      empty.see(kind, row);
      if (!lookedAt.row(row)) continue;
      if (only !== null && !isIn(environmentsOf(kind, row, world), only)) continue;
      for (const tally of group) {
        const evaluation = tally.policy.evaluate(row, world);
        const { population } = tally;
        let outcome: Judged["outcome"] = evaluation.outcome;
        population.inScope++;
        if (outcome === "pass") population.pass++;
        else if (outcome === "notApplicable") population.notApplicable++;
        else {
          const environments = environmentsOf(kind, row, world);
          if (evaluation.causes.length > 0) {
            const waived = accepted.accepts(tally.policy, kind, row);
            noteUnknown(tally, row, evaluation, environments ?? all, waived);
          }
          const made = evaluation.found.map((each) =>
            makeFinding(tally.policy, kind, row, each, environments, world, waivers, used),
          );
          found.push(...made);
          if (outcome === "fail" && made.every((each) => each.outcome === "waived")) outcome = "waived";
          population[outcome]++;
        }
        options.judged?.({
          policy: tally.policy.id,
          kind,
          row,
          outcome,
          causes: evaluation.causes,
          read: () => world.readOf(kind, row),
        });
      }
    }
  }
  const unread = unreadScopes(tallies, world, snapshot, waivers, accepted, used, lookedAt);
  for (const each of unread) {
    for (const tally of tallies) {
      if (each.policies.includes(tally.policy.id)) for (const name of each.environments) tally.undecidedIn.add(name);
    }
  }
  const unknown = tallies
    .flatMap(({ policy, unknown }) =>
      [...unknown.values()].map(({ cause, count, examples, waived }) => ({
        policy: policy.id,
        cause,
        count,
        examples,
        waived: waived === true,
      })),
    )
    .sort(
      (a, b) =>
        compare(a.policy, b.policy) ||
        b.count - a.count ||
        compare(a.cause, b.cause) ||
        Number(a.waived) - Number(b.waived),
    );
  const expiredFound = expiredWaivers(waivers, now, manifest.collectedAt, found);
  const known = new Set([...options.policies.map(({ id }) => id), ...leftOut.map(({ policy }) => policy)]);
  const findings = [...withNearMisses(found, waivers, now, used, known), ...expiredFound].sort(byWorst);
  const policies = tallies
    .map(reportPolicy)
    .concat(looksAtWaivers(options, waivers) ? expiredWaiversPolicy(waivers, expiredFound) : [])
    .sort((a, b) => compare(a.id, b.id));
  const leftOutScopes = lookedAt.leftOut();
  const toReport = (each: Approved<FindingWaiver>): ReportWaiver => reportWaiver(each, waivers);
  const toReadReport = (each: Approved<ReadWaiver>): ReportReadWaiver => reportReadWaiver(each, waivers);
  const report: Report = {
    version: "leastwise/report/v1",
    complete: policies.every((each) => each.decided),
    run: {
      id: manifest.runId,
      collectedAt: manifest.collectedAt,
      now: new Date(now).toISOString(),
      tool: manifest.tool,
      reader: manifest.reader,
    },
    inputs: {
      snapshot: manifest.digest,
      configuration: configuration.digest,
      waivers: waivers.digest,
      baseline: null,
    },
    policies,
    findings,
    changes: changesOf(findings, policies),
    owners: ownersOf(findings),
    fixed: [],
    unverified: [],
    unknown,
    unread,
    waivers: {
      expired: waivers.findings.filter((each) => expired(each, now)).map(toReport),
      expiring: waivers.findings.filter((each) => expiring(each, now)).map(toReport),
      unmatched: waivers.findings
        .filter((each) => inForce(each, now) && !used.has(each) && lookedAt.scope(each.resource.toLowerCase()))
        .map(toReport),
      reads: {
        expired: waivers.reads.filter((each) => expired(each, now)).map(toReadReport),
        expiring: waivers.reads.filter((each) => expiring(each, now)).map(toReadReport),
        unmatched: waivers.reads
          .filter((each) => inForce(each, now) && !used.has(each) && lookedAt.scope(each.read.toLowerCase()))
          .map(toReadReport),
      },
      requested: waivers.requested.map(requestedWaiver),
    },
    leftOut: leftOut.map(({ policy, because }) => ({ policy, because })).sort((a, b) => compare(a.policy, b.policy)),
    ...(leftOutScopes && { leftOutScopes }),
    vacuous: vacuousSelectors(tallies.map(reportPolicy), world, snapshot, empty),
    shared: [
      ...configuration.sharedIdentities,
      ...configuration.sharedScopes,
      ...[...configuration.sharedServers].map(([name, reason]) => [`prefect:${name}`, reason] as const),
    ].map(([what, reason]) => ({ what, reason })),
    controls: controlsOf(policies, findings, leftOut),
    notCovered: notCoveredBy(policies, leftOut),
    kinds: Object.fromEntries(
      [...kinds.keys()].filter((kind) => snapshot.count(kind) > 0).map((kind) => [kind, snapshot.count(kind)]),
    ),
  };
  if (options.review !== undefined) report.review = carriedOut(world, options.review);
  if (options.baseline === undefined) return report;
  return compareBaseline(
    report,
    options.baseline,
    ({ resource }) => lookedAt.scope(resource.id) && (only === null || isIn(resource.environments, only)),
    ({ resource }) => inConfiguration(resource.environments, configuration),
  );
}

/** Whether there are waivers to look at, or were when the baseline was made. */
function looksAtWaivers({ baseline }: EvaluateOptions, { digest }: Waivers): boolean {
  const before = [...(baseline?.findings ?? []), ...(baseline?.unverified ?? [])];
  return digest !== null || before.some((each) => each.policy === expiredPolicy);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byWorst(a: Finding, b: Finding): number {
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    compare(a.policy, b.policy) ||
    compare(a.resource.id, b.resource.id) ||
    compare(a.key ?? "", b.key ?? "")
  );
}

function byTarget(tallies: readonly Tally[]): Map<string, Tally[]> {
  return Map.groupBy(tallies, (tally) => tally.policy.target);
}

function systemOf(kind: string): "prefect" | "source" | "azure" {
  const system = kind.split(".")[0];
  return system === "prefect" || system === "source" ? system : "azure";
}

/** Why a policy cannot be asked at all: a system that it needs is not configured, or the tenant has no licence for it. */
function cannotBeAsked(policy: Policy, { manifest: { systems }, reads }: Snapshot): string | null {
  const configured = { azure: systems.azure, prefect: systems.prefect.length > 0, source: systems.source };
  const missing = [...new Set([...needs(policy)].map(systemOf))].filter((system) => !configured[system]).sort();
  if (missing.length > 0) return `${missing.join(" and ")} is not configured`;
  const field = unlicensed(policy, reads);
  return field === null ? null : `the tenant has no licence for ${field}`;
}

/** The environments of a resource; null where they could not all be derived. */
function environmentsOf(kind: string, row: Row, world: SnapshotWorld): readonly string[] | null {
  const value = world.field(kind, "environments", row);
  return value instanceof Unread || value instanceof IncompleteList ? null : (value as readonly string[]);
}

function isIn(environments: readonly string[] | null, only: ReadonlySet<string>): boolean {
  return (
    environments === null ||
    environments.some((name) => only.has(name)) ||
    (environments.length !== 1 && only.has(tenant))
  );
}

/** The one run that a resource's findings stand in. */
function runOf(environments: readonly string[] | null): string {
  return environments?.length === 1 ? (environments[0] ?? tenant) : tenant;
}

function noteUnknown(
  tally: Tally,
  row: Row,
  evaluation: Evaluation,
  environments: readonly string[],
  waived: boolean,
): void {
  for (const cause of evaluation.causes) {
    const key = `${waived} ${cause}`;
    const held = tally.unknown.get(key) ?? { cause, count: 0, examples: [], waived };
    held.count++;
    if (held.examples.length < examples) held.examples.push(row.id);
    tally.unknown.set(key, held);
  }
  for (const name of environments) tally.undecidedIn.add(name);
  if (environments.length !== 1) tally.undecidedIn.add(tenant);
}

function makeFinding(
  policy: Policy,
  kind: string,
  row: Row,
  found: Found,
  environments: readonly string[] | null,
  world: SnapshotWorld,
  waivers: Waivers,
  used: Set<Waiver>,
): Finding {
  const covering = waivers.findings.filter(
    (each) =>
      each.policy === policy.id && names(each.resource, row.id) && (each.key === undefined || each.key === found.key),
  );
  const waiver = covering.find((each) => inForce(each, world.now)) ?? null;
  if (waiver !== null) used.add(waiver);
  return {
    id: findingId(policy.id, kind, row, found.key),
    policy: policy.id,
    outcome: waiver === null ? "fail" : "waived",
    severity: policy.severity,
    resource: {
      kind,
      id: row.id,
      name: nameOf(kind, row, world),
      environments: environments === null ? null : [...environments],
    },
    owner: ownerOf(kind, row, world),
    credential: fingerprintOf(found.element),
    key: found.key,
    message: found.message,
    rationale: found.rationale,
    remediation: found.remediation,
    trace: found.trace.map(({ expression, value }) => ({ expression, value })),
    read: world.readOf(kind, row),
    location: locate(kind, row, found.element, environments, world),
    waiver: waiver === null ? null : reportWaiver(waiver, waivers),
    approval: waiver === null ? null : (proofOf(waivers, waiver)?.state ?? "asserted"),
    baseline: null,
    firstSeen: world.collectedAt,
  };
}

/** The first 16 hex digits of SHA-256 over policy, identity and key, joined by NUL. */
export function findingId(policy: string, kind: string, row: Row, key: string | null): string {
  const identity = (kinds.get(kind)?.identity ?? ["id"]).map((field) => String(valueAt(row, field) ?? ""));
  const parts = [policy, ...identity, ...(key === null ? [] : [key])];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

/** The fingerprint of the credential that a finding is about; null where it is about something else, or nothing tells it. */
function fingerprintOf(element: unknown): string | null {
  const { fingerprint } = (element ?? {}) as { fingerprint?: unknown };
  return typeof fingerprint === "string" ? fingerprint : null;
}

/** What people call a resource: its own name, or for a grant whom it is for. */
function nameOf(kind: string, row: Row, world: SnapshotWorld): string | null {
  for (const field of ["displayName", "name"]) if (typeof row[field] === "string") return row[field];
  if (kinds.get(kind)?.relations.has("principal") !== true) return null;
  const principal = world.field(kind, "principal", row);
  if (principal instanceof Unread || principal === null) return null;
  const { displayName } = principal as Row;
  return typeof displayName === "string" ? displayName : null;
}

/**
 * The place in a file of the repository that the finding is about; for what stands in no file the line that declares it, or
 * what it belongs to; else the line of the environment in the configuration, or its first line. All of these exist in the
 * repository.
 */
function locate(
  kind: string,
  row: Row,
  element: unknown,
  environments: readonly string[] | null,
  world: SnapshotWorld,
): Location {
  // Where the name had to be masked there is no file of that name to point at.
  if (kind === "source.file" && row.masked === false) {
    const { line = 1, column = 1 } = (element ?? {}) as { line?: number; column?: number };
    return { file: row.id, line, column, by: "file" };
  }
  return world.declarations.place(kind, row) ?? inConfiguration(environments, world.configuration);
}

/** The line of the environment in the configuration, else its first line. */
function inConfiguration(environments: readonly string[] | null, configuration: Configuration): Location {
  const name = runOf(environments);
  const environment = configuration.environments.find((each) => each.name === name);
  const file = posix.normalize(configuration.file);
  return environment === undefined
    ? { file, line: 1, column: 1, by: "configuration" }
    : { file, line: environment.line, column: environment.column, by: "environment" };
}

function reportPolicy({ policy, population, undecidedIn }: Tally): ReportPolicy {
  const reasons = policy.controls.soc2.flatMap(({ id, reason }) => (reason === null ? [] : [[id, reason]]));
  return {
    id: policy.id,
    title: policy.title,
    severity: policy.severity,
    confidence: policy.confidence,
    digest: policy.digest,
    file: policy.file,
    target: policy.target,
    controls: { soc2: policy.controls.soc2.map((each) => each.id) },
    reasons: Object.fromEntries(reasons),
    params: { ...policy.params },
    help: { rationale: policy.rationale, remediation: policy.remediation, references: [...policy.references] },
    decided: undecidedIn.size === 0,
    undecidedIn: [...undecidedIn].sort(),
    population,
  };
}

/** What was not read, with the policies that it leaves undecided and the environments it may hold resources of. */
function unreadScopes(
  tallies: readonly Tally[],
  world: SnapshotWorld,
  snapshot: Snapshot,
  waivers: Waivers,
  accepted: AcceptedReads,
  used: Set<Waiver>,
  lookedAt: LookedAt,
): UnreadScope[] {
  const { configuration, environments } = world;
  const every = [...configuration.environments.map((each) => each.name), tenant];
  const policiesFor = (kind: string): string[] =>
    tallies
      .filter(({ policy }) => needs(policy).has(kind))
      .map(({ policy }) => policy.id)
      .sort();
  const inPrefect = (place: string): string[] => {
    const [name = ""] = place.split("/");
    // An account of Prefect Cloud reaches into the workspaces of any environment.
    return name === "account" && place !== name ? every : [...environments.ofServer(name), tenant];
  };
  const environmentsIn = (scope: string): string[] => {
    if (scope.startsWith("prefect:")) return inPrefect(scope.slice("prefect:".length));
    const subscription = subscriptionOf(scope);
    return subscription === null ? every : [...environments.ofScope(scope).names, tenant];
  };
  const accept = (waiver: Approved<ReadWaiver> | null): Pick<UnreadScope, "waived" | "waiver"> => {
    if (waiver !== null) used.add(waiver);
    return { waived: waiver !== null, waiver: waiver === null ? null : reportReadWaiver(waiver, waivers) };
  };
  const found = snapshot.reads
    .filter((read) => !isRead(read) && lookedAt.scope(read.scope))
    .map(
      (read): UnreadScope => ({
        read: read.id,
        scope: read.scope,
        status: read.status,
        cause: causeOf(read),
        permission: read.permission,
        policies: tallies
          .filter(({ policy }) => decides(read, policy))
          .map(({ policy }) => policy.id)
          .sort(),
        environments: environmentsIn(read.scope),
        ...accept(accepted.waiverOf(read)),
      }),
    );
  /** Below a subscription that nobody saw anything may lie, whatever its kind. */
  const ofAzure = (): string[] =>
    tallies
      .filter(({ policy }) => [...needs(policy)].some((kind) => systemOf(kind) === "azure"))
      .map(({ policy }) => policy.id)
      .sort();
  const note = (kind: string, scope: string, read: string, cause: string): void => {
    found.push({
      read,
      scope,
      status: null,
      cause,
      permission: null,
      policies: kind === "azure.subscription" ? ofAzure() : policiesFor(kind),
      environments: environmentsIn(scope),
      waived: false,
      waiver: null,
    });
  };
  for (const [kind, floor] of Object.entries(configuration.expect)) {
    // A floor is for the whole tenant, and tells nothing where only a part of it was to be read.
    if (world.leftOut(kind) !== null) continue;
    // What a plan takes out was read all the same.
    const count = snapshot.read?.(kind) ?? snapshot.count(kind);
    if (snapshot.manifest.files[`${kind}.ndjson`] !== undefined && count < floor) {
      note(kind, tenant, `expect ${kind}`, `${count} were read, and the configuration expects ${floor} at least`);
    }
  }
  if (snapshot.manifest.systems.azure) {
    const subscriptions = world.index("azure.subscription", "id");
    const groups = new Set(
      [...subscriptions.values()].flat().flatMap((row) => (row.managementGroups as string[]) ?? []),
    );
    for (const environment of configuration.environments) {
      for (const scope of environment.scopes) {
        const subscription = subscriptionOf(scope);
        const isSeen = subscription === null ? scope === "/" || groups.has(scope) : subscriptions.has(subscription);
        if (isSeen || !lookedAt.scope(scope)) continue;
        found.push({
          read: `azure.subscription ${scope}`,
          scope,
          status: null,
          cause: `the credential sees no subscription there, and ${environment.name} is configured to have one`,
          permission: "Reader on the subscription",
          policies: ofAzure(),
          environments: [...new Set([...environmentsIn(scope), environment.name])].sort(),
          ...accept(accepted.waiverFor("azure.subscription", scope)),
        });
      }
    }
  }
  return found.sort((a, b) => compare(a.read, b.read) || compare(a.scope, b.scope));
}

function causeOf(read: Read): string {
  return read.cause ?? read.outcome;
}
