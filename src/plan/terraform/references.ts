import { type PlannedValue, unknown } from "../plan.ts";
import type { Expression, Expressions, Json, ModuleCall } from "./format.ts";
import { isMap } from "./format.ts";
import { type Instance, type Instances, isSensitive, type Path, partAt } from "./instances.ts";
import { type ModuleStep, modulesOf, ownReferences, type Step, stepsOf } from "./traversal.ts";

/** What a reference leads to in the end. */
export type Source =
  /** Something that is known; `name`: it is the name of a resource, from which an id may be put together. */
  | { is: "value"; value: PlannedValue; name?: true }
  /**
   * An attribute that is known only after the change; all of the instance where no attribute is named. `any`: one of
   * several that a reference can mean, so that those that do not fit are not meant.
   */
  | { is: "attribute"; instance: Instance; path: Path; any?: true }
  /** Something that the plan does not tell. */
  | { is: "open"; local: string | null; modules: readonly ModuleStep[] };

/** Where an expression stands: which module instance, and which of several. */
interface Frame {
  modules: readonly ModuleStep[];
  each: { key: string | number; expression: Expression; isCount: boolean; frame: Frame } | null;
}

type Key = string | number | null;

/** Longer chains than any that people write; a plan that was made by hand could go in circles. */
const maxDepth = 60;

/** Follows references of the configuration through modules, variables, outputs and instances. */
export class References {
  readonly #instances: Instances;
  readonly #locals = new Map<string, boolean>();

  constructor(instances: Instances) {
    this.#instances = instances;
  }

  /** What an attribute of an instance depends on. */
  of(instance: Instance, path: Path): readonly Source[] {
    return this.#attribute(instance, path, 0);
  }

  /** What an expression of a provider's configuration depends on. */
  ofProvider(expression: Expression, modules: readonly ModuleStep[]): readonly Source[] {
    return this.#sources(expression, { modules, each: null }, 0);
  }

  /** What anything in the plan depends on, as far as Terraform lists it; null where it does not. */
  relevant(): readonly Source[] | null {
    const { relevant } = this.#instances;
    if (relevant === undefined) return null;
    return relevant.flatMap(({ resource, attribute }) => {
      const at = resource.lastIndexOf("module.") < 0 ? 0 : endOfModules(resource);
      const modules = modulesOf(resource.slice(0, at).replace(/\.$/, ""));
      const steps = stepsOf(resource.slice(at));
      if (modules === null || steps === null) return [];
      return this.#everywhere(modules).flatMap((each) =>
        this.#resource([...steps, ...attribute.map(stepOf)], null, { modules: each, each: null }, 0),
      );
    });
  }

  /** What a module is handed by its call; nothing of the root module. */
  handedTo(modules: readonly ModuleStep[]): readonly Source[] {
    const { call, frame } = this.#frameOfCall(modules);
    return Object.values(call?.expressions ?? {}).flatMap((each) => this.#sources(each, frame, 1));
  }

  /** All instances of modules that were named without their keys. */
  #everywhere(modules: readonly ModuleStep[]): (readonly ModuleStep[])[] {
    let found: (readonly ModuleStep[])[] = [[]];
    for (const { name, key } of modules)
      found = found.flatMap((outer) =>
        [...this.#instances.keysOf(outer, name)]
          .filter((each) => key === null || each === key)
          .map((each) => [...outer, { name, key: each }]),
      );
    return found;
  }

  #attribute(instance: Instance, path: Path, depth: number): readonly Source[] {
    if (depth > maxDepth || isSensitive(instance, path)) return [open(instance.modules)];
    const value = partAt(instance.after, path);
    if (value !== undefined && path.length > 0 && !holdsUnknown(value))
      return [{ is: "value", value, ...(path.at(-1) === "name" && { name: true }) }];
    const { configured } = instance;
    const found = configured?.expressions && path.length > 0 ? expressionAt(configured.expressions, path) : null;
    if (found === null) return [{ is: "attribute", instance, path }];
    const sources = descended(this.#sources(found.expression, this.#frameOf(instance), depth + 1), found.rest);
    // Left out in the end, so it is the provider that sets it.
    const isUnset = sources.length > 0 && sources.every((each) => each.is === "value" && each.value === null);
    return isUnset ? [{ is: "attribute", instance, path }] : sources;
  }

  #frameOf({ modules, key, configured }: Instance): Frame {
    const frame: Frame = { modules, each: null };
    const repeated = repetition(configured ?? {});
    return key === null || repeated === null ? frame : { modules, each: { key, ...repeated, frame } };
  }

  /** Where the call of a module instance stands. */
  #frameOfCall(modules: readonly ModuleStep[]): { call: ModuleCall | undefined; frame: Frame } {
    const outer = modules.slice(0, -1);
    const last = modules.at(-1);
    const call = last && this.#instances.moduleOf(outer)?.module_calls?.[last.name];
    const frame: Frame = { modules: outer, each: null };
    const repeated = repetition(call ?? {});
    const key = last?.key ?? null;
    return { call, frame: key === null || repeated === null ? frame : { ...frame, each: { key, ...repeated, frame } } };
  }

  #sources(expression: Expression, frame: Frame, depth: number): readonly Source[] {
    if (depth > maxDepth) return [open(frame.modules)];
    const { constant_value: constant, references } = expression;
    if (constant !== undefined) return [{ is: "value", value: constant as PlannedValue }];
    // Neither: a function without arguments, as of the time, or a form that is not documented.
    if (!Array.isArray(references) || references.length === 0) return [open(frame.modules)];
    const own = ownReferences(references);
    const found: Source[] = [];
    for (let at = 0; at < own.length; at++) {
      const steps = own[at];
      if (steps === undefined || steps === null) {
        found.push(open(frame.modules));
        continue;
      }
      const next = own[at + 1] ?? null;
      found.push(...this.#reference(steps, next, frame, depth + 1));
      // What picks one of several has done its work.
      if (next !== null && this.#isPicked(steps, frame) && isPick(next)) at++;
    }
    return found;
  }

  /** Whether a reference is to all of several, of which the next reference picks one. */
  #isPicked(steps: readonly Step[], { modules }: Frame): boolean {
    const [first, second, third] = steps;
    if (first === undefined || !("name" in first) || second === undefined || !("name" in second)) return false;
    if (first.name === "module")
      return (
        third === undefined && repetition(this.#instances.moduleOf(modules)?.module_calls?.[second.name] ?? {}) !== null
      );
    const isData = first.name === "data";
    const [type, name, more] = isData ? [second, third, steps[3]] : [first, second, third];
    if (more !== undefined || name === undefined || !("name" in name) || !("name" in type)) return false;
    const resource = this.#instances
      .moduleOf(modules)
      ?.resources?.find(
        (each) => (each.mode === "data") === isData && each.type === type.name && each.name === name.name,
      );
    return resource !== undefined && repetition(resource) !== null;
  }

  #reference(steps: readonly Step[], next: readonly Step[] | null, frame: Frame, depth: number): readonly Source[] {
    const [first, second, ...rest] = steps;
    if (first === undefined || !("name" in first)) return [open(frame.modules)];
    const path = rest.map(partOfStep);
    const name = second !== undefined && "name" in second ? second.name : "";
    switch (first.name) {
      case "var":
        return this.#variable(name, path, frame, depth);
      case "local":
        return this.#local(name, frame);
      case "each":
        return this.#each(name, path, frame, depth);
      case "count":
        return frame.each === null ? [open(frame.modules)] : [{ is: "value", value: frame.each.key }];
      case "path":
      case "terraform":
        return [{ is: "value", value: "" }];
      case "module":
        return this.#output(name, rest, next, frame, depth);
      default:
        return this.#resource(steps, next, frame, depth);
    }
  }

  #variable(name: string, path: Path, frame: Frame, depth: number): readonly Source[] {
    const declared = this.#instances.moduleOf(frame.modules)?.variables?.[name];
    if (declared?.sensitive === true) return [open(frame.modules)];
    if (frame.modules.length === 0) {
      const value = this.#instances.rootVariable(name);
      return value === undefined
        ? [open(frame.modules)]
        : descended([{ is: "value", value: value as PlannedValue }], path);
    }
    const { call, frame: outer } = this.#frameOfCall(frame.modules);
    const given = call?.expressions?.[name];
    if (given === undefined || (given.constant_value === undefined && given.references === undefined)) {
      const value = declared?.default;
      return value === undefined
        ? [open(frame.modules)]
        : descended([{ is: "value", value: value as PlannedValue }], path);
    }
    return descended(this.#sources(given, outer, depth + 1), path);
  }

  #each(name: string, path: Path, { each, modules }: Frame, depth: number): readonly Source[] {
    if (each === null) return [open(modules)];
    if (name === "key") return [{ is: "value", value: each.key }];
    const found = this.#sources(each.expression, each.frame, depth + 1);
    const [only] = found;
    if (found.length !== 1 || only === undefined) {
      // for_each over a resource: each instance by its key.
      const same = found.filter(
        (one) => one.is === "attribute" && one.path.length === 0 && one.instance.key === each.key,
      );
      if (same.length === 1 && found.every((one) => one.is === "attribute" && one.path.length === 0))
        return this.#through(same[0] as Source & { is: "attribute" }, path, depth);
      return found;
    }
    if (only.is === "value") {
      // Of a set, the value is the key.
      if (Array.isArray(only.value)) return [{ is: "value", value: each.key }];
      return [valueAt(only.value, [each.key, ...path], modules)];
    }
    if (only.is === "attribute" && only.path.length === 0) return this.#through(only, path, depth);
    return found;
  }

  #through(source: Source & { is: "attribute" }, path: Path, depth: number): readonly Source[] {
    return path.length === 0 ? [source] : this.#attribute(source.instance, path, depth + 1);
  }

  #output(
    call: string,
    rest: readonly Step[],
    next: readonly Step[] | null,
    frame: Frame,
    depth: number,
  ): readonly Source[] {
    const [first, ...more] = rest;
    const isKeyed = first !== undefined && "key" in first;
    const [output, ...further] = isKeyed ? more : rest;
    const keys = this.#instances.keysOf(frame.modules, call);
    const chosen = isKeyed ? [...keys].filter((key) => key === first.key) : this.#picked(keys, next, frame, depth);
    const outputs = this.#instances.moduleOf(frame.modules)?.module_calls?.[call]?.module?.outputs ?? {};
    const named =
      output !== undefined && "name" in output && output.name !== "*" ? [output.name] : Object.keys(outputs);
    // A module without anything of its own can still hand on what it was given.
    const found = (chosen.length === 0 && !isKeyed ? [null] : chosen).flatMap((key) =>
      named.flatMap((name) => {
        const told = outputs[name];
        if (told?.expression === undefined || told.sensitive === true) return [open(frame.modules)];
        const inner: Frame = { modules: [...frame.modules, { name: call, key }], each: null };
        return descended(this.#sources(told.expression, inner, depth + 1), further.map(partOfStep));
      }),
    );
    return named.length > 1 ? anyOf(found) : found;
  }

  #resource(steps: readonly Step[], next: readonly Step[] | null, frame: Frame, depth: number): readonly Source[] {
    const isData = steps[0] !== undefined && "name" in steps[0] && steps[0].name === "data";
    const [type, name, ...rest] = isData ? steps.slice(1) : steps;
    if (type === undefined || name === undefined || !("name" in type) || !("name" in name))
      return [open(frame.modules)];
    const all = this.#instances.of(frame.modules, isData ? "data" : "managed", type.name, name.name);
    const [first, ...more] = rest;
    const isKeyed = first !== undefined && "key" in first && !all.has(null);
    const path = (isKeyed ? more : rest).map(partOfStep);
    const keys = isKeyed ? [first.key] : this.#picked(all, rest.length === 0 ? next : null, frame, depth);
    const star = path.indexOf("*");
    return keys.flatMap((key) => {
      const instance = all.get(key);
      if (instance === undefined) return [];
      // A splat over several instances, or over what is inside one.
      if (star === 0) return this.#attribute(instance, path.slice(1), depth + 1);
      return this.#attribute(instance, star < 0 ? path : path.map((part) => (part === "*" ? 0 : part)), depth + 1);
    });
  }

  /** The one of several keys that the next reference names; all where it names none. */
  #picked(
    keys: ReadonlySet<Key> | ReadonlyMap<Key, unknown>,
    next: readonly Step[] | null,
    frame: Frame,
    depth: number,
  ): readonly Key[] {
    if (keys.size < 2 || next === null || !isPick(next)) return [...keys.keys()];
    const [found, ...others] = this.#reference(next, null, frame, depth + 1);
    if (others.length > 0 || found?.is !== "value") return [...keys.keys()];
    const { value } = found;
    const forms =
      typeof value === "string" ? [value, Number(value)] : typeof value === "number" ? [value, `${value}`] : [];
    const same = forms.filter((each) => keys.has(each));
    return same.length === 1 ? same : [...keys.keys()];
  }

  /** A local: known where something that is nothing but it is known. */
  #local(name: string, { modules }: Frame): readonly Source[] {
    const place = `${modules.map((each) => `${each.name}[${each.key}]`).join("/")}/${name}`;
    const known = this.#locals.get(place) ?? this.#isKnownLocal(name, modules);
    this.#locals.set(place, known);
    return [known ? { is: "value", value: "" } : { is: "open", local: name, modules }];
  }

  #isKnownLocal(name: string, modules: readonly ModuleStep[]): boolean {
    const isIt = (expression: Expression): boolean => {
      const own = ownReferences(Array.isArray(expression.references) ? expression.references : []);
      return own.length > 0 && own.every((steps) => steps !== null && isLocal(steps, name));
    };
    for (const resource of this.#instances.moduleOf(modules)?.resources ?? []) {
      // A count is always known.
      if (resource.count_expression !== undefined && isIt(resource.count_expression)) return true;
      const paths = pathsWhere(resource.expressions ?? {}, isIt);
      if (paths.length === 0) continue;
      for (const instance of this.#instances.of(modules, resource.mode, resource.type, resource.name).values())
        for (const path of paths) {
          const value = partAt(instance.after, path);
          if (value !== undefined && value !== null && !holdsUnknown(value)) return true;
        }
    }
    return false;
  }
}

function open(modules: readonly ModuleStep[]): Source {
  return { is: "open", local: null, modules };
}

function isLocal(steps: readonly Step[], name: string): boolean {
  const [first, second] = steps;
  return (
    steps.length === 2 &&
    first !== undefined &&
    "name" in first &&
    first.name === "local" &&
    second !== undefined &&
    "name" in second &&
    second.name === name
  );
}

/** Whether a reference can be what picks one of several. */
function isPick(steps: readonly Step[]): boolean {
  const [first] = steps;
  return first !== undefined && "name" in first && ["each", "count", "var", "local"].includes(first.name);
}

function partOfStep(step: Step): string | number {
  return "name" in step ? step.name : step.key;
}

function stepOf(part: string | number): Step {
  return typeof part === "number" ? { key: part } : { name: part };
}

function endOfModules(address: string): number {
  const found = /^(?:module\.[\w-]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)+/.exec(address);
  return found?.[0].length ?? 0;
}

/** How often something is made, and by what. */
function repetition(of: {
  for_each_expression?: Expression | null;
  count_expression?: Expression | null;
}): { expression: Expression; isCount: boolean } | null {
  if (of.for_each_expression) return { expression: of.for_each_expression, isCount: false };
  return of.count_expression ? { expression: of.count_expression, isCount: true } : null;
}

/** Whether any part of a value is unknown. */
export function holdsUnknown(value: PlannedValue): boolean {
  if (value === unknown) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnknown);
}

function valueAt(value: PlannedValue, path: Path, modules: readonly ModuleStep[]): Source {
  const found = partAt(value, path);
  return found === undefined ? open(modules) : { is: "value", value: found };
}

/** Names of attributes that hold one text, so that nothing can be inside them. */
const ends = /(?:^|_)(?:id|name|arn|location|endpoint|host|url)$/;

/**
 * What a part of a value depends on whose sources are known: the part of the only one, as far as it can be told. What was
 * put together of several may take any of them there.
 */
function descended(sources: readonly Source[], path: Path): readonly Source[] {
  const [first, ...rest] = path;
  if (first === undefined) return sources;
  // All instances of a resource, by their keys.
  const isWhole = sources.every((each) => each.is === "attribute" && each.path.length === 0);
  const picked = isWhole ? sources.filter((each) => each.is === "attribute" && each.instance.key === first) : [];
  if (picked.length === 1) return descended(picked, rest);
  const [only] = sources;
  if (sources.length !== 1 || only === undefined) return anyOf(sources);
  if (only.is === "value") {
    const value = partAt(only.value, path);
    return [{ is: "value", value: value ?? null }];
  }
  if (only.is === "open") return sources;
  // A list that was made of something that is not one.
  if (only.path.length === 0 && typeof first === "number") return descended(sources, rest);
  const last = only.path.at(-1);
  if (typeof last === "string" && ends.test(last)) return sources;
  const whole = [...only.path, ...path];
  const value = partAt(only.instance.after, whole);
  if (value !== undefined && !holdsUnknown(value)) return [{ is: "value", value }];
  return [{ ...only, path: whole }];
}

/** What a reference means one of. What is open stays so: it may be what is meant. */
function anyOf(sources: readonly Source[]): readonly Source[] {
  return sources.map((each) => (each.is === "attribute" ? { ...each, any: true } : each));
}

/** The expression that says what stands at a path, and the part of the path that lies inside its value. */
function expressionAt(expressions: Expressions, path: Path): { expression: Expression; rest: Path } | null {
  let at: Expressions = expressions;
  for (let index = 0; index < path.length; ) {
    const found = at[String(path[index])];
    if (found === undefined) return null;
    index++;
    if (Array.isArray(found)) {
      const each = path[index];
      const block = (found as readonly Expressions[])[typeof each === "number" ? each : 0];
      if (block === undefined) return null;
      at = block;
      if (typeof each === "number") index++;
      continue;
    }
    if (isExpression(found as Expressions)) return { expression: found as Expression, rest: path.slice(index) };
    at = found as Expressions;
  }
  return null;
}

function isExpression(value: Expressions | Expression): boolean {
  return "constant_value" in value || Array.isArray(value.references) || Object.keys(value).length === 0;
}

/** The paths of the expressions that are as asked for. */
function pathsWhere(expressions: Expressions, isIt: (each: Expression) => boolean, path: Path = []): Path[] {
  return Object.entries(expressions).flatMap(([name, each]): Path[] => {
    const here = [...path, name];
    if (Array.isArray(each))
      return (each as readonly Expressions[]).flatMap((block, index) => pathsWhere(block, isIt, [...here, index]));
    if (!isMap(each as Json)) return [];
    if (isExpression(each as Expressions)) return isIt(each as Expression) ? [here] : [];
    return pathsWhere(each as Expressions, isIt, here);
  });
}
