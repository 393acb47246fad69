// Who is told, and of what. Each rule is a query of its own, in queries/; docs/operations.md says what to do.

param location string
param tags object
param prefix string
@description('The workspace, not the component: there the tables have the names that the queries use.')
param workspaceId string
param alertEmail string
@description('Off in places where nobody is on call.')
param enabled bool

// severity: 1 somebody acts now, 2 today, 3 this week. every: how often it is asked. window: of which time; longer,
// because lines arrive minutes late, and what arrives after its window was asked for would never be seen.
var rules = [
  { name: 'given-up', severity: 1, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/given_up.kql'), title: 'Messages were given up' }
  { name: 'failed-rounds', severity: 2, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/failed_rounds.kql'), title: 'Workers fail' }
  { name: 'timers-stopped', severity: 1, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/timers_stopped.kql'), title: 'No timer runs' }
  { name: 'server-errors', severity: 1, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/server_errors.kql'), title: 'Requests end with 5xx' }
  { name: 'throttled', severity: 3, every: 'PT30M', window: 'PT1H', query: loadTextContent('queries/throttled.kql'), title: 'Microsoft or TIMIFY asks us to slow down' }
  { name: 'own-credentials', severity: 1, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/own_credentials.kql'), title: 'Our own credentials are refused' }
  { name: 'mail-refused', severity: 1, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/mail_refused.kql'), title: 'The mail carrier refuses this deployment' }
  { name: 'subscriptions-refused', severity: 2, every: 'PT30M', window: 'PT1H', query: loadTextContent('queries/subscriptions_refused.kql'), title: 'Subscriptions are refused or silent' }
  { name: 'queue-unreachable', severity: 1, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/queue_unreachable.kql'), title: 'Notifications cannot be kept' }
  { name: 'waiting', severity: 1, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/waiting.kql'), title: 'Nobody takes messages' }
  { name: 'lag', severity: 2, every: 'PT15M', window: 'PT30M', query: loadTextContent('queries/lag.kql'), title: 'Changes wait for their round' }
  { name: 'reconnect', severity: 2, every: 'PT30M', window: 'PT1H', query: loadTextContent('queries/reconnect.kql'), title: 'Many calendars must be connected again' }
  { name: 'renewals-overdue', severity: 2, every: 'PT30M', window: 'PT1H', query: loadTextContent('queries/renewals_overdue.kql'), title: 'Renewals are overdue' }
  { name: 'subscriptions-missing', severity: 2, every: 'PT3H', window: 'PT6H', query: loadTextContent('queries/subscriptions_missing.kql'), title: 'Fewer subscriptions than calendars' }
]

resource onCall 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${prefix}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'o365 sync'
    enabled: true
    emailReceivers: [
      {
        name: 'operations'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

resource queryRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: '${prefix}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: rule.title
    description: 'What to do: docs/operations.md, "${rule.name}".'
    severity: rule.severity
    enabled: enabled
    scopes: [workspaceId]
    // Tables that never had a row are unknown in a new workspace; tests bind every query.
    skipQueryValidation: true
    evaluationFrequency: rule.every
    windowSize: rule.window
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [onCall.id]
    }
  }
}]

output actionGroupId string = onCall.id
