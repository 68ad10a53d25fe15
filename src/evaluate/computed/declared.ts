import { IncompleteList, Unread } from "../../policy/value.ts";
import type { SnapshotWorld } from "../world.ts";
import type { Computed, ComputedTable } from "./computed.ts";

/** Whether a line of the repository declares it; null where the files of its environments declare nothing of its kind. */
function ofKind(kind: string): Computed {
  return {
    derive: (row, world) => {
      // It is made with its resource, and declared there.
      if (kind === "azure.managedIdentity" && row.type !== "userAssigned")
        return row.type === undefined ? new Unread(`${kind}.type was not read`) : null;
      if (!world.configuration.environments.some(({ source }) => source.length > 0)) return null;
      const environments = world.field(kind, "environments", row);
      if (environments instanceof Unread) return environments;
      if (environments instanceof IncompleteList) return new Unread(environments.cause);
      const names = environments as readonly string[];
      const covered = names.length === 0 ? false : covers(kind, names, world);
      return covered === false ? null : covered instanceof Unread ? covered : world.declarations.isDeclared(kind, row);
    },
    needs: ["source.declaration"],
  };
}

/**
 * Whether the repository is where each of these environments is declared: the configuration names files for it, and they
 * declare something of the kind. Where files are named and not all were read, nobody can tell.
 */
function covers(kind: string, names: readonly string[], world: SnapshotWorld): boolean | Unread {
  const told = world.declarations.environmentsOf(kind);
  if (names.every((name) => told.has(name))) return true;
  const configured = new Set(
    world.configuration.environments.filter(({ source }) => source.length > 0).map(({ name }) => name),
  );
  const missing = world.missing("source.declaration");
  return missing !== null && names.every((name) => configured.has(name)) ? new Unread(missing) : false;
}

/**
 * Why nothing can be asked of whether resources are declared: no environment names the files that declare it. null where one
 * does, or where nobody can tell because a file could not be read.
 */
export function declaredNowhere(fields: Iterable<string>, world: SnapshotWorld): string | null {
  const asked = [...fields].find((field) => declared[field] !== undefined);
  if (asked === undefined || world.missing("source.declaration") !== null) return null;
  const kind = asked.slice(0, asked.lastIndexOf("."));
  return world.declarations.environmentsOf(kind).size > 0
    ? null
    : `no environment names files under source that declare any ${kind}`;
}

/** What the repository declares of what is live. */
export const declared: ComputedTable = Object.fromEntries(
  ["azure.roleAssignment", "azure.managedIdentity", "prefect.block"].map((kind) => [`${kind}.declared`, ofKind(kind)]),
);
