// One page that shows at a glance whether the app is healthy.

param location string
param tags object
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'health')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Calendar sync'
    category: 'workbook'
    sourceId: workspaceId
    version: '1.0'
    serializedData: loadTextContent('workbook.json')
  }
}

output id string = workbook.id
