import { type Document, firstOf } from "../resources/document.ts";
import { InputError, type Problem } from "../resources/problem.ts";
import { findSecrets } from "../secrets/find.ts";
import { flatten } from "../secrets/flatten.ts";

/** A text that somebody wrote, as it may be shown: credentials in it are masked. */
export function shown(text: string): string {
  return findSecrets({ path: "", key: "", value: text }).masked;
}

/**
 * A credential in an input would end in every snapshot, so it is refused; the message does not repeat it. This comes before
 * any other check, because their messages repeat names.
 * @param hint what to write instead
 * @throws InputError with every place that holds one
 */
export function refuseCredentials(document: Document, hint: string): void {
  const problems: Problem[] = [];
  const tell = (path: (string | number)[], what: "key" | "value"): void => {
    const message = "a credential stands here in the clear";
    problems.push({ code: "config/credential", file: document.file, ...document.position(path, what), message, hint });
  };
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (typeof value === "object" && value !== null) {
      for (const [key, each] of Object.entries(value)) {
        const inside = [...path, Array.isArray(value) ? Number(key) : key];
        if (shown(key) !== key) tell(inside, "key");
        walk(each, inside);
      }
      return;
    }
    const key = String(path.findLast((part) => typeof part === "string") ?? "");
    for (const leaf of flatten(value, key)) {
      if (leaf.value !== null && findSecrets({ path: leaf.path, key, value: leaf.value }).secrets.length > 0)
        tell(path, "value");
    }
  };
  walk(document.value, []);
  if (problems.length > 0) throw new InputError(firstOf(problems));
}
