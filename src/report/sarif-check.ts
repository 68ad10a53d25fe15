import { gzipSync } from "node:zlib";
import { limits } from "./sarif.ts";

/**
 * What GitHub does with a file that breaks a rule: it refuses the whole upload, it takes the result for something else than
 * was meant, or it keeps only a part.
 */
export type SarifConsequence = "refuses" | "misreads" | "cuts";

/** One thing in a SARIF file that GitHub refuses, misreads or does not show. */
export interface SarifProblem {
  /** A stable code, one for each rule. */
  code: string;
  /** What GitHub would do. */
  github: SarifConsequence;
  /** Where it stands, as `runs[0].results[3].locations`; empty for the file as a whole. */
  path: string;
  message: string;
}

type Fields = Record<string, unknown>;

const most = {
  extensions: 100,
  locationsTaken: 1_000,
  locationsShown: 100,
  threadFlowLocations: 10_000,
  ruleName: 255,
  depth: 100,
} as const;

/**
 * What GitHub code scanning asks of a SARIF file, by its documentation and by what its service was seen to refuse,
 * as far as the JSON schemas of SARIF do not say it. One bad result loses the whole upload.
 *
 * @param sarif the parsed file
 */
export function checkSarif(sarif: unknown): SarifProblem[] {
  const check = new Check();
  check.log(sarif);
  return check.problems;
}

/**
 * Rules that lose no upload (docs.github.com, SARIF support for code scanning, and what was seen of its service); every
 * other does.
 */
const consequences: Readonly<Record<string, SarifConsequence>> = {
  "results-not-shown": "cuts",
  "tags-not-shown": "cuts",
  "locations-not-shown": "cuts",
  "rule-text-length": "cuts",
  "rule-name-length": "cuts",
  "rule-repeated": "misreads",
  precision: "misreads",
  "problem-severity": "misreads",
  tags: "misreads",
  "result-rule": "misreads",
  "result-rule-index": "misreads",
  "message-arguments": "misreads",
  kind: "misreads",
  suppressions: "misreads",
  "baseline-absent": "misreads",
  fingerprint: "misreads",
  "fingerprint-form": "misreads",
  "uri-outside": "misreads",
  "uri-base": "misreads",
  region: "misreads",
  "region-order": "misreads",
  snippet: "misreads",
  "empty-text": "misreads",
};

class Check {
  readonly problems: SarifProblem[] = [];
  readonly #told = new Set<string>();

  #tell(code: string, path: string, message: string): void {
    this.problems.push({ code, github: consequences[code] ?? "refuses", path, message });
    this.#told.add(path);
  }

  log(sarif: unknown): void {
    const log = fields(sarif);
    if (log === null) {
      this.#tell("not-sarif", "", "the file is not a JSON object");
      return;
    }
    if (!isText(log.$schema)) this.#tell("schema-uri", "$schema", "$schema must name the schema of SARIF 2.1.0");
    if (log.version !== "2.1.0") this.#tell("version", "version", 'version must be "2.1.0"');
    const runs = log.runs;
    if (!Array.isArray(runs) || runs.length === 0) {
      this.#tell("runs", "runs", "runs must be a list with at least one run");
      return;
    }
    if (runs.length > limits.runs) {
      this.#tell("too-many-runs", "runs", `${runs.length} runs; a file with more than ${limits.runs} is refused`);
    }
    const categories = new Map<string, string>();
    runs.forEach((run: unknown, index) => {
      this.#run(fields(run) ?? {}, `runs[${index}]`, categories);
    });
    this.#texts(log, "", 0);
    this.#size(log);
  }

  #run(run: Fields, path: string, categories: Map<string, string>): void {
    const tool = fields(run.tool) ?? {};
    const driver = fields(tool.driver) ?? {};
    const name = driver.name;
    if (!isText(name)) this.#tell("tool-name", `${path}.tool.driver.name`, "the tool has no name");

    const id = fields(run.automationDetails)?.id;
    const category = JSON.stringify([name ?? null, isText(id) ? id.slice(0, id.lastIndexOf("/") + 1) : ""]);
    const before = categories.get(category);
    if (before !== undefined) {
      this.#tell(
        "category-repeated",
        `${path}.automationDetails.id`,
        `the same tool and category as ${before}: automationDetails.id must differ before its last slash`,
      );
    } else {
      categories.set(category, path);
    }

    const extensions = list(tool.extensions) ?? [];
    if (extensions.length > most.extensions) {
      this.#tell("too-many-extensions", `${path}.tool.extensions`, `at most ${most.extensions} are taken`);
    }
    const rules = list(driver.rules);
    if (rules === null) {
      this.#tell("rules", `${path}.tool.driver.rules`, "rules must be a list; an empty one if there are none");
    }
    const known = this.#rules(rules ?? [], `${path}.tool.driver.rules`);
    const elsewhere = new Set<string>();
    extensions.forEach((extension, index) => {
      const own = this.#rules(list(fields(extension)?.rules) ?? [], `${path}.tool.extensions[${index}].rules`);
      for (const each of own) if (each !== null) elsewhere.add(each);
    });

    const results = list(run.results);
    if (results === null) {
      this.#tell("results", `${path}.results`, "results must be a list; an empty one if there are none");
      return;
    }
    if (results.length > limits.resultsTaken) {
      this.#tell("too-many-results", `${path}.results`, `more than ${limits.resultsTaken} results are refused`);
    } else if (results.length > limits.resultsShown) {
      this.#tell(
        "results-not-shown",
        `${path}.results`,
        `of ${results.length} results ${limits.resultsShown} are shown; which, GitHub decides`,
      );
    }
    const bases = fields(run.originalUriBaseIds) ?? {};
    const ruleIds = new Set(known);
    results.forEach((result, index) => {
      const at = `${path}.results[${index}]`;
      const each = fields(result) ?? {};
      this.#resultRule(each, at, known, ruleIds, elsewhere);
      this.#result(each, at, bases);
    });
  }

  /** @returns the id of each rule, null where it has none */
  #rules(rules: readonly unknown[], path: string): (string | null)[] {
    if (rules.length > limits.rules) {
      this.#tell("too-many-rules", path, `${rules.length} rules; more than ${limits.rules} are refused`);
    }
    const seen = new Set<string>();
    return rules.map((value, index) => {
      const rule = fields(value) ?? {};
      const at = `${path}[${index}]`;
      this.#rule(rule, at);
      if (!isText(rule.id)) {
        this.#tell("rule-id", `${at}.id`, "a rule must have an id");
        return null;
      }
      if (seen.has(rule.id)) this.#tell("rule-repeated", `${at}.id`, `there is another rule ${shown(rule.id)}`);
      seen.add(rule.id);
      return rule.id;
    });
  }

  #rule(rule: Fields, path: string): void {
    for (const field of ["shortDescription", "fullDescription", "help"]) {
      const text = fields(rule[field])?.text;
      if (!isText(text)) this.#tell("rule-text", `${path}.${field}.text`, `a rule must have ${field}.text`);
      else if (field !== "help" && text.length > limits.ruleText) {
        this.#tell("rule-text-length", `${path}.${field}.text`, `at most ${limits.ruleText} characters`);
      }
    }
    if (typeof rule.name === "string" && rule.name.length > most.ruleName) {
      this.#tell("rule-name-length", `${path}.name`, `at most ${most.ruleName} characters`);
    }
    const level = fields(rule.defaultConfiguration)?.level;
    if (level !== undefined && !isOneOf(level, ["note", "warning", "error"])) {
      this.#tell("rule-level", `${path}.defaultConfiguration.level`, "must be note, warning or error");
    }
    const properties = fields(rule.properties) ?? {};
    const { tags, precision } = properties;
    if (tags !== undefined) {
      const all = list(tags);
      if (all === null || !all.every(isText)) this.#tell("tags", `${path}.properties.tags`, "must be a list of texts");
      else if (all.length > limits.tagsTaken) {
        this.#tell("too-many-tags", `${path}.properties.tags`, `more than ${limits.tagsTaken} tags are refused`);
      } else if (all.length > limits.tagsShown) {
        this.#tell("tags-not-shown", `${path}.properties.tags`, `only ${limits.tagsShown} tags are kept`);
      }
    }
    if (precision !== undefined && !isOneOf(precision, ["very-high", "high", "medium", "low"])) {
      this.#tell("precision", `${path}.properties.precision`, "must be very-high, high, medium or low");
    }
    const problemSeverity = properties["problem.severity"];
    if (problemSeverity !== undefined && !isOneOf(problemSeverity, ["error", "warning", "recommendation"])) {
      this.#tell(
        "problem-severity",
        `${path}.properties["problem.severity"]`,
        "must be error, warning or recommendation",
      );
    }
    const security = properties["security-severity"];
    if (security !== undefined && !isSecuritySeverity(security)) {
      this.#tell(
        "security-severity",
        `${path}.properties["security-severity"]`,
        "must be a number above 0.0 and up to 10.0, written as text",
      );
    }
  }

  #resultRule(
    result: Fields,
    path: string,
    rules: readonly (string | null)[],
    ids: ReadonlySet<string | null>,
    elsewhere: ReadonlySet<string>,
  ): void {
    const reference = fields(result.rule);
    const id = result.ruleId ?? reference?.id;
    const index = result.ruleIndex ?? reference?.index;
    if (id === undefined && index === undefined) {
      this.#tell("result-rule", `${path}.ruleId`, "the result names no rule");
      return;
    }
    if (id !== undefined && !(typeof id === "string" && (ids.has(id) || elsewhere.has(id)))) {
      this.#tell("result-rule", `${path}.ruleId`, `there is no rule ${shown(String(id))}`);
      return;
    }
    if (index === undefined || index === -1 || reference?.toolComponent !== undefined) return;
    const rule = typeof index === "number" ? rules[index] : undefined;
    if (rule === undefined || (typeof id === "string" && rule !== id && ids.has(id))) {
      this.#tell(
        "result-rule-index",
        `${path}.ruleIndex`,
        "the rule at this index is not the one that the result names",
      );
    }
  }

  #result(result: Fields, path: string, bases: Fields): void {
    const message = fields(result.message) ?? {};
    if (!isText(message.text)) {
      this.#tell("message", `${path}.message.text`, "message.text must hold the words; message.id is not understood");
    } else if (message.arguments !== undefined) {
      this.#tell("message-arguments", `${path}.message.arguments`, "placeholders are not filled in");
    }
    if (result.level !== undefined && !isOneOf(result.level, ["none", "note", "warning", "error"])) {
      this.#tell("level", `${path}.level`, "must be note, warning or error");
    }
    if (result.kind !== undefined && result.kind !== "fail") {
      this.#tell(
        "kind",
        `${path}.kind`,
        `kind ${shown(String(result.kind))} is ignored: it opens an alert like a failure`,
      );
    }
    if (result.suppressions !== undefined) {
      this.#tell("suppressions", `${path}.suppressions`, "suppressions are ignored: the result opens an alert");
    }
    if (result.baselineState === "absent") {
      this.#tell("baseline-absent", `${path}.baselineState`, "baselineState is ignored: the result opens an alert");
    }
    const prints = fields(result.partialFingerprints);
    const print = prints?.primaryLocationLineHash;
    if (!isText(print)) {
      this.#tell(
        "fingerprint",
        `${path}.partialFingerprints.primaryLocationLineHash`,
        "without it all results of a rule on a line become one alert",
      );
    } else if (!/^[0-9a-f]+:[1-9]\d*$/.test(print)) {
      this.#tell(
        "fingerprint-form",
        `${path}.partialFingerprints.primaryLocationLineHash`,
        "must be hexadecimal digits, a colon and a count",
      );
    }
    this.#locations(result, path, bases);
    const flows = (list(result.codeFlows) ?? []).flatMap((flow) => list(fields(flow)?.threadFlows) ?? []);
    const steps = flows.reduce((sum: number, flow) => sum + (list(fields(flow)?.locations) ?? []).length, 0);
    if (steps > most.threadFlowLocations) {
      this.#tell("too-many-flow-locations", `${path}.codeFlows`, `more than ${most.threadFlowLocations} are refused`);
    }
  }

  #locations(result: Fields, path: string, bases: Fields): void {
    const locations = list(result.locations) ?? [];
    if (locations.length === 0) {
      this.#tell("locations", `${path}.locations`, "a result must have a location; without one the upload is refused");
    } else if (locations.length > most.locationsTaken) {
      this.#tell("too-many-locations", `${path}.locations`, `more than ${most.locationsTaken} are refused`);
    } else if (locations.length > most.locationsShown) {
      this.#tell("locations-not-shown", `${path}.locations`, `only ${most.locationsShown} are kept`);
    }
    locations.forEach((location, index) => {
      this.#location(fields(location) ?? {}, `${path}.locations[${index}]`, bases);
    });
  }

  #location(location: Fields, path: string, bases: Fields): void {
    const physical = fields(location.physicalLocation);
    if (physical === null) {
      this.#tell("physical-location", `${path}.physicalLocation`, "a location must name a file of the repository");
      return;
    }
    const at = `${path}.physicalLocation`;
    const artifact = fields(physical.artifactLocation) ?? {};
    const uri = artifact.uri;
    if (!isText(uri)) this.#tell("artifact-uri", `${at}.artifactLocation.uri`, "a location must name a file");
    else this.#uri(uri, `${at}.artifactLocation.uri`);
    const base = artifact.uriBaseId;
    if (base !== undefined && !(typeof base === "string" && Object.hasOwn(bases, base))) {
      this.#tell(
        "uri-base",
        `${at}.artifactLocation.uriBaseId`,
        "originalUriBaseIds of the run does not say what it is",
      );
    }
    const region = fields(physical.region);
    if (region === null) {
      this.#tell("region", `${at}.region`, "a location must say the line");
      return;
    }
    const [startLine, startColumn, endLine, endColumn] = ["startLine", "startColumn", "endLine", "endColumn"].map(
      (field) => region[field],
    );
    if (![startLine, startColumn, endLine, endColumn].every(isCount)) {
      this.#tell(
        "region",
        `${at}.region`,
        "startLine, startColumn, endLine and endColumn must be whole numbers from 1",
      );
    } else if (
      Number(endLine) < Number(startLine) ||
      (endLine === startLine && Number(endColumn) < Number(startColumn))
    ) {
      this.#tell("region-order", `${at}.region`, "the region ends before it starts");
    }
    for (const holder of ["region", "contextRegion"]) {
      if (fields(physical[holder])?.snippet !== undefined) {
        this.#tell("snippet", `${at}.${holder}.snippet`, "a snippet copies text of the estate into the upload, unseen");
      }
    }
  }

  #uri(uri: string, path: string): void {
    if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri)) {
      this.#tell("uri-scheme", path, `must be relative to the root of the repository, without a scheme: ${shown(uri)}`);
    } else if (!/^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})+$/.test(uri)) {
      this.#tell("uri-form", path, `must be a path as a URI, other characters percent-encoded: ${shown(uri)}`);
    } else if (uri.startsWith("/") || uri.split("/").includes("..")) {
      this.#tell("uri-outside", path, `must not leave the repository: ${shown(uri)}`);
    }
  }

  /** GitHub does not take an empty text for a value; what is in property bags it does not read. */
  #texts(value: unknown, path: string, depth: number): void {
    if (value === "") {
      if (!this.#told.has(path)) this.#tell("empty-text", path, "an empty text does not count as a value");
      return;
    }
    if (value === null || typeof value !== "object") return;
    if (depth > most.depth) {
      this.#tell("too-deep", path, `nested more than ${most.depth} levels deep`);
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      const at = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      if (key !== "properties") this.#texts(item, at, depth + 1);
    }
  }

  #size(log: Fields): void {
    let text: string;
    try {
      text = JSON.stringify(log);
    } catch {
      this.#tell("too-deep", "", "nested too deeply to be written out");
      return;
    }
    // gzip adds a few bytes to what it cannot compress.
    if (text.length * 3 < limits.bytes) return;
    const bytes = gzipSync(text).length;
    if (bytes > limits.bytes) {
      this.#tell("file-size", "", `${bytes} bytes when compressed; more than ${limits.bytes} are refused`);
    }
  }
}

function fields(value: unknown): Fields | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : null;
}

function list(value: unknown): unknown[] | null {
  return Array.isArray(value) ? value : null;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return typeof value === "string" && words.includes(value);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

function isSecuritySeverity(value: unknown): boolean {
  if (typeof value !== "string" || !/^\d{1,2}(?:\.\d+)?$/.test(value)) return false;
  return Number(value) > 0 && Number(value) <= 10;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
