import { appendAudit, type Origin, originFields } from '#lib/audit'
import type { Connector, ProviderAccount, TokenSet } from '#lib/connector-kit'
import { type Attempt, answerAttemptIn, isUnverified, moveSessionIn } from '#lib/consent'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { grantedScopes } from '#lib/oauth'
import { seal, type Tokens } from '#lib/vault'
import type { Open } from '../context.ts'
import { answerBinding } from './answer.ts'
import { withParams } from './approve.ts'
import type { FlowCookie } from './flow-cookie.ts'
import { pickPath } from './pick-path.ts'

/** Keeps the answer, sealed, until the host says who finished. */
export async function keepAnswer(
  opened: Open,
  connector: Connector,
  attempt: Attempt,
  { tokens, account }: { tokens: TokenSet; account: ProviderAccount },
  origin: Origin,
) {
  const { tenant, session, caller } = opened
  const granted = grantedScopes(connector, tokens.scopes, attempt.scopes_requested)
  const { sealed, keyVersion } = await seal(tenant, answerBinding(attempt.id), JSON.stringify(kept(tokens)))
  // Whoever wants to pick what it may reach is not done yet: there is nothing to confirm until they are.
  const picks = attempt.limited.length > 0
  const confirmationCode = await forOrg(tenant, async (tx) => {
    await moveSessionIn(
      tx,
      tenant,
      session.id,
      ['authorizing'],
      picks ? 'authorizing' : 'awaiting_confirmation',
    )
    const issued = await answerAttemptIn(tx, tenant, attempt.id, {
      scopesGranted: granted,
      account,
      sealed,
      keyVersion,
      expiresInSeconds: tokens.expiresInSeconds,
    })
    if (picks) return null
    await appendAudit(tx, tenant, {
      action: 'connection.approved',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      scopes_required: attempt.scopes_requested,
      scopes_granted: granted,
      details: { connect_session_id: publicId('connect_session', session.id), connector: attempt.connector },
      ...originFields(origin),
    })
    return issued
  })
  if (confirmationCode === null) {
    const id = publicId('connect_session', session.id)
    return { location: pickPath(id), flow: { session: id, picking: attempt.id } satisfies FlowCookie }
  }
  return endOf(opened, { confirmation_code: confirmationCode })
}

const kept = ({ accessToken, refreshToken, fields }: TokenSet): Tokens => ({
  accessToken,
  refreshToken,
  ...(fields && { fields }),
})

/** Reconnecting renews the same account or none (THREATS.md C4). */
export async function assertSameAccount({ tenant, session }: Open, providerAccountId: string): Promise<void> {
  if (!session.connected_account_id) return
  const id = session.connected_account_id
  const account = await forOrg(tenant, (tx) =>
    tx.connected_accounts.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } }),
  )
  if (account && isUnverified(account.provider_account_id)) return
  if (account?.provider_account_id !== providerAccountId) {
    throw new AppError('account_mismatch', {
      detail: 'You signed in to another account there. The account that was connected before is unchanged.',
    })
  }
}

/**
 * Where the browser goes now: to the host, which is handed the code; to our own page that asks for the code that was
 * mailed; or, without a page of the host's, to our last page, which shows the code instead.
 */
export function endOf({ session }: Open, params: { status?: string; confirmation_code?: string }) {
  const id = publicId('connect_session', session.id)
  const { confirmation_code: code } = params
  const onScreen = session.confirmation === 'screen' && code !== undefined
  const flow: FlowCookie = {
    session: id,
    finished: true,
    // On the screen it never leaves the cookie: that is how this browser is known to be the one that finished.
    ...(code !== undefined && (onScreen || !session.return_url) && { confirmationCode: code }),
  }
  if (onScreen) return { location: `/connect/${id}/confirm`, flow }
  const location = session.return_url
    ? withParams(session.return_url, { session_id: session.id, ...params })
    : `/connect/${id}/done`
  return { location, flow }
}
