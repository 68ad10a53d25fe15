import { failingOf, leavesOpen, type Threshold, uncoveredOf } from "../report/summary.ts";
import type { Report } from "../resources/generated.ts";

/** What the exit status says; the documentation's table of the command line has the same. */
export const ExitStatus = { clean: 0, findings: 1, wrongInput: 2, unknown: 3, fault: 4 } as const;

/**
 * The exit status of a report. Findings win over what is unknown; with a baseline only new and overdue ones count, and of
 * the gate only what the change brings, unless everything is to count.
 */
export function exitStatus(report: Report, options: Threshold & { allowUnknown?: boolean | undefined }): number {
  if (failingOf(report, options).length > 0 || uncoveredOf(report).length > 0) return ExitStatus.findings;
  const unread = report.unread.some((each) => !each.waived && each.policies.length > 0);
  const unknown =
    report.gate?.counts === "new" ? leavesOpen(report) : unread || report.unknown.some((each) => each.waived !== true);
  return unknown && options.allowUnknown !== true ? ExitStatus.unknown : ExitStatus.clean;
}

/**
 * Ends the process once everything is printed, even where a connection that never answers (a dead proxy, say) would keep
 * it alive. A process with nothing left to do ends by itself before.
 */
export function endSoon(): void {
  setTimeout(() => (process.stdout.writableLength === 0 ? process.exit() : endSoon()), 1000).unref();
}
