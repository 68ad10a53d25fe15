import { IncompleteList, Unread } from "../../policy/value.ts";
import type { Field, KeyVaultReference, RegisteredVaultSecret } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import type { SnapshotWorld } from "../world.ts";
import type { Computed, ComputedTable } from "./computed.ts";

const inSynapse = ["synapse.linkedService", "synapse.credential", "synapse.pipeline"] as const;
const inPrefect = ["prefect.block", "prefect.variable", "prefect.deployment", "prefect.workPool"] as const;

/** The secrets of key vaults that are named in a Synapse workspace, or on a Prefect server. */
export const vaultSecrets: ComputedTable = {
  "synapse.workspace.vaultSecrets": registered(inSynapse, "workspaceId", "id", (row, world) => {
    const references = referencesIn(row, world);
    const addresses = addressesIn(row);
    return references === null || addresses === null ? null : [...references, ...addresses];
  }),
  "prefect.workspace.vaultSecrets": registered(inPrefect, "api", "api", addressesIn),
};

type Named = Pick<Required<RegisteredVaultSecret>, "vault" | "name">;

/**
 * @param kinds the kinds that may name secrets
 * @param from the field by which rows of these kinds are found
 * @param to the field of the workspace that it equals
 */
function registered(
  kinds: readonly string[],
  from: string,
  to: string,
  namedIn: (row: Row, world: SnapshotWorld) => Named[] | null,
): Computed {
  return {
    needs: kinds,
    derive(workspace, world) {
      const own = workspace[to];
      if (own === undefined) return new Unread(`${to} was not read`);
      if (own === null) return new IncompleteList([], "the configuration does not name it, so nothing in it was read");
      const places = new Map<string, Named & { places: Set<string> }>();
      let missing: string | null = null;
      for (const kind of kinds) {
        missing ??= world.missing(kind, from);
        for (const row of world.index(kind, from).get(own) ?? []) {
          const named = namedIn(row, world);
          if (named === null) missing ??= `the values of ${row.id} were not read`;
          for (const { vault, name } of named ?? []) {
            const key = `${vault}/${name}`;
            const held = places.get(key) ?? { vault, name, places: new Set() };
            places.set(key, held);
            held.places.add(row.id);
          }
        }
      }
      const found: RegisteredVaultSecret[] = [...places]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { vault, name, places }]) => ({ vault, name, places: [...places].sort() }));
      return missing === null ? found : new IncompleteList(found, missing);
    },
  };
}

/** The secrets that an artifact takes by way of a linked service; null where they were not read. */
function referencesIn(row: Row, world: SnapshotWorld): Named[] | null {
  const references = row.keyVaultSecrets as KeyVaultReference[] | undefined;
  if (references === undefined) return null;
  const found: Named[] = [];
  for (const { linkedService, secretName } of references) {
    if (typeof linkedService !== "string" || secretName === undefined) return null;
    const id = `${row.workspaceId}/linkedservices/${linkedService}`.toLowerCase();
    const [store] = world.index("synapse.linkedService", "id").get(id) ?? [];
    const url = (store?.fields as Field[] | undefined)?.find(({ path }) => path === "typeProperties.baseUrl")?.value;
    if (typeof url !== "string") return null;
    // What is chosen by an expression is no one secret.
    if (secretName === null || /^@|@\{/.test(url)) continue;
    const host = vaultHost.exec(url)?.[1];
    if (host === undefined) return null;
    found.push(named(host, secretName));
  }
  return found;
}

const vaultHost = /^https:\/\/([a-z0-9-]{3,24}\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net))(?::443)?\/?$/i;
const address =
  /https:\/\/([a-z0-9-]{3,24}\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net))(?::443)?\/secrets\/([a-z0-9-]{1,127})/gi;
const reference = /@Microsoft\.KeyVault\(VaultName=([a-z0-9-]{3,24});SecretName=([a-z0-9-]{1,127})/gi;

/** The secrets whose addresses stand in something's values; null where they were not read. */
function addressesIn(row: Row): Named[] | null {
  const fields = row.fields as Field[] | undefined;
  if (fields === undefined) return null;
  return fields.flatMap(({ value }) => [
    ...[...(value ?? "").matchAll(address)].map(([, host = "", name = ""]) => named(host, name)),
    ...[...(value ?? "").matchAll(reference)].map(([, vault = "", name = ""]) =>
      named(`${vault}.vault.azure.net`, name),
    ),
  ]);
}

function named(vault: string, name: string): Named {
  return { vault: vault.toLowerCase(), name: name.toLowerCase() };
}
