import { age, counting, type GateReport, openOf, placeOf, planned, signs, whoOf } from "./gate.ts";
import { bytes, findings, mostBytes, names, table } from "./markdown.ts";
import { code, inert } from "./markup.ts";
import { count, isOpen, type Threshold, verdictOf } from "./summary.ts";

/** The longest text of a cell, in UTF-16 code units. */
const longest = 400;

/**
 * The summary of the gate as GitHub shows it in a job or a pull request: what changes for whom, what fails then and did
 * not before, what is not known then.
 * @param options `clock` is the moment that the live state's age is told for, in ms since the epoch
 */
export function renderGateMarkdown(report: GateReport, options: Threshold & { clock: number }): string {
  const shown = counting(report);
  const sections = [
    ...head(report, shown, options),
    ...access(report),
    ...failing(shown),
    ...unknown(report),
    ...fixed(report),
    ...review(report),
    ...changes(report),
  ];
  const before = sections.join("\n\n");
  const open = shown.findings.filter(isOpen).length;
  const rest = open === 0 ? [] : findings(shown, mostBytes - bytes(before));
  return `${[before, ...rest].join("\n\n")}\n`;
}

function head(report: GateReport, shown: GateReport, options: Threshold & { clock: number }): string[] {
  const { run, gate } = report;
  const { state, text } = verdictOf(shown, options);
  const counts = gate.counts === "all" ? "Everything counts" : "What the change brings";
  const open = openOf(gate);
  const live = gate.live.folder === null ? "read now" : code(gate.live.folder);
  const plans = gate.plans.map((plan) => `- ${code(plan.file)}: ${inert(planned(plan), longest)}`);
  const beyond = gate.beyond.map(
    ({ kind, count: many }) =>
      `- **${count(many, "change")} of ${code(kind)}: the live state holds nothing of it, so no policy judges it.**`,
  );
  return [
    `# leastwise gate: ${state}`,
    `**${counts}: ${inert(text, longest)}.** ${open === "" ? "All of it was decided." : `${open}.`}`,
    `The live state is ${live} of ${inert(run.collectedAt, longest)}, ${age(run.collectedAt, options.clock)}; ` +
      `run ${code(run.id)}, ${inert(`${run.tool.name} ${run.tool.version}`, longest)}.`,
    [...plans, ...beyond].join("\n"),
  ];
}

function access({ gate }: GateReport): string[] {
  if (gate.access.length === 0) return [];
  return [
    "## What changes for whom",
    ...table(
      ["Who", "Change", "Right", "On", "By"],
      gate.access,
      (each) => [
        inert(whoOf(each), longest),
        each.change === "changes" ? "holds under other conditions" : `**${each.change}**`,
        inert(each.right ?? "known only after the change", longest),
        each.scope === null ? "known only after the change" : code(each.scope),
        code(placeOf(each.at)),
      ],
      "gate.access",
    ),
  ];
}

function failing({ gate, findings: all }: GateReport): string[] {
  if (gate.failures.length === 0) return [];
  const messages = new Map(all.map(({ id, message, severity }) => [id, { message, severity }]));
  return [
    "## Fails after the change, and did not before",
    ...table(
      ["Severity", "What", "Policy", "Before", "Comes from"],
      gate.failures,
      ({ finding, policy, before, at }) => [
        messages.get(finding)?.severity ?? "",
        inert(messages.get(finding)?.message ?? "", longest),
        code(policy),
        before === "notApplicable" ? "not applicable" : before,
        at.length === 0 ? "the change as a whole" : names(at.map(placeOf)),
      ],
      "gate.failures",
    ),
  ];
}

function unknown({ gate }: GateReport): string[] {
  if (gate.undecided.length === 0 && gate.unknown.length === 0) return [];
  return [
    "## Not known before it is made",
    "What stands here is neither a pass nor a failure.",
    ...table(
      ["What", "Because", "Kind", "In", "Undecided policies"],
      gate.undecided,
      ({ at, cause, kind, scope, policies }) => [
        code(placeOf(at)),
        inert(cause, longest),
        code(kind),
        code(scope),
        names(policies),
      ],
      "gate.undecided",
    ),
    ...table(
      ["Unknown results#", "Because", "Policy", "Such as"],
      gate.unknown,
      ({ count: many, cause, policy, resources }) => [many, inert(cause, longest), code(policy), names(resources)],
      "gate.unknown",
    ),
  ];
}

function fixed({ fixed: mended }: GateReport): string[] {
  if (mended.length === 0) return [];
  return [
    "## Mended by the change",
    ...table(["Policy", "Resource"], mended, ({ policy, resource }) => [code(policy), code(resource)], "fixed"),
  ];
}

function review({ gate }: GateReport): string[] {
  const told = gate.review;
  if (told === undefined || told.changes.length === 0) return [];
  return [
    "## What the change does to waivers, policies and configuration",
    ...table(
      ["File", "What", "Reviewed by"],
      told.changes,
      ({ file, what, owners }) => [
        code(file),
        inert(what.join("; "), longest),
        owners.length === 0 ? "**nobody: CODEOWNERS does not cover it**" : names(owners),
      ],
      "gate.review",
    ),
  ];
}

function changes({ gate }: GateReport): string[] {
  if (gate.changes.length === 0) return ["Nothing changes in what policies look at."];
  return [
    "## All that changes",
    ...table(
      ["", "Kind", "What", "Fields", "Known only after the change", "By"],
      gate.changes,
      ({ action, kind, id, name, fields, unknown: open, at }) => [
        `\`${signs[action]}\``,
        code(kind),
        `${name === null ? "" : `${inert(name, longest)} `}${code(id)}`,
        names(fields),
        names(open),
        code(placeOf(at)),
      ],
      "gate.changes",
    ),
  ];
}
