import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type Configuration, parseConfiguration } from "../config/config.ts";
import { type Comparison, judgeChange } from "../evaluate/gate.ts";
import { type ChangedRow, overlay, touchedBy } from "../plan/overlay.ts";
import { type OpenPlan, openPlans, type PlanOptions, readPlans } from "../plan/read.ts";
import { summaryOf } from "../plan/summary.ts";
import { visible } from "../report/text.ts";
import { type ChangeReview, reviewOfChanges } from "../repository/changes.ts";
import type { Finding, GateReview, Report } from "../resources/generated.ts";
import { kept } from "../snapshot/kept.ts";
import { newBuilding, removeLeftOvers } from "../snapshot/place.ts";
import { openSnapshot, type Snapshot } from "../snapshot/read.ts";
import { writeSnapshot } from "../snapshot/write.ts";
import { type CollectCommandOptions, collectEstate, withEstate } from "./collect.ts";
import { UsageError } from "./errors.ts";
import { type EvaluateCommandOptions, type Prepared, prepare, recordedSources, recordedWaivers } from "./evaluate.ts";
import { exitStatus } from "./exit.ts";
import { hasConfiguration, loadConfiguration, readWaivers, type WaiversInForce } from "./inputs.ts";
import { formatsOf, prepareOut, ResultsFile, writeReport } from "./output.ts";
import { type PlaceOptions, subscriptionId } from "./selection.ts";

/** The options of the gate. */
export interface GateCommandOptions
  extends Omit<EvaluateCommandOptions, keyof PlaceOptions>,
    Omit<CollectCommandOptions, keyof PlaceOptions> {
  plan: string[];
  snapshot?: string;
  subscription?: string;
  resourceGroup?: string;
  parameters?: string;
  prefect?: string;
  all?: boolean;
  /** The commit that a change of waivers, policies and configuration is told against. */
  base?: string;
}

/** What is judged, and by what. */
interface Gate {
  configuration: Configuration;
  prepared: Prepared;
  waivers: WaiversInForce | null;
  plans: readonly OpenPlan[];
  planOptions: PlanOptions;
  review: ChangeReview | null;
}

/**
 * `leastwise gate`: would this change make things worse? The plans are put over the live state as rows, and the verdicts
 * are compared with those of the live state alone.
 */
export async function gateCommand(options: GateCommandOptions): Promise<void> {
  if (options.snapshot === undefined) {
    await withEstate(options, async (configuration, collectedAt) => {
      const gate = opened(options, configuration, prepare(options, configuration), readWaivers(configuration));
      // --subscription says where a plan goes, and narrows nothing of what is read.
      const { subscription: _, ...reading } = options;
      const content = await collectEstate(configuration, collectedAt, gate.waivers, reading);
      const place = join(tmpdir(), "leastwise");
      removeLeftOvers(place);
      const temporary = newBuilding(place);
      try {
        writeSnapshot(join(temporary, "snapshot"), content);
        judge(gate, kept(openSnapshot(join(temporary, "snapshot"))), options);
      } finally {
        rmSync(temporary, { recursive: true, force: true });
      }
    });
    return;
  }
  if (options.demo === true)
    throw new UsageError("--demo reads the sample estate now: leave out --snapshot, or --demo");
  const snapshot = kept(openSnapshot(options.snapshot));
  judge(overSnapshot(snapshot, options), snapshot, options);
}

/** The configuration is the repository's, as it will be; where there is none, the snapshot's own. */
function overSnapshot(snapshot: Snapshot, options: GateCommandOptions): Gate {
  if (hasConfiguration(options)) {
    const configuration = loadConfiguration(options);
    return opened(options, configuration, prepare(options, configuration), readWaivers(configuration));
  }
  const recorded = snapshot.manifest.configuration;
  const file = recorded.file ?? "leastwise.yaml";
  const configuration = parseConfiguration(snapshot.input("leastwise.yaml"), file, process.cwd());
  const asRecorded = options.policies ?? recorded.policies;
  const prepared = prepare(
    asRecorded === undefined ? options : { ...options, policies: asRecorded },
    configuration,
    recordedSources(snapshot, configuration, options),
  );
  return opened(options, configuration, prepared, recordedWaivers(snapshot, configuration));
}

function opened(
  options: GateCommandOptions,
  configuration: Configuration,
  prepared: Prepared,
  waivers: WaiversInForce | null,
): Gate {
  const planOptions: PlanOptions = {
    subscription:
      options.subscription === undefined ? null : subscriptionId(options.subscription).replace("/subscriptions/", ""),
    resourceGroup: options.resourceGroup ?? null,
    parameters: options.parameters ?? null,
    prefect: options.prefect ?? null,
    configured: configuration.prefect.map(({ name }) => name),
  };
  return {
    configuration,
    prepared,
    waivers,
    plans: openPlans(options.plan, planOptions),
    planOptions,
    review: options.base === undefined ? null : reviewSince(options.base, configuration, options),
  };
}

/** @throws UsageError where no file of the repository says what is in force */
function reviewSince(base: string, { folder, file }: Configuration, options: GateCommandOptions): ChangeReview {
  if (options.demo === true || !hasConfiguration(options))
    throw new UsageError(
      "--base tells what a change does to leastwise.yaml, and there is none in this folder or above it",
    );
  return reviewOfChanges(base, join(folder, basename(file)));
}

function judge(gate: Gate, snapshot: Snapshot, options: GateCommandOptions): void {
  const { configuration, prepared, waivers } = gate;
  const now = prepared.now ?? Date.parse(snapshot.manifest.collectedAt);
  const plans = readPlans(gate.plans, snapshot, gate.planOptions, new Date(now), process.env);
  for (const { file, lacksSubscription } of options.quiet === true ? [] : plans)
    if (lacksSubscription)
      process.stderr.write(`${visible(file)} does not say its subscription: --subscription ID decides more of it\n`);
  const overlaid = overlay(
    snapshot,
    plans.flatMap(({ changes }) => changes),
    plans.flatMap(({ undecided }) => undecided),
  );
  const results = formatsOf(options).includes("results") ? new ResultsFile(options.out) : null;
  let compared: Comparison;
  try {
    compared = judgeChange(
      {
        snapshot,
        configuration,
        policies: prepared.policies,
        skipped: prepared.skipped,
        now,
        ...(waivers !== null && { waivers: waivers.waivers }),
        ...(options.environment !== undefined && { onlyEnvironments: options.environment }),
        ...(results !== null && { judged: (each) => results.add(each) }),
      },
      overlaid.snapshot,
      touchedBy(overlaid),
    );
  } catch (error) {
    results?.discard();
    throw error;
  }
  const known = new Set(prepared.baseline?.findings.map(({ id }) => id));
  const failures = compared.failures.filter(({ finding }) => !known.has(finding.id));
  const places = new Places(overlaid.changed);
  const report: Report = {
    ...compared.report,
    findings: compared.report.findings.map((finding) =>
      withoutAddresses(places.of(known.has(finding.id) ? { ...finding, baseline: "still" } : finding)),
    ),
    gate: {
      ...summaryOf(
        plans,
        snapshot,
        overlaid,
        { ...compared, failures },
        { counts: options.all === true ? "all" : "new", folder: options.snapshot ?? null },
      ),
      ...(gate.review !== null && { review: gate.review as GateReview }),
    },
  };
  prepareOut(options.out);
  results?.close();
  const environments = configuration.environments.map((each) => each.name);
  const withheld =
    options.environment === undefined
      ? []
      : [...environments, "tenant"].filter((name) => options.environment?.includes(name) !== true);
  writeReport(
    report,
    options,
    {
      configuration: configuration.text,
      waivers: waivers?.text ?? null,
      review: null,
      policies: prepared.policies,
    },
    {
      environments,
      fallback: { file: configuration.file, line: 1, column: 1, by: "configuration" },
      withhold: Object.fromEntries(withheld.map((name) => [name, "--environment names others"])),
    },
  );
  process.exitCode = exitStatus(report, options);
}

/** A command that names something by its address in a plan cannot be run: there is nothing of that id yet. */
function withoutAddresses(finding: Finding): Finding {
  const { remediation } = finding;
  if (remediation === null || !/(?:^|[\s/])(?:terraform|arm):/.test(remediation.command ?? "")) return finding;
  return { ...finding, remediation: { ...remediation, command: null } };
}

/** How the line of a resource itself is found. */
const declaring: ReadonlySet<string> = new Set(["file", "id", "name", "reference"]);

/**
 * Where findings on planned resources stand: at the line that declares them where one is known, else at the plan's line,
 * where the plan is a file of the repository.
 */
class Places {
  readonly #changed: ReadonlyMap<string, ChangedRow>;
  readonly #root = repositoryRoot();

  constructor(changed: readonly ChangedRow[]) {
    this.#changed = new Map(changed.map((each) => [`${each.kind}\0${each.id}`, each]));
  }

  of(finding: Finding): Finding {
    const at = this.#changed.get(`${finding.resource.kind}\0${finding.resource.id}`)?.at;
    if (at === undefined || declaring.has(finding.location?.by ?? "")) return finding;
    const file = relative(this.#root, resolve(at.file)).replaceAll("\\", "/");
    if (file.startsWith("..") || /^(?:\/|[A-Za-z]:)/.test(file)) return finding;
    return { ...finding, location: { file, line: at.line, column: at.column, by: "plan" } };
  }
}

/** The root of the repository that the command runs in; the working directory where there is none. */
function repositoryRoot(): string {
  for (let at = process.cwd(); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return process.cwd();
  }
}
