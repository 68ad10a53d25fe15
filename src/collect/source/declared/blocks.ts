import type { Token } from "../../../secrets/formats/tokens.ts";
import { closing, endOfValue } from "./expression.ts";

/** What stands in braces in Terraform and Bicep, or at the top of a file. */
export interface Body {
  /** The tokens of each value, by the name that it is given. */
  values: Map<string, readonly Token[]>;
  blocks: Block[];
}

/** A block: `resource "azurerm_x" "y" { … }`, `resource y 'Microsoft.X/y@…' = { … }`, or an object under a name. */
export interface Block {
  /** The words and strings before it. */
  labels: readonly string[];
  at: Token;
  body: Body;
  /** The tokens before its brace where it is made several times: `[for x in xs: {`; null where it is made once. */
  loop: readonly Token[] | null;
}

const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Whether every bracket is closed by its own: where one is not, what follows stands elsewhere than it seems. */
export function isBalanced(tokens: readonly Token[]): boolean {
  const open: string[] = [];
  for (const { kind, text } of tokens) {
    if (kind !== "sign") continue;
    if (/^[([{]$/.test(text)) open.push(text);
    else if (closes[text] !== undefined && open.pop() !== closes[text]) return false;
  }
  return open.length === 0;
}

/** The blocks and values of a file. */
export function bodyOf(tokens: readonly Token[]): Body {
  return new BlockReader(tokens).body().body;
}

/** Deeper nesting is read as one value. */
const deepest = 40;

class BlockReader {
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** @returns the body that begins at a token, and where what closes it stands */
  body(from = 0, depth = 0): { body: Body; end: number } {
    const tokens = this.#tokens;
    const body: Body = { values: new Map(), blocks: [] };
    let index = from;
    while (index < tokens.length) {
      const first = tokens[index];
      if (first === undefined || first.text === "}") break;
      if (first.text === "@") {
        index = this.#afterLine(index);
        continue;
      }
      if (first.kind === "sign") {
        index++;
        continue;
      }
      const labels: string[] = [];
      let next = index;
      for (; next < tokens.length; next++) {
        const token = tokens[next];
        if (token === undefined || token.kind === "sign" || (next > index && token.opensLine)) break;
        labels.push(token.value?.text ?? token.text);
      }
      const sign = tokens[next];
      const isSame = sign !== undefined && !sign.opensLine;
      if (isSame && sign.text === "{" && depth < deepest) {
        const inner = this.body(next + 1, depth + 1);
        body.blocks.push({ labels, at: first, body: inner.body, loop: null });
        index = inner.end + 1;
      } else if (isSame && (sign.text === "=" || sign.text === ":")) {
        const end = endOfValue(tokens, next + 1);
        this.#value(body, labels, first, next + 1, end, depth);
        index = Math.max(end, next + 1);
      } else {
        if (labels.length > 1) body.values.set(labels.slice(0, 2).join(" "), []);
        index = Math.max(next, index + 1);
      }
    }
    return { body, end: index };
  }

  #value(body: Body, labels: readonly string[], at: Token, from: number, to: number, depth: number): void {
    const tokens = this.#tokens;
    const isStatement = labels.length > 1;
    body.values.set(isStatement ? labels.slice(0, 2).join(" ") : (labels[0] ?? ""), tokens.slice(from, to));
    if (depth >= deepest) return;
    // In `if (…) {` and `[for x in xs: {` the object is what is declared.
    let open = from;
    if (labels[0] === "resource" || labels[0] === "module" || tokens[from]?.text === "[") {
      while (open < to && tokens[open]?.text !== "{") {
        open = tokens[open]?.text === "(" ? closing(tokens, open) : open + 1;
        if (open < 0) return;
      }
    }
    if (tokens[open]?.text !== "{" || open >= to) return;
    const isLoop = tokens[from]?.text === "[";
    if (isLoop && tokens[from + 1]?.text !== "for") return;
    const inner = this.body(open + 1, depth + 1);
    body.blocks.push({ labels, at, body: inner.body, loop: isLoop ? tokens.slice(from + 1, open) : null });
  }

  /** A decorator goes to the end of its line, or of its brackets. */
  #afterLine(from: number): number {
    const tokens = this.#tokens;
    for (let index = from + 1; index < tokens.length; index++) {
      if (tokens[index]?.text === "(") {
        const end = closing(tokens, index);
        return end < 0 ? tokens.length : end + 1;
      }
      if (tokens[index]?.opensLine) return index;
    }
    return tokens.length;
  }
}
