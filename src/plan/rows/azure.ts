import { diagnosticSettingRow, logging, type SettingAnswer } from "../../collect/azure/diagnosticSettings.ts";
import { type LogWorkspaceAnswer, logWorkspaceRow } from "../../collect/azure/logWorkspaces.ts";
import { type NetworkAcls, networkRulesOf } from "../../collect/azure/networkRules.ts";
import { type EligibilityAnswer, eligibilityRow } from "../../collect/azure/privilegedIdentity.ts";
import { type RoleAssignment, roleAssignmentRow } from "../../collect/azure/roleAssignments.ts";
import { type RoleDefinition, roleDefinitionRow } from "../../collect/azure/roleDefinitions.ts";
import { type AccountAnswer, storageAccountRow } from "../../collect/storage/accounts.ts";
import { type ContainerAnswer, containerRow } from "../../collect/storage/containers.ts";
import type { AzureStorageAccount } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { normaliseId, parseScope, roleDefinitionId } from "../../resources/scope.ts";
import { unknown } from "../plan.ts";
import { type Body, isAzureId, isTold, parentOf, partOf, textAt, type Upserted } from "./answers.ts";
import type { Changes } from "./changes.ts";
import { made } from "./made.ts";
import { attempted } from "./partial.ts";

/** Puts the rows of a planned object of one type. */
export type Putter = (object: Upserted, changes: Changes) => void;

const moment = (_: Row, changes: Changes): string => changes.around.now.toISOString();

/** The role assignments, definitions and eligibilities. */
export const authorization: Readonly<Record<string, Putter>> = {
  "microsoft.authorization/roleassignments": putRoleAssignment,
  "microsoft.authorization/roledefinitions": (object, changes) => {
    made(changes, object, {
      kind: "azure.roleDefinition",
      make: (answer) => roleDefinitionRow(answer as RoleDefinition),
      // What is planned is never a role of Microsoft's own.
      body: withDefaults(object.body, { type: "CustomRole" }),
    });
  },
  "microsoft.authorization/roleeligibilityscheduleinstances": putEligibility,
  // A request is carried out as the instance that it asks for.
  "microsoft.authorization/roleeligibilityschedulerequests": putEligibility,
};

/** A body in which some properties are what the service makes of them where they are left out. */
export function withDefaults(body: Body, defaults: Body): Body {
  const properties = partOf(body, "properties");
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) return body;
  return { ...body, properties: { ...defaults, ...(properties as Body) } };
}

/** The scope on which an extension resource stands; null where its id does not tell. */
function scopeOf(object: Upserted, type: string): string | null {
  const told = textAt(object.body, "properties.scope");
  if (told !== null) return told;
  const at = isAzureId(object.id) ? object.id.toLowerCase().lastIndexOf(`/providers/${type}/`) : -1;
  if (at < 0) return null;
  return at === 0 ? "/" : object.id.slice(0, at);
}

/** The grant's role, scope and principal, where they are known; a role may be named in place of its id. */
function grantBody(object: Upserted, type: string, changes: Changes): Body {
  const scope = scopeOf(object, type);
  const { body } = object;
  if (partOf(body, "properties") === unknown) return body;
  const role =
    textAt(body, "properties.roleDefinitionId") ?? roleNamed(textAt(body, "properties.roleDefinitionName"), changes);
  const principal = textAt(body, "properties.principalId");
  return {
    ...body,
    properties: {
      ...(partOf(body, "properties") as Body),
      scope: scope !== null && isAzureId(scope) ? scope : unknown,
      roleDefinitionId: role ?? unknown,
      principalId: principal ?? unknown,
      principalType: textAt(body, "properties.principalType") ?? typeOfPrincipal(principal, changes) ?? unknown,
    },
  };
}

/** The id of a role by its name; built-in roles go before custom ones, of which two tenants' may share a name. */
function roleNamed(name: string | null, changes: Changes): string | null {
  if (name === null) return null;
  let found: Row | null = null;
  for (const row of changes.rows("azure.roleDefinition"))
    if (String(row.name).toLowerCase() === name.toLowerCase() && (found === null || row.type === "BuiltInRole"))
      found = row;
  return found?.id ?? null;
}

function typeOfPrincipal(id: string | null, changes: Changes): string | null {
  const type = id === null ? undefined : changes.row("azure.principal", id.toLowerCase())?.type;
  return typeof type === "string" ? type : null;
}

/** Who holds a grant has a row, whatever is known of it. */
export function putHolder(row: Row, { at }: Upserted, changes: Changes): void {
  const { principalId, principalType } = row;
  if (typeof principalId !== "string" || changes.row("azure.principal", principalId) !== undefined) return;
  changes.put(
    "azure.principal",
    { id: principalId, ...(typeof principalType === "string" && { type: principalType }) },
    { at, fresh: true },
  );
}

/**
 * The id of the grant of the same role to the same principal at the same scope, of which there is never a second one (the
 * documentation's page Troubleshoot Azure RBAC: RoleAssignmentExists); null where there is none.
 */
function sameGrant(body: Body, changes: Changes): string | null {
  const [scope, role, principal] = ["scope", "roleDefinitionId", "principalId"].map((each) =>
    textAt(body, `properties.${each}`),
  );
  if (!scope || !role || !principal) return null;
  const at = normaliseId(scope);
  for (const row of changes.found("azure.roleAssignment", "principalId", principal.toLowerCase()))
    if (row.roleDefinitionId === roleDefinitionId(role) && (row.scope as { id?: string } | undefined)?.id === at)
      return row.id;
  return null;
}

function putRoleAssignment(written: Upserted, changes: Changes): void {
  const body = grantBody(written, "microsoft.authorization/roleassignments", changes);
  const object = isAzureId(written.id) ? written : { ...written, id: sameGrant(body, changes) ?? written.id };
  const row = made(changes, object, {
    kind: "azure.roleAssignment",
    body,
    make: (answer) => roleAssignmentRow(answer as RoleAssignment),
    served: {
      createdOn: { path: "properties.createdOn", fresh: moment },
      updatedOn: { path: "properties.updatedOn", fresh: moment },
      createdBy: { path: "properties.createdBy" },
    },
    // What is assigned past Privileged Identity Management is held at all times; by it, too, unless it says an end.
    fresh: () => ({ assignmentType: "standing", endsOn: null }),
  });
  if (row !== null) putHolder(row, object, changes);
}

function putEligibility(object: Upserted, changes: Changes): void {
  const type = object.type;
  const body = grantBody(object, type, changes);
  const name = object.id.slice(object.id.lastIndexOf("/") + 1);
  const schedule = partOf(body, "properties.scheduleInfo");
  const properties = partOf(body, "properties");
  const start = partOf(body, "properties.scheduleInfo.startDateTime") ?? partOf(body, "properties.startDateTime");
  const row = made(changes, object, {
    kind: "azure.roleEligibility",
    body: {
      ...body,
      name,
      properties:
        properties === unknown
          ? unknown
          : {
              ...(properties as Body),
              ...(schedule !== undefined && {
                startDateTime: start ?? changes.around.now.toISOString(),
                endDateTime: partOf(body, "properties.scheduleInfo.expiration.endDateTime") ?? endOf(body, changes),
              }),
              memberType: partOf(body, "properties.memberType") ?? "Direct",
            },
    },
    make: (answer) => {
      const scope = (answer as EligibilityAnswer).properties?.scope;
      // Without its scope it has no id of its own.
      const known = eligibilityRow({
        ...(answer as EligibilityAnswer),
        properties: { ...(answer as EligibilityAnswer).properties, scope: scope ?? "/" },
      });
      if (known === null) return null;
      const { scope: at, ...rest } = known;
      return scope === undefined ? { ...rest, id: object.id } : { ...rest, scope: at };
    },
    served: { createdOn: { path: "properties.createdOn", fresh: moment } },
  });
  if (row !== null) putHolder(row, object, changes);
}

/** When an eligibility ends that is asked for a time: null where it never does, unknown where its length is written otherwise. */
function endOf(body: Body, changes: Changes): string | null | typeof unknown {
  const type = textAt(body, "properties.scheduleInfo.expiration.type")?.toLowerCase();
  if (type === "noexpiration") return null;
  const [, days] = /^P(\d+)D$/.exec(textAt(body, "properties.scheduleInfo.expiration.duration") ?? "") ?? [];
  if (type !== "afterduration" || days === undefined) return unknown;
  const start = textAt(body, "properties.scheduleInfo.startDateTime");
  const from = start === null ? changes.around.now.getTime() : Date.parse(start);
  return Number.isNaN(from) ? unknown : new Date(from + Number(days) * 86_400_000).toISOString();
}

/** The host that a service gives a new resource: its name and the domain that others of the kind have in this cloud. */
export function hostLike(kind: string, field: string, infix = ""): (row: Row, changes: Changes) => string | undefined {
  return ({ name }, changes) => {
    if (typeof name !== "string") return undefined;
    for (const other of changes.around.rows(kind)) {
      const [host, its] = [other[field], other.name];
      if (typeof host !== "string" || typeof its !== "string") continue;
      const start = `${its.toLowerCase()}${infix}.`;
      if (host.startsWith(start)) return `${name.toLowerCase()}${infix}.${host.slice(start.length)}`;
    }
    return undefined;
  };
}

/** Storage accounts and their containers. */
export const storage: Readonly<Record<string, Putter>> = {
  "microsoft.storage/storageaccounts": (object, changes) => {
    const zoned = isTold(object.body, "properties.dnsEndpointType")
      ? textAt(object.body, "properties.dnsEndpointType")?.toLowerCase() === "azurednszone"
      : partOf(object.body, "properties.dnsEndpointType") === unknown;
    const host = (field: "blobHost" | "dfsHost") => (zoned ? () => undefined : hostLike("azure.storageAccount", field));
    made(changes, object, {
      kind: "azure.storageAccount",
      make: (answer) => storageAccountRow({ properties: {}, ...answer } as AccountAnswer),
      served: {
        createdOn: { path: "properties.creationTime", fresh: moment },
        key1CreatedOn: { path: "properties.keyCreationTime", fresh: moment },
        key2CreatedOn: { path: "properties.keyCreationTime", fresh: moment },
        blobHost: { path: "properties.primaryEndpoints", fresh: host("blobHost") },
        dfsHost: { path: "properties.primaryEndpoints", fresh: host("dfsHost") },
        // "If omitted, TLS 1.0 is assumed", and https only is the default since 2019-04-01 (storage.json 2024-01-01).
        httpsOnly: { path: "properties.supportsHttpsTrafficOnly", fresh: () => true },
        encryptionKeySource: { path: "properties.encryption.keySource", fresh: () => "microsoft.storage" },
      },
    });
  },
  "microsoft.storage/storageaccounts/networkacls": (object, changes) => {
    const id = parentId(object);
    if (id === null) {
      changes.undecided.push(orphan("azure.storageAccount", object));
      return;
    }
    const rules = attempted(object.body, (answer) => ({ networkRules: networkRulesOf(answer as NetworkAcls) }));
    changes.put(
      "azure.storageAccount",
      { id, ...(rules?.unread.length === 0 && rules.made) },
      { at: object.at, unread: rules?.unread ?? ["networkRules"] },
    );
  },
  "microsoft.storage/storageaccounts/blobservices/containers": (object, changes) => {
    const accountId = parentId(object, 2);
    if (accountId === null) return changes.undecided.push(orphan("azure.storageContainer", object));
    const account = changes.row("azure.storageAccount", accountId);
    const row = made(changes, object, {
      kind: "azure.storageContainer",
      make: (answer) =>
        containerRow(
          { properties: {}, ...answer } as ContainerAnswer,
          (account ?? { id: accountId }) as AzureStorageAccount & { id: string },
        ),
      served: {
        publicAccess: { path: "properties.publicAccess", fresh: () => "none" },
        hasImmutabilityPolicy: { path: "properties.hasImmutabilityPolicy", fresh: () => false },
        hasLegalHold: { path: "properties.hasLegalHold", fresh: () => false },
      },
      fresh: () => (account?.isHnsEnabled === false ? { accessControl: null, principalIds: [] } : {}),
    });
    return row;
  },
};

/** The id of what a planned child stands in, some levels up; null where its id does not tell. `parentId` in a body tells it too. */
export function parentId(object: Upserted, levels = 1): string | null {
  const told = textAt(object.body, "parentId");
  if (told !== null) return normaliseId(told);
  if (!isAzureId(object.id)) return null;
  let id = object.id;
  for (let level = 0; level < levels; level++) id = parentOf(id);
  return normaliseId(id);
}

/** What is planned in something that is not known. */
export function orphan(kind: string, { at }: Upserted) {
  return { kind, scope: "tenant", cause: "what it stands in is known only after the change", at };
}

/** Diagnostic settings and the workspaces that take them. */
export const logs: Readonly<Record<string, Putter>> = {
  "microsoft.insights/diagnosticsettings": putDiagnosticSetting,
  "microsoft.operationalinsights/workspaces": (object, changes) => {
    made(changes, object, {
      kind: "azure.logWorkspace",
      make: (answer) => logWorkspaceRow(answer as LogWorkspaceAnswer, object.id),
      served: {
        customerId: { path: "properties.customerId" },
        createdOn: { path: "properties.createdDate", fresh: moment },
        sku: { path: "properties.sku" },
        // Where it is left out the tier decides it.
        retentionDays: { path: "properties.retentionInDays" },
      },
    });
  },
};

/** The kinds that log, by what their ids tell of their type. */
const loggingTypes: Readonly<Record<string, string>> = {
  "microsoft.synapse/workspaces": "synapse.workspace",
  "microsoft.synapse/workspaces/sqlpools": "synapse.sqlPool",
  "microsoft.keyvault/vaults": "azure.keyVault",
  "microsoft.storage/storageaccounts/blobservices": "azure.storageAccount",
};

function putDiagnosticSetting(object: Upserted, changes: Changes): void {
  const marker = "/providers/microsoft.insights/diagnosticsettings/";
  const at = object.id.toLowerCase().lastIndexOf(marker);
  const on = textAt(object.body, "parentId") ?? (at < 0 ? null : object.id.slice(0, at));
  if (on === null || !isAzureId(on)) {
    changes.undecided.push(orphan("azure.diagnosticSetting", object));
    return;
  }
  const scope = parseScope(on);
  const kind = scope.level === "subscription" ? "azure.subscription" : loggingTypes[scope.resourceType ?? ""];
  if (kind === undefined) {
    // Of other resources no settings are read.
    changes.ignored.set(object.type, (changes.ignored.get(object.type) ?? 0) + 1);
    return;
  }
  const part = logging.find((each) => each.kind === kind)?.part ?? null;
  const id = scope.id ?? "";
  made(changes, object, {
    kind: "azure.diagnosticSetting",
    make: (answer) =>
      diagnosticSettingRow({ properties: {}, ...answer } as SettingAnswer, {
        resource: part === null ? id : id.slice(0, -(part.length + 1)),
        kind,
        part,
      }),
    // The service always lists the logs, none where none is named.
    body: withDefaults(object.body, { logs: [] }),
  });
}
