import type { Token } from "../../../secrets/formats/tokens.ts";
import { anything, either, joined, mapped, said, type Text, textOf, type Value } from "./value.ts";

/** An expression of Terraform, Bicep or an ARM template, as far as it may name something. */
export type Expression =
  | { is: "text"; parts: readonly (string | Expression)[] }
  /** A name with what is taken of it: `var.lake`, `lake.id`, `each.value.name`. */
  | { is: "name"; path: readonly string[] }
  | { is: "call"; name: string; args: readonly Expression[]; path: readonly string[] }
  | { is: "list"; items: readonly Expression[] }
  | { is: "map"; entries: readonly (readonly [string, Expression])[] }
  | { is: "either"; options: readonly Expression[] }
  | { is: "other" };

const other: Expression = { is: "other" };

/** Splits a text into words, strings and signs. */
export type Tokenise = (text: string) => readonly Token[];

/** Nesting beyond this says nothing: no sensible expression has it. */
const deepest = 24;

/** The expression that some tokens make; one that is not understood says nothing. */
export function expressionOf(tokens: readonly Token[], tokenise: Tokenise, depth = 0): Expression {
  if (depth > deepest || tokens.length === 0) return other;
  const question = at(tokens, "?");
  if (question > 0) {
    const rest = tokens.slice(question + 1);
    const colon = at(rest, ":");
    if (colon < 0) return other;
    const options = [rest.slice(0, colon), rest.slice(colon + 1)];
    return { is: "either", options: options.map((each) => expressionOf(each, tokenise, depth + 1)) };
  }
  const [first] = tokens;
  const last = tokens.at(-1);
  if (first === undefined) return other;
  if (first.kind === "string") {
    if (tokens.length > 1) return other;
    return { is: "text", parts: partsOf(first.value?.text ?? "", tokenise, depth) };
  }
  if (first.text === "(" && last?.text === ")" && closing(tokens, 0) === tokens.length - 1)
    return expressionOf(tokens.slice(1, -1), tokenise, depth + 1);
  if (first.text === "[" && closing(tokens, 0) === tokens.length - 1) {
    const inner = tokens.slice(1, -1);
    if (inner[0]?.text === "for") return other;
    const items = split(inner).map((each) => expressionOf(each, tokenise, depth + 1));
    return { is: "list", items };
  }
  if (first.text === "{" && closing(tokens, 0) === tokens.length - 1)
    return mapOf(tokens.slice(1, -1), tokenise, depth);
  if (first.kind === "word") return named(tokens, tokenise, depth);
  return /^\d/.test(first.text) ? { is: "text", parts: [tokens.map(({ text }) => text).join("")] } : other;
}

function named(tokens: readonly Token[], tokenise: Tokenise, depth: number): Expression {
  const name = tokens[0]?.text ?? "";
  let next = 1;
  let args: Expression[] | null = null;
  if (tokens[1]?.text === "(") {
    const end = closing(tokens, 1);
    if (end < 0) return other;
    args = split(tokens.slice(2, end)).map((each) => expressionOf(each, tokenise, depth + 1));
    next = end + 1;
  }
  const path: string[] = [];
  while (next < tokens.length) {
    const sign = tokens[next]?.text ?? "";
    const after = tokens[next + 1];
    if (sign === "[") {
      const end = closing(tokens, next);
      if (end < 0) return other;
      const inner = tokens.slice(next + 1, end);
      path.push(
        inner.length === 1 && inner[0]?.kind === "string" ? (inner[0].value?.text ?? "*") : `[${inner[0]?.text}]`,
      );
      next = end + 1;
    } else if ((sign === "." || sign === ":") && after?.kind === "word") {
      path.push(...after.text.split("."));
      next += 2;
    } else if (sign === "!" || sign === ":" || (sign === "." && after?.text === "?")) next++;
    else if (sign === "." && after !== undefined && /^[\d*]$/.test(after.text)) next += 2;
    else return other;
  }
  const dotted = name.split(".");
  if (args === null) return { is: "name", path: [...dotted, ...path] };
  return { is: "call", name: dotted.at(-1) ?? name, args, path };
}

function mapOf(tokens: readonly Token[], tokenise: Tokenise, depth: number): Expression {
  const entries: (readonly [string, Expression])[] = [];
  for (let from = 0; from < tokens.length; ) {
    const key = tokens[from];
    if (key?.text === ",") {
      from++;
      continue;
    }
    const sign = tokens[from + 1]?.text;
    if (key === undefined || key.kind === "sign" || (sign !== "=" && sign !== ":")) return other;
    const to = endOfValue(tokens, from + 2);
    entries.push([key.value?.text ?? key.text, expressionOf(tokens.slice(from + 2, to), tokenise, depth + 1)]);
    from = to;
  }
  return { is: "map", entries };
}

/** Where the value ends that begins at a token: at a comma, a closing sign, or the line's end outside all brackets. */
export function endOfValue(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    const sign = token.kind === "sign" ? token.text : "";
    if (depth === 0 && index > from && token.opensLine && !/^[?:.]$/.test(sign)) return index;
    if (depth === 0 && sign === ",") return index;
    if (/^[([{]$/.test(sign)) depth++;
    if (/^[)\]}]$/.test(sign) && --depth < 0) return index;
  }
  return tokens.length;
}

/** Where the bracket that opens at a token is closed; -1 where it is not. */
export function closing(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index];
    if (token?.kind !== "sign") continue;
    if (/^[([{]$/.test(token.text)) depth++;
    if (/^[)\]}]$/.test(token.text) && --depth === 0) return index;
  }
  return -1;
}

/** The first of a sign outside all brackets; -1 where there is none. */
function at(tokens: readonly Token[], sign: string): number {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "sign") continue;
    if (/^[([{]$/.test(token.text)) depth++;
    else if (/^[)\]}]$/.test(token.text)) depth--;
    else if (depth === 0 && token.text === sign) return index;
  }
  return -1;
}

/** The parts between commas, and between lines where a language parts the items of a list so. */
function split(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [];
  for (let from = 0; from < tokens.length; ) {
    const to = endOfValue(tokens, from);
    if (to > from) parts.push(tokens.slice(from, to));
    from = tokens[to]?.text === "," ? to + 1 : Math.max(to, from + 1);
  }
  return parts;
}

/** The text of a string and what is put into it by `${…}`. */
function partsOf(text: string, tokenise: Tokenise, depth: number): (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  let from = 0;
  for (let open = text.indexOf("${"); open >= 0; open = text.indexOf("${", from)) {
    // $${ is how Terraform writes ${ as itself.
    if (text.charAt(open - 1) === "$") {
      parts.push(text.slice(from, open + 2));
      from = open + 2;
      continue;
    }
    const end = endOfInsert(text, open + 2);
    parts.push(text.slice(from, open), expressionOf(tokenise(text.slice(open + 2, end)), tokenise, depth + 1));
    from = end + 1;
  }
  parts.push(text.slice(from));
  return parts.filter((each) => each !== "");
}

function endOfInsert(text: string, from: number): number {
  let depth = 1;
  for (let index = from; index < text.length; index++) {
    const char = text.charAt(index);
    if (char === "{") depth++;
    if (char === "}" && --depth === 0) return index;
  }
  return text.length;
}

/** What names stand for where an expression is written. */
export interface Names {
  /** The value of a name, with what is taken of it. */
  name(path: readonly string[]): Value;
  /** The value of a call that the language alone knows; null where it is none of these. */
  call(name: string, args: readonly Value[], path: readonly string[]): Value | null;
}

/** What an expression comes to, as far as the files tell. */
export function evaluate(expression: Expression, names: Names, depth = 0): Value {
  if (depth > deepest) return anything;
  const inside = (each: Expression): Value => evaluate(each, names, depth + 1);
  switch (expression.is) {
    case "text": {
      const { parts } = expression;
      return parts.length === 0
        ? said("")
        : joined(parts.map((each) => (typeof each === "string" ? said(each) : textOf(inside(each)))));
    }
    case "name":
      return names.name(expression.path);
    case "call": {
      const args = expression.args.map(inside);
      const { name, path } = expression;
      return names.call(name, args, path) ?? (path.length > 0 ? anything : builtIn(name, args));
    }
    case "list":
      return { list: expression.items.map(inside) };
    case "map":
      return { map: new Map(expression.entries.map(([key, each]) => [key, inside(each)])) };
    case "either":
      return either(expression.options.map(inside));
    case "other":
      return anything;
  }
}

/** Functions of Terraform, Bicep and ARM templates by which names are made. */
function builtIn(name: string, args: readonly Value[]): Value {
  const texts = args.map(textOf);
  const [first = anything] = texts;
  switch (name) {
    case "lower":
    case "toLower":
      return { ...mapped(first, (text) => text.toLowerCase()), of: first.of };
    case "upper":
    case "toUpper":
      return mapped(first, (text) => text.toUpperCase());
    case "trimspace":
    case "trim":
    case "tostring":
    case "string":
      return first;
    case "concat":
      return args.every((each) => "texts" in each) ? joined(texts) : anything;
    case "format":
      return formatted(first, texts.slice(1));
    case "toset":
    case "tolist":
    case "tomap":
      return args[0] ?? anything;
    case "if":
      return either(args.slice(1));
    default:
      return anything;
  }
}

/** Terraform's `format("%s-%d", …)` and ARM's `format('{0}-{1}', …)`. */
function formatted({ texts }: Text, args: readonly Text[]): Text {
  const [form] = texts;
  if (form === undefined || texts.length > 1) return anything;
  let next = 0;
  const parts = form.split(/(%[sdv]|%[-+ #0-9.]+[a-z]|\{\d+(?::[^{}]*)?\})/).map((part): Text => {
    const index = /^\{(\d+)\}$/.exec(part)?.[1];
    if (index !== undefined) return args[Number(index)] ?? anything;
    if (/^%[sdv]$/.test(part)) return args[next++] ?? anything;
    return /^(?:%|\{\d)/.test(part) ? anything : said(part);
  });
  return joined(parts);
}

/** What is taken of a value by a path, as the name in `each.value.name`. */
export function taken(value: Value, path: readonly string[]): Value {
  let found = value;
  for (const step of path) {
    if ("map" in found) found = found.map.get(step) ?? anything;
    else if ("list" in found) {
      const index = /^\[(\d+)\]$/.exec(step)?.[1];
      found = index === undefined ? anything : (found.list[Number(index)] ?? anything);
    } else return anything;
  }
  return found;
}
