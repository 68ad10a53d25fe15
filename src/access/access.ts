import type { AzureDenyAssignment, AzurePrincipal, AzureRoleAssignment } from "../resources/generated.ts";
import { type Hierarchy, within } from "../resources/hierarchy.ts";
import { type Row, valueAt } from "../resources/kinds.ts";
import {
  type Asked,
  type Denial,
  type Grant,
  grantAllows,
  type Known,
  permits,
  type Within,
} from "../resources/permits.ts";
import { isManagementGroup, subscriptionOf } from "../resources/scope.ts";
import { and, not, or, type Verdict } from "../resources/verdict.ts";

/** Where rows come from, and whether they are all. */
export interface Rows {
  /** The rows of a kind by the value of a field. */
  index(kind: string, field: string): ReadonlyMap<unknown, readonly Row[]>;
  /** Why rows of a kind may be missing among those that are found by one of these fields; null where none are. */
  missing(kind: string, ...fields: readonly string[]): string | null;
}

/** A way by which somebody may do an action at a scope: a role assignment, held directly or through a group. */
export interface Holder {
  /** The object id of a principal. */
  readonly principalId: string;
  readonly assignment: Row;
  /** The object id of the group that holds the assignment; null where the principal does. */
  readonly through: string | null;
  /** Whether the assignment allows it and no denial takes it away. */
  readonly verdict: Verdict;
}

const none: Known<never> = { items: [], missing: null };

/** Effective access: what principals may do, by their own grants and those of their groups, after denials. */
export class Access {
  readonly rows: Rows;
  readonly hierarchy: Hierarchy;
  readonly #denials = new Map<string, Known<Denial>>();
  readonly #grants = new WeakMap<Row, Grant>();

  constructor(rows: Rows, hierarchy: Hierarchy) {
    this.rows = rows;
    this.hierarchy = hierarchy;
  }

  readonly within: Within = (inner, outer) => within(this.hierarchy, inner, outer);

  /** The row of a principal; undefined where none was read. */
  principal(id: string): (AzurePrincipal & Row) | undefined {
    return this.rows.index("azure.principal", "id").get(id)?.[0] as (AzurePrincipal & Row) | undefined;
  }

  /** The groups that a principal is a member of, at any depth. */
  groupsOf(id: string): Known<string> {
    const principal = this.principal(id);
    if (principal === undefined) return { items: [], missing: `the principal ${id} was not read` };
    return listOf(principal, "memberOf", "the groups of a principal were not read");
  }

  /** The members of a group, at any depth; those of a group of another tenant cannot be read. */
  membersOf(id: string): Known<string> {
    const group = this.principal(id);
    if (group === undefined) return { items: [], missing: `the principal ${id} was not read` };
    if (group.state === "foreign" || group.type === "ForeignGroup") return { items: [], missing: foreignMembers(id) };
    return listOf(group, "members", "the members of a group were not read");
  }

  /** The role assignments that a principal holds, directly and through groups. */
  grantsOf(id: string): Known<Row> {
    return this.#heldBy("azure.roleAssignment", id);
  }

  /** The Synapse role assignments that a principal holds, directly and through groups. */
  synapseGrantsOf(id: string): Known<Row> {
    return this.#heldBy("synapse.roleAssignment", id);
  }

  /** The roles of Azure that a principal may activate, directly and through groups. */
  eligibilitiesOf(id: string): Known<Row> {
    return this.#heldBy("azure.roleEligibility", id);
  }

  #heldBy(kind: string, id: string): Known<Row> {
    const groups = this.groupsOf(id);
    const index = this.rows.index(kind, "principalId");
    const items = [id, ...groups.items].flatMap((each) => index.get(each) ?? []);
    return { items, missing: this.rows.missing(kind, "principalId") ?? groups.missing };
  }

  /** The deny assignments that bind a principal, or may do so. */
  denialsOf(id: string): Known<Row> {
    const bound = this.#denialsOf(id);
    const rows = [...this.rows.index("azure.denyAssignment", "id").values()].flat();
    return { items: rows.filter((_, index) => bound.items[index]?.binds !== false), missing: bound.missing };
  }

  #denialsOf(id: string): Known<Denial> {
    let found = this.#denials.get(id);
    if (found === undefined) {
      const rows = [...this.rows.index("azure.denyAssignment", "id").values()].flat() as (AzureDenyAssignment & Row)[];
      const groups = rows.length === 0 ? none : this.groupsOf(id);
      const items = rows.map(
        (row): Denial => ({
          scope: row.scope?.id,
          permissions: row.permissions,
          incomplete: isCut(row, "permissions"),
          condition: row.condition,
          doNotApplyToChildScopes: row.doNotApplyToChildScopes,
          binds: binds(row, id, groups),
        }),
      );
      found = { items, missing: this.rows.missing("azure.denyAssignment") };
      this.#denials.set(id, found);
    }
    return found;
  }

  /** What a role assignment or an eligible role grants, as far as it was read. */
  grant(row: Row): Grant {
    let grant = this.#grants.get(row);
    if (grant === undefined) {
      const { scope, roleDefinitionId, condition } = row as AzureRoleAssignment;
      const role =
        roleDefinitionId === undefined
          ? undefined
          : this.rows.index("azure.roleDefinition", "id").get(roleDefinitionId)?.[0];
      grant = {
        scope: scope?.id,
        permissions: role?.permissions,
        incomplete: role !== undefined && isCut(role, "permissions"),
        condition,
      };
      this.#grants.set(row, grant);
    }
    return grant;
  }

  /** Whether a principal may do an action at a scope. */
  permits(id: string, asked: Asked): Verdict {
    const held = this.grantsOf(id);
    const grants = { items: held.items.map((row) => this.grant(row)), missing: held.missing };
    return permits(asked, grants, this.#denialsOf(id), this.within);
  }

  /** Whether one assignment allows a principal an action at a scope, after denials. */
  permitsBy(id: string, assignment: Row, asked: Asked): Verdict {
    return permits(asked, { items: [this.grant(assignment)], missing: null }, this.#denialsOf(id), this.within);
  }

  /** Who may do an action at a scope, by which assignment; those for whom it stays open are among them. */
  holders(asked: Asked): Known<Holder> {
    const found: Holder[] = [];
    const around = this.scopesAround(asked.scope);
    let missing = this.rows.missing("azure.roleAssignment", "scope.id", "principalId") ?? around.missing;
    for (const scope of around.items) {
      for (const assignment of this.rows.index("azure.roleAssignment", "scope.id").get(scope) ?? []) {
        if (grantAllows(asked, this.grant(assignment), this.within) === false) continue;
        const { principalId } = assignment as AzureRoleAssignment;
        if (principalId === undefined) continue;
        const verdictOf = (id: string): Verdict => this.permitsBy(id, assignment, asked);
        found.push({ principalId, assignment, through: null, verdict: verdictOf(principalId) });
        if (!isGroup(this.principal(principalId))) continue;
        const members = this.membersOf(principalId);
        missing ??= members.missing;
        for (const member of members.items)
          found.push({ principalId: member, assignment, through: principalId, verdict: verdictOf(member) });
      }
    }
    return { items: found.filter(({ verdict }) => verdict !== false), missing };
  }

  /** A scope, and everything that it lies in. */
  scopesAround(scope: string): Known<string> {
    const scopes = new Set(["/", scope]);
    for (let end = scope.lastIndexOf("/"); end > 0; end = scope.lastIndexOf("/", end - 1))
      scopes.add(scope.slice(0, end));
    const groups = this.#groupsAbove(scope);
    for (const group of groups.items) scopes.add(group);
    return { items: [...scopes], missing: groups.missing };
  }

  /** The management groups above a scope. */
  #groupsAbove(scope: string): Known<string> {
    if (!scope.startsWith("/"))
      return { items: [], missing: `where ${scope} will stand is known only after the change` };
    const subscription = subscriptionOf(scope);
    if (subscription !== null) {
      const above = this.hierarchy.get(subscription);
      return above ? { items: above, missing: null } : { items: [], missing: unreadAbove(subscription) };
    }
    if (!isManagementGroup(scope)) return none;
    const group = this.rows.index("azure.managementGroup", "id").get(scope)?.[0];
    return group === undefined
      ? { items: [], missing: unreadAbove(scope) }
      : listOf(group, "ancestors", unreadAbove(scope));
  }
}

function unreadAbove(scope: string): string {
  return `the management groups above ${scope} were not read`;
}

/** Whether a deny assignment binds a principal. */
function binds(row: AzureDenyAssignment & Row, id: string, groups: Known<string>): Verdict {
  const ids = new Set([id, ...groups.items]);
  const named = (field: "principals" | "excludePrincipals"): Verdict => {
    const list = row[field];
    if (list === undefined) return "whom a denial binds was not read";
    if (list.some((each) => each.id !== undefined && ids.has(each.id))) return true;
    if (list.some((each) => each.id === undefined) || isCut(row, field)) return "whom a denial binds was not read";
    return groups.missing ?? false;
  };
  const effect: Verdict =
    row.effect === undefined ? "whether a denial is enforced was not read" : row.effect === "enforced";
  const bound = or(row.everyone ?? "whom a denial binds was not read", named("principals"));
  return and(effect, and(bound, not(named("excludePrincipals"))));
}

/** What is not known of a group of another tenant. */
export function foreignMembers(id: string): string {
  return `the members of the group ${id}, which is of another tenant`;
}

/** Whether a principal is a group, of whatever tenant. */
export function isGroup(principal: AzurePrincipal | undefined): boolean {
  return principal?.type === "Group" || principal?.type === "ForeignGroup";
}

/** Whether a row's list was not read to its end. */
export function isCut(row: Row, field: string): boolean {
  return Array.isArray(row.incomplete) && row.incomplete.includes(field);
}

/** A list in a row, and why it may lack something. */
export function listOf(row: Row, field: string, cause: string): Known<string> {
  const value = valueAt(row, field);
  if (!Array.isArray(value)) return { items: [], missing: cause };
  return { items: value as string[], missing: isCut(row, field) ? cause : null };
}
