import { recentOfAccountsIn } from '#lib/audit'
import { wordsOf } from '#lib/connector-kit'
import type { Resources } from '#lib/consent/schema'
import { forOrg, type Tx } from '#lib/db'
import type { Locale } from '#lib/i18n/schema'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { getOrgIn } from '#lib/tenancy'
import { letInBy } from '../agent-grants/read.ts'
import type { Deps, Open } from '../context.ts'
import { happeningOf, toldActions } from './happenings.ts'
import { accountIn, assertManages } from './mine.ts'
import type {
  Happening,
  MineAccount,
  MineAgent,
  MineConsent,
  MineDetail,
  MineView,
  WordedScope,
} from './schema.ts'

const onList = 3
const onPage = 20
const endedMost = 10

const include = {
  connections: { orderBy: { id: 'desc' as const }, include: { grantees: true } },
}

const accountsIn = (tx: Tx, tenant: Tenant, which: { user_id: string; id?: string }) =>
  tx.connected_accounts.findMany({
    where: { org_id: tenant.orgId, deleted_at: null, ...which },
    orderBy: { id: 'desc' },
    include,
  })
type Row = Awaited<ReturnType<typeof accountsIn>>[number]
type Consent = Row['connections'][number]

const current = (row: Row): Consent | undefined =>
  row.connections.find(({ id }) => id === row.current_connection_id)

type Agent = { id: string; name: string; owner: string | null; purpose: string | null }

/** What accounts are told with: who their grantees are, what became of their endings, what happened lately. */
type Around = {
  organization: string
  agents: ReadonlyMap<string, Agent>
  endings: ReadonlyMap<string, { status: string }>
  happenings: ReadonlyMap<string, readonly Happening[]>
  worded: (connector: string, scopes: readonly string[]) => WordedScope[]
  limits: (connector: string, resources: Resources | null) => MineAccount['limits']
  connectorName: (connector: string) => string
}

async function aroundIn(
  { connectors }: Deps,
  tx: Tx,
  tenant: Tenant,
  rows: readonly Row[],
  most: number,
  locale: Locale,
): Promise<Around> {
  const { name: organization } = await getOrgIn(tx, tenant)
  const grantees = rows.flatMap(({ connections }) => connections.flatMap((consent) => consent.grantees))
  const ids = rows.map(({ id }) => publicId('connected_account', id))
  const recent = await recentOfAccountsIn(tx, tenant, ids, toldActions, most)
  const found = await tx.agents.findMany({
    where: { id: { in: [...new Set(grantees.map(({ agent_id }) => agent_id))] } },
  })
  const agents = new Map(found.map((agent) => [publicId('agent', agent.id), agent]))
  const endings = await tx.upstream_revocations.findMany({
    where: { org_id: tenant.orgId, account_id: { in: rows.map(({ id }) => id) } },
    orderBy: { id: 'asc' },
  })
  const names = { organization, agents: new Map([...agents].map(([id, { name }]) => [id, name])) }
  const happenings = new Map<string, Happening[]>()
  for (const event of recent) {
    const row = rows.find(({ id }) => publicId('connected_account', id) === event.connected_account_id)
    const happening = row && happeningOf(event, names, connectors[row.connector])
    if (happening) happenings.set(row.id, [...(happenings.get(row.id) ?? []), happening])
  }
  return {
    organization,
    agents,
    endings: new Map(endings.map((ending) => [ending.account_id, ending])),
    happenings,
    connectorName: (id) => connectors[id]?.name ?? id,
    limits(id, resources) {
      const connector = connectors[id]
      const words = connector && wordsOf(connector, locale).resources
      return Object.entries(resources ?? {}).map(([kind, items]) => ({
        kind,
        title: words?.[kind]?.title ?? kind,
        items,
      }))
    },
    worded(id, scopes) {
      const connector = connectors[id]
      const words = connector && wordsOf(connector, locale).scopes
      return scopes.map((scope) => ({
        scope,
        does: words?.[scope]?.does ?? scope,
        risk: connector?.scopes[scope]?.risk ?? null,
      }))
    },
  }
}

const granteesOf = (consent: Consent | undefined, around: Around): string[] => {
  if (!consent) return []
  if (consent.grantee_product) return [around.organization]
  return consent.grantees.flatMap(
    ({ agent_id }) => around.agents.get(publicId('agent', agent_id))?.name ?? [],
  )
}

function accountView(row: Row, around: Around): MineAccount {
  const consent = current(row)
  const ended = row.status === 'revoked'
  const ending = ended ? around.endings.get(row.id) : undefined
  return {
    id: publicId('connected_account', row.id),
    connector: { id: row.connector, name: around.connectorName(row.connector) },
    label: row.label,
    status: row.status as MineAccount['status'],
    pausedBy: row.paused_by as ('user' | 'admin')[],
    grantees: granteesOf(consent, around),
    scopes: around.worded(row.connector, consent?.scopes_granted ?? []),
    purpose: consent?.purpose ?? null,
    limits: around.limits(row.connector, (consent?.resources ?? null) as Resources | null),
    since: consent?.consented_at.toISOString() ?? null,
    until: consent?.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    endedThere: (ending?.status ?? null) as MineAccount['endedThere'],
    endedAt: ended ? row.updated_at.toISOString() : null,
    recent: around.happenings.get(row.id) ?? [],
  }
}

/** Accounts by who may use them, each agent once; an account that several may use stands with each of them. */
function byAgent(rows: readonly Row[], around: Around): MineAgent[] {
  const product = { id: null, name: around.organization, owner: null, purpose: null }
  const groups = new Map<string | null, { agent: Omit<MineAgent, 'accounts'>; rows: Row[] }>()
  for (const row of rows) {
    const consent = current(row)
    const agents = consent?.grantee_product === false ? consent.grantees : []
    const named = agents.flatMap(({ agent_id }) => {
      const id = publicId('agent', agent_id)
      const agent = around.agents.get(id)
      return agent ? [{ id, name: agent.name, owner: agent.owner, purpose: agent.purpose }] : []
    })
    for (const agent of named.length > 0 ? named : [product]) {
      const group = groups.get(agent.id) ?? { agent, rows: [] }
      group.rows.push(row)
      groups.set(agent.id, group)
    }
  }
  return [...groups.values()].map((group) => ({
    ...group.agent,
    accounts: group.rows.map((row) => accountView(row, around)),
  }))
}

/** Which agents hold which of a person's accounts, and what they did lately. @throws AppError `not_found` */
export async function mineView(deps: Deps, opened: Open, locale: Locale): Promise<MineView> {
  assertManages(opened)
  const { tenant, session } = opened
  return forOrg(tenant, async (tx) => {
    const rows = await accountsIn(tx, tenant, { user_id: session.user_id })
    const live = rows.filter(({ status }) => status !== 'revoked')
    const ended = rows
      .filter(({ status }) => status === 'revoked')
      .sort((a, b) => b.updated_at.getTime() - a.updated_at.getTime())
      .slice(0, endedMost)
    const around = await aroundIn(deps, tx, tenant, [...live, ...ended], onList, locale)
    return {
      organization: around.organization,
      user: { id: session.user.external_id, name: session.user.name },
      agents: byAgent(live, around),
      letIn: await letInBy(deps, tx, tenant, session.user_id),
      ended: ended.map((row) => accountView(row, around)),
      returnUrl: session.return_url,
    }
  })
}

/** One account with its consents. @throws AppError `not_found` for another person's, as for one that never was */
export async function mineDetail(
  deps: Deps,
  opened: Open,
  accountId: string,
  locale: Locale,
): Promise<MineDetail> {
  assertManages(opened)
  const { tenant, session } = opened
  return forOrg(tenant, async (tx) => {
    const id = await accountIn(tx, opened, accountId)
    const rows = await accountsIn(tx, tenant, { user_id: session.user_id, id })
    const around = await aroundIn(deps, tx, tenant, rows, onPage, locale)
    const [row] = rows
    if (!row) throw new Error('the account vanished within a transaction')
    return {
      organization: around.organization,
      account: accountView(row, around),
      history: row.connections.map(
        (consent): MineConsent => ({
          id: publicId('connection', consent.id),
          at: consent.consented_at.toISOString(),
          until: consent.expires_at?.toISOString() ?? null,
          scopes: around.worded(row.connector, consent.scopes_granted),
          grantees: granteesOf(consent, around),
          current: consent.id === row.current_connection_id && row.status !== 'revoked',
        }),
      ),
    }
  })
}
