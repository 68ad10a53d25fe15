import fc from "fast-check";
import { expect, test } from "vitest";
import { readValues } from "../../../src/collect/values.ts";
import { type PlannedValue, unknown } from "../../../src/plan/plan.ts";
import { readTerraformPlan } from "../../../src/plan/terraform/read.ts";
import { mask } from "../../../src/secrets/mask.ts";
import { change, configured, created, group, is, planText, read, to } from "./plan.ts";

/** A value as text, with a mark in the place of what is unknown. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (each === unknown ? "<unknown>" : each));
}

const canary = "canary-5e1f77";
const vault = `${group("rg-data")}/providers/Microsoft.KeyVault/vaults/kv-data`;

test("a secret of a vault is told by its name and times, and a new value as a new value", () => {
  const secret = { name: "sql", key_vault_id: vault, value: canary, expiration_date: "2030-01-01T00:00:00Z" };
  const { objects } = read({
    changes: [change("azurerm_key_vault_secret.sql", ["create"], { after: secret, secret: { value: true } })],
  });
  expect(shown(objects)).not.toContain(canary);
  expect(objects[0]).toMatchObject({
    type: "microsoft.keyvault/vaults/secrets",
    id: `${vault}/secrets/sql`,
    body: { properties: { value: unknown, attributes: { exp: 1_893_456_000 } } },
  });
  const properties = (told: Parameters<typeof change>[2]) =>
    read({ changes: [change("azurerm_key_vault_secret.sql", ["update"], told)] }).objects[0]?.body?.properties;
  const marks = { secret: { value: true }, secretBefore: { value: true } };
  expect(properties({ before: secret, after: { ...secret, content_type: "text" }, ...marks })).not.toHaveProperty(
    "value",
  );
  expect(properties({ before: secret, after: { ...secret, value: "other" }, ...marks })).toHaveProperty("value");
});

test("nothing that is marked as sensitive gets into what a plan says, wherever it stands and whatever it is", () => {
  const names = ["name", "resource_group_name", "location", "tags", "scope", "principal_id", "role_definition_name"];
  const types = [
    "azurerm_role_assignment",
    "azurerm_storage_account",
    "azurerm_key_vault",
    "azurerm_user_assigned_identity",
    "azuread_application",
    "azurerm_synapse_workspace",
    "prefect_block",
    "prefect_variable",
    "prefect_deployment",
    "azapi_resource",
  ];
  const more = ["data", "value", "display_name", "description", "parameters", "body", "type", "id", "parent_id"];
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.uniqueArray(fc.constantFrom(...names, ...more), { minLength: 1 }),
      fc.constantFrom<(text: string) => unknown>(
        (text) => text,
        (text) => JSON.stringify({ deep: [{ note: text }] }),
        (text) => ({ inner: [text] }),
      ),
      fc.constantFrom<readonly string[]>(["create"], ["update"], ["delete"], ["delete", "create"]),
      (type, hidden, form, actions) => {
        const values = {
          name: "open",
          resource_group_name: "rg",
          type_slug: "json",
          ...Object.fromEntries(hidden.map((name) => [name, form(canary)])),
        };
        const marks = Object.fromEntries(hidden.map((name) => [name, true]));
        const text = planText({
          changes: [
            change(`${type}.one`, actions, {
              before: actions.includes("create") && actions.length === 1 ? null : values,
              after: actions.at(-1) === "delete" ? null : values,
              secret: marks,
              secretBefore: marks,
            }),
          ],
          resources: [configured(`${type}.one`, Object.fromEntries(hidden.map((name) => [name, is(form(canary))])))],
        });
        const plan = readTerraformPlan({ file: "plan.json", text }, { subscription: null });
        expect(shown([plan.objects, plan.undecided, [...plan.ignored]])).not.toContain(canary);
      },
    ),
    { numRuns: 300 },
  );
});

test("a sensitive variable stays what it is through modules, and what is named by it is unknown", () => {
  const plan = read({
    changes: [
      created("module.lake.azurerm_storage_account.this", { resource_group_name: "rg" }, { id: true, name: true }),
    ],
    calls: {
      lake: {
        expressions: { name: to("var.secret") },
        module: {
          variables: { name: {} },
          resources: [configured("azurerm_storage_account.this", { name: to("var.name") })],
        },
      },
    },
    variables: { secret: canary },
    declared: { secret: { sensitive: true } },
  });
  expect(shown(plan.objects)).not.toContain(canary);
  expect(plan.objects[0]?.id).toBe("terraform:module.lake.azurerm_storage_account.this");
});

test("of a block, ids of identities and references to blocks are told, and what its type keeps secret is told to be set", () => {
  const id = "77777777-0000-4000-8000-000000000001";
  const data = {
    client_id: id,
    tenant_id: id,
    client_secret: canary,
    account_url: `https://${canary}.example.com`,
    pin: 1234,
    parent: { $ref: { block_document_id: id } },
    anonymous: false,
  };
  const changes = [
    change("prefect_block.azure", ["create"], {
      after: { name: "lake", type_slug: "azure-blob-storage-credentials", data: JSON.stringify(data) },
      secret: { data: true },
      open: { id: true },
    }),
  ];
  const dataWith = (keepsSecret?: (slug: string, path: readonly (string | number)[]) => boolean) =>
    readTerraformPlan(
      { file: "plan.json", text: planText({ changes }) },
      { subscription: null, ...(keepsSecret && { keepsSecret }) },
    ).objects[0]?.body?.data as Record<string, PlannedValue>;
  const told = dataWith();
  expect(told).toEqual({ ...data, account_url: unknown, pin: unknown });
  // A credential by its name goes on to the masking that every row goes through, which keeps its type and no more.
  const { fields, secrets } = readValues([{ value: { client_secret: told.client_secret }, path: "" }], undefined);
  expect(fields).toEqual([{ path: "client_secret", value: mask }]);
  expect(secrets).toMatchObject([{ path: "client_secret", type: expect.any(String) }]);
  expect(
    dataWith((slug, path) => slug === "azure-blob-storage-credentials" && path.join() === "client_secret"),
  ).toMatchObject({ client_secret: "********", account_url: unknown });
});
