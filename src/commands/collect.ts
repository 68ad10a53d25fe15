import { dirname, resolve } from "node:path";
import { collect } from "../collect/collect.ts";
import { Recording } from "../collect/recording.ts";
import { type Configuration, parseConfiguration } from "../config/config.ts";
import { type Estate, startEstate } from "../estate/server.ts";
import { gitHubOf } from "../repository/github.ts";
import type { Read, SnapshotPart } from "../resources/generated.ts";
import { type SnapshotContent, writeSnapshot } from "../snapshot/write.ts";
import { UsageError } from "./errors.ts";
import { ExitStatus, endSoon } from "./exit.ts";
import {
  approvalsFile,
  type InputOptions,
  loadConfiguration,
  ownPolicies,
  readWaivers,
  type WaiversInForce,
  withProofs,
} from "./inputs.ts";
import { checkOut, writeWhole } from "./output.ts";
import { collectProgress } from "./progress.ts";
import { chooser, type PlaceOptions } from "./selection.ts";

/** The options of what reads the estate. */
export interface CollectCommandOptions extends InputOptions, PlaceOptions {
  demo?: boolean;
  requestTimeout: number;
  maxWait: number;
  quiet?: boolean;
  /** Where the forms of all answers go, without any value. */
  recording?: string;
}

/** Where the estate is: the configuration's, or the sample that is served for the time of `work`. */
export async function withEstate<Result>(
  options: InputOptions & { demo?: boolean },
  work: (configuration: Configuration, collectedAt: Date) => Promise<Result>,
): Promise<Result> {
  if (options.demo !== true) {
    const result = await work(loadConfiguration(options), new Date());
    endSoon();
    return result;
  }
  if (options.config !== undefined) {
    throw new UsageError("--demo brings a configuration of its own: leave out --config, or --demo");
  }
  const estate: Estate = await startEstate();
  try {
    const configuration = parseConfiguration(estate.configuration, "fixtures/estate/leastwise.yaml", estate.folder);
    return await work(configuration, new Date(estate.asOf));
  } finally {
    await estate.close();
  }
}

/** Reads everything that the configuration names. */
export async function collectEstate(
  configuration: Configuration,
  collectedAt: Date,
  waivers: WaiversInForce | null,
  options: CollectCommandOptions,
  part?: SnapshotPart,
): Promise<SnapshotContent> {
  const inputs = ownPolicies(options, configuration);
  const proofs = waivers?.waivers.proofs;
  // Kept, because a replay asks nobody again.
  if (proofs !== undefined) inputs.set(approvalsFile, `${JSON.stringify(proofs, null, 2)}\n`);
  const choose = chooser(options);
  if (choose !== null && configuration.azure === null)
    throw new UsageError("--subscription and --management-group choose in Azure, and azure is not configured");
  const progress = collectProgress(options.quiet === true);
  const recording = options.recording === undefined ? undefined : new Recording();
  try {
    const content = await collect(configuration, {
      collectedAt,
      environment: process.env,
      limits: { request: options.requestTimeout * 1000, wait: options.maxWait * 1000 },
      progress,
      waivers,
      inputs,
      ...(recording && { recording }),
      ...(part !== undefined && { part }),
      ...(choose !== null && { choose }),
    });
    if (options.recording !== undefined && recording !== undefined) writeWhole(options.recording, recording.text());
    const { manifest } = content;
    if (options.policies === undefined) return content;
    // Policies that the command line names instead of the configuration's: a replay judges by the same ones.
    return {
      ...content,
      manifest: { ...manifest, configuration: { ...manifest.configuration, policies: [...options.policies] } },
    };
  } finally {
    progress.stop();
  }
}

/**
 * The part that --shard names, as in 2/4.
 * @throws UsageError where it names none, or --run-id stands without it
 */
function partOfOptions({ shard, runId, demo }: ShardOptions): SnapshotPart | undefined {
  if (shard === undefined) {
    if (runId !== undefined) throw new UsageError("--run-id says which shards belong together: it goes with --shard");
    return undefined;
  }
  const [, index, count] = (/^(\d{1,4})\/(\d{1,4})$/.exec(shard) ?? []).map(Number);
  if (index === undefined || count === undefined || index < 1 || index > count)
    throw new UsageError(`--shard ${shard}: write which one of how many, counted from 1, as in 2/4`);
  if (runId !== undefined && !/^[\w.:-]{1,100}$/.test(runId))
    throw new UsageError(`--run-id ${runId}: up to 100 letters, digits and the signs . : _ -`);
  if (demo === true)
    throw new UsageError(
      "--demo serves an estate for one run, so its parts would not fit together; serve one with leastwise demo, and name it with --config",
    );
  return { index, count, run: runId ?? null };
}

interface ShardOptions {
  shard?: string;
  runId?: string;
  demo?: boolean;
}

/** `leastwise collect`: the snapshot alone, or a part of one. */
export async function collectCommand(options: CollectCommandOptions & ShardOptions & { out: string }): Promise<void> {
  checkOut(options.out);
  // It is built beside the place where it is to stand.
  checkOut(dirname(resolve(options.out)));
  const part = partOfOptions(options);
  await withEstate(options, async (configuration, collectedAt) => {
    const held = readWaivers(configuration);
    // Parts of one run have to hold the same inputs, and a review may come between them.
    const waivers = part === undefined ? await withProofs(held, configuration, gitHubOf(process.env)) : held;
    const content = await collectEstate(configuration, collectedAt, waivers, options, part);
    writeSnapshot(options.out, content);
    const rows = [...content.rows.values()].reduce((sum, each) => sum + each.length, 0);
    tellCollected(rows, content.reads, options);
  });
}

/** Tells what a snapshot holds, and sets the exit status. */
export function tellCollected(rows: number, reads: readonly Read[], options: { out: string; quiet?: boolean }): void {
  const missing = reads.filter((read) => read.outcome !== "complete" && read.outcome !== "notLicensed");
  if (options.quiet !== true) {
    const open = missing.length === 0 ? "" : `; ${missing.length} reads are not complete`;
    process.stdout.write(`${rows} rows in ${options.out}${open}\n`);
  }
  process.exitCode = missing.length === 0 ? ExitStatus.clean : ExitStatus.unknown;
}
