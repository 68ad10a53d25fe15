import type { PrefectBlock } from "../../resources/generated.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { timestamp } from "../graph/applications.ts";
import { maskName, readValues } from "../values.ts";
import {
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectScope,
  readList,
} from "./server.ts";

/** A block document as Prefect 3 answers it (openapi.json of 3.8.8). */
interface BlockAnswer extends PrefectObject {
  name?: string | null;
  data?: Record<string, unknown>;
  block_schema?: { fields?: { secret_fields?: string[] } } | null;
  block_type?: { slug?: string; name?: string } | null;
  block_type_name?: string | null;
  block_document_references?: Record<string, { block_document?: { name?: string; block_type?: { slug?: string } } }>;
  is_anonymous?: boolean;
}

/** What Prefect puts in the place of a secret that is set (`src/prefect/utilities/names.py`, and pydantic's own). */
const mask = /^\*{4,}.{0,4}$/;

const list = prefectList("prefect.block", "block_documents");

/** Every block of a server, the anonymous ones too; secrets come masked, and are never asked for. */
export const blocks: PrefectReader = { kind: "prefect.block", reads: [list], rows: readBlocks };

async function readBlocks(run: PrefectRun): Promise<(PrefectBlock & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const { items } = await readList<BlockAnswer>(run, list, {
    sort: "BLOCK_TYPE_AND_NAME_ASC",
    // Without this filter a server leaves anonymous blocks out of the list and of the count.
    filter: { block_documents: { is_anonymous: null } },
  });
  return ledger.rowsOf({ kind: "prefect.block", scope: prefectScope(prefect.name) }, items, (each) =>
    rowOf(each, prefect.name, fingerprint),
  );
}

/** The id of a block. */
export function blockId(api: string, slug: string, name: string): string {
  return `prefect:${api}/block/${slug}/${name}`;
}

function rowOf(each: BlockAnswer, api: string, fingerprint: Fingerprinter | undefined): PrefectBlock & { id: string } {
  const slug = each.block_type?.slug ?? "unknown";
  const { name, secrets: inName } = maskName(each.name ?? each.id, fingerprint);
  const row: PrefectBlock & { id: string } = {
    id: blockId(api, slug, name),
    api,
    uuid: each.id,
    name,
    typeName: each.block_type?.name ?? each.block_type_name ?? null,
    created: timestamp(each.created),
    updated: timestamp(each.updated),
  };
  if (each.block_type?.slug !== undefined) row.type = slug;
  if (typeof each.is_anonymous === "boolean") row.anonymous = each.is_anonymous;
  const referenced = each.block_document_references ?? {};
  const references = Object.values(referenced).flatMap(({ block_document }) =>
    block_document?.name !== undefined && block_document.block_type?.slug !== undefined
      ? [blockId(api, block_document.block_type.slug, maskName(block_document.name, fingerprint).name)]
      : [],
  );
  if (each.data === undefined || each.data === null) return row;
  const patterns = [...new Set(each.block_schema?.fields?.secret_fields ?? [])].sort();
  // A block that this one refers to is repeated inside its data; it has a row of its own.
  const own = Object.fromEntries(Object.entries(each.data).filter(([field]) => referenced[field] === undefined));
  const values = readValues([{ value: own, path: "" }], fingerprint, (path) =>
    patterns.some((pattern) => matches(pattern, path)),
  );
  row.fields = values.fields;
  row.secrets = [...inName, ...values.secrets];
  row.hosts = values.hosts;
  row.clientIds = values.clientIds;
  row.blocks = [...new Set([...references, ...values.templates.map((one) => `prefect:${api}/block/${one}`)])].sort();
  if (each.block_schema?.fields !== undefined) {
    row.secretFields = patterns.map((pattern) => ({
      path: pattern,
      set: values.fields.some(
        ({ path = "", value = null }) =>
          value !== null && (matches(pattern, path) || (pattern.startsWith(`${path}.`) && mask.test(value))),
      ),
    }));
  }
  return row;
}

/** Whether a path is one that a dotted pattern names, or lies below it; `*` stands for one part. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split(".");
  const parts = path.replace(/\[\d+\]/g, "").split(".");
  return parts.length >= wanted.length && wanted.every((part, index) => part === "*" || part === parts[index]);
}
