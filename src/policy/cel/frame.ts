import { Unread, type World } from "../value.ts";
import type { Term } from "./term.ts";

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
  can: () => "the grants were not read",
  within: () => new Unread("the scopes were not read"),
};

/** A compiled expression. It gives true, false or another value of its type, null, or Unread; it never throws. */
export type Closure = (frame: Frame) => unknown;

/** Compiles a term inside another. */
export type Inner = (term: Term) => Closure;
