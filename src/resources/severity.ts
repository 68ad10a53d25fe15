import type { Finding } from "./generated.ts";

export type Severity = Finding["severity"];

/** Worst first. */
export const severities: readonly Severity[] = ["critical", "high", "medium", "low"];

/** 0 for the worst. */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity);
}
