import type { Node } from "../../../secrets/formats/objects.ts";

/** A value of JSON or YAML with what is in it. */
export interface Tree {
  /** What it says, where it is a scalar. */
  text: string | null;
  /** Where it begins; of a map or list where its first scalar does. */
  offset: number;
  map: ReadonlyMap<string, Tree>;
  list: readonly Tree[];
}

interface Growing extends Tree {
  map: Map<string, Tree>;
  list: Tree[];
}

/** The values at the top of a text: one of JSON, one for each document of YAML. */
export function treesOf(nodes: readonly Node[]): Tree[] {
  const grown = new Map<Node, Growing>();
  const tops: Tree[] = [];
  for (const node of nodes) {
    const offset = node.scalar?.locate(0, 0).start ?? -1;
    const tree: Growing = { text: node.scalar?.text ?? null, offset, map: new Map(), list: [] };
    grown.set(node, tree);
    const over = node.parent === null ? undefined : grown.get(node.parent);
    if (over === undefined) tops.push(tree);
    else if (node.index >= 0) over.list.push(tree);
    else over.map.set(node.name, tree);
    for (let at: Node | null = node.parent; offset >= 0 && at !== null; at = at.parent) {
      const outer = grown.get(at);
      if (outer === undefined || outer.offset >= 0) break;
      outer.offset = offset;
    }
  }
  return tops;
}

/** A tree inside another; undefined where any step is missing. */
export function inside(tree: Tree | undefined, ...path: readonly string[]): Tree | undefined {
  let found = tree;
  for (const step of path) found = found?.map.get(step);
  return found;
}

/** The text at a path. */
export function textAt(tree: Tree | undefined, ...path: readonly string[]): string | undefined {
  return inside(tree, ...path)?.text ?? undefined;
}
