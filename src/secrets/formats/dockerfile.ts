import { sliceOf } from "../views.ts";
import { type Clock, emptyStructure, type Structure } from "./format.ts";
import { linesOf, skipBlanks } from "./lines.ts";
import { wordsOf } from "./shell.ts";

/** Dockerfiles: what ENV, ARG and LABEL set, and the commands of RUN, CMD and ENTRYPOINT. */
export function readDockerfile(text: string, clock: Clock): Structure {
  const structure = emptyStructure();
  structure.comments.push(0, text.length);
  for (const { start, end } of instructions(text)) {
    clock();
    const found = /^[ \t]{0,40}(ENV|ARG|LABEL|RUN|CMD|ENTRYPOINT)[ \t]{1,40}/i.exec(
      text.slice(start, Math.min(end, start + 100)),
    );
    if (found === null) continue;
    const from = start + found[0].length;
    const kind = (found[1] ?? "").toUpperCase();
    if (kind === "RUN" || kind === "CMD" || kind === "ENTRYPOINT") {
      structure.embedded.push({ format: "shell", view: sliceOf(text, from, end), path: () => kind });
      continue;
    }
    const single = /^([A-Za-z_]\w{0,200})[ \t]{1,40}(?!=)/.exec(text.slice(from, Math.min(end, from + 260)));
    if (single !== null && kind === "ENV") {
      const key = single[1] ?? "";
      const at = skipBlanks(text, from + single[0].length, end);
      structure.leaves.push({ path: () => `${kind}.${key}`, key, value: sliceOf(text, at, end) });
      continue;
    }
    for (const { view, equals } of wordsOf(text, from, end, clock)) {
      if (equals < 0) continue;
      const key = view.text.slice(0, equals);
      const locate = (a: number, b: number) => view.locate(a + equals + 1, b + equals + 1);
      structure.leaves.push({
        path: () => `${kind}.${key}`,
        key,
        value: { text: view.text.slice(equals + 1), locate },
      });
    }
  }
  return structure;
}

/** Lines, with those that a backslash continues as one. */
function* instructions(text: string): Generator<{ start: number; end: number }> {
  let begun = -1;
  for (const { start, end } of linesOf(text)) {
    if (begun < 0) begun = start;
    if (text.charAt(end - 1) === "\\" && end > start) continue;
    yield { start: begun, end };
    begun = -1;
  }
  if (begun >= 0) yield { start: begun, end: text.length };
}
