import { admits } from "./conditions.ts";
import { coversLowered } from "./patterns.ts";
import type { Verdict } from "./verdict.ts";

/** Control plane actions and data plane actions are apart, even where they have the same name. */
export type Plane = "control" | "data";

const fields = {
  control: ["actions", "notActions"],
  data: ["dataActions", "notDataActions"],
} as const;

/** How many tests of distinct actions are kept. */
const maxTests = 10_000;

/** A question about an action that keeps its answers: a role's permissions are read once for all assignments of it. */
export type ActionTest = (permissions: unknown, incomplete: boolean) => Verdict;

const tests = new Map<string, ActionTest>();

/** The question whether permissions allow an action on a plane. */
export function actionTest(action: string, plane: Plane): ActionTest {
  const key = `${plane} ${action}`;
  let test = tests.get(key);
  if (test === undefined) {
    test = newTest(action.toLowerCase(), plane);
    if (tests.size >= maxTests) tests.clear();
    tests.set(key, test);
  }
  return test;
}

function newTest(action: string, plane: Plane): ActionTest {
  const verdicts = new WeakMap<object, Verdict>();
  return (permissions, incomplete) => {
    if (!Array.isArray(permissions)) return "the role's permissions were not read";
    let verdict = verdicts.get(permissions);
    if (verdict === undefined) {
      verdict = allowed(permissions, action, plane);
      verdicts.set(permissions, verdict);
    }
    return incomplete && verdict === false ? "the role's permissions were not read to their end" : verdict;
  };
}

/**
 * Elements stand apart: one allows what its actions cover and its notActions do not, and what an element leaves out
 * another may allow. What was not read can only leave the answer open.
 */
function allowed(permissions: readonly unknown[], action: string, plane: Plane): Verdict {
  let open: string | null = null;
  for (const element of permissions) {
    const verdict = elementAllows(element, action, plane);
    if (verdict === true) return true;
    if (verdict !== false) open ??= verdict;
  }
  return open ?? false;
}

function elementAllows(element: unknown, action: string, plane: Plane): Verdict {
  if (typeof element !== "object" || element === null || Array.isArray(element)) {
    return "an element of the role's permissions was not read";
  }
  const permission = element as Readonly<Record<string, unknown>>;
  const [granting, leavingOut] = fields[plane];
  const granted = anyCovers(permission, granting, action);
  if (granted === false) return false;
  const leftOut = anyCovers(permission, leavingOut, action);
  if (leftOut === true) return false;
  if (granted !== true) return granted;
  if (leftOut !== false) return leftOut;
  const condition = permission.condition;
  if (condition === null) return true;
  return typeof condition === "string" ? admits(condition, action) : "the condition of a permission was not read";
}

function anyCovers(permission: Readonly<Record<string, unknown>>, name: string, action: string): Verdict {
  const list = permission[name];
  if (!Array.isArray(list)) return `the role's ${name} were not read`;
  let complete = !(Array.isArray(permission.incomplete) && permission.incomplete.includes(name));
  for (const pattern of list) {
    if (typeof pattern !== "string") complete = false;
    else if (coversLowered(pattern, action)) return true;
  }
  return complete ? false : `the role's ${name} were not read to their end`;
}
