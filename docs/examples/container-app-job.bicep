// The nightly scan as a job of Azure Container Apps, inside the network in which the private endpoints answer:
// docs/pipelines.md says what to do before and after.
//
//   az deployment group create --resource-group rg-leastwise --template-file container-app-job.bicep \
//     --parameters image=<registry>.azurecr.io/leastwise:<commit> subnet=<id> subscriptions='["/subscriptions/<id>"]'

@description('The image, from a registry of Azure: the Dockerfile of leastwise with the configuration of this platform in it.')
param image string

@description('The subnet of the job, delegated to Microsoft.App/environments: from it the closed endpoints can be reached.')
param subnet string

@description('The subscriptions that are looked at. What the role may read there is given by a role assignment in each.')
param subscriptions array

@description('When, in UTC.')
param schedule string = '17 3 * * *'

@description('How many days a night cannot be changed.')
param days int = 400

@description('The repository whose code scanning shows the findings, as owner/name; nothing is uploaded without one.')
param repository string = ''

@description('The commit of the configuration in the image, and its branch.')
param commit string = ''
param branch string = 'refs/heads/main'

@description('The secret of a Key Vault that holds the token for the upload, by its address without a version; the identity of the job reads it.')
param githubTokenUrl string = ''

@description('The secret that holds what the configuration names as auth of Prefect.')
param prefectAuthUrl string = ''

@description('The secret that holds the key for fingerprints of secrets.')
param fingerprintKeyUrl string = ''

param location string = resourceGroup().location

var secretUrls = [
  { name: 'github-token', variable: 'GITHUB_TOKEN', url: githubTokenUrl }
  { name: 'prefect-auth', variable: 'PREFECT_AUTH', url: prefectAuthUrl }
  { name: 'fingerprint-key', variable: 'LEASTWISE_FINGERPRINT_KEY', url: fingerprintKeyUrl }
]
var secrets = filter(secretUrls, each => !empty(each.url))
var upload = empty(repository) ? [] : [
  { name: 'GITHUB_REPOSITORY', value: repository }
  { name: 'GITHUB_SHA', value: commit }
  { name: 'GITHUB_REF', value: branch }
]
var storageBlobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-leastwise'
  location: location
}

// What `leastwise doctor` prints for the built-in policies, and nothing else.
resource reader 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'leastwise reader')
  properties: {
    roleName: 'leastwise reader'
    description: 'Reads what leastwise needs for the policies in force, and nothing else.'
    assignableScopes: union([subscription().id], subscriptions)
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/denyAssignments/read'
          'Microsoft.Authorization/roleAssignmentScheduleInstances/read'
          'Microsoft.Authorization/roleAssignments/read'
          'Microsoft.Authorization/roleDefinitions/read'
          'Microsoft.Authorization/roleEligibilityScheduleInstances/read'
          'Microsoft.Insights/diagnosticSettings/read'
          'Microsoft.KeyVault/vaults/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/read'
          'Microsoft.ManagedServices/registrationAssignments/read'
          'Microsoft.Management/managementGroups/read'
          'Microsoft.OperationalInsights/workspaces/read'
          'Microsoft.Resources/subscriptions/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/read'
          'Microsoft.Storage/storageAccounts/read'
          'Microsoft.Synapse/workspaces/azureADOnlyAuthentications/read'
          'Microsoft.Synapse/workspaces/bigDataPools/read'
          'Microsoft.Synapse/workspaces/extendedAuditingSettings/read'
          'Microsoft.Synapse/workspaces/firewallRules/read'
          'Microsoft.Synapse/workspaces/read'
          'Microsoft.Synapse/workspaces/sqlPools/extendedAuditingSettings/read'
          'Microsoft.Synapse/workspaces/sqlPools/read'
        ]
        notActions: []
        dataActions: [
          'Microsoft.KeyVault/vaults/certificates/read'
          'Microsoft.KeyVault/vaults/keyrotationpolicies/read'
          'Microsoft.KeyVault/vaults/keys/read'
          'Microsoft.KeyVault/vaults/secrets/readMetadata/action'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
        ]
        notDataActions: []
      }
    ]
  }
}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stleastwise${uniqueString(resourceGroup().id)}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    networkAcls: {
      bypass: 'None'
      defaultAction: 'Deny'
      virtualNetworkRules: [{ id: subnet, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource nights 'containers' = {
      name: 'nights'
      properties: { publicAccess: 'None' }

      // Not locked yet, so that a first try can be taken back; docs/pipelines.md has the command that locks it.
      resource retention 'immutabilityPolicies' = {
        name: 'default'
        properties: {
          immutabilityPeriodSinceCreationInDays: days
          allowProtectedAppendWrites: false
        }
      }
    }
  }
}

resource keeps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::nights.id, identity.id, storageBlobDataContributor)
  scope: account::blobs::nights
  properties: {
    roleDefinitionId: storageBlobDataContributor
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: 'cae-leastwise'
  location: location
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' }
    vnetConfiguration: { infrastructureSubnetId: subnet, internal: true }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

resource job 'Microsoft.App/jobs@2024-03-01' = {
  name: 'caj-leastwise'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    environmentId: environment.id
    configuration: {
      triggerType: 'Schedule'
      scheduleTriggerConfig: { cronExpression: schedule, parallelism: 1, replicaCompletionCount: 1 }
      replicaTimeout: 3600
      replicaRetryLimit: 0
      registries: [{ server: split(image, '/')[0], identity: identity.id }]
      secrets: [for each in secrets: { name: each.name, keyVaultUrl: each.url, identity: identity.id }]
    }
    template: {
      containers: [
        {
          name: 'leastwise'
          image: image
          command: ['node', '/opt/leastwise/night.ts']
          args: ['--format', 'json,sarif,results']
          resources: { cpu: json('1.0'), memory: '2Gi' }
          env: concat(
            [
              { name: 'AZURE_TOKEN_CREDENTIALS', value: 'ManagedIdentityCredential' }
              { name: 'AZURE_CLIENT_ID', value: identity.properties.clientId }
              { name: 'NIGHTS', value: '${account.properties.primaryEndpoints.blob}${account::blobs::nights.name}' }
            ],
            upload,
            map(secrets, each => { name: each.variable, secretRef: each.name })
          )
        }
      ]
    }
  }
}

@description('To whom the role is given in each subscription, and what the other services know the job as.')
output principalId string = identity.properties.principalId

@description('What is given to it.')
output roleId string = reader.id

@description('Where the nights are kept.')
output nights string = '${account.properties.primaryEndpoints.blob}${account::blobs::nights.name}'
