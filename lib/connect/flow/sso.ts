import { appendAudit, type Origin, originFields } from '#lib/audit'
import { upsertUserIn } from '#lib/consent'
import { connectSessionInput } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf, authenticateSso, bindIssuerIn, spendAssertionIn } from '#lib/identity'
import { getOrgIn } from '#lib/tenancy'
import type { Deps } from '../context.ts'
import { type CreatedSession, createSession } from './sessions.ts'

/** What a signed `session` claim may say: all that a secret key may, but who it is for. */
const asked = connectSessionInput.omit({ org_id: true, user_id: true, user: true })

/**
 * Trades a host's assertion of who is signed in for a session of theirs: the way in without a call of the host's
 * backend. Which page asked is checked twice: its origin stands in the assertion, and is one that the org registered.
 * @param from the `Origin` of the request
 * @returns `origin` beside the session: the one origin that may read the answer
 * @throws AppError `unauthenticated`; `user_mismatch` where another issuer speaks for the user; `invalid_request` for a
 *   `session` claim that does not fit
 */
export async function createSsoSession(
  deps: Deps,
  assertion: string,
  from: string | null,
  origin: Origin,
): Promise<{ session: CreatedSession; origin: string }> {
  const { tenant, caller, claims } = await authenticateSso(deps.egress, assertion, from)
  await forOrg(tenant, async (tx) => {
    const { origins } = await getOrgIn(tx, tenant)
    if (!origins.includes(claims.origin)) {
      throw new AppError(
        'unauthenticated',
        { detail: 'This assertion does not say who is signed in.' },
        {
          internal: 'an origin that is not registered',
        },
      )
    }
    await spendAssertionIn(tx, tenant, claims)
    const userId = await upsertUserIn(tx, tenant, claims.sub, { email: claims.email, name: claims.name })
    await bindIssuerIn(tx, tenant, userId, claims)
    await appendAudit(tx, tenant, {
      action: 'sso.accepted',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: claims.sub,
      details: {
        issuer: claims.iss,
        origin: claims.origin,
        authenticated_at: new Date(claims.auth_time * 1000).toISOString(),
      },
      ...originFields(origin),
    })
  })
  const session = asked.safeParse(claims.session ?? {})
  if (!session.success) {
    const [issue] = session.error.issues
    const path = ['session', ...(issue?.path ?? [])].join('.')
    throw new AppError('invalid_request', {
      detail: `The claim ${path} does not fit: ${issue?.message}.`,
      param: path,
    })
  }
  const embed_origins = session.data.embed_origins.length > 0 ? session.data.embed_origins : [claims.origin]
  const input = { ...session.data, embed_origins, org_id: claims.org, user_id: claims.sub }
  return { session: await createSession(deps, caller, input, origin), origin: claims.origin }
}
