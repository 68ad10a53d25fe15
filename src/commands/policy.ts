import chalk from "chalk";
import type { Configuration } from "../config/config.ts";
import { findConfiguration, readConfiguration } from "../config/config.ts";
import type { Policy } from "../policy/policy.ts";
import { unsaidIn } from "../policy/skeleton.ts";
import { coverPolicy, testPolicy } from "../policy/test.ts";
import { matchesGlob } from "../resources/glob.ts";
import { nearest } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { ExitStatus } from "./exit.ts";
import { type InputOptions, loadConfigured, policySources } from "./inputs.ts";

/** The policies of the options, else those of the nearest configuration, else the built-in ones. */
export function loadForPolicy(options: InputOptions): Policy[] {
  const file = options.config ?? findConfiguration(process.cwd());
  const configuration: Configuration | null = file === null ? null : readConfiguration(file);
  return loadConfigured(policySources(options, configuration), configuration, options);
}

/** Tells which texts of a begun policy a person has still to replace, and gives how many there are. */
function tellUnsaid(policies: readonly Policy[]): number {
  let count = 0;
  for (const { file, text } of policies) {
    for (const { line, said } of unsaidIn(text)) {
      count++;
      process.stdout.write(`${file}:${line} still has the text that it was begun with: ${said}\n`);
    }
  }
  return count;
}

/** `leastwise policy check`: loads every policy; what is wrong ends in exit status 2. */
export function policyCheck(options: InputOptions): void {
  const policies = loadForPolicy(options);
  tellUnsaid(policies);
  process.stdout.write(`${policies.length} policies are sound\n`);
}

/** `leastwise policy test`: runs the examples inside the policies, and tells which branches none reaches. */
export function policyTest(options: InputOptions & { coverage?: boolean; policy?: string[] }): void {
  const globs = options.policy ?? ["*"];
  const policies = loadForPolicy(options).filter((each) => globs.some((glob) => matchesGlob(glob, each.id)));
  if (policies.length === 0) throw new UsageError(`--policy ${globs.join(" ")} matches no policy`);
  let passed = 0;
  let failed = 0;
  for (const policy of policies) {
    const result = testPolicy(policy);
    for (const test of result.tests) {
      if (test.passed) passed++;
      else {
        failed++;
        process.stdout.write(
          `${policy.file}:${test.line}:${test.column} ${test.name}: expected ${test.expected}, got ${test.actual}\n`,
        );
        for (const cause of test.causes) process.stdout.write(`  ${cause}\n`);
      }
    }
    for (const problem of result.problems) {
      failed++;
      process.stdout.write(`${problem.file}:${problem.line}:${problem.column} ${problem.message}\n`);
    }
    if (options.coverage === true) {
      const { missed } = coverPolicy(policy);
      for (const each of missed) {
        process.stdout.write(
          `${policy.file}:${each.line}:${each.column} no example makes this ${each.value}: ${each.expression}\n`,
        );
      }
    }
  }
  const unsaid = tellUnsaid(policies);
  const unsaidTold = unsaid === 0 ? "" : `; ${unsaid} texts are still to be written`;
  process.stdout.write(`${passed} passed, ${failed} failed, in ${policies.length} policies${unsaidTold}\n`);
  process.exitCode = failed + unsaid === 0 ? ExitStatus.clean : ExitStatus.findings;
}

/** `leastwise policy list`: a line each. */
export function policyList(options: InputOptions): void {
  const policies = loadForPolicy(options);
  const wide = Math.max(...policies.map((each) => each.id.length));
  for (const { id, severity, title } of policies)
    process.stdout.write(`${id.padEnd(wide)}  ${severity.padEnd(8)}  ${title}\n`);
}

/** `leastwise policy show`: one policy, with its parameters in force and its text. */
export function policyShow(id: string, options: InputOptions): void {
  const policies = loadForPolicy(options);
  const policy = policies.find((each) => each.id === id);
  if (policy === undefined) {
    const meant = nearest(
      id,
      policies.map((each) => each.id),
    );
    throw new UsageError(`There is no policy ${id}${meant === null ? "" : `; did you mean ${meant}?`}`);
  }
  process.stdout.write(`${chalk.dim(`# ${policy.file}, ${policy.digest}`)}\n`);
  for (const [name, value] of Object.entries(policy.params))
    process.stdout.write(`${chalk.dim(`# ${name} in force: ${String(value)}`)}\n`);
  process.stdout.write(policy.text);
}
