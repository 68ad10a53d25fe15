import { changesOf } from "../../src/evaluate/changes.ts";
import { controlsOf, notCoveredBy } from "../../src/evaluate/controls.ts";
import { ownersOf } from "../../src/evaluate/owners.ts";
import type { Finding, Report, ReportPolicy, ReportWaiver, UnreadScope } from "../../src/resources/generated.ts";

/** Reports for the tests, each made of what the test is about and nothing else. */

const digest = `sha256:${"0".repeat(64)}`;

export function aPolicy(id: string, changes: Partial<ReportPolicy> = {}): ReportPolicy {
  return {
    id,
    title: `Title of ${id}`,
    severity: "high",
    confidence: "certain",
    digest,
    file: `policies/${id}.yaml`,
    target: "azure.roleAssignment",
    controls: { soc2: ["CC6.1", "CC6.3"] },
    reasons: { "CC6.1": "Access is limited by design", "CC6.3": "Permissions follow the role of the flow" },
    params: {},
    help: {
      rationale: "One stolen secret then reaches every workspace there, not one.",
      remediation: {
        text: "Assign the role on the one workspace that the flow needs, then delete this assignment.",
        command: "az role assignment delete --ids {r.id}",
      },
      references: ["https://learn.microsoft.com/azure/role-based-access-control/best-practices"],
    },
    decided: true,
    undecidedIn: [],
    population: { inScope: 12, pass: 10, fail: 1, waived: 0, unknown: 1, notApplicable: 0 },
    ...changes,
  };
}

const contributor = "least-privilege/no-contributor-above-workspace";

type FindingChanges = Partial<Omit<Finding, "resource">> & { resource?: Partial<Finding["resource"]> };

export function aFinding(number: number, changes: FindingChanges = {}): Finding {
  const hex = number.toString(16).padStart(16, "0");
  return {
    id: hex,
    policy: contributor,
    outcome: "fail",
    severity: "high",
    key: null,
    message: `sp-ingest-${number} can change every Synapse workspace in sub-prod (Contributor on a subscription)`,
    rationale: "One stolen secret then reaches every workspace there, not one.",
    remediation: {
      text: "Assign the role on the one workspace that the flow needs, then delete this assignment.",
      command: `az role assignment delete --ids ${hex}`,
    },
    trace: [{ expression: "r.scope.level", value: '"subscription"' }],
    read: "azure.roleAssignment /subscriptions/1",
    location: { file: "leastwise.yaml", line: 12, column: 3, by: "environment" },
    waiver: null,
    approval: null,
    baseline: null,
    firstSeen: "2026-11-20T06:00:00Z",
    ...changes,
    resource: {
      kind: "azure.roleAssignment",
      id: `/subscriptions/00000000-0000-0000-0000-000000000001/providers/microsoft.authorization/roleassignments/${hex}`,
      name: `sp-ingest-${number}`,
      environments: ["prod"],
      ...changes.resource,
    },
  };
}

export function aWaiver(changes: Partial<ReportWaiver> = {}): ReportWaiver {
  return {
    policy: contributor,
    kind: "risk",
    resource: "/subscriptions/00000000-0000-0000-0000-000000000001/*",
    reason: "Migration until the new workspace is live",
    requestedBy: "requester@example.com",
    approvedBy: "approver@example.com",
    approvedAt: "2026-10-01",
    expires: "2026-11-15",
    ticket: null,
    ...changes,
  };
}

export function anUnread(changes: Partial<UnreadScope> = {}): UnreadScope {
  return {
    read: "synapse.roleAssignment syn-dev",
    scope: "syn-dev",
    status: 403,
    cause: "the service refused",
    permission: "Microsoft.Synapse/workspaces/read and the Synapse User role",
    policies: [contributor],
    environments: ["dev"],
    waived: false,
    ...changes,
  };
}

export function aReport(changes: Partial<Report> = {}): Report {
  return {
    version: "leastwise/report/v1",
    complete: true,
    run: {
      id: "20261120T060000Z-5f3a",
      collectedAt: "2026-11-20T06:00:00Z",
      now: "2026-11-20T06:00:00Z",
      tool: { name: "leastwise", version: "0.1.0" },
      reader: { kind: "managedIdentity", id: "11111111-1111-1111-1111-111111111111" },
    },
    inputs: { snapshot: digest, configuration: digest, waivers: null, baseline: null },
    policies: [aPolicy(contributor)],
    findings: [],
    fixed: [],
    unverified: [],
    unknown: [],
    unread: [],
    waivers: { expired: [], expiring: [], unmatched: [] },
    leftOut: [],
    vacuous: [],
    shared: [],
    controls: [],
    kinds: { "azure.roleAssignment": 12 },
    ...changes,
  };
}

/** The report with its findings grouped, as an evaluation groups them. */
export function grouped(report: Report): Report {
  const { findings, policies } = report;
  return {
    ...report,
    changes: changesOf(findings, policies),
    owners: ownersOf(findings),
    controls: controlsOf(policies, findings, []),
    notCovered: notCoveredBy(policies, []),
  };
}

/** A report with something of everything, as a first night in a real estate might give it. */
export function aFullReport(): Report {
  const secret = aPolicy("secrets/no-plain-text-in-blocks", {
    title: "No Prefect block holds a secret in plain text",
    severity: "critical",
    target: "prefect.block",
    controls: { soc2: ["CC6.1"] },
    population: { inScope: 20, pass: 18, fail: 2, waived: 0, unknown: 0, notApplicable: 0 },
  });
  const rotation = aPolicy("rotation/client-secret-age", {
    title: "Client secrets are younger than 90 days",
    severity: "medium",
    confidence: "likely",
    decided: false,
    undecidedIn: ["dev"],
  });
  return aReport({
    complete: false,
    policies: [aPolicy(contributor), rotation, secret],
    findings: [
      aFinding(1, {
        policy: secret.id,
        severity: "critical",
        key: "data.connection_info",
        message: "Block warehouse-prod holds a password in data.connection_info",
        rationale: "Everybody who may read blocks can log in to the warehouse.",
        remediation: { text: "Rotate the password and move it to a Secret block backed by Key Vault.", command: null },
        resource: {
          kind: "prefect.block",
          id: "prefect:prod/block/sqlalchemy-connector/warehouse-prod",
          name: "warehouse-prod",
        },
        location: { file: "flows/ingest data.py", line: 7, column: 5, by: "name" },
      }),
      aFinding(2, { owner: "data-platform" }),
      aFinding(3, { resource: { environments: ["dev", "prod"] } }),
      aFinding(4, { policy: rotation.id, severity: "medium", resource: { environments: [] } }),
      aFinding(5, { outcome: "waived", waiver: aWaiver(), approval: "asserted" }),
    ],
    unknown: [{ policy: rotation.id, cause: "r.endDateTime was not read", count: 3, examples: ["app-one", "app-two"] }],
    unread: [anUnread({ policies: [rotation.id] })],
    waivers: { expired: [aWaiver()], expiring: [aWaiver({ expires: "2026-11-25" })], unmatched: [] },
    leftOut: [{ policy: "lineage/enabled", because: "no Purview account is configured" }],
    vacuous: [{ policy: contributor, what: "params.role names Contributer, which no role is called" }],
    controls: [
      {
        id: "CC6.1",
        policies: [contributor, secret.id],
        population: { inScope: 32, pass: 28, fail: 3, waived: 0, unknown: 1, notApplicable: 0 },
      },
    ],
  });
}
