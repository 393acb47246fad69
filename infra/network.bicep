// A network of our own, with private ways to storage and vault. The app itself stays public: Microsoft, TIMIFY and
// people must reach it.

param name string
param location string
param tags object
param storageId string
param vaultId string
param addressPrefix string
param appSubnetPrefix string
param endpointSubnetPrefix string

var doors = [
  { group: 'blob', zone: 'privatelink.blob.${environment().suffixes.storage}', target: storageId }
  { group: 'queue', zone: 'privatelink.queue.${environment().suffixes.storage}', target: storageId }
  { group: 'table', zone: 'privatelink.table.${environment().suffixes.storage}', target: storageId }
  { group: 'vault', zone: 'privatelink.vaultcore.azure.net', target: vaultId }
]

resource nothingFromOutside 'Microsoft.Network/networkSecurityGroups@2024-07-01' = {
  name: 'nsg-${name}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'nothing-from-the-internet'
        properties: {
          access: 'Deny'
          direction: 'Inbound'
          priority: 4000
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addressPrefix]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: appSubnetPrefix
          networkSecurityGroup: {
            id: nothingFromOutside.id
          }
          delegations: [
            {
              name: 'flex'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointSubnetPrefix
          networkSecurityGroup: {
            id: nothingFromOutside.id
          }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for door in doors: {
  name: door.zone
  location: 'global'
  tags: tags
}]

resource zoneLinks 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (door, i) in doors: {
  parent: zones[i]
  name: 'network'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-07-01' = [for door in doors: {
  name: 'pe-${name}-${door.group}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: '${network.id}/subnets/endpoints'
    }
    privateLinkServiceConnections: [
      {
        name: door.group
        properties: {
          groupIds: [door.group]
          privateLinkServiceId: door.target
        }
      }
    ]
  }
}]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [for (door, i) in doors: {
  parent: endpoints[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: door.group
        properties: {
          privateDnsZoneId: zones[i].id
        }
      }
    ]
  }
}]

output appSubnetId string = '${network.id}/subnets/app'
