import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findSecrets } from "../../src/secrets/find.ts";
import { mask } from "../../src/secrets/mask.ts";
import { credentials, generator } from "./generate.ts";

const folder = new URL("../../src/secrets/detectors/", import.meta.url);

test("there is a made-up credential of every type that the detectors tell", () => {
  const told = readdirSync(folder).flatMap((file) => {
    const code = readFileSync(new URL(file, folder), "utf8");
    return [...code.matchAll(/"([a-z0-9]+(?:_[a-z0-9]+)+)"/g)].map(([, type = ""]) => type);
  });
  // What stands for a layout without seeds, of which there is none.
  told.splice(told.indexOf("azure_key"), 1);
  const made = Object.values(credentials).map((each) => each(generator(7)).type);
  expect(new Set(made)).toEqual(new Set(told));
});

test.each(Object.entries(credentials))("%s is told and masked in the text that tells it", (_name, of) => {
  for (let round = 1; round <= 20; round++) {
    const { type, value, text } = of(generator(round * 7919));
    const found = findSecrets({ path: "", key: "", value: text });
    expect(
      found.secrets.map((each) => each.type),
      text,
    ).toEqual([type]);
    expect(found.masked).toBe(text.replace(value, mask));
  }
});
