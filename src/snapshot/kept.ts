import type { Row } from "../resources/kinds.ts";
import type { Snapshot } from "./read.ts";

/** Kinds with more rows than this are streamed each time, so that memory stays bounded. */
const mostRows = 200_000;

/**
 * The same snapshot, with the rows of each kind kept once they were read whole: for what goes through them several times.
 */
export function kept(snapshot: Snapshot): Snapshot {
  const held = new Map<string, readonly Row[]>();
  return {
    ...snapshot,
    *rows(kind) {
      if (snapshot.count(kind) > mostRows) {
        yield* snapshot.rows(kind);
        return;
      }
      const rows = held.get(kind) ?? [...snapshot.rows(kind)];
      held.set(kind, rows);
      yield* rows;
    },
  };
}
