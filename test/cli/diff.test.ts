import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { ConfigurationFile, Report } from "../../src/resources/generated.ts";
import { kinds, type Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { writeSnapshot } from "../../src/snapshot/write.ts";
import { planted } from "../estate/planted.ts";
import { asOf, clock, folder, leastwise, readJson, reportIn, served, write } from "./run.ts";

interface Entry {
  finding: { id: string; policy: string; resource: { id: string } };
  causes: { cause: string; what: string; by: string | null; on: string | null }[];
  changes?: { field: string }[];
}
interface Diff {
  new: Entry[];
  fixed: Entry[];
  changed: Entry[];
  unverified: Entry[];
  same: number;
  notes: string[];
}

const out = join(folder(), "out");
const report = join(out, "report.json");
const workspace = "least-privilege/workspace-write-on-workspace-only";
const [grant] = planted.filter((each) => each.policy === workspace);
let written: ConfigurationFile;

beforeAll(async () => {
  await leastwise(["scan", "--demo", "--out", out, "--format", "json"]);
  written = parse(readFileSync(join(out, "inputs", "leastwise.yaml"), "utf8"));
});

async function diff(...args: string[]): Promise<Diff & { status: number | null }> {
  const run = await leastwise(["diff", ...args, "--format", "json"]);
  expect(run.stderr).toBe("");
  return { ...(JSON.parse(run.stdout) as Diff), status: run.status };
}

/** A report of the demo's snapshot under another configuration and waivers. */
async function under(change: Partial<ConfigurationFile>, waivers: object[] = [], ...more: string[]): Promise<string> {
  const at = folder();
  // Files are named from the root of the repository.
  mkdirSync(join(at, ".git"));
  const beside = join(at, "fixtures/estate");
  const config = write(join(beside, "leastwise.yaml"), stringify({ ...written, ...change }));
  if (waivers.length > 0) write(join(beside, "waivers.yaml"), stringify(waivers));
  const args = ["evaluate", join(out, "snapshot"), "--config", config, "--out", join(at, "out"), "--format", "json"];
  await leastwise([...args, ...more]);
  return join(at, "out", "report.json");
}

/** The demo's snapshot with the rows of a kind changed. */
function changed(of: string, change: (rows: Row[]) => Row[]): string {
  const snapshot = openSnapshot(join(out, "snapshot"));
  const held = [...kinds.keys()].filter((kind) => snapshot.manifest.files[`${kind}.ndjson`] !== undefined);
  const inputs = Object.keys(snapshot.manifest.files).filter((name) => name.startsWith("inputs/"));
  const to = join(folder(), "snapshot");
  const { files: _, digest: __, ...manifest } = snapshot.manifest;
  writeSnapshot(to, {
    manifest,
    reads: snapshot.reads,
    rows: new Map(
      held.map((kind) => [kind, kind === of ? change([...snapshot.rows(kind)]) : [...snapshot.rows(kind)]]),
    ),
    inputs: new Map(inputs.map((name) => [name.slice(7), snapshot.input(name.slice(7))])),
  });
  return to;
}

describe("leastwise diff", () => {
  test.concurrent("of two that are alike tells nothing and exits 0, whatever they are named by", async () => {
    const all = reportIn(out).findings.length;
    for (const other of [out, join(out, "snapshot"), join(out, "snapshot", "manifest.json")]) {
      const found = await diff(report, other, "--fail-on", "low");
      expect(found).toMatchObject({ new: [], fixed: [], changed: [], unverified: [], same: all, status: 0 });
    }
  });

  test.concurrent("of snapshots tells a grant that is new, who made it and when, and fails on it where it is asked to", async () => {
    const without = changed("azure.roleAssignment", (rows) => rows.filter(({ id }) => id !== grant?.resource));
    const found = await diff(without, join(out, "snapshot"), "--fail-on", "high");
    expect(found.status).toBe(1);
    const [entry] = found.new.filter(({ finding }) => finding.policy === workspace);
    expect(entry?.causes).toEqual([
      { cause: "world", what: "it is new", by: expect.stringMatching(/./), on: expect.stringMatching(/^20\d\d-/) },
    ]);
    const back = await diff(join(out, "snapshot"), without, "--fail-on", "high");
    expect(back.status).toBe(0);
    const gone = back.fixed.find(({ finding }) => finding.resource.id === grant?.resource);
    expect(gone?.causes).toMatchObject([{ cause: "world", what: "it is gone" }]);
    const text = await leastwise(["diff", without, join(out, "snapshot")]);
    expect(text.stdout).toMatch(/world: it is new by .+ on 20\d\d-/);
    expect(text.stdout).toMatch(/\n\d+ new, \d+ fixed, \d+ changed, 0 not verified, \d+ the same\n$/);
  });

  test.concurrent("tells a policy that came, and does not call fixed what is no longer looked for", async () => {
    const skipping = await under({ policies: { ...written.policies, skip: [workspace] } });
    const came = await diff(skipping, report);
    expect(came.new.map(({ finding, causes }) => [finding.policy, causes])).toEqual(
      came.new.map(() => [
        workspace,
        [
          {
            cause: "policy",
            what: `before, ${workspace} is left out (the configuration skips it)`,
            by: null,
            on: null,
          },
        ],
      ]),
    );
    expect(came.new.length).toBeGreaterThan(0);
    const went = await diff(report, skipping);
    expect(went.fixed).toEqual([]);
    expect(went.unverified).toHaveLength(came.new.length);
  });

  test.concurrent("tells a parameter that was loosened", async () => {
    const policy = "rotation/client-secret-age";
    const loose = await under({
      policies: { ...written.policies, params: { ...written.policies?.params, [policy]: { maxAge: "3650d" } } },
    });
    const { fixed } = await diff(report, loose);
    expect(fixed.length).toBeGreaterThan(0);
    for (const { finding, causes } of fixed) {
      expect(finding.policy).toBe(policy);
      expect(causes).toContainEqual(
        expect.objectContaining({ cause: "parameter", what: expect.stringContaining("3650d") }),
      );
    }
  });

  test.concurrent("tells a waiver as a change, with who approved it", async () => {
    const waived = await under({}, [
      {
        policy: workspace,
        kind: "risk",
        resource: grant?.resource,
        reason: "Until the new workspace is live",
        requestedBy: "asks@example.com",
        approvedBy: "approves@example.com",
        approvedAt: "2026-11-01",
        expires: "2026-12-31",
      },
    ]);
    const found = await diff(report, waived);
    expect(found).toMatchObject({ new: [], fixed: [], unverified: [] });
    expect(found.changed).toMatchObject([
      {
        finding: { policy: workspace },
        changes: [{ field: "outcome" }, { field: "waiver" }],
        causes: expect.arrayContaining([
          expect.objectContaining({ cause: "waiver", by: "approves@example.com", on: "2026-11-01" }),
        ]),
      },
    ]);
  });

  test.concurrent("never calls fixed what could not be read, and tells what was seen again", async () => {
    const [server = ""] = planted.find(({ kind }) => kind === "prefect.block")?.resource.split("/") ?? [];
    const path = new RegExp(`${server.replace(":", "/")}/api/block_documents/filter`);
    const estate = await served({ faults: [{ kind: "forbidden", path }] });
    const at = folder();
    const config = write(join(at, "leastwise.yaml"), estate.configuration);
    await leastwise(["scan", "--config", config, "--out", join(at, "out")], { env: clock(asOf) });
    const lost = await diff(report, join(at, "out"));
    const blocks = lost.unverified.filter(({ finding }) => finding.resource.id.startsWith(`${server}/block/`));
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks[0]?.causes[0]).toMatchObject({ cause: "read", what: expect.stringContaining("was not read") });
    expect(lost.fixed.filter(({ finding }) => finding.resource.id.includes("/block/"))).toEqual([]);
    const seen = await diff(join(at, "out"), report);
    const again = seen.new.filter(({ finding }) => finding.resource.id.startsWith(`${server}/block/`));
    expect(again[0]?.causes[0]?.cause).toBe("read");
    expect(seen.notes).toContainEqual(expect.stringContaining("is not complete"));
  });

  test.concurrent("reads a report of the release before, tells another version of the tool, and that no snapshot is there", async () => {
    const {
      findings,
      changes: _,
      owners: __,
      notCovered: ___,
      waivers,
      unknown,
      unread,
      ...rest
    } = readJson(report) as Report;
    const { expired, expiring, unmatched } = waivers;
    const old = {
      ...rest,
      run: { ...rest.run, tool: { ...rest.run.tool, version: "0.0.9" } },
      findings: findings.slice(1).map(({ owner: _, credential: __, ...each }) => each),
      waivers: { expired, expiring, unmatched },
      unknown: unknown.map(({ waived: _, ...each }) => each),
      unread: unread.map(({ waiver: _, ...each }) => each),
    };
    const found = await diff(write(join(folder(), "old.json"), JSON.stringify(old)), report);
    expect(found.new).toMatchObject([
      { finding: { id: findings[0]?.id }, causes: [{ cause: "tool", what: "leastwise 0.0.9 then, 0.1.0 now" }] },
    ]);
    expect(found.notes).toContainEqual(expect.stringContaining("no snapshot of the same run"));
  });

  test.concurrent.each([
    ["a folder that holds neither", ".", "holds neither report.json nor manifest.json"],
    ["a file that is no report", "x.json", "x.json:1:1 "],
    ["nothing", "nowhere", "nowhere:1:1 there is no report here"],
  ])("refuses %s", async (_, name, message) => {
    const cwd = folder();
    write(join(cwd, "x.json"), "{}");
    const run = await leastwise(["diff", report, name], { cwd });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
  });

  test.concurrent("refuses a snapshot that was changed", async () => {
    const cwd = folder();
    cpSync(join(out, "snapshot"), join(cwd, "snapshot"), { recursive: true });
    write(join(cwd, "snapshot", "prefect.block.ndjson"), "");
    const run = await leastwise(["diff", report, "snapshot"], { cwd });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("changed after it was collected");
  });
});
