import type { PlannedValue } from "../plan.ts";
import { isList, mapOf } from "./template.ts";

const part = /(?:^|\.)([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/gy;

/** The steps of a path, as in `env.AZURE_KEY`, `commands[0]` and `["a key"].x`; null where it is none. */
export function stepsIn(path: string): (string | number)[] | null {
  const steps: (string | number)[] = [];
  part.lastIndex = 0;
  while (part.lastIndex < path.length) {
    const found = part.exec(path);
    if (found === null) return null;
    const [, name, index, quoted] = found;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? String(JSON.parse(`"${quoted ?? ""}"`)));
  }
  return steps;
}

/** Puts values that a row holds by their paths back into what they were taken from; everything is text there. */
export function rebuilt(values: readonly { path: string; value: PlannedValue }[]): PlannedValue {
  const root: { top?: PlannedValue } = {};
  for (const { path, value } of values) {
    const steps = stepsIn(path);
    if (steps === null) continue;
    let at = root as Record<string | number, PlannedValue>;
    let key: string | number = "top";
    for (const step of steps) {
      const next = (at[key] ?? (typeof step === "number" ? [] : Object.create(null))) as unknown as Record<
        string | number,
        PlannedValue
      >;
      at[key] = next as unknown as PlannedValue;
      at = next;
      key = step;
    }
    at[key] = value;
  }
  return root.top ?? {};
}

/** What stands at a path inside a value; undefined where there is nothing. */
export function valueAt(value: PlannedValue, path: string): PlannedValue | undefined {
  let at: PlannedValue | undefined = value;
  for (const step of stepsIn(path) ?? [null]) {
    if (step === null) return undefined;
    at = typeof step === "number" && isList(at) ? at[step] : mapOf(at)?.[String(step)];
  }
  return at;
}

/** Whether the steps to a value are ones that a dotted pattern of secret_fields names, or lie below it. */
export function isSecret(patterns: readonly string[], steps: readonly (string | number)[]): boolean {
  const names = steps.filter((step) => typeof step === "string");
  return patterns.some((pattern) => {
    const wanted = pattern.split(".");
    return names.length >= wanted.length && wanted.every((each, index) => each === "*" || each === names[index]);
  });
}
