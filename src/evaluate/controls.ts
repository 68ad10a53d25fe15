import type { ControlSummary, Finding, Population, ReportPolicy, UncoveredCriterion } from "../resources/generated.ts";
import { criteria, soc2Gist } from "../resources/soc2.ts";

/** A policy that was left out of a run, with the criteria that it supports. */
export interface LeftOut {
  policy: string;
  because: string;
  criteria: readonly string[];
}

/** No resources at all. */
export function emptyPopulation(): Population {
  return { inScope: 0, pass: 0, fail: 0, waived: 0, unknown: 0, notApplicable: 0 };
}

/**
 * The criteria that policies in force support. A resource counts for each of the policies that are about it; a finding
 * has one policy, and counts once.
 */
export function controlsOf(
  policies: readonly ReportPolicy[],
  findings: readonly Finding[],
  leftOut: readonly LeftOut[],
): ControlSummary[] {
  const byPolicy = Map.groupBy(findings, (finding) => finding.policy);
  const ids = [...new Set(policies.flatMap((each) => each.controls.soc2))].sort();
  return ids.map((id) => {
    const supporting = policies.filter((each) => each.controls.soc2.includes(id));
    const population = emptyPopulation();
    for (const each of supporting) {
      for (const key of Object.keys(population) as (keyof Population)[]) population[key] += each.population[key];
    }
    const own = supporting.flatMap((each) => byPolicy.get(each.id) ?? []);
    return {
      id,
      gist: soc2Gist(id),
      policies: supporting.map((each) => each.id),
      population,
      failing: own.filter(({ outcome }) => outcome === "fail").length,
      waived: own.filter(({ outcome }) => outcome === "waived").length,
      unknown: population.unknown,
      decided: supporting.every((each) => each.decided),
      undecidedIn: [...new Set(supporting.flatMap((each) => each.undecidedIn))].sort(),
      leftOut: supportersAmong(leftOut, id),
    };
  });
}

/** The criteria that no policy in force supports, with what an auditor would look at for them. */
export function notCoveredBy(policies: readonly ReportPolicy[], leftOut: readonly LeftOut[]): UncoveredCriterion[] {
  const supported = new Set(policies.flatMap((each) => each.controls.soc2));
  return criteria
    .filter(({ id }) => !supported.has(id))
    .map((criterion) => ({ ...criterion, leftOut: supportersAmong(leftOut, criterion.id) }));
}

function supportersAmong(leftOut: readonly LeftOut[], criterion: string): string[] {
  return leftOut
    .filter((each) => each.criteria.includes(criterion))
    .map(({ policy }) => policy)
    .sort();
}
