import type { Origin } from '#lib/audit'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { parseId } from '#lib/ids'
import { revokeOneGrant } from '../agent-grants/end.ts'
import type { Open } from '../context.ts'
import { assertManages } from './mine.ts'

/** Takes back one's own consent to a client. @throws AppError `not_found` for another's as for none; `session_expired` */
export async function takeBackMine(opened: Open, grantId: string, origin: Origin): Promise<void> {
  assertManages(opened)
  const id = parseId('agent_grant', grantId)
  if (id === null) throw new AppError('not_found')
  const { tenant, session, caller } = opened
  await revokeOneGrant(tenant, id, session.user_id, {
    actor: actorOf(caller),
    reason: 'ended_by_user',
    origin,
  })
}
