import { collect } from "../collect/collect.ts";
import { Recording } from "../collect/recording.ts";
import { type Configuration, parseConfiguration } from "../config/config.ts";
import { type Estate, startEstate } from "../estate/server.ts";
import { type SnapshotContent, writeSnapshot } from "../snapshot/write.ts";
import { UsageError } from "./errors.ts";
import { ExitStatus, endSoon } from "./exit.ts";
import { type InputOptions, loadConfiguration, ownPolicies, readWaivers, type WaiversInForce } from "./inputs.ts";
import { checkOut, writeWhole } from "./output.ts";
import { collectProgress } from "./progress.ts";

/** The options of what reads the estate. */
export interface CollectCommandOptions extends InputOptions {
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
    const configuration = parseConfiguration(estate.configuration, "fixtures/estate/leastwise.yaml", process.cwd());
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
): Promise<SnapshotContent> {
  const inputs = ownPolicies(options, configuration);
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
    });
    if (options.recording !== undefined && recording !== undefined) writeWhole(options.recording, recording.text());
    return content;
  } finally {
    progress.stop();
  }
}

/** `leastwise collect`: the snapshot alone. */
export async function collectCommand(options: CollectCommandOptions & { out: string }): Promise<void> {
  checkOut(options.out);
  await withEstate(options, async (configuration, collectedAt) => {
    const content = await collectEstate(configuration, collectedAt, readWaivers(configuration), options);
    writeSnapshot(options.out, content);
    const missing = content.reads.filter((read) => read.outcome !== "complete" && read.outcome !== "notLicensed");
    if (options.quiet !== true) {
      const rows = [...content.rows.values()].reduce((sum, each) => sum + each.length, 0);
      process.stdout.write(
        `${rows} rows in ${options.out}${missing.length === 0 ? "" : `; ${missing.length} reads are not complete`}\n`,
      );
    }
    process.exitCode = missing.length === 0 ? ExitStatus.clean : ExitStatus.unknown;
  });
}
