import { isCollection, isSeq, parseDocument, stringify, visit } from "yaml";
import type { Waiver } from "./waivers.ts";

/** How a new file begins. */
const head = `# Failures, and scopes that cannot be read, that were accepted for a time: docs/waivers.md.
# An entry holds once somebody else than who asked has filled approvedBy and approvedAt, in a reviewed change.
`;

/**
 * The text of `waivers.yaml` with more entries at its end. Everything that stood there stays as it was, comments and layout
 * included; only a list in brackets is written anew, as a list of lines.
 * @param text the file as it is, which was found to be right; null where there is none
 */
export function addWaivers(text: string | null, entries: readonly Waiver[]): string {
  if (text === null) return head + lines(entries, 0);
  const document = parseDocument(text);
  const { contents } = document;
  if (isSeq(contents) && contents.items.length === 0) {
    const [start = 0, end = start] = contents.range ?? [];
    return `${text.slice(0, start)}${lines(entries, 0)}${text.slice(end).replace(/^[ \t]*\r?\n/, "")}`;
  }
  if (isSeq(contents) && contents.flow !== true) {
    const start = contents.range?.[0] ?? 0;
    const indent = start - (text.lastIndexOf("\n", start - 1) + 1);
    return `${ended(text)}${lines(entries, indent)}`;
  }
  visit(document, (_, node) => {
    if (isCollection(node)) node.flow = false;
  });
  for (const entry of entries) document.add(document.createNode(entry));
  return document.toString({ lineWidth: 0, nullStr: "" });
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function lines(entries: readonly Waiver[], indent: number): string {
  const text = stringify(entries, { lineWidth: 0, nullStr: "" });
  return text.replaceAll(/^(?=.)/gm, " ".repeat(indent));
}
