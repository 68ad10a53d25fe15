import type { PrefectBlock } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { blockTypes } from "./blockTypes.ts";

/** The live state of Prefect, as a snapshot holds it; what is asked for is read once. */
export class LivePrefect {
  readonly #rows: (kind: string) => Iterable<Row>;
  readonly #byId = new Map<string, Map<string, Row>>();
  readonly #byUuid = new Map<string, Map<unknown, Row>>();

  /** @param rows the rows of a kind; none where it was not read */
  constructor(rows: (kind: string) => Iterable<Row>) {
    this.#rows = rows;
  }

  /** The rows of a kind by id. */
  of(kind: string): ReadonlyMap<string, Row> {
    const known = this.#byId.get(kind) ?? new Map([...this.#rows(kind)].map((row) => [row.id, row]));
    this.#byId.set(kind, known);
    return known;
  }

  /** The names of the servers that have a work pool. */
  withWorkPool(name: string): string[] {
    const servers = [...this.of("prefect.workPool").values()].filter((row) => row.name === name).map(({ api }) => api);
    return [...new Set(servers.filter((api) => typeof api === "string"))].sort();
  }

  /** The row of an object by Prefect's own id. */
  byUuid(kind: string, uuid: string): Row | undefined {
    const known = this.#byUuid.get(kind) ?? new Map([...this.of(kind).values()].map((row) => [row.uuid, row]));
    this.#byUuid.set(kind, known);
    return known.get(uuid);
  }

  /** Whether a server is no workspace of Prefect Cloud; null where nobody knows. */
  isSelfHosted(api: string): boolean | null {
    const row = [...this.of("prefect.workspace").values()].find((each) => each.api === api);
    return row?.accountId === undefined ? null : row.accountId === null;
  }

  /** The name of a block type for people, told as its secret fields are. */
  typeName(api: string, slug: string): string | null {
    return this.#told(api, slug, ({ typeName }) => typeName ?? null) ?? blockTypes[slug]?.name ?? null;
  }

  /**
   * What a block type keeps secret: as a live block of the type tells it, else as its newest schema that is known says;
   * null where neither does.
   */
  secretFields(api: string, slug: string): readonly string[] | null {
    const live = this.#told(api, slug, ({ secretFields }) => secretFields ?? null);
    return live?.flatMap(({ path }) => path ?? []) ?? blockTypes[slug]?.secretFields ?? null;
  }

  /** What a live block of a type tells, one of the same server before those of others. */
  #told<Told>(api: string, slug: string, tell: (block: PrefectBlock) => Told | null): Told | null {
    const rows = [...this.of("prefect.block").values()] as (Row & PrefectBlock)[];
    const told = rows.filter((row) => row.type === slug && tell(row) !== null);
    const first = told.find((row) => row.api === api) ?? told[0];
    return first === undefined ? null : tell(first);
  }
}
