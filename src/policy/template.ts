import { check, type Scope } from "./cel/check.ts";
import { compile } from "./cel/compile.ts";
import type { Facts } from "./cel/facts.ts";
import type { Closure, Frame } from "./cel/frame.ts";
import type { Fault } from "./cel/parse.ts";
import { article, type Type } from "./cel/types.ts";
import { displayInText } from "./display.ts";

/** A text with expressions in it. */
export interface Template {
  render(frame: Frame): string;
}

/** A template that was checked, and what is wrong with it; offsets are into the template. */
export interface CheckedTemplate {
  readonly template: Template;
  readonly faults: readonly Fault[];
  readonly reads: ReadonlySet<string>;
  readonly usesNow: boolean;
}

/** What a template is filled in for: a sentence, or a command that a person pastes into a shell. */
export type Purpose = "prose" | "shell";

/** Checks the expressions in the braces of a text; `{{` and `}}` stand for the braces themselves. */
export function checkTemplate(text: string, scope: Scope, facts: Facts, purpose: Purpose): CheckedTemplate {
  const parts: (string | { closure: Closure; type: Type; quote: Quote })[] = [];
  let quote: Quote = "";
  const faults: Fault[] = [];
  const reads = new Set<string>();
  let usesNow = false;
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? "";
    if ((character === "{" || character === "}") && text[at + 1] === character) {
      plain += character;
      at += 2;
      continue;
    }
    if (character !== "{") {
      plain += character;
      at++;
      continue;
    }
    const end = closingBrace(text, at + 1);
    const source = text.slice(at + 1, end === -1 ? undefined : end);
    const hint = "a brace by itself is written {{ or }}";
    if (end === -1) {
      faults.push(fault(at, at + 1, "the brace is not closed", hint));
      break;
    }
    if (source.trim() === "") {
      faults.push(fault(at, end + 1, "there is no expression in the braces", hint));
    } else {
      const from = at + 1;
      const checked = check(source, scope, facts);
      for (const each of checked.faults) {
        faults.push({ ...each, start: each.start + from, end: each.end + from });
      }
      for (const each of checked.reads) reads.add(each);
      usesNow ||= checked.usesNow;
      if (checked.faults.length === 0) {
        const { type } = checked.term;
        if (isPrintable(type)) {
          if (plain !== "") parts.push(plain);
          quote = quoteAfter(plain, quote);
          plain = "";
          parts.push({ closure: compile(checked.term), type, quote });
        } else {
          const message = `${article(type)} cannot stand in a text`;
          faults.push(fault(from, end, message, "take one of its fields, such as its id"));
        }
      }
    }
    at = end + 1;
  }
  if (plain !== "") parts.push(plain);
  const render = (frame: Frame) =>
    parts
      .map((part) => {
        if (typeof part === "string") return part;
        const shown = displayInText(part.closure(frame), part.type);
        return purpose === "shell" ? quoted(shown, part.quote) : shown;
      })
      .join("")
      .trim();
  return { template: { render }, faults, reads, usesNow };
}

function fault(start: number, end: number, message: string, hint: string): Fault {
  return { code: "policy/template", start, end, message, hint };
}

function isPrintable(type: Type): boolean {
  if (type.type === "list") return isPrintable(type.of);
  return !["map", "object", "resource"].includes(type.type);
}

/** Where the brace that is open closes, quotes stepped over; -1 where it does not. */
function closingBrace(text: string, from: number): number {
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "}") return at;
    else if (character === "{") return -1;
  }
  return -1;
}

/** The quotes of a shell that are open at a place; none where it is empty. */
type Quote = "" | "'" | '"';

function quoteAfter(text: string, before: Quote): Quote {
  let open = before;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\" && open !== "'") at++;
    else if (character === open) open = "";
    else if (open === "" && (character === "'" || character === '"')) open = character;
  }
  return open;
}

/**
 * A value as a part of one word of a shell. What stands in Azure or Prefect was written by anybody, and must not end the
 * word that it stands in, nor start a command of its own.
 */
function quoted(value: string, quote: Quote): string {
  if (/^[\w@%+=:,./-]+$/.test(value)) return value;
  if (quote === '"' && /^[\w@%+=:,./() -]+$/.test(value)) return value;
  // Line breaks and hidden characters have no place in a word.
  const word = `'${value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").replaceAll("'", "'\\''")}'`;
  if (quote === "") return word;
  return quote === "'" ? word.slice(1, -1) : `"${word}"`;
}
