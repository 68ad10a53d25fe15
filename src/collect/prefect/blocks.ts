import type { PrefectBlock } from "../../resources/generated.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { keptText } from "../forms.ts";
import { listIn, mapIn, textIn } from "../shape.ts";
import { maskName, readValues } from "../values.ts";
import { readList } from "./list.ts";
import {
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectScope,
  timesOf,
} from "./server.ts";
import { masksOnlyWhatIsSet, versionOf } from "./workspaces.ts";

/** A block document as Prefect 3 answers it (openapi.json of 3.8.8). */
export interface BlockAnswer extends PrefectObject {
  name?: string | null;
  data?: Record<string, unknown>;
  block_schema?: {
    checksum?: string;
    version?: string;
    capabilities?: string[];
    fields?: { secret_fields?: string[] } | null;
  } | null;
  block_type?: { slug?: string; name?: string } | null;
  block_type_name?: string | null;
  block_document_references?: Record<
    string,
    { block_document?: { id?: string; name?: string; block_type?: { slug?: string } } }
  >;
  is_anonymous?: boolean;
}

/** What Prefect puts in the place of a secret that is set (`src/prefect/utilities/names.py`, and pydantic's own). */
const mask = /^\*{4,}.{0,4}$/;

const list = prefectList("prefect.block", "block_documents", "see_blocks");

/** Every block of a server, the anonymous ones too; secrets come masked, and are never asked for. */
export const blocks: PrefectReader = { kind: "prefect.block", level: "server", reads: [list], rows: readBlocks };

async function readBlocks(run: PrefectRun): Promise<(PrefectBlock & { id: string })[]> {
  const { ledger, prefect, fingerprint } = run;
  const [{ items }, version] = await Promise.all([
    readList<BlockAnswer>(run, list, {
      // The server knows no order by creation; a block's type and name never change.
      sort: "BLOCK_TYPE_AND_NAME_ASC",
      // Without this filter a server leaves anonymous blocks out of the list and of the count.
      filter: { block_documents: { is_anonymous: null } },
    }),
    versionOf(run),
  ]);
  const ids = new Map(items.map((each) => [each.id, idOf(each, prefect.name, fingerprint)]));
  const certain = masksOnlyWhatIsSet(version);
  return ledger.rowsOf({ kind: "prefect.block", scope: prefectScope(prefect.name) }, items, (each) =>
    blockRow(each, { api: prefect.name, fingerprint, ids, certain }),
  );
}

/** What a block's row is made with. */
export interface AroundBlock {
  api: string;
  fingerprint: Fingerprinter | undefined;
  /** The ids of the server's blocks by their uuids. */
  ids: ReadonlyMap<string, string>;
  /** Whether a mask means for certain that a secret is set. */
  certain: boolean;
}

/** The id of a block. */
export function blockId(api: string, slug: string, name: string): string {
  return `prefect:${api}/block/${slug}/${name}`;
}

function idOf(each: BlockAnswer, api: string, fingerprint: Fingerprinter | undefined): string {
  return blockId(api, keptText(each.block_type?.slug ?? "unknown"), maskName(each.name ?? each.id, fingerprint).name);
}

/** The row of a block. @throws TypeError where the answer is malformed */
export function blockRow(
  each: BlockAnswer,
  { api, fingerprint, ids, certain }: AroundBlock,
): PrefectBlock & { id: string } {
  // Of a block without a name the server says null; its type it always tells.
  const { name, secrets: inName } = maskName(each.name === null ? each.id : textIn(each.name), fingerprint);
  const row: PrefectBlock & { id: string } = {
    id: idOf(each, api, fingerprint),
    api,
    uuid: each.id,
    name,
    type: textIn(each.block_type?.slug),
    typeName: each.block_type?.name ?? each.block_type_name ?? null,
    ...timesOf(each),
  };
  if (typeof each.is_anonymous === "boolean") row.anonymous = each.is_anonymous;
  const schema = each.block_schema;
  if (schema?.version !== undefined) row.schemaVersion = schema.version;
  if (schema?.checksum !== undefined) row.schemaChecksum = schema.checksum;
  if (Array.isArray(schema?.capabilities)) row.capabilities = [...schema.capabilities].sort();
  const referenced = each.block_document_references ?? {};
  const references = Object.values(referenced).flatMap(({ block_document }) => {
    const listed = ids.get(block_document?.id ?? "");
    if (listed !== undefined) return [listed];
    return block_document?.name !== undefined && block_document.block_type?.slug !== undefined
      ? [blockId(api, keptText(block_document.block_type.slug), maskName(block_document.name, fingerprint).name)]
      : [];
  });
  // Only its schema tells which of a block's values are secret: without it none of them is looked at, and all are unread.
  if (each.data === undefined || each.data === null || schema?.fields === undefined || schema.fields === null)
    return row;
  const { secret_fields: secretFields } = mapIn(schema.fields);
  if (secretFields === undefined || secretFields === null) return row;
  const patterns = [...new Set(listIn(secretFields))].sort();
  // A block that this one refers to is repeated inside its data; it has a row of its own.
  const own = Object.fromEntries(Object.entries(mapIn(each.data)).filter(([field]) => referenced[field] === undefined));
  const values = readValues([{ value: own, path: "" }], fingerprint, (path) =>
    patterns.some((pattern) => matches(pattern, path)),
  );
  row.fields = values.fields;
  row.secrets = [...inName, ...values.secrets];
  row.hosts = values.hosts;
  row.clientIds = values.clientIds;
  // A reference deeper in a value is kept there as it was saved: {"$ref": {"block_document_id": …}}.
  const deeper = values.fields.flatMap(({ path = "", value = null }) =>
    value !== null && /(?:^|\.)\$ref\.block_document_id$/.test(path) ? (ids.get(value) ?? []) : [],
  );
  const templates = values.templates.map((one) => `prefect:${api}/block/${one}`);
  row.blocks = [...new Set([...references, ...deeper, ...templates])].sort();
  row.secretFields = patterns.map((pattern) => {
    const held = values.fields.filter(
      ({ path = "", value = null }) =>
        value !== null && (matches(pattern, path) || (pattern.startsWith(`${path}.`) && mask.test(value))),
    );
    // A value that is no mask is there for certain, whatever the server's version.
    const sure = held.length === 0 || held.some(({ value = null }) => value !== null && !mask.test(value));
    return { path: pattern, set: held.length > 0, certain: certain || sure };
  });
  return row;
}

/** Whether a path is one that a dotted pattern names, or lies below it; `*` stands for one part. */
export function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split(".");
  const parts = path.replace(/\[\d+\]/g, "").split(".");
  return parts.length >= wanted.length && wanted.every((part, index) => part === "*" || part === parts[index]);
}
