import { isDeepStrictEqual } from "node:util";
import { type PlannedValue, unknown } from "../plan.ts";
import type {
  Action,
  ConfiguredModule,
  ConfiguredResource,
  Json,
  JsonMap,
  StateModule,
  TerraformPlan,
} from "./format.ts";
import { isMap } from "./format.ts";
import { type ModuleStep, moduleAddress, modulesOf } from "./traversal.ts";

/** The way to a part of a value. */
export type Path = readonly (string | number)[];

/** An instance of a resource or data source as it will be. */
export interface Instance {
  address: string;
  modules: readonly ModuleStep[];
  mode: "managed" | "data";
  type: string;
  name: string;
  key: string | number | null;
  actions: readonly Action[];
  /** As it will be: unknown in the place of what is known only then, and of what is sensitive. */
  after: PlannedValue;
  /** As it is, without what is sensitive; null where there is none. */
  before: PlannedValue;
  /** What is marked as sensitive of `after`. */
  sensitive: Json;
  /** The values behind the marks: for masking and fingerprints alone. */
  secrets: Json;
  /** Whether an attribute stays what it is, sensitive or not. */
  isSame(name: string): boolean;
  /** What the configuration says of it; null where it says nothing any more. */
  configured: ConfiguredResource | null;
}

/**
 * A value of a plan with unknown in the place of what is not known or sensitive; null stays null, because that nothing is
 * set is no secret.
 */
export function plannedOf(value: Json | undefined, open: Json | undefined, sensitive: Json | undefined): PlannedValue {
  if (open === true) return unknown;
  if (sensitive === true) return value === null || value === undefined ? null : unknown;
  if (Array.isArray(value) || Array.isArray(open)) {
    const list = Array.isArray(value) ? (value as readonly Json[]) : [];
    const marks = Array.isArray(open) ? (open as readonly Json[]) : [];
    const secret = Array.isArray(sensitive) ? (sensitive as readonly Json[]) : [];
    const length = Math.max(list.length, marks.length);
    return Array.from({ length }, (_, index) => plannedOf(list[index], marks[index], secret[index]));
  }
  if (isMap(value) || isMap(open)) {
    const map = isMap(value) ? value : {};
    const marks = isMap(open) ? open : {};
    const secret = isMap(sensitive) ? sensitive : {};
    const names = new Set([...Object.keys(map), ...Object.keys(marks)]);
    return Object.fromEntries([...names].map((name) => [name, plannedOf(map[name], marks[name], secret[name])]));
  }
  return (value as string | number | boolean | null | undefined) ?? null;
}

/** The part of a value at a path; undefined where there is none. */
export function partAt(value: PlannedValue | undefined, path: Path): PlannedValue | undefined {
  let at = value;
  for (const step of path) {
    if (at === unknown) return unknown;
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as { readonly [name: string | number]: PlannedValue })[step];
  }
  return at;
}

/** Whether a part of an instance is marked as sensitive. */
export function isSensitive({ sensitive }: Instance, path: Path): boolean {
  let at: Json | undefined = sensitive;
  for (const step of path) {
    if (at === true) return true;
    if (typeof at !== "object" || at === null) return false;
    at = (at as { readonly [name: string | number]: Json })[step];
  }
  return at === true;
}

/** Data sources that have nothing to be asked by: they answer the same wherever they stand. */
const alike: ReadonlySet<string> = new Set(["azurerm_client_config", "azuread_client_config", "azurerm_subscription"]);

/** All instances of a plan, and the configuration that they come from. */
export class Instances {
  readonly #plan: TerraformPlan;
  readonly #byResource = new Map<string, Map<string | number | null, Instance>>();
  readonly #byType = new Map<string, Instance[]>();
  readonly #modules = new Map<string, Set<string | number | null>>();
  /** By their index in `resource_changes`. */
  readonly changed = new Map<number, Instance>();

  constructor(plan: TerraformPlan) {
    this.#plan = plan;
    for (const [index, each] of (plan.json.resource_changes ?? []).entries()) {
      const { change } = each;
      const instance = this.#add(
        {
          ...each,
          actions: change.actions,
          after: plannedOf(change.after, change.after_unknown, change.after_sensitive),
          before: plannedOf(change.before, undefined, change.before_sensitive),
          sensitive: change.after_sensitive ?? false,
          secrets: change.after ?? null,
          isSame: (name) =>
            mapIn(change.after_unknown)[name] === undefined &&
            isDeepStrictEqual(mapIn(change.before)[name], mapIn(change.after)[name]),
        },
        each.module_address ?? "",
        each.deposed === undefined && change.after !== null,
      );
      if (instance !== null) this.changed.set(index, instance);
    }
    this.#addRead(plan.json.prior_state?.values?.root_module ?? {}, "");
    this.#fillIn();
  }

  #addRead(module: StateModule, address: string): void {
    for (const each of module.resources ?? []) {
      if (each.mode !== "data") continue;
      const after = plannedOf(each.values, undefined, each.sensitive_values);
      const known: Pick<Instance, "actions" | "after" | "before" | "sensitive" | "secrets" | "isSame"> = {
        actions: [],
        after,
        before: null,
        sensitive: each.sensitive_values ?? false,
        secrets: null,
        isSame: () => true,
      };
      this.#add({ ...each, ...known }, address, true, true);
    }
    for (const child of module.child_modules ?? []) this.#addRead(child, child.address ?? "");
  }

  #add(
    each: Pick<
      Instance,
      "address" | "mode" | "type" | "name" | "actions" | "after" | "before" | "sensitive" | "secrets" | "isSame"
    > & {
      index?: string | number;
    },
    module: string,
    willBe: boolean,
    isRead = false,
  ): Instance | null {
    const modules = modulesOf(module);
    if (modules === null) return null;
    const { address, mode, type, name, actions, after, before, sensitive, secrets, isSame, index: key = null } = each;
    const configured =
      this.moduleOf(modules)?.resources?.find((one) => one.mode === mode && one.type === type && one.name === name) ??
      null;
    const made: Instance = {
      address,
      modules,
      mode,
      type,
      name,
      key,
      actions,
      after,
      before,
      sensitive,
      secrets,
      isSame,
      configured,
    };
    if (!willBe) return made;
    const place = this.#placeOf(modules, mode, type, name);
    const held = this.#byResource.get(place) ?? new Map<string | number | null, Instance>();
    // What is read again during the change is newer than what was read before.
    if (!(isRead && held.has(key))) held.set(key, made);
    this.#byResource.set(place, held);
    for (let depth = 1; depth <= modules.length; depth++) {
      const call = `${moduleAddress(modules.slice(0, depth - 1))}/${modules[depth - 1]?.name}`;
      const keys = this.#modules.get(call) ?? new Set();
      this.#modules.set(call, keys.add(modules[depth - 1]?.key ?? null));
    }
    return made;
  }

  /** What a data source would answer that is read later, where the same one was read already. */
  #fillIn(): void {
    const all = [...this.#byResource.values()].flatMap((each) => [...each.values()]);
    for (const open of all) {
      if (open.mode !== "data" || !alike.has(open.type) || partAt(open.after, ["id"]) !== unknown) continue;
      if (open.configured?.expressions?.subscription_id !== undefined) continue;
      const same = all.find(
        (each) =>
          each.mode === "data" &&
          each.type === open.type &&
          typeof partAt(each.after, ["id"]) === "string" &&
          each.configured?.expressions?.subscription_id === undefined &&
          each.configured?.provider_config_key === open.configured?.provider_config_key,
      );
      if (same !== undefined) open.after = same.after;
    }
  }

  #placeOf(modules: readonly ModuleStep[], mode: string, type: string, name: string): string {
    return `${moduleAddress(modules)}/${mode}/${type}/${name}`;
  }

  /** The instances of a resource in a module instance, by key. */
  of(
    modules: readonly ModuleStep[],
    mode: string,
    type: string,
    name: string,
  ): ReadonlyMap<string | number | null, Instance> {
    return this.#byResource.get(this.#placeOf(modules, mode, type, name)) ?? new Map();
  }

  /** All instances. */
  *all(): Iterable<Instance> {
    for (const each of this.#byResource.values()) yield* each.values();
  }

  /** All instances of a type, of resources and data sources. */
  ofType(type: string): readonly Instance[] {
    if (this.#byType.size === 0)
      for (const each of this.all()) {
        const held = this.#byType.get(each.type);
        if (held === undefined) this.#byType.set(each.type, [each]);
        else held.push(each);
      }
    return this.#byType.get(type) ?? [];
  }

  /** The keys of the instances of a module that something is in. */
  keysOf(modules: readonly ModuleStep[], call: string): ReadonlySet<string | number | null> {
    return this.#modules.get(`${moduleAddress(modules)}/${call}`) ?? new Set();
  }

  /** The configuration of a module. */
  moduleOf(modules: readonly ModuleStep[]): ConfiguredModule | undefined {
    let module = this.#plan.json.configuration?.root_module;
    for (const { name } of modules) module = module?.module_calls?.[name]?.module;
    return module;
  }

  /** The value of a variable of the root module. */
  rootVariable(name: string): Json | undefined {
    const given = this.#plan.json.variables?.[name]?.value;
    return given === undefined ? this.#plan.json.configuration?.root_module?.variables?.[name]?.default : given;
  }

  /** A provider's configuration by its key in the plan; by its name alone where a module was handed it. */
  provider(key: string): { expressions: ConfiguredResource["expressions"]; modules: readonly ModuleStep[] } | null {
    const all = this.#plan.json.configuration?.provider_config ?? {};
    const found = all[key] ?? all[key.slice(key.lastIndexOf(":") + 1)];
    if (found === undefined) return null;
    return { expressions: found.expressions, modules: modulesOf(found.module_address ?? "") ?? [] };
  }

  /** What the plan as a whole depends on, with locals resolved. */
  get relevant(): readonly { resource: string; attribute: Path }[] | undefined {
    return this.#plan.json.relevant_attributes;
  }
}

/** A value of JSON without its unknown parts, as a map; empty where it is none. */
export function mapIn(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}
