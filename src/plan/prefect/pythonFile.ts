import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import { type Position, readText } from "../../resources/document.ts";
import { InputError } from "../../resources/problem.ts";
import { literalOf } from "../../secrets/formats/python.ts";
import { type PlannedValue, unknown } from "../plan.ts";

/** A Python file as far as a plan needs it: what stands in it, and what its literals say. Nothing of it is run. */
export interface PythonFile {
  /** As people named it. */
  file: string;
  text: string;
  root: SyntaxNode;
  at(offset: number): Position;
  /**
   * What a name means at a place: the one assignment, `def`, `class` or import that binds it in the function around the
   * place, else in the module; null where nothing, several or a parameter does.
   */
  bound(name: string, place: SyntaxNode): SyntaxNode | null;
  /** Names of what the file changes after it was made, as in `settings["a"] = b`, `tags += …` and `tags.append(…)`. */
  changed: ReadonlySet<string>;
}

/** Reads a Python file. @throws InputError where it cannot be read, or is no sound Python */
export function readPythonFile(path: string, shownAs: string): PythonFile {
  return parsePython(readText(path, shownAs), shownAs);
}

/** Parses Python. @throws InputError where it is not sound */
export function parsePython(text: string, file: string): PythonFile {
  const tree = parser.parse(text);
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const at = (offset: number): Position => {
    let low = 0;
    for (let high = starts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
  let broken = -1;
  tree.iterate({
    enter: (node) => {
      // The grammar wants something behind every `yield`; Python does not.
      const isBareYield =
        node.from === node.to && /\byield\s*$/.test(text.slice(Math.max(0, node.from - 80), node.from));
      if (node.type.isError && !isBareYield && broken < 0) broken = node.from;
      return broken < 0;
    },
  });
  if (broken >= 0) {
    const message = "this Python cannot be read from here on";
    const hint =
      "python -m py_compile says whether it is sound; where it is, write what is new to this reader in older words";
    throw new InputError([{ code: "plan/python", file, ...at(broken), message, hint }]);
  }
  const names = new Map<number, Map<string, SyntaxNode | null>>();
  const bound = (name: string, place: SyntaxNode): SyntaxNode | null => {
    for (let scope: SyntaxNode | null = place.parent; scope !== null; scope = scope.parent) {
      if (scope.name !== "FunctionDefinition" && scope.parent !== null) continue;
      const known = names.get(scope.from) ?? namesOf(scope, text);
      names.set(scope.from, known);
      const found = known.get(name);
      if (found !== undefined) return found;
    }
    return null;
  };
  return { file, text, root: tree.topNode, at, bound, changed: changedNames(tree.topNode, text) };
}

/** What each name of a module or function is bound to; null where nobody can say, as where it is bound more than once. */
function namesOf(scope: SyntaxNode, text: string): Map<string, SyntaxNode | null> {
  const names = new Map<string, SyntaxNode | null>();
  const bind = (name: string, node: SyntaxNode): void => {
    names.set(name, names.has(name) ? null : node);
  };
  const visit = (statements: SyntaxNode): void => {
    for (let each = statements.firstChild; each !== null; each = each.nextSibling) {
      const definition = definitionIn(each);
      if (definition !== null) bind(nameOf(definition, text), each);
      else if (each.name === "AssignStatement") {
        const { targets, value } = assignment(each);
        const [only, ...others] = targets;
        if (only?.name === "VariableName" && others.length === 0 && value !== null)
          bind(text.slice(only.from, only.to), value);
        else for (const name of namesIn(targets, text)) names.set(name, null);
      } else if (each.name === "ImportStatement") {
        for (const name of importedNames(each, text)) bind(name.as, each);
      } else if (each.name === "IfStatement" || each.name === "TryStatement" || each.name === "WithStatement") {
        for (const body of each.getChildren("Body")) visit(body);
      } else if (/^(?:For|While|Match)Statement$/.test(each.name)) {
        for (const name of targetsIn(each, text)) names.set(name, null);
      }
    }
  };
  for (const name of parametersOf(scope, text).keys()) names.set(name, null);
  visit(scope.name === "FunctionDefinition" ? (scope.getChild("Body") ?? scope) : scope);
  return names;
}

/** What an assignment sets, and its value; null where several values are taken apart. */
function assignment(statement: SyntaxNode): { targets: SyntaxNode[]; value: SyntaxNode | null } {
  const parts = [];
  for (let each = statement.firstChild; each !== null; each = each.nextSibling) parts.push(each);
  const last = parts.findLastIndex(({ name }) => name === "AssignOp");
  const targets = parts.slice(0, Math.max(last, 0)).filter(({ name }) => !/^(?:AssignOp|TypeDef|,)$/.test(name));
  const values = parts.slice(last + 1);
  return { targets, value: last >= 0 && values.length === 1 ? (values[0] ?? null) : null };
}

/** The variables among targets, also those inside brackets. */
function namesIn(targets: readonly SyntaxNode[], text: string): string[] {
  return targets.flatMap((target) => {
    if (target.name === "VariableName") return [text.slice(target.from, target.to)];
    if (!/^(?:Tuple|Array|Parenthesized)Expression$/.test(target.name)) return [];
    return namesIn(children(target), text);
  });
}

/** Methods that change what they are called on. */
const changing =
  /^(?:update|setdefault|pop|popitem|clear|append|extend|insert|remove|sort|reverse|add|discard|__setitem__)$/;

function changedNames(root: SyntaxNode, text: string): Set<string> {
  const found = new Set<string>();
  const add = (node: SyntaxNode | null): void => {
    let base = node;
    while (base?.name === "MemberExpression") base = base.firstChild;
    if (base?.name === "VariableName") found.add(text.slice(base.from, base.to));
  };
  root.cursor().iterate(({ name, node }) => {
    if (name === "AssignStatement") {
      for (const target of assignment(node).targets) if (target.name === "MemberExpression") add(target);
    } else if (name === "UpdateStatement" || name === "NamedExpression") add(node.firstChild);
    else if (name === "ScopeStatement") for (const each of node.getChildren("VariableName")) add(each);
    else if (name === "DeleteStatement") for (const each of children(node)) add(each);
    else if (name === "CallExpression" && node.firstChild?.name === "MemberExpression") {
      const method = node.firstChild.lastChild;
      if (method !== null && changing.test(text.slice(method.from, method.to))) add(node.firstChild);
    }
  });
  return found;
}

/** The names that a loop and what is in it set. */
function targetsIn(loop: SyntaxNode, text: string): Set<string> {
  const found = new Set<string>();
  loop.cursor().iterate(({ name, node }) => {
    if (name === "AssignStatement" || name === "ForStatement" || name === "UpdateStatement") {
      for (
        let each = node.firstChild;
        each !== null && !/^(?:in|AssignOp|UpdateOp)$/.test(each.name);
        each = each.nextSibling
      )
        for (const target of each.name === "VariableName" ? [each] : each.getChildren("VariableName"))
          found.add(text.slice(target.from, target.to));
    }
  });
  return found;
}

/** The parameters of a function in order, each with the node of its default; null where it has none. */
export function parametersOf(definition: SyntaxNode, text: string): Map<string, SyntaxNode | null> {
  const found = new Map<string, SyntaxNode | null>();
  const list = definition.getChild("ParamList");
  for (let each = list?.firstChild ?? null; each !== null; each = each.nextSibling) {
    if (each.name !== "VariableName" || each.prevSibling?.name === "AssignOp") continue;
    if (each.prevSibling?.name === "*" || each.prevSibling?.name === "**") continue;
    const after = each.nextSibling?.name === "TypeDef" ? each.nextSibling.nextSibling : each.nextSibling;
    found.set(text.slice(each.from, each.to), after?.name === "AssignOp" ? after.nextSibling : null);
  }
  return found;
}

/** The function or class that a statement defines, without its decorators; null where it defines none. */
export function definitionIn(statement: SyntaxNode): SyntaxNode | null {
  if (statement.name === "FunctionDefinition" || statement.name === "ClassDefinition") return statement;
  if (statement.name !== "DecoratedStatement") return null;
  return statement.getChild("FunctionDefinition") ?? statement.getChild("ClassDefinition");
}

/** The name of a function or class. */
export function nameOf(definition: SyntaxNode, text: string): string {
  const name = definition.getChild("VariableName");
  return name === null ? "" : text.slice(name.from, name.to);
}

/** What an import statement brings: `from module import name as as`; `module` is null in `import a`. */
export function importedNames(
  statement: SyntaxNode,
  text: string,
): { module: string | null; name: string; as: string }[] {
  const words = text
    .slice(statement.from, statement.to)
    .replace(/#[^\n]*/g, " ")
    .replace(/\\\r?\n/g, " ")
    .replace(/[()]/g, " ");
  const from = /^\s*from\s+([\w.]+)\s+import\s+([\s\S]*)$/.exec(words);
  const list = from?.[2] ?? /^\s*import\s+([\s\S]*)$/.exec(words)?.[1] ?? "";
  return list.split(",").flatMap((part) => {
    const found = /^\s*([\w.]+)(?:\s+as\s+(\w+))?\s*$/.exec(part);
    const name = found?.[1];
    if (name === undefined) return [];
    return [{ module: from?.[1] ?? null, name, as: found?.[2] ?? name.split(".")[0] ?? name }];
  });
}

/** The arguments of a call. */
export interface Arguments {
  positional: readonly SyntaxNode[];
  named: ReadonlyMap<string, SyntaxNode>;
  /** Whether `*args` or `**kwargs` bring more than can be seen. */
  open: boolean;
}

/** A call, taken apart. */
export interface Call extends Arguments {
  node: SyntaxNode;
  /** What is called: the name alone, as in `serve`, or what stands after the last dot. */
  name: string;
  /** What stands before that dot; null where there is none. */
  on: SyntaxNode | null;
}

/** A node taken apart as a call; null where it is none. */
export function callOf(node: SyntaxNode | null, text: string): Call | null {
  const inner = withoutBrackets(node);
  if (inner?.name === "AwaitExpression") return callOf(inner.lastChild, text);
  if (inner?.name !== "CallExpression") return null;
  const callee = inner.firstChild;
  const list = inner.getChild("ArgList");
  if (callee === null || list === null) return null;
  const isMember = callee.name === "MemberExpression";
  const last = isMember ? callee.lastChild : callee;
  if (last === null || (last.name !== "PropertyName" && last.name !== "VariableName")) return null;
  return {
    node: inner,
    name: text.slice(last.from, last.to),
    on: isMember ? callee.firstChild : null,
    ...argumentsIn(list, text),
  };
}

/** The arguments of a call or decorator by its list of them. */
export function argumentsIn(list: SyntaxNode, text: string): Arguments {
  const positional: SyntaxNode[] = [];
  const named = new Map<string, SyntaxNode>();
  let open = false;
  for (let each = list.firstChild; each !== null; each = each.nextSibling) {
    if (each.name === "*" || each.name === "**") open = true;
    if (!isValue(each)) continue;
    if (each.nextSibling?.name === "AssignOp") {
      const value = each.nextSibling.nextSibling;
      if (value !== null) named.set(text.slice(each.from, each.to), value);
      each = value ?? each;
    } else if (each.prevSibling?.name !== "*" && each.prevSibling?.name !== "**") positional.push(each);
  }
  return { positional, named, open };
}

function isValue({ name }: SyntaxNode): boolean {
  return !/^(?:\(|\)|\[|\]|\{|\}|,|:|\*|\*\*|AssignOp|Comment)$/.test(name);
}

function withoutBrackets(node: SyntaxNode | null): SyntaxNode | null {
  let at = node;
  while (at?.name === "ParenthesizedExpression") at = at.getChild("(")?.nextSibling ?? null;
  return at;
}

/** How deep literals may nest, and how far a name is followed. */
const deepest = 64;

/** What a node says, where it is a literal or a name of the module that is bound to one; unknown where it is anything else. */
export function literalValue(node: SyntaxNode | null, python: PythonFile, depth = 0): PlannedValue {
  const at = withoutBrackets(node);
  if (at === null || depth > deepest) return unknown;
  const { text } = python;
  const source = text.slice(at.from, at.to);
  switch (at.name) {
    case "String":
    case "ContinuedString":
      return /^(?:[rRuU]{0,2})["']/.test(source) && at.getChild("FormatString") === null
        ? literalOf(at, text)
        : unknown;
    case "FormatString":
      return at.getChild("FormatReplacement") === null ? literalOf(at, text) : unknown;
    case "Number":
      return numberOf(source);
    case "Boolean":
      return source === "True";
    case "None":
      return null;
    case "UnaryExpression": {
      const value = literalValue(at.lastChild, python, depth + 1);
      return typeof value === "number" && source.startsWith("-") ? -value : unknown;
    }
    case "BinaryExpression": {
      if (
        at.getChild("ArithOp") === null ||
        text.slice(at.getChild("ArithOp")?.from, at.getChild("ArithOp")?.to) !== "+"
      )
        return unknown;
      const left = literalValue(at.firstChild, python, depth + 1);
      const right = literalValue(at.lastChild, python, depth + 1);
      return typeof left === "string" && typeof right === "string" ? left + right : unknown;
    }
    case "ArrayExpression":
    case "TupleExpression":
    case "SetExpression": {
      if (at.getChild("*") !== null) return unknown;
      return children(at).map((each) => literalValue(each, python, depth + 1));
    }
    case "DictionaryExpression":
      return dictionaryOf(at, python, depth);
    case "VariableName": {
      const bound = python.changed.has(source) ? null : python.bound(source, at);
      return bound === null ? unknown : literalValue(bound, python, depth + 1);
    }
    default:
      return unknown;
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let each = node.firstChild; each !== null; each = each.nextSibling) if (isValue(each)) found.push(each);
  return found;
}

function dictionaryOf(node: SyntaxNode, python: PythonFile, depth: number): PlannedValue {
  const found: Record<string, PlannedValue> = {};
  for (let each = node.firstChild; each !== null; each = each.nextSibling) {
    if (each.name === "**") {
      const spread = literalValue(each.nextSibling, python, depth + 1);
      if (typeof spread !== "object" || spread === null || Array.isArray(spread)) return unknown;
      Object.assign(found, spread);
      each = each.nextSibling ?? each;
    } else if (each.nextSibling?.name === ":") {
      const name = literalValue(each, python, depth + 1);
      const value = each.nextSibling.nextSibling;
      if (typeof name !== "string" && typeof name !== "number") return unknown;
      found[String(name)] = literalValue(value, python, depth + 1);
      each = value ?? each;
    } else if (isValue(each)) return unknown;
  }
  return found;
}

function numberOf(source: string): PlannedValue {
  const plain = source.replaceAll("_", "");
  const value = Number(plain);
  return /^(?:\d|\.\d|0[xXoObB])/.test(plain) && Number.isFinite(value) ? value : unknown;
}
