// Every page, route handler and action of the console, with the permission that it takes: the written half of the matrix.
// What is missing here fails e2e/roles.spec.ts.
import type { Permission } from '#lib/identity/schema'

type Needs = {
  needs: Permission
  /** Whether the deployment has it as well, at `~`. */
  everywhere?: true
  /** What it is asked for with, where without it there is nothing to be had. */
  query?: string
}

/** By their folder below `app/(console)/console/[org]`. */
export const pages: Readonly<Record<string, Needs>> = {
  '': { needs: 'overview.read' },
  accounts: { needs: 'accounts.read' },
  'accounts/[id]': { needs: 'accounts.read' },
  'accounts/export': { needs: 'accounts.read', query: '?format=csv' },
  people: { needs: 'people.read' },
  'people/[id]': { needs: 'people.read' },
  'people/export': { needs: 'people.read', query: '?format=csv' },
  agents: { needs: 'agents.read', everywhere: true },
  'agents/[id]': { needs: 'agents.read', everywhere: true },
  'agents/new': { needs: 'agents.manage', everywhere: true },
  'agents/export': { needs: 'agents.read', everywhere: true, query: '?format=csv' },
  requests: { needs: 'requests.read' },
  approvals: { needs: 'approvals.read' },
  'approvals/[id]': { needs: 'approvals.read' },
  policies: { needs: 'policies.read' },
  'policies/[id]': { needs: 'policies.read' },
  limits: { needs: 'limits.read' },
  stops: { needs: 'stops.read', everywhere: true },
  'stops/[id]': { needs: 'stops.read', everywhere: true },
  'stops/new': { needs: 'stops.manage', everywhere: true },
  revocations: { needs: 'revocations.read', everywhere: true },
  'revocations/[id]': { needs: 'revocations.read', everywhere: true },
  'revocations/[id]/accounts': { needs: 'revocations.read', everywhere: true },
  'revocations/new': { needs: 'revocations.manage', everywhere: true },
  'revocations/requests/[id]': { needs: 'revocations.read', everywhere: true },
  incidents: { needs: 'incidents.read', everywhere: true },
  activity: { needs: 'activity.read' },
  'activity/[id]': { needs: 'activity.read' },
  'activity/export': { needs: 'activity.read', query: '?format=csv' },
  audit: { needs: 'audit.read', everywhere: true },
  'audit/tail': { needs: 'audit.read', everywhere: true, query: '?after=0' },
  'audit/evidence': { needs: 'audit.export', everywhere: true },
  reports: { needs: 'audit.read', everywhere: true },
  'reports/[kind]': { needs: 'audit.export', everywhere: true },
  usage: { needs: 'usage.read', everywhere: true },
  'usage/export': { needs: 'usage.read', everywhere: true, query: '?table=calls' },
  receipts: { needs: 'receipts.read' },
  'receipts/[connection]': { needs: 'receipts.read' },
  'receipts/export': { needs: 'receipts.read', query: '?format=csv' },
  quickstart: { needs: 'api_keys.read' },
  try: { needs: 'tools.try' },
  'requests-log': { needs: 'events.read' },
  'requests-log/[id]': { needs: 'events.read' },
  events: { needs: 'events.read' },
  connectors: { needs: 'connectors.read', everywhere: true },
  'api-keys': { needs: 'api_keys.read', everywhere: true },
  branding: { needs: 'branding.read', everywhere: true },
  domains: { needs: 'domains.read' },
  members: { needs: 'members.read', everywhere: true },
  'members/[id]': { needs: 'members.read', everywhere: true },
  'sign-in-settings': { needs: 'sign_in.read', everywhere: true },
  keys: { needs: 'keys.read', everywhere: true },
}

/** What an action takes; `anyone` is for those who have no session, or end their own. `[permission, …arguments]` where it
 * depends on what it is called with, after the org. */
export type ActionNeeds = Permission | 'anyone' | readonly [Permission, ...string[]]

/** By the file below `app/(console)/console`, or by file and name where one differs from its neighbours. */
export const actions: Readonly<Record<string, ActionNeeds>> = {
  'actions.ts': 'anyone',
  'sign-in/actions.ts': 'anyone',
  'sign-in/sso-actions.ts': 'anyone',
  'list/actions.ts': ['people.read', 'people'],
  '[org]/accounts/actions.ts': 'revocations.manage',
  '[org]/accounts/[id]/actions.ts': 'accounts.manage',
  '[org]/people/[id]/actions.ts': 'people.manage',
  '[org]/agents/actions.ts': 'agents.manage',
  '[org]/approvals/actions.ts': 'approvals.decide',
  '[org]/requests/actions.ts': 'requests.decide',
  '[org]/policies/actions.ts': 'policies.manage',
  '[org]/limits/actions.ts': 'limits.manage',
  '[org]/stops/actions.ts': 'stops.manage',
  '[org]/revocations/[id]/actions.ts': 'revocations.read',
  '[org]/revocations/new/actions.ts': 'revocations.manage',
  '[org]/revocations/requests/[id]/actions.ts': 'revocations.manage',
  '[org]/incidents/actions.ts': 'incidents.manage',
  '[org]/audit/actions.ts': 'audit.read',
  '[org]/reports/actions.ts': 'audit.manage',
  '[org]/try/actions.ts': 'tools.try',
  '[org]/connectors/actions.ts': 'connectors.manage',
  '[org]/api-keys/actions.ts': 'api_keys.manage',
  '[org]/branding/actions.ts': 'branding.manage',
  '[org]/domains/actions.ts': 'domains.manage',
  '[org]/members/actions.ts': 'members.manage',
  '[org]/sign-in-settings/actions.ts': 'sign_in.manage',
  '[org]/keys/actions.ts': 'keys.manage',
}
