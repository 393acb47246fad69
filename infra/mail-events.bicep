// Delivery reports of Azure Communication Services, to the app. Deployed after the code: Azure asks the address at once.
// It carries a key that opens this one function; infra/deploy.sh makes it, or whoever deploys by hand.

param location string = 'global'
param appName string
param communicationName string
param tags object = {}

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource communication 'Microsoft.Communication/communicationServices@2025-05-01' existing = {
  name: communicationName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${communicationName}'
  location: location
  tags: tags
  properties: {
    source: communication.id
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource reports 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'delivery-reports'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived']
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: 'https://${app.properties.defaultHostName}/api/email/events?code=${listKeys('${app.id}/functions/email_events', '2024-11-01').reports}'
        maxEventsPerBatch: 10
        preferredBatchSizeInKilobytes: 64
      }
    }
  }
}
