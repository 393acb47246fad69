// All that the app remembers: tables, queues with their poison queues, and the package that runs.

param name string
param location string
param tags object
param redundancy string
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string
@allowed(['Allow', 'Deny'])
param othersMay string
@description('Keep anybody from deleting the account by mistake: tables cannot be restored.')
param protected bool
param workspaceId string

// The names are the code's (docs/storage.md); a test compares them.
var tableNames = ['companies', 'subscriptions', 'agenda', 'calendars', 'vault', 'invitations', 'mails']
var queueNames = ['sync-rounds', 'sync-rounds-poison', 'emails', 'emails-poison']
var packagesName = 'packages'

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: redundancy
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: othersMay
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 14
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 14
    }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: packagesName
  properties: {
    publicAccess: 'None'
  }
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = [for table in tableNames: {
  parent: tableService
  name: table
}]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' = [for queue in queueNames: {
  parent: queueService
  name: queue
}]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (protected) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the links between both calendars; tables have no way back.'
  }
}

// Who was refused, and who deleted: not every read, which would cost more than everything else.
resource tableAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'deletions'
  scope: tableService
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

output id string = account.id
output name string = account.name
output packagesUrl string = '${account.properties.primaryEndpoints.blob}${packagesName}'
