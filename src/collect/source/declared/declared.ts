import { isTold, type Target, type Text, textOf, type Value } from "./value.ts";

/** Something that a declaration refers to, as what it is for. */
export interface Refers {
  as: "owner" | "scope" | "principal" | "role" | "flow";
  type: string | null;
  names: readonly string[];
  ids: readonly string[];
}

/** A declaration before it has its place in lines. */
export interface Declared {
  /** The kind that it declares; null where it may declare any, as a module of a registry. */
  kind: string | null;
  /** The type as the file writes it. */
  type: string;
  /** The file, from the root. */
  path: string;
  /** Where it begins in the file. */
  offset: number;
  /** What the file calls it, as in terraform:module.lake.azurerm_storage_account.this or bicep:lake; null where it has no such name. */
  address: string | null;
  names: readonly string[];
  ids: readonly string[];
  resourceGroups: readonly string[];
  refers: readonly Refers[];
}

/** What a value refers to; null where nothing is told of it. */
export function refersTo(as: Refers["as"], value: Value | null): Refers | null {
  if (value === null) return null;
  const text = textOf(value);
  const told = text.texts.filter((each) => each !== "*");
  const ids = (told.length > 0 ? told : (text.of?.ids ?? [])).map((each) => each.toLowerCase());
  if (text.of === null && ids.length === 0) return null;
  return { as, type: text.of?.type ?? null, names: text.of?.names ?? [], ids };
}

export function all(...refers: readonly (Refers | null)[]): Refers[] {
  return refers.filter((each) => each !== null);
}

/** Ids that say all of themselves. */
export function whole(ids: readonly string[]): string[] {
  return ids.filter((id) => id.startsWith("/") && isTold(id)).map((id) => id.toLowerCase());
}

/** Where nothing tells of a resource group. */
const anyGroup: readonly string[] = ["*"];

/**
 * The ids that a resource may have, in lower case; `*` stands for one part that the files do not tell.
 * @param above the ids of what it stands in, or extends; null where it stands in a resource group
 */
export function idsOf(
  type: string,
  names: readonly string[],
  groups: readonly string[] | null,
  above: readonly string[] | null,
): string[] {
  const [namespace = "", ...types] = type.split("/");
  return names.flatMap((name): string[] => {
    const parts = name.toLowerCase().split("/");
    if (type === "microsoft.resources/resourcegroups") return [`/subscriptions/*/resourcegroups/${name.toLowerCase()}`];
    if (type === "microsoft.resources/subscriptions") return [`/subscriptions/${name.toLowerCase()}`];
    if (type === "microsoft.management/managementgroups") return [`/providers/${type}/${name.toLowerCase()}`];
    if (type.startsWith("microsoft.graph/") || type.startsWith("prefect/")) return [];
    if (above !== null) {
      const own = parts.at(-1) ?? "*";
      const last = types.at(-1) ?? "";
      return above.map((each) => {
        const isPart = types.length > 1;
        // Containers stand in the one blob service of an account.
        if (last === "containers" && !each.includes("/blobservices/"))
          return `${each}/blobservices/default/${last}/${own}`;
        return isPart ? `${each}/${last}/${own}` : `${each}/providers/${namespace}/${last}/${own}`;
      });
    }
    const steps = types.map(
      (each, index) =>
        `${each}/${parts.length === types.length ? parts[index] : index === types.length - 1 ? parts.at(-1) : "*"}`,
    );
    return (groups ?? anyGroup).map(
      (group) => `/subscriptions/*/resourcegroups/${group.toLowerCase()}/providers/${namespace}/${steps.join("/")}`,
    );
  });
}

/** The value of an attribute of a resource that is declared or looked up. */
export function attributeOf(target: Target, path: readonly string[]): Text | null {
  const last = path.at(-1) ?? "id";
  if (
    /^(?:id|resource_id|resource_manager_id|role_definition_id|role_definition_resource_id|subscription_id)$/i.test(
      last,
    )
  )
    return { texts: target.ids.length > 0 ? target.ids : ["*"], of: target };
  if (/^(?:name|display_name|displayName)$/.test(last)) return { texts: target.names, of: target };
  if (/^(?:principal_?id|object_?id|client_?id|application_?id|app_?id)$/i.test(last))
    return { texts: ["*"], of: target };
  return null;
}
