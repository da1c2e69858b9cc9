import {
  connectionOfSession,
  receiptFile as fileOf,
  getReceipt,
  type ReceiptFacts,
  type ReceiptFile,
} from '#lib/consent'
import type { ReceiptFormat, ReceiptWords } from '#lib/consent/schema'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { publishedKeys, signer } from '#lib/signing'
import { getOrg } from '#lib/tenancy'
import type { Open } from './context.ts'
import type { FlowCookie } from './flow/flow-cookie.ts'

/** Who said that the person who finished is the one who was invited, as the receipt names them. */
export function confirmedBy(caller: Caller, userExternalId: string): ReceiptFacts['confirmation']['by'] {
  const { type, id } = actorOf(caller)
  if (caller.kind === 'end_user') return { type, id: userExternalId }
  return { type, id: type === 'api_key' ? publicId('api_key', id) : id }
}

/**
 * The receipt of a consent as a file.
 * @throws AppError `not_found`
 */
export async function receiptFile(
  tenant: Tenant,
  connectionId: string,
  format: ReceiptFormat,
): Promise<ReceiptFile> {
  const stored = await getReceipt(tenant, connectionId)
  const [keys, seals] = await Promise.all([publishedKeys(), signer()])
  return fileOf(
    stored,
    format,
    keys.map(({ jwk }) => jwk),
    seals,
  )
}

/** How far the receipt of a session is, for the browser that finished it. */
export type SessionReceipt =
  | { state: 'issued'; words: ReceiptWords; language: string; text: string; connectionId: string }
  | { state: 'waiting' | 'none'; organization: string }

/**
 * The receipt of the consent that was given in this browser. Another that opened the same link has no part in it.
 * @throws AppError `session_used` for a browser that did not finish
 */
export async function sessionReceipt({ tenant, session }: Open, flow: FlowCookie): Promise<SessionReceipt> {
  if (!flow.finished) {
    throw new AppError('session_used', { detail: 'Only the browser that finished sees the receipt.' })
  }
  const { name } = await getOrg(tenant)
  if (session.status === 'awaiting_confirmation') return { state: 'waiting', organization: name }
  const connectionId = session.status === 'completed' ? await connectionOfSession(tenant, session.id) : null
  if (!connectionId) return { state: 'none', organization: name }
  const { receipt } = await getReceipt(tenant, connectionId)
  const { words, language, consent_text } = receipt
  return { state: 'issued', words, language, text: consent_text, connectionId }
}
