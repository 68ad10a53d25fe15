import { expect, test } from "vitest";
import { loadPolicies } from "../../src/policy/load.ts";
import { pageMark, policyPages } from "../../src/policy/pages.ts";
import { kinds } from "../../src/resources/kinds.ts";
import { escapeMarkdown, inlineCode } from "../../src/resources/markdown.ts";

const whole = `id: own/whole
title: "A | B *holds* for <every> block"
severity: high
confidence: likely
controls:
  soc2: { CC6.1: "Because of {braces} | pipes", CC9.9: No gist }
target: prefect.block
params:
  pattern: { type: string, default: "a|b", description: "What | is let in." }
  most: { type: int, default: 3 }
each: s in r.secrets
key: s.path
when: s.type.matches(params.pattern) || r.name == "x"
require: size(r.secrets) <= params.most
message: "{r.name} holds {s.path}"
rationale: |
  First [line](x).

  Second line
  of {r.name}.
remediation:
  text: "1. Do _this_"
  command: echo {r.name}
  code: |
    \`\`\`
    {{ x }}
references: [https://example.com/a_b]
tests:
  - { name: "a | b", given: { name: x, secrets: [] }, expect: pass }
`;
const bare = `id: own/bare
title: B
severity: critical
confidence: certain
controls: { soc2: [CC6.3] }
target: azure.principal
require: r.shared
message: m
`;
const pages = policyPages(loadPolicies([whole, bare].map((text, index) => ({ file: `${index}.yaml`, text }))));
const page = (file: string): string => pages.get(file) ?? expect.fail(`there is no page ${file}`);

test("there is a page for each policy and each kind, and an index of both, all marked", () => {
  expect([...pages.keys()].sort()).toEqual(
    [
      ...["policies/README.md", "policies/own/whole.md", "policies/own/bare.md", "kinds/README.md"],
      ...[...kinds.keys()].map((kind) => `kinds/${kind}.md`),
    ].sort(),
  );
  for (const [file, text] of pages) expect(text.startsWith(`${pageMark}\n`), file).toBe(true);
});

test("a policy's page says everything that its file says, with nothing in it taken for Markdown", () => {
  const text = page("policies/own/whole.md");
  for (const part of [
    "# A \\| B \\*holds\\* for \\<every\\> block\n",
    "`own/whole`: severity **high**, confidence **likely**, looks at [prefect.block](../../kinds/prefect.block.md).\n",
    '```\ns.type.matches(params.pattern) || r.name == "x"\n```\n',
    "```\nsize(r.secrets) <= params.most\n```\n",
    "```\ns in r.secrets\n```\n",
    "```\n{r.name} holds {s.path}\n```\n",
    "| `pattern` | `string` | <code>a&#124;b</code> | What \\| is let in. |\n",
    "| `most` | `int` | `3` |  |\n",
    '    own/whole: { pattern: "a|b" }\n',
    "First \\[line\\]\\(x\\).\n\nSecond line of \\{r.name\\}.\n",
    "\n1\\. Do \\_this\\_\n",
    "```sh\necho {r.name}\n```\n",
    "````\n```\n{{ x }}\n````\n",
    "| CC6.1 | Access to systems and data is restricted by design: identities, authentication, separation, keys. | Because of \\{braces\\} \\| pipes |\n",
    "| CC9.9 |  | No gist |\n",
    "| a \\| b | pass |\n",
    "- <https://example.com/a_b>\n",
  ])
    expect(text).toContain(part);
  for (const absent of ["## Parameters", "## Examples", "## References", "## How to mend"])
    expect(page("policies/own/bare.md")).not.toContain(absent);
});

test("the index has the worst first, with links", () => {
  const text = page("policies/README.md");
  expect(text).toContain("2 policies, by family.");
  const rows = text.split("\n").filter((line) => line.startsWith("| ["));
  expect(rows).toEqual([
    "| [bare](own/bare.md) | critical | B |",
    "| [whole](own/whole.md) | high | A \\| B \\*holds\\* for \\<every\\> block |",
  ]);
});

test("a kind's page has each field with its type, where it leads, and the policies about it", () => {
  const text = page("kinds/prefect.block.md");
  for (const part of [
    "| `typeName` | string, or null | The block type's name. |\n",
    "| `secrets` | list of [Secret](#secret) | Credentials that stand in the clear. |\n",
    "| `identities` | list of [azure.principal](azure.principal.md) |",
    '| `tier` | `"confirmed"`, `"format"`, `"contextual"` |',
    "- [own/whole](../policies/own/whole.md): A \\| B",
  ])
    expect(text).toContain(part);
  for (const kind of kinds.values())
    for (const name of kind.fields.keys()) expect(page(`kinds/${kind.name}.md`)).toContain(`\n| \`${name}\` | `);
});

test("every row of a table has as many cells as its head", () => {
  const cells = (line: string): number => line.replace(/\\[\\|]/g, "").split("|").length;
  let rows = 0;
  for (const [file, text] of pages) {
    let head = "";
    for (const line of text.split("\n")) {
      if (!line.startsWith("| ")) head = "";
      else if (head === "") head = line;
      else {
        expect(cells(line), `${file}: ${line}`).toBe(cells(head));
        rows++;
      }
    }
  }
  expect(rows).toBeGreaterThan(500);
});

test.each([
  ["a", "`a`"],
  ["{r.x} == 'y'", "`{r.x} == 'y'`"],
  ["a | b", "<code>a &#124; b</code>"],
  ["a`b", "<code>a&#96;b</code>"],
  ["a\\", "<code>a&#92;</code>"],
  [" a", "<code> a</code>"],
  ["", "<code></code>"],
  ["<b>|", "<code>&#60;b&#62;&#124;</code>"],
  ["*a*|&_é", "<code>&#42;a&#42;&#124;&#38;&#95;é</code>"],
])("the code %j is written %s", (code, written) => {
  expect(inlineCode(code)).toBe(written);
});

test.each([
  ["- a", "\\- a"],
  ["1. a", "1\\. a"],
  ["2026. a", "2026\\. a"],
  ["a 1. b - c", "a 1. b - c"],
  ["# a", "\\# a"],
  ["a_b*c`d", "a\\_b\\*c\\`d"],
  ["&amp; <b> {x} | ~", "\\&amp; \\<b\\> \\{x\\} \\| \\~"],
])("the sentence %j is written %s", (text, written) => {
  expect(escapeMarkdown(text)).toBe(written);
});
