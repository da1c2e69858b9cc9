import type { Connector } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { type AuthConfig, withEventSecret } from '../auth-configs.ts'
import { baseUrlsOf, fill } from '../endpoints.ts'
import { readGithub } from './github.ts'
import type { Delivery, Notice } from './notice.ts'
import { readSharedSignals } from './shared-signals.ts'
import { readSlack } from './slack.ts'
import { readStripe } from './stripe.ts'
import { readZoom } from './zoom.ts'

export type { Ended } from './notice.ts'
export { RefusedSet } from './shared-signals.ts'

const bySecret = { github: readGithub, slack: readSlack, stripe: readStripe, zoom: readZoom }

const typeOf = (delivery: Delivery) =>
  delivery.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''

function assertType(delivery: Delivery, type: string): void {
  if (typeOf(delivery) === type) return
  throw new AppError('unsupported_media_type', { detail: `Send the body as ${type}.` })
}

/**
 * Reads what a provider delivered about one auth config, once it has proven to be that provider.
 * @param tenant the owner of the auth config
 * @throws AppError `not_found` where none are expected, `unsupported_media_type`, `unauthenticated`; RefusedSet
 */
export async function readNotice(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  delivery: Delivery,
): Promise<Notice> {
  const facts = connector.notices
  if (facts?.scheme === 'shared_signals') {
    assertType(delivery, 'application/secevent+jwt')
    const urls = baseUrlsOf(connector, auth)
    return readSharedSignals(
      egress,
      {
        issuers: facts.issuers.map((issuer) => fill(issuer, urls)),
        jwksUrl: fill(facts.jwksUrl, urls),
        audience: auth.clientId,
      },
      delivery,
    )
  }
  if (!facts || !auth.sealedEventSecret) {
    throw new AppError('not_found', { detail: 'This auth config takes no notices.' })
  }
  assertType(delivery, 'application/json')
  const read = bySecret[facts.scheme]
  return withEventSecret(tenant, auth, async (secret) => read(delivery, secret))
}
