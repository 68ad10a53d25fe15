import { strengthOf } from "../detectors/contextual.ts";
import { type FileLeaf, type Structure, step } from "./format.ts";
import type { Token, Tokens } from "./tokens.ts";

/** A block in braces, with what its own attributes say of it. */
interface Block {
  /** What stands before its brace: `variable "x"`, `resource kv 'Microsoft.KeyVault/…'`. */
  labels: string[];
  path: string;
  outer: Block | null;
  told: Map<string, string>;
  /** Values whose name may still come: `{ value: '…', name: 'X' }`. */
  waiting: { leaf: FileLeaf; key: string }[];
}

const holders = /^(?:value|default|defaultValue|secret_value)$/;

/** What Bicep and Terraform share: attributes with `=` or `:` in blocks in braces. */
export function readBlocks({ tokens, comments, sound }: Tokens): Structure {
  const leaves: FileLeaf[] = [];
  let block: Block = { labels: [], path: "", outer: null, told: new Map(), waiting: [] };
  let labels: string[] = [];
  let isSecureNext = false;
  let secureParameter = "";
  tokens.forEach((token, index) => {
    if (token.opensLine) labels = [];
    if (token.kind === "sign") {
      if (token.text === "{") {
        const names = labels.filter((label) => label !== "=");
        block = {
          labels: names,
          path: block.path.length > 400 ? block.path : names.reduce(step, block.path),
          outer: block,
          told: new Map(),
          waiting: [],
        };
        labels = [];
      } else if (token.text === "}") {
        settle(block);
        block = block.outer ?? block;
        labels = [];
      } else if (token.text === ",") labels = [];
      return;
    }
    const said = token.value?.text ?? token.text;
    if (token.kind === "word") {
      if (/^(?:sys\.)?secure$/.test(token.text) && tokens[index - 1]?.text === "@") isSecureNext = true;
      if (token.text === "param" && token.opensLine) {
        secureParameter = isSecureNext ? (tokens[index + 1]?.text ?? "") : "";
        isSecureNext = false;
      }
      if (token.text === "true" && tokens[index - 1]?.text === "=" && tokens[index - 2]?.text === "sensitive")
        block.told.set("sensitive", "true");
    }
    if (said.length <= 200 && labels.length < 6) labels.push(said);
    if (token.value === null) return;
    const key = keyAt(tokens, index);
    const path = block.path;
    const leaf: FileLeaf = { path: () => step(path, key), key, value: token.value };
    leaves.push(leaf);
    if (/^(?:name|key|type)$/.test(key) && said.length <= 200) block.told.set(key, said);
    if (holders.test(key)) block.waiting.push({ leaf, key });
    if (key !== "" && key === secureParameter && !isUserName(key)) leaf.secretField = true;
  });
  for (let at: Block | null = block; at !== null; at = at.outer) settle(at);
  return { leaves, comments, embedded: [], sound };
}

/** A block has said all: its values get the name beside them, or over them, and are secret where it says so. */
function settle(block: Block): void {
  for (const { leaf, key } of block.waiting) {
    const beside = block.told.get("name") ?? block.told.get("key") ?? labelFor(block);
    if (beside !== null) leaf.key = beside;
    if (key === "default" && block.told.has("sensitive") && !isUserName(leaf.key)) leaf.secretField = true;
    // What a vault keeps may be a setting as well: its looks decide.
    if (key === "value" && isVaultSecret(block) && strengthOf(leaf.key) !== "strong") leaf.key = "secret";
  }
  block.waiting = [];
}

/** Many mark a login as they mark its password; who somebody is opens nothing. */
function isUserName(name: string): boolean {
  return /(?:user(?:_?name)?|login)$/i.test(name);
}

function labelFor(block: Block): string | null {
  let at: Block | null = block;
  for (let up = 0; at !== null && up < 16; up++, at = at.outer) {
    const last = at.labels.at(-1);
    if (last !== undefined && last !== "properties") return last;
  }
  return null;
}

function isVaultSecret(block: Block): boolean {
  const labels = [...block.labels, ...(block.labels.at(-1) === "properties" ? (block.outer?.labels ?? []) : [])];
  return labels.some(
    (label) => label === "azurerm_key_vault_secret" || /^Microsoft\.KeyVault\/vaults\/secrets@/i.test(label),
  );
}

/** The name that a string is bound to: `name = "…"`, `name: '…'`, `"name" = "…"`, `param name string = '…'`, `f("name", "…")`. */
export function keyAt(tokens: readonly Token[], index: number): string {
  const sign = tokens[index - 1]?.text ?? "";
  const before = tokens[index - 2];
  if (before === undefined) return "";
  if (sign === "," && before.kind === "string" && tokens[index - 3]?.text === "(" && tokens[index - 4]?.kind === "word")
    return before.value?.text ?? "";
  if (sign !== "=" && sign !== ":" && sign !== "=>" && sign !== "+=") return "";
  if (sign === ":" && tokens[index - 3]?.text === "?") return "";
  for (let at = index - 2; at >= 0 && index - at < 16; at--) {
    const token = tokens[at];
    if (token === undefined || /^[{[(]$/.test(token.text)) break;
    if (!token.opensLine) continue;
    if (/^(?:param|var|output)$/.test(token.text)) return tokens[at + 1]?.text ?? "";
    break;
  }
  if (before.kind === "string") return before.value?.text ?? "";
  if (before.text === "]") return tokens[index - 3]?.value?.text ?? "";
  return before.kind === "word" ? (before.text.split(".").at(-1) ?? "") : "";
}
