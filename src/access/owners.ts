import type { AzureApplication, AzurePrincipal } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { type Access, isCut } from "./access.ts";
import { all } from "./reach.ts";

/** A group or service principal of this tenant, of which some owner may not be known. */
export interface Unowned {
  readonly principalId: string;
  readonly name: string;
}

/** Those of which that is so; found once. */
export function withoutOwners(access: Access): readonly Unowned[] {
  let found = unowned.get(access);
  if (found === undefined) {
    const isOpen = (row: Row): boolean => row.owners === undefined || isCut(row, "owners");
    const isElsewhere = ({ state, type }: AzurePrincipal): boolean =>
      state === "foreign" || state === "deleted" || type === "ForeignGroup";
    const principals = (all(access, "azure.principal") as (AzurePrincipal & Row)[])
      .filter((row) => isOpen(row) && !isElsewhere(row))
      .map((row) => ({ principalId: row.id, name: nameOf(row) }));
    const applications = (all(access, "azure.application") as (AzureApplication & Row)[])
      .filter(isOpen)
      .flatMap((row) =>
        (access.rows.index("azure.principal", "appId").get(row.appId) ?? []).map(({ id }) => ({
          principalId: id,
          name: `the application ${nameOf(row)}`,
        })),
      );
    found = [...principals, ...applications];
    unowned.set(access, found);
  }
  return found;
}

const unowned = new WeakMap<Access, readonly Unowned[]>();

const owners = new WeakMap<Access, Map<string, ReadonlyMap<string, readonly Row[]>>>();

/** What each principal owns, of a kind; made once. */
export function ownersIndex(access: Access, kind: string): ReadonlyMap<string, readonly Row[]> {
  const made = owners.get(access) ?? new Map<string, ReadonlyMap<string, readonly Row[]>>();
  owners.set(access, made);
  let index = made.get(kind);
  if (index === undefined) {
    const found = new Map<string, Row[]>();
    for (const row of all(access, kind)) {
      for (const id of Array.isArray(row.owners) ? (row.owners as string[]) : []) {
        const held = found.get(id);
        if (held === undefined) found.set(id, [row]);
        else held.push(row);
      }
    }
    index = found;
    made.set(kind, index);
  }
  return index;
}

/** The name that people know a row by. */
export function nameOf(row: Row): string {
  return typeof row.displayName === "string" ? row.displayName : row.id;
}
