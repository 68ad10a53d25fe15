import type { Field } from "../../resources/kinds.ts";

/** The type of an expression: those of fields, and two that only literals have. */
export type Type =
  | {
      readonly type: "string";
      readonly nullable: boolean;
      readonly ignoreCase: boolean;
      readonly enum: readonly string[] | null;
    }
  | { readonly type: "int" | "double" | "bool" | "timestamp" | "duration"; readonly nullable: boolean }
  | { readonly type: "list"; readonly of: Type; readonly nullable: boolean }
  | { readonly type: "map"; readonly of: Type; readonly nullable: boolean }
  | {
      readonly type: "object";
      readonly name: string;
      readonly fields: ReadonlyMap<string, Field>;
      readonly nullable: boolean;
    }
  | { readonly type: "resource"; readonly kind: string; readonly nullable: boolean }
  /** The literal null. */
  | { readonly type: "null"; readonly nullable: true }
  /** The element of an empty list literal, and of whatever was already refused: fits everywhere. */
  | { readonly type: "any"; readonly nullable: false };

export const string: Type = { type: "string", nullable: false, ignoreCase: false, enum: null };
export const bool: Type = { type: "bool", nullable: false };
export const int: Type = { type: "int", nullable: false };
export const double: Type = { type: "double", nullable: false };
export const timestamp: Type = { type: "timestamp", nullable: false };
export const duration: Type = { type: "duration", nullable: false };
export const nothing: Type = { type: "null", nullable: true };
export const any: Type = { type: "any", nullable: false };

export function listOf(of: Type): Type {
  return { type: "list", of, nullable: false };
}

export function isNumber(type: Type): boolean {
  return type.type === "int" || type.type === "double";
}

/** The type without null, or with it. */
export function withNull(type: Type, nullable: boolean): Type {
  if (type.nullable === nullable || type.type === "null" || type.type === "any") return type;
  return { ...type, nullable };
}

/** A type in words, as error messages have it. */
export function show(type: Type): string {
  const name = nameOf(type);
  return type.nullable && type.type !== "null" ? `${name} or null` : name;
}

/** A type in words, with its article. */
export function article(type: Type): string {
  const name = show(type);
  if (/^one of/.test(name)) return name;
  return `${/^[aeio]/.test(name) ? "an" : "a"} ${name}`;
}

function nameOf(type: Type): string {
  switch (type.type) {
    case "list":
      return `list<${show(type.of)}>`;
    case "map":
      return `map<string, ${show(type.of)}>`;
    case "object":
      return type.name;
    case "resource":
      return type.kind;
    case "string":
      return type.enum === null ? "string" : `one of ${type.enum.map((each) => JSON.stringify(each)).join(", ")}`;
    default:
      return type.type;
  }
}

/** The type that holds the values of both, as in a list or after `?:`; null where there is none. */
export function join(a: Type, b: Type): Type | null {
  if (a === b || b.type === "any") return a;
  if (a.type === "any") return b;
  if (a.type === "null") return withNull(b, true);
  if (b.type === "null") return withNull(a, true);
  const nullable = a.nullable || b.nullable;
  if (a.type === "string" && b.type === "string") {
    const values = a.enum !== null && b.enum !== null ? [...new Set([...a.enum, ...b.enum])] : null;
    return { type: "string", nullable, ignoreCase: a.ignoreCase || b.ignoreCase, enum: values };
  }
  if ((a.type === "list" && b.type === "list") || (a.type === "map" && b.type === "map")) {
    const of = join(a.of, b.of);
    return of === null ? null : { type: a.type, of, nullable };
  }
  if (a.type === "object" && b.type === "object") return a.fields === b.fields ? withNull(a, nullable) : null;
  if (a.type === "resource" && b.type === "resource") return a.kind === b.kind ? withNull(a, nullable) : null;
  return a.type === b.type ? withNull(a, nullable) : null;
}

/** Whether `==` has a meaning between the two. */
export function comparable(a: Type, b: Type): boolean {
  if (a.type === "any" || b.type === "any") return true;
  if (a.type === "null" || b.type === "null") return a.nullable && b.nullable;
  if (isNumber(a) && isNumber(b)) return true;
  if (a.type === "list" && b.type === "list") return comparable(a.of, b.of);
  if (a.type === "map" || a.type === "object" || a.type === "resource") return false;
  return a.type === b.type;
}

/** Whether strings of this type, or inside it, are compared without regard to case. */
export function ignoresCase(type: Type): boolean {
  if (type.type === "list") return ignoresCase(type.of);
  return type.type === "string" && type.ignoreCase;
}
