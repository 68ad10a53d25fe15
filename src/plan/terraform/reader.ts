import { type PlannedValue, type Unknown, unknown } from "../plan.ts";
import { type Instance, type Path, partAt } from "./instances.ts";
import type { Meant, Resolver } from "./resolve.ts";

export type Body = { readonly [name: string]: PlannedValue };

/** What a translation makes: a thing in the service that an instance stands for. */
export interface Made {
  type: string;
  id: string;
  body: Body;
  /** Whether it stays where its instance goes, so that it is no deletion but what is then in force. */
  isUpdate?: boolean;
}

/** What of a plan's surroundings translations ask for. */
export interface Around {
  /** When the change is made: what lasts for a time counts from then; absent where nobody says it. */
  now?: Date;
  /** Whether a type of Prefect's blocks keeps what stands at a path of its data secret; absent where nobody knows. */
  keepsSecret?(slug: string, path: Path): boolean;
}

/** An instance as translations read it. */
export class Reader {
  readonly instance: Instance;
  readonly resolver: Resolver;
  readonly around: Around;
  /** Whether it is made anew, so that what nobody sets is what the service sets. */
  readonly isNew: boolean;

  constructor(instance: Instance, resolver: Resolver, around: Around = {}) {
    this.instance = instance;
    this.resolver = resolver;
    this.around = around;
    this.isNew = instance.actions.includes("create");
  }

  /** An attribute; undefined where nobody sets it, and unknown where it is set to something that is not known. */
  get(...path: Path): PlannedValue | undefined {
    const value = partAt(this.instance.after, path);
    if (value === null || value === undefined) return undefined;
    if (value === unknown && this.isNew && !this.isSet(path)) return undefined;
    return value;
  }

  /** A block that no service sets by itself: where it is unknown, it is written in a way that the plan does not show. */
  block(...path: Path): PlannedValue | undefined {
    return partAt(this.instance.after, path) ?? undefined;
  }

  /** Whether the configuration sets an attribute; taken for granted where the configuration is not there. */
  isSet(path: Path): boolean {
    const { configured } = this.instance;
    if (configured === null) return true;
    let at: unknown = configured.expressions;
    for (const part of path) {
      if (typeof at !== "object" || at === null) return false;
      at = (at as { [name: string]: unknown })[part];
    }
    return at !== undefined && (at as { constant_value?: unknown }).constant_value !== null;
  }

  text(...path: Path): string | null {
    const value = this.get(...path);
    return typeof value === "string" ? value : null;
  }

  /** The blocks of a name, as paths to each. */
  blocks(...path: Path): Path[] | Unknown {
    const value = this.get(...path);
    if (value === unknown) return unknown;
    return Array.isArray(value) ? value.map((_, index) => [...path, index]) : value === undefined ? [] : [path];
  }

  /** The id that an attribute names. */
  named(meant: Meant, ...path: Path): PlannedValue | undefined {
    return this.resolver.value(this.instance, path, meant) ?? undefined;
  }

  /** The id of a principal that an attribute names; undefined where it is not set. */
  principal(...path: Path): string | Unknown | undefined {
    const value = partAt(this.instance.after, path);
    if (value === null || value === undefined) return undefined;
    return this.resolver.principal(this.instance, path).id;
  }

  /** Ids that a list names; undefined where it is not set. */
  list(meant: Meant, ...path: Path): PlannedValue | undefined {
    if (this.get(...path) === undefined) return undefined;
    return this.resolver.list(this.instance, path, meant) ?? undefined;
  }

  /** What a truth stands for; undefined where it is not set. */
  choice(path: string | undefined, whenTrue: PlannedValue, whenFalse: PlannedValue): PlannedValue | undefined {
    const value = path === undefined ? undefined : this.get(path);
    if (value === true) return whenTrue;
    return value === false ? whenFalse : value;
  }

  /** The first of several names of an attribute that is set: they differ by the provider's version. */
  first(...names: readonly string[]): PlannedValue | undefined {
    for (const name of names) {
      const value = this.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Whether a change gives any of some attributes another value; sensitive ones are compared, and not told. */
  changes(...names: readonly string[]): boolean {
    if (this.isNew) return names.some((name) => partAt(this.instance.after, [name]) !== undefined);
    return names.some((name) => !this.instance.isSame(name));
  }

  get id(): string {
    return this.resolver.id(this.instance);
  }

  /** What every resource of Azure has. */
  get common(): Body {
    return body({
      name: this.get("name"),
      location: this.get("location"),
      tags: this.get("tags"),
      identity: this.identity(),
    });
  }

  /** The identities that a resource may act as. */
  identity(): PlannedValue | undefined {
    const block = this.block("identity");
    if (block === undefined || block === unknown) return block;
    const path: Path = Array.isArray(block) ? ["identity", 0] : ["identity"];
    if (Array.isArray(block) && block.length === 0) return this.isNew ? undefined : null;
    const type = this.get(...path, "type");
    const ids = this.list("id", ...path, "identity_ids");
    const principalId = this.text(...path, "principal_id");
    return body({
      // azurerm writes both as "SystemAssigned, UserAssigned", as the service does.
      type,
      principalId: principalId === null || principalId === "" ? undefined : principalId,
      userAssignedIdentities: Array.isArray(ids)
        ? ids.every((each) => typeof each === "string")
          ? Object.fromEntries(ids.map((each) => [each, {}]))
          : unknown
        : (ids as Unknown | undefined),
    });
  }
}

/** A body without what is not set. */
export function body(fields: { readonly [name: string]: PlannedValue | undefined }): Body {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, PlannedValue] => entry[1] !== undefined),
  );
}

/** Whether an id is one of Azure, and not an address. */
export function isAzureId(id: PlannedValue | undefined): id is string {
  return typeof id === "string" && id.startsWith("/");
}

/** The id of something inside a thing: by its parent's id where that is known, else by its address. */
export function within(parent: PlannedValue | undefined, rest: string, otherwise: string): string {
  return isAzureId(parent) && !rest.includes("undefined") ? `${parent}/${rest}` : otherwise;
}

/** A body with the id of what it stands in, for those whose own id does not tell it. */
export function inside(parent: PlannedValue | undefined, fields: Body): Body {
  return typeof parent === "string" ? { parentId: parent, ...fields } : fields;
}

/** A time as Key Vault counts it, in seconds since the epoch. */
export function seconds(value: PlannedValue | undefined): PlannedValue | undefined {
  if (typeof value !== "string") return value;
  const time = Date.parse(value);
  return value === "" || Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

/** A text of JSON as what it says; unknown where it says nothing sound. */
export function parsed(value: PlannedValue | undefined): PlannedValue | undefined {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as PlannedValue;
  } catch {
    // The provider would refuse it; nothing is known of what comes instead.
    return unknown;
  }
}
