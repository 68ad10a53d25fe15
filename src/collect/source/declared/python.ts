import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import type { Clock } from "../../../secrets/formats/format.ts";
import { literal } from "../../../secrets/formats/python.ts";
import type { Declared } from "./declared.ts";
import { anything, said, type Text } from "./value.ts";

/** A deployment or block that a call makes, before the flows of all files are known. */
interface Made {
  kind: "prefect.block" | "prefect.deployment" | "prefect.variable";
  path: string;
  offset: number;
  name: Text;
  /** Of a block the class, of a deployment the function of its flow or its entrypoint. */
  of: string | null;
}

/**
 * The Python files of the repository, read together. What they declare in Prefect is made by calls of its SDK:
 * `Block(…).save(name)`, `flow.deploy(name)`, `flow.serve(name)`, `flow.to_deployment(name)`, `Variable.set(name, …)`
 * (docs.prefect.io/v3/api-ref/python).
 */
export class PythonFiles {
  readonly #made: Made[] = [];
  /** The name of each flow, by file and function. */
  readonly #flows = new Map<string, Map<string, Text>>();

  /** @returns whether all of the file could be read */
  add(path: string, text: string, clock: Clock): boolean {
    if (!/\bprefect\b/.test(text)) return true;
    const parse = parser.startParse(text);
    let tree = parse.advance();
    for (; tree === null; tree = parse.advance()) clock();
    const file = new PythonFile(path, text);
    let sound = true;
    let count = 0;
    tree.iterate({
      enter: ({ node, type }) => {
        if ((++count & 0xff) === 0) clock();
        if (type.isError) sound = false;
        file.see(node);
      },
    });
    this.#flows.set(path, file.flows);
    this.#made.push(...file.made);
    return sound;
  }

  /**
   * The name of the flow of an entrypoint, as in flows/load.py:load; a function that gives itself no name is called as it is,
   * with hyphens (prefect/flows.py).
   */
  flowOf(entrypoint: string): Text {
    const [path = "", name = ""] = entrypoint.replace(/^\.\//, "").split(/:(?=[^:]*$)/);
    const found = [...this.#flows].filter(([file]) => file === path || file.endsWith(`/${path}`));
    const named = found.map(([, flows]) => flows.get(name)).filter((each) => each !== undefined);
    if (named.length === 1) return named[0] ?? anything;
    return named.length === 0 && /^\w+$/.test(name) ? { texts: [name.replaceAll("_", "-")], of: null } : anything;
  }

  declared(): Declared[] {
    return this.#made.map(({ kind, path, offset, name, of }): Declared => {
      const place = { path, offset, address: null, names: name.texts, ids: [], resourceGroups: [] };
      if (kind !== "prefect.deployment") return { kind, type: of ?? "Variable", ...place, refers: [] };
      const flow = of === null ? anything : of.includes(":") ? this.flowOf(of) : this.#flowNamed(path, of);
      return {
        kind,
        type: "flow",
        ...place,
        refers: [{ as: "flow", type: "prefect/flow", names: flow.texts, ids: [] }],
      };
    });
  }

  /** The flow of a function that a file defines, or has from another. */
  #flowNamed(path: string, name: string): Text {
    const own = this.#flows.get(path)?.get(name);
    if (own !== undefined) return own;
    const found = [...this.#flows.values()].map((flows) => flows.get(name)).filter((each) => each !== undefined);
    return found.length === 1 ? (found[0] ?? anything) : anything;
  }
}

const deployments: ReadonlySet<string> = new Set(["deploy", "serve", "to_deployment"]);

class PythonFile {
  readonly made: Made[] = [];
  readonly flows = new Map<string, Text>();
  readonly #path: string;
  readonly #text: string;
  /** What each name was last given by a call, as far as the file was seen; null where by something else. */
  readonly #given = new Map<string, SyntaxNode | null>();

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  see(node: SyntaxNode): void {
    if (node.name === "DecoratedStatement") this.#flow(node);
    else if (node.name === "AssignStatement") this.#assign(node);
    else if (node.name === "CallExpression") this.#call(node);
  }

  #slice(node: SyntaxNode | null): string {
    return node === null ? "" : this.#text.slice(node.from, node.to);
  }

  #flow(node: SyntaxNode): void {
    const name = this.#slice(node.getChild("FunctionDefinition")?.getChild("VariableName") ?? null);
    for (const decorator of node.getChildren("Decorator")) {
      const names = [...decorator.getChildren("VariableName"), ...decorator.getChildren("PropertyName")];
      if (this.#slice(names.at(-1) ?? null) !== "flow") continue;
      const list = decorator.getChild("ArgList");
      const given = list === null ? null : argument(list, "name", null, this.#text);
      this.flows.set(name, given === null ? { texts: [name.replaceAll("_", "-")], of: null } : this.#textOf(given));
    }
  }

  #assign(node: SyntaxNode): void {
    const target = node.firstChild;
    const value = node.lastChild?.name === "AwaitExpression" ? node.lastChild.lastChild : (node.lastChild ?? null);
    if (target?.name !== "VariableName") return;
    this.#given.set(this.#slice(target), value?.name === "CallExpression" ? value : null);
  }

  #call(node: SyntaxNode): void {
    const callee = node.getChild("MemberExpression");
    const list = node.getChild("ArgList");
    const method = this.#slice(callee?.lastChild ?? null).replace(/^a(?=save$|deploy$|serve$|to_deployment$|set$)/, "");
    const object = callee?.firstChild ?? null;
    if (callee === null || list === null || object === null || callee.lastChild?.name !== "PropertyName") return;
    const place = { path: this.#path, offset: node.from };
    const named = (argumentName: string): Text => {
      const given = argument(list, argumentName, 0, this.#text);
      return given === null ? anything : this.#textOf(given);
    };
    if (method === "set" && this.#slice(object) === "Variable")
      this.made.push({ kind: "prefect.variable", ...place, name: named("name"), of: null });
    else if (method === "save") {
      const made = this.#classOf(object);
      if (made !== null) this.made.push({ kind: "prefect.block", ...place, name: named("name"), of: made });
    } else if (deployments.has(method) && this.#isFlow(object, list))
      this.made.push({ kind: "prefect.deployment", ...place, name: named("name"), of: this.#flowOf(object) });
  }

  /** The class of which something is made: by its name, which begins with a capital letter. */
  #classOf(node: SyntaxNode): string | null {
    const call = node.name === "VariableName" ? this.#given.get(this.#slice(node)) : node;
    if (call?.name !== "CallExpression") return null;
    const [callee] = [call.firstChild];
    const last = callee?.name === "MemberExpression" ? callee.lastChild : callee;
    const own = this.#slice(last ?? null);
    // `Block.load(…)` gives one to change and to save again.
    if (callee?.name === "MemberExpression" && /^a?load$/.test(own)) return capital(this.#slice(callee.firstChild));
    return capital(own);
  }

  /** Whether deployments are made of it: a flow by its name or from its source. Other things have such methods, too. */
  #isFlow(node: SyntaxNode, list: SyntaxNode): boolean {
    if (node.name === "VariableName" && this.flows.has(this.#slice(node))) return true;
    if (this.#flowOf(node)?.includes(":") === true) return true;
    return (
      ["work_pool_name", "entrypoint_type", "cron", "schedules", "interval", "concurrency_limit"].some(
        (name) => argument(list, name, null, this.#text) !== null,
      ) ||
      (node.name === "VariableName" && /to_deployment$/.test(this.#slice(list.prevSibling)))
    );
  }

  /** The function of a flow, or its entrypoint where it comes from a source; null where nothing tells. */
  #flowOf(node: SyntaxNode): string | null {
    if (node.name === "AwaitExpression" || node.name === "ParenthesizedExpression") {
      const inner = node.getChild("CallExpression") ?? node.getChild("AwaitExpression");
      return inner === null ? null : this.#flowOf(inner);
    }
    const call = node.name === "VariableName" ? (this.#given.get(this.#slice(node)) ?? node) : node;
    if (call.name === "VariableName") return this.#slice(call);
    if (call.name !== "CallExpression") return null;
    const callee = call.getChild("MemberExpression");
    const list = call.getChild("ArgList");
    const method = this.#slice(callee?.lastChild ?? null);
    if (list === null || callee === null) return null;
    if (/^a?from_source$/.test(method)) {
      const entrypoint = argument(list, "entrypoint", 1, this.#text);
      const told = entrypoint === null ? null : this.#textOf(entrypoint).texts[0];
      return told?.includes(":") === true ? told : null;
    }
    return method === "with_options" ? this.#flowOf(callee.firstChild as SyntaxNode) : null;
  }

  #textOf(node: SyntaxNode): Text {
    if (node.name === "String" || node.name === "ContinuedString") return said(literal(node, this.#text).text);
    if (node.name !== "FormatString") return anything;
    // What is put into a format string may be anything.
    return said(literal(node, this.#text).text.replace(/\{[^{}]*\}/g, "*"));
  }
}

function capital(name: string): string | null {
  return /^[A-Z]\w*$/.test(name) ? name : null;
}

/** An argument by its name, or by its place among those without one; null where there is none. */
function argument(list: SyntaxNode, name: string, place: number | null, text: string): SyntaxNode | null {
  let count = 0;
  for (let node = list.firstChild; node !== null; node = node.nextSibling) {
    if (node.name === "(" || node.name === ")" || node.name === "," || node.name === "Comment") continue;
    if (node.nextSibling?.name === "AssignOp") {
      const value = node.nextSibling.nextSibling;
      if (text.slice(node.from, node.to) === name) return value;
      if (value === null) return null;
      node = value;
    } else if (place !== null && count++ === place) return node;
  }
  return null;
}
