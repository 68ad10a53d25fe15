import { IncompleteList, Unread } from "../value.ts";
import type { Closure } from "./frame.ts";
import type { Arithmetic } from "./term.ts";
import { earliest, latest, longest } from "./time.ts";
import type { Type } from "./types.ts";

const overflow = new Unread("overflow");
const divisionByZero = new Unread("division by zero");

function integer(value: number): number | Unread {
  return Number.isSafeInteger(value) ? value + 0 : overflow;
}

export function compileArithmetic(operator: Arithmetic, left: Type, type: Type, a: Closure, b: Closure): Closure {
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
