import type { SyntaxNode } from "@lezer/common";
import { blockId } from "../../collect/prefect/blocks.ts";
import { deploymentId } from "../../collect/prefect/deployments.ts";
import { variableId } from "../../collect/prefect/variables.ts";
import { type PlannedAt, type PlannedValue, type Undecided, unknown } from "../plan.ts";
import { type BlockType, blockTypes } from "./blockTypes.ts";
import { decoratorOf, elsewhere, type Flow, flowIn, flowOf, type PythonFiles, schemaOf } from "./flow.ts";
import { flowObject, maskedName } from "./names.ts";
import type { PrefectObject, PrefectPlan } from "./object.ts";
import { type Call, callOf, definitionIn, importedNames, literalValue, nameOf, type PythonFile } from "./pythonFile.ts";
import { type Servers, serverFor } from "./server.ts";
import { isList, mapOf } from "./template.ts";

/** The parameters of Prefect's methods that may be given by position, in order (3.8.8, `flows.py`, `blocks/core.py`, `variables.py`). */
const positions: Readonly<Record<string, readonly string[]>> = {
  deploy: ["name", "work_pool_name", "image", "build", "push", "work_queue_name", "job_variables"],
  to_deployment: ["name"],
  serve: ["name"],
  save: ["name", "overwrite"],
  set: ["name", "value", "tags", "overwrite"],
  unset: ["name"],
  delete: ["name"],
  from_source: ["source", "entrypoint"],
};

/** The methods that come in a form for coroutines too. */
const methods: ReadonlyMap<string, string> = new Map([
  ...Object.keys(positions).flatMap((name): [string, string][] => [
    [name, name],
    [`a${name}`, name],
  ]),
]);

/**
 * What a Python file makes in Prefect when it is run: `flow.deploy(…)`, `flow.to_deployment(…)`, `flow.serve(…)`,
 * `Block(…).save(…)`, `Variable.set(…)`, and what it deletes. Nothing of it is run: what is no literal is unknown. What
 * stands inside a flow or a task happens only when that runs, and is left out.
 * @param files where other files that it imports flows from are found
 * @throws InputError where nobody can say which server it is for
 */
export function readProgram(python: PythonFile, files: PythonFiles, servers: Servers): PrefectPlan {
  const objects: PrefectObject[] = [];
  const undecided: Undecided[] = [];
  const reader = new ProgramReader(python, files, servers);
  python.root.cursor().iterate(({ name, node }) => {
    if (name === "DecoratedStatement" && runsLater(node, python.text)) return false;
    if (name !== "CallExpression") return true;
    const call = callOf(node, python.text);
    const made = call === null ? null : reader.madeBy(call);
    if (made !== null) {
      objects.push(...made.objects);
      undecided.push(...made.undecided);
    }
    return true;
  });
  return { objects, undecided, ignored: new Map() };
}

/** Whether a file makes anything in Prefect, by its calls. */
export function isProgram(text: string): boolean {
  return /\bprefect/.test(text) && /\.a?(?:deploy|to_deployment|serve|save|set|unset|delete)\s*\(/.test(text);
}

function runsLater(statement: SyntaxNode, text: string): boolean {
  return ["flow", "task"].some((each) => decoratorOf(statement, each, text) !== null);
}

type Made = Pick<PrefectPlan, "objects" | "undecided">;
type Values = { readonly [name: string]: PlannedValue };

class ProgramReader {
  readonly #python: PythonFile;
  readonly #files: PythonFiles;
  readonly #servers: Servers;

  constructor(python: PythonFile, files: PythonFiles, servers: Servers) {
    this.#python = python;
    this.#files = files;
    this.#servers = servers;
  }

  /** What a call makes or deletes; null where it is another call. */
  madeBy(call: Call): Made | null {
    const method = methods.get(call.name);
    if (method === undefined || call.on === null) return null;
    switch (method) {
      case "deploy":
      case "to_deployment":
      case "serve": {
        // What is deployed from where nobody can see is some deployment all the same.
        return this.#deployment(call, method, this.#flowOf(call.on) ?? { flow: elsewhere, pull: unknown });
      }
      case "save":
        return this.#block(call);
      case "set":
      case "unset":
        return this.#isVariable(call.on) ? this.#variable(call, method) : null;
      case "delete":
        return this.#deleted(call);
      default:
        return null;
    }
  }

  #text(node: SyntaxNode): string {
    return this.#python.text.slice(node.from, node.to);
  }

  #at(node: SyntaxNode): PlannedAt {
    return { file: this.#python.file, ...this.#python.at(node.from), address: null };
  }

  /** An argument of a call, by name or position; undefined where it is not given. */
  #argument(call: Call, name: string): SyntaxNode | undefined {
    // `deploy(a, b, …)`, which is no method, takes deployments by position.
    const place = call.on === null ? -1 : (positions[methods.get(call.name) ?? ""]?.indexOf(name) ?? -1);
    return call.named.get(name) ?? (place < 0 ? undefined : call.positional[place]);
  }

  /** The value of an argument; the default where it is not given, unknown where `**kwargs` may give it. */
  #given(call: Call, name: string, otherwise: PlannedValue): PlannedValue {
    const node = this.#argument(call, name);
    if (node === undefined) return call.open ? unknown : otherwise;
    const value = literalValue(node, this.#python);
    return value === null ? otherwise : value;
  }

  /** The flow that an expression is, with where its code comes from; null where it is no flow. */
  #flowOf(node: SyntaxNode): { flow: Flow; pull: PlannedValue } | null {
    const { text } = this.#python;
    const source = callOf(node, text);
    if (source !== null && methods.get(source.name) === "from_source") return this.#fromSource(source);
    if (node.name === "MemberExpression") return this.#within(node);
    if (node.name !== "VariableName") return null;
    const bound = this.#python.bound(this.#text(node), node);
    if (bound === null) return null;
    if (definitionIn(bound) !== null) return here(flowOf(bound, this.#python));
    if (bound.name === "ImportStatement") return here(this.#imported(bound, this.#text(node), []));
    return this.#flowOf(bound);
  }

  /** A flow in a class or a module, as in `Reports.daily` and `flows.sales.load`. */
  #within(node: SyntaxNode): { flow: Flow; pull: PlannedValue } | null {
    const parts = this.#text(node).split(".");
    const [first = "", ...rest] = parts;
    const bound = this.#python.bound(first, node);
    if (bound === null) return null;
    if (bound.name === "ImportStatement") return here(this.#imported(bound, first, rest));
    return definitionIn(bound) === null ? null : here(flowIn(this.#python, parts.join(".")));
  }

  /**
   * A flow that another file declares; null where there is no such file or flow.
   * @param rest what stands behind the imported name, in order
   */
  #imported(statement: SyntaxNode, name: string, rest: readonly string[]): Flow | null {
    const found = importedNames(statement, this.#python.text).find(({ as }) => as === name);
    if (found === undefined) return null;
    const { module, as } = found;
    // `import flows.sales` brings flows; with `as`, and in `from flows import sales`, it is the module itself.
    const brings = module === null && as === found.name.split(".")[0] ? as : found.name;
    const dotted = [module ?? "", brings, ...rest].join(".").replace(/^\.+/, "").split(".");
    for (let end = dotted.length - 1; end > 0; end--) {
      const path = this.#files.pathOf(dotted.slice(0, end).join("."));
      if (path !== null) return flowIn(this.#files.read(path), dotted.slice(end).join("."));
    }
    return null;
  }

  /** `Flow.from_source(source, entrypoint)`: the code is pulled from there; its flow is the one here, if it stands here too. */
  #fromSource(call: Call): { flow: Flow; pull: PlannedValue } {
    const source = this.#given(call, "source", unknown);
    const entrypoint = this.#given(call, "entrypoint", unknown);
    const found = typeof entrypoint === "string" ? this.#files.entrypoint(entrypoint) : null;
    const isHere = found !== null && this.#files.has(found.path);
    const flow = isHere ? flowIn(this.#files.read(found.path), found.name) : null;
    const isGit = typeof source === "string" && /^git:|\.git(?:[?#]|$)/.test(source);
    const pull = isGit ? [{ "prefect.deployments.steps.git_clone": { repository: source, branch: null } }] : unknown;
    return { flow: flow ?? elsewhere, pull };
  }

  #deployment(call: Call, method: string, { flow, pull }: { flow: Flow; pull: PlannedValue }): Made {
    const at = this.#at(call.node);
    const serves = method === "serve";
    const around = method === "to_deployment" ? this.#givenTo(call) : call;
    const isServed = around !== null && /^a?serve$/.test(around.name);
    // Where none is named, the environment may name one; what is served has none.
    const own = this.#given(call, "work_pool_name", isServed ? null : unknown);
    const pool = around === null || isServed ? own : this.#given(around, "work_pool_name", own);
    const image = around === null || isServed ? null : this.#given(around, "image", null);
    const name = this.#given(call, "name", serves ? flow.name : unknown);
    const variables = serves ? {} : this.#given(call, "job_variables", {});
    const schedules = this.#schedules(call);
    const isPooled = pool !== null && (pool !== unknown || around !== null);
    const isOpen = pool === unknown && around === null;
    const body: Values = {
      name,
      flow_name: flow.name,
      version: this.#given(call, "version", flow.version),
      paused: this.#given(call, "paused", false),
      tags: this.#given(call, "tags", []),
      parameters: this.#given(call, "parameters", {}),
      parameter_openapi_schema: flow === elsewhere ? unknown : schemaOf(flow),
      job_variables: image === null ? variables : withImage(variables, image),
      pull_steps: pull ?? (isOpen ? unknown : isPooled ? [] : null),
      schedules,
      work_pool_name: pool,
      work_queue_name: isOpen ? unknown : isPooled ? this.#given(call, "work_queue_name", "default") : null,
    };
    const api = serverFor(this.#servers, typeof pool === "string" ? pool : null, at);
    if (typeof name !== "string" || typeof flow.name !== "string") {
      const what = typeof flow.name === "string" ? "the deployment's" : "the flow's";
      const cause = `a deployment whose name is known only when it is made: ${what} is no literal`;
      return { objects: [], undecided: [{ kind: "prefect.deployment", scope: `prefect:${api}`, cause, at }] };
    }
    const id = deploymentId(api, maskedName(flow.name), maskedName(name));
    return {
      objects: [
        flowObject(api, flow.name, at),
        {
          type: "prefect/deployment",
          id,
          action: "update",
          body,
          // Measured on 3.8.8: without a source, an update sends none where what is made new has an empty list.
          ...(pull === null && { whenThere: { pull_steps: null } }),
          at,
        },
      ],
      undecided: this.#triggers(call, api, at),
    };
  }

  /** The `deploy(a, b, work_pool_name=…)` or `serve(a, b)` that a `to_deployment` is given to, by itself or by its name; null where there is none. */
  #givenTo({ node }: Call): Call | null {
    let found: Call | null = null;
    this.#python.root.cursor().iterate((each) => {
      if (found !== null || each.name !== "CallExpression") return found === null;
      const call = callOf(each.node, this.#python.text);
      if (call !== null && call.on === null && /^a?(?:deploy|serve)$/.test(call.name)) {
        const takes = call.positional.some((argument) => {
          const value =
            argument.name === "VariableName" ? this.#python.bound(this.#text(argument), argument) : argument;
          return value !== null && callOf(value, this.#python.text)?.node.from === node.from;
        });
        if (takes) found = call;
      }
      return true;
    });
    return found;
  }

  /** The triggers of a deployment become automations, which no literal can say. */
  #triggers(call: Call, api: string, at: PlannedAt): Undecided[] {
    const triggers = this.#argument(call, "triggers");
    const given = triggers === undefined ? [] : literalValue(triggers, this.#python);
    if (given === null || (isList(given) && given.length === 0)) return [];
    const cause = "the automations of a deployment: its triggers are no literals";
    return [{ kind: "prefect.automation", scope: `prefect:${api}`, cause, at }];
  }

  /** Schedules with what they set; unlike `prefect deploy`, Python's methods take away those that are not named. */
  #schedules(call: Call): PlannedValue {
    const one = this.#argument(call, "schedule");
    const several = this.#argument(call, "schedules");
    if (call.open) return unknown;
    const named = one ?? several;
    if (named === undefined) {
      const plain = ["interval", "cron", "rrule"]
        .map((name) => this.#argument(call, name))
        .find((each) => each !== undefined);
      const count = plain?.name === "ArrayExpression" || plain?.name === "TupleExpression" ? null : 1;
      if (plain === undefined) return [];
      const list = count === null ? literalValue(plain, this.#python) : [null];
      return isList(list) ? list.map(() => ({ parameters: {} })) : unknown;
    }
    const items = one === undefined ? elementsOf(named) : [named];
    if (items === null) return unknown;
    return items.map((item) => {
      const made = callOf(item, this.#python.text);
      if (made === null || made.open) return unknown;
      return { parameters: this.#given(made, "parameters", {}) };
    });
  }

  /** `Type(…).save(name)`, or `block.save(name)` where block is such a call. */
  #block(call: Call): Made | null {
    const made = call.on === null ? null : this.#constructed(call.on);
    if (made === null && !this.#mayBeBlock(call)) return null;
    const at = this.#at(call.node);
    const api = serverFor(this.#servers, null, at);
    const name = this.#given(call, "name", unknown);
    if (made === null || made.slug === null || typeof name !== "string") {
      const why = made?.slug ? "its name is no literal" : "its type is not known by its class";
      const cause = `a block that is known only when it is saved: ${why}`;
      return { objects: [], undecided: [{ kind: "prefect.block", scope: `prefect:${api}`, cause, at }] };
    }
    const data: Record<string, PlannedValue> = { ...(made.type?.defaults as Values | undefined) };
    const references: Record<string, PlannedValue> = {};
    const { positional, named, open } = made.call;
    for (const [field, node] of named) {
      const other = this.#loaded(node);
      if (other === null) data[field] = this.#blockValue(node);
      else {
        data[field] = {};
        references[field] = { block_document: { name: other.name, block_type: { slug: other.slug } } };
      }
    }
    const body: Values = {
      name,
      block_type: { slug: made.slug },
      // Positional arguments and **kwargs set fields that nobody can name here.
      data: positional.length > 0 || open || made.changed ? unknown : data,
      block_document_references: references,
      is_anonymous: false,
    };
    const id = blockId(api, made.slug, maskedName(name));
    return { objects: [{ type: "prefect/block", id, action: "update", body, at }], undecided: [] };
  }

  /** Whether something that is saved may be a block: it may be overwritten, or stands in a file that has blocks. */
  #mayBeBlock(call: Call): boolean {
    if (this.#argument(call, "overwrite") !== undefined) return true;
    const { on } = call;
    const bound = on?.name === "VariableName" ? this.#python.bound(this.#text(on), on) : null;
    // `numpy.save(…)` is a module's own.
    if (bound?.name === "ImportStatement" && /^import\b/.test(this.#text(bound))) return false;
    return /\bprefect_\w+|\bprefect\.blocks\b|\bBlock\b/.test(this.#python.text);
  }

  /** The call of a block's class that an expression is; null where it is none. */
  #constructed(node: SyntaxNode): { call: Call; slug: string | null; type: BlockType | null; changed: boolean } | null {
    const { text } = this.#python;
    const bound = node.name === "VariableName" ? this.#python.bound(this.#text(node), node) : node;
    const call = bound === null ? null : callOf(bound, text);
    const callee = call?.node.firstChild ?? null;
    if (call === null || callee === null || !/^[A-Z]/.test(call.name)) return null;
    const changed = node.name === "VariableName" && this.#python.changed.has(this.#text(node));
    const slug = slugOfClass(this.#classOf(callee));
    if (slug !== null) return { call, slug, type: blockTypes[slug] ?? null, changed };
    return { call, slug: this.#slugOf(call.name, node), type: null, changed };
  }

  /** The slug of a block type that the file declares itself (`Block.get_block_type_slug`); null where it does not. */
  #slugOf(name: string, place: SyntaxNode): string | null {
    const { text } = this.#python;
    const bound = this.#python.bound(name, place);
    const declared = bound === null ? null : definitionIn(bound);
    if (declared?.name !== "ClassDefinition") return null;
    let slug: PlannedValue = nameOf(declared, text);
    const body = declared.getChild("Body");
    for (const wanted of ["_block_type_name", "_block_type_slug"]) {
      for (const each of body?.getChildren("AssignStatement") ?? []) {
        const target = each.firstChild;
        if (target !== null && this.#text(target) === wanted) slug = literalValue(each.lastChild, this.#python);
      }
    }
    return typeof slug === "string" ? slugified(slug) : null;
  }

  /** A block that is loaded or was saved before, by the name that it has; null where an expression is none. */
  #loaded(node: SyntaxNode): { slug: string; name: string } | null {
    const { text } = this.#python;
    const bound = node.name === "VariableName" ? this.#python.bound(this.#text(node), node) : node;
    const call = bound === null ? null : callOf(bound, text);
    if (call === null || !/^a?load$/.test(call.name) || call.on === null) return null;
    const slug = slugOfClass(this.#classOf(call.on));
    const name = literalValue(call.positional[0] ?? call.named.get("name") ?? null, this.#python);
    return slug === null || typeof name !== "string" ? null : { slug, name };
  }

  /** A field's value; wrapped secrets count as what they wrap. */
  #blockValue(node: SyntaxNode): PlannedValue {
    const call = callOf(node, this.#python.text);
    const wraps = call !== null && /^Secret(?:Str|Bytes|Dict)$/.test(call.name) && call.positional.length === 1;
    return literalValue(wraps ? (call.positional[0] ?? null) : node, this.#python);
  }

  /** The name of a class, as its own file has it, where it is imported under another. */
  #classOf(node: SyntaxNode): string {
    const text = this.#text(node);
    const bound = node.name === "VariableName" ? this.#python.bound(text, node) : null;
    if (bound?.name !== "ImportStatement") return text.split(".").at(-1) ?? text;
    return importedNames(bound, this.#python.text).find(({ as }) => as === text)?.name ?? text;
  }

  #isVariable(node: SyntaxNode): boolean {
    return this.#classOf(node) === "Variable";
  }

  #variable(call: Call, method: string): Made {
    const at = this.#at(call.node);
    const api = serverFor(this.#servers, null, at);
    const name = this.#given(call, "name", unknown);
    if (typeof name !== "string") {
      const cause = "a variable whose name is known only when it is set: it is no literal";
      return { objects: [], undecided: [{ kind: "prefect.variable", scope: `prefect:${api}`, cause, at }] };
    }
    const id = variableId(api, maskedName(name));
    const value = this.#argument(call, "value");
    const body: Values | null =
      method === "unset"
        ? null
        : {
            name,
            value: value === undefined ? unknown : literalValue(value, this.#python),
            tags: this.#given(call, "tags", []),
          };
    const action = body === null ? "delete" : "update";
    return { objects: [{ type: "prefect/variable", id, action, body, at }], undecided: [] };
  }

  /** `Type.delete(name)` of a known block type. */
  #deleted(call: Call): Made | null {
    const slug = call.on === null ? null : slugOfClass(this.#classOf(call.on));
    if (slug === null) return null;
    const at = this.#at(call.node);
    const api = serverFor(this.#servers, null, at);
    const name = this.#given(call, "name", unknown);
    if (typeof name !== "string") {
      const cause = "a block that is deleted by a name that is no literal";
      return { objects: [], undecided: [{ kind: "prefect.block", scope: `prefect:${api}`, cause, at }] };
    }
    const id = blockId(api, slug, maskedName(name));
    return { objects: [{ type: "prefect/block", id, action: "delete", body: null, at }], undecided: [] };
  }
}

/** The slug of the block type that a class of Prefect or its integrations is; null where none is known. */
function slugOfClass(name: string): string | null {
  return Object.entries(blockTypes).find(([, each]) => each.class === name)?.[0] ?? null;
}

/** A flow whose code is not pulled from elsewhere. */
function here(flow: Flow | null): { flow: Flow; pull: PlannedValue } | null {
  return flow === null ? null : { flow, pull: null };
}

/** `deploy` puts the image among the job variables. */
function withImage(variables: PlannedValue, image: PlannedValue): PlannedValue {
  const map = mapOf(variables);
  return map === null ? unknown : { ...map, image };
}

function elementsOf(node: SyntaxNode): SyntaxNode[] | null {
  if (node.name !== "ArrayExpression" && node.name !== "TupleExpression") return null;
  const found: SyntaxNode[] = [];
  for (let each = node.firstChild; each !== null; each = each.nextSibling)
    if (!/^(?:\(|\)|\[|\]|,|Comment)$/.test(each.name)) found.push(each);
  return found;
}

/** As python-slugify does with plain letters. */
function slugified(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
