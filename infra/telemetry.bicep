// Where logs and traces go. Only identities with a role may write: no key is of any use.

param workspaceName string
param componentName string
param location string
param tags object
param retentionDays int
@description('GB that may be taken in on one day; what is beyond is lost until midnight. -1: no cap.')
param dailyCapGb int

// What all of them begin with: `cut` for texts, `closed` for bags of properties.
var cut = loadTextContent('transformations/cut.kql')

module workspace 'workspace.bicep' = {
  name: 'workspace'
  params: {
    name: workspaceName
    location: location
    tags: tags
    retentionDays: retentionDays
    dailyCapGb: dailyCapGb
  }
}

// The keys of our pages stand in their addresses, which the host writes down: they are cut off before anything is stored.
// One query for each table, in the part of KQL that Azure allows there.
resource rewriting 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: 'dcr-${workspaceName}'
  location: location
  tags: tags
  kind: 'WorkspaceTransforms'
  properties: {
    destinations: {
      logAnalytics: [
        {
          name: 'workspace'
          workspaceResourceId: workspace.outputs.id
        }
      ]
    }
    dataFlows: [
      {
        streams: ['Microsoft-Table-AppRequests']
        destinations: ['workspace']
        transformKql: replace('${cut}${loadTextContent('transformations/requests.kql')}', '\n', ' ')
      }
      {
        streams: ['Microsoft-Table-AppTraces']
        destinations: ['workspace']
        transformKql: replace('${cut}${loadTextContent('transformations/traces.kql')}', '\n', ' ')
      }
      {
        streams: ['Microsoft-Table-AppExceptions']
        destinations: ['workspace']
        transformKql: replace('${cut}${loadTextContent('transformations/exceptions.kql')}', '\n', ' ')
      }
      {
        streams: ['Microsoft-Table-AppDependencies']
        destinations: ['workspace']
        transformKql: replace('${cut}${loadTextContent('transformations/dependencies.kql')}', '\n', ' ')
      }
    ]
  }
}

module workspaceWithRule 'workspace.bicep' = {
  name: 'workspace-with-rule'
  params: {
    name: workspaceName
    location: location
    tags: tags
    retentionDays: retentionDays
    dailyCapGb: dailyCapGb
    rewritingRuleId: rewriting.id
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceWithRule.outputs.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
    DisableIpMasking: false
  }
}

output workspaceId string = workspaceWithRule.outputs.id
output componentId string = component.id
output componentName string = component.name
output connectionString string = component.properties.ConnectionString
