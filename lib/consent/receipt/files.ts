import type { ReceiptFormat } from './fields.ts'
import type { Jwk } from './jws.ts'
import { renderHtml } from './render-html.ts'
import { renderJson } from './render-json.ts'
import type { ReceiptSigner, StoredReceipt } from './store.ts'

export type ReceiptFile = { body: string; contentType: string; name: string }

/**
 * A receipt as a file to keep.
 * @param keys what the deployment publishes
 * @param signer what signs now: it seals the page
 */
export async function receiptFile(
  stored: StoredReceipt,
  format: ReceiptFormat,
  keys: readonly Jwk[],
  signer: ReceiptSigner,
): Promise<ReceiptFile> {
  const name = `consent-receipt-${stored.receipt.jti}.${format}`
  const own = keys.find(({ kid }) => kid === stored.kid)
  if (!own) throw new Error(`the key ${stored.kid} is not published any more`)
  if (format === 'jws') return { body: stored.jws, contentType: 'application/jose', name }
  if (format === 'json') return { body: renderJson(stored.jws, own), contentType: 'application/json', name }
  const carried = keys.filter(({ kid }) => kid === stored.kid || kid === signer.kid)
  const body = await renderHtml(stored.jws, stored.kid, carried, signer)
  return { body, contentType: 'text/html; charset=utf-8', name }
}
