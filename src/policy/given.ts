import { type FieldType, kinds, type Row } from "../resources/kinds.ts";
import type { Denial, Known } from "../resources/permits.ts";
import { permits } from "../resources/permits.ts";
import { nearest } from "../resources/problem.ts";
import { below, isManagementGroup } from "../resources/scope.ts";
import { isItem } from "./cel/read.ts";
import { parseDuration, parseTimestamp } from "./cel/time.ts";
import { IncompleteList, Unread, type World } from "./value.ts";

/** Something in an example that does not fit the kind. */
export interface Misfit {
  readonly path: readonly (string | number)[];
  readonly key: boolean;
  readonly message: string;
  readonly hint: string | null;
}

/** What a permission leaves out in an example is as the service would give it: nothing, and no condition. */
const permissionDefaults = { actions: [], notActions: [], dataActions: [], notDataActions: [], condition: null };

/**
 * Reads the `given` of an example: the resource as a row, with what is given of its relations and computed fields
 * inside. Strings that are compared without regard to case are put in lower case, as collected rows have them.
 */
export function readGiven(given: unknown, kind: string, path: readonly (string | number)[], misfits: Misfit[]): Row {
  return new Reader(misfits).read(given, { type: "resource", kind, nullable: false }, path) as Row;
}

class Reader {
  readonly #misfits: Misfit[];

  constructor(misfits: Misfit[]) {
    this.#misfits = misfits;
  }

  #refuse(path: readonly (string | number)[], message: string, hint: string | null = null, key = false): undefined {
    this.#misfits.push({ path, key, message, hint });
    return undefined;
  }

  read(value: unknown, type: FieldType, path: readonly (string | number)[]): unknown {
    const name = String(path.at(-1));
    if (value === null) {
      if (type.nullable) return null;
      return this.#refuse(path, `${name} is never null`, "leave it out to say that it was not read");
    }
    switch (type.type) {
      case "string":
        return this.#text(value, type, name, path);
      case "bool":
        return typeof value === "boolean" ? value : this.#refuse(path, `${name} must be true or false`);
      case "int":
        return Number.isSafeInteger(value) ? value : this.#refuse(path, `${name} must be a whole number`);
      case "double":
        return typeof value === "number" ? value : this.#refuse(path, `${name} must be a number`);
      case "timestamp": {
        const fits = typeof value === "string" && parseTimestamp(value) !== null;
        return fits ? value : this.#refuse(path, `${name} must be a timestamp`, 'as in "2026-01-31T00:00:00Z"');
      }
      case "duration": {
        const fits = typeof value === "string" && parseDuration(value) !== null;
        return fits ? value : this.#refuse(path, `${name} must be a duration`, "as in 90d");
      }
      case "list": {
        if (!Array.isArray(value)) return this.#refuse(path, `${name} must be a list`);
        return value.map((item: unknown, index) => this.read(item, type.of, [...path, index]));
      }
      case "map":
        if (!isItem(value)) return this.#refuse(path, `${name} must be a map`);
        return Object.fromEntries(
          Object.entries(value).map(([key, each]) => [key, this.read(each, type.of, [...path, key])]),
        );
      default:
        return this.#item(value, type, name, path);
    }
  }

  #text(
    value: unknown,
    type: FieldType & { type: "string" },
    name: string,
    path: readonly (string | number)[],
  ): string | undefined {
    if (typeof value !== "string") return this.#refuse(path, `${name} must be text`, "put it in quotes");
    if (type.enum !== null && !type.enum.includes(value)) {
      const meant = nearest(value, type.enum);
      const hint = meant === null ? `one of ${type.enum.join(", ")}` : `did you mean ${meant}?`;
      return this.#refuse(path, `${name} is never ${JSON.stringify(value)}`, hint);
    }
    return type.ignoreCase ? value.toLowerCase() : value;
  }

  #item(
    value: unknown,
    type: FieldType & { type: "object" | "resource" },
    name: string,
    path: readonly (string | number)[],
  ): unknown {
    if (!isItem(value)) return this.#refuse(path, `${name} must be a map of fields`);
    const fields = type.type === "object" ? type.fields : kinds.get(type.kind)?.fields;
    const item: Record<string, unknown> =
      type.type === "object" && type.name === "Permission" ? { ...permissionDefaults } : {};
    for (const [key, each] of Object.entries(value)) {
      const field = fields?.get(key);
      if (field !== undefined) {
        item[key] = this.read(each, field.type, [...path, key]);
      } else if (key === "incomplete" && type.type === "resource") {
        item[key] = this.#incomplete(each, fields, [...path, key]);
      } else {
        const known = [...(fields?.keys() ?? [])];
        const meant = nearest(key, known);
        const what = type.type === "object" ? type.name : type.kind;
        const hint = meant === null ? `fields: ${known.join(", ")}` : `did you mean ${meant}?`;
        this.#refuse([...path, key], `${what} has no field ${key}`, hint, true);
      }
    }
    return item;
  }

  #incomplete(
    value: unknown,
    fields: ReadonlyMap<string, { type: FieldType }> | undefined,
    path: readonly (string | number)[],
  ): unknown {
    const isList = (name: unknown) => typeof name === "string" && fields?.get(name)?.type.type === "list";
    if (Array.isArray(value) && value.every(isList)) return value;
    return this.#refuse(path, "incomplete must be a list with the names of list fields");
  }
}

function givenWithin(inner: string, outer: string): boolean | null {
  if (below(inner, outer)) return true;
  return isManagementGroup(outer) && inner !== "/" ? null : false;
}

/** The grants or denials that an example gives a principal; those that it gives bind it. */
function givenGrants(principal: Row, name: "grants" | "denials"): Known<Denial> {
  const rows = principal[name];
  const missing = `azure.principal.${name} is not given`;
  if (!Array.isArray(rows)) return { items: [], missing };
  const items = (rows as Row[]).map((row): Denial => {
    const source = (name === "grants" ? row.role : row) as Row | undefined;
    return {
      scope: (row.scope as { id?: string } | undefined)?.id,
      permissions: source?.permissions,
      incomplete: Array.isArray(source?.incomplete) && source.incomplete.includes("permissions"),
      condition: row.condition as string | null | undefined,
      doNotApplyToChildScopes: row.doNotApplyToChildScopes as boolean | undefined,
      binds: true,
    };
  });
  const isCut = Array.isArray(principal.incomplete) && principal.incomplete.includes(name);
  return { items, missing: isCut ? missing : null };
}

/** The world of an example: relations and computed fields stand in the resource, and nothing else is known. */
export function exampleWorld(now: number): World {
  return {
    now,
    field(kind, name, row) {
      const value = row[name];
      if (value === undefined) return new Unread(`${kind}.${name} is not given`);
      const incomplete = row.incomplete;
      return Array.isArray(value) && Array.isArray(incomplete) && incomplete.includes(name)
        ? new IncompleteList(value, `${kind}.${name} was not read to its end`)
        : value;
    },
    can(principal, asked) {
      return permits(asked, givenGrants(principal, "grants"), givenGrants(principal, "denials"), givenWithin);
    },
    within(inner, outer) {
      return givenWithin(inner, outer) ?? new Unread("what stands above a scope is not given");
    },
  };
}
