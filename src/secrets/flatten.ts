import { findSecrets } from "./find.ts";

/** A scalar inside a JSON value, as text; null where it is null. */
export interface FlatValue {
  path: string;
  key: string;
  value: string | null;
}

/**
 * Every scalar of a JSON value in document order, with the path to it: `env.AZURE_KEY`, `commands[0]`, `["a key"].x`.
 * Numbers and booleans come as text; empty objects and lists give nothing. A credential that somebody used as a name is
 * masked in path and key.
 */
export function flatten(value: unknown, path = ""): FlatValue[] {
  const flat: FlatValue[] = [];
  const open: { value: unknown; path: string; key: string }[] = [{ value, path, key: lastName(path) }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const at = next;
    if (Array.isArray(at.value)) {
      for (let i = at.value.length - 1; i >= 0; i--)
        open.push({ value: at.value[i], path: `${at.path}[${i}]`, key: at.key });
    } else if (typeof at.value === "object" && at.value !== null) {
      for (const [name, inner] of Object.entries(at.value).reverse()) {
        const key = findSecrets({ path: "", key: "", value: name }).masked;
        open.push({ value: inner, path: at.path + step(key, at.path === ""), key });
      }
    } else if (at.value !== undefined) {
      flat.push({ path: at.path, key: at.key, value: at.value === null ? null : String(at.value) });
    }
  }
  return flat;
}

function step(name: string, first: boolean): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `[${JSON.stringify(name)}]`;
  return first ? name : `.${name}`;
}

/** The last name of a path, unquoted. */
function lastName(path: string): string {
  const last = /(?:^|\.)([A-Za-z_$][\w$]*)(?:\[\d+\])*$|\[("(?:[^"\\]|\\.)*")\](?:\[\d+\])*$/.exec(path);
  if (last === null) return "";
  return last[2] === undefined ? (last[1] ?? "") : String(JSON.parse(last[2]));
}
