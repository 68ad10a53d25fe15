import type { Answer, ListAnswer } from "./answer.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** Changes what a service answers, before it is cut into pages. */
export type Change = (answer: Answer) => Answer;

/** Where a value stands in an object: names of fields, and `[]` for every item of a list. */
export type Path = readonly string[];

type ChangeItems = (items: readonly JsonObject[]) => JsonObject[];

/**
 * Changes the objects of an answer: the items of a list, those under `value` or `data` of an object, an object itself,
 * those in each answer of a batch, and the headers of an answer without a body. What a service refuses stays.
 */
export function changed(change: ChangeItems): Change {
  return (answer) => {
    if (answer.kind === "list") return { ...answer, items: change(answer.items) };
    const reply = answer.kind === "count" ? answer.reply(answer.counts) : answer.reply;
    if (reply.status < 200 || reply.status > 299) return answer;
    if (reply.body !== null) return { kind: "reply", reply: { ...reply, body: changedBody(reply.body, change) } };
    const headers = Object.entries(change([reply.headers ?? {}])[0] ?? {});
    const kept = headers.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
    return { kind: "reply", reply: { ...reply, headers: Object.fromEntries(kept) } };
  };
}

const listKeys = ["value", "data", "events"] as const;

function areObjects(value: Json | undefined): value is JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}

function changedBody(body: Json, change: ChangeItems): Json {
  if (areObjects(body)) return change(body);
  if (!isObject(body)) return body;
  const { responses } = body;
  if (areObjects(responses)) {
    return {
      ...body,
      responses: responses.map((each) => ({ ...each, body: changedBody(each.body ?? null, change) })),
    };
  }
  for (const key of listKeys) {
    const items = body[key];
    if (areObjects(items)) return { ...body, [key]: change(items) };
  }
  return change([body])[0] ?? {};
}

/** The objects of an answer. */
export function itemsOf(answer: Answer): readonly JsonObject[] {
  const found: JsonObject[] = [];
  changed((items) => {
    found.push(...items);
    return [...items];
  })(answer);
  return found;
}

/** What tells an object of an answer from the others: its id or name, else its whole text. */
export function keyOf(item: JsonObject): string {
  const { id, name } = item;
  return typeof id === "string" ? id : typeof name === "string" ? name : JSON.stringify(item);
}

/** A change that the service does not know of: its own count stays. */
function unknowing(change: Change): Change {
  return (answer) => {
    const other = change(answer);
    return answer.kind === "list" && other.kind === "list" ? { ...other, total: answer.items.length } : other;
  };
}

/** Leaves objects out, and nothing says so. */
export function without(isGone: (item: JsonObject) => boolean): Change {
  return unknowing(changed((items) => items.filter((item) => !isGone(item))));
}

function pageSizeOf({ paging }: ListAnswer): number {
  switch (paging.by) {
    case "nothing":
      return Number.POSITIVE_INFINITY;
    case "offset":
      return paging.limit;
    case "page-token":
      return paging.question.limit;
    default:
      return paging.size;
  }
}

/** How many pages a list has; 1 for what is none. */
export function pagesOf(answer: Answer): number {
  return answer.kind === "list" ? Math.max(1, Math.ceil(answer.items.length / pageSizeOf(answer))) : 1;
}

/** Leaves a page out, and the others follow each other as if there had been none. @param page from 0 */
export function withoutPage(page: number): Change {
  return unknowing((answer) => {
    if (answer.kind !== "list") return changed(() => [])(answer);
    const size = pageSizeOf(answer);
    const first = page * size;
    return { ...answer, items: answer.items.filter((_, index) => index < first || index >= first + size) };
  });
}

/** The scopes that a list's items belong to. */
export function scopesOf(answer: Answer): string[] {
  return answer.kind === "list" ? [...new Set(answer.items.map(answer.scopeOf))].filter((each) => each !== "") : [];
}

/** Leaves everything of a scope out. */
export function withoutScope(scope: string): Change {
  return unknowing((answer) =>
    answer.kind === "list"
      ? { ...answer, items: answer.items.filter((item) => answer.scopeOf(item) !== scope) }
      : answer,
  );
}

/** The objects in the other order. */
export const reversed: Change = changed((items) => items.toReversed());

/** Every object twice. */
export const doubled: Change = unknowing(changed((items) => [...items, ...items]));

/** Each object with the id and the type alone, as a directory answers what the reader may not see in full. */
export function unreadable(isMeant: (item: JsonObject) => boolean): Change {
  const kept = ["@odata.type", "id"];
  return changed((items) =>
    items.map((item) =>
      isMeant(item) ? Object.fromEntries(Object.entries(item).filter(([name]) => kept.includes(name))) : item,
    ),
  );
}

/** Each object with the value that the next one has in a field. */
export function swapped(field: string): Change {
  return changed((items) =>
    items.map((item, index) => ({
      ...item,
      [field]: items[(index + 1) % items.length]?.[field] ?? item[field] ?? null,
    })),
  );
}

function everyText(value: Json | undefined, change: (text: string) => string): Json | undefined {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => everyText(each, change) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, everyText(each, change)]));
}

function everyTextOf(change: (text: string) => string): Change {
  return changed((items) => items.map((item) => everyText(item, change) as JsonObject));
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const scope = /^\/(?:subscriptions|providers)\/[^?]*[^/?]$/i;

/** Ids in capitals: those of scopes and those of objects. */
export const idsInCapitals: Change = everyTextOf((text) =>
  guid.test(text) || scope.test(text) ? text.toUpperCase() : text,
);

/** Every scope with a slash at its end. */
export const slashAtEnd: Change = everyTextOf((text) => (scope.test(text) ? `${text}/` : text));

/** Every moment an hour later, or earlier: the service's clock is wrong. @param hours as in 1 or -1 */
export function clockOff(hours: number): Change {
  return everyTextOf((text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)
      ? new Date(Date.parse(text) + hours * 3_600_000).toISOString().replace(".000Z", "Z")
      : text,
  );
}

/** Every place in an object where a value stands, lists' items under `[]`. */
export function pathsOf(value: Json | undefined, above: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsOf(each, [...above, "[]"]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const path = [...above, name];
    return [path, ...pathsOf(each, path)];
  });
}

/** A field with another value in its place; undefined takes the field away. */
export type Replace = (value: Json) => Json | undefined;

/** What can be wrong with a field, by its name. */
export const fieldChanges: Readonly<Record<string, Replace>> = {
  absent: () => undefined,
  null: () => null,
  "empty text": () => "",
  "empty list": () => [],
  "empty object": () => ({}),
  "another type": (value) => {
    switch (typeof value) {
      case "string":
        return 7;
      case "number":
        return { value };
      case "boolean":
        return String(value);
      default:
        return value === null ? 7 : "text";
    }
  },
};

/** Puts another value at a path of those objects that are meant. */
export function withField(path: Path, replace: Replace, isMeant: (item: JsonObject) => boolean = () => true): Change {
  return changed((items) =>
    items.map((item) => (isMeant(item) ? (replaced(item, path, replace) as JsonObject) : item)),
  );
}

/** The field under another name, as in a later version of the service. */
export function renamed(path: Path): Change {
  return changed((items) => items.map((item) => renamedIn(item, path) as JsonObject));
}

function renamedIn(value: Json | undefined, path: Path): Json | undefined {
  const parent = path.slice(0, -1);
  const name = path.at(-1) ?? "";
  if (parent.length > 0) return replaced(value, parent, (each) => renamedIn(each, [name]));
  if (!isObject(value) || !(name in value)) return value;
  const { [name]: own, ...rest } = value;
  return { ...rest, [`${name}V2`]: own };
}

function replaced(value: Json | undefined, path: Path, replace: Replace): Json | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value === undefined ? undefined : replace(value);
  if (name === "[]") return Array.isArray(value) ? value.map((each) => replaced(each, rest, replace) ?? null) : value;
  if (!isObject(value) || value[name] === undefined) return value;
  const next = replaced(value[name], rest, replace);
  if (next !== undefined) return { ...value, [name]: next };
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
}
