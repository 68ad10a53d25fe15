import { IncompleteList, Unread, type World } from "../../src/policy/value.ts";
import { type FieldType, kinds, type Row } from "../../src/resources/kinds.ts";

/**
 * The policy language, evaluated slowly and plainly from its description alone: an opinion to hold the compiler
 * against. It looks at values, never at static types, except where a row is read (a row is only JSON).
 */

/** A node of the parser's tree. */
export interface Node {
  readonly op: string;
  readonly args: unknown;
}

/** What has no known value. */
export class Unknown {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** A string that is compared without regard to case. */
export class Folded {
  readonly text: string;
  constructor(text: string) {
    this.text = text.toLowerCase();
  }
}

export class Instant {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

export class Span {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

export class List {
  readonly items: readonly Value[];
  readonly complete: boolean;
  constructor(items: readonly Value[], complete: boolean) {
    this.items = items;
    this.complete = complete;
  }
}

/** A resource (with a kind) or an object inside one (without). */
export class Thing {
  readonly type: FieldType & { type: "object" | "resource" };
  readonly raw: Record<string, unknown>;
  constructor(type: FieldType & { type: "object" | "resource" }, raw: Record<string, unknown>) {
    this.type = type;
    this.raw = raw;
  }
}

/** A map from strings. */
export class Dictionary {
  readonly of: FieldType;
  readonly raw: Record<string, unknown>;
  constructor(of: FieldType, raw: Record<string, unknown>) {
    this.of = of;
    this.raw = raw;
  }
}

/** Integers are bigint here and doubles number, so that `7 / 2` and `7.0 / 2.0` differ. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Folded
  | Instant
  | Span
  | List
  | Thing
  | Dictionary
  | Unknown;

type Truth = boolean | Unknown;

const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59.999Z");
const longest = 315_576_000_000_000;

// ---- Kleene's three values

export function not(a: Truth): Truth {
  return a instanceof Unknown ? a : !a;
}

export function and(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  if (a instanceof Unknown) return a;
  return b;
}

export function or(a: Truth, b: Truth): Truth {
  if (a === true || b === true) return true;
  if (a instanceof Unknown) return a;
  return b;
}

// ---- From JSON to values

/** A value of a row, parameter or relation as its declared type says; what does not fit the type was not read. */
export function lift(raw: unknown, type: FieldType): Value {
  if (raw instanceof Unread) return new Unknown(raw.cause);
  if (raw === undefined) return new Unknown("not read");
  if (raw === null) return type.nullable ? null : new Unknown("null where the schema has none");
  const misfit = new Unknown(`not a ${type.type}`);
  switch (type.type) {
    case "bool":
      return typeof raw === "boolean" ? raw : misfit;
    case "int":
      return typeof raw === "number" && Number.isSafeInteger(raw) ? BigInt(raw) : misfit;
    case "double":
      return typeof raw === "number" ? raw : misfit;
    case "string":
      if (typeof raw !== "string") return misfit;
      if (type.enum !== null && !type.enum.includes(raw)) return misfit;
      return type.ignoreCase ? new Folded(raw) : raw;
    case "timestamp":
      return typeof raw === "string" ? instant(raw) : misfit;
    case "duration":
      return typeof raw === "string" ? span(raw) : misfit;
    case "list":
      if (raw instanceof IncompleteList)
        return new List(
          raw.items.map((each) => lift(each, type.of)),
          false,
        );
      return Array.isArray(raw)
        ? new List(
            raw.map((each: unknown) => lift(each, type.of)),
            true,
          )
        : misfit;
    case "map":
      return isRecord(raw) ? new Dictionary(type.of, raw) : misfit;
    default:
      return isRecord(raw) ? new Thing(type, raw) : misfit;
  }
}

function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) && !(raw instanceof IncompleteList);
}

export function instant(text: string): Value {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (parts === null) return new Unknown(`not a timestamp: ${text}`);
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || ms < earliest || ms > latest) return new Unknown(`not a timestamp: ${text}`);
  return new Instant(ms);
}

export function span(text: string): Value {
  if (!/^[+-]?((\d+(\.\d*)?|\.\d+)(d|h|ms|m|s))+$/.test(text)) return new Unknown(`not a duration: ${text}`);
  const unit: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  let ms = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(d|h|ms|m|s)/g)) {
    ms += Number(part[1]) * (unit[part[2] ?? ""] ?? Number.NaN);
  }
  return boundedSpan(text.startsWith("-") ? -ms : ms);
}

function boundedSpan(ms: number): Value {
  return Math.abs(ms) > longest ? new Unknown("overflow") : new Span(ms);
}

function boundedInstant(ms: number): Value {
  return ms < earliest || ms > latest ? new Unknown("overflow") : new Instant(ms);
}

function boundedInt(value: bigint): Value {
  const max = BigInt(Number.MAX_SAFE_INTEGER);
  return value > max || value < -max ? new Unknown("overflow") : value;
}

// ---- Members

/** `thing.name`: a stored field from the row, any other from the world. */
function member(thing: Value, name: string, world: World): Value {
  if (thing instanceof Unknown) return thing;
  if (thing === null) return new Unknown(`null has no ${name}`);
  if (thing instanceof Dictionary) return entry(thing, name);
  if (!(thing instanceof Thing)) throw new Error(`no member ${name} in ${show(thing)}`);
  const fields = thing.type.type === "object" ? thing.type.fields : kinds.get(thing.type.kind)?.fields;
  const field = fields?.get(name);
  if (field === undefined) throw new Error(`no field ${name}`);
  let raw: unknown;
  if (field.source === "stored") {
    raw = thing.raw[name];
    const incomplete = thing.raw.incomplete;
    if (Array.isArray(raw) && Array.isArray(incomplete) && incomplete.includes(name)) {
      raw = new IncompleteList(raw, "incomplete");
    }
  } else if (thing.type.type === "resource") {
    raw = world.field(thing.type.kind, name, thing.raw as Row);
  }
  return lift(raw, field.type);
}

function entry(dictionary: Dictionary, key: string): Value {
  return Object.hasOwn(dictionary.raw, key) ? lift(dictionary.raw[key], dictionary.of) : new Unknown(`no key ${key}`);
}

// ---- Operators

const text = (value: Value): string | null =>
  value instanceof Folded ? value.text : typeof value === "string" ? value : null;

/** Two strings as they are to be compared. */
function strings(a: Value, b: Value): [string, string] | null {
  const left = text(a);
  const right = text(b);
  if (left === null || right === null) return null;
  return a instanceof Folded || b instanceof Folded ? [left.toLowerCase(), right.toLowerCase()] : [left, right];
}

export function equal(a: Value, b: Value): Truth {
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  if (a === null || b === null) return a === b;
  if (a instanceof List && b instanceof List) {
    if (!a.complete || !b.complete) return new Unknown("an incomplete list");
    if (a.items.length !== b.items.length) return false;
    return a.items.reduce<Truth>((all, each, index) => and(all, equal(each, b.items[index] ?? null)), true);
  }
  if (a instanceof Instant && b instanceof Instant) return a.ms === b.ms;
  if (a instanceof Span && b instanceof Span) return a.ms === b.ms;
  const both = strings(a, b);
  if (both !== null) return both[0] === both[1];
  if (typeof a === typeof b && typeof a !== "object") return a === b;
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b);
  throw new Error(`no equality of ${show(a)} and ${show(b)}`);
}

const isNumber = (value: Value): value is number | bigint => typeof value === "number" || typeof value === "bigint";

/** -1, 0 or 1; NaN where there is no order. Strings go by code points. */
function order(a: Value, b: Value): number {
  const sign = <T>(x: T, y: T) => (x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN);
  const both = strings(a, b);
  if (both !== null) {
    const [left, right] = both.map((each) => [...each].map((character) => character.codePointAt(0) ?? 0));
    const one = left ?? [];
    const other = right ?? [];
    for (let i = 0; i < Math.min(one.length, other.length); i++) {
      if (one[i] !== other[i]) return sign(one[i] ?? 0, other[i] ?? 0);
    }
    return sign(one.length, other.length);
  }
  if (isNumber(a) && isNumber(b)) return typeof a === typeof b ? sign(a, b) : sign(Number(a), Number(b));
  if (typeof a === "boolean" && typeof b === "boolean") return sign(Number(a), Number(b));
  if ((a instanceof Instant && b instanceof Instant) || (a instanceof Span && b instanceof Span)) {
    return sign(a.ms, b.ms);
  }
  throw new Error(`no order of ${show(a)} and ${show(b)}`);
}

function arithmetic(op: string, a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") {
    if ((op === "/" || op === "%") && b === 0n) return new Unknown("division by zero");
    switch (op) {
      case "+":
        return boundedInt(a + b);
      case "-":
        return boundedInt(a - b);
      case "*":
        return boundedInt(a * b);
      case "/":
        return boundedInt(a / b);
      default:
        return boundedInt(a % b);
    }
  }
  if (typeof a === "number" && typeof b === "number") {
    if (op === "+") return a + b;
    if (op === "-") return a - b;
    if (op === "*") return a * b;
    if (op === "/") return a / b;
  }
  if (op === "+") {
    const left = text(a);
    const right = text(b);
    if (left !== null && right !== null) return left + right;
    if (a instanceof List && b instanceof List) return new List([...a.items, ...b.items], a.complete && b.complete);
    if (a instanceof Instant && b instanceof Span) return boundedInstant(a.ms + b.ms);
    if (a instanceof Span && b instanceof Instant) return boundedInstant(a.ms + b.ms);
    if (a instanceof Span && b instanceof Span) return boundedSpan(a.ms + b.ms);
  }
  if (op === "-") {
    if (a instanceof Instant && b instanceof Instant) return boundedSpan(a.ms - b.ms);
    if (a instanceof Instant && b instanceof Span) return boundedInstant(a.ms - b.ms);
    if (a instanceof Span && b instanceof Span) return boundedSpan(a.ms - b.ms);
  }
  throw new Error(`no ${op} of ${show(a)} and ${show(b)}`);
}

function isIn(value: Value, container: Value): Truth {
  if (value instanceof Unknown) return value;
  if (container instanceof Unknown) return container;
  if (container instanceof Dictionary) {
    const names = Object.keys(container.raw);
    if (value instanceof Folded) return names.some((name) => name.toLowerCase() === value.text);
    return names.some((name) => name === value);
  }
  if (!(container instanceof List)) throw new Error(`no in of ${show(container)}`);
  return anyOf(container, (each) => equal(value, each));
}

// ---- Lists

function anyOf(list: List, holds: (each: Value) => Truth): Truth {
  const found = list.items.reduce<Truth>((any, each) => or(any, holds(each)), false);
  return list.complete ? found : or(found, new Unknown("an incomplete list"));
}

function allOf(list: List, holds: (each: Value) => Truth): Truth {
  return not(anyOf(list, (each) => not(holds(each))));
}

function exactlyOne(list: List, holds: (each: Value) => Truth): Truth {
  if (!list.complete) return new Unknown("an incomplete list");
  const answers = list.items.map(holds);
  return answers.find((each) => each instanceof Unknown) ?? answers.filter((each) => each === true).length === 1;
}

/** Those for which it holds; where that is not known of one, the list may lack it. */
function chosen(list: List, holds: (each: Value) => Truth): List {
  const answers = list.items.map(holds);
  return new List(
    list.items.filter((_, index) => answers[index] === true),
    list.complete && !answers.some((each) => each instanceof Unknown),
  );
}

function distinct(list: List): Value {
  if (!list.complete) return new Unknown("an incomplete list");
  const kept: Value[] = [];
  for (const item of list.items) {
    const seen = anyOf(new List(kept, true), (each) => equal(each, item));
    if (item instanceof Unknown || seen instanceof Unknown) return new Unknown("an element was not read");
    if (!seen) kept.push(item);
  }
  return new List(kept, true);
}

function size(value: Value): Value {
  if (value instanceof Unknown) return value;
  const string = text(value);
  if (string !== null) return BigInt([...string].length);
  if (value instanceof Dictionary) return BigInt(Object.keys(value.raw).length);
  if (value instanceof List) return value.complete ? BigInt(value.items.length) : new Unknown("an incomplete list");
  throw new Error(`no size of ${show(value)}`);
}

// ---- The domain

/** Whether one action pattern of a role covers an action, by a regular expression. */
export function covers(pattern: string, action: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "is").test(action);
}

/** Whether a list of patterns covers an action; a list that was not read, or not to its end, may. */
function anyCovers(patterns: Value, action: string): Truth {
  if (patterns instanceof Unknown) return patterns;
  if (!(patterns instanceof List)) return new Unknown("no list");
  return anyOf(patterns, (each) => (each instanceof Unknown ? each : covers(text(each) ?? "", action)));
}

/** Whether a role allows an action: some element grants it, does not take it out again, and has no condition. */
function roleAllows(role: Value, action: string, data: boolean, world: World): Truth {
  const permissions = member(role, "permissions", world);
  if (permissions instanceof Unknown) return permissions;
  if (!(permissions instanceof List)) return new Unknown("no list");
  return anyOf(permissions, (element) => {
    if (element instanceof Unknown) return element;
    const granted = anyCovers(member(element, data ? "dataActions" : "actions", world), action);
    const takenOut = anyCovers(member(element, data ? "notDataActions" : "notActions", world), action);
    const condition = member(element, "condition", world);
    return and(and(granted, not(takenOut)), condition === null ? true : new Unknown("conditional"));
  });
}

function isWithin(inner: Value, outer: Value, world: World): Truth {
  const [a, b] = [inner, outer].map((each) => (each instanceof Thing ? member(each, "id", world) : each));
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  const answer = world.within(text(a ?? null) ?? "", text(b ?? null) ?? "");
  return answer instanceof Unread ? new Unknown(answer.cause) : answer;
}

// ---- Expressions

/** The value of an expression; variables are values already. */
export function evaluate(node: Node, variables: ReadonlyMap<string, Value>, world: World): Value {
  const run = (each: unknown) => evaluate(each as Node, variables, world);
  const truth = (each: unknown): Truth => {
    const value = run(each);
    if (typeof value === "boolean" || value instanceof Unknown) return value;
    if (value === null) return new Unknown("null is not a truth value");
    throw new Error(`not a truth value: ${show(value)}`);
  };
  const [first, second, third] = Array.isArray(node.args) ? (node.args as unknown[]) : [node.args];
  switch (node.op) {
    case "value":
      return node.args as Value;
    case "id": {
      const value = variables.get(String(node.args));
      if (value === undefined) throw new Error(`no variable ${String(node.args)}`);
      return value;
    }
    case "list":
      return new List((node.args as unknown[]).map(run), true);
    case ".":
      return member(run(first), String(second), world);
    case "[]": {
      const container = run(first);
      const key = run(second);
      if (container instanceof Unknown) return container;
      if (key instanceof Unknown) return key;
      if (container instanceof Dictionary) return entry(container, text(key) ?? "");
      if (!(container instanceof List)) return new Unknown("null has no elements");
      if (!container.complete) return new Unknown("an incomplete list");
      const item = container.items[Number(key)];
      return item === undefined ? new Unknown("index out of range") : item;
    }
    case "!_":
      return not(truth(first));
    case "-_": {
      const value = run(first);
      if (value instanceof Unknown) return value;
      if (value instanceof Span) return new Span(-value.ms);
      if (value === null) return new Unknown("null where a value is needed");
      if (typeof value === "bigint" || typeof value === "number") return -value;
      throw new Error(`no - of ${show(value)}`);
    }
    case "&&":
      return and(truth(first), truth(second));
    case "||":
      return or(truth(first), truth(second));
    case "?:": {
      const condition = truth(first);
      return condition instanceof Unknown ? condition : run(condition ? second : third);
    }
    case "==":
      return equal(run(first), run(second));
    case "!=":
      return not(equal(run(first), run(second)));
    case "in":
      return isIn(run(first), run(second));
    case "call":
      return call(String(first), null, second as unknown[], variables, world);
    case "rcall":
      return call(String(first), second, third as unknown[], variables, world);
    default: {
      const a = run(first);
      const b = run(second);
      if (a instanceof Unknown) return a;
      if (b instanceof Unknown) return b;
      if (a === null || b === null) return new Unknown("null where a value is needed");
      if (node.op === "<") return order(a, b) < 0;
      if (node.op === "<=") return order(a, b) <= 0;
      if (node.op === ">") return order(a, b) > 0;
      if (node.op === ">=") return order(a, b) >= 0;
      return arithmetic(node.op, a, b);
    }
  }
}

const quantifiers: Record<string, (list: List, holds: (each: Value) => Truth) => Value> = {
  exists: anyOf,
  all: allOf,
  exists_one: exactlyOne,
  filter: chosen,
};

function call(
  name: string,
  receiver: unknown,
  parts: unknown[],
  variables: ReadonlyMap<string, Value>,
  world: World,
): Value {
  const run = (each: unknown) => evaluate(each as Node, variables, world);
  if (name === "has") {
    const [base, field] = (parts[0] as Node).args as [Node, string];
    const thing = run(base);
    if (thing instanceof Dictionary) return Object.hasOwn(thing.raw, field);
    const value = member(thing, field, world);
    return value instanceof Unknown ? value : value !== null;
  }
  const quantifier = quantifiers[name];
  if (quantifier !== undefined || name === "map") {
    const list = run(receiver);
    if (list instanceof Unknown) return list;
    if (!(list instanceof List)) return new Unknown("null has no elements");
    const variable = String((parts[0] as Node).args);
    const body = (each: Value) => evaluate(parts.at(-1) as Node, new Map([...variables, [variable, each]]), world);
    return quantifier === undefined
      ? new List(list.items.map(body), list.complete)
      : quantifier(list, (each) => body(each) as Truth);
  }
  const values = (receiver === null ? parts : [receiver, ...parts]).map(run);
  const lost = values.find((each) => each instanceof Unknown);
  if (lost !== undefined) return lost;
  if (values.includes(null)) return new Unknown("null where a value is needed");
  const [subject, argument] = values as [Value, Value];
  const both = () => strings(subject, argument) ?? ["", ""];
  switch (name) {
    case "size":
      return size(subject);
    case "startsWith":
      return both()[0].startsWith(both()[1]);
    case "endsWith":
      return both()[0].endsWith(both()[1]);
    case "contains":
      return both()[0].includes(both()[1]);
    case "matches":
      return new RegExp(text(argument) ?? "", subject instanceof Folded ? "iu" : "u").test(text(subject) ?? "");
    case "lowerAscii":
      return (text(subject) ?? "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    case "distinct":
      return distinct(subject as List);
    case "duration":
      return span(text(subject) ?? "");
    case "timestamp":
      return instant(text(subject) ?? "");
    case "allows":
      return roleAllows(subject, text(argument) ?? "", false, world);
    case "allowsData":
      return roleAllows(subject, text(argument) ?? "", true, world);
    case "within":
      return isWithin(subject, argument, world);
    default:
      throw new Error(`no function ${name}`);
  }
}

// ---- Outcomes

export type Outcome = "pass" | "fail" | "unknown" | "notApplicable";

/** One row of the table of outcomes. */
export function outcomeOf(when: Truth, require: Truth): Outcome {
  if (when === false) return "notApplicable";
  const violation = and(when, not(require));
  if (violation === true) return "fail";
  return violation === false ? "pass" : "unknown";
}

/** Many elements of one resource as one outcome. */
export function outcomeOfEach(outcomes: readonly Outcome[], complete: boolean): Outcome {
  if (outcomes.includes("fail")) return "fail";
  if (outcomes.includes("unknown") || !complete) return "unknown";
  if (outcomes.includes("pass") || outcomes.length === 0) return "pass";
  return "notApplicable";
}

// ---- For people

/** A value in words, the same for equal values. */
export function show(value: Value): string {
  if (value instanceof Unknown) return "unknown";
  if (value instanceof Folded) return JSON.stringify(value.text);
  if (value instanceof Instant) return `timestamp ${value.ms}`;
  if (value instanceof Span) return `duration ${value.ms}`;
  if (value instanceof List) return `[${value.items.map(show).join(", ")}${value.complete ? "" : ", …"}]`;
  if (value instanceof Thing || value instanceof Dictionary) return JSON.stringify(value.raw);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Object.is(value, -0) ? "0 double" : `${value} double`;
  return JSON.stringify(value);
}
