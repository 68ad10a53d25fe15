/** Whether a role allows an action; where that cannot be told, why, in a few words. */
export type Verdict = boolean | string;

/** Control plane actions and data plane actions are apart, even where they have the same name. */
export type Plane = "control" | "data";

const fields = {
  control: ["actions", "notActions"],
  data: ["dataActions", "notDataActions"],
} as const;

/** How many tests of distinct actions are kept. */
const maxTests = 10_000;
const maxPatterns = 50_000;

const patterns = new Map<string, readonly string[]>();

/**
 * Whether a pattern of a role covers an action: whole, without regard to case, and with `*` for any run of characters,
 * slashes among them.
 */
export function covers(pattern: string, action: string): boolean {
  return coversLowered(pattern, action.toLowerCase());
}

/** As covers, of an action in lower case. */
function coversLowered(pattern: string, action: string): boolean {
  if (pattern === "*") return true;
  let parts = patterns.get(pattern);
  if (parts === undefined) {
    parts = pattern.toLowerCase().split("*");
    if (patterns.size >= maxPatterns) patterns.clear();
    patterns.set(pattern, parts);
  }
  const first = parts[0] ?? "";
  if (parts.length === 1) return first === action;
  const last = parts.at(-1) ?? "";
  if (first.length + last.length > action.length || !action.startsWith(first) || !action.endsWith(last)) return false;
  const end = action.length - last.length;
  let at = first.length;
  for (let index = 1; index < parts.length - 1; index++) {
    const part = parts[index] ?? "";
    const found = action.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

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
  return typeof condition === "string" ? "conditional" : "the condition of a permission was not read";
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
