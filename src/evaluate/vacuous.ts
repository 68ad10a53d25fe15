import type { ReportPolicy, VacuousSelector } from "../resources/generated.ts";
import { matchesGlob } from "../resources/glob.ts";
import type { Row } from "../resources/kinds.ts";
import { below } from "../resources/scope.ts";
import type { Snapshot } from "../snapshot/read.ts";
import type { SnapshotWorld } from "./world.ts";

/** The name under which selectors of the configuration are reported. */
const configuration = "leastwise.yaml";

/** Selectors that match nothing in the whole snapshot: a slip of the pen there would be a silent pass. */
export function vacuousSelectors(
  policies: readonly ReportPolicy[],
  world: SnapshotWorld,
  snapshot: Snapshot,
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
  }
  if (azure && world.configuration.environments.length > 0) {
    const scopes = [
      ...held("azure.subscription").flatMap((row) => [
        row.id,
        ...((row.managementGroups as string[] | undefined) ?? []),
      ]),
      ...held("synapse.workspace").map((row) => row.id),
      ...world.index("azure.roleAssignment", "scope.id").keys(),
    ].map(String);
    for (const { name, scopes: own } of world.configuration.environments) {
      for (const scope of own) {
        if (!scopes.some((each) => below(each, scope)))
          tell(`environments.${name}.scopes: nothing that was read lies in ${scope}`);
      }
    }
  }
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
  return found;
}
