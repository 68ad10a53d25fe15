import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newBuilding, removeLeftOvers } from "../snapshot/place.ts";
import { openSnapshot } from "../snapshot/read.ts";
import { writeSnapshot } from "../snapshot/write.ts";
import { type CollectCommandOptions, collectEstate, withEstate } from "./collect.ts";
import { type EvaluateCommandOptions, evaluateAndReport, prepare } from "./evaluate.ts";
import { readWaivers } from "./inputs.ts";
import { prepareOut } from "./output.ts";

/** `leastwise scan`: collect, evaluate and report in one go. Everything that can be wrong in an input is found before anything is read. */
export async function scan(
  options: CollectCommandOptions & EvaluateCommandOptions & { snapshot: boolean },
): Promise<void> {
  await withEstate(options, async (configuration, collectedAt) => {
    const prepared = prepare(options, configuration);
    const waivers = readWaivers(configuration);
    const content = await collectEstate(configuration, collectedAt, waivers, options);
    const keep = options.snapshot && options.out !== "-";
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
