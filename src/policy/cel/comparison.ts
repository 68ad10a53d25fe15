import { IncompleteList, Unread } from "../value.ts";
import { compareText, equalityOf } from "./equality.ts";
import type { Closure, Inner } from "./frame.ts";
import type { Item } from "./read.ts";
import type { Comparison, Term } from "./term.ts";

export function compileEquality(left: Term, right: Term, equal: boolean, inner: Inner): Closure {
  const unequal = !equal;
  if (left.op === "literal" && right.op !== "literal") return compileEquality(right, left, equal, inner);
  const a = inner(left);
  if (right.op === "literal" && right.type.type !== "list") {
    const { value } = right;
    return (frame) => {
      const x = a(frame);
      return x === value ? equal : x instanceof Unread ? x : unequal;
    };
  }
  const b = inner(right);
  const isEqual = equalityOf(left.type, right.type);
  return (frame) => {
    const x = a(frame);
    if (x instanceof Unread) return x;
    const y = b(frame);
    if (y instanceof Unread) return y;
    const result = isEqual(x, y);
    return result === true ? equal : result === false ? unequal : result;
  };
}

const orders: Record<Exclude<Comparison, "==" | "!=">, (a: number, b: number) => boolean> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

export function compileOrder(left: Term, right: Term, operator: Comparison, inner: Inner): Closure {
  const a = inner(left);
  const b = inner(right);
  if (left.type.type === "string" && right.type.type === "string") {
    const holds = orders[operator as "<"];
    return (frame) => {
      const x = a(frame);
      if (x instanceof Unread) return x;
      const y = b(frame);
      if (y instanceof Unread) return y;
      return holds(compareText(x as string, y as string), 0);
    };
  }
  switch (operator) {
    case "<":
      return (frame) => {
        const x = a(frame);
        if (x instanceof Unread) return x;
        const y = b(frame);
        return y instanceof Unread ? y : (x as number) < (y as number);
      };
    case "<=":
      return (frame) => {
        const x = a(frame);
        if (x instanceof Unread) return x;
        const y = b(frame);
        return y instanceof Unread ? y : (x as number) <= (y as number);
      };
    case ">":
      return (frame) => {
        const x = a(frame);
        if (x instanceof Unread) return x;
        const y = b(frame);
        return y instanceof Unread ? y : (x as number) > (y as number);
      };
    default:
      return (frame) => {
        const x = a(frame);
        if (x instanceof Unread) return x;
        const y = b(frame);
        return y instanceof Unread ? y : (x as number) >= (y as number);
      };
  }
}

export function compileIn(left: Term, right: Term, inner: Inner): Closure {
  const a = inner(left);
  if (right.type.type === "map") {
    const b = inner(right);
    const lower = left.type.type === "string" && left.type.ignoreCase;
    return (frame) => {
      const key = a(frame);
      if (key instanceof Unread) return key;
      const map = b(frame);
      if (map instanceof Unread) return map;
      if (!lower) return Object.hasOwn(map as Item, key as string);
      return Object.keys(map as Item).some((each) => each.toLowerCase() === key);
    };
  }
  const of = right.type.type === "list" ? right.type.of : right.type;
  const values = literalItems(right);
  if (values !== null && of.type !== "list") {
    const known = new Set(values);
    return (frame) => {
      const x = a(frame);
      return x instanceof Unread ? x : known.has(x);
    };
  }
  const b = inner(right);
  const isEqual = equalityOf(left.type, of);
  return (frame) => {
    const x = a(frame);
    if (x instanceof Unread) return x;
    const list = b(frame);
    if (list instanceof Unread) return list;
    const incomplete = list instanceof IncompleteList;
    const items = incomplete ? list.items : (list as readonly unknown[]);
    let open: Unread | null = null;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (item instanceof Unread) {
        open ??= item;
        continue;
      }
      const same = isEqual(x, item);
      if (same === true) return true;
      if (same !== false) open ??= same;
    }
    return open ?? (incomplete ? new Unread(list.cause) : false);
  };
}

/** The elements of a list that is known at load; null where they are not. NaN, which is not equal to itself, is not. */
function literalItems(term: Term): readonly unknown[] | null {
  if (term.op === "literal" && Array.isArray(term.value)) return term.value;
  if (term.op !== "list") return null;
  const values: unknown[] = [];
  for (const item of term.items) {
    if (item.op !== "literal") return null;
    values.push(item.value);
  }
  return values;
}
