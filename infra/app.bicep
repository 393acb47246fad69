// The app: its plan, how it scales, and every setting that the code reads (docs/settings.md).

param name string
param planName string
param location string
param tags object
param identityId string
param identityClientId string
param storageName string
param packagesUrl string
param vaultUri string
param telemetryConnectionString string
@description('Empty: the app is in no network of ours.')
param subnetId string
param instanceMemoryMB int
param maximumInstanceCount int
param httpConcurrency int
param alwaysReady array
param zoneRedundant bool

@description('What differs between deployments; see main.bicep.')
param settings object

var secretsUri = '${vaultUri}secrets'
var fromSes = settings.emailCarrier == 'ses'

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: subnetId == '' ? null : subnetId
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      remoteDebuggingEnabled: false
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packagesUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
      // Azure takes it; the published types do not have it yet (docs/azure.md).
      #disable-next-line BCP037
      siteUpdateStrategy: {
        type: 'RollingUpdate'
      }
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AZURE_CLIENT_ID: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    PUBLIC_BASE_URL: settings.publicBaseUrl == '' ? 'https://${app.properties.defaultHostName}' : settings.publicBaseUrl
    GRAPH_BASE_URL: 'https://graph.microsoft.com/v1.0'
    LOGIN_BASE_URL: 'https://login.microsoftonline.com'
    ENTRA_CLIENT_ID: settings.entraClientId
    TIMIFY_BASE_URL: settings.timifyBaseUrl
    TIMIFY_APP_ID: settings.timifyAppId
    TIMIFY_AUTH_SCHEME: settings.timifyAuthScheme
    TIMIFY_APP_SECRET: '@Microsoft.KeyVault(SecretUri=${secretsUri}/TIMIFY-APP-SECRET)'
    TIMIFY_WEBHOOK_SECRET: '@Microsoft.KeyVault(SecretUri=${secretsUri}/TIMIFY-WEBHOOK-SECRET)'
    SIGNING_KEYS: '@Microsoft.KeyVault(SecretUri=${secretsUri}/SIGNING-KEYS)'
    VAULT_KEYS: '@Microsoft.KeyVault(SecretUri=${secretsUri}/VAULT-KEYS)'
    EMAIL_CARRIER: settings.emailCarrier
    EMAIL_SENDER: settings.emailSender
    ACS_ENDPOINT: settings.acsEndpoint
    AWS_REGION: settings.awsRegion
    AWS_ACCESS_KEY_ID: settings.awsAccessKeyId
    AWS_SECRET_ACCESS_KEY: fromSes ? '@Microsoft.KeyVault(SecretUri=${secretsUri}/AWS-SECRET-ACCESS-KEY)' : ''
    SES_CONFIGURATION_SET: settings.sesConfigurationSet
    SES_TOPIC_ARN: settings.sesTopicArn
    // What the host lets in at all; the app's own limits are lower (functions/http.py, docs/security.md).
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '2097152'
    API_AUDIENCE: settings.apiAudience
    API_TENANT_ID: settings.apiTenantId
    CONSOLE_FRAME_ORIGINS: settings.consoleFrameOrigins
    PRIVACY_POLICY_URL: settings.privacyPolicyUrl
    PRIVACY_POLICY_VERSION: settings.privacyPolicyVersion
    PRIVACY_OPERATOR: settings.privacyOperator
    PRIVACY_CONTACT: settings.privacyContact
    SYNC_DAYS_BACK: string(settings.syncDaysBack)
    SYNC_DAYS_AHEAD: string(settings.syncDaysAhead)
    SYNC_LEASE_SECONDS: string(settings.syncLeaseSeconds)
  }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
output publicBaseUrl string = settings.publicBaseUrl == '' ? 'https://${app.properties.defaultHostName}' : settings.publicBaseUrl
