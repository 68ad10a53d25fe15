import { sliceOf, type View } from "../views.ts";
import { codeIn } from "./cells.ts";
import { backslashes, type Clock, meaningOf, type Structure, unescaped } from "./format.ts";
import { leavesOf, type Node, type Nodes, nodeIn, setScalar } from "./objects.ts";

/** JSON, JSON with comments and trailing commas, JSON lines (any number of values one after the other), and notebooks. */
export function readJson(text: string, clock: Clock): Structure {
  const { nodes, comments, sound } = jsonNodes(text, clock);
  return { leaves: leavesOf(nodes), comments, embedded: codeIn(nodes), sound };
}

/** The nodes of a JSON text in its order, without recursion: nesting costs nothing. */
export function jsonNodes(text: string, clock: Clock): Nodes {
  const nodes: Node[] = [];
  const comments: number[] = [];
  const open: { node: Node; isMap: boolean }[] = [];
  let key: string | null = null;
  let sound = true;
  let steps = 0;
  let values = 0;
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; ) {
    if ((++steps & 0xfff) === 0) clock();
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 0x2c || code === 0x3a || code === 0xa0) {
      at++;
      continue;
    }
    const inside = open.at(-1);
    if (code === 0x2f) {
      const end = endOfComment(text, at);
      if (end < 0) {
        sound = false;
        at++;
        continue;
      }
      comments.push(at, end);
      at = end;
      continue;
    }
    if (code === 0x7d || code === 0x5d) {
      if (inside === undefined || inside.isMap !== (code === 0x7d)) sound = false;
      else open.pop();
      key = null;
      at++;
      continue;
    }
    if (code === 0x22 || code === 0x27) {
      if (code === 0x27) sound = false;
      const end = endOfString(text, at + 1, code);
      if (end < 0) return { nodes, comments, sound: false };
      const value = jsonString(text, at + 1, end);
      at = end + 1;
      if (inside?.isMap === true && key === null) {
        key = value.text;
        continue;
      }
      const node = nodeIn(inside?.node ?? null, key ?? "");
      setScalar(node, value);
      nodes.push(node);
      if (inside === undefined) values++;
      key = null;
      continue;
    }
    if (inside?.isMap === true && key === null) sound = false;
    const node = nodeIn(inside?.node ?? null, key ?? "");
    if (inside === undefined) values++;
    key = null;
    nodes.push(node);
    if (code === 0x7b || code === 0x5b) {
      open.push({ node, isMap: code === 0x7b });
      at++;
      continue;
    }
    const end = endOfWord(text, at);
    const word = sliceOf(text, at, end);
    if (!/^(?:true|false|null|[-+]?[\d.]+(?:[eE][-+]?\d+)?|NaN|-?Infinity)$/.test(word.text)) sound = false;
    setScalar(node, word);
    at = end;
  }
  return { nodes, comments, sound: sound && open.length === 0 && values > 0 };
}

function jsonString(text: string, start: number, end: number): View {
  return unescaped(text, start, end, backslashes, meaningOf);
}

function endOfString(text: string, from: number, quote: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === quote) return at;
  }
  return -1;
}

function endOfComment(text: string, at: number): number {
  if (text.charCodeAt(at + 1) === 0x2f) {
    const line = text.indexOf("\n", at);
    return line < 0 ? text.length : line;
  }
  if (text.charCodeAt(at + 1) !== 0x2a) return -1;
  const close = text.indexOf("*/", at + 2);
  return close < 0 ? text.length : close + 2;
}

function endOfWord(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (
      code <= 32 ||
      code === 0x2c ||
      code === 0x3a ||
      code === 0x7d ||
      code === 0x5d ||
      code === 0x22 ||
      code === 0x7b ||
      code === 0x5b
    )
      break;
    at++;
  }
  return at;
}
