import type { Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'

/** Mail that waits: sealed, and counted under an HMAC of the address. */
export type Queued = {
  id: string
  kind: 'code' | 'link' | 'sign_in' | 'console' | 'approver'
  sessionId: string | null
  recipientKey: string
  sealed: Uint8Array<ArrayBuffer>
  keyVersion: number
}

/**
 * Most letters in an hour: to one address, so that nobody's inbox is flooded through us, and of one org. Of those that ask
 * for an approval fewer, so that who asks again and again leaves room for sign-in links and codes.
 */
export const mailPerHourMax = { recipient: 10, org: 1_000, approver: { recipient: 5, org: 200 } } as const

type Counted = { recipient: number; org: number; recipient_of_kind: number; org_of_kind: number }

function isFull(kind: Queued['kind'], counted: Counted): boolean {
  const { recipient, org, approver } = mailPerHourMax
  if (counted.recipient >= recipient || counted.org >= org) return true
  return (
    kind === 'approver' &&
    (counted.recipient_of_kind >= approver.recipient || counted.org_of_kind >= approver.org)
  )
}

/**
 * Writes a letter down to be sent. The job is for the caller to queue in the same transaction.
 * @throws AppError `rate_limited` when the address or the org has had its share of this hour
 */
export async function queueMailIn(tx: Tx, tenant: Tenant, mail: Queued): Promise<void> {
  // Of two at the same moment the second counts the first.
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`mail/${tenant.orgId}`}, 0))::text`
  const [counted] = await tx.$queryRaw<Counted[]>`
    SELECT count(*) FILTER (WHERE recipient_key = ${mail.recipientKey})::int AS recipient, count(*)::int AS org,
      count(*) FILTER (WHERE recipient_key = ${mail.recipientKey} AND kind = ${mail.kind})::int AS recipient_of_kind,
      count(*) FILTER (WHERE kind = ${mail.kind})::int AS org_of_kind
    FROM mails WHERE org_id = ${tenant.orgId}::uuid AND created_at > now() - interval '1 hour'`
  if (!counted || isFull(mail.kind, counted)) {
    throw new AppError('rate_limited', {
      detail: 'There was too much mail in the last hour, to this address or in all. Try again later.',
      retry_after_seconds: 600,
    })
  }
  await tx.mails.create({
    data: {
      org_id: tenant.orgId,
      id: mail.id,
      kind: mail.kind,
      session_id: mail.sessionId,
      recipient_key: mail.recipientKey,
      sealed: mail.sealed,
      key_version: mail.keyVersion,
    },
  })
}

export type WaitingMail = { sealed: Uint8Array; keyVersion: number; createdAt: Date }

/** A letter that has not gone yet; null for one that has, or never will. */
export async function waitingMailIn(tx: Tx, tenant: Tenant, id: string): Promise<WaitingMail | null> {
  const row = await tx.mails.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  if (row?.status !== 'queued' || !row.sealed || row.key_version === null) return null
  return { sealed: row.sealed, keyVersion: row.key_version, createdAt: row.created_at }
}

/** Says what came of one try; what was sealed is destroyed once nothing more will be tried. */
export async function settleMailIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  outcome: { status: 'sent' | 'failed' | 'queued'; errorCode?: string },
): Promise<void> {
  const over = outcome.status !== 'queued'
  await tx.mails.updateMany({
    where: { org_id: tenant.orgId, id, status: 'queued' },
    data: {
      status: outcome.status,
      attempts: { increment: 1 },
      error_code: outcome.errorCode ?? null,
      ...(over && { sealed: null, key_version: null }),
      ...(outcome.status === 'sent' && { sent_at: new Date() }),
    },
  })
}

/** Forgets letters that no limit counts any more. */
export const forgetMailIn = (tx: Tx, tenant: Tenant): Promise<number> =>
  tx.$executeRaw`DELETE FROM mails WHERE org_id = ${tenant.orgId}::uuid AND created_at < now() - interval '7 days'`
