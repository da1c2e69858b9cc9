import { appendAudit, type Origin, originFields } from '#lib/audit'
import { config } from '#lib/config'
import { createSessionIn } from '#lib/consent'
import { connectSessionInput } from '#lib/consent/schema'
import { forOrg, lookupObject, type Tx } from '#lib/db'
import { toAppError } from '#lib/errors'
import { parseId, publicId } from '#lib/ids'
import { log } from '#lib/log'
import { sendsMail } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { getOrg, type PortalTheme, portalOrigin, publishedTheme } from '#lib/tenancy'
import { postOf } from '../flow/deliver.ts'

/** What an org's stable address shows: it cannot know whose the browser is, and says how to get in. */
export type Doorway = {
  branding: { name: string; theme: PortalTheme }
  /** Where in the product people find their agents; `null` where it has not said so. */
  manageUrl: string | null
  /** Whether a link can be mailed to the address that is known of a person. */
  mails: boolean
}

const tenantOf = async (orgId: string): Promise<Tenant | null> => {
  const id = parseId('organization', orgId)
  return id === null ? null : lookupObject('organization', id)
}

/** @returns `null` for an org that there is not */
export async function doorway(orgId: string): Promise<Doorway | null> {
  const tenant = await tenantOf(orgId)
  if (!tenant) return null
  const [organization, theme] = await Promise.all([getOrg(tenant), publishedTheme(tenant)])
  const { manage_url } = organization.settings
  return {
    branding: { name: theme.name ?? organization.name, theme },
    manageUrl: typeof manage_url === 'string' ? manage_url : null,
    mails: sendsMail(),
  }
}

const linkSeconds = 1800
const madeBy = { type: 'system', id: 'doorway' }
type Addressed = { id: string; external_id: string; email: string; name: string | null }

/** Of people who share an address. */
const linksMost = 3

/**
 * Most letters in an hour that strangers can have sent: to one address, and in an org. Far below what an org may send in
 * all, so that nobody uses up what its confirmation codes and invitations need.
 */
export const doorwayPerHourMax = { address: 3, org: 200 } as const

/** Whether these people, who share an address, may be written to again. */
async function mayWriteIn(tx: Tx, tenant: Tenant, users: readonly Addressed[]): Promise<boolean> {
  const ids = users.map(({ id }) => id)
  const [counted] = await tx.$queryRaw<{ address: number; org: number }[]>`
    SELECT count(*) FILTER (WHERE s.user_id = ANY(${ids}::uuid[]))::int AS address, count(*)::int AS org
    FROM mails m JOIN connect_sessions s ON s.org_id = m.org_id AND s.id = m.session_id
    WHERE m.org_id = ${tenant.orgId}::uuid AND m.created_at > now() - interval '1 hour'
      AND s.kind = 'manage' AND s.created_by = ${JSON.stringify(madeBy)}::jsonb`
  return (
    counted !== undefined &&
    counted.address < doorwayPerHourMax.address &&
    counted.org < doorwayPerHourMax.org
  )
}

/**
 * Mails a link to what they manage to whoever has this address here. Whether anybody has is nobody's business: nothing
 * is answered, and nothing thrown. An address gets so many letters an hour and no more, however many ask at once.
 */
export async function mailManageLink(orgId: string, email: string, origin: Origin): Promise<void> {
  const tenant = await tenantOf(orgId)
  if (!tenant || !sendsMail()) return
  const [post, base] = await Promise.all([postOf(tenant), portalOrigin(tenant, config().publicUrl)])
  await forOrg(tenant, async (tx) => {
    const users = await tx.$queryRaw<Addressed[]>`
      SELECT id, external_id, email, name FROM end_users WHERE org_id = ${tenant.orgId}::uuid
        AND lower(email) = lower(${email.trim()}) AND deleted_at IS NULL AND deactivated_at IS NULL
      ORDER BY id DESC LIMIT ${linksMost} FOR NO KEY UPDATE`
    if (users.length === 0 || !(await mayWriteIn(tx, tenant, users))) return
    for (const user of users) {
      const { session, secrets } = await createSessionIn(
        tx,
        tenant,
        connectSessionInput.parse({
          user_id: user.external_id,
          kind: 'manage',
          expires_in_seconds: linkSeconds,
        }),
        { userId: user.id, agents: [], accountId: null, createdBy: madeBy },
      )
      const url = `${base}/c/${secrets.link}`
      const note = {
        kind: 'link',
        to: user.email,
        locale: null,
        person: user.name,
        url,
        purpose: null,
        manages: true,
      } as const
      await post(tx, session.id, note, session.expires_at)
      await appendAudit(tx, tenant, {
        action: 'connect_session.created',
        outcome: 'allowed',
        actor: madeBy,
        user_id: user.external_id,
        details: {
          connect_session_id: publicId('connect_session', session.id),
          kind: 'manage',
          delivered_by: 'email',
        },
        ...originFields(origin),
      })
    }
  }).catch((thrown: unknown) => {
    const { code } = toAppError(thrown)
    log.warn({ code }, 'link to what a person manages not mailed')
  })
}
