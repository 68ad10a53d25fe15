import type { Change, Finding, ReportPolicy, SeverityCounts } from "../resources/generated.ts";
import type { Severity } from "../resources/severity.ts";

/** Each level counts twice the next. */
const weights: Readonly<Record<Severity, number>> = { critical: 8, high: 4, medium: 2, low: 1 };

/** What findings weigh together. */
export function weightOf(findings: readonly Finding[]): number {
  return findings.reduce((sum, each) => sum + weights[each.severity], 0);
}

/** How many findings there are of each severity. */
export function countSeverities(findings: readonly Finding[]): SeverityCounts {
  const counts: SeverityCounts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

/**
 * The findings that no waiver covers, grouped by what mends them, each in one group. Two are mended by the same change
 * where
 *
 * - they are the same policy's on the same resource, under several keys;
 * - they are on the same resource, and the last step of their commands does the same, whatever its options;
 * - the last step is the same to the letter, and names what it is about;
 * - they are about the same credential.
 *
 * The last step is what closes a finding; those before prepare it. What is the same as a third is the same as each other.
 * @param findings worst first
 */
export function changesOf(findings: readonly Finding[], policies: readonly ReportPolicy[]): Change[] {
  const fixed = new Map(policies.map(({ id, help }) => [id, stepsOf(asWritten(help.remediation?.command ?? null))]));
  const groups = new Groups();
  const open = findings.filter(({ outcome }) => outcome === "fail");
  open.forEach((finding, index) => {
    for (const key of keysOf(finding, fixed.get(finding.policy) ?? [])) groups.join(index, key);
  });
  return [...Map.groupBy(open.keys(), (index) => groups.of(index)).values()]
    .map((indices) => changeOf(indices.flatMap((index) => open[index] ?? [])))
    .toSorted((a, b) => b.weight - a.weight || b.findings.length - a.findings.length);
}

function changeOf(findings: readonly Finding[]): Change {
  const [worst] = findings;
  if (worst === undefined) throw new Error("a change mends a finding");
  const { kind, id, name } = worst.resource;
  return {
    what: worst.remediation?.text ?? null,
    resource: { kind, id, name },
    weight: weightOf(findings),
    severities: countSeverities(findings),
    policies: [...new Set(findings.map(({ policy }) => policy))].sort(),
    owners: [...new Set(findings.flatMap(({ owner }) => owner ?? []))].sort(),
    findings: findings.map((each) => each.id),
  };
}

/** What a finding shares with those that the same change mends. @param fixed the steps of its policy as they are written */
function keysOf(finding: Finding, fixed: readonly string[]): string[] {
  const { kind, id } = finding.resource;
  const keys = [["policy", kind, id, finding.policy]];
  if (typeof finding.credential === "string") keys.push(["credential", finding.credential]);
  const step = stepsOf(finding.remediation?.command ?? null).findLast((each) => !looking.test(operation(each)));
  if (step !== undefined) {
    keys.push(["operation", kind, id, operation(step)]);
    if (!fixed.includes(step) && !placeholder.test(step)) keys.push(["step", step]);
  }
  return keys.map((key) => JSON.stringify(key));
}

/** A step that only looks mends nothing. */
const looking = / (?:get|inspect|list|ls|show|view)(?: |$)/;
/** What a person has to fill in may be another thing each time. */
const placeholder = /<[^<>]+>/;

function stepsOf(command: string | null): string[] {
  return (command ?? "")
    .split(/\r\n|[\n\r]/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** What a step does: its words before the first option, as in `az role assignment delete`. */
function operation(step: string): string {
  return step.split(/ -| </, 1)[0] ?? step;
}

/** A template's text with its doubled braces as they come out: a step that is still the same holds no value of a finding. */
function asWritten(template: string | null): string | null {
  return template?.replaceAll("{{", "{").replaceAll("}}", "}") ?? null;
}

/** Numbers that are in one group where they share a key. */
class Groups {
  readonly #parents: number[] = [];
  readonly #first = new Map<string, number>();

  join(index: number, key: string): void {
    const other = this.#first.get(key);
    if (other === undefined) this.#first.set(key, index);
    else {
      const [low, high] = [this.of(index), this.of(other)].sort((a, b) => a - b);
      if (low !== undefined && high !== undefined) this.#parents[high] = low;
    }
  }

  /** The first number of the group that a number is in. */
  of(index: number): number {
    let at = index;
    for (;;) {
      const parent = this.#parents[at] ?? at;
      if (parent === at) return at;
      // The way is halved as it is gone.
      this.#parents[at] = this.#parents[parent] ?? parent;
      at = parent;
    }
  }
}
