import { networkRulesOf } from "../../collect/azure/networkRules.ts";
import { auditingOf } from "../../collect/synapse/settings.ts";
import { kinds } from "../../resources/kinds.ts";
import { below, normaliseId, roleDefinitionId } from "../../resources/scope.ts";
import type { PlannedAt, PlannedObject } from "../plan.ts";
import { isAzureId, lastName, parentOf } from "./answers.ts";
import type { Changes } from "./changes.ts";
import { takeOutMember } from "./entra.ts";
import { takeOutIdentity, takeOutPrincipal } from "./identities.ts";
import { takeOutFirewallRule } from "./synapse.ts";

/** Takes out what a deletion deletes, and all that goes with it. What a snapshot does not hold is not there to be deleted. */
export function takeOut(object: PlannedObject, changes: Changes): void {
  const { type, id, at } = object;
  const setting = settings[type];
  if (setting !== undefined && isAzureId(id)) setting(normaliseId(id), at, changes);
  else if (type.startsWith("microsoft.graph/")) takeOutOfDirectory(object, changes);
  else if (!isAzureId(id)) {
    // A thing that has no id yet is not there.
    if (object.action === "delete")
      changes.undecided.push({
        kind: kindsOf(type),
        scope: "tenant",
        cause: "what is deleted has no id in the plan",
        at,
      });
  } else if (type === "microsoft.authorization/roledefinitions")
    changes.remove("azure.roleDefinition", roleDefinitionId(id), at);
  else if (type === "microsoft.authorization/roleassignments")
    changes.remove("azure.roleAssignment", normaliseId(id), at);
  else if (type.startsWith("microsoft.authorization/roleeligibilityschedule")) takeOutEligibility(id, at, changes);
  else takeOutBelow(normaliseId(id), at, changes);
}

/** The kind to name where it is not known what is deleted. */
function kindsOf(type: string): string {
  return type.includes("roleassignments") ? "azure.roleAssignment" : "azure.managedIdentity";
}

/** A request is not called as the instance that it led to. */
function takeOutEligibility(id: string, at: PlannedAt, changes: Changes): void {
  const row = normaliseId(id);
  if (changes.row("azure.roleEligibility", row) !== undefined) changes.remove("azure.roleEligibility", row, at);
  else {
    const scope = row.slice(0, Math.max(0, row.lastIndexOf("/providers/microsoft.authorization/")));
    const cause = "which eligibility is deleted is known by its request alone";
    changes.undecided.push({ kind: "azure.roleEligibility", scope: scope === "" ? "/" : scope, cause, at });
  }
}

/** Takes out a resource, or a whole group or subscription: all that lies in it, the grants at it, and its identity. */
function takeOutBelow(id: string, at: PlannedAt, changes: Changes): void {
  for (const kind of kinds.keys()) {
    if (!/^(?:azure|synapse)\./.test(kind)) continue;
    for (const row of [...changes.rows(kind)]) {
      if (!below(row.id, id)) continue;
      if (kind === "azure.managedIdentity") takeOutIdentity(row, at, changes);
      else changes.remove(kind, row.id, at);
    }
  }
  // What is attached to it is attached no more.
  for (const identity of [...changes.rows("azure.managedIdentity")]) {
    if (!Array.isArray(identity.attachedTo)) continue;
    const held = identity.attachedTo as string[];
    const attachedTo = held.filter((each) => !below(each, id));
    if (attachedTo.length === held.length) continue;
    const incomplete = changes.isShort("azure.managedIdentity", identity.id, "attachedTo") ? ["attachedTo"] : [];
    changes.put("azure.managedIdentity", { id: identity.id, attachedTo }, { at, incomplete });
  }
}

function takeOutOfDirectory({ type, id, at, action }: PlannedObject, changes: Changes): void {
  const own = id.toLowerCase();
  switch (type) {
    case "microsoft.graph/applications":
      takeOutApplication(own, at, changes);
      break;
    case "microsoft.graph/serviceprincipals":
    case "microsoft.graph/users":
    case "microsoft.graph/groups":
      takeOutPrincipal(own, at, changes);
      break;
    case "microsoft.graph/groups/members": {
      const [, group, member] = /^(?:group\/)?([^/]+)\/members?\/([^/]+)$/.exec(own) ?? [];
      if (group !== undefined && member !== undefined) takeOutMember(group, member, at, changes);
      else if (action === "delete")
        changes.undecided.push({
          kind: "azure.principal",
          scope: "tenant",
          cause: "who leaves which group is not known",
          at,
        });
      break;
    }
    case "microsoft.graph/approleassignments":
      changes.remove("azure.appPermission", id, at);
      break;
    case "microsoft.graph/directoryroleassignments":
      changes.remove("azure.directoryRole", id, at);
      break;
    case "microsoft.graph/applications/federatedidentitycredentials":
      changes.remove("azure.federatedCredential", own, at);
      break;
    default:
      changes.remove("azure.credential", id.replace(/^serviceprincipal\//i, "servicePrincipal/"), at);
  }
}

/** An application goes with its credentials and trusts, and with the service principal that it has in its own tenant. */
function takeOutApplication(id: string, at: PlannedAt, changes: Changes): void {
  const application = changes.row("azure.application", id);
  changes.remove("azure.application", id, at);
  for (const kind of ["azure.credential", "azure.federatedCredential"])
    for (const row of [...changes.found(kind, "ownerId", id)])
      if (row.on === "application") changes.remove(kind, row.id, at);
  if (typeof application?.appId !== "string") return;
  for (const principal of [...changes.found("azure.principal", "appId", application.appId)])
    takeOutPrincipal(principal.id, at, changes);
}

/** Settings of their own address that are part of a row: what is in force once they are deleted. */
const settings: Readonly<Record<string, (id: string, at: PlannedAt, changes: Changes) => void>> = {
  "microsoft.synapse/workspaces/firewallrules": (id, at, changes) =>
    takeOutFirewallRule(parentOf(id), lastName(id), at, changes),
  "microsoft.synapse/workspaces/azureadonlyauthentications": becomes(
    "synapse.workspace",
    "entraOnlyAuthentication",
    false,
  ),
  "microsoft.synapse/workspaces/administrators": becomes("synapse.workspace", "entraAdministrator", null),
  "microsoft.synapse/workspaces/sqladministrators": becomes("synapse.workspace", "sqlEntraAdministrator", null),
  "microsoft.synapse/workspaces/managedidentitysqlcontrolsettings": becomes(
    "synapse.workspace",
    "sqlControlForIdentity",
  ),
  "microsoft.synapse/workspaces/extendedauditingsettings": becomes("synapse.workspace", "auditing", noAuditing()),
  "microsoft.synapse/workspaces/auditingsettings": becomes("synapse.workspace", "auditing", noAuditing()),
  "microsoft.synapse/workspaces/sqlpools/extendedauditingsettings": becomes(
    "synapse.sqlPool",
    "auditing",
    noAuditing(),
  ),
  "microsoft.synapse/workspaces/sqlpools/auditingsettings": becomes("synapse.sqlPool", "auditing", noAuditing()),
  "microsoft.synapse/workspaces/sqlpools/transparentdataencryption": becomes(
    "synapse.sqlPool",
    "transparentDataEncryption",
  ),
  "microsoft.storage/storageaccounts/networkacls": becomes(
    "azure.storageAccount",
    "networkRules",
    networkRulesOf({ defaultAction: "Allow" }),
  ),
  "microsoft.keyvault/vaults/accesspolicies": (id, at, changes) =>
    changes.put("azure.keyVault", { id: parentOf(id) }, { at, unread: ["accessPolicies", "principalIds"] }),
};

function noAuditing(): object {
  return auditingOf({ properties: { state: "Disabled" } });
}

/** @param value undefined where it is not known what is in force then */
function becomes(kind: string, field: string, value?: unknown) {
  return (id: string, at: PlannedAt, changes: Changes): void => {
    const owner = parentOf(id);
    // What goes with its owner needs no change of its own.
    if (changes.row(kind, owner) === undefined) return;
    changes.put(kind, value === undefined ? { id: owner } : { id: owner, [field]: value }, {
      at,
      unread: value === undefined ? [field] : [],
    });
  };
}
