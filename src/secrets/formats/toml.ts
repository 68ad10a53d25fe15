import { sliceOf, type View } from "../views.ts";
import { backslashes, type Clock, meaningOf, type Structure, unescaped } from "./format.ts";
import { leavesOf, type Node, nodeIn, setScalar } from "./objects.ts";

/** An open list or inline table, and the name that its next value gets. */
interface Open {
  node: Node;
  isMap: boolean;
}

/** TOML: values under their dotted keys and tables. Where something is no TOML, the rest of its line is passed over. */
export function readToml(text: string, clock: Clock): Structure {
  const nodes: Node[] = [];
  const comments: number[] = [];
  let sound = true;
  let table: Node | null = null;
  let steps = 0;
  const open: Open[] = [];
  let key: string[] | null = null;
  const put = (value: View | null): Node => {
    let parent = open.at(-1)?.node ?? table;
    const names = key ?? [];
    for (const name of names.slice(0, -1)) {
      parent = nodeIn(parent, name);
      nodes.push(parent);
    }
    const node = nodeIn(parent, names.at(-1) ?? "");
    if (value !== null) setScalar(node, value);
    nodes.push(node);
    key = null;
    return node;
  };
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; ) {
    if ((++steps & 0xff) === 0) clock();
    const char = text.charAt(at);
    const inside = open.at(-1);
    const wantsKey = key === null && (inside === undefined || inside.isMap);
    if (char <= " " || char === ",") {
      if (char === "\n" && key !== null && inside === undefined) {
        sound = false;
        key = null;
      }
      at++;
    } else if (char === "#") {
      const line = text.indexOf("\n", at);
      const end = line < 0 ? text.length : line;
      comments.push(at, end);
      at = end;
    } else if (inside !== undefined && (char === "]" || char === "}")) {
      open.pop();
      key = null;
      at++;
    } else if (wantsKey && char === "[") {
      const header = keysAt(text, text.charAt(at + 1) === "[" ? at + 2 : at + 1);
      table = null;
      for (const name of header.names) {
        table = nodeIn(table, name);
        nodes.push(table);
      }
      at = header.after;
      while (text.charAt(at) === "]") at++;
      if (header.names.length === 0) {
        sound = false;
        at++;
      }
    } else if (wantsKey) {
      const found = keysAt(text, at);
      if (found.names.length > 0 && text.charAt(found.after) === "=") {
        key = found.names;
        at = found.after + 1;
      } else {
        sound = false;
        const line = text.indexOf("\n", at);
        at = line < 0 ? text.length : line;
      }
    } else if (char === "[" || char === "{") {
      open.push({ node: put(null), isMap: char === "{" });
      at++;
    } else if (char === '"' || char === "'") {
      const found = stringAt(text, at, char);
      if (!found.closed) sound = false;
      put(found.value);
      at = found.after;
    } else {
      let end = at;
      while (end < text.length && !/[\s,\]}#]/.test(text.charAt(end))) end++;
      put(sliceOf(text, at, end));
      at = Math.max(end, at + 1);
    }
  }
  return { leaves: leavesOf(nodes), comments, embedded: [], sound: sound && open.length === 0 };
}

const part = /[ \t]{0,40}(?:([\w-]{1,200})|"((?:[^"\\\n]|\\.){0,400})"|'([^'\n]{0,400})')[ \t]{0,40}/y;

function keysAt(text: string, from: number): { names: string[]; after: number } {
  const names: string[] = [];
  let at = from;
  for (let found = partAt(text, at); found !== null; found = partAt(text, at)) {
    names.push(found[1] ?? found[2] ?? found[3] ?? "");
    at += found[0].length;
    if (text.charAt(at) !== "." || names.length > 64) break;
    at++;
  }
  return { names, after: at };
}

function partAt(text: string, at: number): RegExpExecArray | null {
  part.lastIndex = at;
  return part.exec(text);
}

function stringAt(text: string, at: number, quote: string): { value: View; after: number; closed: boolean } {
  const isLong = text.startsWith(quote.repeat(3), at);
  const start = at + (isLong ? 3 : 1);
  let end = start;
  for (; end < text.length; end++) {
    const char = text.charAt(end);
    if (char === "\\" && quote === '"') end++;
    else if (char === quote && (!isLong || text.startsWith(quote.repeat(3), end))) break;
    else if (char === "\n" && !isLong) break;
  }
  const closed = text.charAt(end) === quote;
  end = Math.min(end, text.length);
  const value = quote === '"' ? unescaped(text, start, end, backslashes, meaningOf) : sliceOf(text, start, end);
  return { value, after: closed ? end + (isLong ? 3 : 1) : end, closed };
}
