import type { Finding } from "../resources/generated.ts";
import { severityRank } from "../resources/severity.ts";
import { wrap } from "./layout.ts";
import { prose, visible } from "./text.ts";

/** What differs between two reports, as `leastwise diff` prints it. */
export interface ShownDiff {
  before: ShownSide;
  after: ShownSide;
  new: readonly ShownFinding[];
  fixed: readonly ShownFinding[];
  changed: readonly (ShownFinding & { changes: readonly { field: string; before: string; after: string }[] })[];
  unverified: readonly ShownFinding[];
  same: number;
  notes: readonly string[];
}

interface ShownSide {
  file: string;
  kind: string;
  collectedAt: string;
  now: string;
  tool: string;
  complete: boolean;
}

interface ShownFinding {
  finding: Finding;
  causes: readonly { cause: string; what: string; by: string | null; on: string | null }[];
}

/** The difference for people: what is new comes first, worst first, each with what may have brought it about. */
export function renderDiff(diff: ShownDiff, width: number): string {
  const lines: string[] = [];
  const say = (text: string, indent = 0): void => {
    for (const line of wrap(prose(text), width - indent)) lines.push(" ".repeat(indent) + line);
  };
  for (const [label, side] of [
    ["from", diff.before],
    ["to", diff.after],
  ] as const) {
    say(
      `${label} ${side.file}: ${side.kind} of ${side.collectedAt}, judged as of ${side.now}, ${side.tool}${side.complete ? "" : ", not complete"}`,
    );
  }
  for (const note of diff.notes) say(`! ${note}`);
  const part = (title: string, all: readonly ShownFinding[], more?: (index: number) => void): void => {
    if (all.length === 0) return;
    lines.push("");
    say(`${title} (${all.length})`);
    all.forEach(({ finding, causes }, index) => {
      const waived = finding.outcome === "waived" ? ", waived" : "";
      say(`- ${finding.severity} ${finding.policy}${waived}: ${finding.message}`, 2);
      lines.push(`    ${visible(finding.resource.id)}, finding ${finding.id}`);
      more?.(index);
      const [first] = causes;
      for (const { cause, what, by, on } of causes) {
        const who = by === null ? "" : ` by ${by}`;
        const when = on === null ? "" : ` on ${on}`;
        say(`${first !== undefined && causes.length > 1 ? "may be " : ""}${cause}: ${what}${who}${when}`, 4);
      }
    });
  };
  part("New", worstFirst(diff.new));
  const changed = worstFirst(diff.changed);
  part("Changed", changed, (index) => {
    for (const { field, before, after } of changed[index]?.changes ?? []) say(`${field}: ${before} -> ${after}`, 4);
  });
  part("Could not be verified: they may still be there", worstFirst(diff.unverified));
  part("Fixed", worstFirst(diff.fixed));
  lines.push("");
  say(
    `${diff.new.length} new, ${diff.fixed.length} fixed, ${diff.changed.length} changed, ${diff.unverified.length} not verified, ${diff.same} the same`,
  );
  return `${lines.join("\n")}\n`;
}

function worstFirst<Item extends ShownFinding>(all: readonly Item[]): Item[] {
  return all.toSorted((a, b) => severityRank(a.finding.severity) - severityRank(b.finding.severity));
}
