import type { Type } from "./types.ts";

/** A variable of an expression and the place in the frame where its value lies. */
export interface Variable {
  readonly name: string;
  /** Names the variable in facts: its own name, made unique inside quantifiers. */
  readonly id: string;
  readonly slot: number;
  readonly type: Type;
  /** What the value is, for messages about what was not read: a kind, `azure.roleAssignment.scope`, a variable's name. */
  readonly owner: string;
  /** Whether the value belongs to another resource than the one that the policy looks at. */
  readonly related: boolean;
}

interface Part {
  readonly type: Type;
  /** Offsets into the text of the expression. */
  readonly start: number;
  readonly end: number;
}

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type Arithmetic = "+" | "-" | "*" | "/" | "%";
export type Quantifier = "exists" | "all" | "exists_one" | "filter" | "map";

export interface FieldTerm extends Part {
  readonly op: "field";
  readonly base: Term;
  readonly name: string;
  /** The kind whose relation or computed field this is; null where the value stands in the row. */
  readonly derived: string | null;
  readonly owner: string;
  readonly related: boolean;
}

/** An expression after its types were checked: what the compiler makes closures of. */
export type Term =
  | (Part & { readonly op: "literal"; readonly value: unknown })
  | (Part & { readonly op: "now" })
  | (Part & { readonly op: "variable"; readonly variable: Variable })
  | FieldTerm
  /** The value under a key of a map. */
  | (Part & {
      readonly op: "entry";
      readonly base: Term;
      readonly key: Term;
      readonly owner: string;
      readonly related: boolean;
    })
  | (Part & {
      readonly op: "element";
      readonly base: Term;
      readonly index: Term;
      readonly owner: string;
      readonly related: boolean;
    })
  /** A value that was shown not to be null; null is unread all the same. */
  | (Part & { readonly op: "present"; readonly of: Term })
  /** A string in lower case, where the other branch or element is compared without regard to case. */
  | (Part & { readonly op: "fold"; readonly of: Term })
  | (Part & { readonly op: "list"; readonly items: readonly Term[] })
  | (Part & { readonly op: "has"; readonly of: Term })
  | (Part & { readonly op: "not"; readonly of: Term })
  | (Part & { readonly op: "negate"; readonly of: Term })
  | (Part & { readonly op: "and" | "or"; readonly left: Term; readonly right: Term })
  | (Part & { readonly op: "choose"; readonly condition: Term; readonly left: Term; readonly right: Term })
  | (Part & { readonly op: "compare"; readonly operator: Comparison; readonly left: Term; readonly right: Term })
  | (Part & { readonly op: "in"; readonly left: Term; readonly right: Term })
  | (Part & { readonly op: "arithmetic"; readonly operator: Arithmetic; readonly left: Term; readonly right: Term })
  | (Part & { readonly op: "call"; readonly name: string; readonly args: readonly Term[] })
  | (Part & {
      readonly op: "quantifier";
      readonly name: Quantifier;
      readonly list: Term;
      readonly variable: Variable;
      readonly body: Term;
    });

/** The terms directly inside a term. */
export function inside(term: Term): readonly Term[] {
  switch (term.op) {
    case "literal":
    case "now":
    case "variable":
      return [];
    case "field":
      return [term.base];
    case "entry":
      return [term.base, term.key];
    case "element":
      return [term.base, term.index];
    case "list":
      return term.items;
    case "call":
      return term.args;
    case "choose":
      return [term.condition, term.left, term.right];
    case "quantifier":
      return [term.list, term.body];
    case "present":
    case "fold":
    case "has":
    case "not":
    case "negate":
      return [term.of];
    default:
      return [term.left, term.right];
  }
}

/** What a term is about, for messages: `azure.principal.displayName`. */
export function ownerOf(term: Term): { owner: string; related: boolean } {
  switch (term.op) {
    case "variable":
      return { owner: term.variable.owner, related: term.variable.related };
    case "field":
      if (term.type.type === "resource") return { owner: term.type.kind, related: true };
      return listOfResources(term.type) ?? { owner: `${term.owner}.${term.name}`, related: term.related };
    case "entry":
    case "element":
      return { owner: term.owner, related: term.related };
    case "present":
    case "fold":
      return ownerOf(term.of);
    case "choose":
      return ownerOf(term.left);
    case "quantifier":
      return term.name === "filter" ? ownerOf(term.list) : { owner: "the list", related: false };
    case "call":
      return term.name === "distinct" && term.args[0] !== undefined
        ? ownerOf(term.args[0])
        : { owner: "the value", related: false };
    default:
      return { owner: "the value", related: false };
  }
}

function listOfResources(type: Type): { owner: string; related: boolean } | null {
  return type.type === "list" && type.of.type === "resource" ? { owner: type.of.kind, related: true } : null;
}
