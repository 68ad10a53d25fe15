import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { promisesPage, readPromises } from "../../src/policy/generate.ts";
import { loadPolicies, readPolicyFolder } from "../../src/policy/load.ts";
import { policyPages } from "../../src/policy/pages.ts";

const docs = resolve(import.meta.dirname, "../../docs");
const policies = loadPolicies(readPolicyFolder(resolve(docs, "../policies"), "policies"));
const pages = policyPages(policies);

test("docs/policies and docs/kinds are what the policies and schemas say; where this fails, run npm run generate", () => {
  const standing = ["policies", "kinds"].flatMap((folder) =>
    readdirSync(join(docs, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  expect(standing.sort()).toEqual([...pages.keys()].sort());
  for (const [file, text] of pages) expect(readFileSync(join(docs, file), "utf8"), file).toBe(text);
});

test("every link in the pages leads to a page, and to a heading of it", () => {
  let links = 0;
  for (const [file, text] of pages) {
    for (const [, target = ""] of text.matchAll(/\]\(([^)\\]+)\)/g)) {
      const [path = "", heading] = target.split("#");
      const page = path === "" ? file : normalize(join(dirname(file), path)).replaceAll("\\", "/");
      expect([...pages.keys()], `${file}: ${target}`).toContain(page);
      const headings = [...(pages.get(page) ?? "").matchAll(/^#+ (.+)$/gm)].map(([, words]) => words?.toLowerCase());
      if (heading !== undefined) expect(headings, `${file}: ${target}`).toContain(heading);
      links++;
    }
  }
  expect(links).toBeGreaterThan(200);
});

describe("docs/promises.yaml", () => {
  const promises = readPromises();
  const named = Object.values(promises).flatMap((rows) => Object.values(rows).flat());

  test("has a row for every built-in policy; where this fails, write the policy's id below the promise that it holds", () => {
    expect(policies.map(({ id }) => id).filter((id) => !named.includes(id))).toEqual([]);
  });

  test("names policies that there are, each once in a row", () => {
    const known = policies.map(({ id }) => id);
    expect(named.filter((id) => !known.includes(id))).toEqual([]);
    for (const [promise, ids] of Object.values(promises).flatMap(Object.entries<readonly string[]>))
      expect(new Set(ids).size, promise).toBe(ids.length);
  });

  test("is what docs/promises.md shows; where this fails, run npm run generate", () => {
    expect(readFileSync(join(docs, "promises.md"), "utf8")).toBe(promisesPage(promises));
  });
});
