import { posix } from "node:path";
import { bicepTokens } from "../../../secrets/formats/bicep.ts";
import type { Clock } from "../../../secrets/formats/format.ts";
import type { Token } from "../../../secrets/formats/tokens.ts";
import { type Block, type Body, bodyOf, isBalanced } from "./blocks.ts";
import { all, attributeOf, type Declared, idsOf, refersTo, whole } from "./declared.ts";
import { type Expression, evaluate, expressionOf, type Names, taken } from "./expression.ts";
import { armKinds } from "./types.ts";
import { anything, either, type Target, type Text, textOf, type Value } from "./value.ts";

interface Resource {
  symbol: string;
  /** In lower case, without its version; of a child that stands inside another, the whole type. */
  type: string;
  existing: boolean;
  /** The resource that it stands in, where it is written inside it. */
  outer: Resource | null;
  block: Block;
}

interface File {
  path: string;
  parameters: Map<string, Expression | null>;
  variables: Map<string, Expression>;
  outputs: Map<string, Expression>;
  resources: Map<string, Resource>;
  modules: Map<string, Block>;
}

/** A file as it is deployed, with the values that it is given. */
interface Instance {
  file: File;
  given: ReadonlyMap<string, Value>;
  isRoot: boolean;
  depth: number;
}

/** The name of a loop, and what it stands for in one round. */
type Round = ReadonlyMap<string, Value>;
const noRound: Round = new Map();

const deepest = 8;
const mostInstances = 2000;

/** The Bicep files of the repository, read together: modules are given the names of what they make. */
export class BicepFiles {
  readonly #files = new Map<string, File>();
  /** What files of parameters give the file that they name. */
  readonly #given = new Map<string, Map<string, Expression>[]>();
  #instances = 0;
  /** Whether some of it was too much to be followed. */
  cut = false;

  /** @returns whether all of the file could be read */
  add(path: string, text: string, clock: Clock): boolean {
    const { tokens, sound: isRead } = bicepTokens(text, clock);
    const sound = isRead && isBalanced(tokens);
    const body = bodyOf(tokens);
    if (path.endsWith(".bicepparam")) {
      this.#parameters(path, body);
      return sound;
    }
    const maps = { parameters: new Map(), variables: new Map(), outputs: new Map(), resources: new Map() };
    const file: File = { path, ...maps, modules: new Map() };
    for (const [name, value] of body.values) {
      clock();
      const [word = "", own = ""] = name.split(" ");
      if (word === "param") file.parameters.set(own, value.length === 0 ? null : expressionOf(value, tokenise));
      else if (word === "var") file.variables.set(own, expressionOf(value, tokenise));
      else if (word === "output") file.outputs.set(own, expressionOf(value, tokenise));
    }
    takeResources(file, body.blocks, null);
    for (const block of body.blocks) if (block.labels[0] === "module") file.modules.set(block.labels[1] ?? "", block);
    this.#files.set(path, file);
    return sound;
  }

  #parameters(path: string, body: Body): void {
    const using = [...body.values.keys()].find((name) => name.startsWith("using "));
    if (using === undefined) return;
    const target = posix.join(posix.dirname(path), using.slice("using ".length));
    const values = new Map<string, Expression>();
    for (const [name, value] of body.values)
      if (name.startsWith("param ")) values.set(name.slice("param ".length), expressionOf(value, tokenise));
    this.#given.set(target, [...(this.#given.get(target) ?? []), values]);
  }

  declared(): Declared[] {
    const called = new Set<string>();
    for (const file of this.#files.values())
      for (const block of file.modules.values()) called.add(this.#localFile(file, block)?.path ?? "");
    const found: Declared[] = [];
    for (const file of this.#files.values()) {
      const sets = this.#given.get(file.path) ?? [];
      if (called.has(file.path) && sets.length === 0) continue;
      for (const values of sets.length === 0 ? [new Map<string, Expression>()] : sets) {
        const given = new Map([...values].map(([name, each]): [string, Value] => [name, evaluate(each, nothing)]));
        this.#declare({ file, given, isRoot: true, depth: 0 }, found);
      }
    }
    return found;
  }

  #localFile(file: File, block: Block): File | null {
    const path = block.labels[2] ?? "";
    if (/^(?:br|ts)[:/]/.test(path)) return null;
    return this.#files.get(posix.join(posix.dirname(file.path), path)) ?? null;
  }

  #declare(instance: Instance, found: Declared[]): void {
    if (++this.#instances > mostInstances) {
      this.cut = true;
      return;
    }
    const { file } = instance;
    for (const resource of file.resources.values()) {
      const kind = armKinds.get(resource.type);
      if (kind === undefined || resource.existing) continue;
      for (const round of this.#rounds(resource.block, instance))
        found.push(this.#declaration(kind, resource, instance, round));
    }
    for (const [symbol, block] of file.modules) {
      const target = this.#localFile(file, block);
      for (const round of this.#rounds(block, instance)) {
        if (target === null || instance.depth >= deepest) {
          const place = { path: file.path, offset: block.at.start, address: `bicep:${symbol}` };
          const type = block.labels[2] ?? "module";
          found.push({ kind: null, type, ...place, names: ["*"], ids: [], resourceGroups: [], refers: [] });
        } else this.#declare(this.#child(instance, block, target, round), found);
      }
    }
  }

  #child(instance: Instance, block: Block, file: File, round: Round): Instance {
    const given = new Map<string, Value>();
    const params = block.body.blocks.find(({ labels }) => labels.length === 1 && labels[0] === "params");
    const names = this.#names(instance, round, 0);
    for (const [name, value] of params?.body.values ?? [])
      given.set(name, evaluate(expressionOf(value, tokenise), names));
    return { file, given, isRoot: false, depth: instance.depth + 1 };
  }

  /** The rounds of a loop: one where there is none, and one that may be any where the files do not tell. */
  #rounds({ loop }: Block, instance: Instance): Round[] {
    if (loop === null) return [noRound];
    const words = loop.filter((token) => token.kind === "word").map(({ text }) => text);
    const start = loop.findIndex(({ text }) => text === "in");
    const name = words[1] ?? "";
    let end = loop.length;
    while (end > start && loop[end - 1]?.text === ":") end--;
    const expression = expressionOf(loop.slice(start + 1, end), tokenise);
    const value = evaluate(expression, this.#names(instance, noRound, 0));
    const some = new Map([[name, anything]]);
    if (!("list" in value)) return [some];
    const rounds = value.list.map((each) => new Map([[name, each]]));
    const parameter = expression.is === "name" ? (expression.path[0] ?? "") : "";
    const isOpen = instance.isRoot && instance.file.parameters.has(parameter) && !instance.given.has(parameter);
    return isOpen ? [...rounds, some] : rounds;
  }

  #declaration(kind: string, resource: Resource, instance: Instance, round: Round): Declared {
    const target = this.#target(resource, instance, round, 0);
    const { body, at } = resource.block;
    const names = this.#names(instance, round, 0);
    const inner = body.blocks.find(({ labels }) => labels.length === 1 && labels[0] === "properties")?.body;
    const property = (name: string): Value | null => {
      const value = inner?.values.get(name) ?? body.values.get(name);
      return value === undefined ? null : evaluate(expressionOf(value, tokenise), names);
    };
    const isGrant = kind === "azure.roleAssignment" || kind === "azure.roleEligibility";
    const above = this.#above(resource, instance, round, 0);
    return {
      kind,
      type: resource.type,
      path: instance.file.path,
      offset: at.start,
      address: `bicep:${resource.symbol}`,
      names: target.names,
      ids: whole(target.ids),
      resourceGroups: ["*"],
      refers: all(
        refersTo(isGrant ? "scope" : "owner", above),
        isGrant ? refersTo("principal", property("principalId")) : null,
        isGrant ? refersTo("role", property("roleDefinitionId")) : null,
      ),
    };
  }

  /** What a resource stands in, or extends; null where it stands in a resource group. */
  #above(resource: Resource, instance: Instance, round: Round, depth: number): Value | null {
    if (resource.outer !== null) return ofTarget(this.#target(resource.outer, instance, noRound, depth));
    const written = resource.block.body.values.get("parent") ?? resource.block.body.values.get("scope");
    return written === undefined
      ? null
      : evaluate(expressionOf(written, tokenise), this.#names(instance, round, depth));
  }

  #target(resource: Resource, instance: Instance, round: Round, depth: number): Target {
    if (depth > deepest) return { type: resource.type, names: ["*"], ids: [] };
    const written = resource.block.body.values.get("name");
    const own =
      written === undefined
        ? anything
        : evaluate(expressionOf(written, tokenise), this.#names(instance, round, depth + 1));
    const names = textOf(own).texts;
    const above = this.#above(resource, instance, round, depth + 1);
    const over = above === null ? null : textOf(above).texts;
    const ids = idsOf(resource.type, names, null, over?.every((each) => each.startsWith("/")) === true ? over : null);
    return { type: resource.type, names: names.map((each) => each.split("/").at(-1) ?? each), ids };
  }

  #names(instance: Instance, round: Round, depth: number): Names {
    return {
      name: (path) => (depth > deepest * 2 ? anything : this.#name(path, instance, round, depth + 1)),
      call: (name, args, path) => armCall(name, args, path),
    };
  }

  #name(path: readonly string[], instance: Instance, round: Round, depth: number): Value {
    const [first = "", ...rest] = path;
    const { file } = instance;
    const again = (expression: Expression): Value => evaluate(expression, this.#names(instance, round, depth));
    const inRound = round.get(first);
    if (inRound !== undefined) return taken(inRound, rest);
    const given = instance.given.get(first);
    if (given !== undefined) return taken(given, rest);
    const parameter = file.parameters.get(first);
    if (parameter !== undefined) {
      if (parameter === null) return anything;
      const value = taken(again(parameter), rest);
      // Whoever deploys the file may give it another value.
      return instance.isRoot && "texts" in value ? either([value, anything]) : value;
    }
    const variable = file.variables.get(first);
    if (variable !== undefined) return taken(again(variable), rest);
    const inner = file.resources.get(path.slice(0, 2).join("::"));
    const resource = inner ?? file.resources.get(first);
    if (resource !== undefined) {
      const rounds = this.#rounds(resource.block, instance);
      const steps = (inner === undefined ? rest : rest.slice(1)).filter((step) => !step.startsWith("["));
      return either(
        rounds.map((each) => {
          const target = this.#target(resource, instance, each, depth);
          return steps.length === 0 ? ofTarget(target) : (attributeOf(target, steps) ?? anything);
        }),
      );
    }
    const module = file.modules.get(first);
    const called = module === undefined ? null : this.#localFile(file, module);
    if (module === undefined || called === null || instance.depth >= deepest) return anything;
    const [word, output = "", ...more] = rest.filter((step) => !step.startsWith("["));
    const written = called.outputs.get(output);
    if (word !== "outputs" || written === undefined) return anything;
    const children = this.#rounds(module, instance).map((each) => this.#child(instance, module, called, each));
    return either(children.map((child) => taken(evaluate(written, this.#names(child, noRound, depth)), more)));
  }
}

const nothing: Names = { name: () => anything, call: (name, args, path) => armCall(name, args, path) };

/** A resource by its symbol stands for its id. */
function ofTarget(target: Target): Text {
  return { texts: target.ids.length > 0 ? target.ids : ["*"], of: target };
}

function tokenise(text: string): readonly Token[] {
  return bicepTokens(text, () => undefined).tokens;
}

function takeResources(file: File, blocks: readonly Block[], outer: Resource | null): void {
  for (const block of blocks) {
    const [word, symbol = "", written = ""] = block.labels;
    if (word !== "resource" || written === "") continue;
    const own = written.split("@")[0]?.toLowerCase() ?? "";
    const type = outer === null || own.includes(".") ? own : `${outer.type}/${own}`;
    const existing = block.labels.includes("existing");
    const resource = { symbol: outer === null ? symbol : `${outer.symbol}::${symbol}`, type, existing, outer, block };
    file.resources.set(resource.symbol, resource);
    takeResources(file, block.body.blocks, resource);
  }
}

/**
 * The functions of Bicep and ARM templates that give ids; null for others
 * (learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource).
 */
export function armCall(name: string, args: readonly Value[], path: readonly string[]): Value | null {
  const texts = args.map(textOf);
  if (name === "reference") {
    const of = texts[0]?.of;
    return of == null ? anything : (attributeOf(of, path.length === 0 ? ["*"] : path) ?? anything);
  }
  if (name === "resourceGroup" && args.length > 0 && path.length === 0) {
    const group = texts.at(-1)?.texts ?? ["*"];
    return ofTarget({
      type: "microsoft.resources/resourcegroups",
      names: group,
      ids: idsOf("microsoft.resources/resourcegroups", group, null, null),
    });
  }
  if (name === "subscription" && path.length === 0)
    return { texts: [`/subscriptions/${args.length > 0 ? (texts[0]?.texts[0] ?? "*") : "*"}`], of: null };
  if (
    !/^(?:resourceId|subscriptionResourceId|tenantResourceId|managementGroupResourceId|extensionResourceId)$/.test(name)
  )
    return null;
  const at = texts.findIndex(({ texts: [text = ""] }) => /^[a-z]\w*(?:\.\w+)+\/[\w/]+$/i.test(text));
  const type = texts[at]?.texts[0]?.toLowerCase();
  if (type === undefined) return anything;
  let names: string[] = [""];
  for (const each of texts.slice(at + 1))
    names = names.flatMap((before) => each.texts.map((text) => (before === "" ? text : `${before}/${text}`)));
  names = names.slice(0, 32);
  const above = name === "extensionResourceId" ? (texts[0]?.texts ?? ["*"]) : null;
  const group = name === "resourceId" && at > 0 ? (texts[at - 1]?.texts ?? null) : null;
  const target: Target = {
    type,
    names: names.map((each) => each.split("/").at(-1) ?? each),
    ids: idsOf(type, names, group, above),
  };
  return path.length > 0 ? (attributeOf(target, path) ?? anything) : ofTarget(target);
}
