import { type Configuration, parseConfiguration } from "../config/config.ts";
import { noWaivers, parseWaivers } from "../config/waivers.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import type { Decisions } from "../evaluate/review.ts";
import { SnapshotWorld } from "../evaluate/world.ts";
import type { PolicySource } from "../policy/load.ts";
import type { Proofs } from "../repository/approvals.ts";
import type { Report } from "../resources/generated.ts";
import { openSnapshot, type Snapshot } from "../snapshot/read.ts";
import { UsageError } from "./errors.ts";
import { exitStatus } from "./exit.ts";
import {
  approvalsFile,
  type InputOptions,
  loadConfiguration,
  loadInForce,
  type PoliciesInForce,
  policySources,
  readWaivers,
  type SelectionOptions,
  type WaiversInForce,
  withProofs,
} from "./inputs.ts";
import { checkOut, formatsOf, type OutputOptions, prepareOut, ResultsFile, writeReport } from "./output.ts";
import { readReport } from "./report.ts";
import { readReview } from "./review.ts";
import { chooser, type PlaceOptions } from "./selection.ts";

/** The options of what evaluates. */
export interface EvaluateCommandOptions extends InputOptions, SelectionOptions, PlaceOptions, OutputOptions {
  allowUnknown?: boolean;
  baseline?: string;
  now?: string;
  review?: string;
}

/** Inputs that were checked before anything is read or written. */
export interface Prepared extends PoliciesInForce {
  baseline: Report | null;
  now: number | null;
  review: Decisions | null;
}

/** Checks every input of an evaluation. @throws InputError or UsageError for what is wrong */
export function prepare(
  options: Omit<EvaluateCommandOptions, keyof PlaceOptions>,
  configuration: Configuration,
  sources?: readonly PolicySource[],
): Prepared {
  formatsOf(options);
  checkOut(options.out);
  const now = options.now === undefined ? null : Date.parse(options.now);
  if (now !== null && (Number.isNaN(now) || !/^\d{4}-\d{2}-\d{2}/.test(options.now ?? ""))) {
    throw new UsageError(`--now ${options.now} is no moment; write it as 2026-11-20T06:00:00Z`);
  }
  return {
    ...loadInForce(sources ?? policySources(options, configuration), configuration, options),
    baseline: options.baseline === undefined ? null : readReport(options.baseline),
    review: options.review === undefined ? null : readReview(options.review),
    now,
  };
}

/** Evaluates a snapshot, writes the report and sets the exit status. */
export function evaluateAndReport(
  snapshot: Snapshot,
  configuration: Configuration,
  { policies, skipped, baseline, now, review }: Prepared,
  waivers: WaiversInForce | null,
  options: EvaluateCommandOptions,
): void {
  const onlySubscriptions = chosenIn(snapshot, options);
  const results = formatsOf(options).includes("results") ? new ResultsFile(options.out) : null;
  let report: Report;
  try {
    report = evaluate({
      snapshot,
      configuration,
      policies,
      skipped,
      ...(waivers !== null && { waivers: waivers.waivers }),
      ...(now !== null && { now }),
      ...(baseline !== null && { baseline }),
      ...(review !== null && { review }),
      ...(options.environment !== undefined && { onlyEnvironments: options.environment }),
      ...(onlySubscriptions !== null && { onlySubscriptions }),
      ...(results !== null && { judged: (each) => results.add(each) }),
    });
  } catch (error) {
    results?.discard();
    throw error;
  }
  prepareOut(options.out);
  results?.close();
  const environments = configuration.environments.map((each) => each.name);
  const looked = options.environment;
  const withheld = looked === undefined ? [] : [...environments, "tenant"].filter((name) => !looked.includes(name));
  // Where a subscription was left out, what was found there before would look as if it were mended.
  const partly = (report.leftOutScopes ?? []).flatMap((each) => [...each.environments, "tenant"]);
  const inputs = {
    configuration: configuration.text,
    waivers: waivers?.text ?? null,
    review: review?.text ?? null,
    policies,
  };
  writeReport(report, options, inputs, {
    environments,
    fallback: { file: configuration.file, line: 1, column: 1, by: "configuration" },
    withhold: Object.fromEntries([
      ...partly.map((name) => [name, "subscriptions that may hold some of it were left out by choice"]),
      ...withheld.map((name) => [name, "--environment names others"]),
    ]),
  });
  process.exitCode = exitStatus(report, options);
}

/**
 * The subscriptions that the options choose in a snapshot; null where they name none.
 * @throws UsageError for a value that matches nothing in it
 */
function chosenIn(snapshot: Snapshot, options: PlaceOptions): ReadonlySet<string> | null {
  const choose = chooser(options);
  if (choose === null) return null;
  if (!snapshot.manifest.systems.azure)
    throw new UsageError("--subscription and --management-group choose in Azure, and the snapshot holds nothing of it");
  const list = snapshot.reads.find(({ id }) => id === "azure.subscription tenant");
  const { read } = choose([...snapshot.rows("azure.subscription")], list?.outcome === "complete");
  const held = snapshot.manifest.selection?.read;
  const found = read.filter((id) => held?.includes(id) ?? true);
  if (found.length === 0 && read.length > 0)
    throw new UsageError(`the snapshot was collected for other subscriptions than ${read.join(", ")}`);
  return new Set(found);
}

/**
 * `leastwise evaluate`: policies over a snapshot, without the network. The configuration, waivers and own policies are
 * those that the snapshot holds, unless options name others.
 */
export async function evaluateCommand(folder: string, options: EvaluateCommandOptions): Promise<void> {
  const snapshot = openSnapshot(folder);
  const recorded = snapshot.manifest.configuration;
  const configuration =
    options.config === undefined
      ? parseConfiguration(snapshot.input("leastwise.yaml"), recorded.file ?? "leastwise.yaml", process.cwd())
      : loadConfiguration(options);
  const asRecorded = options.config === undefined ? (options.policies ?? recorded.policies) : options.policies;
  const prepared = prepare(
    asRecorded === undefined ? options : { ...options, policies: asRecorded },
    configuration,
    recordedSources(snapshot, configuration, options),
  );
  const waivers =
    options.config === undefined
      ? recordedWaivers(snapshot, configuration)
      : await withProofs(readWaivers(configuration), configuration, null);
  evaluateAndReport(snapshot, configuration, prepared, waivers, options);
}

/** A snapshot evaluated as it was recorded, with the world that it was evaluated over. */
export function evaluateRecorded(snapshot: Snapshot): { report: Report; world: SnapshotWorld } {
  const recorded = snapshot.manifest.configuration;
  const text = snapshot.input("leastwise.yaml");
  const configuration = parseConfiguration(text, recorded.file ?? "leastwise.yaml", process.cwd());
  const options = recorded.policies === undefined ? {} : { policies: recorded.policies };
  const sources = recordedSources(snapshot, configuration, {});
  const { policies, skipped } = loadInForce(sources, configuration, options);
  const waivers = recordedWaivers(snapshot, configuration)?.waivers ?? noWaivers;
  const world = new SnapshotWorld(snapshot, configuration, Date.parse(snapshot.manifest.collectedAt));
  return { report: evaluate({ snapshot, configuration, policies, skipped, waivers }), world };
}

/** The waivers that a snapshot holds. */
export function recordedWaivers(snapshot: Snapshot, configuration: Configuration): WaiversInForce | null {
  const recorded = snapshot.manifest.configuration.waivers;
  if (recorded === null) return null;
  const text = snapshot.input("waivers.yaml");
  const waivers = parseWaivers(text, recorded.file, configuration.waivers.maxDays);
  if (snapshot.manifest.files[`inputs/${approvalsFile}`] === undefined) return { file: recorded.file, text, waivers };
  const proofs = JSON.parse(snapshot.input(approvalsFile)) as Proofs;
  return { file: recorded.file, text, waivers: { ...waivers, proofs } };
}

/** The policies of a snapshot: the built-in ones where its configuration includes them, and its own. */
export function recordedSources(
  snapshot: Snapshot,
  configuration: Configuration,
  options: InputOptions,
): PolicySource[] {
  if (options.policies !== undefined || options.config !== undefined) return policySources(options, configuration);
  const own = Object.keys(snapshot.manifest.files).filter((name) => name.startsWith("inputs/policies/"));
  const include = snapshot.manifest.configuration.policies ?? configuration.policies.include;
  const builtin = include.includes("builtin") ? policySources({ policies: ["builtin"] }, null) : [];
  return [
    ...builtin,
    ...own.map((name) => ({
      file: name.slice("inputs/policies/".length),
      text: snapshot.input(name.slice("inputs/".length)),
    })),
  ];
}
