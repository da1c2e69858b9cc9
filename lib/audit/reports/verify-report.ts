import { createHash } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import type { PublicJwk } from '#lib/signing/schema'
import { reportType } from './document.ts'

export type ReportCheck = { whole: boolean; kid: string | null; genuine: boolean | null; kind: string | null }

/**
 * Checks a downloaded report by its last line.
 * @param keys published keys; `null` where they are not at hand: then nothing is said of who signed
 */
export async function verifyReport(text: string, keys: readonly PublicJwk[] | null): Promise<ReportCheck> {
  const none: ReportCheck = { whole: false, kid: null, genuine: null, kind: null }
  const cut = text.lastIndexOf('\n', text.length - 2) + 1
  const [, jws = ''] = /([\w-]+\.[\w-]+\.[\w-]+)/.exec(text.slice(cut)) ?? []
  try {
    const { kid = '', typ } = decodeProtectedHeader(jws)
    if (typ !== reportType) return none
    const said = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as {
      sha256?: unknown
      kind?: unknown
    }
    const whole = said.sha256 === createHash('sha256').update(text.slice(0, cut)).digest('hex')
    const kind = typeof said.kind === 'string' ? said.kind : null
    if (keys === null) return { whole, kid, genuine: null, kind }
    const key = keys.find((one) => one.kid === kid)
    const genuine =
      key !== undefined &&
      (await compactVerify(jws, await importJWK(key, 'ES256'), { algorithms: ['ES256'] }).then(
        () => true,
        () => false,
      ))
    return { whole, kid, genuine, kind }
  } catch {
    return none
  }
}
