// Everything Calendar Watch needs in one resource group: identity, network, database, web app, bot registration.
// The toolkit deploys it (arm/deploy in teamsapp.yml) and writes the outputs to the environment file.

@minLength(4)
@maxLength(20)
@description('Names of all resources start with this. Part of the web app\'s and the database\'s host name, so it has to be unique in the world.')
param resourceBaseName string

@maxLength(42)
@description('What people see in Teams as the sender.')
param botDisplayName string

param location string = resourceGroup().location

@description('The bot keeps subscriptions alive around the clock. That needs Always On, which Free and Shared plans lack.')
param webAppSku string = 'B1'

@allowed([
  '17'
  '18'
])
param databaseVersion string = '18'
param databaseSkuName string = 'Standard_B1ms'
@allowed([
  'Burstable'
  'GeneralPurpose'
  'MemoryOptimized'
])
param databaseSkuTier string = 'Burstable'
@minValue(32)
param databaseStorageGB int = 32
@minValue(7)
@maxValue(35)
param databaseBackupDays int = 7
param databaseAdministrator string = 'calendarwatch'
@secure()
@minLength(16)
param databasePassword string

@secure()
@minLength(43)
@description('Keys that seal sign-ins in the database: 32 bytes in base64 each, separated by blanks; the first one seals.')
param tokenEncryptionKey string

@description('The Entra app people sign in to. Created by aadApp/create.')
param aadAppClientId string
@secure()
param aadAppClientSecret string
param aadAppTenantId string

@allowed([
  'public'
  'usgov'
  'usgovdod'
  'china'
])
param cloud string = 'public'
@allowed([
  'trace'
  'debug'
  'info'
  'warn'
  'error'
])
param logLevel string = 'info'
@description('Object ids of the administrators, separated by commas.')
param adminOids string = ''

var databaseName = 'calendarwatch'

// The bot proves who it is with this identity, so it has no password that could leak or run out.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: resourceBaseName
  location: location
}

// The database has no public address: only the web app's subnet reaches it.
resource network 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: resourceBaseName
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.20.0.0/16'
      ]
    }
    subnets: [
      {
        name: 'web'
        properties: {
          addressPrefix: '10.20.1.0/26'
          delegations: [
            {
              name: 'web'
              properties: {
                serviceName: 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.20.2.0/28'
          delegations: [
            {
              name: 'database'
              properties: {
                serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'
              }
            }
          ]
        }
      }
    ]
  }

  resource webSubnet 'subnets' existing = {
    name: 'web'
  }

  resource databaseSubnet 'subnets' existing = {
    name: 'database'
  }
}

resource databaseZone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: '${resourceBaseName}.private.postgres.database.azure.com'
  location: 'global'

  resource link 'virtualNetworkLinks' = {
    name: resourceBaseName
    location: 'global'
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: network.id
      }
    }
  }
}

resource databaseServer 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${resourceBaseName}-db'
  location: location
  sku: {
    name: databaseSkuName
    tier: databaseSkuTier
  }
  properties: {
    version: databaseVersion
    administratorLogin: databaseAdministrator
    administratorLoginPassword: databasePassword
    storage: {
      storageSizeGB: databaseStorageGB
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: databaseBackupDays
      geoRedundantBackup: 'Disabled'
    }
    highAvailability: {
      mode: 'Disabled'
    }
    network: {
      delegatedSubnetResourceId: network::databaseSubnet.id
      privateDnsZoneArmResourceId: databaseZone.id
    }
  }
  // The server registers its name in the zone; the link has to be there for the web app to see it.
  dependsOn: [
    databaseZone::link
  ]

  resource database 'databases' = {
    name: databaseName
    properties: {
      charset: 'UTF8'
      collation: 'en_US.utf8'
    }
  }
}

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: resourceBaseName
  location: location
  kind: 'app,linux'
  sku: {
    name: webAppSku
  }
  properties: {
    // What makes a plan a Linux plan.
    reserved: true
  }
}

resource webApp 'Microsoft.Web/sites@2023-12-01' = {
  name: resourceBaseName
  location: location
  kind: 'app,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    virtualNetworkSubnetId: network::webSubnet.id
    siteConfig: {
      linuxFxVersion: 'NODE|22-lts'
      appCommandLine: 'npm start'
      alwaysOn: true
      healthCheckPath: '/healthz'
      http20Enabled: true
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }
}

// Beside the web app and not in it, because PUBLIC_URL contains the host name the web app was given.
resource settings 'Microsoft.Web/sites/config@2023-12-01' = {
  parent: webApp
  name: 'appsettings'
  properties: {
    // App Service builds from the uploaded sources, then drops what only the build needed.
    SCM_DO_BUILD_DURING_DEPLOYMENT: 'true'
    PRUNE_DEV_DEPENDENCIES: 'true'

    PORT: '8080'
    PUBLIC_URL: 'https://${webApp.properties.defaultHostName}'
    BOT_ID: identity.properties.clientId
    BOT_TYPE: 'UserAssignedMSI'
    BOT_TENANT_ID: identity.properties.tenantId
    // Stays empty with a managed identity; listed because an operator looks for it.
    BOT_PASSWORD: ''
    AAD_APP_CLIENT_ID: aadAppClientId
    AAD_APP_CLIENT_SECRET: aadAppClientSecret
    AAD_APP_TENANT_ID: aadAppTenantId
    // As in aad.manifest.json and in the app package.
    AAD_APP_ID_URI: 'api://${webApp.properties.defaultHostName}/botid-${identity.properties.clientId}'
    CLOUD: cloud
    // App Service's front end is the one proxy before us; without it all the world would be one address.
    TRUSTED_PROXIES: '1'
    DATABASE_URL: 'postgresql://${databaseAdministrator}:${uriComponent(databasePassword)}@${databaseServer.properties.fullyQualifiedDomainName}:5432/${databaseName}?sslmode=verify-full'
    TOKEN_ENCRYPTION_KEY: tokenEncryptionKey
    // /home is the part of the file system that outlives a restart.
    DATA_DIR: '/home/data'
    LOG_LEVEL: logLevel
    ADMIN_OIDS: adminOids
  }
}

module bot './botRegistration/azurebot.bicep' = {
  name: 'calendar-watch-bot'
  params: {
    resourceBaseName: resourceBaseName
    botDisplayName: botDisplayName
    identityResourceId: identity.id
    identityClientId: identity.properties.clientId
    identityTenantId: identity.properties.tenantId
    botAppDomain: webApp.properties.defaultHostName
  }
}

output AZURE_APP_SERVICE_RESOURCE_ID string = webApp.id
output BOT_DOMAIN string = webApp.properties.defaultHostName
output BOT_ENDPOINT string = 'https://${webApp.properties.defaultHostName}'
output BOT_ID string = identity.properties.clientId
output BOT_TENANT_ID string = identity.properties.tenantId
