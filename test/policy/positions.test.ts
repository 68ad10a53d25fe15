import { expect, test } from "vitest";
import { policyText, problemsIn } from "./policies.ts";

/** The text that stands where the one problem of a policy is said to be, and the frame below its message. */
function place(require: string): { at: string; frame: string } {
  const text = policyText({ require });
  const problems = problemsIn(text);
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  const line = text.split("\n")[(problem?.line ?? 0) - 1] ?? "";
  return { at: line.slice((problem?.column ?? 0) - 1), frame: problem?.message.split("\n").slice(1).join("\n") ?? "" };
}

test.each([
  ["plain", "r.principalId == 'a' && r.wrong == 1"],
  ["plain over lines", "r.principalId == 'a'\n    && r.principalType == 'User'\n\n    && r.wrong == 1"],
  ["single quotes", "'r.principalId == ''a'' && r.wrong == 1'"],
  ["single quotes over lines", "'r.principalId == ''a''\n\n   && r.wrong == 1'"],
  ["double quotes", '"r.principalId == \\"a\\" && \\u0072.principalId != \\"\\U0001F600\\" && r.wrong == 1"'],
  ["double quotes over lines", '"r.principalId == \\"a\\"\\\n   && true\n  && r.wrong == 1"'],
  ["a literal block", "|\n  r.principalId == 'a' &&\n    r.principalType == 'User' &&\n\n  r.wrong == 1"],
  ["a literal block with an indicator", "|2-\n    r.principalId == 'a' &&\n  r.wrong == 1"],
  ["a folded block", ">-\n  r.principalId == 'a' &&\n  true &&\n\n  r.wrong == 1"],
  ["a folded block with deeper lines", ">\n  r.principalId == 'a' &&\n    true &&\n    true &&\n  r.wrong == 1"],
  ["a block and CRLF", "|\r\n  r.principalId == 'a' &&\r\n  r.wrong == 1"],
])("a position is right in %s", (_, require) => {
  expect(place(require).at).toMatch(/^wrong == 1/);
});

test("carets stand under what is meant", () => {
  expect(place("|\n  r.principalId == 'a' &&\n  r.wrong == 1").frame).toBe("  9 |   r.wrong == 1\n    |     ^^^^^");
  expect(place(`"'${"a".repeat(300)}' == r.wrong"`).frame).toMatch(/^ {2}7 \| a+' == r\.wrong"\n {4}\| +\^{5}$/);
});

test("positions in templates and in each count from the file's lines", () => {
  const text = policyText({
    each: "s in r.secretss",
    key: "r.id",
    target: "prefect.block",
    message: '|\n  {r.name}: "{{}}"\n  {r.wrong}',
  });
  expect(problemsIn(text).map(({ line, column }) => [line, column])).toEqual([
    [10, 6],
    [11, 14],
  ]);
});
