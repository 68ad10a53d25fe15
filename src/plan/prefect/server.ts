import { InputError, nearest } from "../../resources/problem.ts";
import type { PlannedAt } from "../plan.ts";

/** How it is known to which Prefect server a plan goes, for the plan itself does not say. */
export interface Servers {
  /** What the command line says (`--prefect NAME`); null where it says nothing. */
  named: string | null;
  /** The names of the servers and workspaces that the configuration has. */
  configured: readonly string[];
  /** The servers that have a work pool of a name, as the snapshot holds them. */
  withWorkPool(name: string): readonly string[];
}

/**
 * The server that something goes to: the one that is named, the only one there is, or the only one that has its work pool.
 * @param workPool null where none is known
 * @throws InputError where it is none or several of them, with their names
 */
export function serverFor(
  { named, configured, withWorkPool }: Servers,
  workPool: string | null,
  at: PlannedAt,
): string {
  const refuse = (message: string, hint: string): InputError => {
    const { file, line, column } = at;
    return new InputError([{ code: "plan/prefect-server", file, line, column, message, hint }]);
  };
  const all = configured.join(", ");
  if (named !== null) {
    if (configured.includes(named)) return named;
    const meant = nearest(named, configured);
    throw refuse(
      `there is no Prefect server named ${named}`,
      meant === null ? `the configuration has ${all === "" ? "none" : all}` : `did you mean ${meant}?`,
    );
  }
  const [first, ...others] = configured;
  if (first === undefined)
    throw refuse("the configuration names no Prefect server that this could go to", "name it under prefect:");
  if (others.length === 0) return first;
  const name = "name the server with --prefect NAME";
  if (workPool === null) throw refuse(`this may go to each of the Prefect servers ${all}`, name);
  const [only, ...more] = withWorkPool(workPool);
  if (only === undefined) throw refuse(`none of the Prefect servers ${all} has the work pool ${workPool}`, name);
  if (more.length > 0)
    throw refuse(`the Prefect servers ${[only, ...more].join(", ")} have a work pool ${workPool} each`, name);
  return only;
}
