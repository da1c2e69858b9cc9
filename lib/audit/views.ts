import { forOrg } from '#lib/db'
import { anchored } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { appendAudit, type Origin, originFields } from './event.ts'

/** Records of what people and agents did: whoever looks at them is recorded too. */
export type Records = 'audit' | 'execution'

/** Somebody who pages through records looks once: within this their further pages are counted, and told at each tenfold. */
const onceMs = 15 * 60_000
const remembered = 10_000

const views = anchored('audit.views', () => new Map<string, { until: number; more: number }>())

/**
 * Appends that somebody looked at an organization's records, `audit.read` or `execution.read`: once a quarter of an
 * hour and process, with how often since; within it again after ten, a hundred, a thousand further pages.
 * @param now monotonic, in milliseconds
 */
export async function noteView(
  tenant: Tenant,
  actor: { type: string; id: string },
  origin: Origin | null,
  what: Records,
  now = performance.now(),
): Promise<void> {
  const key = `${tenant.orgId}/${what}/${actor.type}/${actor.id}`
  const last = views.get(key)
  if (last && last.until > now) {
    last.more++
    // Whoever reads it all and never comes back has read it all: how much is told while they are at it.
    if (!/^10+$/.test(String(last.more))) return
  }
  await forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: `${what}.read`,
      outcome: 'allowed',
      actor,
      ...(origin && originFields(origin)),
      details: { further_since_last: last?.more ?? 0 },
    }),
  )
  if (last && last.until > now) return
  // The one who looked longest ago is forgotten first; a flood of others makes nobody's looks go untold.
  views.delete(key)
  views.set(key, { until: now + onceMs, more: 0 })
  for (const oldest of views.keys()) {
    if (views.size <= remembered) break
    views.delete(oldest)
  }
}
