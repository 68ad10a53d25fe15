import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import type { Report } from "../../src/resources/generated.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type PrefectServer, prefectBin, prefectEnvironment, startPrefectServer } from "./server.ts";

const root = resolve(import.meta.dirname, "../..");
const node = join(root, "node_modules/.bin/node");
const leastwise = [node, join(root, "src/bin.ts")];
const example = join(root, "docs/examples/collect_shards.py");

interface Ended {
  status: number | null;
  printed: string;
}

describe.skipIf(prefectBin === undefined)(
  prefectBin === undefined
    ? "shards on a Prefect work pool (skipped: LEASTWISE_PREFECT_BIN is not set, see .ci/prefect/environment.sh)"
    : "shards on a Prefect work pool",
  { timeout: 600_000 },
  () => {
    let scratch: string;
    let server: PrefectServer;
    let estate: Estate;
    let worker: ChildProcess;
    let config: string;

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "leastwise-pool-"));
      server = await startPrefectServer();
      estate = await startEstate({ pageSize: 200 });
      config = join(scratch, "leastwise.yaml");
      writeFileSync(config, estate.configuration);
      const made = await run([join(server.python, "../prefect"), "work-pool", "create", "shards", "--type", "process"]);
      expect(made.status, made.printed).toBe(0);
      const deployed = await run([server.python, example, "deploy", "shards"]);
      expect(deployed.status, deployed.printed).toBe(0);
      const start = ["worker", "start", "--pool", "shards", "--type", "process", "--limit", "4"];
      worker = spawn(join(server.python, "../prefect"), start, { cwd: scratch, env: environment(), stdio: "ignore" });
    }, 600_000);

    afterAll(async () => {
      if (worker !== undefined && worker.exitCode === null) {
        const ended = new Promise((done) => worker.once("close", done));
        worker.kill("SIGTERM");
        await ended;
      }
      await estate?.close();
      await server?.stop();
      rmSync(scratch, { recursive: true, force: true });
    }, 60_000);

    function environment(): Record<string, string> {
      return {
        ...prefectEnvironment(server.home),
        PREFECT_API_URL: server.api,
        PREFECT_WORKER_QUERY_SECONDS: "1",
        TMPDIR: scratch,
      };
    }

    function run([command = "", ...args]: readonly string[]): Promise<Ended> {
      const child = spawn(command, args, { cwd: scratch, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
      let printed = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          printed += chunk;
        });
      }
      return new Promise((done, reject) => {
        child.once("error", reject);
        child.once("close", (status) => done({ status, printed }));
      });
    }

    /** Runs the deployment to its end. */
    function scan(count: number, folder: string, failOn: string): Promise<Ended> {
      const parameters = { count, config, folder, fail_on: failOn, command: leastwise.join(" ") };
      const given = ["--params", JSON.stringify(parameters)];
      return run([
        join(server.python, "../prefect"),
        "deployment",
        "run",
        "scan-in-shards/leastwise",
        "--watch",
        ...given,
      ]);
    }

    async function flowRuns(): Promise<{ name: string; state_type: string }[]> {
      const answer = await fetch(`${server.api}/flow_runs/filter`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      return (await answer.json()) as { name: string; state_type: string }[];
    }

    test("a flow has three workers' runs read the shards, and the merged snapshot is the undivided one", async () => {
      const folder = join(scratch, "out");
      const ended = await scan(3, folder, "none");
      expect(ended.status, ended.printed).toBe(0);
      const shards = (await flowRuns()).filter(({ name }) => name.startsWith("shard-"));
      expect(shards.map(({ name, state_type }) => `${name} ${state_type}`).sort()).toEqual([
        "shard-1-of-3 COMPLETED",
        "shard-2-of-3 COMPLETED",
        "shard-3-of-3 COMPLETED",
      ]);
      expect(readdirSync(join(folder, "parts"))).toEqual([]);

      const undivided = join(scratch, "undivided");
      expect((await run([...leastwise, "collect", "--config", config, "--out", undivided, "--quiet"])).status).toBe(0);
      const names = readdirSync(undivided).filter((name) => name.endsWith(".ndjson") && name !== "reads.ndjson");
      for (const name of names) {
        expect(readFileSync(join(folder, "snapshot", name), "utf8"), name).toBe(
          readFileSync(join(undivided, name), "utf8"),
        );
      }
      const { manifest, reads } = openSnapshot(join(folder, "snapshot"));
      expect(manifest.parts?.map(({ index }) => index)).toEqual([1, 2, 3]);
      // Parts ask by id for principals that the undivided run finds in its lists.
      const lines = (all: typeof reads) =>
        all
          .filter(({ endpoint }) => !endpoint.endsWith("/getByIds"))
          .map(({ id, outcome, expected }) => ({ id, outcome, expected }));
      expect(lines(reads)).toEqual(lines(openSnapshot(undivided).reads));
      const report: Report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
      expect([report.run.id, report.complete]).toEqual([manifest.runId, true]);
      expect(report.findings.length).toBeGreaterThanOrEqual(25);
    });

    test("findings make the flow fail, and its log says nothing of the tenant", async () => {
      const ended = await scan(1, join(scratch, "failing"), "high");
      expect(ended.status).not.toBe(0);
      const answer = await fetch(`${server.api}/logs/filter`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      const log = JSON.stringify(await answer.json());
      expect(log).toContain("leastwise has findings");
      expect(log).not.toContain("/subscriptions/");
      expect(log).not.toContain("Plant3d-");
    });
  },
);
