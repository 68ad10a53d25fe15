import { matchesGlob } from "./glob.ts";

/** Whether something is so, may be so, or is not. */
export type Fit = "yes" | "may" | "no";

/** Whether an id is one that a declaration tells; `*` in it stands for one part, and at its beginning for anything. */
export function fitsId(pattern: string, id: string): Fit {
  if (pattern === "*") return "may";
  if (!pattern.includes("*")) return pattern === id ? "yes" : "no";
  const told = pattern.split("/");
  const parts = id.split("/");
  if (pattern.startsWith("*")) {
    const from = parts.length - told.length + 1;
    if (from < 0) return "no";
    return told.slice(1).every((each, index) => matchesGlob(each, parts[from + index] ?? "")) ? "may" : "no";
  }
  if (told.length !== parts.length || !told.every((each, index) => matchesGlob(each, parts[index] ?? ""))) return "no";
  // The names decide: which subscription and resource group it is, only who deploys it knows.
  const open = told.flatMap((each, index) => (each.includes("*") ? [index] : []));
  return open.every((index) => (index === 2 || index === 4) && index < told.length - 1) ? "yes" : "may";
}

/** The best of several answers. */
export function best(fits: readonly Fit[]): Fit {
  return fits.includes("yes") ? "yes" : fits.includes("may") ? "may" : "no";
}

/** The worst of several answers. */
export function worst(fits: readonly Fit[]): Fit {
  return fits.includes("no") ? "no" : fits.includes("may") ? "may" : "yes";
}

/** Whether a name is one that a declaration tells. */
export function fitsName(names: readonly string[], name: string): Fit {
  return best(
    names.map((each) => (each === name ? "yes" : each.includes("*") && matchesGlob(each, name) ? "may" : "no")),
  );
}
