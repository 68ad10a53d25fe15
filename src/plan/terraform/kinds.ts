/**
 * What attributes of a type stand for that are known only after the change. A type that is not listed goes by its
 * attributes' names alone.
 */
interface Meaning {
  /** Attributes that are the id of the resource itself in Azure, beside `id`. */
  ids?: readonly string[];
  /** Attributes that are the object id of the resource as a principal. */
  principals?: readonly string[];
  /** Attributes that are its client id. */
  clients?: readonly string[];
  /** Attributes that are its object id in Entra ID, where it is no principal. */
  objects?: readonly string[];
  /** What kind of principal it is. */
  principalType?: "ServicePrincipal" | "Group" | "User";
  /** Names that the service makes of other attributes where nothing is said. */
  made?: Readonly<Record<string, string>>;
  /** Ids of what comes with the resource, by the attribute that they are made of. */
  madeIds?: Readonly<Record<string, string>>;
  /** Blocks that are things of their own, by what stands in their ids before their names. */
  parts?: Readonly<Record<string, string>>;
}

const group: Meaning = { principals: ["object_id", "id"], principalType: "Group" };
const servicePrincipal: Meaning = {
  principals: ["object_id", "id"],
  clients: ["client_id", "application_id"],
  principalType: "ServicePrincipal",
};
const application: Meaning = { objects: ["object_id", "id"], clients: ["client_id", "application_id"] };

/** By type; a data source means what its resource means. */
export const meanings: Readonly<Record<string, Meaning>> = {
  azurerm_user_assigned_identity: {
    principals: ["principal_id"],
    clients: ["client_id"],
    principalType: "ServicePrincipal",
  },
  azurerm_role_definition: { ids: ["role_definition_resource_id", "role_definition_id"] },
  azurerm_storage_container: { ids: ["resource_manager_id"] },
  azurerm_storage_share: { ids: ["resource_manager_id"] },
  azurerm_storage_queue: { ids: ["resource_manager_id"] },
  azurerm_storage_table: { ids: ["resource_manager_id"] },
  azurerm_key_vault_secret: { ids: ["resource_id", "resource_versionless_id"] },
  azurerm_key_vault_key: { ids: ["resource_id", "resource_versionless_id"] },
  azurerm_key_vault_certificate: { ids: ["resource_manager_id", "resource_manager_versionless_id"] },
  azurerm_kubernetes_cluster: {
    // "MC_resourcegroupname_clustername_location" (the documentation's page Frequently asked questions about AKS).
    made: { node_resource_group: "MC_{resource_group_name}_{name}_{location}" },
    madeIds: {
      node_resource_group_id: "/subscriptions/{subscription}/resourcegroups/MC_{resource_group_name}_{name}_{location}",
      // An id that is built of a group's name is that group's or lies in it.
      node_resource_group: "/subscriptions/{subscription}/resourcegroups/MC_{resource_group_name}_{name}_{location}",
    },
  },
  azurerm_virtual_network: { parts: { subnet: "subnets" } },
  azuread_application: application,
  azuread_application_registration: application,
  azuread_service_principal: servicePrincipal,
  azuread_group: group,
  azuread_group_without_members: group,
  azuread_user: { principals: ["object_id", "id"], principalType: "User" },
  azuread_invitation: { principals: ["user_id"], principalType: "User" },
};
