import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { functionNames } from "../../src/policy/cel/functions.ts";
import { loadPolicies, readPolicyFolder } from "../../src/policy/load.ts";
import { testPolicy } from "../../src/policy/test.ts";

const page = readFileSync(new URL("../../docs/policy-language.md", import.meta.url), "utf8");

test("the worked example of the page loads, and its examples are right", () => {
  const text = /```yaml\n(# yaml-language-server.*?)```/s.exec(page)?.[1] ?? "";
  const builtin = readPolicyFolder(fileURLToPath(new URL("../../policies", import.meta.url)), "policies");
  // Whoever keeps it beside the built-in ones must not have two policies with one id.
  const policy = loadPolicies([...builtin, { file: "docs/policy-language.md", text }]).find(({ id }) =>
    id.startsWith("own/"),
  );
  expect(policy === undefined ? null : testPolicy(policy)).toMatchObject({ passed: true });
});

test("the page names every function and every error code", () => {
  for (const name of functionNames) expect(page).toContain(`${name}(`);
  const folder = new URL("../../src/policy/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"));
  const written = sources.flatMap((source) => [...source.matchAll(/"(policy\/[a-z-]+)"/g)].map(([, code]) => code));
  const faults = sources.flatMap((source) =>
    [...source.matchAll(/#fault\(\s*[^;"]*?,\s*"([a-z-]+)"/g)].map(([, code]) => `policy/${code}`),
  );
  const codes = new Set([...written, ...faults]);
  expect(codes.size).toBeGreaterThan(25);
  for (const code of codes) expect(page).toContain(`\`${code}\``);
});
