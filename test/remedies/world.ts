import type { ArmResource, EstateData, PrefectServer, ResourceList } from "../../src/estate/data.ts";
import { resourceLists } from "../../src/estate/data.ts";
import { isObject, type Json, type JsonObject } from "../../src/estate/json.ts";
import type { Given } from "./command.ts";
import { Refused } from "./words.ts";

/** What commands are run against. */
export interface World {
  data: EstateData;
  /** The server or workspace of Prefect that the person's profile names. */
  prefect: string;
  /** The files that the person wrote, by name. */
  files: ReadonlyMap<string, string>;
}

/** Does what a command does. */
export type Run = (given: Given, world: World) => void;

/** A command that only looks. */
export const looks: Run = () => {};

export const same = (a: unknown, b: unknown): boolean => String(a).toLowerCase() === String(b).toLowerCase();

/** The one of a list that fits; refused where there is none. */
export function find<T>(list: readonly T[], fits: (each: T) => boolean, what: string): T {
  const found = list.find(fits);
  if (found === undefined) throw new Refused(`${what} does not exist`);
  return found;
}

/** Takes the one that fits out of a list. */
export function take<T>(list: T[], fits: (each: T) => boolean, what: string): T {
  const found = find(list, fits, what);
  list.splice(list.indexOf(found), 1);
  return found;
}

/** The resource with an id. */
export function resource({ data }: World, id: string): ArmResource {
  return find(
    resourceLists.flatMap((name) => data.arm[name]),
    (each) => same(each.id, id),
    id,
  );
}

/** Takes a resource away, with all that stands below it. */
export function remove({ data }: World, id: string): void {
  const isOf = (each: string): boolean => same(each, id) || each.toLowerCase().startsWith(`${id.toLowerCase()}/`);
  let count = 0;
  for (const name of resourceLists) {
    const kept = data.arm[name].filter((each) => !isOf(each.id));
    count += data.arm[name].length - kept.length;
    data.arm[name] = kept;
  }
  if (count === 0) throw new Refused(`${id} does not exist`);
  data.arm.roleAssignments = data.arm.roleAssignments.filter(({ properties }) => !isOf(properties.scope));
}

/** Puts a resource into a list, in place of the one with its id. */
export function put({ data }: World, list: ResourceList, row: ArmResource): void {
  data.arm[list] = [...data.arm[list].filter((each) => !same(each.id, row.id)), row];
}

/**
 * The resource that a command names: by --ids, or by its name in a group. Which subscription is the person's own is not
 * known, so a command that leaves it out may hit another resource of that name, and is refused.
 */
export function named(given: Given, world: World, type: string, name = "--name"): ArmResource {
  const ids = given.many("--ids");
  const [first] = ids;
  if (first !== undefined) {
    if (ids.length > 1) throw new Refused("one at a time");
    if (!first.toLowerCase().includes(`/providers/${type.toLowerCase()}/`)) throw new Refused(`${first} is no ${type}`);
    return resource(world, first);
  }
  const group = `/subscriptions/${subscription(given)}/resourceGroups/${given.one("--resource-group")}`;
  return resource(world, `${group}/providers/${type}/${given.one(name)}`);
}

export function subscription(given: Given): string {
  const named = given.maybe("--subscription");
  if (named === undefined)
    throw new Refused(`${given.name} goes to the person's own subscription: it lacks --subscription`);
  return named;
}

/** The object that a text of JSON is. */
export function json(text: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new Refused(`this is no JSON: ${text}`);
  }
  if (!isObject(value)) throw new Refused(`this is no JSON object: ${text}`);
  return value;
}

/** What a flag says that takes JSON or the name of a file with it. */
export function written({ files }: World, value: string): string {
  return files.get(value) ?? value;
}

/** Sets a value inside an object, at a path with dots. */
export function set(target: JsonObject, path: string, value: Json): void {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  let at: JsonObject = target;
  for (const part of parts) {
    const inner = at[part];
    if (!isObject(inner)) throw new Refused(`there is no ${part} to set ${path} in`);
    at = inner;
  }
  at[last] = value;
}

/** The object that a value is. */
export function object(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new Refused("there is nothing to change");
  return value;
}

/** The list of objects that a value is. */
export function rows(value: Json | undefined): JsonObject[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new Refused("there is no list to change");
  return value;
}

/** What the person's profile of Prefect names. */
export function server({ data, prefect }: World): PrefectServer {
  const found = data.prefect[prefect] ?? data.prefectCloud.contents[prefect];
  if (found === undefined) throw new Refused(`there is no Prefect server ${prefect}`);
  return found;
}

let made = 0;

/** An id that nothing has. */
export function newId(): string {
  return `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}`;
}

export const seconds = (date: string): number => Math.floor(Date.parse(date) / 1000);
