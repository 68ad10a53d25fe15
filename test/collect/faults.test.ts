import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogue } from "../../src/collect/catalogue.ts";
import { type ReadDefinition, readName } from "../../src/collect/definition.ts";
import type { Limits } from "../../src/collect/http/guard.ts";
import { exitStatus } from "../../src/commands/exit.ts";
import type { Fault, FaultKind } from "../../src/estate/faults.ts";
import type { Finding, Report } from "../../src/resources/generated.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import unnoticed from "../mutate/unnoticed.json" with { type: "json" };
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
import { described, lineOf, linesOf, MemoryEstate, type Sent } from "./memory.ts";

/** Requests of one form that a read makes: its list, its count, an object each. */
interface Target {
  read: ReadDefinition;
  /** The id of the read's line in the ledger. */
  line: string;
  name: string;
  /** The first of them. */
  sent: Sent;
}

interface Run {
  content: SnapshotContent;
  report: Report;
  paused: number;
}

/** A listener that nobody may send anything to. */
const elsewhere = { origin: "", requests: 0 };
const listener = createServer((_, response) => {
  elsewhere.requests++;
  response.end();
});
const estate = new MemoryEstate();
let clean: Run;
let targets: Target[];

beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  elsewhere.origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const run = await estate.collect();
  clean = { ...run, report: estate.report(run.content) };
  targets = targetsOf(run.sent);
  refusals = await refuseEach();
});

afterAll(() => listener.close());

/** A run in memory in which each target meets a fault, `times` times or always. */
async function met(each: readonly Target[], fault: Pick<Fault, "kind" | "retryAfter" | "times">): Promise<Run> {
  const left = new Map(each.map((target) => [target.name, fault.times ?? Number.POSITIVE_INFINITY]));
  const limits = { request: fault.kind === "hang" ? 50 : 10_000 };
  // A link that leads in a circle does so wherever it leads.
  const isOf = conditional.includes(fault.kind) ? (sent: Sent) => lineOf(sent.plan) : nameOf;
  if (conditional.includes(fault.kind)) for (const { line } of each) left.set(line, Number.POSITIVE_INFINITY);
  const systems = new Set(each.map(({ read }) => systemOf(read.kind)));
  const [only = null] = systems;
  const system = systems.size === 1 ? only : null;
  const run = await estate.collect(
    (sent) => {
      const name = isOf(sent);
      const times = left.get(name) ?? 0;
      if (times === 0) return undefined;
      left.set(name, times - 1);
      return { fault: { ...fault, path: /./, elsewhere: elsewhere.origin } };
    },
    limits,
    { system },
  );
  elsewhere.requests += run.strayed;
  const content = system === null ? run.content : withOther(system, run.content);
  return { ...run, content, report: reportOn(content) };
}

const systemOf = (kind: string): "azure" | "prefect" => (kind.startsWith("prefect.") ? "prefect" : "azure");

/** What one system holds, with what the other one held in the clean run: neither sees anything of the other. */
function withOther(system: "azure" | "prefect", content: SnapshotContent): SnapshotContent {
  const was = clean.content;
  const isOther = (kind: string): boolean => kind.startsWith("source.") || systemOf(kind) !== system;
  return {
    ...was,
    reads: [...was.reads.filter(({ kind }) => isOther(kind)), ...content.reads.filter(({ kind }) => !isOther(kind))],
    rows: new Map([...was.rows].map(([kind, rows]) => [kind, isOther(kind) ? rows : (content.rows.get(kind) ?? [])])),
  };
}

/** The reads that ask a service; that of files asks none. */
const asked = ({ reads }: SnapshotContent) => reads.filter(({ kind }) => !kind.startsWith("source."));

/** A run over a real connection. */
async function overHttp(faults: readonly Fault[], limits: Partial<Limits> = fast): Promise<Run & { took: number }> {
  const served = await startSmallEstate({ faults });
  try {
    const configuration = configurationOf(served);
    const progress = pauses();
    const begun = performance.now();
    const content = await collectFrom(configuration, limits, { progress });
    const took = performance.now() - begun;
    return { content, report: evaluated(content, configuration), paused: progress.milliseconds, took };
  } finally {
    await served.close();
  }
}

const reports = new Map<string, Report>();

/** The report; many faults leave the same rows and the same reads open, and those are evaluated once. */
function reportOn(content: SnapshotContent): Report {
  const rows = [...content.rows].map(([kind, each]) => [kind, each.toSorted((a, b) => (a.id < b.id ? -1 : 1))]);
  const reads = content.reads.map(({ id, outcome }) => `${id} ${outcome}`).sort();
  const key = createHash("sha256")
    .update(JSON.stringify([rows, reads]))
    .digest("hex");
  const report = reports.get(key) ?? estate.report(content);
  reports.set(key, report);
  return report;
}

const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** The read's line, and what of the path tells its requests apart: nothing where they differ in ids alone. */
function nameOf({ plan, line }: Sent): string {
  const path = (line.split("?")[0] ?? "").replace(plan.scope, "{scope}").replace(guid, "{id}");
  const last = path.slice(path.lastIndexOf("/") + 1);
  return `${lineOf(plan)}${plan.read.endpoint.toLowerCase().endsWith(last.toLowerCase()) ? "" : ` (${last})`}`;
}

/**
 * Every form of request that every definition makes, each at one scope: where it brings the most. Reads at other scopes
 * are the same code.
 */
function targetsOf(sent: readonly Sent[]): Target[] {
  const items = new Map(clean.content.reads.map((each) => [each.id, each.items]));
  return [...Map.groupBy(sent, ({ plan }) => described(plan.read)).values()].flatMap((each) => {
    const read = each[0]?.plan.read;
    if (read === undefined) return [];
    const lines = [...new Set(each.map(({ plan }) => lineOf(plan)))].sort();
    const line = lines.reduce((best, other) => ((items.get(other) ?? 0) > (items.get(best) ?? 0) ? other : best));
    const forms = Map.groupBy(
      each.filter(({ plan }) => lineOf(plan) === line),
      nameOf,
    );
    return [...forms].flatMap(([name, [first]]) => (first === undefined ? [] : [{ read, line, name, sent: first }]));
  });
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

/** The reads of what there may be none of: the service says so with 404. */
const absent: Readonly<Record<string, string>> = {
  "synapse.workspace.entraAdministrator": "a workspace without an administrator of Entra ID answers 404",
  "synapse.workspace.sqlEntraAdministrator": "a workspace without an administrator of its SQL pools answers 404",
};

/** What is wrong with a faulty run; nothing where no result can be taken for a pass. */
function problemsOf(run: Run, where: string): string[] {
  const problems: string[] = [];
  const tell = (problem: string): void => {
    problems.push(`${where}: ${problem}`);
  };
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

/** What a refusal of each target leaves: the lines of the ledger that are open or gone, and the policies that are undecided. */
let refusals: Map<Target, { run: Run; touched: Set<string>; undecided: Set<string> }>;

async function refuseEach(): Promise<typeof refusals> {
  const found: typeof refusals = new Map();
  for (const target of targets) {
    const run = await met([target], { kind: "forbidden" });
    const whole = new Set(run.content.reads.filter((each) => each.outcome === "complete").map((each) => each.id));
    const touched = clean.content.reads.map((each) => each.id).filter((id) => !whole.has(id));
    const undecided = run.report.policies.filter((each) => !each.decided).map((each) => each.id);
    found.set(target, { run, touched: new Set(touched), undecided: new Set(undecided) });
  }
  return found;
}

/**
 * The targets in groups, in none of which one target's fault can be seen in another's read or in a policy that another's
 * leaves undecided: so one run shows what each of them does.
 */
function groups(): Target[][] {
  const made: Target[][] = [];
  const apart = (a: Target, b: Target): boolean => {
    const [one, other] = [refusals.get(a), refusals.get(b)];
    if (one === undefined || other === undefined || a.line === b.line) return false;
    return (
      !one.touched.has(b.line) &&
      !other.touched.has(a.line) &&
      [...one.undecided].every((policy) => !other.undecided.has(policy))
    );
  };
  for (const target of targets) {
    const group = made.find((each) => each.every((other) => apart(target, other)));
    if (group === undefined) made.push([target]);
    else group.push(target);
  }
  return made;
}

/** What is wrong where each target of a group met a fault that leaves no way to read. */
function problemsOfCertain(kind: FaultKind, group: readonly Target[], run: Run): string[] {
  const problems = problemsOf(run, group.map((each) => each.name).join(", "));
  const refused = kind === "forbidden" || kind === "unauthorized";
  const expected = new Set<string>();
  for (const target of group) {
    for (const id of refusals.get(target)?.touched ?? []) expected.add(id);
    const read = run.content.reads.find((each) => each.id === target.line);
    const unharmed =
      // Half of a count of one digit is the count, and an answer to HEAD has no body.
      (kind === "truncated" && (target.name.endsWith("(count)") || target.read.endpoint.startsWith("HEAD "))) ||
      (kind === "notFound" && readName(target.read) in absent);
    if ((read === undefined || read.outcome === "complete") && !unharmed) problems.push(`${target.name}: complete`);
    if (refused && (read?.permission ?? null) === null) problems.push(`${target.name}: names no permission`);
    if (refused && read?.status !== (kind === "forbidden" ? 403 : 401)) problems.push(`${target.name}: no status`);
  }
  const known = new Set(clean.content.reads.map((each) => each.id));
  for (const { id, outcome } of run.content.reads) {
    if (outcome !== "complete" && known.has(id) && !expected.has(id)) problems.push(`${id} is ${outcome}`);
  }
  if (kind === "throttle" && run.paused > 0) problems.push(`waited ${run.paused} ms`);
  return problems;
}

test("without faults every read is complete and every policy is decided", () => {
  expect(clean.content.reads.filter((each) => each.outcome !== "complete")).toEqual([]);
  expect(clean.report.complete).toBe(true);
  expect(clean.report.unread).toEqual([]);
  expect(status(clean.report)).toBe(0);
});

describe("whichever read meets it", () => {
  test("a refusal leaves the read open, with its cause and permission, and no finding passes", () => {
    expect([...refusals].flatMap(([target, { run }]) => problemsOfCertain("forbidden", [target], run))).toEqual([]);
  });

  test.each(certain.filter((kind) => kind !== "forbidden"))(
    "%s leaves the read open, with its cause, and no finding passes",
    async (kind) => {
      const problems: string[] = [];
      for (const group of groups()) {
        problems.push(...problemsOfCertain(kind, group, await met(group, { kind, retryAfter: 3600 })));
      }
      expect(problems).toEqual([]);
    },
  );

  test("a pause that the service asks for is made, and the read is complete", async () => {
    const [target] = targets;
    if (target === undefined) throw new Error("nothing is read");
    const run = await met([target], { kind: "throttle", times: 1, retryAfter: 1 });
    expect(run.paused).toBe(1000);
    expect(run.content.reads.filter((each) => each.outcome !== "complete")).toEqual([]);
    const problems: string[] = [];
    for (const group of groups()) {
      const run = await met(group, { kind: "throttleSilent", times: 1 });
      const open = run.content.reads.filter((each) => each.outcome !== "complete").map((each) => each.id);
      const { lost, changed } = changedRows(run);
      if (open.length + lost.length + changed.length > 0 || run.paused !== group.length)
        problems.push(`${group.map((each) => each.name)}: ${open.join(", ")} after ${run.paused} ms`);
    }
    expect(problems).toEqual([]);
  });

  test.each(conditional)("%s is noticed, or has no effect", async (kind) => {
    const missed = new Set<string>();
    const problems: string[] = [];
    for (const target of targets) {
      const run = await met([target], { kind });
      if (isNoticed(run)) problems.push(...problemsOf(run, target.name));
      else {
        const { lost, changed } = changedRows(run);
        if (lost.length + changed.length > 0) missed.add(described(target.read));
      }
    }
    expect(problems).toEqual([]);
    // What no count shows to be missing is listed with its reason; the mutations (npm run mutate) hold the list to that.
    const known = kind === "missingItem" || kind === "missingScope" ? Object.keys(unnoticed.lists) : [];
    expect([...missed].filter((read) => !known.includes(read)).sort()).toEqual([]);
  });
});

describe("over a real connection", () => {
  test.each(certain)("%s of a read of every service leaves it open, and no finding passes", async (kind) => {
    // One of each that no other read starts from, so that all are asked for.
    const alone = targets.filter(
      (each) =>
        each.name === each.line &&
        refusals.get(each)?.touched.size === 1 &&
        !(each.read.endpoint.startsWith("HEAD ") && kind === "truncated") &&
        !(readName(each.read) in absent),
    );
    const services = [...new Set(alone.map(({ read }) => read.service))];
    const chosen = services.map((service) => alone.find(({ read }) => read.service === service));
    const faults = chosen.flatMap((target): Fault[] => {
      const path = target?.sent.line.split("?")[0]?.replace(/[.()$]/g, "\\$&");
      const common = { kind, retryAfter: 3600, elsewhere: elsewhere.origin };
      return path === undefined ? [] : [{ ...common, path: new RegExp(`^${path}(?:\\?|$)`, "i") }];
    });
    const run = await overHttp(faults, kind === "hang" ? fast : { ...fast, request: 10_000 });
    const open = new Set(run.content.reads.filter((each) => each.outcome !== "complete").map((each) => each.id));
    expect(chosen.map((target) => (target !== undefined && open.has(target.line) ? true : target?.line))).toEqual(
      services.map(() => true),
    );
    expect(problemsOf(run, kind)).toEqual([]);
    expect(run.took).toBeLessThan(8000);
  });
});

/** The kinds whose rows are found by way of another kind's, beside those that are read per row of it. */
const foundOtherwise: Readonly<Record<string, readonly string[]>> = {
  "azure.subscription": ["azure.managementGroup"],
  "azure.roleAssignment": ["azure.principal"],
  "synapse.roleAssignment": ["azure.principal"],
  "azure.principal": ["azure.appPermission"],
};

/** The kinds whose rows are found by way of a kind's rows, at any depth. */
function below(kind: string): Set<string> {
  const named = catalogue.filter((read) => read.per === kind && read.fields === undefined).map((read) => read.kind);
  const found = new Set([...named, ...(foundOtherwise[kind] ?? [])]);
  for (const each of [...found]) if (each !== kind) for (const deeper of below(each)) found.add(deeper);
  return found;
}

describe("what is found by way of a list that was refused is open too", () => {
  test.each([
    "azure.subscription tenant",
    "synapse.workspace /subscriptions/98a28ae4",
    "azure.roleAssignment /subscriptions/98a28ae4",
    "azure.keyVault /subscriptions/98a28ae4",
    "azure.storageAccount /subscriptions/98a28ae4",
  ])("%s", async (id) => {
    const read = clean.content.reads.find((each) => each.id.startsWith(id));
    expect(read).toBeDefined();
    const { content } = await estate.collect(({ plan }) =>
      linesOf(plan).some((line) => line.startsWith(id)) ? { fault: { kind: "forbidden", path: /./ } } : undefined,
    );
    const open = content.reads.filter((each) => each.fields.length === 0 && each.outcome !== "complete");
    const kind = read?.kind ?? "";
    expect([...new Set(open.map((each) => each.kind))].sort()).toEqual([...new Set([kind, ...below(kind)])].sort());
  });

  test("the credentials of service principals, which come in one list with the principals", async () => {
    const { content } = await estate.collect(({ plan }) =>
      linesOf(plan).includes("azure.credential tenant/servicePrincipals")
        ? { fault: { kind: "forbidden", path: /./ } }
        : undefined,
    );
    const open = content.reads.filter((each) => each.outcome !== "complete").map((each) => each.kind);
    expect(new Set(open)).toEqual(new Set(["azure.credential", "azure.principal"]));
  });
});

describe("what is left out without a word is noticed", () => {
  const dev = "/subscriptions/98a28ae4-18c6-4887-99d1-a88c320a666e";

  test("a resource group in a list of role assignments, by Resource Graph's count", async () => {
    const { content, report } = await overHttp([
      { kind: "missingScope", path: new RegExp(`^GET ${dev}.*roleAssignments`) },
    ]);
    const read = content.reads.find((each) => each.id === `azure.roleAssignment ${dev}`);
    expect(read).toMatchObject({ outcome: "partial" });
    expect(read?.cause).toMatch(/^the list has \d+ role assignments .* Resource Graph counts \d+$/);
    expect(status(report)).toBe(3);
  });

  test("a block type in a list of Prefect, by the server's count", async () => {
    const { content } = await overHttp([
      { kind: "missingScope", path: /^POST \/prefect\/dev\/api\/block_documents\/filter/ },
    ]);
    const read = content.reads.find((each) => each.id === "prefect.block prefect:dev");
    expect(read).toMatchObject({ outcome: "partial", expected: 10 });
    expect(read?.cause).toMatch(/^the list has \d items, and the service counts 10$/);
  });

  test("a grant in a Synapse workspace, by the count in the answer", async () => {
    const { content } = await overHttp([
      { kind: "missingItem", path: /^GET \/synapse\/syn-brackwater-dev\/roleAssignments/ },
    ]);
    expect(
      content.reads.find((each) => each.id.startsWith("synapse.roleAssignment") && each.outcome === "partial"),
    ).toMatchObject({
      items: 11,
      expected: 12,
    });
  });

  test("a subscription, by the floor and by the scopes that the configuration names", async () => {
    const { report } = await overHttp([{ kind: "missingScope", path: /^GET \/subscriptions\?/ }]);
    expect(report.unread.map((each) => each.read)).toContain("expect azure.subscription");
    const named = await overHttp([{ kind: "missingItem", path: /^GET \/subscriptions\?/ }]);
    expect([...report.unread, ...named.report.unread].map((each) => each.cause)).toContainEqual(
      expect.stringMatching(/^the credential sees no subscription there, and \w+ is configured to have one$/),
    );
    expect([status(report), status(named.report)]).toEqual([3, 3]);
  });
});

test("a service that asks for an hour's pause is not waited for", async () => {
  const run = await overHttp([{ kind: "throttle", path: /./, retryAfter: 3600 }]);
  expect(run.paused).toBe(0);
  expect(run.took).toBeLessThan(3000);
  expect(asked(run.content).every((each) => each.outcome !== "complete")).toBe(true);
  expect(run.content.reads.find((each) => each.kind === "azure.subscription")?.cause).toMatch(/a pause of 3600 s/);
});

test("all pauses together stay within what the run may wait", async () => {
  const run = await overHttp([{ kind: "throttle", path: /./, retryAfter: 1 }], { ...fast, tries: 3, wait: 1500 });
  expect(run.paused).toBeLessThanOrEqual(1500);
});

test("a service that never answers anything ends the run soon", async () => {
  const run = await overHttp([{ kind: "hang", path: /./ }]);
  expect(asked(run.content).every((each) => each.outcome !== "complete")).toBe(true);
  expect(asked(run.content)[0]?.cause).toBe("no answer within 0.3 s, 2 times");
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
    expect(read).toMatchObject({ outcome: "partial", cause: "the server gave a page again" });
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
