import { parseConfiguration } from "../config/config.ts";
import { SnapshotWorld } from "../evaluate/world.ts";
import { openSnapshot } from "../snapshot/read.ts";

/** The world of a snapshot, by the configuration that it was collected with. */
export function openWorld(folder: string): SnapshotWorld {
  const snapshot = openSnapshot(folder);
  const recorded = snapshot.manifest.configuration.file ?? "leastwise.yaml";
  const configuration = parseConfiguration(snapshot.input("leastwise.yaml"), recorded, process.cwd());
  return new SnapshotWorld(snapshot, configuration, Date.parse(snapshot.manifest.collectedAt));
}
