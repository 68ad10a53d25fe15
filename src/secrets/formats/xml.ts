import { sliceOf, type View } from "../views.ts";
import { type Clock, emptyStructure, type FileLeaf, type Structure, unescaped } from "./format.ts";
import { trimEnd } from "./lines.ts";

const opening = /<([A-Za-z_][\w:.-]{0,100})/y;
const attribute = /\s{1,200}([A-Za-z_][\w:.-]{0,100})\s{0,40}=\s{0,40}(["'])/y;

/** XML and .config files: attributes and the texts of elements, under the name beside or over them. */
export function readXml(text: string, clock: Clock): Structure {
  const structure = emptyStructure();
  const open: string[] = [];
  let told = "";
  let steps = 0;
  for (let at = 0; at < text.length; ) {
    if ((++steps & 0xff) === 0) clock();
    const next = text.indexOf("<", at);
    const end = next < 0 ? text.length : next;
    if (end > at) {
      const own = open.at(-1) ?? "";
      const leaf = textLeaf(text, at, end, own, told);
      if (leaf !== null) {
        structure.leaves.push(leaf);
        if (/^(?:name|key)$/i.test(own)) told = leaf.value.text.slice(0, 200);
      }
    }
    if (next < 0) break;
    const special = [
      ["<!--", "-->"],
      ["<![CDATA[", "]]>"],
      ["<?", "?>"],
      ["<!", ">"],
    ].find(([mark = ""]) => text.startsWith(mark, next));
    if (special !== undefined) {
      const [mark = "", close = ""] = special;
      const stop = text.indexOf(close, next + mark.length);
      if (stop < 0) structure.sound = false;
      const after = stop < 0 ? text.length : stop + close.length;
      if (mark === "<![CDATA[") {
        const key = open.at(-1) ?? "";
        structure.leaves.push({
          path: () => key,
          key,
          value: sliceOf(text, next + mark.length, stop < 0 ? after : stop),
        });
      } else structure.comments.push(next, after);
      at = after;
      continue;
    }
    if (text.charAt(next + 1) === "/") {
      const close = text.indexOf(">", next);
      open.pop();
      if (/^<\/(?:property|add|setting|entry)/i.test(text.slice(next, next + 12))) told = "";
      at = close < 0 ? text.length : close + 1;
      continue;
    }
    opening.lastIndex = next;
    const tag = opening.exec(text);
    if (tag === null) {
      structure.sound = false;
      at = next + 1;
      continue;
    }
    at = attributesOf(text, next + tag[0].length, tag[1] ?? "", structure);
    const isEmpty = text.charAt(at) === "/";
    const close = text.charAt(at) === ">" ? at : isEmpty && text.charAt(at + 1) === ">" ? at + 1 : -1;
    if (close < 0) structure.sound = false;
    if (!isEmpty) open.push(local(tag[1] ?? ""));
    at = close < 0 ? Math.max(at, next + 1) : close + 1;
  }
  if (open.length > 0) structure.sound = false;
  return structure;
}

const local = (name: string) => name.split(":").at(-1) ?? name;

/** The attributes of a tag; `value` has the name that `name` or `key` beside it says. */
function attributesOf(text: string, from: number, tag: string, structure: Structure): number {
  let at = from;
  const own: { name: string; value: View }[] = [];
  for (;;) {
    attribute.lastIndex = at;
    const found = attribute.exec(text);
    if (found === null) break;
    const start = at + found[0].length;
    const end = text.indexOf(found[2] ?? '"', start);
    if (end < 0) break;
    own.push({ name: local(found[1] ?? ""), value: withoutEntities(text, start, end) });
    at = end + 1;
  }
  const beside = own.find(({ name }) => /^(?:name|key)$/i.test(name))?.value.text.slice(0, 200);
  for (const { name, value } of own) {
    const key = /^value$/i.test(name) ? (beside ?? tag) : name;
    structure.leaves.push({ path: () => `${tag}.${key}`, key, value });
  }
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}

function textLeaf(text: string, from: number, to: number, own: string, told: string): FileLeaf | null {
  let start = from;
  while (start < to && text.charCodeAt(start) <= 32) start++;
  if (start === to) return null;
  const key = /^value$/i.test(own) && told !== "" ? told : own;
  return { path: () => key, key, value: withoutEntities(text, start, trimEnd(text, start, to)) };
}

const names: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function withoutEntities(text: string, start: number, end: number): View {
  return unescaped(text, start, end, /&(?:amp|lt|gt|quot|apos|#\d{2,7}|#x[0-9a-fA-F]{2,6});/g, (found) => {
    const inner = found.slice(1, -1);
    const code = inner.startsWith("#x")
      ? Number.parseInt(inner.slice(2), 16)
      : inner.startsWith("#")
        ? Number(inner.slice(1))
        : null;
    if (code === null) return names[inner] ?? null;
    return code <= 0x10ffff ? String.fromCodePoint(code) : null;
  });
}
