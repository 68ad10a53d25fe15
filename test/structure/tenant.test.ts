import { expect, test } from "vitest";
import { catalogue } from "../../src/collect/catalogue.ts";
import { ofTenant } from "../../src/evaluate/world.ts";

test("a kind that counts as read for the whole tenant has no read by subscription", () => {
  for (const kind of ofTenant) {
    const rows = catalogue.filter((read) => read.also === kind || (read.kind === kind && read.fields === undefined));
    expect(
      rows.map(({ per }) => per),
      kind,
    ).not.toEqual([]);
    expect(new Set(rows.map(({ per }) => per)), kind).toEqual(new Set(["tenant"]));
  }
});
