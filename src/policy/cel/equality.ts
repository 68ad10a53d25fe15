import { IncompleteList, Unread } from "../value.ts";
import type { Type } from "./types.ts";

/** Whether two values that were read are equal. */
export type Equality = (a: unknown, b: unknown) => boolean | Unread;

/**
 * The equality of two types; numbers are compared by value whatever their types. Strings that are compared without
 * regard to case are in lower case by now.
 */
export function equalityOf(a: Type, b: Type): Equality {
  if (a.type === "list" && b.type === "list") return listEquality(equalityOf(a.of, b.of));
  return (x, y) => x === y;
}

function listEquality(equal: Equality): Equality {
  return (a, b) => {
    if (a === null || b === null) return a === b;
    if (a instanceof IncompleteList) return new Unread(a.cause);
    if (b instanceof IncompleteList) return new Unread(b.cause);
    const [x, y] = [a as readonly unknown[], b as readonly unknown[]];
    if (x.length !== y.length) return false;
    let open: Unread | null = null;
    for (let index = 0; index < x.length; index++) {
      const [one, other] = [x[index], y[index]];
      const same = one instanceof Unread ? one : other instanceof Unread ? other : equal(one, other);
      if (same === false) return false;
      if (same !== true) open ??= same;
    }
    return open ?? true;
  };
}

/** Less than 0, 0 or more than 0: the order of code points, where surrogates stand above all other units. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return raised(x) - raised(y);
  }
  return a.length - b.length;
}

function raised(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The number of code points. */
export function lengthOf(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(index + 1);
      if (next >= 0xdc00 && next <= 0xdfff) index++;
    }
    length++;
  }
  return length;
}
