import type { ReadDefinition } from "../definition.ts";
import { type AzureRun, readArmList } from "../reader.ts";
import type { PermissionAnswer } from "./roleDefinitions.ts";

/**
 * What the reader itself may do in a subscription; needs no right. Tells `leastwise doctor` of more than is needed, and a
 * scan whether the reader may read everything there.
 */
export const ownRightsRead: ReadDefinition = {
  kind: "azure.subscription",
  fields: ["readerPermissions"],
  service: "Azure Resource Manager",
  per: "azure.subscription",
  endpoint: "GET {scope}/providers/Microsoft.Authorization/permissions",
  apiVersion: "2022-04-01",
  right: { plane: "azure", permission: "nothing: everybody may ask for the own rights", role: null },
  pageSize: null,
};

/** The permissions that the reader holds in a subscription by all its roles; null where the answer is not whole. */
export async function readOwnRights(
  run: Pick<AzureRun, "ledger" | "azure">,
  subscription: string,
): Promise<readonly PermissionAnswer[] | null> {
  const { items, complete } = await readArmList<PermissionAnswer>(run, ownRightsRead, subscription);
  return complete ? items : null;
}
