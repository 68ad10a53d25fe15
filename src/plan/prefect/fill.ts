import { blockId } from "../../collect/prefect/blocks.ts";
import { variableId } from "../../collect/prefect/variables.ts";
import type { Field, Secret } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { mask } from "../../secrets/mask.ts";
import { type PlannedValue, unknown } from "../plan.ts";
import type { LivePrefect } from "./live.ts";
import { secretMark, unknownMark } from "./marks.ts";
import { maskedName } from "./names.ts";
import type { Fate } from "./object.ts";
import { isSecret, rebuilt, stepsIn, valueAt } from "./paths.ts";
import { isList, mapOf, type Placeholder, placeholdersIn } from "./template.ts";

/** Where `prefect deploy` fills in. */
export interface Filling {
  api: string;
  live: LivePrefect;
  /** The ids of what the same plan changes, so that nobody knows which value is met. */
  changing: ReadonlySet<string>;
}

const removed: unique symbol = Symbol("removed");

/**
 * A value as `prefect deploy` sends it (3.8.8: `_run_single_deploy`, and measured): blocks and variables by what they hold,
 * credentials in the clear. A mark stands for what is not known, another one for a credential.
 * @param fate what becomes of the other places; @param keepsBlocks as pull steps do
 */
export function filled(
  value: PlannedValue,
  filling: Filling,
  fate: (name: string) => Fate,
  keepsBlocks = false,
): PlannedValue {
  const result = fill(value, (placeholder) => {
    switch (placeholder.kind) {
      case "block":
        return keepsBlocks ? placeholder.text : blockValue(placeholder.name, filling);
      case "variable":
        return keepsBlocks ? placeholder.text : variableValue(placeholder.name, filling);
      case "environment":
        return unknown;
      case "other": {
        const what = fate(placeholder.name);
        if (what === "kept") return placeholder.text;
        return what === "removed" ? removed : unknown;
      }
    }
  });
  return result === removed ? null : result;
}

type Replace = (placeholder: Placeholder) => PlannedValue | typeof removed;

function fill(value: PlannedValue, replace: Replace): PlannedValue | typeof removed {
  if (typeof value === "string") return filledText(value, replace);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((each) => fill(each, replace)).filter((each) => each !== removed);
  const entries = Object.entries(value).map(([name, each]) => [name, fill(each, replace)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, PlannedValue] => entry[1] !== removed));
}

function filledText(text: string, replace: Replace): PlannedValue | typeof removed {
  const found = placeholdersIn(text);
  const [only] = found;
  if (only === undefined) return text;
  if (found.length === 1 && only.text === text) return replace(only);
  let result = text;
  for (const each of found) {
    const value = replace(each);
    const part = value === removed ? "" : value === unknown || typeof value === "object" ? unknownMark : String(value);
    result = result.replaceAll(each.text, () => part);
  }
  return result;
}

/** `prefect.blocks.<type>.<name>.<path>`: what the live block holds there. */
function blockValue(placeholder: string, { api, live, changing }: Filling): PlannedValue {
  const [slug = "", name = "", ...rest] = placeholder.slice("prefect.blocks.".length).split(".");
  const id = blockId(api, slug, maskedName(name));
  const patterns = live.secretFields(api, slug);
  const row = changing.has(id) ? undefined : live.of("prefect.block").get(id);
  let path = rest.join(".");
  const holds = row === undefined ? null : held(row, patterns ?? []);
  // Of a block that holds a value and nothing else, the value is meant.
  const map = mapOf(holds ?? undefined);
  const isValue = map === null ? slug === "secret" : Object.keys(map).length === 1 && map.value !== undefined;
  if (isValue && !/^value(?:$|[.[])/.test(path)) path = path === "" ? "value" : `value.${path}`;
  if (holds !== null) return (path === "" ? holds : valueAt(holds, path)) ?? unknown;
  // Nothing of the block is known, but what its type keeps secret is a credential.
  return patterns !== null && path !== "" && isSecret(patterns, stepsIn(path) ?? []) ? secretMark : unknown;
}

/** `prefect.variables.<name>`: what the live variable holds. */
function variableValue(placeholder: string, { api, live, changing }: Filling): PlannedValue {
  const id = variableId(api, maskedName(placeholder.slice("prefect.variables.".length)));
  const row = changing.has(id) ? undefined : live.of("prefect.variable").get(id);
  const holds = row === undefined ? null : held(row, []);
  return (holds === null ? undefined : valueAt(holds, "value")) ?? unknown;
}

/** What a row holds, with a mark for each credential; null where its values were not read. */
function held(row: Row, patterns: readonly string[]): PlannedValue | null {
  const { fields, secrets, incomplete } = row as { fields?: Field[]; secrets?: Secret[]; incomplete?: string[] };
  if (fields === undefined || secrets === undefined || incomplete?.includes("fields")) return null;
  // From the second secret of a value on a number stands behind its path.
  const clear = new Set(secrets.map(({ path = "" }) => path.replace(/ \(\d+\)$/, "")));
  return rebuilt(
    fields.map(({ path = "", value }) => {
      if (value === undefined) return { path, value: unknown };
      if (value !== null && isSecret(patterns, stepsIn(path) ?? [])) return { path, value: secretMark };
      if (value === null || !clear.has(path)) return { path, value };
      return { path, value: value.includes(mask) ? value.replaceAll(mask, secretMark) : secretMark };
    }),
  );
}
