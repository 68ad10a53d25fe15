import { signsInAs } from "../../access/identities.ts";
import { belowRoot, reachOf } from "../../access/reach.ts";
import { type Way, waysUp } from "../../access/ways.ts";
import { IncompleteList } from "../../policy/value.ts";
import type { Row } from "../../resources/kinds.ts";
import type { Known } from "../../resources/permits.ts";
import { conditional } from "../../resources/verdict.ts";
import { union } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { Computed, ComputedTable } from "./computed.ts";
import { ofHolder } from "./environments.ts";

/** What effective access depends on. */
const ofAccess = ["azure.principal", "azure.roleAssignment", "azure.roleDefinition", "azure.denyAssignment"];
const ofReach = [
  ...ofAccess,
  "azure.keyVault",
  "azure.storageAccount",
  "azure.storageContainer",
  "azure.subscription",
  "synapse.roleAssignment",
  "synapse.roleDefinition",
  "synapse.workspace",
];
const ofIdentities = ["azure.principal", "azure.managedIdentity", "prefect.block", "prefect.workPool"];

/** What principals hold and reach, and what they could make of themselves. */
export const access: ComputedTable = {
  "azure.principal.grants": listed(({ access }, row) => access.grantsOf(row.id), ["azure.roleAssignment"]),
  "azure.principal.synapseGrants": listed(
    ({ access }, row) => access.synapseGrantsOf(row.id),
    ["synapse.roleAssignment"],
  ),
  "azure.principal.denials": listed(({ access }, row) => access.denialsOf(row.id), ["azure.denyAssignment"]),
  "azure.principal.waysUp": listed(
    (world, row) => {
      const { items, missing } = waysUp(world.access, row.id);
      const open = items.find(({ verdict }) => verdict !== true && verdict !== conditional);
      return {
        items: items.filter(({ verdict }) => verdict === true).map((way) => wayUp(way, world)),
        missing: missing ?? (open === undefined ? null : String(open.verdict)),
      };
    },
    [...ofReach, "azure.application", "azure.appPermission", "azure.directoryRole", "azure.managedIdentity"],
  ),
  "azure.principal.reaches": listed(({ access, environments }, row) => {
    const { items, missing } = reachOf(access, row.id);
    const now = items.filter(({ when, verdict }) => when !== "eligible" && verdict !== belowRoot);
    const open = now.find(({ verdict }) => verdict !== true && verdict !== conditional);
    const sure = Map.groupBy(
      now.filter(({ verdict }) => verdict === true),
      ({ resource }) => resource,
    );
    return {
      items: [...sure].map(([resource, each]) => {
        const { names, missing } = environments.ofScope(resource.id);
        return {
          resource: resource.id,
          kind: each[0]?.kind,
          rights: [...new Set(each.map(({ right }) => right))].sort(),
          environments: names,
          ...(missing !== null && { incomplete: ["environments"] }),
        };
      }),
      missing: missing ?? (open === undefined ? null : String(open.verdict)),
    };
  }, ofReach),
  "azure.subscription.owners": listed(({ access }, row) => {
    const asked = { action: "Microsoft.Authorization/roleAssignments/write", plane: "control", scope: row.id } as const;
    const { items, missing } = access.holders(asked);
    const open = items.find(({ verdict }) => verdict !== true && verdict !== conditional);
    const sure = new Set(items.filter(({ verdict }) => verdict === true).map(({ principalId }) => principalId));
    return {
      items: [...sure].flatMap((id) => access.principal(id) ?? []),
      missing: missing ?? (open === undefined ? null : String(open.verdict)),
    };
  }, ofAccess),
  "prefect.deployment.identities": identitiesOf("prefect.deployment"),
  "prefect.workPool.identities": identitiesOf("prefect.workPool"),
};

/** A way up as policies see it. */
function wayUp({ how, at, by, words, through, principals, resources }: Way, world: SnapshotWorld): Row {
  const { access } = world;
  const { names, missing } = union([
    ...principals.map((id) => ofHolder(id, world)),
    ...(how === "changeCustomRole" ? [at] : resources).map((id) => world.environments.ofScope(id)),
  ]);
  return {
    id: by.row.id,
    how,
    at,
    by: by.row.id,
    grant: through === null ? words : `${words}, through ${nameOf(access.principal(through), through)}`,
    principals,
    resources,
    opens: [
      ...principals.map((id) => nameOf(access.principal(id), id)),
      ...resources.map((id) => id.split("/").at(-1) || "everything"),
    ],
    environments: names,
    ...(missing !== null && { incomplete: ["environments"] }),
  };
}

function listed(find: (world: SnapshotWorld, row: Row) => Known<unknown>, needs: readonly string[]): Computed {
  return {
    needs,
    derive(row, world) {
      const { items, missing } = find(world, row);
      return missing === null ? items : new IncompleteList(items, missing);
    },
  };
}

function identitiesOf(kind: string): Computed {
  return listed(({ access }, row) => {
    const { items, missing } = signsInAs(access.rows, kind, row);
    return { items: items.flatMap(({ principalId }) => access.principal(principalId) ?? []), missing };
  }, ofIdentities);
}

function nameOf(row: { displayName?: string | null } | undefined, id: string): string {
  return row?.displayName ?? id;
}
