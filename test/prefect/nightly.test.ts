import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import type { Report } from "../../src/resources/generated.ts";
import { ask, type PrefectServer, prefectBin, prefectEnvironment, startPrefectServer } from "./server.ts";

const root = resolve(import.meta.dirname, "../..");
const leastwise = [join(root, "node_modules/.bin/node"), join(root, "src/bin.ts")].join(" ");
const example = join(root, "docs/examples/nightly_scan.py");

interface FlowRun {
  state_type: string;
  state: { message: string };
}

describe.skipIf(prefectBin === undefined)(
  prefectBin === undefined
    ? "the nightly scan on a Prefect work pool (skipped: LEASTWISE_PREFECT_BIN is not set, see .ci/prefect/environment.sh)"
    : "the nightly scan on a Prefect work pool",
  { timeout: 300_000 },
  () => {
    let scratch: string;
    let server: PrefectServer;
    let estate: Estate;
    let worker: ChildProcess;
    let nights: string;

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "leastwise-nightly-"));
      [server, estate] = await Promise.all([startPrefectServer(), startEstate({ pageSize: 200 })]);
      const config = join(scratch, "leastwise.yaml");
      writeFileSync(config, estate.configuration);
      nights = join(scratch, "nights");
      // The worker gives the pool what its type needs.
      await ask(server.api, "POST", "/work_pools/", { name: "nightly", type: "process" });
      const deployed = run(server.python, example, "deploy", "nightly", config, nights);
      worker = spawn(
        join(server.python, "../prefect"),
        ["worker", "start", "--pool", "nightly", "--type", "process", "--limit", "1"],
        { cwd: scratch, env: environment(), stdio: "ignore" },
      );
      await deployed;
    }, 300_000);

    afterAll(async () => {
      if (worker !== undefined && worker.exitCode === null) {
        const ended = new Promise((done) => worker.once("close", done));
        worker.kill("SIGTERM");
        await ended;
      }
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

    /** Runs a command and gives what it printed, whatever its exit status. */
    function run(command: string, ...args: readonly string[]): Promise<string> {
      const child = spawn(command, args, { cwd: scratch, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
      let printed = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          printed += chunk;
        });
      }
      return new Promise((done, reject) => {
        child.once("error", reject);
        child.once("close", () => done(printed));
      });
    }

    /** Has the deployment run as a night would, and waits for its end. */
    async function night(parameters: object = {}): Promise<FlowRun> {
      const deployment = await ask<{ id: string }>(server.api, "GET", "/deployments/name/nightly-scan/leastwise");
      const made = await ask<{ id: string }>(server.api, "POST", `/deployments/${deployment.id}/create_flow_run`, {
        parameters: { command: leastwise, ...parameters },
        state: { type: "SCHEDULED" },
      });
      for (;;) {
        const one = await ask<FlowRun>(server.api, "GET", `/flow_runs/${made.id}`);
        if (!/^(?:SCHEDULED|PENDING|RUNNING)$/.test(one.state_type)) return one;
        await new Promise((done) => setTimeout(done, 250));
      }
    }

    test("the first night is red for what is found, the next only for what is new, and Prefect gets counts alone", async () => {
      const deployment = await ask<{ schedules: { schedule: { cron: string } }[]; work_pool_name: string }>(
        server.api,
        "GET",
        "/deployments/name/nightly-scan/leastwise",
      );
      expect(deployment).toMatchObject({
        work_pool_name: "nightly",
        schedules: [{ schedule: { cron: "17 3 * * *" } }],
      });

      const first = await night();
      expect(first.state_type, first.state.message).toBe("FAILED");
      expect(first.state.message).toMatch(
        /^leastwise ended with 1: there are findings that are new or overdue; \d{2,} new findings \(\d+ critical, .*\), 0 still open/,
      );
      const second = await night();
      expect(second.state_type, second.state.message).toBe("COMPLETED");
      expect(second.state.message).toMatch(
        /^leastwise ended with 0: nothing new; 0 new findings, \d{2,} still open, 0 fixed/,
      );

      const [before = "", after = ""] = readdirSync(nights).sort();
      const report: Report = JSON.parse(readFileSync(join(nights, after, "report.json"), "utf8"));
      expect(report.findings.some(({ baseline }) => baseline === "new")).toBe(false);
      for (const each of [before, after]) expect(statSync(join(nights, each, "report.json")).mode & 0o077).toBe(0);

      // The estate is silent from here on.
      await estate.close();
      const unread = await night();
      expect(unread.state_type).toBe("FAILED");
      expect(unread.state.message).toMatch(
        /^leastwise ended with 3: something could not be read or decided; .*[1-9]\d* scopes unread/,
      );

      const told = JSON.stringify([
        await ask(server.api, "POST", "/logs/filter", {}),
        await ask(server.api, "POST", "/flow_runs/filter", {}),
        await ask(server.api, "POST", "/artifacts/filter", {}),
      ]);
      expect(told).toContain("still open");
      for (const secret of ["/subscriptions/", "Plant3d-", ...namesIn(report)]) expect(told).not.toContain(secret);
      expect(readdirSync(server.home).includes("storage") ? readdirSync(join(server.home, "storage")) : []).toEqual([]);
    });

    test("a fault, a wrong input and a scan without end are red, and what leastwise prints stays on the worker", async () => {
      const fails = join(scratch, "fails.sh");
      writeFileSync(fails, "#!/bin/sh\necho secretOfTheFault\necho secretOfTheFault >&2\nexit 4\n", { mode: 0o700 });
      const program = `
import sys
sys.path.insert(0, sys.argv[1])
from nightly_scan import nightly_scan
for number, command in enumerate(sys.argv[3:]):
    state = nightly_scan.fn("absent.yaml", f"{sys.argv[2]}/{number}", command=command, hours=(1, 1, 0.0001)[number])
    print(state.type.value, state.message)
`;
      const folder = join(scratch, "faults");
      const commands = [fails, leastwise, "/bin/sh -c 'exec sleep 60' --"];
      const told = await run(server.python, "-c", program, join(root, "docs/examples"), folder, ...commands);
      const lines = told.trim().split("\n");
      expect(lines[0]).toMatch(/^FAILED leastwise ended with 4: a fault of leastwise itself; there is no report, see /);
      expect(lines[1]).toMatch(/^FAILED leastwise ended with 2: the configuration or another input is wrong/);
      expect(lines[2]).toMatch(/^FAILED leastwise took longer than 0\.0001 hours: see /);
      expect(told).not.toContain("secretOfTheFault");
    });
  },
);

/** The names of what was found. */
function namesIn(report: Report): string[] {
  return report.findings.flatMap(({ resource }) => (resource.name && resource.name.length > 6 ? [resource.name] : []));
}
