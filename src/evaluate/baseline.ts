import type { Finding, Report } from "../resources/generated.ts";

/** The name of the run that a finding stands in. */
function runOf(finding: Finding): string {
  const { environments } = finding.resource;
  return environments?.length === 1 ? (environments[0] ?? "tenant") : "tenant";
}

/**
 * The report with each finding marked as new or still there, and what is gone from the baseline told apart: fixed where
 * its policy was decided in that environment, unverified where it was not.
 */
export function compareBaseline(report: Report, baseline: Report): Report {
  const before = new Map(baseline.findings.map((finding) => [finding.id, finding]));
  const now = new Set(report.findings.map((finding) => finding.id));
  const undecided = new Map(report.policies.map((policy) => [policy.id, new Set(policy.undecidedIn)]));
  const gone = baseline.findings.filter((finding) => !now.has(finding.id));
  const isFixed = (finding: Finding): boolean => undecided.get(finding.policy)?.has(runOf(finding)) === false;
  const brief = ({ id, policy, resource }: Finding) => ({ id, policy, resource: resource.id });
  return {
    ...report,
    findings: report.findings.map((finding) => {
      const earlier = before.get(finding.id);
      return {
        ...finding,
        baseline: earlier === undefined ? "new" : "still",
        firstSeen: earlier?.firstSeen ?? finding.firstSeen,
      };
    }),
    fixed: gone.filter(isFixed).map(brief),
    unverified: gone.filter((finding) => !isFixed(finding)).map(brief),
  };
}
