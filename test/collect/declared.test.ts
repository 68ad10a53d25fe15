import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeclarationIndex } from "../../src/collect/source/declared/index.ts";
import { declarationOf } from "../../src/resources/declarations.ts";
import { violations } from "../../src/resources/validate.ts";
import { formatOf } from "../../src/secrets/formats/choose.ts";

/** What files declare, by path. */
function declaredIn(files: Readonly<Record<string, string>>) {
  const index = new DeclarationIndex();
  for (const [path, text] of Object.entries(files)) index.add(path, path, formatOf(path, text), text, 5_000);
  return index.rows();
}

const repository = resolve(import.meta.dirname, "../../fixtures/anchors/repository");
const samples = readdirSync(repository, { recursive: true, encoding: "utf8", withFileTypes: true })
  .filter((each) => each.isFile())
  .map((each) => {
    const path = join(each.parentPath, each.name);
    return { path: path.slice(repository.length + 1), text: readFileSync(path, "utf8") };
  });

describe("what cannot be read whole is told, and ends no scan", () => {
  test.each([
    ["a brace that is not closed", "main.tf", 'resource "azurerm_key_vault" "a" {\n  name = "a"\n'],
    ["one of Bicep", "main.bicep", "resource a 'Microsoft.KeyVault/vaults@2023-07-01' = {\n  name: 'a'\n"],
    ["a list of YAML that is not closed", "blocks.yaml", "blocks: [\n  - { block_type_slug: secret, name: a }\n"],
    ["a template that was cut off", "main.json", '{ "$schema": "deploymentTemplate.json", "resources": [ { "type": '],
    ["Python that is none", "flows.py", "import prefect\nflow.deploy(name='a'\n"],
    ["Terraform in JSON, which is not looked into", "main.tf.json", '{ "resource": {} }'],
  ])("%s", (_, path, text) => {
    expect(declaredIn({ [path]: text }).cause).toContain(path);
  });

  const deep = 60_000;
  test.each([
    ["blocks.yaml", `blocks: ${"[".repeat(deep)}`],
    ["blocks.json", `{ "block_type": ${"[".repeat(deep)}${"]".repeat(deep)} }`],
    [
      "main.json",
      `${'{"contentVersion":"1","resources":[{"type":"Microsoft.Resources/deployments","properties":{"template":'.repeat(deep / 4)}{}`,
    ],
    ["main.tf", `resource "a" "b" { x = ${"[".repeat(deep)}`],
    ["main.bicep", `resource a 'b@c' = { x: ${"(".repeat(deep)}`],
    ["flows.py", `import prefect\nx = ${"(".repeat(deep)}`],
  ])("a nest in %s", (path, text) => {
    expect(declaredIn({ [path]: text }).rows).toEqual([]);
  });

  test("whatever is cut out of a file or put into it, what is declared has the form of its kind", () => {
    const sample = fc.constantFrom(...samples);
    fc.assert(
      fc.property(sample, sample, fc.nat(), fc.nat(), fc.nat(), (into, from, start, length, end) => {
        const at = start % (into.text.length + 1);
        const piece = from.text.slice(end % (from.text.length + 1)).slice(0, length % 200);
        const others = Object.fromEntries(samples.map(({ path, text }) => [path, text]));
        const text = into.text.slice(0, at) + piece + into.text.slice(at + (length % 50));
        for (const row of declaredIn({ ...others, [into.path]: text }).rows)
          expect(violations("source.declaration", row)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

test("a credential in what a file names is masked", () => {
  const text = `module "lake" {\n  source = "git::https://deploy:Plant3d-Token-91xQ7@git.example.com/lake.git"\n}\n`;
  const { rows } = declaredIn({ "main.tf": text });
  expect(rows).toMatchObject([{ kind: null, address: "terraform:module.lake", line: 1 }]);
  expect(JSON.stringify(rows)).not.toContain("Plant3d");
});

describe("the line of what a plan calls by an address", () => {
  const rows = declaredIn({
    ...Object.fromEntries(samples.map(({ path, text }) => [path, text])),
    "one/main.tf": 'resource "azurerm_key_vault" "a" {\n  name = "kv-one"\n}\n',
    "two/main.tf": '\nresource "azurerm_key_vault" "a" {\n  name = "kv-two"\n}\n',
  }).rows;
  const lineOf = (address: string, near?: string): string | null => {
    const found = declarationOf(rows, address, near);
    if (found === null) return null;
    const text = samples.find(({ path }) => path === found.file)?.text.split("\n")[found.line - 1];
    return text ?? `${found.file}:${found.line}`;
  };

  test("inside a module, whichever of its instances is meant", () => {
    const address = 'terraform:module.lake.azurerm_storage_container.each["raw"]';
    expect(lineOf(address)).toBe('resource "azurerm_storage_container" "each" {');
  });

  test("of Bicep by its symbol", () => {
    expect(lineOf("bicep:vault")).toBe(
      "resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = if (environment != 'dev') {",
    );
  });

  test("in the folder that the plan was made of, where several folders have the address", () => {
    expect(lineOf("terraform:azurerm_key_vault.a")).toBeNull();
    expect(lineOf("terraform:azurerm_key_vault.a", "two")).toBe("two/main.tf:2");
  });

  test("is not there for an address that no file has", () => {
    expect(lineOf("terraform:azurerm_key_vault.b")).toBeNull();
  });
});
