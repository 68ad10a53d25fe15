import { IncompleteList, Unread } from "../value.ts";
import type { Closure } from "./frame.ts";

export function compileQuantifier(name: string, list: Closure, slot: number, body: Closure): Closure {
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
        if (cause !== null) return new IncompleteList(kept, cause);
        // The list itself where nothing was left out: verdicts on a role's permissions are kept by list.
        return kept.length === items.length ? items : kept;
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
