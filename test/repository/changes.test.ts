import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type ChangeReview, reviewOfChanges } from "../../src/repository/changes.ts";
import { InputError } from "../../src/resources/problem.ts";
import { folder } from "../cli/run.ts";
import { TestRepository } from "./repository.ts";

const configuration = {
  prefect: [{ name: "prod", api: "https://prefect.example.com/api" }],
  environments: { prod: { prefect: ["prod"] } },
  expect: { "prefect.block": 20 },
  policies: {
    include: ["builtin", "./policies"],
    skip: [],
    params: { "rotation/client-secret-age": { maxAge: "60d" } },
  },
  waivers: { file: "waivers.yaml", maxDays: 90 },
};
const waiver = {
  policy: "secrets/hardcoded-in-block",
  kind: "risk",
  resource: "prefect:prod/block/secret/one",
  reason: "Until it is moved",
  requestedBy: "asks@example.com",
  approvedBy: "approves@example.com",
  approvedAt: "2026-11-01",
  expires: "2026-12-01",
};
const policy = {
  id: "own/named",
  title: "Blocks have names",
  severity: "high",
  target: "prefect.block",
  require: 'r.name != ""',
  message: "no name",
};

let repository: TestRepository;
let base: string;

function put(name: string, value: unknown): void {
  repository.write(name, typeof value === "string" ? value : stringify(value));
}

function review(from = base): ChangeReview {
  return reviewOfChanges(from, join(repository.root, "leastwise.yaml"));
}

beforeEach(() => {
  repository = new TestRepository();
  put(".github/CODEOWNERS", "/leastwise.yaml @org/platform\n/waivers.yaml @org/security\n/policies/ @org/security\n");
  put("leastwise.yaml", configuration);
  put("waivers.yaml", [waiver]);
  put("policies/named.yaml", policy);
  put("flows/a.py", "x = 1\n");
  base = repository.commit("asks@example.com");
});

describe("a change since a base", () => {
  test("that touches no waiver, policy or configuration has nothing to review", () => {
    put("flows/a.py", "x = 2\n");
    repository.commit("asks@example.com");
    expect(review()).toEqual({ since: base, codeowners: ".github/CODEOWNERS", changes: [], uncovered: [] });
  });

  test("is told in words for the configuration, committed or not", () => {
    put("leastwise.yaml", {
      ...configuration,
      expect: { "prefect.block": 5 },
      policies: {
        ...configuration.policies,
        skip: ["rotation/*"],
        params: { "rotation/client-secret-age": { maxAge: "365d" } },
      },
      waivers: { file: "waivers.yaml", maxDays: 365 },
      shared: [{ prefect: "prod", reason: "all use it" }],
    });
    const told = review();
    expect(told.changes).toEqual([
      {
        file: "leastwise.yaml",
        kind: "configuration",
        what: [
          "policy skipped: rotation/*",
          "shared on purpose: prod",
          "parameter loosened: rotation/client-secret-age maxAge 60d -> 365d",
          "floor lowered: prefect.block 20 -> 5",
          "waivers may last longer: 90 -> 365 days",
        ],
        owners: ["@org/platform"],
      },
    ]);
    repository.commit("asks@example.com");
    expect(review()).toEqual(told);
  });

  test("is told in words for waivers", () => {
    const { approvedBy: _, approvedAt: __, ...asked } = waiver;
    put("waivers.yaml", [
      { ...waiver, expires: "2026-12-15", reason: "It takes longer" },
      { ...asked, resource: "prefect:prod/block/secret/two" },
      { ...waiver, resource: "prefect:prod/block/secret/one", expires: "2026-12-10" },
    ]);
    expect(review().changes).toEqual([
      {
        file: "waivers.yaml",
        kind: "waivers",
        what: [
          "waiver extended: secrets/hardcoded-in-block on prefect:prod/block/secret/one 2026-12-01 -> 2026-12-15, approved by approves@example.com",
          "waiver reworded (reason): secrets/hardcoded-in-block on prefect:prod/block/secret/one",
          "waiver added: secrets/hardcoded-in-block on prefect:prod/block/secret/one (entry 2) until 2026-12-10, asked by asks@example.com, approved by approves@example.com",
          "waiver added: secrets/hardcoded-in-block on prefect:prod/block/secret/two until 2026-12-01, asked by asks@example.com, approved by nobody yet",
        ],
        owners: ["@org/security"],
      },
    ]);
    repository.remove("waivers.yaml");
    expect(review().changes[0]?.what).toEqual([
      "waiver removed: secrets/hardcoded-in-block on prefect:prod/block/secret/one",
    ]);
  });

  test("is told in words for policies that changed, came or went", () => {
    put("policies/named.yaml", { ...policy, severity: "low", require: "true" });
    put("policies/deep/new.yaml", { ...policy, id: "own/new" });
    expect(review().changes.map(({ what }) => what)).toEqual([
      ["policy added: own/new"],
      ["own/named: require changed", "own/named: severity: high -> low"],
    ]);
    repository.remove("policies/named.yaml");
    expect(review().changes.at(-1)?.what).toEqual(["policy removed: own/named"]);
  });

  test("says so where only comments or layout changed", () => {
    for (const [name, value] of Object.entries({ "leastwise.yaml": configuration, "waivers.yaml": [waiver] }))
      put(name, `# looked at\n${stringify(value)}`);
    put("policies/named.yaml", `# looked at\n${stringify(policy)}`);
    expect(review().changes.every(({ what }) => /^nothing in it that counts/.test(what.join()))).toBe(true);
  });

  test("is compared with where it began, and not with what the base did since", () => {
    repository.git("checkout", "--quiet", "-b", "feature");
    put("flows/a.py", "x = 3\n");
    repository.commit("asks@example.com");
    repository.git("checkout", "--quiet", "main");
    put("waivers.yaml", []);
    repository.commit("other@example.com");
    repository.git("checkout", "--quiet", "feature");
    expect(review("main").changes).toEqual([]);
  });
});

describe("whether CODEOWNERS covers a change", () => {
  const change = (): void => put("waivers.yaml", [{ ...waiver, expires: "2026-12-15" }]);

  test("is decided by the base's, so that a change appoints no reviewer of its own", () => {
    put(".github/CODEOWNERS", "/policies/ @org/security\n");
    base = repository.commit("asks@example.com");
    put(".github/CODEOWNERS", "* @me\n");
    change();
    const told = review();
    expect(told.uncovered).toEqual([".github/CODEOWNERS", "waivers.yaml"]);
    expect(told.changes.find(({ kind }) => kind === "codeowners")?.what).toEqual(["who is asked for review changes"]);
  });

  test.each([
    [["CODEOWNERS", "docs/CODEOWNERS"], "CODEOWNERS"],
    [["docs/CODEOWNERS"], "docs/CODEOWNERS"],
    [["elsewhere/CODEOWNERS"], null],
  ])("looks for it where GitHub does, among %j", (places, found) => {
    repository.remove(".github/CODEOWNERS");
    for (const each of places) put(each, `/waivers.yaml @org/${each.split("/").length}\n`);
    base = repository.commit("asks@example.com");
    change();
    expect(review()).toMatchObject({ codeowners: found, uncovered: found === null ? ["waivers.yaml"] : [] });
  });
});

describe("what cannot be told", () => {
  const refusal = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    return "nothing was refused";
  };

  test("a base that git does not know, or one that looks like an option, is refused", () => {
    expect(refusal(() => review("nowhere"))).toContain("git knows no commit nowhere");
    expect(refusal(() => review("--all"))).toContain("git knows no commit --all");
  });

  test("a history that is cut off is refused", () => {
    put("flows/a.py", "x = 2\n");
    repository.commit("asks@example.com");
    const clone = join(folder(), "clone");
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${repository.root}`, clone]);
    execFileSync("git", ["fetch", "--quiet", "--depth", "1", "origin", base], { cwd: clone });
    expect(refusal(() => reviewOfChanges(base, join(clone, "leastwise.yaml")))).toContain("git does not tell where");
  });

  test("waivers of now that are wrong are refused; those of before are told of, and all counts as new", () => {
    put("waivers.yaml", [{ ...waiver, approvedBy: "asks@example.com" }]);
    expect(refusal(() => review())).toContain("waivers.yaml:");
    base = repository.commit("asks@example.com");
    put("waivers.yaml", [waiver]);
    expect(review().changes[0]?.what).toEqual([
      "what stood there before is wrong, so everything counts as new",
      expect.stringContaining("waiver added"),
    ]);
  });

  test("a configuration outside a repository is refused", () => {
    execFileSync("rm", ["-rf", join(repository.root, ".git")]);
    expect(refusal(() => review())).toContain("in no repository of git");
  });
});
