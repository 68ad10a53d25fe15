import { isScalar } from "yaml";
import type { Position } from "../resources/document.ts";
import type { Problem } from "../resources/problem.ts";
import { textOf } from "./cel/parse.ts";
import { inside, type Term } from "./cel/term.ts";
import { exampleWorld } from "./given.ts";
import { originOf } from "./load.ts";
import { type Parameter, parameterOf } from "./params.ts";
import type { Outcome, Policy, PolicyTest } from "./policy.ts";
import { assemble, type Expression, type Program, type ProgramProbe, runner } from "./program.ts";
import { offsetInFile } from "./scalar.ts";

/** What came of one example of a policy. */
interface TestResult extends Position {
  readonly name: string;
  readonly expected: Outcome;
  readonly actual: Outcome;
  readonly passed: boolean;
  /** Why the outcome is unknown, where it is. */
  readonly causes: readonly string[];
}

/** What came of the examples of a policy, and which examples it lacks. */
export interface PolicyTestResult {
  readonly policy: string;
  readonly file: string;
  readonly passed: boolean;
  readonly tests: readonly TestResult[];
  readonly problems: readonly Problem[];
}

/** A condition that no example makes true, or false. */
interface Missed extends Position {
  /** The key of the file that it stands in. */
  readonly key: string;
  readonly expression: string;
  /** The value that it never has. */
  readonly value: boolean;
}

/** How much of a policy's conditions its examples reach: each counts twice, for true and for false. */
export interface CoverageResult {
  readonly policy: string;
  readonly file: string;
  readonly branches: number;
  readonly reached: number;
  readonly missed: readonly Missed[];
}

/** Runs the examples of a policy. Each policy needs one that passes and one that fails. */
export function testPolicy(policy: Policy): PolicyTestResult {
  const tests = policy.tests.map((test): TestResult => {
    const { outcome, causes } = run(policy, test);
    const { name, expected, position } = test;
    return { name, expected, actual: outcome, passed: outcome === expected, causes, ...position };
  });
  const problems = (["pass", "fail"] as const)
    .filter((outcome) => !policy.tests.some((test) => test.expected === outcome))
    .map(
      (outcome): Problem => ({
        code: "policy/missing-example",
        file: policy.file,
        ...policy.line("tests"),
        message: `${policy.id} has no example with expect: ${outcome}`,
        hint: "add one: a policy is only known to work where it was seen to pass and to fail",
      }),
    );
  const passed = problems.length === 0 && tests.every((test) => test.passed);
  return { policy: policy.id, file: policy.file, passed, tests, problems };
}

function run(policy: Policy, test: PolicyTest, probe?: ProgramProbe) {
  const program = programOf(policy, test);
  return runner(program, probe)(test.given, exampleWorld(test.now));
}

/** The policy's program with the parameters of an example: the defaults of the file, whatever a configuration says. */
function programOf(policy: Policy, test: PolicyTest): Program {
  const { source } = originOf(policy);
  const params = new Map<string, Parameter>();
  for (const [name, { type, default: standard }] of Object.entries(source.content.params ?? {})) {
    const parameter = parameterOf(type, test.params[name] ?? standard);
    if (typeof parameter !== "string") params.set(name, parameter);
  }
  return assemble(source, params, []);
}

/** Which conditions in a policy's expressions its examples never make true, or never false. */
export function coverPolicy(policy: Policy): CoverageResult {
  const { program } = originOf(policy);
  const expressions = [program.when, program.require, program.each, program.key].filter((each) => each !== null);
  const seen = new Map<string, Set<unknown>>();
  for (const test of policy.tests) {
    run(policy, test, (expression, term, value) => {
      const name = nameOf(expression, term);
      const values = seen.get(name) ?? new Set();
      seen.set(name, values.add(value));
    });
  }
  const missed: Missed[] = [];
  let branches = 0;
  for (const expression of expressions) {
    for (const term of conditions(expression)) {
      const values = seen.get(nameOf(expression, term));
      for (const value of [true, false]) {
        branches++;
        if (values?.has(value)) continue;
        const text = textOf(expression.source, term.start, term.end);
        missed.push({ key: expression.key, expression: text, value, ...placeOf(policy, expression, term) });
      }
    }
  }
  return { policy: policy.id, file: policy.file, branches, reached: branches - missed.length, missed };
}

function nameOf(expression: Expression, term: Term): string {
  return `${expression.key} ${term.start} ${term.end}`;
}

function placeOf(policy: Policy, expression: Expression, term: Term): Position {
  const { document } = originOf(policy).source;
  const node = document.node([expression.key]);
  if (!isScalar(node)) return policy.line(expression.key);
  return document.at(offsetInFile(document.text, node, term.start + expression.offset));
}

/** The conditions in an expression: itself, both sides of && and ||, what stands before ?, and what quantifiers ask. */
function conditions(expression: Expression): Term[] {
  const found = new Map<string, Term>();
  const add = (term: Term) => {
    if (term.op !== "literal") found.set(nameOf(expression, term), term);
  };
  const waiting = [expression.term];
  if (expression.key === "when" || expression.key === "require") add(expression.term);
  for (let term = waiting.pop(); term !== undefined; term = waiting.pop()) {
    if (term.op === "and" || term.op === "or") for (const side of [term.left, term.right]) add(side);
    else if (term.op === "choose") add(term.condition);
    else if (term.op === "quantifier" && term.name !== "map") add(term.body);
    waiting.push(...inside(term));
  }
  return [...found.values()].sort((a, b) => a.start - b.start || b.end - a.end);
}
