import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ReadWaiver, Report } from "../../src/resources/generated.ts";
import { asOf, clock, folder, leastwise, type Run, reportIn, served, write } from "../cli/run.ts";

const waiver = (change: Partial<ReadWaiver> = {}): ReadWaiver => ({
  read: "prefect:dev",
  kinds: ["prefect.automation"],
  reason: "Not ours",
  requestedBy: "asks@example.com",
  approvedBy: "approves@example.com",
  approvedAt: "2026-11-01",
  expires: "2026-12-31",
  ...change,
});

type Evaluated = Run & { report: Report };

/** A scan of the sample estate in which some requests are refused, and evaluations of it under waivers. */
async function refusing(...paths: RegExp[]): Promise<(waivers: object[], ...more: string[]) => Promise<Evaluated>> {
  const estate = await served({ faults: paths.map((path) => ({ kind: "forbidden", path })) });
  const at = folder();
  const config = write(join(at, "leastwise.yaml"), estate.configuration);
  const made = await leastwise(["collect", "--config", config, "--out", join(at, "snapshot")], { env: clock(asOf) });
  expect(made.status).toBe(3);
  let run = 0;
  return async (waivers, ...more) => {
    const under = join(at, String(run++));
    write(join(under, "leastwise.yaml"), estate.configuration);
    write(join(under, "waivers.yaml"), stringify(waivers));
    const args = ["evaluate", join(at, "snapshot"), "--config", join(under, "leastwise.yaml"), "--fail-on", "none"];
    const evaluated = await leastwise([...args, "--out", join(under, "out"), ...more]);
    return { ...evaluated, report: evaluated.status === 2 ? ({} as Report) : reportIn(join(under, "out")) };
  };
}

describe("a server's automations that cannot be read", async () => {
  const under = await refusing(/prefect\/dev\/api\/automations\/filter/);
  // What only these policies look at; others ask every variable whether it names a store.
  const chosen = ["--policy", "secrets/*"];

  test.concurrent("are reported and make the exit status 3 where no waiver names them", async () => {
    const { status, report } = await under([waiver({ read: "prefect:test" })], ...chosen);
    expect(status).toBe(3);
    expect(report.unread).toMatchObject([
      { read: "prefect.automation prefect:dev", waived: false, waiver: null, status: 403 },
    ]);
    expect(report.waivers.reads?.unmatched).toMatchObject([{ read: "prefect:test", kinds: ["prefect.automation"] }]);
  });

  test.concurrent("are still reported and no longer counted where a waiver does, whoever approved it is named", async () => {
    const { status, report, stdout } = await under([waiver()], ...chosen);
    expect(report.unread).toMatchObject([
      { read: "prefect.automation prefect:dev", waived: true, waiver: { approvedBy: "approves@example.com" } },
    ]);
    expect(status).toBe(0);
    expect(report.complete).toBe(false);
    expect(stdout).toContain("1 scope not read (1 accepted)");
    expect(report.waivers.reads).toEqual({ expired: [], expiring: [], unmatched: [] });
  });

  test.concurrent.each<[string, Partial<ReadWaiver>, string]>([
    ["has expired", { expires: "2026-11-19" }, "! expired, counted again (2026-11-19): reads of prefect.automation"],
    ["is for another kind", { kinds: ["prefect.block"] }, "! matches nothing"],
    ["was not approved yet", { approvedAt: "2026-11-21" }, "1 scope not read"],
  ])("count again where the waiver %s", async (_, change, told) => {
    const { status, report, stdout } = await under([waiver(change)], ...chosen);
    expect(status).toBe(3);
    expect(report.unread).toMatchObject([{ waived: false }]);
    expect(stdout).toContain(told);
    expect(stdout).not.toMatch(/\(\d+ accepted\)/);
  });

  test.concurrent("a waiver that ends soon is told of", async () => {
    const { report, stdout } = await under([waiver({ expires: "2026-11-28" })], ...chosen);
    expect(report.waivers.reads?.expiring).toHaveLength(1);
    expect(stdout).toContain("! ends soon (2026-11-28): reads of prefect.automation");
  });

  test.concurrent.each<[string, Partial<ReadWaiver>, string]>([
    ["approved by who asked", { approvedBy: "asks@example.com" }, "the one who asked cannot approve"],
    ["longer than maxDays", { expires: "2027-03-01" }, "ends more than 90 days after its approval"],
    ["unbounded", { read: "/subscriptions/*" }, "the pattern is not bounded"],
    ["for a folder, which is nothing that is read", { read: "flows/*" }, "the pattern is not bounded"],
    ["for a kind that there is not", { kinds: ["prefect.automations"] }, "did you mean prefect.automation?"],
    ["without a reason", { reason: "" }, "must not be empty"],
  ])("a waiver %s is refused", async (_, change, message) => {
    const { status, stderr } = await under([waiver(change)]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/waivers\.yaml:\d+:\d+ /);
  });
});

describe("a workspace's roles that cannot be read", async () => {
  const under = await refusing(/syn-brackwater-prod\.?.*\/roleAssignments/);
  const workspace =
    "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f/resourceGroups/rg-data-prod/providers/Microsoft.Synapse/workspaces/syn-brackwater-prod";

  test.concurrent("leave results of many policies unknown, which count", async () => {
    const { status, report } = await under([]);
    expect(status).toBe(3);
    expect(report.unknown.length).toBeGreaterThan(5);
    expect(report.unknown.every((each) => each.waived === false)).toBe(true);
  });

  test.concurrent("a waiver for them accepts what follows from them, and nothing becomes a pass", async () => {
    const before = await under([]);
    const { status, report, stdout } = await under([waiver({ read: workspace, kinds: ["synapse.roleAssignment"] })]);
    expect(status).toBe(0);
    expect(report.unread.map(({ read, waived }) => [read.split(" ")[0], waived])).toEqual([
      ["azure.appPermission", true],
      ["azure.principal", true],
      ["synapse.roleAssignment", true],
    ]);
    expect(report.unknown.map((each) => ({ ...each, waived: false }))).toEqual(before.report.unknown);
    expect(report.unknown.every((each) => each.waived === true)).toBe(true);
    const others = ({ policies }: Report) => policies.filter(({ id }) => id !== "waivers/expired");
    expect(others(report)).toEqual(others(before.report));
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/(\d+) results unknown \(\1 accepted\)/);
  });
});

describe("two workspaces' roles of which a waiver accepts one", async () => {
  const under = await refusing(/syn-brackwater-(?:prod|test)\.?.*\/roleAssignments/);

  test("what the other one's would tell stays counted", async () => {
    const refused = await under([]);
    const [one, two] = refused.report.unread.filter((each) => each.read.startsWith("synapse.roleAssignment"));
    expect(two).toBeDefined();
    const { status, report } = await under([waiver({ read: one?.scope ?? "", kinds: ["synapse.roleAssignment"] })]);
    expect(status).toBe(3);
    expect(report.unread.filter((each) => each.scope === two?.scope).some((each) => each.waived)).toBe(false);
    expect(report.unknown.some((each) => each.waived !== true)).toBe(true);
  });
});

describe("group members that cannot be read", async () => {
  const under = await refusing(/\/graph\/.*groups/);

  test("a field that only the waived read would have brought is accepted; what another cause leaves open is not", async () => {
    const { report } = await under([waiver({ read: "tenant/groups", kinds: ["azure.principal"] })]);
    const by = (policy: string): (boolean | undefined)[] =>
      report.unknown.filter((each) => each.policy === policy).map((each) => each.waived);
    expect(by("least-privilege/few-owners")).toEqual([true]);
    expect(by("least-privilege/no-way-up")).toEqual([false]);
  });
});
