import { type Answer, answer, isSubject, namedRow, type Subject, subjectKinds } from "../access/answer.ts";
import type { SnapshotWorld } from "../evaluate/world.ts";
import { IncompleteList, Unread } from "../policy/value.ts";
import { type Placed, renderAccess } from "../report/access.ts";
import { safeJson, visible } from "../report/text.ts";
import { kinds, type Row } from "../resources/kinds.ts";
import { nearest } from "../resources/problem.ts";
import { normaliseId } from "../resources/scope.ts";
import { UsageError } from "./errors.ts";
import { ExitStatus } from "./exit.ts";
import { writeReview } from "./review.ts";
import { openWorld } from "./world.ts";

/** The options of `leastwise access`. */
export interface AccessOptions {
  snapshot: string;
  to?: string;
  format: "text" | "json";
  review?: boolean;
  out: string;
}

/**
 * `leastwise access`: what a principal or Prefect object reaches and could make itself, or who reaches a resource, by
 * which path. With `to`, only the paths to that resource. Exit status 3 where no path was found and something was not
 * read that may hold one.
 */
export function accessCommand(who: string | undefined, { snapshot, to, format, review, out }: AccessOptions): void {
  if (review === true) {
    if (who !== undefined) throw new UsageError("--review is about everybody: name nobody beside it");
    writeReview({ snapshot, out });
    return;
  }
  if (who === undefined) throw new UsageError("Name a principal, a resource or a Prefect object, or ask for --review");
  const world = openWorld(snapshot);
  const subject = find(world, who);
  const whole = answer(world.access, subject);
  const target = to === undefined ? null : find(world, to);
  const told = target === null ? whole : towards(whole, target, world);
  if (format === "json") process.stdout.write(safeJson(told));
  else
    process.stdout.write(renderAccess(told, placedIn(world), Math.min(process.stdout.columns ?? 100, 140), to ?? null));
  const found =
    told.names.length +
    told.reaches.length +
    told.reachedBy.length +
    told.couldBecome.length +
    told.couldBecomeIt.length;
  process.exitCode = found === 0 && told.unread.length > 0 ? ExitStatus.unknown : ExitStatus.clean;
}

/** The part of an answer that leads to one thing. */
function towards(whole: Answer, { row }: Subject, { access }: SnapshotWorld): Answer {
  const leads = (id: string): boolean => id === row.id || access.within(row.id, id) === true;
  return {
    ...whole,
    names: whole.names.filter(({ resource }) => resource.id === row.id),
    reaches: whole.reaches.filter(
      ({ resource }) => resource.id === row.id || access.within(resource.id, row.id) === true,
    ),
    reachedBy: whole.reachedBy.filter(({ principal }) => principal.id === row.id),
    couldBecome: whole.couldBecome.filter((chain) => leads(chain.at(-1)?.to.id ?? "")),
    couldBecomeIt: whole.couldBecomeIt.filter((chain) => chain[0]?.from.id === row.id),
    usedBy: whole.usedBy.filter(({ object }) => object.id === row.id),
  };
}

/** The environments of a thing, for the heading. */
export function placedIn(world: SnapshotWorld): Placed {
  return ({ kind, id }) => {
    const row = world.access.rows.index(kind, "id").get(id)?.[0];
    if (row === undefined) return "";
    const environments = world.field(kind, "environments", row);
    if (environments instanceof Unread || environments instanceof IncompleteList)
      return ", in environments that could not all be derived";
    const names = environments as readonly string[];
    return names.length === 0 ? ", in no environment" : `, ${names.join(" and ")}`;
  };
}

/**
 * The thing that a text names: by id, client id or name, by itself or as `<kind> <name>`.
 * @throws UsageError where nothing has that name, or several things do
 */
export function find(world: SnapshotWorld, text: string): Subject {
  const [, written = "", rest = ""] = /^([a-z]+\.[a-z]+)\s+(.+)$/i.exec(text.trim()) ?? [];
  const kindName = [...kinds.keys()].find((each) => each.toLowerCase() === written.toLowerCase());
  const isAsked = kindName !== undefined && isSubject(kindName);
  const wanted = (isAsked ? rest : text).trim();
  const kindsAsked = isAsked ? [kindName] : subjectKinds;
  const rows = kindsAsked.flatMap((kind) =>
    [...world.access.rows.index(kind, "id").values()].flat().map((row): Subject => ({ kind, row })),
  );
  const id = wanted.startsWith("/") ? normaliseId(wanted) : wanted;
  const byId = rows.find(({ row }) => row.id === id || row.id === id.toLowerCase());
  if (byId !== undefined) return byId;
  const lower = wanted.toLowerCase();
  const namesOf = ({ kind, row }: Subject): string[] =>
    [row.displayName, row.name, row.appId, kind === "prefect.block" ? `${row.type}/${row.name}` : null].flatMap(
      (each) => (typeof each === "string" ? [each.toLowerCase()] : []),
    );
  const named = rows.filter((each) => namesOf(each).includes(lower));
  const [only, other] = named;
  if (only !== undefined && other === undefined) return only;
  if (only !== undefined) {
    const shown = named.slice(0, 10).map(({ kind, row }) => `  ${kind} ${visible(row.id)}`);
    throw new UsageError(
      `${text} names ${named.length} things; take an id, or put the kind before the name:\n${shown.join("\n")}`,
    );
  }
  if (kindName === undefined && written !== "") {
    const kind = nearest(written, subjectKinds);
    if (kind !== null) throw new UsageError(`There is no kind ${written}; did you mean ${kind} ${rest}?`);
  }
  // What has that name, but is of a kind that nobody reaches and that reaches nothing.
  const name = kindName === undefined ? wanted : rest;
  const others = kindName === undefined ? [...kinds.keys()].filter((each) => !isSubject(each)) : [kindName];
  for (const kind of isAsked ? [] : others) {
    for (const row of [...world.access.rows.index(kind, "id").values()].flat()) {
      if (row.id !== name && !namesOf({ kind, row }).includes(name.toLowerCase())) continue;
      throw new UsageError(
        `${name} is a ${kind}, and access is not asked of that kind, but of ${subjectKinds.join(", ")}`,
      );
    }
  }
  const meant = nearest(
    wanted,
    rows.map(({ kind, row }: { kind: string; row: Row }) => namedRow(kind, row).name),
  );
  throw new UsageError(
    `The snapshot has no principal, resource or Prefect object ${text}${meant === null ? "; leastwise query lists them" : `; did you mean ${meant}?`}`,
  );
}
