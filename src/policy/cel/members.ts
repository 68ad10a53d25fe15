import type { Row } from "../../resources/kinds.ts";
import { IncompleteList, Unread } from "../value.ts";
import type { Closure, Inner } from "./frame.ts";
import { type Item, misfit, readerOf } from "./read.ts";
import type { FieldTerm, Term } from "./term.ts";
import type { Type } from "./types.ts";

/** Reads a field as a type says: its own, or its own without null. */
export function compileField(term: FieldTerm, base: Closure, type: Type): Closure {
  const { name, derived } = term;
  const label = `${term.owner}.${name}`;
  const ofResource = term.base.type.type === "resource" && term.related;
  const why = (raw: unknown, item: Item): Unread =>
    misfit(raw, ofResource && typeof item.id === "string" ? `${label} of ${item.id}` : label);
  const read = readerOf(type);
  const nullable = type.nullable;
  if (derived !== null) {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = frame.world.field(derived, name, item as Row);
      const value = read(raw, label);
      return value instanceof Unread ? why(raw, item as Item) : value;
    };
  }
  if (type.type === "list") {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      const value = read(raw, label);
      if (value instanceof Unread) return why(raw, item as Item);
      const { incomplete } = item as Item;
      return Array.isArray(incomplete) && Array.isArray(value) && incomplete.includes(name)
        ? new IncompleteList(value, `${label} was not read to its end`)
        : value;
    };
  }
  if (type.type === "string" && type.enum === null) {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      return typeof raw === "string" || (raw === null && nullable) ? raw : why(raw, item as Item);
    };
  }
  if (type.type === "string" && type.enum !== null) {
    const known = new Set<unknown>(nullable ? [...type.enum, null] : type.enum);
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      return known.has(raw) ? raw : why(raw, item as Item);
    };
  }
  if (type.type === "bool") {
    return (frame) => {
      const item = base(frame);
      if (item instanceof Unread) return item;
      const raw = (item as Item)[name];
      return typeof raw === "boolean" || (raw === null && nullable) ? raw : why(raw, item as Item);
    };
  }
  return (frame) => {
    const item = base(frame);
    if (item instanceof Unread) return item;
    const raw = (item as Item)[name];
    const value = read(raw, label);
    return value instanceof Unread ? why(raw, item as Item) : value;
  };
}

/** A value that is not null where this is reached with all known; else it may be, and is then Unread. */
export function compilePresent(of: Term, inner: Inner): Closure {
  if (of.op === "field") return compileField(of, inner(of.base), { ...of.type, nullable: false } as Type);
  const closure = inner(of);
  const isNull = new Unread("null where a value is needed");
  return (frame) => closure(frame) ?? isNull;
}

export function compileFold(of: Closure): Closure {
  return (frame) => folded(of(frame));
}

function folded(value: unknown): unknown {
  if (typeof value === "string") return value.toLowerCase();
  if (Array.isArray(value)) return value.map(folded);
  return value instanceof IncompleteList ? new IncompleteList(value.items.map(folded), value.cause) : value;
}

export function compileEntry(base: Closure, key: Closure, type: Type, label: string): Closure {
  const read = readerOf(type);
  return (frame) => {
    const map = base(frame);
    if (map instanceof Unread) return map;
    const name = key(frame);
    if (name instanceof Unread) return name;
    return Object.hasOwn(map as Item, name as string)
      ? read((map as Item)[name as string], label)
      : new Unread(`${label} does not exist`);
  };
}

export function compileElement(base: Closure, index: Closure): Closure {
  const outside = new Unread("index out of range");
  return (frame) => {
    const list = base(frame);
    if (list instanceof Unread) return list;
    const at = index(frame);
    if (at instanceof Unread) return at;
    if (list instanceof IncompleteList) return new Unread(list.cause);
    const value = (list as readonly unknown[])[at as number];
    return value === undefined ? outside : value;
  };
}

export function compileList(items: readonly Term[], inner: Inner): Closure {
  if (items.every((item) => item.op === "literal")) {
    const values = items.map((item) => item.value);
    return () => values;
  }
  const closures = items.map(inner);
  return (frame) => closures.map((closure) => closure(frame));
}

export function compileHas(of: Term, inner: Inner): Closure {
  if (of.op === "entry") {
    const base = inner(of.base);
    const key = inner(of.key);
    return (frame) => {
      const map = base(frame);
      if (map instanceof Unread) return map;
      const name = key(frame);
      if (name instanceof Unread) return name;
      return Object.hasOwn(map as Item, name as string);
    };
  }
  const closure = inner(of);
  return (frame) => {
    const value = closure(frame);
    return value instanceof Unread ? value : value !== null;
  };
}
