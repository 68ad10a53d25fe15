import { type Artifact, type ArtifactAnswer, searched } from "../../collect/synapse/artifacts.ts";
import { synapseCredentialRow } from "../../collect/synapse/credentials.ts";
import { linkedServiceRow } from "../../collect/synapse/linkedServices.ts";
import { pipelineRow } from "../../collect/synapse/pipelines.ts";
import { type SparkPoolAnswer, type SqlPoolAnswer, sparkPoolRow, sqlPoolRow } from "../../collect/synapse/pools.ts";
import { type SynapseAssignmentAnswer, synapseRoleAssignmentRow } from "../../collect/synapse/roleAssignments.ts";
import {
  type AdministratorAnswer,
  type AuditingAnswer,
  administratorOf,
  auditingOf,
} from "../../collect/synapse/settings.ts";
import {
  type FirewallRuleAnswer,
  firewallRuleOf,
  type WorkspaceAnswer,
  workspaceRow,
} from "../../collect/synapse/workspaces.ts";
import type { SynapseWorkspace } from "../../resources/generated.ts";
import { normaliseId } from "../../resources/scope.ts";
import { type PlannedAt, type PlannedValue, unknown } from "../plan.ts";
import { type Body, isAzureId, lastName, partOf, plannedId, textAt, type Upserted } from "./answers.ts";
import { hostLike, orphan, type Putter, parentId, putHolder } from "./azure.ts";
import type { Changes } from "./changes.ts";
import { isNew, made } from "./made.ts";
import { attempted, holdsUnknown } from "./partial.ts";

const moment = (_: unknown, changes: Changes): string => changes.around.now.toISOString();

/** Synapse workspaces, their settings, pools, grants and artifacts. */
export const synapse: Readonly<Record<string, Putter>> = {
  "microsoft.synapse/workspaces": putWorkspace,
  "microsoft.synapse/workspaces/firewallrules": putFirewallRule,
  "microsoft.synapse/workspaces/azureadonlyauthentications": putField(
    "synapse.workspace",
    "entraOnlyAuthentication",
    (answer) => (answer as { properties: { azureADOnlyAuthentication: boolean } }).properties.azureADOnlyAuthentication,
  ),
  "microsoft.synapse/workspaces/administrators": putField("synapse.workspace", "entraAdministrator", (answer) =>
    administratorOf(answer as AdministratorAnswer),
  ),
  "microsoft.synapse/workspaces/sqladministrators": putField("synapse.workspace", "sqlEntraAdministrator", (answer) =>
    administratorOf(answer as AdministratorAnswer),
  ),
  "microsoft.synapse/workspaces/managedidentitysqlcontrolsettings": putField(
    "synapse.workspace",
    "sqlControlForIdentity",
    (answer) =>
      (answer as { properties: { grantSqlControlToManagedIdentity: { desiredState: string } } }).properties
        .grantSqlControlToManagedIdentity.desiredState,
  ),
  "microsoft.synapse/workspaces/extendedauditingsettings": putField("synapse.workspace", "auditing", (answer) =>
    auditingOf(answer as AuditingAnswer),
  ),
  "microsoft.synapse/workspaces/auditingsettings": putField("synapse.workspace", "auditing", (answer) =>
    auditingOf(answer as AuditingAnswer),
  ),
  "microsoft.synapse/workspaces/sqlpools": (object, changes) =>
    putPool(object, "synapse.sqlPool", changes, (answer, workspace) =>
      sqlPoolRow(answer as SqlPoolAnswer, object.id, workspace),
    ),
  "microsoft.synapse/workspaces/sqlpools/extendedauditingsettings": putField("synapse.sqlPool", "auditing", (answer) =>
    auditingOf(answer as AuditingAnswer),
  ),
  "microsoft.synapse/workspaces/sqlpools/auditingsettings": putField("synapse.sqlPool", "auditing", (answer) =>
    auditingOf(answer as AuditingAnswer),
  ),
  "microsoft.synapse/workspaces/sqlpools/transparentdataencryption": putField(
    "synapse.sqlPool",
    "transparentDataEncryption",
    (answer) => {
      const { status, state } = (answer as { properties: { status?: string; state?: string } }).properties;
      return status ?? state;
    },
  ),
  "microsoft.synapse/workspaces/bigdatapools": (object, changes) =>
    putPool(object, "synapse.sparkPool", changes, (answer, workspace) =>
      sparkPoolRow(answer as SparkPoolAnswer, object.id, workspace, changes.around.fingerprint),
    ),
  "microsoft.synapse/workspaces/linkedservices": putArtifact(
    "synapse.linkedService",
    "linkedservices",
    linkedServiceRow,
  ),
  "microsoft.synapse/workspaces/credentials": putArtifact("synapse.credential", "credentials", synapseCredentialRow),
  "microsoft.synapse/workspaces/pipelines": putArtifact("synapse.pipeline", "pipelines", pipelineRow),
  "microsoft.synapse/workspaces/roleassignments": putRoleAssignment,
};

function putWorkspace(object: Upserted, changes: Changes): void {
  const id = normaliseId(object.id);
  const anew = isNew(changes, "synapse.workspace", id, object);
  const live = anew ? undefined : changes.row("synapse.workspace", id);
  const { body } = object;
  const identity = partOf(body, "identity");
  const own = textAt(body, "identity.principalId") ?? live?.identityPrincipalId;
  const type = partOf(body, "identity.type");
  const isSystem = typeof type === "string" && type.toLowerCase().includes("systemassigned");
  const host = (field: "devEndpoint" | "sqlEndpoint" | "sqlOnDemandEndpoint", infix = "") => ({
    path: "properties.connectivityEndpoints",
    fresh: hostLike("synapse.workspace", field, infix),
  });
  made(changes, object, {
    kind: "synapse.workspace",
    body: {
      ...body,
      ...(typeof identity === "object" &&
        identity !== null && {
          identity: {
            ...(identity as Body),
            principalId:
              type === unknown ? unknown : isSystem ? (typeof own === "string" ? own : plannedId(object)) : null,
            userAssignedIdentities: withPrincipals(partOf(body, "identity.userAssignedIdentities"), changes),
          },
        }),
    },
    make: (answer) => workspaceRow(answer as WorkspaceAnswer),
    served: {
      entraOnlyAuthentication: { path: "properties.azureADOnlyAuthentication", fresh: () => false },
      devEndpoint: host("devEndpoint"),
      sqlEndpoint: host("sqlEndpoint"),
      sqlOnDemandEndpoint: host("sqlOnDemandEndpoint", "-ondemand"),
      // Connections are made from the other end.
      privateEndpoints: { path: "properties.privateEndpointConnections", fresh: () => [] },
      managedResourceGroup: { path: "properties.managedResourceGroupName" },
    },
    fresh: () => ({
      firewallRules: [],
      sqlEntraAdministrator: null,
      auditing: auditingOf({ properties: { state: "Disabled" } }),
    }),
  });
  const told = partOf(body, "properties.azureADOnlyAuthentication");
  if (told !== undefined)
    changes.put("synapse.workspace", typeof told === "boolean" ? { id, entraOnlyAuthentication: told } : { id }, {
      at: object.at,
      unread: typeof told === "boolean" ? [] : ["entraOnlyAuthentication"],
    });
}

/** The identities that a workspace names, each with the principal that its own row tells. */
function withPrincipals(named: PlannedValue | undefined, changes: Changes): PlannedValue {
  if (named === unknown) return unknown;
  if (typeof named !== "object" || named === null) return {};
  return Object.fromEntries(
    Object.keys(named).map((id) => {
      const row = changes.row("azure.managedIdentity", normaliseId(id));
      const text = (field: string) => (typeof row?.[field] === "string" ? (row[field] as string) : unknown);
      return [id, { clientId: text("clientId"), principalId: text("principalId") }];
    }),
  );
}

/** A setting of its own that is one field of a row. */
function putField(kind: string, field: string, of: (answer: object) => unknown): Putter {
  return (object, changes) => {
    const id = parentId(object);
    if (id === null) {
      changes.undecided.push(orphan(kind, object));
      return;
    }
    const made = attempted({ ...object.body }, (answer) => ({ [field]: of(answer) }));
    const isKnown = made !== null && made.unread.length === 0 && made.made[field] !== undefined;
    changes.put(kind, isKnown ? { id, [field]: made.made[field] } : { id }, {
      at: object.at,
      unread: isKnown ? [] : [field],
    });
  };
}

/** Puts a rule into a workspace's list, in the place of one of the same name. */
function putFirewallRule(object: Upserted, changes: Changes): void {
  const id = parentId(object);
  if (id === null) {
    changes.undecided.push(orphan("synapse.workspace", object));
    return;
  }
  const name = textAt(object.body, "name") ?? lastName(object.id);
  const rule = attempted({ ...object.body, name }, (answer) => firewallRuleOf(answer as FirewallRuleAnswer));
  const rules = rulesWithout(id, name, changes);
  const isWhole = rule !== null && rule.unread.length === 0 && !holdsUnknown(object.body);
  if (rules === null) return;
  const next = isWhole ? [...rules, rule.made] : rules;
  const incomplete = isWhole && !changes.isShort("synapse.workspace", id, "firewallRules") ? [] : ["firewallRules"];
  changes.put("synapse.workspace", { id, firewallRules: next }, { at: object.at, incomplete });
}

/** Takes a rule out of a workspace's list. */
export function takeOutFirewallRule(id: string, name: string, at: PlannedAt, changes: Changes): void {
  const firewallRules = rulesWithout(id, name, changes);
  if (firewallRules === null) return;
  const incomplete = changes.isShort("synapse.workspace", id, "firewallRules") ? ["firewallRules"] : [];
  changes.put("synapse.workspace", { id, firewallRules }, { at, incomplete });
}

type Rules = NonNullable<SynapseWorkspace["firewallRules"]>;

/** A workspace's rules but the one of a name; null where they were not read. */
function rulesWithout(id: string, name: string, changes: Changes): Rules | null {
  const rules = changes.row("synapse.workspace", id)?.firewallRules;
  if (!Array.isArray(rules)) return null;
  return (rules as Rules).filter((each) => each.name?.toLowerCase() !== name.toLowerCase());
}

function putPool(
  object: Upserted,
  kind: "synapse.sqlPool" | "synapse.sparkPool",
  changes: Changes,
  make: (answer: object, workspaceId: string) => object,
): void {
  const workspaceId = parentId(object);
  if (workspaceId === null) {
    changes.undecided.push(orphan(kind, object));
    return;
  }
  made(changes, object, {
    kind,
    make: (answer) => make(answer, workspaceId),
    served: {
      createdOn: { path: "properties.creationDate", fresh: moment },
      ...(kind === "synapse.sqlPool"
        ? { status: { path: "properties.status", fresh: () => "Online" } }
        : { provisioningState: { path: "properties.provisioningState", fresh: () => "Succeeded" } }),
    },
    fresh: () =>
      kind === "synapse.sqlPool"
        ? // "Must be manually enabled for Azure Synapse Analytics" (the documentation's page Transparent data encryption).
          { transparentDataEncryption: "Disabled", auditing: auditingOf({ properties: { state: "Disabled" } }) }
        : {},
  });
}

/** An artifact of the data plane, as it would be published. */
function putArtifact(kind: string, collection: string, rowOf: (artifact: Artifact) => object): Putter {
  return (object, changes) => {
    const workspaceId = parentId(object);
    if (workspaceId === null) {
      changes.undecided.push(orphan(kind, object));
      return;
    }
    made(changes, object, {
      kind,
      isWhole: true,
      make: (answer) => rowOf(searched(changes.around, collection, workspaceId, answer as ArtifactAnswer)),
    });
  };
}

/** A grant inside a workspace; its scope is the workspace where nothing is said. */
function putRoleAssignment(object: Upserted, changes: Changes): void {
  const workspaceId = parentId(object);
  if (workspaceId === null) {
    changes.undecided.push(orphan("synapse.roleAssignment", object));
    return;
  }
  const { body } = object;
  const text = (name: string): PlannedValue | undefined => partOf(body, name) ?? partOf(body, `properties.${name}`);
  const workspace = workspaceId.slice(workspaceId.lastIndexOf("/") + 1);
  const principalId = text("principalId");
  const principalType = text("principalType");
  const held = typeof principalId === "string" ? changes.row("azure.principal", principalId.toLowerCase()) : undefined;
  const row = made(changes, object, {
    kind: "synapse.roleAssignment",
    body: {
      principalId: principalId ?? unknown,
      roleDefinitionId: text("roleDefinitionId") ?? unknown,
      ...(principalType !== undefined && { principalType }),
      scope: text("scope") ?? `workspaces/${workspace}`,
    },
    make: (answer) => {
      const name = isAzureId(object.id) ? lastName(object.id) : object.id;
      return synapseRoleAssignmentRow({ ...(answer as SynapseAssignmentAnswer), id: name }, workspaceId);
    },
    served: { principalType: { path: "principalType", fresh: () => held?.type } },
  });
  if (row !== null) putHolder(row, object, changes);
}
