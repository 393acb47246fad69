// For azd: makes the resource group, and everything of ../main.bicep in it.

targetScope = 'subscription'

@allowed(['dev', 'test', 'prod'])
param environmentName string
param azdEnvironment string
param location string
param resourceGroupName string
param timifyAppId string
param alertEmail string
param entraClientId string
param operatorsGroupId string

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: {
    'azd-env-name': azdEnvironment
  }
}

module sync '../main.bicep' = {
  name: 'sync'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    timifyAppId: timifyAppId
    alertEmail: alertEmail
    entraClientId: entraClientId
    operatorsGroupId: operatorsGroupId
    tags: {
      'azd-env-name': azdEnvironment
    }
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output SYNC_APP_NAME string = sync.outputs.appName
output SYNC_REDIRECT_URI string = sync.outputs.redirectUri
output SYNC_IDENTITY_NAME string = sync.outputs.identityName
output SYNC_VAULT_NAME string = sync.outputs.vaultName
