import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { ConfigurationFile, Finding, FindingWaiver, Report } from "../../src/resources/generated.ts";
import { violations } from "../../src/resources/validate.ts";
import { planted } from "../estate/planted.ts";
import { faults } from "../report/validators.ts";
import { asOf, clock, folder, leastwise, type Run, readJson, reportIn, served, write } from "./run.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/estate", import.meta.url));
const lines = (report: Report): string[] =>
  report.findings.map((each) => `${each.severity} ${each.policy} ${each.resource.id}`).sort();

/** How many planted defects are critical. */
const critical = planted.filter((each) => each.severity === "critical").length;

const work = folder();
const out = join(work, "out");
/** The snapshot that most tests evaluate under another configuration. */
const snapshot = join(out, "snapshot");
const written = parse(readFileSync(join(fixtures, "leastwise.yaml"), "utf8")) as ConfigurationFile;
// From the root of a repository of its own, the files of the sample are told as they stand in the snapshot.
for (const each of Object.values(written.environments ?? {}))
  each.source &&= each.source.map((glob) => `fixtures/estate/${glob}`);
let plain: Run;
let sound: Report;

beforeAll(async () => {
  plain = await leastwise(["scan", "--demo", "--out", out, "--format", "json,sarif,markdown,results"]);
  sound = reportIn(out);
});

/** Evaluates the demo's snapshot under the sample configuration, changed. */
async function underConfiguration(
  change: Partial<ConfigurationFile>,
  waivers: object[] | null = null,
  ...more: string[]
): Promise<Run & { report: Report | null }> {
  const at = folder();
  const uses = waivers === null ? {} : { waivers: { file: "waivers.yaml", maxDays: 90 } };
  const config = write(join(at, "leastwise.yaml"), stringify({ ...written, ...uses, ...change }));
  if (waivers !== null) write(join(at, "waivers.yaml"), stringify(waivers));
  const target = join(at, "out");
  const run = await leastwise(["evaluate", snapshot, "--config", config, "--out", target, ...more]);
  return { ...run, report: run.status === 2 ? null : reportIn(target) };
}

describe("leastwise scan --demo", () => {
  test("exits 1 and finds every planted defect, and nothing else", () => {
    expect(plain.status).toBe(1);
    expect(lines(sound)).toEqual(planted.map((each) => `${each.severity} ${each.policy} ${each.resource}`).sort());
    const counts = ["critical", "high", "medium", "low"].map(
      (severity) => `${planted.filter((each) => each.severity === severity).length} ${severity}`,
    );
    expect(plain.stdout).toContain(`FAILED: ${counts.join(", ")}`);
    expect(plain.stdout).toMatch(new RegExp(`\nNext: leastwise explain \\w{16} --report\\s+${out}/report.json\n$`));
    expect(plain.stdout).not.toContain("\u001b");
  });

  test("writes a report that its schema accepts, complete, and balanced for every policy", () => {
    expect(violations("report", readJson(out, "report.json"))).toEqual([]);
    expect(sound.complete).toBe(true);
    expect(sound.policies.length).toBeGreaterThanOrEqual(10);
    for (const { id, population } of sound.policies) {
      const { inScope, pass, fail, waived, unknown, notApplicable } = population;
      expect({ id, sum: pass + fail + waived + unknown + notApplicable }).toEqual({ id, sum: inScope });
      expect(inScope).toBeGreaterThan(0);
    }
  });

  test("writes SARIF that GitHub takes, with a result for each finding", () => {
    const text = readFileSync(join(out, "report.sarif"), "utf8");
    expect(faults(text)).toEqual([]);
    const runs = (JSON.parse(text) as { runs: { results: unknown[] }[] }).runs;
    expect(runs.flatMap((each) => each.results)).toHaveLength(planted.length);
  });

  test("--format results holds a line for each policy and resource, as the populations count them", () => {
    const text = gunzipSync(readFileSync(join(out, "results.ndjson.gz"))).toString();
    const results = text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { policy: string; resource: string; outcome: string; digest: string });
    expect(new Set(results.map((each) => `${each.policy}\0${each.resource}`)).size).toBe(results.length);
    for (const { id, population } of sound.policies) {
      const own = results.filter((each) => each.policy === id);
      const counted = Object.fromEntries(
        ["pass", "fail", "waived", "unknown", "notApplicable"].map((outcome) => [
          outcome,
          own.filter((each) => each.outcome === outcome).length,
        ]),
      );
      expect({ id, inScope: own.length, ...counted }).toEqual({ id, ...population });
    }
    expect(results.every((each) => /^sha256:[0-9a-f]{64}$/.test(each.digest))).toBe(true);
  });

  test("groups its findings by criterion, by what mends them and by owner, each of them in its place once", () => {
    const ids = sound.findings.map((each) => each.id).sort();
    expect(sound.changes?.flatMap((each) => each.findings).sort()).toEqual(ids);
    expect(sound.owners?.flatMap((each) => each.findings).sort()).toEqual(ids);
    for (const { owner, findings } of sound.owners ?? []) {
      for (const id of findings) expect(sound.findings.find((each) => each.id === id)?.owner).toBe(owner);
    }
    expect(sound.owners?.map(({ owner }) => owner)).toContain("data-operations");
    const supporting = new Map(sound.policies.map((each) => [each.id, each.controls.soc2]));
    for (const { id, failing, waived, unknown, decided, leftOut } of sound.controls) {
      const own = sound.findings.filter((each) => supporting.get(each.policy)?.includes(id));
      expect({ id, failing, waived, unknown, decided, leftOut }).toEqual({
        id,
        failing: own.length,
        waived: 0,
        unknown: 0,
        decided: true,
        leftOut: [],
      });
    }
    const covered = sound.controls.map(({ id }) => id);
    expect(sound.notCovered?.some(({ id }) => covered.includes(id))).toBe(false);
    expect(sound.notCovered?.map(({ id }) => id)).toContain("CC1.1");
    for (const title of ["What mends them: ", "By owner", "SOC 2 criteria supported"])
      expect(plain.stdout).toContain(`\n${title}`);
  });

  test("--format markdown is a summary with every finding", () => {
    const text = readFileSync(join(out, "report.md"), "utf8");
    expect(text.startsWith("# leastwise: FAILED\n")).toBe(true);
    for (const { id } of sound.findings) expect(text).toContain(`<code>${id}</code> |\n`);
    expect(text).not.toContain("left out here");
  });

  test("keeps its files from everybody else", () => {
    expect(statSync(out).mode & 0o777).toBe(0o700);
    for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      expect(`${path} ${(statSync(path).mode & 0o777).toString(8)}`).toBe(
        `${path} ${entry.isDirectory() ? "700" : "600"}`,
      );
    }
  });

  test("keeps the inputs beside the report: configuration, parameters, the text of every policy in force", () => {
    const inputs = readdirSync(join(out, "inputs"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(out, "inputs").length + 1));
    expect(inputs.sort()).toEqual(
      ["leastwise.yaml", "parameters.json", ...sound.policies.map((each) => `policies/${each.id}.yaml`)].sort(),
    );
  });

  test.concurrent("--fail-on none exits 0 with the same findings", async () => {
    const at = join(folder(), "out");
    const run = await leastwise(["scan", "--demo", "--fail-on", "none", "--out", at]);
    expect(run.status).toBe(0);
    expect(lines(reportIn(at))).toEqual(lines(sound));
    expect(run.stdout).toContain(`\nNOT FAILED: ${critical} critical`);
    expect(run.stdout).toMatch(/\nPolicies: \d+ passed, \d+ failed, 0 unknown/);
  });

  test.concurrent("--no-snapshot keeps none, and leaves nothing in the temporary folder", async () => {
    const at = folder();
    const temporary = folder();
    const run = await leastwise(["scan", "--demo", "--no-snapshot", "--out", join(at, "out")], {
      env: { TMPDIR: temporary },
    });
    expect(run.status).toBe(1);
    expect(readdirSync(join(at, "out")).sort()).toEqual(["inputs", "report.json", "report.sarif"]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.concurrent("writes into leastwise-out below the folder where it is run, if not told otherwise", async () => {
    const cwd = folder();
    expect((await leastwise(["scan", "--demo"], { cwd })).status).toBe(1);
    expect(readdirSync(cwd)).toEqual(["leastwise-out"]);
  });

  test.concurrent.each(["json", "sarif", "markdown"])(
    "--out - --format %s puts only that on stdout",
    async (format) => {
      const cwd = folder();
      const run = await leastwise(["scan", "--demo", "--out", "-", "--format", format], { cwd });
      expect(run.status).toBe(1);
      if (format === "json") expect(violations("report", JSON.parse(run.stdout))).toEqual([]);
      else if (format === "sarif") expect(faults(run.stdout)).toEqual([]);
      else expect(run.stdout).toMatch(/^# leastwise: FAILED\n/);
      expect(run.stderr).toContain(`FAILED: ${critical} critical`);
      expect(run.stderr).not.toMatch(/leastwise explain|report\.json/);
      expect(readdirSync(cwd)).toEqual([]);
    },
  );

  test.concurrent("--quiet prints nothing but what went wrong", async () => {
    const run = await leastwise(["scan", "--demo", "--quiet", "--out", join(folder(), "out")]);
    expect(run).toMatchObject({ status: 1, stdout: "", stderr: "" });
  });

  test.concurrent.each([
    ["FORCE_COLOR alone", [], { FORCE_COLOR: "1" }, true],
    ["NO_COLOR", [], { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    ["--no-color", ["--no-color"], { FORCE_COLOR: "1" }, false],
  ] as const)("%s decides about colour", async (_, args, env, colored) => {
    const run = await leastwise(["scan", "--demo", "--no-snapshot", "--out", join(folder(), "out"), ...args], { env });
    expect(run.stdout.includes("\u001b[")).toBe(colored);
  });

  test.concurrent("removes the SARIF and results of an earlier run that it does not write itself", async () => {
    const at = join(folder(), "out");
    write(join(at, "report.sarif"), "{}");
    write(join(at, "results.ndjson.gz"), "");
    write(join(at, "report.md"), "");
    write(join(at, "notes.txt"), "mine");
    expect((await leastwise(["scan", "--demo", "--format", "json", "--out", at])).status).toBe(1);
    expect(readdirSync(at).sort()).toEqual(["inputs", "notes.txt", "report.json", "snapshot"]);
  });

  test.concurrent("refuses a configuration beside it, which it would not use", async () => {
    const run = await leastwise(["scan", "--demo", "--config", "leastwise.yaml"]);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("--demo");
  });

  test.concurrent("refuses to write where a file stands", async () => {
    const at = write(join(folder(), "out"), "mine");
    const run = await leastwise(["scan", "--demo", "--out", at]);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("is not a folder");
    expect(readFileSync(at, "utf8")).toBe("mine");
  });
});

describe("what is looked at", () => {
  const chosen = (...args: string[]): Promise<Run & { report: Report | null }> => underConfiguration({}, null, ...args);

  test.concurrent("--policy runs only what it names, and the report lists the others", async () => {
    const { status, report } = await chosen("--policy", "secrets/*", "rotation/client-secret-age");
    expect(status).toBe(1);
    expect(report?.policies.every((each) => /^secrets\/|^rotation\/client-secret-age$/.test(each.id))).toBe(true);
    expect(report?.leftOut).toHaveLength(sound.policies.length - (report?.policies.length ?? 0));
    expect(report?.leftOut[0]?.because).toBe("--policy names others");
  });

  test.concurrent("criteria say which of their policies were left out, and none are covered by those alone", async () => {
    const { report } = await chosen("--policy", "least-privilege/orphaned-assignment");
    expect(report?.controls.map(({ id }) => id)).toEqual(["CC6.2", "CC6.3"]);
    const others = (id: string): string[] =>
      sound.controls
        .find((each) => each.id === id)
        ?.policies.filter((each) => each !== "least-privilege/orphaned-assignment") ?? [];
    expect(report?.controls[1]?.leftOut).toEqual(others("CC6.3"));
    expect(report?.notCovered?.find(({ id }) => id === "CC6.1")?.leftOut).toEqual(others("CC6.1"));
    expect(report?.notCovered?.find(({ id }) => id === "CC1.1")?.leftOut).toEqual([]);
  });

  test.concurrent("--skip-policy leaves out what it names", async () => {
    const { report, stdout } = await chosen("--skip-policy", "secrets/*");
    expect(report?.leftOut.map((each) => each.policy)).toEqual(
      sound.policies.map((each) => each.id).filter((id) => id.startsWith("secrets/")),
    );
    expect(stdout).toContain("--skip-policy names it");
  });

  test.concurrent("--control runs what supports a criterion", async () => {
    const { report } = await chosen("--control", "CC6.3");
    const supporting = sound.policies.filter((each) => each.controls.soc2.includes("CC6.3")).map((each) => each.id);
    expect(report?.policies.map((each) => each.id)).toEqual(supporting);
    expect(supporting.length).toBeLessThan(sound.policies.length);
  });

  test.concurrent("--environment counts only its resources, and leaves the others' SARIF runs out", async () => {
    const at = join(folder(), "out");
    const run = await leastwise(["evaluate", snapshot, "--environment", "prod", "--out", at]);
    const { findings } = reportIn(at);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThan(planted.length);
    for (const { resource } of findings) expect(resource.environments).toContain("prod");
    const text = readFileSync(join(at, "report.sarif"), "utf8");
    expect(faults(text)).toEqual([]);
    expect((JSON.parse(text) as { runs: unknown[] }).runs).toHaveLength(1);
    expect(run.stderr).toContain("report.sarif leaves out dev");
  });

  test.concurrent.each([
    [["--policy", "rotation/client-secret-agee"], "did you mean rotation/client-secret-age?"],
    [["--skip-policy", "secret/hardcoded-in-block"], "did you mean secrets/hardcoded-in-block?"],
    [["--control", "CC63"], "did you mean CC6.3?"],
    [["--environment", "prd"], "did you mean prod?"],
    [["--fail-on", "hihg"], "Did you mean high?"],
    [["--format", "sarff"], "did you mean sarif?"],
    [["--now", "yesterday"], "--now yesterday is no moment"],
    [["--out", "-"], "--out - writes one format to stdout"],
    [["--baseline", "nowhere.json"], "there is no report here"],
    [["--policies", "nowhere"], "There is no folder of policies nowhere"],
    [["--formt", "json"], "Did you mean --format?"],
  ])("%j is an error, with what was probably meant", async (args, expected) => {
    const cwd = folder();
    const run = await leastwise(["evaluate", snapshot, ...args], { cwd });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(expected);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.concurrent("--now moves the ages of what is judged", async () => {
    const { report, stdout } = await chosen("--now", "2027-11-20T00:00:00Z", "--policy", "rotation/*");
    expect(report?.run).toMatchObject({ now: "2027-11-20T00:00:00.000Z", collectedAt: "2026-11-20T06:00:00.000Z" });
    const before = sound.findings.filter((each) => each.policy === "rotation/block-not-updated").length;
    const after = report?.findings.filter((each) => each.policy === "rotation/block-not-updated").length ?? 0;
    expect(after).toBeGreaterThan(before);
    expect(stdout).toContain("judged as of 2027-11-20");
  });
});

describe("--baseline", () => {
  const with_ = async (change: (findings: Finding[]) => Finding[], ...args: string[]) => {
    const at = folder();
    const baseline = write(
      join(at, "report.json"),
      JSON.stringify({ ...sound, findings: change(structuredClone(sound.findings)) }),
    );
    return underConfiguration({}, null, "--baseline", baseline, ...args);
  };

  test.concurrent("what was known before does not fail the run, and is reported as still there", async () => {
    const { status, report, stdout } = await with_((all) => all);
    expect(status).toBe(0);
    expect(new Set(report?.findings.map((each) => each.baseline))).toEqual(new Set(["still"]));
    expect(report?.inputs.baseline).toBe(sound.run.id);
    expect(stdout).toContain(`0 new, ${planted.length} known before`);
  });

  test.concurrent("a report from before findings were grouped and owned is as good", async () => {
    const { changes, owners, notCovered, controls, ...earlier } = structuredClone(sound);
    const baseline = write(
      join(folder(), "report.json"),
      JSON.stringify({
        ...earlier,
        findings: earlier.findings.map(({ owner, credential, ...each }) => each),
        controls: controls.map(({ id, policies, population }) => ({ id, policies, population })),
      }),
    );
    const { status, report } = await underConfiguration({}, null, "--baseline", baseline);
    expect(status).toBe(0);
    expect(new Set(report?.findings.map((each) => each.baseline))).toEqual(new Set(["still"]));
    expect(report?.findings.map((each) => each.owner)).toEqual(sound.findings.map((each) => each.owner));
  });

  test.concurrent("what is new and bad enough fails it", async () => {
    const { status, report } = await with_((all) => all.filter((each) => each.severity !== "critical"));
    expect(status).toBe(1);
    const fresh = report?.findings.filter((each) => each.baseline === "new") ?? [];
    expect(fresh.map((each) => each.severity)).toEqual(Array.from({ length: critical }, () => "critical"));
  });

  test.concurrent("what is new and not bad enough does not", async () => {
    const { status } = await with_((all) => all.filter((each) => each.severity !== "medium"));
    expect(status).toBe(0);
    expect((await with_((all) => all.filter((each) => each.severity !== "medium"), "--fail-on", "medium")).status).toBe(
      1,
    );
  });

  test.concurrent("what is gone is reported as fixed", async () => {
    const { report, stdout } = await with_((all) => {
      const [first] = all;
      return first === undefined ? all : [...all, { ...first, id: "00000000deadbeef" }];
    });
    expect(report?.fixed.map((each) => each.id)).toEqual(["00000000deadbeef"]);
    expect(stdout).toContain("1 of the baseline fixed");
  });
});

describe("waivers", () => {
  const [first, second] = planted.filter((each) => each.policy === "least-privilege/workspace-write-on-workspace-only");
  const waiver = (change: Partial<FindingWaiver> = {}): FindingWaiver => ({
    policy: "least-privilege/workspace-write-on-workspace-only",
    kind: "risk",
    resource: first?.resource ?? "",
    reason: "Until the new workspace is live",
    requestedBy: "asks@example.com",
    approvedBy: "approves@example.com",
    approvedAt: "2026-11-01",
    expires: "2026-12-31",
    ...change,
  });
  const findingOf = (report: Report | null, id: string | undefined): Finding | undefined =>
    report?.findings.find(
      (each) => each.resource.id === id && each.policy === "least-privilege/workspace-write-on-workspace-only",
    );

  test.concurrent("one in force takes its finding out of the count and of the SARIF, and the report keeps it", async () => {
    const { report, stdout } = await underConfiguration({}, [waiver()], "--fail-on", "none");
    expect(findingOf(report, first?.resource)).toMatchObject({
      outcome: "waived",
      approval: "asserted",
      waiver: { approvedBy: "approves@example.com", expires: "2026-12-31" },
    });
    expect(findingOf(report, second?.resource)?.outcome).toBe("fail");
    expect(report?.policies.find((each) => each.id === waiver().policy)?.population).toMatchObject({
      fail: 1,
      waived: 1,
    });
    expect(report?.waivers).toEqual({
      expired: [],
      expiring: [],
      unmatched: [],
      reads: { expired: [], expiring: [], unmatched: [] },
      requested: [],
    });
    expect(report?.inputs.waivers).toMatch(/^sha256:/);
    expect(stdout).toContain("1 finding waived: 1 high");
  });

  test.concurrent("all findings waived: exit 0", async () => {
    const all = planted.map(({ policy, resource }) => waiver({ policy, resource }));
    const { status, report } = await underConfiguration({}, all);
    expect(report?.findings.filter((each) => each.outcome === "fail")).toEqual([]);
    expect(status).toBe(0);
  });

  test.concurrent("a pattern below a subscription covers what lies there", async () => {
    const under = `${first?.resource.split("/").slice(0, 3).join("/")}/*`;
    const { report } = await underConfiguration({}, [waiver({ resource: under.toUpperCase() })]);
    expect(findingOf(report, first?.resource)?.outcome).toBe("waived");
    expect(findingOf(report, second?.resource)?.outcome).toBe("fail");
  });

  test.concurrent("one that has expired puts the finding back, loudly", async () => {
    const { status, report, stdout } = await underConfiguration({}, [waiver({ expires: "2026-11-19" })]);
    expect(status).toBe(1);
    expect(findingOf(report, first?.resource)?.outcome).toBe("fail");
    expect(report?.waivers.expired).toHaveLength(1);
    expect(stdout).toContain("! expired, counted again (2026-11-19)");
  });

  test.concurrent("its last day is still covered, in UTC", async () => {
    const last = [waiver({ expires: "2026-11-20" })];
    const { report } = await underConfiguration({}, last, "--now", "2026-11-20T23:59:59Z");
    expect(findingOf(report, first?.resource)?.outcome).toBe("waived");
    const { report: next } = await underConfiguration({}, last, "--now", "2026-11-21T00:00:00Z");
    expect(findingOf(next, first?.resource)?.outcome).toBe("fail");
  });

  test.concurrent("one not approved yet at the moment of the run covers nothing", async () => {
    const { report } = await underConfiguration({}, [waiver({ approvedAt: "2026-11-21" })]);
    expect(findingOf(report, first?.resource)?.outcome).toBe("fail");
  });

  test.concurrent("one that ends soon is told of", async () => {
    const { report, stdout } = await underConfiguration({}, [waiver({ expires: "2026-11-28" })]);
    expect(report?.waivers.expiring).toHaveLength(1);
    expect(stdout).toContain("! ends soon (2026-11-28)");
  });

  test.concurrent("one that matches nothing is told of", async () => {
    const { report, stdout } = await underConfiguration({}, [waiver({ resource: "prefect:prod/block/none/such" })]);
    expect(report?.waivers.unmatched).toHaveLength(1);
    expect(stdout).toContain("! matches nothing");
  });

  test.concurrent.each([
    ["approved by who asked", { approvedBy: "Asks@Example.com " }, "the one who asked cannot approve", "approvedBy"],
    ["longer than maxDays", { expires: "2027-03-01" }, "ends more than 90 days after its approval", "expires"],
    ["ended before it began", { expires: "2026-10-01" }, "ends before it was approved", "expires"],
    ["unbounded", { resource: "*" }, "the pattern is not bounded", "resource"],
    ["unbounded below a part of a subscription", { resource: "/subscriptions/0cdc*" }, "is not bounded", "resource"],
    ["with a * inside", { resource: "prefect:prod/*/x" }, "is not bounded", "resource"],
    ["for the files of every folder", { resource: "*/a.py" }, "is not bounded", "resource"],
    ["with a * inside a path", { resource: "flows/*.py" }, "is not bounded", "resource"],
    ["without an end", { expires: undefined }, "has no expires", "policy"],
    ["with a day that is none", { expires: "2026-02-30" }, "is not a valid date", "expires"],
  ] as const)("one %s is refused with its line", async (_, change, message, key) => {
    const entry = { ...waiver(), ...change };
    if ("expires" in change && change.expires === undefined) Reflect.deleteProperty(entry, "expires");
    const { status, stderr } = await underConfiguration({}, [entry]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    const line = stringify([entry])
      .split("\n")
      .findIndex((each) => each.includes(`${key}:`));
    expect(stderr).toMatch(new RegExp(`waivers\\.yaml:${line + 1}:\\d+ `));
  });
});

describe("what should be there", () => {
  test.concurrent("fewer than expect says: unread, exit 3; 0 with --allow-unknown", async () => {
    const change = { expect: { ...written.expect, "prefect.block": 1000 } };
    const { status, report, stdout } = await underConfiguration(change, null, "--fail-on", "none");
    expect(status).toBe(3);
    expect(report?.complete).toBe(false);
    expect(report?.unread).toMatchObject([{ read: "expect prefect.block" }]);
    expect(stdout).toContain("the configuration expects 1000 at least");
    const allowed = await underConfiguration(change, null, "--fail-on", "none", "--allow-unknown");
    expect(allowed.status).toBe(0);
    expect(allowed.report?.complete).toBe(false);
    expect((await underConfiguration(change)).status).toBe(1);
  });

  test.concurrent("an environment in a subscription that the credential does not see: unread, exit 3", async () => {
    const unseen = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-elsewhere";
    const change = { environments: { ...written.environments, elsewhere: { scopes: [unseen] } } };
    const { status, report, stdout } = await underConfiguration(change, null, "--fail-on", "none");
    expect(status).toBe(3);
    expect(report?.unread[0]).toMatchObject({ scope: unseen.toLowerCase() });
    expect(stdout).toContain("the credential sees no subscription there, and elsewhere");
  });

  test.concurrent("Prefect alone configured: the policies about Azure are left out, and nothing is unknown", async () => {
    const estate = await served();
    const at = folder();
    const { prefect } = parse(estate.configuration) as ConfigurationFile;
    const config = write(join(at, "leastwise.yaml"), stringify({ prefect: prefect ?? [] }));
    const run = await leastwise(["scan", "--config", config, "--out", join(at, "out")], { env: clock(asOf) });
    const report = reportIn(join(at, "out"));
    expect(run.status).toBe(1);
    expect(report.complete).toBe(true);
    expect(report.unknown).toEqual([]);
    expect(report.policies.every((each) => each.target.startsWith("prefect."))).toBe(true);
    const azure = report.leftOut
      .filter((each) => each.because === "azure is not configured")
      .map((each) => each.policy);
    expect(azure).toContain("rotation/client-secret-age");
    const files = report.leftOut.filter((each) => each.because === "source is not configured");
    expect(files.map((each) => each.policy)).toEqual([
      "secrets/file-not-scanned",
      "secrets/hardcoded-in-file",
      "traceability/block-is-declared",
    ]);
    const both = report.leftOut.filter((each) => each.because === "azure and source is not configured");
    expect(both.map((each) => each.policy)).toEqual([
      "traceability/grant-is-declared",
      "traceability/identity-is-declared",
    ]);
    expect(azure).toHaveLength(sound.policies.length - report.policies.length - files.length - both.length);
    expect(run.stdout).toContain("azure is not configured");
    expect(run.stderr).toMatch(/^read \d+ items in \d+ reads\n$/);
    const ours = planted.filter((each) => each.policy.startsWith("secrets/") && each.kind.startsWith("prefect."));
    expect(lines(report)).toEqual(
      expect.arrayContaining(ours.map((each) => `${each.severity} ${each.policy} ${each.resource}`)),
    );
    expect(estate.requests.every((each) => each.path.startsWith("/prefect/"))).toBe(true);
  });
});
