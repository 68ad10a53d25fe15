import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Configuration, parseConfiguration } from "../../src/config/config.ts";
import { collectFrom, rowsOf } from "../collect/estate.ts";
import { startCutoff } from "./cutoff.ts";
import { canaries, contents, leaks } from "./leaks.ts";
import { plantNames, populate, type Saved } from "./populate.ts";
import { anonymousToo, lists } from "./recording.ts";
import { startReplay } from "./replay.ts";
import { type PrefectServer, prefectBin, startPrefectServer } from "./server.ts";

type Report = {
  complete: boolean;
  findings: { policy: string; outcome: string; resource: { kind: string; id: string } }[];
  unread: { read: string; scope: string; status: number | null; policies: string[] }[];
};

type Scan = {
  status: number | null;
  stdout: string;
  stderr: string;
  report: Report;
  /** Every file of --out, stdout and stderr. */
  places: Map<string, Buffer>;
};

const root = resolve(import.meta.dirname, "../..");
const node = join(root, "node_modules/.bin/node");
let scratch: string;
const plants = canaries(plantNames);
const auth = `audit:${canaries(["password"]).password}`;

/** The policy that finds a planted value, by what holds it. */
const policies: Record<string, string> = {
  block: "secrets/hardcoded-in-block",
  variable: "secrets/hardcoded-in-variable",
  deployment: "secrets/hardcoded-in-deployment",
  workPool: "secrets/hardcoded-in-work-pool",
};

describe.skipIf(prefectBin === undefined)(
  prefectBin === undefined
    ? "a running Prefect server (skipped: LEASTWISE_PREFECT_BIN is not set, see .ci/prefect/environment.sh)"
    : "a running Prefect server",
  { timeout: 180_000 },
  () => {
    let home: string;
    let server: PrefectServer;
    let saved: Saved[];

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "leastwise-real-"));
      home = mkdtempSync(join(scratch, "home-"));
      server = await startPrefectServer({ home });
      saved = await populate(server, plants);
    }, 180_000);

    afterAll(async () => {
      await server?.stop();
      rmSync(scratch, { recursive: true, force: true });
    }, 30_000);

    test("scan finds each planted secret, nothing that is in order, and shows no value", async () => {
      const scan = await scanOf({ api: server.api });
      expect(scan.status, scan.stderr).toBe(1);
      expect(scan.report.complete).toBe(true);
      expect(hardcoded(scan.report)).toEqual(expected(saved));
      expect(leaks(plants, scan.places)).toEqual([]);
    });

    test("the anonymous block is among what scan finds", async () => {
      const anonymous = saved.find(({ object }) => object.includes("/anonymous-"));
      const { report } = await scanOf({ api: server.api });
      expect(hardcoded(report)[policies.block ?? ""]).toContain(`prefect:local/${anonymous?.object}`);
    });

    test("scan only reads, and never asks for secrets in the clear", async () => {
      const through = await startCutoff(server.api, Number.POSITIVE_INFINITY);
      try {
        await scanOf({ api: through.api });
        const others = through.requests.filter(({ method, path }) =>
          method === "POST" ? !/\/(filter|count)$/.test(path) : method !== "GET",
        );
        expect(through.requests.length).toBeGreaterThan(0);
        expect(others).toEqual([]);
        expect(through.requests.filter(({ path, body }) => `${path}${body}`.includes("include_secrets"))).toEqual([]);
      } finally {
        await through.close();
      }
    });

    test("collect reads every kind to its end: runs and what they wrote within the window, queues, automations", async () => {
      const content = await collectFrom(configurationFor(server.api), { request: 15_000 }, { collectedAt: new Date() });
      expect(content.reads.filter((each) => each.outcome !== "complete" || each.cause !== null)).toEqual([]);
      const ids = new Set([...content.rows.values()].flat().map((row) => row.id));
      expect(saved.map(({ object }) => `prefect:local/${object}`).filter((id) => !ids.has(id))).toEqual([]);
      expect(rowsOf(content, "prefect.workspace").get("prefect:local")?.version).toBe("3.8.8");
      const written = [...rowsOf(content, "prefect.assetEvent").values()].map((each) => [
        each.access,
        each.materializedBy,
      ]);
      expect(written.sort()).toEqual([
        ["failedWrite", null],
        ["reference", null],
        ["write", "dbt"],
      ]);
      const runs = new Set(content.rows.get("prefect.flowRun")?.map((each) => each.uuid));
      expect([...rowsOf(content, "prefect.assetEvent").values()].filter((each) => !runs.has(each.flowRunUuid))).toEqual(
        [],
      );
      const places = new Map([["rows", Buffer.from(JSON.stringify([...content.rows, content.reads]))]]);
      expect(leaks(plants, places)).toEqual([]);
    });

    test("events are read over several pages of the real server's own tokens", async () => {
      for (let number = 0; number < 60; number++) await emit(server.api, number);
      await expect.poll(async () => eventCount(server.api), { timeout: 30_000 }).toBe(63);
      const content = await collectFrom(configurationFor(server.api), { request: 15_000 }, { collectedAt: new Date() });
      const read = content.reads.find((each) => each.kind === "prefect.assetEvent");
      expect(read).toMatchObject({ outcome: "complete", pages: 2, items: 63, expected: 63 });
    });

    test("the recorded answers have the fields of the real ones", async () => {
      const replay = await startReplay();
      try {
        for (const { path, counted } of lists) {
          const [real, recorded] = await Promise.all([server.api, replay.api].map((api) => fieldsOf(api, path)));
          expect(recorded, path).toEqual(real);
          if (!counted) continue;
          const counts = await Promise.all([server.api, replay.api].map((api) => post(api, `${path}/count`)));
          expect(counts[1], path).toEqual(counts[0]);
        }
      } finally {
        await replay.close();
      }
    });

    test("a server that stops half way leaves every policy found out or open, and tells what it did not read", async () => {
      const through = await startCutoff(server.api, Number.POSITIVE_INFINITY);
      await scanOf({ api: through.api }).finally(() => through.close());
      const all = through.requests.length;
      const places = new Set([0, 1, Math.floor(all / 2), all - 1]);
      for (const whole of places) {
        const cutoff = await startCutoff(server.api, whole);
        try {
          // Without --fail-on none, what was found before the server stopped would make it 1.
          const scan = await scanOf({ api: cutoff.api }, "--fail-on", "none");
          const told = `after ${whole} of ${all} answers:\n${scan.stderr}`;
          // What no policy in force looks at, such as runs, is told as unread and leaves nothing open.
          const open = scan.report.unread.some((each) => each.policies.length > 0);
          expect(scan.report.unread.length, told).toBeGreaterThan(0);
          if (whole < all / 2) expect(open, told).toBe(true);
          expect(scan.status, told).toBe(open ? 3 : 0);
          expect(scan.report.complete, told).toBe(!open);
          expect(passedSilently(scan.report, saved), told).toEqual([]);
          expect(leaks(plants, scan.places), told).toEqual([]);
        } finally {
          await cutoff.close();
        }
      }
    });

    describe("with basic authentication on", () => {
      let guarded: PrefectServer;

      beforeAll(async () => {
        await server.stop();
        guarded = await startPrefectServer({ home, auth });
      }, 180_000);

      afterAll(async () => {
        await guarded?.stop();
      }, 30_000);

      test("scan with the right password finds the same, and shows neither password nor values", async () => {
        const scan = await scanOf({ api: guarded.api, auth });
        expect(scan.status, scan.stderr).toBe(1);
        expect(scan.report.complete).toBe(true);
        expect(hardcoded(scan.report)).toEqual(expected(saved));
        expect(leaks({ ...plants, ...credentials(auth) }, scan.places)).toEqual([]);
      });

      test("scan with a wrong password exits 3, names the server as unread and decides nothing", async () => {
        const wrong = `audit:${canaries(["wrong"]).wrong}`;
        const scan = await scanOf({ api: guarded.api, auth: wrong });
        expect(scan.status, scan.stderr).toBe(3);
        expect(scan.report.complete).toBe(false);
        expect(scan.report.findings).toEqual([]);
        expect(scan.report.unread.map(({ status }) => status)).toContain(401);
        expect(scan.report.unread.filter((unread) => !namesTheServer(unread, guarded.api))).toEqual([]);
        expect(passedSilently(scan.report, saved)).toEqual([]);
        expect(leaks({ ...plants, ...credentials(wrong) }, scan.places)).toEqual([]);
      });

      test("scan without any password exits 3", async () => {
        const scan = await scanOf({ api: guarded.api });
        expect(scan.status, scan.stderr).toBe(3);
        expect(passedSilently(scan.report, saved)).toEqual([]);
      });
    });

    test("scan of a server that has stopped exits 3", async () => {
      const scan = await scanOf({ api: server.api });
      expect(scan.status, scan.stderr).toBe(3);
      expect(scan.report.complete).toBe(false);
      expect(passedSilently(scan.report, saved)).toEqual([]);
    });
  },
);

/** Runs `leastwise scan` as a user does, in a folder of its own, with no profile and no other settings. */
async function scanOf(prefect: { api: string; auth?: string }, ...options: string[]): Promise<Scan> {
  const folder = mkdtempSync(join(scratch, "scan-"));
  const config = join(folder, "leastwise.yaml");
  const out = join(folder, "out");
  const withAuth = prefect.auth === undefined ? "" : ", auth: PREFECT_AUTH";
  writeFileSync(
    config,
    [
      "prefect:",
      `  - { name: local, api: "${prefect.api}"${withAuth} }`,
      "environments:",
      "  dev: { scopes: [], prefect: [local] }",
      "",
    ].join("\n"),
  );
  const run = await runOf(["scan", "--config", config, "--out", out, ...options], {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    ...(prefect.auth === undefined ? {} : { PREFECT_AUTH: prefect.auth }),
  });
  const files = existsSync(out) ? contents(out) : new Map<string, Buffer>();
  const text = files.get("report.json")?.toString();
  if (text === undefined) throw new Error(`scan ended with ${run.status} and wrote no report.json:\n${run.stderr}`);
  const report: Report = JSON.parse(text);
  const places = new Map([...files, ["stdout", Buffer.from(run.stdout)], ["stderr", Buffer.from(run.stderr)]]);
  return { ...run, report, places };
}

function runOf(parameters: string[], env: Record<string, string>): Promise<Pick<Scan, "status" | "stdout" | "stderr">> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [join(root, "src/bin.ts"), ...parameters], { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
}

function configurationFor(api: string): Configuration {
  return parseConfiguration(`prefect:\n  - { name: local, api: "${api}" }\n`, "leastwise.yaml", scratch);
}

/** Sends the event of a task that refers to a dataset. */
async function emit(api: string, number: number): Promise<void> {
  const event = {
    occurred: new Date().toISOString(),
    event: "prefect.asset.referenced",
    resource: { "prefect.resource.id": `abfss://landing@example/${number}` },
    id: randomUUID(),
  };
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${api}/events`, { method: "POST", headers, body: JSON.stringify([event]) });
  expect(answer.status).toBe(204);
}

async function eventCount(api: string): Promise<number> {
  const answer = await post(api, "/events/filter", { filter: { event: { prefix: ["prefect.asset."] } } });
  return (answer as { total: number }).total;
}

/** The names and fields of everything in a list; of an anonymous block only that there is one. */
async function fieldsOf(api: string, path: string): Promise<string[]> {
  const items = await post(api, `${path}/filter`);
  if (!Array.isArray(items)) throw new Error(`${api}${path}: ${JSON.stringify(items)}`);
  return items.map((item) => `${item.name.replace(/^(anonymous)-.*/, "$1")}: ${Object.keys(item).sort()}`).sort();
}

async function post(api: string, path: string, asked: object = {}): Promise<unknown> {
  const body = JSON.stringify(path.startsWith("/block_documents") ? anonymousToo : asked);
  const answer = await fetch(api + path, { method: "POST", headers: { "content-type": "application/json" }, body });
  return answer.json();
}

/** The resources that each policy on hardcoded secrets found, sorted. */
function hardcoded(report: Report): Record<string, string[]> {
  return byPolicy((policy) =>
    report.findings
      .filter((finding) => finding.policy === policy && finding.outcome === "fail")
      .map((f) => f.resource.id),
  );
}

/** The resources that each policy on hardcoded secrets has to find: those with a value in the clear. */
function expected(saved: Saved[]): Record<string, string[]> {
  return byPolicy((policy) =>
    saved
      .filter(({ object, plants }) => policies[object.split("/")[0] ?? ""] === policy && plants.length > 0)
      .map(({ object }) => `prefect:local/${object}`),
  );
}

function byPolicy(resources: (policy: string) => string[]): Record<string, string[]> {
  return Object.fromEntries(Object.values(policies).map((policy) => [policy, [...new Set(resources(policy))].sort()]));
}

/** The policies that neither found all that they should nor are named as open in the report. */
function passedSilently(report: Report, saved: Saved[]): string[] {
  const found = hardcoded(report);
  const open = new Set(report.unread.flatMap((unread) => unread.policies));
  return Object.entries(expected(saved))
    .filter(([policy, resources]) => !open.has(policy) && resources.some((id) => !found[policy]?.includes(id)))
    .map(([policy]) => policy);
}

function namesTheServer({ read, scope }: Report["unread"][number], api: string): boolean {
  return scope.includes("prefect:local") || `${read} ${scope}`.includes(api);
}

/** A `user:password` in the forms in which it could be shown. */
function credentials(auth: string): Record<string, string> {
  return { password: auth.slice(auth.indexOf(":") + 1), "user and password": auth };
}
