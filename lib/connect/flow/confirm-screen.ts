import { timingSafeEqual } from 'node:crypto'
import { appendAudit, type Origin, originFields } from '#lib/audit'
import { type Attempt, answeredAttemptIn, assertLive, getSession, type Session } from '#lib/consent'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId, sha256 } from '#lib/ids'
import { getOrg } from '#lib/tenancy'
import type { Deps, Open } from '../context.ts'
import { withParams } from './approve.ts'
import { activate, mismatch, withFinish } from './confirm.ts'
import {
  anotherCode,
  type CodeRow,
  codeRow,
  codeRules,
  endCode,
  firstCode,
  type Resent,
  tryCode,
  undelivered,
} from './confirm-code.ts'
import type { ConfirmView } from './confirm-schema.ts'
import type { FlowCookie } from './flow-cookie.ts'

/** `a•••@acme.test`: enough to know one's own by, too little to learn another's. */
function masked(address: string | null): string {
  const [, first = '', domain = ''] = /^(.)[^@]*@(.+)$/u.exec(address ?? '') ?? []
  return domain ? `${first}•••@${domain}` : '•••'
}

const stranger = () =>
  new AppError('user_mismatch', {
    detail: 'This was finished in another browser. Open the link you were given again.',
  })

/**
 * The attempt that this browser finished. A browser that holds the session but did not finish it proves nothing: the
 * cookie of the one that did has the code that came with the provider's answer (THREATS.md C1).
 * @throws AppError `user_mismatch` in any other browser; `conflict` where there is nothing to confirm on the screen
 */
async function ownAttempt({ tenant, session }: Open, flow: FlowCookie): Promise<Attempt> {
  if (session.confirmation !== 'screen')
    throw new AppError('conflict', { detail: 'There is nothing to confirm here.' })
  const attempt = await forOrg(tenant, (tx) => answeredAttemptIn(tx, tenant, session.id))
  if (!attempt?.confirmation_hash || !attempt.sealed_answer) {
    assertLive(await getSession(tenant, session.id))
    throw new AppError('conflict', { detail: 'There is nothing to confirm yet.' })
  }
  const held = flow.confirmationCode
  if (held === undefined || !timingSafeEqual(sha256(held), attempt.confirmation_hash)) throw stranger()
  return attempt
}

/** The last attempt of a session that is over, if this browser finished it: its answer is gone, its end is not. */
async function endedCode({ tenant, session }: Open, flow: FlowCookie): Promise<CodeRow | null> {
  if (session.status !== 'failed' || flow.confirmationCode === undefined) return null
  const attempt = await forOrg(tenant, (tx) =>
    tx.connect_attempts.findFirst({
      where: { org_id: tenant.orgId, session_id: session.id },
      orderBy: { id: 'desc' },
      select: { id: true },
    }),
  )
  return attempt && codeRow(tenant, attempt.id)
}

/**
 * What the screen shows. The first look at it has the code mailed: then the person is there, and waits.
 * @throws AppError `user_mismatch` in another browser; `session_expired`, `session_used`
 */
export async function confirmView(deps: Deps, opened: Open, flow: FlowCookie): Promise<ConfirmView> {
  const { tenant, session } = opened
  const { name } = await getOrg(tenant)
  const base = {
    organization: name,
    address: masked(session.user.email),
    connector: null,
    account: null,
    triesLeft: 0,
    canResend: false,
    returnUrl: session.return_url,
  }
  if (session.status === 'completed') return { ...base, state: 'done' }
  const ended = await endedCode(opened, flow)
  if (ended?.ended === 'too_many_tries') return { ...base, state: 'too_many' }
  if (ended?.ended === 'not_me') return { ...base, state: 'not_me' }
  assertLive(session)
  const attempt = await ownAttempt(opened, flow)
  const account = attempt.provider_account as { label?: string } | null
  const facts = {
    ...base,
    connector: deps.connectors[attempt.connector]?.name ?? null,
    account: account?.label ?? null,
  }
  const row = (await codeRow(tenant, attempt.id)) ?? (await mailed(deps, tenant, session, attempt))
  if (!row) return { ...facts, state: 'undelivered', triesLeft: codeRules.tries, canResend: true }
  const lost = await undelivered(tenant, row)
  const expired = row.expires_at <= new Date()
  return {
    ...facts,
    state: lost ? 'undelivered' : expired ? 'expired' : 'enter',
    triesLeft: codeRules.tries - row.tries,
    canResend: row.sends < codeRules.sends,
  }
}

/** @returns null where the address has had its share of mail for now */
const mailed = (deps: Deps, tenant: Open['tenant'], session: Session, attempt: Attempt) =>
  firstCode(deps, tenant, session, attempt).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'rate_limited') return null
    throw error
  })

/** Another code, if it is not too soon and not too many. @throws AppError as `confirmView` */
export async function resendCode(deps: Deps, opened: Open, flow: FlowCookie): Promise<Resent | 'limited'> {
  const { tenant, session } = opened
  assertLive(session)
  const attempt = await ownAttempt(opened, flow)
  try {
    if (await codeRow(tenant, attempt.id)) return await anotherCode(deps, tenant, session, attempt)
    await firstCode(deps, tenant, session, attempt)
    return 'resent'
  } catch (error) {
    if (error instanceof AppError && error.code === 'rate_limited') return 'limited'
    throw error
  }
}

/**
 * The digits of what was typed or pasted, whichever digits the person's keyboard has; null for anything else.
 * @param length how many there are
 */
export function digitsOf(typed: string, length = 6): string | null {
  const plain = [...typed.normalize('NFKC')]
    .filter((char) => !/[\s\p{Pd}\p{Cf}]/u.test(char))
    .map((char) => (/\p{Nd}/u.test(char) ? String(digitValue(char)) : char))
    .join('')
  return plain.length === length && /^\d+$/.test(plain) ? plain : null
}

/** Unicode puts the ten digits of a script side by side, from zero. */
function digitValue(char: string): number {
  const point = char.codePointAt(0) ?? 0
  let zero = point
  while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return point - zero
}

export type Entered =
  | { outcome: 'confirmed'; location: string | null }
  | { outcome: 'wrong' | 'shape' | 'expired' | 'over' }

/**
 * Takes the code that was mailed to the invited address. Right, the connection becomes active; wrong too often, the
 * session has failed with `user_mismatch` and what was granted is given back. What is no code at all costs no try.
 * @returns `location`: where the host wants the browser back, if anywhere
 * @throws AppError `user_mismatch` in a browser that did not finish; `session_used`, `session_expired`
 */
export async function enterCode(
  deps: Deps,
  opened: Open,
  flow: FlowCookie,
  typed: string,
  origin: Origin,
): Promise<Entered> {
  const { tenant, session, caller } = opened
  assertLive(session)
  const attempt = await ownAttempt(opened, flow)
  const code = digitsOf(typed)
  if (code === null) return { outcome: 'shape' }
  const tried = await tryCode(tenant, attempt.id, code)
  if (tried === 'expired') return { outcome: 'expired' }
  if (tried !== 'right') {
    if (tried !== 'over') await noteWrong(opened, attempt, origin)
    if (tried === 'wrong') return { outcome: 'wrong' }
    await endAsStranger(deps, opened, attempt, 'too_many_tries', origin)
    return { outcome: 'over' }
  }
  const { sealed_answer } = attempt
  if (!sealed_answer) throw stranger()
  await withFinish(deps, tenant, { session, attempt, sealed_answer, confirmedBy: 'email_code' }, (finish) =>
    activate(tenant, caller, finish, origin),
  )
  await endCode(tenant, attempt.id, 'confirmed')
  const back = session.return_url
  return {
    outcome: 'confirmed',
    location: back && withParams(back, { session_id: session.id, status: 'completed' }),
  }
}

/** The person says that the address is not theirs: nothing of what was granted is kept. */
export async function notMe(deps: Deps, opened: Open, flow: FlowCookie, origin: Origin): Promise<void> {
  assertLive(opened.session)
  const attempt = await ownAttempt(opened, flow)
  // Before a code was ever mailed there is no row to say it in; the session's reason says it then.
  await endCode(opened.tenant, attempt.id, 'not_me')
  await endAsStranger(deps, opened, attempt, 'not_me', origin)
}

async function noteWrong({ tenant, session, caller }: Open, attempt: Attempt, origin: Origin): Promise<void> {
  await forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: 'connection.code_refused',
      outcome: 'denied',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      error_code: 'wrong_code',
      details: { connect_session_id: publicId('connect_session', session.id), connector: attempt.connector },
      ...originFields(origin),
    }),
  )
}

/** @param how as the audit calls whoever finished: nobody knows more of them */
async function endAsStranger(
  deps: Deps,
  { tenant, session, caller }: Open,
  attempt: Attempt,
  how: 'too_many_tries' | 'not_me',
  origin: Origin,
): Promise<void> {
  await mismatch(deps, tenant, caller, { session, attempt }, `unknown (${how})`, origin).catch(
    (error: unknown) => {
      // That is what it says of itself; of two that end it at once, the other was first.
      const said = error instanceof AppError ? error.code : null
      if (said !== 'user_mismatch' && said !== 'session_used') throw error
    },
  )
}
