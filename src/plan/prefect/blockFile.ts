import { blockId } from "../../collect/prefect/blocks.ts";
import { type Document, firstOf } from "../../resources/document.ts";
import { InputError, type Problem } from "../../resources/problem.ts";
import type { PlannedValue } from "../plan.ts";
import { maskedName } from "./names.ts";
import type { PrefectObject, PrefectPlan } from "./object.ts";
import { type Servers, serverFor } from "./server.ts";
import { mapOf } from "./template.ts";

/**
 * The names under which a block's type stands: `type` in the short form, `type_slug` as the Terraform provider has it, and
 * what the API answers of a block document.
 */
const typeNames = ["type", "type_slug", "block_type_slug", "block_type"] as const;

/** Whether a file holds block definitions, by what stands in it: one, or a list of them. */
export function isBlockFile(value: unknown): boolean {
  const [first] = Array.isArray(value) ? value : [value];
  if (typeof first !== "object" || first === null) return false;
  return "data" in first && typeNames.some((name) => name in first);
}

/**
 * The blocks of a file: each `{type, name, data}`, or as the API of Prefect answers a block document. What a block that
 * exists already has beside the fields of `data` stays, as an update by the API keeps it (`merge_existing_data`).
 * @throws InputError where a block has no type, name or data, or nobody can say which server it is for
 */
export function readBlockFile(document: Document, servers: Servers): PrefectPlan {
  const { file, value } = document;
  const problems: Problem[] = [];
  const objects: PrefectObject[] = [];
  const single = !Array.isArray(value);
  for (const [index, each] of (single ? [value] : value).entries()) {
    const path = single ? [] : [index];
    const tell = (name: string | null, message: string, hint: string): void => {
      const at = document.position(name === null ? path : [...path, name]);
      problems.push({ code: "plan/block", file, ...at, message, hint });
    };
    const block = mapOf(each as PlannedValue);
    const slug = slugOf(block);
    const { name = null, data = null } = block ?? {};
    if (slug === null) {
      tell(null, "a block needs a type", "write its slug, as in type: azure-blob-storage-credentials");
    } else if (typeof name !== "string" || name === "") {
      tell("name", "a block needs a name", "write name: and the name that flows load it by");
    } else if (mapOf(data) === null) {
      tell("data", "a block needs data", "write data: and a map of its fields; {} where it has none");
    } else {
      const at = { file, ...document.position(path), address: null };
      const api = serverFor(servers, null, at);
      objects.push({
        type: "prefect/block",
        id: blockId(api, slug, maskedName(name)),
        action: "update",
        body: {
          name,
          block_type: { slug },
          data,
          block_document_references: mapOf(block?.block_document_references) ?? {},
          is_anonymous: block?.is_anonymous === true,
          ...(block?.block_schema !== undefined && { block_schema: block.block_schema }),
        },
        at,
      });
    }
  }
  if (problems.length > 0) throw new InputError(firstOf(problems));
  return { objects, undecided: [], ignored: new Map() };
}

function slugOf(block: { readonly [name: string]: PlannedValue } | null): string | null {
  for (const name of typeNames) {
    const found = block?.[name];
    const slug = typeof found === "string" ? found : mapOf(found)?.slug;
    if (typeof slug === "string" && slug !== "") return slug;
  }
  return null;
}
