import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type CollectOptions, collect } from "../../src/collect/collect.ts";
import type { Limits } from "../../src/collect/http/guard.ts";
import type { Progress } from "../../src/collect/ledger.ts";
import { loadInForce, policySources } from "../../src/commands/inputs.ts";
import { type Configuration, parseConfiguration, readConfiguration } from "../../src/config/config.ts";
import type { EstateData } from "../../src/estate/data.ts";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Report } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";

/** Bounds that make a test of faults quick; every kind of bound can still be met. */
export const fast: Partial<Limits> = { request: 300, tries: 2, pause: 10, wait: 1500 };

/** The same for tests in which nobody is silent: a busy machine must not look like a service that does not answer. */
const patient: Partial<Limits> = { ...fast, request: 10_000 };

/** The estate without the built-in roles that nobody holds: the same findings from fewer pages. */
export function startSmallEstate(options: EstateOptions = {}): Promise<Estate> {
  const { edit, ...rest } = options;
  return startEstate({
    pageSize: 20,
    ...rest,
    edit: (data) => {
      leaveOutUnusedRoles(data);
      edit?.(data);
    },
  });
}

/** Leaves out the built-in roles that nobody holds. */
export function leaveOutUnusedRoles({ arm }: EstateData): void {
  const lastPart = (id: string): string => id.slice(id.lastIndexOf("/") + 1).toLowerCase();
  const used = new Set(arm.roleAssignments.map((each) => lastPart(each.properties.roleDefinitionId)));
  arm.roleDefinitions = arm.roleDefinitions.filter(
    ({ name, properties }) => used.has(name.toLowerCase()) || properties.type === "CustomRole",
  );
}

export function configurationOf(estate: Estate): Configuration {
  return parseConfiguration(estate.configuration, `fixtures/${basename(estate.folder)}/leastwise.yaml`, estate.folder);
}

/** Watches pauses, and nothing else. */
export function pauses(): Progress & { milliseconds: number } {
  return {
    milliseconds: 0,
    begun() {},
    ended() {},
    waiting(_plan, milliseconds) {
      this.milliseconds += milliseconds;
    },
  };
}

export function collectFrom(
  configuration: Configuration,
  limits: Partial<Limits> = patient,
  options: Partial<
    Pick<CollectOptions, "environment" | "progress" | "collectedAt" | "governor" | "part" | "choose">
  > = {},
): Promise<SnapshotContent> {
  return collect(configuration, {
    collectedAt: options.collectedAt ?? new Date("2026-11-20T06:00:00Z"),
    environment: options.environment ?? {},
    limits,
    ...(options.governor && { governor: options.governor }),
    progress: options.progress ?? pauses(),
    waivers: null,
    ...(options.part && { part: options.part }),
    ...(options.choose && { choose: options.choose }),
  });
}

/** The built-in policies, with the parameters of the sample configuration. */
export const policies: readonly Policy[] = loadInForce(
  policySources({ policies: ["builtin"] }, null),
  readConfiguration(resolve(import.meta.dirname, "../../fixtures/estate/leastwise.yaml")),
  {},
).policies;

/** The report on what was collected, by way of a snapshot on disk as a user's is. */
export function evaluated(content: SnapshotContent, configuration: Configuration): Report {
  return inFolder((folder) => {
    writeSnapshot(join(folder, "snapshot"), content);
    return evaluate({ snapshot: openSnapshot(join(folder, "snapshot")), configuration, policies });
  });
}

/** Gives a folder that is gone afterwards. */
export function inFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "leastwise-collect-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  let result: Result;
  try {
    result = work(folder);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) return result.finally(remove) as Result;
  remove();
  return result;
}

/** The rows of a kind by id. */
export function rowsOf(content: SnapshotContent, kind: string): Map<string, Row> {
  return new Map((content.rows.get(kind) ?? []).map((row) => [row.id, row]));
}

/** What a command printed, and how it ended. */
export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

const bin = resolve(import.meta.dirname, "../../src/bin.ts");

/** Starts the command as a user does; only `environment` is set beside the PATH. */
export function spawnLeastwise(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = { PATH: process.env.PATH, NO_COLOR: "1", ...environment };
  return spawn(process.execPath, [bin, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs the command to its end. */
export function leastwise(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawnLeastwise(args, environment);
  const ended: Ended = { status: null, stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => {
    ended.stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    ended.stderr += chunk;
  });
  return new Promise((done, reject) => {
    child.once("error", reject);
    child.once("close", (status) => done({ ...ended, status }));
  });
}
