// Log Analytics. Declared twice in a deployment: what rewrites records needs the workspace, and the workspace its name.

param name string
param location string
param tags object
param retentionDays int
param dailyCapGb int
@description('The rule that rewrites what comes in; empty while it is being made.')
param rewritingRuleId string = ''

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
    workspaceCapping: {
      dailyQuotaGb: dailyCapGb
    }
    defaultDataCollectionRuleResourceId: empty(rewritingRuleId) ? null : rewritingRuleId
  }
}

output id string = workspace.id
