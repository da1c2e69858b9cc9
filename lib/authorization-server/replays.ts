import { appendAudit } from '#lib/audit'
import { forOrg, lookupTenant } from '#lib/db'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { asked } from './asked.ts'
import { subjectOfGrant } from './store/adapter.ts'

/**
 * Says in the person's org that a code or a refresh token came a second time: one of the two who had it was not meant to.
 * @param grantType of the request that it came with
 */
export function noteReplay(grantId: string, clientId: string | null, grantType: string): void {
  const { from } = asked()
  void (async () => {
    const subject = await subjectOfGrant(grantId)
    const tenant = subject && (await lookupTenant(subject.orgId))
    if (!tenant) return
    await forOrg(tenant, (tx) =>
      appendAudit(tx, tenant, {
        action: 'oauth_tokens.replayed',
        outcome: 'denied',
        actor: { type: 'oauth_client', id: clientId ?? 'unknown' },
        error_code: 'invalid_grant',
        ip: from,
        details: {
          client_id: clientId,
          end_user_id: publicId('end_user', subject.userId),
          grant_type: grantType,
        },
      }),
    )
  })().catch((err: unknown) => log.error({ err }, 'oauth_tokens.replayed not audited'))
}
