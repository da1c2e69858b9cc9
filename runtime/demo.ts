import { hkdfSync } from 'node:crypto'
import { config } from '#lib/config'

/** The org of the demo's product, and its secret key: derived, so that nothing has to be handed over. */
export const demoOrg = 'demo'
export const demoSecret = (): string =>
  `bhf_sk_${Buffer.from(hkdfSync('sha256', config().sessionSecret, '', 'behalf/demo', 32)).toString('base64url')}`
