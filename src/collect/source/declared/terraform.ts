import { posix } from "node:path";
import type { Clock } from "../../../secrets/formats/format.ts";
import { terraformTokens } from "../../../secrets/formats/terraform.ts";
import type { Token } from "../../../secrets/formats/tokens.ts";
import { type Block, type Body, bodyOf, isBalanced } from "./blocks.ts";
import { all, attributeOf, type Declared, idsOf, refersTo, whole } from "./declared.ts";
import { type Expression, evaluate, expressionOf, type Names, taken } from "./expression.ts";
import { armKinds, deployingTypes, terraformTypes } from "./types.ts";
import { anything, either, said, type Target, type Text, textOf, type Value } from "./value.ts";

/** A resource or a data source. */
interface Resource {
  type: string;
  name: string;
  path: string;
  at: Token;
  body: Body;
}

/** The files of one folder, which Terraform takes for one module. */
interface Module {
  resources: Map<string, Resource>;
  data: Map<string, Resource>;
  variables: Map<string, Expression | null>;
  locals: Map<string, Expression>;
  outputs: Map<string, Expression>;
  calls: Map<string, Resource>;
  /** What `import` blocks say: the address, and the id. */
  imports: { to: string; id: Expression }[];
  /** Files of values, by path. */
  values: Map<string, Map<string, Expression>>;
}

/** A module as it is called, with the values that it is given. */
interface Instance {
  folder: string;
  module: Module;
  /** From the root module: `module.lake.`. */
  prefix: string;
  given: ReadonlyMap<string, Value>;
  /** Whether values may also be given from outside the files. */
  isRoot: boolean;
  depth: number;
}

/** What `each` is where a block is repeated. */
interface Each {
  key: Text;
  value: Value;
}

const deepest = 8;
/** How many modules with their values are looked into, at most. */
const mostInstances = 2000;

/** The Terraform files of the repository, read together: what one declares is named by others. */
export class TerraformFiles {
  readonly #folders = new Map<string, Module>();
  #instances = 0;
  /** Whether some of it was too much to be followed. */
  cut = false;

  /** @returns whether all of the file could be read */
  add(path: string, text: string, clock: Clock): boolean {
    const { tokens, sound: isRead } = terraformTokens(text, clock);
    const sound = isRead && isBalanced(tokens);
    const body = bodyOf(tokens);
    const module = this.#moduleIn(posix.dirname(path));
    if (path.endsWith(".tfvars")) {
      module.values.set(path, expressionsIn(body, clock));
      return sound;
    }
    for (const block of body.blocks) put(module, path, block, clock);
    return sound;
  }

  #moduleIn(folder: string): Module {
    let module = this.#folders.get(folder);
    if (module === undefined) {
      const maps = { resources: new Map(), data: new Map(), variables: new Map(), locals: new Map() };
      module = { ...maps, outputs: new Map(), calls: new Map(), imports: [], values: new Map() };
      this.#folders.set(folder, module);
    }
    return module;
  }

  declared(): Declared[] {
    const called = new Set<string>();
    for (const [folder, { calls }] of this.#folders)
      for (const call of calls.values()) called.add(this.#localFolder(folder, call) ?? "");
    const found: Declared[] = [];
    for (const [folder, module] of this.#folders) {
      if (called.has(folder)) continue;
      for (const given of this.#givenTo(module)) this.#declare(rootOf(folder, module, given), found);
    }
    return found;
  }

  /** The folder of a module that stands in the repository; null for one of a registry. */
  #localFolder(folder: string, call: Resource): string | null {
    const source = textOf(evaluate(expressionIn(call.body, "source") ?? { is: "other" }, nothing)).texts[0] ?? "";
    if (!/^\.{1,2}(?:\/|$)/.test(source)) return null;
    const path = posix.join(folder, source).replace(/\/$/, "");
    return this.#folders.has(path) ? path : null;
  }

  /** The sets of values that a root module may be given by its files: each file that is chosen by hand makes one. */
  #givenTo(module: Module): Map<string, Value>[] {
    const always = new Map<string, Value>();
    const chosen: Map<string, Expression>[] = [];
    for (const [path, values] of module.values) {
      if (!/(?:^|\/)(?:terraform\.tfvars|[^/]+\.auto\.tfvars)$/.test(path)) chosen.push(values);
      else for (const [name, each] of values) always.set(name, evaluate(each, nothing));
    }
    if (chosen.length === 0) return [always];
    return chosen.map(
      (values) =>
        new Map([...always, ...[...values].map(([name, each]): [string, Value] => [name, evaluate(each, nothing)])]),
    );
  }

  #declare(instance: Instance, found: Declared[]): void {
    if (++this.#instances > mostInstances) {
      this.cut = true;
      return;
    }
    for (const resource of instance.module.resources.values()) {
      const known = terraformTypes.get(resource.type);
      const isAny = resource.type === "azapi_resource" || deployingTypes.has(resource.type);
      if (known?.kind == null && !isAny) continue;
      for (const { each, index } of this.#repeats(resource, instance))
        found.push(this.#declaration(resource, instance, each, index));
    }
    for (const call of instance.module.calls.values()) {
      const folder = this.#localFolder(instance.folder, call);
      for (const { each, index } of this.#repeats(call, instance)) {
        const address = `${instance.prefix}module.${call.name}${index}`;
        if (folder === null || instance.depth >= deepest) {
          const type = textOf(this.#value(call.body, "source", instance, each) ?? anything).texts[0] ?? "*";
          const place = { path: call.path, offset: call.at.start, address: `terraform:${address}` };
          found.push({ kind: null, type, ...place, names: ["*"], ids: [], resourceGroups: [], refers: [] });
        } else this.#declare(this.#child(instance, call, folder, each, index), found);
      }
    }
  }

  #child(instance: Instance, call: Resource, folder: string, each: Each, index: string): Instance {
    const names = this.#names(instance, each);
    const given = new Map<string, Value>();
    for (const [name, tokens] of call.body.values) given.set(name, evaluate(expressionOf(tokens, tokenise), names));
    return {
      folder,
      module: this.#moduleIn(folder),
      prefix: `${instance.prefix}module.${call.name}${index}.`,
      given,
      isRoot: false,
      depth: instance.depth + 1,
    };
  }

  /** The times that a block is made: once, or for each element where the files tell them. */
  #repeats({ body }: Resource, instance: Instance): { each: Each; index: string }[] {
    const once = { each: { key: anything, value: anything }, index: "" };
    const written = body.values.get("for_each");
    if (written === undefined) return body.values.has("count") ? [{ ...once, index: "[*]" }] : [once];
    const expression = expressionOf(written, tokenise);
    const value = evaluate(expression, this.#names(instance, once.each));
    const some = { ...once, index: "[*]" };
    if ("texts" in value) return [some];
    const elements: Each[] =
      "map" in value
        ? [...value.map].map(([key, each]) => ({ key: said(key), value: each }))
        : value.list.map((each) => ({ key: textOf(each), value: each }));
    const repeats = elements.map((each) => ({ each, index: `["${each.key.texts[0] ?? "*"}"]` }));
    // Whoever runs a root module may give it more of them.
    const [first, variable = ""] = expression.is === "name" ? expression.path : [];
    return instance.isRoot && first === "var" && !instance.given.has(variable) ? [...repeats, some] : repeats;
  }

  #value(body: Body, name: string, instance: Instance, each: Each): Value | null {
    const expression = expressionIn(body, name);
    return expression === null ? null : evaluate(expression, this.#names(instance, each));
  }

  #declaration(resource: Resource, instance: Instance, each: Each, index: string): Declared {
    const { type, body } = resource;
    const target = this.#target(resource, instance, each, 0);
    const value = (name: string): Value | null => this.#value(body, name, instance, each);
    const firstOf = (...names: string[]): Value | null => {
      for (const name of names) if (body.values.has(name)) return value(name);
      return null;
    };
    const known = terraformTypes.get(type);
    const kind = known?.kind ?? armKinds.get(target.type ?? "") ?? null;
    const local = `${type}.${resource.name}${index}`;
    const imported = instance.module.imports
      .filter(({ to }) => instance.prefix === "" && sameAddress(to, local))
      .flatMap(({ id }) => textOf(evaluate(id, this.#names(instance, each))).texts);
    const isGrant = /role_assignment$/.test(type);
    const role = firstOf("role_definition_name", "role_name");
    const refers = all(
      isGrant
        ? refersTo("scope", firstOf("scope", "synapse_workspace_id", "synapse_spark_pool_id"))
        : refersTo("owner", firstOf(...(known?.owner ?? []), "parent_id")),
      isGrant ? refersTo("principal", value("principal_id")) : null,
      role !== null
        ? { as: "role", type: "microsoft.authorization/roledefinitions", names: textOf(role).texts, ids: [] }
        : isGrant
          ? refersTo("role", value("role_definition_id"))
          : null,
      type === "prefect_deployment" ? refersTo("flow", value("flow_id")) : null,
    );
    const slug = type === "prefect_block" ? textOf(value("type_slug") ?? anything).texts[0] : undefined;
    return {
      kind,
      type: slug ?? type,
      path: resource.path,
      offset: resource.at.start,
      address: `terraform:${instance.prefix}${local}`,
      names: target.names,
      ids: whole([...target.ids, ...imported]),
      resourceGroups: groupsOf(value("resource_group_name")),
      refers,
    };
  }

  /** What others call by the name of a resource or data source. */
  #target(resource: Resource, instance: Instance, each: Each, depth: number): Target {
    const { type, body } = resource;
    if (depth > deepest) return { type: null, names: ["*"], ids: [] };
    const names = this.#names(instance, each, depth + 1);
    const value = (name: string): Value | null => {
      const expression = expressionIn(body, name);
      return expression === null ? null : evaluate(expression, names);
    };
    if (type === "azapi_resource") {
      const written =
        textOf(value("type") ?? anything)
          .texts[0]?.split("@")[0]
          ?.toLowerCase() ?? "*";
      const above = textOf(value("parent_id") ?? anything).texts;
      const own = textOf(value("name") ?? anything).texts;
      return { type: written, names: own, ids: idsOf(written, own, null, above) };
    }
    const known = terraformTypes.get(type);
    if (known === undefined) return { type: null, names: ["*"], ids: [] };
    let own = value(known.name ?? "name") ?? null;
    let owner: Value | null = null;
    for (const name of known.owner ?? []) owner ??= value(name);
    // A service principal is called as its application is.
    if (own === null && type === "azuread_service_principal" && owner !== null && textOf(owner).of !== null)
      own = { texts: textOf(owner).of?.names ?? ["*"], of: null };
    const named = textOf(own ?? anything).texts;
    const group = value("resource_group_name");
    const ofOwner = owner === null ? [] : textOf(owner).texts.filter((each) => each !== "*");
    const above = known.owner === undefined ? null : ofOwner.length > 0 ? ofOwner : ["*"];
    return { type: known.type, names: named, ids: idsOf(known.type, named, groupsOf(group), above) };
  }

  #names(instance: Instance, each: Each, depth = 0): Names {
    return {
      name: (path) => (depth > deepest * 2 ? anything : this.#name(path, instance, each, depth + 1)),
      call: () => null,
    };
  }

  #name(path: readonly string[], instance: Instance, each: Each, depth: number): Value {
    const [first = "", second = "", ...rest] = path;
    const { module } = instance;
    const again = (expression: Expression): Value => evaluate(expression, this.#names(instance, each, depth));
    switch (first) {
      case "var": {
        const given = instance.given.get(second);
        if (given !== undefined) return taken(given, rest);
        const written = module.variables.get(second);
        if (written === undefined || written === null) return anything;
        const value = taken(again(written), rest);
        // Whoever runs a root module may give it another value.
        return instance.isRoot && "texts" in value ? either([value, anything]) : value;
      }
      case "local": {
        const written = module.locals.get(second);
        return written === undefined ? anything : taken(again(written), rest);
      }
      case "each":
        return second === "key" ? each.key : taken(each.value, rest);
      case "module": {
        const call = module.calls.get(second);
        const folder = call === undefined ? null : this.#localFolder(instance.folder, call);
        if (call === undefined || folder === null || instance.depth >= deepest) return anything;
        const [output = "", ...more] = rest.filter((step) => !step.startsWith("["));
        const written = this.#moduleIn(folder).outputs.get(output);
        if (written === undefined) return anything;
        const children = this.#repeats(call, instance).map((repeat) =>
          this.#child(instance, call, folder, repeat.each, ""),
        );
        return either(children.map((child) => taken(evaluate(written, this.#names(child, noEach, depth)), more)));
      }
      case "data":
        return this.#attribute(module.data.get(`${second}.${rest[0]}`), rest.slice(1), instance, each, depth);
      default:
        return this.#attribute(module.resources.get(`${first}.${second}`), rest, instance, each, depth);
    }
  }

  #attribute(
    resource: Resource | undefined,
    path: readonly string[],
    instance: Instance,
    from: Each,
    depth: number,
  ): Value {
    if (resource === undefined) return anything;
    const isRepeated = resource.body.values.has("for_each") || resource.body.values.has("count");
    const [first = ""] = path;
    const key =
      first === "[each.key]" ? from.key.texts[0] : first === "[each.value]" ? textOf(from.value).texts[0] : first;
    const steps = (isRepeated ? path.slice(1) : path).filter((step) => !step.startsWith("["));
    const all = this.#repeats(resource, instance);
    const chosen = all.filter(({ index }) => isRepeated && index === `["${key}"]`);
    const repeats = chosen.length > 0 ? chosen : all;
    const values = repeats.map(({ each }): Value => {
      const written = expressionIn(resource.body, steps.at(-1) ?? "");
      const target = this.#target(resource, instance, each, depth);
      const value = attributeOf(target, steps);
      if (value !== null && !(written !== null && value.texts[0] === "*")) return value;
      if (written === null) return value ?? anything;
      const own = evaluate(written, this.#names(instance, each, depth));
      return value === null ? own : { texts: textOf(own).texts, of: target };
    });
    return either(values);
  }
}

const noEach: Each = { key: anything, value: anything };

/** What a file of values may name: nothing. */
const nothing: Names = { name: () => anything, call: () => null };

function tokenise(text: string): readonly Token[] {
  return terraformTokens(text, () => undefined).tokens;
}

function expressionIn(body: Body, name: string): Expression | null {
  const tokens = body.values.get(name);
  return tokens === undefined ? null : expressionOf(tokens, tokenise);
}

function expressionsIn(body: Body, clock: Clock): Map<string, Expression> {
  const found = new Map<string, Expression>();
  for (const [name, tokens] of body.values) {
    clock();
    found.set(name, expressionOf(tokens, tokenise));
  }
  return found;
}

function put(module: Module, path: string, block: Block, clock: Clock): void {
  clock();
  const [word = "", first = "", second = ""] = block.labels;
  const resource = { type: first, name: second, path, at: block.at, body: block.body };
  if (word === "resource") module.resources.set(`${first}.${second}`, resource);
  else if (word === "data") module.data.set(`${first}.${second}`, resource);
  else if (word === "variable") module.variables.set(first, expressionIn(block.body, "default"));
  else if (word === "output") module.outputs.set(first, expressionIn(block.body, "value") ?? { is: "other" });
  else if (word === "module") module.calls.set(first, { ...resource, type: "module", name: first });
  else if (word === "locals")
    for (const [name, each] of expressionsIn(block.body, clock)) module.locals.set(name, each);
  else if (word === "import") {
    const to = (block.body.values.get("to") ?? []).map((each) => each.value?.text ?? each.text).join("");
    const id = expressionIn(block.body, "id");
    if (id !== null) module.imports.push({ to, id });
  }
}

function rootOf(folder: string, module: Module, given: Map<string, Value>): Instance {
  return { folder, module, prefix: "", given, isRoot: true, depth: 0 };
}

/** `azurerm_x.y["a"]` with and without its quotes. */
function sameAddress(a: string, b: string): boolean {
  const plain = (address: string): string => address.replaceAll('"', "");
  return plain(a) === plain(b);
}

function groupsOf(value: Value | null): string[] {
  return value === null ? ["*"] : textOf(value).texts.map((each) => each.toLowerCase());
}
