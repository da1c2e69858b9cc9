import Link from 'next/link'
import { z } from 'zod'
import { AgentBadge } from '#components/console/agents/agent-badge'
import { Time } from '#components/console/time'
import { Visible } from '#components/console/visible-text'
import {
  type AgentsCursor,
  agentsOrders,
  type ExportPage,
  listWatchedAgents,
  type WatchedAgent,
} from '#lib/console'
import { countWords } from '#lib/console/schema'
import { uuidShape } from '#lib/http'
import type { Tenant } from '#lib/proof'
import type { SearchParams } from '../../filters.ts'
import { type AskedList, type ListColumn, readList } from '../../list/read.ts'
import { isDeployment } from '../../session.ts'

const filter = z.object({
  name: z.string().max(100).optional(),
  owner: z.string().max(200).optional(),
  environment: z.string().max(100).optional(),
  status: z.enum(['active', 'disabled']).optional(),
  kind: z.enum(['registered', 'client', 'shared']).optional(),
})
export type AgentsAsked = z.infer<typeof filter>

export const kindChoices = [
  { value: 'registered', words: 'Created here' },
  { value: 'client', words: 'Registered itself' },
  { value: 'shared', words: 'Of the deployment' },
]

type Context = { base: string }

const lately = (base: string, { id }: WatchedAgent, refused: boolean) =>
  `${base}/activity?agent_id=${id}${refused ? '&status=refused' : ''}`

const every: readonly ListColumn<WatchedAgent, Context>[] = [
  {
    id: 'agent',
    header: 'Agent',
    fixed: true,
    cell: ({ id, name, kind, shared }, { base }) => (
      <>
        <Link
          href={`${base}/agents/${id}`}
          data-open
          className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
        >
          <Visible text={name} />
        </Link>
        {(shared || kind === 'client') && (
          <span className="block text-xs text-muted-fg">
            {shared ? 'Of the deployment' : 'Registered itself: the name is its own word'}
          </span>
        )}
      </>
    ),
    value: ({ name }) => name,
  },
  {
    id: 'status',
    header: 'Status',
    cell: ({ status }) => <AgentBadge status={status} />,
    value: ({ status }) => status,
  },
  {
    id: 'owner',
    header: 'Owner',
    cell: ({ owner }) => <span className="wrap-anywhere">{owner ?? 'Nobody'}</span>,
    value: ({ owner }) => owner,
  },
  {
    id: 'team',
    header: 'Team',
    cell: ({ team }) => team,
    value: ({ team }) => team,
  },
  {
    id: 'environment',
    header: 'Environment',
    cell: ({ environment }) => environment,
    value: ({ environment }) => environment,
  },
  {
    id: 'last_seen',
    header: 'Last seen',
    order: { ascending: 'unseen_longest', descending: 'seen_last' },
    cell: ({ last_seen_at }) => <Time unbroken at={last_seen_at} />,
    value: ({ last_seen_at }) => last_seen_at,
  },
  {
    id: 'calls',
    header: 'Calls, 7 days',
    end: true,
    cell: (agent, { base }) =>
      agent.calls.count === 0 ? (
        0
      ) : (
        <Link href={lately(base, agent, false)} className="text-link underline-offset-2 hover:underline">
          {countWords(agent.calls)}
        </Link>
      ),
    value: ({ calls }) => calls.count,
  },
  {
    id: 'refused',
    header: 'Refused, 7 days',
    end: true,
    order: { ascending: 'refused_least', descending: 'refused_most' },
    cell: (agent, { base }) =>
      agent.refused.count === 0 ? (
        0
      ) : (
        <Link href={lately(base, agent, true)} className="text-link underline-offset-2 hover:underline">
          {countWords(agent.refused)}
        </Link>
      ),
    value: ({ refused }) => refused.count,
  },
  {
    id: 'purpose',
    header: 'Purpose',
    hidden: true,
    cell: ({ purpose }) => <span className="wrap-anywhere">{purpose}</span>,
    value: ({ purpose }) => purpose,
  },
  {
    id: 'created',
    header: 'Created',
    hidden: true,
    order: { ascending: 'oldest', descending: 'newest' },
    cell: ({ created_at }) => <Time unbroken at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'id',
    header: 'Id',
    hidden: true,
    cell: ({ id }) => <code className="font-mono text-xs break-all">{id}</code>,
    value: ({ id }) => id,
  },
]

/** Calls are of an organization: of the deployment's agents each has its own part to tell. */
export const columnsOf = (tenant: Tenant): readonly ListColumn<WatchedAgent, Context>[] =>
  isDeployment(tenant) ? every.filter(({ id }) => id !== 'calls' && id !== 'refused') : every

const cursorShape = new RegExp(`^\\d{1,16}\\|${uuidShape.source.replace(/^\^|\$$/g, '')}$`)

export const askAgents = (searchParams: SearchParams, last: string | null): Promise<AskedList<AgentsAsked>> =>
  readList(searchParams, { schema: filter, cursorShape, columns: every, orders: agentsOrders, last })

function cursorFrom(text: string | null): AgentsCursor | null {
  const [by, id] = text?.split('|') ?? []
  return by === undefined || id === undefined ? null : { by: Number(by), id }
}

/** A page of agents as they were asked for. */
export async function readAgents(
  tenant: Tenant,
  { filter, order }: AskedList<AgentsAsked>,
  cursor: string | null,
  most: number,
): Promise<ExportPage<WatchedAgent>> {
  const by = agentsOrders.find((name) => name === order) ?? 'newest'
  const found = await listWatchedAgents(tenant, filter, by, cursorFrom(cursor), most + 1)
  const last = found[most - 1]?.cursor
  return {
    rows: found.slice(0, most).map(({ agent }) => agent),
    next: found.length > most && last ? `${last.by}|${last.id}` : null,
  }
}
