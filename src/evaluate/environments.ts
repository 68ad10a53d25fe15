import type { Configuration } from "../config/config.ts";
import type { PrefectShare } from "../resources/generated.ts";
import { matchesGlob } from "../resources/glob.ts";
import { type Hierarchy, within } from "../resources/hierarchy.ts";
import { below, subscriptionOf } from "../resources/scope.ts";

/** Names of environments, and why there may be more; `missing` is null where these are all. */
export interface Environments {
  names: readonly string[];
  missing: string | null;
}

/** Environments that are known to be all. */
export function exactly(names: Iterable<string>): Environments {
  return { names: [...new Set(names)].sort(), missing: null };
}

/** The environments of several things together. */
export function union(parts: Iterable<Environments>): Environments {
  const names = new Set<string>();
  let missing: string | null = null;
  for (const part of parts) {
    for (const name of part.names) names.add(name);
    missing ??= part.missing;
  }
  return { names: [...names].sort(), missing };
}

/** Of what has no id before it is made nobody knows where it will stand. */
const nowhereYet: Environments = { names: [], missing: "where it will stand is known only after the change" };

/** Whether a text is a scope of Azure, and not the address of something planned. */
function isPlaced(scope: string): boolean {
  return scope.startsWith("/");
}

/** Tells which environments scopes and Prefect servers belong to, by the configuration. */
export class EnvironmentMap {
  readonly #configuration: Configuration;
  readonly #hierarchy: Hierarchy;
  readonly #cache = new Map<string, Environments>();
  /** The subscriptions inside which the configuration names scopes; all of any other belongs where it does. */
  readonly #divided = new Set<string>();
  /** The last subscription that was asked for as a whole: rows come in order of scope. */
  #last: { prefix: string; found: Environments } | null = null;

  constructor(configuration: Configuration, hierarchy: Hierarchy) {
    this.#configuration = configuration;
    this.#hierarchy = hierarchy;
    const named = configuration.environments.flatMap(({ scopes }) => scopes);
    for (const scope of [...named, ...configuration.sharedScopes.keys()]) {
      const subscription = subscriptionOf(scope);
      if (subscription !== null && subscription !== scope) this.#divided.add(subscription);
    }
  }

  /** The environments of a scope: those it lies in, and those that lie in it, because a grant there reaches them. */
  ofScope(scope: string): Environments {
    if (!isPlaced(scope)) return nowhereYet;
    if (this.#last !== null && scope.startsWith(this.#last.prefix)) return this.#last.found;
    const subscription = subscriptionOf(scope);
    const whole = subscription !== null && !this.#divided.has(subscription);
    const key = whole ? subscription : scope;
    let found = this.#cache.get(key);
    if (found === undefined) {
      found = this.#ofScope(key);
      if (this.#cache.size > 100_000) this.#cache.clear();
      this.#cache.set(key, found);
    }
    if (whole) this.#last = { prefix: `${subscription}/`, found };
    return found;
  }

  /** The environments that a scope lies in; unlike `ofScope` not those that lie in it. None where it is declared shared. */
  around(scope: string): Environments {
    if (!isPlaced(scope)) return nowhereYet;
    for (const shared of this.#configuration.sharedScopes.keys()) if (below(scope, shared)) return exactly([]);
    const names: string[] = [];
    let missing: string | null = null;
    for (const environment of this.#configuration.environments) {
      const inside = environment.scopes.map((own) => within(this.#hierarchy, scope, own));
      if (inside.includes(true)) names.push(environment.name);
      else if (inside.includes(null))
        missing = `the management groups above ${subscriptionOf(scope) ?? scope} were not read`;
    }
    return { names, missing };
  }

  #ofScope(scope: string): Environments {
    for (const shared of this.#configuration.sharedScopes.keys()) if (below(scope, shared)) return exactly([]);
    const names: string[] = [];
    let missing: string | null = null;
    for (const environment of this.#configuration.environments) {
      let found = false;
      for (const own of environment.scopes) {
        const inside = within(this.#hierarchy, scope, own);
        const above = inside === true ? false : within(this.#hierarchy, own, scope);
        if (inside === true || above === true) {
          found = true;
          break;
        }
        if (inside === null || above === null)
          missing ??= `the management groups above ${subscriptionOf(own) ?? own} were not read`;
      }
      if (found) names.push(environment.name);
    }
    return { names, missing };
  }

  /** The environments that the configuration gives a client id. */
  ofIdentity(clientId: string): Environments {
    return exactly(
      this.#configuration.environments.filter((each) => each.identities.includes(clientId)).map((each) => each.name),
    );
  }

  /** The environments that have a whole Prefect server, or a part of it. */
  ofServer(api: string): readonly string[] {
    return exactly(this.#shares(api).map(({ name }) => name)).names;
  }

  /**
   * The environments of one object on a server: those that have the whole server, and those whose part of it the object
   * belongs to. null where the server is shared by parts and none of them says.
   * @param belongs whether the object is in a part, by its globs
   */
  ofPrefect(api: string, belongs: (share: PrefectShare) => boolean): Environments | null {
    const shares = this.#shares(api);
    const names = shares.filter(({ share }) => isWhole(share) || belongs(share)).map(({ name }) => name);
    return names.length === 0 && shares.length > 0 ? null : exactly(names);
  }

  #shares(api: string): { name: string; share: PrefectShare }[] {
    return this.#configuration.environments.flatMap(({ name, prefect }) =>
      prefect.filter((share) => share.api === api).map((share) => ({ name, share })),
    );
  }
}

function isWhole(share: PrefectShare): boolean {
  return share.workPools === undefined && share.tags === undefined && share.blocks === undefined;
}

/** Whether any of the patterns matches any of the names. */
export function anyMatches(patterns: readonly string[] | undefined, names: readonly string[]): boolean {
  return (patterns ?? []).some((pattern) => names.some((name) => matchesGlob(pattern, name)));
}
