import { timingSafeEqual } from 'node:crypto'
import { appendAudit, type Origin, originFields } from '#lib/audit'
import { type Connector, type Resource, type ResourceKind, wordsOf } from '#lib/connector-kit'
import {
  type Attempt,
  assertLive,
  consentHash,
  getSessionIn,
  keepPicksIn,
  moveSessionIn,
  type ProviderAnswer,
  pickedText,
  pickIn,
  pickingAttemptIn,
} from '#lib/consent'
import { type Resources, resources as resourcesSchema } from '#lib/consent/schema'
import { forOrg, type Tx } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import type { Translator } from '#lib/i18n'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { authConfigOf } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { getOrg } from '#lib/tenancy'
import { orgHmacOf, type Tokens, withOpened } from '#lib/vault'
import { connectorOf, type Deps, type Open } from '../context.ts'
import { answerBinding } from './answer.ts'
import { endOf } from './finish.ts'
import type { FlowCookie } from './flow-cookie.ts'
import { pickPath } from './pick-path.ts'
import { readingHttp } from './provider-http.ts'

// Between the provider's answer and the host's word: whoever chose "only what I pick" picks here. The picks so far are
// kept with the attempt, so that a search needs no script; a thing is named by a mark of ours, so that nobody puts a
// harmless name to something else.

/** One thing to pick; `value` is what the form sends for it. */
export type Choice = { value: string; label: string; picked: boolean }

/** What the page shows on which a person picks. */
export type ResourceChoice = {
  who: string
  connector: { id: string; name: string }
  account: string
  kind: string
  title: string
  /** Picked before, and not among the items. */
  picked: Choice[]
  items: Choice[]
  /** Where the next page of items begins; `null` after the last. */
  next: string | null
  search: string
  /** How many are picked in all. */
  count: number
  /** Whether the provider did not show the list. */
  failed: boolean
}

const searchMax = 100

type Mark = { of: (kind: string, one: Resource) => string; read: (kind: string, value: string) => Resource }

/** Marks bind a thing and its name to the attempt. @throws AppError `invalid_request` from `read` for any other */
async function marksFor(tenant: Tenant, attemptId: string): Promise<Mark> {
  const hmac = await orgHmacOf(tenant)
  const macOf = (kind: string, body: string) => hmac('resource_choice', `${attemptId} ${kind} ${body}`)
  const refuse = () =>
    new AppError('invalid_request', { detail: 'Something was chosen that was not offered.', param: 'pick' })
  return {
    of: (kind, { id, label }) => {
      const body = Buffer.from(JSON.stringify([id, label])).toString('base64url')
      return `${body}.${macOf(kind, body)}`
    },
    read: (kind, value) => {
      const [body = '', mac = ''] = value.split('.')
      const [given, wanted] = [Buffer.from(mac), Buffer.from(macOf(kind, body))]
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw refuse()
      const [id, label] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [string, string]
      return { id, label }
    },
  }
}

/** The attempt that this browser is to pick for. @throws AppError `session_used`, `session_expired` */
async function attemptIn(tx: Tx, { tenant, session }: Open, flow: FlowCookie): Promise<Attempt> {
  assertLive(await getSessionIn(tx, tenant, session.id))
  if (!flow.picking) throw new AppError('session_used', { detail: 'This choice is over.' })
  return pickingAttemptIn(tx, tenant, flow.picking, session.id)
}

const picksOf = (attempt: Pick<Attempt, 'resources'>): Resources =>
  resourcesSchema.safeParse(attempt.resources).data ?? {}

/** @throws AppError `not_found` for a kind that the person did not want to pick from */
function kindOf(connector: Connector, attempt: Attempt, asked: string | undefined) {
  const kind = asked ?? attempt.limited[0] ?? ''
  const known = attempt.limited.includes(kind) ? connector.resources[kind] : undefined
  if (!known) throw new AppError('not_found', { detail: 'There is nothing to pick here.' })
  return { kind, known }
}

/** What there is to pick from, a page of it. @throws AppError `session_used`, `session_expired`, `not_found` */
export async function resourceChoice(
  deps: Deps,
  opened: Open,
  flow: FlowCookie,
  asked: { kind?: string | undefined; search?: string | undefined; cursor?: string | undefined },
  t: Translator,
): Promise<ResourceChoice> {
  const { tenant, session } = opened
  const attempt = await forOrg(tenant, (tx) => attemptIn(tx, opened, flow))
  const connector = connectorOf(deps, attempt.connector)
  const { kind, known } = kindOf(connector, attempt, asked.kind)
  const search = (asked.search ?? '').slice(0, searchMax)
  const page = await listed(deps, tenant, connector, attempt, known, {
    search,
    cursor: asked.cursor ?? null,
  }).catch((thrown: unknown) => {
    const error = toAppError(thrown)
    log.warn(
      { err: thrown, connector: connector.id },
      `nothing to pick from: ${error.internal ?? error.code}`,
    )
    return null
  })
  const [marks, { name: organization }] = await Promise.all([marksFor(tenant, attempt.id), getOrg(tenant)])
  const picks = picksOf(attempt)[kind] ?? []
  const items = page?.items ?? []
  const choice = (one: Resource): Choice => ({
    value: marks.of(kind, one),
    label: one.label,
    picked: picks.some(({ id }) => id === one.id),
  })
  return {
    who: session.agents.length > 0 ? t.list(session.agents.map(({ name }) => name)) : organization,
    connector: { id: connector.id, name: connector.name },
    account: (attempt.provider_account as ProviderAnswer).label,
    kind,
    title: wordsOf(connector, t.locale).resources[kind]?.title ?? known.words.title,
    picked: picks.filter(({ id }) => !items.some((one) => one.id === id)).map(choice),
    items: items.map(choice),
    next: page?.next ?? null,
    search,
    count: picks.length,
    failed: page === null,
  }
}

/** Asks the provider with the answer that waits to be confirmed. */
async function listed(
  deps: Deps,
  tenant: Tenant,
  connector: Connector,
  attempt: Attempt,
  known: ResourceKind,
  asked: { search: string; cursor: string | null },
) {
  if (!attempt.sealed_answer) throw new AppError('session_used', { detail: 'This choice is over.' })
  const auth = await authConfigOf(tenant, { orgId: attempt.auth_config_org_id, id: attempt.auth_config_id })
  const { key_version: keyVersion } = attempt.provider_account as ProviderAnswer
  const opened = { sealed: attempt.sealed_answer, keyVersion }
  return withOpened(tenant, answerBinding(attempt.id), opened, (plaintext) =>
    known.list(readingHttp(deps, connector, auth, JSON.parse(plaintext.toString()) as Tokens), asked),
  )
}

/** What a person sent from the page: what they saw, what of it is ticked, and what they want next. */
export type Picked = {
  kind: string
  shown: readonly string[]
  pick: readonly string[]
  next: 'search' | 'more' | 'done'
  search: string
  cursor: string
}

/** What a form can carry there and back. */
const picksMax = 100

/**
 * Keeps what was ticked. With `done` for the last kind the choice is over: what was picked becomes part of the consent
 * and of its text, and the host is told that the person has finished.
 * @returns where the browser goes now
 * @throws AppError `invalid_request` for what was not offered; `session_used`, `session_expired`
 */
export async function pickResources(
  deps: Deps,
  opened: Open,
  flow: FlowCookie,
  picked: Picked,
  t: Translator,
  origin: Origin,
): Promise<{ location: string; flow: FlowCookie }> {
  const { tenant, session } = opened
  const id = publicId('connect_session', session.id)
  const marks = flow.picking ? await marksFor(tenant, flow.picking) : null
  const ended = await forOrg(tenant, async (tx) => {
    const attempt = await attemptIn(tx, opened, flow)
    const connector = connectorOf(deps, attempt.connector)
    const { kind } = kindOf(connector, attempt, picked.kind)
    const read = (value: string) => {
      if (!marks) throw new AppError('session_used')
      return marks.read(kind, value)
    }
    const [shown, ticked] = [picked.shown.map(read), picked.pick.map(read)]
    const before = (picksOf(attempt)[kind] ?? []).filter((one) => !shown.some((seen) => seen.id === one.id))
    const all = unique([...before, ...ticked])
    if (all.length > picksMax)
      throw new AppError('invalid_request', { detail: `Pick at most ${picksMax}.`, param: 'pick' })
    const { [kind]: _, ...others } = picksOf(attempt)
    const picks: Resources = all.length > 0 ? { ...others, [kind]: all } : others
    await keepPicksIn(tx, tenant, attempt.id, picks)
    if (picked.next === 'search') return { location: pickPath(id, { kind, search: picked.search }) }
    if (picked.next === 'more') {
      return { location: pickPath(id, { kind, search: picked.search, cursor: picked.cursor }) }
    }
    const open = attempt.limited.find((one) => !Object.hasOwn(picks, one))
    if (open !== undefined)
      return { location: pickPath(id, { kind: open, missing: open === kind ? '1' : '' }) }
    return { code: await settleIn(tx, opened, attempt, connector, picks, t, origin) }
  })
  if ('location' in ended) return { location: ended.location, flow }
  return endOf(opened, { confirmation_code: ended.code })
}

const unique = (all: readonly Resource[]): Resource[] => [
  ...new Map(all.map(({ id, label }) => [id, { id, label }])).values(),
]

async function settleIn(
  tx: Tx,
  { tenant, session, caller }: Open,
  attempt: Attempt,
  connector: Connector,
  picks: Resources,
  t: Translator,
  origin: Origin,
): Promise<string> {
  const { resources: words } = wordsOf(connector, t.locale)
  const titles = Object.fromEntries(Object.entries(words).map(([kind, { title }]) => [kind, title]))
  const text = `${attempt.consent_text}\n${pickedText(picks, titles, t)}`
  await moveSessionIn(tx, tenant, session.id, ['authorizing'], 'awaiting_confirmation')
  await appendAudit(tx, tenant, {
    action: 'connection.approved',
    outcome: 'allowed',
    actor: actorOf(caller),
    user_id: session.user.external_id,
    scopes_required: attempt.scopes_requested,
    scopes_granted: attempt.scopes_granted,
    details: {
      connect_session_id: publicId('connect_session', session.id),
      connector: attempt.connector,
      limited_to: Object.values(picks).flat().length,
    },
    ...originFields(origin),
  })
  return pickIn(tx, tenant, attempt.id, { resources: picks, text, hash: consentHash(text) })
}
