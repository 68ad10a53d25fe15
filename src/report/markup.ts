import { escapeMarkdown } from "../resources/markdown.ts";
import { cut, ends, prose, visible } from "./text.ts";

/** Text from outside in Markdown, where it must be words and nothing else. */

/** Longer texts are cut. */
export const longestText = 4_000;

/** The text as words of Markdown, at most `longest` UTF-16 code units before anything is escaped. */
export function markdown(text: string, longest: number = longestText): string {
  return escapeMarkdown(cut(prose(text), longest));
}

/**
 * What GitHub makes links, notices or pictures of even where it is escaped: addresses, people, issues, `:emoji:`, and
 * formulas between dollars. A comment between two characters leaves both as they are.
 */
const acting =
  /(?<=@)(?=[\w\\])|(?<=:)(?=\/\/)|(?<=www)(?=\.)|(?<=\\#)(?=\d)|(?<=GH)(?=-\d)|(?<=:)(?=(?:[a-z]|-|\\[_+])(?:\w|-|\\[_+])*:)|\$/gi;

/** As `markdown`, for what GitHub shows in a summary, an issue or a pull request. */
export function inert(text: string, longest?: number): string {
  return markdown(text, longest).replace(acting, (found) => (found === "" ? "<!-- -->" : "<span>$</span>"));
}

/** A name or an id, set as code; where it is very long its middle is cut. */
export function code(text: string, longest = 300): string {
  const name = inert(visible(ends(text, longest)), longest * 2);
  return name === "" ? "" : `<code>${name}</code>`;
}

/** The lines of a command or of code, with everything that hides or acts written out. */
export function codeLines(text: string | null): string[] {
  if (text === null) return [];
  const lines = text.split(/\r\n|[\n\r]/).map((line) => cut(visible(line), longestText));
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

/** The lines of a command to copy, or null where one would be another command if everybody could see all that is in it. */
export function copyable(command: string | null): string[] | null {
  const text = command?.trimEnd() ?? "";
  if (text === "" || text.length > longestText) return null;
  const lines = text.split(/\r?\n/);
  return lines.every((line) => visible(line) === line) ? lines : null;
}

/** A link that can stand between angle brackets and in a URI field as it is. */
export function isLink(text: string): boolean {
  return /^https?:\/\/[\w.-]+(?::\d+)?(?:\/(?:[\w.~!$&'()*+,;=:@/?#-]|%[0-9a-fA-F]{2})*)?$/.test(text);
}
