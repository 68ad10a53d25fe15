import { createHash } from "node:crypto";
import {
  type Approved,
  covers,
  expired,
  inForce,
  names,
  proofOf,
  type Waiver,
  type Waivers,
} from "../config/waivers.ts";
import { digestOf } from "../resources/digest.ts";
import type {
  Finding,
  FindingWaiver,
  NearlyWaived,
  ReadWaiver,
  ReportPolicy,
  ReportReadWaiver,
  ReportWaiver,
  RequestedWaiver,
} from "../resources/generated.ts";
import { nearest } from "../resources/problem.ts";

/** What a finding about an expired waiver is found by. No file holds it: it looks at the waivers themselves. */
export const expiredPolicy = "waivers/expired";

const title = "Waivers are renewed or taken out before they end";
const why =
  "What was accepted for a time is accepted no longer, and its findings count again; an entry that stays hides that nobody decided.";
const what =
  "Mend what it covers, or ask for it again (leastwise waive) and let somebody else approve it; then take the old entry out.";

/** `waivers/expired` as reports list a policy. @param findings those of expired waivers */
export function expiredWaiversPolicy({ file, findings, reads }: Waivers, found: readonly Finding[]): ReportPolicy {
  const inScope = findings.length + reads.length;
  return {
    id: expiredPolicy,
    title,
    severity: "high",
    confidence: "certain",
    digest: digestOf([expiredPolicy, title, why, what].join("\0")),
    file: file ?? "waivers.yaml",
    target: "waiver",
    controls: { soc2: ["CC4.2"] },
    reasons: { "CC4.2": "An accepted weakness whose time is over is brought back to those who have to decide on it." },
    params: {},
    help: { rationale: why, remediation: { text: what, command: null, code: null }, references: [] },
    decided: true,
    undecidedIn: [],
    population: { inScope, pass: inScope - found.length, fail: found.length, waived: 0, unknown: 0, notApplicable: 0 },
  };
}

/**
 * A finding for each entry that has expired. One that another entry in force takes the place of is history and none.
 * @param now in ms since the epoch
 * @param again the findings that may count again
 */
export function expiredWaivers(
  waivers: Waivers,
  now: number,
  collectedAt: string,
  again: readonly Finding[],
): Finding[] {
  const all: readonly Approved[] = [...waivers.findings, ...waivers.reads];
  const found = new Map<string, Finding>();
  for (const waiver of all) {
    if (!expired(waiver, now) || all.some((each) => inForce(each, now) && covers(each, waiver))) continue;
    const about =
      "read" in waiver
        ? `reads of ${waiver.kinds.join(", ")} in ${waiver.read}`
        : `${waiver.policy} on ${waiver.resource}`;
    const at = "key" in waiver && waiver.key !== undefined ? ` at ${waiver.key}` : "";
    const resource = `${waivers.file}: ${about}${at}`;
    const id = createHash("sha256").update([expiredPolicy, resource].join("\0")).digest("hex").slice(0, 16);
    const many = "read" in waiver ? null : again.filter((each) => isFor(waiver, each)).length;
    const place = waivers.places.get(waiver);
    found.set(id, {
      id,
      policy: expiredPolicy,
      outcome: "fail",
      severity: "high",
      resource: { kind: "waiver", id: resource, name: null, environments: [] },
      owner: null,
      credential: null,
      key: null,
      message: `The waiver for ${about}${at} ended on ${waiver.expires}${counting(many)}`,
      rationale: why,
      remediation: { text: what, command: null },
      trace: [
        { expression: "approvedBy", value: JSON.stringify(waiver.approvedBy) },
        { expression: "expires", value: JSON.stringify(waiver.expires) },
      ],
      read: null,
      location: {
        file: waivers.file ?? "waivers.yaml",
        line: place?.line ?? 1,
        column: place?.column ?? 1,
        by: "file",
      },
      waiver: null,
      approval: null,
      baseline: null,
      firstSeen: collectedAt,
    });
  }
  return [...found.values()];
}

function counting(many: number | null): string {
  if (many === null) return "";
  if (many === 0) return ", and nothing that it covered is found any more";
  return many === 1 ? ", and its finding counts again" : `, and its ${many} findings count again`;
}

/** Whether an entry, at its time, covers a finding. */
export function isFor(waiver: FindingWaiver, { policy, resource, key }: Finding): boolean {
  return (
    waiver.policy === policy && names(waiver.resource, resource.id) && (waiver.key === undefined || waiver.key === key)
  );
}

/**
 * The findings with the entries that nearly cover them, and what these lack.
 * @param now in ms since the epoch
 * @param used the entries that cover a finding
 * @param policies the ids of all policies, those that were left out too
 */
export function withNearMisses(
  findings: readonly Finding[],
  waivers: Waivers,
  now: number,
  used: ReadonlySet<Waiver>,
  policies: ReadonlySet<string>,
): Finding[] {
  const asked = waivers.requested.filter((each): each is FindingWaiver => "policy" in each);
  const all: readonly FindingWaiver[] = [...waivers.findings, ...asked];
  if (all.length === 0) return [...findings];
  const misspelt = all.filter((each) => !policies.has(each.policy));
  const byPolicy = Map.groupBy(all, (each) => each.policy);
  return findings.map((finding) => {
    if (finding.outcome !== "fail") return finding;
    const near = [...(byPolicy.get(finding.policy) ?? []), ...misspelt].flatMap((waiver): NearlyWaived[] => {
      const missing = lackOf(waiver, finding, now, used.has(waiver));
      if (missing === null) return [];
      const { policy, resource, key = null, approvedBy = null, expires } = waiver;
      return [{ policy, resource, key, approvedBy, expires, line: waivers.places.get(waiver)?.line ?? 1, missing }];
    });
    return near.length === 0 ? finding : { ...finding, nearlyWaived: near };
  });
}

/** What an entry lacks to cover a finding; null where it is not near. */
function lackOf(waiver: FindingWaiver, finding: Finding, now: number, isUsed: boolean): string | null {
  const { id } = finding.resource;
  const isResource = names(waiver.resource, id);
  if (waiver.policy !== finding.policy) {
    const meant = isResource && nearest(waiver.policy, [finding.policy]) !== null;
    return meant ? `there is no policy ${waiver.policy}: this one is ${finding.policy}` : null;
  }
  if (isFor(waiver, finding)) {
    if (typeof waiver.approvedAt !== "string") return "nobody has approved it";
    if (Date.parse(waiver.approvedAt) > now) return `it holds from ${waiver.approvedAt} on`;
    return expired({ expires: waiver.expires }, now) ? `it ended on ${waiver.expires}` : null;
  }
  if (isUsed || expired({ expires: waiver.expires }, now)) return null;
  if (isResource) return `it is for the key ${waiver.key}, and this is ${finding.key ?? "the resource as a whole"}`;
  if (waiver.key !== undefined && waiver.key !== finding.key) return null;
  if (waiver.resource.toLowerCase() === id.toLowerCase()) return "its resource differs in upper and lower case";
  const wanted = waiver.resource.toLowerCase().replace(/\/$/, "");
  if (id.toLowerCase().startsWith(`${wanted}/`)) return "it is for what stands above, and covers nothing below it";
  const folder = (text: string): string => text.slice(0, text.lastIndexOf("/") + 1);
  const isBeside = folder(wanted).length > 1 && folder(wanted) === folder(id.toLowerCase());
  return isBeside ? `it is for another resource at that place, ${waiver.resource}, which nothing was found of` : null;
}

/** A waiver for findings, as reports have it. */
export function reportWaiver(waiver: Approved<FindingWaiver>, waivers: Waivers): ReportWaiver {
  const { policy, kind, resource } = waiver;
  return { policy, kind, resource, ...termsOf(waiver, waivers) };
}

/** A waiver for reads, as reports have it. */
export function reportReadWaiver(waiver: Approved<ReadWaiver>, waivers: Waivers): ReportReadWaiver {
  const { read, kinds } = waiver;
  return { read, kinds: [...kinds], ...termsOf(waiver, waivers) };
}

/** Why, by whom, until when and with which proof. */
function termsOf(waiver: Approved<FindingWaiver> | Approved<ReadWaiver>, waivers: Waivers) {
  const { reason, requestedBy, approvedBy, approvedAt, expires, ticket } = waiver;
  const proof = proofOf(waivers, waiver);
  return { reason, requestedBy, approvedBy, approvedAt, expires, ticket: ticket ?? null, ...(proof && { proof }) };
}

/** An entry that nobody has approved, as reports have it. */
export function requestedWaiver(waiver: Waiver): RequestedWaiver {
  const { reason, requestedBy, expires } = waiver;
  const isRead = "read" in waiver;
  return {
    policy: isRead ? null : waiver.policy,
    kinds: isRead ? [...waiver.kinds] : null,
    place: isRead ? waiver.read : waiver.resource,
    key: isRead ? null : (waiver.key ?? null),
    reason,
    requestedBy,
    expires,
    ticket: waiver.ticket ?? null,
  };
}
