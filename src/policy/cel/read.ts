import { IncompleteList, Unread } from "../value.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import type { Type } from "./types.ts";

/** Turns a value as a row has it into a value as expressions have it; what does not fit the type is Unread. */
export type Reader = (raw: unknown, label: string) => unknown;

export type Item = Readonly<Record<string, unknown>>;

export function isItem(value: unknown): value is Item {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unread) &&
    !(value instanceof IncompleteList)
  );
}

/** What a value is that does not fit its type. */
export function misfit(raw: unknown, label: string): Unread {
  if (raw instanceof Unread) return raw;
  if (raw === undefined) return new Unread(`${label} was not read`);
  if (raw === null) return new Unread(`${label} is null`);
  return new Unread(`${label} is not of the type that its schema says`);
}

/** The reader of a type. Lists are read with their elements, so that nothing inside an evaluated list is raw. */
export function readerOf(type: Type): Reader {
  const read = bareReader(type);
  if (!type.nullable) return read;
  return (raw, label) => (raw === null ? null : read(raw, label));
}

function bareReader(type: Type): Reader {
  switch (type.type) {
    case "string": {
      const values = type.enum;
      if (values === null) return (raw, label) => (typeof raw === "string" ? raw : misfit(raw, label));
      return (raw, label) => (typeof raw === "string" && values.includes(raw) ? raw : misfit(raw, label));
    }
    case "bool":
      return (raw, label) => (typeof raw === "boolean" ? raw : misfit(raw, label));
    case "int":
      return (raw, label) => (Number.isSafeInteger(raw) ? (raw as number) + 0 : misfit(raw, label));
    case "double":
      return (raw, label) => (typeof raw === "number" ? raw : misfit(raw, label));
    case "timestamp":
      return (raw, label) =>
        typeof raw === "string" ? (parseTimestamp(raw) ?? misfit(raw, label)) : misfit(raw, label);
    case "duration":
      return (raw, label) =>
        typeof raw === "string" ? (parseDuration(raw) ?? misfit(raw, label)) : misfit(raw, label);
    case "list":
      return listReader(type.of);
    case "map":
    case "object":
    case "resource":
      return (raw, label) => (isItem(raw) ? raw : misfit(raw, label));
    case "null":
    case "any":
      return (raw, label) => (raw === undefined ? misfit(raw, label) : raw);
  }
}

function listReader(of: Type): Reader {
  const readElement = readerOf(of);
  const readAll = (items: readonly unknown[], label: string): readonly unknown[] => {
    let made: unknown[] | null = null;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const value = readElement(item, label);
      if (made !== null) made.push(value);
      else if (value !== item) made = [...items.slice(0, index), value];
    }
    return made ?? items;
  };
  return (raw, label) => {
    if (Array.isArray(raw)) return readAll(raw, label);
    if (raw instanceof IncompleteList) return new IncompleteList(readAll(raw.items, label), raw.cause);
    return misfit(raw, label);
  };
}

/** The reader of a variable: as of a field, but moments and durations may be numbers already. */
export function variableReader(type: Type): Reader {
  const read = readerOf(type);
  if (type.type !== "timestamp" && type.type !== "duration") return read;
  return (raw, label) => (typeof raw === "number" ? raw : read(raw, label));
}
