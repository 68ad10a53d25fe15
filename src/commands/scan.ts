import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Configuration } from "../config/config.ts";
import type { Policy } from "../policy/policy.ts";
import { gitHubOf } from "../repository/github.ts";
import { newBuilding, removeLeftOvers } from "../snapshot/place.ts";
import { openSnapshot } from "../snapshot/read.ts";
import { writeSnapshot } from "../snapshot/write.ts";
import { type CollectCommandOptions, collectEstate, withEstate } from "./collect.ts";
import { type EvaluateCommandOptions, evaluateAndReport, prepare } from "./evaluate.ts";
import { readWaivers, withProofs } from "./inputs.ts";
import { prepareOut } from "./output.ts";
import { neededReads } from "./rights.ts";

/** `leastwise scan`: collect, evaluate and report in one go. Everything that can be wrong in an input is found before anything is read. */
export async function scan(
  options: CollectCommandOptions & EvaluateCommandOptions & { snapshot: boolean },
): Promise<void> {
  await withEstate(options, async (configuration, collectedAt) => {
    const prepared = prepare(options, configuration);
    const waivers = await withProofs(readWaivers(configuration), configuration, gitHubOf(process.env));
    const keep = options.snapshot && options.out !== "-";
    // A snapshot that is kept is evidence of everything.
    const asked = keep ? configuration : systemsOf(prepared.policies, configuration);
    const content = await collectEstate(asked, collectedAt, waivers, options);
    if (keep) prepareOut(options.out);
    const place = join(tmpdir(), "leastwise");
    if (!keep) removeLeftOvers(place);
    const temporary = keep ? null : newBuilding(place);
    const folder = join(temporary ?? options.out, "snapshot");
    try {
      writeSnapshot(folder, content);
      evaluateAndReport(openSnapshot(folder), configuration, prepared, waivers, options);
    } finally {
      if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
    }
  });
}

/** The configuration without the systems that none of the policies looks at: a check of files alone asks no service. */
function systemsOf(policies: readonly Policy[], configuration: Configuration): Configuration {
  const services = new Set<string>(neededReads(policies).map(({ service }) => service));
  const isNeeded = {
    prefect: services.delete("Prefect"),
    source: services.delete("Repository"),
    azure: services.size > 0,
  };
  return {
    ...configuration,
    azure: isNeeded.azure ? configuration.azure : null,
    prefect: isNeeded.prefect ? configuration.prefect : [],
    source: isNeeded.source ? configuration.source : null,
  };
}
