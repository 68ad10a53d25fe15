import { covers } from "./patterns.ts";
import { and, conditional, not, or, type Verdict } from "./verdict.ts";

/**
 * Whether the condition of a role assignment or of a permission lets an action through: true where it says nothing of the
 * action, false where it never does, and otherwise that it depends on the request. A condition restricts only the actions
 * that it names; what it asks of resources, requests and principals is not known here.
 * Source of the syntax: learn.microsoft.com/azure/role-based-access-control/conditions-format.
 */
export function admits(condition: string, action: string): Verdict {
  let parsed = parsedConditions.get(condition);
  if (parsed === undefined) {
    parsed = parse(condition);
    if (parsedConditions.size >= maxKept) parsedConditions.clear();
    parsedConditions.set(condition, parsed);
  }
  return evaluate(parsed, action);
}

const maxKept = 10_000;
const parsedConditions = new Map<string, Expression>();
const maxDepth = 100;

/** A condition, down to what can be told of an action alone. */
type Expression =
  | { readonly op: "action"; readonly pattern: string }
  | { readonly op: "open" | "strange" }
  | { readonly op: "not"; readonly of: Expression }
  | { readonly op: "and" | "or"; readonly parts: readonly Expression[] };

const open: Expression = { op: "open" };
const strange: Expression = { op: "strange" };

function evaluate(expression: Expression, action: string): Verdict {
  switch (expression.op) {
    case "action":
      return covers(expression.pattern, action);
    case "open":
      return conditional;
    case "strange":
      return "a condition could not be understood";
    case "not":
      return not(evaluate(expression.of, action));
    default: {
      const join = expression.op === "and" ? and : or;
      return expression.parts.map((part) => evaluate(part, action)).reduce(join);
    }
  }
}

type Token = "(" | ")" | "and" | "or" | "not" | { readonly text: string };

/** Words, braces with what is in them, brackets, texts in quotes, and parentheses; null where a quote is not closed. */
function tokensOf(condition: string): Token[] | null {
  const tokens: Token[] = [];
  const pattern =
    /\s+|\(|\)|&&|\|\||!(?!=)|\{(?:'(?:[^'\\]|\\.)*'|[^{}'])*\}|\[[^[\]]*\]|'(?:[^'\\]|\\.)*'|[^\s(){}[\]'!&|]+|[!&|]=?/y;
  while (pattern.lastIndex < condition.length) {
    const match = pattern.exec(condition);
    if (match === null) return null;
    const [text] = match;
    const word = text.toLowerCase();
    if (text.trim() === "") continue;
    if (text === "(" || text === ")") tokens.push(text);
    else if (text === "&&" || word === "and") tokens.push("and");
    else if (text === "||" || word === "or") tokens.push("or");
    else if (text === "!" || word === "not") tokens.push("not");
    else tokens.push({ text });
  }
  return tokens;
}

/** What cannot be understood is strange: it is taken neither for a restriction nor for none. */
function parse(condition: string): Expression {
  const tokens = tokensOf(condition);
  if (tokens === null) return strange;
  const parser = new Parser(tokens);
  const expression = parser.expression(0);
  return expression === null || !parser.ended ? strange : expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get ended(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** Terms joined by one operator; where both stand at one level, their order of precedence is not documented. */
  expression(depth: number): Expression | null {
    if (depth > maxDepth) return null;
    const first = this.#term(depth);
    if (first === null) return null;
    const parts = [first];
    const operators = new Set<"and" | "or">();
    for (let next = this.#tokens[this.#at]; next === "and" || next === "or"; next = this.#tokens[this.#at]) {
      this.#at++;
      const part = this.#term(depth);
      if (part === null) return null;
      operators.add(next);
      parts.push(part);
    }
    const [operator] = operators;
    if (operator === undefined) return first;
    return operators.size > 1 ? strange : { op: operator, parts };
  }

  #term(depth: number): Expression | null {
    const token = this.#tokens[this.#at];
    if (token === "not") {
      this.#at++;
      if (depth > maxDepth) return null;
      const of = this.#term(depth + 1);
      return of === null ? null : { op: "not", of };
    }
    if (token === "(") {
      this.#at++;
      const inner = this.expression(depth + 1);
      if (inner === null || this.#tokens[this.#at] !== ")") return null;
      this.#at++;
      return inner;
    }
    return this.#atom();
  }

  #atom(): Expression | null {
    const words: string[] = [];
    for (let token = this.#tokens[this.#at]; typeof token === "object"; token = this.#tokens[this.#at]) {
      words.push(token.text);
      this.#at++;
    }
    if (words.length === 0) return null;
    const pattern = /^actionmatches\s*\{\s*'([^']*)'\s*\}$/i.exec(words.join(" "))?.[1];
    return pattern === undefined ? open : { op: "action", pattern };
  }
}
