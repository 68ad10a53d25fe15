import { graphPermission, type ReadDefinition, readName } from "../definition.ts";
import { timestamp } from "../forms.ts";
import type { AzureRun } from "../reader.ts";

import { readObjects } from "./relations.ts";

/**
 * The read of principals that were deleted and can still be restored, for 30 days. Users need this permission, service
 * principals Application.Read.All and groups Group.Read.All (page of Microsoft Graph on deletedItems); deleted security
 * groups are in no such list.
 */
export const deletedRead: ReadDefinition = {
  kind: "azure.principal",
  fields: ["deletedOn"],
  service: "Microsoft Graph",
  per: "tenant",
  endpoint: "GET /v1.0/directory/deletedItems/{id}",
  apiVersion: null,
  right: graphPermission("User.Read.All"),
  pageSize: null,
};

interface DeletedAnswer {
  id?: string;
  deletedDateTime?: string | null;
}

/**
 * When each of the principals was deleted: null for one that is not among the deleted, and none for one of which it could
 * not be read.
 */
export async function readDeleted(run: AzureRun, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const scope = "tenant/deletedItems";
  const found = await readObjects<DeletedAnswer>(run, {
    read: deletedRead,
    scope,
    ids,
    query: "$select=id,deletedDateTime",
    absent: "Request_ResourceNotFound",
  });
  const dates = run.ledger.rowsOf({ kind: readName(deletedRead), scope }, [...found], ([id, answer]) => {
    if (answer === null) return [id, null] as const;
    const date = typeof answer.deletedDateTime === "string" ? timestamp(answer.deletedDateTime) : null;
    return date === null || Number.isNaN(Date.parse(date)) ? null : ([id, date] as const);
  });
  return new Map(dates);
}
