import type { Report } from "../resources/generated.ts";
import { byCodeUnits, safeJson, wellFormed } from "./text.ts";

/** The order of keys in each part of a report; `*` stands for each key of a map and each item of a list. */
interface Order {
  readonly [key: string]: Order | null;
}

const population: Order = { inScope: null, pass: null, fail: null, waived: null, unknown: null, notApplicable: null };

const proof: Order = {
  state: null,
  commit: null,
  signer: null,
  review: { pullRequest: null, reviewer: null, submittedAt: null },
  because: null,
};

const waiver: Order = {
  policy: null,
  kind: null,
  resource: null,
  reason: null,
  requestedBy: null,
  approvedBy: null,
  approvedAt: null,
  expires: null,
  ticket: null,
  proof,
};

const readWaiver: Order = {
  read: null,
  kinds: null,
  reason: null,
  requestedBy: null,
  approvedBy: null,
  approvedAt: null,
  expires: null,
  ticket: null,
  proof,
};

const remediation: Order = { text: null, command: null };

const reference: Order = { "*": { id: null, policy: null, resource: null } };

const severities: Order = { critical: null, high: null, medium: null, low: null };

const location: Order = { file: null, line: null, column: null, by: null };

const finding: Order = {
  id: null,
  policy: null,
  outcome: null,
  severity: null,
  resource: { kind: null, id: null, name: null, environments: null },
  owner: null,
  credential: null,
  key: null,
  message: null,
  rationale: null,
  remediation,
  trace: { "*": { expression: null, value: null } },
  read: null,
  location,
  alert: location,
  alertIn: null,
  waiver,
  approval: null,
  nearlyWaived: {
    "*": { policy: null, resource: null, key: null, approvedBy: null, expires: null, line: null, missing: null },
  },
  baseline: null,
  firstSeen: null,
};

const gateAt: Order = { file: null, line: null, column: null, address: null };

const gate: Order = {
  counts: null,
  live: { collectedAt: null, folder: null },
  plans: { "*": { file: null, format: null, changes: null, undecided: null, ignored: null } },
  changes: { "*": { action: null, kind: null, id: null, name: null, fields: null, unknown: null, at: gateAt } },
  access: { "*": { change: null, principal: null, principalName: null, right: null, scope: null, at: gateAt } },
  failures: { "*": { finding: null, policy: null, resource: null, before: null, at: { "*": gateAt } } },
  unknown: { "*": { policy: null, cause: null, count: null, resources: null } },
  stillUnknown: null,
  undecided: { "*": { kind: null, scope: null, cause: null, policies: null, at: gateAt } },
  unread: null,
  beyond: { "*": { kind: null, count: null } },
  review: {
    since: null,
    codeowners: null,
    changes: { "*": { file: null, kind: null, what: null, owners: null } },
    uncovered: null,
  },
};

const order: Order = {
  version: null,
  complete: null,
  run: {
    id: null,
    collectedAt: null,
    now: null,
    tool: { name: null, version: null },
    reader: { kind: null, id: null },
  },
  inputs: { snapshot: null, configuration: null, waivers: null, baseline: null },
  policies: {
    "*": {
      id: null,
      title: null,
      severity: null,
      confidence: null,
      digest: null,
      file: null,
      target: null,
      controls: { soc2: null },
      reasons: null,
      params: null,
      help: { rationale: null, remediation: { ...remediation, code: null }, references: null },
      decided: null,
      undecidedIn: null,
      population,
    },
  },
  findings: { "*": finding },
  changes: {
    "*": {
      what: null,
      resource: { kind: null, id: null, name: null },
      weight: null,
      severities,
      policies: null,
      owners: null,
      findings: null,
    },
  },
  owners: { "*": { owner: null, failing: null, waived: null, severities, findings: null } },
  fixed: reference,
  unverified: { "*": { id: null, policy: null, resource: null, since: null, finding } },
  unknown: { "*": { policy: null, cause: null, count: null, examples: null, waived: null } },
  unread: {
    "*": {
      read: null,
      scope: null,
      status: null,
      cause: null,
      permission: null,
      policies: null,
      environments: null,
      waived: null,
      waiver: readWaiver,
    },
  },
  waivers: {
    expired: { "*": waiver },
    expiring: { "*": waiver },
    unmatched: { "*": waiver },
    reads: { expired: { "*": readWaiver }, expiring: { "*": readWaiver }, unmatched: { "*": readWaiver } },
    requested: {
      "*": {
        policy: null,
        kinds: null,
        place: null,
        key: null,
        reason: null,
        requestedBy: null,
        expires: null,
        ticket: null,
      },
    },
  },
  leftOut: { "*": { policy: null, because: null } },
  leftOutScopes: { "*": { scope: null, environments: null, because: null } },
  vacuous: { "*": { policy: null, what: null } },
  shared: { "*": { what: null, reason: null } },
  controls: {
    "*": {
      id: null,
      gist: null,
      policies: null,
      population,
      failing: null,
      waived: null,
      unknown: null,
      decided: null,
      undecidedIn: null,
      leftOut: null,
    },
  },
  notCovered: { "*": { id: null, category: null, gist: null, evidence: null, leftOut: null } },
  kinds: null,
  gate,
};

/** report.json: the same report gives the same bytes, in whatever order its objects were built. */
export function renderJson(report: Report): string {
  return safeJson(ordered(report, order));
}

/** Known keys in the order of the documentation, then all others in the order of their code units. */
function ordered(value: unknown, keys: Order | null): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, below(keys, "*")));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => byCodeUnits(a, b));
  const values = new Map<string, unknown>(entries.map(([key, part]) => [wellFormed(key), part]));
  const known = Object.keys(keys ?? {}).filter((key) => values.has(key));
  const others = [...values.keys()].filter((key) => !known.includes(key)).sort(byCodeUnits);
  return Object.fromEntries([...known, ...others].map((key) => [key, ordered(values.get(key), below(keys, key))]));
}

function below(keys: Order | null, key: string): Order | null {
  return keys !== null && Object.hasOwn(keys, key) ? (keys[key] ?? null) : null;
}
