// Everything that the app needs in Azure, in one resource group. docs/azure.md explains, docs/operations.md deploys.
//
// Written in the part of the language that all of our checks read: no registry modules, no user types, no functions of
// our own, calls on one line (docs/azure.md, "What is checked").

@description('The name of this deployment in the names of its resources.')
@allowed(['dev', 'test', 'prod'])
param environmentName string

@description('Region of everything that is kept. Mail has a residency of its own: dataLocation.')
param location string = resourceGroup().location
@description('Where Azure Communication Services keeps mail at rest.')
param dataLocation string = 'Europe'
@description('How often storage is kept: in one place, in three zones, or in a second region as well.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageRedundancy string = 'Standard_ZRS'
@description('Spread the instances over zones.')
param zoneRedundant bool = false
param tags object = {}

@description('Of one instance; cores come with it: 512 a quarter, 2048 one, 4096 two.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40
@description('HTTP requests at once on one instance. Without it Python gets one, and every webhook beside another starts an instance.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16
@description('Instances that wait for work and are paid for: { name: http or function:sync_worker, instanceCount: 1 }.')
param alwaysReady array = []

@description('Address of the app for people, when it has a domain of its own. Empty: the one that Azure gives.')
param publicBaseUrl string = ''
@description('The app registration (infra/entra). Empty only until it exists: the app does not start without it.')
param entraClientId string = ''
param timifyBaseUrl string = 'https://api.timify.com'
param timifyAppId string
param timifyAuthScheme string = 'Bearer'
param consoleFrameOrigins string = ''
@description('Where the privacy policy can be read. Empty: a page of the app, which names operator and contact.')
param privacyPolicyUrl string = ''
param privacyOperator string = 'TIMIFY'
param privacyContact string = ''
param privacyPolicyVersion string = '1'
param syncDaysBack int = 10
param syncDaysAhead int = 365
param syncLeaseSeconds int = 120

@allowed(['acs', 'ses'])
param emailCarrier string = 'acs'
@description('acs: a domain of our own; empty: one that Azure makes.')
param emailDomain string = ''
@description('acs: the domain was verified by its DNS records.')
param emailDomainVerified bool = false
@description('acs: the part of the sender before the @.')
param emailSenderName string = 'calendar'
@description('ses: the address that mails come from.')
param sesSender string = ''
param awsRegion string = ''
param awsAccessKeyId string = ''
param sesConfigurationSet string = ''
param sesTopicArn string = ''

@description('Client id of the registration whose tokens callers of the API bring beside the key. Empty: the key is enough.')
param apiAudience string = ''
@description('The organisation whose tokens are good.')
param apiTenantId string = tenant().tenantId

@description('Who is told when something is wrong.')
param alertEmail string
param alertsEnabled bool = true
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30
param logDailyCapGb int = 1
@description('In the currency of the subscription, per month. 0: no budget.')
param monthlyBudget int = 0
@description('The first day of the month of the first deployment, such as 2027-01-01.')
param budgetStart string = ''

@description('Object id of the group that replays messages and writes secrets.')
param operatorsGroupId string = ''
@description('Reach storage and vault through private endpoints only.')
param privateNetwork bool = false
param networkAddressPrefix string = '10.40.0.0/23'
param appSubnetPrefix string = '10.40.0.0/24'
param endpointSubnetPrefix string = '10.40.1.0/27'

var prefix = 'o365sync-${environmentName}'
var unique = uniqueString(resourceGroup().id)
var allTags = union(tags, { application: 'timify-office365-sync', environment: environmentName })
var byAcs = emailCarrier == 'acs'

module identity 'identity.bicep' = {
  name: 'identity'
  params: {
    name: 'id-${prefix}'
    location: location
    tags: allTags
  }
}

module telemetry 'telemetry.bicep' = {
  name: 'telemetry'
  params: {
    workspaceName: 'log-${prefix}'
    componentName: 'appi-${prefix}'
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${environmentName}${unique}'
    location: location
    tags: allTags
    redundancy: storageRedundancy
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    othersMay: privateNetwork ? 'Deny' : 'Allow'
    protected: environmentName == 'prod'
    workspaceId: telemetry.outputs.workspaceId
  }
}

module vault 'vault.bicep' = {
  name: 'vault'
  params: {
    name: 'kv-${environmentName}-${unique}'
    location: location
    tags: allTags
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    othersMay: privateNetwork ? 'Deny' : 'Allow'
    workspaceId: telemetry.outputs.workspaceId
  }
}

module network 'network.bicep' = if (privateNetwork) {
  name: 'network'
  params: {
    name: 'vnet-${prefix}'
    location: location
    tags: allTags
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
    addressPrefix: networkAddressPrefix
    appSubnetPrefix: appSubnetPrefix
    endpointSubnetPrefix: endpointSubnetPrefix
  }
}

module mail 'mail.bicep' = if (byAcs) {
  name: 'mail'
  params: {
    communicationName: 'acs-${prefix}-${unique}'
    emailServiceName: 'mail-${prefix}-${unique}'
    tags: allTags
    dataLocation: dataLocation
    domain: emailDomain
    domainVerified: emailDomainVerified
    senderName: emailSenderName
  }
}

module access 'access.bicep' = {
  name: 'access'
  params: {
    principalId: identity.outputs.principalId
    operatorsGroupId: operatorsGroupId
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    wrappingKeyName: vault.outputs.wrappingKeyName
    componentName: telemetry.outputs.componentName
    communicationName: byAcs ? mail.outputs.name : ''
  }
}

module app 'app.bicep' = {
  name: 'app'
  // Without its roles the app could not read its package, nor its secrets, when it first starts.
  dependsOn: [access]
  params: {
    name: 'func-${prefix}-${unique}'
    planName: 'plan-${prefix}'
    location: location
    tags: allTags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    packagesUrl: storage.outputs.packagesUrl
    vaultUri: vault.outputs.uri
    telemetryConnectionString: telemetry.outputs.connectionString
    subnetId: privateNetwork ? network.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    alwaysReady: alwaysReady
    zoneRedundant: zoneRedundant
    settings: {
      publicBaseUrl: publicBaseUrl
      entraClientId: entraClientId
      timifyBaseUrl: timifyBaseUrl
      timifyAppId: timifyAppId
      timifyAuthScheme: timifyAuthScheme
      emailCarrier: emailCarrier
      emailSender: byAcs ? mail.outputs.sender : sesSender
      acsEndpoint: byAcs ? mail.outputs.endpoint : ''
      awsRegion: awsRegion
      awsAccessKeyId: awsAccessKeyId
      sesConfigurationSet: sesConfigurationSet
      sesTopicArn: sesTopicArn
      apiAudience: apiAudience
      apiTenantId: apiTenantId
      consoleFrameOrigins: consoleFrameOrigins
      privacyPolicyUrl: privacyPolicyUrl
      privacyPolicyVersion: privacyPolicyVersion
      privacyOperator: privacyOperator
      privacyContact: privacyContact
      syncDaysBack: syncDaysBack
      syncDaysAhead: syncDaysAhead
      syncLeaseSeconds: syncLeaseSeconds
    }
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: allTags
    prefix: prefix
    workspaceId: telemetry.outputs.workspaceId
    alertEmail: alertEmail
    enabled: alertsEnabled
  }
}

module dashboard 'dashboard.bicep' = {
  name: 'dashboard'
  params: {
    location: location
    tags: allTags
    workspaceId: telemetry.outputs.workspaceId
  }
}

module budget 'budget.bicep' = if (monthlyBudget > 0) {
  name: 'budget'
  params: {
    name: 'budget-${prefix}'
    amount: monthlyBudget
    start: budgetStart
    alertEmail: alertEmail
  }
}

@description('What the app registration needs (infra/entra).')
output redirectUri string = '${app.outputs.publicBaseUrl}/connect/callback'
output identityName string = identity.outputs.name
output identityPrincipalId string = identity.outputs.principalId
output tenantId string = subscription().tenantId
output appName string = app.outputs.name
output publicBaseUrl string = app.outputs.publicBaseUrl
output storageName string = storage.outputs.name
output vaultName string = vault.outputs.name
output communicationName string = byAcs ? mail.outputs.name : ''
output emailDomainId string = byAcs ? mail.outputs.domainId : ''
