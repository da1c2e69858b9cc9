import { type Count, countWords, dormantDays, expiringDays, refusedDays } from '#lib/console/schema'
import type { Permission } from '#lib/identity/schema'
import { visible } from './visible.ts'

/** What is counted of an org; `Attention` of lib/console has this shape. */
export type Counted = {
  needs_reauth: Count
  dormant: Count
  over_granted: Count
  expiring_consents: Count
  expiring_keys: Count
  expiring_credentials: Count
  refused_calls: Count
  pending_approvals: Count
  pending_requests: Count
  pending_revocations: Count
  failing: readonly { connector: string; failed: number }[]
  unusual: readonly { id: string; name: string; refused: number; deleted: number }[]
}

export type Item = {
  id: string
  count: string
  title: string
  /** What to make of it. */
  about: string
  href: string
  urgent: boolean
}

type Facts = {
  attention: Counted
  /** Connectors with an open incident. */
  incidents: readonly string[]
  connectorNames: Readonly<Record<string, string>>
  base: string
  may: (permission: Permission) => boolean
}

const one = ({ count, more }: Count, single: string, several: string): string =>
  count === 1 && !more ? single : several

type Told = { count: number; what: string }

/** One agent that does what few do: its page has what it did, and stops it. */
function unusual({ id, name, refused, deleted }: Counted['unusual'][number], base: string): Item {
  const told = [
    { count: refused, what: refused === 1 ? 'refused call' : 'refused calls' },
    { count: deleted, what: deleted === 1 ? 'deletion' : 'deletions' },
  ]
  const [most, less] = (refused >= deleted ? told : told.toReversed()) as [Told, Told]
  return {
    id: `unusual ${id}`,
    count: String(most.count),
    title: `${most.what} of ${visible(name)} in 24 hours`,
    about: `${less.count > 0 ? `And ${less.count} ${less.what}. ` : ''}Its page shows what it did, and stops it.`,
    href: `${base}/agents/${id}`,
    urgent: true,
  }
}

/** What needs somebody, the most urgent first: what this role may look at, and nothing that there is none of. */
export function attentionItems({ attention, incidents, connectorNames, base, may }: Facts): Item[] {
  const nameOf = (connector: string) => connectorNames[connector] ?? connector
  const counted = (
    id: keyof Omit<Counted, 'failing' | 'unusual'>,
    permission: Permission,
    urgent: boolean,
    words: (count: Count) => Pick<Item, 'title' | 'about'>,
    href: string,
  ): Item[] => {
    const count = attention[id]
    if (count.count === 0 || !may(permission)) return []
    return [{ id, count: countWords(count), urgent, href: `${base}/${href}`, ...words(count) }]
  }
  return [
    ...(incidents.length > 0 && may('incidents.read')
      ? [
          {
            id: 'incidents',
            count: String(incidents.length),
            title: incidents.length === 1 ? 'incident is open' : 'incidents are open',
            about: `${[...new Set(incidents.map(nameOf))].join(', ')}: too many renewals are refused alike. Accounts are held, none is disconnected.`,
            href: `${base}/incidents`,
            urgent: true,
          },
        ]
      : []),
    ...(may('agents.read') ? attention.unusual.map((agent) => unusual(agent, base)) : []),
    ...counted(
      'pending_revocations',
      'revocations.read',
      true,
      (count) => ({
        title: one(count, 'revocation waits for a second person', 'revocations wait for a second person'),
        about: 'Somebody asked that everything be revoked. Nothing is, until somebody else approves.',
      }),
      'revocations',
    ),
    ...counted(
      'pending_approvals',
      'approvals.read',
      true,
      (count) => ({
        title: one(count, 'call waits for an approval', 'calls wait for an approval'),
        about: 'An agent asked for something that a policy leaves to people.',
      }),
      'approvals',
    ),
    ...counted(
      'pending_requests',
      'requests.read',
      true,
      (count) => ({
        title: one(count, 'request waits for a decision', 'requests wait for a decision'),
        about: 'Somebody wants to connect what their group may not connect by itself.',
      }),
      'requests',
    ),
    ...(attention.failing.length > 0 && may('activity.read')
      ? [
          {
            id: 'failing',
            count: String(attention.failing.length),
            title: attention.failing.length === 1 ? 'connector fails' : 'connectors fail',
            about: `In the last 24 hours: ${attention.failing.map(({ connector, failed }) => `${nameOf(connector)} (${failed} calls)`).join(', ')}.`,
            href: `${base}/activity?status=failed`,
            urgent: true,
          },
        ]
      : []),
    ...counted(
      'needs_reauth',
      'accounts.read',
      true,
      (count) => ({
        title: one(
          count,
          'account needs its user to sign in again',
          'accounts need their users to sign in again',
        ),
        about: 'Until then no call goes through with them.',
      }),
      'accounts?status=needs_reauth',
    ),
    ...counted(
      'refused_calls',
      'activity.read',
      false,
      (count) => ({
        title: one(
          count,
          `call was refused in ${refusedDays} days`,
          `calls were refused in ${refusedDays} days`,
        ),
        about: 'An agent tried what it may not do, or a policy is narrower than was meant.',
      }),
      'activity?status=refused',
    ),
    ...counted(
      'expiring_consents',
      'accounts.read',
      false,
      (count) => ({
        title: one(count, 'consent ends soon', 'consents end soon'),
        about: `Within ${expiringDays} days. Their users can renew them.`,
      }),
      'accounts?attention=expiring',
    ),
    ...counted(
      'expiring_keys',
      'api_keys.read',
      false,
      (count) => ({
        title: one(count, 'API key ends soon', 'API keys end soon'),
        about: `Within ${expiringDays} days. Make new ones and change to them before.`,
      }),
      'api-keys',
    ),
    ...counted(
      'expiring_credentials',
      'agents.read',
      false,
      (count) => ({
        title: one(count, 'credential of an agent ends soon', 'credentials of agents end soon'),
        about: `Within ${expiringDays} days. Rotate them before.`,
      }),
      'agents',
    ),
    ...counted(
      'dormant',
      'accounts.read',
      false,
      (count) => ({
        title: one(count, 'account is dormant', 'accounts are dormant'),
        about: `Not used for ${dormantDays} days. What nobody uses is best revoked.`,
      }),
      'accounts?attention=dormant&sort=unused_longest',
    ),
    ...counted(
      'over_granted',
      'accounts.read',
      false,
      (count) => ({
        title: one(
          count,
          'account was granted more than it used',
          'accounts were granted more than they used',
        ),
        about: `Scopes that no call needed in ${dormantDays} days, among the accounts connected last.`,
      }),
      'accounts?attention=over_granted',
    ),
  ]
}
