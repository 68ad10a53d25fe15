import { age, counting, type GateReport, openOf, placeOf, planned, rightOf, signs, whoOf } from "./gate.ts";
import { count, verdictOf } from "./summary.ts";
import { andMore, findings, first, listed, Page, stateColor, type TerminalOptions, words } from "./terminal.ts";

/**
 * The summary of the gate: over which live state, what changes, for whom, what fails then and did not before, what is
 * not known then, what is mended, and in the last lines the verdict.
 * @param clock the moment that the live state's age is told for, in ms since the epoch
 */
export function renderGateTerminal(report: GateReport, options: TerminalOptions & { clock: number }): string {
  const page = new Page(options);
  const shown = counting(report);
  const sections = [
    header(report, page, options.clock),
    changes(report, page),
    access(report, page),
    unknown(report, page),
    shown.findings.some(({ outcome }) => outcome === "fail") ? findings(shown, page, "After the change") : [],
    fixed(report, page),
    review(report, page),
    verdict(report, shown, page, options),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function header({ run, gate }: GateReport, page: Page, clock: number): string[] {
  const from = gate.live.folder === null ? "read now" : `in ${words(gate.live.folder)}`;
  const lines = [
    ...page.heading(`${words(run.tool.name)} ${words(run.tool.version)} gate`),
    ...page.say(`live: ${words(run.collectedAt)}, ${age(run.collectedAt, clock)}, ${from}`, 0),
  ];
  for (const plan of gate.plans) {
    lines.push(...page.say(`${words(plan.file)}: ${planned(plan)}`, 0, "plan: "));
    const types = Object.entries(plan.ignored).map(([type, many]) => `${many} ${words(type)}`);
    if (types.length > 0) lines.push(...page.say(`not looked at: ${listed(types, page.bounds.groups)}`, 2));
  }
  for (const { kind, count: many } of gate.beyond) {
    const text = `${count(many, "change")} of ${words(kind)}: the live state holds nothing of it, so no policy judges it`;
    lines.push(...page.say(text, 0, "! ").map((line) => page.paint.yellow(line)));
  }
  return lines;
}

function changes({ gate }: GateReport, page: Page): string[] {
  if (gate.changes.length === 0) return page.say("Nothing changes in what is looked at.", 0);
  const lines = page.heading(`What changes: ${count(gate.changes.length, "row")}`);
  const shown = first(gate.changes, page.bounds.groups * 2);
  for (const { action, kind, id, name, fields, unknown: open, at } of shown) {
    const what = fields.length === 0 ? "" : `: ${listed(fields, page.bounds.groups)}`;
    const left = open.length === 0 ? "" : `; known only after the change: ${listed(open, page.bounds.groups)}`;
    const text = `${words(kind)} ${words(name ?? id)}${what} (${words(placeOf(at))})${left}`;
    lines.push(...page.say(text, 2, `${signs[action]} `, page.bounds.lines));
  }
  return [...lines, ...andMore(gate.changes.length, shown.length, "gate.changes", page)];
}

function access({ gate }: GateReport, page: Page): string[] {
  if (gate.access.length === 0) return [];
  const lines = page.heading("For whom");
  const shown = first(gate.access, page.bounds.groups * 2);
  for (const each of shown) {
    const verb = each.change === "changes" ? "holds under other conditions" : each.change;
    lines.push(...page.say(`${words(whoOf(each))} ${verb} ${words(rightOf(each))}`, 2, "", page.bounds.lines));
  }
  return [...lines, ...andMore(gate.access.length, shown.length, "gate.access", page)];
}

function unknown({ gate }: GateReport, page: Page): string[] {
  const { undecided, unknown: results } = gate;
  if (undecided.length === 0 && results.length === 0 && gate.unread.length === 0) return [];
  const lines = page.heading("Not known before it is made").map((line) => page.paint.yellow(line));
  for (const { kind, scope, cause, policies, at } of first(undecided, page.bounds.groups)) {
    const which =
      policies.length === 0 ? "no policy in force needs it" : `undecided: ${listed(policies, page.bounds.examples)}`;
    lines.push(...page.say(`${words(placeOf(at))}: ${words(cause)} (${words(kind)} in ${words(scope)})`, 2, "? "));
    lines.push(...page.say(which, 4));
  }
  lines.push(...andMore(undecided.length, first(undecided, page.bounds.groups).length, "gate.undecided", page));
  for (const { policy, cause, count: many, resources } of first(results, page.bounds.groups)) {
    lines.push(
      ...page.say(`${words(policy)}: ${count(many, "result")} unknown: ${words(cause)}`, 2, "? ", page.bounds.lines),
    );
    for (const id of resources.slice(0, page.bounds.examples)) lines.push(page.id(id, 4, "such as "));
  }
  return [...lines, ...andMore(results.length, first(results, page.bounds.groups).length, "gate.unknown", page)];
}

function fixed({ fixed: mended }: GateReport, page: Page): string[] {
  if (mended.length === 0) return [];
  const lines = page.heading(`Mended: ${count(mended.length, "finding")}`);
  const shown = first(mended, page.bounds.groups);
  for (const { policy, resource } of shown) lines.push(page.id(`${policy} on ${resource}`, 2, "- "));
  return [...lines, ...andMore(mended.length, shown.length, "fixed", page)];
}

function review({ gate }: GateReport, page: Page): string[] {
  const told = gate.review;
  if (told === undefined || told.changes.length === 0) return [];
  const lines = page.heading("What decides changes too");
  for (const { file, what, owners } of told.changes) {
    const who = owners.length === 0 ? "nobody has to review it (CODEOWNERS)" : `for ${listed(owners, 5)} to review`;
    lines.push(...page.say(`${words(file)}: ${who}`, 2, owners.length === 0 ? "! " : "- "));
    for (const each of first(what, page.bounds.groups)) lines.push(...page.say(words(each), 4, "", page.bounds.lines));
    lines.push(...andMore(what.length, first(what, page.bounds.groups).length, "gate.review", page));
  }
  return lines;
}

function verdict(report: GateReport, shown: GateReport, page: Page, options: TerminalOptions): string[] {
  const { state, text, worst } = verdictOf(shown, { ...options, failOn: words(options.failOn) });
  const lines = options.out === null ? [] : [page.id(options.out, 0, "Files: ")];
  const counts = report.gate.counts === "all" ? "everything counts (--all)" : "what the change brings";
  lines.push(
    ...page
      .say(`${counts}: ${text}`, 0, `${state}: `)
      .map((line, index) => (index === 0 ? stateColor(state, page)(line) : line)),
  );
  const open = openOf(report.gate);
  lines.push(...page.say(open === "" ? "All of it was decided." : `${open}.`, 0));
  const next = worst === null ? null : page.explain(worst);
  return next === null ? lines : [...lines, ...page.say(next, 0, "Next: ")];
}
