import type { LeftOutScope } from "../resources/generated.ts";
import { type Row, valueAt } from "../resources/kinds.ts";
import { isManagementGroup, subscriptionOf } from "../resources/scope.ts";
import type { SnapshotWorld } from "./world.ts";

/** The subscriptions that are looked at, and what lies in none. */
export class LookedAt {
  readonly #chosen: ReadonlySet<string> | null;
  readonly #world: SnapshotWorld;
  readonly #groups = new Map<string, boolean>();

  /** @param chosen the ids of subscriptions; null where none was left out by choice */
  constructor(chosen: ReadonlySet<string> | null, world: SnapshotWorld) {
    this.#chosen = chosen;
    this.#world = world;
  }

  /**
   * Whether a normalised scope or id is looked at: it lies in a chosen subscription, or is a management group that may
   * have one below it, or lies in no subscription, as a principal or what a Prefect server holds.
   */
  scope(scope: string): boolean {
    if (this.#chosen === null) return true;
    const subscription = subscriptionOf(scope);
    if (subscription !== null) return this.#chosen.has(subscription);
    const group = scope.split("/", 5).join("/");
    if (!isManagementGroup(group)) return true;
    let reaches = this.#groups.get(group);
    if (reaches === undefined) {
      reaches = [...this.#chosen].some((each) => this.#world.within(each, group) !== false);
      this.#groups.set(group, reaches);
    }
    return reaches;
  }

  /** Whether a row is looked at: a grant where its scope is, a role of one's own where it can be assigned. */
  row(row: Row): boolean {
    if (this.#chosen === null) return true;
    const { assignableScopes } = row;
    if (row.type === "CustomRole" && Array.isArray(assignableScopes))
      return assignableScopes.some((each) => this.scope(String(each)));
    const scope = valueAt(row, "scope.id");
    return this.scope(typeof scope === "string" ? scope : row.id);
  }

  /** What was left out by choice, with the environments that it belongs to; undefined where nothing was. */
  leftOut(): LeftOutScope[] | undefined {
    if (this.#chosen === null) return undefined;
    const { configuration, environments, read } = this.#world;
    const because = (scope: string): string =>
      read !== null && !read.has(scope)
        ? "the snapshot was collected for other subscriptions"
        : "--subscription and --management-group name others";
    const listed = this.#world.subscriptions().filter((id) => !this.scope(id));
    const found = new Map(listed.map((scope) => [scope, environments.ofScope(scope).names]));
    for (const { name, scopes } of configuration.environments) {
      for (const scope of scopes) {
        const subscription = subscriptionOf(scope) ?? scope;
        if (!found.has(subscription) && !this.scope(subscription)) found.set(subscription, [name]);
      }
    }
    return [...found]
      .map(([scope, names]) => ({ scope, environments: [...names], because: because(scope) }))
      .sort((a, b) => (a.scope < b.scope ? -1 : 1));
  }
}
