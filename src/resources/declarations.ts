import type { SourceDeclaration } from "./generated.ts";
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

/**
 * The line that declares what a plan calls by an address; null where none does, or several do.
 * @param address as in terraform:module.lake.azurerm_storage_account.this["raw"], bicep:lake or arm:lake
 * @param near the path of the file or folder that the plan was made of: what stands in it or nearest to it counts
 */
export function declarationOf(
  declarations: Iterable<SourceDeclaration>,
  address: string,
  near?: string,
): { file: string; line: number; column: number } | null {
  const wanted = addressPattern(address);
  const found = new Map<string, { file: string; line: number; column: number }>();
  for (const { address: each, file, line, column } of declarations) {
    if (each == null || file === undefined || line === undefined || column === undefined) continue;
    if (each === address || addressPattern(each) === wanted)
      found.set(`${file}:${line}:${column}`, { file, line, column });
  }
  if (found.size <= 1 || near === undefined) return found.size === 1 ? ([...found.values()][0] ?? null) : null;
  const shared = (file: string): number => {
    const [a, b] = [file.split("/"), near.split("/")];
    const differs = a.findIndex((part, index) => part !== b[index]);
    return differs < 0 ? a.length : differs;
  };
  const most = Math.max(...[...found.values()].map(({ file }) => shared(file)));
  const nearest = [...found.values()].filter(({ file }) => shared(file) === most);
  return nearest.length === 1 ? (nearest[0] ?? null) : null;
}

/** An address without its indices: what is made several times is declared once. */
function addressPattern(address: string): string {
  return address.replace(/\[[^\]]*\]/g, "");
}
