import type { Finding, Location, Report, UnverifiedFinding } from "../resources/generated.ts";

/** The name of the run that a finding stands in. */
export function runOf(finding: Finding): string {
  if (finding.alertIn !== undefined) return finding.alertIn;
  const { environments } = finding.resource;
  return environments?.length === 1 ? (environments[0] ?? "tenant") : "tenant";
}

/**
 * The report with each finding marked as new or still there, and what is gone from the baseline told apart: fixed where
 * its policy was decided in that environment, unverified where it was not. What the baseline itself could not verify is
 * passed on, so a finding is not forgotten over several nights without sight of it.
 *
 * GitHub makes the path of a file part of what an alert is (docs.github.com, SARIF support for code scanning, consistent
 * filepaths). So a finding that is still there keeps the file under which its alert was opened, though the file was renamed
 * since, its declaration was found only now, or what would tell it could not be read tonight. So is the category of an
 * upload, which each environment has for itself: where tonight not all environments of a finding could be derived, it stays
 * in the run that it was in.
 * @param isLookedAt whether the resource of a finding was not left out by choice
 * @param inConfiguration the place of a finding in the configuration as it is now
 */
export function compareBaseline(
  report: Report,
  baseline: Report,
  isLookedAt: (finding: Finding) => boolean = () => true,
  inConfiguration: (finding: Finding) => Location | null = () => null,
): Report {
  const before = new Map<string, UnverifiedFinding>();
  for (const each of baseline.unverified) before.set(each.id, each);
  for (const finding of baseline.findings) {
    before.set(finding.id, {
      id: finding.id,
      policy: finding.policy,
      resource: finding.resource.id,
      since: baseline.run.now,
      finding,
    });
  }
  const now = new Set(report.findings.map((finding) => finding.id));
  const undecided = new Map(report.policies.map((policy) => [policy.id, new Set(policy.undecidedIn)]));
  const gone = [...before.values()].filter((each) => !now.has(each.id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const isFixed = ({ policy, finding }: UnverifiedFinding): boolean =>
    undecided.get(policy)?.has(runOf(finding)) === false && isLookedAt(finding);
  return {
    ...report,
    inputs: { ...report.inputs, baseline: baseline.run.id },
    findings: report.findings.map((finding) => {
      const earlier = before.get(finding.id)?.finding;
      return {
        ...finding,
        baseline: earlier === undefined ? "new" : "still",
        firstSeen: earlier?.firstSeen ?? finding.firstSeen,
        ...alertOf(finding, earlier, inConfiguration),
        ...runOfAlert(finding, earlier),
      };
    }),
    fixed: gone.filter(isFixed).map(({ id, policy, resource }) => ({ id, policy, resource })),
    unverified: gone.filter((each) => !isFixed(each)),
  };
}

/** Where the alert of a finding stands, if not where the finding does now. */
function alertOf(
  finding: Finding,
  earlier: Finding | undefined,
  inConfiguration: (finding: Finding) => Location | null,
): Pick<Finding, "alert"> {
  const opened = earlier?.alert ?? earlier?.location ?? null;
  if (opened === null || opened.file === finding.location?.file) return {};
  // In a file that is still there its line may have moved.
  const now = inConfiguration(finding);
  return { alert: now?.file === opened.file ? now : opened };
}

/** In whose run the alert of a finding stands, where tonight nobody can tell its own. */
function runOfAlert(finding: Finding, earlier: Finding | undefined): Pick<Finding, "alertIn"> {
  if (earlier === undefined || finding.resource.environments !== null) return {};
  const alertIn = runOf(earlier);
  return alertIn === runOf(finding) ? {} : { alertIn };
}
