import { gzipSync } from "node:zlib";
import type {
  Invocation,
  Log,
  Message,
  Notification,
  ReportingDescriptor,
  Result,
  Run,
  Location as SarifLocation,
  ToolComponent,
} from "sarif";
import type { Finding, Location, Report, ReportPolicy } from "../resources/generated.ts";
import { fenced } from "../resources/markdown.ts";
import { type Severity, severityRank } from "../resources/severity.ts";
import { soc2Gist } from "../resources/soc2.ts";
import { codeLines, isLink, longestText, markdown } from "./markup.ts";
import { byCodeUnits, cut, prose, safeJson, visible, wellFormed } from "./text.ts";

/** The run of findings that are in no environment or in several. */
export const tenant = "tenant";

/** What GitHub takes, from its documentation. */
export const limits = {
  /** Of the file, compressed by gzip. */
  bytes: 10_000_000,
  runs: 20,
  resultsTaken: 25_000,
  resultsShown: 5_000,
  rules: 25_000,
  tagsTaken: 20,
  tagsShown: 10,
  ruleText: 1_024,
} as const;

const longestName = 255;
const longestPath = 4_096;
const mostNotifications = 100;

export interface SarifOptions {
  /** Every environment of the configuration that was looked at: each has its run, a clean one too. */
  environments: readonly string[];
  /** Runs that must not be written, with the reason: an upload would close the alerts of what was not looked at. */
  withhold?: Readonly<Record<string, string>>;
  /** Where a finding without a location, or with one outside the repository, is shown. */
  fallback?: Location;
}

export interface Sarif {
  /** null where no run may be written: then there must be no file, so that nothing is uploaded. */
  text: string | null;
  /** The environments that have a run. */
  runs: string[];
  leftOut: { environment: string; because: string }[];
  counts: {
    results: number;
    /** Failures of this report that no waiver covers and that the file does not hold. */
    notShown: number;
    /** Results of the file by how their place was found. */
    byPlace: Record<string, number>;
  };
}

/** What stands in one run before it is written out. */
interface Place {
  name: string;
  findings: Shown[];
  undecided: ReportPolicy[];
}

interface Shown {
  finding: Finding;
  /** When it was last seen, where this report could not look; null for a finding of this report. */
  notVerifiedSince: string | null;
}

/**
 * SARIF 2.1.0 as GitHub code scanning takes it: a run for each environment and one named `tenant`.
 *
 * An upload closes every alert of a run that is not in it. So where a policy was not decided, what the baseline had
 * found stays in the run, and without a baseline the run is left out.
 */
export function renderSarif(report: Report, options: SarifOptions): Sarif {
  const { places, leftOut } = placesOf(report, options);
  const wanted = shownOf(report).length;
  for (let most: number = limits.resultsShown; ; most = Math.floor(most / 2)) {
    const shown = places.map((place) => ({ ...place, findings: place.findings.slice(0, most) }));
    const all = shown.flatMap((place) => place.findings);
    const byPlace: Record<string, number> = {};
    for (const { finding } of all) {
      const { by } = anchor(finding.location, options);
      byPlace[by] = (byPlace[by] ?? 0) + 1;
    }
    const counts = {
      results: all.length,
      notShown: wanted - all.filter((each) => each.notVerifiedSince === null).length,
      byPlace,
    };
    const names = shown.map((place) => place.name);
    if (shown.length === 0) return { text: null, runs: names, leftOut, counts };
    const log: Log = {
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: shown.map((place, index) => renderRun(report, place, places[index]?.findings.length ?? 0, options)),
    };
    const text = safeJson(log);
    if (most <= 1 || text.length < limits.bytes || gzipSync(text).length < limits.bytes) {
      return { text, runs: names, leftOut, counts };
    }
  }
}

/** A failure that no waiver covers: GitHub would open an alert for anything else too, whatever the result says of itself. */
function isOpen(finding: Finding): boolean {
  return finding.outcome === "fail" && finding.waiver === null;
}

/** The failures that the file is about: of the gate only those that count, so that none is told of twice. */
function shownOf(report: Report): Finding[] {
  const open = report.findings.filter(isOpen);
  return report.gate?.counts === "new" ? open.filter(({ baseline }) => baseline === "new") : open;
}

function placesOf(report: Report, options: SarifOptions): { places: Place[]; leftOut: Sarif["leftOut"] } {
  const names = [...new Set([...options.environments, tenant])];
  const known = new Set(names);
  const placeOf = (finding: Finding): string => {
    if (finding.alertIn !== undefined && known.has(finding.alertIn)) return finding.alertIn;
    const [first, ...others] = finding.resource.environments ?? [];
    return first !== undefined && others.length === 0 && known.has(first) ? first : tenant;
  };
  const byPlace = Map.groupBy(shownOf(report), placeOf);
  // A policy that is no longer in force closes its alerts: somebody decided that, and the report lists it.
  const inForce = new Set(report.policies.map((each) => each.id));
  const notSeen = report.gate?.counts === "new" ? [] : report.unverified;
  const unverified = notSeen.filter(({ finding }) => isOpen(finding) && inForce.has(finding.policy));
  const leftOut: Sarif["leftOut"] = [];
  const places: Place[] = [];
  // The tenant's run is last in the file but never the one that is too many.
  const room = limits.runs - 1;
  let environments = 0;
  for (const name of names) {
    const undecided = report.policies.filter((policy) => isUndecidedIn(policy, name, known));
    const because =
      (options.withhold !== undefined && Object.hasOwn(options.withhold, name) ? options.withhold[name] : undefined) ??
      cannotTell(undecided, report);
    if (because !== null) {
      leftOut.push({ environment: name, because });
      continue;
    }
    if (name !== tenant && environments === room) {
      leftOut.push({
        environment: name,
        because: `GitHub takes at most ${limits.runs} runs in a file; scan these environments in a job of their own (--environment)`,
      });
      continue;
    }
    if (name !== tenant) environments++;
    const own = (byPlace.get(name) ?? []).map((finding) => ({ finding, notVerifiedSince: null }));
    const carried = unverified
      .filter(({ finding }) => placeOf(finding) === name)
      .map(({ finding, since }) => ({ finding, notVerifiedSince: since }));
    places.push({ name, findings: [...own, ...carried].sort(worstFirst), undecided });
  }
  return { places, leftOut };
}

/** An environment that is not of the configuration counts as the tenant; a policy that says no more, as undecided everywhere. */
function isUndecidedIn(policy: ReportPolicy, place: string, known: ReadonlySet<string>): boolean {
  if (policy.undecidedIn.length === 0) return !policy.decided;
  return policy.undecidedIn.some((each) => (known.has(each) ? each : tenant) === place);
}

/** Why an upload of this run might close an alert falsely; null where it cannot. */
function cannotTell(undecided: readonly ReportPolicy[], report: Report): string | null {
  // The alerts of a gate are about one plan, and close none of the nightly scan: they have a category of their own.
  if (undecided.length === 0 || report.inputs.baseline !== null || report.gate !== undefined) return null;
  return `not decided there: ${some(undecided)}; and there is no baseline to say what was found before`;
}

function some(policies: readonly ReportPolicy[]): string {
  const names = policies.slice(0, 3).map((policy) => cut(visible(policy.id), longestName));
  const more = policies.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

function worstFirst(a: Shown, b: Shown): number {
  return (
    severityRank(a.finding.severity) - severityRank(b.finding.severity) ||
    byCodeUnits(a.finding.policy, b.finding.policy) ||
    byCodeUnits(a.finding.resource.id, b.finding.resource.id) ||
    byCodeUnits(a.finding.key ?? "", b.finding.key ?? "") ||
    byCodeUnits(a.finding.id, b.finding.id)
  );
}

function renderRun(report: Report, place: Place, found: number, options: SarifOptions): Run {
  const policies = rulesFor(report, place.findings);
  const criteria = [...new Set(policies.flatMap(criteriaOf))].sort(byCodeUnits);
  const rules = policies.map((policy) => renderRule(policy, criteria));
  const indices = new Map(policies.map((policy, index) => [policy.id, index]));
  const version = visible(report.run.tool.version);
  const driver: ToolComponent = { name: "leastwise" };
  if (semanticVersion.test(version)) driver.semanticVersion = version;
  else if (version !== "") driver.version = version;
  driver.rules = rules;
  const run: Run = {
    tool: { driver },
    automationDetails: {
      id: `leastwise/${report.gate === undefined ? "" : "gate/"}${part(place.name)}/${part(report.run.id)}`,
    },
    columnKind: "utf16CodeUnits",
    invocations: [renderInvocation(report, place, found, options)],
    results: place.findings.map((shown) => renderResult(shown, indices, options)),
    properties: { collectedAt: report.run.collectedAt, now: report.run.now },
  };
  if (criteria.length > 0) {
    driver.supportedTaxonomies = [{ name: taxonomy, index: 0 }];
    run.taxonomies = [
      {
        name: taxonomy,
        shortDescription: { text: "Trust services criteria that the policies support, each in words of our own." },
        isComprehensive: false,
        taxa: criteria.map((id) => {
          const gist = soc2Gist(id);
          return gist === null ? { id } : { id, shortDescription: { text: gist } };
        }),
      },
    ];
  }
  return run;
}

const taxonomy = "SOC 2";
const semanticVersion = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** One part of a category: what stands before the last slash must be the same from run to run. */
function part(text: string): string {
  return encodeURIComponent(wellFormed(text)) || "-";
}

/** The policies that results name, then the others in force, as far as there is room; each once, by id. */
function rulesFor(report: Report, shown: readonly Shown[]): ReportPolicy[] {
  const byId = new Map(report.policies.map((policy) => [policy.id, policy]));
  const chosen = new Map<string, ReportPolicy>();
  for (const { finding } of shown) {
    if (!chosen.has(finding.policy)) chosen.set(finding.policy, byId.get(finding.policy) ?? unlisted(finding));
  }
  for (const policy of report.policies) {
    if (chosen.size >= limits.rules) break;
    if (!chosen.has(policy.id)) chosen.set(policy.id, policy);
  }
  return [...chosen.values()].sort((a, b) => byCodeUnits(a.id, b.id));
}

/** A finding never goes without a rule, even where the report does not list its policy. */
function unlisted(finding: Finding): ReportPolicy {
  return {
    id: finding.policy,
    title: finding.policy,
    severity: finding.severity,
    confidence: "likely",
    digest: "",
    file: "",
    target: finding.resource.kind,
    controls: { soc2: [] },
    reasons: {},
    params: {},
    help: {
      rationale: finding.rationale,
      remediation: finding.remediation === null ? null : { ...finding.remediation, code: null },
      references: [],
    },
    decided: true,
    undecidedIn: [],
    population: { inScope: 0, pass: 0, fail: 0, waived: 0, unknown: 0, notApplicable: 0 },
  };
}

function criteriaOf(policy: ReportPolicy): string[] {
  return [...new Set(policy.controls.soc2.map((id) => cut(visible(id), longestName)))].filter((id) => id !== "");
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
};

/** The middle of each of GitHub's ranges: at their edges its documentation and its service may differ. */
const securitySeverities: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
};

function renderRule(policy: ReportPolicy, criteria: readonly string[]): ReportingDescriptor {
  const id = ruleId(policy.id);
  const title = plain(policy.title, limits.ruleText) || id;
  const rationale = plain(policy.help.rationale ?? "", limits.ruleText);
  const rule: ReportingDescriptor = {
    id,
    shortDescription: { text: title },
    fullDescription: { text: rationale || title },
    help: { text: helpText(policy) || title, markdown: helpMarkdown(policy) || markdown(title) },
    defaultConfiguration: { level: levels[policy.severity] },
    properties: {
      tags: tagsOf(policy),
      precision: policy.confidence === "certain" ? "high" : "medium",
      "security-severity": securitySeverities[policy.severity],
    },
  };
  const helpUri = policy.help.references.find(isLink);
  if (helpUri !== undefined) rule.helpUri = helpUri;
  const supported = criteriaOf(policy);
  if (supported.length > 0) {
    rule.relationships = supported.map((criterion) => {
      const reason = Object.hasOwn(policy.reasons, criterion) ? plain(policy.reasons[criterion] ?? "") : "";
      const target = { id: criterion, index: criteria.indexOf(criterion), toolComponent: { name: taxonomy, index: 0 } };
      return reason === ""
        ? { target, kinds: ["relevant"] }
        : { target, kinds: ["relevant"], description: { text: reason } };
    });
  }
  return rule;
}

function ruleId(policy: string): string {
  return cut(visible(policy), longestName) || "unnamed";
}

function tagsOf(policy: ReportPolicy): string[] {
  const criteria = criteriaOf(policy).sort(byCodeUnits);
  const tags = ["security", "compliance"];
  if (policy.id.startsWith("secrets/")) tags.push("external/cwe/cwe-798");
  if (criteria.length > 0) tags.push("soc2", ...criteria.map((criterion) => `soc2/${criterion}`));
  return tags.slice(0, limits.tagsShown);
}

function helpText(policy: ReportPolicy): string {
  const { rationale, remediation, references } = policy.help;
  const command = codeLines(remediation?.command ?? null);
  const code = codeLines(remediation?.code ?? null);
  return [
    plain(rationale ?? ""),
    plain(remediation?.text ?? ""),
    command.map((line) => plainSpecials(`    ${line}`)).join("\n"),
    code.map((line) => plainSpecials(`    ${line}`)).join("\n"),
    references
      .map((each) => plain(each))
      .filter((each) => each !== "")
      .join("\n"),
  ]
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

function helpMarkdown(policy: ReportPolicy): string {
  const { rationale, remediation, references } = policy.help;
  const command = codeLines(remediation?.command ?? null).join("\n");
  const code = codeLines(remediation?.code ?? null).join("\n");
  const paragraphs: string[] = [];
  if (rationale !== null && prose(rationale) !== "") paragraphs.push(markdown(rationale));
  const mend = markdown(remediation?.text ?? "");
  if (mend !== "" || command !== "") paragraphs.push("**How to mend it**");
  if (mend !== "") paragraphs.push(mend);
  if (command !== "") paragraphs.push(fenced("sh", command));
  if (code !== "") paragraphs.push(fenced("", code));
  const links = references
    .map((each) => (isLink(each) ? `- <${each}>` : `- ${markdown(each)}`))
    .filter((line) => line !== "- ");
  if (links.length > 0) paragraphs.push(links.join("\n"));
  return paragraphs.join("\n\n");
}

/** A sentence as SARIF's plain text takes it, at most `longest` UTF-16 code units. */
function plain(text: string, longest: number = longestText): string {
  const words = prose(text);
  const whole = plainSpecials(cut(words, longest));
  // Escaping at most doubles a text; cutting what is escaped could leave half an escape.
  return whole.length <= longest ? whole : plainSpecials(cut(words, Math.floor(longest / 2)));
}

/**
 * SARIF reads three things in plain text. `[words](target)` is a link and `<scheme:target>` becomes one where a viewer
 * takes the text for Markdown: a backslash breaks both. `{0}` is a place to fill in: where one stands, every brace of
 * the text is doubled, as the standard asks. All other text stays as it is.
 */
function plainSpecials(text: string): string {
  const linked = text
    .replace(/(?<slashes>\\*)\]\(/g, (match, slashes: string) => (slashes.length % 2 === 0 ? `${slashes}\\](` : match))
    .replace(/(?<slashes>\\*)<(?=[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>)/g, (match, slashes: string) =>
      slashes.length % 2 === 0 ? `${slashes}\\<` : match,
    );
  return /\{\d+\}/.test(linked) ? linked.replace(/[{}]/g, (brace) => brace + brace) : linked;
}

function renderResult(shown: Shown, rules: ReadonlyMap<string, number>, options: SarifOptions): Result {
  const { finding, notVerifiedSince } = shown;
  const result: Result = {
    ruleId: ruleId(finding.policy),
    ruleIndex: rules.get(finding.policy) ?? -1,
    level: levels[finding.severity],
    message: { text: plain(finding.message) || ruleId(finding.policy) },
    locations: [renderLocation(finding.alert ?? finding.location, finding, options)],
    partialFingerprints: { primaryLocationLineHash: `${finding.id}:1` },
  };
  // GitHub shows only the first location, which has to stay where the alert was opened.
  if (finding.alert !== undefined)
    result.relatedLocations = [{ id: 1, ...renderLocation(finding.location, finding, options) }];
  const properties: Record<string, unknown> = {
    finding: finding.id,
    kind: finding.resource.kind,
    environments: finding.resource.environments,
    firstSeen: finding.firstSeen,
  };
  if (finding.key !== null) properties.key = cut(finding.key, longestText);
  if (notVerifiedSince !== null) {
    result.baselineState = "unchanged";
    properties.notVerifiedSince = notVerifiedSince;
  } else if (finding.baseline !== null) {
    result.baselineState = finding.baseline === "new" ? "new" : "unchanged";
  }
  result.properties = properties;
  return result;
}

function renderLocation(place: Location | null, finding: Finding, options: SarifOptions): SarifLocation {
  const { uri, line, column } = anchor(place, options);
  const id = finding.resource.id;
  const name = cut(visible(finding.resource.name ?? ""), longestName) || cut(visible(lastPart(id)), longestName);
  return {
    physicalLocation: {
      artifactLocation: { uri },
      region: { startLine: line, startColumn: column, endLine: line, endColumn: column + 1 },
    },
    logicalLocations: [{ name: name || finding.id, fullyQualifiedName: id || finding.id, kind: "resource" }],
  };
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1) || id;
}

const firstLine: Location = { file: "leastwise.yaml", line: 1, column: 1, by: "configuration" };

/** Where a result is shown: its own place if that is a path in the repository, else the fallback, else the first line. */
function anchor(location: Location | null, options: SarifOptions): Location & { uri: string } {
  for (const each of [location, options.fallback ?? null]) {
    const uri = each === null ? null : relativeUri(each.file);
    if (each !== null && uri !== null) return { ...each, line: small(each.line), column: small(each.column), uri };
  }
  return { ...firstLine, uri: firstLine.file };
}

function small(count: number): number {
  return Math.min(Math.max(count, 1), 2 ** 31 - 2);
}

/** A path from the root of the repository as a URI, or null for one that leads out of it or nowhere. */
function relativeUri(file: string): string | null {
  const path = file.replaceAll("\\", "/");
  if (path.length > longestPath || path.startsWith("/") || /^[A-Za-z]:\/|^[A-Za-z][A-Za-z0-9+.-]+:\//.test(path)) {
    return null;
  }
  const parts: string[] = [];
  for (const each of path.split("/")) {
    if (each === "" || each === ".") continue;
    if (each !== "..") parts.push(each);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.map((each) => encodeURIComponent(wellFormed(each))).join("/");
}

/** Whether all of this place could be seen, and if not, what was missing: true even where GitHub does not look. */
function renderInvocation(report: Report, place: Place, found: number, options: SarifOptions): Invocation {
  const unread = report.unread.filter(
    (each) =>
      each.environments.length === 0 ||
      each.environments.some((name) => (options.environments.includes(name) ? name : tenant) === place.name),
  );
  const notes: Notification[] = unread.slice(0, mostNotifications).map((each) => {
    const status = each.status === null ? "" : ` (${each.status})`;
    const permission = each.permission === null ? "" : `; it needs ${each.permission}`;
    return note("error", `Not read: ${each.read}${status}: ${each.cause}${permission}`);
  });
  if (unread.length > mostNotifications) {
    notes.push(note("error", `${unread.length - mostNotifications} more scopes were not read; report.json lists them`));
  }
  for (const policy of place.undecided.slice(0, mostNotifications)) {
    const carried = place.findings.filter(
      (each) => each.notVerifiedSince !== null && each.finding.policy === policy.id,
    ).length;
    notes.push(
      note("error", `Not decided here: ${policy.id}; ${carried} of its findings stand as they were last seen`),
    );
  }
  if (found > place.findings.length) {
    notes.push(
      note("warning", `${found - place.findings.length} lesser findings are left out here; report.json holds them`),
    );
  }
  const invocation: Invocation = { executionSuccessful: unread.length === 0 && place.undecided.length === 0 };
  if (notes.length > 0) invocation.toolExecutionNotifications = notes;
  return invocation;
}

function note(level: "error" | "warning", text: string): Notification {
  const message: Message = { text: plain(text) };
  return { level, message };
}
