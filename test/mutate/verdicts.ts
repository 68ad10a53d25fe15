import type { Outcome, Verdict } from "./mutations.ts";

/** What no means can notice, with the reason for each; it may only become shorter. */
export interface Pinned {
  /** Reads of lists from which an object can be missing, because nothing else counts them. */
  lists: Readonly<Record<string, string>>;
  /** Values with which an answer says something else than before, as the service or its users may, and single objects. */
  values: readonly PinnedPaths[];
}

/** Paths of a read's objects; `*` at the end of one stands for everything below. */
export interface PinnedPaths {
  read: string;
  paths: readonly string[];
  /** As in null or empty list; every sort where there are none. */
  sorts?: readonly string[];
  reason: string;
}

/** Mutations that take objects away. */
const taking: ReadonlySet<string> = new Set(["an item is missing", "a page is dropped", "a scope is missing"]);

function covers({ read, paths, sorts }: PinnedPaths, verdict: Verdict): boolean {
  if (read !== verdict.read) return false;
  if (sorts !== undefined && !sorts.some((each) => verdict.sort === `a field: ${each}`)) return false;
  return paths.some((path) =>
    path.endsWith("*") ? verdict.what.startsWith(path.slice(0, -1)) : verdict.what === path,
  );
}

/** Why a mutation needs no notice; null where nothing says so. */
export function reasonOf(verdict: Verdict, { lists, values }: Pinned): string | null {
  const taken = taking.has(verdict.sort) ? lists[verdict.read] : undefined;
  if (taken !== undefined) return taken;
  return values.find((each) => covers(each, verdict))?.reason ?? null;
}

/** Whether something is lost and nothing says so. */
function isSilent(verdict: Verdict): boolean {
  return verdict.outcome === "unseen" || (taking.has(verdict.sort) && verdict.outcome !== "same" && !verdict.noticed);
}

/** What is wrong: what passes unseen, is lost without a word or breaks off, and is not pinned. */
export function problemsOf(verdicts: readonly Verdict[], pinned: Pinned): string[] {
  const found = verdicts.flatMap((verdict): string[] => {
    const { read, sort, what, outcome, unseen } = verdict;
    const where = `${read} | ${sort} | ${what}`;
    if (outcome === "broken") return [`${where}: the run broke off, ${unseen.join(", ")}`];
    const problems: string[] = [];
    if (isSilent(verdict) && reasonOf(verdict, pinned) === null)
      problems.push(
        unseen.length > 0 ? `${where}: ${unseen.join("; ")} passes unseen` : `${where}: lost without a word`,
      );
    return problems;
  });
  return [...new Set(found)].sort();
}

/** How many mutations make a field of a row another value where it is left out or changed, by the field; no finding moves. */
export function assumedBy(verdicts: readonly Verdict[]): string {
  const fields = verdicts.flatMap(({ assumed, unseen }) => (unseen.length === 0 ? assumed : []));
  const rows = [...Map.groupBy(fields, (field) => field)].map(([field, group]) => [field, group.length] as const);
  return table(
    ["field that is another value then", "runs"],
    rows.sort((a, b) => b[1] - a[1]),
  );
}

/** What is pinned and need not be any more. */
export function staleOf(verdicts: readonly Verdict[], { lists, values }: Pinned): string[] {
  const silent = verdicts.filter(isSilent);
  // The fault tests meet the same reads in a smaller estate, where one may be made for something else.
  const nameOf = (read: string): string => read.split(" ")[0] ?? "";
  const lost = new Set(silent.filter(({ sort }) => taking.has(sort)).map(({ read }) => nameOf(read)));
  const isUsed = (each: PinnedPaths, among: readonly Verdict[]): boolean =>
    each.paths.every((path) => among.some((verdict) => covers({ ...each, paths: [path] }, verdict)));
  return [
    ...Object.keys(lists).filter((read) => !lost.has(nameOf(read))),
    ...values.filter((each) => !isUsed(each, silent)).map(({ read, paths }) => `${read} | ${paths.join(", ")}`),
  ].map((each) => `${each}: is pinned, and not everything of it happens any more`);
}

const outcomes: readonly Outcome[] = ["same", "stays", "unknown", "counted", "unseen", "broken"];

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

/** How many mutations had which outcome, by their sort, with what no means can notice apart. */
export function tableOf(verdicts: readonly Verdict[], pinned: Pinned): string {
  const cells = (group: readonly Verdict[]): number[] => {
    const hidden = (verdict: Verdict): boolean => isSilent(verdict) && reasonOf(verdict, pinned) !== null;
    return [
      group.length,
      new Set(group.map(({ read }) => read)).size,
      ...outcomes.map((outcome) => group.filter((each) => each.outcome === outcome && !hidden(each)).length),
      group.filter(hidden).length,
    ];
  };
  const sorts = Map.groupBy(verdicts, ({ sort }) => sort);
  const rows = [...sorts].map(([sort, group]) => [sort, ...cells(group)]);
  return table(["mutation", "runs", "reads", ...outcomes, "unnoticeable"], [...rows, ["all", ...cells(verdicts)]]);
}

/** What no means can notice, by the reason, with how many mutations it is about. */
export function unnoticeable(verdicts: readonly Verdict[], pinned: Pinned): string {
  const reasons = Map.groupBy(
    verdicts.filter(isSilent).map((verdict) => ({ ...verdict, reason: reasonOf(verdict, pinned) })),
    ({ reason }) => reason,
  );
  const rows = [...reasons].flatMap(([reason, group]) =>
    reason === null ? [] : [[reason, group.length, new Set(group.map(({ read }) => read)).size]],
  );
  return table(
    ["what no means can notice", "runs", "reads"],
    rows.sort((a, b) => Number(b[1]) - Number(a[1])),
  );
}
