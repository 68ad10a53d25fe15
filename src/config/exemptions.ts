import type { FindingWaiver } from "../resources/generated.ts";
import { normaliseId } from "../resources/scope.ts";
import { latestEnd } from "./waivers.ts";

const day = 24 * 60 * 60 * 1000;

/**
 * An exemption as `az policy exemption list -o json` writes it, or as Azure Resource Manager answers it, with its fields
 * under `properties` (learn.microsoft.com/azure/templates/microsoft.authorization/policyexemptions).
 */
export interface Exemption extends ExemptionFields {
  id?: unknown;
  name?: unknown;
  systemData?: { createdBy?: unknown } | null;
  properties?: ExemptionFields;
}

interface ExemptionFields {
  displayName?: unknown;
  description?: unknown;
  exemptionCategory?: unknown;
  expiresOn?: unknown;
  policyAssignmentId?: unknown;
  policyDefinitionReferenceIds?: unknown;
  resourceSelectors?: unknown;
}

/** How exemptions become entries. */
export interface Mapping {
  /** Policies of leastwise by the name of an assignment, or by `<assignment>/<reference>` within an initiative. */
  policies: ReadonlyMap<string, string>;
  /** Who asks where the exemption does not say who made it; null where nobody is named. */
  requestedBy: string | null;
  /** The last day where the exemption has none; null to leave such ones out. */
  expires: string | null;
  /** The day on which they are imported. */
  today: string;
  maxDays: number;
}

/** What became of an exemption: entries, with what a person should know of them; or why there are none. */
export interface Imported {
  exemption: string;
  entries: FindingWaiver[];
  notes: string[];
}

/** The entries that ask for what an exemption exempts. Nobody has approved them. */
export function importExemption(exemption: Exemption, mapping: Mapping): Imported {
  const fields: ExemptionFields = exemption.properties ?? exemption;
  const id = textOf(exemption.id);
  const name = textOf(exemption.name) || id || "an exemption without a name";
  const none = (why: string): Imported => ({ exemption: name, entries: [], notes: [why] });
  const at = id.toLowerCase().lastIndexOf("/providers/microsoft.authorization/policyexemptions/");
  if (at < 0) return none("it has no id of an exemption");
  const scope = normaliseId(id.slice(0, at));
  const resource = resourceOf(scope);
  if (resource === null) return none(`it is for ${scope || "/"}, and a waiver is bounded to a subscription`);
  const category = { waiver: "risk", mitigated: "compensated" } as const;
  const kind = category[textOf(fields.exemptionCategory).toLowerCase() as keyof typeof category];
  if (kind === undefined) return none("its category is neither Waiver nor Mitigated");
  if (Array.isArray(fields.resourceSelectors) && fields.resourceSelectors.length > 0)
    return none("it selects some resources of its scope, and a waiver cannot");

  const assignment = textOf(fields.policyAssignmentId).split("/").at(-1) ?? "";
  const references = Array.isArray(fields.policyDefinitionReferenceIds)
    ? fields.policyDefinitionReferenceIds.map(textOf).filter((each) => each !== "")
    : [];
  const keys = references.length === 0 ? [assignment] : references.map((each) => `${assignment}/${each}`);
  const notes: string[] = [];
  const policies = new Set<string>();
  for (const key of keys) {
    const policy = mapping.policies.get(key.toLowerCase());
    if (policy === undefined) notes.push(`no policy is named for ${key}: --assignment ${key}=<policy>`);
    else policies.add(policy);
  }
  if (policies.size === 0) return { exemption: name, entries: [], notes };

  const end = lastDayOf(textOf(fields.expiresOn)) ?? mapping.expires;
  if (end === null) return none("it has no end, and a waiver needs one: --expires <day>");
  if (end < mapping.today) return none(`it ended on ${end}`);
  const latest = latestEnd(mapping.today, mapping.maxDays);
  const isLate = end > latest;
  if (isLate) notes.push(`it ends on ${end}; the waiver ends on ${latest}, ${mapping.maxDays} days from now`);
  const requestedBy = textOf(exemption.systemData?.createdBy) || mapping.requestedBy;
  if (requestedBy === null) return none("it does not say who made it: --requested-by <who>");
  const reason = textOf(fields.description) || textOf(fields.displayName) || `Azure Policy exemption ${name}`;
  return {
    exemption: name,
    entries: [...policies].map((policy) => ({
      policy,
      kind,
      resource,
      reason,
      requestedBy,
      approvedBy: null,
      approvedAt: null,
      expires: isLate ? latest : end,
      ticket: id,
    })),
    notes,
  };
}

/** What a waiver names for a scope: all below a subscription or group, or the one resource; null for what is above. */
function resourceOf(scope: string): string | null {
  if (!/^\/subscriptions\/[0-9a-f-]{36}(?:\/|$)/.test(scope)) return null;
  const isWide = /^\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?$/.test(scope);
  return isWide ? `${scope}/*` : scope;
}

/** The last day that a moment leaves whole, in UTC; null where there is none. */
function lastDayOf(moment: string): string | null {
  const end = Date.parse(moment);
  return Number.isNaN(end) ? null : new Date(end + 1000 - day).toISOString().slice(0, 10);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
