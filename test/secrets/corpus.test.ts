import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findSecrets, type Leaf } from "../../src/secrets/find.ts";
import { fill, generator } from "./generate.ts";

interface Row {
  key: string;
  value: string;
  type?: string;
  secretField?: boolean;
}

const read = (name: string): Row[] =>
  JSON.parse(readFileSync(new URL(`../../fixtures/secrets/${name}.json`, import.meta.url), "utf8"));
const leafOf = (row: Row, value: string): Leaf => ({
  path: row.key,
  key: row.key,
  value,
  ...(row.secretField === true ? { secretField: true } : {}),
});

describe("the labelled corpus", () => {
  read("positives").forEach((row, index) => {
    it(`finds once, and masks, ${row.type} in ${row.value.slice(0, 60)}`, () => {
      for (let round = 1; round <= 10; round++) {
        const { text, values } = fill(row.value, generator(round * 1009 + index));
        const found = findSecrets(leafOf(row, text));
        expect(
          found.secrets.map((secret) => secret.type),
          text,
        ).toEqual([row.type]);
        for (const value of values) expect(found.masked).not.toContain(value);
        if (row.secretField !== true)
          expect(found.masked).toBe(values.reduce((masked, value) => masked.replace(value, "••••••••"), text));
      }
    });
  });

  read("negatives").forEach((row) => {
    it(`stays quiet on ${row.key}: ${row.value.slice(0, 70)}`, () => {
      expect(findSecrets(leafOf(row, row.value))).toEqual({ masked: row.value, secrets: [] });
    });
  });
});
