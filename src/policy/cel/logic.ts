import type { Closure } from "./frame.ts";

// Kleene's logic: what decides wins over what is unread, on either side.

export function compileAnd(left: Closure, right: Closure): Closure {
  return (frame) => {
    const a = left(frame);
    if (a === false) return false;
    const b = right(frame);
    return a === true || b === false ? b : a;
  };
}

export function compileOr(left: Closure, right: Closure): Closure {
  return (frame) => {
    const a = left(frame);
    if (a === true) return true;
    const b = right(frame);
    return a === false || b === true ? b : a;
  };
}
