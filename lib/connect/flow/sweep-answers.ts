import { appendAudit } from '#lib/audit'
import type { Attempt, ProviderAnswer, Session } from '#lib/consent'
import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { authConfigOf } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { type Tokens, withOpened } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { answerBinding, discardTokens } from './answer.ts'

const batch = 20
/** How long a provider that cannot be reached is tried again, from the end of the session on. */
const patienceMs = 600_000

/**
 * Gives back the tokens that no host has vouched for and none can any more, because their session is over: kept, they
 * would be live credentials that belong to nobody.
 * @returns how many answers were discarded; those whose provider cannot be reached are left for the next sweep
 */
export async function sweepAnswers(deps: Deps, tenant: Tenant): Promise<number> {
  const over = { in: ['expired', 'cancelled', 'failed', 'declined', 'completed'] }
  const left = await forOrg(tenant, (tx) =>
    tx.connect_attempts.findMany({
      where: {
        org_id: tenant.orgId,
        status: 'answered',
        session: { OR: [{ status: over }, { expires_at: { lte: new Date() } }] },
      },
      include: { session: { include: { user: { select: { external_id: true } } } } },
      orderBy: { id: 'asc' },
      take: batch,
    }),
  )
  let discarded = 0
  for (const { session, ...attempt } of left) if (await endAnswer(deps, tenant, attempt, session)) discarded++
  return discarded
}

type Over = Pick<Session, 'id' | 'status_reason' | 'finished_at' | 'expires_at'> & {
  user: { external_id: string }
}

/**
 * Gives back what was answered to one attempt whose session is over.
 * @returns whether that is the end of it; otherwise the next sweep tries again
 */
export async function endAnswer(
  deps: Deps,
  tenant: Tenant,
  attempt: Attempt,
  session: Over,
): Promise<boolean> {
  // Told first and forgotten second: after a crash in between it is told once more, which does no harm.
  const told = await giveBack(deps, tenant, attempt).catch((err: unknown) => {
    log.error({ err, connector: attempt.connector }, 'unconfirmed tokens not given back')
    return false
  })
  const overSince = (session.finished_at ?? session.expires_at).getTime()
  if (!told && Date.now() - overSince < patienceMs) return false
  await forOrg(tenant, async (tx) => {
    const forgotten = await tx.connect_attempts.updateMany({
      where: { org_id: tenant.orgId, id: attempt.id, status: 'answered' },
      data: { status: 'discarded', sealed_answer: null, confirmation_hash: null },
    })
    // A host that named somebody else has had that said already.
    if (forgotten.count !== 1 || session.status_reason === 'user_mismatch') return
    await appendAudit(tx, tenant, {
      action: 'connection.failed',
      outcome: 'failed',
      actor: { type: 'system', id: 'sweep' },
      user_id: session.user.external_id,
      error_code: 'unconfirmed',
      details: {
        connect_session_id: publicId('connect_session', session.id),
        connector: attempt.connector,
      },
    })
  })
  return true
}

async function giveBack(deps: Deps, tenant: Tenant, attempt: Attempt): Promise<boolean> {
  if (!attempt.sealed_answer) return true
  const answer = attempt.provider_account as ProviderAnswer
  const auth = await authConfigOf(tenant, { orgId: attempt.auth_config_org_id, id: attempt.auth_config_id })
  const opened = { sealed: attempt.sealed_answer, keyVersion: answer.key_version }
  return withOpened(tenant, answerBinding(attempt.id), opened, (plaintext) =>
    discardTokens(
      deps,
      tenant,
      auth,
      connectorOf(deps, attempt.connector),
      answer.id,
      JSON.parse(plaintext.toString()) as Tokens,
    ),
  )
}
