import { createHash } from "node:crypto";
import { type Unknown, unknown } from "./unknown.ts";

/** A value of an ARM template: JSON, in which any part may be unknown. */
export type ArmValue =
  | string
  | number
  | boolean
  | null
  | Unknown
  | readonly ArmValue[]
  | { readonly [name: string]: ArmValue };

/** An expression of the template language (the documentation's page Syntax and expressions in ARM templates). */
export type ArmExpression =
  | { is: "value"; value: string | number }
  | { is: "call"; name: string; args: readonly ArmExpression[] }
  | { is: "part"; of: ArmExpression; name: ArmExpression; isSafe: boolean };

/** Where an expression is written wrongly. */
export class ArmSyntaxError extends Error {
  /** In the text of the expression, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * The expression that a text of a template is; a text without brackets around it is itself, and [[ writes a bracket.
 * @throws ArmSyntaxError
 */
export function parseArmExpression(text: string): ArmExpression {
  if (!text.startsWith("[") || !text.endsWith("]")) return { is: "value", value: text };
  if (text.startsWith("[[")) return { is: "value", value: text.slice(1) };
  return new Parser(text).whole();
}

const deepest = 100;

class Parser {
  readonly #text: string;
  #at = 1;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): ArmExpression {
    const found = this.#expression();
    this.#skip();
    if (this.#at !== this.#text.length - 1) throw this.#wrong("the end of the expression is expected");
    return found;
  }

  #wrong(message: string): ArmSyntaxError {
    return new ArmSyntaxError(message, this.#at);
  }

  #skip(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #takes(sign: string): boolean {
    this.#skip();
    if (!this.#text.startsWith(sign, this.#at) || this.#at >= this.#text.length - 1) return false;
    this.#at += sign.length;
    return true;
  }

  #matched(pattern: RegExp): string | null {
    this.#skip();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #expression(): ArmExpression {
    if (++this.#depth > deepest) throw this.#wrong(`this nests deeper than ${deepest} levels`);
    let found = this.#first();
    for (;;) {
      if (this.#takes(".")) {
        const isSafe = this.#takes("?");
        const name = this.#matched(/[A-Za-z_$][\w$-]*/y);
        if (name === null) throw this.#wrong("the name of a property is expected");
        found = { is: "part", of: found, name: { is: "value", value: name }, isSafe };
      } else if (this.#takes("[")) {
        const isSafe = this.#takes("?");
        const name = this.#expression();
        if (!this.#takes("]")) throw this.#wrong("a closing bracket is expected");
        found = { is: "part", of: found, name, isSafe };
      } else {
        this.#depth--;
        return found;
      }
    }
  }

  #first(): ArmExpression {
    const text = this.#matched(/'(?:[^']|'')*'/y);
    if (text !== null) return { is: "value", value: text.slice(1, -1).replaceAll("''", "'") };
    const number = this.#matched(/[-+]?\d+(?:\.\d+)?/y);
    if (number !== null) return { is: "value", value: Number(number) };
    const name = this.#matched(/[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*/y);
    if (name === null) throw this.#wrong("a function, a text in single quotes or a number is expected");
    if (!this.#takes("(")) throw this.#wrong(`${name} is no value: a function has parentheses behind its name`);
    const args: ArmExpression[] = [];
    if (this.#takes(")")) return { is: "call", name, args };
    do args.push(this.#expression());
    while (this.#takes(","));
    if (!this.#takes(")")) throw this.#wrong("a closing parenthesis is expected");
    return { is: "call", name, args };
  }
}

/** What a template's own names stand for where an expression is written. */
export interface ArmScope {
  parameter(name: string): ArmValue;
  variable(name: string): ArmValue;
  /** A function that the place of the deployment decides, as resourceId; undefined where it is none of these. */
  call(name: string, args: readonly ArmValue[]): ArmValue | undefined;
}

type Locals = ReadonlyMap<string, ArmValue>;

/** What an expression comes to; unknown where that is known only when it is deployed. */
export function evaluateArm(expression: ArmExpression, scope: ArmScope, locals: Locals = new Map()): ArmValue {
  const inside = (each: ArmExpression): ArmValue => evaluateArm(each, scope, locals);
  if (expression.is === "value") return expression.value;
  if (expression.is === "part") {
    return partOf(inside(expression.of), inside(expression.name));
  }
  const name = expression.name.toLowerCase();
  const { args } = expression;
  const [first, second, third] = args;
  if (name === "if" && first !== undefined && second !== undefined && third !== undefined) {
    const chosen = inside(first);
    if (typeof chosen === "boolean") return inside(chosen ? second : third);
    const one: ArmValue = inside(second);
    return same(one, inside(third)) ? one : unknown;
  }
  if (name === "and" || name === "or") {
    const values = args.map(inside);
    if (values.includes(name === "or")) return name === "or";
    return values.every((each) => typeof each === "boolean") ? name === "and" : unknown;
  }
  if (name === "coalesce") {
    for (const each of args.map(inside)) if (each !== null) return each;
    return null;
  }
  if (name in lambdas) return lambdas[name]?.(args, inside, scope, locals) ?? unknown;
  const values = args.map(inside);
  if (name === "lambdavariables") return typeof values[0] === "string" ? (locals.get(values[0]) ?? unknown) : unknown;
  if (name === "parameters") return typeof values[0] === "string" ? scope.parameter(values[0]) : unknown;
  if (name === "variables") return typeof values[0] === "string" ? scope.variable(values[0]) : unknown;
  const own = scope.call(name, values);
  if (own !== undefined) return own;
  const known = functions[name];
  if (known !== undefined) return known(values);
  return name in once && values.every(isWhole) ? mark(name, values, once[name]) : unknown;
}

/**
 * Functions whose result the documentation does not tell, and that is the same each time they are called alike. A mark
 * stands for it inside a text, so that equal names are seen to be equal. With how long the result is.
 */
const once: Readonly<Record<string, number>> = { guid: 36, uniquestring: 13 };
const [opening, end] = ["\ue000", "\ue001"];
const marks = /\ue000([0-9a-f]{16})(?::(\d+))?\ue001/g;

/** @param length how many characters the text has that it stands for; undefined where that is not known */
function mark(name: string, values: readonly ArmValue[], length?: number): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([name, values]))
    .digest("hex");
  return `${opening}${digest.slice(0, 16)}${length === undefined ? "" : `:${length}`}${end}`;
}

/** How long a text is with what its marks stand for; null where that is not known. */
function lengthOf(text: string): number | null {
  let length = text.replace(marks, "").length;
  for (const [, , own] of text.matchAll(marks)) {
    if (own === undefined) return null;
    length += Number(own);
  }
  return length;
}

/** Whether a text is nothing but marks, of which nobody knows how long they are: it may be empty. */
function isAllOpen(text: string): boolean {
  return text.replace(marks, "") === "" && lengthOf(text) === null;
}

/** Whether any text that a mark stands for may be any text, a path of several names too. */
export function isAnything(text: string): boolean {
  return isMarked(text) && lengthOf(text) === null;
}

/** What stands for a name of which nothing is known, and that is the same for the same thing. */
export function placeholder(of: string): string {
  return mark("", [of]);
}

/** Whether a text holds something that is known only when it is deployed, in the place of which a mark stands. */
export function isMarked(text: string): boolean {
  return text.includes(opening);
}

/**
 * A text with each mark replaced.
 * @param by is given what tells marks apart, and how long the text is that it stands for, where that is known
 */
export function withoutMarks(text: string, by: (mark: string, length: number | null) => string): string {
  return text.replace(marks, (_, digest: string, length?: string) =>
    by(digest, length === undefined ? null : Number(length)),
  );
}

/** Maps that hold more than is known of them: what a service will answer of something that it makes. */
const openMaps = new WeakSet<object>();

/** A map of which only some parts are known: any other part is unknown, and not absent. */
export function openMap(known: { readonly [name: string]: ArmValue }): { readonly [name: string]: ArmValue } {
  openMaps.add(known);
  return known;
}

/** Whether parts of a map may be there that it does not tell. */
export function isOpen(value: object): boolean {
  return openMaps.has(value);
}

function isWhole(value: ArmValue): boolean {
  if (value === unknown) return false;
  if (typeof value === "object" && value !== null && isOpen(value)) return false;
  return typeof value !== "object" || value === null || Object.values(value).every((each) => isWhole(each as ArmValue));
}

/** Whether two values are alike, with nothing unknown in them. */
function same(one: ArmValue, other: ArmValue): boolean {
  return isWhole(one) && isWhole(other) && JSON.stringify(one) === JSON.stringify(other);
}

/** A property or an element; names of properties are written in any case. */
function partOf(of: ArmValue, name: ArmValue): ArmValue {
  if (of === unknown || name === unknown || of === null) return of === null ? null : unknown;
  if (Array.isArray(of)) return typeof name === "number" ? ((of as readonly ArmValue[])[name] ?? null) : unknown;
  if (typeof of !== "object" || typeof name !== "string") return unknown;
  const map = of as { readonly [name: string]: ArmValue };
  if (Object.hasOwn(map, name)) return map[name] as ArmValue;
  const found = Object.keys(map).find((each) => each.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return map[found] as ArmValue;
  return isOpen(map) ? unknown : null;
}

type ArmFunction = (args: readonly ArmValue[]) => ArmValue;
type ArmMap = { readonly [name: string]: ArmValue };

function isMap(value: ArmValue | undefined): value is ArmMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: ArmValue | undefined): value is readonly ArmValue[] {
  return Array.isArray(value);
}

/** A function of texts alone; one that holds a mark comes to a mark of its own unless it is `kept`. */
function ofTexts(name: string, work: (...texts: string[]) => ArmValue, kept = false): ArmFunction {
  return (args) => {
    if (!args.every((each) => typeof each === "string")) return unknown;
    if (!kept && args.some((each) => isMarked(each))) return mark(name, args);
    return work(...(args as string[]));
  };
}

function ofNumbers(work: (one: number, other: number) => ArmValue): ArmFunction {
  return ([one, other]) => (typeof one === "number" && typeof other === "number" ? work(one, other) : unknown);
}

/** As a text that format or concat puts in. */
function textOf(value: ArmValue): string | null {
  if (value === unknown || value === null) return null;
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "object" ? null : String(value);
}

function compared(decide: (order: number) => boolean): ArmFunction {
  return ([one, other]) => {
    if (typeof one === "number" && typeof other === "number") return decide(one - other);
    if (typeof one !== "string" || typeof other !== "string" || isMarked(one + other)) return unknown;
    return decide(one < other ? -1 : one > other ? 1 : 0);
  };
}

function joined(one: ArmValue, other: ArmValue): ArmValue {
  if (!isMap(one) || !isMap(other)) return other;
  if (isOpen(one) || isOpen(other)) return unknown;
  const all = new Map<string, ArmValue>(Object.entries(one));
  for (const [name, value] of Object.entries(other)) {
    const held = [...all.keys()].find((each) => each.toLowerCase() === name.toLowerCase()) ?? name;
    const before = all.get(held);
    all.set(held, before === undefined ? value : joined(before, value));
  }
  return Object.fromEntries(all);
}

function sliced(name: string, cut: (from: number, length: number) => [number, number]): ArmFunction {
  return ([of, count]) => {
    if (typeof count !== "number") return unknown;
    if (isList(of)) return of.slice(...cut(Math.max(0, count), of.length));
    if (typeof of !== "string") return unknown;
    if (isMarked(of)) {
      const length = lengthOf(of);
      if (name === "take" && length !== null && count >= length) return of;
      return mark(
        name,
        [of, count],
        length === null ? undefined : name === "take" ? count : Math.max(0, length - count),
      );
    }
    return of.slice(...cut(Math.max(0, count), of.length));
  };
}

function atEnd(name: string, index: 0 | -1): ArmFunction {
  return ([of]) => {
    if (isList(of)) return of.at(index) ?? null;
    if (typeof of !== "string") return unknown;
    return isMarked(of) ? mark(name, [of]) : (of.at(index) ?? "");
  };
}

/** The functions that depend on nothing but what they are given (the documentation's page ARM template functions). */
const functions: Readonly<Record<string, ArmFunction>> = {
  // Texts.
  concat: (args) => {
    if (args.some(isList)) return args.every(isList) ? (args as readonly (readonly ArmValue[])[]).flat() : unknown;
    const texts = args.map(textOf);
    return texts.every((each) => each !== null) ? texts.join("") : unknown;
  },
  format: ([form, ...args]) => {
    if (typeof form !== "string") return unknown;
    const parts = form.split(/(\{\{|\}\}|\{\d+(?:[:,][^{}]*)?\})/).map((part): string | null => {
      if (part === "{{" || part === "}}") return part.charAt(0);
      const [, index, how] = /^\{(\d+)([:,][^{}]*)?\}$/.exec(part) ?? [];
      if (index === undefined) return part;
      // How numbers and dates are written out is for the service to know.
      return how === undefined ? textOf(args[Number(index)] ?? unknown) : null;
    });
    return parts.every((each) => each !== null) ? parts.join("") : unknown;
  },
  tolower: ofTexts("tolower", (text) => text.toLowerCase(), true),
  toupper: ofTexts("toupper", (text) => text.toUpperCase()),
  trim: ofTexts("trim", (text) => text.trim(), true),
  replace: ofTexts("replace", (text, old = "", by = "") => text.replaceAll(old, by)),
  startswith: ofTexts("startswith", (text, start = "") => text.toLowerCase().startsWith(start.toLowerCase())),
  endswith: ofTexts("endswith", (text, last = "") => text.toLowerCase().endsWith(last.toLowerCase())),
  indexof: ([of, what]) => {
    if (isList(of))
      return isWhole(of) && what !== undefined && isWhole(what) ? of.findIndex((each) => same(each, what)) : unknown;
    return typeof of === "string" && typeof what === "string" && !isMarked(of + what)
      ? of.toLowerCase().indexOf(what.toLowerCase())
      : unknown;
  },
  lastindexof: ([of, what]) =>
    typeof of === "string" && typeof what === "string" && !isMarked(of + what)
      ? of.toLowerCase().lastIndexOf(what.toLowerCase())
      : unknown,
  padleft: ([of, length, sign = " "]) => {
    const text = of === undefined ? null : textOf(of);
    if (text === null || typeof length !== "number" || typeof sign !== "string") return unknown;
    return isMarked(text) ? mark("padleft", [text, length, sign]) : text.padStart(Math.min(length, 10_000), sign);
  },
  substring: ([of, start = 0, length]) => {
    if (typeof of !== "string" || typeof start !== "number") return unknown;
    if (isMarked(of)) {
      const whole = lengthOf(of);
      if (start === 0 && whole !== null && length === whole) return of;
      return mark("substring", [of, start, length ?? null], typeof length === "number" ? length : undefined);
    }
    return typeof length === "number"
      ? of.slice(start, start + length)
      : length === undefined
        ? of.slice(start)
        : unknown;
  },
  split: ([of, by]) => {
    const signs = isList(by) ? by : [by];
    // A name that the service works out has no slash.
    if (typeof of !== "string" || isAnything(of) || (isMarked(of) && !signs.every((each) => each === "/")))
      return unknown;
    if (!signs.every((each) => typeof each === "string" && each !== "")) return unknown;
    let parts = [of];
    for (const sign of signs as string[]) parts = parts.flatMap((part) => part.split(sign));
    return parts;
  },
  join: ([of, by]) => {
    if (!isList(of) || typeof by !== "string") return unknown;
    const texts = of.map(textOf);
    return texts.every((each) => each !== null) ? texts.join(by) : unknown;
  },
  base64: ofTexts("base64", (text) => Buffer.from(text, "utf8").toString("base64")),
  base64tostring: ofTexts("base64tostring", (text) => Buffer.from(text, "base64").toString("utf8")),
  base64tojson: ofTexts("base64tojson", (text) => jsonOf(Buffer.from(text, "base64").toString("utf8"))),
  json: ofTexts("json", jsonOf),
  uricomponent: ofTexts("uricomponent", encodeURIComponent),
  uri: ofTexts("uri", (base, relative = "") => `${base.replace(/[^/]*$/, "")}${relative.replace(/^\//, "")}`, true),
  string: ([of]) => {
    if (of === undefined || !isWhole(of)) return unknown;
    return typeof of === "string" ? of : typeof of === "object" ? JSON.stringify(of) : (textOf(of) ?? unknown);
  },
  // Lists and maps.
  array: ([of]) => (of === undefined ? unknown : isList(of) ? of : [of]),
  createarray: (args) => args,
  createobject: (args) => {
    const entries: [string, ArmValue][] = [];
    for (let index = 0; index + 1 < args.length; index += 2) {
      const name = args[index];
      if (typeof name !== "string") return unknown;
      entries.push([name, args[index + 1] as ArmValue]);
    }
    return Object.fromEntries(entries);
  },
  contains: ([of, what]) => {
    if (of === undefined || what === undefined || what === unknown) return unknown;
    if (typeof of === "string")
      return typeof what === "string" && !isMarked(of + what) ? of.toLowerCase().includes(what.toLowerCase()) : unknown;
    if (isMap(of)) return Object.keys(of).some((each) => each.toLowerCase() === String(what).toLowerCase());
    if (!isList(of)) return unknown;
    if (of.some((each) => same(each, what))) return true;
    return isWhole(of) ? false : unknown;
  },
  empty: ([of]) => {
    if (of === null || of === undefined) return true;
    if (typeof of === "string") return isMarked(of) && isAllOpen(of) ? unknown : of === "";
    return of === unknown ? unknown : typeof of === "object" ? Object.keys(of).length === 0 : false;
  },
  length: ([of]) => {
    if (typeof of === "string") return isMarked(of) ? unknown : of.length;
    return typeof of === "object" && of !== null ? Object.keys(of).length : unknown;
  },
  first: atEnd("first", 0),
  last: atEnd("last", -1),
  skip: sliced("skip", (count, length) => [count, length]),
  take: sliced("take", (count) => [0, count]),
  range: ofNumbers((start, count) =>
    count > 10_000 ? unknown : Array.from({ length: count }, (_, each) => start + each),
  ),
  flatten: ([of]) => (isList(of) && of.every(isList) ? (of as readonly (readonly ArmValue[])[]).flat() : unknown),
  union: (args) => {
    if (args.every(isMap)) return args.reduce<ArmValue>(joined, {});
    if (!args.every(isList)) return unknown;
    const all: ArmValue[] = [];
    for (const each of (args as readonly (readonly ArmValue[])[]).flat())
      if (!all.some((one) => same(one, each))) all.push(each);
    return all;
  },
  shallowmerge: ([of]) => (isList(of) && of.every(isMap) ? Object.assign({}, ...of) : unknown),
  intersection: (args) => {
    if (!args.every(isWhole)) return unknown;
    const [one, ...others] = args;
    if (isList(one))
      return one.filter((each) => others.every((list) => isList(list) && list.some((it) => same(it, each))));
    if (!isMap(one)) return unknown;
    return Object.fromEntries(
      Object.entries(one).filter(([name, value]) =>
        others.every((map) => isMap(map) && same(map[name] ?? unknown, value)),
      ),
    );
  },
  items: ([of]) =>
    isMap(of)
      ? Object.entries(of)
          .map(([key, value]): ArmMap => ({ key, value }))
          .sort((one, other) => (String(one.key) < String(other.key) ? -1 : 1))
      : unknown,
  objectkeys: ([of]) => (isMap(of) ? Object.keys(of).sort() : unknown),
  tryget: ([of, ...names]) => (of === undefined ? unknown : names.reduce((at: ArmValue, name) => partOf(at, name), of)),
  null: () => null,
  // Logic and numbers.
  not: ([of]) => (typeof of === "boolean" ? !of : unknown),
  bool: ([of]) => {
    const text = String(of === undefined || of === unknown ? "" : of).toLowerCase();
    return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : unknown;
  },
  true: () => true,
  false: () => false,
  equals: ([one, other]) => {
    if (one === undefined || other === undefined || !isWhole(one) || !isWhole(other)) return unknown;
    if (typeof one === "string" && typeof other === "string") {
      if (one === other) return true;
      return isMarked(one + other) ? unknown : one.toLowerCase() === other.toLowerCase();
    }
    return same(one, other);
  },
  less: compared((order) => order < 0),
  lessorequals: compared((order) => order <= 0),
  greater: compared((order) => order > 0),
  greaterorequals: compared((order) => order >= 0),
  add: ofNumbers((one, other) => one + other),
  sub: ofNumbers((one, other) => one - other),
  mul: ofNumbers((one, other) => one * other),
  div: ofNumbers((one, other) => (other === 0 ? unknown : Math.trunc(one / other))),
  mod: ofNumbers((one, other) => (other === 0 ? unknown : one % other)),
  int: ([of]) => (typeof of === "number" ? of : typeof of === "string" && /^-?\d+$/.test(of) ? Number(of) : unknown),
  min: (args) => extreme(args, Math.min),
  max: (args) => extreme(args, Math.max),
};

function extreme(args: readonly ArmValue[], of: (...numbers: number[]) => number): ArmValue {
  const values = args.length === 1 && isList(args[0]) ? args[0] : args;
  return values.length > 0 && values.every((each) => typeof each === "number") ? of(...(values as number[])) : unknown;
}

function jsonOf(text: string): ArmValue {
  try {
    return JSON.parse(text) as ArmValue;
  } catch {
    // The deployment will fail on it, so nothing is made of it.
    return unknown;
  }
}

type Lambda = (
  args: readonly ArmExpression[],
  inside: (each: ArmExpression) => ArmValue,
  scope: ArmScope,
  locals: Locals,
) => ArmValue;

/** What a lambda gives for some arguments; null where the expression is none. */
function lambdaOf(expression: ArmExpression | undefined, scope: ArmScope, locals: Locals) {
  if (expression?.is !== "call" || expression.name.toLowerCase() !== "lambda") return null;
  const body = expression.args.at(-1);
  const names = expression.args.slice(0, -1).map((each) => (each.is === "value" ? String(each.value) : ""));
  if (body === undefined) return null;
  return (...values: ArmValue[]): ArmValue =>
    evaluateArm(body, scope, new Map([...locals, ...names.map((name, at) => [name, values[at] ?? unknown] as const)]));
}

const lambdas: Readonly<Record<string, Lambda>> = {
  map: (args, inside, scope, locals) => {
    const of: ArmValue | undefined = args[0] && inside(args[0]);
    const work = lambdaOf(args[1], scope, locals);
    return isList(of) && work !== null ? of.map((each, index) => work(each, index)) : unknown;
  },
  filter: (args, inside, scope, locals) => {
    const of: ArmValue | undefined = args[0] && inside(args[0]);
    const is = lambdaOf(args[1], scope, locals);
    if (!isList(of) || is === null) return unknown;
    const kept = of.map((each, index) => is(each, index));
    return kept.every((each) => typeof each === "boolean") ? of.filter((_, index) => kept[index] === true) : unknown;
  },
  reduce: (args, inside, scope, locals) => {
    const of: ArmValue | undefined = args[0] && inside(args[0]);
    const start: ArmValue | undefined = args[1] && inside(args[1]);
    const work = lambdaOf(args[2], scope, locals);
    if (!isList(of) || start === undefined || work === null) return unknown;
    return of.reduce((before, each, index) => work(before, each, index), start);
  },
  toobject: (args, inside, scope, locals) => {
    const of: ArmValue | undefined = args[0] && inside(args[0]);
    const key = lambdaOf(args[1], scope, locals);
    const value = args[2] === undefined ? (each: ArmValue) => each : lambdaOf(args[2], scope, locals);
    if (!isList(of) || key === null || value === null) return unknown;
    const entries = of.map((each) => [key(each), value(each)] as const);
    return entries.every(([name]) => typeof name === "string") ? Object.fromEntries(entries) : unknown;
  },
  mapvalues: (args, inside, scope, locals) => {
    const of: ArmValue | undefined = args[0] && inside(args[0]);
    const work = lambdaOf(args[1], scope, locals);
    if (!isMap(of) || work === null) return unknown;
    return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, work(value)]));
  },
};
