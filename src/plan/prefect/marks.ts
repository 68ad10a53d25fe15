import type { Field, Secret } from "../../resources/generated.ts";
import { mask } from "../../secrets/mask.ts";
import { type PlannedValue, unknown } from "../plan.ts";
import { isList } from "./template.ts";

/** Stands in a text for a part that is not known; no detector takes a template for a credential. */
export const unknownMark = "{{\u0001}}";
/** Stands in a text for a credential that comes there from a block or a variable. */
export const secretMark = "{{\u0002}}";

/** A planned value as JSON, with a mark in the place of what is not known. */
export function marked(value: PlannedValue): unknown {
  if (value === unknown) return unknownMark;
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(marked);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, marked(each)]));
}

/** A row that holds values. */
export interface Valued {
  fields?: Field[];
  secrets?: Secret[];
  incomplete?: string[];
}

/**
 * Takes the marks out of a row: a value that is known in part has only its path, lists that may hold more are incomplete,
 * and a credential that came from elsewhere is one in the clear.
 * @param lists the row's lists that are made of values
 */
export function unmarked<Kind extends Valued>(row: Kind, lists: readonly (keyof Kind & string)[]): Kind {
  if (row.fields === undefined) return row;
  let open = false;
  const secrets = [...(row.secrets ?? [])];
  const fields = row.fields.map((field): Field => {
    const { path = "", value } = field;
    if (typeof value !== "string") return field;
    // Both can be told whatever else stands in the text.
    if (value.includes(secretMark) && !secrets.some((each) => each.path === path))
      secrets.push({ path, type: "secret_in_the_clear", tier: "format", fingerprint: null });
    if (value.includes(unknownMark)) {
      open = true;
      return { path };
    }
    return { path, value: value.replaceAll(secretMark, mask) };
  });
  const cut = open ? lists.filter((list) => row[list] !== undefined) : [];
  const incomplete = [...new Set([...(row.incomplete ?? []), ...cut])];
  return { ...row, fields, secrets, ...(incomplete.length > 0 && { incomplete }) };
}
