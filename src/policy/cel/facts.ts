import type { Term } from "./term.ts";

/** Paths that were shown not to be null, such as `r.createdOn`. */
export type Facts = ReadonlySet<string>;

export const noFacts: Facts = new Set();

/** The path that a term reads, such as `r.scope.name`; null for what is not a plain path. */
export function pathOf(term: Term): string | null {
  switch (term.op) {
    case "variable":
      return term.variable.id;
    case "field": {
      const base = pathOf(term.base);
      return base === null ? null : `${base}.${term.name}`;
    }
    case "entry": {
      const base = pathOf(term.base);
      return base === null || term.key.op !== "literal" ? null : `${base}[${JSON.stringify(term.key.value)}]`;
    }
    case "element": {
      const base = pathOf(term.base);
      return base === null || term.index.op !== "literal" ? null : `${base}[${String(term.index.value)}]`;
    }
    case "present":
    case "fold":
      return pathOf(term.of);
    default:
      return null;
  }
}

export function union(a: Facts, b: Facts): Facts {
  if (a.size === 0) return b;
  return b.size === 0 ? a : new Set([...a, ...b]);
}

function intersection(a: Facts, b: Facts): Facts {
  return new Set([...a].filter((path) => b.has(path)));
}

/** What is certainly not null where the term is `outcome`. */
export function factsOf(term: Term, outcome: boolean): Facts {
  switch (term.op) {
    case "has":
      return outcome ? fact(term.of) : noFacts;
    case "not":
      return factsOf(term.of, !outcome);
    case "and":
    case "or": {
      const both = outcome === (term.op === "and");
      const left = factsOf(term.left, outcome);
      const right = factsOf(term.right, outcome);
      return both ? union(left, right) : intersection(left, right);
    }
    case "choose": {
      const first = union(factsOf(term.condition, true), factsOf(term.left, outcome));
      const second = union(factsOf(term.condition, false), factsOf(term.right, outcome));
      if (isLiteral(term.left, !outcome)) return second;
      if (isLiteral(term.right, !outcome)) return first;
      return intersection(first, second);
    }
    case "compare": {
      const { operator, left, right } = term;
      if (operator !== "==" && operator !== "!=") return noFacts;
      const equal = outcome === (operator === "==");
      if (left.type.type === "null") return equal ? noFacts : fact(right);
      if (right.type.type === "null") return equal ? noFacts : fact(left);
      if (!equal) return noFacts;
      return union(right.type.nullable ? noFacts : fact(left), left.type.nullable ? noFacts : fact(right));
    }
    case "in":
      return outcome && term.right.type.type === "list" && !term.right.type.of.nullable ? fact(term.left) : noFacts;
    default:
      return noFacts;
  }
}

function isLiteral(term: Term, value: boolean): boolean {
  return term.op === "literal" && term.value === value;
}

function fact(term: Term): Facts {
  const path = pathOf(term);
  return path === null ? noFacts : new Set([path]);
}
