import type { PlannedObject, RowChange, Undecided } from "../plan.ts";
import type { Upserted } from "./answers.ts";
import { authorization, logs, type Putter, storage } from "./azure.ts";
import { type Around, Changes } from "./changes.ts";
import { entra } from "./entra.ts";
import { identities, putIdentitiesOf } from "./identities.ts";
import { synapse } from "./synapse.ts";
import { takeOut } from "./takeOut.ts";
import { vaults } from "./vaults.ts";

/** By type, how a planned object becomes rows. Its body is what the service would answer for it. */
const putters: Readonly<Record<string, Putter>> = {
  ...authorization,
  ...identities,
  ...entra,
  ...storage,
  ...vaults,
  ...logs,
  ...synapse,
};

/** Whether objects of a type become rows; a type of Azure or Entra ID in lower case. */
export function becomesRows(type: string): boolean {
  return type in putters;
}

/** What planned objects come to over a snapshot. */
export interface PlannedRows {
  changes: readonly RowChange[];
  undecided: readonly Undecided[];
  /** By type, how many objects become no rows. */
  ignored: ReadonlyMap<string, number>;
}

/**
 * The rows that planned objects of Azure and Entra ID put into a snapshot or take out of it: made by what makes the rows
 * of `collect`, so that a planned row has the form of one that is read. What is deleted goes first, then everything after
 * what it stands in; children go with their parents, as the services delete them.
 */
export function plannedRows(objects: readonly PlannedObject[], around: Around): PlannedRows {
  const changes = new Changes(around);
  for (const object of objects) if (object.action === "delete" || object.action === "replace") takeOut(object, changes);
  const upserted = objects.filter((each): each is Upserted => each.action !== "delete" && each.body !== null);
  const ranked = upserted.map((object, index) => ({ object, rank: rankOf(object.type), index }));
  ranked.sort((one, other) => one.rank - other.rank || one.index - other.index);
  for (const { object } of ranked) {
    putters[object.type]?.(object, changes);
    if (object.type.startsWith("microsoft.") && !object.type.startsWith("microsoft.graph/"))
      putIdentitiesOf(object, changes);
  }
  for (const { type } of objects)
    if (!becomesRows(type)) changes.ignored.set(type, (changes.ignored.get(type) ?? 0) + 1);
  return { changes: changes.all(), undecided: changes.undecided, ignored: changes.ignored };
}

/** What is made first, because what comes later looks at it. */
const first = [
  "microsoft.authorization/roledefinitions",
  "microsoft.managedidentity/userassignedidentities",
  "microsoft.graph/applications",
  "microsoft.graph/serviceprincipals",
  "microsoft.graph/users",
  "microsoft.graph/groups",
];

/** What is made last: grants to any of the rest, and logs of any of it. */
const last =
  /^microsoft\.(?:authorization|insights)\/|\/(?:roleassignments|approleassignments|directoryroleassignments|members)$/;

function rankOf(type: string): number {
  const early = first.indexOf(type);
  if (early >= 0) return early;
  const depth = type.split("/").length;
  return first.length + depth + (last.test(type) ? 100 : 0);
}
