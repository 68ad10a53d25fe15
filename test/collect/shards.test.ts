import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { joining } from "../../src/collect/join.ts";
import { partOf } from "../../src/collect/part.ts";
import type { Configuration } from "../../src/config/config.ts";
import type { EstateData } from "../../src/estate/data.ts";
import type { Estate, EstateOptions } from "../../src/estate/server.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Manifest, Read, Report } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { InputError } from "../../src/resources/problem.ts";
import { mergeSnapshots } from "../../src/snapshot/merge.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { manifestDigest, writeSnapshot } from "../../src/snapshot/write.ts";
import { planted } from "../estate/planted.ts";
import { collectFrom as collectWithin, configurationOf, leastwise, policies, startSmallEstate } from "./estate.ts";

let scratch: string;

/** Bounds that a busy machine keeps too. */
function collectFrom(...[of, , options]: Parameters<typeof collectWithin>): ReturnType<typeof collectWithin> {
  return collectWithin(of, { request: 10_000, tries: 2, pause: 10, wait: 10_000 }, options);
}

let estate: Estate;
let configuration: Configuration;
let whole: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "leastwise-shards-"));
  estate = await startSmallEstate();
  configuration = configurationOf(estate);
  whole = join(scratch, "whole");
  writeSnapshot(whole, await collectFrom(configuration));
});

afterAll(async () => {
  await estate.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Collects every part into a folder of its own. */
async function collectParts(count: number, of = configuration, run: string | null = "night"): Promise<string[]> {
  const folder = mkdtempSync(join(scratch, "parts-"));
  const parts: string[] = [];
  for (let index = 1; index <= count; index++) {
    const part = join(folder, String(index));
    writeSnapshot(part, await collectFrom(of, undefined, { part: { index, count, run } }));
    parts.push(part);
  }
  return parts;
}

async function merged(parts: readonly string[]): Promise<string> {
  const out = join(mkdtempSync(join(scratch, "merged-")), "snapshot");
  await mergeSnapshots(parts, out, joining());
  return out;
}

function filesOf(snapshot: string): string[] {
  return readdirSync(snapshot, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(snapshot.length + 1))
    .sort();
}

/** What a ledger says that does not depend on how the run was cut. */
function lines(snapshot: string): Omit<Read, "milliseconds" | "requestId" | "pages" | "items">[] {
  return openSnapshot(snapshot).reads.map(({ milliseconds, requestId, pages, items, ...line }) => line);
}

/** Parts ask by id for principals that a run of the whole tenant finds in its lists, which may take a line more. */
function isNeeded(undivided: string): (line: { id: string; endpoint: string; outcome: string }) => boolean {
  const ids = new Set(openSnapshot(undivided).reads.map(({ id }) => id));
  return ({ id, endpoint, outcome }) => ids.has(id) || outcome !== "complete" || !endpoint.endsWith("/getByIds");
}

function reportOn(snapshot: string): Omit<Report, "run" | "inputs"> {
  const { run, inputs, ...report } = evaluate({ snapshot: openSnapshot(snapshot), configuration, policies });
  return report;
}

/** The subscriptions of the sample estate, and the part of two that reads each. */
const subscriptions = {
  dev: "/subscriptions/98a28ae4-18c6-4887-99d1-a88c320a666e",
  test: "/subscriptions/049d9dc7-39d0-4064-8317-ebaacd449a27",
  prod: "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f",
  platform: "/subscriptions/57de8890-e5b3-4935-9cfe-26e5849e978d",
};

/** Serves another estate for the time of a test. */
async function withEstate(options: EstateOptions, work: (of: Configuration, estate: Estate) => Promise<void>) {
  const other = await startSmallEstate(options);
  try {
    await work(configurationOf(other), other);
  } finally {
    await other.close();
  }
}

function rowsIn(snapshot: string, kind: string): Row[] {
  return [...openSnapshot(snapshot).rows(kind)];
}

async function refusal(work: () => unknown): Promise<{ code: string; file: string; message: string } | undefined> {
  try {
    await work();
  } catch (error) {
    if (error instanceof InputError) return error.problems[0];
    throw error;
  }
  return undefined;
}

describe("a tenant that is read in parts", () => {
  test.each([1, 2, 3, 7])(
    "in %i: the merged snapshot has the rows of the undivided one, byte by byte",
    async (count) => {
      const snapshot = await merged(await collectParts(count));
      expect(filesOf(snapshot)).toEqual(filesOf(whole));
      for (const name of filesOf(whole)) {
        if (name === "manifest.json" || name === "reads.ndjson") continue;
        expect(readFileSync(join(snapshot, name), "utf8"), name).toBe(readFileSync(join(whole, name), "utf8"));
      }
      expect(lines(snapshot).filter(isNeeded(whole))).toEqual(lines(whole));
      expect(reportOn(snapshot)).toEqual(reportOn(whole));
      expect(reportOn(snapshot).findings).toHaveLength(planted.length);
    },
  );
});

describe("who reads what", () => {
  test("the part of a subscription follows from its id, and many are spread evenly", () => {
    const parts = Object.values(subscriptions).map((id) => partOf(id, 3));
    expect(parts).toEqual([1, 1, 1, 2]);
    const many = Array.from({ length: 3000 }, (_, at) => `/subscriptions/${at}`);
    const counts = [...Map.groupBy(many, (id) => partOf(id, 6)).values()].map(({ length }) => length);
    expect(counts).toHaveLength(6);
    for (const each of counts) expect(Math.abs(each - 500)).toBeLessThan(100);
  });

  test("the first part reads the tenant's lists and the Prefect servers, and nobody else does", async () => {
    await withEstate({}, async (of, { requests }) => {
      const asked = async (index: number): Promise<string[]> => {
        const from = requests.length;
        await collectFrom(of, undefined, { part: { index, count: 2, run: null } });
        const paths = requests.slice(from).map(({ path }) => path.split("?")[0] ?? "");
        const lists = /^\/graph\/v1.0\/(applications|servicePrincipals|users)$|^\/prefect\/\w+/;
        return [...new Set(paths.flatMap((path) => lists.exec(path)?.[0] ?? []))].sort();
      };
      const all = ["/graph/v1.0/applications", "/graph/v1.0/servicePrincipals", "/graph/v1.0/users"];
      expect(await asked(1)).toEqual([
        ...all,
        "/prefect/cloud",
        "/prefect/dev",
        "/prefect/prod",
        "/prefect/sandbox",
        "/prefect/test",
      ]);
      // Every part looks for the owners of the applications that hold its grants.
      expect(await asked(2)).toEqual(["/graph/v1.0/applications"]);
    });
  });

  test("a part reads nothing of a subscription that is another's", async () => {
    const parts = await Promise.all(
      [1, 2, 3].map((index) => collectFrom(configuration, undefined, { part: { index, count: 3, run: null } })),
    );
    parts.forEach(({ reads }, at) => {
      // What the reader may do is asked everywhere, because an identity can be attached anywhere.
      const others = reads.filter(({ fields }) => !fields.includes("readerPermissions"));
      const read = new Set(others.flatMap(({ scope }) => /^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? []));
      const own = Object.values(subscriptions).filter((id) => partOf(id, 3) === at + 1);
      expect([...read].sort()).toEqual(own.sort());
    });
  });

  test("a part that reads no server needs no credential of one", async () => {
    const text = configuration.text.replace("name: dev\n", "name: dev\n    auth: NO_SUCH_VARIABLE\n");
    const of = { ...configuration, text, prefect: configuration.prefect.map((each) => ({ ...each, auth: "NO_SUCH" })) };
    await expect(collectFrom(of, undefined, { part: { index: 1, count: 2, run: null } })).rejects.toThrow("NO_SUCH");
    const second = await collectFrom(of, undefined, { part: { index: 2, count: 2, run: null } });
    expect(second.manifest.systems.prefect).toEqual(["dev", "test", "prod", "sandbox", "lab"]);
  });
});

/** A principal that Graph does not know, with a grant in each of the subscriptions. */
function orphan(grants: readonly { in: string; createdOn?: string; delegated?: boolean; type?: string | null }[]) {
  const principalId = "0f0f0f0f-0000-4000-8000-0123456789ab";
  const edit = ({ arm }: EstateData): void => {
    grants.forEach(({ in: scope, createdOn, delegated = false, type = "User" }, at) => {
      const name = `0f0f0f0f-0000-4000-8000-00000000000${at}`;
      const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
      const [like] = arm.roleAssignments;
      if (like === undefined) throw new Error("the estate has no role assignment");
      arm.roleAssignments.push({
        ...like,
        id,
        name,
        properties: {
          roleDefinitionId: like.properties.roleDefinitionId,
          scope,
          principalId,
          ...(type !== null && { principalType: type }),
          ...(createdOn && { createdOn, updatedOn: createdOn }),
          ...(delegated && {
            delegatedManagedIdentityResourceId: `${scope}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id`,
          }),
        },
      });
    });
  };
  return { principalId, edit };
}

describe("a principal that holds grants in several parts", () => {
  const { dev, prod } = subscriptions;
  const old = "2026-01-01T00:00:00.0000000Z";
  const fresh = "2026-11-20T01:00:00.0000000Z";

  test.each<[string, Parameters<typeof orphan>[0], string | undefined]>([
    [
      "is deleted where all of its grants are old",
      [
        { in: dev, createdOn: old },
        { in: prod, createdOn: old },
      ],
      "deleted",
    ],
    [
      "may be new where one grant is, whichever part has it",
      [
        { in: dev, createdOn: fresh },
        { in: prod, createdOn: old },
      ],
      undefined,
    ],
    [
      "may be new where the other grant is",
      [
        { in: dev, createdOn: old },
        { in: prod, createdOn: fresh },
      ],
      undefined,
    ],
    [
      "is deleted where one grant does not tell its age and the other is old",
      [{ in: dev }, { in: prod, createdOn: old }],
      "deleted",
    ],
    ["is unclear where no grant tells its age", [{ in: dev }, { in: prod }], undefined],
    [
      "is foreign where one grant says so",
      [
        { in: dev, createdOn: old, delegated: true },
        { in: prod, createdOn: old },
      ],
      "foreign",
    ],
  ])("%s", async (_, grants, state) => {
    const { principalId, edit } = orphan(grants);
    await withEstate({ edit }, async (of) => {
      const undivided = join(mkdtempSync(join(scratch, "undivided-")), "snapshot");
      writeSnapshot(undivided, await collectFrom(of));
      const row = rowsIn(await merged(await collectParts(2, of)), "azure.principal").find(
        ({ id }) => id === principalId,
      );
      expect(row).toEqual(rowsIn(undivided, "azure.principal").find(({ id }) => id === principalId));
      expect(row?.state).toBe(state);
    });
  });
});

describe("what a part could not read", () => {
  test.each([
    ["the subscriptions", /^GET \/subscriptions\?/],
    ["the management groups", /managementgroups\//i],
    ["the service principals", /servicePrincipals\?/],
    ["the applications", /applications\?/],
    ["the users", /users\?/],
    ["the holders of grants", /getByIds/],
    ["the role assignments of one subscription", /^GET \/subscriptions\/0cdc99cb.*roleAssignments/],
    ["a workspace", /^GET \/synapse\/syn-brackwater-dev\/roleAssignments/],
    ["a Prefect server", /prefect\/dev/],
  ])("%s: is unread in the merged snapshot, and the same policies are open", async (_, path) => {
    await withEstate({ faults: [{ kind: "forbidden", path }] }, async (of) => {
      const undivided = join(mkdtempSync(join(scratch, "undivided-")), "snapshot");
      writeSnapshot(undivided, await collectFrom(of));
      const snapshot = await merged(await collectParts(3, of));
      const told = (at: string) =>
        lines(at)
          .filter(isNeeded(undivided))
          .map(({ id, outcome, permission }) => ({ id, outcome, permission }));
      // Without an answer by id, later parts do not know the types of holders that a list of the first tells.
      const isSame = !path.source.includes("getByIds");
      expect(told(snapshot)).toEqual(isSame ? told(undivided) : expect.arrayContaining(told(undivided)));
      const open = (report: ReturnType<typeof reportOn>) =>
        report.policies.filter(({ decided }) => !decided).map(({ id }) => id);
      const expected = open(reportOn(undivided));
      expect(open(reportOn(snapshot))).toEqual(isSame ? expected : expect.arrayContaining(expected));
      expect(open(reportOn(snapshot)).length).toBeGreaterThan(0);
    });
  });

  test("one part alone: the line of the ledger is as bad as the worst, and nothing passes for it", async () => {
    const faults = [{ kind: "forbidden" as const, path: /getByIds/, times: 2 }];
    await withEstate({ faults }, async (of) => {
      const snapshot = await merged(await collectParts(2, of));
      const line = openSnapshot(snapshot).reads.find(({ id }) => id === "azure.principal tenant/holders");
      expect(line).toMatchObject({ outcome: "refused", status: 403, permission: "Graph Directory.Read.All" });
      expect(reportOn(snapshot).complete).toBe(false);
    });
  });

  test("a subscription that its own part did not see is unread, whoever else saw it", async () => {
    let served: EstateData | undefined;
    await withEstate(
      {
        edit: (data) => {
          served = data;
        },
      },
      async (of) => {
        const [first = "", second = ""] = await collectParts(2, of);
        const hidden = served?.arm.subscriptions.splice(
          served.arm.subscriptions.findIndex((each) => partOf(each.id.toLowerCase(), 2) === 2),
          1,
        )[0];
        writeSnapshot(second, await collectFrom(of, undefined, { part: { index: 2, count: 2, run: "night" } }));
        const snapshot = await merged([first, second]);
        const unread = openSnapshot(snapshot).reads.filter(({ outcome }) => outcome === "notAttempted");
        expect(unread.map(({ id }) => id)).toContain(`azure.roleAssignment ${hidden?.id.toLowerCase()}`);
        const line = unread.find(({ id }) => id === `azure.roleAssignment ${hidden?.id.toLowerCase()}`);
        expect(line?.cause).toBe("part 2 of 2, which reads this subscription, did not see it");
        expect(reportOn(snapshot).complete).toBe(false);
      },
    );
  });
});

describe("merge", () => {
  let parts: string[];
  let out: string;

  beforeAll(async () => {
    parts = await collectParts(3);
  });

  function place(): void {
    out = join(mkdtempSync(join(scratch, "out-")), "snapshot");
  }

  /** A copy of a part with another manifest that fits its digest. */
  function altered(part: string, change: (manifest: Manifest) => void): string {
    const copy = join(mkdtempSync(join(scratch, "altered-")), "part");
    cpSync(part, copy, { recursive: true });
    const file = join(copy, "manifest.json");
    const manifest: Manifest = JSON.parse(readFileSync(file, "utf8"));
    change(manifest);
    const { digest: _, ...rest } = manifest;
    writeFileSync(file, JSON.stringify({ ...rest, digest: manifestDigest(rest) }));
    return copy;
  }

  async function refusedMerge(folders: readonly string[]): Promise<Awaited<ReturnType<typeof refusal>>> {
    place();
    const refused = await refusal(() => mergeSnapshots(folders, out, joining()));
    expect(readdirSync(join(out, ".."))).toEqual([]);
    return refused;
  }

  test("takes the parts in any order, and says when the first of them began and what it was made of", async () => {
    place();
    const late = altered(parts[1] ?? "", (manifest) => {
      manifest.collectedAt = "2026-11-20T06:20:00.000Z";
    });
    await mergeSnapshots([late, parts[2] ?? "", parts[0] ?? ""], out, joining());
    const { manifest } = openSnapshot(out);
    expect(manifest.collectedAt).toBe("2026-11-20T06:00:00.000Z");
    expect(manifest.runId).toBe("night");
    expect(manifest.part).toBeUndefined();
    expect(manifest.parts?.map(({ index, collectedAt }) => [index, collectedAt.slice(11, 16)])).toEqual([
      [1, "06:00"],
      [2, "06:20"],
      [3, "06:00"],
    ]);
  });

  test("the same parts make the same bytes", async () => {
    place();
    await mergeSnapshots(parts, out, joining());
    const first = readFileSync(join(out, "manifest.json"), "utf8");
    place();
    await mergeSnapshots(parts, out, joining());
    expect(readFileSync(join(out, "manifest.json"), "utf8")).toBe(first);
  });

  test("refuses a missing part, and names it", async () => {
    expect(await refusedMerge(parts.slice(0, 2))).toMatchObject({
      code: "merge/missing",
      message: "a part is missing: 3/3",
    });
    expect(await refusedMerge(parts.slice(1, 2))).toMatchObject({ message: "parts are missing: 1/3, 3/3" });
  });

  test("refuses a part that is named twice, or that two runs of the same shard wrote", async () => {
    const again = altered(parts[1] ?? "", () => {});
    expect(await refusedMerge([...parts, again])).toMatchObject({ code: "merge/doubled", file: again });
    expect(await refusedMerge([parts[0] ?? "", ...parts])).toMatchObject({ code: "merge/doubled" });
  });

  test.each<[string, (manifest: Manifest) => void, string]>([
    [
      "of another count",
      (each) => Object.assign(each, { part: { index: 2, count: 4, run: "night" } }),
      "one of 4 parts",
    ],
    [
      "of another run",
      (each) => Object.assign(each, { part: { index: 2, count: 3, run: "last night" } }),
      "its run is last night",
    ],
    ["of another version", (each) => Object.assign(each.tool, { version: "0.0.9" }), "leastwise 0.0.9"],
    [
      "of another configuration",
      (each) => Object.assign(each.configuration, { digest: `sha256:${"0".repeat(64)}` }),
      "another configuration",
    ],
    ["read by another identity", (each) => Object.assign(each.reader, { kind: "user", id: "x" }), "another identity"],
    ["of other systems", (each) => Object.assign(each.systems, { prefect: [] }), "other systems"],
    ["with fingerprints", (each) => Object.assign(each, { fingerprints: "keyed" }), "fingerprints"],
    [
      "for other subscriptions",
      (each) =>
        Object.assign(each, { selection: { subscriptions: ["/subscriptions/x"], managementGroups: [], read: [] } }),
      "other subscriptions",
    ],
  ])("refuses a part %s", async (_, change, message) => {
    const [one = "", two = "", three = ""] = parts;
    const foreign = altered(two, change);
    const refused = await refusedMerge([one, foreign, three]);
    expect(refused).toMatchObject({ code: "merge/foreign", file: foreign });
    expect(refused?.message).toContain(message);
  });

  test("refuses a part of another tenant", async () => {
    const [one = "", two = "", three = ""] = parts;
    const foreign = altered(two, () => {});
    const file = join(foreign, "azure.subscription.ndjson");
    writeFileSync(file, `${JSON.stringify({ id: "/subscriptions/other" })}\n`);
    const again = altered(foreign, ({ files }) => {
      const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
      files["azure.subscription.ndjson"] = { rows: 1, sha256 };
    });
    expect(await refusedMerge([one, again, three])).toMatchObject({
      code: "merge/foreign",
      message: expect.stringContaining("another tenant"),
    });
  });

  test("without an id in common, parts of one night fit and those of two nights do not", async () => {
    const [one = "", two = ""] = await collectParts(2, configuration, null);
    const evening = altered(two, (manifest) => Object.assign(manifest, { collectedAt: "2026-11-20T12:00:00.000Z" }));
    place();
    await mergeSnapshots([one, evening], out, joining());
    const tomorrow = altered(two, (manifest) => Object.assign(manifest, { collectedAt: "2026-11-21T06:00:00.000Z" }));
    expect(await refusedMerge([one, tomorrow])).toMatchObject({
      code: "merge/foreign",
      message: expect.stringContaining("--run-id"),
    });
  });

  test("refuses a whole snapshot, and a folder that is none", async () => {
    expect(await refusedMerge([whole])).toMatchObject({ code: "merge/whole", file: whole });
    expect(await refusedMerge([join(scratch, "nowhere")])).toMatchObject({ code: "snapshot/none" });
  });

  test.each(["azure.principal.ndjson", "completing/azure.principal.ndjson", "reads.ndjson", "inputs/leastwise.yaml"])(
    "refuses a part whose %s was changed",
    async (name) => {
      const [one = "", two = "", three = ""] = parts;
      const changed = altered(one, () => {});
      appendFileSync(join(changed, name), " ");
      expect((await refusedMerge([changed, two, three]))?.file).toBe(join(changed, name));
    },
  );

  test("does not replace what is no snapshot", async () => {
    place();
    writeFileSync(out, "years of work");
    expect(await refusal(() => mergeSnapshots(parts, out, joining()))).toMatchObject({ code: "snapshot/occupied" });
    expect(readFileSync(out, "utf8")).toBe("years of work");
  });
});

describe("on the command line", { timeout: 120_000 }, () => {
  test("collect --shard, merge and evaluate give the findings of a scan", async () => {
    const folder = mkdtempSync(join(scratch, "cli-"));
    const config = join(folder, "leastwise.yaml");
    writeFileSync(config, configuration.text);
    for (const index of [1, 2]) {
      const part = join(folder, `part-${index}`);
      const ended = await leastwise([
        "collect",
        "--config",
        config,
        "--shard",
        `${index}/2`,
        "--out",
        part,
        "--run-id",
        "7",
      ]);
      expect(ended.status, ended.stderr).toBe(0);
      for (const args of [
        ["evaluate", part, "--out", join(folder, "no")],
        ["query", "azure.principal", "--snapshot", part],
      ]) {
        const refused = await leastwise(args);
        expect([refused.status, refused.stdout]).toEqual([2, ""]);
        expect(refused.stderr).toContain(`this is part ${index} of 2`);
        expect(refused.stderr).toContain("leastwise merge");
      }
    }
    expect(existsSync(join(folder, "no"))).toBe(false);
    const parts = [join(folder, "part-1"), join(folder, "part-2")];
    const joined = await leastwise(["merge", ...parts, "--out", join(folder, "snapshot")]);
    expect([joined.status, joined.stderr]).toEqual([0, ""]);
    const out = join(folder, "out");
    const ended = await leastwise([
      "evaluate",
      join(folder, "snapshot"),
      "--out",
      out,
      "--now",
      "2026-11-20T06:00:00Z",
    ]);
    expect(ended.status).toBe(1);
    const report: Report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
    // The configuration stands in a folder of its own, where no files of the repository are.
    // The repository is elsewhere: nothing is found in its files, and nothing is known to be declared.
    const inServices = planted.filter(({ kind, policy }) => kind !== "source.file" && !policy.endsWith("-is-declared"));
    expect([report.findings.length, report.complete, report.run.id]).toEqual([inServices.length, true, "7"]);
    const missing = await leastwise(["merge", parts[0] ?? "", "--out", join(folder, "half")]);
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain("a part is missing: 2/2");
    expect(existsSync(join(folder, "half"))).toBe(false);
  });

  test.each([
    [["--shard", "0/2"], "counted from 1"],
    [["--shard", "3/2"], "counted from 1"],
    [["--shard", "1"], "as in 2/4"],
    [["--run-id", "x"], "--shard"],
    [["--shard", "1/2", "--demo"], "leastwise demo"],
    [["--shard", "1/2", "--run-id", "a b"], "--run-id"],
  ])("collect %j exits 2", async (args, message) => {
    const ended = await leastwise(["collect", "--out", join(scratch, "never"), ...args]);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain(message);
    expect(existsSync(join(scratch, "never"))).toBe(false);
  });
});
