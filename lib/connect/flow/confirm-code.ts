import { randomInt, timingSafeEqual } from 'node:crypto'
import type { Attempt, Session } from '#lib/consent'
import { forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { orgHmacOf } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { postOf } from './deliver.ts'

/** How long a code is good for, how many wrong ones end the session, how many codes there are, and how far apart. */
export const codeRules = { seconds: 600, tries: 5, sends: 4, pauseSeconds: 30 } as const

export type CodeRow = Awaited<ReturnType<Tx['confirm_codes']['findFirstOrThrow']>>

const newCode = (): string => String(randomInt(0, 1_000_000)).padStart(6, '0')

/** Bound to its attempt, and keyed: six digits are found from a bare hash in a moment. */
const digestText = (attemptId: string, code: string): string => `${attemptId}/${code}`

const later = (): Date => new Date(Date.now() + codeRules.seconds * 1000)

export const codeRow = (tenant: Tenant, attemptId: string): Promise<CodeRow | null> =>
  forOrg(tenant, (tx) =>
    tx.confirm_codes.findUnique({
      where: { org_id_attempt_id: { org_id: tenant.orgId, attempt_id: attemptId } },
    }),
  )

/** Whether the letter with the present code will not arrive. */
export const undelivered = (tenant: Tenant, row: CodeRow): Promise<boolean> =>
  forOrg(tenant, async (tx) => {
    const mail = await tx.mails.findUnique({
      where: { org_id_id: { org_id: tenant.orgId, id: row.mail_id } },
      select: { status: true },
    })
    return mail?.status === 'failed'
  })

/** Makes a code and has it mailed to the invited address. @returns what to store of it, in the same transaction */
async function issuing(deps: Deps, tenant: Tenant, session: Session, attempt: Attempt) {
  const [post, hmac] = await Promise.all([postOf(tenant), orgHmacOf(tenant)])
  const connector = connectorOf(deps, attempt.connector)
  const account = attempt.provider_account as { label?: string } | null
  const to = session.user.email
  if (!to) throw new AppError('unavailable', {}, { internal: 'the invited person has no address any more' })
  return async (tx: Tx) => {
    const code = newCode()
    const expiresAt = later()
    // Who waits for mail must not find that the link has run out meanwhile.
    await tx.connect_sessions.updateMany({
      where: { org_id: tenant.orgId, id: session.id, expires_at: { lt: expiresAt } },
      data: { expires_at: expiresAt },
    })
    const { mailId } = await post(
      tx,
      session.id,
      {
        kind: 'code',
        to,
        // Who finished reads the page that asks for the code: the letter is in the same language.
        locale: session.locale ?? attempt.locale,
        connector: connector.name,
        account: account?.label ?? connector.name,
        code,
      },
      expiresAt,
    )
    return {
      code_hmac: hmac('confirm_code', digestText(attempt.id, code)),
      mail_id: mailId,
      expires_at: expiresAt,
      sent_at: new Date(),
    }
  }
}

/** The first code of an attempt: of two that ask at once, one is mailed. @throws AppError `rate_limited` */
export async function firstCode(
  deps: Deps,
  tenant: Tenant,
  session: Session,
  attempt: Attempt,
): Promise<CodeRow> {
  const issue = await issuing(deps, tenant, session, attempt)
  const made = await forOrg(tenant, async (tx) =>
    tx.confirm_codes.create({
      data: { org_id: tenant.orgId, attempt_id: attempt.id, ...(await issue(tx)) },
    }),
  ).catch((error: unknown) => {
    if (isUniqueViolation(error)) return codeRow(tenant, attempt.id)
    throw error
  })
  if (!made) throw new Error('a code that another request made is gone')
  return made
}

export type Resent = 'resent' | 'wait' | 'no_more'

/** Another code in place of the last one; wrong tries stay counted. @throws AppError `rate_limited` */
export async function anotherCode(
  deps: Deps,
  tenant: Tenant,
  session: Session,
  attempt: Attempt,
): Promise<Resent> {
  const issue = await issuing(deps, tenant, session, attempt)
  return forOrg(tenant, async (tx) => {
    const row = await lockedCodeIn(tx, tenant, attempt.id)
    if (!row || row.ended || row.sends >= codeRules.sends) return 'no_more'
    if (Date.now() - row.sent_at.getTime() < codeRules.pauseSeconds * 1000) return 'wait'
    await tx.confirm_codes.update({
      where: { org_id_attempt_id: { org_id: tenant.orgId, attempt_id: attempt.id } },
      data: { ...(await issue(tx)), sends: { increment: 1 } },
    })
    return 'resent'
  })
}

async function lockedCodeIn(tx: Tx, tenant: Tenant, attemptId: string): Promise<CodeRow | null> {
  await tx.$queryRaw`SELECT 1 FROM confirm_codes WHERE org_id = ${tenant.orgId}::uuid
    AND attempt_id = ${attemptId}::uuid FOR UPDATE`
  return tx.confirm_codes.findUnique({
    where: { org_id_attempt_id: { org_id: tenant.orgId, attempt_id: attemptId } },
  })
}

/** `last` is the wrong one too many; `over` was not even compared. */
export type Tried = 'right' | 'wrong' | 'last' | 'expired' | 'over'

/** Compares a code, one try at a time; `over` once there were too many wrong ones. */
export async function tryCode(tenant: Tenant, attemptId: string, code: string): Promise<Tried> {
  const hmac = await orgHmacOf(tenant)
  return forOrg(tenant, async (tx) => {
    const row = await lockedCodeIn(tx, tenant, attemptId)
    if (!row || row.ended === 'not_me' || row.tries >= codeRules.tries) return 'over'
    if (row.expires_at <= new Date()) return 'expired'
    const given = Buffer.from(hmac('confirm_code', digestText(attemptId, code)))
    const right = Buffer.from(row.code_hmac)
    if (given.length === right.length && timingSafeEqual(given, right)) return 'right'
    const tries = row.tries + 1
    await tx.confirm_codes.update({
      where: { org_id_attempt_id: { org_id: tenant.orgId, attempt_id: attemptId } },
      data: { tries, ...(tries >= codeRules.tries && { ended: 'too_many_tries' }) },
    })
    return tries >= codeRules.tries ? 'last' : 'wrong'
  })
}

export const endCode = (tenant: Tenant, attemptId: string, ended: 'confirmed' | 'not_me'): Promise<unknown> =>
  forOrg(tenant, (tx) =>
    tx.confirm_codes.updateMany({
      where: { org_id: tenant.orgId, attempt_id: attemptId, ended: null },
      data: { ended },
    }),
  )
