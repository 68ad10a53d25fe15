import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flatten } from "../../src/secrets/flatten.ts";
import { generator, githubToken } from "./generate.ts";

describe("flatten", () => {
  it("gives every scalar with its path and name, in the order of the document", () => {
    expect(
      flatten({ env: { AZURE_KEY: "a", "my key": null }, commands: ["x", { n: 1.5 }], on: true, none: {}, empty: [] }),
    ).toEqual([
      { path: "env.AZURE_KEY", key: "AZURE_KEY", value: "a" },
      { path: 'env["my key"]', key: "my key", value: null },
      { path: "commands[0]", key: "commands", value: "x" },
      { path: "commands[1].n", key: "n", value: "1.5" },
      { path: "on", key: "on", value: "true" },
    ]);
  });

  it("goes on from a path that it is given, and takes a scalar as it is", () => {
    expect(flatten("x", "data.url")).toEqual([{ path: "data.url", key: "url", value: "x" }]);
    expect(flatten(["x"], 'data["a.b"]')).toEqual([{ path: 'data["a.b"][0]', key: "a.b", value: "x" }]);
    expect(flatten(["x"])).toEqual([{ path: "[0]", key: "", value: "x" }]);
    expect(flatten({})).toEqual([]);
  });

  it("tells two leaves apart by their paths, whatever the names are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const paths = flatten(value).map((leaf) => leaf.path);
        expect(new Set(paths).size).toBe(paths.length);
      }),
      { seed: 20261123 },
    );
  });

  it("masks a credential that was used as a name", () => {
    const token = githubToken(generator(1));
    expect(flatten({ tokens: { [token]: "ci" } })).toEqual([
      { path: 'tokens["••••••••"]', key: "••••••••", value: "ci" },
    ]);
    expect(JSON.stringify(flatten({ "postgresql://a:Xy7!kk2@h/db": { x: 1 } }))).not.toContain("kk2");
  });

  it("takes a document nested a hundred thousand deep", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}1${"]".repeat(100_000)}`);
    expect(flatten(deep)).toHaveLength(1);
  });
});
