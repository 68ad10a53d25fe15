import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { schemaFor } from "../../src/commands/policyNew.ts";
import { folder, leastwise, write } from "./run.ts";

describe("policy new", { timeout: 30_000 }, () => {
  const args = [
    "policy",
    "new",
    "own/vault-keeps",
    "--kind",
    "azure.keyVault",
    "--question",
    "Is purge protection on?",
  ];

  test.concurrent("writes a policy that passes its tests with full coverage, and says how to go on", async () => {
    const cwd = folder();
    const run = await leastwise(args, { cwd });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toContain("policies/own/vault-keeps.yaml asks for purgeProtection.");
    expect(run.stdout).toContain("leastwise policy test --policies policies --coverage");
    expect(readFileSync(join(cwd, "policies/own/vault-keeps.yaml"), "utf8")).toContain(
      "require: 'r.purgeProtection'\n",
    );
    const tested = await leastwise(["policy", "test", "--policies", "policies", "--coverage"], { cwd });
    expect(tested).toMatchObject({ status: 1, stderr: "" });
    expect(tested.stdout).toMatch(/\n3 passed, 0 failed, in 1 policies; 3 texts are still to be written\n$/);
  });

  test.concurrent("is followed until every text is a person's own", async () => {
    const cwd = folder();
    await leastwise(args, { cwd });
    const file = join(cwd, "policies/own/vault-keeps.yaml");
    const begun = readFileSync(file, "utf8");
    const line = begun.split("\n").indexOf("  text: Say how to mend it.") + 1;
    expect(line).toBeGreaterThan(1);
    const check = await leastwise(["policy", "check", "--policies", "policies"], { cwd });
    expect(check).toMatchObject({ status: 0, stderr: "" });
    expect(check.stdout).toContain(
      `policies/own/vault-keeps.yaml:${line} still has the text that it was begun with: Say how to mend it.\n`,
    );
    expect(check.stdout.match(/still has the text/g)).toHaveLength(3);
    write(file, begun.replace(/Say .*\./g, "Written."));
    const tested = await leastwise(["policy", "test", "--policies", "policies"], { cwd });
    expect(tested).toMatchObject({ status: 0, stdout: "3 passed, 0 failed, in 1 policies\n", stderr: "" });
  });

  test.concurrent("never writes over a file", async () => {
    const cwd = folder();
    const file = write(join(cwd, "policies/own/vault-keeps.yaml"), "mine\n");
    const run = await leastwise(args, { cwd });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toContain("policies/own/vault-keeps.yaml is there already");
    expect(readFileSync(file, "utf8")).toBe("mine\n");
  });

  test.concurrent("says what stands in the way of a folder", async () => {
    const cwd = folder();
    write(join(cwd, "policies/own"), "");
    const run = await leastwise(args, { cwd });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toMatch(/could not be written: .*file/);
    write(join(cwd, "site/policies"), "");
    const docs = await leastwise(["policy", "docs", "--policies", "builtin", "--out", "site"], { cwd });
    expect(docs).toMatchObject({ status: 2, stdout: "" });
    expect(docs.stderr).toMatch(/could not be written: .*file/);
  });

  test.concurrent("says where no field has a word of the question", async () => {
    const question = ["--question", "Ist der Mond aus Käse?"];
    const run = await leastwise(["policy", "new", "own/x", "--kind", "prefect.block", ...question], { cwd: folder() });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(/^No field of prefect.block has a word of the question/);
  });

  test.concurrent.each([
    [["own/x", "--kind", "azure.keyVualt"], "There is no kind azure.keyVualt; did you mean azure.keyVault?"],
    [["own/x", "--kind", "vault"], "There is no kind vault; there is azure.appPermission, "],
    [["own", "--kind", "azure.keyVault"], "own is no id: write <family>/<name>"],
    [["../x/y", "--kind", "azure.keyVault"], "../x/y is no id"],
    [["Own/x", "--kind", "azure.keyVault"], "Own/x is no id"],
    [["own/x"], "required option '--kind <kind>' not specified"],
    [["own/x", "--kind", "azure.keyVault", "--question", "a".repeat(300)], "longer than a title may be"],
  ])("%j is an error, and nothing is written", async (wrong, message) => {
    const cwd = folder();
    const run = await leastwise(["policy", "new", ...wrong], { cwd });
    expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 2, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.concurrent("names the schema in node_modules, the nearest one, or where an install would put it", async () => {
    const cwd = folder();
    const schema = async (out: string): Promise<string> => {
      await leastwise([...args, "--out", out], { cwd });
      const [first = ""] = readFileSync(join(cwd, out, "own/vault-keeps.yaml"), "utf8").split("\n");
      return first.replace("# yaml-language-server: $schema=", "");
    };
    expect(await schema("policies")).toBe("../../node_modules/leastwise/schemas/policy.schema.json");
    write(join(cwd, "a/node_modules/leastwise/schemas/policy.schema.json"), "{}");
    expect(await schema("a/b/c")).toBe("../../../node_modules/leastwise/schemas/policy.schema.json");
    const builtin = new URL("../../policies/own/vault-keeps.yaml", import.meta.url).pathname;
    expect(schemaFor(builtin)).toBe("../../schemas/policy.schema.json");
  });
});

describe("policy docs", { timeout: 30_000 }, () => {
  const own = (id: string): string => `id: ${id}
title: Every block has a name
severity: low
confidence: certain
controls: { soc2: [CC6.1] }
target: prefect.block
require: r.name != ""
message: "{r.api}"
`;
  const args = ["policy", "docs", "--policies", "rules", "--out", "site"];

  test.concurrent("writes pages, takes away those of policies that are gone, and leaves what others wrote", async () => {
    const cwd = folder();
    write(join(cwd, "rules/a.yaml"), own("own/a"));
    write(join(cwd, "rules/b.yaml"), own("other/b"));
    const first = await leastwise(args, { cwd });
    expect(first).toMatchObject({ status: 0, stderr: "" });
    expect(first.stdout).toMatch(/^(\d+) pages in site: \1 written, 0 removed\n$/);
    expect(existsSync(join(cwd, "site/policies/other/b.md"))).toBe(true);
    expect((await leastwise(args, { cwd })).stdout).toContain(": 0 written, 0 removed\n");

    write(join(cwd, "site/policies/own/by-hand.md"), "# Mine\n");
    write(join(cwd, "rules/b.yaml"), own("own/c"));
    const second = await leastwise(args, { cwd });
    expect(second.stdout).toContain(" 1 removed\n");
    expect(readdirSync(join(cwd, "site/policies")).sort()).toEqual(["README.md", "own"]);
    expect(readdirSync(join(cwd, "site/policies/own")).sort()).toEqual(["a.md", "by-hand.md", "c.md"]);
    expect(readFileSync(join(cwd, "site/policies/own/by-hand.md"), "utf8")).toBe("# Mine\n");
  });

  test.concurrent("does not write over a page that a person wrote, nor anything else then", async () => {
    const cwd = folder();
    write(join(cwd, "rules/a.yaml"), own("own/a"));
    write(join(cwd, "site/policies/README.md"), "# Mine\n");
    const run = await leastwise(args, { cwd });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toContain("site/policies/README.md was not made by policy docs");
    expect(readFileSync(join(cwd, "site/policies/README.md"), "utf8")).toBe("# Mine\n");
    expect(readdirSync(join(cwd, "site"))).toEqual(["policies"]);
  });
});
