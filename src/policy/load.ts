import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Document, type Position, parseDocument, readText } from "../resources/document.ts";
import type { PolicyFile } from "../resources/generated.ts";
import { kinds, type Row } from "../resources/kinds.ts";
import { InputError, nearest, type Problem } from "../resources/problem.ts";
import { validateDocument } from "../resources/validate.ts";
import { parseTimestamp } from "./cel/time.ts";
import { any } from "./cel/types.ts";
import { type Misfit, readGiven } from "./given.ts";
import { type Parameter, parameterOf, unknownParameter } from "./params.ts";
import type { Policy, PolicyTest } from "./policy.ts";
import { assemble, type Program, runner, type Source } from "./program.ts";

/** A policy file: its text, and how messages name it. */
export interface PolicySource {
  readonly file: string;
  readonly text: string;
}

type Params = Readonly<Record<string, unknown>>;

export interface LoadOptions {
  /** Values of parameters, by policy and name. */
  readonly params?: Readonly<Record<string, Params>>;
  /** The file that those stand in, for messages. */
  readonly paramsFile?: string;
  /** Asked about an id with parameters that no policy has: null where it was left out on purpose, else what helps. */
  readonly absent?: (id: string) => { hint: string | null } | null;
}

/** What a loaded policy was made from, for its tests and their coverage. */
export interface Origin {
  readonly source: Source;
  readonly program: Program;
}

const origins = new WeakMap<Policy, Origin>();

/** What a policy was made from. */
export function originOf(policy: Policy): Origin {
  const origin = origins.get(policy);
  if (origin === undefined) throw new Error(`${policy.id} was not loaded by loadPolicies`);
  return origin;
}

/** Every *.yaml and *.yml file in a folder and below it, in order of path. @throws InputError where one cannot be read */
export function readPolicyFolder(folder: string, shownAs: string): PolicySource[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const message = missing ? "there is no such folder" : "the folder cannot be read";
    const code = missing ? "file/missing" : "file/unreadable";
    throw new InputError([{ code, file: shownAs, line: 1, column: 1, message, hint: null }]);
  }
  const sources: PolicySource[] = [];
  const problems: Problem[] = [];
  for (const name of names.map((each) => each.replaceAll("\\", "/")).sort()) {
    if (!/\.ya?ml$/.test(name)) continue;
    const file = `${shownAs.replace(/\/+$/, "")}/${name}`;
    collect(problems, () => sources.push({ file, text: readText(join(folder, name), file) }));
  }
  if (problems.length > 0) throw new InputError(problems);
  return sources;
}

/** Loads policies, sorted by id. @throws InputError with all problems of all files: one bad policy fails the load */
export function loadPolicies(sources: readonly PolicySource[], options: LoadOptions = {}): Policy[] {
  const problems: Problem[] = [];
  const read = sources.flatMap((source) => collect(problems, () => readSource(source)) ?? []);
  const byId = new Map<string, Source>();
  for (const source of read) {
    const first = byId.get(source.content.id);
    if (first === undefined) byId.set(source.content.id, source);
    else {
      const { file } = source.document;
      const message = `there is another policy ${source.content.id}`;
      const at = source.document.position(["id"]);
      problems.push({ code: "policy/duplicate-id", file, ...at, message, hint: `it stands in ${first.document.file}` });
    }
  }
  const policies = read.map((source) => load(source, options, problems));
  for (const id of Object.keys(options.params ?? {})) {
    if (byId.has(id) || problems.length > 0) continue;
    const told = options.absent === undefined ? { hint: null } : options.absent(id);
    if (told === null) continue;
    const meant = nearest(id, byId.keys());
    const at = { file: options.paramsFile ?? "params", line: 1, column: 1 };
    const hint = told.hint ?? (meant === null ? null : `did you mean ${meant}?`);
    problems.push({ code: "policy/unknown-policy", ...at, message: `params: there is no policy ${id}`, hint });
  }
  if (problems.length > 0) throw new InputError(inOrder(problems));
  return policies.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** What a function gives; its problems are kept where it has any. */
function collect<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const told = new Set<string>();
  const order = (a: Problem, b: Problem) => a.line - b.line || a.column - b.column;
  return [...Map.groupBy(problems, (problem) => problem.file).values()]
    .flatMap((each) => each.sort(order))
    .filter((problem) => {
      const key = JSON.stringify(problem);
      return !told.has(key) && told.add(key).size > 0;
    });
}

const expressionKeys = ["when", "require", "each", "key"];

function readSource({ file, text }: PolicySource): Source {
  const document = refined(
    () => parseDocument(file, text),
    (problem) => quotedWhole(text, problem),
  );
  refined(
    () => validateDocument(document, "policy"),
    (problem) => quoted(document, problem),
  );
  const content = document.value as PolicyFile;
  if (!kinds.has(content.target)) {
    const meant = nearest(content.target, kinds.keys());
    const hint = meant === null ? `kinds: ${[...kinds.keys()].join(", ")}` : `did you mean ${meant}?`;
    const message = `there is no kind ${content.target}`;
    throw new InputError([{ code: "policy/unknown-kind", file, ...document.position(["target"]), message, hint }]);
  }
  return { document, content };
}

/** What a function gives; its problems are told in a better way where there is one. */
function refined<T>(read: () => T, refine: (problem: Problem) => Problem): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.problems.map(refine)) : error;
  }
}

/** The problem with the hint to quote, where an expression made the file no YAML. */
function quotedWhole(text: string, problem: Problem): Problem {
  const line = text.split("\n")[problem.line - 1] ?? "";
  const key = /^\s*(when|require|each|key|message|rationale|text|command)\s*:\s*\S/.exec(line)?.[1];
  if (key === undefined || problem.hint !== null) return problem;
  return { ...problem, hint: `put the whole of it in quotes, or write it as a block: ${key}: |` };
}

/** The problem with the hint to quote, where YAML made something else of an expression or a template. */
function quoted(document: Document, problem: Problem): Problem {
  const value = document.value;
  if (typeof value !== "object" || value === null) return problem;
  for (const [key, each] of Object.entries(value)) {
    const isText = expressionKeys.includes(key) || key === "message";
    if (!isText || typeof each === "string") continue;
    const at = document.position([key]);
    if (at.line === problem.line && at.column === problem.column) {
      return { ...problem, hint: `put it in quotes, or write it as a block: ${key}: |` };
    }
  }
  return problem;
}

function load(source: Source, options: LoadOptions, problems: Problem[]): Policy {
  const { document, content } = source;
  const params = paramsOf(source, options, problems);
  const program = assemble(source, params, problems);
  const run = runner(program);
  const soc2 = content.controls.soc2;
  const policy: Policy = {
    id: content.id,
    title: content.title,
    severity: content.severity,
    confidence: content.confidence,
    target: content.target,
    controls: {
      soc2: Array.isArray(soc2)
        ? soc2.map((id) => ({ id, reason: null }))
        : Object.entries(soc2).map(([id, reason]) => ({ id, reason })),
    },
    params: Object.fromEntries([...params].map(([name, { written }]) => [name, written])),
    rationale: content.rationale ?? null,
    remediation:
      content.remediation === undefined
        ? null
        : {
            text: content.remediation.text,
            command: content.remediation.command ?? null,
            code: content.remediation.code ?? null,
          },
    references: content.references ?? [],
    file: document.file,
    text: document.text,
    digest: `sha256:${createHash("sha256").update(document.text).digest("hex")}`,
    tests: testsOf(source, program, problems),
    kinds: program.kinds,
    reads: program.reads,
    evaluate: run,
    line: (key: string): Position => document.position([key], "key"),
  };
  origins.set(policy, { source, program });
  return policy;
}

function paramsOf(source: Source, options: LoadOptions, problems: Problem[]): Map<string, Parameter> {
  const { document, content } = source;
  const params = new Map<string, Parameter>();
  const given = options.params?.[content.id] ?? {};
  const declared = content.params ?? {};
  for (const [name, { type, default: standard }] of Object.entries(declared)) {
    const own = parameterOf(type, standard);
    if (typeof own === "string") {
      const at = document.position(["params", name, "default"]);
      const message = `the default of ${name} ${own}`;
      problems.push({ code: "policy/bad-parameter", file: document.file, ...at, message, hint: null });
      params.set(name, { type: any, value: null, written: standard });
    } else params.set(name, own);
    if (given[name] === undefined) continue;
    const value = parameterOf(type, given[name]);
    if (typeof value === "string") {
      const message = `params of ${content.id}: ${name} ${value}`;
      problems.push({ code: "policy/bad-parameter", ...paramsFile(options), message, hint: null });
    } else params.set(name, value);
  }
  for (const name of Object.keys(given)) {
    if (declared[name] !== undefined) continue;
    const { message, hint } = unknownParameter(name, Object.keys(declared));
    const told = `params of ${content.id}: ${message}`;
    problems.push({ code: "policy/unknown-parameter", ...paramsFile(options), message: told, hint });
  }
  return params;
}

function paramsFile(options: LoadOptions): { file: string; line: number; column: number } {
  return { file: options.paramsFile ?? "params", line: 1, column: 1 };
}

function testsOf(source: Source, program: Program, problems: Problem[]): PolicyTest[] {
  const { document, content } = source;
  const tell = (
    code: string,
    path: readonly (string | number)[],
    key: boolean,
    message: string,
    hint: string | null,
  ) => {
    const at = document.position(path, key ? "key" : "value");
    problems.push({ code, file: document.file, ...at, message, hint });
  };
  return (content.tests ?? []).map((test, index): PolicyTest => {
    const path = ["tests", index];
    const misfits: Misfit[] = [];
    const given: Row = readGiven(test.given, content.target, [...path, "given"], misfits);
    for (const each of misfits) tell("policy/bad-example", each.path, each.key, each.message, each.hint);
    const params = (test.params ?? {}) as Params;
    for (const [name, value] of Object.entries(params)) {
      const declared = content.params?.[name];
      if (declared === undefined) {
        const { message, hint } = unknownParameter(name, Object.keys(content.params ?? {}));
        tell("policy/unknown-parameter", [...path, "params", name], true, message, hint);
        continue;
      }
      const parameter = parameterOf(declared.type, value);
      if (typeof parameter === "string") {
        tell("policy/bad-parameter", [...path, "params", name], false, `${name} ${parameter}`, null);
      }
    }
    const now = test.now === undefined ? null : parseTimestamp(test.now);
    if (test.now !== undefined && now === null) {
      tell("policy/bad-timestamp", [...path, "now"], false, "now must be a timestamp", 'as in "2026-01-31T00:00:00Z"');
    }
    if (test.now === undefined && program.usesNow) {
      const hint = 'give the example a moment, as in now: "2026-01-31T00:00:00Z"';
      tell("policy/example-without-now", path, false, "the policy reads now, and the example has none", hint);
    }
    return {
      name: test.name,
      given,
      params,
      now: now ?? 0,
      expected: test.expect,
      position: document.position(path),
    };
  });
}
