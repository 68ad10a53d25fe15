import type { ReportPolicy, VacuousSelector } from "../resources/generated.ts";
import { matchesGlob } from "../resources/glob.ts";
import { type Row, valueAt } from "../resources/kinds.ts";
import { below } from "../resources/scope.ts";
import type { Snapshot } from "../snapshot/read.ts";
import type { LookedAt } from "./looked.ts";
import type { SnapshotWorld } from "./world.ts";

/** The name under which selectors of the configuration are reported. */
const configuration = "leastwise.yaml";

/** The kind whose rows stand at scopes of every level; there may be very many, so they are looked at as they stream by. */
const scoped = "azure.roleAssignment";

/** Looks for the scopes of the configuration in which nothing lies that was read. */
export class EmptyScopes {
  readonly #snapshot: Snapshot;
  #left: { environment: string; scope: string }[] = [];
  #seen = false;

  constructor(world: SnapshotWorld, snapshot: Snapshot, lookedAt: LookedAt) {
    this.#snapshot = snapshot;
    if (!snapshot.manifest.systems.azure) return;
    this.#left = world.configuration.environments.flatMap(({ name, scopes }) =>
      scopes.filter((scope) => lookedAt.scope(scope)).map((scope) => ({ environment: name, scope })),
    );
    for (const kind of ["azure.subscription", "synapse.workspace"]) {
      if (snapshot.manifest.files[`${kind}.ndjson`] === undefined) continue;
      for (const row of snapshot.rows(kind)) {
        this.#drop(row.id);
        for (const group of (row.managementGroups as string[] | undefined) ?? []) this.#drop(group);
      }
    }
  }

  /** Takes note of a row that streams by. */
  see(kind: string, row: Row): void {
    if (kind !== scoped) return;
    this.#seen = true;
    if (this.#left.length === 0) return;
    const scope = valueAt(row, "scope.id");
    if (typeof scope === "string") this.#drop(scope);
  }

  /** The scopes that were not met; where no role assignment streamed by, those are read now. */
  found(): readonly { environment: string; scope: string }[] {
    if (!this.#seen && this.#left.length > 0 && this.#snapshot.count(scoped) > 0) {
      for (const row of this.#snapshot.rows(scoped)) this.see(scoped, row);
    }
    return this.#left;
  }

  #drop(inner: string): void {
    if (this.#left.some(({ scope }) => below(inner, scope))) {
      this.#left = this.#left.filter(({ scope }) => !below(inner, scope));
    }
  }
}

/** Selectors that match nothing in the whole snapshot: a slip of the pen there would be a silent pass. */
export function vacuousSelectors(
  policies: readonly ReportPolicy[],
  world: SnapshotWorld,
  snapshot: Snapshot,
  empty: EmptyScopes,
): VacuousSelector[] {
  const found: VacuousSelector[] = policies
    .filter(({ population }) => population.inScope > 0 && population.notApplicable === population.inScope)
    .map(({ id, target, population }) => ({
      policy: id,
      what: `none of the ${population.inScope} rows of ${target} is one that it is about`,
    }));
  const tell = (what: string): void => {
    found.push({ policy: configuration, what });
  };
  const held = (kind: string): readonly Row[] =>
    snapshot.manifest.files[`${kind}.ndjson`] === undefined ? [] : [...world.index(kind, "id").values()].flat();
  const { azure, prefect } = snapshot.manifest.systems;
  if (azure && world.missing("azure.principal") === null) {
    const appIds = world.index("azure.principal", "appId");
    for (const { name, identities } of world.configuration.environments) {
      for (const id of identities)
        if (!appIds.has(id)) tell(`environments.${name}.identities: the tenant has no ${id}`);
    }
    for (const id of world.configuration.sharedIdentities.keys())
      if (!appIds.has(id)) tell(`shared: the tenant has no identity ${id}`);
    for (const id of world.configuration.owners.identities.keys())
      if (!appIds.has(id)) tell(`owners.identities: the tenant has no ${id}`);
  }
  for (const { environment, scope } of empty.found())
    tell(`environments.${environment}.scopes: nothing that was read lies in ${scope}`);
  for (const { name, prefect: shares } of world.configuration.environments) {
    for (const share of shares) {
      if (!prefect.includes(share.api)) continue;
      const named = (kind: string): string[] =>
        held(kind)
          .filter((row) => row.api === share.api)
          .map((row) => String(row.name ?? ""));
      const tags = (kind: string): string[] =>
        held(kind)
          .filter((row) => row.api === share.api)
          .flatMap((row) => (row.tags as string[] | undefined) ?? []);
      const candidates = {
        workPools: named("prefect.workPool"),
        blocks: named("prefect.block"),
        tags: [...tags("prefect.deployment"), ...tags("prefect.variable")],
      };
      for (const part of ["workPools", "blocks", "tags"] as const) {
        for (const pattern of share[part] ?? []) {
          if (!candidates[part].some((candidate) => matchesGlob(pattern, candidate))) {
            tell(`environments.${name}.prefect: ${pattern} matches no ${part} of ${share.api}`);
          }
        }
      }
    }
  }
  if (snapshot.manifest.systems.source && world.missing("source.file") === null) {
    const files = held("source.file");
    const named = new Set(files.flatMap((row) => (row.includedBy as string[] | undefined) ?? []));
    for (const { pattern } of world.configuration.source?.include ?? []) {
      if (!named.has(pattern))
        tell(`source.include: ${pattern} names no file that is read; .gitignore and exclude leave some out`);
    }
    for (const { name, source } of world.configuration.environments) {
      for (const glob of source) {
        if (!files.some((row) => glob.matches(row.id)))
          tell(`environments.${name}.source: ${glob.pattern} names no file that is read`);
      }
    }
  }
  return found;
}
