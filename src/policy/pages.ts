import type { PolicyFile } from "../resources/generated.ts";
import { type Field, type FieldType, type Kind, kinds } from "../resources/kinds.ts";
import { escapeMarkdown, fenced, inlineCode, table } from "../resources/markdown.ts";
import { severityRank } from "../resources/severity.ts";
import { soc2Gist } from "../resources/soc2.ts";
import { originOf } from "./load.ts";
import type { Policy } from "./policy.ts";

/** The first line of every page, by which a page that is no longer needed is known. */
export const pageMark =
  "<!-- leastwise policy docs makes this page: change the policy or the schema, not what stands here. -->";

/** The pages of policies and of all kinds: Markdown by file, with `/` between folders. */
export function policyPages(policies: readonly Policy[]): Map<string, string> {
  const pages = new Map<string, string>();
  const put = (file: string, ...parts: readonly string[]): void => {
    pages.set(file, `${[pageMark, ...parts.filter((part) => part !== "")].join("\n\n")}\n`);
  };
  put("policies/README.md", ...policyIndex(policies));
  for (const policy of policies) put(`policies/${policy.id}.md`, ...policyPage(policy));
  put("kinds/README.md", ...kindIndex());
  for (const kind of kinds.values()) {
    put(
      `kinds/${kind.name}.md`,
      ...kindPage(
        kind,
        policies.filter((policy) => policy.target === kind.name),
      ),
    );
  }
  return pages;
}

function policyIndex(policies: readonly Policy[]): string[] {
  const families = [...Map.groupBy(policies, familyOf)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "# Policies",
    `${policies.length} ${policies.length === 1 ? "policy" : "policies"}, by family. What they look at: [kinds](../kinds/README.md).`,
    ...families.flatMap(([family, members]) => [
      `## ${escapeMarkdown(family)}`,
      table(
        ["policy", "severity", "what holds where it passes"],
        members
          .toSorted((a, b) => severityRank(a.severity) - severityRank(b.severity))
          .map(({ id, severity, title }) => [`[${id.slice(family.length + 1)}](${id}.md)`, severity, prose(title)]),
      ),
    ]),
  ];
}

function familyOf({ id }: Policy): string {
  return id.slice(0, id.indexOf("/"));
}

function policyPage(policy: Policy): string[] {
  const { content } = originOf(policy).source;
  const { remediation } = content;
  const toKind = `[${policy.target}](../../kinds/${policy.target}.md)`;
  const asked = (["each", "key", "when", "require"] as const).flatMap((key) =>
    content[key] === undefined ? [] : [`**${meanings[key]}** (\`${key}\`)`, fenced("", content[key].trim())],
  );
  return [
    `# ${prose(policy.title)}`,
    `\`${policy.id}\`: severity **${policy.severity}**, confidence **${policy.confidence}**, looks at ${toKind}.`,
    paragraphs(content.rationale ?? ""),
    "## What it asks",
    ...asked,
    "**What a finding says** (`message`)",
    fenced("", content.message.trim()),
    ...parametersOf(content),
    ...(remediation === undefined ? [] : ["## How to mend a finding", paragraphs(remediation.text)]),
    ...(remediation?.command === undefined ? [] : [fenced("sh", remediation.command.trim())]),
    ...(remediation?.code === undefined
      ? []
      : ["The infrastructure code that keeps it mended:", fenced("", remediation.code.trim())]),
    "## SOC 2",
    "The policy supports these criteria; it does not satisfy any by itself.",
    table(
      ["criterion", "about", "how the policy supports it"],
      policy.controls.soc2.map(({ id, reason }) => [id, prose(soc2Gist(id) ?? ""), prose(reason ?? "")]),
    ),
    ...(policy.tests.length === 0
      ? []
      : [
          "## Examples",
          "Tests inside the policy, which `leastwise policy test` runs.",
          table(
            ["example", "outcome"],
            policy.tests.map(({ name, expected }) => [prose(name), outcomes[expected]]),
          ),
        ]),
    ...(policy.references.length === 0
      ? []
      : ["## References", policy.references.map((each) => `- ${link(each)}`).join("\n")]),
  ];
}

const meanings = {
  each: "One finding for each",
  key: "Told apart by",
  when: "About resources where",
  require: "What must hold",
} as const;

const outcomes = { pass: "pass", fail: "fail", unknown: "unknown", notApplicable: "not applicable" } as const;

function parametersOf({ id, params = {} }: PolicyFile): string[] {
  const all = Object.entries(params);
  if (all.length === 0) return [];
  const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const [[name, { default: first }] = ["", { default: "" }]] = all;
  return [
    "## Parameters",
    table(
      ["parameter", "type", "default", "what it decides"],
      all.map(([each, { type, default: standard, description = "" }]) => [
        inlineCode(each),
        inlineCode(type),
        inlineCode(shown(standard)),
        prose(description),
      ]),
    ),
    "Another value is given in `leastwise.yaml`, as in",
    fenced("yaml", `policies:\n  params:\n    ${id}: { ${name}: ${JSON.stringify(first)} }`),
  ];
}

function kindIndex(): string[] {
  return [
    "# Kinds",
    "What policies look at. In an expression the resource is `r`, and a field of it `r.<field>`.",
    table(
      ["kind", "what it is"],
      [...kinds.values()].map(({ name, description }) => [`[${name}](${name}.md)`, prose(description)]),
    ),
  ];
}

function kindPage(kind: Kind, policies: readonly Policy[]): string[] {
  const fields = [...kind.fields.values()];
  const parts = objectsIn(fields);
  const leads = ({ type, source }: Field): boolean =>
    source !== "stored" && (type.type === "list" ? type.of : type).type === "resource";
  return [
    `# ${kind.name}`,
    prose(kind.description),
    `The same resource when it is made anew: ${kind.identity.map(inlineCode).join(", ")}.`,
    ...fieldTable(
      "## Fields",
      fields.filter(({ source }) => source === "stored"),
    ),
    ...fieldTable("## What it leads to", fields.filter(leads)),
    ...fieldTable(
      "## Computed",
      fields.filter((field) => field.source !== "stored" && !leads(field)),
    ),
    ...[...parts].flatMap(([name, inner]) => fieldTable(`## ${name}`, inner)),
    ...(policies.length === 0
      ? []
      : [
          "## Policies about it",
          policies.map(({ id, title }) => `- [${id}](../policies/${id}.md): ${prose(title)}`).join("\n"),
        ]),
  ];
}

function fieldTable(head: string, fields: readonly Field[]): string[] {
  if (fields.length === 0) return [];
  const rows = fields.map(({ name, type, description }) => [inlineCode(name), typeText(type), prose(description)]);
  return [head, table(["field", "type", "what it is"], rows)];
}

/** The objects inside fields, by name, in the order in which they turn up. */
function objectsIn(fields: Iterable<Field>, found = new Map<string, Field[]>()): Map<string, Field[]> {
  for (const { type } of fields) {
    let inner = type;
    while (inner.type === "list" || inner.type === "map") inner = inner.of;
    if (inner.type !== "object" || found.has(inner.name)) continue;
    found.set(inner.name, [...inner.fields.values()]);
    objectsIn(inner.fields.values(), found);
  }
  return found;
}

function typeText(type: FieldType): string {
  const text = withoutNull(type);
  return type.nullable ? `${text}, or null` : text;
}

function withoutNull(type: FieldType): string {
  switch (type.type) {
    case "list":
      return `list of ${typeText(type.of)}`;
    case "map":
      return `map of ${typeText(type.of)}`;
    case "object":
      return `[${type.name}](#${type.name.toLowerCase()})`;
    case "resource":
      return `[${type.kind}](${type.kind}.md)`;
    case "string":
      return type.enum === null
        ? `string${type.ignoreCase ? ", in any case" : ""}`
        : type.enum.map((each) => inlineCode(JSON.stringify(each))).join(", ");
    default:
      return type.type;
  }
}

/** A text in one line. */
function prose(text: string): string {
  return escapeMarkdown(text.trim().replace(/\s+/g, " "));
}

function paragraphs(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map(prose)
    .join("\n\n");
}

function link(address: string): string {
  return /^https?:\/\/[^\s<>]+$/.test(address) ? `<${address}>` : prose(address);
}
