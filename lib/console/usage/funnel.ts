import { Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { aroundDays, isEmpty, markOf, type Span } from './marks.ts'
import type { UsageFilter } from './source.ts'
import { madeWithin } from './within.ts'

/** How far the connect sessions came that were started in a time; each is in the places before as well. */
export type ConsentFunnel = {
  started: number
  /** Somebody opened the link. */
  opened: number
  /** They agreed, and went on to the provider. */
  agreed: number
  connected: number
  /** How those ended that did not connect. */
  declined: number
  failed: number
  cancelled: number
  expired: number
  /** Still open, or waiting for the host. */
  going: number
}

/** Stands for all sessions where a connector would stand. */
const anyConnector = ''

/**
 * The sessions of a time, once for each connector that they are to be told of.
 * @param connectors a select of `connector`, which may look at the session `s`
 */
const sessionsTold = (tenant: Tenant, span: Span, connectors: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT s.created_at, told.connector, s.status, s.status = 'completed' AS connected, s.handle_hash IS NOT NULL AS held,
    s.status IN ('open', 'authorizing', 'awaiting_confirmation') AS live, s.expires_at <= now() AS past,
    -- One that had run out when it was cancelled ran out: so it was told before, and so its day was written.
    s.status = 'cancelled' AND NOT coalesce(s.finished_at >= s.expires_at, false) AS cancelled,
    s.status = 'completed' OR EXISTS (SELECT FROM connect_attempts a WHERE a.org_id = s.org_id AND a.session_id = s.id
      AND (told.connector = ${anyConnector} OR a.connector = told.connector)) AS agreed
  FROM connect_sessions s CROSS JOIN LATERAL (${connectors}) AS told
  WHERE ${madeWithin('s', tenant, span)} AND s.kind = 'connect'`

const columns = ['started', 'opened', 'agreed', 'connected', 'declined', 'failed', 'cancelled'] as const
const names = Prisma.raw(columns.join(', '))

/** `columns` of sessions. Who agreed has opened it, also where no tab of ours held the session. */
const counted = Prisma.sql`count(*)::int AS started,
  (count(*) FILTER (WHERE held OR agreed OR connected OR status = 'declined'))::int AS opened,
  (count(*) FILTER (WHERE agreed OR connected))::int AS agreed,
  (count(*) FILTER (WHERE connected))::int AS connected,
  (count(*) FILTER (WHERE status = 'declined'))::int AS declined,
  (count(*) FILTER (WHERE status = 'failed'))::int AS failed,
  (count(*) FILTER (WHERE cancelled))::int AS cancelled`

/** Days that are written from what was written of them, the others from their sessions. */
export async function funnelIn(
  tx: Tx,
  tenant: Tenant,
  range: Span,
  { connector }: UsageFilter,
): Promise<ConsentFunnel> {
  const { daysThrough } = await markOf(tx, tenant)
  const { days, rest } = aroundDays(range, daysThrough)
  const asked =
    connector === undefined
      ? Prisma.sql`SELECT ${anyConnector}::text AS connector`
      : Prisma.sql`SELECT ${connector}::text AS connector WHERE ${connector} = ANY (s.connectors)`
  const parts = rest.map(
    (span) => Prisma.sql`SELECT ${counted}, (count(*) FILTER (WHERE live AND NOT past))::int AS going
      FROM (${sessionsTold(tenant, span, asked)}) AS told`,
  )
  if (!isEmpty(days))
    parts.push(Prisma.sql`SELECT ${names}, 0 AS going FROM usage_consent_days WHERE org_id = ${tenant.orgId}::uuid
      AND day >= ${days.since}::timestamptz AND day < ${days.until}::timestamptz
      AND connector = ${connector ?? anyConnector}`)
  const sums = Prisma.raw(
    [...columns, 'going'].map((name) => `coalesce(sum(${name}), 0)::int AS ${name}`).join(', '),
  )
  const [row] = await tx.$queryRaw<Omit<ConsentFunnel, 'expired'>[]>`
    SELECT ${sums} FROM (${Prisma.join(parts, ' UNION ALL ')}) AS parts`
  if (!row) throw new Error('a count is one row')
  const { started, connected, declined, failed, cancelled, going } = row
  return { ...row, expired: started - connected - declined - failed - cancelled - going }
}

/** Writes the days of a span: of all sessions, and of each connector that they offered by name. */
export async function writeConsentDays(tx: Tx, tenant: Tenant, span: Span): Promise<void> {
  const offered = Prisma.sql`SELECT ${anyConnector}::text AS connector UNION SELECT unnest(s.connectors)`
  await tx.$executeRaw`
    INSERT INTO usage_consent_days (org_id, day, connector, ${names})
    SELECT ${tenant.orgId}::uuid, date_trunc('day', created_at, 'UTC'), connector, ${counted}
    FROM (${sessionsTold(tenant, span, offered)}) AS told GROUP BY 2, 3`
}

/** When the first session of a span was made that may still change; `null` where all are over. */
export async function firstOpenIn(tx: Tx, tenant: Tenant, span: Span): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ at: Date | null }[]>`
    SELECT min(s.created_at) AS at FROM connect_sessions s WHERE ${madeWithin('s', tenant, span)}
      AND s.status IN ('open', 'authorizing', 'awaiting_confirmation') AND s.expires_at > now()`
  return row?.at ?? null
}
