import { describe, expect, test } from "vitest";
import { ownersBy } from "../../src/repository/codeowners.ts";

describe("a pattern of CODEOWNERS", () => {
  test.each<[string, string[], string[]]>([
    ["*", ["a", "waivers.yaml", "deep/er/a.yaml", ".github/CODEOWNERS"], []],
    ["*.yaml", ["a.yaml", "deep/er/a.yaml"], ["a.yml", "ayaml"]],
    ["/*.yaml", ["a.yaml"], ["deep/a.yaml"]],
    ["waivers.yaml", ["waivers.yaml", "team/waivers.yaml"], ["waivers.yaml.bak", "my-waivers.yaml", "waiversXyaml"]],
    ["/waivers.yaml", ["waivers.yaml"], ["team/waivers.yaml"]],
    ["docs/*", ["docs/a.md"], ["docs/deep/a.md", "team/docs/a.md"]],
    ["apps/", ["apps/a", "team/apps/deep/a"], ["apps"]],
    ["/docs/", ["docs/a", "docs/deep/a"], ["team/docs/a"]],
    ["/policies", ["policies", "policies/deep/a.yaml"], ["team/policies/a.yaml", "policies-old/a.yaml"]],
    ["**/logs", ["logs/a", "build/logs/a", "deep/er/logs"], ["mylogs/a"]],
    ["/policies/**", ["policies/a", "policies/deep/a"], ["policies"]],
    ["policies/**/own.yaml", ["policies/own.yaml", "policies/a/b/own.yaml"], ["policies/a/other.yaml"]],
    ["/with\\ space/", ["with space/a"], ["with/a"]],
    ["a?c.yaml", ["abc.yaml"], ["ac.yaml", "a/c.yaml"]],
    ["POLICIES/", [], ["policies/a"]],
  ])("%s covers what GitHub says that it covers", (pattern, covered, others) => {
    const owners = ownersBy(`${pattern} @a`);
    expect(covered.filter((path) => owners(path).length === 0)).toEqual([]);
    expect(others.filter((path) => owners(path).length > 0)).toEqual([]);
  });

  test("gives way to the last one that matches, also where that names nobody", () => {
    const owners = ownersBy(
      "* @org/all # everybody\n\n# ours\n/policies/ @org/security sec@example.com\n/policies/free/\n",
    );
    expect(owners("a")).toEqual(["@org/all"]);
    expect(owners("policies/a")).toEqual(["@org/security", "sec@example.com"]);
    expect(owners("policies/free/a")).toEqual([]);
  });

  test.each(["!a.yaml @a", "[ab].yaml @a", "\\#a @a", "a.yaml a-name", "a.yaml @a <b>"])(
    "in a line that GitHub skips, %s, covers nothing",
    (line) => {
      expect(ownersBy(line)("a.yaml")).toEqual([]);
      expect(ownersBy(`* @all\n${line}`)("a.yaml")).toEqual(["@all"]);
    },
  );

  test("in a file that GitHub does not load covers nothing", () => {
    expect(ownersBy(`* @all\n${"#".repeat(3 << 20)}`)("a")).toEqual([]);
  });
});
