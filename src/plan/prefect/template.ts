import type { PlannedValue } from "../plan.ts";

/** A place that Prefect fills in, as in `{{ prefect.blocks.secret.etl }}` (3.8.8, `utilities/templating`). */
export interface Placeholder {
  /** All of it, braces included. */
  text: string;
  kind: "block" | "variable" | "environment" | "other";
  /** What stands between the braces. */
  name: string;
}

const pattern = /\{\{\s*([\w.\-[\]$]+)\s*\}\}/g;

/** The places in a text that Prefect fills in. */
export function placeholdersIn(text: string): Placeholder[] {
  return [...text.matchAll(pattern)].map(([whole, name = ""]) => ({ text: whole, name, kind: kindOf(name) }));
}

function kindOf(name: string): Placeholder["kind"] {
  if (name.startsWith("prefect.blocks.")) return "block";
  if (name.startsWith("prefect.variables.")) return "variable";
  return name.startsWith("$") ? "environment" : "other";
}

/** A value with every text in it put through a function; what is no text stays. */
export function mapTexts(value: PlannedValue, change: (text: string) => PlannedValue): PlannedValue {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((each) => mapTexts(each, change));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, change)]));
}

/** Whether a planned value is a list. */
export function isList(value: PlannedValue | undefined): value is readonly PlannedValue[] {
  return Array.isArray(value);
}

/** A planned value as a map; null where it is none. */
export function mapOf(value: PlannedValue | undefined): { readonly [name: string]: PlannedValue } | null {
  return typeof value === "object" && value !== null && !isList(value) ? value : null;
}
