import type { Row } from "../resources/kinds.ts";
import type { Asked } from "../resources/permits.ts";
import type { Verdict } from "../resources/verdict.ts";

/** What takes the place of a value that could not be read, or that an expression does not have. */
export class Unread {
  /** Why, in a few words for a person: `azure.principal.displayName was not read`, `division by zero`. */
  readonly cause: string;

  constructor(cause: string) {
    this.cause = cause;
  }
}

/** A list of which some elements may be missing. */
export class IncompleteList {
  readonly items: readonly unknown[];
  readonly cause: string;

  constructor(items: readonly unknown[], cause: string) {
    this.items = items;
    this.cause = cause;
  }
}

/** What a policy asks of everything around the resource it looks at. */
export interface World {
  /** The moment of evaluation, in milliseconds since 1970. */
  readonly now: number;
  /** The value of a relation or computed field: a Row, null, a scalar, an array, an IncompleteList or an Unread. */
  field(kind: string, name: string, row: Row): unknown;
  /** Whether a principal may do an action at a scope, by its grants and its groups' after denials. */
  can(principal: Row, asked: Asked): Verdict;
  /** Whether the scope `inner` is `outer` or stands below it. */
  within(inner: string, outer: string): boolean | Unread;
}
