import { type CST, Lexer, Parser } from "yaml";
import { type Piece, replaced, sliceOf, type View } from "../views.ts";
import { backslashes, type Clock, type Embedded, meaningOf, type Structure } from "./format.ts";
import { leavesOf, type Node, type Nodes, nodeIn, pathOf, setScalar } from "./objects.ts";

/** All documents of a YAML file, from the concrete syntax: anchors and aliases stay what they are. */
export function readYaml(text: string, clock: Clock): Structure {
  const { nodes, comments, sound } = yamlNodes(text, clock);
  return { leaves: leavesOf(nodes), comments, embedded: scriptsIn(nodes), sound };
}

/** The nodes of all documents of a YAML text, in its order. */
export function yamlNodes(text: string, clock: Clock): Nodes {
  const nodes: Node[] = [];
  const comments: number[] = [];
  let sound = true;
  const parser = new Parser();
  const takeIn = (tokens: Iterable<CST.Token>) => {
    for (const token of tokens) if (!intoNodes(token, text, nodes, comments, clock)) sound = false;
  };
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if ((++count & 0xff) === 0) clock();
    takeIn(parser.next(lexeme));
  }
  takeIn(parser.end());
  return { nodes, comments, sound };
}

type Child = { token: CST.Token; parent: Node | null; name: string };

/** One token of the top level with all that is in it; false where something is broken. */
function intoNodes(token: CST.Token, text: string, nodes: Node[], comments: number[], clock: Clock): boolean {
  let sound = true;
  let count = 0;
  const open: Child[] = [{ token, parent: null, name: "" }];
  const remark = (tokens: readonly CST.SourceToken[] | undefined) => {
    for (const each of tokens ?? []) {
      if (each.type === "comment") comments.push(each.offset, each.offset + each.source.length);
    }
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ((++count & 0xff) === 0) clock();
    const { token: at, parent, name } = next;
    switch (at.type) {
      case "document":
        remark(at.start);
        remark(at.end);
        if (at.value !== undefined) open.push({ token: at.value, parent: null, name: "" });
        break;
      case "doc-end":
        remark(at.end);
        break;
      case "comment":
        remark([at as CST.SourceToken]);
        break;
      case "error":
        sound = false;
        break;
      case "block-map":
      case "block-seq":
      case "flow-collection": {
        const node = nodeIn(parent, name);
        nodes.push(node);
        if (at.type === "flow-collection") remark(at.end);
        const children: Child[] = [];
        const isMap = at.type === "block-map" || (at.type === "flow-collection" && at.start.type === "flow-map-start");
        for (const item of at.items) {
          remark(item.start);
          remark(item.sep);
          const key = item.key === undefined || item.key === null ? "" : keyText(item.key, text);
          // A tag of an application's own, `!vault`, `!Ref`, says that the value comes from elsewhere.
          const isTagged = [...item.start, ...(item.sep ?? [])].some(
            ({ type, source }) => type === "tag" && /^![A-Za-z]/.test(source),
          );
          if (item.value !== undefined && !isTagged)
            children.push({ token: item.value, parent: node, name: isMap || item.sep !== undefined ? key : "" });
          if (item.key !== undefined && item.key !== null && !isScalar(item.key))
            children.push({ token: item.key, parent: node, name: "" });
        }
        open.push(...children.reverse());
        break;
      }
      case "scalar":
      case "single-quoted-scalar":
      case "double-quoted-scalar": {
        remark(at.end);
        const node = nodeIn(parent, name);
        setScalar(node, flowScalar(at, text));
        nodes.push(node);
        break;
      }
      case "block-scalar": {
        const node = nodeIn(parent, name);
        setScalar(node, blockScalar(at, text));
        nodes.push(node);
        remark(at.props.filter((each): each is CST.SourceToken => each.type === "comment"));
        break;
      }
      case "alias":
        remark(at.end);
        break;
      default:
    }
  }
  return sound;
}

const isScalar = (token: CST.Token): token is CST.FlowScalar =>
  token.type === "scalar" || token.type === "single-quoted-scalar" || token.type === "double-quoted-scalar";

function keyText(token: CST.Token, text: string): string {
  return isScalar(token) ? flowScalar(token, text).text : "";
}

/** What a plain or quoted scalar says: line breaks folded, escapes undone. */
function flowScalar(token: CST.FlowScalar, text: string): View {
  const quoted = token.type !== "scalar";
  const start = token.offset + (quoted ? 1 : 0);
  const last = token.source.charAt(token.source.length - 1);
  const closed = quoted && token.source.length > 1 && last === token.source.charAt(0);
  const end = token.offset + token.source.length - (closed ? 1 : 0);
  const base = sliceOf(text, start, Math.max(start, end));
  const pieces: Piece[] = [];
  const pattern =
    token.type === "double-quoted-scalar" ? backslashes : token.type === "single-quoted-scalar" ? /''/g : null;
  if (base.text.includes("\n")) {
    for (const fold of base.text.matchAll(/[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/g)) {
      if (pattern === backslashes && base.text.charAt(fold.index - 1) === "\\") continue;
      const breaks = fold[0].split("\n").length - 2;
      pieces.push({
        start: fold.index,
        end: fold.index + fold[0].length,
        text: breaks > 0 ? "\n".repeat(breaks) : " ",
      });
    }
  }
  if (pattern !== null) {
    for (const found of base.text.matchAll(pattern))
      pieces.push({
        start: found.index,
        end: found.index + found[0].length,
        text: found[0] === "''" ? "'" : meaningOf(found[0]),
      });
    pieces.sort((a, b) => a.start - b.start);
  }
  return replaced(base, pieces) ?? base;
}

/** What a block scalar says: without the indentation. Folded lines keep their breaks, which part words as blanks do. */
function blockScalar(token: CST.BlockScalar, text: string): View {
  const length = token.source.length;
  const start = token.props.reduce(
    (at, prop) => Math.max(at, "source" in prop ? prop.offset + prop.source.length : at),
    token.offset,
  );
  const base = sliceOf(text, start, start + length);
  const indent = /^(?:[ \t]*\r?\n)*([ \t]+)/.exec(token.source)?.[1]?.length ?? 0;
  const pieces: Piece[] = [];
  for (let at = 0; at < length; ) {
    let to = at;
    while (to < length && to - at < indent && (base.text.charAt(to) === " " || base.text.charAt(to) === "\t")) to++;
    if (to > at) pieces.push({ start: at, end: to, text: "" });
    const line = base.text.indexOf("\n", to);
    at = line < 0 ? length : line + 1;
  }
  return replaced(base, pieces) ?? base;
}

/** Scripts of pipelines: the steps of prefect.yaml, GitHub's workflows, Azure Pipelines, compose files. */
function scriptsIn(nodes: readonly Node[]): Embedded[] {
  const scripts: Embedded[] = [];
  for (const node of nodes) {
    if (
      node.scalar === null ||
      !/^(?:script|run|bash|command|commands|inlineScript|pwsh|powershell|entrypoint|args)$/.test(node.name)
    )
      continue;
    if (!node.scalar.text.includes("\n") && !node.scalar.text.includes(" ")) continue;
    const powershell =
      node.name === "pwsh" ||
      node.name === "powershell" ||
      /pwsh|powershell/i.test(node.parent?.told?.get("shell") ?? "");
    scripts.push({ format: powershell ? "powershell" : "shell", view: node.scalar, path: () => pathOf(node) });
  }
  return scripts;
}
