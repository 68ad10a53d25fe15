import { type Field, kinds } from "../../resources/kinds.ts";
import { nearest } from "../../resources/problem.ts";
import { normaliseId } from "../../resources/scope.ts";
import { type Facts, factsOf, pathOf, union } from "./facts.ts";
import { functionNames, functions, quantifiers } from "./functions.ts";
import { type Fault, type Node, parse, textOf } from "./parse.ts";
import { compilePattern } from "./pattern.ts";
import { type Arithmetic, type Comparison, ownerOf, type Quantifier, type Term, type Variable } from "./term.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import {
  any,
  article,
  bool,
  comparable,
  double,
  duration,
  ignoresCase,
  int,
  isNumber,
  join,
  listOf,
  nothing,
  show,
  string,
  type Type,
  timestamp,
  withNull,
} from "./types.ts";

/** How deep quantifiers may stand inside each other. */
export const maxQuantifiers = 2;
/** Names that no quantifier may take for its variable. */
const reserved = new Set(["r", "params", "now"]);

/** What an expression may name. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Variable>;
  /** Members of `params` whose value is known already: they count as literals. */
  readonly params?: ReadonlyMap<string, { readonly type: Type; readonly value: unknown }>;
}

/** An expression that was checked; `term` means nothing where there are faults. */
export interface Checked {
  readonly term: Term;
  readonly faults: readonly Fault[];
  /** Every `<kind>.<field>` that it reads. */
  readonly reads: ReadonlySet<string>;
  /** The kinds of the relations that it follows. */
  readonly kinds: ReadonlySet<string>;
  readonly usesNow: boolean;
  /** The variables of the scope that it names. */
  readonly names: ReadonlySet<string>;
}

/** Checks the types of an expression; `facts` are what is known not to be null around it. */
export function check(source: string, scope: Scope, facts: Facts, expected?: Type): Checked {
  const parsed = parse(source);
  const checker = new Checker(source, scope);
  if ("code" in parsed) {
    return { ...checker, term: refused(0, source.length), faults: [parsed] };
  }
  let term = checker.check(parsed, facts, scope.variables, 0);
  if (expected !== undefined) term = checker.expect(term, expected);
  return { ...checker, term };
}

function refused(start: number, end: number): Term {
  return { op: "literal", value: null, type: any, start, end };
}

type Variables = ReadonlyMap<string, Variable>;

class Checker {
  readonly faults: Fault[] = [];
  readonly reads = new Set<string>();
  readonly kinds = new Set<string>();
  readonly names = new Set<string>();
  usesNow = false;
  readonly #source: string;
  readonly #scope: Scope;
  #quantifiers = 0;

  constructor(source: string, scope: Scope) {
    this.#source = source;
    this.#scope = scope;
  }

  #fault(at: { start: number; end: number }, code: string, message: string, hint: string | null = null): Term {
    this.faults.push({ code: `policy/${code}`, start: at.start, end: at.end, message, hint });
    return refused(at.start, at.end);
  }

  #text(at: { start: number; end: number }): string {
    return textOf(this.#source, at.start, at.end);
  }

  /** The term where its type is as expected. */
  expect(term: Term, expected: Type): Term {
    const given = expected.nullable ? term : this.#need(term);
    if (given.type.type === "any") return given;
    const joined = join(given.type, expected);
    const fits = joined !== null && (expected.nullable || !given.type.nullable);
    if (fits) return given;
    return this.#fault(
      term,
      "wrong-type",
      `${expected.type === "bool" ? "true or false" : show(expected)} is needed here, and this is ${show(given.type)}`,
    );
  }

  check(node: Node, facts: Facts, variables: Variables, depth: number): Term {
    const { start, end } = node;
    const of = (each: Node) => this.check(each, facts, variables, depth);
    switch (node.op) {
      case "value":
        return this.#literal(node, node.args);
      case "id":
        return this.#variable(node, node.args, facts, variables);
      case ".":
        return this.#narrowed(this.#member(node, node.args[0], node.args[1], facts, variables, depth), facts);
      case "[]":
        return this.#narrowed(this.#index(node, of(node.args[0]), of(node.args[1])), facts);
      case "list":
        return this.#list(node, node.args.map(of));
      case "!_":
        return { op: "not", of: this.#bool(of(node.args)), type: bool, start, end };
      case "-_":
        return this.#negate(node, node.args, of);
      case "&&":
      case "||": {
        const both = node.op === "&&";
        const left = this.#bool(of(node.args[0]));
        const known = union(facts, factsOf(left, both));
        const right = this.#bool(this.check(node.args[1], known, variables, depth));
        return { op: both ? "and" : "or", left, right, type: bool, start, end };
      }
      case "?:": {
        const condition = this.#bool(of(node.args[0]));
        const left = this.check(node.args[1], union(facts, factsOf(condition, true)), variables, depth);
        const right = this.check(node.args[2], union(facts, factsOf(condition, false)), variables, depth);
        const type = join(left.type, right.type);
        if (type === null) {
          return this.#fault(
            node,
            "wrong-type",
            `the two outcomes have different types: ${show(left.type)} and ${show(right.type)}`,
          );
        }
        return { op: "choose", condition, left: fold(left, type), right: fold(right, type), type, start, end };
      }
      case "==":
      case "!=":
        return this.#equality(node, node.op, of(node.args[0]), of(node.args[1]));
      case "<":
      case "<=":
      case ">":
      case ">=":
        return this.#order(node, node.op, of(node.args[0]), of(node.args[1]));
      case "in":
        return this.#in(node, of(node.args[0]), of(node.args[1]));
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        return this.#arithmetic(node, node.op, of(node.args[0]), of(node.args[1]));
      case "call":
        return this.#call(node, node.args[0], null, node.args[1], facts, variables, depth);
      case "rcall":
        return this.#call(node, node.args[0], node.args[1], node.args[2], facts, variables, depth);
      case "map":
        return this.#fault(node, "unsupported", "a map cannot be written in an expression");
      default:
        return this.#fault(node, "unsupported", `${node.op} is no part of the policy language`);
    }
  }

  #literal({ start, end }: Node, value: unknown): Term {
    if (value === null) return { op: "literal", value, type: nothing, start, end };
    switch (typeof value) {
      case "bigint": {
        const number = Number(value);
        if (Number.isSafeInteger(number)) return { op: "literal", value: number, type: int, start, end };
        return this.#fault(
          { start, end },
          "out-of-range",
          `${value} is too large: integers go from -9007199254740991 to 9007199254740991`,
        );
      }
      case "number":
        return { op: "literal", value, type: double, start, end };
      case "string":
        return { op: "literal", value, type: string, start, end };
      case "boolean":
        return { op: "literal", value, type: bool, start, end };
      default:
        return this.#fault(
          { start, end },
          "unsupported",
          `${this.#text({ start, end })} is neither text nor a number that policies know`,
          "unsigned integers and bytes do not exist here",
        );
    }
  }

  #variable(node: Node, name: string, facts: Facts, variables: Variables): Term {
    const { start, end } = node;
    const variable = variables.get(name);
    if (variable !== undefined) {
      this.names.add(name);
      const type = variable.type;
      return this.#narrowed({ op: "variable", variable, type, start, end }, facts);
    }
    if (name === "now") {
      this.usesNow = true;
      return { op: "now", type: timestamp, start, end };
    }
    const known = [...variables.keys(), ...(this.#scope.params === undefined ? [] : ["params"]), "now"];
    const field = this.#fieldOfResource(name, variables);
    const meant = nearest(name, known);
    const hint =
      field !== null ? `write ${field}` : meant !== null ? `did you mean ${meant}?` : `known here: ${known.join(", ")}`;
    return this.#fault(node, "unknown-variable", `there is no variable ${name}`, hint);
  }

  /** `r.x` where somebody wrote `x` and the resource has such a field. */
  #fieldOfResource(name: string, variables: Variables): string | null {
    const type = variables.get("r")?.type;
    return type?.type === "resource" && kinds.get(type.kind)?.fields.has(name) ? `r.${name}` : null;
  }

  /** The term without null in its type, where facts say that it is not null. */
  #narrowed(term: Term, facts: Facts): Term {
    if (!term.type.nullable || term.type.type === "null") return term;
    const path = pathOf(term);
    if (path === null || !facts.has(path)) return term;
    return { op: "present", of: term, type: withNull(term.type, false), start: term.start, end: term.end };
  }

  /** The term, which must not be null here. */
  #need(term: Term): Term {
    if (!term.type.nullable) return term;
    if (term.type.type === "null") return this.#fault(term, "wrong-type", "null has no use here");
    const text = this.#text(term);
    const path = pathOf(term);
    const hint =
      path === null ? "compare its parts with null first" : `say what holds without it: ${guardOf(term, text)} && …`;
    return this.#fault(term, "nullable", `${text} may be null here`, hint);
  }

  #bool(term: Term): Term {
    const given = this.#need(term);
    if (given.type.type === "bool" || given.type.type === "any") return given;
    return this.#fault(term, "wrong-type", `true or false is needed here, and this is ${show(given.type)}`);
  }

  #string(term: Term): Term {
    const given = this.#need(term);
    if (given.type.type === "string" || given.type.type === "any") return given;
    return this.#fault(term, "wrong-type", `a string is needed here, and this is ${show(given.type)}`);
  }

  #member(node: Node, baseNode: Node, name: string, facts: Facts, variables: Variables, depth: number): Term {
    const { start, end } = node;
    if (baseNode.op === "id" && baseNode.args === "params" && this.#scope.params !== undefined) {
      const param = this.#scope.params.get(name);
      if (param !== undefined) return { op: "literal", value: param.value, type: param.type, start, end };
      const known = [...this.#scope.params.keys()];
      const message = `there is no parameter ${name}`;
      return this.#fault(nameOf(node, name), "unknown-parameter", message, suggestion(name, known, "parameters"));
    }
    const base = this.#need(this.check(baseNode, facts, variables, depth));
    const { owner, related } = ownerOf(base);
    switch (base.type.type) {
      case "any":
        return { op: "field", base, name, derived: null, owner, related, type: any, start, end };
      case "map": {
        const key: Term = { op: "literal", value: name, type: string, start: node.pos, end };
        return { op: "entry", base, key, owner: `${owner}.${name}`, related, type: base.type.of, start, end };
      }
      case "object":
      case "resource": {
        const fields = base.type.type === "object" ? base.type.fields : kinds.get(base.type.kind)?.fields;
        const field = fields?.get(name);
        if (field === undefined) {
          const what = base.type.type === "object" ? base.type.name : base.type.kind;
          const hint = suggestion(name, [...(fields?.keys() ?? [])], "fields");
          return this.#fault(nameOf(node, name), "unknown-field", `${what} has no field ${name}`, hint);
        }
        return this.#field(base, field, owner, related, start, end);
      }
      default: {
        const hint = functions.has(name) || quantifiers.has(name) ? `write ${name}(…)` : null;
        return this.#fault(nameOf(node, name), "wrong-type", `${article(base.type)} has no field ${name}`, hint);
      }
    }
  }

  #field(base: Term, field: Field, owner: string, related: boolean, start: number, end: number): Term {
    const { name, type } = field;
    this.#read(owner, name);
    const resource = type.type === "list" ? type.of : type;
    if (resource.type === "resource") this.kinds.add(resource.kind);
    const kind = base.type.type === "resource" ? base.type.kind : null;
    const derived = field.source === "stored" ? null : kind;
    return { op: "field", base, name, derived, owner, related, type, start, end };
  }

  #read(owner: string, name: string): void {
    const kind = owner.split(".", 2).join(".");
    if (kinds.has(kind)) this.reads.add(`${owner}.${name}`);
  }

  #index(node: Node, base: Term, key: Term): Term {
    const { start, end } = node;
    const container = this.#need(base);
    const { owner, related } = ownerOf(container);
    const label = `${owner}[${this.#text(key)}]`;
    switch (container.type.type) {
      case "any":
        return { op: "element", base: container, index: key, owner: label, related, type: any, start, end };
      case "list": {
        const index = this.#need(key);
        if (index.type.type !== "int" && index.type.type !== "any") {
          return this.#fault(key, "wrong-type", `a list is indexed by an int, and this is ${show(key.type)}`);
        }
        const of = container.type.of;
        const element = { op: "element", base: container, index, type: of, start, end } as const;
        return of.type === "resource" || of.type === "object"
          ? { ...element, owner, related }
          : { ...element, owner: label, related };
      }
      case "map": {
        const name = this.#string(key);
        if (name.type.type === "string" && name.type.ignoreCase) {
          return this.#fault(key, "wrong-type", "the keys of a map are told apart by case, and this string is not");
        }
        return { op: "entry", base: container, key: name, owner: label, related, type: container.type.of, start, end };
      }
      default:
        return this.#fault(node, "wrong-type", `${article(container.type)} has no elements`);
    }
  }

  #list({ start, end }: Node, items: readonly Term[]): Term {
    let of: Type = any;
    for (const item of items) {
      const joined = join(of, item.type);
      if (joined === null) {
        return this.#fault(item, "wrong-type", `a list of ${show(of)} cannot hold ${article(item.type)}`);
      }
      of = joined;
    }
    return { op: "list", items: items.map((item) => fold(item, of)), type: listOf(of), start, end };
  }

  #negate(node: Node, inner: Node, of: (each: Node) => Term): Term {
    const { start, end } = node;
    const term = this.#need(of(inner));
    if (term.op === "literal" && typeof term.value === "number") {
      return { ...term, value: term.type.type === "int" ? 0 - term.value : -term.value, start, end };
    }
    const type = term.type.type;
    if (type === "int" || type === "double" || type === "duration" || type === "any") {
      return { op: "negate", of: term, type: term.type, start, end };
    }
    return this.#fault(node, "wrong-type", `- needs a number or a duration, and this is ${show(term.type)}`);
  }

  #equality(node: Node, operator: "==" | "!=", left: Term, right: Term): Term {
    const { start, end } = node;
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (other.type.type !== "null") continue;
      const declared = one.op === "present" ? one.of.type : one.type;
      if (!declared.nullable && declared.type !== "any") {
        const hint = "a value that could not be read makes the result unknown by itself; leave the comparison out";
        return this.#fault(node, "never-null", `${this.#text(one)} is never null`, hint);
      }
      return { op: "compare", operator, left: undone(left), right: undone(right), type: bool, start, end };
    }
    if (!comparable(left.type, right.type)) return this.#incomparable(node, operator, left, right);
    this.#knownValues(left, right);
    const [a, b] = alike(left, right);
    return { op: "compare", operator, left: a, right: b, type: bool, start, end };
  }

  #incomparable(node: Node, operator: string, left: Term, right: Term): Term {
    const [a, b] = [left.type, right.type];
    if (a.type === b.type && (a.type === "resource" || a.type === "object" || a.type === "map")) {
      const hint = a.type === "map" ? "compare its values" : "compare their ids or names";
      return this.#fault(node, "wrong-type", `${operator} does not compare ${article(a)}`, hint);
    }
    const text = [a, b].some((each) => each.type === "timestamp" || each.type === "duration");
    const hint =
      text && [a, b].some((each) => each.type === "string") ? 'write timestamp("…") or duration("…") around it' : null;
    return this.#fault(node, "wrong-type", `${operator} compares ${show(a)} with ${show(b)}`, hint);
  }

  /** Text that is compared with one of a few values must be one of them. */
  #knownValues(left: Term, right: Term): void {
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const type = one.type;
      if (type.type !== "string" || type.enum === null) continue;
      for (const each of other.op === "list" ? other.items : [other]) {
        if (each.op === "literal" && typeof each.value === "string" && !type.enum.includes(each.value)) {
          const meant = nearest(each.value, type.enum);
          const hint = meant === null ? `one of ${type.enum.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`;
          const message = `${this.#text(one)} is never ${JSON.stringify(each.value)}`;
          this.#fault(each, "unknown-value", message, hint);
        }
      }
      const others = other.type.type === "list" ? other.type.of : other.type;
      if (others.type === "string" && others.enum !== null && !type.enum.some((each) => others.enum?.includes(each))) {
        this.#fault(other, "unknown-value", `${this.#text(one)} and ${this.#text(other)} have no value in common`);
      }
    }
  }

  #order(node: Node, operator: Comparison, one: Term, other: Term): Term {
    const { start, end } = node;
    const left = this.#need(one);
    const right = this.#need(other);
    const [a, b] = [left.type, right.type];
    const unordered = [a, b].find((type) => type.type === "string" && type.enum !== null);
    if (unordered !== undefined) {
      return this.#fault(node, "wrong-type", `${operator} has no meaning for ${show(unordered)}`, "use == or in");
    }
    const ordered = !["list", "map", "object", "resource", "null"].includes(a.type);
    if (!ordered || !comparable(a, b)) return this.#incomparable(node, operator, left, right);
    const [x, y] = alike(left, right);
    return { op: "compare", operator, left: x, right: y, type: bool, start, end };
  }

  #in(node: Node, left: Term, right: Term): Term {
    const { start, end } = node;
    const container = this.#need(right);
    switch (container.type.type) {
      case "any":
        return { op: "in", left, right: container, type: bool, start, end };
      case "list": {
        const of = container.type.of;
        const fits = left.type.type === "null" ? of.nullable || of.type === "any" : comparable(left.type, of);
        if (!fits) return this.#incomparable(node, "in", left, { ...container, type: of } as Term);
        this.#knownValues(left, container);
        const [x, y] = alike(left, container);
        return { op: "in", left: x, right: y, type: bool, start, end };
      }
      case "map":
        return { op: "in", left: this.#string(left), right: container, type: bool, start, end };
      default: {
        const hint = container.type.type === "string" ? "for a part of a text write text.contains(…)" : null;
        return this.#fault(right, "wrong-type", `in needs a list or a map, and this is ${show(container.type)}`, hint);
      }
    }
  }

  #arithmetic(node: Node, operator: Arithmetic, one: Term, other: Term): Term {
    const { start, end } = node;
    const left = this.#need(one);
    const right = this.#need(other);
    const [a, b] = [left.type, right.type];
    const result = (type: Type): Term => ({ op: "arithmetic", operator, left, right, type, start, end });
    if (a.type === "any" || b.type === "any") return result(any);
    if (a.type === "int" && b.type === "int") return result(int);
    if (a.type === "double" && b.type === "double" && operator !== "%") return result(double);
    const time = timeOf(operator, a.type, b.type);
    if (time !== null) return result(time);
    if (
      operator === "+" &&
      ((a.type === "string" && b.type === "string") || (a.type === "list" && b.type === "list"))
    ) {
      const joined = join(a, b);
      const type: Type | null = joined?.type === "string" ? { ...joined, enum: null } : joined;
      if (type !== null) {
        return { op: "arithmetic", operator, left: fold(left, type), right: fold(right, type), type, start, end };
      }
    }
    const mixed = isNumber(a) && isNumber(b) && a.type !== b.type;
    const message = `${operator} does not take ${show(a)} and ${show(b)}`;
    const hint = mixed ? "write the whole number with a point, as in 2.0" : null;
    return this.#fault(node, "wrong-type", message, hint);
  }

  #call(
    node: Node,
    name: string,
    receiver: Node | null,
    parts: readonly Node[],
    facts: Facts,
    variables: Variables,
    depth: number,
  ): Term {
    if (name === "has" && receiver === null) return this.#has(node, parts, facts, variables, depth);
    if (quantifiers.has(name) && receiver !== null) {
      return this.#quantified(node, name as Quantifier, receiver, parts, facts, variables, depth);
    }
    const signature = functions.get(name);
    const from = receiver === null ? node.start : this.#source.indexOf(name, receiver.end);
    const at = { start: from, end: from + name.length };
    if (signature === undefined) {
      if (quantifiers.has(name)) {
        return this.#fault(node, "unknown-function", `${name} stands after a list`, `write list.${name}(x, …)`);
      }
      const meant = nearest(name, functionNames);
      const hint = meant === null ? `known: ${functionNames.join(", ")}` : `did you mean ${meant}?`;
      return this.#fault(at, "unknown-function", `there is no function ${name}`, hint);
    }
    const nodes = receiver === null ? parts : [receiver, ...parts];
    const form = receiver === null ? "call" : "method";
    if (!signature.forms.includes(form) || nodes.length !== signature.arity) {
      const given = signature.forms.includes(form) ? "takes other arguments" : "is written in another way";
      return this.#fault(node, "wrong-arguments", `${name} ${given}`, `write ${signature.usage}`);
    }
    const args = nodes.map((each) => this.check(each, facts, variables, depth));
    const [first, second, third] = args;
    if (first === undefined) return refused(node.start, node.end);
    return this.#apply(node, name, first, second, third);
  }

  #apply(node: Node, name: string, one: Term, other: Term | undefined, third: Term | undefined): Term {
    const { start, end } = node;
    const call = (type: Type, ...args: Term[]): Term => ({ op: "call", name, args, type, start, end });
    switch (name) {
      case "size": {
        const of = this.#need(one);
        if (["string", "list", "map", "any"].includes(of.type.type)) return call(int, of);
        return this.#fault(one, "wrong-type", `size needs text, a list or a map, and this is ${show(of.type)}`);
      }
      case "distinct": {
        const list = this.#need(one);
        if (list.type.type === "list" && comparable(list.type.of, list.type.of)) return call(list.type, list);
        if (list.type.type === "any") return list;
        const message = `distinct needs a list of plain values, and this is ${show(list.type)}`;
        return this.#fault(one, "wrong-type", message, "take one field of each with map first");
      }
      case "duration":
      case "timestamp":
        return this.#time(node, name, this.#string(one));
      case "allows":
      case "allowsData":
        return this.#allows(node, name, one, other);
      case "can":
      case "canData": {
        const principal = this.#principal(name, one, ["grants", "denials"]);
        const action = other === undefined ? one : this.#action(this.#string(other));
        return call(bool, principal, action, third === undefined ? one : this.#place(third));
      }
      case "canEscalate": {
        const principal = this.#principal(name, one, []);
        const waysUp = kinds.get("azure.principal")?.fields.get("waysUp");
        if (waysUp === undefined || principal.type.type === "any") return refused(start, end);
        return call(bool, this.#field(principal, waysUp, "azure.principal", true, one.start, one.end));
      }
      case "restricts":
        return call(bool, this.#string(one), this.#action(other === undefined ? one : this.#string(other)));
      case "within":
        return other === undefined ? one : call(bool, this.#place(one), this.#place(other));
      case "lowerAscii": {
        const text = this.#string(one);
        return call(text.type.type === "string" ? { ...text.type, enum: null } : string, text);
      }
      default: {
        const text = this.#string(one);
        const argument = other === undefined ? refused(start, end) : this.#string(other);
        if (name === "matches" && argument.op === "literal" && typeof argument.value === "string") {
          const pattern = compilePattern(argument.value, ignoresCase(text.type));
          if (typeof pattern === "string") {
            return this.#fault(argument, "bad-pattern", `the pattern is not valid: ${pattern}`, "patterns are RE2");
          }
        }
        return name === "matches" ? call(bool, text, argument) : call(bool, ...alike(text, argument));
      }
    }
  }

  #time(node: Node, name: "duration" | "timestamp", text: Term): Term {
    const { start, end } = node;
    const type = name === "duration" ? duration : timestamp;
    if (text.op === "literal" && typeof text.value === "string") {
      const value = name === "duration" ? parseDuration(text.value) : parseTimestamp(text.value);
      if (value !== null) return { op: "literal", value, type, start, end };
      return name === "duration"
        ? this.#fault(text, "bad-duration", `${JSON.stringify(text.value)} is no duration`, "as in 90d, 36h or 1h30m")
        : this.#fault(
            text,
            "bad-timestamp",
            `${JSON.stringify(text.value)} is no timestamp`,
            "as in 2026-01-31T00:00:00Z",
          );
    }
    return { op: "call", name, args: [text], type, start, end };
  }

  #allows(node: Node, name: string, one: Term, other: Term | undefined): Term {
    const { start, end } = node;
    const role = this.#need(one);
    const action = other === undefined ? refused(start, end) : this.#string(other);
    if (role.type.type === "any") return role;
    const kind = role.type.type === "resource" ? role.type.kind : "";
    const isPermissions =
      role.type.type === "list" && role.type.of.type === "object" && role.type.of.name === "Permission";
    if (!isPermissions && kind !== "azure.roleDefinition" && kind !== "synapse.roleDefinition") {
      const hint = "as in r.role, or a part of r.role.permissions";
      return this.#fault(one, "wrong-type", `${name} needs a role, and this is ${show(role.type)}`, hint);
    }
    const known = this.#action(action);
    if (known.type.type === "any") return known;
    if (!isPermissions) this.#read(ownerOf(role).owner, "permissions");
    return { op: "call", name, args: [role, action], type: bool, start, end };
  }

  /** The term, which names an action. */
  #action(action: Term): Term {
    const isAction =
      action.op !== "literal" || typeof action.value !== "string" || /^(\*|[^\s/]+(\/[^\s/]+)+)$/.test(action.value);
    const hint = "as in Microsoft.Storage/storageAccounts/write";
    return isAction ? action : this.#fault(action, "bad-action", `${JSON.stringify(action.value)} is no action`, hint);
  }

  /** The term, which is a principal; what is asked of it rests on these relations. */
  #principal(name: string, term: Term, relations: readonly string[]): Term {
    const given = this.#need(term);
    if (given.type.type === "any") return given;
    if (given.type.type !== "resource" || given.type.kind !== "azure.principal") {
      const message = `${name} needs a principal, and this is ${show(given.type)}`;
      return this.#fault(term, "wrong-type", message, "as in r.principal");
    }
    for (const relation of relations) {
      const field = kinds.get("azure.principal")?.fields.get(relation);
      if (field !== undefined) this.#field(given, field, "azure.principal", true, term.start, term.end);
    }
    this.kinds.add("azure.roleDefinition");
    this.#read("azure.roleDefinition", "permissions");
    return given;
  }

  /** The id of a scope: of a resource, of an object with an id, or a text. */
  #place(term: Term): Term {
    const given = this.#need(term);
    const type = given.type;
    if (given.op === "literal" && typeof given.value === "string") {
      return { ...given, value: normaliseId(given.value) };
    }
    if (type.type === "string") return fold(given, ignoringCase(type));
    if (type.type === "any") return given;
    const fields =
      type.type === "object" ? type.fields : type.type === "resource" ? kinds.get(type.kind)?.fields : null;
    const id = fields?.get("id");
    if (id === undefined || !ignoresCase(id.type)) {
      return this.#fault(term, "wrong-type", `within needs a scope, and this is ${show(type)}`, "as in r.scope");
    }
    const { owner, related } = ownerOf(given);
    return this.#field(given, id, owner, related, term.start, term.end);
  }

  #has(node: Node, parts: readonly Node[], facts: Facts, variables: Variables, depth: number): Term {
    const { start, end } = node;
    const [part] = parts;
    if (parts.length !== 1 || part === undefined || part.op !== ".") {
      return this.#fault(node, "wrong-arguments", "has takes one field", "write has(r.x)");
    }
    const of = this.#member(part, part.args[0], part.args[1], facts, variables, depth);
    return { op: "has", of, type: bool, start, end };
  }

  #quantified(
    node: Node,
    name: Quantifier,
    receiver: Node,
    parts: readonly Node[],
    facts: Facts,
    variables: Variables,
    depth: number,
  ): Term {
    const { start, end } = node;
    const list = this.#need(this.check(receiver, facts, variables, depth));
    const [declared, inner] = parts;
    if (parts.length !== 2 || declared === undefined || inner === undefined || declared.op !== "id") {
      const message = `${name} takes a variable and an expression`;
      return this.#fault(node, "wrong-arguments", message, `write list.${name}(x, …)`);
    }
    if (reserved.has(declared.args)) {
      return this.#fault(
        declared,
        "wrong-arguments",
        `${declared.args} already means something else`,
        "take another name",
      );
    }
    if (depth >= maxQuantifiers) {
      return this.#fault(node, "too-deep", `quantifiers may stand at most ${maxQuantifiers} deep`);
    }
    if (list.type.type !== "list" && list.type.type !== "any") {
      return this.#fault(receiver, "wrong-type", `${name} needs a list, and this is ${show(list.type)}`);
    }
    const of = list.type.type === "list" ? list.type.of : any;
    const { owner, related } = ownerOf(list);
    this.#quantifiers++;
    const slot = Math.max(0, ...[...variables.values()].map((each) => each.slot + 1));
    const id = `${declared.args}#${this.#quantifiers}`;
    const variable: Variable = { name: declared.args, id, slot, type: of, owner, related };
    const around = new Map([...variables, [declared.args, variable]]);
    const raw = this.check(inner, facts, around, depth + 1);
    const body = name === "map" ? raw : this.#bool(raw);
    const type = name === "filter" ? list.type : name === "map" ? listOf(body.type) : bool;
    return { op: "quantifier", name, list, variable, body, type, start, end };
  }
}

/** The part of a node that names its member. */
function nameOf(node: Node, name: string): { start: number; end: number } {
  return { start: node.pos, end: node.pos + name.length };
}

function suggestion(name: string, known: readonly string[], what: string): string | null {
  const meant = nearest(name, known);
  if (meant !== null) return `did you mean ${meant}?`;
  return known.length > 0 ? `${what}: ${known.join(", ")}` : null;
}

/** The comparison with null that shows a term not to be null. */
function guardOf(term: Term, text: string): string {
  return term.op === "field" ? `has(${text})` : `${text} != null`;
}

/** The term as it was before it was shown not to be null. */
function undone(term: Term): Term {
  return term.op === "present" ? term.of : term;
}

/** The term in lower case, where it meets strings that are compared without regard to case. */
function fold(term: Term, joined: Type): Term {
  if (!ignoresCase(joined) || ignoresCase(term.type) || !holdsText(term.type)) return term;
  const { start, end } = term;
  const type = ignoringCase(term.type);
  if (term.op === "literal") return { ...term, value: lowered(term.value), type };
  if (term.op === "list") return { ...term, items: term.items.map((item) => fold(item, joined)), type };
  return { op: "fold", of: term, type, start, end };
}

/** Both terms, in lower case where one of them is compared without regard to case. */
function alike(left: Term, right: Term): [Term, Term] {
  return [fold(left, right.type), fold(right, left.type)];
}

function ignoringCase(type: Type): Type {
  if (type.type === "list") return { ...type, of: ignoringCase(type.of) };
  return type.type === "string" ? { ...type, ignoreCase: true } : type;
}

function lowered(value: unknown): unknown {
  if (typeof value === "string") return value.toLowerCase();
  return Array.isArray(value) ? value.map(lowered) : value;
}

function holdsText(type: Type): boolean {
  return type.type === "list" ? holdsText(type.of) : type.type === "string";
}

function timeOf(operator: Arithmetic, a: Type["type"], b: Type["type"]): Type | null {
  if (operator !== "+" && operator !== "-") return null;
  if (a === "duration" && b === "duration") return duration;
  if (a === "timestamp" && b === "duration") return timestamp;
  if (a === "duration" && b === "timestamp" && operator === "+") return timestamp;
  return a === "timestamp" && b === "timestamp" && operator === "-" ? duration : null;
}
