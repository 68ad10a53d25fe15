import { createHash } from "node:crypto";
import { typeOf } from "../access/answer.ts";
import { ownersIndex } from "../access/owners.ts";
import { all, type Reach, reachOf, whenOf, wordsOf } from "../access/reach.ts";
import { IncompleteList, Unread } from "../policy/value.ts";
import type {
  AzureDirectoryRole,
  AzurePrincipal,
  ReviewSummary,
  SynapseRoleAssignment,
} from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { ownerOf } from "./owners.ts";
import type { SnapshotWorld } from "./world.ts";

/** One right of one person or identity, to be kept or taken away. */
export interface ReviewRow {
  /** Names the row in a file that is read back: the first 16 hex digits of SHA-256 over principal and assignment. */
  readonly id: string;
  readonly environments: string;
  readonly principal: string;
  readonly principalId: string;
  readonly type: string;
  readonly state: string;
  readonly owner: string;
  readonly lastSignIn: string;
  /** The role, and where, in words. */
  readonly grant: string;
  readonly through: string;
  readonly when: string;
  readonly since: string;
  /** What it opens of what was read. */
  readonly reaches: string;
  readonly assignmentId: string;
}

/** What somebody decided about a row. */
export interface Decision {
  readonly id: string;
  readonly decision: "keep" | "remove";
  readonly decidedBy: string;
  readonly decidedOn: string;
  /** As in the file, for people. */
  readonly principal: string;
  readonly principalId: string;
  readonly grant: string;
  readonly assignmentId: string;
}

/** What a filled review says. */
export interface Decisions {
  readonly decisions: readonly Decision[];
  /** sha256:<hex> of the file. */
  readonly digest: string;
  readonly text: string;
}

/** The rows of an access review, and what they do not know. */
export interface Review {
  readonly rows: readonly ReviewRow[];
  readonly missing: readonly string[];
}

const unread = "(unread)";
/** The kinds that have owners, who can become what they own. */
const owned = ["azure.application", "azure.principal"];
/** Rights that a review does not hold, because nothing is read of them by principal. */
export const notReviewed: readonly string[] = [
  "who in another tenant uses a delegation (Azure Lighthouse)",
  "who may do what in Prefect",
  "logins, users and roles inside SQL pools",
  "access control lists below the roots of file systems",
  "groups and access packages that may be joined for a time",
];
/** How many resources a row names. */
const named = 12;

/** Every right of every person and identity, by environment and name. Groups stand for their members. */
export function reviewOf(world: SnapshotWorld): Review {
  const { access } = world;
  const missing = new Set<string>();
  const rows: ReviewRow[] = [];
  for (const principal of all(access, "azure.principal") as readonly (AzurePrincipal & Row)[]) {
    if (principal.type === "Group" || principal.type === "ForeignGroup") continue;
    const held = holdings(world, principal.id);
    if (held.missing !== null) missing.add(held.missing);
    if (held.items.length === 0) continue;
    const reach = reachOf(access, principal.id);
    if (reach.missing !== null) missing.add(reach.missing);
    const opened = Map.groupBy(reach.items, ({ by }) => by.row.id);
    for (const each of held.items) rows.push(rowFor(world, principal, each, opened.get(each.row.id) ?? []));
  }
  const order = (row: ReviewRow): string => [row.environments, row.principal, row.grant, row.id].join("\0");
  return {
    rows: rows.sort((a, b) => (order(a) < order(b) ? -1 : 1)),
    missing: [...missing].sort(),
  };
}

/** One thing that gives a principal a right. */
interface Holding {
  readonly kind: string;
  readonly row: Row;
  /** The group that holds it; null where the principal does. */
  readonly through: string | null;
}

function holdings(world: SnapshotWorld, id: string): { items: Holding[]; missing: string | null } {
  const { access } = world;
  const lists = [
    ["azure.roleAssignment", access.grantsOf(id)],
    ["azure.roleEligibility", access.eligibilitiesOf(id)],
    ["synapse.roleAssignment", access.synapseGrantsOf(id)],
  ] as const;
  const items = lists.flatMap(([kind, { items }]) =>
    items.map((row): Holding => ({ kind, row, through: row.principalId === id ? null : String(row.principalId) })),
  );
  const groups = access.groupsOf(id);
  const ids = new Map<string, string | null>([...groups.items.map((each) => [each, each] as const), [id, null]]);
  for (const kind of ["azure.keyVault", "azure.storageContainer"]) {
    for (const row of all(access, kind)) {
      for (const [each, through] of ids) {
        const { authorization, principalIds } = row as { authorization?: string; principalIds?: string[] };
        if (kind === "azure.keyVault" && authorization === "rbac") continue;
        if (principalIds?.includes(each)) items.push({ kind, row, through });
      }
    }
  }
  for (const [each, through] of ids) {
    for (const kind of ["azure.directoryRole", "azure.appPermission"])
      for (const row of world.index(kind, "principalId").get(each) ?? []) items.push({ kind, row, through });
    for (const kind of owned)
      for (const row of ownersIndex(access, kind).get(each) ?? []) items.push({ kind, row, through });
  }
  const open = ["azure.keyVault", "azure.storageContainer", "azure.directoryRole", "azure.appPermission", ...owned]
    .map((kind) => world.missing(kind))
    .find((each) => each !== null);
  return { items, missing: lists.find(([, { missing }]) => missing !== null)?.[1].missing ?? open ?? null };
}

function rowFor(
  world: SnapshotWorld,
  principal: AzurePrincipal & Row,
  { kind, row, through }: Holding,
  reach: readonly Reach[],
): ReviewRow {
  const { access } = world;
  const environments = world.field(kind, "environments", row);
  const group = through === null ? null : access.principal(through);
  const opened = Map.groupBy(reach, ({ resource }) => resource.id);
  const reached = [...opened.values()].map(
    (each) => `${nameOf(each[0]?.resource)} (${[...new Set(each.map(({ right }) => right))].join(", ")})`,
  );
  return {
    id: reviewId(principal.id, row.id),
    environments:
      environments instanceof Unread || environments instanceof IncompleteList
        ? unread
        : (environments as readonly string[]).join(" ") || "none",
    principal: principal.displayName ?? principal.id,
    principalId: principal.id,
    type: principal.userType === "Guest" ? "guest" : typeOf(principal),
    state: principal.state ?? unread,
    owner: ownerOf("azure.principal", principal, world) ?? "",
    lastSignIn:
      principal.lastSignIn === undefined
        ? unread
        : principal.lastSignIn === null
          ? "none known"
          : day(principal.lastSignIn),
    grant: grantOf(world, kind, row),
    through: through === null ? "" : (group?.displayName ?? through),
    when: kind === "azure.roleEligibility" ? "eligible" : kind === "azure.roleAssignment" ? whenOf(row) : "standing",
    since: day(row.createdOn ?? row.start),
    reaches:
      reached.slice(0, named).join("; ") + (reached.length > named ? `; and ${reached.length - named} more` : ""),
    assignmentId: row.id,
  };
}

function day(moment: unknown): string {
  return typeof moment === "string" ? moment.slice(0, 10) : "";
}

function nameOf(row: Row | undefined): string {
  return String(row?.displayName ?? row?.name ?? row?.id);
}

function grantOf(world: SnapshotWorld, kind: string, row: Row): string {
  if (kind === "azure.keyVault") return `access policy of the vault ${String(row.name)}`;
  if (kind === "azure.directoryRole") {
    const { roleName, directoryScopeId } = row as AzureDirectoryRole;
    return `directory role ${roleName ?? "without a name"}${directoryScopeId === "/" ? "" : ` in ${directoryScopeId ?? "an unread scope"}`}`;
  }
  if (kind === "azure.appPermission") return `permission ${String(row.permission)} of ${String(row.resourceName)}`;
  if (owned.includes(kind))
    return `owner of ${kind === "azure.application" ? "the application" : "the group or service principal"} ${nameOf(row)}`;
  if (kind === "azure.storageContainer") return `access control list at the root of ${String(row.name)}`;
  if (kind !== "synapse.roleAssignment") return wordsOf(world.access, row);
  const { roleDefinitionId, scope } = row as SynapseRoleAssignment;
  const role = world.index("synapse.roleDefinition", "id").get(roleDefinitionId)?.[0];
  return `${typeof role?.name === "string" ? role.name : "an unread role"} on ${scope ?? "an unread scope"}`;
}

function reviewId(principalId: string, assignmentId: string): string {
  return createHash("sha256").update(`${principalId}\0${assignmentId}`).digest("hex").slice(0, 16);
}

/** Which decisions to take a right away were carried out, by what is held now. */
export function carriedOut(world: SnapshotWorld, { decisions, digest }: Decisions): ReviewSummary {
  const open: ReviewSummary["open"] = [];
  const unknown: ReviewSummary["unknown"] = [];
  const removals = decisions.filter(({ decision }) => decision === "remove");
  for (const { id, principal, principalId, grant, assignmentId, decidedBy, decidedOn } of removals) {
    const held = holdings(world, principalId);
    const told = { id, principal, grant, decidedBy, decidedOn };
    const exists = world.access.principal(principalId) !== undefined;
    if (held.items.some(({ row }) => row.id === assignmentId)) open.push(told);
    // A principal that nothing leads to any more has no row, and holds nothing where all grants were read.
    else {
      const cause = exists ? held.missing : (world.missing("azure.roleAssignment") ?? world.missing("azure.principal"));
      if (cause !== null) unknown.push({ ...told, cause });
    }
  }
  return {
    digest,
    decided: decisions.length,
    kept: decisions.length - removals.length,
    removed: removals.length - open.length - unknown.length,
    open,
    unknown,
  };
}
