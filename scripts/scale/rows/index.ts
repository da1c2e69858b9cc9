import { accountStatements } from './accounts.ts'
import { callStatements } from './calls.ts'
import { flowStatements } from './flow.ts'
import { type Org, termsOf } from './terms.ts'

export { functions } from './terms.ts'

/** Every table that is filled. */
export const tables = [
  ...['end_users', 'agents', 'connected_accounts', 'connections', 'connection_grantees', 'receipts'],
  ...[
    'connection_requests',
    'approvals',
    'agent_grants',
    'connect_sessions',
    'connect_attempts',
    'credentials',
  ],
  ...['outbox_events', 'usage_renewals', 'request_log', 'executions', 'audit_events'],
] as const

/** Every statement that fills an organization; they need nothing of each other. */
export function statementsFor(org: Org): string[] {
  const terms = termsOf(org)
  return [...accountStatements(terms), ...flowStatements(terms), ...callStatements(terms)]
}
