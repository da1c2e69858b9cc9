import type { Recent } from '#lib/audit'
import type { Connector } from '#lib/connector-kit'
import { publicId } from '#lib/ids'
import type { Happening } from './schema.ts'

/** What an account's owner is told of, by the audit's name for it. The rest is of the machine. */
const told: Readonly<Record<string, Happening['what']>> = {
  'tool.executed': 'used',
  'connection.created': 'connected',
  'connected_account.imported': 'connected',
  'connection.scopes_changed': 'changed',
  'connection.narrowed': 'changed',
  'connected_account.paused': 'paused',
  'connected_account.resumed': 'resumed',
  'connected_account.revoked': 'ended',
  'connected_account.revocation_settled': 'ended_there',
  'connected_account.needs_reauth': 'lost',
  'connected_account.restored': 'restored',
}
export const toldActions = Object.keys(told)

/** Who did something, as a person knows them: themselves, an agent, the product, its administrators, or Behalf. */
function byOf(event: Recent): Happening['by'] {
  if (event.agent_id !== null || event.actor.type === 'agent') return 'agent'
  switch (event.actor.type) {
    case 'end_user':
      return 'you'
    case 'member':
      return 'admin'
    case 'system':
      return 'system'
    default:
      return 'product'
  }
}

/** One event of the audit as something that happened; `null` for what has no news in it. */
export function happeningOf(
  event: Recent,
  names: { organization: string; agents: ReadonlyMap<string, string> },
  connector: Connector | undefined,
): Happening | null {
  const what = told[event.action]
  // That the provider was told too is news only once it said yes.
  if (!what || (what === 'ended_there' && event.details.upstream !== 'revoked')) return null
  const tool = event.tool_name === null ? undefined : connector?.tools[event.tool_name]
  const consented = what === 'connected' || what === 'changed'
  // The host vouches for who finished; whose decision it was is known all the same.
  const by = consented && event.action !== 'connected_account.imported' ? 'you' : byOf(event)
  const agent = event.agent_id === null ? undefined : names.agents.get(event.agent_id)
  return {
    id: publicId('audit_event', event.id),
    at: event.occurred_at.toISOString(),
    what,
    outcome: event.outcome,
    by,
    name: by === 'agent' ? (agent ?? null) : by === 'product' ? names.organization : null,
    tool:
      what === 'used'
        ? { title: tool?.title ?? event.tool_name ?? '', effect: tool?.effect ?? 'read' }
        : null,
  }
}
