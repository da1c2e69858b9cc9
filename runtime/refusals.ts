import { appendAudit, type Origin } from '#lib/audit'
import { deployment, forOrg } from '#lib/db'
import { clientAddress } from '#lib/http'
import { currentTrace, log } from '#lib/log'

/** Where a request came from, for the audit. */
export const originOf = (headers: Headers): Origin => ({
  ip: clientAddress(headers),
  userAgent: headers.get('user-agent')?.slice(0, 300) ?? null,
  traceId: currentTrace()?.traceId ?? crypto.randomUUID().replaceAll('-', ''),
})

// A flood of bad credentials must not become a flood of writes: one event a second says enough of it.
const notedMsMin = { refusal: 1_000, root: 60_000 }
const notedAt = { refusal: Number.NEGATIVE_INFINITY, root: Number.NEGATIVE_INFINITY }
const suppressed = { refusal: 0, root: 0 }

async function note(
  kind: 'refusal' | 'root',
  headers: Headers,
  action: string,
  outcome: 'allowed' | 'denied',
) {
  const now = performance.now()
  if (now - notedAt[kind] < notedMsMin[kind]) {
    suppressed[kind]++
    return
  }
  notedAt[kind] = now
  const { ip, userAgent, traceId } = originOf(headers)
  const more = suppressed[kind]
  suppressed[kind] = 0
  await forOrg(deployment, (tx) =>
    appendAudit(tx, deployment, {
      action,
      outcome,
      actor: kind === 'root' ? { type: 'root_key', id: 'root' } : { type: 'anonymous', id: ip ?? 'unknown' },
      error_code: kind === 'refusal' ? 'unauthenticated' : null,
      ip,
      user_agent: userAgent,
      trace_id: traceId,
      details: { suppressed_since_last: more },
    }),
  ).catch((err: unknown) => log.error({ err }, `${action} not audited`))
}

/** Says in the deployment's chain that somebody could not prove who they are. */
export const noteRefusal = (headers: Headers) => note('refusal', headers, 'authentication.refused', 'denied')
/** Says in the deployment’s chain that the root key was used. */
export const noteRootKey = (headers: Headers) => note('root', headers, 'root_key.used', 'allowed')
