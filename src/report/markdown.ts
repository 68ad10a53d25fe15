import type { Change, Finding, Report } from "../resources/generated.ts";
import { fenced } from "../resources/markdown.ts";
import { severities } from "../resources/severity.ts";
import { code, copyable, inert } from "./markup.ts";
import {
  bySeverity,
  type CriterionRow,
  closing,
  completeness,
  count,
  criteriaRows,
  isOpen,
  listSeverities,
  notedWaivers,
  placesOf,
  sinceBaseline,
  type Threshold,
  total,
  verdictOf,
} from "./summary.ts";

/** GitHub takes 1,024 KiB from one step and drops a summary that is larger; the rest is for what else the step says. */
export const mostBytes = 1_000_000;
/** What one list beside the findings may take of that. */
const mostOfList = 90_000;
/** The longest text of a cell, in UTF-16 code units. */
const longest = 400;
const most = { changes: 20, examples: 3 } as const;

/**
 * The summary as GitHub shows it in a job or a pull request: the verdict, what could not be seen, criteria, changes,
 * owners, and then the findings, worst first, as many as there is room for.
 */
export function renderMarkdown(report: Report, options: Threshold): string {
  const sections = [
    ...head(report, options),
    ...unseen(report),
    ...waivers(report),
    ...criteria(report),
    ...changes(report),
    ...owners(report),
  ];
  const before = sections.join("\n\n");
  return `${[before, ...findings(report, mostBytes - bytes(before))].join("\n\n")}\n`;
}

export function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** The items as text, as many from the first on as fit into so many bytes, and how many there was no room for. */
function fitting<Item>(
  items: readonly Item[],
  render: (item: Item) => string,
  room: number,
): { shown: string[]; left: number } {
  const shown: string[] = [];
  let used = 0;
  for (const item of items) {
    const text = render(item);
    used += bytes(text) + 1;
    if (used > room) break;
    shown.push(text);
  }
  return { shown, left: items.length - shown.length };
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

/**
 * A table with a row for each item, and a sentence where there was no room for all. Titles that end in `#` are of numbers.
 * @param field where the report has them all
 */
export function table<Item>(
  titles: readonly string[],
  items: readonly Item[],
  cells: (item: Item) => readonly (string | number)[],
  field: string,
): string[] {
  if (items.length === 0) return [];
  const { shown, left } = fitting(items, (item) => row(...cells(item)), mostOfList);
  const lines = [
    row(...titles.map((title) => title.replace(/#$/, ""))),
    row(...titles.map((title) => (title.endsWith("#") ? "--:" : "---"))),
    ...shown,
  ];
  return left === 0 ? [lines.join("\n")] : [lines.join("\n"), `and ${left} more: see \`${field}\` in \`report.json\`.`];
}

function head(report: Report, options: Threshold): string[] {
  const { run } = report;
  const { state, text } = verdictOf(report, options);
  const since = sinceBaseline(report);
  const reader = run.reader.id === null ? "" : ` ${code(run.reader.id)}`;
  const asOf = run.now === run.collectedAt ? "" : `, judged as of ${inert(run.now, longest)}`;
  return [
    `# leastwise: ${state}`,
    `**${inert(text, longest)}.** ${completeness(report)}${since === "" ? "" : ` Since the baseline: ${since}.`}`,
    `Read ${inert(run.collectedAt, longest)} by ${inert(run.reader.kind, longest)}${reader}${asOf}; ` +
      `run ${code(run.id)}, ${inert(`${run.tool.name} ${run.tool.version}`, longest)}.`,
  ];
}

export function names(all: readonly string[]): string {
  const shown = all.slice(0, most.examples).map((each) => code(each));
  return all.length > shown.length ? `${shown.join(", ")} and ${all.length - shown.length} more` : shown.join(", ");
}

function unseen(report: Report): string[] {
  if (report.unread.length === 0 && report.unknown.length === 0) return [];
  const groups = [...Map.groupBy(report.unknown, (each) => `${each.waived === true} ${each.cause}`).values()]
    .map((group) => ({ ...group[0], group, many: total(group.map((each) => each.count)) }))
    .sort((a, b) => b.many - a.many);
  return [
    "## Could not be seen",
    "What stands here is neither a pass nor a failure.",
    ...table(
      ["Not read", "Because", "It needs", "Undecided policies", "In"],
      report.unread,
      ({ read, status, cause, permission, policies, environments, waived }) => [
        code(read),
        `${inert(cause, longest)}${status === null ? "" : ` (${status})`}${waived ? ", accepted" : ""}`,
        inert(permission ?? "", longest),
        names(policies),
        inert(environments.join(", "), longest),
      ],
      "unread",
    ),
    ...table(
      ["Unknown results#", "Because", "Policies", "Such as"],
      groups,
      ({ cause = "", waived, group, many }) => [
        many,
        `${inert(cause, longest)}${waived === true ? ", accepted" : ""}`,
        names([...new Set(group.map((each) => each.policy))]),
        names(group.flatMap((each) => each.examples)),
      ],
      "unknown",
    ),
  ];
}

function waivers(report: Report): string[] {
  const all = notedWaivers(report);
  const states = {
    expired: "**expired, counted again**",
    expiring: "ends soon",
    unmatched: "matches nothing",
    requested: "not approved",
  };
  if (all.length === 0) return [];
  return [
    "## Waivers",
    ...table(
      ["State", "Last day", "Policy", "Resource or scope", "Approved by"],
      all,
      ({ state, what, place, expires, approvedBy }) => [
        states[state],
        inert(expires, longest),
        code(what),
        code(place),
        inert(approvedBy ?? "", longest),
      ],
      "waivers",
    ),
  ];
}

function criteria(report: Report): string[] {
  const rows = criteriaRows(report);
  const missing = report.notCovered ?? [];
  if (rows.length === 0 && missing.length === 0) return [];
  const lines = ["## SOC 2 criteria"];
  if (rows.length > 0) {
    lines.push(
      "Policies support a criterion; they never satisfy one. Resources and unknown results count for each policy that is about them, a finding once.",
      ...table(
        ["Criterion", "About", "Policies#", "Resources#", "Findings#", "Waived#", "Unknown#", "Decided"],
        rows,
        (each) => [
          code(each.id),
          inert(each.gist ?? "", longest),
          each.policies.length,
          each.inScope,
          each.failing,
          each.waived,
          each.unknown,
          each.decided ? "yes" : "**no**",
        ],
        "controls",
      ),
      details("Which policies support which criterion", fitting(rows, supporters, mostOfList).shown.join("\n")),
    );
  }
  if (missing.length > 0) {
    const uncovered = table(
      ["Criterion", "About", "Evidence", "Policies left out"],
      missing,
      ({ id, category, gist, evidence, leftOut }) => [
        code(id),
        inert(category === "common" ? gist : `${gist} (Where ${category} is part of the audit.)`, longest),
        inert(evidence, longest),
        names(leftOut),
      ],
      "notCovered",
    );
    lines.push(
      `${count(missing.length, "criterion is", "criteria are")} not covered by any policy in force: nothing here speaks for them.`,
      details("What is not covered, and what an auditor would look at", uncovered.join("\n\n")),
    );
  }
  return lines;
}

function supporters({ id, policies, leftOut }: CriterionRow): string {
  const left = leftOut.length === 0 ? "" : `; left out of this run: ${leftOut.map((each) => code(each)).join(", ")}`;
  return `- ${code(id)}: ${policies.map((each) => code(each)).join(", ")}${left}`;
}

function details(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

function changes(report: Report): string[] {
  const all = report.changes ?? [];
  if (all.length === 0) return [];
  const byId = new Map(report.findings.map((finding) => [finding.id, finding]));
  const numbered = all.slice(0, most.changes).map((change, index) => ({ change, number: index + 1 }));
  const { shown } = fitting(numbered, ({ change, number }) => changeItem(number, change, byId), mostOfList);
  const lines = ["## What mends them", `${closing(all)}.`, shown.join("\n\n")];
  if (all.length > shown.length)
    lines.push(`and ${all.length - shown.length} more: see \`changes\` in \`report.json\`.`);
  return lines;
}

/** What a change is, with its commands where they can be copied as they are. */
function changeItem(number: number, change: Change, byId: ReadonlyMap<string, Finding>): string {
  const { what, resource, severities: counts, findings: ids, owners: who } = change;
  const closes = ids.length === 1 ? listSeverities(counts) : `${ids.length} findings: ${listSeverities(counts)}`;
  const named = resource.name === null ? "" : `${inert(resource.name, longest)} `;
  const owner = who.length === 0 ? "" : `; owner: ${inert(who.join(", "), longest)}`;
  const commands = [...new Set(ids.map((id) => byId.get(id)?.remediation?.command?.trimEnd() ?? ""))].filter(
    (each) => each !== "",
  );
  const lines = commands.length === 1 ? copyable(commands[0] ?? null) : null;
  const text = [
    `**${closes}** on ${named}${code(resource.id)}${owner}.`,
    inert(what ?? "", longest * 2),
    lines === null && commands.length > 0
      ? `Commands: ${ids
          .slice(0, most.examples)
          .map((id) => code(`leastwise explain ${id}`))
          .join(", ")}`
      : "",
  ];
  const indent = " ".repeat(`${number}. `.length);
  const item = `${number}. ${text.filter((part) => part !== "").join(" ")}`;
  if (lines === null) return item;
  const block = fenced("sh", lines.join("\n"));
  return `${item}\n\n${block
    .split("\n")
    .map((line) => indent + line)
    .join("\n")}`;
}

function owners(report: Report): string[] {
  const all = report.owners ?? [];
  if (all.every(({ owner }) => owner === null)) return [];
  return [
    "## By owner",
    ...table(
      ["Owner", "Failing#", "Critical#", "High#", "Medium#", "Low#", "Waived#"],
      all,
      ({ owner, failing, waived, severities: counts }) => [
        owner === null ? "nobody is named" : inert(owner, longest),
        failing,
        ...severities.map((severity) => counts[severity]),
        waived,
      ],
      "owners",
    ),
  ];
}

/** The findings that no waiver covers, as many as fit. */
export function findings(report: Report, room: number): string[] {
  const open = report.findings.filter(isOpen);
  const waived = report.findings.length - open.length;
  const also = waived > 0 ? [`${count(waived, "finding is", "findings are")} waived.`] : [];
  if (open.length === 0) {
    return [report.complete ? "## Nothing found" : "## Nothing found in what could be seen", ...also];
  }
  const owned = open.some((each) => typeof each.owner === "string");
  const titles = ["Finding", "Where", "Resource", "Policy", ...(owned ? ["Owner"] : []), "Id"];
  const where = placesOf(report);
  const sections = [
    "## Findings",
    `${bySeverity(open)}. \`leastwise explain ID\` tells more of each.`,
    ...also,
    ...(where === "" ? [] : [`Lines that they point at: ${where}.`]),
  ];
  let left = room - 5_000;
  let out = 0;
  for (const severity of severities) {
    const own = open.filter((each) => each.severity === severity);
    if (own.length === 0) continue;
    const { shown, left: more } = fitting(own, (finding) => findingRow(finding, owned), out > 0 ? 0 : left);
    out += more;
    if (shown.length === 0) continue;
    left -= bytes(shown.join("\n"));
    const title = `${severity[0]?.toUpperCase()}${severity.slice(1)}`;
    sections.push(
      `### ${title} (${own.length})`,
      [row(...titles), row(...titles.map(() => "---")), ...shown].join("\n"),
    );
  }
  if (out > 0) {
    sections.push(
      `**${count(out, "finding is", "findings are")} left out here for want of room, the least severe:** \`report.json\` has them all.`,
    );
  }
  return sections;
}

function findingRow(finding: Finding, owned: boolean): string {
  const { environments, kind, id } = finding.resource;
  const where =
    environments === null
      ? "unknown"
      : environments.length === 0
        ? "no environment"
        : inert(environments.join(", "), longest);
  const key = finding.key === null ? "" : ` at ${code(finding.key)}`;
  return row(
    `${finding.baseline === "new" ? "**new** " : ""}${inert(finding.message, longest) || code(finding.policy)}`,
    where,
    `${inert(kind, longest)} ${code(id)}${key}`,
    code(finding.policy),
    ...(owned ? [inert(finding.owner ?? "", longest)] : []),
    code(finding.id),
  );
}
