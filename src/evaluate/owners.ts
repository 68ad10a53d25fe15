import { Unread } from "../policy/value.ts";
import type { Finding, OwnerSummary } from "../resources/generated.ts";
import { kinds, type Row, valueAt } from "../resources/kinds.ts";
import { below } from "../resources/scope.ts";
import { countSeverities, weightOf } from "./changes.ts";
import type { SnapshotWorld } from "./world.ts";

/**
 * Who owns a resource: whom the configuration names for the identity that it is or belongs to, else whom its tags name,
 * else whom the configuration names for the nearest scope around it; null where nobody is named. What could not be read
 * names nobody.
 */
export function ownerOf(kind: string, row: Row, world: SnapshotWorld): string | null {
  return byIdentity(kind, row, world) ?? byTag(row, world.configuration.owners.tags) ?? byScope(row, world);
}

function byIdentity(kind: string, row: Row, world: SnapshotWorld): string | null {
  const { identities } = world.configuration.owners;
  if (identities.size === 0) return null;
  const holder = kinds.get(kind)?.relations.has("principal") === true ? world.field(kind, "principal", row) : null;
  const candidates = [row, ...(holder === null || holder instanceof Unread ? [] : [holder as Row])];
  for (const { appId, clientId } of candidates) {
    for (const id of [appId, clientId]) {
      const owner = typeof id === "string" ? identities.get(id.toLowerCase()) : undefined;
      if (owner !== undefined) return owner;
    }
  }
  return null;
}

/** Azure's tags are names with values, and Prefect's are words such as owner:team; the case of a name does not count. */
function byTag({ tags }: Row, names: readonly string[]): string | null {
  if (typeof tags !== "object" || tags === null) return null;
  const pairs: (readonly [name: string, value: string])[] = Array.isArray(tags)
    ? tags.map((tag) => {
        const [name = "", ...value] = String(tag).split(":");
        return [name, value.join(":")];
      })
    : Object.entries(tags).map(([name, value]) => [name, String(value)]);
  for (const name of names) {
    const values = pairs
      .filter((pair) => pair[0].trim().toLowerCase() === name.toLowerCase())
      .map((pair) => pair[1].trim())
      .filter((value) => value !== "");
    const [first] = values.sort();
    if (first !== undefined) return first;
  }
  return null;
}

function byScope(row: Row, world: SnapshotWorld): string | null {
  const place = placeOf(row);
  const inside = (inner: string, outer: string): boolean =>
    outer.startsWith("/") ? world.within(inner, outer) === true : below(inner, outer);
  let nearest: { scope: string; owner: string } | null = null;
  for (const [scope, owner] of world.configuration.owners.scopes) {
    if (!inside(place, scope)) continue;
    if (nearest === null || inside(scope, nearest.scope)) nearest = { scope, owner };
  }
  return nearest?.owner ?? null;
}

/** Where a resource stands: a grant at its scope, a role of one's own where it can be assigned, else its own id. */
function placeOf(row: Row): string {
  const scope = valueAt(row, "scope.id");
  if (typeof scope === "string") return scope;
  const { type, assignableScopes } = row;
  const [only, ...others] = type === "CustomRole" && Array.isArray(assignableScopes) ? assignableScopes : [];
  return typeof only === "string" && others.length === 0 ? only : row.id;
}

/** All findings by owner: the owner of most weight first, nobody's last. @param findings worst first */
export function ownersOf(findings: readonly Finding[]): OwnerSummary[] {
  return [...Map.groupBy(findings, ({ owner }) => owner ?? null)]
    .map(([owner, own]) => {
      const open = own.filter(({ outcome }) => outcome === "fail");
      return { owner, open, waived: own.length - open.length, weight: weightOf(open) };
    })
    .sort(
      (a, b) =>
        Number(a.owner === null) - Number(b.owner === null) ||
        b.weight - a.weight ||
        ((a.owner ?? "") < (b.owner ?? "") ? -1 : 1),
    )
    .map(({ owner, open, waived }) => ({
      owner,
      failing: open.length,
      waived,
      severities: countSeverities(open),
      findings: open.map(({ id }) => id),
    }));
}
