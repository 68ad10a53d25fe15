import fc from "fast-check";
import { expect, test } from "vitest";
import { actionTest } from "../../src/resources/actions.ts";
import { covers } from "../../src/resources/patterns.ts";

test.each([
  ["*", "Microsoft.Compute/virtualMachines/read", true],
  ["*/read", "Microsoft.Compute/virtualMachines/read", true],
  ["*/read", "Microsoft.Compute/virtualMachines/write", false],
  ["Microsoft.Compute/*", "microsoft.compute/virtualMachines/extensions/write", true],
  ["Microsoft.Compute/*", "Microsoft.ComputeX/a", false],
  ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write", true],
  ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/write", false],
  ["Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/read", false],
  ["Microsoft.CostManagement/*/query/*", "Microsoft.CostManagement/a/b/query/c", true],
  ["a/*/b/*/b", "a/x/b/y", false],
  ["a/*/b/*/b", "a/x/b/y/b", true],
  ["a.b/c", "aXb/c", false],
  ["a*a", "a", false],
  ["a/b", "a/b/c", false],
  ["A/*", "A/*/read", true],
])("%s over %s is %s", (pattern, action, expected) => {
  expect(covers(pattern, action)).toBe(expected);
});

test("covers means what a regular expression would", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", ".", "A"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, action) => {
      const source = pattern
        .split("*")
        .map((part) => part.replaceAll(".", "\\.").replaceAll("/", "\\/"))
        .join(".*");
      expect(covers(pattern, action)).toBe(new RegExp(`^${source}$`, "is").test(action));
    }),
    { numRuns: 2_000 },
  );
});

const none = { actions: [], notActions: [], dataActions: [], notDataActions: [], condition: null };
const asked = "Microsoft.Storage/storageAccounts/write";
const verdict = (...permissions: unknown[]) => actionTest(asked, "control")(permissions, false);

test("elements of a role's permissions stand apart", () => {
  const all = { ...none, actions: ["*"], notActions: ["Microsoft.Storage/*"] };
  expect(verdict(all)).toBe(false);
  expect(verdict(all, { ...none, actions: ["Microsoft.Storage/*/write"] })).toBe(true);
  expect(verdict()).toBe(false);
});

test("the control plane and the data plane stand apart", () => {
  const permissions = [{ ...none, actions: ["*"] }];
  expect(actionTest(asked, "control")(permissions, false)).toBe(true);
  expect(actionTest(asked, "data")(permissions, false)).toBe(false);
});

test("a condition leaves the answer open where nothing else decides", () => {
  const conditional = { ...none, actions: ["*"], condition: "@Resource[a] StringEquals 'b'" };
  expect(verdict(conditional)).toBe("conditional");
  expect(verdict(conditional, { ...none, actions: ["*"] })).toBe(true);
  expect(verdict({ ...conditional, notActions: ["*"] })).toBe(false);
  expect(verdict({ ...conditional, actions: ["a/b"] })).toBe(false);
});

test("what was not read leaves the answer open where nothing else decides", () => {
  const { condition: _, ...unconditioned } = none;
  expect(verdict({ actions: ["*"] })).toBe("the role's notActions were not read");
  expect(verdict({ actions: ["a/b"] })).toBe(false);
  expect(verdict({ notActions: ["*"] })).toBe(false);
  expect(verdict({ ...unconditioned, actions: ["*"] })).toBe("the condition of a permission was not read");
  expect(verdict({ ...none, actions: ["a/b"], incomplete: ["actions"] })).toBe(
    "the role's actions were not read to their end",
  );
  expect(verdict(undefined)).toBe("an element of the role's permissions was not read");
  expect(verdict(undefined, { ...none, actions: ["*"] })).toBe(true);
  expect(actionTest(asked, "control")(undefined, false)).toBe("the role's permissions were not read");
});

test("an incomplete list of permissions can only allow", () => {
  const permissions = [{ ...none, actions: ["a/b"] }];
  expect(actionTest(asked, "control")(permissions, true)).toBe("the role's permissions were not read to their end");
  expect(actionTest(asked, "control")(permissions, false)).toBe(false);
  expect(actionTest(asked, "control")([{ ...none, actions: ["*"] }], true)).toBe(true);
});
