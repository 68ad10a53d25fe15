import { createHash } from "node:crypto";
import { catalogue } from "../../src/collect/catalogue.ts";
import type { Answer } from "../../src/estate/answer.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import {
  type Change,
  clockOff,
  doubled,
  fieldChanges,
  idsInCapitals,
  itemsOf,
  keyOf,
  pagesOf,
  pathsOf,
  renamed,
  reversed,
  scopesOf,
  slashAtEnd,
  swapped,
  unreadable,
  withField,
  without,
  withoutPage,
  withoutScope,
} from "../../src/estate/mutations.ts";
import type { Interference } from "../../src/estate/server.ts";
import type { Finding, Report } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { described, lineOf, MemoryEstate, type Sent } from "../collect/memory.ts";

/** One way in which the answers of one read are other than they are. */
export interface Mutation {
  /** The read, as the catalogue describes it. */
  read: string;
  /** The sort of mutation: a line of the table. */
  sort: string;
  /** What of the answers it touches: a path, an object, a page. */
  what: string;
  /** The object that it is about; null where it is about all. */
  item: string | null;
  meets(sent: Sent): Interference | undefined;
}

/**
 * What becomes of the findings: nothing that is kept is other than before; all stay; one is gone and its policy is
 * undecided where it was, because of a row or read that is unknown, or because a count or floor says that something is
 * missing; or one is gone, and nothing says so; or the run breaks off.
 */
export type Outcome = "same" | "stays" | "unknown" | "counted" | "unseen" | "broken";

/** What a mutation does. */
export interface Verdict {
  read: string;
  sort: string;
  what: string;
  item: string | null;
  outcome: Outcome;
  /** The findings that are gone without a word. */
  unseen: readonly string[];
  /** Whether the report says that something was not read. */
  noticed: boolean;
  /** Whether any finding would be gone or new if nothing were said of what is missing: the object holds what is found. */
  matters: boolean;
  /** Fields of complete reads that hold another value where the answer lacks one or holds one of another type. */
  assumed: readonly string[];
}

/** What the answers of a read hold in a run without mutations. */
interface Surveyed {
  read: string;
  /** By the line in the ledger. */
  lines: Map<string, Answer[]>;
}

interface Judged {
  content: SnapshotContent;
  report: Report;
  digest: string;
}

const named = ({ policy, resource }: Finding): string => `${policy} on ${resource.id}`;

const missingItem = "an item is missing";

const missingSorts: ReadonlySet<string> = new Set(
  ["absent", "renamed", "another type"].map((each) => `a field: ${each}`),
);

/** The estate, what it answers, and what is found in it. */
export class Mutations {
  readonly #estate = new MemoryEstate();
  readonly #reports = new Map<string, Report>();
  readonly #digests = new WeakMap<readonly Row[], string>();
  #surveyed: Surveyed[] = [];
  #clean: Judged | null = null;

  /** Collects the estate once without mutations. */
  static async begin(): Promise<Mutations> {
    const made = new Mutations();
    const found = new Map<string, Surveyed>();
    const { content } = await made.#estate.collect((sent) => ({
      change: (answer) => {
        const read = described(sent.plan.read);
        const surveyed: Surveyed = found.get(read) ?? { read, lines: new Map() };
        found.set(read, surveyed);
        const line = lineOf(sent.plan);
        // A list is given whole before it is cut, so the requests of its further pages hold nothing new.
        const known: Answer[] = surveyed.lines.get(line) ?? [];
        if (!known.some((each) => JSON.stringify(itemsOf(each)) === JSON.stringify(itemsOf(answer)))) {
          surveyed.lines.set(line, [...known, answer]);
        }
        return answer;
      },
    }));
    made.#surveyed = [...found.values()].sort((a, b) => (a.read < b.read ? -1 : 1));
    made.#clean = made.#judged(content);
    return made;
  }

  /** The report without mutations. */
  get report(): Report {
    return this.#was.report;
  }

  /** The reads that answer something. */
  get reads(): string[] {
    return this.#surveyed.map(({ read }) => read);
  }

  get #was(): Judged {
    if (this.#clean === null) throw new Error("nothing was collected yet");
    return this.#clean;
  }

  /** The mutations of whole answers, lists and objects, of every read. */
  ofLists(): Mutation[] {
    return this.#surveyed.flatMap(({ read, lines }) => {
      const everywhere = (sort: string, change: Change, what = "", item: string | null = null): Mutation => ({
        read,
        sort,
        what,
        item,
        meets: ({ plan }) => (described(plan.read) === read ? { change } : undefined),
      });
      const inLine = (sort: string, line: string, change: Change, what: string): Mutation => ({
        read,
        sort,
        what: `${what} of ${line}`,
        item: null,
        meets: ({ plan }) => (lineOf(plan) === line && described(plan.read) === read ? { change } : undefined),
      });
      const all = [...lines.values()].flat();
      const objects = new Map(all.flatMap((each) => itemsOf(each)).map((each) => [keyOf(each), each]));
      const isA = (key: string) => (item: JsonObject) => keyOf(item) === key;
      const directory = read.includes("/v1.0/");
      return [
        ...[...lines].flatMap(([line, answers]) => [
          {
            ...inLine("a call is refused", line, reversed, "all"),
            meets: ({ plan }: Sent) =>
              lineOf(plan) === line && described(plan.read) === read
                ? { fault: { kind: "forbidden" as const, path: /./ } }
                : undefined,
          },
          ...answers.flatMap((answer) => [
            ...Array.from({ length: pagesOf(answer) }, (_, page) =>
              inLine("a page is dropped", line, withoutPage(page), `page ${page + 1}`),
            ),
            ...scopesOf(answer).map((scope) => inLine("a scope is missing", line, withoutScope(scope), scope)),
          ]),
        ]),
        ...[...objects.keys()].map((key) => everywhere(missingItem, without(isA(key)), key, key)),
        ...(directory
          ? [...objects.keys()].map((key) => everywhere("an item is unreadable", unreadable(isA(key)), key, key))
          : []),
        ...(directory
          ? [
              everywhere(
                "every item is unreadable",
                unreadable(() => true),
              ),
            ]
          : []),
        everywhere("the order is another", reversed),
        everywhere("everything comes twice", doubled),
        everywhere("ids are in capitals", idsInCapitals),
        everywhere("scopes end on a slash", slashAtEnd),
        everywhere("the clock is an hour late", clockOff(1), "1"),
        everywhere("the clock is an hour early", clockOff(-1), "-1"),
        everywhere("another's display name", swapped("displayName")),
      ];
    });
  }

  /** The mutations of every field of every answer, in all objects at once. */
  ofFields(): Mutation[] {
    return this.#ofFields(
      () => true,
      () => [null],
    );
  }

  /**
   * The mutations of every field of those objects alone that matter to a finding, as far as they change anything: what
   * changes nothing where all objects have it changes nothing where one has.
   * @param matters read and key of each object
   * @param changing read, path and sort of each mutation
   */
  ofFieldsOf(matters: ReadonlySet<string>, changing: ReadonlySet<string>): Mutation[] {
    return this.#ofFields(
      (each) => changing.has(`${each.read} ${each.what} ${each.sort}`),
      (read, keys) => keys.filter((key) => matters.has(`${read} ${key}`)),
    );
  }

  #ofFields(
    isWanted: (mutation: Pick<Mutation, "read" | "what" | "sort">) => boolean,
    itemsIn: (read: string, keys: readonly string[]) => readonly (string | null)[],
  ): Mutation[] {
    return this.#surveyed.flatMap(({ read, lines }) => {
      const objects = new Map(
        [...lines.values()]
          .flat()
          .flatMap((each) => itemsOf(each))
          .map((each) => [keyOf(each), each]),
      );
      const made: Mutation[] = [];
      const ofObjects = (item: string | null, found: readonly JsonObject[]): void => {
        const paths = new Map(found.flatMap((each) => pathsOf(each)).map((path) => [path.join("."), path]));
        const isMeant = (each: JsonObject): boolean => item === null || keyOf(each) === item;
        for (const [what, path] of paths) {
          const make = (name: string, change: Change): void => {
            const sort = `a field: ${name}`;
            // A mutation that changes nothing is none.
            if (!isWanted({ read, what, sort }) || found.every((each) => sameText(change, each))) return;
            made.push({
              read,
              sort,
              what,
              item,
              meets: ({ plan }) => (described(plan.read) === read ? { change } : undefined),
            });
          };
          for (const [name, replace] of Object.entries(fieldChanges)) make(name, withField(path, replace, isMeant));
          if (item === null) make("renamed", renamed(path));
        }
      };
      for (const item of itemsIn(read, [...objects.keys()])) {
        const one = item === null ? undefined : objects.get(item);
        ofObjects(item, one === undefined ? [...objects.values()] : [one]);
      }
      return made;
    });
  }

  /** Runs a mutation, and says what became of the findings. */
  async verdict({ read, sort, what, item, meets }: Mutation): Promise<Verdict> {
    let content: SnapshotContent;
    try {
      content = await this.#collected(read, meets, sort.startsWith("a field"));
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      return { read, sort, what, item, outcome: "broken", unseen: [cause], noticed: true, matters: false, assumed: [] };
    }
    const was = this.#was;
    const now = this.#judged(content);
    const same = now.digest === was.digest;
    const gone = same ? [] : this.#gone(now.report);
    const unseen = gone.filter(({ seen }) => !seen).map(({ finding }) => named(finding));
    const counted = now.report.unread.some(
      ({ read: line, cause }) => line.startsWith("expect ") || /counts? /.test(cause),
    );
    return {
      read,
      sort,
      what,
      item,
      outcome: same
        ? "same"
        : unseen.length > 0
          ? "unseen"
          : gone.length === 0
            ? "stays"
            : counted
              ? "counted"
              : "unknown",
      unseen,
      noticed: now.report.unread.length > 0,
      matters: !same && sort === missingItem && this.#matters(content),
      assumed: !same && missingSorts.has(sort) ? this.#assumed(content) : [],
    };
  }

  /**
   * What is collected where requests of a read are met; what nothing of it can reach is as it was.
   * @param alone whether no more is read than rows are made of: nothing is counted then
   */
  async #collected(read: string, meets: Mutation["meets"], alone: boolean): Promise<SnapshotContent> {
    const [kind = ""] = /^[a-z]+\.[A-Za-z]+/.exec(read) ?? [];
    const isPrefect = kind.startsWith("prefect.");
    const reach = alone ? reachOf(kind) : null;
    const { content } = await this.#estate.collect(
      meets,
      {},
      { system: isPrefect ? "prefect" : "azure", only: reach?.read },
    );
    const isOther = (each: string): boolean =>
      each.startsWith("source.") ||
      (reach === null ? each.startsWith("prefect.") !== isPrefect : !reach.changed.has(each));
    const was = this.#was.content;
    return {
      ...was,
      reads: [
        ...was.reads.filter((each) => isOther(each.kind)),
        ...content.reads.filter((each) => !isOther(each.kind)),
      ],
      rows: new Map([...was.rows].map(([each, rows]) => [each, isOther(each) ? rows : (content.rows.get(each) ?? [])])),
    };
  }

  #matters(content: SnapshotContent): boolean {
    const reads = content.reads.map((each) => ({ ...each, outcome: "complete" as const, cause: null }));
    const found = new Set(this.#judged({ ...content, reads }).report.findings.map((each) => each.id));
    const before = this.#was.report.findings;
    return before.length !== found.size || before.some((each) => !found.has(each.id));
  }

  /** The findings that are gone. One that stands under another id of the same policy has moved, and is not gone. */
  #gone(report: Report): { finding: Finding; seen: boolean }[] {
    const before = this.#was.report.findings;
    const ids = new Set(report.findings.map((each) => each.id));
    const gone = before.filter((each) => !ids.has(each.id));
    const known = new Set(before.map((each) => each.id));
    const fresh = Map.groupBy(
      report.findings.filter((each) => !known.has(each.id)),
      (each) => each.policy,
    );
    return [...Map.groupBy(gone, (each) => each.policy)].flatMap(([policy, each]) => {
      const moved = (fresh.get(policy) ?? []).length >= each.length;
      const judged = report.policies.find(({ id }) => id === policy);
      return each.map((finding) => {
        const { environments } = finding.resource;
        const run = environments?.length === 1 ? environments[0] : "tenant";
        return { finding, seen: moved || judged?.undecidedIn.includes(run ?? "tenant") !== false };
      });
    });
  }

  /** Fields that hold another value than before, of kinds whose every read is complete. */
  #assumed({ rows, reads }: SnapshotContent): string[] {
    const open = new Set(reads.filter((each) => each.outcome !== "complete").map((each) => each.kind));
    const found = new Set<string>();
    for (const [kind, before] of this.#was.content.rows) {
      if (open.has(kind)) continue;
      const now = new Map((rows.get(kind) ?? []).map((row) => [row.id, row]));
      for (const row of before) {
        const other = now.get(row.id);
        if (other === undefined) {
          found.add(`${kind}.id`);
          continue;
        }
        const incomplete = Array.isArray(other.incomplete) ? other.incomplete : [];
        for (const [field, value] of Object.entries(row)) {
          if (!(field in other) || incomplete.includes(field)) continue;
          if (!isWithout(other[field], value)) found.add(`${kind}.${field}`);
        }
      }
    }
    return [...found].sort();
  }

  #judged(content: SnapshotContent): Judged {
    const hash = createHash("sha256");
    for (const [kind, rows] of content.rows) {
      const digest = this.#digests.get(rows) ?? digestOf(rows);
      this.#digests.set(rows, digest);
      hash.update(`${kind} ${digest}\n`);
    }
    for (const line of content.reads.map(({ id, outcome }) => `${id} ${outcome}\n`).sort()) hash.update(line);
    const digest = hash.digest("base64");
    const report = this.#reports.get(digest) ?? this.#estate.report(content);
    this.#reports.set(digest, report);
    return { content, report, digest };
  }
}

function digestOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => JSON.stringify(row)).sort();
  return createHash("sha256").update(lines.join("\n")).digest("base64");
}

/** The kinds that lead to principals, and those that the other kinds of the directory are read with. */
const leading =
  /^azure\.(?:roleAssignment|roleEligibility|principal|credential|application|appPermission|directoryRole|federatedCredential|subscription|managementGroup|keyVault|storageContainer)$|^synapse\.roleAssignment$/;

/** The kinds of Prefect whose lists tell of nothing but their own rows, and of the queues of a pool. */
const prefectAlone: Readonly<Record<string, readonly string[]>> = {
  "prefect.block": [],
  "prefect.deployment": [],
  "prefect.variable": [],
  "prefect.workPool": ["prefect.workQueue"],
};

/** The kinds that a kind's answers can change, and those that have to be read for them; null where that is a whole system. */
function reachOf(kind: string): { read: ReadonlySet<string>; changed: ReadonlySet<string> } | null {
  const others = prefectAlone[kind];
  if (others !== undefined) {
    const changed = new Set([kind, ...others]);
    return { read: changed, changed };
  }
  if (kind.startsWith("prefect.")) return null;
  if (leading.test(kind) || catalogue.some((read) => read.per === kind && read.kind !== kind)) return null;
  const kinds = new Set([kind]);
  for (const each of kinds) {
    for (const read of catalogue) if (read.kind === each && read.per.includes(".")) kinds.add(read.per);
  }
  return { read: kinds, changed: new Set([kind]) };
}

/** Whether a value is what it was, but for properties that are missing inside it: what is missing is unread. */
function isWithout(value: unknown, before: unknown): boolean {
  if (Array.isArray(value) && Array.isArray(before))
    return value.length === before.length && value.every((each, index) => isWithout(each, before[index]));
  if (typeof value !== "object" || value === null || typeof before !== "object" || before === null)
    return value === before;
  return Object.entries(value).every(([name, each]) => isWithout(each, (before as Record<string, unknown>)[name]));
}

function sameText(change: Change, item: JsonObject): boolean {
  const answer: Answer = { kind: "reply", reply: { status: 200, body: [item] } };
  return JSON.stringify(itemsOf(change(answer))) === JSON.stringify([item]);
}
