import type { Revocation } from '#lib/connect/schema'

/** What a revocation reaches, such as "everything of ana at GitHub". */
export function filterWords(
  filter: Revocation['filter'],
  connectorNames: Readonly<Record<string, string>>,
): string {
  const { user_id, connector, auth_config_id } = filter
  const of = typeof user_id === 'string' ? ` of ${user_id}` : ''
  const at = typeof connector === 'string' ? ` at ${connectorNames[connector] ?? connector}` : ''
  const by = typeof auth_config_id === 'string' ? ` through ${auth_config_id}` : ''
  return `Everything${of}${at}${by}`
}
