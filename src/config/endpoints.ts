/** Where a cloud's services answer, and for which audience each wants its tokens. */
export interface Endpoints {
  resourceManager: string;
  graph: string;
  /** `{workspace}` stands for the workspace's name. */
  synapse: string;
  /** `{vault}` stands for the vault's name. */
  keyVault: string;
  /** The Data Lake endpoint of a storage account; `{account}` stands for the account's name. null: not configured. */
  dataLake: string | null;
  /** Where tokens are asked for; null: the default of the credential. */
  authority: string | null;
  audiences: { resourceManager: string; graph: string; synapse: string; keyVault: string; dataLake: string };
}

/** The clouds by name. Addresses: the Azure documentation's pages on national clouds and on Synapse connectivity. */
export const clouds: Readonly<Record<string, Endpoints>> = {
  AzurePublic: {
    resourceManager: "https://management.azure.com",
    graph: "https://graph.microsoft.com",
    synapse: "https://{workspace}.dev.azuresynapse.net",
    keyVault: "https://{vault}.vault.azure.net",
    dataLake: "https://{account}.dfs.core.windows.net",
    authority: "https://login.microsoftonline.com",
    audiences: {
      resourceManager: "https://management.azure.com/.default",
      graph: "https://graph.microsoft.com/.default",
      synapse: "https://dev.azuresynapse.net/.default",
      keyVault: "https://vault.azure.net/.default",
      dataLake: "https://storage.azure.com/.default",
    },
  },
  AzureUSGovernment: {
    resourceManager: "https://management.usgovcloudapi.net",
    graph: "https://graph.microsoft.us",
    synapse: "https://{workspace}.dev.azuresynapse.usgovcloudapi.net",
    keyVault: "https://{vault}.vault.usgovcloudapi.net",
    dataLake: "https://{account}.dfs.core.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
    audiences: {
      resourceManager: "https://management.usgovcloudapi.net/.default",
      graph: "https://graph.microsoft.us/.default",
      synapse: "https://dev.azuresynapse.usgovcloudapi.net/.default",
      keyVault: "https://vault.usgovcloudapi.net/.default",
      dataLake: "https://storage.azure.com/.default",
    },
  },
  AzureChina: {
    resourceManager: "https://management.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    synapse: "https://{workspace}.dev.azuresynapse.azure.cn",
    keyVault: "https://{vault}.vault.azure.cn",
    dataLake: "https://{account}.dfs.core.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    audiences: {
      resourceManager: "https://management.chinacloudapi.cn/.default",
      graph: "https://microsoftgraph.chinacloudapi.cn/.default",
      synapse: "https://dev.azuresynapse.azure.cn/.default",
      keyVault: "https://vault.azure.cn/.default",
      dataLake: "https://storage.azure.com/.default",
    },
  },
};

/** Whether an address is on this machine: 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(address: string): boolean {
  const host = new URL(address).hostname;
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
