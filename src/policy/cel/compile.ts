import { actionTest, type Verdict } from "../../resources/actions.ts";
import type { Row } from "../../resources/kinds.ts";
import { InputError } from "../../resources/problem.ts";
import { IncompleteList, Unread, type World } from "../value.ts";
import { check, maxQuantifiers } from "./check.ts";
import { compareText, equalityOf, lengthOf } from "./compare.ts";
import { type Facts, noFacts } from "./facts.ts";
import { cachedPattern, compilePattern } from "./pattern.ts";
import { lineAndColumn } from "./position.ts";
import { type Item, misfit, readerOf, variableReader } from "./read.ts";
import type { Arithmetic, Comparison, FieldTerm, Term, Variable } from "./term.ts";
import { earliest, latest, longest, parseDuration, parseTimestamp } from "./time.ts";
import type { Type } from "./types.ts";

/** What an evaluation works on: one frame serves all evaluations of a policy. */
export class Frame {
  world: World;
  readonly slots: unknown[];

  constructor(world: World, slots: unknown[]) {
    this.world = world;
    this.slots = slots;
  }
}

/** The world before any is known. */
export const nowhere: World = {
  now: 0,
  field: (kind, name) => new Unread(`${kind}.${name} was not read`),
  within: () => new Unread("the scopes were not read"),
};

/** A compiled expression. It gives true, false or another value of its type, null, or Unread; it never throws. */
export type Closure = (frame: Frame) => unknown;

/** Hears the value of every condition, for coverage. */
export type Probe = (term: Term, value: unknown) => void;

/** Makes closures of a checked expression, each specialised by the types around it. */
export function compile(term: Term, probe?: Probe): Closure {
  const inner = (each: Term): Closure => compile(each, probe);
  /** A condition: what coverage counts. */
  const branch = (each: Term): Closure => {
    const closure = inner(each);
    if (probe === undefined) return closure;
    return (frame) => {
      const value = closure(frame);
      probe(each, value);
      return value;
    };
  };
  switch (term.op) {
    case "literal": {
      const value = term.value;
      return () => value;
    }
    case "now":
      return (frame) => frame.world.now;
    case "variable": {
      const slot = term.variable.slot;
      return (frame) => frame.slots[slot];
    }
    case "field":
      return compileField(term, inner(term.base), term.type);
    case "present":
      return compilePresent(term.of, inner);
    case "fold":
      return compileFold(inner(term.of));
    case "entry":
      return compileEntry(inner(term.base), inner(term.key), term.type, term.owner);
    case "element":
      return compileElement(inner(term.base), inner(term.index));
    case "list":
      return compileList(term.items, inner);
    case "has":
      return compileHas(term.of, inner);
    case "not": {
      const of = inner(term.of);
      return (frame) => {
        const value = of(frame);
        return value === true ? false : value === false ? true : value;
      };
    }
    case "negate": {
      const of = inner(term.of);
      if (term.type.type === "double") {
        return (frame) => {
          const value = of(frame);
          return value instanceof Unread ? value : -(value as number);
        };
      }
      return (frame) => {
        const value = of(frame);
        return value instanceof Unread ? value : 0 - (value as number);
      };
    }
    case "and":
      return compileAnd(branch(term.left), branch(term.right));
    case "or":
      return compileOr(branch(term.left), branch(term.right));
    case "choose": {
      const condition = branch(term.condition);
      const left = inner(term.left);
      const right = inner(term.right);
      return (frame) => {
        const value = condition(frame);
        return value === true ? left(frame) : value === false ? right(frame) : value;
      };
    }
    case "compare":
      return term.operator === "==" || term.operator === "!="
        ? compileEquality(term.left, term.right, term.operator === "==", inner)
        : compileOrder(term.left, term.right, term.operator, inner);
    case "in":
      return compileIn(term.left, term.right, inner);
    case "arithmetic":
      return compileArithmetic(term.operator, term.left.type, term.type, inner(term.left), inner(term.right));
    case "call":
      return compileCall(term.name, term.args, inner);
    case "quantifier":
      return compileQuantifier(
        term.name,
        inner(term.list),
        term.variable.slot,
        term.name === "map" ? inner(term.body) : branch(term.body),
      );
  }
}

// ---- Members

/** Reads a field as a type says: its own, or its own without null. */
function compileField(term: FieldTerm, base: Closure, type: Type): Closure {
  const { name, derived } = term;
  const label = `${term.owner}.${name}`;
  const ofResource = term.base.type.type === "resource" && term.related;
  const why = (raw: unknown, item: Item): Unread =>
    misfit(raw, ofResource && typeof item.id === "string" ? `${label} of ${item.id}` : label);
  const read = readerOf(type);
  const nullable = type.nullable;
  if (derived !== null) {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = frame.world.field(derived, name, item as Row);
      const value = read(raw, label);
      return value instanceof Unread ? why(raw, item as Item) : value;
    };
  }
  if (type.type === "list") {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      const value = read(raw, label);
      if (value instanceof Unread) return why(raw, item as Item);
      const { incomplete } = item as Item;
      return Array.isArray(incomplete) && Array.isArray(value) && incomplete.includes(name)
        ? new IncompleteList(value, `${label} was not read to its end`)
        : value;
    };
  }
  if (type.type === "string" && type.enum === null) {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      return typeof raw === "string" || (raw === null && nullable) ? raw : why(raw, item as Item);
    };
  }
  if (type.type === "string" && type.enum !== null) {
    const known = new Set<unknown>(nullable ? [...type.enum, null] : type.enum);
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      return known.has(raw) ? raw : why(raw, item as Item);
    };
  }
  if (type.type === "bool") {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      return typeof raw === "boolean" || (raw === null && nullable) ? raw : why(raw, item as Item);
    };
  }
  return (frame) => {
    const item = base(frame);
    if (item instanceof Unread) return item;
    const raw = (item as Item)[name];
    const value = read(raw, label);
    return value instanceof Unread ? why(raw, item as Item) : value;
  };
}

/** A value that is not null where this is reached with all known; else it may be, and is then Unread. */
function compilePresent(of: Term, inner: (term: Term) => Closure): Closure {
  if (of.op === "field") return compileField(of, inner(of.base), { ...of.type, nullable: false } as Type);
  const closure = inner(of);
  const isNull = new Unread("null where a value is needed");
  return (frame) => closure(frame) ?? isNull;
}

function compileFold(of: Closure): Closure {
  return (frame) => folded(of(frame));
}

function folded(value: unknown): unknown {
  if (typeof value === "string") return value.toLowerCase();
  if (Array.isArray(value)) return value.map(folded);
  return value instanceof IncompleteList ? new IncompleteList(value.items.map(folded), value.cause) : value;
}

function compileEntry(base: Closure, key: Closure, type: Type, label: string): Closure {
  const read = readerOf(type);
  return (frame) => {
    const map = base(frame);
    if (map instanceof Unread) return map;
    const name = key(frame);
    if (name instanceof Unread) return name;
    return Object.hasOwn(map as Item, name as string)
      ? read((map as Item)[name as string], label)
      : new Unread(`${label} does not exist`);
  };
}

function compileElement(base: Closure, index: Closure): Closure {
  const outside = new Unread("index out of range");
  return (frame) => {
    const list = base(frame);
    if (list instanceof Unread) return list;
    const at = index(frame);
    if (at instanceof Unread) return at;
    if (list instanceof IncompleteList) return new Unread(list.cause);
    const value = (list as readonly unknown[])[at as number];
    return value === undefined ? outside : value;
  };
}

function compileList(items: readonly Term[], inner: (term: Term) => Closure): Closure {
  if (items.every((item) => item.op === "literal")) {
    const values = items.map((item) => item.value);
    return () => values;
  }
  const closures = items.map(inner);
  return (frame) => closures.map((closure) => closure(frame));
}

function compileHas(of: Term, inner: (term: Term) => Closure): Closure {
  if (of.op === "entry") {
    const base = inner(of.base);
    const key = inner(of.key);
    return (frame) => {
      const map = base(frame);
      if (map instanceof Unread) return map;
      const name = key(frame);
      if (name instanceof Unread) return name;
      return Object.hasOwn(map as Item, name as string);
    };
  }
  const closure = inner(of);
  return (frame) => {
    const value = closure(frame);
    return value instanceof Unread ? value : value !== null;
  };
}

// ---- Kleene's logic: what decides wins over what is unread, on either side

function compileAnd(left: Closure, right: Closure): Closure {
  return (frame) => {
    const a = left(frame);
    if (a === false) return false;
    const b = right(frame);
    return a === true || b === false ? b : a;
  };
}

function compileOr(left: Closure, right: Closure): Closure {
  return (frame) => {
    const a = left(frame);
    if (a === true) return true;
    const b = right(frame);
    return a === false || b === true ? b : a;
  };
}

// ---- Comparison

function compileEquality(left: Term, right: Term, equal: boolean, inner: (term: Term) => Closure): Closure {
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

function compileOrder(left: Term, right: Term, operator: Comparison, inner: (term: Term) => Closure): Closure {
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

function compileIn(left: Term, right: Term, inner: (term: Term) => Closure): Closure {
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

// ---- Arithmetic

const overflow = new Unread("overflow");
const divisionByZero = new Unread("division by zero");

function integer(value: number): number | Unread {
  return Number.isSafeInteger(value) ? value + 0 : overflow;
}

function compileArithmetic(operator: Arithmetic, left: Type, type: Type, a: Closure, b: Closure): Closure {
  const compute = operation(operator, left, type);
  return (frame) => {
    const x = a(frame);
    if (x instanceof Unread) return x;
    const y = b(frame);
    return y instanceof Unread ? y : compute(x as number, y as number);
  };
}

function operation(operator: Arithmetic, left: Type, type: Type): (a: number, b: number) => unknown {
  switch (type.type) {
    case "double":
      return doubles[operator];
    case "int":
      return integers[operator];
    case "timestamp":
    case "duration": {
      const [least, most] = type.type === "timestamp" ? [earliest, latest] : [-longest, longest];
      const sum = operator === "+" ? doubles["+"] : doubles["-"];
      return (a, b) => {
        const value = sum(a, b) + 0;
        return value < least || value > most ? overflow : value;
      };
    }
    default:
      return left.type === "list" ? (a, b) => concatenated(a, b) : (a, b) => a + b;
  }
}

const doubles: Record<Arithmetic, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

const integers: Record<Arithmetic, (a: number, b: number) => number | Unread> = {
  "+": (a, b) => integer(a + b),
  "-": (a, b) => integer(a - b),
  "*": (a, b) => integer(a * b),
  "/": (a, b) => (b === 0 ? divisionByZero : integer(Math.trunc(a / b))),
  "%": (a, b) => (b === 0 ? divisionByZero : integer(a % b)),
};

function concatenated(a: unknown, b: unknown): unknown {
  const items = [a, b].flatMap((each) => (each instanceof IncompleteList ? each.items : (each as readonly unknown[])));
  const lacking = [a, b].find((each) => each instanceof IncompleteList);
  return lacking === undefined ? items : new IncompleteList(items, lacking.cause);
}

// ---- Functions

function compileCall(name: string, args: readonly Term[], inner: (term: Term) => Closure): Closure {
  const [one, other] = args;
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

// ---- Quantifiers

function compileQuantifier(name: string, list: Closure, slot: number, body: Closure): Closure {
  switch (name) {
    case "exists":
      return compileSearch(list, slot, body, true);
    case "all":
      return compileSearch(list, slot, body, false);
    case "exists_one":
      return (frame) => {
        const found = list(frame);
        if (found instanceof Unread) return found;
        if (found instanceof IncompleteList) return new Unread(found.cause);
        let open: Unread | null = null;
        let count = 0;
        for (const item of found as readonly unknown[]) {
          frame.slots[slot] = item;
          const value = body(frame);
          if (value === true) count++;
          else if (value !== false) open ??= value as Unread;
        }
        return open ?? count === 1;
      };
    case "filter":
      return (frame) => {
        const found = list(frame);
        if (found instanceof Unread) return found;
        let cause = found instanceof IncompleteList ? found.cause : null;
        const items = found instanceof IncompleteList ? found.items : (found as readonly unknown[]);
        const kept: unknown[] = [];
        for (const item of items) {
          frame.slots[slot] = item;
          const value = body(frame);
          if (value === true) kept.push(item);
          else if (value !== false) cause ??= (value as Unread).cause;
        }
        return cause === null ? kept : new IncompleteList(kept, cause);
      };
    default:
      return (frame) => {
        const found = list(frame);
        if (found instanceof Unread) return found;
        const items = found instanceof IncompleteList ? found.items : (found as readonly unknown[]);
        const made: unknown[] = [];
        for (const item of items) {
          frame.slots[slot] = item;
          made.push(body(frame));
        }
        return found instanceof IncompleteList ? new IncompleteList(made, found.cause) : made;
      };
  }
}

/** Looks for an element that decides: true for exists, false for all. */
function compileSearch(list: Closure, slot: number, body: Closure, decisive: boolean): Closure {
  return (frame) => {
    const found = list(frame);
    if (found instanceof Unread) return found;
    const incomplete = found instanceof IncompleteList;
    const items = incomplete ? found.items : (found as readonly unknown[]);
    let open: Unread | null = null;
    for (let index = 0; index < items.length; index++) {
      frame.slots[slot] = items[index];
      const value = body(frame);
      if (value === decisive) return decisive;
      if (value instanceof Unread) open ??= value;
    }
    return open ?? (incomplete ? new Unread(found.cause) : !decisive);
  };
}

// ---- One expression by itself

/** An expression that stands by itself, as in tests and benchmarks. */
export interface CompiledExpression {
  readonly type: Type;
  evaluate(variables: Readonly<Record<string, unknown>>, world: World): unknown;
}

/** What a single expression may name. */
export interface ExpressionScope {
  readonly variables: ReadonlyMap<string, Type>;
  /** Paths that are known not to be null, such as `r.createdOn`. */
  readonly facts?: Facts;
  readonly expected?: Type;
}

/** Checks and compiles one expression. @throws InputError naming what is wrong with it */
export function compileExpression(source: string, scope: ExpressionScope): CompiledExpression {
  const variables = [...scope.variables].map(([name, type], slot): Variable => {
    const owner = type.type === "resource" ? type.kind : name;
    return { name, id: name, slot, type, owner, related: false };
  });
  const named = new Map(variables.map((variable) => [variable.name, variable]));
  const { term, faults } = check(source, { variables: named }, scope.facts ?? noFacts, scope.expected);
  if (faults.length > 0) {
    throw new InputError(
      faults.map(({ code, start, message, hint }) => ({
        code,
        file: "expression",
        ...lineAndColumn(source, start),
        message,
        hint,
      })),
    );
  }
  const closure = compile(term);
  const frame = new Frame(nowhere, new Array(variables.length + maxQuantifiers).fill(null));
  const readers = variables.map(({ name, slot, type }) => ({ name, slot, read: variableReader(type) }));
  return {
    type: term.type,
    evaluate(values, world) {
      frame.world = world;
      for (const { name, slot, read } of readers) frame.slots[slot] = read(values[name], name);
      return closure(frame);
    },
  };
}
