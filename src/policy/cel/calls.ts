import { actionTest, type Plane } from "../../resources/actions.ts";
import { admits } from "../../resources/conditions.ts";
import type { Row } from "../../resources/kinds.ts";
import { conditional, type Verdict } from "../../resources/verdict.ts";
import { IncompleteList, Unread } from "../value.ts";
import { equalityOf, lengthOf } from "./equality.ts";
import type { Closure, Inner } from "./frame.ts";
import { cachedPattern, compilePattern } from "./pattern.ts";
import type { Item } from "./read.ts";
import type { Term } from "./term.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import type { Type } from "./types.ts";

export function compileCall(name: string, args: readonly Term[], inner: Inner): Closure {
  const [one, other, third] = args;
  if (one === undefined) throw new Error(`${name} without arguments`);
  const a = inner(one);
  const b = other === undefined ? a : inner(other);
  switch (name) {
    case "size":
      return compileSize(one.type, a);
    case "distinct":
      return compileDistinct(one.type, a);
    case "lowerAscii":
      return (frame) => {
        const text = a(frame);
        return text instanceof Unread ? text : (text as string).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
      };
    case "duration":
    case "timestamp": {
      const parse = name === "duration" ? parseDuration : parseTimestamp;
      return (frame) => {
        const text = a(frame);
        return text instanceof Unread ? text : (parse(text as string) ?? new Unread(`no ${name}: ${String(text)}`));
      };
    }
    case "matches":
      return compileMatches(one, a, other ?? one, b);
    case "allows":
    case "allowsData":
      return compileAllows(name === "allows" ? "control" : "data", a, other ?? one, b);
    case "can":
    case "canData":
      return compileCan(name === "can" ? "control" : "data", a, b, inner(third ?? one));
    case "canEscalate":
      return (frame) => {
        const ways = a(frame);
        if (ways instanceof Unread) return ways;
        if (!(ways instanceof IncompleteList)) return (ways as readonly unknown[]).length > 0;
        return ways.items.length > 0 || new Unread(ways.cause);
      };
    case "restricts":
      return (frame) => {
        const condition = a(frame);
        if (condition instanceof Unread) return condition;
        const action = b(frame);
        if (action instanceof Unread) return action;
        const verdict = admits(condition as string, action as string);
        return typeof verdict === "string" && verdict !== conditional ? undecidedFor(verdict) : verdict !== true;
      };
    case "within":
      return (frame) => {
        const x = a(frame);
        if (x instanceof Unread) return x;
        const y = b(frame);
        return y instanceof Unread ? y : frame.world.within(x as string, y as string);
      };
    default:
      return compileText(name, a, b);
  }
}

function compileSize(type: Type, of: Closure): Closure {
  if (type.type === "list") {
    return (frame) => {
      const list = of(frame);
      if (list instanceof Unread) return list;
      return list instanceof IncompleteList ? new Unread(list.cause) : (list as readonly unknown[]).length;
    };
  }
  return (frame) => {
    const value = of(frame);
    if (value instanceof Unread) return value;
    return typeof value === "string" ? lengthOf(value) : Object.keys(value as Item).length;
  };
}

function compileDistinct(type: Type, of: Closure): Closure {
  const element = type.type === "list" ? type.of : type;
  const isEqual = equalityOf(element, element);
  const byValue = element.type !== "list";
  return (frame) => {
    const list = of(frame);
    if (list instanceof Unread) return list;
    if (list instanceof IncompleteList) return new Unread(list.cause);
    const items = list as readonly unknown[];
    const lost = items.find((item) => item instanceof Unread);
    if (lost !== undefined) return lost;
    if (byValue) return items.filter(firstOfItsKind(items));
    const kept: unknown[] = [];
    for (const item of items) {
      let open: Unread | null = null;
      let seen = false;
      for (const each of kept) {
        const same = isEqual(each, item);
        if (same === true) seen = true;
        else if (same !== false) open ??= same;
      }
      if (seen) continue;
      if (open !== null) return open;
      kept.push(item);
    }
    return kept;
  };
}

/** Whether an element stands for the first time; NaN, which equals nothing, always does. */
function firstOfItsKind(items: readonly unknown[]): (item: unknown) => boolean {
  const seen = new Set<unknown>();
  return items.length < 2 ? () => true : (item) => Number.isNaN(item) || (!seen.has(item) && seen.add(item).size > 0);
}

function compileMatches(text: Term, a: Closure, pattern: Term, b: Closure): Closure {
  const ignoring = text.type.type === "string" && text.type.ignoreCase;
  if (pattern.op === "literal") {
    const test = compilePattern(String(pattern.value), ignoring);
    if (typeof test === "string") throw new Error(test);
    return (frame) => {
      const x = a(frame);
      return x instanceof Unread ? x : test(x as string);
    };
  }
  return (frame) => {
    const x = a(frame);
    if (x instanceof Unread) return x;
    const y = b(frame);
    if (y instanceof Unread) return y;
    const test = cachedPattern(y as string, ignoring);
    return typeof test === "string" ? new Unread(`not a pattern: ${test}`) : test(x as string);
  };
}

/** One Unread for each cause: roles are asked so often that it pays. */
const undecided = new Map<string, Unread>();

function undecidedFor(cause: string): Unread {
  let unread = undecided.get(cause);
  if (unread === undefined) {
    unread = new Unread(cause);
    undecided.set(cause, unread);
  }
  return unread;
}

function compileAllows(plane: "control" | "data", role: Closure, action: Term, b: Closure): Closure {
  const known = action.op === "literal" ? actionTest(String(action.value), plane) : null;
  return (frame) => {
    const item = role(frame);
    if (item instanceof Unread) return item;
    let test = known;
    if (test === null) {
      const asked = b(frame);
      if (asked instanceof Unread) return asked;
      test = actionTest(asked as string, plane);
    }
    let verdict: Verdict;
    if (item instanceof IncompleteList) verdict = test(item.items, true);
    else if (Array.isArray(item)) verdict = test(item, false);
    else {
      const { permissions, incomplete } = item as Item;
      if (permissions instanceof Unread) return permissions;
      verdict = test(permissions, Array.isArray(incomplete) && incomplete.includes("permissions"));
    }
    return typeof verdict === "string" ? undecidedFor(verdict) : verdict;
  };
}

function compileCan(plane: Plane, principal: Closure, action: Closure, scope: Closure): Closure {
  return (frame) => {
    const row = principal(frame);
    if (row instanceof Unread) return row;
    const asked = action(frame);
    if (asked instanceof Unread) return asked;
    const place = scope(frame);
    if (place instanceof Unread) return place;
    const verdict = frame.world.can(row as Row, { action: asked as string, plane, scope: place as string });
    return typeof verdict === "string" ? undecidedFor(verdict) : verdict;
  };
}

function compileText(name: string, a: Closure, b: Closure): Closure {
  switch (name) {
    case "startsWith":
      return (frame) => {
        const text = a(frame);
        if (text instanceof Unread) return text;
        const part = b(frame);
        return part instanceof Unread ? part : (text as string).startsWith(part as string);
      };
    case "endsWith":
      return (frame) => {
        const text = a(frame);
        if (text instanceof Unread) return text;
        const part = b(frame);
        return part instanceof Unread ? part : (text as string).endsWith(part as string);
      };
    case "contains":
      return (frame) => {
        const text = a(frame);
        if (text instanceof Unread) return text;
        const part = b(frame);
        return part instanceof Unread ? part : (text as string).includes(part as string);
      };
    default:
      throw new Error(`there is no function ${name}`);
  }
}
