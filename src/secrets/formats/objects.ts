import type { View } from "../views.ts";
import { type FileLeaf, step } from "./format.ts";

/** A value of JSON, YAML or TOML with its place. */
export interface Node {
  parent: Node | null;
  /** The name in a map; empty at the root and in a list. */
  name: string;
  /** The place in a list; -1 elsewhere. */
  index: number;
  /** What it says, where it is a scalar. */
  scalar: View | null;
  /** The scalars that tell what an object is: `type`, `name`, `key`. */
  told: Map<string, string> | null;
  children: number;
}

/** The values of a text, each after the one that it stands in. */
export interface Nodes {
  nodes: Node[];
  /** Remarks, as pairs of start and end. */
  comments: number[];
  /** Whether all of it could be read. */
  sound: boolean;
}

export function nodeIn(parent: Node | null, name: string): Node {
  const index = parent !== null && name === "" ? parent.children : -1;
  if (parent !== null) parent.children++;
  return { parent, name, index, scalar: null, told: null, children: 0 };
}

/** Gives a node its scalar, and tells its object of it. */
export function setScalar(node: Node, value: View): void {
  node.scalar = value;
  const { parent, name } = node;
  if (parent === null || !isTelling(name) || value.text.length > 200) return;
  parent.told ??= new Map();
  parent.told.set(name.toLowerCase(), value.text);
}

function isTelling(name: string): boolean {
  return /^(?:type|name|key|Key|Name|Type|variable|parameterName|shell|cell_type)$/.test(name);
}

/** The scalars as leaves, each under the name that says what it is. */
export function leavesOf(nodes: readonly Node[]): FileLeaf[] {
  const leaves: FileLeaf[] = [];
  for (const node of nodes) {
    if (node.scalar === null) continue;
    leaves.push({
      path: () => pathOf(node),
      key: keyOf(node),
      value: node.scalar,
      ...(isSecureLiteral(node) ? { secretField: true } : {}),
    });
  }
  return leaves;
}

/** How far up a path and a name are looked for: nesting without end must not cost time without end. */
const deepest = 64;

export function pathOf(node: Node): string {
  const steps: Node[] = [];
  for (let at: Node | null = node; at !== null && steps.length < deepest; at = at.parent) steps.push(at);
  return steps
    .reverse()
    .reduce((path, { name, index }) => (index >= 0 ? `${path}[${index}]` : name === "" ? path : step(path, name)), "");
}

const holders = /^(?:value|default|defaultValue|default_value|literal|content|text|Value)$/;

/**
 * The name over a value: its own, that of the list that it stands in, or, where its own only says that it is a value, the
 * name beside it (`{"name": "X", "value": "…"}`) or over it (`{"X": {"value": "…"}}`).
 */
function keyOf(node: Node): string {
  let at = node;
  for (let up = 0; at.name === "" && at.parent !== null && up < deepest; up++) at = at.parent;
  if (!holders.test(at.name) || at.parent === null) return at.name;
  const beside = at.parent.told?.get("name") ?? at.parent.told?.get("key") ?? at.parent.told?.get("variable");
  if (beside !== undefined) return beside;
  let over: Node | null = at.parent;
  for (let up = 0; over !== null && up < deepest; up++, over = over.parent) if (over.name !== "") return over.name;
  return at.name;
}

/** The literal of Data Factory's and Synapse's `SecureString`, and of ARM's `securestring` parameters. */
function isSecureLiteral({ name, parent }: Node): boolean {
  if (parent === null || parent.told === null || !/^(?:value|defaultValue)$/i.test(name)) return false;
  return /^secure(?:string|object)$/i.test(parent.told.get("type") ?? "");
}
