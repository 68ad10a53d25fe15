import chalk from "chalk";
import { shown } from "../config/credentials.ts";
import { InputError, OutputError } from "../resources/problem.ts";
import { ExitStatus } from "./exit.ts";

/** An argument of the command line that is wrong. */
export class UsageError extends Error {}

/** Tells a person what went wrong, on stderr, and gives the exit status for it. */
export function tellError(error: unknown): number {
  if (error instanceof InputError) {
    for (const { file, line, column, message, hint, code } of error.problems) {
      process.stderr.write(
        `${chalk.bold(`${printable(file)}:${line}:${column}`)} ${printable(message)} ${chalk.dim(`[${code}]`)}\n`,
      );
      if (hint !== null) process.stderr.write(`  ${printable(hint)}\n`);
    }
    const count = error.problems.length;
    process.stderr.write(`\n${count} problem${count === 1 ? "" : "s"}; nothing was read.\n`);
    return ExitStatus.wrongInput;
  }
  if (error instanceof UsageError || error instanceof OutputError) {
    process.stderr.write(`${printable(error.message)}\n`);
    return ExitStatus.wrongInput;
  }
  // A message can repeat what was being read, so only where it happened is told.
  const { name, message, stack } = error as Error;
  const where = (stack ?? "").replace(message, "").split("\n");
  const lines = where.filter((line) => line.trimStart().startsWith("at ")).slice(0, 8);
  process.stderr.write(
    `leastwise itself failed (${printable(name)}). Please report it with these lines:\n${printable(lines.join("\n"))}\n`,
  );
  return ExitStatus.fault;
}

/** What is wrong can be a name or value that somebody wrote, and so a credential. */
function printable(text: string): string {
  return shown(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (each) => (each === "\n" ? "\n" : "\u{fffd}"));
}
