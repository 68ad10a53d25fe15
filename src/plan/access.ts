import type { GateAccess } from "../resources/generated.ts";
import { type Row, valueAt } from "../resources/kinds.ts";
import type { Snapshot } from "../snapshot/read.ts";
import type { ChangedRow } from "./overlay.ts";

/** How the kinds that give somebody a right name it and where it holds. */
interface RightKind {
  /** The field with the right's name or id. */
  right: string;
  /** The kind whose row of that id has the name; null where the field is the name. */
  named: string | null;
  scope: string;
}

const rightKinds: Readonly<Record<string, RightKind>> = {
  "azure.appPermission": { right: "permission", named: null, scope: "resourceName" },
  "azure.directoryRole": { right: "roleName", named: null, scope: "directoryScopeId" },
  "azure.roleAssignment": { right: "roleDefinitionId", named: "azure.roleDefinition", scope: "scope.id" },
  "azure.roleEligibility": { right: "roleDefinitionId", named: "azure.roleDefinition", scope: "scope.id" },
  "synapse.roleAssignment": { right: "roleDefinitionId", named: "synapse.roleDefinition", scope: "scope" },
};

/**
 * Who gains or loses which right by a change, in the order of what changes: rights of Azure, Synapse and Entra ID that
 * principals hold, and places in groups. What is taken out and made again for the same principal, right and scope is neither.
 * @param before the live state, and the same once the change is made: names come from either
 */
export function accessOf(changed: readonly ChangedRow[], before: Snapshot, after: Snapshot): GateAccess[] {
  const rights = changed.filter(({ kind }) => rightKinds[kind] !== undefined);
  const members = changed.filter(({ kind }) => kind === "azure.principal");
  const principals = new Set([
    ...rights.flatMap(({ before: old, after: made }) => [old?.principalId, made?.principalId]),
    ...members.flatMap(({ id, before: old, after: made }) => [id, ...groupsIn(old), ...groupsIn(made)]),
  ]);
  const name = namesOf(before, after, new Map([["azure.principal", principals], ...rolesOf(rights)]));
  const found: GateAccess[] = [];
  for (const change of rights) {
    const { kind, at } = change;
    const told = (row: Row, what: GateAccess["change"]): GateAccess => {
      const { right, named, scope } = rightKinds[kind] as RightKind;
      const id = textOf(row.principalId);
      const role = textOf(valueAt(row, right));
      return {
        change: what,
        principal: id,
        principalName: id === null ? null : name("azure.principal", id),
        right: role === null || named === null ? role : (name(named, role) ?? role),
        scope: textOf(valueAt(row, scope)),
        at,
      };
    };
    const [old, made] = [change.before, change.after];
    if (old !== null && made !== null && same(told(old, "changes"), told(made, "changes"))) {
      if (JSON.stringify(old.condition) !== JSON.stringify(made.condition)) found.push(told(made, "changes"));
      continue;
    }
    if (old !== null) found.push(told(old, "loses"));
    if (made !== null) found.push(told(made, "gains"));
  }
  return [...found.filter((one) => !found.some((other) => opposite(one, other))), ...memberships(members, name)];
}

/** Who comes into a group or leaves one, with all that the group holds. */
function memberships(changed: readonly ChangedRow[], name: (kind: string, id: string) => string | null): GateAccess[] {
  return changed.flatMap((change) => {
    const [old, made] = [groupsIn(change.before), groupsIn(change.after)];
    const told = (what: GateAccess["change"], group: string): GateAccess => ({
      change: what,
      principal: change.id,
      principalName: name("azure.principal", change.id),
      right: `what ${name("azure.principal", group) ?? group} holds`,
      scope: group,
      at: change.at,
    });
    return [
      ...made.filter((group) => !old.includes(group)).map((group) => told("gains", group)),
      ...old.filter((group) => !made.includes(group)).map((group) => told("loses", group)),
    ];
  });
}

function groupsIn(row: Row | null): string[] {
  return Array.isArray(row?.memberOf) ? (row.memberOf as string[]) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function same(one: GateAccess, other: GateAccess): boolean {
  return one.principal === other.principal && one.right === other.right && one.scope === other.scope;
}

/** Whether what one takes the other gives back; of what is not known nobody can say so. */
function opposite(one: GateAccess, other: GateAccess): boolean {
  const known = one.principal !== null && one.right !== null && one.scope !== null;
  return (
    known && one.change !== other.change && one.change !== "changes" && other.change !== "changes" && same(one, other)
  );
}

function rolesOf(rights: readonly ChangedRow[]): [string, Set<unknown>][] {
  const found = new Map<string, Set<unknown>>();
  for (const { kind, before, after } of rights) {
    const { right, named } = rightKinds[kind] as RightKind;
    if (named === null) continue;
    const ids = found.get(named) ?? new Set();
    found.set(named, ids.add(before === null ? undefined : valueAt(before, right)).add(after && valueAt(after, right)));
  }
  return [...found];
}

/** The names of the rows of some ids; null where no row tells one. */
function namesOf(
  before: Snapshot,
  after: Snapshot,
  wanted: ReadonlyMap<string, ReadonlySet<unknown>>,
): (kind: string, id: string) => string | null {
  const names = new Map<string, string>();
  for (const [kind, ids] of wanted) {
    if (ids.size === 0 || before.manifest.files[`${kind}.ndjson`] === undefined) continue;
    for (const snapshot of [before, after]) {
      for (const row of snapshot.rows(kind)) {
        if (!ids.has(row.id)) continue;
        const told = textOf(row.displayName) ?? textOf(row.name);
        if (told !== null) names.set(`${kind}\0${row.id}`, told);
      }
    }
  }
  return (kind, id) => names.get(`${kind}\0${id}`) ?? null;
}
