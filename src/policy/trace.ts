import { compile } from "./cel/compile.ts";
import { pathOf } from "./cel/facts.ts";
import type { Closure, Frame } from "./cel/frame.ts";
import { textOf } from "./cel/parse.ts";
import { inside, type Term } from "./cel/term.ts";
import { displayAlone } from "./display.ts";
import type { Trace } from "./policy.ts";
import { IncompleteList } from "./value.ts";

/** The most values that one finding shows. */
const maxTraces = 24;

/** Tells which values an expression's result rests on: those that decided, and no others. */
export class Tracer {
  readonly #source: string;
  readonly #root: Term;
  readonly #closures = new Map<Term, Closure>();

  constructor(source: string, root: Term) {
    this.#source = source;
    this.#root = root;
  }

  /** Adds what decided to `traces`, each expression once. */
  trace(frame: Frame, traces: Trace[]): void {
    this.#decided(this.#root, frame, traces);
  }

  #value(term: Term, frame: Frame): unknown {
    let closure = this.#closures.get(term);
    if (closure === undefined) {
      closure = compile(term);
      this.#closures.set(term, closure);
    }
    return closure(frame);
  }

  #decided(term: Term, frame: Frame, traces: Trace[]): void {
    switch (term.op) {
      case "and":
      case "or": {
        const decisive = term.op === "or";
        const parts = [term.left, term.right];
        const deciding = parts.find((part) => this.#value(part, frame) === decisive);
        for (const part of deciding === undefined ? parts : [deciding]) this.#decided(part, frame, traces);
        return;
      }
      case "not":
        this.#decided(term.of, frame, traces);
        return;
      case "choose": {
        this.#decided(term.condition, frame, traces);
        const value = this.#value(term.condition, frame);
        if (value === true) this.#decided(term.left, frame, traces);
        else if (value === false) this.#decided(term.right, frame, traces);
        return;
      }
      case "quantifier":
        this.#quantified(term, frame, traces);
        return;
      case "has":
      case "call":
        this.#add(term, frame, traces);
        for (const each of inside(term)) this.#operand(each, frame, traces, term.op === "has");
        return;
      default:
        if (isPath(term)) this.#add(term, frame, traces);
        else for (const each of inside(term)) this.#operand(each, frame, traces, false);
    }
  }

  /** What stands on one side of a comparison. */
  #operand(term: Term, frame: Frame, traces: Trace[], skip: boolean): void {
    if (skip || term.op === "list") return;
    if (term.op === "literal") {
      if (/^params\./.test(this.#text(term))) this.#add(term, frame, traces);
      return;
    }
    if (isPath(term)) {
      if (term.type.type !== "resource" && term.type.type !== "object" && term.type.type !== "map") {
        this.#add(term, frame, traces);
      }
      return;
    }
    if (term.type.type === "bool") {
      this.#decided(term, frame, traces);
      return;
    }
    this.#add(term, frame, traces);
    if (term.op === "quantifier") this.#operand(term.list, frame, traces, false);
    else for (const each of inside(term)) this.#operand(each, frame, traces, false);
  }

  /** The element that decided, or the quantifier as a whole. */
  #quantified(term: Term & { op: "quantifier" }, frame: Frame, traces: Trace[]): void {
    const value = this.#value(term, frame);
    const searching = (term.name === "exists" && value === true) || (term.name === "all" && value === false);
    if (!searching) {
      this.#add(term, frame, traces);
      this.#operand(term.list, frame, traces, false);
      return;
    }
    const list = this.#value(term.list, frame);
    const items = list instanceof IncompleteList ? list.items : (list as readonly unknown[]);
    for (const item of items) {
      frame.slots[term.variable.slot] = item;
      if (this.#value(term.body, frame) !== value) continue;
      this.#decided(term.body, frame, traces);
      return;
    }
  }

  #text(term: Term): string {
    return textOf(this.#source, term.start, term.end);
  }

  #add(term: Term, frame: Frame, traces: Trace[]): void {
    if (traces.length >= maxTraces) return;
    const expression = this.#text(term);
    const value = displayAlone(this.#value(term, frame), term.type);
    if (!traces.some((each) => each.expression === expression)) traces.push({ expression, value });
  }
}

function isPath(term: Term): boolean {
  return term.op === "now" || pathOf(term) !== null;
}
