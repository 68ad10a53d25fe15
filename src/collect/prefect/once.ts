import type { Ledger } from "../ledger.ts";
import type { PrefectRun } from "./server.ts";

/** Makes a read happen once for each place in a run, though several readers need what it brings. */
export function oncePerPlace<Result>(read: (run: PrefectRun) => Promise<Result>): (run: PrefectRun) => Promise<Result> {
  const results = new WeakMap<Ledger, Map<string, Promise<Result>>>();
  return (run) => {
    const held = results.get(run.ledger) ?? new Map<string, Promise<Result>>();
    results.set(run.ledger, held);
    const found = held.get(run.prefect.name) ?? read(run);
    held.set(run.prefect.name, found);
    return found;
  };
}
