// Who may do what. Each role is the least of the built-in ones that does: docs/azure.md says what for.

param principalId string
@description('Object id of a group of operators; empty: nobody but the app gets a role.')
param operatorsGroupId string
param storageName string
param vaultName string
param wrappingKeyName string
param componentName string
@description('Empty: no mail goes out through Azure.')
param communicationName string

var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var storageQueueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var keyVaultSecretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var keyVaultReader = '21090545-7ca7-4776-b22c-e363652d74d2'
var keyVaultCryptoServiceEncryptionUser = 'e147488a-f6f5-4113-8e2d-b22465e65bf6'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var communicationAndEmailServiceOwner = '09976791-48a7-449e-bb21-39d1a415f350'

var appOnStorage = [storageBlobDataOwner, storageQueueDataContributor, storageTableDataContributor]
var operatorsOnStorage = operatorsGroupId == '' ? [] : [storageQueueDataContributor, storageTableDataContributor]
var operatorsOnVault = operatorsGroupId == '' ? [] : [keyVaultSecretsOfficer]
var operatorsOnWrappingKey = operatorsGroupId == '' ? [] : [keyVaultReader]
var appOnMail = communicationName == '' ? [] : [communicationAndEmailServiceOwner]

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource wrappingKey 'Microsoft.KeyVault/vaults/keys@2024-11-01' existing = {
  parent: vault
  name: wrappingKeyName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource communication 'Microsoft.Communication/communicationServices@2025-05-01' existing = {
  name: communicationName == '' ? 'none' : communicationName
}

resource appMayUseStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in appOnStorage: {
  name: guid(storage.id, principalId, role)
  scope: storage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource appMayReadSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
  }
}

resource appMayUnwrap 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(wrappingKey.id, principalId, keyVaultCryptoServiceEncryptionUser)
  scope: wrappingKey
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultCryptoServiceEncryptionUser)
  }
}

resource appMaySendTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, principalId, monitoringMetricsPublisher)
  scope: component
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

resource appMaySendMail 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in appOnMail: {
  name: guid(communication.id, principalId, role)
  scope: communication
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource operatorsMayUseStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in operatorsOnStorage: {
  name: guid(storage.id, operatorsGroupId, role)
  scope: storage
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource operatorsMayWriteSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in operatorsOnVault: {
  name: guid(vault.id, operatorsGroupId, role)
  scope: vault
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

// Its public half, which wraps. Nobody but the app opens what it has wrapped.
resource operatorsMaySeeTheWrappingKey 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in operatorsOnWrappingKey: {
  name: guid(wrappingKey.id, operatorsGroupId, role)
  scope: wrappingKey
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]
