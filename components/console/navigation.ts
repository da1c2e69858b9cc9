import { type Permission, permits } from '#lib/identity/schema'

/** Which page is open. */
export type Here =
  | 'orgs'
  | 'overview'
  | 'accounts'
  | 'people'
  | 'agents'
  | 'requests'
  | 'approvals'
  | 'policies'
  | 'limits'
  | 'stops'
  | 'revocations'
  | 'incidents'
  | 'activity'
  | 'audit'
  | 'receipts'
  | 'reports'
  | 'usage'
  | 'quickstart'
  | 'connectors'
  | 'try'
  | 'requests-log'
  | 'events'
  | 'api-keys'
  | 'branding'
  | 'domains'
  | 'members'
  | 'sign-in-settings'
  | 'keys'

type Entry = {
  id: Here
  words: string
  needs: Permission
  /** Whether the deployment has such a page as well. */
  everywhere?: true
}

/** Stands in an address where the deployment is meant instead of an org: no org can have this id. */
export const deploymentSegment = '~'

/** The pages that there are, in the order in which they are listed; an entry is added with its page. */
const groups: readonly { words: string; entries: readonly Entry[] }[] = [
  { words: 'Start', entries: [{ id: 'overview', words: 'Overview', needs: 'overview.read' }] },
  {
    words: 'Access',
    entries: [
      { id: 'accounts', words: 'Connections', needs: 'accounts.read' },
      { id: 'people', words: 'People', needs: 'people.read' },
      { id: 'agents', words: 'Agents', needs: 'agents.read', everywhere: true },
      { id: 'requests', words: 'Requests', needs: 'requests.read' },
      { id: 'approvals', words: 'Approvals', needs: 'approvals.read' },
    ],
  },
  {
    words: 'Control',
    entries: [
      { id: 'policies', words: 'Policies', needs: 'policies.read' },
      { id: 'limits', words: 'Limits', needs: 'limits.read' },
      { id: 'stops', words: 'Stops', needs: 'stops.read', everywhere: true },
      { id: 'revocations', words: 'Revocations', needs: 'revocations.read', everywhere: true },
      { id: 'incidents', words: 'Incidents', needs: 'incidents.read', everywhere: true },
    ],
  },
  {
    words: 'Evidence',
    entries: [
      { id: 'activity', words: 'Activity', needs: 'activity.read' },
      { id: 'audit', words: 'Audit', needs: 'audit.read', everywhere: true },
      { id: 'receipts', words: 'Receipts', needs: 'receipts.read' },
      { id: 'reports', words: 'Reports', needs: 'audit.read', everywhere: true },
      { id: 'usage', words: 'Usage', needs: 'usage.read', everywhere: true },
    ],
  },
  {
    words: 'Build',
    entries: [
      { id: 'quickstart', words: 'Quickstart', needs: 'api_keys.read' },
      { id: 'connectors', words: 'Connectors', needs: 'connectors.read', everywhere: true },
      { id: 'try', words: 'Try it', needs: 'tools.try' },
      { id: 'requests-log', words: 'Requests log', needs: 'events.read' },
      { id: 'events', words: 'Events', needs: 'events.read' },
      { id: 'api-keys', words: 'API keys', needs: 'api_keys.read', everywhere: true },
    ],
  },
  {
    words: 'Settings',
    entries: [
      { id: 'branding', words: 'Branding', needs: 'branding.read', everywhere: true },
      { id: 'domains', words: 'Domains', needs: 'domains.read' },
      { id: 'members', words: 'Members', needs: 'members.read', everywhere: true },
      { id: 'sign-in-settings', words: 'Sign-in', needs: 'sign_in.read', everywhere: true },
      { id: 'keys', words: 'Encryption keys', needs: 'keys.read', everywhere: true },
    ],
  },
]

export type NavGroup = { words: string; entries: { id: Here; words: string; href: string }[] }

/** Where the pages of an org, or of the deployment, begin. */
export const baseOf = (org: string | null): string =>
  `/console/${org === null ? deploymentSegment : encodeURIComponent(org)}`

/**
 * What somebody of this role finds in the navigation: the pages that would open, and no others.
 * @param org its external id; `null` for the deployment
 */
export function navigationOf(org: string | null, role: string): NavGroup[] {
  const base = baseOf(org)
  return groups
    .map(({ words, entries }) => ({
      words,
      entries: entries
        .filter(({ needs, everywhere }) => (org !== null || everywhere) && permits(role, needs))
        .map(({ id, words }) => ({ id, words, href: id === 'overview' ? base : `${base}/${id}` })),
    }))
    .filter(({ entries }) => entries.length > 0)
}
