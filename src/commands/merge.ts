import { dirname, resolve } from "node:path";
import { joining } from "../collect/join.ts";
import { mergeSnapshots } from "../snapshot/merge.ts";
import { openSnapshot } from "../snapshot/read.ts";
import { tellCollected } from "./collect.ts";
import { checkOut } from "./output.ts";

/** `leastwise merge`: the parts that `collect --shard` wrote become one snapshot. */
export async function mergeCommand(parts: readonly string[], options: { out: string; quiet?: boolean }): Promise<void> {
  checkOut(options.out);
  // It is built beside the place where it is to stand.
  checkOut(dirname(resolve(options.out)));
  await mergeSnapshots(parts, options.out, joining());
  const { manifest, reads } = openSnapshot(options.out);
  const rows = Object.entries(manifest.files).filter(
    ([name]) => /^[^/]+\.ndjson$/.test(name) && name !== "reads.ndjson",
  );
  const count = rows.reduce((sum, [, file]) => sum + file.rows, 0);
  tellCollected(count, reads, options);
}
