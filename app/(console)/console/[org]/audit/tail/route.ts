import { lineOf } from '#components/console/audit/names'
import { namesIn, tailAudit } from '#lib/audit'
import { AppError } from '#lib/errors'
import { traced } from '#lib/http'
import { authenticateMember } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import { originOf, viewed } from '#runtime'
import { requireTenant } from '../../../session.ts'
import { readAsked } from '../asked.ts'

type Context = { params: Promise<{ org: string }> }

const unauthenticated = () => new AppError('unauthenticated')

/** The org's events as they are written, for a page that shows them live. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { caller, member, tenant } = await requireTenant((await params).org, 'audit.read')
  return traced(request, '/console/[org]/audit/tail', async () => {
    const query = new URL(request.url).searchParams
    const { filter, fault } = await readAsked(tenant, query)
    // A browser that opens a stream again says itself how far it has come.
    const after = request.headers.get('last-event-id') ?? query.get('after') ?? ''
    if (fault !== null || !/^\d{1,18}$/.test(after)) throw new AppError('invalid_request')
    await viewed(tenant, caller, originOf(request.headers), 'audit')
    const { since: _, until: __, ...lasting } = filter
    const stream = tailAudit(tenant, lasting, {
      member: caller.memberId,
      after: BigInt(after),
      // Asked anew each second: a session that ended, a role that was taken, an org that moved out of reach.
      allowed: async () => {
        const now = await authenticateMember({ memberId: member.id, sessionVersion: member.sessionVersion })
        const { reach, role } = now.caller
        if (!permits(role, 'audit.read')) throw unauthenticated()
        if (reach !== null && reach.orgId !== tenant.orgId) throw unauthenticated()
      },
      tell: async (events) => {
        const names = await namesIn(tenant, events)
        return events.map((event) => lineOf(event, names))
      },
      signal: request.signal,
    })
    if (!stream) throw new AppError('unavailable', { retry_after_seconds: 5 })
    return new Response(stream, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
    })
  })
}
