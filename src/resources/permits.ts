import { actionTest, type Plane } from "./actions.ts";
import { admits } from "./conditions.ts";
import { and, anyOf, not, or, type Verdict } from "./verdict.ts";

/** A role on a scope; what is undefined was not read. */
export interface Grant {
  readonly scope: string | undefined;
  readonly permissions: unknown;
  /** Whether permissions may be missing. */
  readonly incomplete: boolean;
  readonly condition: string | null | undefined;
}

/** What a deny assignment takes away, at a scope; what is undefined was not read. */
export interface Denial extends Grant {
  /** Whether it binds at its scope alone. */
  readonly doNotApplyToChildScopes: boolean | undefined;
  /** Whether it binds the principal that is asked about. */
  readonly binds: Verdict;
}

/** Things that were read, and why there may be more of them; `missing` is null where these are all. */
export interface Known<Item> {
  readonly items: readonly Item[];
  readonly missing: string | null;
}

/** Whether one normalised scope is another or lies below it; null where what stands above subscriptions was not read. */
export type Within = (inner: string, outer: string) => boolean | null;

/** What a question about effective access asks. */
export interface Asked {
  readonly action: string;
  readonly plane: Plane;
  /** Normalised. */
  readonly scope: string;
}

/**
 * Whether somebody with these grants and denials may do an action at a scope: a denial blocks whatever the roles say, and
 * else one grant is enough. A condition admits only what it says nothing about; what it makes depend on the request stays
 * open. Source of the order: learn.microsoft.com/azure/role-based-access-control/overview.
 */
export function permits(asked: Asked, grants: Known<Grant>, denials: Known<Denial>, within: Within): Verdict {
  const granted = or(anyOf(grants.items.map((grant) => grantAllows(asked, grant, within))), grants.missing ?? false);
  if (granted === false) return false;
  return and(granted, not(denied(asked, denials, within)));
}

/** Whether a grant allows an action at a scope, by itself. */
export function grantAllows(asked: Asked, { scope, ...grant }: Grant, within: Within): Verdict {
  const placed = scope === undefined ? "the scope of a grant was not read" : lies(asked.scope, scope, within);
  return placed === false ? false : and(placed, and(covered(asked, grant), admitted(asked, grant.condition)));
}

/** Whether denials take an action away at a scope. */
export function denied(asked: Asked, denials: Known<Denial>, within: Within): Verdict {
  return or(
    anyOf(
      denials.items.map(({ scope, doNotApplyToChildScopes, binds, ...denial }) => {
        if (binds === false) return false;
        const applies = (inner: string, outer: string): Verdict =>
          inner === outer ||
          and(lies(inner, outer, within), not(doNotApplyToChildScopes ?? "how deep a denial goes was not read"));
        const placed = scope === undefined ? "the scope of a denial was not read" : applies(asked.scope, scope);
        return placed === false
          ? false
          : and(placed, and(binds, and(covered(asked, denial), admitted(asked, denial.condition))));
      }),
    ),
    denials.missing ?? false,
  );
}

function lies(inner: string, outer: string, within: Within): Verdict {
  return within(inner, outer) ?? "the management groups above a subscription were not read";
}

function covered(
  { action, plane }: Asked,
  { permissions, incomplete }: Pick<Grant, "permissions" | "incomplete">,
): Verdict {
  return actionTest(action, plane)(permissions, incomplete);
}

function admitted({ action }: Asked, condition: string | null | undefined): Verdict {
  if (condition === undefined) return "the condition of a grant was not read";
  return condition === null || admits(condition, action);
}
