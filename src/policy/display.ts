import { formatDate, formatDuration } from "./cel/time.ts";
import type { Type } from "./cel/types.ts";
import { IncompleteList, Unread } from "./value.ts";

/** How many elements of a list are shown. */
const maxItems = 20;
/** How many characters of a text are shown in a trace. */
const maxText = 200;

/** A value inside a sentence: text as it is, dates without their time, lists joined by commas, what has fields as JSON. */
export function displayInText(value: unknown, type: Type): string {
  if (value instanceof Unread) return "(unread)";
  if (value === null) return "(none)";
  if (type.type === "list") {
    const of = type.of;
    const items = value instanceof IncompleteList ? value.items : (value as readonly unknown[]);
    const shown = items.slice(0, maxItems).map((item) => displayInText(item, of));
    if (items.length > maxItems) shown.push(`${items.length - maxItems} more`);
    if (value instanceof IncompleteList) shown.push("(others unread)");
    return shown.join(", ");
  }
  if (type.type === "object" || type.type === "map" || type.type === "resource") return JSON.stringify(value);
  if (type.type === "timestamp") return formatDate(value as number);
  return type.type === "duration" ? formatDuration(value as number) : String(value);
}

/** A value as JSON holds it, and whether it is all there is: what was not read is undefined, or left out of its list. */
export function jsonOf(value: unknown, type: Type): { json: unknown; whole: boolean } {
  if (value instanceof Unread) return { json: undefined, whole: false };
  if (value === null) return { json: null, whole: true };
  if (type.type === "list") {
    const of = type.of;
    const read = value instanceof IncompleteList ? value.items : (value as readonly unknown[]);
    const items = read.map((item) => jsonOf(item, of));
    return {
      json: items.flatMap(({ json }) => (json === undefined ? [] : [json])),
      whole: !(value instanceof IncompleteList) && items.every(({ whole }) => whole),
    };
  }
  if (type.type === "timestamp") return { json: new Date(value as number).toISOString(), whole: true };
  return { json: type.type === "duration" ? formatDuration(value as number) : value, whole: true };
}

/** A value by itself, as it would stand in an expression. */
export function displayAlone(value: unknown, type: Type): string {
  if (value instanceof Unread) return "(unread)";
  if (value === null || value === undefined) return "null";
  switch (type.type) {
    case "list": {
      const of = type.of;
      const items = value instanceof IncompleteList ? value.items : (value as readonly unknown[]);
      const shown = items.slice(0, maxItems).map((item) => displayAlone(item, of));
      if (items.length > maxItems) shown.push(`… ${items.length - maxItems} more`);
      if (value instanceof IncompleteList) shown.push("… (others unread)");
      return cut(`[${shown.join(", ")}]`);
    }
    case "map":
    case "object":
    case "resource": {
      const { id, name, path } = value as Readonly<Record<string, unknown>>;
      const named = [id, name, path].find((each) => typeof each === "string");
      return named === undefined ? "{…}" : cut(JSON.stringify(named));
    }
    case "timestamp":
      return new Date(value as number).toISOString().replace(".000Z", "Z");
    case "duration":
      return formatDuration(value as number);
    case "string":
      return cut(JSON.stringify(value));
    default:
      return String(value);
  }
}

function cut(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText - 1)}…`;
}
