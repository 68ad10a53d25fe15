import type {
  AzureManagedIdentity,
  Field,
  PrefectBlock,
  PrefectDeployment,
  PrefectWorkPool,
} from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Known } from "../resources/permits.ts";
import { normaliseId } from "../resources/scope.ts";
import type { Rows } from "./access.ts";

/** An identity that something in Prefect signs in with, and how it names it. */
export interface SignsInAs {
  /** The object id of the principal. */
  readonly principalId: string;
  /** From the thing that was asked about to the field that names the identity: `block x`, `client_id`. */
  readonly path: readonly string[];
}

const clientIdPath = /(?:^|[._\]])(?:azure_)?(?:client_?id|service_?principal_?id|managed_identity_client_id)$/i;
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const identityId =
  /\/subscriptions\/[^/\s"']+\/resourcegroups\/[^/\s"']+\/providers\/microsoft\.managedidentity\/userassignedidentities\/[\w.-]+/gi;
const template = /\{\{\s{0,8}prefect\.blocks\.([\w-]{1,100})\.([\w-]{1,200})/g;

/** The identities that a block, a deployment or a work pool signs in with, those of the blocks and pools that it uses among them. */
export function signsInAs(rows: Rows, kind: string, row: Row): Known<SignsInAs> {
  const found: SignsInAs[] = [];
  const missing: (string | null)[] = [];
  const seen = new Set<string>();
  const visit = (kindOf: string, each: Row, path: readonly string[]): void => {
    if (seen.has(each.id)) return;
    seen.add(each.id);
    const add = (principalId: string | undefined, by: string): void => {
      if (principalId !== undefined) found.push({ principalId, path: [...path, by] });
    };
    const block = (id: string, through: string): void => {
      const named = rows.index("prefect.block", "id").get(id)?.[0];
      if (named === undefined) missing.push(rows.missing("prefect.block") ?? `the block ${id} does not exist`);
      else visit("prefect.block", named, [...path, `${through}block ${String(named.name)}`]);
    };
    const { fields, blocks, api } = each as PrefectBlock & PrefectDeployment;
    if (fields === undefined) missing.push(`the values of ${each.id} were not read`);
    else {
      for (const { path: at, value: clientId } of clientIds(fields)) {
        const [principal] = rows.index("azure.principal", "appId").get(clientId) ?? [];
        if (principal === undefined) missing.push(rows.missing("azure.principal", "appId"));
        add(principal?.id, at);
      }
      for (const { path: at, id } of identityIds(fields)) {
        const identity = rows.index("azure.managedIdentity", "id").get(id)?.[0] as AzureManagedIdentity | undefined;
        if (identity === undefined)
          missing.push(rows.missing("azure.managedIdentity") ?? `the managed identity ${id} does not exist`);
        add(identity?.principalId, at);
      }
      for (const id of api === undefined ? [] : blockIds(rows, api, fields)) block(id, "");
    }
    if (kindOf === "prefect.block" || kindOf === "prefect.deployment") {
      if (blocks === undefined) missing.push(`the blocks of ${each.id} were not read`);
      for (const id of blocks ?? []) block(id, "");
    }
    if (kindOf !== "prefect.deployment") return;
    const { workPoolId } = each as PrefectDeployment;
    if (workPoolId === undefined) missing.push(`the work pool of ${each.id} was not read`);
    if (typeof workPoolId !== "string") return;
    const pool = rows.index("prefect.workPool", "id").get(workPoolId)?.[0] as (PrefectWorkPool & Row) | undefined;
    if (pool === undefined)
      missing.push(rows.missing("prefect.workPool") ?? `the work pool ${workPoolId} does not exist`);
    else visit("prefect.workPool", pool, [...path, `work pool ${pool.name ?? pool.id}`]);
  };
  visit(kind, row, []);
  const distinct = new Map(found.toReversed().map((each) => [each.principalId, each]));
  return {
    items: [...distinct.values()].reverse(),
    missing: missing.find((each) => each !== null) ?? null,
  };
}

function textsOf(fields: readonly Field[]): { path: string; value: string }[] {
  return fields.flatMap(({ path = "", value }) => (typeof value === "string" ? [{ path, value }] : []));
}

/** Client ids, where the name of the value says that it is one. */
function clientIds(fields: readonly Field[]): { path: string; value: string }[] {
  return textsOf(fields)
    .filter(({ path, value }) => clientIdPath.test(path) && guid.test(value))
    .map(({ path, value }) => ({ path, value: value.toLowerCase() }));
}

function identityIds(fields: readonly Field[]): { path: string; id: string }[] {
  return textsOf(fields).flatMap(({ path, value }) =>
    [...value.matchAll(identityId)].map((match) => ({ path, id: normaliseId(match[0]) })),
  );
}

/** Blocks that a template names, or that are kept as a reference: {"$ref": {"block_document_id": …}}. */
function blockIds(rows: Rows, api: string, fields: readonly Field[]): Set<string> {
  const found = new Set<string>();
  for (const { path, value } of textsOf(fields)) {
    for (const match of value.matchAll(template)) found.add(`prefect:${api}/block/${match[1]}/${match[2]}`);
    if (!/(?:^|\.)\$ref\.block_document_id$/.test(path)) continue;
    const block = rows
      .index("prefect.block", "uuid")
      .get(value)
      ?.find((each) => each.api === api);
    if (block !== undefined) found.add(block.id);
  }
  return found;
}
