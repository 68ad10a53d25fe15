import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import type { Report } from "../../src/resources/generated.ts";
import { violations } from "../../src/resources/validate.ts";
import { writeSnapshot } from "../../src/snapshot/write.ts";
import { folder, leastwise, readJson, reportIn, write } from "../cli/run.ts";
import { collectFrom, configurationOf, leaveOutUnusedRoles } from "../collect/estate.ts";
import { faults } from "../report/validators.ts";

const fixtures = fileURLToPath(new URL("../../fixtures", import.meta.url));

/** A verdict of a policy on a resource. */
interface Named {
  policy: string;
  resource: string;
}

/** A worked case; fixtures/gate/README.md says what stands in it. */
interface Case {
  about: string;
  estate: "estate" | "tidy";
  plan: string[];
  options?: string[];
  expected: {
    exit: number;
    fail?: Named[];
    unknown?: Named[];
    unknownPolicies?: string[];
    fixed?: Named[];
    error?: string;
  };
}

const names = readdirSync(join(fixtures, "gate"), { withFileTypes: true })
  .filter((each) => each.isDirectory())
  .map((each) => each.name);

/**
 * Keys, passwords and tokens that stand in the plans, where a provider marks them as sensitive and where nobody does; as
 * much of each as is left where a plan is cut off in it. None may reach any output.
 */
const secrets = [
  "Tr0ub4dor-canary",
  "pw-canary-9f2c71",
  "ghp_1234567890abcdefghijklmnopqrstuvwxyz12",
  "Z2F0ZS1jYW5hcnktYWNjb3VudC1rZXktb2YtdGhlLXByb2QtbGFrZ",
  "cHJpbWFyeS1hY2Nlc3Mta2V5LW9mLXRoZS1sYWtl",
  "cHJpbWFyeS1zaGFyZWQta2V5LW9mLXRoZS1sb2dzLWNhbmFyeQ",
];

const live = folder();

beforeAll(async () => {
  for (const name of ["estate", "tidy"]) {
    const estate: Estate = await startEstate({
      directory: join(fixtures, name),
      pageSize: 200,
      ...(name === "estate" && { edit: leaveOutUnusedRoles }),
    });
    const content = await collectFrom(configurationOf(estate), undefined, { collectedAt: new Date(estate.asOf) });
    writeSnapshot(join(live, name), content);
    await estate.close();
  }
}, 120_000);

/** Each once, in order. */
function named(all: readonly Named[]): Named[] {
  const unique = new Map(all.map(({ policy, resource }) => [`${policy}\0${resource}`, { policy, resource }]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** What a report of the gate says, in the form of the cases. */
function told({ gate, fixed, unread }: Report): Omit<Case["expected"], "exit" | "error"> {
  const open = unread.filter(({ read }) => gate?.unread.includes(read)).flatMap(({ policies }) => policies);
  const results = gate?.unknown ?? [];
  return {
    fail: named(gate?.failures ?? []),
    unknown: named(results.flatMap(({ policy, resources }) => resources.map((resource) => ({ policy, resource })))),
    unknownPolicies: [...new Set([...open, ...results.map(({ policy }) => policy)])].sort(),
    fixed: named(fixed),
  };
}

/** The texts of all files in a folder, what is compressed too. */
function textsIn(out: string): [string, string][] {
  return readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => {
      const bytes = readFileSync(join(each.parentPath, each.name));
      return [each.name, (each.name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")];
    });
}

test("every secret that is looked for stands in a plan", () => {
  const plans = names.flatMap((name) => textsIn(join(fixtures, "gate", name))).map(([, text]) => text);
  for (const secret of secrets)
    expect(
      plans.some((text) => text.includes(secret)),
      secret,
    ).toBe(true);
});

describe.concurrent("a worked case", () => {
  test.each(names)("%s", { timeout: 600_000 }, async (name) => {
    const place = join(fixtures, "gate", name);
    const { estate, plan, options = [], expected } = readJson(place, "case.json") as Case;
    const out = folder();
    const run = await leastwise(
      [
        "gate",
        "--plan",
        ...plan,
        "--snapshot",
        join(live, estate),
        "--out",
        out,
        "--format",
        "json,sarif,markdown,junit,csv,results",
        ...options,
      ],
      { cwd: place },
    );
    const written = textsIn(out);
    for (const [place, text] of [["stdout", run.stdout], ["stderr", run.stderr], ...written] as const)
      for (const secret of secrets) expect(text.includes(secret), `${secret} in ${place}`).toBe(false);
    const { exit, error, ...rest } = expected;
    expect({ exit: run.status, stderr: run.stderr }).toEqual({ exit, stderr: expect.stringContaining(error ?? "") });
    if (exit === 2) {
      expect(written).toEqual([]);
      return;
    }
    const report = reportIn(out);
    const all = told(report);
    const { unknown, unknownPolicies, ...others } = rest;
    expect({ fail: all.fail, fixed: all.fixed }).toEqual({ fail: [], fixed: [], ...others });
    if (unknownPolicies === undefined) expect(all.unknown).toEqual(unknown ?? []);
    else expect(all.unknownPolicies).toEqual(unknownPolicies);
    expect(violations("report", report)).toEqual([]);
    expect(faults(readFileSync(join(out, "report.sarif"), "utf8"))).toEqual([]);
    // How old the live state is stands in what people read.
    for (const text of [run.stdout, readFileSync(join(out, "report.md"), "utf8")])
      expect(text).toMatch(/(?:minutes?|hours|days) old|later than this machine's clock/);
  });
});

describe("in a repository", () => {
  const place = folder();
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", place, "-c", "user.name=T", "-c", "user.email=t@example.com", ...args]);
  const waived = join(fixtures, "gate", "waived");
  const gate = (env: Record<string, string> = {}) =>
    leastwise(["gate", "--plan", "plan.json", "--snapshot", join(live, "tidy"), "--base", "HEAD", "--out", "out"], {
      cwd: place,
      env,
    });
  beforeAll(() => {
    git("init", "--quiet", "--initial-branch=main");
    for (const name of ["leastwise.yaml", "plan.json"]) write(join(place, name), readFileSync(join(waived, name)));
    write(join(place, ".github/CODEOWNERS"), "leastwise.yaml @larkmoor/security\n");
    git("add", ".");
    git("commit", "--quiet", "--message", "Before");
  });

  test("a waiver that comes with the change is told, and fails where nobody has to review it", {
    timeout: 120_000,
  }, async () => {
    write(join(place, "waivers.yaml"), readFileSync(join(waived, "waivers.yaml")));
    const summary = join(place, "summary.md");
    const run = await gate({ GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 1, stderr: "" });
    expect(run.stdout).toContain("::error file=waivers.yaml,line=1,title=leastwise::");
    expect(run.stdout).toContain("waivers.yaml: nobody has to review it (CODEOWNERS)");
    expect(readFileSync(summary, "utf8")).toContain("**nobody: CODEOWNERS does not cover it**");
    expect(reportIn(join(place, "out")).gate?.review?.uncovered).toEqual(["waivers.yaml"]);
  });

  test("what fails is annotated at the plan's line, and the job's page says for whom", {
    timeout: 120_000,
  }, async () => {
    rmSync(join(place, "waivers.yaml"), { force: true });
    const grant = readFileSync(join(fixtures, "gate", "grant-owner-of-production", "plan.json"), "utf8");
    write(join(place, "plan.json"), grant);
    const summary = join(place, "summary-of-grant.md");
    const run = await gate({ GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary });
    expect(run.status).toBe(1);
    const line =
      grant
        .slice(0, grant.indexOf('"address": "azurerm_role_assignment.release"', grant.indexOf('"resource_changes"')))
        .split("\n").length - 1;
    expect(run.stdout).toContain(`::error file=plan.json,line=${line},`);
    // No command is about what is not there yet.
    expect(run.stdout).not.toContain("--ids terraform:");
    expect(readFileSync(summary, "utf8")).toMatch(/\| id-release-next \| \*\*gains\*\* \| Owner \|/);
  });
});

test("without a snapshot the live state is read now, and kept nowhere", { timeout: 120_000 }, async () => {
  const [out, home] = [folder(), folder()];
  const plan = join(fixtures, "gate", "prefect-blocks-folder", "blocks");
  const run = await leastwise(["gate", "--demo", "--plan", plan, "--prefect", "dev", "--out", out], {
    env: { TMPDIR: home },
  });
  expect(run.status).toBe(0);
  expect(run.stdout).toContain("read now");
  expect(reportIn(out).gate?.live).toEqual({ collectedAt: "2026-11-20T06:00:00.000Z", folder: null });
  expect(readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())).toEqual([]);
});
