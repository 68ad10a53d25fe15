import { joined, type Piece, replaced, type View } from "../views.ts";
import type { Embedded, FormatName } from "./format.ts";
import { type Node, pathOf } from "./objects.ts";

/** The languages that a cell of a notebook can be in, by their names in its metadata and in magic commands. */
const languages: Readonly<Record<string, FormatName>> = {
  python: "python",
  pyspark: "python",
  ipython: "python",
  python3: "python",
  synapse_pyspark: "python",
  sql: "sql",
  sparksql: "sql",
  tsql: "sql",
  bash: "shell",
  sh: "shell",
  powershell: "powershell",
  pwsh: "powershell",
};

/** Code inside JSON: the cells of notebooks, Jupyter's or Synapse's, each in its language, and Synapse's SQL scripts. */
export function codeIn(nodes: readonly Node[]): Embedded[] {
  const embedded: Embedded[] = [];
  const parts = new Map<Node, View[]>();
  let language: FormatName = "python";
  for (const node of nodes) {
    const { scalar, parent, name } = node;
    if (scalar === null || parent === null) continue;
    if (name === "name" && parent.name === "language_info") language = languages[scalar.text.toLowerCase()] ?? "text";
    if (name === "query" && parent.name === "content")
      embedded.push({ format: "sql", view: scalar, path: () => pathOf(node) });
    const source = name === "source" ? node : parent.name === "source" ? parent : null;
    if (source === null || !isCodeCell(source)) continue;
    const views = parts.get(source);
    if (views === undefined) parts.set(source, [scalar]);
    else views.push(scalar);
  }
  for (const [source, views] of parts) {
    const view = joined(views);
    const format = magicOf(view.text) ?? language;
    embedded.push({ format, view: format === "python" ? withoutMagic(view) : view, path: () => pathOf(source) });
  }
  return embedded;
}

function isCodeCell(source: Node): boolean {
  const cell = source.parent;
  return cell?.parent?.name === "cells" && cell.told?.get("cell_type") === "code";
}

/** What `%%sql` or `%sql` in the first line says. */
function magicOf(text: string): FormatName | null {
  const magic = /^\s{0,40}%%?([A-Za-z]\w{0,30})/.exec(text)?.[1]?.toLowerCase();
  if (magic === undefined) return null;
  if (/^(?:spark|scala|csharp|sparkr|r|javascript|html|md)$/.test(magic)) return "text";
  return languages[magic] ?? null;
}

/** Magic and shell commands among Python as remarks. */
function withoutMagic(view: View): View {
  const pieces: Piece[] = [];
  for (const { index } of view.text.matchAll(/^[ \t]{0,40}(?=[%!])/gm)) {
    const at = index + (/^[ \t]{0,40}/.exec(view.text.slice(index, index + 41))?.[0].length ?? 0);
    pieces.push({ start: at, end: at + 1, text: "#" });
  }
  return replaced(view, pieces) ?? view;
}
