import { Chalk } from "chalk";
import type { Finding, Report, ReportPolicy, UnreadScope } from "../resources/generated.ts";
import { type Severity, severityRank } from "../resources/severity.ts";
import { columns, middle, padEnd, padStart, wrap } from "./layout.ts";
import {
  bySeverity,
  type CriterionRow,
  closing,
  completeness,
  count,
  criteriaRows,
  isOpen,
  listSeverities,
  type NotedWaiver,
  notedWaivers,
  placesOf,
  sinceBaseline,
  type Threshold,
  total,
  type Verdict,
  verdictOf,
} from "./summary.ts";
import { cut, ends, prose, shellWord, visible } from "./text.ts";

export interface TerminalOptions extends Threshold {
  /** Columns of the terminal: no line is wider. */
  width: number;
  color: boolean;
  /** Shows more of everything that is otherwise shown in part. */
  verbose: boolean;
  /** The folder that the files went to; null where none were written. */
  out: string | null;
  /** The file of the JSON report; null where none was written. */
  report: string | null;
}

/** Where `leastwise explain` looks by itself. */
const usualReport = "leastwise-out/report.json";

const narrowest = 30;
const widest = 200;
/** Longer texts are cut before anything else is done with them, in UTF-16 code units. */
const longest = 4_000;

/** How many policies are listed. */
const mostPolicies = 1_000;

/** How many of each are shown. */
interface Bounds {
  groups: number;
  examples: number;
  findings: number;
  findingsOfOne: number;
  lines: number;
  changes: number;
  owners: number;
  criteria: number;
}

const brief: Bounds = {
  groups: 10,
  examples: 3,
  findings: 40,
  findingsOfOne: 5,
  lines: 2,
  // Changes, owners and criteria take no more than a screen of 24 lines together.
  changes: 3,
  owners: 3,
  criteria: 6,
};
const long: Bounds = {
  groups: 100,
  examples: 10,
  findings: 1_000,
  findingsOfOne: 50,
  lines: 20,
  changes: 50,
  owners: 100,
  criteria: 100,
};

/**
 * The summary that a person acts on: what could not be seen, then what was found, worst first, each with where, why and
 * how to mend it, then what was counted, and in the last lines the verdict and the next step.
 */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const page = new Page(options);
  const sections = [
    header(report, page),
    unseen(report, page),
    vacuous(report, page),
    findings(report, page),
    changes(report, page),
    owners(report, page),
    review(report, page),
    waivers(report, page),
    leftOut(report, page),
    leftOutScopes(report, page),
    options.verbose ? population(report, page) : policies(report, page),
    lines(report, page),
    criteria(report, page),
    verdict(report, page, options),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

export class Page {
  readonly width: number;
  readonly bounds: Bounds;
  readonly paint: InstanceType<typeof Chalk>;
  /** What holds everything that is shown here in part. */
  readonly whole: string;
  readonly #report: string | null;

  constructor(options: TerminalOptions) {
    const width = Number.isFinite(options.width) ? Math.floor(options.width) : widest;
    this.width = Math.min(Math.max(width, narrowest), widest);
    this.bounds = options.verbose ? long : brief;
    this.paint = new Chalk({ level: options.color ? 1 : 0 });
    this.whole = options.report === null ? "the JSON report (--format json)" : "report.json";
    this.#report = options.report;
  }

  /** The command that tells more of a finding; null where no report was written that it could read. */
  explain({ id }: Finding): string | null {
    if (this.#report === null) return null;
    return `leastwise explain ${id}${this.#report === usualReport ? "" : ` --report ${shellWord(name(this.#report))}`}`;
  }

  heading(text: string): string[] {
    return wrap(text, this.width).map((line) => this.paint.bold(line));
  }

  /** A sentence at a depth; `lead` stands before its first line, and the others are set below its words. */
  say(text: string, indent: number, lead = "", most?: number): string[] {
    const first = " ".repeat(indent) + lead;
    const room = Math.max(this.width - columns(first), narrowest / 3);
    const others = " ".repeat(this.width - room);
    return wrap(text, room, most).map(
      (line, index) => (index === 0 ? padEnd(first, this.width - room) : others) + line,
    );
  }

  /** An id or a path on one line: its middle gives way. */
  id(text: string, indent: number, lead = ""): string {
    const first = " ".repeat(indent) + lead;
    return first + middle(name(text), this.width - columns(first));
  }
}

function name(text: string): string {
  return visible(ends(text, longest));
}

export function words(text: string): string {
  return prose(cut(text, longest));
}

/** Names in one sentence: the first few, then how many more. */
export function listed(all: readonly string[], most: number): string {
  const shown = all.slice(0, most).map((each) => cut(name(each), 200));
  return all.length > shown.length ? `${shown.join(", ")} and ${all.length - shown.length} more` : shown.join(", ");
}

function header(report: Report, page: Page): string[] {
  const { run } = report;
  const reader = run.reader.id === null ? run.reader.kind : `${run.reader.kind} ${run.reader.id}`;
  const parts = [`read ${words(run.collectedAt)} by ${words(reader)}`];
  if (run.now !== run.collectedAt) parts.push(`judged as of ${words(run.now)}`);
  return [
    ...page.heading(`${words(run.tool.name)} ${words(run.tool.version)}`),
    ...page.say(parts.join(", "), 0).map((line) => page.paint.dim(line)),
  ];
}

function unseen(report: Report, page: Page): string[] {
  const { bounds } = page;
  const refused = [...Map.groupBy(report.unread, (each) => JSON.stringify(refusal(each))).values()];
  const unknown = [...Map.groupBy(report.unknown, (each) => `${each.waived === true} ${each.cause}`).values()].sort(
    (a, b) => total(b.map((each) => each.count)) - total(a.map((each) => each.count)),
  );
  if (refused.length === 0 && unknown.length === 0) return [];
  const lines = page.heading("Could not be seen").map((line) => page.paint.yellow(line));
  for (const group of refused.slice(0, bounds.groups)) lines.push(...refusedGroup(group, page));
  if (refused.length > bounds.groups) {
    const more = total(refused.slice(bounds.groups).map((group) => group.length));
    lines.push(...page.say(`and ${count(more, "more scope")} not read: see unread in ${page.whole}`, 2));
  }
  for (const group of unknown.slice(0, bounds.groups)) {
    const many = total(group.map((each) => each.count));
    lines.push(...page.say(`${count(many, "result")} unknown: ${words(group[0]?.cause ?? "")}`, 2, "? "));
    const policies = [...new Set(group.map((each) => each.policy))];
    lines.push(...page.say(listed(policies, bounds.examples), 4, `${policies.length === 1 ? "policy" : "policies"}: `));
    for (const example of group.flatMap((each) => each.examples).slice(0, bounds.examples)) {
      lines.push(page.id(example, 4, "such as "));
    }
    if (group[0]?.waived === true) lines.push(...page.say("accepted in the waivers file", 4));
  }
  if (unknown.length > bounds.groups) {
    const more = count(unknown.length - bounds.groups, "more cause");
    lines.push(...page.say(`and ${more} of unknown results: see unknown in ${page.whole}`, 2));
  }
  return lines;
}

/** What refused reads share when one step mends them all. */
function refusal(unread: UnreadScope): unknown[] {
  return [unread.status, unread.cause, unread.permission, unread.waived];
}

function refusedGroup(group: readonly UnreadScope[], page: Page): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const { bounds } = page;
  const status = first.status === null ? "" : ` (${first.status})`;
  const lines = page.say(`${count(group.length, "scope")} not read${status}: ${words(first.cause)}`, 2, "! ");
  for (const each of group.slice(0, bounds.examples)) {
    lines.push(page.id(each.read, 4));
    if (!each.read.includes(each.scope)) lines.push(page.id(each.scope, 6, "of "));
  }
  if (group.length > bounds.examples) lines.push(...page.say(`and ${group.length - bounds.examples} more`, 4));
  if (first.permission !== null) lines.push(...page.say(words(first.permission), 4, "needs "));
  const policies = [...new Set(group.flatMap((each) => each.policies))];
  const environments = [...new Set(group.flatMap((each) => each.environments))];
  if (policies.length > 0) {
    const where = environments.length === 0 ? "" : ` (${listed(environments, 10)})`;
    lines.push(...page.say(`${listed(policies, bounds.examples)}${where}`, 4, "undecided: "));
  }
  if (first.waived) lines.push(...page.say("accepted in the waivers file", 4));
  return lines;
}

function vacuous(report: Report, page: Page): string[] {
  if (report.vacuous.length === 0) return [];
  const lines = page.heading("Matches nothing: a slip of the pen?").map((line) => page.paint.yellow(line));
  for (const each of report.vacuous.slice(0, page.bounds.groups)) {
    lines.push(...page.say(`${words(each.policy)}: ${words(each.what)}`, 2, "? "));
  }
  return [...lines, ...andMore(report.vacuous.length, page.bounds.groups, "vacuous", page)];
}

/** The first of them; one more than that where it is the last, because to say that there is one takes a line too. */
export function first<Item>(all: readonly Item[], most: number): readonly Item[] {
  return all.slice(0, all.length === most + 1 ? all.length : most);
}

export function andMore(all: number, shown: number, field: string, page: Page): string[] {
  return all > shown ? page.say(`and ${all - shown} more: see ${field} in ${page.whole}`, 2) : [];
}

/** @param title what heads those that are there */
export function findings(report: Report, page: Page, title = "Found"): string[] {
  const open = report.findings.filter(isOpen).toSorted((a, b) => severityRank(a.severity) - severityRank(b.severity));
  const since = sinceBaseline(report);
  if (open.length === 0) {
    const lines = page.heading(report.complete ? "Nothing found" : "Nothing found in what could be seen");
    return [...lines, ...page.say(since, 2)];
  }
  const lines = page.heading(`${title}: ${bySeverity(open)}`);
  lines.push(...page.say(since, 2));

  const policies = new Map(report.policies.map((policy) => [policy.id, policy]));
  const groups = [...Map.groupBy(open, (each) => JSON.stringify([each.severity, each.policy])).values()];
  let room = page.bounds.findings;
  let told = 0;
  for (const group of groups) {
    if (room === 0) break;
    const shown = group.slice(0, Math.min(room, page.bounds.findingsOfOne));
    room -= shown.length;
    told += group.length;
    lines.push("", ...findingGroup(group, shown, policies, page));
  }
  if (told < open.length) {
    lines.push("", ...page.say(`and ${count(open.length - told, "more finding")}: ${page.whole} holds them all`, 0));
  }
  return lines;
}

function findingGroup(
  group: readonly Finding[],
  shown: readonly Finding[],
  policies: ReadonlyMap<string, ReportPolicy>,
  page: Page,
): string[] {
  const [first] = shown;
  if (first === undefined) return [];
  const { paint, width } = page;
  const many = group.length === 1 ? "" : ` (${group.length})`;
  const label = `${first.severity.toUpperCase()} `;
  const policy = middle(name(first.policy), width - columns(label) - columns(many));
  const lines = [`${badge(first.severity, page)(label)}${paint.bold(policy)}${many}`];
  const title = words(policies.get(first.policy)?.title ?? "");
  lines.push(...page.say(title, 2, "", page.bounds.lines).map((line) => paint.dim(line)));
  // What all say alike is said once.
  const alike = shown.every(
    (each) => each.rationale === first.rationale && each.remediation?.text === first.remediation?.text,
  );
  if (alike) lines.push(...reasons(first, 2, page));
  for (const each of shown) {
    lines.push(...page.say(words(each.message) || name(each.policy), 2, "- "));
    lines.push(...place(each, page));
    if (!alike) lines.push(...reasons(each, 4, page));
    lines.push(...command(each, page));
  }
  if (group.length > shown.length) {
    lines.push(...page.say(`and ${group.length - shown.length} more of this policy: see ${page.whole}`, 2));
  }
  return lines;
}

function badge(severity: Severity, page: Page): (text: string) => string {
  const { paint } = page;
  if (severity === "critical") return paint.bold.red;
  if (severity === "high") return paint.red;
  return severity === "medium" ? paint.yellow : paint.cyan;
}

/** Where: the environment and the resource by name, its id as far as there is room, and the id of the finding. */
function place(finding: Finding, page: Page): string[] {
  const { environments, kind, id } = finding.resource;
  const where =
    environments === null
      ? "environment unknown"
      : environments.length === 0
        ? "no environment"
        : listed(environments, 5);
  const called = finding.resource.name === null ? "" : ` ${cut(words(finding.resource.name), 200)}`;
  const key = finding.key === null ? "" : `, ${cut(words(finding.key), 200)}`;
  return [
    ...page.say(`${where}: ${words(kind)}${called}${key}`, 4),
    page.id(id, 4),
    ...(finding.nearlyWaived ?? [])
      .slice(0, page.bounds.examples)
      .flatMap(({ line, missing }) => page.say(`the waiver at line ${line} does not cover it: ${words(missing)}`, 4)),
    ...page
      .say(`finding ${finding.id}${finding.baseline === "new" ? ", new" : ""}`, 4)
      .map((line) => page.paint.dim(line)),
  ];
}

function reasons(finding: Finding, indent: number, page: Page): string[] {
  const lines: string[] = [];
  if (finding.rationale !== null) {
    lines.push(...page.say(words(finding.rationale), indent, "why:  ", page.bounds.lines));
  }
  if (finding.remediation !== null) lines.push(...page.say(words(finding.remediation.text), indent, "mend: "));
  return lines;
}

/**
 * A command to copy is shown whole or not at all: broken over lines, or with a character written out, it would be
 * another command.
 */
function command(finding: Finding, page: Page): string[] {
  const text = finding.remediation?.command?.trimEnd() ?? "";
  if (text === "") return [];
  const lines = text.split(/\r?\n/);
  const fits =
    text.length <= longest && lines.every((line) => visible(line) === line && columns(line) + 6 <= page.width);
  if (fits) return lines.map((line) => `    $ ${line}`);
  return page.say(page.explain(finding) ?? `see ${page.whole}`, 4, "commands: ");
}

/** What mends most, a line each. */
function changes(report: Report, page: Page): string[] {
  const all = report.changes ?? [];
  if (all.length === 0) return [];
  const shown = first(all, page.bounds.changes);
  const lines = page.heading(`What mends them: ${closing(all)}`);
  shown.forEach(({ severities, resource, what }, index) => {
    const named = cut(name(resource.name ?? resource.id), 60);
    const text = `${listSeverities(severities)}: ${named}: ${words(what ?? "see the finding")}`;
    lines.push(...page.say(text, 2, `${index + 1}. `, 1));
  });
  return [...lines, ...andMore(all.length, shown.length, "changes", page)];
}

/** Whose findings they are, a line each; nothing where nobody is named for any. */
function owners(report: Report, page: Page): string[] {
  const all = report.owners ?? [];
  if (all.every(({ owner }) => owner === null)) return [];
  const shown = first(all, page.bounds.owners);
  const lines = page.heading("By owner");
  for (const { owner, failing, waived, severities } of shown) {
    const found = failing === 0 ? "nothing to mend" : listSeverities(severities);
    const who = owner === null ? "nobody is named" : cut(words(owner), 60);
    lines.push(...page.say(`${who}: ${found}${waived > 0 ? `, ${waived} waived` : ""}`, 2, "- ", 1));
  }
  return [...lines, ...andMore(all.length, shown.length, "owners", page)];
}

/** What became of the decisions of an access review. */
function review({ review: told }: Report, page: Page): string[] {
  if (told === undefined) return [];
  const lines = page.heading("Access review");
  const wanted = told.removed + told.open.length + told.unknown.length;
  lines.push(...page.say(`${told.removed} of ${count(wanted, "removal")} carried out, ${told.kept} kept`, 2, "- ", 1));
  for (const { principal, grant, decidedBy } of first(told.open, page.bounds.owners))
    lines.push(
      ...page.say(`not carried out: ${words(principal)}: ${words(grant)} (decided by ${words(decidedBy)})`, 2, "- ", 2),
    );
  if (told.unknown.length > 0)
    lines.push(...page.say(`not known of ${told.unknown.length}: ${words(told.unknown[0]?.cause ?? "")}`, 2, "- ", 2));
  return lines;
}

const criterionColumns = [
  ["policies", (row: CriterionRow) => row.policies.length],
  ["findings", (row: CriterionRow) => row.failing],
  ["waived", (row: CriterionRow) => row.waived],
  ["unknown", (row: CriterionRow) => row.unknown],
] as const;

/** The criteria that policies support: a line for each where something is to be said, and one for all others. */
function criteria(report: Report, page: Page): string[] {
  const all = criteriaRows(report);
  if (all.length === 0) return [];
  const { paint, width } = page;
  const telling = all.filter((row) => row.failing + row.waived + row.unknown > 0 || !row.decided);
  // Where lines are short, the other sections take more of them.
  const shown = first(telling, width < 60 ? page.bounds.criteria / 2 : page.bounds.criteria);
  const label = (row: CriterionRow): string => `${middle(name(row.id), 20)}${row.decided ? "" : " *"}`;
  const title = "SOC 2 criteria supported";
  const labels = Math.max(columns(title), ...shown.map((row) => columns(label(row)) + 2));
  const widths = criterionColumns.map(([name, of]) =>
    Math.max(name.length, ...shown.map((row) => String(of(row)).length)),
  );
  const numbers = labels + total(widths) + 2 * widths.length;
  const lines: string[] = [];
  if (numbers <= width && shown.length > 0) {
    const titles = criterionColumns.map(([name], index) => padStart(name, widths[index] ?? 0)).join("  ");
    lines.push(`${paint.bold(padEnd(title, labels))}  ${paint.dim(titles)}`);
    for (const row of shown) {
      const cells = criterionColumns.map(([name, of], index) =>
        mark(name === "findings" ? "fail" : name, of(row), page)(padStart(String(of(row)), widths[index] ?? 0)),
      );
      const room = width - numbers - 2;
      const [about] = room < 20 ? [] : wrap(row.gist ?? "", room, 1);
      lines.push(
        `${padEnd(`  ${label(row)}`, labels)}  ${cells.join("  ")}${about === undefined ? "" : `  ${paint.dim(about)}`}`,
      );
    }
  } else {
    lines.push(...page.heading(title));
    for (const row of shown) {
      const parts = criterionColumns
        .slice(1)
        .flatMap(([name, of]) =>
          of(row) > 0 ? [name === "findings" ? count(of(row), "finding") : `${of(row)} ${name}`] : [],
        );
      lines.push(...page.say(`${label(row)}: ${parts.join(", ") || "undecided"}`, 2, "", 1));
    }
  }
  lines.push(...andMore(telling.length, shown.length, "controls", page));
  const clean = all.filter((row) => !telling.includes(row)).map((row) => row.id);
  if (clean.length > 0) lines.push(...page.say(`nothing found for ${listed(clean, 12)}`, 2, "", 1));
  const missing = report.notCovered?.length ?? 0;
  if (missing > 0)
    lines.push(
      ...page.say(`${missing} criteria are not covered by any policy: see notCovered in ${page.whole}`, 2, "", 2),
    );
  return lines;
}

function waivers(report: Report, page: Page): string[] {
  const noted = notedWaivers(report);
  const waived = report.findings.filter((each) => !isOpen(each));
  if (noted.length + waived.length === 0) return [];
  const lines = page.heading("Waivers");
  if (waived.length > 0) {
    const asserted = waived.filter((each) => each.approval !== "proven").length;
    const told =
      asserted === 0
        ? "all approvals proven"
        : `who approved is asserted for ${asserted}, proven for ${waived.length - asserted}`;
    lines.push(...page.say(`${count(waived.length, "finding")} waived: ${bySeverity(waived)}; ${told}`, 2));
  }
  const kinds: [NotedWaiver["state"], string, (text: string) => string][] = [
    ["expired", "expired, counted again", page.paint.red],
    ["expiring", "ends soon", page.paint.yellow],
    ["unmatched", "matches nothing", page.paint.yellow],
    ["requested", "not approved, holds for nothing", page.paint.yellow],
  ];
  for (const [state, label, paint] of kinds) {
    const all = noted.filter((each) => each.state === state);
    for (const each of all.slice(0, page.bounds.groups)) {
      const who = each.approvedBy === null ? `asked by ${each.requestedBy}` : `approved by ${each.approvedBy}`;
      const what = `${label} (${words(each.expires)}): ${words(each.what)}, ${words(who)}`;
      lines.push(...page.say(what, 2, "! ").map((line) => paint(line)));
      lines.push(page.id(each.place, 4));
    }
    lines.push(...andMore(all.length, page.bounds.groups, "waivers", page));
  }
  return lines;
}

function leftOut(report: Report, page: Page): string[] {
  if (report.leftOut.length === 0) return [];
  const lines = page.heading("Policies left out");
  const groups = [...Map.groupBy(report.leftOut, (each) => each.because)];
  for (const [because, group] of groups.slice(0, page.bounds.groups)) {
    const policies = group.map((each) => each.policy);
    lines.push(...page.say(`${listed(policies, page.bounds.examples)}: ${words(because)}`, 2, "- "));
  }
  return [...lines, ...andMore(groups.length, page.bounds.groups, "leftOut", page)];
}

function leftOutScopes(report: Report, page: Page): string[] {
  const scopes = report.leftOutScopes ?? [];
  if (scopes.length === 0) return [];
  const lines = page.heading("Subscriptions left out");
  const groups = [...Map.groupBy(scopes, (each) => each.because)];
  for (const [because, group] of groups) {
    const environments = [...new Set(group.flatMap((each) => each.environments))].sort();
    const where = environments.length === 0 ? "" : `, of ${environments.join(", ")}`;
    const named = listed(
      group.map((each) => each.scope),
      page.bounds.examples,
    );
    lines.push(...page.say(`${named}${words(where)}: ${words(because)}`, 2, "- "));
  }
  return lines;
}

const counted = [
  ["in scope", "inScope"],
  ["pass", "pass"],
  ["fail", "fail"],
  ["waived", "waived"],
  ["unknown", "unknown"],
  ["n/a", "notApplicable"],
] as const;

/** How the policies went, in a line: what is unknown or about nothing is no pass. */
function policies(report: Report, page: Page): string[] {
  if (report.policies.length === 0) return [];
  const groups = Map.groupBy(report.policies, ({ population: { pass, fail, waived, unknown }, decided }): string => {
    if (fail > 0) return "failed";
    if (unknown > 0 || !decided) return "unknown";
    return waived > 0 ? "waived" : pass > 0 ? "passed" : "about nothing that is there";
  });
  const parts = ["passed", "failed", "unknown", "waived", "about nothing that is there"].flatMap((each, at) => {
    const many = groups.get(each)?.length ?? 0;
    return many > 0 || at < 3 ? [`${many} ${each}`] : [];
  });
  return page.say(`Policies: ${parts.join(", ")} (--verbose lists them)`, 0);
}

/** Where findings point in the repository. */
function lines(report: Report, page: Page): string[] {
  const where = placesOf(report);
  return where === "" ? [] : page.say(`Lines: ${where}`, 0);
}

function population(report: Report, page: Page): string[] {
  if (report.policies.length === 0) return [];
  const { paint, width } = page;
  const shown = report.policies.slice(0, mostPolicies);
  const label = (policy: ReportPolicy) => (policy.decided ? name(policy.id) : `${name(policy.id)} *`);
  const lines = page.heading("Resources looked at, by policy");
  const widths = counted.map(([title, field]) =>
    Math.max(columns(title), ...shown.map((policy) => String(policy.population[field]).length)),
  );
  const numbers = total(widths) + 2 * widths.length;
  const room = width - numbers - 2;
  if (room >= 24) {
    const first = Math.min(room, Math.max(6, ...shown.map((policy) => columns(label(policy)))));
    const titles = counted.map(([title], index) => padStart(title, widths[index] ?? 0)).join("  ");
    lines.push(paint.dim(`  ${padEnd("policy", first)}  ${titles}`));
    for (const policy of shown) {
      const cells = counted.map(([, field], index) => {
        const cell = padStart(String(policy.population[field]), widths[index] ?? 0);
        return mark(field, policy.population[field], page)(cell);
      });
      lines.push(`  ${padEnd(middle(label(policy), first), first)}  ${cells.join("  ")}`);
    }
  } else {
    for (const policy of shown) {
      lines.push(`  ${middle(label(policy), width - 2)}`);
      const parts = counted
        .filter(([, field]) => field === "inScope" || policy.population[field] > 0)
        .map(([title, field]) => `${policy.population[field]} ${title}`);
      lines.push(...page.say(parts.join(", "), 4));
    }
  }
  lines.push(...andMore(report.policies.length, shown.length, "policies", page));
  if (shown.some((policy) => !policy.decided)) {
    lines.push(...page.say("not decided for everything: there may be resources that were not seen", 2, "* "));
  }
  return lines;
}

function mark(field: string, many: number, page: Page): (text: string) => string {
  if (many === 0) return page.paint.dim;
  if (field === "fail") return page.paint.red;
  return field === "unknown" ? page.paint.yellow : (text) => text;
}

function verdict(report: Report, page: Page, options: TerminalOptions): string[] {
  const { paint } = page;
  const { state, text, worst } = verdictOf(report, { ...options, failOn: words(options.failOn) });
  const color = stateColor(state, page);
  const lines = options.out === null ? [] : [page.id(options.out, 0, "Files: ")];
  lines.push(...page.say(text, 0, `${state}: `).map((line, index) => (index === 0 ? color(line) : line)));
  lines.push(...page.say(completeness(report), 0).map((line) => (report.complete ? line : paint.yellow(line))));
  const next = nextStep(report, worst, page);
  return next === null ? lines : [...lines, ...page.say(next, 0, "Next: ")];
}

/** How the word that says how a run went is painted. */
export function stateColor(state: Verdict["state"], { paint }: Page): (text: string) => string {
  if (state === "FAILED") return paint.bold.red;
  return state === "PASSED" ? paint.bold.green : paint.bold.yellow;
}

function nextStep(report: Report, worst: Finding | null, page: Page): string | null {
  if (worst !== null) return page.explain(worst);
  if (report.unread.some((each) => each.permission !== null && !each.waived)) return "leastwise doctor";
  return null;
}
