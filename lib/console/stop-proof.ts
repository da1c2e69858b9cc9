import { forOrg, Prisma } from '#lib/db'
import { leastIdAt, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { all, countIn } from './counted.ts'
import { refusedFor } from './refused-for.ts'
import type { Count } from './schema.ts'

/** Whose or which calls, by public ids; an org's are all of them. */
export type CallsOf = { type: 'agent' | 'user' | 'tool' | 'connector' | 'org'; id: string | null }

/** A span of time: from the first moment on, up to the second, which is not part of it. */
export type Span = { from?: Date | undefined; until?: Date | undefined }

const within = ({ from, until }: Span) => [
  from && Prisma.sql`e.id >= ${leastIdAt(from)}::uuid`,
  until && Prisma.sql`e.id < ${leastIdAt(until)}::uuid`,
]

/** Each way to find calls, one per look into an index; a connector's are those of its tools. */
function waysTo(tenant: Tenant, { type, id }: CallsOf, tools: readonly string[]): Prisma.Sql[] {
  switch (type) {
    case 'agent': {
      const agent = parseId('agent', id ?? '')
      return agent === null ? [] : [Prisma.sql`e.agent_id = ${agent}::uuid`]
    }
    case 'user':
      return [
        Prisma.sql`e.user_id = (SELECT p.id FROM end_users p WHERE p.org_id = ${tenant.orgId}::uuid
          AND p.external_id = ${id} AND p.deleted_at IS NULL)`,
      ]
    case 'tool':
      return [Prisma.sql`e.tool_name = ${id}`]
    case 'connector':
      return tools
        .filter((tool) => tool.startsWith(`${id}.`))
        .map((tool) => Prisma.sql`e.tool_name = ${tool}`)
    case 'org':
      return [Prisma.sql`true`]
  }
}

/**
 * The last call of these that started.
 * @param tools names of every tool there is
 */
export const lastCallOf = (
  tenant: Tenant,
  of: CallsOf,
  span: Span,
  tools: readonly string[],
): Promise<{ id: string; at: string; tool_name: string } | null> =>
  forOrg(tenant, async (tx) => {
    const looks = waysTo(tenant, of, tools).map(
      (way) => Prisma.sql`(SELECT e.id, e.created_at, e.tool_name FROM executions e
        WHERE e.org_id = ${tenant.orgId}::uuid AND ${all([way, ...within(span)])} ORDER BY e.id DESC LIMIT 1)`,
    )
    if (looks.length === 0) return null
    const [row] = await tx.$queryRaw<{ id: string; created_at: Date; tool_name: string }[]>`
      SELECT * FROM (${Prisma.join(looks, ' UNION ALL ')}) AS last ORDER BY id DESC LIMIT 1`
    if (!row) return null
    return { id: publicId('execution', row.id), at: row.created_at.toISOString(), tool_name: row.tool_name }
  })

/** How many of these calls were made. @param tools names of every tool there is */
export const countCallsOf = (
  tenant: Tenant,
  of: CallsOf,
  span: Span,
  tools: readonly string[],
): Promise<Count> =>
  forOrg(tenant, async (tx) => {
    const looks = waysTo(tenant, of, tools).map(
      (way) =>
        Prisma.sql`SELECT 1 FROM executions e WHERE e.org_id = ${tenant.orgId}::uuid AND ${all([way, ...within(span)])}`,
    )
    if (looks.length === 0) return { count: 0, more: false }
    return countIn(tx, Prisma.sql`SELECT 1 FROM (${Prisma.join(looks, ' UNION ALL ')}) AS calls`)
  })

/** How many of these calls were refused because something was stopped or paused: what a stop answers with. */
export const countStoppedCalls = (
  tenant: Tenant,
  { type, id }: CallsOf,
  { from, until }: Span,
): Promise<Count> =>
  forOrg(tenant, async (tx) =>
    countIn(
      tx,
      Prisma.sql`SELECT 1 FROM audit_events v WHERE ${all([
        Prisma.sql`v.org_id = ${tenant.orgId}::uuid AND v.action = 'tool.executed' AND v.outcome = 'denied'
          AND v.error_code = 'account_paused'`,
        from && Prisma.sql`v.occurred_at >= ${from}::timestamptz`,
        until && Prisma.sql`v.occurred_at < ${until}::timestamptz`,
        type === 'agent' && Prisma.sql`v.agent_id = ${id}`,
        type === 'user' && (await refusedFor(tx, tenant, id ?? '')),
        type === 'tool' && Prisma.sql`v.tool_name = ${id}`,
        type === 'connector' && Prisma.sql`split_part(v.tool_name, '.', 1) = ${id}`,
      ])}`,
    ),
  )
