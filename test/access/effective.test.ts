import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../src/resources/kinds.ts";
import { accessOf } from "./rows.ts";

// ---- A tenant, and another way to the same answers: sets of pairs, spelled out, with regular expressions.

const managementGroup = "/providers/microsoft.management/managementgroups";
const [root, branch] = [`${managementGroup}/root`, `${managementGroup}/branch`];
const subscriptions = new Map([
  ["/subscriptions/a", [branch, root]],
  ["/subscriptions/b", [root]],
]);
const scopes = [
  "/",
  root,
  branch,
  "/subscriptions/a",
  "/subscriptions/b",
  "/subscriptions/a/resourcegroups/app",
  "/subscriptions/a/resourcegroups/app-prod",
  "/subscriptions/a/resourcegroups/app/providers/microsoft.storage/storageaccounts/s",
  "/subscriptions/b/resourcegroups/app",
];
/** The scope that each one lies in directly. */
const parents = new Map<string, string>([
  [root, "/"],
  [branch, root],
  ["/subscriptions/a", branch],
  ["/subscriptions/b", root],
  ["/subscriptions/a/resourcegroups/app", "/subscriptions/a"],
  ["/subscriptions/a/resourcegroups/app-prod", "/subscriptions/a"],
  [
    "/subscriptions/a/resourcegroups/app/providers/microsoft.storage/storageaccounts/s",
    "/subscriptions/a/resourcegroups/app",
  ],
  ["/subscriptions/b/resourcegroups/app", "/subscriptions/b"],
]);
const people = ["p0", "p1", "p2"];
const groups = ["g0", "g1", "g2"];
const everyone = "00000000-0000-0000-0000-000000000000";
const actions = ["A/x/write", "A/x/read", "B/y/z/write", "A/x/keys/action"];
const patterns = ["*", "*/write", "A/*", "a/X/write", "*/x/*", "B/*/write", "A/x/read", "A/*/action"];

interface Element {
  actions: string[];
  notActions: string[];
  dataActions: string[];
  notDataActions: string[];
}
interface Assigned {
  principal: string;
  scope: string;
  role: number;
}
interface Denied {
  names: string[];
  excludes: string[];
  scope: string;
  shallow: boolean;
  audit: boolean;
  elements: Element[];
}
interface Tenant {
  /** Whom each group holds directly; a group holds only groups after it. */
  direct: string[][];
  roles: Element[][];
  assigned: Assigned[];
  denials: Denied[];
}

const lists = fc.array(fc.constantFrom(...patterns), { maxLength: 2 });
const element: fc.Arbitrary<Element> = fc.record({
  actions: lists,
  notActions: lists,
  dataActions: lists,
  notDataActions: lists,
});
const elements = fc.array(element, { minLength: 1, maxLength: 2 });
const tenants: fc.Arbitrary<Tenant> = fc.record({
  direct: fc.tuple(...groups.map((_, index) => fc.subarray([...people, ...groups.slice(index + 1)]))) as fc.Arbitrary<
    string[][]
  >,
  roles: fc.array(elements, { minLength: 2, maxLength: 2 }),
  assigned: fc.array(
    fc.record({
      principal: fc.constantFrom(...people, ...groups),
      scope: fc.constantFrom(...scopes),
      role: fc.constantFrom(0, 1),
    }),
    { maxLength: 4 },
  ),
  denials: fc.array(
    fc.record({
      names: fc.subarray([everyone, ...people, ...groups]),
      excludes: fc.subarray([...people, ...groups]),
      scope: fc.constantFrom(...scopes),
      shallow: fc.boolean(),
      audit: fc.boolean(),
      elements,
    }),
    { maxLength: 2 },
  ),
});

function membersOf({ direct }: Tenant, group: string): Set<string> {
  const found = new Set<string>();
  for (const member of direct[groups.indexOf(group)] ?? []) {
    found.add(member);
    if (groups.includes(member)) for (const inner of membersOf({ direct } as Tenant, member)) found.add(inner);
  }
  return found;
}

/** Whether a scope is another one or below it, by climbing. */
function climbs(scope: string, to: string): boolean {
  for (let at: string | undefined = scope; at !== undefined; at = parents.get(at)) if (at === to) return true;
  return false;
}

function matches(list: readonly string[], action: string): boolean {
  return list.some((pattern) =>
    new RegExp(
      `^${pattern
        .split("*")
        .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"))
        .join(".*")}$`,
      "i",
    ).test(action),
  );
}

function covered(list: readonly Element[], action: string, plane: "control" | "data"): boolean {
  return list.some((each) =>
    plane === "control"
      ? matches(each.actions, action) && !matches(each.notActions, action)
      : matches(each.dataActions, action) && !matches(each.notDataActions, action),
  );
}

function expected(tenant: Tenant, who: string, action: string, plane: "control" | "data", scope: string): boolean {
  const ids = new Set([who, ...groups.filter((group) => membersOf(tenant, group).has(who))]);
  const allowed = tenant.assigned.some(
    (each) =>
      ids.has(each.principal) && climbs(scope, each.scope) && covered(tenant.roles[each.role] ?? [], action, plane),
  );
  const blocked = tenant.denials.some(
    (each) =>
      !each.audit &&
      (each.names.includes(everyone) || each.names.some((id) => ids.has(id))) &&
      !each.excludes.some((id) => ids.has(id)) &&
      (each.shallow ? scope === each.scope : climbs(scope, each.scope)) &&
      covered(each.elements, action, plane),
  );
  return allowed && !blocked;
}

// ---- The same as rows.

const withCondition = (list: readonly Element[]) => list.map((each) => ({ ...each, condition: null }));

function rowsIn(tenant: Tenant): Record<string, Row[]> {
  const memberOf = (id: string) => groups.filter((group) => membersOf(tenant, group).has(id));
  return {
    "azure.principal": [
      ...people.map((id) => ({ id, type: "User", members: [], memberOf: memberOf(id) })),
      ...groups.map((id) => ({ id, type: "Group", members: [...membersOf(tenant, id)], memberOf: memberOf(id) })),
    ],
    "azure.roleDefinition": tenant.roles.map((each, index) => ({
      id: `role${index}`,
      permissions: withCondition(each),
    })),
    "azure.roleAssignment": tenant.assigned.map(({ principal, scope, role }, index) => ({
      id: `a${index}`,
      principalId: principal,
      scope: { id: scope },
      roleDefinitionId: `role${role}`,
      condition: null,
    })),
    "azure.denyAssignment": tenant.denials.map((each, index) => ({
      id: `d${index}`,
      scope: { id: each.scope },
      permissions: withCondition(each.elements),
      principals: each.names.map((id) => ({ id })),
      everyone: each.names.includes(everyone),
      excludePrincipals: each.excludes.map((id) => ({ id })),
      doNotApplyToChildScopes: each.shallow,
      effect: each.audit ? "audit" : "enforced",
      condition: null,
    })),
    "azure.managementGroup": [
      { id: root, ancestors: [] },
      { id: branch, ancestors: [root] },
    ],
  };
}

const questions = [...people, ...groups].flatMap((who) =>
  actions.flatMap((action) =>
    (["control", "data"] as const).flatMap((plane) => scopes.map((scope) => ({ who, action, plane, scope }))),
  ),
);

test("effective access is that of an independent reckoning, for every principal, action, plane and scope", () => {
  fc.assert(
    fc.property(tenants, (tenant) => {
      const access = accessOf(rowsIn(tenant), subscriptions);
      const wrong = questions.filter(
        ({ who, ...asked }) =>
          access.permits(who, asked) !== expected(tenant, who, asked.action, asked.plane, asked.scope),
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("those who may do something at a scope are the ones that the question about each of them finds", () => {
  fc.assert(
    fc.property(tenants, fc.constantFrom(...actions), fc.constantFrom(...scopes), (tenant, action, scope) => {
      const access = accessOf(rowsIn(tenant), subscriptions);
      const { items, missing } = access.holders({ action, plane: "control", scope });
      const found = new Set(items.filter(({ verdict }) => verdict === true).map(({ principalId }) => principalId));
      const all = [...people, ...groups].filter((who) => expected(tenant, who, action, "control", scope));
      expect([...found].sort()).toEqual(all.sort());
      expect(missing).toBeNull();
    }),
    { numRuns: 300 },
  );
});

/** Takes something away from rows, as a service may leave it out. */
function spoiled(
  rows: Record<string, Row[]>,
  choice: number,
): { rows: Record<string, Row[]>; missing: Record<string, string> } {
  const places = Object.entries(rows).flatMap(([kind, each]) =>
    each.flatMap((row) =>
      Object.keys(row)
        .filter((field) => field !== "id")
        .map((field) => ({ kind, id: row.id, field })),
    ),
  );
  const kinds = ["azure.roleAssignment", "azure.denyAssignment"];
  const at = choice % (places.length + kinds.length);
  const place = places[at];
  if (place === undefined) {
    const kind = kinds[at - places.length] ?? "";
    return {
      rows: { ...rows, [kind]: (rows[kind] ?? []).slice(1) },
      missing: { [kind]: `${kind} was not read everywhere` },
    };
  }
  const without = (row: Row): Row => {
    const { [place.field]: _, ...rest } = row;
    return rest as Row;
  };
  const kind = (rows[place.kind] ?? []).map((row) => (row.id === place.id ? without(row) : row));
  return { rows: { ...rows, [place.kind]: kind }, missing: {} };
}

test("what was not read leaves an answer open, and never turns it", () => {
  fc.assert(
    fc.property(tenants, fc.nat(), (tenant, choice) => {
      const { rows, missing } = spoiled(rowsIn(tenant), choice);
      const access = accessOf(rows, subscriptions, missing);
      const wrong = questions.filter(({ who, ...asked }) => {
        const verdict = access.permits(who, asked);
        return (
          typeof verdict === "boolean" && verdict !== expected(tenant, who, asked.action, asked.plane, asked.scope)
        );
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("without the management groups above a subscription a grant on one of them is open below it", () => {
  const rows = rowsIn({
    direct: [[], [], []],
    roles: [[{ actions: ["*"], notActions: [], dataActions: [], notDataActions: [] }], []],
    assigned: [{ principal: "p0", scope: root, role: 0 }],
    denials: [],
  });
  const access = accessOf(rows, new Map([["/subscriptions/a", null]]));
  const asked = { action: "A/x/write", plane: "control", scope: "/subscriptions/a/resourcegroups/app" } as const;
  expect(access.permits("p0", asked)).toBe("the management groups above a subscription were not read");
  expect(access.permits("p1", asked)).toBe(false);
  expect(access.holders(asked).missing).toMatch(/management groups above/);
});
