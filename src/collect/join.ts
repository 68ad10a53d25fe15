import type { AzurePrincipal, Manifest, Read } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Joining } from "../snapshot/merge.ts";
import type { Snapshot } from "../snapshot/read.ts";
import { foundBy, grantsAreWhole, grantsIn, tellWhatFollows } from "./collect.ts";
import { holdersRead, settled } from "./graph/principals.ts";
import { defaultLimits } from "./http/guard.ts";
import { Ledger } from "./ledger.ts";
import { partOf } from "./part.ts";

/** How what several parts read of one tenant becomes what one run would have read. */
export function joining(): Joining {
  /** When each holder got its newest grant, in ms since the epoch. */
  const granted = new Map<string, number>();
  let asOf = 0;
  let askedAll = true;
  let allGroups = true;
  return {
    last: ["azure.principal"],
    begin({ collectedAt }: Pick<Manifest, "collectedAt">, reads: readonly Read[], parts: readonly Snapshot[]) {
      allGroups = grantsAreWhole(reads) && !parts.some(knowsNotAllGroups);
      asOf = Date.parse(collectedAt);
      askedAll = reads.every(({ id, outcome }) => id !== "azure.principal tenant/holders" || outcome === "complete");
    },
    see(kind: string, row: Row) {
      for (const grant of grantsIn(kind, row)) {
        if (grant.principalId === undefined || !("createdOn" in grant) || typeof grant.createdOn !== "string") continue;
        granted.set(grant.principalId, Math.max(granted.get(grant.principalId) ?? 0, Date.parse(grant.createdOn)));
      }
    },
    join(kind: string, rows: readonly Row[], completing: Row | null) {
      const [only] = rows;
      if (kind !== "azure.principal") return only !== undefined && rows.length === 1 ? only : joined(rows);
      const isSettled = (id: string): boolean => askedAll && asOf - (granted.get(id) ?? asOf) >= settled;
      const row = joinedPrincipal(rows as readonly (AzurePrincipal & Row)[], completing, isSettled);
      return withGroups(row, rows, allGroups);
    },
    addsUp: ({ endpoint }: Read) => endpoint === holdersRead.endpoint || endpoint.includes("{id}"),
    missed,
  };
}

/**
 * One row of several of the same resource. A field that only some parts could read is theirs; one that several read and
 * that differs is the first one's, because all saw the resource in the same run. A list that was read to its end goes
 * before one that was not.
 */
function joined(rows: readonly Row[]): Row {
  const row: Record<string, unknown> & { id: string } = { id: rows[0]?.id ?? "" };
  const open: string[] = [];
  for (const name of new Set(rows.flatMap((each) => Object.keys(each)))) {
    if (name === "incomplete") continue;
    const read = rows.filter((each) => each[name] !== undefined);
    const whole = read.find((each) => !openLists(each).includes(name));
    row[name] = (whole ?? read[0])?.[name];
    if (whole === undefined) open.push(name);
  }
  return open.length === 0 ? row : { ...row, incomplete: open };
}

function openLists(row: Row): readonly string[] {
  return Array.isArray(row.incomplete) ? row.incomplete : [];
}

/** Whether a part says of its principals that they may be members of groups that it does not know; it says so of all or none. */
function knowsNotAllGroups(part: Snapshot): boolean {
  if (part.count("azure.principal") === 0) return false;
  const { value } = part.rows("azure.principal").next();
  return value !== undefined && openLists(value).includes("memberOf");
}

/** A principal with the groups of all parts: each knows of those that hold something in its own subscriptions. */
function withGroups(row: Row, rows: readonly Row[], allGroups: boolean): Row {
  const known = rows.flatMap(({ memberOf }) => (Array.isArray(memberOf) ? [memberOf as string[]] : []));
  const memberOf = known.length === 0 ? {} : { memberOf: [...new Set(known.flat())].sort() };
  const { incomplete: _, ...rest } = row;
  const open = openLists(row).filter((field) => field !== "memberOf");
  if (!allGroups) open.unshift("memberOf");
  return { ...rest, ...memberOf, ...(open.length === 0 ? {} : { incomplete: open }) };
}

/**
 * A principal of which parts may know more or less. What the directory knows of it goes before what only grants tell;
 * then a grant that names another tenant; then that the directory no longer knows it, unless one of its grants is so new
 * that the directory may not know it yet.
 * @param isSettled whether the newest grant is old enough, and the directory was asked for every holder
 */
function joinedPrincipal(
  rows: readonly (AzurePrincipal & Row)[],
  completing: Row | null,
  isSettled: (id: string) => boolean,
): Row {
  const absent = (row: AzurePrincipal): boolean => row.state === "deleted" || row.state === "foreign";
  const known = rows.filter((row) => !absent(row) && typeof row.displayName === "string");
  const unclear = rows.filter((row) => !absent(row) && typeof row.displayName !== "string");
  const isUser = rows.some(({ type }) => type === "User");
  if (known.length > 0) return joined([...known, ...unclear, ...(isUser && completing !== null ? [completing] : [])]);
  const foreign = rows.filter(({ state }) => state === "foreign");
  if (foreign.length > 0) return joined(foreign);
  const deleted = rows.filter(({ state }) => state === "deleted");
  // Where the directory gives the day, it is certain.
  const dated = deleted.filter(({ deletedOn }) => typeof deletedOn === "string");
  if (dated.length > 0) return joined(dated);
  if (deleted.length > 0 && (unclear.length === 0 || isSettled(rows[0]?.id ?? ""))) return joined(deleted);
  return joined(isUser && completing !== null && deleted.length === 0 ? [...unclear, completing] : unclear);
}

/**
 * Subscriptions that one part lists, and that the part which should have read them does not: they came in between, or
 * another reader sees them. Nobody read what is in them, so each read that leads from them says so.
 */
function missed(parts: readonly Snapshot[]): readonly Read[] {
  const ledger = new Ledger(defaultLimits, { begun() {}, ended() {}, waiting() {} });
  const listed = parts.map(
    (part) =>
      new Set(part.count("azure.subscription") === 0 ? [] : [...part.rows("azure.subscription")].map(({ id }) => id)),
  );
  const read = new Set(parts.flatMap(({ manifest }) => manifest.selection?.read ?? []));
  const isChosen = (id: string): boolean => parts[0]?.manifest.selection === undefined || read.has(id);
  for (const id of [...new Set(listed.flatMap((each) => [...each]))].sort()) {
    const reader = partOf(id, parts.length);
    if (listed[reader - 1]?.has(id) !== false || !isChosen(id)) continue;
    for (const definition of foundBy("azure.subscription"))
      ledger.notAttempted(
        definition,
        id,
        `part ${reader} of ${parts.length}, which reads this subscription, did not see it`,
      );
  }
  tellWhatFollows(ledger);
  return ledger.reads;
}
