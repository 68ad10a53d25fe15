import { loadEstate } from "../../../src/estate/data.ts";
import type { PlannedAt, PlannedObject, PlannedValue, RowChange } from "../../../src/plan/plan.ts";
import type { Around } from "../../../src/plan/rows/changes.ts";
import type { Row } from "../../../src/resources/kinds.ts";
import { parseScope } from "../../../src/resources/scope.ts";
import type { SnapshotContent } from "../../../src/snapshot/write.ts";
import { collectFrom, configurationOf, leaveOutUnusedRoles, startSmallEstate } from "../../collect/estate.ts";

export const now = new Date("2026-11-20T06:00:00Z");
export const at: PlannedAt = { file: "plan.json", line: 1, column: 1, address: null };

/** The sample estate as it is read. */
export async function live(): Promise<SnapshotContent> {
  const estate = await startSmallEstate();
  try {
    return await collectFrom(configurationOf(estate));
  } finally {
    await estate.close();
  }
}

/** A snapshot, as plans are told against it. */
export function around(content: SnapshotContent): Around {
  const byId = new Map(
    [...content.rows].map(([kind, rows]) => [kind, new Map(rows.map((row) => [row.id, row]))] as const),
  );
  return {
    row: (kind, id) => byId.get(kind)?.get(id),
    rows: (kind) => byId.get(kind)?.values() ?? [],
    now,
    fingerprint: undefined,
  };
}

/** A planned object that is written at a plan's beginning. */
export function planned(
  type: string,
  id: string,
  body: { readonly [name: string]: PlannedValue } | null,
  action: PlannedObject["action"] = body === null ? "delete" : "create",
): PlannedObject {
  return { type, id, action, body, at: { ...at, address: id.startsWith("terraform:") ? id : null } };
}

/** A row as it is after some changes; undefined where it is gone. */
export function after(
  content: SnapshotContent,
  changes: readonly RowChange[],
  kind: string,
  id: string,
): Row | undefined {
  const before = content.rows.get(kind)?.find((row) => row.id === id);
  const change = changes.find(
    (each) => each.kind === kind && (each.action === "delete" ? each.id : each.row.id) === id,
  );
  if (change === undefined) return before;
  if (change.action === "delete") return undefined;
  if (change.fresh || before === undefined) return change.row;
  const kept = Object.entries(before).filter(([name]) => !change.unread.includes(name));
  return { ...Object.fromEntries(kept), ...change.row };
}

type Answer = { readonly [name: string]: PlannedValue } & { id: string };

/** Everything of the sample estate that a plan can hold, as updates that change nothing. */
export function everything(): PlannedObject[] {
  const estate = loadEstate("fixtures/estate");
  leaveOutUnusedRoles(estate);
  const { arm, graph, synapse, keyVault } = estate;
  const unplanned = new Set([
    "subscriptions",
    "managementGroups",
    "resourceGroups",
    "denyAssignments",
    "roleAssignmentScheduleInstances",
    "registrationAssignments",
    "containerGroups",
  ]);
  const objects: PlannedObject[] = [];
  const put = (type: string, id: string, body: object): void => {
    objects.push({ type, id, action: "update", body: body as Answer, at });
  };
  for (const [list, answers] of Object.entries(arm)) {
    if (unplanned.has(list)) continue;
    for (const each of answers as unknown as Answer[]) put(parseScope(each.id).resourceType ?? "", each.id, each);
  }
  for (const [list, type] of [
    ["applications", "microsoft.graph/applications"],
    ["servicePrincipals", "microsoft.graph/serviceprincipals"],
    ["users", "microsoft.graph/users"],
    ["groups", "microsoft.graph/groups"],
  ] as const)
    for (const each of graph[list] as unknown as Answer[]) {
      put(type, each.id, each);
      // The parts of one SAML signing certificate share a key id.
      if ((each.keyCredentials as unknown as { usage: string }[] | undefined)?.some(({ usage }) => usage === "Sign"))
        continue;
      const on = list === "applications" ? "application" : "servicePrincipal";
      for (const credentials of ["passwordCredentials", "keyCredentials"] as const)
        for (const one of (each[credentials] ?? []) as unknown as { keyId: string }[])
          put(`${type}/${credentials.toLowerCase()}`, `${on}/${each.id}/${one.keyId}`, one);
    }
  for (const [owner, trusts] of Object.entries(graph.federatedIdentityCredentials))
    for (const each of trusts)
      put("microsoft.graph/applications/federatedidentitycredentials", `application/${owner}/${each.id}`, each);
  for (const each of graph.appRoleAssignments) put("microsoft.graph/approleassignments", String(each.id), each);
  for (const each of graph.directoryRoleAssignments)
    put("microsoft.graph/directoryroleassignments", String(each.id), each);
  const workspaces = new Map(arm.synapseWorkspaces.map(({ id, name }) => [name, id]));
  for (const [name, collections] of Object.entries(synapse.artifacts))
    for (const [collection, artifacts] of Object.entries(collections))
      for (const each of artifacts as unknown as { name: string }[])
        put(
          `microsoft.synapse/workspaces/${collection.toLowerCase()}`,
          `${workspaces.get(name)}/${collection.toLowerCase()}/${each.name}`,
          each,
        );
  for (const [name, grants] of Object.entries(synapse.roleAssignments))
    for (const each of grants)
      put("microsoft.synapse/workspaces/roleassignments", `${workspaces.get(name)}/roleassignments/${each.id}`, each);
  const vaults = new Map(arm.keyVaults.map(({ id, name }) => [name, id]));
  for (const [name, items] of Object.entries(keyVault))
    for (const collection of ["secrets", "keys", "certificates"] as const)
      for (const each of items[collection] as unknown as { id?: string; kid?: string; [name: string]: unknown }[]) {
        const [, item] = /\/(?:secrets|keys|certificates)\/([^/]+)$/.exec(each.id ?? each.kid ?? "") ?? [];
        const { attributes, contentType, managed, tags, x5t } = each;
        const properties = {
          ...(attributes !== undefined && { attributes }),
          ...(contentType !== undefined && { contentType }),
          ...(managed !== undefined && { managed }),
          ...(x5t !== undefined && { x5t }),
        };
        put(`microsoft.keyvault/vaults/${collection}`, `${vaults.get(name)}/${collection}/${item}`, {
          tags,
          properties,
        });
      }
  return objects;
}
