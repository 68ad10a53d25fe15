import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** The bin folder of the environment that `.ci/prefect/environment.sh` makes, or undefined. */
export const prefectBin = process.env.LEASTWISE_PREFECT_BIN;

export type PrefectServer = {
  /** Its address up to and with `/api`. */
  api: string;
  /** PREFECT_HOME, which holds its SQLite database. */
  home: string;
  /** The interpreter that has Prefect and its integrations. */
  python: string;
  /** What the server has printed so far. */
  log(): string;
  /** Ends it; a home folder that it made for itself goes with it. */
  stop(): Promise<void>;
};

/** What runs beside the API: only what keeps the events that runs send, so that nothing changes by itself. */
const services: Record<string, string> = {
  ...Object.fromEntries(
    [
      "CANCELLATION_CLEANUP",
      "EVENT_LOGGER",
      "FOREMAN",
      "LATE_RUNS",
      "PAUSE_EXPIRATIONS",
      "REPOSSESSOR",
      "SCHEDULER",
      "TRIGGERS",
    ].map((name) => [`PREFECT_SERVER_SERVICES_${name}_ENABLED`, "false"]),
  ),
  PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED: "true",
  PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE: "1",
  PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL: "1",
};

const startWithinMs = 90_000;
const stopWithinMs = 10_000;

/**
 * Starts a real Prefect server on a free loopback port and waits until it answers.
 * @param options.auth `user:password` of its basic authentication; none without.
 * @param options.home the PREFECT_HOME of a server that has stopped, to serve the same data again.
 */
export async function startPrefectServer(options: { auth?: string; home?: string } = {}): Promise<PrefectServer> {
  if (prefectBin === undefined) throw new Error("Set LEASTWISE_PREFECT_BIN: see .ci/prefect/environment.sh");
  const python = join(prefectBin, "python");
  const home = options.home ?? (await mkdtemp(join(tmpdir(), "leastwise-prefect-")));
  const port = await freePort();
  const api = `http://127.0.0.1:${port}/api`;

  const child = spawn(python, ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", String(port)], {
    cwd: home,
    env: {
      ...prefectEnvironment(home),
      PREFECT_SERVER_UI_ENABLED: "false",
      ...services,
      ...(options.auth === undefined ? {} : { PREFECT_SERVER_API_AUTH_STRING: options.auth }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const keep = (chunk: Buffer) => {
    printed += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      running = false;
      resolve();
    });
  });
  child.once("error", (error) => {
    printed += error.message;
  });
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);

  const stop = async () => {
    child.kill("SIGTERM");
    const stopped = await Promise.race([ended.then(() => true), wait(stopWithinMs, false, { ref: false })]);
    if (!stopped) {
      child.kill("SIGKILL");
      await ended;
    }
    process.removeListener("exit", killAtExit);
    if (options.home === undefined) await rm(home, { recursive: true, force: true });
  };

  const deadline = Date.now() + startWithinMs;
  while (!(await answers(`${api}/health`))) {
    if (!running || Date.now() > deadline) {
      await stop();
      throw new Error(`The Prefect server ${running ? "did not answer in time" : "ended at its start"}:\n${printed}`);
    }
    await wait(100);
  }
  return { api, home, python, log: () => printed, stop };
}

/** The environment of every process that uses Prefect here: nothing of the user's own profile, nothing reported home. */
export function prefectEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    PREFECT_HOME: home,
    DO_NOT_TRACK: "1",
    PREFECT_SERVER_ANALYTICS_ENABLED: "false",
    NO_COLOR: "1",
    // What is run from the repository leaves nothing in it.
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/**
 * What a server answers to a request, null where it has nothing to say. While its database is locked it answers 503, and is
 * asked again, as Prefect's own client does. @throws with what it says, where that is another refusal
 */
export async function ask<Answer>(api: string, method: string, path: string, body?: object): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(api + path, {
      method,
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.ok) return (text === "" ? null : JSON.parse(text)) as Answer;
    if (answer.status !== 503 || tries >= 20) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    await wait(500);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return answer.ok && (await answer.text()) === "true";
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("No free loopback port"));
      });
    });
  });
}
