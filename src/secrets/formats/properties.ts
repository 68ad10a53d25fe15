import { sliceOf } from "../views.ts";
import { type Clock, emptyStructure, meaningOf, type Structure, step, unescaped } from "./format.ts";
import { linesOf, skipBlanks, trimEnd } from "./lines.ts";

const name = /([^\s=:#;[\]"'][^=:\r\n[\]"']{0,200}?)[ \t]{0,40}[=:]/y;

/** `.properties`, `.ini` and `.cfg` files: `name=value` or `name: value`, in sections. */
export function readProperties(text: string, clock: Clock): Structure {
  const structure = emptyStructure();
  structure.comments.push(0, text.length);
  let section = "";
  let steps = 0;
  for (const { start, end } of linesOf(text)) {
    if ((++steps & 0xff) === 0) clock();
    const at = skipBlanks(text, start, end);
    const first = text.charAt(at);
    if (at >= end || first === "#" || first === ";" || first === "!") continue;
    if (first === "[") {
      section = text.slice(at + 1, Math.min(end, at + 200)).replace(/\].{0,200}$/, "");
      continue;
    }
    name.lastIndex = at;
    const found = name.exec(text);
    if (found === null) continue;
    const key = found[1] ?? "";
    const path = section === "" ? "" : step("", section);
    const from = skipBlanks(text, at + found[0].length, end);
    const to = trimEnd(text, from, end);
    const quote = text.charAt(from);
    const isQuoted = (quote === '"' || quote === "'") && to - from >= 2 && text.charAt(to - 1) === quote;
    const value = isQuoted ? sliceOf(text, from + 1, to - 1) : unescaped(text, from, to, /\\[:=#!\\ ]/g, meaningOf);
    structure.leaves.push({ path: () => step(path, key), key, value });
  }
  return structure;
}
