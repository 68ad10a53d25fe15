import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { parseConfiguration } from "../../src/config/config.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
import type { Location } from "../../src/resources/generated.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, inFolder, startSmallEstate } from "../collect/estate.ts";

/** A case of `fixtures/anchors`: a resource of the sample estate, and the line that must be found to declare it. */
interface Case {
  about: string;
  kind: string;
  resource: string;
  /** null where no line does, and none declares what it stands in. */
  expected: { by: Location["by"]; file: string; line: string } | null;
}

const folder = resolve(import.meta.dirname, "../../fixtures/anchors");
const repository = join(folder, "repository");
const cases = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as Case[];
const places = new Map<Case, Location | null>();

beforeAll(async () => {
  const estate = await startSmallEstate();
  const yaml = estate.configuration.replace("include: [source/]", "include: [./]");
  const configuration = parseConfiguration(yaml, "leastwise.yaml", repository);
  const content = await collectFrom(configuration).finally(() => estate.close());
  inFolder((at) => {
    writeSnapshot(join(at, "snapshot"), content);
    const snapshot = openSnapshot(join(at, "snapshot"));
    const world = new SnapshotWorld(snapshot, configuration, Date.parse(snapshot.manifest.collectedAt));
    for (const each of cases) {
      const [row] = world.index(each.kind, "id").get(each.resource) ?? [];
      places.set(each, world.declarations.place(each.kind, row ?? expect.fail(`no ${each.kind} ${each.resource}`)));
    }
  });
});

test.each(cases.map((each) => [each.about, each] as const))("%s", (_, each) => {
  const place = places.get(each);
  if (place === undefined) expect.fail("it was not looked for");
  const found = place === null ? null : { by: place.by, file: place.file, line: lineOf(place) };
  expect(found).toEqual(each.expected);
});

/** The words of a line, as a person sees them. */
function lineOf({ file, line }: Location): string {
  return readFileSync(join(repository, file), "utf8").split("\n")[line - 1]?.trim() ?? "";
}
