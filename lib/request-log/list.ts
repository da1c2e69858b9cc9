import { forOrg, Prisma } from '#lib/db'
import { AppError } from '#lib/errors'
import { leastIdAt, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'

/** A request as the console tells it. */
export type RequestLine = {
  id: string
  at: string
  method: string
  route: string
  path: string
  query: string
  fields: string[]
  status: number
  error_code: string | null
  duration_ms: number
  actor: { type: string; id: string }
  /** Of a key: its name and how it ends. */
  key: { name: string; hint: string } | null
  tool_name: string | null
  trace_id: string
  dropped: number
}

type RequestsFilter = {
  /** `2` for 200 to 299. */
  status_class?: number | undefined
  method?: string | undefined
  /** How the path begins. */
  path?: string | undefined
  /** Internal id of a key or an agent. */
  actor?: string | undefined
  trace_id?: string | undefined
}

type Row = Omit<RequestLine, 'at' | 'actor' | 'key'> & {
  at: Date
  actor_type: string
  actor_id: string
  key_name: string | null
  key_hint: string | null
}

const view = ({ at, actor_type, actor_id, key_name, key_hint, ...row }: Row): RequestLine => ({
  ...row,
  at: at.toISOString(),
  actor: { type: actor_type, id: actor_id },
  key: key_name === null ? null : { name: key_name, hint: key_hint ?? '' },
})

const columns = Prisma.sql`r.id, r.at, r.method, r.route, r.path, r.query, r.fields, r.status, r.error_code,
  r.duration_ms, r.actor_type, r.actor_id, r.tool_name, r.trace_id, r.dropped, k.name AS key_name, k.hint AS key_hint`
const key = Prisma.sql`LEFT JOIN api_keys k ON r.actor_type = 'api_key' AND k.org_id = r.org_id AND k.id::text = r.actor_id`

/** A page of an org's requests, newest first. @param before id of the last one seen */
export const listRequests = (
  tenant: Tenant,
  { status_class, method, path, actor, trace_id }: RequestsFilter,
  before: string | null,
  most: number,
): Promise<RequestLine[]> =>
  forOrg(tenant, async (tx) => {
    const where = [
      Prisma.sql`org_id = ${tenant.orgId}::uuid`,
      before !== null && Prisma.sql`id < ${before}::uuid`,
      status_class !== undefined &&
        Prisma.sql`status BETWEEN ${status_class * 100} AND ${status_class * 100 + 99}`,
      // In the words of the index of those.
      status_class !== undefined && status_class >= 4 && Prisma.sql`status >= 400`,
      method !== undefined && Prisma.sql`method = ${method}`,
      path !== undefined && Prisma.sql`starts_with(path, ${path})`,
      actor !== undefined && Prisma.sql`actor_id = ${actor}`,
      trace_id !== undefined && Prisma.sql`trace_id = ${trace_id}`,
    ].filter((one): one is Prisma.Sql => Boolean(one))
    const rows = await tx.$queryRaw<Row[]>`
      SELECT ${columns} FROM (SELECT * FROM request_log WHERE ${Prisma.join(where, ' AND ')}
        ORDER BY id DESC LIMIT ${most}) r ${key} ORDER BY r.id DESC`
    return rows.map(view)
  })

/** @throws AppError `not_found`, also for one that is no longer kept */
export const getRequest = (tenant: Tenant, id: string): Promise<RequestLine> =>
  forOrg(tenant, async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT ${columns} FROM request_log r ${key} WHERE r.org_id = ${tenant.orgId}::uuid AND r.id = ${id}::uuid`
    if (!row) throw new AppError('not_found')
    return view(row)
  })

/** Calls that are told beside a request. */
const callsMost = 20
/** How long before and after a request what it did may have been written, in milliseconds. */
const aroundMs = 120_000

/** The times within which anything that a request led to was written. */
export const spanAround = ({ at, duration_ms }: RequestLine): { since: string; until: string } => ({
  since: new Date(Date.parse(at) - aroundMs).toISOString(),
  until: new Date(Date.parse(at) + duration_ms + aroundMs).toISOString(),
})

/** The calls that a request led to: executions that carry its id. */
export const callsOf = (
  tenant: Tenant,
  line: RequestLine,
): Promise<{ id: string; tool_name: string; status: string }[]> =>
  forOrg(tenant, async (tx) => {
    const { since, until } = spanAround(line)
    const rows = await tx.$queryRaw<{ id: string; tool_name: string; status: string }[]>`
      SELECT id, tool_name, status FROM executions WHERE org_id = ${tenant.orgId}::uuid
        AND id >= ${leastIdAt(new Date(since))}::uuid AND id < ${leastIdAt(new Date(until))}::uuid
        AND trace_id = ${line.trace_id} ORDER BY id LIMIT ${callsMost}`
    return rows.map((row) => ({ ...row, id: publicId('execution', row.id) }))
  })
