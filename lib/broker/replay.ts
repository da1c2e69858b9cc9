import { forOrg, Prisma } from '#lib/db'
import { publicId } from '#lib/ids'
import { type Bundle, flipOf, judgeWith } from '#lib/policy'
import type { Flip } from '#lib/policy/schema'
import type { CallFacts, Tenant } from '#lib/proof'
import { withOpenedLed } from '#lib/vault'
import { factsOfNow } from './caller-fact.ts'
import { factsBinding } from './intent.ts'

export type ReplayRange = {
  /** RFC 3339 */
  since?: string | undefined
  until?: string | undefined
  /** Most calls to judge. */
  limit: number
  /** The id of the last call of the page before. */
  after: string | null
}

export type ReplayPage = {
  data: Flip[]
  judged: number
  without_facts: number
  /** Where the next page begins; `null` after the last. */
  next: string | null
}

type Recorded = {
  id: string
  kind: 'execution' | 'denied_call'
  created_at: Date
  tool_name: string
  decision: unknown
  sealed_facts: Uint8Array | null
}

/** The ids of a moment begin with it (RFC 9562 §5.7), so that a span of time is a span of keys. */
const firstIdAt = (time: string): string => {
  const hex = Math.max(0, Date.parse(time)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/**
 * Judges recorded calls by other policies than those of their time: what was called and what was refused, in the
 * order in which it came. Of a call that people approved, what policy said is that it should ask them.
 * @throws AppError `unavailable` when the engine cannot be asked
 */
export async function replayPolicy(
  tenant: Tenant,
  bundle: Bundle,
  { since, until, limit, after }: ReplayRange,
  signal: AbortSignal,
): Promise<ReplayPage> {
  const rows = await recordedCalls(tenant, { since, until, limit: limit + 1, after })
  const page: ReplayPage = { data: [], judged: 0, without_facts: 0, next: null }
  const judged = rows.slice(0, limit)
  for (const row of judged) {
    signal.throwIfAborted()
    if (row.sealed_facts === null) {
      page.without_facts++
      continue
    }
    const facts = await withOpenedLed(tenant, factsBinding(row.id), row.sealed_facts, async (plaintext) =>
      factsOfNow(JSON.parse(plaintext.toString()) as CallFacts),
    )
    page.judged++
    const flip = flipOf(
      {
        id: row.kind === 'execution' ? publicId('execution', row.id) : row.id,
        occurred_at: row.created_at.toISOString(),
        tool_name: row.tool_name,
      },
      row.decision,
      await judgeWith(bundle, facts),
    )
    if (flip) page.data.push(flip)
  }
  if (rows.length > limit) page.next = judged.at(-1)?.id ?? null
  return page
}

function recordedCalls(tenant: Tenant, { since, until, limit, after }: ReplayRange): Promise<Recorded[]> {
  const org = Prisma.sql`${tenant.orgId}::uuid`
  const within = Prisma.join(
    [
      Prisma.sql`c.org_id = ${org}`,
      ...(after === null ? [] : [Prisma.sql`c.id > ${after}::uuid`]),
      ...(since === undefined ? [] : [Prisma.sql`c.id >= ${firstIdAt(since)}::uuid`]),
      ...(until === undefined ? [] : [Prisma.sql`c.id < ${firstIdAt(until)}::uuid`]),
    ],
    ' AND ',
  )
  return forOrg(
    tenant,
    (tx) => tx.$queryRaw<Recorded[]>`
      (SELECT c.id, 'execution' AS kind, c.created_at, c.tool_name, c.decision, c.sealed_facts FROM executions c
       WHERE ${within} ORDER BY c.id LIMIT ${limit})
      UNION ALL
      (SELECT c.id, 'denied_call', c.created_at, c.tool_name, c.decision, c.sealed_facts
       FROM denied_calls c WHERE ${within} ORDER BY c.id LIMIT ${limit})
      ORDER BY id LIMIT ${limit}`,
  )
}
