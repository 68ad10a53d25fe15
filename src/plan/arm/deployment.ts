import {
  type ArmExpression,
  type ArmScope,
  ArmSyntaxError,
  type ArmValue,
  evaluateArm,
  isAnything,
  openMap,
  parseArmExpression,
  placeholder,
  withoutMarks,
} from "../../resources/armExpression.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type PlannedAt, unknown } from "../plan.ts";
import { idOf, scopeId } from "./ids.ts";
import { type Json, type JsonFile, type JsonMap, mapIn, named, type Path, textIn, wrong } from "./json.ts";
import { everyKind, kindsOf } from "./objects.ts";
import type { Planned } from "./planned.ts";

/** A template, or one that stands inside another, and where it goes. */
interface Given {
  file: JsonFile;
  /** Where the template stands in the file. */
  path: Path;
  template: JsonMap;
  /** The id of what it is deployed to; / for the tenant, null where that is not known. */
  base: string | null;
  /** What a parameter is given: a map with its value, or with a reference to a key vault; undefined where nothing is. */
  parameters(name: string): JsonMap | { value: ArmValue } | undefined;
  /** The deployment whose names its expressions use; null where it uses its own. */
  isOuter: Deployment | null;
  /** What the deployment is called, with those around it; empty for the outermost. */
  name: string;
  planned: Planned;
}

/** What the rounds of a loop are at, by the loop's name in lower case; the innermost under the empty name. */
type Loops = ReadonlyMap<string, number>;

const noLoops: Loops = new Map();
/** More rounds than a deployment may have (the documentation's page Resource iteration: 800). */
const maxRounds = 800;
const deepest = 10;

/** Works out one template. */
export class Deployment {
  readonly #given: Given;
  readonly #parameters = new Map<string, ArmValue>();
  readonly #variables = new Map<string, ArmValue>();
  readonly #expressions = new Map<string, ArmExpression>();
  /** What is being worked out, so that what refers to itself ends. */
  readonly #open = new Set<string>();
  /** Ids by symbolic name, and by the name of a resource, in lower case. */
  readonly #symbols = new Map<string, { id: string; rounds: string[] | null }>();
  readonly #inner = new Map<string, Deployment>();
  #isDeclared = false;

  constructor(given: Given) {
    this.#given = given;
  }

  /** Declares every resource of the template, once. */
  declare(): void {
    if (this.#isDeclared) return;
    this.#isDeclared = true;
    const { template, path } = this.#given;
    const resources = template.resources;
    if (resources === undefined) return;
    for (const [key, each] of Object.entries(resources ?? {})) {
      const at = [...path, "resources", Array.isArray(resources) ? Number(key) : key];
      const resource = mapIn(each);
      if (resource === null) throw this.#wrong(at, "a resource is a map");
      this.#resource(resource, at, Array.isArray(resources) ? null : key, null);
    }
    // What stands inside may refer to whatever stands beside it, in any order.
    for (const inner of this.#inner.values()) inner.declare();
  }

  #wrong(path: Path, message: string): Error {
    const { file } = this.#given;
    return wrong(file.file, file.position(path), "template", message, null);
  }

  #resource(
    resource: JsonMap,
    path: Path,
    symbol: string | null,
    parent: { type: string; name: ArmValue } | null,
  ): void {
    const copy = mapIn(resource.copy);
    const given = copy === null ? null : this.value(copy.count, [...path, "copy", "count"], noLoops);
    const written = textIn(resource.type);
    if (written === null) throw this.#wrong(path, "a resource has a type");
    const type = parent === null || /^[^/]*\./.test(written) ? written : `${parent.type}/${written}`;
    if (copy === null) {
      this.#one(resource, path, symbol, type, parent, noLoops, null);
      return;
    }
    const at = this.#at(path, symbol ?? type);
    if (typeof given !== "number" || given > maxRounds) {
      const cause = "how often a resource is declared is known only when it is deployed";
      this.#undecided(resource, type, this.#given.base ?? "tenant", cause, at);
      return;
    }
    const name = (textIn(copy.name) ?? "").toLowerCase();
    for (let round = 0; round < given; round++)
      this.#one(
        resource,
        path,
        symbol,
        type,
        parent,
        new Map([
          ["", round],
          [name, round],
        ]),
        round,
      );
  }

  /** Tells that nobody knows what becomes of a resource. */
  #undecided(resource: JsonMap, type: string, scope: string, cause: string, at: PlannedAt): void {
    if (resource.existing !== true) this.#given.planned.undecided(kindsIn(resource, type), scope, cause, at);
  }

  #at(path: Path, called: string, round: number | null = null): PlannedAt {
    const { file, name } = this.#given;
    const address = `arm:${name}${called}${round === null ? "" : `[${round}]`}`;
    return { file: file.file, ...file.position(path), address };
  }

  #one(
    resource: JsonMap,
    path: Path,
    symbol: string | null,
    type: string,
    parent: { type: string; name: ArmValue } | null,
    loops: Loops,
    round: number | null,
  ): void {
    const { planned } = this.#given;
    const own = this.value(resource.name ?? "", [...path, "name"], loops);
    const name: ArmValue =
      parent === null || typeof own !== "string" || typeof parent.name !== "string" ? own : `${parent.name}/${own}`;
    const raw = typeof resource.name === "string" ? resource.name : "";
    const shown = withoutMarks(typeof name === "string" ? name : placeholder(raw), (mark) => `~${mark.slice(0, 8)}`);
    const called = symbol ?? (deployments.test(type) ? shown : `${type}/${shown}`);
    const at = this.#at(path, called, round);
    const isExisting = resource.existing === true;
    const base = this.#base(resource, path, loops);
    const condition =
      resource.condition === undefined ? true : this.value(resource.condition, [...path, "condition"], loops);
    if (base === null) {
      const cause = "where a resource is declared is known only when it is deployed";
      if (condition !== false) this.#undecided(resource, type, "tenant", cause, at);
      return;
    }
    if (/^microsoft\.graph\//i.test(type)) {
      const cause = "resources of Microsoft Graph in templates are not worked out";
      if (condition !== false) this.#undecided(resource, type, "tenant", cause, at);
      return;
    }
    const segments = type.split("/").length - 1;
    const names = (typeof name === "string" ? name : placeholder(`${this.#given.name}${called}#${round ?? ""}`)).split(
      "/",
    );
    while (names.length < segments) names.push(placeholder(`${called}#${round ?? ""}#${names.length}`));
    const id = idOf(base, type, names);
    this.#remember(symbol, name, id, round);
    if (condition === false) return;
    const shownType = parseScope(id).resourceType ?? type.toLowerCase();
    if (typeof condition !== "boolean" && !isExisting) {
      const isDeployment = deployments.test(type);
      const cause = "whether a resource is declared is known only when it is deployed";
      this.#undecided(resource, type, isDeployment ? base : id, cause, at);
      return;
    }
    if (deployments.test(type) && !isExisting) {
      this.#nested(resource, path, base, id, called, round, loops, at);
      return;
    }
    let worked: { readonly [name: string]: ArmValue } | null = null;
    const body = (): { readonly [name: string]: ArmValue } => {
      if (worked !== null) return worked;
      const key = `body ${id}`;
      if (this.#open.has(key)) return openMap({});
      this.#open.add(key);
      const found: { [name: string]: ArmValue } = {};
      for (const [field, each] of Object.entries(resource))
        if (!apart.has(field.toLowerCase())) found[field] = this.value(each, [...path, field], loops);
      found.name = names.at(-1) ?? "";
      this.#open.delete(key);
      worked = found;
      return found;
    };
    const isGroup = type.toLowerCase() === "microsoft.resources/resourcegroups";
    planned.declare({
      id,
      type: isGroup ? "microsoft.resources/resourcegroups" : shownType,
      address: at.address ?? "",
      body,
      isExisting,
      at,
    });
    const children = resource.resources;
    if (Array.isArray(children))
      for (const [index, child] of children.entries()) {
        const inside = mapIn(child);
        if (inside !== null) this.#resource(inside, [...path, "resources", index], null, { type, name });
      }
  }

  #remember(symbol: string | null, name: ArmValue, id: string, round: number | null): void {
    for (const key of [symbol, typeof name === "string" ? name : null]) {
      if (key === null) continue;
      const held = this.#symbols.get(key.toLowerCase());
      const rounds = round === null ? null : [...(held?.rounds ?? []), id];
      this.#symbols.set(key.toLowerCase(), { id, rounds });
    }
  }

  /** The id of what a resource is declared in; null where that is not known. */
  #base(resource: JsonMap, path: Path, loops: Loops): string | null {
    const { base } = this.#given;
    if (resource.scope !== undefined) {
      const scope = this.value(resource.scope, [...path, "scope"], loops);
      return typeof scope === "string" && isPlace(scope) ? scopeId(scope, base ?? "/") : null;
    }
    if (resource.subscriptionId === undefined && resource.resourceGroup === undefined) return base;
    const part = (name: "subscriptionId" | "resourceGroup", index: number): ArmValue =>
      resource[name] === undefined
        ? (base?.split("/")[index] ?? null)
        : this.value(resource[name], [...path, name], loops);
    const subscription = part("subscriptionId", 2);
    if (typeof subscription !== "string" || isAnything(subscription)) return null;
    if (resource.resourceGroup === undefined) return `/subscriptions/${subscription}`;
    const group = part("resourceGroup", 4);
    return typeof group === "string" && !isAnything(group)
      ? `/subscriptions/${subscription}/resourceGroups/${group}`
      : null;
  }

  /** A deployment inside this one. */
  #nested(
    resource: JsonMap,
    path: Path,
    base: string,
    id: string,
    called: string,
    round: number | null,
    loops: Loops,
    at: PlannedAt,
  ): void {
    const { planned, file, name } = this.#given;
    const properties = mapIn(resource.properties);
    const template = mapIn(named(properties, "template"));
    if (textIn(named(properties, "mode"))?.toLowerCase() === "complete")
      planned.unread(base, "a deployment in complete mode deletes what its template does not name", at);
    if (template === null) {
      planned.unread(base, "the template that is linked here was not read", at);
      return;
    }
    const inner = `${name}${called}${round === null ? "" : `[${round}]`}/`;
    if (inner.split("/").length > deepest * 4)
      throw this.#wrong(path, `deployments nest deeper than ${deepest} levels`);
    const scope = textIn(named(mapIn(named(properties, "expressionEvaluationOptions")), "scope"));
    const isInner = scope?.toLowerCase() === "inner";
    const given = mapIn(named(properties, "parameters"));
    const deployment = new Deployment({
      file,
      path: [...path, "properties", "template"],
      template,
      base,
      parameters: (wanted) => {
        const told = named(given, wanted);
        if (told === undefined) return undefined;
        // The whole of it may be an expression, too.
        const names = this.#given.isOuter ?? this;
        const worked = names.value(told, [...path, "properties", "parameters", wanted], loops);
        const isMap = typeof worked === "object" && worked !== null && !Array.isArray(worked);
        const { value = unknown } = isMap ? (worked as { readonly value?: ArmValue }) : {};
        return { value };
      },
      isOuter: isInner ? null : (this.#given.isOuter ?? this),
      name: inner,
      planned,
    });
    this.#inner.set(normaliseId(id), deployment);
  }

  /** What an output comes to. */
  #output(name: string): ArmValue {
    this.declare();
    const outputs = mapIn(this.#given.template.outputs);
    const output = mapIn(named(outputs, name));
    if (output === null || isSecure(output)) return unknown;
    const path = [...this.#given.path, "outputs", name];
    const copy = mapIn(output.copy);
    if (copy !== null) return this.#copied({ ...copy, name: "" }, [...path, "copy"], noLoops);
    return output.value === undefined ? unknown : this.value(output.value, [...path, "value"], noLoops);
  }

  /** A value of the template with its expressions worked out. */
  value(json: Json | undefined, path: Path, loops: Loops): ArmValue {
    if (json === undefined) return null;
    if (typeof json === "string") return this.#text(json, path, loops);
    if (typeof json !== "object" || json === null) return json;
    if (Array.isArray(json)) return json.map((each, index) => this.value(each, [...path, index], loops));
    const map: { [name: string]: ArmValue } = {};
    for (const [key, each] of Object.entries(json)) {
      if (key.toLowerCase() === "copy" && isCopies(each)) {
        for (const [index, copy] of each.entries())
          map[String(copy.name)] = this.#copied(copy, [...path, key, index], loops);
        continue;
      }
      const name = this.#text(key, path, loops);
      if (typeof name !== "string") return unknown;
      map[name] = this.value(each, [...path, key], loops);
    }
    return map;
  }

  /** The elements that a loop over a property or a variable makes. */
  #copied(copy: JsonMap, path: Path, loops: Loops): ArmValue {
    const count = this.value(copy.count, [...path, "count"], loops);
    if (typeof count !== "number" || count > maxRounds) return unknown;
    const name = String(copy.name).toLowerCase();
    return Array.from({ length: count }, (_, round) =>
      this.value(copy.input, [...path, "input"], new Map([...loops, ["", round], [name, round]])),
    );
  }

  #text(text: string, path: Path, loops: Loops): ArmValue {
    if (!text.startsWith("[")) return text;
    const names = this.#given.isOuter ?? this;
    return evaluateArm(this.#parsed(text, path), names.#scope(loops, this));
  }

  #parsed(text: string, path: Path): ArmExpression {
    const held = this.#expressions.get(text);
    if (held !== undefined) return held;
    try {
      const expression = parseArmExpression(text);
      this.#expressions.set(text, expression);
      return expression;
    } catch (error) {
      if (!(error instanceof ArmSyntaxError)) throw error;
      const { file } = this.#given;
      const at = file.position(path);
      throw wrong(file.file, { ...at, column: at.column + 1 + error.offset }, "expression", error.message, null);
    }
  }

  /** @param asked the template that the expression stands in: what it declares is known by its own names */
  #scope(loops: Loops, asked: Deployment): ArmScope {
    return {
      parameter: (name) => this.#parameter(name),
      variable: (name) => this.#variable(name, loops),
      call: (name, args) => this.#call(name, args, loops, asked),
    };
  }

  #parameter(name: string): ArmValue {
    const key = name.toLowerCase();
    const known = this.#parameters.get(key);
    if (known !== undefined) return known;
    const declared = mapIn(named(mapIn(this.#given.template.parameters), name));
    const given = this.#given.parameters(name);
    const open = `parameter ${key}`;
    // What is secure is never worked out, so that it gets nowhere.
    if (declared === null || isSecure(declared) || this.#open.has(open)) return unknown;
    this.#open.add(open);
    let value: ArmValue = unknown;
    if (given !== undefined && Object.hasOwn(given, "value")) value = given.value as ArmValue;
    else if (given === undefined && declared.defaultValue !== undefined)
      value = this.value(declared.defaultValue, [...this.#given.path, "parameters", name, "defaultValue"], noLoops);
    else if (given === undefined && declared.nullable === true) value = null;
    // Names that are made of it are still the same ones.
    else if (given === undefined && /^string$/i.test(String(declared.type)))
      value = placeholder(`parameter ${this.#given.name}${key}`);
    this.#open.delete(open);
    this.#parameters.set(key, value);
    return value;
  }

  #variable(name: string, loops: Loops): ArmValue {
    const key = name.toLowerCase();
    const known = this.#variables.get(key);
    if (known !== undefined) return known;
    const variables = mapIn(this.#given.template.variables);
    const open = `variable ${key}`;
    if (this.#open.has(open)) return unknown;
    this.#open.add(open);
    const path = [...this.#given.path, "variables"];
    const copies = variables?.copy;
    const copy = isCopies(copies) ? copies.find((each) => String(each.name).toLowerCase() === key) : undefined;
    const written = named(variables, name);
    let value: ArmValue = unknown;
    if (copy !== undefined) value = this.#copied(copy, [...path, "copy"], noLoops);
    else if (written !== undefined) value = this.value(written, [...path, name], loops);
    this.#open.delete(open);
    this.#variables.set(key, value);
    return value;
  }

  #call(name: string, args: readonly ArmValue[], loops: Loops, asked: Deployment): ArmValue | undefined {
    const base = this.#given.base ?? "/";
    const parts = base.split("/");
    const [subscription, group] = [parts[2], parts[4]];
    switch (name) {
      case "copyindex": {
        const [loop, offset] = typeof args[0] === "string" ? [args[0], args[1] ?? 0] : ["", args[0] ?? 0];
        const round = loops.get(loop.toLowerCase());
        return round === undefined || typeof offset !== "number" ? unknown : round + offset;
      }
      case "resourceid":
        return resourceId(args, base);
      case "subscriptionresourceid":
        return typed(args, (type, names, [own]) => idOf(`/subscriptions/${own ?? subscription ?? ""}`, type, names));
      case "tenantresourceid":
        return typed(args, (type, names) => idOf("/", type, names));
      case "managementgroupresourceid":
        return typed(args, (type, names, [own]) =>
          own === undefined ? null : idOf(`/providers/Microsoft.Management/managementGroups/${own}`, type, names),
        );
      case "extensionresourceid": {
        const [on, ...rest] = args;
        return typeof on === "string" ? typed(rest, (type, names) => idOf(scopeId(on, base), type, names)) : unknown;
      }
      case "subscription":
        if (subscription === undefined) return unknown;
        return openMap({
          id: `/subscriptions/${subscription}`,
          subscriptionId: subscription,
          ...this.#tenant(subscription),
        });
      case "resourcegroup":
        if (group === undefined) return unknown;
        return openMap({ id: base, name: group, type: "Microsoft.Resources/resourceGroups" });
      case "tenant":
        return openMap(subscription === undefined ? {} : this.#tenant(subscription));
      case "environment":
        return openMap(publicCloud);
      case "deployment":
      case "managementgroup":
        return unknown;
      case "reference":
        return asked.#reference(args);
      case "references": {
        const [symbol, , full] = args;
        const held = typeof symbol === "string" ? asked.#symbols.get(symbol.toLowerCase()) : undefined;
        if (held?.rounds === null || held === undefined) return unknown;
        return held.rounds.map((id) => this.#given.planned.answer(id, isFull(full)));
      }
      default:
        return this.#ownFunction(name, args);
    }
  }

  #tenant(subscription: string): { [name: string]: ArmValue } {
    const row = this.#given.planned.options.live.row(
      "azure.subscription",
      `/subscriptions/${subscription.toLowerCase()}`,
    );
    return typeof row?.tenantId === "string" ? { tenantId: row.tenantId } : {};
  }

  #reference([what, , full]: readonly ArmValue[]): ArmValue {
    if (typeof what !== "string") return unknown;
    const round = /^(.*)\[(\d+)\]$/.exec(what);
    const held = this.#symbols.get((round?.[1] ?? what).toLowerCase());
    const id = what.startsWith("/") ? what : (held?.rounds?.[Number(round?.[2])] ?? held?.id);
    if (id === undefined)
      return this.#given.isOuter === null ? unknown : this.#given.isOuter.#reference([what, null, full ?? null]);
    const inner = this.#innerOf(normaliseId(id));
    if (inner === null) return this.#given.planned.answer(id, isFull(full));
    const outputs = mapIn(inner.#given.template.outputs) ?? {};
    const values = Object.keys(outputs).map((name) => [name, { value: inner.#output(name) }] as const);
    const properties = openMap({ outputs: Object.fromEntries(values) });
    return isFull(full) ? openMap({ id, properties }) : properties;
  }

  #innerOf(id: string): Deployment | null {
    return this.#inner.get(id) ?? null;
  }

  /** A function that the template defines itself; undefined where it has none of that name. */
  #ownFunction(name: string, args: readonly ArmValue[]): ArmValue | undefined {
    const spaces = this.#given.template.functions;
    if (!Array.isArray(spaces) || !name.includes(".")) return undefined;
    for (const space of spaces.map(mapIn)) {
      const prefix = `${textIn(space?.namespace) ?? ""}.`.toLowerCase();
      const member = name.startsWith(prefix) ? mapIn(named(mapIn(space?.members), name.slice(prefix.length))) : null;
      if (member === null) continue;
      const written = Array.isArray(member.parameters) ? member.parameters.map(mapIn) : [];
      const values = new Map<string, ArmValue>(
        written.map((each, index): [string, ArmValue] => [String(each?.name).toLowerCase(), args[index] ?? unknown]),
      );
      const output = mapIn(member.output)?.value;
      if (typeof output !== "string") return unknown;
      return evaluateArm(this.#parsed(output, [...this.#given.path, "functions"]), {
        parameter: (each) => values.get(each.toLowerCase()) ?? unknown,
        variable: () => unknown,
        call: (each, inside) => this.#call(each, inside, noLoops, this),
      });
    }
    return undefined;
  }
}

/** Whether a scope says in which group or subscription it lies, or by its type that it lies where the deployment goes. */
function isPlace(scope: string): boolean {
  const [head = ""] = /^(?:\/subscriptions\/[^/]*(?:\/resourcegroups\/[^/]*)?|[^/]*\/)/i.exec(scope) ?? [];
  return scope === "/" || (head !== "" && !isAnything(head));
}

const deployments = /^microsoft\.resources\/deployments$/i;

/** The kinds that a resource, or what a deployment deploys, may be of. */
function kindsIn(resource: JsonMap, type: string): readonly string[] {
  if (!deployments.test(type)) return kindsOf(type.toLowerCase());
  const template = mapIn(named(mapIn(resource.properties), "template"));
  if (template === null) return everyKind;
  const inside = Object.values(template.resources ?? {}).map(mapIn);
  return [...new Set(inside.flatMap((each) => (each === null ? [] : kindsIn(each, textIn(each.type) ?? ""))))];
}

/** What a resource says of its deployment and not of itself. */
const apart: ReadonlySet<string> = new Set([
  ...["apiversion", "condition", "copy", "dependson", "existing", "name", "resources", "scope", "comments"],
  ...["subscriptionid", "resourcegroup", "import", "extension", "type"],
]);

/** The public cloud's addresses (the documentation's page Deployment functions, environment). */
const publicCloud: { readonly [name: string]: ArmValue } = {
  name: "AzureCloud",
  resourceManager: "https://management.azure.com/",
  suffixes: openMap({
    storage: "core.windows.net",
    keyvaultDns: ".vault.azure.net",
    sqlServerHostname: ".database.windows.net",
  }),
};

function isCopies(value: Json | undefined): value is JsonMap[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof mapIn(each)?.name === "string" && mapIn(each)?.count !== undefined)
  );
}

function isSecure({ type }: JsonMap): boolean {
  return typeof type === "string" && /^secure/i.test(type);
}

function isFull(value: ArmValue | undefined): boolean {
  return typeof value === "string" && value.toLowerCase() === "full";
}

/** The id that a type and names make, which other texts may go before; unknown where any of them is. */
function typed(
  args: readonly ArmValue[],
  make: (type: string, names: string[], before: string[]) => string | null,
): ArmValue {
  if (!args.every((each) => typeof each === "string")) return unknown;
  const texts = args as readonly string[];
  const at = texts.findIndex((each) => /^[\w-]+(?:\.[\w-]+)+\/[\w./-]+$/.test(each) && !each.startsWith("/"));
  const type = texts[at];
  if (type === undefined) return unknown;
  const names = texts.slice(at + 1).flatMap((each) => each.split("/"));
  return make(type, names, texts.slice(0, at)) ?? unknown;
}

function resourceId(args: readonly ArmValue[], base: string): ArmValue {
  return typed(args, (type, names, before) => {
    const parts = base.split("/");
    if (before.length === 0) return idOf(base, type, names);
    if (before.length === 2) return idOf(`/subscriptions/${before[0]}/resourceGroups/${before[1]}`, type, names);
    const [only = ""] = before;
    const isSubscription = parts[4] === undefined || /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(only);
    return isSubscription
      ? idOf(`/subscriptions/${only}`, type, names)
      : idOf(`/subscriptions/${parts[2] ?? ""}/resourceGroups/${only}`, type, names);
  });
}
