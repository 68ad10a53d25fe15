import type { Plane } from "../resources/actions.ts";

/** Something that can be done to a kind of resource, in a few words, and the action that allows it. */
export interface Right {
  readonly name: string;
  readonly plane: Plane;
  readonly action: string;
}

const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
const grantRoles: Right = {
  name: "grant roles",
  plane: "control",
  action: "Microsoft.Authorization/roleAssignments/write",
};
const readBlobs: Right = { name: "read data", plane: "data", action: `${blobs}/read` };
const writeBlobs: Right = { name: "write data", plane: "data", action: `${blobs}/write` };
const readSecrets: Right = {
  name: "read secrets",
  plane: "data",
  action: "Microsoft.KeyVault/vaults/secrets/getSecret/action",
};
const writeSecrets: Right = {
  name: "change secrets",
  plane: "data",
  action: "Microsoft.KeyVault/vaults/secrets/setSecret/action",
};

/** The rights that roles of Azure give on each kind of resource that holds data, or opens it. */
export const rightsOn: Readonly<Record<string, readonly Right[]>> = {
  "synapse.workspace": [
    { name: "change", plane: "control", action: "Microsoft.Synapse/workspaces/write" },
    { name: "name SQL administrators", plane: "control", action: "Microsoft.Synapse/workspaces/administrators/write" },
    grantRoles,
  ],
  "azure.storageAccount": [
    readBlobs,
    writeBlobs,
    { name: "read keys", plane: "control", action: "Microsoft.Storage/storageAccounts/listKeys/action" },
    { name: "change", plane: "control", action: "Microsoft.Storage/storageAccounts/write" },
    grantRoles,
  ],
  "azure.storageContainer": [readBlobs, writeBlobs],
  "azure.keyVault": [
    readSecrets,
    writeSecrets,
    { name: "use keys", plane: "data", action: "Microsoft.KeyVault/vaults/keys/decrypt/action" },
    { name: "change", plane: "control", action: "Microsoft.KeyVault/vaults/write" },
    grantRoles,
  ],
  "azure.keyVaultSecret": [readSecrets, writeSecrets],
  "azure.logWorkspace": [
    { name: "read logs", plane: "control", action: "Microsoft.OperationalInsights/workspaces/query/read" },
    { name: "change", plane: "control", action: "Microsoft.OperationalInsights/workspaces/write" },
    grantRoles,
  ],
  "azure.managedIdentity": [
    {
      name: "attach",
      plane: "control",
      action: "Microsoft.ManagedIdentity/userAssignedIdentities/identity/assign/action",
    },
    {
      name: "federate",
      plane: "control",
      action: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
    },
  ],
  "azure.subscription": [
    {
      name: "make and delete resource groups",
      plane: "control",
      action: "Microsoft.Resources/subscriptions/resourceGroups/delete",
    },
    grantRoles,
  ],
};

const workspaces = "Microsoft.Synapse/workspaces";

/** The rights that roles of Synapse give in a workspace. */
export const synapseRights: readonly Right[] = [
  { name: "use Spark pools", plane: "data", action: `${workspaces}/bigDataPools/useCompute/action` },
  { name: "use integration runtimes", plane: "data", action: `${workspaces}/integrationRuntimes/useCompute/action` },
  { name: "read artifacts", plane: "data", action: `${workspaces}/artifacts/read` },
  { name: "publish pipelines", plane: "data", action: `${workspaces}/pipelines/write` },
  { name: "publish linked services", plane: "data", action: `${workspaces}/linkedServices/write` },
  { name: "use credentials", plane: "data", action: `${workspaces}/credentials/useSecret/action` },
  { name: "grant Synapse roles", plane: "data", action: `${workspaces}/roleAssignments/write` },
];
