import { InputError } from "../../resources/problem.ts";
import { Unread, type World } from "../value.ts";
import { compileArithmetic } from "./arithmetic.ts";
import { compileCall } from "./calls.ts";
import { check, maxQuantifiers } from "./check.ts";
import { compileEquality, compileIn, compileOrder } from "./comparison.ts";
import { type Facts, noFacts } from "./facts.ts";
import { type Closure, Frame, nowhere } from "./frame.ts";
import { compileAnd, compileOr } from "./logic.ts";
import {
  compileElement,
  compileEntry,
  compileField,
  compileFold,
  compileHas,
  compileList,
  compilePresent,
} from "./members.ts";
import { lineAndColumn } from "./position.ts";
import { compileQuantifier } from "./quantifiers.ts";
import { variableReader } from "./read.ts";
import type { Term, Variable } from "./term.ts";
import type { Type } from "./types.ts";

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
