// Azure Communication Services: what carries mails out, when EMAIL_CARRIER is acs.

param communicationName string
param emailServiceName string
param tags object
@description('Where mails and addresses are kept at rest: Europe, Germany, Switzerland …')
param dataLocation string
@description('A domain of our own; empty: one that Azure makes, for tests (few mails an hour, an ugly address).')
param domain string
@description('The domain was verified by its DNS records. Only then it can be linked.')
param domainVerified bool
@description('The part of the sender before the @, for a domain of our own.')
param senderName string

var ownDomain = domain != ''
var linked = domainVerified || !ownDomain

resource emailService 'Microsoft.Communication/emailServices@2025-05-01' = {
  name: emailServiceName
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
  }
}

resource emailDomain 'Microsoft.Communication/emailServices/domains@2025-05-01' = {
  parent: emailService
  name: ownDomain ? domain : 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: ownDomain ? 'CustomerManaged' : 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2025-05-01' = if (ownDomain && domainVerified) {
  parent: emailDomain
  name: senderName
  properties: {
    username: senderName
    displayName: 'TIMIFY'
  }
}

resource communication 'Microsoft.Communication/communicationServices@2025-05-01' = {
  name: communicationName
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: linked ? [emailDomain.id] : []
  }
}

output name string = communication.name
output endpoint string = 'https://${communication.properties.hostName}'
output sender string = ownDomain ? '${senderName}@${domain}' : 'DoNotReply@${emailDomain.properties.fromSenderDomain}'
output domainId string = emailDomain.id
