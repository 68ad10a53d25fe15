import { posix } from "node:path";
import picomatch from "picomatch";

/** A glob of files, by their paths from the root of the repository with forward slashes. */
export interface PathGlob {
  /** As it was written. */
  readonly pattern: string;
  matches(path: string): boolean;
  /** Whether files that it matches may lie in a folder, at any depth; the root is the empty text. */
  reaches(folder: string): boolean;
}

/**
 * A glob that stands in a file of a folder, and is relative to it; null where it leads out of the repository. Names that
 * begin with a dot are names as all others: what must not be committed often has one.
 * @param folder from the root of the repository; empty for the root itself
 */
export function pathGlob(pattern: string, folder: string): PathGlob | null {
  if (/^(?:[/\\]|[A-Za-z]:)/.test(pattern)) return null;
  const literal = folder.replace(/[\\*?[\]{}()!+@]/g, "\\$&");
  const joined = posix.join(literal, pattern);
  if (joined === ".." || joined.startsWith("../")) return null;
  const whole = joined.endsWith("/") ? `${joined}**` : joined;
  const options = { dot: true, nonegate: true, windows: false };
  const isMatch = picomatch(whole, options);
  const base = picomatch.scan(whole, { nonegate: true }).base.replace(/\\(?=.)/g, "");
  // Without ** it reaches as many folders down as it has slashes.
  const deepest = /\*\*|[{(][^})]*\//.test(whole) ? Number.POSITIVE_INFINITY : whole.split("/").length - 1;
  return {
    pattern,
    matches: (path) => isMatch(path),
    reaches(folder) {
      if (folder === "" || base === folder || base.startsWith(`${folder}/`)) return true;
      const isBelow = base === "" || folder.startsWith(`${base}/`);
      return isBelow && folder.split("/").length <= deepest;
    },
  };
}
