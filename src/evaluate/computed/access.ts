import { signsInAs } from "../../access/identities.ts";
import { belowRoot, reachOf } from "../../access/reach.ts";
import { waysUp } from "../../access/ways.ts";
import { IncompleteList } from "../../policy/value.ts";
import type { Row } from "../../resources/kinds.ts";
import type { Known } from "../../resources/permits.ts";
import { conditional } from "../../resources/verdict.ts";
import type { SnapshotWorld } from "../world.ts";
import type { Computed, ComputedTable } from "./computed.ts";

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
    ({ access }, row) => {
      const { items, missing } = waysUp(access, row.id);
      const open = items.filter(({ verdict }) => verdict !== true && verdict !== conditional);
      return {
        items: items
          .filter(({ verdict }) => verdict === true)
          .map(({ how, at, by, words, through, principals, resources }) => ({
            how,
            at,
            by: by.row.id,
            grant: through === null ? words : `${words}, through ${nameOf(access.principal(through), through)}`,
            principals,
            resources,
            opens: [
              ...principals.map((id) => nameOf(access.principal(id), id)),
              ...resources.map((id) => id.split("/").at(-1) || "the whole tenant"),
            ],
          })),
        missing: missing ?? (open[0] === undefined ? null : String(open[0].verdict)),
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
      items: [...sure].map(([resource, each]) => ({
        resource: resource.id,
        kind: each[0]?.kind,
        rights: [...new Set(each.map(({ right }) => right))].sort(),
        environments: environments.ofScope(resource.id).names,
      })),
      missing: missing ?? (open === undefined ? null : String(open.verdict)),
    };
  }, ofReach),
  "prefect.deployment.identities": identitiesOf("prefect.deployment"),
  "prefect.workPool.identities": identitiesOf("prefect.workPool"),
};

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
