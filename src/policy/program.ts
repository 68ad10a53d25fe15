import { isScalar } from "yaml";
import type { Document } from "../resources/document.ts";
import type { PolicyFile } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Problem } from "../resources/problem.ts";
import { caretFrame } from "./caret.ts";
import { type Checked, check, maxQuantifiers, type Scope } from "./cel/check.ts";
import { compile, type Probe } from "./cel/compile.ts";
import { type Facts, factsOf, noFacts, union } from "./cel/facts.ts";
import { type Closure, Frame, nowhere } from "./cel/frame.ts";
import { type Fault, type Node, parse } from "./cel/parse.ts";
import { ownerOf, type Term, type Variable } from "./cel/term.ts";
import { any, bool, show } from "./cel/types.ts";
import type { Parameter } from "./params.ts";
import type { Evaluation, Found, Trace } from "./policy.ts";
import { offsetInFile } from "./scalar.ts";
import { checkTemplate, type Purpose, type Template } from "./template.ts";
import { Tracer } from "./trace.ts";
import { IncompleteList, Unread, type World } from "./value.ts";

/** A policy file that has the right form. */
export interface Source {
  readonly document: Document;
  readonly content: PolicyFile;
}

/** An expression of a policy: its key in the file, its text and what came of it. */
export interface Expression {
  readonly key: "each" | "key" | "when" | "require";
  /** The offset of the expression in the value of the key: `each` has a name before it. */
  readonly offset: number;
  readonly source: string;
  readonly term: Term;
}

/** Everything in a policy that is evaluated, checked against its kind and with its parameters filled in. */
export interface Program {
  readonly each: (Expression & { readonly variable: Variable }) | null;
  /** Whether `when` is about the resource as a whole, so that it can be asked before `each`. */
  readonly whenFirst: boolean;
  readonly key: Expression | null;
  readonly when: Expression | null;
  readonly require: Expression;
  readonly message: Template;
  readonly rationale: Template | null;
  readonly remediation: { readonly text: Template; readonly command: Template | null } | null;
  readonly kinds: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
  readonly usesNow: boolean;
}

type Path = readonly string[];

/**
 * Where the variables lie in the frame. Quantifiers take the places after the highest that is in scope, so the resource
 * has the higher one: a quantifier in a condition without the element then leaves the element's place alone.
 */
const elementSlot = 0;
const resourceSlot = 1;

/** Checks all expressions and templates of a policy; what is wrong is added to `problems`. */
export function assemble(source: Source, params: ReadonlyMap<string, Parameter>, problems: Problem[]): Program {
  return new Assembly(source, params, problems).program();
}

class Assembly {
  readonly #source: Source;
  readonly #params: ReadonlyMap<string, Parameter>;
  readonly #problems: Problem[];
  readonly #kinds: Set<string>;
  readonly #reads = new Set<string>();
  #usesNow = false;

  constructor(source: Source, params: ReadonlyMap<string, Parameter>, problems: Problem[]) {
    this.#source = source;
    this.#params = params;
    this.#problems = problems;
    this.#kinds = new Set([source.content.target]);
  }

  program(): Program {
    const { content } = this.#source;
    const resource: Variable = {
      name: "r",
      id: "r",
      slot: resourceSlot,
      type: { type: "resource", kind: content.target, nullable: false },
      owner: content.target,
      related: false,
    };
    const alone: Scope = { variables: new Map([["r", resource]]), params: this.#params };
    const header = content.each === undefined ? null : this.#eachHeader(content.each);
    const whenFirst = header === null || content.when === undefined || !mentions(content.when, header.name);
    let when = whenFirst ? this.#expression("when", content.when, 0, alone, noFacts) : null;
    const beforeEach = when === null ? noFacts : factsOf(when.term, true);
    const each = header === null ? null : this.#each(header, alone, beforeEach);
    const scope: Scope =
      each === null
        ? alone
        : {
            ...alone,
            variables: new Map([...alone.variables, [each.variable.name, each.variable]]),
          };
    if (!whenFirst) when = this.#expression("when", content.when, 0, scope, noFacts);
    const known = when === null ? noFacts : factsOf(when.term, true);
    const require = this.#expression("require", content.require, 0, scope, known) ?? nothingAt("require");
    const failed = union(known, factsOf(require.term, false));
    return {
      each,
      whenFirst,
      key: this.#key(scope, failed),
      when,
      require,
      message: this.#template(["message"], content.message, scope, failed) ?? empty,
      rationale: this.#template(["rationale"], content.rationale, scope, failed),
      remediation: this.#remediation(scope, failed),
      kinds: this.#kinds,
      reads: this.#reads,
      usesNow: this.#usesNow,
    };
  }

  #report(path: Path, faults: readonly Fault[], shift = 0): void {
    const { document } = this.#source;
    const node = document.node(path);
    for (const fault of faults) {
      const place = (offset: number) =>
        isScalar(node) ? offsetInFile(document.text, node, offset + shift) : (node?.range?.[0] ?? 0);
      const start = place(fault.start);
      const at = document.at(start);
      const length = place(fault.end) - start;
      this.#problems.push({
        code: fault.code,
        file: document.file,
        ...at,
        message: `${fault.message}\n${caretFrame(document.text, at.line, at.column, length)}`,
        hint: fault.code === "policy/syntax" ? (this.#cutOff(path) ?? fault.hint) : fault.hint,
      });
    }
  }

  /** Where YAML took the rest of an expression for a comment: what to do about it. */
  #cutOff(path: Path): string | null {
    const { document } = this.#source;
    const node = document.node(path);
    if (!isScalar(node) || node.type !== "PLAIN" || node.range == null) return null;
    const rest = document.text.slice(node.range[1]).split("\n")[0] ?? "";
    return /^\s+#/.test(rest) ? "YAML takes what follows # for a comment: put the expression in quotes" : null;
  }

  #note(checked: Pick<Checked, "reads" | "usesNow">): void {
    for (const each of checked.reads) this.#reads.add(each);
    this.#usesNow ||= checked.usesNow;
  }

  #check(path: Path, source: string, offset: number, scope: Scope, facts: Facts, condition: boolean): Term {
    const checked = check(source, scope, facts, condition ? bool : undefined);
    this.#report(path, checked.faults, offset);
    this.#note(checked);
    for (const kind of checked.kinds) this.#kinds.add(kind);
    return checked.faults.length === 0 ? checked.term : nothing;
  }

  #expression(
    key: "when" | "require",
    source: string | undefined,
    offset: number,
    scope: Scope,
    facts: Facts,
  ): Expression | null {
    if (source === undefined) return null;
    return { key, offset, source, term: this.#check([key], source, offset, scope, facts, true) };
  }

  #eachHeader(text: string): { name: string; offset: number; list: string } | null {
    const parts = /^(\s*)([A-Za-z_]\w*)\s+in\s+(?=\S)/.exec(text);
    const name = parts?.[2];
    if (parts === null || name === undefined) {
      const message = "each names an element and a list";
      const hint = "as in each: s in r.secrets";
      this.#report(["each"], [{ code: "policy/each", start: 0, end: text.length, message, hint }]);
      return null;
    }
    if (["r", "params", "now", "true", "false", "null", "in"].includes(name)) {
      const start = parts[1]?.length ?? 0;
      const message = `${name} already means something else`;
      const hint = "take another name";
      this.#report(["each"], [{ code: "policy/each", start, end: start + name.length, message, hint }]);
    }
    return { name, offset: parts[0].length, list: text.slice(parts[0].length) };
  }

  #each(header: { name: string; offset: number; list: string }, scope: Scope, facts: Facts): Program["each"] {
    const { name, offset, list } = header;
    const term = this.#check(["each"], list, offset, scope, facts, false);
    if (term.type.type !== "list" || term.type.nullable) {
      if (term.type.type !== "any") {
        const message = `each needs a list, and this is ${show(term.type)}`;
        const hint = term.type.nullable ? `say in when what holds without it: has(${list.trim()})` : null;
        this.#report(["each"], [{ code: "policy/each", start: 0, end: list.length, message, hint }], offset);
      }
    }
    const { owner, related } = ownerOf(term);
    const type = term.type.type === "list" ? term.type.of : any;
    const variable: Variable = { name, id: name, slot: elementSlot, type, owner, related };
    return { key: "each", offset, source: list, term, variable };
  }

  #key(scope: Scope, facts: Facts): Expression | null {
    const { key, each } = this.#source.content;
    if (key === undefined && each === undefined) return null;
    if (key === undefined || each === undefined) {
      const path = key === undefined ? "each" : "key";
      const message = key === undefined ? "each needs a key" : "key has no meaning without each";
      const hint =
        key === undefined ? "as in key: s.path; it tells the findings of one resource apart" : "leave it out";
      const problem = { code: "policy/each", file: this.#source.document.file, message, hint };
      this.#problems.push({ ...problem, ...this.#source.document.position([path], "key") });
      return null;
    }
    const term = this.#check(["key"], key, 0, scope, facts, false);
    if (!["string", "int", "any"].includes(term.type.type)) {
      const message = `a key is text or a whole number, and this is ${show(term.type)}`;
      this.#report(["key"], [{ code: "policy/wrong-type", start: 0, end: key.length, message, hint: null }]);
    }
    return { key: "key", offset: 0, source: key, term };
  }

  #template(
    path: Path,
    text: string | undefined,
    scope: Scope,
    facts: Facts,
    purpose: Purpose = "prose",
  ): Template | null {
    if (text === undefined) return null;
    const checked = checkTemplate(text, scope, facts, purpose);
    this.#report(path, checked.faults);
    this.#note(checked);
    return checked.template;
  }

  #remediation(scope: Scope, facts: Facts): Program["remediation"] {
    const { remediation } = this.#source.content;
    if (remediation === undefined) return null;
    const text = this.#template(["remediation", "text"], remediation.text, scope, facts) ?? empty;
    return { text, command: this.#template(["remediation", "command"], remediation.command, scope, facts, "shell") };
  }
}

const nothing: Term = { op: "literal", value: null, type: any, start: 0, end: 0 };
const empty: Template = { render: () => "" };

function nothingAt(key: "require"): Expression {
  return { key, offset: 0, source: "", term: nothing };
}

/** Whether an expression names a variable. */
function mentions(source: string, name: string): boolean {
  const parsed = parse(source);
  if ("code" in parsed) return false;
  const waiting: unknown[] = [parsed];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (Array.isArray(next)) waiting.push(...next.filter((each) => typeof each === "object" && each !== null));
    else if (typeof next === "object" && next !== null && "op" in next) {
      const node = next as Node;
      if (node.op === "id" && node.args === name) return true;
      waiting.push(node.args);
    }
  }
  return false;
}

// ---- Running

const pass: Evaluation = { outcome: "pass", found: [], causes: [] };
const notApplicable: Evaluation = { outcome: "notApplicable", found: [], causes: [] };

/** Hears the value of every condition of a policy. */
export type ProgramProbe = (expression: Expression, term: Term, value: unknown) => void;

/** The function that judges one resource. Results that say nothing but their outcome are shared. */
export function runner(program: Program, probe?: ProgramProbe): (row: Row, world: World) => Evaluation {
  const closureOf = (expression: Expression): Closure => {
    if (probe === undefined) return compile(expression.term);
    const heard: Probe = (term, value) => probe(expression, term, value);
    const closure = compile(expression.term, heard);
    return (frame) => {
      const value = closure(frame);
      heard(expression.term, value);
      return value;
    };
  };
  const always: Closure = () => true;
  const when = program.when === null ? always : closureOf(program.when);
  const require = closureOf(program.require);
  const frame = new Frame(nowhere, new Array(2 + maxQuantifiers).fill(null));
  const describe = describer(program);
  if (program.each === null) {
    return (row, world) => {
      frame.world = world;
      frame.slots[resourceSlot] = row;
      const applies = when(frame);
      if (applies === false) return notApplicable;
      const holds = require(frame);
      if (holds === true) return pass;
      if (applies === true && holds === false) return { outcome: "fail", found: [describe(frame, null)], causes: [] };
      return unknownBecause(applies, holds);
    };
  }
  const list = closureOf(program.each);
  const key = program.key === null ? null : closureOf(program.key);
  const whenFirst = program.whenFirst;
  return (row, world) => {
    frame.world = world;
    frame.slots[resourceSlot] = row;
    const first = whenFirst ? when(frame) : true;
    if (first === false) return notApplicable;
    const elements = list(frame);
    if (elements instanceof Unread) return unknownBecause(first, elements);
    const incomplete = elements instanceof IncompleteList;
    const items = incomplete ? elements.items : (elements as readonly unknown[]);
    const found: Found[] = [];
    const causes = new Set<string>();
    let passed = items.length === 0;
    for (const item of items) {
      frame.slots[elementSlot] = item;
      const applies = whenFirst ? first : when(frame);
      if (applies === false) continue;
      const holds = require(frame);
      if (holds === true) passed = true;
      else if (applies === true && holds === false) found.push(describe(frame, keyOf(key, frame, found)));
      else for (const part of [applies, holds]) if (part instanceof Unread) causes.add(part.cause);
    }
    if (incomplete) causes.add(elements.cause);
    if (found.length > 0) return { outcome: "fail", found, causes: [...causes] };
    if (causes.size > 0) return { outcome: "unknown", found: [], causes: [...causes] };
    return passed ? pass : notApplicable;
  };
}

function unknownBecause(...parts: readonly unknown[]): Evaluation {
  const causes = parts.filter((part) => part instanceof Unread).map((part) => part.cause);
  return { outcome: "unknown", found: [], causes: [...new Set(causes)] };
}

/** The key of an element; elements that have the same one are numbered, so that each has a finding of its own. */
function keyOf(key: Closure | null, frame: Frame, found: readonly Found[]): string {
  const value = key === null ? null : key(frame);
  const text = value instanceof Unread ? "(unread)" : value === null ? "(none)" : String(value);
  const taken = (name: string) => found.some((each) => each.key === name);
  if (!taken(text)) return text;
  let number = 2;
  while (taken(`${text} #${number}`)) number++;
  return `${text} #${number}`;
}

/** Fills in the templates for a failure and tells what it rests on. */
function describer(program: Program): (frame: Frame, key: string | null) => Found {
  const tracers = [program.when, program.require]
    .filter((expression) => expression !== null)
    .map(({ source, term }) => new Tracer(source, term));
  const { message, rationale, remediation } = program;
  return (frame, key) => {
    const trace: Trace[] = [];
    for (const tracer of tracers) tracer.trace(frame, trace);
    return {
      key,
      ...(program.each !== null && { element: frame.slots[elementSlot] }),
      message: message.render(frame),
      rationale: rationale?.render(frame) ?? null,
      remediation:
        remediation === null
          ? null
          : { text: remediation.text.render(frame), command: remediation.command?.render(frame) ?? null },
      trace,
    };
  };
}
