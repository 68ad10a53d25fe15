import type { Scalar } from "yaml";

/**
 * Where a character of a YAML scalar's value stands in the file. The scalar may be plain, quoted, or a block with | or
 * >: quotes, escapes, line folds and indentation are stepped over.
 */
export function offsetInFile(text: string, scalar: Scalar, offset: number): number {
  const [start, end] = scalar.range ?? [0, text.length];
  const value = String(scalar.value);
  switch (scalar.type) {
    case "QUOTE_DOUBLE":
    case "QUOTE_SINGLE":
      return walk(text, start + 1, end, value, offset, { quote: text[start] ?? "", indent: null, keep: false });
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED": {
      const first = text.indexOf("\n", start) + 1;
      const indent = Math.max(0, leading(text.slice(first)) - leading(value));
      const layout = { quote: "", indent, keep: scalar.type === "BLOCK_LITERAL" };
      return walk(text, skipIndent(text, first, indent), end, value, offset, layout);
    }
    default:
      return walk(text, start, end, value, offset, { quote: "", indent: null, keep: false });
  }
}

interface Layout {
  /** The quote around the scalar; empty where there is none. */
  quote: string;
  /** The columns that a block is indented by; null where all leading space goes. */
  indent: number | null;
  /** Whether line breaks are kept as they are. */
  keep: boolean;
}

/** How many spaces stand before the first line that has something on it. */
function leading(text: string): number {
  const line = text.split("\n").find((each) => each.trim() !== "") ?? "";
  return line.length - line.trimStart().length;
}

function skipIndent(text: string, at: number, indent: number | null): number {
  let next = at;
  while (text[next] === " " || (indent === null && text[next] === "\t")) {
    if (indent !== null && next - at >= indent) break;
    next++;
  }
  return next;
}

/** Where the line ends if only blanks stand before its end; -1 otherwise. In a block, blanks are part of the value. */
function breakAt(text: string, at: number, layout: Layout): number {
  let next = at;
  if (layout.indent === null) while (text[next] === " " || text[next] === "\t") next++;
  if (text[next] === "\r") next++;
  return text[next] === "\n" ? next + 1 : -1;
}

function walk(text: string, from: number, to: number, value: string, offset: number, layout: Layout): number {
  let at = from;
  let index = 0;
  while (index < offset && at < to) {
    const afterBreak = breakAt(text, at, layout);
    if (afterBreak !== -1) {
      let breaks = 0;
      for (let next = afterBreak; next !== -1; next = layout.keep ? -1 : breakAt(text, at, layout)) {
        breaks++;
        at = skipIndent(text, next, layout.indent);
      }
      if (!layout.keep && value[index] === " ") index++;
      else for (; breaks > 0 && value[index] === "\n"; breaks--) index++;
      continue;
    }
    const length = layout.quote === '"' && text[at] === "\\" ? escapeLength(text, at) : 1;
    if (length > 1) {
      const code = text[at + 1];
      at += length;
      if (code === "\n" || code === "\r") at = skipIndent(text, at, null);
      else index += code === "U" && (value.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
      continue;
    }
    at += layout.quote === "'" && text[at] === "'" ? 2 : 1;
    index++;
  }
  return at;
}

function escapeLength(text: string, at: number): number {
  switch (text[at + 1]) {
    case "x":
      return 4;
    case "u":
      return 6;
    case "U":
      return 10;
    case "\r":
      return 3;
    default:
      return 2;
  }
}
