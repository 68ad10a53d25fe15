import { type ArmResource, type DirectoryObject, type EstateData, resourceLists } from "./data.ts";
import { vaultObjects } from "./keyvault.ts";
import { normalise, subscriptionOf } from "./scope.ts";

/** A row with its normalised id, and where it stands in its list. */
export interface Known<Row> {
  row: Row;
  id: string;
  at: number;
}

/** The rows of a list by the subscription they lie in; `""` for those above subscriptions. */
export type BySubscription<Row> = ReadonlyMap<string, readonly Known<Row>[]>;

/** What would have to be looked for in whole lists at every request; made once, until the data changes. */
export interface Lookup {
  /** Resources by type in lower case, children of resources too. */
  types: ReadonlyMap<string, BySubscription<ArmResource>>;
  /** The normalised ids of all resources. */
  resources: ReadonlySet<string>;
  subscriptions: ReadonlySet<string>;
  resourceGroups: ReadonlySet<string>;
  /** Lists of what has a scope, by `byScope`. */
  scopes: WeakMap<readonly ArmResource[], BySubscription<ArmResource>>;
  /** Directory objects by collection and id in lower case. */
  directory: Readonly<
    Record<"users" | "groups" | "servicePrincipals" | "applications", ReadonlyMap<string, DirectoryObject>>
  >;
}

const lookups = new WeakMap<EstateData, Lookup>();

export function lookup(data: EstateData): Lookup {
  let found = lookups.get(data);
  if (found === undefined) {
    found = lookupOf(data);
    lookups.set(data, found);
  }
  return found;
}

/** Says that the data was changed. */
export function forget(data: EstateData): void {
  lookups.delete(data);
}

function lookupOf(data: EstateData): Lookup {
  const types = new Map<string, Map<string, Known<ArmResource>[]>>();
  const resources = new Set<string>();
  let at = 0;
  const below = (["secrets", "keys"] as const).map((collection) => vaultObjects(data, collection));
  for (const rows of [...resourceLists.map((name) => data.arm[name]), ...below]) {
    for (const row of rows) {
      const type = String(row.type).toLowerCase();
      const of = types.get(type) ?? new Map<string, Known<ArmResource>[]>();
      types.set(type, of);
      const known = { row, id: normalise(row.id), at: at++ };
      add(of, known);
      resources.add(known.id);
    }
  }
  const byId = (rows: readonly DirectoryObject[]) => {
    const found = new Map<string, DirectoryObject>();
    for (const row of rows) if (!found.has(row.id.toLowerCase())) found.set(row.id.toLowerCase(), row);
    return found;
  };
  const { users, groups, servicePrincipals, applications } = data.graph;
  return {
    types,
    scopes: new WeakMap(),
    resources,
    subscriptions: new Set(data.arm.subscriptions.map((each) => each.subscriptionId.toLowerCase())),
    resourceGroups: new Set(data.arm.resourceGroups.map((each) => normalise(each.id))),
    directory: {
      users: byId(users),
      groups: byId(groups),
      servicePrincipals: byId(servicePrincipals),
      applications: byId(applications),
    },
  };
}

function add<Row>(map: Map<string, Known<Row>[]>, known: Known<Row>): void {
  const subscription = subscriptionOf(known.id) ?? "";
  const rows = map.get(subscription);
  if (rows === undefined) map.set(subscription, [known]);
  else rows.push(known);
}

/** The rows of a list by the subscription of the scope that their properties name; their `id` here is that scope. */
export function byScope<Row extends ArmResource>(data: EstateData, rows: readonly Row[]): BySubscription<Row> {
  const { scopes } = lookup(data);
  let found = scopes.get(rows) as BySubscription<Row> | undefined;
  if (found === undefined) {
    const map = new Map<string, Known<Row>[]>();
    for (const [at, row] of rows.entries()) add(map, { row, id: normalise(String(row.properties.scope)), at });
    found = map;
    scopes.set(rows, map);
  }
  return found;
}

/** What lies in a subscription, with what lies above all of them, in the order of the list. */
export function inAndAbove<Row>(rows: BySubscription<Row>, subscription: string | undefined): readonly Known<Row>[] {
  const above = rows.get("") ?? [];
  const within = subscription === undefined ? [] : (rows.get(subscription) ?? []);
  return within.length === 0 ? above : [...above, ...within].sort((a, b) => a.at - b.at);
}
