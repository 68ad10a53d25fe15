import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pageMark, policyPages } from "../policy/pages.ts";
import { writingTo } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import type { InputOptions } from "./inputs.ts";
import { loadForPolicy } from "./policy.ts";

/** `leastwise policy docs`: a page for each policy and each kind; pages of an earlier run that are not among them go. */
export function policyDocs(options: InputOptions & { out: string }): void {
  const pages = policyPages(loadForPolicy(options));
  const { out } = options;
  const standing = ["policies", "kinds"].flatMap((folder) => markdownIn(join(out, folder), folder));
  for (const file of pages.keys()) {
    if (standing.includes(file) && !isOurs(join(out, file)))
      throw new UsageError(`${join(out, file)} was not made by policy docs: move it, or write elsewhere with --out`);
  }
  let written = 0;
  let removed = 0;
  writingTo(out, () => {
    for (const [file, text] of pages) {
      const path = join(out, file);
      if (standing.includes(file) && readFileSync(path, "utf8") === text) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      written++;
    }
    for (const file of standing) {
      if (pages.has(file) || !isOurs(join(out, file))) continue;
      rmSync(join(out, file));
      removed++;
      const folder = dirname(join(out, file));
      if (readdirSync(folder).length === 0) rmdirSync(folder);
    }
  });
  process.stdout.write(`${pages.size} pages in ${out}: ${written} written, ${removed} removed\n`);
}

function markdownIn(path: string, shownAs: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && statSync(join(path, name)).isFile())
    .map((name) => `${shownAs}/${name.replaceAll("\\", "/")}`);
}

function isOurs(path: string): boolean {
  return readFileSync(path, "utf8").startsWith(pageMark);
}
