import { graphPermission, type ReadDefinition, readName } from "../definition.ts";
import type { AzureRun } from "../reader.ts";
import { readRelations } from "./relations.ts";

const common = { service: "Microsoft Graph", per: "tenant", apiVersion: null, pageSize: 999 } as const;

const membersRead: ReadDefinition = {
  ...common,
  kind: "azure.principal",
  fields: ["members"],
  endpoint: "GET /v1.0/groups/{id}/transitiveMembers",
  right: graphPermission("GroupMember.Read.All"),
};

const groupOwnersRead: ReadDefinition = {
  ...common,
  kind: "azure.principal",
  fields: ["owners"],
  endpoint: "GET /v1.0/groups/{id}/owners",
  right: graphPermission("GroupMember.Read.All"),
};

/** Of these lists alone the documentation does not say that they can be counted (its page on advanced queries). */
const servicePrincipalOwnersRead: ReadDefinition = {
  ...common,
  kind: "azure.principal",
  fields: ["owners"],
  endpoint: "GET /v1.0/servicePrincipals/{id}/owners",
  right: graphPermission("Application.Read.All"),
};

const applicationOwnersRead: ReadDefinition = {
  ...common,
  kind: "azure.application",
  fields: ["owners"],
  endpoint: "GET /v1.0/applications/{id}/owners",
  right: graphPermission("Application.Read.All"),
};

/** The reads of members and owners. */
export const memberReads: readonly ReadDefinition[] = [
  membersRead,
  groupOwnersRead,
  servicePrincipalOwnersRead,
  applicationOwnersRead,
];

/** An object of the directory as a list of members or owners has it. */
export interface Related {
  id: string;
  /** As in #microsoft.graph.user; null where it is not said. */
  type: string | null;
}

/** Members or owners of one object, as far as they were read. */
export interface RelatedList {
  items: readonly Related[];
  complete: boolean;
}

/** Members or owners by the id of what they belong to; one that could not be read is not there. */
export type RelatedLists = ReadonlyMap<string, RelatedList>;

/**
 * The members of groups at any depth, groups inside them and service principals too.
 * @param of whether the groups hold something themselves, or were found inside others: each has its line in the ledger
 */
export function readMembers(
  run: AzureRun,
  of: "groups" | "nestedGroups",
  ids: readonly string[],
): Promise<RelatedLists> {
  return readRelated(run, membersRead, `tenant/${of}`, ids);
}

/** The owners of groups, service principals or applications. */
export function readOwners(
  run: AzureRun,
  of: "groups" | "servicePrincipals" | "applications",
  ids: readonly string[],
): Promise<RelatedLists> {
  const reads = {
    groups: groupOwnersRead,
    servicePrincipals: servicePrincipalOwnersRead,
    applications: applicationOwnersRead,
  };
  return readRelated(run, reads[of], `tenant/${of}`, ids);
}

/** Makes the read of members partial because a group that may hide its members shows none. */
export function doubtMembers(run: AzureRun, of: "groups" | "nestedGroups"): void {
  const cause = "a group that may hide its members shows none, as it does without Member.Read.Hidden";
  run.ledger.doubt(readName(membersRead), `tenant/${of}`, cause);
}

async function readRelated(
  run: AzureRun,
  read: ReadDefinition,
  scope: string,
  ids: readonly string[],
): Promise<RelatedLists> {
  const lists = await readRelations<{ id?: string; "@odata.type"?: string }>(run, {
    read,
    scope,
    ids,
    query: read === servicePrincipalOwnersRead ? "$select=id&$top=999" : "$select=id&$count=true&$top=999",
  });
  return new Map(
    [...lists].map(([of, { items, complete }]) => {
      const sound = run.ledger.rowsOf({ kind: readName(read), scope }, items, (each) => {
        if (typeof each.id !== "string") return null;
        const type = each["@odata.type"];
        return { id: each.id.toLowerCase(), type: type?.toLowerCase() ?? null };
      });
      return [of, { items: sound, complete: complete && sound.length === items.length }];
    }),
  );
}
