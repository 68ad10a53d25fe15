import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { parse } from "yaml";

/** A step of a job or of a composite action, as it is written. */
export interface Step {
  id?: string;
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  shell?: string;
  with?: Record<string, string | number | boolean>;
  env?: Record<string, string>;
  "working-directory"?: string;
}

/** A job, as it is written. */
export interface Job {
  if?: string;
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  steps: Step[];
}

/** A workflow, as it is written. */
export interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

interface Action {
  inputs?: Record<string, { default?: string }>;
  outputs?: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

/** Around a job: what GitHub and the runner's machine give to it. */
export interface Around {
  /** The repository that was checked out; the working directory of every step. */
  workspace: string;
  /** A folder for what the runner keeps. */
  temporary: string;
  /** Of the machine, beside what the runner sets. */
  env: Record<string, string>;
  /** The contexts that expressions see, beside those that the play keeps itself. */
  contexts: Record<string, unknown>;
  /** Where an action stands that is to be played; undefined for one that `uses` answers. */
  actionAt(uses: string): string | undefined;
  /** What an action that is not played gives as outputs. @throws to make its step fail */
  uses(uses: string, inputs: Record<string, string>): Record<string, string>;
}

/** How a step went. */
export interface Played {
  step: string;
  outcome: "success" | "failure" | "skipped";
  printed: string;
}

/** A job that was played: red or green, and each of its steps. */
export interface PlayedJob {
  outcome: "success" | "failure" | "skipped";
  steps: Played[];
}

/** Reads a workflow. */
export function readWorkflow(file: string): Workflow {
  return parse(readFileSync(file, "utf8"), { strict: true });
}

/** Plays the steps of a job as a runner does: expressions by GitHub's own evaluator, scripts by bash. */
export async function playJob(workflow: Workflow, name: string, around: Around): Promise<PlayedJob> {
  const job = workflow.jobs[name];
  if (job === undefined) throw new Error(`there is no job ${name}`);
  const scope = new Scope(around, {});
  if (!scope.holds(job.if, false)) return { outcome: "skipped", steps: [] };
  scope.env = scope.fill(job.env ?? {});
  const steps = await playSteps(job.steps, scope, around);
  return { outcome: scope.failed ? "failure" : "success", steps };
}

/** What steps of one job, or of one composite action, see and leave to each other. */
class Scope {
  readonly around: Around;
  readonly inputs: Record<string, string>;
  readonly outputs: Record<string, Record<string, string>> = {};
  env: Record<string, string> = {};
  path: string[] = [];
  failed = false;
  action: string | null = null;

  constructor(around: Around, inputs: Record<string, string>) {
    this.around = around;
    this.inputs = inputs;
  }

  contexts(): Record<string, unknown> {
    const { contexts, workspace, temporary } = this.around;
    const steps = Object.fromEntries(Object.entries(this.outputs).map(([id, outputs]) => [id, { outputs }]));
    const github = {
      ...(contexts.github as object),
      workspace,
      ...(this.action !== null && { action_path: this.action }),
    };
    return { ...contexts, github, steps, inputs: this.inputs, env: this.env, runner: { temp: temporary, os: "Linux" } };
  }

  evaluate(expression: string): data.ExpressionData {
    const contexts = this.contexts();
    const status = [
      { name: "success", minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(!this.failed) },
      { name: "failure", minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(this.failed) },
      { name: "always", minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(true) },
      { name: "cancelled", minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(false) },
    ];
    const { tokens } = new Lexer(expression).lex();
    const parsed = new Parser(tokens, Object.keys(contexts), status).parse();
    const context = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
    return new Evaluator(parsed, context, new Map(status.map((each) => [each.name, each]))).evaluate();
  }

  text(written: string | number | boolean): string {
    return String(written).replace(/\$\{\{(.*?)\}\}/gs, (_, inner: string) =>
      this.evaluate(inner.trim()).coerceString(),
    );
  }

  fill(values: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, this.text(value)]));
  }

  /** Whether a step or a job runs: after a failure only where its condition asks for the status itself. */
  holds(condition: string | undefined, inJob = true): boolean {
    const asked = (condition ?? "").replace(/^\s*\$\{\{(.*)\}\}\s*$/s, "$1").trim();
    if (inJob && this.failed && !/\b(?:always|failure|cancelled)\s*\(/.test(asked)) return false;
    if (asked === "") return true;
    const value = this.evaluate(asked);
    return !(value.coerceString() === "false" || value.coerceString() === "" || value.coerceString() === "0");
  }
}

let made = 0;

async function playSteps(steps: readonly Step[], scope: Scope, around: Around): Promise<Played[]> {
  const played: Played[] = [];
  for (const step of steps) {
    const name = step.name ?? step.id ?? step.uses ?? (step.run ?? "").split("\n", 1)[0] ?? "";
    if (!scope.holds(step.if)) {
      played.push({ step: name, outcome: "skipped", printed: "" });
      continue;
    }
    const env = { ...scope.env, ...scope.fill(step.env ?? {}) };
    const done =
      step.uses === undefined ? await playScript(step, env, scope) : await playUse(step.uses, step, env, scope, around);
    if (step.id !== undefined) scope.outputs[step.id] = done.outputs;
    if (!done.succeeded) scope.failed = true;
    played.push(...done.inner, { step: name, outcome: done.succeeded ? "success" : "failure", printed: done.printed });
  }
  return played;
}

interface Done {
  succeeded: boolean;
  outputs: Record<string, string>;
  printed: string;
  inner: Played[];
}

async function playUse(
  uses: string,
  step: Step,
  env: Record<string, string>,
  scope: Scope,
  around: Around,
): Promise<Done> {
  const inputs = scope.fill(step.with ?? {});
  const at = around.actionAt(uses);
  if (at === undefined) {
    try {
      return { succeeded: true, outputs: around.uses(uses, inputs), printed: "", inner: [] };
    } catch (error) {
      return { succeeded: false, outputs: {}, printed: String(error), inner: [] };
    }
  }
  const action: Action = parse(readFileSync(join(at, "action.yml"), "utf8"), { strict: true });
  const declared = action.inputs ?? {};
  const stray = Object.keys(inputs).find((name) => declared[name] === undefined);
  if (stray !== undefined) throw new Error(`${uses} has no input ${stray}`);
  const defaults = Object.fromEntries(
    Object.entries(declared).map(([name, { default: value }]) => [name, value ?? ""]),
  );
  const within = new Scope(around, { ...defaults, ...inputs });
  within.env = env;
  within.path = scope.path;
  within.action = at;
  const inner = await playSteps(action.runs.steps, within, around);
  scope.path = within.path;
  const outputs = Object.entries(action.outputs ?? {}).map(([name, { value }]) => [name, within.text(value)]);
  return { succeeded: !within.failed, outputs: Object.fromEntries(outputs), printed: "", inner };
}

async function playScript(step: Step, env: Record<string, string>, scope: Scope): Promise<Done> {
  const { temporary, workspace, env: machine } = scope.around;
  const folder = join(temporary, "_runner", String(++made));
  mkdirSync(folder, { recursive: true });
  const files = { GITHUB_OUTPUT: "output", GITHUB_ENV: "env", GITHUB_PATH: "path", GITHUB_STEP_SUMMARY: "summary.md" };
  const named = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]));
  for (const file of Object.values(named)) writeFileSync(file, "");
  const script = join(folder, "script.sh");
  writeFileSync(script, scope.text(step.run ?? ""));
  // As the runner calls bash (docs.github.com, workflow syntax: jobs.<job_id>.steps[*].shell).
  const flags = step.shell === "bash" ? ["--noprofile", "--norc", "-eo", "pipefail"] : ["-e"];
  const github = scope.contexts().github as Record<string, string>;
  const child = spawn("bash", [...flags, script], {
    cwd: join(workspace, scope.text(step["working-directory"] ?? ".")),
    env: {
      ...machine,
      PATH: [...scope.path, machine.PATH].join(":"),
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_REPOSITORY: github.repository ?? "",
      GITHUB_RUN_ID: github.run_id ?? "",
      GITHUB_RUN_ATTEMPT: "1",
      RUNNER_TEMP: temporary,
      ...named,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  const status = await new Promise((done, reject) => {
    child.once("error", reject);
    child.once("close", done);
  });
  Object.assign(scope.env, valuesIn(join(folder, "env")));
  scope.path = [...readFileSync(join(folder, "path"), "utf8").split("\n").filter(Boolean), ...scope.path];
  return { succeeded: status === 0, outputs: valuesIn(join(folder, "output")), printed, inner: [] };
}

function valuesIn(file: string): Record<string, string> {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** A folder for programs that stand before those of the machine, each a script of bash. */
export function programs(below: string, scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(below, "bin-"));
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(folder, name);
    if (existsSync(file)) throw new Error(`${name} is there twice`);
    writeFileSync(file, `#!/usr/bin/env bash\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}
