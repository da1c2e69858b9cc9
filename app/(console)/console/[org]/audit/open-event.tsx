import { ChainBadge } from '#components/console/audit/chain-badge'
import { EventPanel, type Related } from '#components/console/audit/event-panel'
import { Empty } from '#components/ui/empty'
import { aroundOfActor, getAuditEvent, namesIn, verifyAround } from '#lib/audit'
import type { AuditEvent } from '#lib/audit/schema'
import { AppError } from '#lib/errors'
import { permits } from '#lib/identity/schema'
import type { Tenant } from '#lib/proof'
import { hrefWith } from '../../href-with.ts'

const textOf = (value: AuditEvent['details'][string] | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const hourMs = 3_600_000
const beside = (at: string, hours: number) => new Date(Date.parse(at) + hours * hourMs).toISOString()

/** What an event leads to, as far as this role may go there. */
function relatedTo(event: AuditEvent, base: string, role: string): Related[] {
  const path = `${base}/audit`
  const near = { since: beside(event.occurred_at, -24), until: beside(event.occurred_at, 24) }
  const { details } = event
  const session = textOf(details.connect_session_id)
  const execution = textOf(details.execution_id)
  const on = event.actor.type
  const found: (Related | false | null)[] = [
    event.connection_id !== null &&
      permits(role, 'receipts.read') && {
        words: 'Receipt of the consent',
        about: event.connection_id,
        href: `${base}/receipts/${event.connection_id}?format=html`,
        file: true,
      },
    session !== null && {
      words: 'The connect session',
      about: session,
      href: hrefWith(path, {}, { session, range: 'all' }),
    },
    execution !== null && {
      words: 'The execution',
      about: execution,
      href: hrefWith(path, {}, { execution, ...near }),
    },
    event.connected_account_id !== null &&
      permits(role, 'accounts.read') && {
        words: 'The account',
        about: event.connected_account_id,
        href: `${base}/accounts/${event.connected_account_id}`,
      },
    event.connected_account_id !== null && {
      words: 'All events of the account',
      about: event.connected_account_id,
      href: hrefWith(path, {}, { account: event.connected_account_id, range: 'all' }),
    },
    event.agent_id !== null &&
      permits(role, 'agents.read') && {
        words: 'The agent',
        about: event.agent_id,
        href: `${base}/agents/${event.agent_id}`,
      },
    event.trace_id !== null && {
      words: 'The same trace',
      about: event.trace_id,
      href: hrefWith(path, {}, { trace: event.trace_id, ...near }),
    },
    on !== 'system' && {
      words: 'All by this actor',
      about: `${event.actor.type}/${event.actor.id}`,
      href: hrefWith(path, {}, { actor: event.actor.id, range: 'all' }),
    },
  ]
  return found.filter((one) => one !== false && one !== null)
}

/** The event that the address names, with what the chain says of it at this moment. */
export async function OpenEvent({
  tenant,
  id,
  base,
  role,
  close,
  given,
  cursor,
}: {
  tenant: Tenant
  id: string
  base: string
  role: string
  close: string
  given: Readonly<Record<string, string>>
  cursor: string | null
}) {
  const event = await getAuditEvent(tenant, id).catch((thrown: unknown) => {
    if (thrown instanceof AppError && thrown.code === 'not_found') return null
    throw thrown
  })
  if (!event)
    return (
      <Empty title="There is no such event">
        <a href={close} className="text-link underline-offset-2 hover:underline">
          Back to the list
        </a>
      </Empty>
    )
  const [found, around] = await Promise.all([
    verifyAround(tenant, event.sequence),
    aroundOfActor(tenant, event, 3),
  ])
  const names = await namesIn(tenant, [event, ...around])
  return (
    <EventPanel
      event={event}
      names={names}
      close={close}
      chain={<ChainBadge found={found} sequence={event.sequence} />}
      related={relatedTo(event, base, role)}
      around={around}
      hrefOf={(other) =>
        hrefWith(`${base}/audit`, given, { ...(cursor !== null && { cursor }), event: other })
      }
    />
  )
}
