/** Something wrong in a file that a person wrote: where it stands, what it is, and what to do about it. */
export interface Problem {
  /** A stable code that the documentation lists, as in `policy/unknown-field`. */
  code: string;
  /** The file as the person named it. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** Counted from 1, in UTF-16 code units. */
  column: number;
  message: string;
  /** What was probably meant, or what to do; null where there is nothing to add. */
  hint: string | null;
}

/** Input that is wrong: the command ends with exit status 2 and nothing has been read or written. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((each) => `${each.file}:${each.line}:${each.column}: ${each.message}`).join("\n"));
    this.name = "InputError";
    this.problems = problems;
  }
}

/** A place for output that cannot be written: the command ends with exit status 2, and what stood there is as it was. */
export class OutputError extends Error {}

/** Why the system does not let a file be written, by the name that it gives the error (errno(3)). */
const refusals: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EBUSY: "it is in use or the root of a mounted disk; name a folder below it",
  EEXIST: "a file stands where a folder is needed",
  EDQUOT: "this user's share of the disk is used up",
  EFBIG: "a file would be larger than is allowed",
  EISDIR: "a folder stands where a file is needed",
  EIO: "the disk failed",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "there is no space left on the disk",
  ENOTDIR: "something above it is a file and no folder",
  EPERM: "this user may not write there",
  EXDEV: "it is the root of a mounted disk; name a folder below it",
  EROFS: "nothing can be written on that disk",
};

/**
 * Does what writes to a place for output.
 * @param place as people named it
 * @throws OutputError where the system does not let it be written
 */
export function writingTo<Result>(place: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const why = refusals[code];
    throw why === undefined ? error : new OutputError(`${place} could not be written: ${why} (${code})`);
  }
}

/** The candidate nearest to a misspelt word, or null where none is near: at most a third of its letters may differ. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance =
      candidate.toLowerCase() === word.toLowerCase() ? 0 : editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
