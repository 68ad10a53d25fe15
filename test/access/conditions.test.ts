import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admits } from "../../src/resources/conditions.ts";
import { conditional } from "../../src/resources/verdict.ts";

const write = "Microsoft.Authorization/roleAssignments/write";
const remove = "Microsoft.Authorization/roleAssignments/delete";
const read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

describe("a condition as the portal writes it", () => {
  const delegation =
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR " +
    "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{4bad4d9e-2a13-4888-94bb-c8432f6f3040}))";

  test("restricts the action that it names, and lets every other one through", () => {
    expect(admits(delegation, write)).toBe(conditional);
    expect(admits(delegation, write.toUpperCase())).toBe(conditional);
    expect(admits(delegation, remove)).toBe(true);
    expect(admits(delegation, read)).toBe(true);
  });

  test("may leave out a suboperation: the action itself still depends", () => {
    const blobs = `((!(ActionMatches{'${read}'} AND NOT SubOperationMatches{'Blob.List'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'raw (old) AND { ]'))`;
    expect(admits(blobs, read)).toBe(conditional);
    expect(admits(blobs, write)).toBe(true);
  });

  test("may use signs for words, and wildcards in an action", () => {
    const condition = `(!(ActionMatches{'Microsoft.Authorization/*/write'}) || @Principal[Microsoft.Directory/CustomSecurityAttributes/Id:x] StringEquals 'a!b') && (!(ActionMatches{'*/delete'}))`;
    expect(admits(condition, write)).toBe(conditional);
    expect(admits(condition, remove)).toBe(false);
    expect(admits(condition, read)).toBe(true);
  });
});

test.each([
  "",
  "(",
  "(ActionMatches{'a/b'}",
  "ActionMatches{'a/b'} OR ActionMatches{'c/d'} AND ActionMatches{'e/f'}",
  "ActionMatches{'a/b'} ActionMatches{'c/d'} )",
  "@Request[a] StringEquals 'open",
  `${"(".repeat(500)}ActionMatches{'a/b'}${")".repeat(500)}`,
  "AND",
  "!",
])("what cannot be understood is neither a restriction nor none: %s", (condition) => {
  expect(admits(condition, "a/b")).toBe("a condition could not be understood");
});

/** A condition with the value that it has for the action a/x/write, where what is open may be anything. */
interface Made {
  text: string;
  values: ReadonlySet<boolean>;
}

const atoms: readonly Made[] = [
  { text: "ActionMatches{'a/x/write'}", values: new Set([true]) },
  { text: "ActionMatches{'A/*/WRITE'}", values: new Set([true]) },
  { text: "ActionMatches{'a/x'}", values: new Set([false]) },
  { text: "ActionMatches{'*/read'}", values: new Set([false]) },
  { text: "@Resource[a:b] StringEquals 'x AND (y'", values: new Set([true, false]) },
  { text: "SubOperationMatches{'Blob.List'}", values: new Set([true, false]) },
  { text: "Exists @Request[a:b]", values: new Set([true, false]) },
];

function combined(one: Made, other: Made, and: boolean, word: string): Made {
  const values = new Set<boolean>();
  for (const a of one.values) for (const b of other.values) values.add(and ? a && b : a || b);
  return { text: `((${one.text}) ${word} (${other.text}))`, values };
}

const conditions: fc.Arbitrary<Made> = fc.letrec<{ made: Made }>((tie) => ({
  made: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(...atoms),
    fc.tuple(tie("made"), fc.constantFrom("NOT ", "!", "not ")).map(
      ([made, word]): Made => ({
        text: `(${word}(${made.text}))`,
        values: new Set([...made.values].map((each) => !each)),
      }),
    ),
    fc
      .tuple(tie("made"), tie("made"), fc.constantFrom("AND", "&&", "OR", "||", "or"))
      .map(([one, other, word]) => combined(one, other, word === "AND" || word === "&&", word)),
  ),
})).made;

test("what a condition says of an action is what all outcomes of its open parts agree on", () => {
  fc.assert(
    fc.property(conditions, ({ text, values }) => {
      const [only] = values;
      expect(admits(text, "a/x/write")).toBe(values.size === 1 ? only : conditional);
    }),
    { numRuns: 2000 },
  );
});
