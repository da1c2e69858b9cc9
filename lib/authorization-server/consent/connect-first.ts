import { config } from '#lib/config'
import { createSessionIn } from '#lib/consent'
import { connectSessionInput } from '#lib/consent/schema'
import { forOrg, lookupTenant } from '#lib/db'
import { AppError } from '#lib/errors'
import { sendsMail } from '#lib/mail'
import { portalOrigin } from '#lib/tenancy'
import type { SignedIn } from '../interaction.ts'
import { activePersonIn } from './screen.ts'

const linkSeconds = 1800

/**
 * A hosted link by which a person connects an account before they let a client use it. Whoever finishes proves by a
 * mailed code to be that person, as on every such link.
 * @throws AppError `not_found` for a person who is gone, or has no address
 */
export async function connectFirst({ orgId, userId }: SignedIn): Promise<string> {
  const tenant = await lookupTenant(orgId)
  if (!tenant || !sendsMail()) throw new AppError('not_found')
  const base = await portalOrigin(tenant, config().publicUrl)
  const secrets = await forOrg(tenant, async (tx) => {
    const person = await activePersonIn(tx, tenant, userId)
    if (person.email === null) throw new AppError('not_found')
    const input = connectSessionInput.parse({
      user_id: person.external_id,
      confirmation: 'screen',
      expires_in_seconds: linkSeconds,
    })
    const createdBy = { type: 'system', id: 'authorize' }
    const facts = { userId, agents: [], accountId: null, createdBy }
    return (await createSessionIn(tx, tenant, input, facts)).secrets
  })
  return `${base}/c/${secrets.link}`
}
