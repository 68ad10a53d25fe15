import { isDeepStrictEqual } from "node:util";
import type { Row } from "../../resources/kinds.ts";
import { kinds } from "../../resources/kinds.ts";
import { unknown } from "../plan.ts";
import { type Body, isAzureId, isTold, lastName, partOf, textAt, type Upserted } from "./answers.ts";
import type { Changes } from "./changes.ts";
import { attempted, withLeftOut } from "./partial.ts";

/** Fields that the service sets itself where the plan does not tell them. */
export type Served = Readonly<
  Record<
    string,
    {
      /** Where the answer has it, dotted. */
      path: string;
      /** What it is of something new; undefined where that cannot be known. Something old keeps its own. */
      fresh?: (row: Row, changes: Changes) => unknown;
    }
  >
>;

/** How a planned object becomes a row. */
interface Making {
  kind: string;
  /** What `collect` makes of the service's answer. */
  make(answer: object): object | null;
  /** The answer, where it is not the planned body as it stands. */
  body?: Body;
  served?: Served;
  /** Whether a request puts the whole in place of what was, so that nothing stays that it leaves out. */
  isWhole?: boolean;
  /** Fields of something new that reads of their own bring. */
  fresh?: (row: Row) => Readonly<Record<string, unknown>>;
}

/** Fields that an id and the parts of an answer beside its properties tell. */
const outside: ReadonlySet<string> = new Set([
  ...["id", "name", "subscriptionId", "resourceGroup", "location", "tags", "workspaceId", "accountId", "vaultId"],
  ...["resourceId", "resourceKind", "part", "ownerId", "on", "accountKind", "incomplete"],
]);

/** Whether a planned object is made anew: so nothing of what is live under its id counts. */
export function isNew(changes: Changes, kind: string, id: string, { action }: Upserted): boolean {
  return action === "replace" || (action === "create" && changes.row(kind, id) === undefined);
}

/**
 * Puts the row that a planned object becomes.
 * @returns the row as it will be; null where the object has a shape of which no row can be made, and that is told as undecided
 */
export function made(
  changes: Changes,
  object: Upserted,
  { kind, make, body = object.body, served = {}, isWhole = false, fresh }: Making,
): Row | null {
  const answer = { ...body, id: object.id, name: textAt(body, "name") ?? lastName(object.id) };
  const told = attempted(answer, make);
  if (told === null) {
    changes.undecided.push({
      kind,
      scope: isAzureId(object.id) ? object.id.toLowerCase() : "tenant",
      cause: "what is planned has another shape than the service documents",
      at: object.at,
    });
    return null;
  }
  const fields: Record<string, unknown> = { ...told.made };
  const id = String(fields.id ?? object.id);
  const unread = new Set(told.unread);
  if (!isAzureId(object.id)) {
    // What an id tells cannot be told before there is one.
    for (const field of ["subscriptionId", "resourceGroup"]) delete fields[field];
    if (kinds.get(kind)?.fields.has("name") === true && kind !== "azure.roleDefinition") {
      const name = textAt(body, "name");
      if (name === null) delete fields.name;
      else fields.name = name;
    }
  }
  if (partOf(body, "name") === unknown) {
    delete fields.name;
    unread.add("name");
  }
  const live = changes.row(kind, id);
  if (object.action === "create" && live !== undefined && !isWhole) {
    const open = attempted(withLeftOut(answer, make), make);
    for (const field of open === null ? Object.keys(fields) : [...open.unread, ...open.incomplete])
      if (field in fields && field !== "id" && !isDeepStrictEqual(fields[field], live[field])) {
        delete fields[field];
        unread.add(field);
      }
  }
  if (partOf(body, "properties") === unknown)
    for (const field of kinds.get(kind)?.fields.keys() ?? [])
      if (!outside.has(field)) {
        delete fields[field];
        unread.add(field);
      }
  const anew = isNew(changes, kind, id, object);
  for (const [field, { path, fresh: value }] of Object.entries(served)) {
    if (isTold(body, path)) continue;
    delete fields[field];
    unread.delete(field);
    if (!anew) continue;
    const set = value?.({ ...fields, id }, changes);
    if (set !== undefined) fields[field] = set;
  }
  const row: Row = { ...(anew && fresh?.({ ...fields, id })), ...fields, id };
  changes.put(kind, row, { at: object.at, fresh: anew, unread: [...unread], incomplete: told.incomplete });
  return changes.row(kind, id) ?? null;
}
