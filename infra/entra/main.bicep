// The app registration that people consent to. It has no secret: it trusts the app's managed identity.
//
// Whoever deploys it may create applications in Entra (Application Developer is enough). Apart from the other templates,
// because it needs the Graph extension, which few tools read.

extension microsoftGraphV1

@description('What people read when they are asked for consent.')
param displayName string = 'TIMIFY calendar sync'
@description('By this name a second deployment finds the registration again.')
param uniqueName string
@description('Output redirectUri of infra/main.bicep.')
param redirectUri string
@description('Output identityName of infra/main.bicep, in the same resource group.')
param identityName string
param homepage string = 'https://www.timify.com'
param privacyPolicyUrl string = ''
param termsOfServiceUrl string = ''

// Delegated permissions of Microsoft Graph: those that shared/identity/sign_in.py asks for, and nothing else.
var scopes = [
  { id: '1ec239c2-d7c9-4623-a91a-a9775856bb36', type: 'Scope' } // Calendars.ReadWrite
  { id: '37f7f235-527c-4136-accd-4a02d197296e', type: 'Scope' } // openid
  { id: '14dad69e-099b-42c9-810b-d002981feec1', type: 'Scope' } // profile
  { id: '7427e0e9-2fba-42fe-b0c0-848c9e6a8182', type: 'Scope' } // offline_access
]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource registration 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  // Work and school accounts of every organisation; personal accounts have no administrator and no such mailboxes.
  signInAudience: 'AzureADMultipleOrgs'
  isFallbackPublicClient: false
  web: {
    homePageUrl: homepage
    redirectUris: [redirectUri]
    implicitGrantSettings: {
      enableAccessTokenIssuance: false
      enableIdTokenIssuance: false
    }
  }
  info: {
    privacyStatementUrl: privacyPolicyUrl == '' ? null : privacyPolicyUrl
    termsOfServiceUrl: termsOfServiceUrl == '' ? null : termsOfServiceUrl
  }
  requiredResourceAccess: [
    {
      resourceAppId: '00000003-0000-0000-c000-000000000000' // Microsoft Graph
      resourceAccess: scopes
    }
  ]
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: registration.appId
}

resource trust 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${registration.uniqueName}/managed-identity'
  description: 'The identity that the function app runs as signs in for this registration.'
  issuer: '${environment().authentication.loginEndpoint}${subscription().tenantId}/v2.0'
  subject: identity.properties.principalId
  audiences: ['api://AzureADTokenExchange']
}

output clientId string = registration.appId
