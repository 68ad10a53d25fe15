import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Limits } from "../../src/collect/http/guard.ts";
import { exitStatus } from "../../src/commands/exit.ts";
import type { Configuration } from "../../src/config/config.ts";
import type { Fault, FaultKind } from "../../src/estate/faults.ts";
import type { Finding, Read, Report } from "../../src/resources/generated.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import {
  collectFrom,
  configurationOf,
  evaluated,
  fast,
  inFolder,
  leastwise,
  pauses,
  policies,
  startSmallEstate,
} from "./estate.ts";

/** What the service's requests of one read look like to the estate. */
interface Target {
  /** The first read that these requests serve; several where only their bodies differ. */
  read: Read;
  name: string;
  path: RegExp;
}

interface Run {
  content: SnapshotContent;
  report: Report;
  milliseconds: number;
  paused: number;
}

/** A listener that nobody may send anything to. */
const elsewhere = { origin: "", requests: 0 };
const listener = createServer((_, response) => {
  elsewhere.requests++;
  response.end();
});
let clean: Run;
let targets: Target[];

beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  elsewhere.origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  clean = await runWith([]);
  targets = targetsOf(clean.content.reads);
});

afterAll(() => listener.close());

/** Only a request that hangs has to be given up soon; elsewhere a busy machine must not look like one. */
function limitsFor(faults: readonly Fault[]): Partial<Limits> {
  return faults.some((each) => each.kind === "hang") ? fast : { ...fast, request: 10_000 };
}

async function runWith(faults: readonly Fault[], limits = limitsFor(faults)): Promise<Run> {
  const estate = await startSmallEstate({ faults });
  try {
    const configuration = configurationOf(estate);
    const progress = pauses();
    const begun = performance.now();
    const content = await collectFrom(configuration, limits, { progress });
    const milliseconds = performance.now() - begun;
    return { content, report: reportOn(content, configuration), milliseconds, paused: progress.milliseconds };
  } finally {
    await estate.close();
  }
}

const reports = new Map<string, Report>();

/** The report; many faults leave the same rows and the same reads open, and those are evaluated once. */
function reportOn(content: SnapshotContent, configuration: Configuration): Report {
  const rows = [...content.rows].map(([kind, each]) => [kind, each.toSorted((a, b) => (a.id < b.id ? -1 : 1))]);
  const reads = content.reads.map(({ id, outcome }) => `${id} ${outcome}`).sort();
  const key = createHash("sha256")
    .update(JSON.stringify([rows, reads]))
    .digest("hex");
  const report = reports.get(key) ?? evaluated(content, configuration);
  reports.set(key, report);
  return report;
}

/** Every request of a clean run, a target for each read; a Prefect list and its count are two. */
function targetsOf(reads: readonly Read[]): Target[] {
  const found = reads.flatMap((read): Target[] => {
    const [method = "", path = ""] = read.endpoint.split(" ");
    const paths = path.endsWith("/filter") ? [path, path.replace(/filter$/, "count")] : [path];
    return paths.map((each) => {
      const whole = `${method} ${prefixOf(read, each)}${each}`;
      const name = each.endsWith("/count") ? `${read.id} (count)` : read.id;
      return { read, name, path: new RegExp(`^${whole.replace(/[.]/g, "\\.")}(?:\\?|$)`, "i") };
    });
  });
  return [...new Map(found.map((each) => [each.path.source, each])).values()];
}

function prefixOf(read: Read, path: string): string {
  if (read.kind.startsWith("prefect.")) return `/prefect/${read.scope.slice("prefect:".length)}/api`;
  if (path.startsWith("/v1.0/")) return "/graph";
  if (path.startsWith("/subscriptions") || path.startsWith("/providers")) return "";
  return `/synapse/${read.scope.split("/").at(-1)}`;
}

/** The faults that leave no way to read; those that end after `times` are retried. */
const certain: readonly FaultKind[] = [
  "forbidden",
  "unauthorized",
  "notFound",
  "throttle",
  "throttleSilent",
  "serverError",
  "hang",
  "reset",
  "truncated",
  "html",
  "noValue",
  "redirectElsewhere",
];

/** The faults that do not touch every answer: one without pages has no link, one without a count no wrong one. */
const conditional: readonly FaultKind[] = [
  "nextLinkLoop",
  "nextLinkElsewhere",
  "missingItem",
  "missingScope",
  "wrongCount",
];

/** What is wrong with a faulty run; nothing where no result can be taken for a pass. */
function problemsOf(run: Run, target: Target): string[] {
  const problems: string[] = [];
  const tell = (problem: string): void => {
    problems.push(`${target.name}: ${problem}`);
  };
  if (run.milliseconds > 8000) tell(`the run took ${Math.round(run.milliseconds)} ms`);
  for (const read of run.content.reads.filter((each) => each.outcome !== "complete")) {
    if (read.cause === null || read.cause === "") tell(`${read.id} says no cause`);
    if (read.outcome === "refused" && read.permission === null) tell(`${read.id} names no permission`);
    if (read.fields.length > 0) continue;
    const open = policies.filter((each) => each.target === read.kind && isDecided(run.report, each.id));
    for (const policy of open) tell(`${policy.id} is decided although ${read.id} is ${read.outcome}`);
    if (policies.some((each) => each.target === read.kind) && status(run.report) !== 3)
      tell(`exit status ${status(run.report)}`);
  }
  for (const finding of vanished(run.report)) tell(`the finding ${finding} has vanished`);
  for (const finding of invented(run.report)) tell(`the finding ${finding} is new`);
  return problems;
}

function status(report: Report): number {
  return exitStatus(report, { failOn: "none" });
}

function isDecided(report: Report, policy: string): boolean {
  return report.policies.some((each) => each.id === policy && each.decided);
}

const named = ({ policy, resource }: Finding): string => `${policy} on ${resource.id}`;

/** Findings of the clean run that are gone although their policy is decided where they were. */
function vanished(report: Report): string[] {
  const ids = new Set(report.findings.map((each) => each.id));
  return clean.report.findings
    .filter((finding) => {
      const { environments } = finding.resource;
      const run = environments?.length === 1 ? environments[0] : "tenant";
      const policy = report.policies.find((each) => each.id === finding.policy);
      return !ids.has(finding.id) && policy?.undecidedIn.includes(run ?? "tenant") !== true;
    })
    .map(named);
}

function invented(report: Report): string[] {
  const ids = new Set(clean.report.findings.map((each) => each.id));
  return report.findings.filter((finding) => !ids.has(finding.id)).map(named);
}

/** Whether the run says that something is not read: in its ledger, or against a floor. */
function isNoticed(run: Run): boolean {
  return run.report.unread.length > 0;
}

/** Rows that are gone, and rows in which a value is another one; a value that is gone is unread, and none of these. */
function changedRows({ content }: Run): { lost: string[]; changed: string[] } {
  const lost: string[] = [];
  const changed: string[] = [];
  for (const [kind, rows] of clean.content.rows) {
    const found = new Map((content.rows.get(kind) ?? []).map((row) => [row.id, row]));
    for (const row of rows) {
      const other = found.get(row.id);
      if (other === undefined) lost.push(`${kind} ${row.id}`);
      else if (Object.entries(other).some(([field, value]) => JSON.stringify(value) !== JSON.stringify(row[field])))
        changed.push(`${kind} ${row.id}`);
    }
  }
  return { lost, changed };
}

function shortened(text: string): string {
  return text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,23}/g, (id) => id.slice(0, 8));
}

/**
 * What a service can leave out today without anybody noticing, and what that does: nothing else counts these lists. The
 * table may only become shorter.
 */
const unnoticed: Partial<Record<FaultKind, Record<string, string[]>>> = {
  missingItem: {
    "azure.credential tenant/applications": ["1 lost"],
    "azure.principal tenant/holders": [
      "1 changed",
      "invented: least-privilege/orphaned-assignment on /providers/microsoft.management/managementgroups/mg-data/providers/microsoft.authorization/roleassignments/98e3ca31",
      "invented: least-privilege/orphaned-assignment on /subscriptions/0cdc99cb/resourcegroups/rg-logs-prod/providers/microsoft.operationalinsights/workspaces/log-brackwater/providers/microsoft.authorization/roleassignments/800eba59",
    ],
    "synapse.workspace.firewallRules /subscriptions/98a28ae4/resourcegroups/rg-data-dev/providers/microsoft.synapse/workspaces/syn-brackwater-dev":
      [
        "1 changed",
        "vanished: isolation/no-open-firewall on /subscriptions/98a28ae4/resourcegroups/rg-data-dev/providers/microsoft.synapse/workspaces/syn-brackwater-dev",
      ],
    "synapse.workspace.firewallRules /subscriptions/049d9dc7/resourcegroups/rg-data-test/providers/microsoft.synapse/workspaces/syn-brackwater-test":
      ["1 changed"],
    "synapse.workspace.firewallRules /subscriptions/0cdc99cb/resourcegroups/rg-data-prod/providers/microsoft.synapse/workspaces/syn-brackwater-prod":
      ["1 changed"],
  },
  missingScope: {
    "azure.credential tenant/servicePrincipals": ["1 lost"],
    "azure.principal tenant/holders": [
      "1 changed",
      "invented: least-privilege/orphaned-assignment on /subscriptions/0cdc99cb/resourcegroups/rg-data-prod/providers/microsoft.storage/storageaccounts/stbrackwaterlakeprod/blobservices/default/containers/audit/providers/microsoft.authorization/roleassignments/7d9d369e",
    ],
    "azure.roleDefinition /subscriptions/0cdc99cb": ["1 lost"],
    "azure.roleDefinition /subscriptions/98a28ae4": [
      "2 lost",
      "vanished: least-privilege/custom-role-wildcard on /providers/microsoft.authorization/roledefinitions/4c3d2bcf",
    ],
    "synapse.workspace.firewallRules /subscriptions/98a28ae4/resourcegroups/rg-data-dev/providers/microsoft.synapse/workspaces/syn-brackwater-dev":
      [
        "1 changed",
        "vanished: isolation/no-open-firewall on /subscriptions/98a28ae4/resourcegroups/rg-data-dev/providers/microsoft.synapse/workspaces/syn-brackwater-dev",
      ],
    "synapse.workspace.firewallRules /subscriptions/049d9dc7/resourcegroups/rg-data-test/providers/microsoft.synapse/workspaces/syn-brackwater-test":
      ["1 changed"],
    "synapse.workspace.firewallRules /subscriptions/0cdc99cb/resourcegroups/rg-data-prod/providers/microsoft.synapse/workspaces/syn-brackwater-prod":
      ["1 changed"],
  },
};

const several = pLimit(6);

function everyTarget<Result>(work: (target: Target) => Promise<Result[]>): Promise<Result[]> {
  return Promise.all(targets.map((target) => several(() => work(target)))).then((found) => found.flat());
}

test("without faults every read is complete and every policy is decided", () => {
  expect(clean.content.reads.filter((each) => each.outcome !== "complete")).toEqual([]);
  expect(clean.report.complete).toBe(true);
  expect(clean.report.unread).toEqual([]);
  expect(status(clean.report)).toBe(0);
});

describe("whichever read meets it", () => {
  test.each(certain)(
    "%s leaves the read open, with its cause, and no finding passes",
    { timeout: 60_000 },
    async (kind) => {
      const problems = await everyTarget(async (target) => {
        const run = await runWith([{ kind, path: target.path, retryAfter: 3600, elsewhere: elsewhere.origin }]);
        const problems = problemsOf(run, target);
        const read = run.content.reads.find((each) => each.id === target.read.id);
        // Half of a count of one digit is the count.
        const unharmed = kind === "truncated" && target.name.endsWith("(count)");
        if ((read === undefined || read.outcome === "complete") && !unharmed) problems.push(`${target.name}: complete`);
        const refused = kind === "forbidden" || kind === "unauthorized";
        if (refused && (read?.permission ?? null) === null) problems.push(`${target.name}: names no permission`);
        if (refused && read?.status !== (kind === "forbidden" ? 403 : 401)) problems.push(`${target.name}: no status`);
        if (kind === "throttle" && run.paused > 0) problems.push(`${target.name}: waited ${run.paused} ms`);
        return problems;
      });
      expect(problems).toEqual([]);
    },
  );

  test("a pause that the service asks for is made, and the read is complete", { timeout: 60_000 }, async () => {
    const all = pLimit(16);
    const problems = await Promise.all(
      targets.map((target) =>
        all(async () => {
          const run = await runWith([{ kind: "throttle", path: target.path, times: 1, retryAfter: 1 }]);
          const open = run.content.reads.filter((each) => each.outcome !== "complete").map((each) => each.id);
          const { lost, changed } = changedRows(run);
          return open.length + lost.length + changed.length === 0 && run.paused === 1000
            ? []
            : [`${target.name}: ${open.join(", ")} after ${run.paused} ms`];
        }),
      ),
    );
    expect(problems.flat()).toEqual([]);
  });

  test.each(conditional)("%s is noticed, or has no effect", { timeout: 60_000 }, async (kind) => {
    const missed = await everyTarget(async (target): Promise<[string, string[]][]> => {
      const run = await runWith([{ kind, path: target.path, elsewhere: elsewhere.origin }]);
      if (isNoticed(run)) return problemsOf(run, target).map((problem) => [problem, []]);
      const { lost, changed } = changedRows(run);
      if (lost.length + changed.length === 0) return [];
      const effect = [
        ...(lost.length > 0 ? [`${lost.length} lost`] : []),
        ...(changed.length > 0 ? [`${changed.length} changed`] : []),
        ...vanished(run.report).map((each) => `vanished: ${each}`),
        ...invented(run.report).map((each) => `invented: ${each}`),
      ];
      return [[shortened(target.name), effect.map(shortened)]];
    });
    expect(Object.fromEntries(missed)).toEqual(unnoticed[kind] ?? {});
  });
});

describe("what is found by way of a list that was refused is open too", () => {
  test.each([
    [
      "azure.subscription tenant",
      [
        "azure.roleAssignment",
        "azure.roleDefinition",
        "synapse.workspace",
        "synapse.roleAssignment",
        "synapse.roleDefinition",
        "azure.principal",
      ],
    ],
    [
      "synapse.workspace /subscriptions/98a28ae4",
      ["synapse.roleAssignment", "synapse.roleDefinition", "azure.principal"],
    ],
    ["azure.roleAssignment /subscriptions/98a28ae4", ["azure.principal"]],
    ["azure.credential tenant/servicePrincipals", ["azure.principal"]],
  ])("%s", async (id, kinds) => {
    const target = targets.find((each) => each.name.startsWith(id));
    expect(target).toBeDefined();
    const { content } = await runWith(target === undefined ? [] : [{ kind: "forbidden", path: target.path }]);
    const open = content.reads.filter((each) => each.fields.length === 0 && each.outcome !== "complete");
    expect(new Set(open.map((each) => each.kind))).toEqual(new Set([target?.read.kind, ...kinds]));
  });
});

describe("what is left out without a word is noticed", () => {
  const dev = "/subscriptions/98a28ae4-18c6-4887-99d1-a88c320a666e";

  test("a resource group in a list of role assignments, by Resource Graph's count", async () => {
    const { content, report } = await runWith([
      { kind: "missingScope", path: new RegExp(`^GET ${dev}.*roleAssignments`) },
    ]);
    const read = content.reads.find((each) => each.id === `azure.roleAssignment ${dev}`);
    expect(read).toMatchObject({ outcome: "partial" });
    expect(read?.cause).toMatch(/^the list has \d+ role assignments .* Resource Graph counts \d+$/);
    expect(status(report)).toBe(3);
  });

  test("a block type in a list of Prefect, by the server's count", async () => {
    const { content } = await runWith([
      { kind: "missingScope", path: /^POST \/prefect\/dev\/api\/block_documents\/filter/ },
    ]);
    const read = content.reads.find((each) => each.id === "prefect.block prefect:dev");
    expect(read).toMatchObject({ outcome: "partial", expected: 10 });
    expect(read?.cause).toMatch(/^the list has \d items, and the service counts 10$/);
  });

  test("a grant in a Synapse workspace, by the count in the answer", async () => {
    const { content } = await runWith([
      { kind: "missingItem", path: /^GET \/synapse\/syn-brackwater-dev\/roleAssignments/ },
    ]);
    expect(
      content.reads.find((each) => each.id.startsWith("synapse.roleAssignment") && each.outcome === "partial"),
    ).toMatchObject({
      items: 10,
      expected: 11,
    });
  });

  test("a subscription, by the floor and by the scopes that the configuration names", async () => {
    const { report } = await runWith([{ kind: "missingScope", path: /^GET \/subscriptions\?/ }]);
    expect(report.unread.map((each) => each.read)).toContain("expect azure.subscription");
    const named = await runWith([{ kind: "missingItem", path: /^GET \/subscriptions\?/ }]);
    expect([...report.unread, ...named.report.unread].map((each) => each.cause)).toContainEqual(
      expect.stringMatching(/^the credential sees no subscription there, and \w+ is configured to have one$/),
    );
    expect([status(report), status(named.report)]).toEqual([3, 3]);
  });
});

test("a service that asks for an hour's pause is not waited for", async () => {
  const run = await runWith([{ kind: "throttle", path: /./, retryAfter: 3600 }]);
  expect(run.paused).toBe(0);
  expect(run.milliseconds).toBeLessThan(3000);
  expect(run.content.reads.every((each) => each.outcome !== "complete")).toBe(true);
  expect(run.content.reads.find((each) => each.kind === "azure.subscription")?.cause).toMatch(/a pause of 3600 s/);
});

test("all pauses together stay within what the run may wait", async () => {
  const run = await runWith([{ kind: "throttle", path: /./, retryAfter: 1 }], { ...fast, tries: 3, wait: 1500 });
  expect(run.paused).toBeLessThanOrEqual(1500);
});

test("a service that never answers anything ends the run soon", async () => {
  const run = await runWith([{ kind: "hang", path: /./ }]);
  expect(run.content.reads.every((each) => each.outcome !== "complete")).toBe(true);
  expect(run.content.reads[0]?.cause).toBe("no answer within 0.3 s, 2 times");
  expect(run.report.complete).toBe(false);
});

test("a Prefect server that ignores the offset of a full page is not asked for ever", async () => {
  const estate = await startSmallEstate({
    faults: [{ kind: "nextLinkLoop", path: /variables\/filter/ }],
    edit: ({ prefect: { dev } }) => {
      const [first] = dev?.variables ?? [];
      if (first === undefined) return;
      for (let index = 0; index < 250; index++) {
        const id = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
        dev?.variables.push({ ...first, id, name: `more_${index}` });
      }
    },
  });
  try {
    const { reads } = await collectFrom(configurationOf(estate));
    const read = reads.find((each) => each.id === "prefect.variable prefect:dev");
    expect(read).toMatchObject({ outcome: "partial", cause: "the server gave a page again", pages: 3 });
  } finally {
    await estate.close();
  }
});

test("an item of another shape than its service documents stops nothing, and its read is open", async () => {
  const estate = await startSmallEstate({
    edit: ({ arm, graph, prefect, synapse }) => {
      const [grant, other] = arm.roleAssignments.filter((each) => each.properties.scope.includes("rg-data-dev"));
      if (grant !== undefined) grant.properties.createdOn = "yesterday";
      if (other !== undefined) other.properties.principalType = 7;
      const [application] = graph.applications;
      if (application !== undefined) application.passwordCredentials = [null];
      const [variable, ...rest] = prefect.dev?.variables ?? [];
      if (variable !== undefined) Object.assign(variable, { name: { first: "x" } });
      if (rest[0] !== undefined) Object.assign(rest[0], { tags: "none", created: "yesterday" });
      const inDev = synapse.roleAssignments["syn-brackwater-dev"] ?? [];
      if (inDev[0] !== undefined) Object.assign(inDev[0], { id: 5 });
    },
  });
  try {
    const { reads } = await collectFrom(configurationOf(estate));
    const open = reads.filter((each) => each.outcome === "partial");
    expect(new Set(open.map((each) => each.kind))).toEqual(
      new Set(["azure.roleAssignment", "azure.credential", "prefect.variable", "synapse.roleAssignment"]),
    );
    expect(open.every((each) => /(?:shape than the service documents|malformed)/.test(each.cause ?? ""))).toBe(true);
  } finally {
    await estate.close();
  }
});

test("scan says what it could not read, and exits with 3", async () => {
  const estate = await startSmallEstate({
    faults: [{ kind: "forbidden", path: /syn-brackwater-prod\/roleAssignments/ }],
  });
  try {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, "leastwise.yaml"), estate.configuration);
      const args = ["--request-timeout", "1", "--max-wait", "1", "--fail-on", "none"];
      const run = await leastwise([
        "scan",
        "--config",
        join(folder, "leastwise.yaml"),
        "--out",
        join(folder, "out"),
        ...args,
      ]);
      expect(run.status, run.stderr).toBe(3);
      expect(run.stdout).toContain("Synapse User on the workspace");
      const report: Report = JSON.parse(readFileSync(join(folder, "out", "report.json"), "utf8"));
      expect(report.complete).toBe(false);
      expect(report.unread.find((each) => each.read.startsWith("synapse.roleAssignment"))).toMatchObject({
        status: 403,
        permission: expect.stringContaining("Microsoft.Synapse/workspaces/read"),
        policies: expect.arrayContaining(["least-privilege/synapse-grant-rights"]),
      });
    });
  } finally {
    await estate.close();
  }
});

test("nothing was ever sent to another host", () => {
  expect(elsewhere.requests).toBe(0);
});
