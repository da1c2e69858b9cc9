import { config } from '#lib/config'
import { deployment, forOrg, type Tx } from '#lib/db'
import { newId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import { log } from '#lib/log'
import { letterOf, MailError, mailerOf, type Note, queueMailIn, settleMailIn, waitingMailIn } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { getOrg } from '#lib/tenancy'
import { type Binding, orgHmacOf, sealerOf, withOpened } from '#lib/vault'
import type { Deps } from '../context.ts'

/** A note as it is kept until it has gone: when it stops being true, in place of how long it still is. */
type Kept = { note: DistributiveOmit<Note, 'minutes'>; until: string }
type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never

const mailBinding = (id: string): Binding => ({ purpose: 'mail', parts: [id] })

export type Post = (
  tx: Tx,
  sessionId: string | null,
  note: Kept['note'],
  until: Date,
) => Promise<{ mailId: string }>

/**
 * Readies the sealing of letters, which needs a connection of its own: what it answers runs in a transaction and
 * writes a letter down there, with the job that sends it. The job carries the letter's id.
 * @throws AppError `rate_limited`, from what it answers
 */
export async function postOf(tenant: Tenant): Promise<Post> {
  const [seal, hmac] = await Promise.all([sealerOf(tenant), orgHmacOf(tenant)])
  return async (tx, sessionId, note, until) => {
    const id = newId()
    const kept: Kept = { note, until: until.toISOString() }
    const { sealed, keyVersion } = seal(mailBinding(id), JSON.stringify(kept))
    const recipientKey = hmac('mail_recipient', note.to.toLowerCase())
    await queueMailIn(tx, tenant, { id, kind: note.kind, sessionId, recipientKey, sealed, keyVersion })
    await enqueueIn(tx, tenant, 'send_mail', { mail_id: id })
    return { mailId: id }
  }
}

/**
 * Sends one letter, unless it has gone or what it says is over.
 * @returns `waiting` where it has not gone and may later
 */
export async function sendMail(
  deps: Deps,
  tenant: Tenant,
  mailId: string,
): Promise<'sent' | 'over' | 'waiting'> {
  const waiting = await forOrg(tenant, (tx) => waitingMailIn(tx, tenant, mailId))
  if (!waiting) return 'over'
  const settle = (outcome: Parameters<typeof settleMailIn>[3]) =>
    forOrg(tenant, (tx) => settleMailIn(tx, tenant, mailId, outcome))
  return withOpened(tenant, mailBinding(mailId), waiting, async (plaintext) => {
    const { note, until } = JSON.parse(plaintext.toString()) as Kept
    const left = Date.parse(until) - Date.now()
    const mailer = mailerOf(deps.egress)
    if (left <= 0 || mailer === null) {
      await settle({ status: 'failed', errorCode: mailer ? 'too_late' : 'no_mail_server' })
      return 'over'
    }
    const anywhere = note.kind === 'sign_in' && note.anywhere === true
    const from = anywhere ? deployment : tenant
    const { name, settings } = await getOrg(from)
    const text = (value: unknown) => (typeof value === 'string' ? value : null)
    const sender = {
      // A code for whoever has not said where they belong is the deployment's, which people know by its address.
      organization: from.orgId === deployment.orgId ? new URL(config().publicUrl).host : name,
      name: text(settings.mail_sender_name),
      replyTo: text(settings.mail_reply_to),
    }
    const letter = letterOf({ ...note, minutes: Math.max(1, Math.round(left / 60_000)) }, sender)
    try {
      await mailer.send(letter)
    } catch (error) {
      const { code, permanent } = error instanceof MailError ? error : new MailError('failed', false)
      log.warn({ kind: note.kind, code, permanent }, 'mail not sent')
      await settle({ status: permanent ? 'failed' : 'queued', errorCode: code })
      return permanent ? 'over' : 'waiting'
    }
    await settle({ status: 'sent' })
    return 'sent'
  })
}
