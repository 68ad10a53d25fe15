/** True, false, or why it cannot be told, in a few words: Kleene's three values, the third one with its cause. */
export type Verdict = boolean | string;

/** The cause of what depends on a request: a condition names the action. Everything that was needed was read. */
export const conditional = "conditional";

/** What holds where the verdict does not. */
export function not(verdict: Verdict): Verdict {
  return typeof verdict === "string" ? verdict : !verdict;
}

/** Whether both hold: one that does not decides, whatever the other is. */
export function and(one: Verdict, other: Verdict): Verdict {
  if (one === false || other === false) return false;
  if (one === true) return other;
  return one;
}

/** Whether one of them holds: one that does decides, whatever the others are. */
export function or(one: Verdict, other: Verdict): Verdict {
  if (one === true || other === true) return true;
  if (one === false) return other;
  // What was not read outweighs what depends on a request, so that it is never lost.
  return one === conditional && other !== false ? other : one;
}

/** Whether any of them holds; asked one after the other, up to the first that does. */
export function anyOf(verdicts: Iterable<Verdict>): Verdict {
  let found: Verdict = false;
  for (const verdict of verdicts) {
    if (verdict === true) return true;
    found = or(found, verdict);
  }
  return found;
}
