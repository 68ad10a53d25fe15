import type { Clock } from "../../../secrets/formats/format.ts";
import { isTemplate, templateDeclares } from "./arm.ts";
import type { Declared } from "./declared.ts";
import { inside, type Tree, textAt } from "./tree.ts";
import { anything, said, type Text } from "./value.ts";

/** A deployment of prefect.yaml, before the flows of all files are known. */
export interface PendingDeployment extends Declared {
  entrypoint: string | null;
}

/** What a document of JSON or YAML declares. */
export function documentDeclares(path: string, tree: Tree, clock: Clock): (Declared | PendingDeployment)[] {
  if (isTemplate(tree)) return templateDeclares(path, tree, clock);
  return [...synapseDeclares(path, tree), ...deploymentsIn(path, tree), ...blocksIn(path, tree)];
}

/** Folders of a repository that Synapse Studio publishes from, with what their files declare, a file each. */
const published: Readonly<Record<string, string>> = {
  linkedService: "synapse.linkedService",
  pipeline: "synapse.pipeline",
  credential: "synapse.credential",
};
const publishedTypes: Readonly<Record<string, string>> = {
  "microsoft.synapse/workspaces/linkedservices": "synapse.linkedService",
  "microsoft.synapse/workspaces/pipelines": "synapse.pipeline",
  "microsoft.synapse/workspaces/credentials": "synapse.credential",
};

/** What a workspace with a repository of its own publishes (learn.microsoft.com/azure/synapse-analytics/cicd/source-control). */
function synapseDeclares(path: string, tree: Tree): Declared[] {
  const name = textAt(tree, "name");
  const folder = path.split("/").at(-2) ?? "";
  const type = textAt(tree, "type")?.toLowerCase() ?? "";
  const kind =
    publishedTypes[type] ?? (tree.map.has("properties") && path.endsWith(".json") ? published[folder] : undefined);
  if (kind === undefined || name === undefined) return [];
  const own = textAt(tree, "properties", "type") ?? kind;
  return [{ ...at(path, tree, said(name)), kind, type: own }];
}

/** Deployments of prefect.yaml (docs.prefect.io/v3/how-to-guides/deployments/prefect-yaml). */
function deploymentsIn(path: string, tree: Tree): PendingDeployment[] {
  if (!/\.ya?ml$/.test(path)) return [];
  return (inside(tree, "deployments")?.list ?? [])
    .filter((each) => each.map.has("entrypoint") || each.map.has("work_pool") || each.map.has("flow_name"))
    .map((each) => {
      const entrypoint = textAt(each, "entrypoint") ?? null;
      const place = inside(each, "name") ?? each;
      return {
        ...at(path, place, templated(textAt(each, "name"))),
        kind: "prefect.deployment",
        type: "prefect.yaml",
        entrypoint,
      };
    });
}

/**
 * Blocks as a folder of definitions or an export of Prefect's API holds them: an object with the type's slug, a name, and
 * its values, alone, in a list, or under `blocks`.
 */
function blocksIn(path: string, tree: Tree): Declared[] {
  const candidates = [
    tree,
    ...tree.list,
    ...(inside(tree, "blocks")?.list ?? []),
    ...(inside(tree, "block_documents")?.list ?? []),
  ];
  return candidates.flatMap((each) => {
    const slug = textAt(each, "block_type_slug") ?? textAt(each, "block_type", "slug") ?? textAt(each, "block_type");
    const name = textAt(each, "name") ?? textAt(each, "block_document_name");
    if (slug === undefined || name === undefined) return [];
    return [{ ...at(path, each, templated(name)), kind: "prefect.block", type: slug }];
  });
}

function at(path: string, tree: Tree, name: Text): Omit<Declared, "kind" | "type"> {
  const place = { path, offset: Math.max(tree.offset, 0), address: null };
  return { ...place, names: name.texts, ids: [], resourceGroups: [], refers: [] };
}

/** A text in which `{{ … }}` is filled in later. */
function templated(text: string | undefined): Text {
  return text === undefined ? anything : said(text.replace(/\{\{.*?\}\}/g, "*"));
}
