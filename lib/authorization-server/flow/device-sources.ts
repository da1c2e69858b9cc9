import type { KoaContextWithOIDC } from 'oidc-provider'
import { asked } from '../asked.ts'
import { mount } from '../issuer.ts'

/** Why a code that a person typed leads nowhere. */
export type DeviceError = 'missing' | 'unknown' | 'expired' | 'used' | 'refused' | 'failed'

/** Where a person types the code that a device shows (RFC 8628 §3.3); `error` or `done` in its query when it is over. */
export const devicePage = `${mount}/device`

const errorsByName: Readonly<Record<string, DeviceError>> = {
  NoCodeError: 'missing',
  NotFoundError: 'unknown',
  ExpiredError: 'expired',
  AlreadyUsedError: 'used',
  AbortedError: 'refused',
}

/** The provider's own pages of the device flow: in their place the browser is sent to ours. */
export const deviceSources = {
  userCodeInputSource: async (ctx: KoaContextWithOIDC, _form: string, out?: object, error?: Error) => {
    const { deviceEntry } = asked()
    const failed =
      out === undefined && error === undefined
        ? null
        : (errorsByName[error?.constructor.name ?? ''] ?? 'failed')
    if (deviceEntry) {
      deviceEntry.xsrf = String(ctx.oidc.session?.state?.secret ?? '')
      deviceEntry.error = failed
    }
    ctx.status = 303
    ctx.redirect(failed === null ? devicePage : `${devicePage}?error=${failed}`)
  },
  userCodeConfirmSource: () => Promise.reject(new Error('a code is entered and confirmed at once')),
  successSource: async (ctx: KoaContextWithOIDC) => {
    ctx.status = 303
    ctx.redirect(`${devicePage}?done=yes`)
  },
}
