import { bicepTokens } from "../../../secrets/formats/bicep.ts";
import type { Clock } from "../../../secrets/formats/format.ts";
import type { Token } from "../../../secrets/formats/tokens.ts";
import { armCall } from "./bicep.ts";
import { all, type Declared, idsOf, refersTo, whole } from "./declared.ts";
import { evaluate, expressionOf, type Names, taken } from "./expression.ts";
import { inside, type Tree, textAt } from "./tree.ts";
import { armKinds } from "./types.ts";
import { anything, either, said, type Text, textOf, type Value } from "./value.ts";

const deploymentType = "microsoft.resources/deployments";

/** Whether a document is an ARM template. */
export function isTemplate(tree: Tree): boolean {
  const schema = textAt(tree, "$schema") ?? "";
  const holds = tree.map.has("resources") && tree.map.has("contentVersion");
  return /deploymentTemplate\.json/i.test(schema) || holds;
}

/** What an ARM template declares. */
export function templateDeclares(path: string, tree: Tree, clock: Clock): Declared[] {
  const found: Declared[] = [];
  new Template(path, tree, clock).declare(tree.map.get("resources"), null, found);
  return found;
}

class Template {
  readonly #path: string;
  readonly #tree: Tree;
  readonly #clock: Clock;
  #depth = 0;

  constructor(path: string, tree: Tree, clock: Clock) {
    this.#path = path;
    this.#tree = tree;
    this.#clock = clock;
  }

  /** @param outer the resource that these stand in; null at the top */
  declare(
    resources: Tree | undefined,
    outer: { type: string; names: readonly string[]; ids: readonly string[] } | null,
    found: Declared[],
  ): void {
    // Newer templates give each resource a symbolic name.
    const named = [...(resources?.map ?? [])].map(([symbol, tree]) => ({ symbol, tree }));
    for (const { symbol, tree } of [...named, ...(resources?.list ?? []).map((tree) => ({ symbol: null, tree }))]) {
      this.#clock();
      if (textAt(tree, "existing") === "true") continue;
      const written = textAt(tree, "type")?.toLowerCase() ?? "";
      if (written === deploymentType) {
        this.#nested(tree, symbol, found);
        continue;
      }
      const own = written.includes(".") || outer === null ? written : `${outer.type}/${written}`;
      const resource = this.#resource(tree, own, symbol, outer);
      if (resource.kind !== null) found.push({ ...resource, kind: resource.kind });
      this.declare(tree.map.get("resources"), { type: own, names: resource.names, ids: resource.all }, found);
    }
  }

  #nested(tree: Tree, symbol: string | null, found: Declared[]): void {
    const template = inside(tree, "properties", "template");
    if (template === undefined) {
      const place = { path: this.#path, offset: tree.offset, address: symbol === null ? null : `arm:${symbol}` };
      found.push({ kind: null, type: deploymentType, ...place, names: ["*"], ids: [], resourceGroups: [], refers: [] });
    } else new Template(this.#path, template, this.#clock).declare(template.map.get("resources"), null, found);
  }

  #resource(tree: Tree, written: string, symbol: string | null, outer: { ids: readonly string[] } | null) {
    // An extension as it was once written: Microsoft.Storage/storageAccounts/providers/roleAssignments.
    const extended = /^(.+)\/providers\/([^/]+)$/.exec(written);
    const type = extended === null ? written : `microsoft.authorization/${extended[2]}`;
    const texts = this.#value(textAt(tree, "name")).texts.slice(0, 32);
    const names = texts.map((each) => each.split("/").at(-1) ?? each);
    const scope = textAt(tree, "scope");
    let above: readonly string[] | null = outer?.ids ?? null;
    if (scope !== undefined) above = this.#value(scope).texts;
    else if (extended !== null)
      above = idsOf(
        extended[1] ?? "",
        texts.map((each) => each.split("/")[0] ?? "*"),
        null,
        null,
      );
    const ids = idsOf(
      type,
      outer === null && extended === null ? texts : names,
      null,
      above?.every((each) => each.startsWith("/")) === true ? above : null,
    );
    const kind = armKinds.get(type) ?? null;
    const isGrant = kind === "azure.roleAssignment" || kind === "azure.roleEligibility";
    const property = (name: string): Value | null => {
      const text = textAt(tree, "properties", name);
      return text === undefined ? null : this.#value(text);
    };
    // A part names what it stands in by the part of its name that stands before its own.
    const own =
      type.split("/").slice(1, -1).length > 0
        ? idsOf(
            type.split("/").slice(0, -1).join("/"),
            texts.map((each) => each.split("/").slice(0, -1).join("/") || "*"),
            null,
            null,
          )
        : null;
    const over: Text | null =
      above !== null ? { texts: above, of: null } : own === null ? null : { texts: own, of: null };
    return {
      kind,
      type,
      path: this.#path,
      offset: tree.offset,
      address: symbol === null ? null : `arm:${symbol}`,
      names,
      ids: whole(ids),
      all: ids,
      resourceGroups: ["*"],
      refers: all(
        refersTo(isGrant ? "scope" : "owner", over),
        isGrant ? refersTo("principal", property("principalId")) : null,
        isGrant ? refersTo("role", property("roleDefinitionId")) : null,
      ),
    };
  }

  /** What a text says; in square brackets it is an expression, and two of them mean one. */
  #value(text: string | undefined): Text {
    if (text === undefined) return anything;
    if (!text.startsWith("[") || !text.endsWith("]") || text.startsWith("[[")) return said(text.replace(/^\[\[/, "["));
    return textOf(evaluate(expressionOf(tokenise(text.slice(1, -1)), tokenise), this.#names()));
  }

  #names(): Names {
    return {
      name: () => anything,
      call: (name, args, path) => {
        const key = textOf(args[0] ?? anything).texts[0] ?? "";
        if (++this.#depth > 20) return anything;
        try {
          if (name === "parameters") {
            const value = taken(this.#literal(inside(this.#tree, "parameters", key, "defaultValue")), path);
            return "texts" in value ? either([value, anything]) : value;
          }
          if (name === "variables") return taken(this.#literal(inside(this.#tree, "variables", key)), path);
          if (name === "reference") {
            const symbolic = inside(this.#tree, "resources", key);
            if (symbolic !== undefined) {
              const {
                type,
                names,
                all: ids,
              } = this.#resource(symbolic, textAt(symbolic, "type")?.toLowerCase() ?? "", key, null);
              return armCall(name, [{ texts: ids, of: { type, names, ids } }], path);
            }
          }
          return armCall(name, args, path);
        } finally {
          this.#depth--;
        }
      },
    };
  }

  #literal(tree: Tree | undefined): Value {
    if (tree === undefined) return anything;
    if (tree.text !== null) return this.#value(tree.text);
    if (tree.list.length > 0) return { list: tree.list.map((each) => this.#literal(each)) };
    return { map: new Map([...tree.map].map(([key, each]) => [key, this.#literal(each)])) };
  }
}

function tokenise(text: string): readonly Token[] {
  return bicepTokens(text, () => undefined).tokens;
}
