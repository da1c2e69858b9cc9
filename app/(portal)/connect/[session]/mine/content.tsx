import type { ReactNode } from 'react'
import { type Done, Mine } from '#components/portal/mine'
import { Detail } from '#components/portal/mine-detail'
import { Narrow } from '#components/portal/mine-narrow'
import type { Open } from '#lib/connect'
import type { MineView } from '#lib/connect/schema'
import { AppError } from '#lib/errors'
import type { MessageKey, Translator } from '#lib/i18n/schema'
import { connect } from '#runtime'

/** The pages of what a person manages, whoever shows them: a page of this browser, or a frame with its handle. */
type Shown = { open: Open; t: Translator; session: string; query: URLSearchParams }

const as = { paused: 'paused', resumed: 'active', ended: 'revoked', limited: null } as const

/** What an address says was done, where it is so: an address can be made up. */
function doneOf(view: MineView, query: URLSearchParams): Done | null {
  const what = query.get('done')
  if (what === null || !Object.hasOwn(as, what)) return null
  const wanted = as[what as keyof typeof as]
  const all = [...view.agents.flatMap(({ accounts }) => accounts), ...view.ended]
  const account = all.find(({ id }) => id === query.get('account'))
  if (!account || (wanted !== null && account.status !== wanted)) return null
  return { what: what as Done['what'], account }
}

async function list({ open, t, session, query }: Shown): Promise<ReactNode> {
  const view = await connect.mine(open, t.locale)
  const refused = query.get('refused') !== null
  // An address can be made up: what it names as taken back is not in force.
  const back = query.get('taken_back')
  const takenBack = back !== null && !view.letIn.some(({ id }) => id === back)
  const done = doneOf(view, query)
  const facts = { t, session, view, now: Date.now(), done, refused, takenBack }
  return <Mine {...facts} />
}

async function detail({ open, t, session }: Shown, account: string): Promise<ReactNode> {
  const found = await connect.mineDetail(open, account, t.locale)
  return <Detail t={t} session={session} detail={found} now={Date.now()} />
}

const faults: Readonly<Record<string, MessageKey>> = { none: 'mine.limit_none', kept: 'mine.limit_kept' }

async function narrow({ open, t, session, query }: Shown, account: string): Promise<ReactNode> {
  const found = await connect.mineDetail(open, account, t.locale)
  const fault = faults[query.get('fault') ?? ''] ?? null
  return <Narrow t={t} session={session} account={found.account} now={Date.now()} fault={fault} />
}

/**
 * The page at a path below `/connect/{session}/mine`.
 * @throws AppError `not_found` for a path that has none, or another person's account
 */
export async function mineContent(shown: Shown, path: readonly string[]): Promise<ReactNode> {
  const [account, page, ...more] = path
  if (account === undefined) return list(shown)
  if (page === undefined) return detail(shown, account)
  if (page === 'narrow' && more.length === 0) return narrow(shown, account)
  throw new AppError('not_found')
}
