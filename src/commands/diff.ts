import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { diffOf, type Side } from "../evaluate/diff.ts";
import type { SnapshotWorld } from "../evaluate/world.ts";
import { renderDiff, type ShownDiff } from "../report/diff.ts";
import { isOpen } from "../report/summary.ts";
import { safeJson } from "../report/text.ts";
import { InputError } from "../resources/problem.ts";
import { severities, severityRank } from "../resources/severity.ts";
import { openSnapshot } from "../snapshot/read.ts";
import { evaluateRecorded } from "./evaluate.ts";
import { ExitStatus } from "./exit.ts";
import { readReport } from "./report.ts";
import { openWorld } from "./world.ts";

/** The options of `leastwise diff`. */
export interface DiffOptions {
  format: "text" | "json";
  failOn: string;
}

/** A side with how people named it. */
interface Opened extends Side {
  kind: "report" | "snapshot";
  file: string;
}

/**
 * `leastwise diff`: what is new, fixed and changed between two reports or snapshots, and what brought it about. A snapshot
 * is judged by the policies, configuration and waivers that it holds.
 * @throws InputError for what is neither
 */
export function diff(one: string, two: string, { format, failOn }: DiffOptions): void {
  const [before, after] = [open(one), open(two)];
  const found = diffOf(before, after);
  const shown: ShownDiff = { before: sideOf(before), after: sideOf(after), ...found, notes: notesOn(before, after) };
  process.stdout.write(
    format === "json"
      ? safeJson({ version: "leastwise/diff/v1", ...shown })
      : renderDiff(shown, Math.min(process.stdout.columns ?? 100, 160)),
  );
  const least = severities.map(String).indexOf(failOn);
  const failing = found.new.filter(({ finding }) => isOpen(finding) && severityRank(finding.severity) <= least);
  process.exitCode = failing.length > 0 ? ExitStatus.findings : ExitStatus.clean;
}

/** Tells a report from a snapshot by what stands there: a manifest makes a folder a snapshot. */
function open(path: string): Opened {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const snapshot = isFolder ? path : path.endsWith("manifest.json") ? dirname(path) : null;
  if (snapshot !== null && existsSync(join(snapshot, "manifest.json"))) {
    const opened = openSnapshot(snapshot);
    return { ...evaluateRecorded(opened), kind: "snapshot", file: path };
  }
  if (isFolder && !existsSync(join(path, "report.json"))) {
    throw new InputError([
      {
        code: "diff/neither",
        file: path,
        line: 1,
        column: 1,
        message: "this folder holds neither report.json nor manifest.json",
        hint: "name a report.json, the --out of a scan, or a snapshot",
      },
    ]);
  }
  const file = isFolder ? join(path, "report.json") : path;
  const report = readReport(file);
  return { report, world: worldBeside(file, report.inputs.snapshot), kind: "report", file: path };
}

/** The snapshot that a report was made of, where it stands beside it. */
function worldBeside(file: string, digest: string): SnapshotWorld | null {
  const folder = join(dirname(file), "snapshot");
  if (!existsSync(join(folder, "manifest.json"))) return null;
  const world = openWorld(folder);
  return world.snapshot.manifest.digest === digest ? world : null;
}

function sideOf({ report, file, kind }: Opened): ShownDiff["before"] {
  const { collectedAt, now, tool } = report.run;
  return { file, kind, collectedAt, now, tool: `${tool.name} ${tool.version}`, complete: report.complete };
}

/** What makes two sides hard to compare. */
function notesOn(before: Opened, after: Opened): string[] {
  const notes: string[] = [];
  if (Date.parse(before.report.run.now) > Date.parse(after.report.run.now))
    notes.push("the first is newer than the second: what is new here went away");
  for (const { report, file, world, kind } of [before, after]) {
    if (!report.complete) notes.push(`${file} is not complete: what it could not decide is neither new nor fixed`);
    if (world === null && kind === "report")
      notes.push(`no snapshot of the same run stands beside ${file}: who changed what, and when, is not known`);
    const left = report.leftOutScopes?.length ?? 0;
    if (left > 0) notes.push(`${file} left ${left} scopes out by choice: what lies there is not compared`);
  }
  return notes;
}
