import type { Revocation } from '#lib/connect/schema'

const inStatus: Readonly<Record<string, string>> = {
  active: 'active',
  needs_reauth: 'in need of reconnecting',
  unverified: 'unverified',
  paused: 'paused',
  revoked: 'revoked',
}

const inAttention: Readonly<Record<string, string>> = {
  dormant: 'not used for 90 days',
  expiring: 'with a consent that ends within 14 days',
  over_granted: 'granted more than was used',
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** What a revocation reaches, such as "everything of ana at GitHub". */
export function filterWords(
  filter: Revocation['filter'],
  connectorNames: Readonly<Record<string, string>>,
): string {
  const { chosen } = filter
  const [user, connector, config] = [
    text(filter.user_id),
    text(filter.connector),
    text(filter.auth_config_id),
  ]
  const [status, attention, agent] = [text(filter.status), text(filter.attention), text(filter.agent_id)]
  const what =
    typeof chosen === 'number' ? `${chosen} chosen ${chosen === 1 ? 'account' : 'accounts'}` : 'Everything'
  const state = [
    ...(agent ? [`in reach of ${agent}`] : []),
    ...(status ? [inStatus[status] ?? status] : []),
    ...(attention ? [inAttention[attention] ?? attention] : []),
  ]
  return [
    what,
    ...(user ? [` of ${user}`] : []),
    ...(connector ? [` at ${connectorNames[connector] ?? connector}`] : []),
    ...(config ? [` through ${config}`] : []),
    ...(state.length > 0 ? [` that is ${state.join(', ')}`] : []),
  ].join('')
}
