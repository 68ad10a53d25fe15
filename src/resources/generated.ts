// Made from schemas/ by `npm run generate`. Change the schema, not this file.

/**
 * Names of the list fields of this row that could not be read to their end.
 */
export type Incomplete = string[];
/**
 * The Entra administrator; null where none is set.
 */
export type EntraAdministrator = {
  /**
   * The administrator's name, as it was given when it was set.
   */
  login?: string | null;
  /**
   * The object id of the user, group or service principal.
   */
  objectId?: string | null;
  /**
   * Its tenant.
   */
  tenantId?: string | null;
  /**
   * ActiveDirectory.
   */
  type?: string | null;
} | null;
/**
 * What a resource's firewall lets in.
 */
export type NetworkRules = {
  /**
   * allow or deny: what becomes of a connection that no rule is about.
   */
  defaultAction?: string;
  /**
   * Which services pass the rules, as in azureservices, or none; several are parted by commas.
   */
  bypass?: string;
  /**
   * The addresses and ranges that are let in, as in 198.51.100.16/28.
   */
  ipRules?: string[];
  /**
   * The ids of the subnets that are let in.
   */
  virtualNetworkRules?: string[];
  /**
   * The ids of the Azure resources that are let in; only storage accounts have such rules.
   */
  resourceRules?: string[];
} | null;
/**
 * How the vault renews the key. Years count 365 days and months 30. null: the key belongs to a certificate and is renewed with it.
 */
export type KeyRotationPolicy = {
  /**
   * Whether the vault makes a new version by itself.
   */
  rotates?: boolean;
  /**
   * How many days after a version was made the vault makes the next; null where it does not go by that.
   */
  rotateDaysAfterCreation?: number | null;
  /**
   * How many days before a version expires the vault makes the next; null where it does not go by that.
   */
  rotateDaysBeforeExpiry?: number | null;
  /**
   * How many days before a version expires the vault announces it; null where it does not.
   */
  notifyDaysBeforeExpiry?: number | null;
  /**
   * After how many days a version made by rotation expires; null: never.
   */
  expiryDays?: number | null;
} | null;
/**
 * What shared access signatures are held to; null: no such policy is set.
 */
export type StorageSasPolicy = {
  /**
   * For how long a shared access signature may be valid, as days.hours:minutes:seconds.
   */
  expirationPeriod?: string;
  /**
   * What becomes of one that is valid for longer: log or block.
   */
  expirationAction?: string;
} | null;
/**
 * Who may do what at the root of the file system, beside role assignments; null: there is no hierarchical namespace, so there is no such list.
 */
export type AccessControl = {
  /**
   * The object id of the owning user, or $superuser.
   */
  owner?: string;
  /**
   * The object id of the owning group, or $superuser.
   */
  group?: string;
  /**
   * The permissions of owner, owning group and others in short, as in rwxr-x---; a plus says that the list has more.
   */
  permissions?: string;
  /**
   * The access control list, entry by entry.
   */
  acl?: AccessControlEntry[];
} | null;
/**
 * The repository that artifacts are developed in; null where there is none.
 */
export type SynapseRepository = {
  /**
   * WorkspaceGitHubConfiguration, WorkspaceVSTSConfiguration and the like.
   */
  type?: string | null;
  /**
   * The address of a GitHub Enterprise server; null for github.com and Azure DevOps.
   */
  host?: string | null;
  /**
   * The account or organisation.
   */
  account?: string | null;
  /**
   * The project of Azure DevOps.
   */
  project?: string | null;
  /**
   * The repository's name.
   */
  name?: string | null;
  /**
   * The branch that work is collected on.
   */
  branch?: string | null;
} | null;
/**
 * waivers.yaml: failures that were accepted for a time, each with who asked and who approved.
 */
export type WaiversFile = (FindingWaiver | ReadWaiver)[];

/**
 * Where a role assignment applies: the scope itself and everything below it.
 */
export interface Scope {
  /**
   * The scope's id in lower case: / for the tenant root, /providers/microsoft.management/managementgroups/…, /subscriptions/…
   */
  id?: string;
  /**
   * How high the scope stands. A child resource or a data scope such as a blob container is a resource.
   */
  level?: "tenant" | "managementGroup" | "subscription" | "resourceGroup" | "resource";
  /**
   * The subscription's GUID; null above subscriptions.
   */
  subscriptionId?: string | null;
  /**
   * The resource group's name in lower case; null above resource groups.
   */
  resourceGroup?: string | null;
  /**
   * Provider and type without names, as in Microsoft.Synapse/workspaces or Microsoft.Storage/storageAccounts/blobServices/containers; null above resources. Compared without regard to case.
   */
  resourceType?: string | null;
  /**
   * The last name in the id; null for the tenant root.
   */
  name?: string | null;
}
/**
 * One element of a role's permissions. What an element leaves out with notActions, another element may still grant.
 */
export interface Permission {
  /**
   * Control plane actions granted; * stands for any run of characters.
   */
  actions?: string[];
  /**
   * Control plane actions left out of this element; not a denial.
   */
  notActions?: string[];
  /**
   * Data plane actions granted.
   */
  dataActions?: string[];
  /**
   * Data plane actions left out of this element.
   */
  notDataActions?: string[];
  /**
   * The condition under which this element grants anything.
   */
  condition?: string | null;
  /**
   * The version of the condition's language.
   */
  conditionVersion?: string | null;
}
/**
 * A secret of a key vault, and where it is named.
 */
export interface RegisteredVaultSecret {
  /**
   * The host of the vault.
   */
  vault?: string;
  /**
   * The secret's name, in lower case.
   */
  name?: string;
  /**
   * The ids of what names it, each once, in order.
   */
  places?: string[];
}
/**
 * One value inside an object that people fill in, with secrets masked inside the string.
 */
export interface Field {
  /**
   * Where the value stands, as in connection_info.password or env.AZURE_CLIENT_ID or commands[0].
   */
  path?: string;
  /**
   * The value as text; null where it is null.
   */
  value?: string | null;
}
/**
 * A credential found in the clear. No part of its value is kept.
 */
export interface Secret {
  /**
   * Where the credential stands inside the object.
   */
  path?: string;
  /**
   * What kind of credential it is, as in azure_storage_account_key; names follow GitHub's secret scanning where it has one.
   */
  type?: string;
  /**
   * How sure the finding is: a checksum proves it, its format shows it, or the place it stands in suggests it.
   */
  tier?: "confirmed" | "format" | "contextual";
  /**
   * The length of the value in characters, as a range.
   */
  lengthBucket?: "1-7" | "8-15" | "16-31" | "32-63" | "64-127" | "128+";
  /**
   * The same for the same credential wherever it stands, by HMAC under the organisation's key; null without a key.
   */
  fingerprint?: string | null;
}
/**
 * A field whose value the service keeps and never gives.
 */
export interface SecretField {
  /**
   * A field that the service keeps secret.
   */
  path?: string;
  /**
   * Whether it holds a value.
   */
  set?: boolean;
}
/**
 * A secret that is taken from a key vault when it is needed.
 */
export interface KeyVaultReference {
  /**
   * Where the reference stands inside the object.
   */
  path?: string;
  /**
   * The linked service of the vault.
   */
  linkedService?: string | null;
  /**
   * The name of the secret; null where it is an expression.
   */
  secretName?: string | null;
  /**
   * The version asked for; null: the latest.
   */
  secretVersion?: string | null;
}
/**
 * What SQL activity is audited and where the events go.
 */
export interface SynapseAuditing {
  /**
   * Enabled or Disabled.
   */
  state?: string;
  /**
   * Whether events go to Azure Monitor; they arrive only where a diagnostic setting takes the category SQLSecurityAuditEvents. Null: not set, which is false.
   */
  azureMonitor?: boolean | null;
  /**
   * The host of the storage account that events are written to; null where there is none.
   */
  storageEndpoint?: string | null;
  /**
   * How many days events are kept in the storage account; 0: without end.
   */
  retentionDays?: number | null;
  /**
   * The action groups that are audited.
   */
  actionsAndGroups?: string[];
  /**
   * The condition that an event must meet to be audited; null: all are.
   */
  predicate?: string | null;
}
/**
 * An application permission: what a service principal may do in an API such as Microsoft Graph without any user. Read of those that hold a grant, themselves or by way of a group.
 */
export interface AzureAppPermission {
  /**
   * The assignment's id in Entra ID, letter case and all.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The object id of the holder.
   */
  principalId?: string;
  /**
   * The object id of the API's service principal.
   */
  resourceId?: string;
  /**
   * The API's name, as in Microsoft Graph.
   */
  resourceName?: string | null;
  /**
   * The permission, as in Application.ReadWrite.All; null where the API has none of this id, or the assignment is to the API as a whole.
   */
  permission?: string | null;
  /**
   * Since when.
   */
  createdOn?: string | null;
}
/**
 * An application registered in the tenant: where its service principal's secrets, certificates and trusts are kept, and by whom.
 */
export interface AzureApplication {
  /**
   * The object id in Entra ID; not the client id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The application (client) id.
   */
  appId?: string;
  /**
   * The name people see.
   */
  displayName?: string | null;
  /**
   * Who may sign in with it: AzureADMyOrg, AzureADMultipleOrgs, AzureADandPersonalMicrosoftAccount or PersonalMicrosoftAccount.
   */
  signInAudience?: string | null;
  /**
   * When it was registered.
   */
  createdOn?: string | null;
  /**
   * The verified domain of who published it; null: none.
   */
  publisherDomain?: string | null;
  /**
   * The name of the publisher that Microsoft verified; null: none.
   */
  verifiedPublisher?: string | null;
  /**
   * The object ids of its owners, who can add a secret and sign in as it. Read where its service principal holds a grant, itself or by way of a group; unread elsewhere.
   */
  owners?: string[];
}
/**
 * A client secret or certificate of an application or service principal; never its value.
 */
export interface AzureCredential {
  /**
   * <application|servicePrincipal>/<object id>/<key id>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * What the credential is attached to.
   */
  on?: "application" | "servicePrincipal";
  /**
   * The object id of that application or service principal.
   */
  ownerId?: string;
  /**
   * The key id, which tells apart the credentials of one owner.
   */
  keyId?: string;
  /**
   * Its display name.
   */
  ownerName?: string | null;
  /**
   * The application (client) id.
   */
  appId?: string;
  /**
   * A password credential or a key credential.
   */
  type?: "secret" | "certificate";
  /**
   * What the person who made it wrote.
   */
  displayName?: string | null;
  /**
   * From when it is valid. Whoever makes a credential can set this, so it is a claim of its age and no proof.
   */
  start?: string | null;
  /**
   * Until when it is valid; null: no end.
   */
  end?: string | null;
  /**
   * Whether it belongs to a SAML signing certificate, which signs tokens and opens nothing.
   */
  samlSigning?: boolean;
  /**
   * Whether the platform makes and rotates it, as for managed identities.
   */
  managed?: boolean;
}
/**
 * Azure Lighthouse: principals of another tenant hold roles in a subscription or resource group, and no list of role assignments shows them.
 */
export interface AzureDelegation {
  /**
   * The registration assignment's id in lower case.
   */
  id: string;
  incomplete?: Incomplete;
  scope?: Scope;
  /**
   * The registration definition's id: the offer that was accepted.
   */
  definitionId?: string;
  /**
   * The offer's name.
   */
  displayName?: string | null;
  /**
   * What the managing tenant wrote.
   */
  description?: string | null;
  /**
   * The tenant whose principals hold the roles.
   */
  managingTenantId?: string;
  /**
   * Its name, as it gives it.
   */
  managingTenantName?: string | null;
  /**
   * The roles held at all times.
   */
  authorizations?: DelegatedRole[];
  /**
   * The roles that can be activated.
   */
  eligibleAuthorizations?: EligibleDelegatedRole[];
  /**
   * Succeeded where it is in force.
   */
  provisioningState?: string | null;
}
/**
 * A role that a principal of the managing tenant holds at all times.
 */
export interface DelegatedRole {
  /**
   * The object id in the managing tenant; this tenant's Entra ID does not know it.
   */
  principalId?: string;
  /**
   * What the managing tenant calls it, as it wrote it.
   */
  principalIdDisplayName?: string | null;
  /**
   * The role's id in its tenant form; built-in roles only.
   */
  roleDefinitionId?: string;
  /**
   * The roles that it may assign to managed identities here, in their tenant form; only where the role is User Access Administrator.
   */
  delegatedRoleDefinitionIds?: string[];
}
/**
 * A role that a principal of the managing tenant may activate for a time.
 */
export interface EligibleDelegatedRole {
  /**
   * The object id in the managing tenant; this tenant's Entra ID does not know it.
   */
  principalId?: string;
  /**
   * What the managing tenant calls it, as it wrote it.
   */
  principalIdDisplayName?: string | null;
  /**
   * The role's id in its tenant form; built-in roles only.
   */
  roleDefinitionId?: string;
  /**
   * Azure where an activation needs a second factor, else None; null where the service says nothing.
   */
  multiFactorAuthProvider?: string | null;
  /**
   * For how long at most, as in PT8H; null where the service says nothing.
   */
  maximumActivationDuration?: string | null;
  /**
   * The object ids of those in the managing tenant who must approve; empty: nobody has to.
   */
  approvers?: string[];
}
/**
 * Takes actions away from principals at a scope, whatever their roles grant. Made by deployment stacks, managed applications and, since 2024, by people.
 */
export interface AzureDenyAssignment {
  /**
   * The deny assignment's id in lower case.
   */
  id: string;
  incomplete?: Incomplete;
  scope?: Scope;
  /**
   * Its name, unique at its scope.
   */
  displayName?: string | null;
  /**
   * What its maker wrote.
   */
  description?: string | null;
  /**
   * What is denied: here the actions are taken away, and those under notActions are not. An element with a condition denies only where it holds.
   */
  permissions?: Permission[];
  /**
   * Whom it binds.
   */
  principals?: DenyPrincipal[];
  /**
   * Whether it binds everyone but the excluded: its principals hold the zero GUID.
   */
  everyone?: boolean;
  /**
   * Whom it does not bind.
   */
  excludePrincipals?: DenyPrincipal1[];
  /**
   * Whether it binds at its scope alone and not below it.
   */
  doNotApplyToChildScopes?: boolean;
  /**
   * Enforced: it blocks. Audit: it only leaves a trace and blocks nothing.
   */
  effect?: "enforced" | "audit";
  /**
   * Whether Azure made it, so that nobody here can change or delete it; one that people made can be deleted by whoever holds denyAssignments/delete.
   */
  isSystemProtected?: boolean;
  /**
   * The condition under which all of it applies; null: none.
   */
  condition?: string | null;
  /**
   * The version of the condition's language.
   */
  conditionVersion?: string | null;
  /**
   * When it was made.
   */
  createdOn?: string | null;
  /**
   * When it was last changed.
   */
  updatedOn?: string | null;
  /**
   * The object id of who made it.
   */
  createdBy?: string | null;
}
/**
 * Somebody whom a deny assignment names.
 */
export interface DenyPrincipal {
  /**
   * The object id in Entra ID; 00000000-0000-0000-0000-000000000000: everyone.
   */
  id?: string;
  /**
   * User, Group, ServicePrincipal, or SystemDefined for everyone; null where the service says none.
   */
  type?: string | null;
}
/**
 * Somebody whom a deny assignment names.
 */
export interface DenyPrincipal1 {
  /**
   * The object id in Entra ID; 00000000-0000-0000-0000-000000000000: everyone.
   */
  id?: string;
  /**
   * User, Group, ServicePrincipal, or SystemDefined for everyone; null where the service says none.
   */
  type?: string | null;
}
/**
 * A diagnostic setting: which logs of a resource are sent where. Of a subscription it exports the activity log.
 */
export interface AzureDiagnosticSetting {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The setting's name.
   */
  name?: string;
  /**
   * The resource whose logs it sends; for the blob service of a storage account, the account.
   */
  resourceId?: string;
  /**
   * The kind of that resource.
   */
  resourceKind?: string;
  /**
   * The part of the resource that it stands on, as in blobservices/default; null: the resource itself.
   */
  part?: string | null;
  /**
   * The Log Analytics workspace that it sends to.
   */
  workspaceId?: string | null;
  /**
   * Dedicated: each category in a table of its own; null: all in AzureDiagnostics.
   */
  workspaceTables?: string | null;
  /**
   * The storage account that it sends to.
   */
  storageAccountId?: string | null;
  /**
   * The rule by which it sends to an event hub.
   */
  eventHubRuleId?: string | null;
  /**
   * The event hub's name; null: one for each category.
   */
  eventHub?: string | null;
  /**
   * The resource of a partner's product that it sends to.
   */
  partnerId?: string | null;
  /**
   * The logs that it names.
   */
  logs?: DiagnosticLog[];
  /**
   * The metrics that it names.
   */
  metrics?: DiagnosticMetric[];
}
export interface DiagnosticLog {
  /**
   * The category; null where a group is named.
   */
  category?: string | null;
  /**
   * The group of categories, as in allLogs or audit; null where one category is named.
   */
  categoryGroup?: string | null;
  /**
   * Whether it is sent.
   */
  enabled?: boolean;
  /**
   * How many days a storage account keeps it by this setting; 0: without end; null where no retention is set.
   */
  retentionDays?: number | null;
}
export interface DiagnosticMetric {
  /**
   * The category, as in AllMetrics.
   */
  category?: string | null;
  /**
   * Whether it is sent.
   */
  enabled?: boolean;
  /**
   * How many days a storage account keeps it by this setting; 0: without end; null where no retention is set.
   */
  retentionDays?: number | null;
}
/**
 * An assignment of an Entra ID directory role, active now. Who holds one may take over identities, and a Global Administrator all of Azure.
 */
export interface AzureDirectoryRole {
  /**
   * The assignment's id in Entra ID, letter case and all.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The object id of the holder.
   */
  principalId?: string;
  /**
   * The id of the role, for built-in ones the same in every tenant.
   */
  roleDefinitionId?: string;
  /**
   * The role's name, as in Global Administrator; null where the tenant lists no such role.
   */
  roleName?: string | null;
  /**
   * Whether Microsoft defined the role; null where the tenant lists no such role.
   */
  isBuiltIn?: boolean | null;
  /**
   * Whether Microsoft counts the role among the privileged; null where the tenant lists no such role.
   */
  isPrivileged?: boolean | null;
  /**
   * Where it holds: / for the whole tenant, /administrativeUnits/<id>, or /<object id> for one application or group; null where a service's own scope stands in its place.
   */
  directoryScopeId?: string | null;
}
/**
 * A trust in another issuer's tokens: whoever presents one that fits signs in as the owner, without a secret. On a user-assigned managed identity or on an application.
 */
export interface AzureFederatedCredential {
  /**
   * On a managed identity the credential's resource id in lower case; on an application application/<object id>/<credential id>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * What the credential is attached to.
   */
  on?: "managedIdentity" | "application";
  /**
   * The resource id of the managed identity in lower case, or the object id of the application.
   */
  ownerId?: string;
  /**
   * The client id of that identity or application.
   */
  appId?: string | null;
  /**
   * The credential's name; it cannot be changed.
   */
  name?: string;
  /**
   * The address of the issuer, compared exactly with the token's iss.
   */
  issuer?: string;
  /**
   * What the token's sub must be, exactly; null where an expression stands in its place.
   */
  subject?: string | null;
  /**
   * What the token's aud may be.
   */
  audiences?: string[];
  /**
   * The expression over the token's claims that stands in place of a subject, and may hold wildcards; null: none.
   */
  claimsMatchingExpression?: string | null;
}
/**
 * A key vault, as Azure Resource Manager answers it.
 */
export interface AzureKeyVault {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The vault's name.
   */
  name?: string;
  /**
   * The Azure region.
   */
  location?: string | null;
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The resource group's name in lower case.
   */
  resourceGroup?: string;
  /**
   * The tenant whose identities the vault knows.
   */
  tenantId?: string | null;
  /**
   * standard or premium.
   */
  sku?: string | null;
  /**
   * The host of the vault's own service.
   */
  host?: string | null;
  /**
   * What decides on access to what is inside: role assignments, or the vault's own access policies. Where it is rbac, access policies have no effect.
   */
  authorization?: "rbac" | "accessPolicies";
  /**
   * The vault's access policies; they count where authorization is accessPolicies.
   */
  accessPolicies?: KeyVaultAccessPolicy[];
  /**
   * The object ids that the access policies name, each once.
   */
  principalIds?: string[];
  /**
   * Whether what is deleted can be brought back for a time; unread where the service does not say it.
   */
  softDelete?: boolean;
  /**
   * For how many days it can be brought back.
   */
  softDeleteRetentionDays?: number;
  /**
   * Whether nobody can delete for good within that time; not set counts as false.
   */
  purgeProtection?: boolean;
  /**
   * enabled or disabled; null: not set, which is enabled.
   */
  publicNetworkAccess?: string | null;
  networkRules?: NetworkRules;
  /**
   * When the vault's settings were last changed, access policies among them; null where the service does not say it.
   */
  updatedOn?: string | null;
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
}
export interface KeyVaultAccessPolicy {
  /**
   * The tenant of the principal.
   */
  tenantId?: string;
  /**
   * The object id of the user, group or service principal.
   */
  objectId?: string;
  /**
   * The client id of the application that has to act for the principal; null where there is no such condition.
   */
  applicationId?: string | null;
  /**
   * What may be done with keys, as in get or wrapkey; all is everything.
   */
  keys?: string[];
  /**
   * What may be done with secrets, as in get or set; all is everything.
   */
  secrets?: string[];
  /**
   * What may be done with certificates; all is everything.
   */
  certificates?: string[];
  /**
   * What may be done with managed storage accounts; all is everything.
   */
  storage?: string[];
}
/**
 * A certificate in a key vault, as the vault lists it.
 */
export interface AzureKeyVaultCertificate {
  /**
   * The id of the vault, and /certificates/ with the name.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The id of the vault.
   */
  vaultId?: string;
  /**
   * The name in the vault.
   */
  name?: string;
  /**
   * Whether the certificate can be used.
   */
  enabled?: boolean;
  /**
   * When the newest version was made.
   */
  created?: string;
  /**
   * When anything of the newest version was last changed, its tags among them; no sign of a new value.
   */
  updated?: string;
  /**
   * From when on it can be used; null: no such bound.
   */
  notBefore?: string | null;
  /**
   * When it expires; null: never.
   */
  expires?: string | null;
  /**
   * The SHA-1 thumbprint of the newest version, base64url; null: not told.
   */
  thumbprint?: string | null;
  /**
   * What becomes of it when it is deleted, as in Recoverable or Recoverable+Purgeable.
   */
  recoveryLevel?: string;
  /**
   * Tags of its own.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * A key in a key vault: what is told of it, never key material.
 */
export interface AzureKeyVaultKey {
  /**
   * The id of the vault, and /keys/ with the name.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The id of the vault.
   */
  vaultId?: string;
  /**
   * The name in the vault.
   */
  name?: string;
  /**
   * Which service told it: the vault itself, or Azure Resource Manager where the vault let nobody in. Resource Manager does not tell everything, and it is not documented to list everything.
   */
  readBy?: "dataPlane" | "resourceManager";
  /**
   * Whether the key can be used.
   */
  enabled?: boolean;
  /**
   * When the newest version was made, which is the age of the value; unread where Resource Manager told it.
   */
  created?: string;
  /**
   * When anything of the newest version was last changed, its tags among them; no sign of a new value.
   */
  updated?: string;
  /**
   * From when on it can be used; null: no such bound.
   */
  notBefore?: string | null;
  /**
   * When it expires; null: never.
   */
  expires?: string | null;
  /**
   * Whether it belongs to a certificate of the vault, which renews it.
   */
  managed?: boolean;
  /**
   * What becomes of it when it is deleted, as in Recoverable or Recoverable+Purgeable.
   */
  recoveryLevel?: string;
  rotationPolicy?: KeyRotationPolicy;
  /**
   * Tags of its own.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * A secret in a key vault: what is told of it, never its value.
 */
export interface AzureKeyVaultSecret {
  /**
   * The id of the vault, and /secrets/ with the name.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The id of the vault.
   */
  vaultId?: string;
  /**
   * The name in the vault.
   */
  name?: string;
  /**
   * Which service told it: the vault itself, or Azure Resource Manager where the vault let nobody in. Resource Manager does not tell everything, and it is not documented to list everything.
   */
  readBy?: "dataPlane" | "resourceManager";
  /**
   * Whether the secret can be used.
   */
  enabled?: boolean;
  /**
   * When the newest version was made, which is the age of the value; unread where Resource Manager told it.
   */
  created?: string;
  /**
   * When anything of the newest version was last changed, its tags among them; no sign of a new value.
   */
  updated?: string;
  /**
   * From when on it can be used; null: no such bound.
   */
  notBefore?: string | null;
  /**
   * When it expires; null: never.
   */
  expires?: string | null;
  /**
   * What it holds, in its owner's words; null: not said.
   */
  contentType?: string | null;
  /**
   * Whether it belongs to a certificate of the vault, which renews it.
   */
  managed?: boolean;
  /**
   * What becomes of it when it is deleted, as in Recoverable or Recoverable+Purgeable.
   */
  recoveryLevel?: string;
  /**
   * Tags of its own.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * A Log Analytics workspace: where logs are kept and searched.
 */
export interface AzureLogWorkspace {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The workspace's name.
   */
  name?: string;
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The resource group's name in lower case.
   */
  resourceGroup?: string;
  /**
   * The Azure region.
   */
  location?: string | null;
  /**
   * The workspace's own GUID.
   */
  customerId?: string | null;
  /**
   * The pricing tier, as in PerGB2018.
   */
  sku?: string | null;
  /**
   * How many days logs are kept, unless a table says otherwise.
   */
  retentionDays?: number | null;
  /**
   * How much it takes in a day before it stops, in GB; null: as much as comes.
   */
  dailyQuotaGb?: number | null;
  /**
   * Whether logs are taken from public networks: Enabled, Disabled or SecuredByPerimeter; null: not set, which is Enabled.
   */
  publicIngestion?: string | null;
  /**
   * Whether it may be searched from public networks; null: not set, which is Enabled.
   */
  publicQuery?: string | null;
  /**
   * Whether the shared keys of the workspace are accepted beside Entra ID; not set counts as true.
   */
  localAuthentication?: boolean;
  /**
   * Whether who may read a resource may read its logs here; not set counts as false.
   */
  resourcePermissions?: boolean;
  /**
   * Whether data is removed right after 30 days; not set counts as false.
   */
  immediatePurge?: boolean;
  /**
   * When it was made.
   */
  createdOn?: string | null;
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * An identity that Azure keeps for resources: a user-assigned one, or the one that a resource has of its own.
 */
export interface AzureManagedIdentity {
  /**
   * A user-assigned identity's resource id in lower case; of a resource's own identity <resource id>/providers/microsoft.managedidentity/identities/default.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * Its name; a resource's own identity has the resource's.
   */
  name?: string;
  /**
   * Whether it is a resource of its own, or lives and dies with the resource that has it.
   */
  type?: "userAssigned" | "systemAssigned";
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The resource group's name in lower case.
   */
  resourceGroup?: string;
  /**
   * The object id of its service principal.
   */
  principalId?: string;
  /**
   * The client id of a user-assigned identity; null of a system-assigned one, where principal.appId tells it.
   */
  clientId?: string | null;
  /**
   * The tenant's GUID.
   */
  tenantId?: string | null;
  /**
   * The region of a user-assigned identity; null of a system-assigned one.
   */
  location?: string | null;
  /**
   * Its tags; none on a system-assigned one.
   */
  tags?: {
    [k: string]: string;
  };
  /**
   * The ids of the resources that can act as it, as Resource Graph shows them: not those that it does not hold, such as pools of Batch and policy assignments, and with up to some minutes' delay. Incomplete unless the reader sees every subscription whole.
   */
  attachedTo?: string[];
}
/**
 * A management group, from the tree below the tenant's root group.
 */
export interface AzureManagementGroup {
  /**
   * /providers/microsoft.management/managementgroups/…
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The last part of its id; the root's is the tenant's GUID.
   */
  name?: string;
  /**
   * The name people see.
   */
  displayName?: string | null;
  /**
   * The tenant's GUID.
   */
  tenantId?: string;
  /**
   * The id of the group above it; null for the root.
   */
  parentId?: string | null;
  /**
   * The ids of all groups above it, nearest first.
   */
  ancestors?: string[];
  /**
   * The ids of the subscriptions directly in it, those too that the credential does not see.
   */
  subscriptions?: string[];
}
/**
 * A user, group, service principal or managed identity that holds a grant or a directory role, is a member or owner of one that does, or a service principal of the tenant.
 */
export interface AzurePrincipal {
  /**
   * The object id in Entra ID.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * User, Group, ServicePrincipal, ForeignGroup, Device or Contact.
   */
  type?: string;
  /**
   * Deleted: Entra ID no longer knows it. Foreign: it lives in another tenant and cannot be looked up from here.
   */
  state?: "active" | "disabled" | "deleted" | "foreign";
  /**
   * The name people see.
   */
  displayName?: string | null;
  /**
   * Member or Guest; null for what is not a user.
   */
  userType?: string | null;
  /**
   * The application (client) id of a service principal; null otherwise.
   */
  appId?: string | null;
  /**
   * Application, ManagedIdentity, Legacy or SocialIdp; null for what is not a service principal.
   */
  servicePrincipalType?: string | null;
  /**
   * The tenant of the application behind a service principal.
   */
  appOwnerTenantId?: string | null;
  /**
   * The Azure resource of a managed identity.
   */
  managedIdentityResourceId?: string | null;
  /**
   * When it was deleted, as long as it can be restored; null where it is not deleted, or is gone for good.
   */
  deletedOn?: string | null;
  /**
   * The object ids of a group's members, at any depth, nested groups and service principals among them. Read of groups that hold a grant or a directory role and of those inside them; those of a group of another tenant cannot be read. Empty for what is no group.
   */
  members?: string[];
  /**
   * The object ids of the groups it is a member of, at any depth, among those whose members are read.
   */
  memberOf?: string[];
  /**
   * The object ids of the owners of a group or service principal, who can add themselves or a secret. Read of groups whose members are read, and of service principals that hold a grant, themselves or by way of a group. Empty for what has no owners.
   */
  owners?: string[];
  /**
   * Whether a rule decides who is a member of the group.
   */
  dynamic?: boolean;
  /**
   * That rule; null: none.
   */
  membershipRule?: string | null;
  /**
   * Whether the group may hold directory roles, so that only privileged administrators change its members.
   */
  assignableToRole?: boolean;
  /**
   * Whether the group hides its members.
   */
  hiddenMembership?: boolean;
  /**
   * When it last signed in: a user with success, a service principal as a client. null: none is known, which for a user means none since December 2023, and for a service principal that the tenant's report names none, which is no proof of more than that. Unread for a managed identity that the report leaves out, because nothing says that it holds them. null for groups.
   */
  lastSignIn?: string | null;
}
/**
 * A grant of a role to a principal at a scope. Read with api-version 2022-04-01 or later, below which conditions are missing.
 */
export interface AzureRoleAssignment {
  /**
   * The assignment's id in lower case.
   */
  id: string;
  incomplete?: Incomplete;
  scope?: Scope;
  /**
   * The object id of the principal in Entra ID.
   */
  principalId?: string;
  /**
   * User, Group, ServicePrincipal, ForeignGroup or Device, as the assignment says it; null on some old ones.
   */
  principalType?: string | null;
  /**
   * The role definition's id in its tenant form, /providers/microsoft.authorization/roledefinitions/…, whatever form the assignment gave.
   */
  roleDefinitionId?: string;
  /**
   * The attribute condition; it restricts only the actions that it names. Null: none.
   */
  condition?: string | null;
  /**
   * The version of the condition's language.
   */
  conditionVersion?: string | null;
  /**
   * What the person who made the assignment wrote.
   */
  description?: string | null;
  /**
   * When it was made.
   */
  createdOn?: string | null;
  /**
   * When it was last changed.
   */
  updatedOn?: string | null;
  /**
   * The object id of who made it.
   */
  createdBy?: string | null;
  /**
   * The managed identity of another tenant that holds the grant.
   */
  delegatedManagedIdentityResourceId?: string | null;
  /**
   * Standing: held without asking, for good or until endsOn. Activated: a role that the principal is eligible for, taken for a time by Privileged Identity Management. A tenant without the licence for it has standing ones alone.
   */
  assignmentType?: "standing" | "activated";
  /**
   * When it ends of itself; null: it does not.
   */
  endsOn?: string | null;
  /**
   * Direct, Inherited or Group, as Privileged Identity Management says it; null where it does not know the assignment. The service is known to say Direct of what is inherited.
   */
  memberType?: string | null;
}
/**
 * A built-in or custom role. Read with api-version 2022-05-01-preview, which carries the conditions of permissions.
 */
export interface AzureRoleDefinition {
  /**
   * The id in its tenant form, /providers/microsoft.authorization/roledefinitions/…
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The role's display name.
   */
  name?: string;
  /**
   * BuiltInRole or CustomRole.
   */
  type?: string;
  /**
   * What the role is for.
   */
  description?: string | null;
  /**
   * Where the role can be assigned.
   */
  assignableScopes?: string[];
  /**
   * What the role allows; each element stands for itself.
   */
  permissions?: Permission[];
}
/**
 * A role that a principal may activate for a time by Privileged Identity Management. It grants nothing until then, and no list of role assignments shows it.
 */
export interface AzureRoleEligibility {
  /**
   * The eligibility's id in lower case, at its own scope, so that one that several subscriptions inherit is the same one.
   */
  id: string;
  incomplete?: Incomplete;
  scope?: Scope;
  /**
   * The object id of the principal in Entra ID.
   */
  principalId?: string;
  /**
   * User or Group, as the service says it.
   */
  principalType?: string | null;
  /**
   * The role definition's id in its tenant form.
   */
  roleDefinitionId?: string;
  /**
   * From when the role may be activated.
   */
  start?: string | null;
  /**
   * Until when it may be activated; null: no end.
   */
  end?: string | null;
  /**
   * Direct, Inherited from a scope above, or Group; the service is known to say Direct of what is inherited.
   */
  memberType?: string | null;
  /**
   * The attribute condition that an activated assignment would carry; null: none.
   */
  condition?: string | null;
  /**
   * The version of the condition's language.
   */
  conditionVersion?: string | null;
  /**
   * When it was made.
   */
  createdOn?: string | null;
}
/**
 * A storage account, as Azure Resource Manager answers it. Its keys are never asked for.
 */
export interface AzureStorageAccount {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The account's name.
   */
  name?: string;
  /**
   * The Azure region.
   */
  location?: string | null;
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The resource group's name in lower case.
   */
  resourceGroup?: string;
  /**
   * As in StorageV2, BlobStorage or FileStorage.
   */
  accountKind?: string;
  /**
   * As in Standard_ZRS.
   */
  sku?: string | null;
  /**
   * When the account was made; null: not told.
   */
  createdOn?: string | null;
  /**
   * When the first account key was made; null: before 2021, when Azure began to keep this, and never since.
   */
  key1CreatedOn?: string | null;
  /**
   * When the second account key was made; null: before 2021, when Azure began to keep this, and never since.
   */
  key2CreatedOn?: string | null;
  /**
   * After how many days a key counts as overdue; null: no such policy is set.
   */
  keyExpirationDays?: number | null;
  sasPolicy?: StorageSasPolicy;
  /**
   * Whether requests signed with an account key are accepted; not set counts as true.
   */
  allowSharedKeyAccess?: boolean;
  /**
   * Whether containers can be opened to everybody; null: not set, which an account made before the end of 2023 takes for yes.
   */
  allowBlobPublicAccess?: boolean | null;
  /**
   * Whether blobs can be copied to accounts of other tenants by replication; null: not set, which an account made before the end of 2023 takes for yes.
   */
  allowCrossTenantReplication?: boolean | null;
  /**
   * The oldest TLS version that is accepted, as in tls1_2; not set counts as tls1_0.
   */
  minimumTlsVersion?: string;
  /**
   * Whether plain http is refused.
   */
  httpsOnly?: boolean;
  /**
   * enabled, disabled or securedbyperimeter; null: not set, which is enabled.
   */
  publicNetworkAccess?: string | null;
  networkRules?: NetworkRules;
  /**
   * Whether the account has a hierarchical namespace, as Data Lake Storage has; not set counts as false.
   */
  isHnsEnabled?: boolean;
  /**
   * The host of the blob service; null: the account has none.
   */
  blobHost?: string | null;
  /**
   * The host of the Data Lake service; null: the account has none.
   */
  dfsHost?: string | null;
  /**
   * microsoft.storage or microsoft.keyvault: who keeps the key that encrypts the data; null: not told.
   */
  encryptionKeySource?: string | null;
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * A blob container, which in an account with a hierarchical namespace is a file system.
 */
export interface AzureStorageContainer {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The id of the storage account.
   */
  accountId?: string;
  /**
   * The container's name.
   */
  name?: string;
  /**
   * What everybody may read without signing in: none, blob (blobs whose names are known) or container (everything, and the list). It counts where the account allows public access.
   */
  publicAccess?: string;
  /**
   * Whether it is a file system with directories that have access control lists.
   */
  isHnsEnabled?: boolean;
  /**
   * Whether an immutability policy keeps what is in it from change; null: not told.
   */
  hasImmutabilityPolicy?: boolean | null;
  /**
   * Whether a legal hold keeps what is in it from change; null: not told.
   */
  hasLegalHold?: boolean | null;
  accessControl?: AccessControl;
  /**
   * The object ids that the access control list names, the owners among them, each once.
   */
  principalIds?: string[];
}
export interface AccessControlEntry {
  /**
   * access: it holds for this directory; default: new things inside get it.
   */
  scope?: "access" | "default";
  /**
   * Whom it is about; mask bounds what named users, groups and the owning group may do.
   */
  type?: "user" | "group" | "mask" | "other";
  /**
   * The object id of a named user, service principal or group; null: the owner, the owning group, the mask or everybody else.
   */
  id?: string | null;
  /**
   * Read, write and enter, as in r-x.
   */
  permissions?: string;
}
/**
 * A subscription that the credential sees.
 */
export interface AzureSubscription {
  /**
   * /subscriptions/…
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The name people see; not unique.
   */
  displayName?: string;
  /**
   * Enabled, Warned, PastDue, Disabled or Deleted.
   */
  state?: string;
  /**
   * The tenant's GUID.
   */
  tenantId?: string | null;
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
  /**
   * The ids of the management groups above it, nearest first.
   */
  managementGroups?: string[];
}
/**
 * An event that a run wrote a dataset or referred to one (prefect.asset.*), in the window of time that was read. Prefect knows only assets that tasks declare, and a self-hosted server forgets events after a week unless it is told otherwise.
 */
export interface PrefectAssetEvent {
  /**
   * prefect:<api>/event/<uuid>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's id of the event.
   */
  uuid?: string;
  /**
   * As in prefect.asset.materialization.succeeded or prefect.asset.referenced.
   */
  event?: string;
  /**
   * What was done: written, tried to be written, or referred to as something that was built upon.
   */
  access?: "write" | "failedWrite" | "reference" | "other";
  /**
   * The dataset's key, as in abfss://curated@account.dfs.core.windows.net/shipments; masked where it holds a credential.
   */
  assetKey?: string;
  /**
   * When it happened.
   */
  occurred?: string | null;
  /**
   * Prefect's id of the run; null where the event names none.
   */
  flowRunUuid?: string | null;
  /**
   * Prefect's id of the task run.
   */
  taskRunUuid?: string | null;
  /**
   * Prefect's id of the run's deployment.
   */
  deploymentUuid?: string | null;
  /**
   * The keys of the datasets that it was made from.
   */
  upstream?: string[];
  /**
   * The tool that made it, as in dbt.
   */
  materializedBy?: string | null;
  /**
   * The asset's properties and the event's metadata, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
}
/**
 * An automation: what Prefect does by itself when something happens, or does not happen.
 */
export interface PrefectAutomation {
  /**
   * prefect:<api>/automation/<uuid>; names of automations need not be unique.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The description.
   */
  description?: string | null;
  /**
   * Whether it is on.
   */
  enabled?: boolean;
  /**
   * Tags; none where the server knows no tags of automations.
   */
  tags?: string[];
  /**
   * Its trigger, followed by those that a compound trigger is made of.
   */
  triggers?: PrefectTrigger[];
  /**
   * What it does, in order.
   */
  actions?: PrefectAction[];
  /**
   * The uuids of the blocks that its actions use.
   */
  blockUuids?: string[];
  /**
   * Every value in its trigger and actions, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
export interface PrefectTrigger {
  /**
   * event, metric, compound or sequence.
   */
  type?: string;
  /**
   * Reactive: when something happens. Proactive: when it does not. null for compound triggers.
   */
  posture?: string | null;
  /**
   * The events that fire it.
   */
  expect?: string[];
  /**
   * The events after which it starts to wait.
   */
  after?: string[];
  /**
   * After how many events it fires.
   */
  threshold?: number | null;
  /**
   * In how many seconds.
   */
  within?: number | null;
}
export interface PrefectAction {
  /**
   * As in run-deployment, send-notification, call-webhook, cancel-flow-run.
   */
  type?: string;
  /**
   * When it is done: as the trigger fires, as it resolves, or either time.
   */
  on?: "trigger" | "resolve" | "both";
  /**
   * The uuid of the deployment, work pool, work queue or automation that it acts on; null where the event names it.
   */
  target?: string | null;
  /**
   * The uuid of the block that it sends through.
   */
  blockUuid?: string | null;
}
/**
 * A block document: a saved connection or setting that flows load by name.
 */
export interface PrefectBlock {
  /**
   * prefect:<api>/block/<type slug>/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The block type's slug, as in azure-blob-storage-credentials.
   */
  type?: string;
  /**
   * The block type's name.
   */
  typeName?: string | null;
  /**
   * Whether the block has no name of its own and is hidden from lists by default.
   */
  anonymous?: boolean;
  /**
   * The version of the block type's schema that it was saved with, as in 0.4.13; non-versioned where the type has none.
   */
  schemaVersion?: string | null;
  /**
   * The checksum of that schema, as in sha256:….
   */
  schemaChecksum?: string;
  /**
   * What the block type can do, as in get-directory.
   */
  capabilities?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When anything in it was last changed. It proves age in one direction only: an old date means not rotated since.
   */
  updated?: string | null;
  /**
   * Every value in the block, secrets masked.
   */
  fields?: Field[];
  /**
   * The fields that the block type keeps secret, and whether they are set.
   */
  secretFields?: PrefectSecretField[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The application (client) ids that the block's values name.
   */
  clientIds?: string[];
  /**
   * The hosts that the block's values name, in lower case.
   */
  hosts?: string[];
  /**
   * The ids of the blocks that this one refers to.
   */
  blocks?: string[];
}
export interface PrefectSecretField {
  /**
   * A field that the block type keeps secret.
   */
  path?: string;
  /**
   * Whether it holds a value.
   */
  set?: boolean;
  /**
   * Whether that is certain: servers before 3.8.8 show a mask for a field that is not set too.
   */
  certain?: boolean;
}
/**
 * A deployment: a flow with its parameters, job variables, schedule and work pool.
 */
export interface PrefectDeployment {
  /**
   * prefect:<api>/deployment/<flow>/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The flow's name.
   */
  flow?: string;
  /**
   * The id of its work pool; null where it has none.
   */
  workPoolId?: string | null;
  /**
   * The work queue in that pool.
   */
  workQueueName?: string | null;
  /**
   * Whether its schedule is paused.
   */
  paused?: boolean;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * The version that was deployed.
   */
  version?: string | null;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Who made it, as the server tells.
   */
  createdBy?: string | null;
  /**
   * Every value in its parameters, job variables and pull steps, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * The ids of the blocks that its values and settings refer to.
   */
  blocks?: string[];
}
/**
 * A flow: a function that Prefect knows by name, whether or not a deployment runs it.
 */
export interface PrefectFlow {
  /**
   * prefect:<api>/flow/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * Labels, each value as text.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * When it was first seen.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Who made it; null where the server does not tell, as a self-hosted one never does.
   */
  createdBy?: string | null;
}
/**
 * A run of a flow that was due in the window of time that was read; the read's line in the ledger gives the window.
 */
export interface PrefectFlowRun {
  /**
   * prefect:<api>/flowRun/<uuid>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Prefect's id of its flow.
   */
  flowUuid?: string;
  /**
   * Prefect's id of its deployment; null where it was started without one, or the deployment is gone.
   */
  deploymentUuid?: string | null;
  /**
   * The id of the work pool that it was given to; null where none.
   */
  workPoolId?: string | null;
  /**
   * The work queue in that pool.
   */
  workQueueName?: string | null;
  /**
   * SCHEDULED, PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, CRASHED, PAUSED or CANCELLING.
   */
  state?: string | null;
  /**
   * The state's name, as in Late or TimedOut.
   */
  stateName?: string | null;
  /**
   * When it was due.
   */
  expectedStart?: string | null;
  /**
   * When it started; null where it has not.
   */
  start?: string | null;
  /**
   * When it ended; null where it has not.
   */
  end?: string | null;
  /**
   * How often it was started.
   */
  attempts?: number;
  /**
   * Whether a schedule made it.
   */
  scheduled?: boolean;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * The deployment's version that ran.
   */
  version?: string | null;
  /**
   * Who or what started it, as the server tells.
   */
  createdBy?: string | null;
  /**
   * As in DEPLOYMENT, AUTOMATION, USER; null where the server does not tell.
   */
  createdByType?: string | null;
  /**
   * The process, container or job that ran it, as its worker tells.
   */
  infrastructurePid?: string | null;
  /**
   * The task run that started it, where it is a subflow.
   */
  parentTaskRunUuid?: string | null;
  /**
   * Every value in its parameters and job variables, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * The ids of the blocks that its values refer to.
   */
  blocks?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * A service account of Prefect Cloud, with its API keys; never the keys themselves.
 */
export interface PrefectServiceAccount {
  /**
   * prefect:account/<account>/serviceAccount/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The account.
   */
  accountId?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * Its id as an actor, under which it has access.
   */
  actorId?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Its role in the account.
   */
  accountRole?: string;
  /**
   * Its API keys: the one in force first, then those that still work after a rotation.
   */
  keys?: PrefectApiKey[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
export interface PrefectApiKey {
  /**
   * The key's name.
   */
  name?: string;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it expires; null where it never does.
   */
  expires?: string | null;
  /**
   * Whether it is an old key that still works for a while after its rotation.
   */
  rotating?: boolean;
}
/**
 * A variable: a named value that every flow of the server can read.
 */
export interface PrefectVariable {
  /**
   * prefect:<api>/variable/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * Tags.
   */
  tags?: string[];
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Every value in it, secrets masked; the path of a plain value is value.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
}
/**
 * A work pool: where and with which settings flow runs are started.
 */
export interface PrefectWorkPool {
  /**
   * prefect:<api>/workPool/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * process, kubernetes, azure-container-instance and so on.
   */
  type?: string;
  /**
   * Whether the pool is paused.
   */
  paused?: boolean;
  /**
   * How many of its runs may go on at once; null where there is no limit.
   */
  concurrencyLimit?: number | null;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
  /**
   * Who made it; null where the server does not tell, as a self-hosted one never does.
   */
  createdBy?: string | null;
  /**
   * Every value in its base job template, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
}
/**
 * A work queue: one of the lines in which a work pool's runs wait, with its priority and limit.
 */
export interface PrefectWorkQueue {
  /**
   * prefect:<api>/workQueue/<work pool>/<name>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The server's or workspace's name in the configuration.
   */
  api?: string;
  /**
   * Prefect's own id; it changes when the object is made anew.
   */
  uuid?: string;
  /**
   * The name.
   */
  name?: string;
  /**
   * The description.
   */
  description?: string | null;
  /**
   * The id of its work pool; null where it has none.
   */
  workPoolId?: string | null;
  /**
   * Its rank in the pool; 1 is the highest.
   */
  priority?: number;
  /**
   * How many of its runs may go on at once; null where there is no limit.
   */
  concurrencyLimit?: number | null;
  /**
   * Whether it is paused.
   */
  paused?: boolean;
  /**
   * READY, NOT_READY or PAUSED.
   */
  status?: string | null;
  /**
   * When a worker last asked it for runs; null where none has.
   */
  lastPolled?: string | null;
  /**
   * When it was made.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * A self-hosted Prefect server, or a workspace of Prefect Cloud: those of the configuration, and the others of the same account.
 */
export interface PrefectWorkspace {
  /**
   * prefect:<api>; prefect:account/<account>/workspace/<handle> for one that the configuration does not name.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * Its name in the configuration; null where it is not named there, so that nothing in it was read.
   */
  api?: string | null;
  /**
   * The name.
   */
  name?: string;
  /**
   * Where it runs.
   */
  hosting?: "selfHosted" | "cloud";
  /**
   * The host that answers, without its port.
   */
  address?: string;
  /**
   * The version of the self-hosted server; null for Prefect Cloud, which has none.
   */
  version?: string | null;
  /**
   * Prefect Cloud's id of it; null for a self-hosted server.
   */
  uuid?: string | null;
  /**
   * Its handle in Prefect Cloud.
   */
  handle?: string | null;
  /**
   * The description.
   */
  description?: string | null;
  /**
   * The account of Prefect Cloud that it stands in; null for a self-hosted server.
   */
  accountId?: string | null;
  /**
   * That account's name.
   */
  accountName?: string | null;
  /**
   * That account's plan, as in PRO or ENTERPRISE.
   */
  plan?: string | null;
  /**
   * After how many days Prefect Cloud forgets flow runs; null for a self-hosted server.
   */
  runRetentionDays?: number | null;
  /**
   * Whether anybody can see it; null for a self-hosted server.
   */
  public?: boolean | null;
  /**
   * The workspace role that every member of the account has in it; null where there is none.
   */
  defaultRoleId?: string | null;
  /**
   * When it was made; null for a self-hosted server.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * Who has which role in a workspace of Prefect Cloud: a user, a service account or a team; or a member of the account, whose role in it may reach every workspace.
 */
export interface PrefectWorkspaceAccess {
  /**
   * prefect:<api>/access/<uuid>; prefect:account/<account>/team/<team>/<workspace> and prefect:account/<account>/member/<actor> for what is given in the account.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The workspace's name in the configuration; null where it is given in the account.
   */
  api?: string | null;
  /**
   * The account.
   */
  accountId?: string;
  /**
   * Prefect Cloud's id of the workspace; null for a role in the account.
   */
  workspaceUuid?: string | null;
  /**
   * How it is given. account: a role in the account; its owners and admins own every workspace.
   */
  through?: "user" | "serviceAccount" | "team" | "account";
  /**
   * The user's or service account's id as an actor; null for a team.
   */
  actorId?: string | null;
  /**
   * The team's name; null where it is no team.
   */
  teamName?: string | null;
  /**
   * The name of who has it.
   */
  name?: string;
  /**
   * The user's address; null where there is none.
   */
  email?: string | null;
  /**
   * The actor ids of the team's members; none where it is no team.
   */
  members?: string[];
  /**
   * The role's id.
   */
  roleId?: string;
  /**
   * The role's name, as in Viewer, Developer or Owner.
   */
  role?: string;
  /**
   * Whether the role is the account's own; null for a role in the account.
   */
  customRole?: boolean | null;
  /**
   * What the role allows, as in see_blocks; none for a role in the account.
   */
  scopes?: string[];
  /**
   * Whether the member is active; true where that is not told.
   */
  active?: boolean;
  /**
   * When the member last signed in; null where that is not told.
   */
  lastLogin?: string | null;
  /**
   * When it was given; null where that is not told.
   */
  created?: string | null;
  /**
   * When it was last changed.
   */
  updated?: string | null;
}
/**
 * A line of the repository that declares a resource: in Bicep, Terraform, an ARM template, prefect.yaml, a Python flow, a definition of a block, or what Synapse Studio keeps in a repository. In names, ids and resource groups, * stands for what the files do not tell.
 */
export interface SourceDeclaration {
  /**
   * <file>:<line>:<column>; with a number where one line declares several things, as in a module that is called twice.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The kind of what it declares, as in azure.storageAccount; null where it may declare any, as a module of a registry does.
   */
  kind?: string | null;
  /**
   * The type as the file writes it, as in azurerm_storage_account; of a block its type's slug or its class.
   */
  type?: string;
  /**
   * What the file was read as, as in terraform.
   */
  format?: string;
  /**
   * The file's id.
   */
  file?: string;
  /**
   * The line that it begins in, counted from 1.
   */
  line?: number;
  /**
   * The column that it begins in, counted from 1 in UTF-16 code units.
   */
  column?: number;
  /**
   * What its language calls it, as in terraform:module.lake.azurerm_storage_account.this, bicep:lake or arm:lake; null where it has no name of that kind.
   */
  address?: string | null;
  /**
   * What the resource may be called: all that the values in the files come to.
   */
  names?: string[];
  /**
   * The whole ids that the files give it.
   */
  ids?: string[];
  /**
   * The resource groups that it may stand in; empty where that says nothing.
   */
  resourceGroups?: string[];
  /**
   * What the declaration names.
   */
  refers?: DeclaredReference[];
}
/**
 * Another resource that a declaration names.
 */
export interface DeclaredReference {
  /**
   * What it is to the resource: what it stands in or belongs to, the scope, principal or role of a grant, the flow of a deployment.
   */
  as?: "owner" | "scope" | "principal" | "role" | "flow";
  /**
   * Its type in lower case, as in microsoft.storage/storageaccounts; null where the files do not tell.
   */
  type?: string | null;
  /**
   * What it may be called.
   */
  names?: string[];
  /**
   * Its ids, as far as they are told; * stands for one part that is not, or at the beginning for anything.
   */
  ids?: string[];
}
/**
 * A file of the repository that source.include names. Its content is looked into for credentials and not kept.
 */
export interface SourceFile {
  /**
   * The path from the root of the repository, with forward slashes; a credential in a name is masked. Of a link inside the repository it is the path of the file that it leads to.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * Its size; null where it is no file, as a link that leads out of the repository.
   */
  bytes?: number | null;
  /**
   * What its text was read as, as in python, json, bicep or text; null where it was not looked into.
   */
  format?: string | null;
  /**
   * Whether it was looked into from its beginning to its end.
   */
  scanned?: boolean;
  /**
   * Why it was not, as in binary, or larger than the limit of 5242880 bytes; null where it was. Of a binary file, what shows in it as text was looked at.
   */
  notScanned?: string | null;
  /**
   * Whether it has no text to look into: it is binary, no regular file, or a link that is not followed. Where it is false, a file that was not scanned should have been.
   */
  leftOut?: boolean;
  /**
   * Whether its name holds a credential, so that the id is not the path by which it can be opened.
   */
  masked?: boolean;
  /**
   * The patterns of source.include that name it.
   */
  includedBy?: string[];
  /**
   * Credentials that stand in the clear, in order of place.
   */
  secrets?: SourceSecret[];
}
/**
 * A credential that stands in a file, or in its name. No part of its value is kept.
 */
export interface SourceSecret {
  /**
   * Where it stands inside the file by its structure, as in properties.typeProperties.password; empty where there is none, and (file name) where it stands in the name.
   */
  path?: string;
  /**
   * What kind of credential it is, as in azure_storage_account_key; names follow GitHub's secret scanning where it has one.
   */
  type?: string;
  /**
   * How sure the finding is: a checksum proves it, its format shows it, or the place it stands in suggests it.
   */
  tier?: "confirmed" | "format" | "contextual";
  /**
   * The length of the value in characters, as a range.
   */
  lengthBucket?: "1-7" | "8-15" | "16-31" | "32-63" | "64-127" | "128+";
  /**
   * The same for the same credential wherever it stands, by HMAC under the organisation's key; null without a key.
   */
  fingerprint?: string | null;
  /**
   * The line that it begins in, counted from 1.
   */
  line?: number;
  /**
   * The column that it begins in, counted from 1 in UTF-16 code units.
   */
  column?: number;
}
/**
 * A credential of a Synapse workspace: an identity that linked services sign in with.
 */
export interface SynapseCredential {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The name.
   */
  name?: string;
  /**
   * The workspace's id.
   */
  workspaceId?: string;
  /**
   * ManagedIdentity or ServicePrincipal.
   */
  type?: string;
  /**
   * The resource id of the user-assigned managed identity; null where it is the workspace's own, or none.
   */
  identityResourceId?: string | null;
  /**
   * The client id of the service principal; null where it is none, or an expression.
   */
  clientId?: string | null;
  /**
   * The tenant of the service principal; null where it is none, or an expression.
   */
  tenantId?: string | null;
  /**
   * The secrets that it takes from a key vault.
   */
  keyVaultSecrets?: KeyVaultReference[];
  /**
   * The fields whose values the service keeps secret.
   */
  secretFields?: SecretField[];
  /**
   * Every value in it, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
}
/**
 * A linked service: a saved connection of a Synapse workspace, as last published.
 */
export interface SynapseLinkedService {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The name.
   */
  name?: string;
  /**
   * The workspace's id.
   */
  workspaceId?: string;
  /**
   * What it connects to, as in AzureBlobFS or AzureSqlDW.
   */
  type?: string;
  /**
   * The integration runtime that it connects through; null: the workspace's own.
   */
  integrationRuntime?: string | null;
  /**
   * How it signs in: managedIdentity (the workspace's own), credential (the one named), servicePrincipal, key, sas, password (a login), secret (some other secret), anonymous, other (named, and none of these); null where nothing in it tells.
   */
  authentication?:
    | "managedIdentity"
    | "credential"
    | "servicePrincipal"
    | "key"
    | "sas"
    | "password"
    | "secret"
    | "anonymous"
    | "other"
    | null;
  /**
   * The id of the credential that it signs in with; null without one.
   */
  credentialId?: string | null;
  /**
   * The login that it names; null without one.
   */
  userName?: string | null;
  /**
   * The application (client) ids that its values name.
   */
  clientIds?: string[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * The secrets that it takes from a key vault.
   */
  keyVaultSecrets?: KeyVaultReference[];
  /**
   * The fields whose values the service keeps secret.
   */
  secretFields?: SecretField[];
  /**
   * Every value in it, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
}
/**
 * A pipeline of a Synapse workspace, as last published.
 */
export interface SynapsePipeline {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The name.
   */
  name?: string;
  /**
   * The workspace's id.
   */
  workspaceId?: string;
  /**
   * The folder that it is shown in.
   */
  folder?: string | null;
  /**
   * The types of its activities, at every depth, each once.
   */
  activityTypes?: string[];
  /**
   * The ids of the linked services that its activities name themselves; those of datasets are not among them.
   */
  linkedServices?: string[];
  /**
   * The names of the datasets that it reads and writes.
   */
  datasets?: string[];
  /**
   * The ids of the credentials that its activities sign in with.
   */
  credentials?: string[];
  /**
   * How activities that call an address sign in there.
   */
  authentications?: SynapseActivityAuthentication[];
  /**
   * The application (client) ids that its values name.
   */
  clientIds?: string[];
  /**
   * The hosts that its values name, in lower case.
   */
  hosts?: string[];
  /**
   * The secrets that it takes from a key vault.
   */
  keyVaultSecrets?: KeyVaultReference[];
  /**
   * The fields whose values the service keeps secret.
   */
  secretFields?: SecretField[];
  /**
   * Every value in it, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
}
export interface SynapseActivityAuthentication {
  /**
   * The activity's name.
   */
  activity?: string;
  /**
   * How it signs in, as in MSI, Basic, ClientCertificate, ServicePrincipal or UserAssignedManagedIdentity.
   */
  type?: string;
  /**
   * What it asks a token for; null where it asks for none.
   */
  resource?: string | null;
}
/**
 * A grant of a Synapse role inside a workspace; not visible in Azure role assignments.
 */
export interface SynapseRoleAssignment {
  /**
   * <workspace id>/roleassignments/<guid>.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The assignment's own GUID, by which the workspace deletes it.
   */
  assignmentId?: string;
  /**
   * The workspace's resource id.
   */
  workspaceId?: string;
  /**
   * workspaces/<name>, or an item in it such as workspaces/<name>/bigDataPools/<pool>.
   */
  scope?: string;
  /**
   * The object id of the principal in Entra ID.
   */
  principalId?: string;
  /**
   * User, Group or ServicePrincipal; null on some old assignments.
   */
  principalType?: string | null;
  /**
   * The GUID of the Synapse role.
   */
  roleDefinitionId?: string;
}
/**
 * A role of Synapse access control. All of them are built in, and all that they allow are data actions.
 */
export interface SynapseRoleDefinition {
  /**
   * The role's GUID.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The role's name.
   */
  name?: string;
  /**
   * What the role is for.
   */
  description?: string | null;
  /**
   * What the role allows.
   */
  permissions?: Permission[];
}
/**
 * A Spark pool (big data pool) of a Synapse workspace.
 */
export interface SynapseSparkPool {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The pool's name.
   */
  name?: string;
  /**
   * The workspace's id.
   */
  workspaceId?: string;
  /**
   * The Azure region.
   */
  location?: string | null;
  /**
   * Succeeded and the like.
   */
  provisioningState?: string | null;
  /**
   * The version of Apache Spark, as in 3.4.
   */
  sparkVersion?: string | null;
  /**
   * Small, Medium and the like.
   */
  nodeSize?: string | null;
  /**
   * MemoryOptimized and the like.
   */
  nodeSizeFamily?: string | null;
  /**
   * After how many idle minutes it pauses; null where it never does.
   */
  autoPauseMinutes?: number | null;
  /**
   * Whether its nodes share no machine with other customers; not set counts as false.
   */
  computeIsolation?: boolean;
  /**
   * Whether a session may install packages of its own; not set counts as false.
   */
  sessionPackages?: boolean;
  /**
   * The names of the packages that were added to it.
   */
  packages?: string[];
  /**
   * When it was made.
   */
  createdOn?: string | null;
  /**
   * Every value of its Spark configuration and its list of required packages, secrets masked.
   */
  fields?: Field[];
  /**
   * Credentials that stand in the clear.
   */
  secrets?: Secret[];
  /**
   * The hosts that the values name, in lower case.
   */
  hosts?: string[];
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * A dedicated SQL pool of a Synapse workspace.
 */
export interface SynapseSqlPool {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The pool's name.
   */
  name?: string;
  /**
   * The workspace's id.
   */
  workspaceId?: string;
  /**
   * The Azure region.
   */
  location?: string | null;
  /**
   * Online, Paused and the like.
   */
  status?: string | null;
  /**
   * Its size, as in DW100c.
   */
  sku?: string | null;
  /**
   * When it was made.
   */
  createdOn?: string | null;
  /**
   * Where its backups are kept: GRS, LRS or ZRS.
   */
  backupRedundancy?: string | null;
  /**
   * Enabled or Disabled; null where the service tells neither.
   */
  transparentDataEncryption?: string | null;
  auditing?: SynapseAuditing;
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * A Synapse workspace, as Azure Resource Manager answers it.
 */
export interface SynapseWorkspace {
  /**
   * The resource id.
   */
  id: string;
  incomplete?: Incomplete;
  /**
   * The workspace's name.
   */
  name?: string;
  /**
   * The Azure region.
   */
  location?: string | null;
  /**
   * The subscription's GUID.
   */
  subscriptionId?: string;
  /**
   * The resource group's name in lower case.
   */
  resourceGroup?: string;
  /**
   * Whether SQL logins are refused and only Entra ID identities sign in, as the workspace and its own setting agree; never set counts as false.
   */
  entraOnlyAuthentication?: boolean;
  /**
   * The SQL administrator's login, set when the workspace was made.
   */
  sqlAdministratorLogin?: string | null;
  /**
   * Enabled or Disabled; null: not set, which is Enabled.
   */
  publicNetworkAccess?: string | null;
  /**
   * default where there is a managed virtual network; null where there is none.
   */
  managedVirtualNetwork?: string | null;
  /**
   * Whether the managed network keeps data from leaving to other tenants.
   */
  preventDataExfiltration?: boolean;
  /**
   * SystemAssigned, SystemAssigned,UserAssigned or None.
   */
  identityType?: string | null;
  /**
   * The object id of the workspace's own managed identity.
   */
  identityPrincipalId?: string | null;
  /**
   * The host of the Synapse data plane.
   */
  devEndpoint?: string | null;
  /**
   * The host of the dedicated SQL pools.
   */
  sqlEndpoint?: string | null;
  /**
   * The host of the serverless SQL pool.
   */
  sqlOnDemandEndpoint?: string | null;
  /**
   * The address of the workspace's own storage account.
   */
  defaultDataLakeAccountUrl?: string | null;
  /**
   * The tenants that data may be linked to from the managed network; null where there is no such list, so no limit.
   */
  allowedLinkingTenantIds?: string[] | null;
  /**
   * Whether trusted services of Azure pass the firewall; not set counts as false.
   */
  trustedServiceBypass?: boolean;
  encryption?: SynapseEncryption;
  /**
   * The resource group that Azure manages for the workspace, in lower case.
   */
  managedResourceGroup?: string | null;
  /**
   * The private endpoint connections.
   */
  privateEndpoints?: SynapsePrivateEndpoint[];
  /**
   * The user-assigned managed identities that the workspace may act as.
   */
  userAssignedIdentities?: SynapseUserAssignedIdentity[];
  repository?: SynapseRepository;
  /**
   * The resource id of the Purview account that the workspace is joined to.
   */
  purviewId?: string | null;
  /**
   * Who may connect from the internet.
   */
  firewallRules?: SynapseFirewallRule[];
  entraAdministrator?: EntraAdministrator;
  sqlEntraAdministrator?: EntraAdministrator;
  /**
   * Whether the workspace's own identity has control over its SQL pools: Enabled, Disabled, or Enabling and Disabling between them; null where the service tells none.
   */
  sqlControlForIdentity?: string | null;
  auditing?: SynapseAuditing;
  /**
   * Azure tags.
   */
  tags?: {
    [k: string]: string;
  };
}
/**
 * How data at rest is encrypted.
 */
export interface SynapseEncryption {
  /**
   * Whether data is encrypted twice; not set counts as false.
   */
  double?: boolean;
  /**
   * The name of the customer's own key; null: Microsoft's key.
   */
  customerKey?: string | null;
  /**
   * The host of the key vault of the customer's key; null without one.
   */
  customerKeyVault?: string | null;
  /**
   * The state of the key in the workspace, as in Consistent; null without one.
   */
  customerKeyStatus?: string | null;
}
export interface SynapsePrivateEndpoint {
  /**
   * The connection's name.
   */
  name?: string | null;
  /**
   * The resource id of the private endpoint.
   */
  endpointId?: string | null;
  /**
   * Approved, Pending, Rejected or Disconnected.
   */
  status?: string | null;
}
export interface SynapseUserAssignedIdentity {
  /**
   * The resource id of the managed identity.
   */
  id?: string;
  /**
   * Its client id.
   */
  clientId?: string | null;
  /**
   * Its object id.
   */
  principalId?: string | null;
}
export interface SynapseFirewallRule {
  /**
   * The rule's name.
   */
  name?: string;
  /**
   * First IPv4 address.
   */
  start?: string;
  /**
   * Last IPv4 address.
   */
  end?: string;
}
/**
 * A leastwise policy: what to look at, what must hold, and what to do where it does not.
 */
export interface PolicyFile {
  /**
   * <family>/<name>, in lower case words joined by hyphens.
   */
  id: string;
  /**
   * What holds where the policy passes, as one sentence.
   */
  title: string;
  /**
   * How much harm a failure can do.
   */
  severity: "critical" | "high" | "medium" | "low";
  /**
   * Certain: a failure is always one. Likely: the evidence allows another reading.
   */
  confidence: "certain" | "likely";
  controls: PolicyControls;
  /**
   * The kind of resource; in expressions the resource is r.
   */
  target: string;
  /**
   * Values that a configuration may change.
   */
  params?: {
    [k: string]: PolicyParameter;
  };
  /**
   * <name> in <list>: one finding an element of the list.
   */
  each?: string;
  /**
   * With each: an expression that names the element inside the resource; part of the finding's id.
   */
  key?: string;
  /**
   * Which resources the policy is about; all where it is absent.
   */
  when?: string;
  /**
   * What must hold.
   */
  require: string;
  /**
   * The finding in one sentence; {…} holds an expression.
   */
  message: string;
  /**
   * Why it matters.
   */
  rationale?: string;
  remediation?: PolicyRemediation;
  /**
   * Where to read more.
   */
  references?: string[];
  /**
   * Examples with the outcome each must have.
   */
  tests?: PolicyTest[];
}
/**
 * The criteria that the policy supports.
 */
export interface PolicyControls {
  /**
   * SOC 2 criteria: a list, or a map from the criterion to the reason.
   */
  soc2:
    | [string, ...string[]]
    | {
        [k: string]: string;
      };
}
export interface PolicyParameter {
  /**
   * The parameter's type.
   */
  type: "string" | "int" | "double" | "bool" | "duration" | "timestamp" | "list<string>" | "list<int>";
  /**
   * Its value where the configuration gives none.
   */
  default: {
    [k: string]: unknown;
  };
  /**
   * What it decides.
   */
  description?: string;
}
/**
 * How to mend it.
 */
export interface PolicyRemediation {
  /**
   * What to do.
   */
  text: string;
  /**
   * The commands that do it.
   */
  command?: string;
  /**
   * The infrastructure code (Bicep, Terraform, prefect.yaml) that keeps it mended, as it stands: {…} is nothing special in it.
   */
  code?: string;
}
export interface PolicyTest {
  /**
   * What the example shows.
   */
  name: string;
  /**
   * A partial resource, its relations nested; what is not given is unread.
   */
  given: {};
  /**
   * Parameters for this example.
   */
  params?: {};
  /**
   * The moment of evaluation.
   */
  now?: string;
  /**
   * The outcome.
   */
  expect: "pass" | "fail" | "unknown" | "notApplicable";
}
/**
 * leastwise.yaml: what to read, what belongs to which environment, and which policies are in force. Every part is optional; what is not configured is not scanned.
 */
export interface ConfigurationFile {
  azure?: AzureConfiguration;
  /**
   * Prefect servers and Cloud workspaces to read.
   */
  prefect?: PrefectServer[];
  /**
   * Each environment with what belongs to it.
   */
  environments?: {
    [k: string]: EnvironmentConfiguration;
  };
  /**
   * What serves several environments on purpose.
   */
  shared?: (SharedIdentity | SharedScope | SharedServer)[];
  owners?: OwnersConfiguration;
  /**
   * Floors: at least so many resources of a kind must have been read.
   */
  expect?: {
    [k: string]: number;
  };
  source?: SourceConfiguration;
  policies?: PoliciesConfiguration;
  waivers?: WaiversConfiguration;
}
/**
 * Read Azure and Synapse. Credentials come from the environment, as DefaultAzureCredential finds them.
 */
export interface AzureConfiguration {
  /**
   * The cloud, or endpoints of one's own.
   */
  cloud?: ("AzurePublic" | "AzureUSGovernment" | "AzureChina") | CloudEndpoints;
}
export interface CloudEndpoints {
  /**
   * Azure Resource Manager.
   */
  resourceManager: string;
  /**
   * Microsoft Graph, without the version.
   */
  graph: string;
  /**
   * The Synapse data plane; {workspace} stands for the workspace's name.
   */
  synapse: string;
  /**
   * The Key Vault data plane; {vault} stands for the vault's name.
   */
  keyVault: string;
  /**
   * The Data Lake endpoint of a storage account; {account} stands for its name. Access control lists are not read where it is left out.
   */
  dataLake?: string;
  /**
   * Where tokens are asked for.
   */
  authority?: string;
}
export interface PrefectServer {
  /**
   * How the rest of the configuration, ids and reports call it.
   */
  name: string;
  /**
   * The API's address, ending in /api or in a workspace of Prefect Cloud.
   */
  api: string;
  /**
   * The name of the environment variable that holds user:password for basic authentication, or an API key; never the value itself.
   */
  auth?: string;
  /**
   * How many days back flow runs and asset events are read; 14 where it is not given.
   */
  history?: number;
}
export interface EnvironmentConfiguration {
  /**
   * Azure scopes: subscriptions, resource groups, resources or management groups.
   */
  scopes?: string[];
  /**
   * Prefect servers, or parts of them.
   *
   * Items: A Prefect server by name, or the part of a shared server that belongs here.
   */
  prefect?: (string | PrefectShare)[];
  /**
   * Client ids of identities that belong here even where they hold no grant.
   */
  identities?: string[];
  /**
   * Globs of files of the repository that belong here, among those that are read.
   */
  source?: string[];
}
export interface PrefectShare {
  /**
   * The server's name.
   */
  api: string;
  /**
   * Globs of work pool names.
   */
  workPools?: string[];
  /**
   * Globs of tags.
   */
  tags?: string[];
  /**
   * Globs of block names.
   */
  blocks?: string[];
}
export interface SharedIdentity {
  /**
   * A client id.
   */
  identity: string;
  /**
   * Why it serves several environments.
   */
  reason: string;
}
export interface SharedScope {
  /**
   * An Azure scope.
   */
  scope: string;
  /**
   * Why it serves several environments.
   */
  reason: string;
}
export interface SharedServer {
  /**
   * A Prefect server by name.
   */
  prefect: string;
  /**
   * Why it serves several environments.
   */
  reason: string;
}
/**
 * Who mends what: findings are grouped by owner.
 */
export interface OwnersConfiguration {
  /**
   * The owner of an Azure scope, or of a part of Prefect such as prefect:<server>/ or prefect:<server>/deployment/; the nearest counts.
   */
  scopes?: {
    [k: string]: string;
  };
  /**
   * The owner of an identity, by its client id.
   */
  identities?: {
    [k: string]: string;
  };
  /**
   * Names of tags whose value is the owner; the first that a resource has counts.
   */
  tags?: string[];
}
/**
 * Files of the repository to read.
 */
export interface SourceConfiguration {
  /**
   * Globs of files to look into, relative to this file: * within a folder, ** over folders, a folder with a slash at its end for all in it. Names that begin with a dot count too.
   *
   * @minItems 1
   */
  include: [string, ...string[]];
  /**
   * Globs of files to leave out.
   */
  exclude?: string[];
  /**
   * The size up to which a file is looked into; 5242880 where it is not given. A larger one is reported.
   */
  maxBytes?: number;
  /**
   * Read what .gitignore leaves out, too.
   */
  ignoreGitignore?: boolean;
}
/**
 * Which policies are in force.
 */
export interface PoliciesConfiguration {
  /**
   * builtin, folders of policies, or installed packages that hold some.
   */
  include?: string[];
  /**
   * Globs of policy ids to leave out.
   */
  skip?: string[];
  /**
   * Parameters by policy id.
   */
  params?: {
    [k: string]: {};
  };
}
/**
 * Where waivers stand.
 */
export interface WaiversConfiguration {
  /**
   * The waivers file, relative to this one.
   */
  file?: string;
  /**
   * How many days after its approval a waiver may end at most.
   */
  maxDays?: number;
}
export interface FindingWaiver {
  /**
   * The policy's id.
   */
  policy: string;
  /**
   * Why the failure stands.
   */
  kind: "risk" | "falsePositive" | "compensated";
  /**
   * The resource's id, for a file its path from the root of the repository; one trailing * after a full subscription id, prefect:<api>/ or a folder of the repository.
   */
  resource: string;
  /**
   * The element inside the resource, where the policy finds several.
   */
  key?: string;
  /**
   * Why it is accepted.
   */
  reason: string;
  /**
   * Who asked.
   */
  requestedBy: string;
  /**
   * Who approved; somebody else. Empty while nobody has: then it holds for nothing.
   */
  approvedBy?: string | null;
  /**
   * When; empty while nobody has.
   */
  approvedAt?: string | null;
  /**
   * The last day on which it holds, in UTC.
   */
  expires: string;
  /**
   * Where the decision is recorded.
   */
  ticket?: string;
}
export interface ReadWaiver {
  /**
   * A scope that cannot be read.
   */
  read: string;
  /**
   * The kinds that need not be read there.
   *
   * @minItems 1
   */
  kinds: [string, ...string[]];
  /**
   * Why it is accepted.
   */
  reason: string;
  /**
   * Who asked.
   */
  requestedBy: string;
  /**
   * Who approved; somebody else. Empty while nobody has: then it holds for nothing.
   */
  approvedBy?: string | null;
  /**
   * When; empty while nobody has.
   */
  approvedAt?: string | null;
  /**
   * The last day on which it holds, in UTC.
   */
  expires: string;
  /**
   * Where the decision is recorded.
   */
  ticket?: string;
}
/**
 * One line of reads.ndjson: one list or object that was asked for.
 */
export interface Read {
  /**
   * <kind> <scope>; unique in the snapshot.
   */
  id: string;
  /**
   * The kind whose rows it brings.
   */
  kind: string;
  /**
   * The fields it brings where it completes rows of another read; empty where it brings the rows.
   */
  fields: string[];
  /**
   * What was read: a subscription, a workspace, a Prefect server, or tenant.
   */
  scope: string;
  /**
   * Method, host and path, without query.
   */
  endpoint: string;
  /**
   * The api-version asked for.
   */
  apiVersion: string | null;
  /**
   * Complete: everything was read, and it may be nothing. Partial: some pages or items were. Everything else brought nothing.
   */
  outcome: "complete" | "partial" | "refused" | "failed" | "notAttempted" | "notLicensed";
  /**
   * The last HTTP status; null where none came.
   */
  status: number | null;
  /**
   * Why it is not complete, in words.
   */
  cause: string | null;
  /**
   * What would have allowed it.
   */
  permission: string | null;
  /**
   * Pages read.
   */
  pages: number;
  /**
   * Items read.
   */
  items: number;
  /**
   * The count that the service gave beside the list.
   */
  expected: number | null;
  /**
   * How long it took.
   */
  milliseconds: number;
  /**
   * The service's id of the last answer.
   */
  requestId: string | null;
  window?: ReadWindow;
}
/**
 * The time that the read was bounded to on purpose; only where it was. Complete then means: everything in this window.
 */
export interface ReadWindow {
  /**
   * What happened from then on was asked for.
   */
  since: string;
  /**
   * What happened until then was asked for: the moment of the run.
   */
  until: string;
  /**
   * How many days back the configuration asks for. Where there is more in them than one run reads, the window is shorter.
   */
  days: number;
  /**
   * How many items of these days are older than the window and were left out on purpose.
   */
  left: number;
}
/**
 * manifest.json of a snapshot: what was read, when, by whom and with what.
 */
export interface Manifest {
  version: "leastwise/snapshot/v1";
  /**
   * The run's id.
   */
  runId: string;
  /**
   * When the run began, in UTC.
   */
  collectedAt: string;
  tool: Tool;
  reader: Reader;
  systems: Systems;
  configuration: ConfigurationInput;
  /**
   * Whether fingerprints of secrets were made with the organisation's key.
   */
  fingerprints: "keyed" | "none";
  part?: SnapshotPart;
  /**
   * The parts that a snapshot was merged from; absent where it was not.
   */
  parts?: MergedPart[];
  selection?: SnapshotSelection;
  /**
   * Every other file of the snapshot, by name.
   */
  files: {
    [k: string]: SnapshotFile;
  };
  /**
   * Digest of this file without this field.
   */
  digest: string;
}
export interface Tool {
  name: "leastwise";
  version: string;
}
export interface Reader {
  /**
   * How the reader signed in.
   */
  kind: string;
  /**
   * Its object or client id.
   */
  id: string | null;
}
/**
 * What the configuration asked to read.
 */
export interface Systems {
  azure: boolean;
  prefect: string[];
  source: boolean;
}
export interface ConfigurationInput {
  /**
   * The configuration file, relative to the repository root.
   */
  file: string | null;
  /**
   * Its digest.
   */
  digest: string;
  waivers: WaiversInput | null;
  /**
   * What policies were in force: builtin, folders and packages; those that the configuration includes where it is absent.
   */
  policies?: string[];
}
export interface WaiversInput {
  file: string;
  /**
   * Its digest.
   */
  digest: string;
}
/**
 * Which part of a tenant was read; absent where all of it was.
 */
export interface SnapshotPart {
  /**
   * Counted from 1. The first holds what is read once for the whole tenant.
   */
  index: number;
  /**
   * How many parts there are.
   */
  count: number;
  /**
   * The id that all parts of a run were given; null where none was.
   */
  run: string | null;
}
export interface MergedPart {
  index: number;
  runId: string;
  /**
   * When the part's run began.
   */
  collectedAt: string;
  /**
   * Digest of the part's manifest.
   */
  digest: string;
}
/**
 * The subscriptions that were chosen to be read; absent where all were.
 */
export interface SnapshotSelection {
  /**
   * The ids that --subscription named, in order.
   */
  subscriptions: string[];
  /**
   * The ids that --management-group named, in order.
   */
  managementGroups: string[];
  /**
   * The ids of the subscriptions that these mean, in order.
   */
  read: string[];
}
export interface SnapshotFile {
  /**
   * Rows in the file.
   */
  rows: number;
  /**
   * Digest of the file.
   */
  sha256: string;
}
/**
 * Resources in scope = pass + fail + waived + unknown + notApplicable.
 */
export interface Population {
  inScope: number;
  pass: number;
  fail: number;
  waived: number;
  unknown: number;
  notApplicable: number;
}
export interface Location {
  file: string;
  line: number;
  column: number;
  /**
   * How the place was found: the file that the finding is about; the line that declares its resource, by its id, by its name, or by what it refers to; the line that declares what it stands in or belongs to; the environment's line in the configuration, or the first line of it; the line of a plan that changes its resource.
   */
  by: "file" | "id" | "name" | "reference" | "owner" | "environment" | "configuration" | "policy" | "plan";
}
export interface Finding {
  id: string;
  policy: string;
  outcome: "fail" | "waived";
  severity: "critical" | "high" | "medium" | "low";
  resource: FindingResource;
  key: string | null;
  message: string;
  rationale: string | null;
  remediation: Remediation | null;
  trace: TraceLine[];
  /**
   * The id of the read that brought the resource.
   */
  read: string | null;
  location: Location | null;
  alert?: Location1;
  /**
   * The environment, or tenant, in whose run its alert in GitHub was opened, where tonight not all of its environments could be derived: in another run it would be another alert.
   */
  alertIn?: string;
  waiver: ReportWaiver | null;
  /**
   * Whether who approved the waiver is a claim or proven; null without a waiver.
   */
  approval: "asserted" | "proven" | null;
  /**
   * Against --baseline; null without one.
   */
  baseline: "new" | "still" | null;
  /**
   * When a run first reported it, as far as the baseline tells.
   */
  firstSeen: string;
  /**
   * Whom the configuration or a tag names for the resource; null: nobody. Absent in reports of earlier versions.
   */
  owner?: string | null;
  /**
   * The fingerprint of the credential that it is about; null where it is about none, or fingerprints were not asked for. Absent in reports of earlier versions.
   */
  credential?: string | null;
  /**
   * Entries of the waivers file that nearly cover it, and what they lack; absent where there are none.
   */
  nearlyWaived?: NearlyWaived[];
}
export interface FindingResource {
  kind: string;
  id: string;
  name: string | null;
  /**
   * null: could not be derived.
   */
  environments: string[] | null;
}
export interface Remediation {
  text: string;
  command: string | null;
}
export interface TraceLine {
  expression: string;
  value: string;
}
/**
 * Where its alert in GitHub stands, where that is another file than the location's: it was opened there, and an alert with another path would be another alert.
 */
export interface Location1 {
  file: string;
  line: number;
  column: number;
  /**
   * How the place was found: the file that the finding is about; the line that declares its resource, by its id, by its name, or by what it refers to; the line that declares what it stands in or belongs to; the environment's line in the configuration, or the first line of it; the line of a plan that changes its resource.
   */
  by: "file" | "id" | "name" | "reference" | "owner" | "environment" | "configuration" | "policy" | "plan";
}
export interface ReportWaiver {
  policy: string;
  kind: string;
  resource: string;
  reason: string;
  requestedBy: string;
  approvedBy: string;
  approvedAt: string;
  expires: string;
  ticket: string | null;
  proof?: ApprovalProof;
}
/**
 * What proves who approved a waiver, or why nothing does.
 */
export interface ApprovalProof {
  state: "asserted" | "proven";
  /**
   * The commit that last changed the entry; null where git does not tell.
   */
  commit: string | null;
  /**
   * Whose trusted signature the commit carries, where it is that of who approved.
   */
  signer: string | null;
  review: ApprovingReview | null;
  /**
   * In words.
   */
  because: string;
}
export interface ApprovingReview {
  pullRequest: number;
  reviewer: string;
  submittedAt: string;
}
export interface NearlyWaived {
  policy: string;
  resource: string;
  key: string | null;
  approvedBy: string | null;
  expires: string;
  /**
   * Where the entry begins in the waivers file.
   */
  line: number;
  /**
   * What it lacks, in words.
   */
  missing: string;
}
export interface ReportReadWaiver {
  /**
   * The scope that need not be read.
   */
  read: string;
  kinds: string[];
  reason: string;
  requestedBy: string;
  approvedBy: string;
  approvedAt: string;
  expires: string;
  ticket: string | null;
  proof?: ApprovalProof;
}
/**
 * How many findings of each severity.
 */
export interface SeverityCounts {
  critical: number;
  high: number;
  medium: number;
  low: number;
}
/**
 * Where a plan says it.
 */
export interface GateAt {
  /**
   * The plan.
   */
  file: string;
  line: number;
  column: number;
  /**
   * What the plan calls it; null where it has no name.
   */
  address: string | null;
}
/**
 * report.json, version leastwise/report/v1. Fields may be added in v1, never removed or given another meaning.
 */
export interface Report {
  version: "leastwise/report/v1";
  /**
   * Whether every policy in force was decided for everything that it is about.
   */
  complete: boolean;
  run: Run;
  inputs: Inputs;
  policies: ReportPolicy[];
  /**
   * Worst first, then by policy, resource and key.
   */
  findings: Finding[];
  /**
   * The findings that no waiver covers, grouped by what mends them; each is in one group. What closes most comes first, by weight.
   */
  changes?: Change[];
  /**
   * All findings by owner, the owner of most weight first, nobody's last.
   */
  owners?: OwnerSummary[];
  /**
   * Findings of the baseline that are gone, though their policy was decided for that resource.
   */
  fixed: FixedFinding[];
  /**
   * Findings of the baseline that are not in this report, where their policy could not be decided: they may still be there.
   */
  unverified: UnverifiedFinding[];
  unknown: UnknownGroup[];
  unread: UnreadScope[];
  waivers: ReportWaivers;
  leftOut: LeftOutPolicy[];
  /**
   * Subscriptions, and scopes of environments, that were left out by choice; absent where none was.
   */
  leftOutScopes?: LeftOutScope[];
  vacuous: VacuousSelector[];
  shared: SharedThing[];
  /**
   * The criteria that policies in force support, in the order of their ids. A finding counts for every criterion that its policy supports, and once for each.
   */
  controls: ControlSummary[];
  /**
   * The criteria that no policy in force supports: the common ones, and those for availability, confidentiality and processing integrity, which count where these are part of the audit.
   */
  notCovered?: UncoveredCriterion[];
  /**
   * How many rows of each kind the snapshot holds.
   */
  kinds: {
    [k: string]: number;
  };
  review?: ReviewSummary;
  gate?: GateSummary;
}
export interface Run {
  id: string;
  collectedAt: string;
  now: string;
  tool: ReportTool;
  reader: ReportReader;
}
export interface ReportTool {
  name: string;
  version: string;
}
export interface ReportReader {
  kind: string;
  id: string | null;
}
export interface Inputs {
  /**
   * The digest of the snapshot's manifest.
   */
  snapshot: string;
  /**
   * The digest of leastwise.yaml.
   */
  configuration: string;
  /**
   * The digest of waivers.yaml; null without one.
   */
  waivers: string | null;
  /**
   * The run that findings are compared with, by its id; null without --baseline.
   */
  baseline: string | null;
}
export interface ReportPolicy {
  id: string;
  title: string;
  severity: "critical" | "high" | "medium" | "low";
  confidence: "certain" | "likely";
  /**
   * The digest of the policy's file.
   */
  digest: string;
  file: string;
  target: string;
  controls: ReportControls;
  /**
   * Why the policy supports a criterion.
   */
  reasons: {
    [k: string]: string;
  };
  params: {};
  help: PolicyHelp;
  /**
   * Whether it was decided for everything that it is about.
   */
  decided: boolean;
  /**
   * The environments in which it was not decided; tenant for what is in none or in several.
   */
  undecidedIn: string[];
  population: Population;
}
export interface ReportControls {
  soc2: string[];
}
/**
 * As the policy's author wrote it.
 */
export interface PolicyHelp {
  rationale: string | null;
  remediation: PolicyHelpRemediation | null;
  references: string[];
}
export interface PolicyHelpRemediation {
  text: string;
  command: string | null;
  code?: string | null;
}
export interface Change {
  /**
   * How the worst of the findings is mended.
   */
  what: string | null;
  resource: ChangedResource;
  /**
   * The sum over its findings: critical 8, high 4, medium 2, low 1.
   */
  weight: number;
  severities: SeverityCounts;
  policies: string[];
  /**
   * The owners of its findings, where any are named.
   */
  owners: string[];
  /**
   * The ids of its findings, worst first.
   */
  findings: string[];
}
/**
 * The resource of the worst of the findings.
 */
export interface ChangedResource {
  kind: string;
  id: string;
  name: string | null;
}
export interface OwnerSummary {
  /**
   * null: nobody is named.
   */
  owner: string | null;
  failing: number;
  waived: number;
  severities: SeverityCounts;
  /**
   * The ids of those that fail, worst first.
   */
  findings: string[];
}
export interface FixedFinding {
  id: string;
  policy: string;
  resource: string;
}
export interface UnverifiedFinding {
  id: string;
  policy: string;
  resource: string;
  /**
   * The moment of the last run that saw it.
   */
  since: string;
  finding: Finding;
}
export interface UnknownGroup {
  policy: string;
  cause: string;
  count: number;
  examples: string[];
  /**
   * Whether nothing is missing for it but reads that a waiver accepts, so that it does not count for exit 3. Absent in reports of earlier versions.
   */
  waived?: boolean;
}
export interface UnreadScope {
  read: string;
  scope: string;
  status: number | null;
  cause: string;
  permission: string | null;
  policies: string[];
  /**
   * The environments that the scope may hold resources of; tenant for those in none or several.
   */
  environments: string[];
  /**
   * Whether a waiver accepts it, so that it does not count for exit 3.
   */
  waived: boolean;
  /**
   * The waiver that accepts it. Absent in reports of earlier versions.
   */
  waiver?: ReportReadWaiver | null;
}
export interface ReportWaivers {
  expired: ReportWaiver[];
  /**
   * Those that end within 14 days.
   */
  expiring: ReportWaiver[];
  unmatched: ReportWaiver[];
  reads?: ReportReadWaivers;
  /**
   * Entries that nobody has approved yet, so that they hold for nothing. Absent in reports of earlier versions.
   */
  requested?: RequestedWaiver[];
}
/**
 * The same of waivers for reads. Absent in reports of earlier versions.
 */
export interface ReportReadWaivers {
  expired: ReportReadWaiver[];
  expiring: ReportReadWaiver[];
  unmatched: ReportReadWaiver[];
}
export interface RequestedWaiver {
  /**
   * null: it is for reads.
   */
  policy: string | null;
  /**
   * The kinds that need not be read; null: it is for findings.
   */
  kinds: string[] | null;
  /**
   * The resource, or the scope.
   */
  place: string;
  key: string | null;
  reason: string;
  requestedBy: string;
  expires: string;
  ticket: string | null;
}
export interface LeftOutPolicy {
  policy: string;
  because: string;
}
export interface LeftOutScope {
  scope: string;
  /**
   * The environments that have something there.
   */
  environments: string[];
  because: string;
}
export interface VacuousSelector {
  policy: string;
  what: string;
}
export interface SharedThing {
  what: string;
  reason: string;
}
export interface ControlSummary {
  id: string;
  policies: string[];
  population: Population;
  /**
   * What the criterion is about, in our own words; null for one that is not listed.
   */
  gist?: string | null;
  /**
   * Findings of these policies that no waiver covers.
   */
  failing?: number;
  /**
   * Findings of these policies that a waiver covers.
   */
  waived?: number;
  /**
   * Verdicts of these policies, each on one resource, that could not be reached.
   */
  unknown?: number;
  /**
   * Whether each of these policies was decided for everything that it is about.
   */
  decided?: boolean;
  /**
   * The environments in which one of them was not decided.
   */
  undecidedIn?: string[];
  /**
   * Policies that support it too and were left out of this run.
   */
  leftOut?: string[];
}
export interface UncoveredCriterion {
  id: string;
  category: "common" | "availability" | "confidentiality" | "processing integrity";
  /**
   * What the criterion is about, in our own words.
   */
  gist: string;
  /**
   * What an auditor would look at for it.
   */
  evidence: string;
  /**
   * Policies that support it and were left out of this run.
   */
  leftOut: string[];
}
/**
 * What became of the decisions of an access review, where one was named with --review.
 */
export interface ReviewSummary {
  /**
   * sha256:<hex> of the file with the decisions.
   */
  digest: string;
  /**
   * Rows with a decision.
   */
  decided: number;
  /**
   * Rights that were to be kept.
   */
  kept: number;
  /**
   * Rights that were to be taken away, and were.
   */
  removed: number;
  /**
   * Rights that were to be taken away, and are still held.
   */
  open: OpenRemoval[];
  /**
   * Rights of which it is not known, with the cause.
   */
  unknown: UnknownRemoval[];
}
export interface OpenRemoval {
  /**
   * The row of the review.
   */
  id: string;
  principal: string;
  /**
   * What was to be taken away, in words.
   */
  grant: string;
  decidedBy: string;
  decidedOn: string;
}
export interface UnknownRemoval {
  /**
   * The row of the review.
   */
  id: string;
  principal: string;
  /**
   * What was to be taken away, in words.
   */
  grant: string;
  decidedBy: string;
  decidedOn: string;
  cause: string;
}
/**
 * What a change would do, where the report is of the gate.
 */
export interface GateSummary {
  /**
   * What counts for the exit status: what the change brings, or everything (--all).
   */
  counts: "new" | "all";
  live: GateLive;
  plans: GatePlan[];
  /**
   * Each row that differs, by kind and id.
   */
  changes: GateChange[];
  /**
   * Who gains or loses what.
   */
  access: GateAccess[];
  /**
   * What fails after the change and did not before.
   */
  failures: GateFailure[];
  /**
   * What was decided before, or absent, and is unknown after the change.
   */
  unknown: GateUnknown[];
  /**
   * Results that were unknown before, or failures that are not decided any more.
   */
  stillUnknown: number;
  /**
   * What the plans change and do not say.
   */
  undecided: GateUndecided[];
  /**
   * Changes of kinds that the live state holds nothing of, because their system is not configured: nothing judges them.
   */
  beyond: GateBeyond[];
  /**
   * The reads of `unread` that the change leaves open, and that leave a policy undecided.
   */
  unread: string[];
  review?: GateReview;
}
/**
 * The state that the change is put over.
 */
export interface GateLive {
  collectedAt: string;
  /**
   * The snapshot, as it was named; null where the live state was read on the spot.
   */
  folder: string | null;
}
export interface GatePlan {
  file: string;
  format: "terraform" | "arm-template" | "arm-what-if" | "prefect" | "prefect-blocks";
  /**
   * Rows that it puts or takes out.
   */
  changes: number;
  /**
   * What it changes and does not say.
   */
  undecided: number;
  /**
   * Changes of types that no kind stands for, by type.
   */
  ignored: {
    [k: string]: number;
  };
}
export interface GateChange {
  action: "create" | "update" | "replace" | "delete";
  kind: string;
  id: string;
  name: string | null;
  /**
   * The fields that differ; none where a row is made or taken out.
   */
  fields: string[];
  /**
   * The fields that are known only after the change.
   */
  unknown: string[];
  at: GateAt;
}
export interface GateAccess {
  change: "gains" | "loses" | "changes";
  /**
   * The id; null where it is known only after the change.
   */
  principal: string | null;
  principalName: string | null;
  /**
   * The role or permission by name, or by id where the name is not known; null where neither is.
   */
  right: string | null;
  /**
   * null where it is known only after the change.
   */
  scope: string | null;
  at: GateAt;
}
export interface GateFailure {
  /**
   * The id of the finding.
   */
  finding: string;
  policy: string;
  resource: string;
  /**
   * What the policy said of the resource before; absent: there was none.
   */
  before: "pass" | "fail" | "waived" | "unknown" | "notApplicable" | "absent";
  /**
   * The changes that it comes from, as far as rows tell.
   */
  at: GateAt[];
}
export interface GateUnknown {
  policy: string;
  cause: string;
  count: number;
  /**
   * At most a hundred.
   */
  resources: string[];
}
export interface GateUndecided {
  kind: string;
  scope: string;
  cause: string;
  /**
   * The policies that it leaves undecided.
   */
  policies: string[];
  at: GateAt;
}
export interface GateBeyond {
  kind: string;
  count: number;
}
/**
 * What the change does to waivers, policies and configuration, where it was asked for with --base.
 */
export interface GateReview {
  /**
   * The commit where the change began.
   */
  since: string;
  /**
   * The CODEOWNERS in force; null where there is none.
   */
  codeowners: string | null;
  changes: GateReviewedChange[];
  /**
   * The changed files that CODEOWNERS does not cover: where there is one, the gate fails.
   */
  uncovered: string[];
}
export interface GateReviewedChange {
  file: string;
  kind: "configuration" | "waivers" | "policy" | "codeowners";
  /**
   * In words, a line each.
   */
  what: string[];
  /**
   * Whom CODEOWNERS names; empty where it does not cover the file.
   */
  owners: string[];
}
