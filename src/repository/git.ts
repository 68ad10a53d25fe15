import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The longest answer of git that is taken, in bytes. */
const mostBytes = 64 << 20;
/** How long one question may take, in ms. */
const longest = 60_000;

/** A working tree of git. */
export interface Repository {
  /** Its root, without links. */
  root: string;
  /** What git prints. @throws Error where git fails */
  git(...args: string[]): string;
  /** As `git`; null where git fails. */
  ask(...args: string[]): string | null;
  /** The path of a file from the root, with forward slashes; null for one that lies outside. */
  pathOf(file: string): string | null;
}

/** The repository that a folder lies in; null where there is none, or no git. */
export function repositoryOf(folder: string): Repository | null {
  const run = (cwd: string, args: readonly string[]): string | null => {
    try {
      return execFileSync("git", args, {
        cwd,
        encoding: "utf8",
        maxBuffer: mostBytes,
        timeout: longest,
        stdio: ["ignore", "pipe", "ignore"],
        // Words of git are read, so they have to be the ones of its source.
        env: { ...process.env, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
      });
    } catch {
      return null;
    }
  };
  const root = run(folder, ["rev-parse", "--show-toplevel"])?.trimEnd();
  if (root === undefined || root === "") return null;
  const real = realpathSync(root);
  const ask = (...args: string[]): string | null => run(real, args);
  return {
    root: real,
    ask,
    git(...args) {
      const answer = ask(...args);
      if (answer === null) throw new Error(`git ${args[0]} failed`);
      return answer;
    },
    pathOf(file) {
      const path = relative(real, join(realpathSync(dirname(file)), file.slice(dirname(file).length))).replaceAll(
        "\\",
        "/",
      );
      return path.startsWith("../") ? null : path;
    },
  };
}
